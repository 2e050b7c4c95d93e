const a = async () => { throw new Error('boom') }
a().catch(e => console.log(e.message))
const b = async (x = (() => { throw new Error('param') })()) => x
b().catch(e => console.log(e.message))
const c = async ({ y }) => y
c().catch(e => console.log(e.message))
const d = async () => { await a(); console.log('unreached') }
d().then(() => console.log('no'), e => console.log('d', e.message))
const rej = Promise.reject(new Error('handled later'))
process.nextTick(() => rej.catch(e => console.log('in tick', e.message)))
const rej2 = Promise.reject(new Error('micro'))
queueMicrotask(() => rej2.catch(e => console.log('in micro', e.message)))
