'use strict'
// The recorder's side of one execution environment: the child process, its reports, and the signals that stop and continue
// it.
const { spawn } = require('child_process')
const fs = require('fs')
const path = require('path')

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

class Environment {
  constructor(number, options) {
    this.number = number
    this.options = options // { task, runtimeClient, module, freeze, env, tmp, timeout, function, log, ended }
    this.function = options.function
    this.child = null
    this.state = 'new' // new, idle, busy, frozen, dead
    this.started = 0
    this.pool = null
    this.running = null
    this.usedAt = 0
  }

  // Starts a process. An event may be written at once: it is read when the module has been evaluated.
  start() {
    const { task, module, freeze, runtimeClient, env, tmp } = this.options
    fs.mkdirSync(tmp, { recursive: true })
    const child = spawn(process.execPath, [path.join(__dirname, 'runtime.js')], {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe'],
      env: {
        ...env, TMPDIR: tmp, RECORDER_TASK: task, RECORDER_MODULE: module, RECORDER_FREEZE: freeze,
        RECORDER_RUNTIME_CLIENT: runtimeClient
      },
      cwd: task
    })
    this.child = child
    this.fatal = null
    this.started += 1
    child.stdio[3].on('error', () => {})
    child.ready = new Promise((resolve) => (child.onReady = resolve))
    child.exited = new Promise((resolve) =>
      child.on('close', (code, signal) => {
        this.exit(child, code, signal)
        resolve()
      })
    )
    let unread = ''
    child.stdio[4].setEncoding('utf8')
    child.stdio[4].on('data', (chunk) => {
      unread += chunk
      const lines = unread.split('\n')
      unread = lines.pop()
      for (const line of lines) this.receive(child, JSON.parse(line))
    })
  }

  receive(child, message) {
    if (child !== this.child) return
    if (message.type === 'ready') {
      child.isReady = true
      child.onReady()
    } else if (message.type === 'log') this.options.log(this, message)
    else if (message.type === 'fatal') this.fatal = message.error
    else if (message.type === 'counters') this.onCounters(message.pool)
    else if (message.type === 'answer') {
      const { status, result, error } = message
      if (this.running) this.running.answer = { status, result, error }
    } else if (message.type === 'end') {
      this.pool = message.pool
      this.end({ ...(this.running && this.running.answer), pool: message.pool })
    }
  }

  end(outcome) {
    const running = this.running
    if (!running) return
    this.running = null
    clearTimeout(running.timer)
    this.usedAt = ++Environment.clock
    if (this.state === 'busy') this.state = this.options.freeze === 'auto' && this.child ? 'frozen' : 'idle'
    this.options.ended(running.told.invocation)
    running.resolve({ ...running.told, ...outcome })
  }

  exit(child, code, signal) {
    if (child !== this.child) return
    child.onReady()
    this.child = null
    this.pool = null
    const error = this.fatal || {
      name: 'Runtime.ExitError',
      message: `Runtime exited with error: ${signal ? `signal: ${signal}` : `exit status ${code}`}`
    }
    // A response that was sent is kept.
    const answer = this.running && this.running.answer
    if (this.running) this.end(answer ? { ...answer, pool: null } : { status: child.isReady ? 'crashed' : 'init', result: null, error })
    if (this.state !== 'dead') this.state = 'idle'
  }

  // Writes an event to the process, which may be stopped. Returns a promise of the invocation's outcome.
  deliver(told, event, handler) {
    if (!this.child) {
      told.start = this.started === 0 ? 'cold' : 'reset'
      this.start()
    } else told.start = 'warm'
    const child = this.child
    this.usedAt = ++Environment.clock
    const deadline = Date.now() + this.options.timeout
    child.stdio[3].write(JSON.stringify({ handler, event, invocation: told.invocation, deadline }) + '\n')
    const outcome = new Promise((resolve) => (this.running = { told, resolve }))
    return outcome
  }

  // The function's timeout begins when the process can work on the event.
  async watch() {
    const running = this.running
    const child = this.child
    await child.ready
    if (this.running !== running) return
    running.timer = setTimeout(() => {
      if (this.running !== running) return
      this.child = null
      this.pool = null
      child.kill('SIGKILL')
      this.end({ status: 'timeout', result: null })
      this.state = 'idle'
    }, this.options.timeout)
  }

  async isStopped() {
    while (this.child && this.threadState() !== 'T') await sleep(0.5)
  }

  // The counters of a process that is awake, or the last ones of a stopped process.
  async counters() {
    if (!this.child || this.state === 'frozen' || this.state === 'dead') return this.child ? this.pool : null
    const answer = new Promise((resolve) => (this.onCounters = resolve))
    this.child.stdio[3].write('{"type":"counters"}\n')
    const pool = await Promise.race([answer, this.child.exited, sleep(1000)])
    this.onCounters = () => {}
    if (pool !== undefined) this.pool = pool
    await this.isWaiting()
    return this.pool
  }

  // Waits until the process polls again: a pipe that it has just read would be polled first after a freeze.
  async isWaiting() {
    for (let tries = 0; tries < 200 && this.child && !['S', 'T'].includes(this.threadState()); tries += 1) await sleep(0.5)
  }

  threadState() {
    try {
      const stat = fs.readFileSync(`/proc/${this.child.pid}/stat`, 'utf8')
      return stat.slice(stat.lastIndexOf(')') + 2)[0]
    } catch {
      return 'T'
    }
  }

  async freeze() {
    if (this.state === 'frozen') return
    this.state = 'frozen'
    if (!this.child) return
    this.child.kill('SIGSTOP')
    await this.isStopped()
  }

  async thaw() {
    if (this.child) {
      await this.isStopped()
      this.child.kill('SIGCONT')
    }
    this.state = this.running ? 'busy' : 'idle'
    if (this.running && this.child) this.watch()
  }

  async kill() {
    this.state = 'dead'
    const child = this.child
    if (!child) return
    this.child = null
    this.pool = null
    child.kill('SIGKILL')
    await child.exited
  }
}
Environment.clock = 0
Environment.prototype.onCounters = () => {}

module.exports = { Environment, sleep }
