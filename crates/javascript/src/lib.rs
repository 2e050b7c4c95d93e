//! A subset of JavaScript: from source text to a machine that can stop after any instruction, and that can be cloned.
//!
//! [`Module::compile`] takes a file through lexer, parser and compiler. A [`Vm`] runs the module. The machine has the
//! built-ins of the language; it asks a [`Host`] for all else, for example `console`, timers and `require`. The host also
//! decides when to run the next macrotask.
//!
//! | module | contents |
//! |---|---|
//! | `lexer`, `parser`, `ast` | source text to syntax tree; [`subset`] has the constructs that are accepted and refused |
//! | `compiler`, `bytecode` | syntax tree to instructions |
//! | `vm`, `promise`, `coroutine` | the interpreter, the job queue, suspended async functions |
//! | `value`, `heap`, `properties` | values, objects, the garbage collector |
//! | [`builtins`], `maths`, [`json`], [`inspect`] | the functions of the language, and the format of `console.log` |
//! | [`highlight`], [`outline`] | what a listing shows of a file: colours, and where its functions are |
//! | [`convert`], [`number`], `text` | conversions, numbers as text, strings in UTF-16 units |
//! | `host`, `api` | the interface to the program around the machine |

mod api;
mod ast;
pub mod builtins;
mod bytecode;
mod compiler;
pub mod convert;
mod coroutine;
mod diagnostic;
mod heap;
pub mod highlight;
mod host;
pub mod inspect;
mod intrinsics;
pub mod json;
mod layers;
mod lexer;
pub mod limits;
mod maths;
pub mod number;
pub mod outline;
mod parser;
mod promise;
mod properties;
pub mod registry;
mod source;
pub mod subset;
mod text;
mod value;
mod vm;

pub use ast::Span;
pub use bytecode::Module;
pub use diagnostic::Diagnostic;
pub use heap::{ErrorKind, Heap, ObjectKind};
pub use host::{Host, HostCall, HostReply};
pub use intrinsics::LIBRARY;
pub use promise::PromiseState;
pub use registry::{
    Advice, Constructor, Exports, HostClass, HostFunction, HostModule, Layer, Library, Member, Namespace, Registry,
};
pub use source::{FileId, Position, SourceFile};
pub use value::{ObjectId, Value};
pub use vm::{Handle, Stop, Vm, VmOptions};
