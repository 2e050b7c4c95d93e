'use strict'
// A private PostgreSQL cluster: a folder of its own, a free port on the loopback interface, and SCRAM for every role.
const { spawn, spawnSync } = require('child_process')
const crypto = require('crypto')
const fs = require('fs')
const net = require('net')
const path = require('path')

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

class Cluster {
  // `user` is { uid, gid } where the recorder runs as root, because PostgreSQL refuses to run as root.
  constructor({ bin, folder, user, pg }) {
    this.bin = bin
    this.data = folder
    this.user = user
    this.pg = pg
    this.server = null
    this.options = ''
    this.password = crypto.randomBytes(18).toString('hex')
  }

  async create() {
    const passwordFile = `${this.data}.password`
    fs.writeFileSync(passwordFile, this.password, { mode: 0o600 })
    if (this.user) fs.chownSync(passwordFile, this.user.uid, this.user.gid)
    const made = spawnSync(
      path.join(this.bin, 'initdb'),
      ['-D', this.data, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--no-sync', '-E', 'UTF8', '--locale=C'],
      { ...this.user, cwd: path.dirname(this.data), encoding: 'utf8' }
    )
    fs.rmSync(passwordFile)
    if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr || made.error}`)
    this.port = await freePort()
    await this.start({ maxConnections: 100, reserved: 3 })
    await this.monitor.query("CREATE ROLE app LOGIN PASSWORD 'apppw'")
    await this.monitor.query('CREATE DATABASE demo OWNER app')
  }

  // One slot more than asked for, for the recorder itself.
  async start({ maxConnections, reserved } = this.asked) {
    this.asked = { maxConnections, reserved }
    const server = spawn(
      path.join(this.bin, 'postgres'),
      ['-D', this.data, '-p', String(this.port), '-c', `max_connections=${maxConnections + 1}`,
        '-c', `superuser_reserved_connections=${reserved}`, '-c', 'listen_addresses=127.0.0.1',
        '-c', 'unix_socket_directories=', '-c', 'fsync=off', '-c', 'shared_buffers=16MB', '-c', 'max_wal_senders=0',
        '-c', 'autovacuum=off', '-c', 'max_worker_processes=0', '-c', 'max_parallel_workers=0',
        '-c', 'logging_collector=off'],
      { ...this.user, cwd: path.dirname(this.data), stdio: ['ignore', 'ignore', 'pipe'] }
    )
    server.said = ''
    server.stderr.on('data', (chunk) => (server.said = (server.said + chunk).slice(-4000)))
    server.gone = new Promise((resolve) => server.on('exit', resolve))
    this.server = server
    for (let tries = 0; ; tries += 1) {
      const monitor = new this.pg.Client({
        host: '127.0.0.1', port: this.port, user: 'postgres', password: this.password, database: 'postgres',
        application_name: 'recorder'
      })
      monitor.on('error', () => {})
      try {
        await monitor.connect()
        this.monitor = monitor
        return
      } catch (error) {
        if (tries > 200 || server.exitCode !== null) throw new Error(`PostgreSQL does not start: ${error.message}\n${server.said}`)
        await sleep(50)
      }
    }
  }

  async stop() {
    if (!this.server) return
    const server = this.server
    this.server = null
    server.kill('SIGINT')
    await server.gone
  }

  // Stops the cluster without waiting, for the end of the recorder.
  abandon() {
    if (this.server) this.server.kill('SIGQUIT')
  }

  async configure({ maxConnections, reserved }, idleSession, idleInTransaction) {
    if (!this.server) await this.start({ maxConnections, reserved })
    else if (this.asked.maxConnections !== maxConnections || this.asked.reserved !== reserved) {
      await this.stop()
      await this.start({ maxConnections, reserved })
    }
    await this.monitor.query(`ALTER DATABASE demo SET idle_session_timeout = ${idleSession}`)
    await this.monitor.query(`ALTER DATABASE demo SET idle_in_transaction_session_timeout = ${idleInTransaction}`)
  }

  async backends(name) {
    if (!this.server) return 0
    const { rows } = await this.monitor.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = '${name}' AND backend_type = 'client backend'`
    )
    return rows[0].n
  }

  async terminate(name) {
    if (!this.server) return
    await this.monitor.query(`SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE application_name = '${name}'`)
  }

  // Waits until only the recorder is connected.
  async quiet() {
    if (!this.server) return
    for (let tries = 0; tries < 200; tries += 1) {
      const { rows } = await this.monitor.query(
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
      )
      if (rows[0].n === 0) return
      await this.monitor.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
      )
      await sleep(10)
    }
  }
}

module.exports = { Cluster }
