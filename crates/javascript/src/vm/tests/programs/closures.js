const fs = []
for (let i = 0; i < 3; i++) fs.push(() => i)
console.log(fs.map(f => f()))
const gs = []
for (let i = 0; i < 3; i++) { gs.push(() => i); i++ }
console.log(gs.map(f => f()))
const hs = []
for (const x of [1, 2]) hs.push(() => x++)
try { hs[0]() } catch (e) { console.log(e.message) }
for (let i = 0, inc = () => i++; i < 3; i++) { if (i === 0) { inc(); inc() } console.log(i) }
let w = 0; const ws = []
while (w < 3) { const c = w; ws.push(() => c * 10 + w); w++ }
console.log(ws.map(f => f()))
const counter = () => { let n = 0; return { inc: () => ++n, get: () => n, add(x) { n += x; return n } } }
const c1 = counter(), c2 = counter()
c1.inc(); c1.inc(); c2.inc(); c1.add(5)
console.log(c1.get(), c2.get())
const fact = function self(n) { return n < 2 ? 1 : n * self(n - 1) }
console.log(fact(10), fact.name)
const shadow = (a, b = () => a) => { let x = a; { let a = 5; x += a } a = 100; return [x, b()] }
console.log(shadow(1))
const del = (x, y = x + 1, { z = y * 2, ...rest } = {}, [p, ...q] = [1, 2, 3], ...more) => [x, y, z, rest, p, q, more]
console.log(del(1)); console.log(del(1, 2, { z: 3, k: 4 }, 'abc', 5, 6))
console.log(del.length, ((a, b) => 1).length, ((a, ...b) => 1).length, ((a, b = 1, c) => 1).length)
