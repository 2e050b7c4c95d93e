//! The built-in functions and objects of the language, in one table: where a program finds them, how many parameters they
//! have, and where their code is.
//!
//! A function is *native* (written in Rust; it calls no function of the program), of the *prelude* (written in JavaScript,
//! because it calls functions of the program), or the *machine's* (promises, and functions that need the clock or the
//! queue of jobs). The place of a row in [`TABLE`] is the number of the built-in everywhere.

mod arrays;
mod numbers;
mod objects;
mod strings;
#[cfg(test)]
mod tests;

use super::heap::{ErrorKind, Heap, Object, ObjectKind, Properties};
use super::value::Value;

/// The parts of the machine that a native function works on.
pub struct Natives<'a> {
    /// The heap.
    pub heap: &'a mut Heap,
}

/// A native function: of `this` and the arguments.
pub type Native = fn(&mut Natives<'_>, this: &Value, arguments: &[Value]) -> Result<Value, Thrown>;

/// An error that a native function throws: its kind and message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thrown(pub ErrorKind, pub String);

impl Thrown {
    /// A `TypeError`.
    pub fn type_error(message: impl Into<String>) -> Self {
        Self(ErrorKind::TypeError, message.into())
    }

    /// A `RangeError`.
    pub fn range_error(message: impl Into<String>) -> Self {
        Self(ErrorKind::RangeError, message.into())
    }
}

/// The object that a program finds a built-in on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    /// A global name.
    Global,
    /// A global name that only libraries see.
    Internal,
    /// A member of a global object.
    Static(&'static str),
    /// A method of strings.
    String,
    /// A method of numbers.
    Number,
    /// A method of booleans.
    Boolean,
    /// A method of arrays.
    Array,
    /// A method of functions.
    Function,
    /// A method of promises.
    Promise,
    /// A method of errors.
    Error,
}

/// The kind of a built-in.
#[derive(Clone, Copy, Debug)]
pub enum What {
    /// An object that only holds members.
    Namespace,
    /// An object that holds members and is a function in JavaScript, which the subset does not call.
    Constructor,
    /// A number.
    Constant(f64),
    /// `undefined`.
    Undefined,
    /// A function in Rust.
    Native(Native),
    /// The function of this name in the prelude. It takes its receiver as the first parameter.
    Prelude(&'static str),
    /// A function that the machine carries out.
    Vm(VmBuiltin),
}

/// The functions that the machine itself carries out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VmBuiltin {
    /// `new Promise(executor)`.
    Promise,
    /// `Promise.all(list)`.
    PromiseAll,
    /// `Promise.allSettled(list)`.
    PromiseAllSettled,
    /// `Promise.any(list)`.
    PromiseAny,
    /// `Promise.race(list)`.
    PromiseRace,
    /// `Promise.resolve(value)`.
    PromiseResolve,
    /// `Promise.reject(reason)`.
    PromiseReject,
    /// `promise.then(f, g)`.
    Then,
    /// `promise.catch(g)`.
    Catch,
    /// `promise.finally(f)`.
    Finally,
    /// `f.call(receiver, …)`.
    Call,
    /// `f.apply(receiver, list)`.
    Apply,
    /// `f.bind(receiver, …)`.
    Bind,
    /// `Date.now()`.
    DateNow,
    /// `Math.random()`.
    Random,
    /// `Error(message, options)` and the other errors, with or without `new`.
    Error(ErrorKind),
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// The object that it is found on.
    pub on: On,
    /// Its name.
    pub name: &'static str,
    /// The `length` of the function.
    pub length: u8,
    /// Its kind.
    pub what: What,
    /// The arguments that a native function reads.
    pub reads: Reads,
}

/// The strings and arrays that a native function reads in full. Reading them counts as steps of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// The receiver and all arguments.
    All,
    /// None: the function looks at one element at most.
    Nothing,
}

const fn row(on: On, name: &'static str, length: u8, what: What) -> Builtin {
    Builtin { on, name, length, what, reads: Reads::All }
}

const fn quick(on: On, name: &'static str, length: u8, function: Native) -> Builtin {
    Builtin { reads: Reads::Nothing, ..native(on, name, length, function) }
}

const fn native(on: On, name: &'static str, length: u8, function: Native) -> Builtin {
    row(on, name, length, What::Native(function))
}

const fn prelude(on: On, name: &'static str, length: u8, function: &'static str) -> Builtin {
    row(on, name, length, What::Prelude(function))
}

const fn vm(on: On, name: &'static str, length: u8, function: VmBuiltin) -> Builtin {
    row(on, name, length, What::Vm(function))
}

const fn constant(on: On, name: &'static str, number: f64) -> Builtin {
    row(on, name, 0, What::Constant(number))
}

const MATH: On = On::Static("Math");
const OBJECT: On = On::Static("Object");
const NUMBER: On = On::Static("Number");
const PROMISE: On = On::Static("Promise");
const ARRAY: On = On::Static("Array");

const ROWS: &[Builtin] = &[
    row(On::Global, "undefined", 0, What::Undefined),
    constant(On::Global, "NaN", f64::NAN),
    constant(On::Global, "Infinity", f64::INFINITY),
    row(On::Global, "Math", 0, What::Namespace),
    row(On::Global, "JSON", 0, What::Namespace),
    row(On::Global, "Object", 1, What::Constructor),
    row(On::Global, "Array", 1, What::Constructor),
    row(On::Global, "Date", 7, What::Constructor),
    native(On::Global, "Number", 1, numbers::number),
    native(On::Global, "String", 1, strings::string),
    native(On::Global, "Boolean", 1, objects::boolean),
    native(On::Global, "parseInt", 2, numbers::parse_int),
    native(On::Global, "parseFloat", 1, numbers::parse_float),
    native(On::Global, "isNaN", 1, numbers::global_is_nan),
    native(On::Global, "isFinite", 1, numbers::global_is_finite),
    vm(On::Global, "Promise", 1, VmBuiltin::Promise),
    vm(On::Global, "Error", 1, VmBuiltin::Error(ErrorKind::Error)),
    vm(On::Global, "TypeError", 1, VmBuiltin::Error(ErrorKind::TypeError)),
    vm(On::Global, "RangeError", 1, VmBuiltin::Error(ErrorKind::RangeError)),
    vm(On::Global, "ReferenceError", 1, VmBuiltin::Error(ErrorKind::ReferenceError)),
    vm(On::Global, "SyntaxError", 1, VmBuiltin::Error(ErrorKind::SyntaxError)),
    vm(On::Global, "AggregateError", 2, VmBuiltin::Error(ErrorKind::AggregateError)),
    // Promises.
    vm(PROMISE, "all", 1, VmBuiltin::PromiseAll),
    vm(PROMISE, "allSettled", 1, VmBuiltin::PromiseAllSettled),
    vm(PROMISE, "any", 1, VmBuiltin::PromiseAny),
    vm(PROMISE, "race", 1, VmBuiltin::PromiseRace),
    vm(PROMISE, "resolve", 1, VmBuiltin::PromiseResolve),
    vm(PROMISE, "reject", 1, VmBuiltin::PromiseReject),
    vm(On::Promise, "then", 2, VmBuiltin::Then),
    vm(On::Promise, "catch", 1, VmBuiltin::Catch),
    vm(On::Promise, "finally", 1, VmBuiltin::Finally),
    // Functions.
    vm(On::Function, "call", 1, VmBuiltin::Call),
    vm(On::Function, "apply", 2, VmBuiltin::Apply),
    vm(On::Function, "bind", 1, VmBuiltin::Bind),
    native(On::Function, "toString", 0, strings::to_string),
    native(On::Error, "toString", 0, strings::to_string),
    native(On::Boolean, "toString", 0, strings::to_string),
    vm(On::Static("Date"), "now", 0, VmBuiltin::DateNow),
    // JSON.
    prelude(On::Static("JSON"), "parse", 2, "jsonParse"),
    prelude(On::Static("JSON"), "stringify", 3, "jsonStringify"),
    native(On::Internal, "$jsonStringify", 3, objects::json_stringify),
    native(On::Internal, "$jsonParse", 1, objects::json_parse),
    // Objects.
    native(OBJECT, "keys", 1, objects::keys),
    native(OBJECT, "values", 1, objects::values),
    native(OBJECT, "entries", 1, objects::entries),
    native(OBJECT, "assign", 2, objects::assign),
    native(OBJECT, "fromEntries", 1, objects::from_entries),
    // Numbers.
    native(NUMBER, "isInteger", 1, numbers::is_integer),
    native(NUMBER, "isSafeInteger", 1, numbers::is_safe_integer),
    native(NUMBER, "isFinite", 1, numbers::is_finite),
    native(NUMBER, "isNaN", 1, numbers::is_nan),
    native(NUMBER, "parseInt", 2, numbers::parse_int),
    native(NUMBER, "parseFloat", 1, numbers::parse_float),
    constant(NUMBER, "MAX_SAFE_INTEGER", 9_007_199_254_740_991.0),
    constant(NUMBER, "MIN_SAFE_INTEGER", -9_007_199_254_740_991.0),
    constant(NUMBER, "MAX_VALUE", f64::MAX),
    constant(NUMBER, "MIN_VALUE", 5e-324),
    constant(NUMBER, "EPSILON", f64::EPSILON),
    constant(NUMBER, "POSITIVE_INFINITY", f64::INFINITY),
    constant(NUMBER, "NEGATIVE_INFINITY", f64::NEG_INFINITY),
    constant(NUMBER, "NaN", f64::NAN),
    native(On::Number, "toFixed", 1, numbers::to_fixed),
    native(On::Number, "toPrecision", 1, numbers::to_precision),
    native(On::Number, "toExponential", 1, numbers::to_exponential),
    native(On::Number, "toString", 1, numbers::to_string),
    // Math.
    constant(MATH, "E", core::f64::consts::E),
    constant(MATH, "LN10", core::f64::consts::LN_10),
    constant(MATH, "LN2", core::f64::consts::LN_2),
    constant(MATH, "LOG10E", core::f64::consts::LOG10_E),
    constant(MATH, "LOG2E", core::f64::consts::LOG2_E),
    constant(MATH, "PI", core::f64::consts::PI),
    constant(MATH, "SQRT1_2", core::f64::consts::FRAC_1_SQRT_2),
    constant(MATH, "SQRT2", core::f64::consts::SQRT_2),
    native(MATH, "abs", 1, numbers::abs),
    native(MATH, "cbrt", 1, numbers::cbrt),
    native(MATH, "ceil", 1, numbers::ceil),
    native(MATH, "cos", 1, numbers::cos),
    native(MATH, "exp", 1, numbers::exp),
    native(MATH, "floor", 1, numbers::floor),
    native(MATH, "hypot", 2, numbers::hypot),
    native(MATH, "log", 1, numbers::log),
    native(MATH, "log10", 1, numbers::log10),
    native(MATH, "log2", 1, numbers::log2),
    native(MATH, "max", 2, numbers::max),
    native(MATH, "min", 2, numbers::min),
    native(MATH, "pow", 2, numbers::pow),
    native(MATH, "round", 1, numbers::round),
    native(MATH, "sign", 1, numbers::sign),
    native(MATH, "sin", 1, numbers::sin),
    native(MATH, "sqrt", 1, numbers::sqrt),
    native(MATH, "trunc", 1, numbers::trunc),
    vm(MATH, "random", 0, VmBuiltin::Random),
    // Strings.
    native(On::Static("String"), "fromCharCode", 1, strings::from_char_code),
    native(On::Static("String"), "fromCodePoint", 1, strings::from_code_point),
    native(On::String, "at", 1, strings::at),
    native(On::String, "charAt", 1, strings::char_at),
    native(On::String, "charCodeAt", 1, strings::char_code_at),
    native(On::String, "codePointAt", 1, strings::code_point_at),
    native(On::String, "concat", 1, strings::concat),
    native(On::String, "endsWith", 1, strings::ends_with),
    native(On::String, "includes", 1, strings::includes),
    native(On::String, "indexOf", 1, strings::index_of),
    native(On::String, "lastIndexOf", 1, strings::last_index_of),
    native(On::String, "localeCompare", 1, strings::locale_compare),
    native(On::String, "padEnd", 2, strings::pad_end),
    native(On::String, "padStart", 2, strings::pad_start),
    native(On::String, "repeat", 1, strings::repeat),
    prelude(On::String, "replace", 2, "stringReplace"),
    prelude(On::String, "replaceAll", 2, "stringReplaceAll"),
    native(On::Internal, "$replace", 4, strings::replace),
    native(On::String, "slice", 2, strings::slice),
    native(On::String, "split", 2, strings::split),
    native(On::String, "startsWith", 1, strings::starts_with),
    native(On::String, "substr", 2, strings::substr),
    native(On::String, "substring", 2, strings::substring),
    native(On::String, "toLowerCase", 0, strings::to_lower_case),
    native(On::String, "toString", 0, strings::to_string),
    native(On::String, "toUpperCase", 0, strings::to_upper_case),
    native(On::String, "trim", 0, strings::trim),
    native(On::String, "trimEnd", 0, strings::trim_end),
    native(On::String, "trimStart", 0, strings::trim_start),
    // Arrays.
    quick(ARRAY, "isArray", 1, arrays::is_array),
    native(ARRAY, "of", 0, arrays::of),
    prelude(ARRAY, "from", 1, "arrayFrom"),
    native(On::Internal, "$arrayFrom", 1, arrays::from),
    native(On::Array, "at", 1, arrays::at),
    native(On::Array, "concat", 1, arrays::concat),
    native(On::Array, "entries", 0, arrays::entries),
    prelude(On::Array, "every", 1, "arrayEvery"),
    native(On::Array, "fill", 1, arrays::fill),
    prelude(On::Array, "filter", 1, "arrayFilter"),
    prelude(On::Array, "find", 1, "arrayFind"),
    prelude(On::Array, "findIndex", 1, "arrayFindIndex"),
    prelude(On::Array, "findLast", 1, "arrayFindLast"),
    prelude(On::Array, "findLastIndex", 1, "arrayFindLastIndex"),
    native(On::Array, "flat", 0, arrays::flat),
    prelude(On::Array, "flatMap", 1, "arrayFlatMap"),
    prelude(On::Array, "forEach", 1, "arrayForEach"),
    native(On::Array, "includes", 1, arrays::includes),
    native(On::Array, "indexOf", 1, arrays::index_of),
    native(On::Array, "join", 1, arrays::join),
    native(On::Array, "keys", 0, arrays::keys),
    native(On::Array, "lastIndexOf", 1, arrays::last_index_of),
    prelude(On::Array, "map", 1, "arrayMap"),
    quick(On::Array, "pop", 0, arrays::pop),
    quick(On::Array, "push", 1, arrays::push),
    prelude(On::Array, "reduce", 1, "arrayReduce"),
    prelude(On::Array, "reduceRight", 1, "arrayReduceRight"),
    native(On::Array, "reverse", 0, arrays::reverse),
    native(On::Array, "shift", 0, arrays::shift),
    native(On::Array, "slice", 2, arrays::slice),
    prelude(On::Array, "some", 1, "arraySome"),
    prelude(On::Array, "sort", 1, "arraySort"),
    native(On::Internal, "$sortByText", 1, arrays::sort_by_text),
    native(On::Array, "splice", 2, arrays::splice),
    native(On::Array, "toReversed", 0, arrays::to_reversed),
    prelude(On::Array, "toSorted", 1, "arrayToSorted"),
    native(On::Array, "toString", 0, strings::to_string),
    native(On::Array, "unshift", 1, arrays::unshift),
    native(On::Array, "values", 0, arrays::values),
    native(On::Array, "with", 2, arrays::with),
    // For the messages of libraries.
    native(On::Internal, "$shown", 1, objects::shown),
];

/// The number of rows.
pub const COUNT: usize = ROWS.len();

/// The built-ins, sorted by name: those of one name stand side by side.
pub const TABLE: &[Builtin; COUNT] = &sorted();

// The standard library cannot sort at compile time.
const fn sorted() -> [Builtin; COUNT] {
    let mut rows = [ROWS[0]; COUNT];
    let mut count = 0;
    while count < COUNT {
        let mut place = count;
        while place > 0 && is_before(ROWS[count].name, rows[place - 1].name) {
            rows[place] = rows[place - 1];
            place -= 1;
        }
        rows[place] = ROWS[count];
        count += 1;
    }
    rows
}

const fn is_before(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut at = 0;
    while at < left.len() && at < right.len() {
        if left[at] != right[at] {
            return left[at] < right[at];
        }
        at += 1;
    }
    left.len() < right.len()
}

/// The number of a name that built-ins have; 0 for any other name.
pub fn symbol(name: &str) -> u16 {
    let first = TABLE.partition_point(|row| row.name < name);
    if TABLE.get(first).is_some_and(|row| row.name == name) { first as u16 + 1 } else { 0 }
}

/// The place in [`TABLE`] of the built-in on `on` whose name has this [`symbol`].
pub fn find(on: On, symbol: u16) -> Option<u16> {
    let first = symbol.checked_sub(1)?;
    let name = TABLE.get(first as usize)?.name;
    let mut place = first;
    while let Some(row) = TABLE.get(place as usize).filter(|row| row.name == name) {
        if row.on == on {
            return Some(place);
        }
        place += 1;
    }
    None
}

/// The value of the row at `place`.
pub fn value(place: u16) -> Value {
    match TABLE[place as usize].what {
        What::Constant(number) => Value::Number(number),
        What::Undefined => Value::Undefined,
        _ => Heap::builtin(place),
    }
}

/// The built-in global of this name. `library` adds those that only libraries see.
pub fn global(name: &str, library: bool) -> Option<Value> {
    let symbol = symbol(name);
    find(On::Global, symbol).or_else(|| find(On::Internal, symbol).filter(|_| library)).map(value)
}

/// True if the global object `name` has built-in members.
pub fn has_statics(name: &str) -> bool {
    TABLE.iter().any(|row| matches!(row.on, On::Static(object) if object == name))
}

/// True if the global object `name` has this built-in member.
pub fn has_static(name: &str, member: &str) -> bool {
    TABLE.iter().any(|row| row.name == member && matches!(row.on, On::Static(object) if object == name))
}

/// An object for each row of the table, in order.
pub fn objects() -> Vec<Object> {
    (0..COUNT).map(|row| Object { kind: ObjectKind::Builtin(row as u16), properties: Properties::default() }).collect()
}

fn argument(arguments: &[Value], index: usize) -> &Value {
    arguments.get(index).unwrap_or(&Value::Undefined)
}
