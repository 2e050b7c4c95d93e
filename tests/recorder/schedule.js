'use strict'
// Carries out one schedule, statement by statement, and returns a record for each.
const fs = require('fs')
const path = require('path')
const { Environment, sleep } = require('./environment')
const { Proxy } = require('./proxy')

// Statements in which no time passes. A process that is awake goes on while the recorder carries one out; what it prints or
// ends meanwhile belongs to the next statement in which time passes.
const takesTime = ({ kind, ms }) => kind === 'invoke' || kind === 'wait' || (kind === 'freeze' && ms > 0)

class Run {
  constructor({ schedule, task, runtimeClient, cluster, name, folder }) {
    this.schedule = schedule
    this.runtimeClient = runtimeClient
    this.task = task
    this.cluster = cluster
    this.name = name
    this.folder = folder
    this.environments = []
    this.invocations = 0
    this.latest = null
    this.log = []
    // The number of lines when an invocation ended.
    this.lines = new Map()
    this.completed = []
    this.proxies = []
    this.faulty = schedule.statements.some((statement) => statement.kind === 'network')
  }

  application(environment) {
    return `${this.name}-${environment.number}`
  }

  async create(handler) {
    const { settings } = this.schedule
    const number = this.environments.length + 1
    let port = settings.connection.port === null ? this.cluster.port : settings.connection.port
    if (this.faulty) {
      const proxy = new Proxy(port)
      port = await proxy.listen()
      this.proxies[number] = proxy
    }
    const environment = new Environment(number, {
      task: this.task,
      runtimeClient: this.runtimeClient,
      module: this.schedule.module,
      freeze: settings.lambda.freeze,
      timeout: settings.lambda.timeout,
      function: settings.lambda.deploy === 'separate' ? handler : '',
      tmp: path.join(this.folder, `tmp-${number}`),
      log: (_, { stream, text, invocation }) => this.log.push({ stream, text, invocation }),
      ended: (invocation) => this.lines.set(invocation, this.log.length),
      env: {
        PATH: process.env.PATH,
        HOME: this.folder,
        PGHOST: settings.connection.host,
        PGPORT: String(port),
        PGUSER: settings.connection.user,
        PGPASSWORD: settings.connection.password,
        PGDATABASE: settings.connection.database,
        PGAPPNAME: `${this.name}-${number}`,
        KNEX_OPTIONS: JSON.stringify(settings.options)
      }
    })
    this.environments.push(environment)
    return environment
  }

  // Routes as Lambda does: to the free environment of the function that was used last, else to a new one.
  async route(handler, on) {
    if (on !== null) return on > this.environments.length ? this.create(handler) : this.environments[on - 1]
    const separate = this.schedule.settings.lambda.deploy === 'separate'
    const free = this.environments
      .filter((each) => (each.state === 'idle' || each.state === 'frozen') && !each.running)
      .filter((each) => !separate || each.function === handler)
    if (free.length === 0) return this.create(handler)
    return free.reduce((best, each) => (each.usedAt > best.usedAt ? each : best))
  }

  // Begins an invocation. `told` has the keys that are known from the start.
  async begin({ handler, on, event }, wake = true) {
    const environment = await this.route(handler, on)
    this.latest = environment
    const told = { environment: environment.number, invocation: ++this.invocations, handler, start: null }
    const frozen = environment.state === 'frozen'
    const outcome = environment.deliver(told, event, handler)
    if (frozen && wake) await environment.thaw()
    else if (!frozen) {
      environment.state = 'busy'
      environment.watch()
    }
    return { environment, told, outcome }
  }

  each(on) {
    return on === null ? this.environments.filter((each) => each.state !== 'dead') : [this.environments[on - 1]]
  }

  // The record leaves out pool and backends where they depend on the moment of counting.
  async look(record, environment, { pool, backends }) {
    if (!environment || environment.state === 'dead') return
    if (backends) record.backends = await this.cluster.backends(this.application(environment))
    if (pool) record.pool = await environment.counters()
  }

  async carryOut(statement) {
    const record = { statement: statement.text, status: 'ok' }
    const { kind, on = null } = statement
    let environment = on === null ? this.latest : this.environments[on - 1]
    if (kind === 'invoke') {
      const begun = await this.begin(statement)
      environment = begun.environment
      const ended = await begun.outcome
      const { pool, ...told } = ended
      Object.assign(record, told)
      if (ended.status === 'success' || ended.status === 'error') {
        record.backends = await this.cluster.backends(this.application(environment))
        record.pool = pool
      }
      // Lines after its end belong to the next statement.
      record.lines = this.lines.get(ended.invocation)
    } else if (kind === 'start' || kind === 'queue') {
      const begun = await this.begin(statement, kind === 'start')
      record.environment = begun.told.environment
      record.invocation = begun.told.invocation
      begun.outcome.then(({ pool, ...ended }) => this.completed.push(ended))
    } else if (kind === 'freeze') {
      for (const each of this.each(on)) if (!each.running || each.state === 'frozen') {
        await each.freeze()
      }
      if (statement.ms > 0) await sleep(statement.ms)
      await this.look(record, environment, { pool: true, backends: true })
    } else if (kind === 'thaw') {
      for (const each of this.each(on)) if (each.state === 'frozen') await each.thaw()
    } else if (kind === 'wait') {
      await sleep(statement.ms)
      await this.look(record, environment, { pool: true, backends: true })
    } else if (kind === 'terminate') {
      for (const each of this.each(on)) await this.cluster.terminate(this.application(each))
      await this.look(record, environment, { pool: false, backends: true })
    } else if (kind === 'network') {
      for (const each of this.each(on)) this.proxies[each.number].fault(statement.fault)
      await sleep(30) // until both ends have it
    } else if (kind === 'postgres') {
      if (statement.action !== 'start') await this.cluster.stop()
      if (statement.action !== 'stop') await this.cluster.start()
      await this.look(record, environment, { pool: false, backends: true })
    } else if (kind === 'reclaim') {
      for (const each of this.each(on)) if (!each.running) await each.kill()
      await sleep(30)
    } else if (kind === 'deploy') {
      for (const each of this.each(null)) {
        if (!each.running) await each.kill()
        else throw new Error('deploy while an invocation runs is not recorded')
      }
      await sleep(30)
    } else if (kind !== 'set' && kind !== 'say') {
      throw new Error(`a statement that the recorder does not know: ${statement.text}`)
    }
    return record
  }

  async carryOutAll() {
    const records = []
    try {
      for (const statement of this.schedule.statements) {
        const record = await this.carryOut(statement)
        // Reports that the environment wrote before it stopped may still be in the pipe.
        await sleep(2)
        record.log = []
        if (takesTime(statement)) {
          const ended = record.status === 'success' || record.status === 'error'
          record.log = this.log.splice(0, statement.kind === 'invoke' && ended ? record.lines : this.log.length)
          delete record.lines
          if (this.completed.length > 0) record.completed = this.completed.splice(0)
        }
        // The recorder cannot know how the service goes on after a module that throws while it loads.
        if (record.status === 'init') for (const key of ['status', 'start', 'result', 'log']) delete record[key]
        records.push(record)
      }
    } finally {
      for (const environment of this.environments) await environment.kill()
      for (const proxy of this.proxies) if (proxy) proxy.close()
      fs.rmSync(this.folder, { recursive: true, force: true })
    }
    return records
  }
}

module.exports = { Run }
