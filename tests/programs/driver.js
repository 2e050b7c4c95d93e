// Runs programs in Node, for `verify.rs`. Each line of standard input is a group of programs, a JSON array of sources. For each
// group it writes one JSON line: { dirty, outcomes }. The programs of a group run at the same time: each turn of the event
// loop belongs to one program, and the group ends when the loop has nothing left to do.
'use strict'

const util = require('util')
const vm = require('vm')

const waves = require('fs').readFileSync(0, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line))
// A loop that is not empty by then never will be.
const PATIENCE_MS = Number(process.argv[1])
let current = null

// Only the first line of an error's stack is compared, because the other lines name different files. Properties that the
// program has set on the error are printed after the stack, and are left out with it.
const FRAMES = /(?:\n *at (?:[^\n()]* )?\(?(?:(?:program\.js|\[eval\]):\d+:\d+|node:[\w/]+:\d+:\d+|<anonymous>|index \d+)\)?)+/g
const MARK = '\u0001'

function withoutStacks(text) {
  if (!text.includes('\n')) return text
  const lines = text.replace(FRAMES, MARK).split('\n')
  const kept = []
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]
    if (line.endsWith(`${MARK} {`)) {
      const indentation = /^ */.exec(line)[0]
      while (i + 1 < lines.length && !lines[i].startsWith(`${indentation}}`)) i++
      kept.push(line.slice(0, -3) + lines[i].slice(indentation.length + 1).replace(/^,$/, ''))
    } else {
      kept.push(line.replace(new RegExp(`${MARK},$`), '').replaceAll(MARK, ''))
    }
  }
  return kept.join('\n')
}

// The text that Node's console writes. Without a format string the arguments are formatted one by one, because two texts in
// one line do not show to which of them a stack belongs.
function written(given) {
  if (typeof given[0] === 'string' && given[0].includes('%')) return withoutStacks(util.format(...given))
  return given.map((value) => (typeof value === 'string' ? value : withoutStacks(util.format(value)))).join(' ')
}

function consoleOf(program) {
  // Half a surrogate pair leaves a process as U+FFFD.
  const log = (...given) => {
    if (!program.closed) program.log.push(written(given).toWellFormed())
  }
  return { log, info: log, debug: log, warn: log, error: log }
}

function ended(program, end, detail) {
  if (program.end !== 'pending') return
  program.end = end
  program.detail = detail
}

function describe(error) {
  return error instanceof Error ? [String(error.name), String(error.message)] : null
}

function load(program) {
  const wrapper = `(function (exports, require, module, console) {${program.source}\n})`
  const exports = {}
  const module = { exports }
  let run
  try {
    run = vm.runInThisContext(wrapper, { filename: 'program.js' })
  } catch (error) {
    return ended(program, 'unknown', String(error))
  }
  try {
    run(exports, require, module, consoleOf(program))
  } catch (error) {
    program.log = []
    return ended(program, 'load', null)
  }
  const { main } = module.exports
  if (typeof main !== 'function') return ended(program, 'load', null)
  // The runtime calls the handler so: from a callback of the event loop, with an empty microtask queue.
  setImmediate(() => {
    let promise
    try {
      promise = main({})
    } catch (error) {
      return ended(program, 'error', describe(error))
    }
    promise.then(
      (value) => {
        let text
        try {
          text = JSON.stringify(value)
        } catch (error) {
          return ended(program, 'unknown', 'its value has no JSON')
        }
        ended(program, 'success', text === undefined ? null : JSON.parse(text))
      },
      (error) => ended(program, 'error', describe(error))
    )
  })
}

function next() {
  if (current) {
    clearTimeout(current.patience)
    report(current)
  }
  const wave = waves.shift()
  if (!wave) return
  current = { dirty: false, programs: wave.map((source) => ({ source, log: [], end: 'pending', detail: null, closed: false })) }
  for (const program of current.programs) setImmediate(load, program)
  current.patience = setTimeout(() => {
    for (const program of current.programs) Object.assign(program, { end: 'unknown', detail: 'never at rest', closed: true })
    current.dirty = current.programs.length > 1
    report(current)
    process.exit(3)
  }, PATIENCE_MS).unref()
}

function report({ dirty, programs }) {
  const outcomes = programs.map(({ log, end, detail }) => ({ log, end, detail }))
  require('fs').writeSync(1, JSON.stringify({ dirty, outcomes }) + '\n')
}

process.on('uncaughtException', () => {
  const { programs } = current
  if (programs.length > 1) {
    // The program that it came from is unknown, so each of them runs again alone.
    current.dirty = true
  } else {
    programs[0].closed = true
    programs[0].end = 'crashed'
    programs[0].detail = null
  }
})
// Warms up what is slow the first time, before anything is compared.
util.format('%s', { a: [1, new Error('x')] }, withoutStacks('a\nb'))
vm.runInThisContext('(async () => { await null; setImmediate(() => {}); setTimeout(() => {}, 1) })')()
process.on('beforeExit', next)
