'use strict'
// The network between one execution environment and the server. It passes everything on until it is given a fault.
const net = require('net')

class Proxy {
  constructor(port) {
    this.serverPort = port
    this.pairs = new Set()
    this.silent = false
    this.server = net.createServer((client) => this.accept(client))
  }

  listen() {
    return new Promise((resolve) => this.server.listen(0, '127.0.0.1', () => resolve(this.server.address().port)))
  }

  accept(client) {
    const pair = { client, server: null, onWrite: null }
    this.pairs.add(pair)
    client.setNoDelay(true)
    client.on('error', () => {})
    client.on('close', () => {
      this.pairs.delete(pair)
      if (pair.server) pair.server.destroy()
    })
    client.on('data', (bytes) => {
      if (pair.onWrite) return pair.onWrite()
      pair.server.write(bytes)
    })
    client.on('end', () => pair.server && pair.server.end())
    if (this.silent) client.pause()
    else this.connect(pair)
  }

  connect(pair) {
    pair.server = net.connect(this.serverPort, '127.0.0.1')
    pair.server.setNoDelay(true)
    pair.server.on('data', (bytes) => pair.client.write(bytes))
    pair.server.on('end', () => pair.client.end())
    pair.server.on('error', () => pair.client.resetAndDestroy())
  }

  fault(kind) {
    const cut = (pair, reset) => {
      if (reset) pair.client.resetAndDestroy()
      else pair.client.destroy()
      if (pair.server) pair.server.destroy()
    }
    if (kind === 'silent') this.silent = true
    if (kind === 'restore') this.silent = false
    for (const pair of [...this.pairs]) {
      if (kind === 'reset') cut(pair, true)
      else if (kind === 'close') cut(pair, false)
      else if (kind === 'reset-on-write') pair.onWrite = () => cut(pair, true)
      else if (kind === 'close-on-write') pair.onWrite = () => cut(pair, false)
      else if (kind === 'silent') {
        pair.client.pause()
        if (pair.server) pair.server.pause()
      } else {
        if (!pair.server) this.connect(pair)
        pair.client.resume()
        pair.server.resume()
      }
    }
  }

  close() {
    for (const pair of [...this.pairs]) {
      pair.client.destroy()
      if (pair.server) pair.server.destroy()
    }
    this.server.close()
  }
}

module.exports = { Proxy }
