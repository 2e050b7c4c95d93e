// Runs the cases of `cases.js` with the real Knex, and writes a line of JSON for each: its result and what it printed.
//
//   PGHOST=… PGPORT=… PGUSER=app PGPASSWORD=apppw PGDATABASE=demo node record.js FOLDER_OF_NODE_MODULES > VERSION.jsonl
//
// The folders are those that `cargo xtask record` installs. The server is any PostgreSQL 15 with the role and database of
// the recorder. The test `tests/conformance/knex.rs` runs the same cases in the simulation.
const fs = require('fs')
const path = require('path')
const { createRequire } = require('module')

delete process.env.USER
const load = createRequire(path.resolve(process.argv[2], 'x.js'))
const file = (name) => path.join(__dirname, name)
const printed = []
for (const method of ['log', 'warn', 'error', 'info']) {
  console[method] = (...given) => printed.push(given.map(String).join(' ').split('\n').filter((line) => !/^ {4}at /.test(line)).join('\n'))
}
let uncaught
process.on('uncaughtException', (error) => uncaught?.(error))
process.on('unhandledRejection', (error) => uncaught?.(error))
const wrap = new Function('require', 'module', 'exports', fs.readFileSync(file('cases.js'), 'utf8'))
const give = (name) => (name === 'knex' ? load('knex') : name === './knexfile' ? require(file('../../assets/handlers/knexfile.js')) : require(name))
const run = async () => {
  const module = { exports: {} }
  wrap(give, module, module.exports)
  for (const name of Object.keys(module.exports)) {
    printed.length = 0
    const dies = new Promise((resolve) => { uncaught = (error) => resolve(`dies of ${error.message}`) })
    const result = await Promise.race([module.exports[name](), dies])
    fs.writeSync(1, JSON.stringify({ name, result: result === undefined ? null : result, printed }) + '\n')
  }
}
run().then(() => process.exit(0))
