const t = (f) => { try { console.log(f()) } catch (e) { console.log(e.name, e.message) } }
exports.main = async () => {
  t(() => JSON.stringify({ a: 1, b: { c: [1, 'x', null, undefined, () => 1] }, d: undefined }, (k, v) => v))
  t(() => JSON.stringify({ a: 1, b: 2, password: 'x' }, (k, v) => (k === 'password' ? undefined : v), 2))
  t(() => JSON.stringify([1, 2, [3]], (k, v) => (typeof v === 'number' ? v * 2 : v)))
  t(() => JSON.stringify(5, (k, v) => v + 1))
  t(() => JSON.stringify(undefined, (k, v) => 'u'))
  t(() => JSON.stringify('a', () => undefined))
  const seen = []; const o = { a: 1 }; o.o = o
  t(() => JSON.stringify(o, (k, v) => { if (seen.includes(v)) return '[Circular]'; if (typeof v === 'object') seen.push(v); return v }))
  t(() => JSON.stringify(o, (k, v) => v))
  t(() => JSON.stringify(o))
  t(() => JSON.stringify({ a: [] }, (k, v) => { console.log(JSON.stringify(k)); return v }))
  t(() => JSON.stringify({ 2: 'b', 1: 'a', z: new Error('x') }, (k, v) => (k === '1' ? { n: 1 } : v)))
  t(() => [JSON.stringify.length, JSON.stringify.name])
  for (const x of ['{"a":1,"b" 2}', '{"a":1,"b"}', '{"a":1,"b"', '{"a":1,"b" "x"}', '{"a" 1}', '{"a":{"b" 1}}', '[{"a":1},{"b" 1}]']) t(() => JSON.parse(x))
  const c = [() => 1]; c.push(c, { c }); console.log(c); const d = { a: 1 }; d.d = d; console.log(d, [d]); console.log([[d, { x: 'y'.repeat(30), z: 'w'.repeat(16) }]])
  const n = Array.from({ length: 101 }, (_, i) => i); n.push('x'); console.log(n); console.log('%o', Array.from({ length: 27 }, (_, i) => i)); const m = Array.from({ length: 27 }, (_, i) => i); m.k = 1; console.log(m)
  n[100] = 'y'; console.log(n)
  for (let w = 20; w < 60; w++) { const q = { k: 'a'.repeat(w), z: 1 }; q.me = q; console.log(q) }
}
