const main = async () => {
  try { await Promise.any([]) } catch (e) { console.log(e); console.log([e], { e }); console.log({ a: { b: { e } } }); console.log({ a: { b: { c: { e } } } }) ; console.log('%s', e); console.log(`${e}`, String(e)); e.code = 'X'; console.log(e) }
  try { await Promise.any([Promise.reject(new Error('x')), Promise.reject(5), Promise.reject({ a: [1, { b: { c: {} } }] })]) } catch (e) { console.log(e); console.log([e]); console.log(e.errors.length) }
  try { await Promise.any([Promise.reject(1), Promise.reject(5)]) } catch (e) { console.log(e); console.log([e]); console.log('x', e, 'y') }
  await Promise.any([Promise.reject(1)]).catch((e) => console.log(e))
  console.log(await Promise.allSettled([Promise.any([Promise.reject(1)])]))
  const p = Promise.any([Promise.reject(1)]); p.catch(() => {}); await null; await null; await null; await null; console.log(p)
  let r; const q = new Promise((f) => { r = f }); r(q); await q.catch((e) => console.log(e))
  const z = Promise.resolve().then(() => z); await z.catch((e) => console.log(e))
  const s = (async () => { await null; return s })(); await s.catch((e) => console.log(e))
  const e2 = new AggregateError([new Error('in')], 'mine'); console.log(e2.message, e2.errors.length)
}

main()
