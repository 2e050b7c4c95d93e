const p = new Promise((res, rej) => { res(1); rej(2); res(3); throw new Error('ignored') })
p.then(v => console.log(v))
new Promise(() => { throw new Error('exec') }).catch(e => console.log(e.message))
new Promise((_, rej) => { rej('a'); throw 'b' }).catch(e => console.log(e))
let r; const self = new Promise(x => { r = x }); r(self); self.catch(e => console.log(e.name, e.message))
const d = Promise.resolve().then(() => d); d.catch(e => console.log(e.message))
const bad = { then() { throw new Error('bad then') } }
Promise.resolve(bad).catch(e => console.log(e.message))
const late = { then(res, rej) { res(1); rej(2); throw 3 } }
Promise.resolve(late).then(v => console.log('late', v))
const nested = { then(res) { res({ then(res2) { res2('deep') } }) } }
Promise.resolve(nested).then(v => console.log(v))
const notcall = { then: 5 }
Promise.resolve(notcall).then(v => console.log(v.then))
