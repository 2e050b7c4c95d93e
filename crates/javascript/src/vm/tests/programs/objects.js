const o = { b: 1, a: 2, 10: 'x', 2: 'y', ['c']: 3 }

o['1'] = 'z'; o.b = 9
console.log(Object.keys(o), Object.values(o), Object.entries(o), JSON.stringify(o))
console.log({ ...o, b: 0 }, { ...[1, 2] }, { ...'hi' }, { ...null }, [...'hi', ...[1, 2]], Math.max(...[1, 5, 3]))
const f = (...xs) => xs.length; console.log(f(...[1, 2], 3, ...'ab'))
const m = { f() { return 1 }, async g() { return 2 }, ['h' + 1]: () => 3 }
console.log(m.f.name, m.g.name, m.h1.name, m.f(), m)
const ff = function () {}; const { x = () => {} } = {}; console.log(ff.name, x.name, (() => {}).name === '')
console.log([1, 2, 3].map(String), ['1', '2', '3'].map(Number), ['1', '2', '3'].map(parseInt), [0, 1, ''].filter(Boolean))
const log = console.log; log('detached')
const g = log.bind(null, 'bound'); g(1, 2); log.call(null, 'c', 1); log.apply(null, ['ap', 2])
console.log(g.name, Math.max.apply(null, [1, 2]), [].concat.name)
const big = {}; for (let i = 0; i < 40; i++) big['k' + i] = i; console.log(Object.keys(big).length, big.k39, big.k0, big.zz)
