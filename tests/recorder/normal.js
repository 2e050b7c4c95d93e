'use strict'
// The normal form of a recording: no times, no stack frames, one entry for each printed line, process ids by their order, and
// PostgreSQL's usual port in place of the private cluster's.

function lines(log) {
  return log.flatMap(({ stream, text, invocation }) =>
    text
      .replace(/\n$/, '')
      .split('\n')
      .filter((line) => !/^\s+at /.test(line))
      .map((line) => ({ stream, text: line.replace(OF_THE_RUNTIME, shortened), invocation }))
  )
}

// The runtime client's own lines end in the error as JSON. Only its type and message are kept.
const OF_THE_RUNTIME = /^(Invoke Error|Unhandled Promise Rejection|Uncaught Exception)( \t)(\{.*\})$/
function shortened(_, name, space, json) {
  const { errorType, errorMessage } = JSON.parse(json)
  return name + space + JSON.stringify({ errorType, errorMessage })
}

// A process id follows the word "pid" in printed text, and is the value of a key that begins with "pid" in a result.
class Pids {
  constructor() {
    this.known = new Map()
  }

  name(pid) {
    if (!this.known.has(pid)) this.known.set(pid, `PID${this.known.size + 1}`)
    return this.known.get(pid)
  }

  inText(text) {
    return text.replace(/\bpid (\d+)/g, (_, pid) => `pid ${this.name(Number(pid))}`)
  }

  inValue(value, isPid = false) {
    if (typeof value === 'number') return isPid ? this.name(value) : value
    if (typeof value === 'string') return this.inText(value)
    if (Array.isArray(value)) return value.map((each) => this.inValue(each, isPid))
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, this.inValue(each, key.startsWith('pid'))]))
  }
}

function normal(recorded, port) {
  const pids = new Pids()
  const statements = JSON.parse(JSON.stringify(recorded).replaceAll(`127.0.0.1:${port}`, '127.0.0.1:5432'))
  return statements.map((statement) => {
    const named = { ...statement }
    if (named.log) named.log = lines(named.log).map((line) => ({ ...line, text: pids.inText(line.text) }))
    for (const key of ['result', 'completed']) if (key in named) named[key] = pids.inValue(named[key])
    return named
  })
}

module.exports = { normal }
