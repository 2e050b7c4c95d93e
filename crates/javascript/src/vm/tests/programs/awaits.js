const sleep = (ms, v) => new Promise(r => setTimeout(() => r(v), ms))
const main = async () => {
  const out = []
  for (const x of [3, 1, 2]) { out.push(await sleep(x, x)); console.log('got', x) }
  console.log(out)
  const rs = await Promise.all([3, 1, 2].map(async x => { await sleep(x); console.log('par', x); return x * 2 }))
  console.log(rs)
  try { await Promise.reject(new Error('aw')) } catch (e) { console.log(e.message) } finally { console.log('fin'); await null; console.log('fin2') }
  const r = await (async () => { try { return await sleep(1, 'ret') } finally { console.log('af') } })()
  console.log(r)
  try { await (async () => { try { throw new Error('in') } finally { await sleep(1) } })() } catch (e) { console.log('o', e.message) }
  let i = 0
  while (i < 3) { await null; i++ }
  console.log(i, await 5, (await sleep(1, { a: [1] })).a[0], `${await sleep(1, 't')}`, [await 1, await 2], { [await 'k']: await 'v' })
  const fns = []
  for (let k = 0; k < 3; k++) { await null; fns.push(() => k) }
  console.log(fns.map(f => f()))
  const [a, b] = await Promise.all([sleep(2, 'a'), 'b']); console.log(a, b)
  return 'end'
}
main().then(console.log, e => console.log('ERR', e.message))
console.log('sync')
