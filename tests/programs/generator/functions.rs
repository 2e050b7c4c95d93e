//! Functions: callbacks of one expression, and named ones with bodies.

use super::{Generator, Kind, Place};

impl Generator {
    /// A function of up to two parameters that is one expression.
    pub(super) fn callback(&mut self, parameters: usize) -> String {
        let names: Vec<_> = (0..parameters).map(|_| self.fresh("p")).collect();
        self.scopes.push(Vec::new());
        for name in &names {
            self.declare(name, Kind::Any, true);
        }
        let first = names.first().map_or("0", |name| name.as_str());
        let second = names.get(1).map_or("1", |name| name.as_str());
        let body = match self.below(9) {
            0 => first.to_string(),
            1 => format!("{first} + {second}"),
            2 => format!("{first} > {second}"),
            3 => format!("[{first}, {second}]"),
            4 => format!("({{ {first} }})"),
            5 => format!("typeof {first}"),
            6 => format!("String({first}) + '!'"),
            7 => format!("{first} - {second}"),
            _ => self.arithmetic(0),
        };
        self.scopes.pop();
        format!("({}) => {body}", names.join(", "))
    }

    /// A function with a body that logs, and returns or throws.
    pub(super) fn worker(&mut self, asynchronous: bool) -> String {
        let place = Place { asynchronous, depth: self.place.depth + 1, ..Place::default() };
        let parameter = self.fresh("p");
        let body = self.worker_body(place, &parameter, Self::ending);
        let word = if asynchronous { "async " } else { "" };
        let parameter = if self.one_in(5) { format!("{parameter} = {}", self.any(0)) } else { parameter };
        format!("{word}({parameter}) => {{\n{body}}}")
    }

    /// A body that logs its parameter, does a little and ends with what `ending` writes.
    pub(super) fn worker_body(&mut self, place: Place, parameter: &str, ending: fn(&mut Self) -> String) -> String {
        self.scoped(place, |it| {
            it.declare(parameter, Kind::Any, true);
            let mut body = it.log_of(parameter);
            for _ in 0..it.below(3) {
                body.push_str(&it.statement());
            }
            body.push_str(&ending(it));
            body
        })
    }

    /// How a function's body ends.
    pub(super) fn ending(&mut self) -> String {
        let awaits = if self.place.asynchronous && self.one_in(3) { "await " } else { "" };
        match self.below(9) {
            0 => format!("throw new Error({})\n", self.tag()),
            1 => String::new(),
            2 if self.place.asynchronous => format!("return {}\n", self.promise(1)),
            3 => format!("return {awaits}{}\n", self.settled_later()),
            _ => format!("return {awaits}{}\n", self.any(1)),
        }
    }

    /// A declaration of a function, of any form.
    pub(super) fn function(&mut self) -> String {
        let asynchronous = !self.one_in(3);
        let name = self.fresh("f");
        let place = Place { asynchronous, depth: self.place.depth + 1, ..Place::default() };
        let (first, second) = (self.fresh("p"), self.fresh("p"));
        let parameters = match self.below(6) {
            0 => format!("{first}, ...{second}"),
            1 => format!("{{ a: {first} = 1, ...{second} }} = {{}}"),
            2 => format!("[{first}, {second} = {first}] = [1]"),
            3 => format!("{first} = {}, {second} = {first}", self.any(0)),
            _ => format!("{first}, {second}"),
        };
        let body = self.scoped(place, |it| {
            it.declare(&first, Kind::Any, false);
            it.declare(&second, Kind::Any, false);
            let mut body = String::from("if (spent()) return 'spent'\n");
            body.push_str(&it.log_of(&format!("{first}, {second}")));
            for _ in 0..it.between(1, 4) {
                body.push_str(&it.statement());
            }
            body.push_str(&it.ending());
            body
        });
        let word = if asynchronous { "async " } else { "" };
        let text = match self.below(3) {
            0 => format!("{word}function {name}({parameters}) {{\n{body}}}\n"),
            1 => format!("const {name} = {word}function ({parameters}) {{\n{body}}}\n"),
            _ => format!("const {name} = {word}({parameters}) => {{\n{body}}}\n"),
        };
        self.declare(&name, if asynchronous { Kind::AsyncFunction } else { Kind::Function }, true);
        text
    }

    /// A call of a function of the program that can be seen from here.
    pub(super) fn call(&mut self, asynchronous: bool) -> Option<String> {
        let name = self.variable(if asynchronous { Kind::AsyncFunction } else { Kind::Function })?;
        let argument = match self.below(6) {
            0 => String::new(),
            1 => format!("...{}", self.list(1)),
            2 => format!("{}, {}", self.any(1), self.any(0)),
            3 => "{ a: 5, b: 6 }".into(),
            4 => "[7, 8]".into(),
            _ => self.any(1),
        };
        Some(format!("{name}({argument})"))
    }
}
