//! Programs that make a value which contains itself or is nested very deep, and then use it.
//!
//! A program is made from numbers, so that proptest and libFuzzer can choose and shrink it.

use std::fmt::Write as _;

/// Values to begin with.
const BASES: &[&str] = &[
    "1",
    "[]",
    "{}",
    "undefined",
    "'x'",
    "new Error('e')",
    "() => 1",
    "Promise.resolve(1)",
    "Promise.reject(new Error('r'))",
    "knex.raw('select 1')",
    "knex.raw('?', [1])",
    "new Promise(() => {})",
    "null",
    "{ then(resolve) { resolve(1) } }",
];

/// Values around `v`, the value so far.
const WRAPS: &[&str] = &[
    "[v]",
    "{ a: v }",
    "[1, v]",
    "{ a: 1, b: v, c: 2 }",
    "[v, v]",
    "{ a: v, b: v }",
    "knex.raw('?', [v])",
    "knex.raw('??', [v])",
    "knex.raw(':a', { a: v })",
    "knex.raw(':a:', { a: v })",
    "Object.assign(new Error('e'), { cause: v })",
    "Object.assign(() => 1, { a: v })",
    "((x) => () => x)(v)",
    "Promise.resolve(v)",
    "Promise.reject(v)",
    "Promise.all([v])",
    "(async () => v)()",
    "{ then(resolve) { resolve(v) } }",
    "((x) => x).bind(null, v)",
];

/// Statements that make the value contain itself.
const CYCLES: &[&str] = &[
    "",
    "c.push(c, v)\nv = c",
    "o.a = o\no.v = v\nv = o",
    "o.a = c; c.push(o, v)\nv = c",
    "o.then = (resolve) => resolve(o)\nv = o",
    "e.cause = e\ne.v = v\nv = e",
    "c.push(knex.raw('?', [c]), v)\nv = c",
    "o.a = knex.raw('?', [o])\nv = o",
    "{ let r\nconst p = new Promise((resolve) => { r = resolve })\nr({ p, v })\nv = p }",
    "{ let r\nconst p = new Promise((resolve) => { r = resolve })\nr(p)\nv = p }",
    "{ let r\nconst p = new Promise((resolve) => { r = resolve })\nr({ then(f) { f(p) } })\nv = [p] }",
    "f.self = f\nf.v = v\nv = f",
    "c.length = 1\nc.push(c, c, c)\nv = c",
];

/// How often a value is wrapped: around the limits of nesting and of the call stack, and far past them.
const DEPTHS: &[usize] = &[0, 1, 2, 3, 30, 199, 200, 201, 2_600, 100_000];

/// Expressions of the language and of Node that use `v`.
const USES: &[&str] = &[
    "console.log(v)",
    "console.error(v, [v], { v })",
    "console.log('%s %d %i %f %j %o %O %c', v, v, v, v, v, v, v, v)",
    "console.log({ a: { b: { c: v } } })",
    "console.log([[[v]]])",
    "`${v}`",
    "v + ''",
    "'' + [v]",
    "String(v)",
    "String([v, v])",
    "v.toString?.()",
    "v.join?.('-')",
    "[v].join()",
    "[v, v].toString()",
    "Number(v)",
    "+v",
    "-v",
    "v * 2",
    "v ** v",
    "v < v",
    "v == 'x'",
    "v == v",
    "v === v",
    "v == [v]",
    "v != 1",
    "Math.max(v, v)",
    "parseInt(v, v)",
    "parseFloat(v)",
    "isNaN(v)",
    "JSON.stringify(v)",
    "JSON.stringify({ v }, null, 2)",
    "JSON.stringify(v, (key, value) => value)",
    "JSON.stringify(v, null, v)",
    "JSON.stringify(v, v)",
    "JSON.parse(v)",
    "JSON.parse(JSON.stringify(v))",
    "[v].flat(Infinity)",
    "v.flat?.(Infinity)",
    "v.concat?.(v, v)",
    "[v, v].sort()",
    "[v, v, 1, 'b'].sort()",
    "[1, v].includes(v)",
    "[v].indexOf(v)",
    "'text'.includes(v)",
    "'text'.replace('t', v)",
    "'text'.replace(v, 't')",
    "'text'.split(v)",
    "'text'.padEnd(9, v)",
    "'text'.repeat(v)",
    "'text'.concat(v)",
    "'text'.localeCompare(v)",
    "'text'.slice(v)",
    "'text'[v]",
    "[1, 2][v]",
    "({})[v]",
    "({ [v]: 1 })",
    "Object.keys(v)",
    "Object.values(v)",
    "Object.entries(v)",
    "Object.assign({}, v)",
    "Object.fromEntries(v)",
    "Object.fromEntries([v, v])",
    "Array.from(v)",
    "Array.from({ length: v })",
    "Array.isArray(v)",
    "[...v]",
    "({ ...v })",
    "Math.max(...v)",
    "new Error(v)",
    "new Error(v).message",
    "new Error(v).stack",
    "console.log(new Error(v))",
    "console.log(Object.assign(new Error('e'), { cause: v, name: v, stack: v }))",
    "Object.assign(new Error('m'), { message: v, name: v }).toString()",
    "new AggregateError([v], v)",
    "console.log(new AggregateError([v, v], 'm'))",
    "Promise.resolve(v)",
    "Promise.all(v)",
    "Promise.all([v, v])",
    "Promise.allSettled([v])",
    "Promise.any([v])",
    "Promise.race([v, 1])",
    "Promise.resolve(v).then(v, v).catch(v).finally(v)",
    "new Promise((resolve) => resolve(v))",
    "new Promise((_, reject) => reject(v))",
    "v.then?.(console.log, console.log)",
    "v()",
    "v.call?.(v, v)",
    "v.apply?.(v, v)",
    "v.bind?.(v)(v)",
    "v.a.a.a",
    "v[0][0][0]",
    "v instanceof Error",
    "typeof v",
    "setTimeout(v, v)",
    "setTimeout(console.log, 1, v)",
    "setInterval(v, 1e6)",
    "clearTimeout(v)",
    "setImmediate(console.log, v)",
    "queueMicrotask(v)",
    "process.nextTick(console.log, v)",
    "process.on(v, v)",
    "process.env.V = v",
    "process.env[v] = 1",
    "Object.assign(process.env, { A: v })",
    "fs.writeFileSync('/tmp/v', v)",
    "fs.writeFileSync(v, 'x')",
    "fs.appendFileSync('/tmp/v', v)",
    "fs.readFileSync(v)",
    "fs.readFileSync('/tmp/v', v)",
    "fs.existsSync(v)",
    "fs.mkdirSync(v, v)",
    "fs.mkdirSync('/tmp/d', v)",
    "fs.promises.writeFile('/tmp/v', v)",
    "fs.promises.readFile(v)",
    "path.join('/tmp', v)",
    "path.resolve(v)",
    "path.basename(v, v)",
    "util.promisify(v)",
    "util.promisify(v)(v)",
    "util.promisify((x, done) => done(v))(1)",
    "require(v)",
    "exports.later = v",
    "callback(v)",
    "callback(null, v)",
    "context.fail?.(v)",
    "context.succeed?.(v)",
    "context.done?.(v, v)",
    "((a, [b] = v, { c } = v) => [a, b, c])(v)",
    "(() => { for (const x of v) console.log(x) })()",
    "(() => { switch (v) { case v: return 1 } })()",
    "(() => { const { a, ...rest } = v; return rest })()",
    "v.self = v",
    "v[0] = [v]",
    "v.length = 0",
    "module.exports = v",
];

/// Expressions that give `v` to Knex.
const KNEX_USES: &[&str] = &[
    "knex.raw('select ?', [v])",
    "knex.raw('select ?', v)",
    "knex.raw('select ??', [v])",
    "knex.raw('select :a', { a: v })",
    "knex.raw('select :a:', { a: v })",
    "knex.raw('select ? + ?', [v, 1])",
    "knex.raw('select ?, ?', v)",
    "knex.raw(v)",
    "knex.raw(v, v)",
    "knex.raw('select 1', v)",
    "knex.raw('select ?', [[v]])",
    "knex.raw('select ?', [{ v }])",
    "knex.raw('select ?', [knex.raw('?', [v])])",
    "knex.raw('select ?', [v]).toString()",
    "String(knex.raw('select ??', [v]))",
    "knex.raw('select ?', [v]).toSQL?.()",
    "`${knex.raw('?', [v])}`",
    "console.log(knex.raw('?', [v]))",
    "knex.select(v)",
    "knex.select([v])",
    "knex.select(v).toString()",
    "knex.select(knex.raw('?', [v]))",
    "require('knex')(v)",
    "require('knex')({ ...base, connection: v })",
    "require('knex')({ ...base, connection: { ...base.connection, user: v } }).raw('select 1')",
    "require('knex')({ ...base, connection: { ...base.connection, password: v } }).raw('select 1')",
    "require('knex')({ ...base, connection: { ...base.connection, port: v, host: v } }).raw('select 1')",
    "require('knex')({ ...base, pool: v })",
    "require('knex')({ ...base, pool: { min: v, max: v } })",
    "require('knex')({ ...base, pool: { afterCreate: (c, done) => done(v, c) } }).raw('select 1')",
    "require('knex')({ ...base, searchPath: v }).raw('select 1')",
    "require('knex')({ ...base, log: v })",
    "require('knex')({ ...base, acquireConnectionTimeout: v })",
    "require('knex')({ client: v })",
    "knex.initialize(v)",
    "knex.destroy(v)",
];

/// The pieces that a program is made of.
pub struct Pieces {
    bases: Vec<&'static str>,
    wraps: Vec<&'static str>,
    cycles: Vec<&'static str>,
    /// Expressions that use `v`.
    pub uses: Vec<&'static str>,
}

impl Pieces {
    /// The pieces without Knex.
    pub fn of_the_language() -> Self {
        let all = Self::all();
        let without = |pieces: Vec<&'static str>| pieces.into_iter().filter(|piece| !piece.contains("knex")).collect();
        Self { bases: without(all.bases), wraps: without(all.wraps), cycles: without(all.cycles), uses: USES.to_vec() }
    }

    /// All pieces.
    pub fn all() -> Self {
        Self { bases: BASES.to_vec(), wraps: WRAPS.to_vec(), cycles: CYCLES.to_vec(), uses: [USES, KNEX_USES].concat() }
    }

    /// A module whose handler `main` makes a value, uses it in four ways and ends. The numbers choose the pieces; zeros give
    /// the plainest ones.
    pub fn program(&self, numbers: &[u8]) -> String {
        let mut choices = Choices(numbers.iter());
        let mut make = format!("let v = {}\n", choices.pick(&self.bases));
        for _ in 0..2 {
            let (depth, wrap, cycle) = (choices.pick(DEPTHS), choices.pick(&self.wraps), choices.pick(&self.cycles));
            make.push_str(&wrapped(wrap, *depth));
            let _ = writeln!(make, "{cycle}");
        }
        let uses: Vec<&str> = (0..4).map(|_| *choices.pick(&self.uses)).collect();
        let end = *choices.pick(ENDS);
        module(&make, &uses, end)
    }

    /// The statements that make each value which contains itself.
    pub fn cyclic_values(&self) -> impl Iterator<Item = String> {
        self.cycles[1..].iter().map(|cycle| format!("let v = 1\n{cycle}\n"))
    }

    /// The statements that make each value which is nested 100,000 deep.
    pub fn deep_values(&self) -> impl Iterator<Item = String> {
        self.wraps.iter().map(|wrap| format!("let v = 1\n{}", wrapped(wrap, 100_000)))
    }
}

/// The line that a program prints after its uses.
pub const USED: &str = "used in every way";

/// How the handler ends. `USES` stand before it. The first ones differ most.
pub const ENDS: &[&str] = &[
    "return 1",
    "return v",
    "throw v",
    "return Promise.reject(v)",
    "process.exit(v)",
    "callback(v, v)\nawait new Promise(() => {})",
    "return [v]",
    "return { v }",
    "throw Object.assign(new Error('thrown'), { v, cause: v, message: v, name: v, code: v })",
    "throw new Error(v)",
    "return Promise.resolve(v)",
    "Promise.reject(v)\nreturn 1",
    "setTimeout(() => { throw v }, 5)\nawait new Promise(() => {})",
    "await v\nreturn 1",
    "await new Promise((resolve) => setImmediate(resolve, v))\nreturn v",
];

/// The choices of a program, taken from numbers: each takes the next number, and 0 after the last one.
struct Choices<'n>(std::slice::Iter<'n, u8>);

impl Choices<'_> {
    fn pick<'t, T>(&mut self, among: &'t [T]) -> &'t T {
        &among[usize::from(self.0.next().copied().unwrap_or(0)) % among.len()]
    }
}

/// The numbers that a program needs at most.
pub const NUMBERS: usize = 14;

/// A program for each single piece, so that a piece that is not in the language is found.
pub fn single_pieces() -> impl Iterator<Item = String> {
    let bases = BASES.iter().map(|base| module(&format!("let v = {base}\n"), &[], "return 1"));
    let wraps = WRAPS.iter().map(|wrap| module(&format!("let v = 1\n{}", wrapped(wrap, 1)), &[], "return 1"));
    let cycles = CYCLES.iter().map(|cycle| module(&format!("let v = 1\n{cycle}\n"), &[], "return 1"));
    let uses = USES.iter().chain(KNEX_USES).map(|used| module("let v = 1\n", &[used], "return 1"));
    let ends = ENDS.iter().map(|end| module("let v = 1\n", &[], end));
    bases.chain(wraps).chain(cycles).chain(uses).chain(ends)
}

/// The statement that wraps `v` so many times.
fn wrapped(wrap: &str, depth: usize) -> String {
    let depth = if is_shared(wrap) { depth.min(SHARED_DEPTH) } else { depth };
    format!("for (let i = 0; i < {depth}; i++) {{ const w = v; v = ((v) => ({wrap}))(w) }}\n")
}

/// True where `v` occurs twice in the wrap, so that the number of paths doubles with each level.
fn is_shared(wrap: &str) -> bool {
    matches!(wrap, "[v, v]" | "{ a: v, b: v }")
}

/// The depth of a value whose paths double: 4,096 of them.
const SHARED_DEPTH: usize = 12;

/// A module whose handler `main` makes a value `v`, uses it one way after the other, prints [`USED`] and ends.
pub fn module(make: &str, uses: &[&str], end: &str) -> String {
    let mut text = String::from(
        "const fs = require('fs')\nconst path = require('path')\nconst util = require('util')\n\
         const base = require('./knexfile')\nconst knex = require('knex')(base)\n\
         const quiet = (r) => r && r.catch && r.catch(() => {})\n\
         exports.main = async (event, context, callback) => {\n\
         const c = []\nconst o = {}\nconst e = new Error('e')\nconst f = () => 1\n",
    );
    text.push_str(make);
    for used in uses {
        let _ = writeln!(text, "try {{ quiet({used}) }} catch (x) {{ console.log('caught') }}");
    }
    let _ = writeln!(text, "console.log('{USED}')\n{end}\n}}");
    text
}
