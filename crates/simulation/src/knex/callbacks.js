// Calls of functions that a program gives Knex, each with what Knex does when the function throws.

// Calls `afterCreate`. Its callback gets the error that it throws.
function afterCreate(f, connection, done) {
  try {
    f(connection, done)
  } catch (error) {
    done(error)
  }
}

// Calls the function that `knex.destroy` was given, and settles the promise that `destroy` returned. If the function
// throws, Knex calls it again with the error; a current Knex then fulfils the promise.
function destroyed(callback, fulfil, reject, current) {
  try {
    callback()
  } catch (error) {
    try {
      const returned = callback(error)
      return current ? fulfil(returned) : reject(error)
    } catch (another) {
      return reject(another)
    }
  }
  fulfil()
}

// Calls the function that gives Knex the config of a connection.
async function provide(f, done) {
  try {
    done(null, await f())
  } catch (error) {
    done(error)
  }
}
