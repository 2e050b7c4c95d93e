const config = require('../config/knexfile')
const knex = require('knex')(config)

const select = () => knex.raw('SELECT 1 as one')

// Keeps its connection, and trusts it.
const trustConnection = async () => {
  return (await select()).rows
}

// Keeps its connection, and asks once more.
const askOnceMore = async () => {
  try {
    return (await select()).rows
  } catch (error) {
    console.warn('once more:', error.message)
    return (await select()).rows
  }
}

// Forgets one word.
const forgetAwait = async () => {
  knex.initialize()
  try {
    return (await select()).rows
  } finally {
    knex.destroy()
  }
}

// The word is there.
const awaitDestroy = async () => {
  knex.initialize()
  try {
    return (await select()).rows
  } finally {
    await knex.destroy()
  }
}

// Answers when the event loop is empty.
const answerWhenEmpty = (event, context, callback) => {
  select().then(
    ({ rows }) => callback(null, rows),
    (error) => callback(error)
  )
}

// Answers at once.
const answerAtOnce = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = false
  answerWhenEmpty(event, context, callback)
}

module.exports = {
  trustConnection,
  askOnceMore,
  forgetAwait,
  awaitDestroy,
  answerWhenEmpty,
  answerAtOnce
}
