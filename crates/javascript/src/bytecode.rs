//! Compiled code: what the compiler gives and the machine runs. It never changes once it is made, so clones of a
//! machine share it.

use std::rc::Rc;

use super::ast::{Binary, Name, Span};
use super::compiler;
use super::diagnostic::Diagnostic;
use super::parser;
use super::registry::Registry;
use super::source::SourceFile;
use super::value::Value;
use crate::source::Position;

/// A file, compiled.
#[derive(Debug)]
pub struct Module {
    /// The file.
    pub source: Rc<SourceFile>,
    /// The function that evaluates it. The file's outermost scope is made by the machine before it runs:
    /// `exports`, `module`, then [`Module::names`].
    pub(crate) code: Rc<Code>,
    /// The names of its outermost declarations, in order.
    pub(crate) names: Vec<Name>,
}

/// How many slots of a module's outermost scope stand before those of its own names: `exports` and `module`.
pub(crate) const MODULE_PARAMETERS: usize = 2;

impl Module {
    /// Parses and compiles a file for machines of this registry.
    ///
    /// # Errors
    /// The first thing in the file that is no JavaScript or outside the subset, with its place.
    pub fn compile(source: SourceFile, registry: &Registry) -> Result<Rc<Self>, Diagnostic> {
        let source = Rc::new(source);
        let program = parser::parse(&source, &registry.layers)?;
        let (code, names) = compiler::compile(&source, &program)?;
        Ok(Rc::new(Self { source, code, names }))
    }
}

/// A function, compiled.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "they are facts about a function, each of its own")]
pub struct Code {
    /// The file it is in.
    pub source: Rc<SourceFile>,
    /// Where in the file: its text is what the function is as a string.
    pub span: Span,
    /// Its name; empty where it has none.
    pub name: Rc<str>,
    /// How many arguments it takes in slots of their own.
    pub parameters: u32,
    /// Whether the arguments after those are put into an array in the next slot.
    pub rest: bool,
    /// The `length` of the function: parameters before the first with a default.
    pub length: u32,
    /// Whether it is `async`.
    pub asynchronous: bool,
    /// Whether it could be called with `new` in JavaScript: it is a plain function.
    pub constructor: bool,
    /// Whether it is under `'use strict'`.
    pub strict: bool,
    /// Whether it belongs to the language's own library: never lit, and without a position of its own.
    pub library: bool,
    /// Slots for parameters, local variables and what the compiler keeps for itself.
    pub locals: u32,
    /// The instructions.
    pub ops: Vec<Op>,
    /// Line and column of each instruction; line 0 where it is not worth lighting a line for.
    pub places: Vec<(u32, u32)>,
    /// Constants, by number.
    pub constants: Vec<Value>,
    /// Property keys and names, by number.
    pub keys: Vec<Key>,
    /// Functions inside this one.
    pub functions: Vec<Rc<Code>>,
    /// Who catches what, inner ones first.
    pub handlers: Vec<Handler>,
    /// What error messages call the thing that an instruction works on, by instruction.
    pub texts: Vec<(u32, Rc<str>)>,
}

/// A property key or a name.
#[derive(Clone, Debug)]
pub struct Key {
    /// As a string.
    pub name: Rc<str>,
    /// Its number among the names of the language's own properties, so that those are found without a search.
    pub symbol: u16,
}

/// A stretch of instructions whose errors are caught.
#[derive(Clone, Copy, Debug)]
pub struct Handler {
    /// The first instruction.
    pub start: u32,
    /// One past the last.
    pub end: u32,
    /// Where it goes on, with the error on the stack.
    pub target: u32,
    /// How many scopes are around the place where it goes on.
    pub depth: u32,
}

impl Code {
    /// What error messages call the thing that the instruction works on.
    pub fn text(&self, at: u32) -> Option<&Rc<str>> {
        let found = self.texts.binary_search_by_key(&at, |(at, _)| *at).ok()?;
        Some(&self.texts[found].1)
    }

    /// Where the instruction stands: its own place, or that of the last one before it that has one.
    pub fn position(&self, at: u32) -> Position {
        let place = self.places.get(..=at as usize).and_then(|places| places.iter().rfind(|(line, _)| *line != 0));
        let (line, column) = place.copied().unwrap_or((1, 1));
        Position { file: self.source.id, line, column }
    }

    /// The source of the function.
    pub fn text_of_source(&self) -> &str {
        self.source.text.get(self.span.start as usize..self.span.end as usize).unwrap_or_default()
    }
}

/// An instruction. What it takes from the stack and leaves there stands as `before → after`, the top last.
#[derive(Clone, Copy, Debug)]
pub enum Op {
    /// → undefined
    Undefined,
    /// → constant
    Constant(u32),
    /// a →
    Pop,
    /// a → a a
    Duplicate,
    /// a b → a b a b
    DuplicatePair,

    /// → local
    LoadLocal(u32),
    /// a → (local = a)
    StoreLocal(u32),
    /// a → a (local = a)
    KeepLocal(u32),
    /// Throws where the local variable's declaration has not run.
    CheckLocal(u32),
    /// The local variable's declaration has not run.
    UninitialiseLocal(u32),
    /// → variable of the scope that is so many scopes out, which must have been declared
    LoadScope(u16, u16),
    /// a → (variable = a), which must have been declared
    StoreScope(u16, u16),
    /// a → (variable = a): its declaration
    InitialiseScope(u16, u16),
    /// → global
    LoadGlobal(u32),
    /// → type of a global that need not be there
    TypeOfGlobal(u32),
    /// a → (global = a)
    StoreGlobal(u32),
    /// → the function that is running
    Callee,
    /// A new scope with so many variables.
    PushScope(u32),
    /// The scope around this one.
    PopScope,
    /// A copy of this scope in its place.
    CopyScope,
    /// Throws: this variable may not be read yet, whatever happens.
    ThrowUninitialised(u32),
    /// Throws: assignment to a constant.
    ThrowConstant,

    /// object → value
    Get(u32),
    /// object key → value
    GetIndex,
    /// object value → value
    Set(u32),
    /// object key value → value
    SetIndex,
    /// object → callee object
    Method(u32),
    /// object key → callee object
    MethodIndex,
    /// callee receiver arguments → value
    Call(u32),
    /// callee receiver array → value
    CallSpread,
    /// callee undefined arguments → value
    New(u32),
    /// callee undefined array → value
    NewSpread,

    /// elements → array
    Array(u32),
    /// array value → array
    Append,
    /// array iterable → array
    AppendAll,
    /// array iterable → array, where it is a list of arguments: the messages differ
    AppendArguments,
    /// → object
    Object,
    /// object value → object
    Define(u32),
    /// object key value → object
    DefineIndex,
    /// object source → object
    DefineAll,
    /// → closure
    Closure(u32),
    /// key closure → key closure, named after the key
    NameClosure,
    /// a → property key
    ToKey,

    /// a b → result
    Binary(Binary),
    /// a → !a
    Not,
    /// a → -a
    Negate,
    /// a → number
    ToNumber,
    /// a → a + 1
    Increment,
    /// a → a - 1
    Decrement,
    /// a → type's name
    TypeOf,
    /// values → string of them all
    Template(u32),

    /// Goes on there.
    Jump(u32),
    /// a →
    JumpIfFalse(u32),
    /// a →
    JumpIfTrue(u32),
    /// a → a where it jumps, else nothing
    JumpIfFalseOrPop(u32),
    /// a → a where it jumps, else nothing
    JumpIfTrueOrPop(u32),
    /// a → a where it jumps (`a` is neither undefined nor null), else nothing
    JumpIfPresentOrPop(u32),
    /// a → a where it jumps (`a` is not undefined), else nothing
    JumpIfDefinedOrPop(u32),
    /// a → nothing where it jumps (`a` is undefined or null), else a
    JumpIfNullish(u32),
    /// callee receiver → nothing where it jumps (callee is undefined or null), else both
    JumpIfNullishCallee(u32),
    /// iterable → array
    Iterate,
    /// The next element of the array in a local, whose index is in the next local: → element, or jumps at its end
    ForOf(u16, u32),
    /// Throws where the value is undefined or null: object → object
    CheckObject,
    /// array → its element, undefined past the end
    Element(u32),
    /// array → array of its elements from this one
    ElementsFrom(u32),
    /// object keys → object of its other properties
    OtherProperties,

    /// value → (ends the function)
    Return,
    /// value → (throws it)
    Throw,
    /// value → what it is fulfilled with, later
    Await,
}
