//! Objects, and the data of each kind of object.

use std::rc::Rc;

use crate::bytecode::Code;
use crate::coroutine::Coroutine;
use crate::promise::{Combinator, Promise, Resolver};
use crate::properties::Properties;
use crate::registry::{HostClass, HostFunction};
use crate::source::Position;
use crate::value::{ObjectId, Value};

/// The constructors of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// `Error`. The errors of libraries have this kind, too.
    Error,
    /// `TypeError`.
    TypeError,
    /// `RangeError`.
    RangeError,
    /// `ReferenceError`.
    ReferenceError,
    /// `SyntaxError`.
    SyntaxError,
    /// `AggregateError`.
    AggregateError,
}

/// An object.
#[derive(Clone, Debug)]
pub struct Object {
    /// The kind of the object, with its internal slots.
    pub kind: ObjectKind,
    /// The own enumerable properties. The elements of an array are not among them.
    pub properties: Properties,
}

/// The kind of an object, with the data of its
/// [internal slots](https://tc39.es/ecma262/#sec-object-internal-methods-and-internal-slots).
///
/// Scopes, coroutines and combinators belong to the machine. They never become values of a program.
#[derive(Clone, Debug)]
pub enum ObjectKind {
    /// A plain object.
    Plain,
    /// An array. It has no holes: a missing element is `undefined`.
    Array(Vec<Value>),
    /// An error. Its properties `message`, `name`, `stack`, `cause` and `errors` are not enumerable, so they are here.
    Error(Box<ErrorData>),
    /// An object of the host.
    Host {
        /// The class of the object.
        class: &'static HostClass,
        /// Values that the host keeps with the object. They live as long as the object does.
        slots: Vec<Value>,
    },
    /// A native function of the host.
    HostFunction {
        /// The declaration of the function.
        function: &'static HostFunction,
        /// The value that the function is bound to; `undefined` if it is bound to nothing.
        bound: Value,
    },
    /// A function of the program.
    Closure {
        /// The code of the function.
        code: Rc<Code>,
        /// The scope that contains the function.
        scope: ObjectId,
        /// The name from a computed key. Other closures have the name of their code.
        name: Option<Rc<str>>,
    },
    /// A function or namespace of the language, by its index in the table of built-ins. It is not in the arena.
    Builtin(u16),
    /// A promise.
    Promise(Promise),
    /// A `resolve` or `reject` function of a promise.
    Resolver(Resolver),
    /// A bound function: the result of `f.bind()`.
    Bound(Box<Bound>),
    /// A scope: those variables of a block that closures use
    /// ([environment record](https://tc39.es/ecma262/#sec-environment-records)).
    Scope {
        /// The scope around this one; `ObjectId::NONE` for the outermost scope of a file.
        parent: ObjectId,
        /// The number of scopes from the outermost to this one, both included.
        depth: u32,
        /// The variables. One in its temporal dead zone is `Value::UNINITIALISED`.
        slots: Vec<Value>,
    },
    /// The suspended call of an async function.
    Coroutine(Box<Coroutine>),
    /// The state of a `Promise.all`, `Promise.allSettled` or `Promise.any`.
    Combinator(Box<Combinator>),
}

/// A [bound function](https://tc39.es/ecma262/#sec-bound-function-exotic-objects).
#[derive(Clone, Debug)]
pub struct Bound {
    /// The function to call.
    pub target: Value,
    /// The receiver of the call.
    pub receiver: Value,
    /// The first arguments of the call.
    pub arguments: Vec<Value>,
    /// The `name` of the bound function.
    pub name: Rc<str>,
    /// The `length` of the bound function.
    pub length: f64,
}

impl Bound {
    /// Returns the bytes that the function takes outside the arena, without its arguments.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.name.len()
    }
}

/// The data of an error besides its enumerable properties.
#[derive(Clone, Debug)]
pub struct ErrorData {
    /// The constructor of the error, which decides `instanceof`.
    pub kind: ErrorKind,
    /// The `name`, if the host gave the error another one than its constructor has.
    pub name: Option<Rc<str>>,
    /// The `message`; `undefined` if none was given.
    pub message: Value,
    /// The `cause`, if one was given.
    pub cause: Option<Value>,
    /// The `errors` of an `AggregateError`.
    pub errors: Option<Value>,
    /// The place in the program that made the error; `None` for an error that no code made.
    pub position: Option<Position>,
}
