//! The subset of JavaScript as tables: the constructs that are accepted, and those that are refused, with what to write
//! instead.
//!
//! The parser's messages are made from the tables, and a test holds the parser to every row. The built-in functions have their own table, [`super::builtins::TABLE`], and the layers above the
//! language declare what they add or lack in the [registry](super::registry).

use super::registry::Advice;

/// A construct of the subset.
#[derive(Clone, Copy, Debug)]
pub struct Accepted {
    /// Its name.
    pub name: &'static str,
    /// A program that uses it.
    pub example: &'static str,
}

/// A construct outside the subset.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    /// Its name, as it begins a sentence.
    pub name: &'static str,
    /// A program that is refused because it has the construct.
    pub example: &'static str,
    /// What to write instead.
    pub advice: &'static str,
}

/// The message for something outside the subset.
pub fn message(name: &str) -> String {
    format!("{name} is not part of the JavaScript that runs here")
}

/// The statements and expressions of the subset.
pub const ACCEPTED: &[Accepted] = &[
    accepted("`const`", "const a = 1, b = 2"),
    accepted("`let`", "let a\nlet b = 2"),
    accepted("function declaration", "function f(a, b = 2) { return a + b }"),
    accepted("async function declaration", "async function f() { await null }"),
    accepted("expression statement", "console.log('x')"),
    accepted("`return`", "const f = () => { return 1 }"),
    accepted("`if` and `else`", "if (1 < 2) { console.log('a') } else console.log('b')"),
    accepted("block", "{ const a = 1; console.log(a) }"),
    accepted("`for`", "for (let i = 0; i < 3; i++) console.log(i)"),
    accepted("`for` … `of`", "for (const x of [1, 2]) console.log(x)"),
    accepted("`while`", "let n = 3\nwhile (n > 0) n--"),
    accepted("`break`", "for (;;) { break }"),
    accepted("`continue`", "for (const x of [1, 2]) { if (x > 1) continue }"),
    accepted("`switch`", "switch (1) { case 1: console.log('one'); break; default: console.log('other') }"),
    accepted("`throw`", "const f = () => { throw new Error('x') }"),
    accepted(
        "`try`, `catch` and `finally`",
        "try { f() } catch (e) { console.log(e.message) } finally { console.log('end') }",
    ),
    accepted("`module.exports`", "module.exports = { handler: async () => 1 }"),
    accepted("`exports`", "exports.handler = async (event) => event"),
    accepted("`'use strict'`", "'use strict'\nconst a = 1"),
    accepted("number", "console.log(1, 1.5, 0xff, 0o17, 0b11, 1e3, 1_000)"),
    accepted("string", "console.log('a\\n', \"b\", '\\u{1F600}')"),
    accepted("template string", "const a = 1\nconsole.log(`a is ${a}`)"),
    accepted("`true`, `false`, `null`, `undefined`", "console.log(true, false, null, undefined)"),
    accepted("object", "const a = 1\nconst o = { a, b: 2, ['c' + a]: 3, d() { return 4 }, async e() {}, ...{ f: 5 } }"),
    accepted("array", "const a = [1, ...[2, 3]]"),
    accepted("destructuring", "const { a, b: { c } = {}, ...rest } = { a: 1 }\nconst [d, , e = 2, ...f] = [1, 2, 3]"),
    accepted("destructuring assignment", "let a, b\n;[a, b] = [1, 2]\n;({ a, b: b = 3 } = { a: 4 })"),
    accepted("arrow function", "const f = (a, { b } = {}, ...rest) => a + b + rest.length"),
    accepted("async arrow function", "const f = async x => await x"),
    accepted("function expression", "const f = function () { return 1 }"),
    accepted("call", "Math.max(...[1, 2], 3)"),
    accepted("member and index", "const o = { a: [1] }\nconsole.log(o.a, o['a'][0])"),
    accepted("optional chaining", "const o = null\nconsole.log(o?.a.b, o?.['a'], o?.())"),
    accepted("`await`", "const f = async () => { await Promise.resolve(1) }"),
    accepted("`new` of Promise and the errors", "const p = new Promise((resolve) => resolve(new TypeError('x')))"),
    accepted("assignment", "let a = 1\na = 2\na += 3\na **= 2\na ??= 4\na ||= 5\na &&= 6"),
    accepted("`++` and `--`", "let i = 0\ni++\n--i"),
    accepted("`!`, `-`, `+` and `typeof`", "console.log(!1, -1, +'1', typeof 1)"),
    accepted("comparison", "console.log(1 < 2, 1 <= 2, 1 > 2, 1 >= 2, 1 === 2, 1 !== 2, 1 == 2, 1 != 2)"),
    accepted("arithmetic", "console.log(1 + 2 - 3 * 4 / 5 % 6 ** 2)"),
    accepted("`&&`, `||` and `??`", "console.log(1 && 2, 0 || 3, null ?? 4)"),
    accepted("conditional", "console.log(1 ? 2 : 3)"),
    accepted("`instanceof` of the errors", "console.log(new TypeError('x') instanceof Error)"),
    accepted("comment", "// line\n/* block */"),
];

const fn accepted(name: &'static str, example: &'static str) -> Accepted {
    Accepted { name, example }
}

macro_rules! refusals {
    ($($id:ident $name:literal $example:literal $advice:literal;)*) => {
        $(pub(super) const $id: Refusal = Refusal {
            name: $name, example: $example, advice: $advice,
        };)*
        /// The constructs that are refused.
        pub const REFUSED: &[Refusal] = &[$($id),*];
    };
}

refusals! {
    VAR "`var`" "var a = 1" "`let` or `const`";
    CLASS "a class" "class A {}" "a function that returns an object";
    THIS "`this`" "const f = () => this" "a parameter, or a variable around the function";
    SUPER "`super`" "const o = { f() { return super.f() } }" "a call of the other function by its name";
    GENERATOR "a generator" "function* f() {}" "a function that returns an array";
    YIELD "`yield`" "yield 1" "a function that returns an array";
    REGULAR_EXPRESSION "a regular expression" "const a = /x/.test('x')" "string methods: `includes`, `startsWith`, `indexOf`, `split`, `slice`";
    ACCESSOR "a getter or setter" "const o = { get a() { return 1 } }" "a method";
    IN "`in`" "console.log('a' in {})" "`Object.keys(object).includes(key)`, or a comparison with `undefined`";
    DELETE "`delete`" "const o = { a: 1 }\ndelete o.a" "`const { key, ...rest } = object`, or set it to `undefined`";
    VOID "`void`" "void 0" "`undefined`";
    DO_WHILE "`do` … `while`" "do { } while (false)" "`while (true) { …; if (!test) break }`";
    FOR_IN "`for` … `in`" "for (const k in {}) { }" "`for (const key of Object.keys(object))`";
    FOR_AWAIT "`for await`" "const f = async () => { for await (const x of []) { } }" "`for (const promise of list) { const x = await promise }`";
    WITH "`with`" "with ({}) { }" "the object's name before each property";
    IMPORT "`import`" "import fs from 'fs'" "`const fs = require('fs')`";
    EXPORT "`export`" "export const a = 1" "`module.exports = { a }` or `exports.a = a`";
    ENUM "`enum`" "enum A { }" "an object";
    BITWISE "a bitwise operator" "console.log(1 | 2)" "arithmetic: `Math.floor`, `Math.trunc`, `%`, `**`";
    BIGINT "a BigInt" "const a = 1n" "a number (exact up to 2 ** 53)";
    TAGGED_TEMPLATE "a tagged template" "String.raw`x`" "a call with a template string as its argument";
    NEW "`new` of anything but Promise and the errors" "const f = () => 1\nnew f()" "a call without `new`";
    NEW_TARGET "`new.target`" "function f() { return new.target }" "a parameter";
    DEBUGGER "`debugger`" "debugger" "`console.log`";
    EVAL "`eval`" "eval('1')" "the code itself";
    HOLE "a hole in an array" "const a = [1, , 2]" "`undefined`";
    ARGUMENTS "`arguments`" "function f() { return arguments.length }" "a rest parameter: `(...args)`";
    PRIVATE_NAME "a private name" "const a = {}.#b" "a variable around the function";
    COMMA "the comma operator" "let a = (1, 2)" "two statements";
    LABEL "a label" "a: for (;;) { break a }" "a function with `return`";
    AWAIT_OUTSIDE "`await` outside an async function" "const f = () => await 1" "`async` before the function";
    INSTANCEOF "`instanceof` of anything but the built-in errors" "console.log([] instanceof Array)" "`Array.isArray(value)` or `typeof value`";
    BLOCK_FUNCTION "a function declared in a block and used outside it" "if (true) { function f() {} }\nf()" "the function outside the block";
    ESCAPED_NAME "an escape in a name" "const \\u0061 = 1" "the letter itself";
    HTML_COMMENT "an HTML comment" "<!-- x" "`//`";
    LEGACY_OCTAL "a number with a leading zero" "const a = 017" "`0o17`, or the number without the zero";
    OCTAL_ESCAPE "an octal escape" "const a = '\\17'" "`\\x0f`";
    LONE_SURROGATE "half a surrogate pair" "const a = '\\ud83d'" "both halves, or `\\u{1F600}`";
    PROTO "`__proto__`" "const o = { __proto__: null }" "a copy: `{ ...object }`";
    PROTOTYPE "`prototype`" "Array.prototype.last = () => 1" "a function that takes the value as a parameter";
    CONSTRUCTOR "`constructor`" "const f = (e) => e.constructor.name" "`error.name`, `typeof value` or `Array.isArray(value)`";
    HAS_OWN "`hasOwnProperty`" "const f = (o) => o.hasOwnProperty('a')" "`Object.keys(object).includes(key)`, or a comparison with `undefined`";
    LOCALE "a method that goes by a language or a country" "const f = (n) => n.toLocaleString()" "`String`, `toFixed`, `toUpperCase` or `toLowerCase`";
    CONVERSION "a conversion method of one's own" "const o = { toString() { return 'x' } }" "a function with another name, called where the text is needed";
}

/// Reserved words, those of strict code included.
const RESERVED: &[&str] = &[
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

/// The parameters of every module: a file cannot declare these names at its top level.
pub(super) const MODULE_NAMES: &[&str] = &["exports", "require", "module", "__filename", "__dirname"];

/// Globals of JavaScript that the subset lacks, with what to write instead.
pub const REFUSED_GLOBALS: &[Advice] = &[
    ("Atomics", ""),
    ("BigInt", "a number (exact up to 2 ** 53)"),
    ("DataView", "an array"),
    ("Date", "`Date.now()`, the milliseconds since 1970"),
    ("EvalError", "`Error`"),
    ("Function", "a function written out"),
    ("Int32Array", "an array"),
    ("Intl", "template strings and `toFixed`"),
    ("Map", "a plain object, or an array of pairs"),
    ("Proxy", "a function"),
    ("Reflect", "`Object.keys` and member access"),
    ("RegExp", "string methods"),
    ("Set", "an array and `includes`"),
    ("SharedArrayBuffer", "an array"),
    ("Symbol", "a string"),
    ("URIError", "`Error`"),
    ("Uint8Array", "an array"),
    ("Float64Array", "an array"),
    ("ArrayBuffer", "an array"),
    ("WeakMap", "a plain object, or an array of pairs"),
    ("WeakRef", "a variable"),
    ("WeakSet", "an array and `includes`"),
    ("FinalizationRegistry", ""),
    ("decodeURI", ""),
    ("decodeURIComponent", ""),
    ("encodeURI", ""),
    ("encodeURIComponent", ""),
    ("escape", ""),
    ("globalThis", "a variable at the top of the module"),
    ("unescape", ""),
];

/// The member name in [`REFUSED_STATICS`] that stands for a call of the object, or `new` of it.
pub(super) const CALLED: &str = "()";

/// Members of built-in objects that people look for, with what to write instead.
const REFUSED_STATICS: &[Advice] = &[
    ("Array.()", "`Array.from({ length: n })`, or the elements between `[` and `]`"),
    ("Object.()", "`{}`, or the value itself"),
    ("Date.()", "`Date.now()`, the milliseconds since 1970"),
    ("Object.create", "`{ ...object }`"),
    ("Object.defineProperty", "an assignment"),
    ("Object.freeze", "the object itself"),
    ("Object.groupBy", "`reduce`"),
    ("Object.hasOwn", "`Object.keys(object).includes(key)`"),
    ("Object.getOwnPropertyNames", "`Object.keys`"),
    ("Object.is", "`===`"),
    ("Date.parse", "milliseconds since 1970"),
    ("Error.captureStackTrace", "`error.message`"),
    ("Promise.withResolvers", "`new Promise((resolve, reject) => …)`"),
    ("String.raw", "a template string"),
];

fn find(rows: &[(&str, &'static Refusal)], word: &str) -> Option<&'static Refusal> {
    rows.iter().find(|(name, _)| *name == word).map(|(_, refusal)| *refusal)
}

/// The refusal of a statement that begins with `word`.
pub(super) fn refused_statement(word: &str) -> Option<&'static Refusal> {
    find(&[("var", &VAR), ("do", &DO_WHILE), ("with", &WITH), ("debugger", &DEBUGGER), ("export", &EXPORT)], word)
        .or_else(|| refused_word(word))
}

/// The refusal of an expression that begins with `word`.
pub(super) fn refused_word(word: &str) -> Option<&'static Refusal> {
    let rows: &[(&str, &'static Refusal)] = &[
        ("class", &CLASS),
        ("this", &THIS),
        ("super", &SUPER),
        ("yield", &YIELD),
        ("import", &IMPORT),
        ("enum", &ENUM),
        ("delete", &DELETE),
        ("void", &VOID),
    ];
    find(rows, word).or_else(|| refused_name(word))
}

/// The refusal of a name, wherever it stands.
pub(super) fn refused_name(word: &str) -> Option<&'static Refusal> {
    find(&[("eval", &EVAL), ("arguments", &ARGUMENTS)], word)
}

/// The refusal of an operator.
pub(super) fn refused_operator(text: &str) -> Option<&'static Refusal> {
    match text {
        "in" => Some(&IN),
        "&" | "|" | "^" | "~" | "<<" | ">>" | ">>>" | "&=" | "|=" | "^=" | "<<=" | ">>=" | ">>>=" => Some(&BITWISE),
        _ => None,
    }
}

/// The refusal of a member of this name, read or written.
pub(super) fn refused_member(name: &str) -> Option<&'static Refusal> {
    let rows: &[(&str, &'static Refusal)] = &[
        ("__proto__", &PROTO),
        ("__defineGetter__", &ACCESSOR),
        ("__defineSetter__", &ACCESSOR),
        ("prototype", &PROTOTYPE),
        ("constructor", &CONSTRUCTOR),
        ("hasOwnProperty", &HAS_OWN),
        ("isPrototypeOf", &PROTOTYPE),
        ("propertyIsEnumerable", &HAS_OWN),
        ("toLocaleString", &LOCALE),
        ("toLocaleUpperCase", &LOCALE),
        ("toLocaleLowerCase", &LOCALE),
    ];
    find(rows, name)
}

/// The refusal of a key of this name in an object literal or an assignment.
pub(super) fn refused_key(name: &str) -> Option<&'static Refusal> {
    find(&[("toString", &CONVERSION), ("valueOf", &CONVERSION), ("toJSON", &CONVERSION), ("__proto__", &PROTO)], name)
}

/// What to write instead of a member that a built-in object lacks; empty if there is no advice.
pub(super) fn refused_static(object: &str, member: &str) -> &'static str {
    let row = REFUSED_STATICS
        .iter()
        .find(|(name, _)| name.strip_prefix(object).and_then(|rest| rest.strip_prefix('.')) == Some(member));
    row.map_or("", |(_, advice)| advice)
}

/// True for a reserved word.
pub(super) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// True for the name of a built-in error.
pub(super) fn is_error(name: &str) -> bool {
    matches!(name, "Error" | "TypeError" | "RangeError" | "ReferenceError" | "SyntaxError" | "AggregateError")
}
