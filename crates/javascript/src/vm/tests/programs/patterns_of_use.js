const cb = (f, v) => setTimeout(() => f(null, v), 1)
const once = f => { let done = false; return (...a) => { if (!done) { done = true; return f(...a) } } }
const g = once((...x) => console.log('once', ...x)); g(1, 2); g(3)
const compose = (...fs) => x => fs.reduceRight((v, f) => f(v), x)
console.log(compose(x => x + 1, x => x * 2)(5))
const memo = f => { const c = {}; return n => c[n] ?? (c[n] = f(n)) }
const fib = memo(n => n < 2 ? n : fib(n - 1) + fib(n - 2)); console.log(fib(50))
const curry = f => function c(...a) { return a.length >= f.length ? f(...a) : (...b) => c(...a, ...b) }
console.log(curry((a, b, c) => a + b + c)(1)(2)(3))
const queue = []; let running = 0
const limit = (n, task) => new Promise((res, rej) => { queue.push({ task, res, rej }); next(n) })
const next = n => { if (running >= n || queue.length === 0) return; running++; const { task, res, rej } = queue.shift(); task().then(res, rej).finally(() => { running--; next(n) }) }
const job = (n, ms) => () => { console.log('start', n); return new Promise(r => setTimeout(() => { console.log('end', n); r(n) }, ms)) }
Promise.all([limit(2, job(1, 30)), limit(2, job(2, 10)), limit(2, job(3, 5)), limit(2, job(4, 1))]).then(v => console.log(v))
const retry = async (f, n) => { for (let i = 1; ; i++) { try { return await f(i) } catch (e) { console.log('try', i, e.message); if (i === n) throw e } } }
retry(async i => { if (i < 3) throw new Error('no' + i); return 'ok' }, 5).then(console.log)
retry(async i => { throw new Error('x' + i) }, 2).catch(e => console.log('gave up', e.message))
