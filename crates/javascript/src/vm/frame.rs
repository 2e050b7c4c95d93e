//! Frames ([execution contexts](https://tc39.es/ecma262/#sec-execution-contexts)): the begin, return, throw and suspension of
//! a call, and the use of its result.

use std::rc::Rc;

use super::Vm;
use crate::bytecode::Code;
use crate::coroutine::Coroutine;
use crate::heap::{ErrorKind, Marking, ObjectKind};
use crate::limits;
use crate::promise::ReactionKind;
use crate::source::FileId;
use crate::value::{ObjectId, Value};

/// A call that is under way.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub code: Rc<Code>,
    /// The next instruction, while the call waits for an inner one.
    pub pc: u32,
    /// The index on the stack at which the call began, and at which its result goes.
    pub bottom: u32,
    /// The index on the stack of the first slot.
    pub base: u32,
    /// The innermost scope.
    pub scope: ObjectId,
    /// The promise of a call of an async function.
    pub promise: ObjectId,
    /// The coroutine of the call, if it was suspended before.
    pub coroutine: ObjectId,
    /// The number of the frame, which tells whether its line is still highlighted.
    pub activation: u32,
    /// The module that the call evaluates. The result of the call is its exports.
    pub module: Option<FileId>,
    /// The use of the result.
    pub after: After,
}

/// The use of a call's result: a value, or an error that it threw.
#[derive(Clone, Debug)]
pub(super) enum After {
    /// The caller gets it.
    Push,
    /// It is the result of the root call.
    Root,
    /// The call was a job. Its value is not used.
    Job,
    /// The call was the executor of `new Promise`.
    Executor(ObjectId),
    /// The call was a promise reaction. The result resolves or rejects this promise.
    Settle(ObjectId),
    /// The call was the `then` of a thenable. An error goes to this `reject` function.
    Thenable(ObjectId),
    /// The call was the callback of `promise.finally`.
    Finally(Box<Finally>),
}

/// The settlement of the promise before a `finally`, which continues after its callback.
#[derive(Clone, Debug)]
pub(super) struct Finally {
    pub derived: ObjectId,
    pub value: Value,
    pub rejected: bool,
}

/// How execution continues after an instruction.
pub(super) enum Flow {
    /// With the next instruction of the frame.
    Next,
    /// With the frame that is now the innermost.
    Switch,
    /// Not at all: the root call or job is done.
    Done,
    /// Not at all: the process ends, with this exit code.
    Exit(i32),
}

impl Frame {
    pub(super) fn mark(&self, marking: &mut Marking) {
        marking.id(self.scope);
        marking.id(self.promise);
        marking.id(self.coroutine);
        match &self.after {
            After::Push | After::Root | After::Job => {}
            After::Executor(id) | After::Settle(id) | After::Thenable(id) => marking.id(*id),
            After::Finally(finally) => {
                marking.id(finally.derived);
                marking.value(&finally.value);
            }
        }
    }
}

impl Vm {
    /// Begins a call of compiled code. Its arguments are on the stack from `base` on.
    pub(super) fn push_frame(
        &mut self,
        code: Rc<Code>,
        scope: ObjectId,
        bottom: usize,
        base: usize,
    ) -> Result<(), Value> {
        if self.frames.len() >= limits::CALL_DEPTH {
            return Err(self.new_error(ErrorKind::RangeError, limits::CALL_DEPTH_MESSAGE));
        }
        let parameters = code.parameters as usize;
        if code.has_rest {
            let rest = if self.stack.len() > base + parameters {
                self.stack.split_off(base + parameters)
            } else {
                self.stack.resize(base + parameters, Value::Undefined);
                Vec::new()
            };
            let rest = self.heap.new_array(rest);
            self.stack.push(rest);
        } else if self.stack.len() > base + parameters {
            self.stack.truncate(base + parameters);
        }
        self.stack.resize(base + code.locals as usize, Value::Undefined);
        let promise = if code.kind.is_async() { self.pending_promise() } else { ObjectId::NONE };
        self.add_frame(Frame {
            code,
            pc: 0,
            bottom: bottom as u32,
            base: base as u32,
            scope,
            promise,
            coroutine: ObjectId::NONE,
            activation: 0,
            module: None,
            after: After::Push,
        });
        Ok(())
    }

    fn add_frame(&mut self, mut frame: Frame) {
        if let Some(caller) = self.frames.last_mut() {
            caller.pc = self.pc;
        }
        self.pc = frame.pc;
        self.came_back = false;
        self.activations = self.activations.wrapping_add(1);
        frame.activation = self.activations;
        self.frames.push(frame);
    }

    /// Sets the use of the result of the call that has just begun.
    pub(super) fn set_after(&mut self, after: After) {
        if let Some(frame) = self.frames.last_mut() {
            frame.after = after;
        }
    }

    fn take_frame(&mut self) -> Option<Frame> {
        let frame = self.frames.pop()?;
        self.stack.truncate(frame.bottom as usize);
        if let Some(caller) = self.frames.last() {
            self.pc = caller.pc;
            self.came_back = true;
        }
        Some(frame)
    }

    /// Returns from the innermost call.
    pub(super) fn return_value(&mut self, value: Value) -> Result<Flow, Value> {
        let Some(frame) = self.take_frame() else { return Ok(Flow::Done) };
        let value = if frame.promise != ObjectId::NONE {
            self.resolve_once(frame.promise, value);
            Value::Object(frame.promise)
        } else if let Some(file) = frame.module {
            self.module_exports(file).unwrap_or_default()
        } else {
            value
        };
        self.complete_frame(frame.after, Ok(value))
    }

    fn complete_frame(&mut self, after: After, result: Result<Value, Value>) -> Result<Flow, Value> {
        match self.complete(after, result)? {
            Flow::Next => Ok(Flow::Switch),
            flow => Ok(flow),
        }
    }

    /// Uses the result of a call.
    pub(super) fn complete(&mut self, after: After, result: Result<Value, Value>) -> Result<Flow, Value> {
        let done = match after {
            After::Push => {
                self.stack.push(result?);
                return Ok(Flow::Next);
            }
            After::Executor(promise) => {
                if let Err(reason) = result {
                    self.reject_once(promise, reason);
                }
                self.stack.push(Value::Object(promise));
                return Ok(Flow::Next);
            }
            After::Root => result,
            After::Job => result.map(|_| Value::Undefined),
            After::Settle(derived) => {
                match result {
                    Ok(value) => self.resolve_once(derived, value),
                    Err(reason) => self.reject_once(derived, reason),
                }
                Ok(Value::Undefined)
            }
            After::Thenable(reject) => {
                if let Err(reason) = result {
                    self.call_resolver(reject, reason);
                }
                Ok(Value::Undefined)
            }
            After::Finally(finally) => {
                let Finally { derived, value, rejected } = *finally;
                match result {
                    Ok(returned) => self.finally_returned(derived, &returned, value, rejected),
                    Err(reason) => self.reject_once(derived, reason),
                }
                Ok(Value::Undefined)
            }
        };
        self.finished = Some(done);
        Ok(Flow::Done)
    }

    /// Throws an error. A handler of the innermost frame catches it, or of a frame further out. The promise of an async call
    /// is rejected with it. Otherwise it is the result of the root call or job.
    pub(super) fn unwind(&mut self, mut error: Value) -> Flow {
        loop {
            let Some(frame) = self.frames.last_mut() else {
                self.finished = Some(Err(error));
                return Flow::Done;
            };
            let at = self.pc.saturating_sub(1);
            let handler = frame.code.handlers.iter().find(|handler| handler.start <= at && at < handler.end);
            if let Some(handler) = handler {
                self.pc = handler.target;
                self.came_back = false;
                let mut scope = frame.scope;
                while scope != ObjectId::NONE
                    && let ObjectKind::Scope { parent, depth, .. } = &self.heap.get(scope).kind
                    && *depth > handler.depth
                {
                    scope = *parent;
                }
                frame.scope = scope;
                self.stack.truncate(frame.base as usize + frame.code.locals as usize);
                self.stack.push(error);
                return Flow::Switch;
            }
            let Some(frame) = self.take_frame() else { continue };
            let result = if frame.promise == ObjectId::NONE {
                if let Some(file) = frame.module {
                    self.modules.remove(&file);
                }
                Err(error)
            } else {
                self.reject_once(frame.promise, error);
                Ok(Value::Object(frame.promise))
            };
            match self.complete_frame(frame.after, result) {
                Ok(flow) => return flow,
                Err(passed) => error = passed,
            }
        }
    }

    /// Suspends the innermost call, of an async function, until a value is settled
    /// ([Await](https://tc39.es/ecma262/#await)).
    pub(super) fn wait(&mut self, value: &Value) -> Result<Flow, Value> {
        let waited = self.promise_resolve(value);
        let Some(frame) = self.frames.last_mut() else { return Ok(Flow::Done) };
        let (pc, base) = (self.pc, frame.base as usize);
        let coroutine = if frame.coroutine == ObjectId::NONE {
            let coroutine = Coroutine {
                code: frame.code.clone(),
                pc,
                scope: frame.scope,
                promise: frame.promise,
                values: self.stack.split_off(base),
            };
            self.heap.charge(size_of::<Coroutine>());
            self.heap.insert(ObjectKind::Coroutine(Box::new(coroutine)))
        } else {
            let id = frame.coroutine;
            if let ObjectKind::Coroutine(coroutine) = &mut self.heap.get_mut(id).kind {
                coroutine.pc = pc;
                coroutine.scope = frame.scope;
                coroutine.values.append(&mut self.stack.split_off(base));
            }
            id
        };
        self.react(waited, ReactionKind::Await(coroutine));
        let Some(frame) = self.take_frame() else { return Ok(Flow::Done) };
        self.complete_frame(frame.after, Ok(Value::Object(frame.promise)))
    }

    /// Resumes a coroutine with the value or error that it awaited.
    pub(super) fn resume(&mut self, id: ObjectId, value: Value, rejected: bool) -> Flow {
        let base = self.stack.len();
        let ObjectKind::Coroutine(coroutine) = &mut self.heap.get_mut(id).kind else { return Flow::Done };
        // The coroutine keeps the memory of `values` for its next suspension.
        self.stack.append(&mut coroutine.values);
        let frame = Frame {
            code: coroutine.code.clone(),
            pc: coroutine.pc,
            bottom: base as u32,
            base: base as u32,
            scope: coroutine.scope,
            promise: coroutine.promise,
            coroutine: id,
            activation: 0,
            module: None,
            after: After::Job,
        };
        self.add_frame(frame);
        self.came_back = true;
        if rejected {
            return self.unwind(value);
        }
        self.stack.push(value);
        Flow::Switch
    }
}
