const config = require('../config/knexfile')
const fs = require('fs')
const knex = require('knex')({
  ...config,
  pool: { min: 0, max: 1 }
})

const file = '/tmp/answer.json'
const freshFor = 10 * 60 * 1000
let calls = 0

const answer = async () => {
  calls += 1
  const source = fromFile() ? 'file' : 'database'
  if (source === 'database') {
    await fromDatabase()
  }
  return `from the ${source}, call ${calls}`
}

// Is it there, whole and fresh? Else it is no cache.
const fromFile = () => {
  if (!fs.existsSync(file)) {
    return null
  }
  try {
    const text = fs.readFileSync(file, 'utf8')
    const { at, rows } = JSON.parse(text)
    return Date.now() - at < freshFor ? rows : null
  } catch (error) {
    console.warn('not a cache:', error.message)
    return null
  }
}

const fromDatabase = async () => {
  const { rows } = await knex.raw('SELECT 1 as one')
  const text = JSON.stringify({ at: Date.now(), rows })
  fs.writeFileSync(file, text)
  return rows
}

// What a full disk or a killed process leaves.
const spoil = async () => {
  fs.writeFileSync(file, '{"at":17')
  return 'half a file'
}

const crash = async () => {
  process.exit(1)
}

module.exports = { answer, spoil, crash }
