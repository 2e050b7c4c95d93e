const fs = require('fs')
const path = require('node:path')

let times = 0

const main = async () => {
  console.log(require('fs') === fs, require('node:fs') === fs, require('path') === path)
  console.log(require('fs/promises') === fs.promises, require('node:fs/promises') === fs.promises)
  console.log(require('util') === require('node:util'), require('util').promisify === require('util').promisify)
  const { existsSync } = fs
  fs.existsSync = (file) => `${file}: ${(times += 1)}`
  console.log(require('fs').existsSync('/a'), fs.existsSync('/b'), existsSync('/tmp'))
  fs.existsSync = existsSync
  process.env.COUNT = 1
  process.env.COUNT += 1
  process.env.NOTHING = undefined
  process.env['A LIST'] = [1, 2]
  console.log([process.env.COUNT, process.env.NOTHING, process.env['A LIST'], process.env.NEVER])
  Object.assign(process.env, { FLAG: false, OBJECT: {} })
  console.log([process.env.FLAG, process.env.OBJECT])
}

module.exports = { main }
