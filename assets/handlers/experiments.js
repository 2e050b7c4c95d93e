// Handlers that try one thing each: what the recordings of the real software run.
const config = require('../config/knexfile')
const fs = require('fs')
const knex = require('knex')(config)

const folder = process.env.TMPDIR || '/tmp'
let counter = 0

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

const describe = (error) => ({
  name: error.name,
  message: error.message,
  code: error.code
})

const counters = () => {
  const pool = knex.client.pool
  if (pool === undefined) {
    return 'no pool'
  }
  return {
    used: pool.numUsed(),
    free: pool.numFree(),
    pendingAcquires: pool.numPendingAcquires(),
    pendingCreates: pool.numPendingCreates(),
    min: pool.min,
    max: pool.max,
    acquireTimeoutMillis: pool.acquireTimeoutMillis
  }
}

// As the post's query, with the statement given.
const queryPostgres = (sql) => {
  return knex
    .raw(sql)
    .then((resp) => {
      console.log('>>> Postgres: success...', resp.command)
      return 'Postgres: connection test success'
    })
    .catch((e) => {
      console.error('>>> Postgres: error...', e.message)
      return 'Postgres: connection test fail'
    })
}

// The post's handlers without their first lines.
const checkQuietly = () => queryPostgres('SELECT 1 as one').finally(() => knex.destroy())

const properQuietly = async () => {
  knex.initialize()
  return queryPostgres('SELECT 1 as one').finally(() => knex.destroy())
}

// The connection is kept at module level.
const keep = async () => {
  const resp = await knex.raw('SELECT pg_backend_pid() as pid')
  console.log('pid', resp.rows[0].pid)
  return { pid: resp.rows[0].pid }
}

const keepCaught = () => queryPostgres('SELECT 1 as one')

const query = async (event) => {
  const resp = await knex.raw(event.sql)
  return { command: resp.command, rowCount: resp.rowCount, rows: resp.rows }
}

const noop = async () => 'nothing'

const count = async () => {
  counter += 1
  return { counter }
}

const writeFile = async (event) => {
  fs.writeFileSync(`${folder}/cache.txt`, event.text)
  return 'written'
}

const readFile = async () => {
  try {
    return fs.readFileSync(`${folder}/cache.txt`, 'utf8')
  } catch (error) {
    return error.code
  }
}

const background = async (event) => {
  setTimeout(() => console.log('background done'), event.ms)
  return 'returned at once'
}

const repeating = async (event) => {
  let times = 0
  const timer = setInterval(() => {
    times += 1
    console.log('tick', times)
    if (times === 3) {
      clearInterval(timer)
    }
  }, event.ms)
  return 'returned at once'
}

const unawaited = async (event) => {
  knex.raw(event.sql).then(
    (resp) => console.log('unawaited query done', resp.rowCount),
    (error) => console.log('unawaited query failed:', error.message)
  )
  return 'returned at once'
}

const unawaitedUncaught = async (event) => {
  knex.raw(event.sql).then((resp) => console.log('unawaited query done', resp.rowCount))
  return 'returned at once'
}

const lazy = async (event) => {
  knex.raw(event.sql)
  return 'built, never awaited'
}

// The post's first handler with its destroy not awaited.
const destroyUnawaited = () => {
  return queryPostgres('SELECT 1 as one').then((result) => {
    knex.destroy()
    return result
  })
}

// The post's second handler with the whole chain not awaited.
const properUnawaited = async (event) => {
  knex.initialize()
  queryPostgres(event.sql)
    .finally(() => knex.destroy())
    .then(() => console.log('destroyed, late'))
  return 'returned without awaiting'
}

const checkSlowly = (event) => queryPostgres(`SELECT pg_sleep(${event.seconds})`).finally(() => knex.destroy())

const concurrent = async (event) => {
  const queries = []
  for (let i = 0; i < event.n; i++) {
    queries.push(knex.raw(`SELECT pg_backend_pid() as pid, pg_sleep(${event.seconds})`))
  }
  const running = Promise.all(queries)
  const results = await running
  const pids = results.map((resp) => resp.rows[0].pid)
  const distinct = pids.filter((pid, index) => pids.indexOf(pid) === index)
  return { queries: pids.length, distinct: distinct.length, after: counters() }
}

// As above, with what became of each query.
const concurrentSettled = async (event) => {
  const queries = []
  for (let i = 0; i < event.n; i++) {
    queries.push(knex.raw('SELECT 1 as one'))
  }
  const settled = await Promise.allSettled(queries)
  const outcomes = settled.map((each) => (each.status === 'fulfilled' ? 'done' : each.reason.message))
  return outcomes.sort()
}

// Two queries where the second comes while the first is running.
const overlapping = async (event) => {
  const finished = []
  const settle = (name, promise) =>
    promise.then(
      () => finished.push(name),
      (error) => finished.push(`${name}: ${error.name}: ${error.message}`)
    )
  const first = settle('first', knex.raw(`SELECT pg_sleep(${event.seconds})`))
  await sleep(100)
  const second = settle('second', knex.raw('SELECT 1 as one'))
  await sleep(20)
  const during = counters()
  await Promise.all([first, second])
  return { during, finished }
}

const destroyTwice = async () => {
  await knex.raw('SELECT 1 as one')
  const before = counters()
  await knex.destroy()
  const once = counters()
  await knex.destroy()
  return { before, once, twice: counters() }
}

const destroyTwiceAtOnce = async () => {
  await knex.raw('SELECT 1 as one')
  const settled = await Promise.allSettled([knex.destroy(), knex.destroy()])
  return { settled: settled.map((each) => each.status), after: counters() }
}

const initializeTwice = async () => {
  await knex.raw('SELECT 1 as one')
  const before = knex.client.pool
  knex.initialize()
  const same = before === knex.client.pool
  const resp = await knex.raw('SELECT pg_backend_pid() as pid')
  return { same, pid: resp.rows[0].pid }
}

const initializeWith = async (event) => {
  await knex.raw('SELECT 1 as one')
  await knex.destroy()
  const without = counters()
  try {
    knex.initialize({ pool: event.pool })
  } catch (error) {
    return describe(error)
  }
  const fresh = counters()
  const resp = await knex.raw('SELECT 1 as one')
  return { without, fresh, one: resp.rows[0].one }
}

const poolEachTime = async () => {
  const another = require('knex')(config)
  const resp = await another.raw('SELECT pg_backend_pid() as pid')
  return { pid: resp.rows[0].pid }
}

// destroy() while a query runs or a connection is being made; then, if asked for, initialize() and another query.
const destroyInFlight = async (event) => {
  const steps = []
  const running = knex.raw(`SELECT pg_sleep(${event.seconds}), 7 as seven`).then(
    (resp) => steps.push(['query', resp.rows[0].seven]),
    (error) => steps.push(['query', describe(error)])
  )
  if (event.delay > 0) {
    await sleep(event.delay)
  }
  steps.push(['before destroy()', counters()])
  const destroying = knex.destroy().then(
    () => steps.push(['destroyed', counters()]),
    (error) => steps.push(['destroy', describe(error)])
  )
  steps.push(['after the call', counters()])
  if (event.again) {
    await sleep(50)
    knex.initialize()
    steps.push(['initialize()', counters()])
    await knex.raw('SELECT 1 as one').then(
      () => steps.push(['second query', 'done']),
      (error) => steps.push(['second query', describe(error)])
    )
  }
  await Promise.all([running, destroying])
  return steps
}

// Which comes first: the language's queues or Knex?
const order = async () => {
  await null
  const seen = []
  const note = (name) => () => seen.push(name)
  const query = knex.raw('SELECT 1 as one').then(note('query'), note('query failed'))
  setImmediate(note('immediate'))
  process.nextTick(note('tick'))
  Promise.resolve().then(note('microtask'))
  await query
  await sleep(20)
  return seen
}

// Order around a destroy() of an idle pool.
const orderOfDestroy = async () => {
  await null
  const seen = []
  const note = (name) => () => seen.push(name)
  knex.destroy().then(note('destroyed'))
  knex.destroy().then(note('destroyed again'))
  setImmediate(note('immediate'))
  process.nextTick(note('tick'))
  Promise.resolve().then(note('microtask'))
  await sleep(50)
  return seen
}

const states = async () => {
  const before = counters()
  const running = knex.raw('SELECT 1 as one').then((resp) => resp.rows[0].one)
  const during = counters()
  const one = await running
  return { before, during, one, after: counters() }
}

const fail = async (event) => {
  throw new Error(event.message)
}

const failAtOnce = (event) => {
  throw new TypeError(event.message)
}

const leave = async (event) => {
  process.exit(event.code)
}

const rejectUnhandled = async () => {
  Promise.reject(new Error('nobody handles this'))
  return 'returned'
}

const endless = async () => {
  setInterval(() => {}, 1000)
  await new Promise(() => {})
}

// Callback style: ends when the event loop is empty, or at once where the context says so.
const callbackStyle = (event, context, callback) => {
  if (event.wait === false) {
    context.callbackWaitsForEmptyEventLoop = false
  }
  knex.raw('SELECT pg_backend_pid() as pid').then(
    (resp) => {
      console.log('pid', resp.rows[0].pid)
      callback(null, { pid: resp.rows[0].pid })
    },
    (error) => callback(error)
  )
}

const callbackWithTimer = (event, context, callback) => {
  if (event.wait === false) {
    context.callbackWaitsForEmptyEventLoop = false
  }
  setTimeout(() => console.log('background done'), event.ms)
  callback(null, 'answered at once')
}

module.exports = {
  checkQuietly,
  properQuietly,
  keep,
  keepCaught,
  query,
  noop,
  count,
  writeFile,
  readFile,
  background,
  repeating,
  unawaited,
  unawaitedUncaught,
  lazy,
  destroyUnawaited,
  properUnawaited,
  checkSlowly,
  concurrent,
  concurrentSettled,
  overlapping,
  destroyTwice,
  destroyTwiceAtOnce,
  initializeTwice,
  initializeWith,
  poolEachTime,
  destroyInFlight,
  order,
  orderOfDestroy,
  states,
  fail,
  failAtOnce,
  leave,
  rejectUnhandled,
  endless,
  callbackStyle,
  callbackWithTimer
}
