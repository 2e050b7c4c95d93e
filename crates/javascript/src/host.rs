//! What the handler machine asks of whoever embeds it, and what it may be told in return.
//!
//! The language's own built-ins live in the machine. Everything that Node or a library adds (`console`, timers,
//! `process`, `require`, Knex) is the host's: objects and functions under numbers of its own choosing.

use std::rc::Rc;

use super::bytecode::Module;
use super::value::Value;
use super::vm::Vm;
use crate::source::Position;

/// A call of one of the host's functions.
pub struct HostCall<'a> {
    /// The host's number for it.
    pub function: u16,
    /// What the function is bound to (`undefined` where it is bound to nothing).
    pub bound: &'a Value,
    /// The arguments.
    pub arguments: &'a [Value],
    /// Whether it was called with `new`.
    pub construct: bool,
    /// Where the call stands: the callee's last part (`.raw` of a chain over several lines).
    pub position: Position,
}

impl HostCall<'_> {
    /// The argument at `index`; `undefined` where there is none.
    pub fn argument(&self, index: usize) -> Value {
        self.arguments.get(index).cloned().unwrap_or_default()
    }
}

/// What a host's function answers.
pub enum Answer {
    /// It returned this.
    Return(Value),
    /// It threw this.
    Throw(Value),
    /// The call's value is the `module.exports` of this module, evaluated first where it has not been yet.
    Require(Rc<Module>),
    /// The process ends here, with this exit code.
    Exit(i32),
}

/// What the machine asks of its embedder.
pub trait Host {
    /// The value of a global name that is not the language's own; asked once for each name and then kept. `None`: there
    /// is no such name, and using it is a `ReferenceError`.
    fn global(&mut self, vm: &mut Vm, name: &str) -> Option<Value>;
    /// A property of a host object.
    fn get(&mut self, vm: &mut Vm, object: &Value, class: u16, key: &str) -> Value;
    /// A property of a host object is set. `true`: the host has done it; else it becomes a property of the object itself.
    ///
    /// # Errors
    /// What the assignment throws.
    fn set(&mut self, _vm: &mut Vm, _object: &Value, _class: u16, _key: &str, _value: &Value) -> Result<bool, Value> {
        Ok(false)
    }
    /// Calls one of the host's functions.
    fn call(&mut self, vm: &mut Vm, call: HostCall<'_>) -> Answer;
    /// The line in execution changed.
    fn line(&mut self, vm: &Vm, position: Position);
    /// Whole milliseconds since the Unix epoch, for `Date.now()`. The host adds the time of the steps taken since the
    /// run began (`vm.steps()`).
    fn now_ms(&self, vm: &Vm) -> f64;
    /// A share from 0 to 1, below 1, from the run's seed, for `Math.random()`.
    fn random(&mut self) -> f64;
    /// Whether the machine shall stop after this step although its budget is not used up: the host saw something that
    /// must be told now.
    fn wants_pause(&self) -> bool;
}
