//! The language's own functions as every machine shares them: the objects they are, and the code of those that are
//! written in the subset itself.

use std::cell::OnceCell;
use std::rc::Rc;

use super::builtins::{self, COUNT, TABLE, What};
use super::bytecode::Code;
use super::compiler;
use super::heap::{Heap, Object, ObjectKind, Properties};
use super::parser;
use super::source::FileId;
use super::source::SourceFile;
use super::value::Value;

/// The built-ins that are written in the language itself: functions that take what they are called on as their first
/// parameter.
pub const SOURCE: &str = include_str!("prelude.js");
/// The file of the library's functions. No file of a program has this number.
const LIBRARY: FileId = FileId(u32::MAX);

/// Among themselves the library's functions are known by numbers past those of the table, and called without a
/// receiver. There are never more than this.
const LIBRARY_FUNCTIONS: usize = 64;

/// What all machines share.
#[derive(Debug)]
pub(crate) struct Intrinsics {
    objects: Rc<Vec<Object>>,
    /// The library's functions; read when the first of them is called.
    library: OnceCell<Library>,
}

#[derive(Debug)]
struct Library {
    functions: Vec<Rc<Code>>,
    /// For each row of the table, the function that carries it out.
    rows: Vec<Option<usize>>,
}

thread_local! {
    // Made from constants and never changed: it holds nothing of any run, and saves each new machine the making.
    static SHARED: Rc<Intrinsics> = Rc::new(Intrinsics { objects: Rc::new(objects()), library: OnceCell::new() });
}

fn objects() -> Vec<Object> {
    let mut objects = builtins::objects();
    objects.extend(
        (COUNT..COUNT + LIBRARY_FUNCTIONS)
            .map(|row| Object { kind: ObjectKind::Builtin(row as u16), properties: Properties::default() }),
    );
    objects
}

/// What the library's function of this place is to the others.
pub(crate) fn library_value(place: usize) -> Value {
    Heap::builtin((COUNT + place) as u16)
}

impl Intrinsics {
    pub(crate) fn shared() -> Rc<Self> {
        SHARED.with(Rc::clone)
    }

    pub(crate) fn objects(&self) -> Rc<Vec<Object>> {
        self.objects.clone()
    }

    /// The code of the table's row, where it is written in the subset.
    pub(crate) fn code(&self, row: u16) -> Option<Rc<Code>> {
        let library = self.library.get_or_init(library);
        let place = (*library.rows.get(row as usize)?)?;
        library.functions.get(place).cloned()
    }

    /// The code of one of the library's functions, by its number past the table.
    pub(crate) fn function(&self, number: u16) -> Option<Rc<Code>> {
        self.library.get_or_init(library).functions.get((number as usize).checked_sub(COUNT)?).cloned()
    }

    /// The function of this name in the library, as the program sees it.
    pub(crate) fn library_function(name: &str) -> Option<Value> {
        let row = TABLE.iter().position(|row| matches!(row.what, What::Prelude(function) if function == name))?;
        Some(Heap::builtin(row as u16))
    }
}

/// Parses and compiles the library.
pub(crate) fn compile() -> Vec<(super::ast::Name, Rc<Code>)> {
    let source = Rc::new(SourceFile::new(LIBRARY, "prelude.js", SOURCE));
    let program =
        parser::parse(&source).unwrap_or_else(|_| unreachable!("the library is a constant, and a test parses it"));
    compiler::compile_library(&source, &program)
}

fn library() -> Library {
    let named = compile();
    debug_assert!(named.len() <= LIBRARY_FUNCTIONS, "more functions than there are numbers for");
    let place = |name: &str| named.iter().position(|(known, _)| &**known == name);
    let rows = TABLE.iter().map(|row| match row.what {
        What::Prelude(function) => place(function),
        _ => None,
    });
    let rows = rows.collect();
    Library { functions: named.into_iter().map(|(_, code)| code).collect(), rows }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prelude_row_has_its_function() {
        let library = library();
        for (row, place) in TABLE.iter().zip(&library.rows) {
            assert_eq!(matches!(row.what, What::Prelude(_)), place.is_some(), "{}", row.name);
        }
    }
}
