'use strict'
// The program inside one execution environment: AWS' Node runtime client, which loads the handler module, calls handlers and
// writes log lines as it does in Lambda. Its native part, which talks HTTP to the service, is replaced by pipes: events come
// from descriptor 3, and descriptor 4 takes outcomes of invocations, printed lines and the pool's counters. These reports
// are written synchronously, so that a report before a freeze has left the process.
const fs = require('fs')
const Module = require('module')
const net = require('net')
const path = require('path')
const { pathToFileURL } = require('url')

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

// The runtime client writes all lines to standard output, with time, request id and level.
const LINE = /^\S+Z\t(\S+)\t(TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\t([^]*)\n$/
const requestId = () => {
  const id = Number(global[Symbol.for('aws.lambda.runtime.requestId')])
  return Number.isNaN(id) ? null : id
}
for (const stream of ['stdout', 'stderr']) {
  process[stream].write = (chunk, encoding, callback) => {
    const line = LINE.exec(String(chunk))
    if (line === null) report({ type: 'log', stream, text: String(chunk), invocation: requestId() })
    else {
      const [, id, level, text] = line
      const to = ['WARN', 'ERROR', 'FATAL'].includes(level) ? 'stderr' : 'stdout'
      report({ type: 'log', stream: to, text: text.replaceAll('\r', '\n'), invocation: id === 'undefined' ? null : Number(id) })
    }
    const done = typeof encoding === 'function' ? encoding : callback
    if (done) process.nextTick(done)
    return true
  }
}

// The pool of the first client that the module makes is the one that is reported.
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

const events = new net.Socket({ fd: 3, readable: true, writable: false })
events.unref()
let unread = ''
let waiting = null
const arrived = []
events.on('data', (chunk) => {
  unread += chunk
  const lines = unread.split('\n')
  unread = lines.pop()
  for (const line of lines.map((each) => JSON.parse(each))) {
    if (line.type === 'counters') report({ type: 'counters', pool: counters() })
    else arrived.push(line)
  }
  handOver()
})

function handOver() {
  if (waiting === null || arrived.length === 0) return
  const resolve = waiting
  waiting = null
  // While a handler works, only the handler's own work keeps the process alive.
  events.unref()
  const { invocation, handler, event, deadline } = arrived.shift()
  resolve({
    bodyJson: JSON.stringify({ handler, event }),
    headers: { 'lambda-runtime-aws-request-id': String(invocation), 'lambda-runtime-deadline-ms': String(deadline) }
  })
}

// An unhandled rejection and an uncaught exception end the process: the runtime client's listeners, after these, do that.
let ending = false
process.on('unhandledRejection', () => (ending = true))
process.on('uncaughtException', () => (ending = true))

const described = { error: null }
const native = {
  initializeClient() {},
  next() {
    if (answered) {
      answered = false
      // The service gets the request and freezes the environment while the process goes round its loop: by then it has
      // polled once for what can be read.
      setImmediate(() => {
        report({ type: 'end', pool: counters() })
        if (autoFreeze) process.kill(process.pid, 'SIGSTOP')
      })
    }
    events.ref()
    return new Promise((resolve) => {
      waiting = resolve
      // An event that was waiting when the process woke has been read already.
      handOver()
    })
  },
  done(id, body) {
    answer({ status: 'success', result: JSON.parse(body), error: null })
  },
  error(id, body) {
    const { errorType, errorMessage } = JSON.parse(body)
    const error = { name: errorType, message: errorMessage }
    if (ending) report({ type: 'fatal', error })
    else {
      const code = described.error && described.error.code
      answer({ status: 'error', result: null, error: code === undefined ? error : { ...error, code } })
    }
  }
}
// The service has the response. The invocation is over when the client asks for the next
// event, or when the process ends.
let answered = false
function answer(outcome) {
  answered = true
  report({ type: 'answer', ...outcome })
}

// One function for all handlers of the module, because they share environments with `lambda.deploy=shared`.
const load = Module._load
Module._load = function (request, ...rest) {
  return request === './rapid-client.node' ? native : load.call(this, request, ...rest)
}
let handlers = null
function handler({ handler: name, event }, context, callback) {
  // Responses leave out the code of an error, so it is kept here.
  const noted = (error) => (described.error = error)
  noted(null)
  let returned
  try {
    returned = handlers[name](event, context, (error, value) => callback(noted(error), value))
  } catch (error) {
    throw noted(error)
  }
  if (!returned || typeof returned.then !== 'function') return returned
  return { then: (succeed, fail) => returned.then(succeed, (error) => fail(noted(error))) }
}

async function main() {
  const clientFile = path.join(process.env.RECORDER_RUNTIME_CLIENT, 'aws-lambda-ric/dist/index.mjs')
  const runtime = await import(pathToFileURL(clientFile))
  process.env.AWS_LAMBDA_RUNTIME_API = 'replaced:0'
  try {
    // The runtime client replaces the console before the module is evaluated. Its own loader would read the same file.
    await runtime.run(handler)
    handlers = require(path.join(task, 'handlers', process.env.RECORDER_MODULE))
  } catch (error) {
    report({ type: 'fatal', error: { name: error.name, message: error.message } })
    process.exit(1)
  }
  report({ type: 'ready' })
}
main()
