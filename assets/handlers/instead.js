const config = require('../config/knexfile')
const makeKnex = require('knex')
const knex = makeKnex({
  ...config,
  pool: { min: 0, max: 1 }
})

const ask = (client) => client.raw('SELECT 1 as one')

// One connection for each environment, and kept.
// Where it died in the freeze, a second one is made.
const keepPool = async () => {
  try {
    return (await ask(knex)).rows
  } catch (error) {
    console.warn('once more:', error.message)
    return (await ask(knex)).rows
  }
}

// A pool for each invocation, and gone with it.
const poolEachTime = async () => {
  const own = makeKnex(config)
  try {
    return (await ask(own)).rows
  } finally {
    await own.destroy()
  }
}

// The same, left as it is.
const poolLeftBehind = async () => {
  const own = makeKnex(config)
  return (await ask(own)).rows
}

module.exports = {
  keepPool,
  poolEachTime,
  poolLeftBehind
}
