const config = require('../config/knexfile')
const knex = require('knex')(config)

const checkDatabaseConnection = () => {
  console.log('Invoked: checkDatabaseConnection')
  return queryPostgres().finally(() => knex.destroy())
}

const checkDatabaseConnectionProper = async () => {
  console.log('Invoked: checkDatabaseConnectionProper')
  console.log(
    'Re-init the database connection (if required)'
  )
  knex.initialize()
  return queryPostgres().finally(() => knex.destroy())
}

const queryPostgres = () => {
  return knex
    .raw('SELECT 1 as one')
    .then((resp) => {
      const command = resp.command
      console.log('>>> Postgres: success...', command)
      return 'Postgres: connection test success'
    })
    .catch((e) => {
      const message = e.message
      console.error('>>> Postgres: error...', message)
      return 'Postgres: connection test fail'
    })
}

module.exports = {
  checkDatabaseConnection,
  checkDatabaseConnectionProper
}
