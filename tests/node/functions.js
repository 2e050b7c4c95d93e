// Names and lengths of Node's functions, and what they say of an argument that is no function.
const fs = require('fs')
const path = require('path')

const main = async () => {
  const names = (object, list) => console.log(list.map((name) => `${object[name].name} ${object[name].length}`).join(', '))
  names({ setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate, queueMicrotask, require },
    ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'queueMicrotask',
      'require'])
  names(console, ['log', 'info', 'debug', 'warn', 'error'])
  names(process, ['nextTick', 'exit'])
  names(fs, ['readFileSync', 'writeFileSync', 'appendFileSync', 'existsSync', 'readdirSync', 'unlinkSync', 'mkdirSync',
    'statSync'])
  names(fs.promises, ['readFile', 'writeFile', 'appendFile', 'readdir', 'unlink', 'mkdir', 'stat'])
  names(path, ['join', 'resolve', 'basename', 'dirname', 'extname', 'normalize', 'isAbsolute'])
  names(require('util'), ['promisify'])
  console.log(setTimeout(() => {}, 1).refresh.length, fs.readFileSync, path.join)

  const attempt = (f) => { try { f() } catch (error) { console.log(error.name, error.code, error.message) } }
  for (const value of [undefined, null, 5, 'short', 'a text of more than twenty-eight characters', [], {}, true]) {
    attempt(() => queueMicrotask(value))
  }
  attempt(() => queueMicrotask())
  attempt(() => queueMicrotask(new Error('x')))

  const timer = setTimeout(() => console.log('never'), 5)
  timer.note = 'a property of its own'
  console.log(timer.note, timer.hasRef())
  clearTimeout(timer)
  const immediate = setImmediate(() => console.log('an immediate'))
  clearTimeout(immediate)
  console.log(typeof immediate.refresh, typeof immediate.close)
  await new Promise((resolve) => setTimeout(resolve, 10))
}

module.exports = { main }
