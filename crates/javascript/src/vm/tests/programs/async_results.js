const f = async () => Promise.resolve(1)
const g = async () => 1
f().then(() => console.log('f'))
g().then(() => console.log('g'))
Promise.resolve().then(() => console.log(1)).then(() => console.log(2)).then(() => console.log(3)).then(() => console.log(4)).then(() => console.log(5))
const h = async () => await Promise.resolve(1)
h().then(() => console.log('h'))
const t = { then(r) { console.log('then called'); r('x') } }
const i = async () => t
i().then(v => console.log('i', v))
const j = async () => { const v = await t; console.log('j', v) }
j()
Promise.resolve(t).then(v => console.log('pr', v))
new Promise(r => r(t)).then(v => console.log('np', v))
Promise.resolve().then(() => t).then(v => console.log('th', v))
Promise.resolve().then(() => Promise.resolve(9)).then(v => console.log('thp', v))
