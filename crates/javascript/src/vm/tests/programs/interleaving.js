const results = []
const work = async (id, n) => { for (let i = 0; i < n; i++) { results.push(`${id}${i}`); await null } return id }
Promise.all([work('a', 3), work('b', 2), work('c', 4)]).then(ids => console.log(ids, results.join(' ')))
const chain = (n) => n === 0 ? Promise.resolve('z') : chain(n - 1).then(v => v + n)
chain(5).then(console.log)
const thenable = n => ({ then(res) { console.log('T', n); res(n) } })
;(async () => { console.log(await thenable(1)); console.log(await thenable(2)) })()
Promise.all([thenable(3), thenable(4)]).then(console.log)
Promise.resolve().then(() => thenable(5)).then(console.log)
new Promise(r => r(Promise.resolve(6))).then(console.log)
;(async () => { try { await Promise.reject(7) } catch (e) { console.log('c', e) } })()
