try { null.x } catch ({ name, message }) { console.log(name, message) }
try { throw { a: 1 } } catch (e) { console.log(e) }
try { throw 5 } catch { console.log('nobind') }
try { undefinedFn() } catch (e) { console.log(e.message) }
try { const x = 1; x = 2 } catch (e) { console.log(e.message) }
try { y; let y = 1 } catch (e) { console.log(e.message) }
const ff = () => later; try { ff() } catch (e) { console.log(e.message) }
const later = 5; console.log(ff())
const rec = n => n === 0 ? 0 : 1 + rec(n - 1); console.log(rec(1000))
const inf = () => inf(); try { inf() } catch (e) { console.log(e instanceof RangeError, e.message) }
undeclared1 = 5; console.log(undeclared1, typeof undeclared1)
const nf = function nm() { nm = 5; return typeof nm }; console.log(nf())
switch (3) { case 1: let zz = 1; case 3: try { zz } catch (e) { console.log(e.message) } }
switch ('x') { default: console.log('d'); case 'y': console.log('y'); break; case 'z': console.log('z') }
switch (1) { case '1': console.log('no'); break; case 1: console.log('yes') }
{ const f = () => g(); console.log(f()); function g() { return 'hoisted' } }
if (true) console.log('t'); else console.log('f')
let l = 0; for (;;) { if (++l > 3) break } console.log(l)
for (const c of 'hé😀') console.log(c)
for (let i = 0, j = 10; i < j; i += 3) console.log(i, j)
