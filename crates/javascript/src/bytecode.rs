//! Bytecode, which the compiler makes and the machine runs. It is immutable, so all clones of a machine share it.

use std::rc::Rc;

use super::ast::{Binary, FunctionKind, Name, Span};
use super::compiler;
use super::diagnostic::Diagnostic;
use super::parser;
use super::registry::Registry;
use super::source::{Position, SourceFile};
use super::value::Value;

/// A compiled file.
#[derive(Debug)]
pub struct Module {
    /// The source of the file.
    pub source: Rc<SourceFile>,
    /// The function that evaluates the file. Before it runs, the machine makes the file's outermost scope with the
    /// variables `exports` and `module`, followed by those of [`Module::names`].
    pub(crate) code: Rc<Code>,
    /// The names of the file's top-level declarations, in source order.
    pub(crate) names: Vec<Name>,
}

/// The number of variables in a module's outermost scope before its own: `exports` and `module`.
pub(crate) const MODULE_PARAMETERS: usize = 2;

impl Module {
    /// Parses and compiles a file for machines of this registry.
    ///
    /// # Errors
    /// The first place in the file that is not JavaScript, or is JavaScript outside the subset.
    pub fn compile(source: SourceFile, registry: &Registry) -> Result<Rc<Self>, Diagnostic> {
        let source = Rc::new(source);
        let program = parser::parse(&source, &registry.layers)?;
        let (code, names) = compiler::compile(&source, &program)?;
        Ok(Rc::new(Self { source, code, names }))
    }
}

/// A compiled function.
#[derive(Debug)]
pub struct Code {
    /// The file that contains the function.
    pub source: Rc<SourceFile>,
    /// The source of the function, which is its text as a string.
    pub span: Span,
    /// The function's name; empty for an anonymous function.
    pub name: Rc<str>,
    /// The form of the function.
    pub kind: FunctionKind,
    /// The number of parameters, without the rest parameter. Each takes one of the first slots.
    pub parameters: u32,
    /// True if the function has a rest parameter. The slot after those of the parameters takes its array.
    pub has_rest: bool,
    /// The function's `length`: the number of parameters before the first with a default.
    pub length: u32,
    /// True for strict mode code.
    pub strict: bool,
    /// True for functions of the language's own library. Their lines are not highlighted, and errors that they throw have
    /// the position of the program's call.
    pub library: bool,
    /// The number of slots for parameters, local variables and temporary values.
    pub locals: u32,
    /// The instructions.
    pub ops: Vec<Op>,
    /// Line and column of each instruction. Line 0 stands for an instruction whose line is not highlighted.
    pub places: Vec<(u32, u32)>,
    /// The constants that instructions refer to.
    pub constants: Vec<Value>,
    /// The property keys and names that instructions refer to.
    pub keys: Vec<Key>,
    /// The functions that the function contains.
    pub functions: Vec<Rc<Code>>,
    /// The exception handlers, inner ones first.
    pub handlers: Vec<Handler>,
    /// The texts that error messages use for operands, each with the index of its instruction, in ascending order.
    pub texts: Vec<(u32, Rc<str>)>,
}

/// A property key or a name.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key as a string.
    pub name: Rc<str>,
    /// The number of the name among those of the built-ins ([`symbol`](super::builtins::symbol)); 0 for any other name.
    pub symbol: u16,
}

/// An exception handler: what `catch` and `finally` are compiled to.
#[derive(Clone, Copy, Debug)]
pub struct Handler {
    /// The first instruction whose errors the handler takes.
    pub start: u32,
    /// The instruction after the last one.
    pub end: u32,
    /// The instruction at which execution continues. The error is on the stack.
    pub target: u32,
    /// The number of scopes around the target.
    pub depth: u32,
}

impl Code {
    /// Returns the text that error messages use for the operand of an instruction.
    pub fn text(&self, at: u32) -> Option<&Rc<str>> {
        let found = self.texts.binary_search_by_key(&at, |(at, _)| *at).ok()?;
        Some(&self.texts[found].1)
    }

    /// Returns the position of an instruction. One without a position of its own has that of the instruction before it.
    pub fn position(&self, at: u32) -> Position {
        let place = self.places.get(..=at as usize).and_then(|places| places.iter().rfind(|(line, _)| *line != 0));
        let (line, column) = place.copied().unwrap_or((1, 1));
        Position { file: self.source.id, line, column }
    }

    /// Returns the source text of the function.
    pub fn source_text(&self) -> &str {
        self.source.text.get(self.span.start as usize..self.span.end as usize).unwrap_or_default()
    }

    /// Returns true if `new` can call the function in JavaScript
    /// ([IsConstructor](https://tc39.es/ecma262/#sec-isconstructor)).
    pub fn is_constructor(&self) -> bool {
        self.kind == FunctionKind::Plain
    }
}

/// An instruction.
///
/// Each comment has the values that the instruction takes from the stack, an arrow, and the values that it leaves there.
/// The last value is the top of the stack.
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
    /// a →; assigns the local
    StoreLocal(u32),
    /// a → a; assigns the local
    KeepLocal(u32),
    /// Throws if the local is in its temporal dead zone.
    CheckLocal(u32),
    /// Puts the local into its temporal dead zone.
    UninitialiseLocal(u32),
    /// → variable; takes the number of scopes outwards and the slot. Throws in the temporal dead zone
    LoadScope(u16, u16),
    /// a →; assigns the variable. Throws in the temporal dead zone
    StoreScope(u16, u16),
    /// a →; initialises the variable by its declaration
    InitialiseScope(u16, u16),
    /// → global
    LoadGlobal(u32),
    /// → type of a global, which may not exist
    TypeOfGlobal(u32),
    /// a →; assigns the global
    StoreGlobal(u32),
    /// → the function that is running
    Callee,
    /// Enters a new scope with this number of variables.
    PushScope(u32),
    /// Leaves the scope.
    PopScope,
    /// Replaces the scope by a copy of it, for the next iteration of a loop.
    CopyScope,
    /// Throws the `ReferenceError` of a variable in its temporal dead zone.
    ThrowUninitialised(u32),
    /// Throws the `TypeError` of an assignment to a constant.
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
    /// callee receiver arguments → value; takes the number of arguments
    Call(u32),
    /// callee receiver array → value
    CallSpread,
    /// callee undefined arguments → value; takes the number of arguments
    New(u32),
    /// callee undefined array → value
    NewSpread,

    /// elements → array; takes the number of elements
    Array(u32),
    /// array value → array
    Append,
    /// array iterable → array
    AppendAll,
    /// array iterable → array; like `AppendAll`, with V8's error message for arguments
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
    /// key closure → key closure; gives the closure the key as its name
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
    /// a → name of its type
    TypeOf,
    /// values → string; takes the number of values
    Template(u32),

    /// Jumps.
    Jump(u32),
    /// a →; jumps if a is falsy
    JumpIfFalse(u32),
    /// a →; jumps if a is truthy
    JumpIfTrue(u32),
    /// a → a, and jumps, if a is falsy; else a →
    JumpIfFalseOrPop(u32),
    /// a → a, and jumps, if a is truthy; else a →
    JumpIfTrueOrPop(u32),
    /// a → a, and jumps, if a is neither undefined nor null; else a →
    JumpIfPresentOrPop(u32),
    /// a → a, and jumps, if a is not undefined; else a →
    JumpIfDefinedOrPop(u32),
    /// a →, and jumps, if a is undefined or null; else a → a
    JumpIfNullish(u32),
    /// callee receiver →, and jumps, if the callee is undefined or null; else both stay
    JumpIfNullishCallee(u32),
    /// iterable → array
    Iterate,
    /// → element of the array in a local, at the index in the next local, which increases; jumps after the last element
    ForOf(u16, u32),
    /// object → object; throws if it is undefined or null
    CheckObject,
    /// array → element; undefined after the last
    Element(u32),
    /// array → array of the elements from an index on
    ElementsFrom(u32),
    /// object keys → object with its other properties
    OtherProperties,

    /// value →; returns from the function
    Return,
    /// value →; throws
    Throw,
    /// value → value that its promise is fulfilled with; suspends the function until then
    Await,
}
