const { a, b: { c = 5, ...d } = {}, ['x' + 1]: e, ...f } = { a: 1, b: { q: 2, r: 3 }, x1: 4, y: 5, z: 6 }
console.log(a, c, d, e, f)
let m, n, o = {}
;[m, n] = [1, 2];[m, n] = [n, m]
console.log(m, n)
;[o.x, o['y'], ...o.z] = 'hello'
console.log(o)
;({ a: o.q, b: [o.w = 7] } = { a: 1, b: [] })
console.log(o)
const [p, , q = p * 2, ...r] = [1, 2, undefined, 4, 5]
console.log(p, q, r)
for (const [k, { v = k }] of Object.entries({ a: {}, b: { v: 1 } })) console.log(k, v)
let i, j
for ([i, j] of [[1, 2], [3, 4]]) console.log(i + j)
const obj = {}
for (obj.prop of [1, 2, 3]) ;
console.log(obj)
const fn = ({ x, y: { z } }, [h]) => x + z + h
console.log(fn({ x: 1, y: { z: 2 } }, [3]))
console.log((({ length }) => length)('abc'))
const { length } = [1, 2, 3]; console.log(length)
const [aa = 1, { bb } = { bb: aa + 1 }] = []; console.log(aa, bb)
const key = 'dyn'; const { [key]: dyn = 'dflt', ...others } = { z: 1, dyn: undefined }; console.log(dyn, others)
let chain = (m = n = 5); console.log(chain, m, n)
const arr = [1, 2, 3]; let [x0] = arr, [...copy] = arr; copy.push(4); console.log(x0, copy, arr)
const [s1, s2] = '😀b'; console.log(s1, s2)
