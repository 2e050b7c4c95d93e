//! Random programs in the subset. The same seed and number give the same program.
//!
//! There are three kinds: programs of statements, mostly asynchronous ([`statements`], [`promises`]); lists of expressions
//! that call the built-in functions of our table with odd arguments ([`values`]); and, one in sixteen, programs of timers that
//! are overdue ([`timers`]).

mod functions;
mod promises;
mod statements;
mod timers;
mod values;

use simulation::random::Random;
#[allow(unused_imports, reason = "one of the tests asks for it")]
pub(crate) use values::LEFT_OUT;

/// The kind of a variable's value, as far as the generator knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Text,
    List,
    Record,
    Function,
    AsyncFunction,
    Promise,
    Any,
}

#[derive(Clone, Debug)]
struct Variable {
    name: String,
    kind: Kind,
    constant: bool,
}

/// The surroundings of the statement that is being written.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// True where `await` is allowed.
    asynchronous: bool,
    /// True where `break` and `continue` are allowed.
    in_loop: bool,
    /// True where `break` is allowed.
    in_switch: bool,
    /// The number of functions and blocks around the statement.
    depth: u32,
}

/// Writes one random program.
pub(crate) struct Generator {
    random: Random,
    scopes: Vec<Vec<Variable>>,
    place: Place,
    names: u32,
    tags: u32,
    delays: Vec<u32>,
    /// A number on which up to two more milliseconds of each delay depend.
    skew: u32,
    /// The number of statements that may still be written.
    budget: i32,
    /// True while the program may leave a rejection unhandled.
    careless: bool,
    /// True for a program of overdue timers.
    overdue: bool,
}

/// Functions that programs call. A program begins with those whose names it has.
const PRELUDE: &[(&str, &str)] = &[
    ("sleep(", "const sleep = (ms, value) => new Promise((resolve) => setTimeout(resolve, ms, value))"),
    ("fails(", "const fails = (ms, why) => new Promise((_, reject) => setTimeout(() => reject(new Error(why)), ms))"),
    ("told(", "const told = (e) => (e instanceof Error ? `${e.name}: ${e.message}` : e)"),
    ("t(", "const t = (tag, value) => {\nconsole.log(tag, value)\nreturn value\n}"),
    ("thenable(", "const thenable = (value) => ({\nthen(resolve) {\nconsole.log('then', value)\nresolve(value)\n}\n})"),
    (
        "lateThenable(",
        "const lateThenable = (value) => ({ then: (resolve) => { queueMicrotask(() => resolve(value)) } })",
    ),
    (
        "badThenable(",
        "const badThenable = (value) => ({\nthen(resolve, reject) {\nreject(new RangeError(value))\nresolve(1)\nthrow new Error('too late')\n}\n})",
    ),
    ("spent(", "let fuel = 300\nconst spent = () => --fuel < 0"),
    (
        "busy(",
        "let began = 0\nconst busy = (rounds, more) => {\nconst end = began + (Math.floor((Date.now() - began) / 30) + rounds) * 30 + more\nwhile (Date.now() < end) {}\n}",
    ),
    ("show(", "const show = (f) => {\ntry {\nconsole.log(f())\n} catch (e) {\nconsole.log(told(e))\n}\n}"),
];

impl Generator {
    /// A generator for the program of this seed and number.
    pub(crate) fn new(seed: u64, number: u64) -> Self {
        let mut random = Random::new(seed ^ number.wrapping_mul(0x2545_f491_4f6c_dd1d));
        random.next_u64();
        Self {
            random,
            scopes: vec![Vec::new()],
            place: Place::default(),
            names: 0,
            tags: 0,
            delays: (4..=60).map(|step| step * 5).collect(),
            budget: 0,
            careless: false,
            overdue: number % 16 == 7,
            skew: 0,
        }
    }

    /// The same program with delays that are a little longer. Where it does something else, it depends on milliseconds.
    pub(crate) fn skewed(mut self, skew: u32) -> Self {
        self.skew = skew;
        self
    }

    /// Writes the program.
    pub(crate) fn program(mut self) -> String {
        let body = if self.overdue {
            self.overdue()
        } else if self.one_in(3) {
            self.expressions()
        } else {
            self.story()
        };
        let mut text = String::new();
        // A later function may call an earlier one.
        let mut wanted = body.clone();
        let mut pieces = Vec::new();
        for (call, piece) in PRELUDE.iter().rev() {
            if calls(&wanted, call) {
                pieces.push(*piece);
                wanted.push_str(piece);
            }
        }
        for piece in pieces.iter().rev() {
            text.push_str(piece);
            text.push('\n');
        }
        text.push_str(&body);
        indented(&text)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.random.next_u64() >> 33) as usize % bound.max(1)
    }

    fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    fn pick<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.below(texts.len())]
    }

    /// A name that is not used yet.
    fn fresh(&mut self, stem: &str) -> String {
        self.names += 1;
        format!("{stem}{}", self.names)
    }

    /// The beginning of a log line, which no other line has.
    fn tag(&mut self) -> String {
        self.tags += 1;
        format!("'#{}'", self.tags)
    }

    /// A delay in milliseconds that no other timer of the program has.
    fn delay(&mut self) -> u32 {
        let bound = self.delays.len().min(12);
        if bound == 0 {
            return 300;
        }
        let place = self.below(bound);
        let delay = self.delays.remove(place);
        delay + delay / 5 * self.skew % 3
    }

    fn declare(&mut self, name: &str, kind: Kind, constant: bool) {
        let variable = Variable { name: name.into(), kind, constant };
        if let Some(scope) = self.scopes.last_mut() {
            scope.push(variable);
        }
    }

    /// The name of a variable of this kind that is in scope.
    fn variable(&mut self, kind: Kind) -> Option<String> {
        let seen: Vec<String> =
            self.scopes.iter().flatten().filter(|variable| variable.kind == kind).map(|it| it.name.clone()).collect();
        if seen.is_empty() { None } else { Some(seen[self.below(seen.len())].clone()) }
    }

    /// A variable that can be assigned to, with its kind.
    fn assignable(&mut self) -> Option<(String, Kind)> {
        let seen: Vec<(String, Kind)> =
            self.scopes.iter().flatten().filter(|it| !it.constant).map(|it| (it.name.clone(), it.kind)).collect();
        if seen.is_empty() { None } else { Some(seen[self.below(seen.len())].clone()) }
    }

    /// Runs `write` in a scope of its own and returns its text.
    fn scoped(&mut self, place: Place, write: impl FnOnce(&mut Self) -> String) -> String {
        let around = core::mem::replace(&mut self.place, place);
        self.scopes.push(Vec::new());
        let text = write(self);
        self.scopes.pop();
        self.place = around;
        text
    }
}

/// True where the text calls this function (`sleep(`), and not only one whose name ends like it.
fn calls(text: &str, call: &str) -> bool {
    text.match_indices(call).any(|(at, _)| {
        !text[..at].ends_with(|before: char| before.is_ascii_alphanumeric() || matches!(before, '_' | '$' | '.'))
    })
}

/// The lines, indented by the number of open brackets. String literals of programs have no line breaks.
fn indented(text: &str) -> String {
    let mut out = String::new();
    let mut depth: usize = 0;
    for line in text.lines() {
        let closes = line.starts_with(['}', ']', ')']);
        if closes {
            depth = depth.saturating_sub(1);
        }
        for _ in 0..depth {
            out.push_str("  ");
        }
        out.push_str(line);
        out.push('\n');
        if line.ends_with(['{', '[', '(']) {
            depth += 1;
        }
    }
    out
}
