//! Which of the language's own functions a set of modules can come to. The page runs the modules that come with it and no
//! others, so `build.rs` leaves out of it what none of them names.
//!
//! A method is found by its name, whatever it is called on, and so is everything of that name reached. A key that is
//! computed is not seen: no module that comes with the program has one, and a test says so. What the libraries around the
//! handlers have written in the language belongs to options that the page has not.

use std::rc::Rc;

use super::builtins::{Builtin, COUNT, On, TABLE, What};
use super::heap::Heap;
use super::language;
use super::program::{Code, Module};
use crate::ordered::Set;

/// What is reached.
#[derive(Debug)]
pub struct Reached {
    /// For each row of [`TABLE`], whether it is.
    pub rows: Vec<bool>,
    /// The same for the functions of the library, in its order.
    pub library: Vec<bool>,
}

/// What these modules come to.
pub fn reached(modules: &[Rc<Module>]) -> Reached {
    let library = language::compile();
    let mut reached = Reached { rows: vec![false; COUNT], library: vec![false; library.len()] };
    let mut names = Set::new();
    let mut pending: Vec<Rc<Code>> = modules.iter().map(|module| module.code.clone()).collect();
    loop {
        while let Some(code) = pending.pop() {
            pending.extend(code.functions.iter().cloned());
            for key in &code.keys {
                names.insert(key.name.clone());
            }
            for number in code.constants.iter().filter_map(Heap::builtin_number) {
                match number.checked_sub(COUNT) {
                    Some(place) => reached.take_in(place, &library, &mut pending),
                    None => reached.rows[number] = true,
                }
            }
        }
        let before = reached.rows.clone();
        for (row, builtin) in TABLE.iter().enumerate() {
            let holder = |object: &str| {
                let is = |other: &Builtin| other.on == On::Global && other.name == object;
                TABLE.iter().position(is).is_some_and(|holder| reached.rows[holder])
            };
            // Whoever takes a member of a global object has named that too.
            let can = !matches!(builtin.on, On::Static(object) if !holder(object));
            reached.rows[row] |= can && names.contains(builtin.name);
            if let What::Prelude(function) = builtin.what
                && reached.rows[row]
                && let Some(place) = library.iter().position(|(name, _)| **name == *function)
            {
                reached.take_in(place, &library, &mut pending);
            }
        }
        if pending.is_empty() && reached.rows == before {
            return reached;
        }
    }
}

impl Reached {
    fn take_in(&mut self, place: usize, library: &[(Rc<str>, Rc<Code>)], pending: &mut Vec<Rc<Code>>) {
        if !core::mem::replace(&mut self.library[place], true) {
            pending.push(library[place].1.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::FileId;
    use crate::js::SourceFile;

    /// The names of the rows that a text comes to.
    fn names(text: &str) -> Vec<&'static str> {
        let reached = reached(&[Module::compile(SourceFile::new(FileId(0), "a.js", text)).unwrap()]);
        let rows = TABLE.iter().zip(&reached.rows).filter(|(_, is)| **is);
        rows.map(|(row, _)| row.name).collect()
    }

    #[test]
    fn a_function_is_reached_by_its_name() {
        let with_nothing = names("");
        let with_repeat = names("exports.f = () => { const g = (text) => text.repeat(2); return g('a') }");
        let new: Vec<_> = with_repeat.iter().filter(|name| !with_nothing.contains(name)).collect();
        assert_eq!(new, [&"repeat"]);
    }

    #[test]
    fn what_a_reached_function_calls_is_reached() {
        let (without, with) = (reached(&[]), names("[].toSorted()"));
        assert!(with.contains(&"toSorted"));
        let sorting =
            reached(&[Module::compile(SourceFile::new(FileId(0), "a.js", "exports.f = (a) => a.toSorted()")).unwrap()]);
        let count = |reached: &Reached| reached.library.iter().filter(|is| **is).count();
        assert!(count(&sorting) > count(&without) + 1, "arrayToSorted calls others of the library");
    }

    #[test]
    fn a_global_is_reached_by_its_name() {
        assert!(names("Math.max(1, 2)").contains(&"max"));
        assert!(!names("exports.max = 1").contains(&"max"));
        assert!(names("new Promise(() => {})").contains(&"Promise"));
    }
}
