//! Statements: the handler with the functions around it, and everything that a body can have.

use super::{Generator, Kind, Place};

impl Generator {
    /// A program of statements: some functions, then the handler.
    pub(super) fn story(&mut self) -> String {
        self.budget = self.between(8, 40) as i32;
        self.careless = self.one_in(12);
        let mut text = String::new();
        for _ in 0..self.below(4) {
            text.push_str(&self.function());
        }
        for _ in 0..self.below(3) {
            text.push_str(&self.declaration());
        }
        let place = Place { asynchronous: true, ..Place::default() };
        let body = self.scoped(place, |it| {
            let mut body = String::new();
            while it.budget > 0 {
                if it.one_in(3) {
                    let inner = it.scoped(it.place, |it| (0..2).map(|_| it.statement()).collect::<String>());
                    body.push_str(&format!("try {{\n{inner}}} catch (e) {{\nconsole.log({}, told(e))\n}}\n", it.tag()));
                } else {
                    body.push_str(&it.statement());
                }
            }
            body.push_str(&it.ending());
            body
        });
        text.push_str(&format!("exports.main = async (event) => {{\n{body}}}\n"));
        text
    }

    pub(super) fn log_of(&mut self, what: &str) -> String {
        format!("console.log({}, {what})\n", self.tag())
    }

    fn log(&mut self) -> String {
        let value = self.any(2);
        self.log_of(&value)
    }

    /// A statement and its line break.
    pub(super) fn statement(&mut self) -> String {
        self.budget -= 1;
        if self.budget <= 0 || self.place.depth > 4 {
            return self.log();
        }
        match self.below(25) {
            0 | 1 => self.log(),
            2 => self.declaration(),
            3 => self.assignment(),
            4 => self.branch(),
            5 => self.counting(),
            6 => self.each(),
            7 => self.switch(),
            8 | 9 => self.guarded(),
            10 => self.function(),
            11 | 12 => self.queued(),
            13 | 14 => self.background(),
            15 => self.kept(),
            16..=19 if self.place.asynchronous => self.awaiting(),
            16 => match self.call(false) {
                Some(call) => self.log_of(&call),
                None => self.log(),
            },
            17 | 21 => self.destructuring(),
            18 | 23 => self.closures(),
            20 => self.leaving(),
            22 => self.repeating(),
            _ => self.order_of_evaluation(),
        }
    }

    fn block(&mut self, place: Place, most: usize) -> String {
        let place = Place { depth: place.depth + 1, ..place };
        self.scoped(place, |it| (0..it.between(1, most)).map(|_| it.statement()).collect())
    }

    fn declaration(&mut self) -> String {
        let kind = [Kind::Number, Kind::Text, Kind::List, Kind::Record, Kind::Any][self.below(5)];
        let constant = self.one_in(2);
        let name = self.fresh("v");
        let value = self.value(kind, 2);
        self.declare(&name, kind, constant);
        format!("{} {name} = {value}\n", if constant { "const" } else { "let" })
    }

    fn assignment(&mut self) -> String {
        let Some((name, kind)) = self.assignable() else { return self.log() };
        match kind {
            Kind::Number => {
                let value = self.number(1);
                match self.below(4) {
                    0 => format!("{name}{}\n", self.pick(&["++", "--"])),
                    1 => format!(
                        "console.log({}, {}{name}, {name}{})\n",
                        self.tag(),
                        self.pick(&["++", "--"]),
                        self.pick(&["++", "--"])
                    ),
                    _ => format!("{name} {} {value}\n", self.pick(&["=", "+=", "-=", "*=", "/=", "%=", "??=", "||="])),
                }
            }
            Kind::Text => format!("{name} += {}\n", self.any(1)),
            Kind::List => match self.below(4) {
                0 => format!("{name}.push({}, {})\n", self.any(1), self.any(0)),
                1 => format!("console.log({}, {name}.pop(), {name}.shift(), {name}.length)\n", self.tag()),
                2 => format!("{name}[0] = {}\n", self.any(1)),
                _ => format!("{name} = {}\n", self.list(2)),
            },
            Kind::Record => {
                let value = self.any(1);
                format!(
                    "{name}.{} {} {value}\n",
                    self.pick(&["a", "b", "id"]),
                    self.pick(&["=", "+=", "??=", "||=", "&&="])
                )
            }
            _ => format!("{name} {} {}\n", self.pick(&["=", "+=", "??=", "||=", "&&="]), self.any(1)),
        }
    }

    fn branch(&mut self) -> String {
        let test = if self.one_in(2) { self.comparison(1) } else { self.any(1) };
        let then = self.block(self.place, 2);
        if self.one_in(2) {
            let otherwise = self.block(self.place, 2);
            return format!("if ({test}) {{\n{then}}} else {{\n{otherwise}}}\n");
        }
        format!("if ({test}) {{\n{then}}}\n")
    }

    fn in_loop(&self) -> Place {
        Place { in_loop: true, in_switch: false, ..self.place }
    }

    fn counting(&mut self) -> String {
        let name = self.fresh("i");
        let rounds = self.between(1, 3);
        let body = self.scoped(self.in_loop(), |it| {
            it.declare(&name, Kind::Number, true);
            it.block(it.place, 3)
        });
        format!("for (let {name} = 0; {name} < {rounds}; {name}++) {{\nif (spent()) break\n{body}}}\n")
    }

    fn each(&mut self) -> String {
        let name = self.fresh("x");
        let over = match self.below(6) {
            0 => self.text(0),
            1 => format!("Object.entries({})", self.record(1)),
            2 if self.place.asynchronous => format!("[{}, {}]", self.promise(0), self.promise(0)),
            3 => "'a😀b'".into(),
            _ => self.list(1),
        };
        // A rejection of a promise in the list that is not awaited would be unhandled.
        let guard = if over.starts_with('[') && over.contains("Promise") || over.contains("fails(") {
            format!("Promise.resolve({name}).catch(() => {{}})\n")
        } else {
            String::new()
        };
        let awaits = if self.place.asynchronous && self.one_in(2) {
            format!("console.log({}, await {name})\n", self.tag())
        } else {
            String::new()
        };
        let body = self.scoped(self.in_loop(), |it| {
            it.declare(&name, Kind::Any, true);
            it.block(it.place, 2)
        });
        format!("for (const {name} of {over}) {{\nif (spent()) break\n{guard}{awaits}{body}}}\n")
    }

    fn repeating(&mut self) -> String {
        let name = self.fresh("n");
        let rounds = self.between(1, 3);
        let body = self.block(self.in_loop(), 2);
        format!("let {name} = {rounds}\nwhile ({name}-- > 0) {{\nif (spent()) break\n{body}}}\n")
    }

    fn switch(&mut self) -> String {
        let on = if self.one_in(2) {
            self.below(4).to_string()
        } else {
            self.pick(&["'a'", "'b'", "null", "NaN", "'1'"]).into()
        };
        let mut cases = Vec::new();
        for _ in 0..self.between(1, 4) {
            let test = self.pick(&["0", "1", "2", "'a'", "'b'", "null", "NaN", "'1'", "undefined"]);
            let body =
                self.scoped(Place { in_switch: true, depth: self.place.depth + 1, ..self.place }, Self::statement);
            let end = if self.one_in(2) { "break\n" } else { "" };
            cases.push(format!("case {test}: {{\n{body}{end}}}\n"));
        }
        if self.one_in(2) {
            let place = self.below(cases.len() + 1);
            let log = self.log();
            cases.insert(place, format!("default:\n{log}"));
        }
        format!("switch (t({}, {on})) {{\n{}}}\n", self.tag(), cases.concat())
    }

    /// A `try` whose `finally` may override its completion.
    fn guarded(&mut self) -> String {
        let mut block = self.block(self.place, 2);
        if self.one_in(2) {
            let line = self.throwing();
            block.push_str(&line);
        }
        let catch = self.block(self.place, 2);
        let told = format!("console.log({}, told(e))\n", self.tag());
        let finally = if self.one_in(2) {
            let body = self.block(self.place, 1);
            format!(" finally {{\n{body}{}}}", self.log_of("'finally'"))
        } else {
            String::new()
        };
        let catch = match self.below(4) {
            0 if !finally.is_empty() => String::new(),
            1 => format!(" catch {{\n{catch}}}"),
            2 => format!(" catch ({{ message, name = 'none' }}) {{\nconsole.log({}, message, name)\n}}", self.tag()),
            _ => format!(" catch (e) {{\n{told}{catch}}}"),
        };
        format!("try {{\n{block}}}{catch}{finally}\n")
    }

    fn throwing(&mut self) -> String {
        match self.below(6) {
            0 => "undeclared\n".into(),
            1 => "null.a\n".into(),
            2 => format!(
                "{}()\n",
                self.pick(&["undefined", ";(5)", ";({ a: 1 }).b", "'x'.y", ";[].z", "spent.y.z", "told"])
            ),
            3 if self.place.asynchronous => format!("await {}\n", self.settled_later()),
            _ => format!("throw {}\n", self.reason()),
        }
    }

    /// A `break`, `continue` or `return`, where one is allowed.
    fn leaving(&mut self) -> String {
        let test = self.comparison(0);
        let mut ways = vec!["return 'early'", "throw new Error('out')"];
        if self.place.in_loop {
            ways.extend(["break", "continue", "break", "continue"]);
        }
        if self.place.in_switch {
            ways.push("break");
        }
        // A return at the top of the handler would end the program too early.
        if self.place.depth == 0 {
            return self.log();
        }
        format!("if ({test}) {}\n", self.pick(&ways))
    }

    fn awaiting(&mut self) -> String {
        let waited = if self.one_in(3) { self.settled_later() } else { self.promise(2) };
        match self.below(7) {
            0 => format!("console.log({}, await {waited})\n", self.tag()),
            1 => {
                let name = self.fresh("v");
                self.declare(&name, Kind::Any, true);
                format!("const {name} = await {waited}\nconsole.log({}, {name})\n", self.tag())
            }
            2 => {
                format!("console.log({}, t({}, 1) + (await {waited}) + t({}, 2))\n", self.tag(), self.tag(), self.tag())
            }
            3 => format!("await null\n{}", self.log()),
            _ => format!(
                "try {{\nconsole.log({}, await {waited})\n}} catch (e) {{\nconsole.log({}, told(e))\n}}\n",
                self.tag(),
                self.tag()
            ),
        }
    }

    fn destructuring(&mut self) -> String {
        let names: Vec<_> = (0..4).map(|_| self.fresh("d")).collect();
        let [a, b, c, d] = [&names[0], &names[1], &names[2], &names[3]];
        let value = self.any(1);
        let pattern = match self.below(8) {
            0 => format!("const {{ a: {a}, b: {b} = t({}, 1), ...{c} }} = {}", self.tag(), self.record(2)),
            1 => format!("const [{a}, , {b} = {value}, ...{c}] = {}", self.list(2)),
            2 => format!("const {{ a: {{ b: {a} = 1, c: {b} }} = {{ b: 2 }}, length: {c} }} = {}", self.record(2)),
            3 => {
                format!("const [[{a} = 1, {b}] = [3], {{ x: {c} }} = {{ x: t({}, 4) }}] = {}", self.tag(), self.list(1))
            }
            4 => format!(
                "const {{ [t({}, 'a')]: {a} = t({}, 'none'), length: {b}, ...{c} }} = {}",
                self.tag(),
                self.tag(),
                self.any(2)
            ),
            5 => {
                format!("let {a} = 1, {b} = 2, {c}\n;[{a}, {b}] = [{b}, {a}]\n;({{ a: {c} = 9 }} = {})", self.record(1))
            }
            6 => format!("const [{a}, {b}, {c}] = {}", self.text(1)),
            _ => format!("let {a}, {b} = {{}}, {c} = []\n;[{a} = 5, {b}.k, {c}[0]] = {}", self.list(2)),
        };
        for name in [a, b, c] {
            self.declare(name, Kind::Any, true);
        }
        format!("{pattern}\nconsole.log({}, {a}, {b}, {c})\nconst {d} = [{a}, {b}]\n", self.tag())
    }

    /// Functions that capture the variable of a loop.
    fn closures(&mut self) -> String {
        let (list, i, f) = (self.fresh("fs"), self.fresh("i"), self.fresh("f"));
        let head = match self.below(3) {
            0 => format!("for (let {i} = 0; {i} < 3; {i}++) {{"),
            1 => format!("for (const {i} of [3, 1, 2]) {{"),
            _ => format!("for (let {i} of {}) {{", self.list(1)),
        };
        let later = match self.below(4) {
            0 => format!("queueMicrotask(() => console.log({}, {i}))\n", self.tag()),
            1 => format!("setTimeout(() => console.log({}, {i}), {})\n", self.tag(), self.delay()),
            2 => format!("process.nextTick((v) => console.log({}, {i}, v), {i})\n", self.tag()),
            _ => String::new(),
        };
        let pushed = if head.contains("let") && head.contains("++") && self.one_in(2) {
            format!("() => {i}++")
        } else {
            format!("() => [{i}, {list}.length]")
        };
        format!(
            "const {list} = []\n{head}\n{list}.push({pushed})\n{later}}}\nconsole.log({}, {list}.map(({f}) => {f}()), {list}.map(({f}) => {f}()))\n",
            self.tag()
        )
    }

    /// Statements that show the order in which an expression is evaluated.
    fn order_of_evaluation(&mut self) -> String {
        let object = self.fresh("o");
        let [a, b, c, d] = [(); 4].map(|()| self.tag());
        let value = self.any(0);
        let line = match self.below(7) {
            0 => format!("{object}[t({a}, 'a')] = t({b}, {value})"),
            1 => format!("{object}[t({a}, 'a')] += t({b}, {value})"),
            2 => format!("{object}.f(t({a}, 1), ...t({b}, [2, 3]), t({c}, {value}))"),
            3 => format!("console.log(t({a}, 1) + t({b}, 2) * t({c}, 3) ** t({d}, 2))"),
            4 => format!("console.log({object}?.[t({a}, 'zz')]?.[t({b}, 'never')].x, t({c}, {value}))"),
            5 => format!("console.log(`${{t({a}, 1)}}-${{t({b}, {value})}}`, {{ [t({c}, 'k')]: t({d}, 2) }})"),
            _ => format!("console.log((t({a}, 0) || t({b}, null)) ?? t({c}, {value}), t({d}, 1) < 2 && 3)"),
        };
        format!("const {object} = {{ a: 1, f: (...p) => p.length }}\n{line}\nconsole.log({}, {object})\n", self.tag())
    }
}
