const log = (...a) => console.log(...a)
async function a1() { log('a1 start'); await a2(); log('a1 end') }
async function a2() { log('a2') }
log('script start')
setTimeout(() => log('timeout'), 0)
a1()
new Promise(r => { log('p1'); r() }).then(() => log('p2'))
process.nextTick(() => log('tick'))
queueMicrotask(() => log('micro'))
log('end')
