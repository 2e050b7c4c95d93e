const f = () => { try { return 'try' } finally { console.log('fin') } }
console.log(f())
const g = () => { try { throw new Error('x') } catch (e) { return e.message } finally { return 'override' } }
console.log(g())
const h = () => { for (let i = 0; i < 5; i++) { try { if (i === 1) continue; if (i === 3) break; console.log(i) } finally { console.log('f', i) } } return 'done' }
console.log(h())
const k = () => { while (true) { try { return 1 } finally { break } } return 2 }
console.log(k())
const m = () => { try { try { throw 1 } finally { console.log('inner') } } catch (e) { console.log('caught', e) } }
m()
const n = () => { try { try { return 'a' } finally { throw 'b' } } catch (e) { return 'c' + e } finally { console.log('z') } }
console.log(n())
const o = () => { outer2() ; function outer2() { console.log('hoisted') } }
o()
const q = () => { for (const x of [1, 2, 3]) { try { try { if (x === 2) return x } finally { console.log('one', x) } } finally { console.log('two', x) } } }
console.log(q())
const s = () => { let i = 0; for (;;) { try { i++; if (i < 3) continue; return i } finally { if (i < 5) continue } } }
console.log(s())
const sw = x => { switch (x) { case 1: try { return 'one' } finally { console.log('swf') } case 2: try { break } finally { console.log('brk') } default: return 'def' } return 'after' }
console.log(sw(1), sw(2), sw(3))
