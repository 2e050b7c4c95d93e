//! Suspended calls of async functions.

use std::rc::Rc;

use super::bytecode::Code;
use super::heap::Marking;
use super::value::{ObjectId, Value};

/// The call of an async function that has awaited something: its frame, taken off the stack.
#[derive(Clone, Debug)]
pub struct Coroutine {
    /// The function's code.
    pub(crate) code: Rc<Code>,
    /// The instruction after the `await`.
    pub(crate) pc: u32,
    /// The innermost scope at the `await`.
    pub(crate) scope: ObjectId,
    /// The promise that the call returned.
    pub(crate) promise: ObjectId,
    /// The frame's part of the stack. Empty while the call runs.
    pub(crate) values: Vec<Value>,
}

impl Coroutine {
    pub(super) fn mark(&self, marking: &mut Marking) {
        marking.count(size_of::<Self>());
        marking.id(self.scope);
        marking.id(self.promise);
        marking.values(&self.values);
    }
}
