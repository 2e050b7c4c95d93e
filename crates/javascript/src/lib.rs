//! The handler machine: a subset of JavaScript, from source text to a virtual machine that stops between any two steps.
//!
//! [`bytecode::Module::compile`] takes a file through the [`lexer`], the [`parser`] and the compiler; a [`vm::Vm`] runs it,
//! and asks its embedder, a [`host::Host`], for everything that is not the language's own.

mod api;
pub mod ast;
pub mod builtins;
pub mod bytecode;
pub(crate) mod compiler;
pub mod convert;
pub mod coroutine;
pub mod diagnostic;
pub mod heap;
pub mod highlight;
pub mod host;
pub mod inspect;
mod intrinsics;
pub mod json;
mod layers;
pub mod lexer;
pub mod limits;
pub mod maths;
pub mod number;
pub mod parser;
pub mod promise;
mod properties;
pub mod registry;
pub mod source;
pub mod subset;
pub mod text;
pub mod value;
pub mod vm;

pub use bytecode::Module;
pub use diagnostic::Diagnostic;
pub use heap::ErrorKind;
pub use host::{Host, HostCall, HostReply};
pub use intrinsics::LIBRARY;
pub use promise::PromiseState;
pub use registry::{
    Advice, Constructor, Exports, HostClass, HostFunction, HostModule, Layer, Library, Member, Namespace, Registry,
};
pub use source::{FileId, Position, SourceFile};
pub use value::Value;
pub use vm::{Handle, Stop, Vm, VmOptions};
