'use strict'
// Records schedules, each `runs` times with each version of Knex, in several lanes at once. Each lane has its own cluster.
// `cargo xtask record` calls it, with the schedules as JSON on standard input (`examples/schedule.rs` prints them).
const fs = require('fs')
const os = require('os')
const path = require('path')
const { Cluster } = require('./cluster')
const { normal } = require('./normal')
const { Run } = require('./schedule')

// --runs N --lanes N --postgres BIN --handlers FOLDER --output FOLDER --monitor MODULES --runtime-client MODULES
// [--user UID GID] --profile VERSION MODULES …
function options(words) {
  const read = { profiles: [], user: null }
  const queue = [...words]
  while (queue.length > 0) {
    const option = queue.shift().slice(2)
    if (option === 'profile') read.profiles.push({ name: queue.shift(), modules: queue.shift() })
    else if (option === 'user') read.user = { uid: Number(queue.shift()), gid: Number(queue.shift()) }
    else if (option === 'runs' || option === 'lanes') read[option] = Number(queue.shift())
    else read[option] = queue.shift()
  }
  return read
}

const order = options(process.argv.slice(2))
order.schedules = JSON.parse(fs.readFileSync(0, 'utf8'))
const base = fs.mkdtempSync(path.join(os.tmpdir(), 'recorder-'))
fs.chmodSync(base, 0o755)
if (order.user) fs.chownSync(base, order.user.uid, order.user.gid)
const clusters = []

// The deployment package of a version: the handler files as the reader sees them, with the libraries of the version.
function task(profile) {
  const folder = path.join(base, `task-${profile.name}`)
  fs.mkdirSync(path.join(folder, 'handlers'), { recursive: true })
  fs.mkdirSync(path.join(folder, 'config'))
  for (const file of fs.readdirSync(order.handlers)) {
    fs.copyFileSync(path.join(order.handlers, file), path.join(folder, file === 'knexfile.js' ? 'config' : 'handlers', file))
  }
  fs.symlinkSync(profile.modules, path.join(folder, 'node_modules'))
  return folder
}

let serial = 0
async function recordOne({ profile, schedule }, cluster) {
  const outcomes = new Map()
  for (let run = 0; run < order.runs; run += 1) {
    const { postgres } = schedule.settings
    await cluster.configure(postgres, postgres.idleSessionTimeout, postgres.idleInTransactionSessionTimeout)
    await cluster.quiet()
    serial += 1
    const folder = path.join(base, `run-${serial}`)
    fs.mkdirSync(folder)
    const attempt = new Run({ schedule, task: profile.task, runtimeClient: order['runtime-client'], cluster, name: `rec-${serial}`, folder })
    const text = JSON.stringify(normal(await attempt.carryOutAll(), cluster.port))
    outcomes.set(text, (outcomes.get(text) || 0) + 1)
  }
  const sorted = [...outcomes].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  const file = path.join(order.output, `knex-${profile.name}`, `${schedule.name}.jsonl`)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, sorted.map(([text, count]) => `{"count":${count},"runs":${order.runs},"statements":${text}}\n`).join(''))
  const counts = sorted.map(([, count]) => count).join('+')
  console.log(`knex ${profile.name}  ${schedule.name}: ${sorted.length === 1 ? 'the same each time' : `${sorted.length} outcomes (${counts})`}`)
}

async function lane(number, queue) {
  const pg = require(path.join(order.monitor, 'pg'))
  const cluster = new Cluster({ bin: order.postgres, folder: path.join(base, `cluster-${number}`), user: order.user, pg })
  clusters.push(cluster)
  await cluster.create()
  for (let work = queue.shift(); work; work = queue.shift()) {
    try {
      await recordOne(work, cluster)
    } catch (error) {
      throw new Error(`knex ${work.profile.name}, ${work.schedule.name}: ${error.stack}`)
    }
  }
  await cluster.stop()
}

function tidy() {
  for (const cluster of clusters) cluster.abandon()
  fs.rmSync(base, { recursive: true, force: true })
}
process.on('exit', tidy)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1))

async function main() {
  const queue = order.schedules.flatMap((schedule) => order.profiles.map((profile) => ({ profile, schedule })))
  for (const profile of order.profiles) profile.task = task(profile)
  const began = Date.now()
  await Promise.all(Array.from({ length: Math.min(order.lanes, queue.length) }, (_, number) => lane(number, queue)))
  console.log(`recorded in ${Math.round((Date.now() - began) / 1000)} s`)
}
main().then(
  () => process.exit(0),
  (error) => {
    console.error(error.message)
    process.exit(1)
  }
)
