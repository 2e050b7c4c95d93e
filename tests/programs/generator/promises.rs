//! Promises: where they come from, their chains, and their combinations.

use super::{Generator, Kind};

impl Generator {
    /// An expression whose value is a promise, or a chain of promises.
    pub(super) fn promise(&mut self, depth: u32) -> String {
        if self.one_in(4)
            && let Some(name) = self.variable(Kind::Promise)
        {
            return name;
        }
        if self.one_in(3)
            && let Some(call) = self.call(true)
        {
            return call;
        }
        if depth > 0 && self.budget > 0 {
            match self.below(6) {
                0 | 1 => return self.chained(depth - 1),
                2 => return self.combined(depth - 1),
                3 => return self.constructed(),
                4 => {
                    self.budget -= 1;
                    return format!("({})({})", self.worker(true), self.any(0));
                }
                _ => {}
            }
        }
        match self.below(8) {
            0 | 1 => format!("sleep({}, {})", self.delay(), self.any(0)),
            2 => format!("fails({}, {})", self.delay(), self.tag()),
            3 => format!("Promise.reject({})", self.reason()),
            4 => format!("Promise.resolve({})", self.settled_later()),
            _ => format!("Promise.resolve({})", self.any(0)),
        }
    }

    /// A value that `await` and `resolve` wait for: a promise or something with `then`.
    pub(super) fn settled_later(&mut self) -> String {
        match self.below(6) {
            0 => format!("thenable({})", self.any(0)),
            1 => format!("lateThenable({})", self.any(0)),
            2 => format!("badThenable({})", self.tag()),
            3 => self.any(1),
            _ => self.promise(0),
        }
    }

    /// A value to throw, or to reject a promise with.
    pub(super) fn reason(&mut self) -> String {
        match self.below(5) {
            0 => self.any(0),
            1 => format!("new TypeError({})", self.tag()),
            _ => format!("new Error({})", self.tag()),
        }
    }

    /// A callback for a chain: a function of one parameter with a body.
    fn reaction(&mut self) -> String {
        match self.below(8) {
            0 => self.pick(&["undefined", "null", "5"]).into(),
            1 => self.callback(1),
            2 => format!("(v) => t({}, v)", self.tag()),
            _ => {
                self.budget -= 1;
                let asynchronous = self.one_in(3);
                self.worker(asynchronous)
            }
        }
    }

    fn chained(&mut self, depth: u32) -> String {
        let mut text = self.promise(depth);
        for _ in 0..self.between(1, 3) {
            let link = match self.below(6) {
                0 => format!(".catch({})", self.reaction()),
                1 => format!(".finally({})", self.reaction()),
                2 => format!(".then({}, {})", self.reaction(), self.reaction()),
                _ => format!(".then({})", self.reaction()),
            };
            text.push_str(&link);
        }
        text
    }

    fn combined(&mut self, depth: u32) -> String {
        let combinator = self.pick(&["all", "allSettled", "race", "any"]);
        if self.one_in(14) {
            return format!("Promise.{combinator}({})", self.pick(&["[]", "'ab'", "5", "undefined", "[1, 2]", "{}"]));
        }
        let mut parts = Vec::new();
        for _ in 0..self.between(1, 4) {
            parts.push(if self.one_in(3) { self.settled_later() } else { self.promise(depth) });
        }
        format!("Promise.{combinator}([{}])", parts.join(", "))
    }

    /// A `new Promise` that is settled once or several times. The first time counts.
    fn constructed(&mut self) -> String {
        let (resolve, reject) = (self.fresh("resolve"), self.fresh("reject"));
        let mut body = String::new();
        for _ in 0..self.between(1, 3) {
            let settle = match self.below(5) {
                0 => format!("{reject}({})", self.reason()),
                1 => format!("{resolve}({})", self.settled_later()),
                _ => format!("{resolve}({})", self.any(0)),
            };
            let line = match self.below(7) {
                0 => format!("setTimeout(() => {settle}, {})", self.delay()),
                1 => format!("process.nextTick(() => {settle})"),
                2 => format!("queueMicrotask(() => {settle})"),
                3 => format!("setImmediate(() => {settle})"),
                4 => format!("if ({}) throw {}", self.comparison(0), self.reason()),
                _ => settle,
            };
            body.push_str(&line);
            body.push('\n');
        }
        format!("new Promise(({resolve}, {reject}) => {{\n{body}}})")
    }

    /// A statement with a promise that is not awaited, with or without a handler for its rejection.
    pub(super) fn background(&mut self) -> String {
        let promise = self.promise(2);
        // A call of an arrow function begins with a bracket, which would continue the line before.
        let promise = if promise.starts_with('(') { format!(";{promise}") } else { promise };
        match self.below(10) {
            0 if self.careless => format!("{promise}\n"),
            1..=5 => format!(
                "{promise}.then((v) => console.log({}, v), (e) => console.log({}, told(e)))\n",
                self.tag(),
                self.tag()
            ),
            _ => format!(
                "{promise}.catch((e) => console.log({}, told(e))).finally(() => console.log({}))\n",
                self.tag(),
                self.tag()
            ),
        }
    }

    /// The declaration of a variable whose promise is awaited later.
    pub(super) fn kept(&mut self) -> String {
        let name = self.fresh("q");
        let promise = self.promise(2);
        self.declare(&name, Kind::Promise, true);
        let guard = if self.careless && self.one_in(4) { String::new() } else { format!("{name}.catch(() => {{}})\n") };
        format!("const {name} = {promise}\n{guard}")
    }

    /// A statement that adds a callback to one of Node's queues.
    pub(super) fn queued(&mut self) -> String {
        self.budget -= 1;
        match self.below(9) {
            0 | 1 => format!("setTimeout({}, {}, {})\n", self.safe_worker(), self.delay(), self.any(0)),
            2 => format!("setImmediate({}, {})\n", self.safe_worker(), self.any(0)),
            3 | 4 => format!("process.nextTick({}, {})\n", self.safe_worker(), self.any(0)),
            5 | 6 => format!("queueMicrotask({})\n", self.safe_worker()),
            7 => {
                let (name, delay) = (self.fresh("timer"), self.delay());
                let cancel = self.pick(&["clearTimeout", "clearInterval"]);
                let when = match self.below(3) {
                    0 => format!("{cancel}({name})\n"),
                    1 => format!("queueMicrotask(() => {cancel}({name}))\n"),
                    _ => format!("setTimeout(() => {cancel}({name}), {})\n", self.delay()),
                };
                format!("const {name} = setTimeout({}, {delay})\n{when}", self.safe_worker())
            }
            _ => {
                let (name, count) = (self.fresh("timer"), self.fresh("n"));
                let (tag, rounds, delay) = (self.tag(), self.between(1, 3), self.delay());
                format!(
                    "let {count} = 0\nconst {name} = setInterval(() => {{\n{count}++\nconsole.log({tag}, {count})\n\
                     if ({count} >= {rounds}) clearInterval({name})\n}}, {delay})\n"
                )
            }
        }
    }

    /// A function that catches its errors, unless the program may leave a rejection unhandled.
    fn safe_worker(&mut self) -> String {
        if self.careless && self.one_in(8) {
            return self.worker(false);
        }
        let place = super::Place { depth: self.place.depth + 1, ..super::Place::default() };
        let parameter = self.fresh("p");
        let body = self.worker_body(place, &parameter, |_| String::new());
        format!("({parameter}) => {{\ntry {{\n{body}}} catch (e) {{\nconsole.log({}, told(e))\n}}\n}}", self.tag())
    }
}
