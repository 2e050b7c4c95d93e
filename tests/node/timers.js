// The order of overdue timers, and the effect of ref and unref. The delays differ enough for a slow machine.
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const busyUntil = (moment) => {
  while (Date.now() < moment) {}
}
const log = (text) => () => console.log(text)

// There is a list for each delay. A list that is due runs all its timers that are due, whenever they were set.
async function lists() {
  const began = Date.now()
  setTimeout(log('a'), 40)
  setTimeout(log('b'), 20)
  busyUntil(began + 30)
  setTimeout(log('c'), 20)
  setTimeout(log('not yet'), 20 * 10)
  busyUntil(began + 100)
  await sleep(300)
}

// A timer that is set in a callback goes to the end of its list, and is not due in this round.
async function nested() {
  const began = Date.now()
  setTimeout(() => {
    console.log('d')
    setTimeout(log('d2'), 20)
    process.nextTick(log('tick'))
    Promise.resolve().then(log('job'))
    busyUntil(Date.now() + 50)
  }, 20)
  setTimeout(log('e'), 20)
  setTimeout(log('f'), 40)
  const g = setTimeout(log('never'), 40)
  setTimeout(() => clearTimeout(g), 30)
  busyUntil(began + 60)
  await sleep(200)
}

// An interval is set again when its callback has returned, counted from the moment when the callback began.
async function intervals() {
  let rounds = 0
  const interval = setInterval(() => {
    console.log('interval', ++rounds)
    if (rounds === 1) setTimeout(log('set in it'), 30)
    busyUntil(Date.now() + 40)
    if (rounds === 3) clearInterval(interval)
  }, 30)
  setTimeout(log('beside it'), 30)
  await sleep(400)
}

// A long callback stays in its round: a timer that becomes due meanwhile waits for the next round.
async function rounds() {
  const began = Date.now()
  setTimeout(() => {
    console.log('h')
    setImmediate(log('immediate'))
    busyUntil(began + 80)
  }, 10)
  setTimeout(log('i'), 40)
  await sleep(150)
}

// Work after the last callback of a round is outside the round: it may make more timers due before the immediates.
async function after() {
  const began = Date.now()
  setTimeout(() => {
    console.log('j')
    setImmediate(log('immediate'))
    Promise.resolve().then(() => {
      setTimeout(log('k'), 20)
      busyUntil(Date.now() + 50)
      setTimeout(log('l'), 60)
    })
  }, 20)
  busyUntil(began + 40)
  await sleep(200)
  // The timer that is next runs even if it is refreshed in a tick, but not if it is cleared.
  setTimeout(() => {
    console.log('m')
    process.nextTick(() => n.refresh())
  }, 20)
  const n = setTimeout(() => {
    console.log('n')
    process.nextTick(() => clearTimeout(o))
  }, 20)
  const o = setTimeout(log('never'), 20)
  setTimeout(log('p'), 20)
  setTimeout(log('q'), 25)
  busyUntil(Date.now() + 40)
  await sleep(100)
}

async function methods() {
  const timer = setTimeout(log('fired'), 20)
  console.log(timer.hasRef(), timer.unref() === timer, timer.hasRef(), timer.ref() === timer, timer.hasRef())
  console.log(typeof timer.refresh, typeof timer.close, timer.other)
  await sleep(60)
  console.log(timer.hasRef(), timer.refresh() === timer)
  await sleep(60)
  console.log(timer.close() === timer, timer.refresh() === timer)
  await sleep(60)
  const later = setTimeout(log('refreshed'), 60)
  setTimeout(log('before'), 90)
  await sleep(40)
  later.refresh()
  await sleep(100)
  const immediate = setImmediate(log('immediate'))
  console.log(immediate.hasRef(), immediate.unref().hasRef(), immediate.ref() === immediate, typeof immediate.refresh)
  await sleep(20)
  console.log(immediate.hasRef(), immediate.ref().hasRef())
  const closed = setInterval(log('never'), 20)
  closed.close().close()
  clearTimeout(setImmediate(log('not cleared by clearTimeout')))
  clearImmediate(setImmediate(log('never')))
  clearTimeout(undefined)
  clearTimeout({})
  let again = 0
  setTimeout(() => {}, 5).unref()
  const self = setTimeout(() => {
    console.log('again', ++again)
    if (again < 3) self.refresh()
  }, 10)
  await sleep(100)
  const first = setImmediate(() => {
    console.log('first')
    clearImmediate(second)
    setImmediate(log('next round'))
    process.nextTick(log('tick of the first'))
  })
  const second = setImmediate(log('never'))
  setImmediate(log('third'))
  await sleep(20)
  return first.hasRef()
}

exports.main = async () => {
  for (const part of [lists, nested, intervals, rounds, after]) {
    console.log(`-- ${part.name}`)
    await part()
  }
  console.log(await methods())
}
