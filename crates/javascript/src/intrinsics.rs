//! The functions and namespaces that every machine of a registry shares: the rows of the table of built-ins, and the
//! functions of the language's own library and of the layers' libraries.

use std::rc::Rc;

use super::ast::Name;
use super::builtins::{self, TABLE, What};
use super::bytecode::Code;
use super::compiler;
use super::heap::{Heap, Object, ObjectKind, Properties};
use super::layers::Layers;
use super::parser;
use super::registry::{HostFunction, Library};
use super::source::FileId;
use super::source::SourceFile;
use super::value::{ObjectId, Value};

/// The built-ins that are written in JavaScript. Those that a row of the table names take their receiver as their first
/// parameter.
pub static LIBRARY: Library = Library { path: "prelude.js", source: include_str!("prelude.js") };
/// The file of all libraries. No file of a program has this number.
const LIBRARY_FILE: FileId = FileId(u32::MAX);

/// The shared objects, with the code behind those that are written in JavaScript.
#[derive(Debug)]
pub(crate) struct Intrinsics {
    objects: Rc<Vec<Object>>,
    /// For each row of the table, its code if it is written in JavaScript.
    rows: Vec<Option<Rc<Code>>>,
    /// The functions of the layers' libraries, with their places among the objects.
    functions: Vec<LibraryFunction>,
}

#[derive(Debug)]
struct LibraryFunction {
    library: &'static Library,
    name: Name,
    place: u16,
}

impl Intrinsics {
    pub(crate) fn new(layers: &Layers) -> Self {
        let mut objects = builtins::objects();
        let own = add_library(&mut objects, &LIBRARY);
        let code = |function: &str| {
            let (_, code) = own.iter().find(|(name, _)| &**name == function)?;
            Some(code.clone())
        };
        let rows = TABLE.iter().map(|row| match row.what {
            What::Prelude(function) => code(function),
            _ => None,
        });
        let rows = rows.collect();
        let mut functions = Vec::new();
        for library in layers.libraries() {
            let first = objects.len();
            let compiled = add_library(&mut objects, library);
            functions.extend(compiled.into_iter().zip(first..).map(|((name, _), place)| LibraryFunction {
                library,
                name,
                place: place as u16,
            }));
        }
        Self { objects: Rc::new(objects), rows, functions }
    }

    /// The objects, in the order of their numbers.
    pub(crate) fn objects(&self) -> Rc<Vec<Object>> {
        self.objects.clone()
    }

    /// The code of a row of the table that is written in JavaScript.
    pub(crate) fn code(&self, row: u16) -> Option<&Rc<Code>> {
        self.rows.get(row as usize)?.as_ref()
    }

    /// The value of a function that a layer has in its library; `None` for a native function.
    pub(crate) fn library_function(&self, function: &HostFunction) -> Option<Value> {
        let library = function.library_of()?;
        let mut functions = self.functions.iter();
        let found = functions.find(|known| core::ptr::eq(known.library, library) && *known.name == *function.name);
        debug_assert!(found.is_some(), "{} has no function {}", library.path, function.name);
        found.map(|known| Heap::builtin(known.place))
    }
}

/// Compiles a library, and appends its functions to the shared objects.
fn add_library(objects: &mut Vec<Object>, library: &Library) -> Vec<(Name, Rc<Code>)> {
    let compiled = compile(library, objects.len() as u16);
    objects.extend(compiled.iter().map(|(_, code)| Object {
        kind: ObjectKind::Closure { code: code.clone(), scope: ObjectId::NONE, name: None },
        properties: Properties::default(),
    }));
    compiled
}

/// Parses and compiles a library whose first function has the place `first` among the shared objects.
fn compile(library: &Library, first: u16) -> Vec<(Name, Rc<Code>)> {
    let source = Rc::new(SourceFile::new(LIBRARY_FILE, library.path, library.source));
    let program = parser::parse(&source, &Layers::default())
        .unwrap_or_else(|refused| unreachable!("a library is a constant, and tests register every one: {refused}"));
    compiler::compile_library(&source, &program, first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prelude_row_has_its_function() {
        let intrinsics = Intrinsics::new(&Layers::default());
        for (row, code) in TABLE.iter().zip(&intrinsics.rows) {
            assert_eq!(matches!(row.what, What::Prelude(_)), code.is_some(), "{}", row.name);
        }
    }
}
