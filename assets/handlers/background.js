let reminders = 0

const sleep = (ms) =>
  new Promise((resolve) => setTimeout(resolve, ms))

const print = (id) => {
  reminders += 1
  console.log('reminder asked for by', id)
}

// Answers at once, and leaves a timer behind.
const remind = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = false
  setTimeout(print, 1000, context.awsRequestId)
  callback(null, `reminders so far: ${reminders}`)
}

// Long enough for somebody else's timer to come due.
const work = async () => {
  await sleep(2000)
  return `reminders so far: ${reminders}`
}

// Awaits what it starts.
const remindAwaited = async (event, context) => {
  await sleep(1000)
  print(context.awsRequestId)
  return `reminders so far: ${reminders}`
}

module.exports = { remind, work, remindAwaited }
