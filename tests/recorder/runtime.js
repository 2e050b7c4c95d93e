'use strict'
// What runs inside one execution environment: a small runtime in the place of Lambda's. It loads the handler module,
// reads events from descriptor 3, calls the handler as AWS' runtime client does, and reports every printed line, the
// result and the pool's counters on descriptor 4. Reports are written synchronously, so that what is reported before a
// freeze is out before it.
const fs = require('fs')
const net = require('net')

const task = process.env.RECORDER_TASK
const autoFreeze = process.env.RECORDER_FREEZE === 'auto'

function report(message) {
  let bytes = Buffer.from(JSON.stringify(message) + '\n')
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(fs.writeSync(4, bytes))
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
    }
  }
}

// The runtime client keeps one request id for the whole process and sets it when it reads an event.
let current = null
for (const stream of ['stdout', 'stderr']) {
  process[stream].write = (chunk, encoding, callback) => {
    report({ type: 'log', stream, text: String(chunk), invocation: current })
    const done = typeof encoding === 'function' ? encoding : callback
    if (done) process.nextTick(done)
    return true
  }
}

const describe = (error) =>
  error instanceof Error
    ? { name: error.name, message: error.message, ...(error.code === undefined ? {} : { code: error.code }) }
    : { name: typeof error, message: String(error) }

// An unhandled rejection and an uncaught exception end the process, with the runtime client's names and exit codes.
process.on('unhandledRejection', (reason) => {
  const message = reason === null || reason === undefined ? String(reason) : reason.toString()
  report({ type: 'fatal', error: { name: 'Runtime.UnhandledPromiseRejection', message } })
  process.exit(128)
})
process.on('uncaughtException', (error) => {
  report({ type: 'fatal', error: describe(error) })
  process.exit(129)
})

// The first client that the module makes is the one whose pool is reported.
let client = null
const knexFile = require.resolve('knex', { paths: [task] })
const knex = require(knexFile)
require.cache[knexFile].exports = Object.assign((...args) => {
  const made = knex(...args)
  if (client === null) client = made.client
  return made
}, knex)

function counters() {
  const pool = client && client.pool
  if (!pool) return null
  return {
    used: pool.numUsed(),
    free: pool.numFree(),
    pendingAcquires: pool.numPendingAcquires(),
    pendingCreates: pool.numPendingCreates(),
    min: pool.min,
    max: pool.max
  }
}

let exported
try {
  exported = require(`${task}/handlers/${process.env.RECORDER_MODULE}`)
} catch (error) {
  report({ type: 'fatal', error: describe(error) })
  process.exit(1)
}
report({ type: 'ready' })

function invoke({ handler, event, invocation, deadline }) {
  current = invocation
  let ended = false
  const end = (outcome) => {
    if (ended) return
    ended = true
    events.ref()
    report({ type: 'end', invocation, pool: counters(), ...outcome })
    // The invocation is over: frozen at this very point.
    if (autoFreeze) process.kill(process.pid, 'SIGSTOP')
  }
  const succeed = (value) => {
    const text = JSON.stringify(value)
    end({ status: 'success', result: text === undefined ? null : JSON.parse(text), error: null })
  }
  const fail = (error) => end({ status: 'error', result: null, error: describe(error) })
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    awsRequestId: String(invocation),
    functionName: handler,
    getRemainingTimeInMillis: () => Math.max(deadline - Date.now(), 0)
  }
  const callback = (error, value) => {
    const answer = () => (error === null || error === undefined ? succeed(value) : fail(error))
    if (context.callbackWaitsForEmptyEventLoop) process.once('beforeExit', answer)
    else setImmediate(answer)
  }
  let returned
  try {
    returned = exported[handler](event, context, callback)
  } catch (error) {
    return fail(error)
  }
  if (returned && typeof returned.then === 'function') {
    returned.then(succeed, fail)
  } else {
    // A callback-style handler: what holds the process is the handler's own work alone.
    events.unref()
    process.once('beforeExit', () => succeed(null))
  }
}

let unread = ''
const events = new net.Socket({ fd: 3, readable: true, writable: false })
events.on('data', (chunk) => {
  unread += chunk
  for (;;) {
    const end = unread.indexOf('\n')
    if (end < 0) return
    const message = JSON.parse(unread.slice(0, end))
    unread = unread.slice(end + 1)
    if (message.type === 'invoke') invoke(message)
    else report({ type: 'counters', pool: counters() })
  }
})
