const x = [1, 2, 3]
for (const v of x) { if (v < 3) x.push(v + 10); console.log(v) }
x.forEach((v, i) => { if (i === 0) x.pop(); console.log(i, v) })
console.log(x.find(v => v > 1), x.findIndex(v => v === 99), x.some(v => v > 2), x.every(v => v > 0))
console.log([3, 1, 2].sort((a, b) => b - a), ['b', 'a'].sort(), [1, 10, 2].sort(), [[1, [2]], [3]].flat(), [1, 2].flatMap(v => [v, v]))
console.log([1, 2, 3, 4].splice(1, 2), [1, 2, 3].slice(-2), [1, 2].concat(3, [4]), [1, 2, 3].reverse(), [1, 2, 3].indexOf(3), [1, [2, [3]]].join(';'))
console.log(Array.from({ length: 3 }, (_, i) => i * i), Array.from('abc'), Array.isArray([]), [..."ab"].reduce((a, c) => c + a))
console.log([1, 2, 3].at(-1), [undefined, null, 1].join('-'), [1, 2, 3].fill(0, 1), [5, 1].toString(), [1,2,3].reduceRight((a, b) => a - b))
try { [1].map(v => { throw new Error('in map ' + v) }) } catch (e) { console.log(e.message) }
try { [1].forEach(v => v.a.b) } catch (e) { console.log(e.message) }
const r = [1, 2, 3].map(async v => v * 2); Promise.all(r).then(v => console.log(v))
console.log([3, 2, 1].map((v, i, a) => a.length + v * i))
