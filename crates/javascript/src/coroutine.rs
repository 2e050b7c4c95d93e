//! Async functions that wait: a frame taken off the stack, to be put back when what it waits for is settled.

use std::rc::Rc;

use super::bytecode::Code;
use super::heap::Marking;
use super::value::{ObjectId, Value};

/// What there is to keep of a frame while it waits.
#[derive(Clone, Debug)]
pub struct Coroutine {
    /// Its code.
    pub(crate) code: Rc<Code>,
    /// The instruction after the `await`.
    pub(crate) pc: u32,
    /// The scope it is in.
    pub(crate) scope: ObjectId,
    /// The promise of the call.
    pub(crate) promise: ObjectId,
    /// Its part of the stack. Empty while it runs.
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
