// `util`: the functions of the module that are written in JavaScript.

function promisify(f) {
  if (typeof f !== 'function') {
    const error = new TypeError(`The "original" argument must be of type function. Received ${$shown(f)}`)
    error.code = 'ERR_INVALID_ARG_TYPE'
    throw error
  }
  // The callback of Node's own timers is not their last argument, so they have a promise form of their own.
  if (f === setTimeout) return (delay, value) => new Promise((resolve) => {
    setTimeout(resolve, delay, value)
  })
  if (f === setImmediate) return (value) => new Promise((resolve) => {
    setImmediate(resolve, value)
  })
  return (...given) =>
    new Promise((resolve, reject) => {
      f(...given, (error, value) => (error ? reject(error) : resolve(value)))
    })
}
