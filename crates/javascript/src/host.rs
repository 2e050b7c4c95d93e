//! The interface between a machine and its host.
//!
//! The machine has the built-ins of the language. Everything else that a program can reach belongs to the host, which
//! declares it in a [registry](crate::registry) and implements [`Host`] for the machine's questions.

use std::rc::Rc;

use super::bytecode::Module;
use super::registry::{HostClass, HostFunction, Namespace};
use super::value::Value;
use super::vm::Vm;
use crate::source::Position;

/// A call of one of the host's functions.
pub struct HostCall<'a> {
    /// The function.
    pub function: &'static HostFunction,
    /// The value that the function is bound to; `undefined` if it is bound to nothing.
    pub bound: &'a Value,
    /// The arguments.
    pub arguments: &'a [Value],
    /// The place of the call: that of the callee's last part (`.raw` in a chain over several lines).
    pub position: Position,
}

impl HostCall<'_> {
    /// The argument at `index`; `undefined` if there is none.
    pub fn argument(&self, index: usize) -> Value {
        self.arguments.get(index).cloned().unwrap_or_default()
    }
}

/// How a call of one of the host's functions ends.
pub enum HostReply {
    /// The call returns this value.
    Return(Value),
    /// The call throws this value.
    Throw(Value),
    /// The call returns the `module.exports` of this module, which is evaluated first if it has not been yet.
    Require(Rc<Module>),
    /// The process ends with this exit code.
    Exit(i32),
}

impl HostReply {
    /// The call returns `undefined`.
    pub const UNDEFINED: Self = Self::Return(Value::Undefined);
}

/// A host: it answers for all that is not the language's own.
pub trait Host {
    /// The value of a global name that neither the language nor a registered layer has. It is asked for once, then kept.
    /// `None` makes the use of the name a `ReferenceError`.
    fn global(&mut self, _vm: &mut Vm, _name: &str) -> Option<Value> {
        None
    }

    /// The value of a [`Member::Property`](crate::Member::Property) of a namespace. It is asked for when the machine
    /// makes the object of the namespace.
    fn property(&mut self, _vm: &mut Vm, _namespace: &'static Namespace, _name: &str) -> Value {
        Value::Undefined
    }

    /// A property of a host object that is not one of its class's methods.
    fn get(&mut self, vm: &mut Vm, object: &Value, class: &'static HostClass, key: &str) -> Value;

    /// Sets a property of a host object. Returns true if the host has done so; otherwise it becomes an ordinary property
    /// of the object.
    ///
    /// # Errors
    /// The value that the assignment throws.
    fn set(
        &mut self,
        _vm: &mut Vm,
        _object: &Value,
        _class: &'static HostClass,
        _key: &str,
        _value: &Value,
    ) -> Result<bool, Value> {
        Ok(false)
    }

    /// Calls one of the host's native functions.
    fn call(&mut self, vm: &mut Vm, call: HostCall<'_>) -> HostReply;

    /// Execution has reached another line.
    fn line(&mut self, _vm: &Vm, _position: Position) {}

    /// Whole milliseconds since the Unix epoch, for `Date.now()`. The host adds the time of the steps taken since the
    /// run began ([`Vm::steps`]).
    fn now_ms(&self, vm: &Vm) -> f64;

    /// A number from 0 up to but excluding 1, drawn from the run's seed, for `Math.random()`.
    fn random(&mut self) -> f64;

    /// True if the machine shall stop after this step although its budget is not used up.
    fn wants_pause(&self) -> bool {
        false
    }
}
