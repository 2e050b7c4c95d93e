//! Expressions: values of each kind, operators, and calls of every built-in function of our table.

use javascript::builtins::{Builtin, On, TABLE, What};

use super::{Generator, Kind};

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "7",
    "10",
    "42",
    "-1",
    "-5",
    "0.1",
    "0.2",
    "1.5",
    "-2.5",
    "100",
    "1e21",
    "1e-7",
    "123456789",
    "0xff",
    "1_000",
    "1 / 3",
    "(2 ** 53)",
    "1e300",
    "5e-324",
    "0.000001",
    "1.005",
    "99.995",
    "-1e-7",
    "NaN",
    "Infinity",
    "-Infinity",
    "-0",
    "0b101",
    "0o17",
    "4294967296",
    "1.7976931348623157e308",
    "123.456",
    "0.5",
    "2.5",
    "1e5",
];
const PLAIN_NUMBERS: &[&str] = &["0", "1", "2", "3", "4", "5", "8", "10", "12", "-1", "-3", "0.5", "1.25", "100"];
const TEXTS: &[&str] = &[
    "''",
    "'a'",
    "'abc'",
    "'Hello, world'",
    "'a-b-c'",
    "' pad '",
    "'10'",
    "'1.50'",
    "'-0'",
    "'0x1f'",
    "'é'",
    "'日本'",
    "'line\\nbreak'",
    "'tab\\there'",
    "\"it's\"",
    "'say \"hi\"'",
    "'back`tick'",
    "'$&-$1'",
    "'null'",
    "'aXbXc'",
    "'ÀÉ'",
    "'straße'",
    "'\\u0000'",
    "'__x'",
    "'a b  c'",
    "'x'.repeat(70)",
    "'word '.repeat(20)",
    "'1e3'",
    "'12px'",
    "'\\\\'",
    "'Infinity'",
    "'aaa'",
    "'b'",
    "'zebra'",
    "'Apple'",
    "'1,2,3'",
    "'{\"a\":1}'",
    "'[1,2]'",
    "'true'",
];
const PLAIN_TEXTS: &[&str] = &["'a'", "'b'", "'abc'", "'x-y'", "'Hello'", "'10'", "''", "'lambda'", "'z'"];
const ODD: &[&str] = &[
    "undefined",
    "null",
    "NaN",
    "-0",
    "-1",
    "1.5",
    "0",
    "1",
    "2",
    "3",
    "''",
    "'1'",
    "'x'",
    "[]",
    "[1]",
    "{}",
    "true",
    "false",
    "Infinity",
    "-Infinity",
    "' 12 '",
    "1e21",
    "[1, 2]",
    "{ a: 1 }",
    "{ length: 2 }",
    "100",
    "'a'",
    "36",
    "16",
];
/// Names of the table that these expressions leave out: the clock and random numbers cannot be compared, Node orders letters
/// as a dictionary does, and the others are used elsewhere or are not functions.
pub(crate) const LEFT_OUT: &[&str] = &["now", "random", "Promise", "Array", "Object", "Date", "localeCompare"];
/// The functions of `Math` whose last digit ECMA-262 leaves to the implementation.
const APPROXIMATIONS: &[&str] = &["cbrt", "cos", "exp", "log", "log10", "log2", "pow", "sin"];

/// Rounds an expression to 12 digits, because the last of the 17 digits may be another one than in V8.
fn without_last_digits(expression: &str) -> String {
    format!("Number(({expression}).toPrecision(12))")
}

const KEYS: &[&str] = &["a", "b", "c", "id", "name", "x", "two", "$d", "_e"];
const ODD_KEYS: &[&str] =
    &["'a-b'", "1", "0", "'2x'", "[1 + 1]", "['k' + 1]", "'é'", "''", "10", "'01'", "[null]", "1.5", "-1 + ''"];

impl Generator {
    /// A program that prints the value or the error of each of its expressions.
    pub(super) fn expressions(&mut self) -> String {
        let mut text = String::from("exports.main = async () => {\n");
        for _ in 0..self.between(3, 6) {
            let (name, kind) = (self.fresh("v"), self.kind());
            let value = self.value(kind, 2);
            text.push_str(&format!("const {name} = {value}\n"));
            self.declare(&name, kind, true);
        }
        for _ in 0..self.between(10, 24) {
            let line = match self.below(12) {
                0 => format!("console.log({}, {})", self.any(3), self.any(2)),
                1 => self.formatted(),
                2 => format!("show(() => {})", self.arithmetic(3)),
                3 => format!("show(() => {})", self.comparison(3)),
                4 => format!("show(() => {})", self.number_text()),
                5 => {
                    let (list, record) = (self.wide_list(), self.record(3));
                    format!("console.log({})", if self.one_in(2) { list } else { format!("[{record}, {list}]") })
                }
                6 => format!("show(() => JSON.stringify({}, null, {}))", self.any(3), self.below(5)),
                _ => format!("show(() => {})", self.builtin(2)),
            };
            text.push_str(&line);
            text.push('\n');
        }
        text.push_str("}\n");
        text
    }

    fn kind(&mut self) -> Kind {
        [Kind::Number, Kind::Text, Kind::List, Kind::Record, Kind::Any][self.below(5)]
    }

    /// An expression of this kind, unless something in it throws.
    pub(super) fn value(&mut self, kind: Kind, depth: u32) -> String {
        if self.one_in(3)
            && let Some(name) = self.variable(kind)
        {
            return name;
        }
        match kind {
            Kind::Number => self.number(depth),
            Kind::Text => self.text(depth),
            Kind::List => self.list(depth),
            Kind::Record => self.record(depth),
            Kind::Function | Kind::AsyncFunction => self.callback(1),
            Kind::Promise => self.promise(depth),
            Kind::Any => self.any(depth),
        }
    }

    /// Any value but a promise.
    pub(super) fn any(&mut self, depth: u32) -> String {
        match self.below(14) {
            0 | 1 => self.value(Kind::Number, depth),
            2 | 3 => self.value(Kind::Text, depth),
            4 | 5 => self.value(Kind::List, depth),
            6 | 7 => self.value(Kind::Record, depth),
            8 => self.pick(&["undefined", "null", "true", "false"]).into(),
            9 if depth > 0 => self.builtin(depth - 1),
            10 if depth > 0 => self.arithmetic(depth - 1),
            11 if depth > 0 => self.comparison(depth - 1),
            12 if depth > 0 => self.access(depth - 1),
            _ => self.error(),
        }
    }

    pub(super) fn number(&mut self, depth: u32) -> String {
        match self.below(8) {
            0 => self.pick(NUMBERS).into(),
            1 if depth > 0 => {
                let (left, right) = (self.number(depth - 1), self.number(depth - 1));
                format!("({left} {} {right})", self.pick(&["+", "-", "*", "/", "%"]))
            }
            2 if depth > 0 => {
                let function = self.pick(&["floor", "round", "abs", "max", "min", "trunc", "sign"]);
                format!("Math.{function}({})", self.number(depth - 1))
            }
            3 if depth > 0 => format!("{}.length", self.list(depth - 1)),
            _ => self.pick(PLAIN_NUMBERS).into(),
        }
    }

    pub(super) fn text(&mut self, depth: u32) -> String {
        match self.below(9) {
            0 | 1 => self.pick(TEXTS).into(),
            2 if depth > 0 => format!("`{}${{{}}}`", self.pick(&["", "n=", "a b "]), self.any(depth - 1)),
            3 if depth > 0 => format!("({} + {})", self.text(depth - 1), self.any(depth - 1)),
            4 if depth > 0 => {
                let method = self.pick(&["toUpperCase()", "trim()", "slice(1)", "padEnd(6, '.')", "replace('a', 'A')"]);
                format!("{}.{method}", self.text(0))
            }
            5 if depth > 0 => format!("{}.join({})", self.list(depth - 1), self.pick(&["'-'", "''", "', '", ""])),
            6 if depth > 0 => format!("String({})", self.any(depth - 1)),
            _ => self.pick(PLAIN_TEXTS).into(),
        }
    }

    pub(super) fn list(&mut self, depth: u32) -> String {
        match self.below(10) {
            0 if depth > 0 => {
                let method = self.pick(&["map", "filter", "flatMap", "some", "find"]);
                let method = if matches!(method, "some" | "find") { "map" } else { method };
                format!("{}.{method}({})", self.list(depth - 1), self.callback(1))
            }
            1 if depth > 0 => format!("[...{}, {}]", self.list(depth - 1), self.any(depth - 1)),
            2 if depth > 0 => {
                format!("Object.{}({})", self.pick(&["keys", "values", "entries"]), self.record(depth - 1))
            }
            3 if depth > 0 => format!("{}.split({})", self.text(0), self.pick(&["''", "'-'", "' '", "','"])),
            4 if depth > 0 => format!("Array.from({{ length: {} }}, (_, i) => i * {})", self.below(9), self.below(4)),
            _ => {
                let count = if depth == 0 { self.below(3) } else { self.below(5) };
                let elements: Vec<_> = (0..count).map(|_| self.element(depth)).collect();
                format!("[{}]", elements.join(", "))
            }
        }
    }

    fn element(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.pick(&["1", "2", "3", "'a'", "'b'", "null", "undefined", "true", "0", "-1"]).into();
        }
        self.any(depth - 1)
    }

    pub(super) fn record(&mut self, depth: u32) -> String {
        let count = self.below(if depth == 0 { 3 } else { 5 });
        let mut parts: Vec<String> = Vec::new();
        // V8 drops the earlier one of two keys that are the same, and with it the key's place.
        let mut used: Vec<String> = Vec::new();
        for _ in 0..count {
            let key = if self.one_in(6) { self.pick(ODD_KEYS) } else { self.pick(KEYS) };
            let key = if key == "-1 + ''" { "[-1 + '']" } else { key };
            if used.iter().any(|other| other == key) {
                continue;
            }
            used.push(key.into());
            let value = self.element(depth);
            parts.push(match self.below(10) {
                0 if depth > 0 => format!("...{}", self.record(depth - 1)),
                1 if depth > 0 => format!("...{}", self.pick(&["null", "undefined", "'ab'", "[1, 2]", "5"])),
                2 if depth > 1 => format!("m{}() {{ return {value} }}", parts.len()),
                3 if depth > 1 => format!("f{}: {}", parts.len(), self.callback(1)),
                _ => format!("{key}: {value}"),
            });
        }
        let text = if parts.is_empty() { "{}".into() } else { format!("{{ {} }}", parts.join(", ")) };
        format!("({text})")
    }

    /// A list that is long enough for Node to print it in columns.
    fn wide_list(&mut self) -> String {
        let count = self.between(6, 34);
        let elements: Vec<String> = match self.below(6) {
            0 => (0..count).map(|_| self.below(1000).to_string()).collect(),
            1 => (0..count).map(|_| format!("'{}'", "abcdefghijklmnop".get(..self.below(16)).unwrap_or(""))).collect(),
            2 => (0..count).map(|_| self.pick(NUMBERS).into()).collect(),
            3 => (0..count).map(|_| self.pick(TEXTS).into()).collect(),
            4 => (0..count).map(|_| self.record(0)).collect(),
            _ => (0..count).map(|_| self.any(1)).collect(),
        };
        if self.one_in(12) {
            return format!("Array.from({{ length: {} }}, (_, i) => i * i)", self.between(90, 130));
        }
        format!("[{}]", elements.join(", "))
    }

    fn error(&mut self) -> String {
        let kind = self.pick(&["Error", "TypeError", "RangeError", "SyntaxError", "ReferenceError"]);
        let message = match self.below(6) {
            0 => String::new(),
            1 => self.pick(ODD).into(),
            2 => "'two\\nlines'".into(),
            _ => self.pick(PLAIN_TEXTS).into(),
        };
        format!("{}{kind}({message})", self.pick(&["new ", "new ", ""]))
    }

    pub(super) fn arithmetic(&mut self, depth: u32) -> String {
        let left = self.operand(depth);
        match self.below(8) {
            0 => format!("({}{left})", self.pick(&["-", "+", "!", "typeof "])),
            1 => without_last_digits(&format!("({left}) ** {}", self.operand(depth))),
            2 => format!("({left} {} {})", self.pick(&["&&", "||", "??"]), self.operand(depth)),
            3 => format!("({} ? {left} : {})", self.comparison(0), self.operand(depth)),
            _ => format!("({left} {} {})", self.pick(&["+", "-", "*", "/", "%", "+"]), self.operand(depth)),
        }
    }

    fn operand(&mut self, depth: u32) -> String {
        match self.below(6) {
            0 => format!("({})", self.pick(ODD)),
            1 if depth > 0 => format!("({})", self.arithmetic(depth - 1)),
            2 => format!("t({}, {})", self.tag(), self.pick(NUMBERS)),
            3 => format!("({})", self.text(0)),
            4 if depth > 0 => format!("({})", self.any(depth - 1)),
            _ => format!("({})", self.pick(NUMBERS)),
        }
    }

    pub(super) fn comparison(&mut self, depth: u32) -> String {
        let operator = self.pick(&["<", "<=", ">", ">=", "===", "!==", "==", "!="]);
        if self.one_in(8) {
            return format!(
                "({} instanceof {})",
                self.any(depth.min(1)),
                self.pick(&["Error", "TypeError", "RangeError"])
            );
        }
        let (left, right) = (self.operand(depth), self.operand(depth));
        format!("({left} {operator} {right})")
    }

    /// A member of a value, which may not have it.
    fn access(&mut self, depth: u32) -> String {
        let of = self.any(depth);
        let key = self.pick(KEYS);
        match self.below(7) {
            0 => format!("({of})?.{key}"),
            1 => format!("({of})?.[{}]", self.pick(ODD)),
            2 => format!("({of}).{key}"),
            3 => format!("({of})[{}]", self.pick(ODD)),
            4 => format!("({of})?.{key}.{}", self.pick(KEYS)),
            5 => format!("({of}).{key}?.({})", self.pick(ODD)),
            _ => format!("({of}).length"),
        }
    }

    /// A call of a built-in function of the table, or a constant of it.
    pub(super) fn builtin(&mut self, depth: u32) -> String {
        let rows = || TABLE.iter().filter(|row| !gives_iterator(row));
        let place = self.below(rows().count());
        let Some(row) = rows().nth(place) else { return "0".into() };
        let name = row.name;
        if matches!(row.on, On::Internal | On::Promise) || LEFT_OUT.contains(&name) || row.on == On::Static("Promise") {
            return self.pick(&["Number('12')", "[3, 1, 2].sort()", "'a'.localeCompare('b')"]).into();
        }
        let callee = match row.on {
            On::Global | On::Internal => name.into(),
            On::Static(object) => format!("{object}.{name}"),
            On::String => format!("{}.{name}", self.text(depth.min(1))),
            On::Number => format!("({}).{name}", self.pick(NUMBERS)),
            On::Boolean => format!("true.{name}"),
            On::Array => format!("{}.{name}", self.list(depth.min(2))),
            On::Function => format!("({}).{name}", self.callback(2)),
            On::Promise => format!("Promise.resolve(1).{name}"),
            On::Error => format!("{}.{name}", self.error()),
        };
        if matches!(row.what, What::Constant(_) | What::Undefined | What::Namespace) {
            return callee;
        }
        let count = match self.below(8) {
            0 => 0,
            1 => 3,
            _ => usize::from(row.length).max(1),
        };
        let arguments: Vec<_> = (0..count).map(|index| self.argument(row, index, depth)).collect();
        let call = format!("{callee}({})", arguments.join(", "));
        if row.on == On::Static("Math") && APPROXIMATIONS.contains(&name) { without_last_digits(&call) } else { call }
    }

    fn argument(&mut self, row: &Builtin, index: usize, depth: u32) -> String {
        let &Builtin { on, what, name, .. } = row;
        if matches!(what, What::Prelude(_))
            && !matches!(on, On::Static(_) | On::String)
            && index == 0
            && !self.one_in(6)
        {
            return self.callback(2);
        }
        // Assigning to a number is outside the subset, and so is a hole in an array.
        if matches!(on, On::Static("Object")) && index == 0 && name == "assign" {
            return self.record(depth.min(2));
        }
        match (on, self.below(6)) {
            (_, 0) => self.pick(ODD).into(),
            (On::String, 1 | 2) => self.text(0),
            (On::String | On::Array, 3) => self.pick(&["0", "1", "2", "-1", "-2", "5", "1.9"]).into(),
            (On::Number, _) => self.pick(&["0", "1", "2", "3", "7", "10", "16", "20", "36", "undefined"]).into(),
            (On::Static("Math" | "Number"), _) => self.pick(NUMBERS).into(),
            (On::Static("Object"), 1..=4) => self.record(depth.min(2)),
            _ => self.any(depth.min(1)),
        }
    }

    /// A conversion between a number and its text.
    fn number_text(&mut self) -> String {
        let number = match self.below(5) {
            0 => self.pick(NUMBERS).into(),
            1 => {
                // Any double.
                let value = f64::from_bits(self.random.next_u64());
                if value.is_finite() { format!("{value:e}") } else { "1".into() }
            }
            2 => format!("{}.{}", self.below(10_000), self.below(1_000_000)),
            3 => format!("{}e{}", self.below(100_000), self.below(60) as i32 - 30),
            _ => format!("{} / {}", self.below(1000), self.between(1, 1000)),
        };
        match self.below(8) {
            0 => format!("({number}).toFixed({})", self.below(22)),
            1 => format!("({number}).toPrecision({})", self.between(1, 24)),
            2 => format!("({number}).toExponential({})", self.below(20)),
            3 => format!("({number}).toString({})", self.between(2, 36)),
            4 => format!("parseFloat('{number}')"),
            5 => format!("Number('{number}')"),
            6 => format!("(x => [x, -x, x * 3, Math.round(x), Math.floor(x)])({number})"),
            _ => format!("String({number})"),
        }
    }

    /// A value that contains no error.
    fn plain(&mut self) -> String {
        match self.below(4) {
            0 => self.pick(NUMBERS).into(),
            1 => self.pick(TEXTS).into(),
            2 => self.record(0),
            _ => self.pick(ODD).into(),
        }
    }

    /// A call of `console` with a format string.
    fn formatted(&mut self) -> String {
        let mut format = String::new();
        let count = self.between(1, 3);
        for _ in 0..count {
            format.push_str(self.pick(&["%s", "%d", "%i", "%f", "%j", "%O", "%s ", "%%", "x %s", "%c"]));
        }
        // A stack in the middle of a line would hide the end of an argument.
        let arguments: Vec<_> = (0..self.below(4)).map(|_| format!(", {}", self.plain())).collect();
        format!("console.{}('{format}'{})", self.pick(&["log", "error", "info"]), arguments.concat())
    }
}

/// True for a function that gives an iterator in Node and an array here. The two print differently.
fn gives_iterator(row: &Builtin) -> bool {
    row.on == On::Array && matches!(row.name, "entries" | "keys" | "values")
}
