// Cases for the options and calls of Knex, tarn and pg. The simulation runs them, and `record.js` runs them with the real ones.
const base = require('./knexfile')
const make = require('knex')

const shown = (error) => [error.name, error.message, error.code || null]
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const config = (connection, pool, rest) => ({
  client: 'pg',
  connection: { ...base.connection, ...connection },
  acquireConnectionTimeout: 2000,
  ...(pool ? { pool } : {}),
  ...rest
})
const rows = (answer) => answer.rows
const one = (knex) => knex.raw('select 1 as a').then(rows)

// A case makes a client, uses it, and returns the outcome.
const using = (given, use) => async () => {
  let knex
  try {
    knex = make(given)
  } catch (error) {
    return ['throws', ...shown(error)]
  }
  let result
  try {
    result = await use(knex)
  } catch (error) {
    result = shown(error)
  }
  await Promise.race([knex.destroy(), sleep(1000)])
  return result
}
const raw = (...given) => using(config(), (knex) => knex.raw(...given).then(rows))
const setting = (name, connection, rest) => using(config(connection, undefined, rest), (knex) => knex.raw(`show ${name}`).then(rows))

// query_timeout: a timeout of the driver.
exports.queryTimeout = using(config({ query_timeout: 300 }, { min: 0, max: 1 }), async (knex) => {
  const seen = []
  seen.push(await knex.raw('select pg_sleep(1)').catch(shown))
  seen.push([knex.client.pool.numUsed(), knex.client.pool.numFree()])
  seen.push(await knex.raw('select 2 as b').then(rows, shown))
  await sleep(600)
  seen.push(await knex.raw('select 3 as c').then(rows, shown))
  return seen
})
exports.queryTimeoutAndMore = using(config({ query_timeout: 300 }, { min: 0, max: 1 }), async (knex) => {
  const late = knex.raw('select pg_sleep(0.5)').then(rows, shown)
  await sleep(50)
  const behind = knex.raw('select 2 as b').then(rows, shown)
  return [await late, await behind, await one(knex)]
})
exports.queryTimeoutThenDestroy = async () => {
  const knex = make(config({ query_timeout: 100 }))
  const seen = [await knex.raw('select pg_sleep(20)').catch(shown)]
  await knex.destroy()
  return [...seen, 'destroyed', await one(knex).catch(shown)]
}
exports.queryTimeoutAsText = using(config({ query_timeout: '250' }), (knex) => knex.raw('select pg_sleep(0.5)').then(rows))
exports.queryTimeoutOfNothing = using(config({ query_timeout: 0 }), (knex) => knex.raw('select pg_sleep(0.2)').then(rows))

// The parameters that a session gets at its start.
exports.statementTimeout = using(config({ statement_timeout: 250 }), async (knex) => [
  await knex.raw('select pg_sleep(1)').catch(shown),
  await knex.raw('show statement_timeout').then(rows)
])
exports.statementTimeoutWithUnit = setting('statement_timeout', { statement_timeout: '250ms' })
exports.statementTimeoutWithFraction = setting('statement_timeout', { statement_timeout: 250.7 })
exports.statementTimeoutThatIsNone = setting('statement_timeout', { statement_timeout: 'abc' })
exports.statementTimeoutBelowNothing = setting('statement_timeout', { statement_timeout: -5 })
exports.statementTimeoutReset = using(config({ statement_timeout: 250 }), async (knex) => {
  await knex.raw('set statement_timeout = 7')
  await knex.raw('reset statement_timeout')
  return knex.raw('show statement_timeout').then(rows)
})
exports.statementTimeoutOfALock = using(config(), async (holder) => {
  await holder.raw('select pg_advisory_lock(7)')
  return using(config({ statement_timeout: 250 }), (knex) => knex.raw('select pg_advisory_lock(7)').catch(shown))()
})
exports.lockTimeout = setting('lock_timeout', { lock_timeout: 250 })
exports.idleInTransaction = setting('idle_in_transaction_session_timeout', { idle_in_transaction_session_timeout: 250 })
exports.applicationName = setting('application_name', { application_name: 'my app' })
exports.applicationNameOfLetters = setting('application_name', { application_name: `üx${'a'.repeat(70)}` })
exports.applicationNameElse = setting('application_name', { fallback_application_name: 'else' })
exports.searchPath = setting('search_path', {}, { searchPath: 'a' })
exports.searchPaths = setting('search_path', {}, { searchPath: ['a', 'B c'] })
exports.searchPathWithComma = setting('search_path', {}, { searchPath: 'a,b' })
exports.searchPathOfNumber = setting('search_path', {}, { searchPath: 5 })
exports.searchPathOfObject = setting('search_path', {}, { searchPath: { a: 1 } })
exports.searchPathOfNothing = setting('search_path', {}, { searchPath: [] })
exports.version = using(config({}, undefined, { version: '9.6' }), one)

// The sources of the configuration.
const given = base.connection
const url = `postgres://app:apppw@${given.host}:${given.port}/demo`
exports.url = using({ client: 'pg', connection: url }, one)
exports.urlEscaped = using({ client: 'pg', connection: url.replace('app:apppw', 'a%70p:app%70w') }, one)
exports.urlWithOptions = using({ client: 'pg', connection: `${url}?application_name=u%20rl&statement_timeout=700` }, async (knex) => [
  await knex.raw('show application_name').then(rows),
  await knex.raw('show statement_timeout').then(rows)
])
exports.urlAlone = using(url, one)
exports.connectionString = using({ client: 'pg', connection: { connectionString: url, user: 'other' } }, one)
exports.fromTheEnvironment = using({ client: 'pg', connection: {} }, one)
exports.withoutConnection = using({ client: 'pg' }, one)
exports.provider = async () => {
  let count = 0
  const connection = () => {
    count += 1
    return { ...given }
  }
  const seen = await using({ client: 'pg', connection, pool: { min: 0, max: 5 } }, async (knex) => [await one(knex), await one(knex)])()
  return [seen, count > 0]
}
exports.providerLater = using({ client: 'pg', connection: async () => { await sleep(20); return { ...given } } }, one)
exports.providerGone = using({ client: 'pg', connection: () => ({ ...given, database: 'nowhere' }) }, (knex) => one(knex).then(() => 1, () => 2))

// The hooks of a pool for a new and for an old connection.
exports.afterCreate = using(config({}, { afterCreate: (connection, done) => connection.query("set application_name = 'prepared'", (error) => done(error, connection)) }), (knex) => knex.raw('show application_name').then(rows))
exports.afterCreateFails = using(config({}, { afterCreate: (connection, done) => connection.query('bogus', (error) => done(error, connection)) }), one)
exports.afterCreateThrows = using(config({}, { afterCreate: () => { throw new TypeError('thrown') } }), one)
exports.afterCreateNever = using(config({}, { acquireTimeoutMillis: 500, createTimeoutMillis: 300, afterCreate: () => {} }), one)
exports.afterCreateLater = using(config({}, { afterCreate: async (connection, done) => { const answer = await connection.query('select 7 as s'); console.log(answer.command, answer.rowCount, answer.rows[0].s); done() } }), one)
exports.afterCreateWithValues = using(config({}, { afterCreate: (connection, done) => connection.query('select $1::int as s', [5], (error, answer) => { console.log(String(error), answer.rows[0].s); done() }) }), one)
exports.afterCreateAgain = async () => {
  let count = 0
  const afterCreate = (connection, done) => { count += 1; done() }
  const seen = await using(config({}, { afterCreate }), async (knex) => [await one(knex), await one(knex)])()
  return [seen, count]
}
exports.lifetime = using(config({}, { maxConnectionLifetimeMillis: 100 }), async (knex) => {
  const pid = async () => (await knex.raw('select pg_backend_pid() as pid')).rows[0].pid
  const before = await pid()
  await sleep(200)
  return before === (await pid())
})
exports.formerOption = using(config({}, { testOnBorrow: true }), one)
exports.unknownOption = using(config({ bogus: true }, undefined, { bogus: true }), one)
exports.unknownPoolOption = using(config({}, { bogus: true }), one)
exports.migrations = using(config({}, undefined, { migrations: { tableName: 'm' }, seeds: { directory: 's' }, useNullAsDefault: true }), one)

// The pool of a client.
exports.destroyCallsBack = using(config(), async (knex) => {
  const seen = []
  await knex.destroy((...given) => seen.push(given))
  return seen
})
exports.destroyCallsBackAgain = using(config(), async (knex) => {
  const seen = []
  await knex.destroy()
  await knex.destroy((...given) => seen.push(given))
  return seen
})
exports.destroyIsCalledBackAfterThePool = using(config(), async (knex) => {
  await one(knex)
  const seen = []
  await knex.destroy(() => seen.push(String(knex.client.pool)))
  return seen
})
exports.destroyCallbackThrows = using(config(), (knex) => knex.destroy((error) => { if (!error) throw new Error('in the callback') }).then(() => 'fulfilled'))
exports.keptPool = using(config(), async (knex) => {
  await one(knex)
  const pool = knex.client.pool
  await knex.destroy()
  return [pool.min, pool.max, pool.destroyed, pool.idleTimeoutMillis, pool.numUsed(), pool.numFree()]
})
exports.poolSetToUndefined = using(config(), async (knex) => {
  await one(knex)
  const pool = knex.client.pool
  knex.client.pool = undefined
  const without = await one(knex).catch(shown)
  knex.client.pool = pool
  return [without, await one(knex)]
})
exports.poolSetToNull = using(config(), async (knex) => {
  knex.client.pool = null
  const without = await one(knex).catch(shown)
  const seen = knex.client.pool === null
  knex.initialize()
  return [without, seen, await one(knex)]
})
exports.poolOfOne = using(config({}, { min: 0, max: 5 }), async (knex) => {
  knex.client.pool.max = 1
  await Promise.all([one(knex), one(knex)])
  return [knex.client.pool.max, knex.client.pool.numFree()]
})

// Statements and their bindings.
exports.empty = raw('')
exports.blank = raw(' ')
exports.noStatement = raw()
exports.nullStatement = raw(null)
exports.numberStatement = raw(5)
exports.noBindings = raw('select ?', [])
exports.tooManyBindings = raw('select ?', [1, 2])
exports.tooFewBindings = raw('select ?, ?', [1])
exports.undefinedBindings = raw('select ?')
exports.name = raw('select 1 as ??', ['a b'])
exports.nameWithDot = raw('select 1 as ??', ['a.b'])
exports.names = raw('select 1 as ??', [['a', 'b']])
exports.nameAs = raw('select ??', ['a as b'])
exports.nameOfNumber = raw('select ??', [5])
exports.nameQuoted = raw('select 1 as ??', ['a"b'])
exports.nameOfElement = using(config(), async (knex) => knex.raw('select ??', ['a[1]']).toString())
exports.rawInRaw = using(config(), (knex) => knex.raw('select ? as x, ?::int as y', [knex.raw('?::int', [4]), 5]).then(rows))
exports.rawAsName = using(config(), (knex) => knex.raw('select ??', [knex.raw('1 as q')]).then(rows))
exports.named = raw('select :n::int as x, :m::text as y', { n: 1, m: 'z' })
exports.namedName = raw('select :n::text as :c:', { n: 'v', c: 'col' })
exports.namedMissing = raw('select :n', { m: 1 })
exports.namedUndefined = raw('select :n', { n: undefined })
exports.namedEscaped = raw("select '\\:n' as x", { n: 1 })
exports.namedTwice = raw('select :n::int as a, :n::int as b', { n: 1 })
exports.scalar = raw('select ?::int as a', 5)
exports.scalarNull = raw('select ?::int as a', null)
exports.undefinedBinding = raw('select ?::int as a', [undefined])
exports.listBinding = raw('select ?::text as a', [[1, 'x', null]])
exports.objectBinding = raw('select ?::text as a', [{ a: 1 }])
exports.trueBinding = raw('select ?::text as a', [true])
exports.escapedMark = raw("select '\\?' as a, ?::int as b", [3])
exports.quotedMarkAlone = raw("select '?' as a")
exports.failsWithBinding = raw('select ?::int', ['x'])
exports.failsWithBindings = raw('select ?::int + ?::text', [5, true])
exports.asText = using(config(), async (knex) => [
  knex.raw('select ??, ?', ['a', "x'"]).toString(),
  knex.raw('select ?, ?, ?, ?', [null, true, 5, 'back\\slash']).toString(),
  knex.raw('select ?', [[1, 'x', null]]).toString()
])
exports.asTextWithout = using(config(), async (knex) => knex.raw('select ?', []).toString())
exports.whenItFails = using(config(), async (knex) => {
  const promise = knex.raw('select ?', []).then(() => 'fulfilled')
  return [await promise.catch(shown), knex.client.pool.numUsed(), knex.client.pool.numFree()]
})
exports.selectOfRaw = using(config(), (knex) => knex.select(knex.raw('?::int as a', [3]), 5))
exports.selectFails = using(config(), (knex) => knex.select(knex.raw('?::int as a', ['x'])))
