//! Calls of functions of the program, the language and the host, and the begin of root calls and jobs.

use std::rc::Rc;

use super::frame::{After, Finally, Flow};
use super::{Loaded, Pending, Vm};
use crate::builtins::{Natives, Reads, TABLE, Thrown, VmBuiltin, What};
use crate::bytecode::{MODULE_PARAMETERS, Module};
use crate::convert;
use crate::heap::{Bound, ErrorKind, ObjectKind};
use crate::host::{Host, HostCall, HostReply};
use crate::limits;
use crate::number;
use crate::promise::{Combination, JobKind, ReactionKind};
use crate::subset;
use crate::value::{ObjectId, Value};

/// The state of a call after it has begun.
pub(super) enum Called {
    /// The call has returned this value. Its operands may still be on the stack.
    Value(Value),
    /// The call runs in a new frame.
    Frame,
    /// The process ends.
    Exit(i32),
}

impl Vm {
    /// Calls a function. Callee, receiver and arguments are on the stack from `bottom` on.
    pub(super) fn invoke(&mut self, host: &mut dyn Host, bottom: usize) -> Result<Called, Value> {
        loop {
            let Value::Object(id) = self.stack[bottom] else { return Err(self.not_a_function(bottom)) };
            match &self.heap.get(id).kind {
                ObjectKind::Closure { code, scope, .. } => {
                    let (code, scope) = (code.clone(), *scope);
                    self.push_frame(code, scope, bottom, bottom + 2)?;
                    return Ok(Called::Frame);
                }
                ObjectKind::Builtin(row) => {
                    let row = *row;
                    let builtin = &TABLE[row as usize];
                    match builtin.what {
                        What::Native(native) => {
                            let (this, arguments) = (&self.stack[bottom + 1], &self.stack[bottom + 2..]);
                            let read_values = match builtin.reads {
                                Reads::Nothing => &[][..],
                                Reads::All => &self.stack[bottom + 1..],
                            };
                            let read: usize = read_values.iter().map(|value| self.heap.extent(value)).sum();
                            let before = self.heap.bytes();
                            let result = native(&mut Natives { heap: &mut self.heap }, this, arguments);
                            let made = self.heap.bytes().saturating_sub(before);
                            self.work += (read / limits::BYTES_READ_A_STEP + made / limits::BYTES_MADE_A_STEP) as u64;
                            return result.map(Called::Value).map_err(|thrown| self.thrown(thrown));
                        }
                        What::Prelude(_) => {
                            let code = self.registry.intrinsics.code(row).cloned();
                            let Some(code) = code else { return Err(self.not_a_function(bottom)) };
                            self.push_frame(code, ObjectId::NONE, bottom, bottom + 1)?;
                            return Ok(Called::Frame);
                        }
                        What::Vm(VmBuiltin::Call) => {
                            self.stack.remove(bottom);
                            if self.stack.len() == bottom + 1 {
                                self.stack.push(Value::Undefined);
                            }
                        }
                        What::Vm(VmBuiltin::Apply) => self.spread_apply(bottom)?,
                        What::Vm(builtin) => return self.call_builtin(host, builtin, bottom).map(Called::Value),
                        What::Constructor => {
                            let what = format!("`{}` as a function", builtin.name);
                            return Err(self.type_error(&subset::message(&what)));
                        }
                        _ => return Err(self.not_a_function(bottom)),
                    }
                }
                ObjectKind::HostFunction { .. } => return self.call_host(host, id, bottom),
                ObjectKind::Resolver(_) => {
                    let value = self.argument(bottom, 0);
                    self.call_resolver(id, value);
                    return Ok(Called::Value(Value::Undefined));
                }
                ObjectKind::Bound(bound) => {
                    let Bound { target, receiver, arguments, .. } = &**bound;
                    let count = self.stack.len() - bottom - 2 + arguments.len();
                    if count > limits::ARGUMENTS {
                        return Err(self.new_error(ErrorKind::RangeError, limits::CALL_DEPTH_MESSAGE));
                    }
                    // Each of many nested bindings moves all arguments.
                    self.work += (count * size_of::<Value>() / limits::BYTES_READ_A_STEP) as u64;
                    self.stack[bottom] = target.clone();
                    self.stack[bottom + 1] = receiver.clone();
                    self.stack.splice(bottom + 2..bottom + 2, arguments.iter().cloned());
                }
                _ => return Err(self.not_a_function(bottom)),
            }
        }
    }

    fn argument(&self, bottom: usize, index: usize) -> Value {
        self.stack.get(bottom + 2 + index).cloned().unwrap_or_default()
    }

    /// Returns the text that error messages use for the operand of the current instruction.
    pub(super) fn named(&self) -> Option<Rc<str>> {
        self.frames.last()?.code.text(self.pc.saturating_sub(1)).cloned()
    }

    fn not_a_function(&mut self, bottom: usize) -> Value {
        let name = self.named().unwrap_or_else(|| self.shown(&self.stack[bottom]));
        self.type_error(&format!("{name} is not a function"))
    }

    /// Returns the text that V8's messages use for a value.
    fn shown(&self, value: &Value) -> Rc<str> {
        convert::shown_in_message(&self.heap, value).unwrap_or_default()
    }

    fn call_host(&mut self, host: &mut dyn Host, id: ObjectId, bottom: usize) -> Result<Called, Value> {
        let ObjectKind::HostFunction { function, bound } = &self.heap.get(id).kind else {
            return Err(self.not_a_function(bottom));
        };
        let (function, bound) = (*function, bound.clone());
        let arguments: Vec<Value> = self.stack.split_off(bottom + 2);
        let position = self.position().unwrap_or_default();
        let call = HostCall { function, bound: &bound, arguments: &arguments, position };
        self.host_was_called = true;
        match host.call(self, call) {
            HostReply::Return(value) => Ok(Called::Value(value)),
            HostReply::Throw(error) => Err(error),
            HostReply::Exit(code) => Ok(Called::Exit(code)),
            HostReply::Require(module) => self.load(&module, bottom),
        }
    }

    /// Replaces the stack from `bottom` on by the evaluation of a module. A module is evaluated only once.
    fn load(&mut self, module: &Rc<Module>, bottom: usize) -> Result<Called, Value> {
        let file = module.source.id;
        if let Some(exports) = self.module_exports(file) {
            return Ok(Called::Value(exports));
        }
        let exports = self.heap.new_object();
        let object = self.heap.insert(ObjectKind::Plain);
        self.heap.set_property(object, &"exports".into(), exports.clone());
        let mut slots = vec![exports, Value::Object(object)];
        slots.resize(MODULE_PARAMETERS + module.names.len(), Value::UNINITIALISED);
        let scope = self.heap.insert(ObjectKind::Scope { parent: ObjectId::NONE, depth: 1, slots });
        self.stack.truncate(bottom);
        self.push_frame(module.code.clone(), scope, bottom, bottom)?;
        if let Some(frame) = self.frames.last_mut() {
            frame.module = Some(file);
        }
        self.modules.insert(file, Loaded { module: module.clone(), object, scope });
        Ok(Called::Frame)
    }

    /// Returns the elements of an array-like object
    /// ([CreateListFromArrayLike](https://tc39.es/ecma262/#sec-createlistfromarraylike)).
    fn array_like(&mut self, list: &Value) -> Result<Vec<Value>, Value> {
        let length = self.get(list, "length");
        let length = match convert::to_number(&self.heap, &length) {
            Ok(length) => number::to_integer(length).max(0.0),
            Err(thrown) => return Err(self.thrown(thrown)),
        };
        if length > limits::ARGUMENTS as f64 {
            return Err(self.new_error(ErrorKind::RangeError, limits::CALL_DEPTH_MESSAGE));
        }
        Ok((0..length as usize).map(|index| self.get(list, &index.to_string())).collect())
    }

    /// Replaces the arguments of `f.apply(receiver, list)` on the stack by those of the call of `f`.
    fn spread_apply(&mut self, bottom: usize) -> Result<(), Value> {
        let (receiver, list) = (self.argument(bottom, 0), self.argument(bottom, 1));
        let arguments = match self.heap.array(&list) {
            Some(elements) if elements.len() > limits::ARGUMENTS => {
                return Err(self.new_error(ErrorKind::RangeError, limits::CALL_DEPTH_MESSAGE));
            }
            Some(elements) => elements.clone(),
            None if list.is_nullish() => Vec::new(),
            None if list.as_object().is_some() => self.array_like(&list)?,
            None => return Err(self.type_error("CreateListFromArrayLike called on non-object")),
        };
        self.stack.remove(bottom);
        self.stack.truncate(bottom + 1);
        self.stack.push(receiver);
        self.stack.extend(arguments);
        Ok(())
    }

    /// Calls a built-in that needs the machine.
    fn call_builtin(&mut self, host: &mut dyn Host, builtin: VmBuiltin, bottom: usize) -> Result<Value, Value> {
        let first = self.argument(bottom, 0);
        Ok(match builtin {
            VmBuiltin::Promise => {
                return Err(self.type_error("Promise constructor cannot be invoked without 'new'"));
            }
            VmBuiltin::PromiseAll => self.combine_all(Combination::All, &first),
            VmBuiltin::PromiseAllSettled => self.combine_all(Combination::AllSettled, &first),
            VmBuiltin::PromiseAny => self.combine_all(Combination::Any, &first),
            VmBuiltin::PromiseRace => self.combine_all(Combination::Race, &first),
            VmBuiltin::PromiseResolve => Value::Object(self.promise_resolve(&first)),
            VmBuiltin::PromiseReject => {
                let promise = self.pending_promise();
                self.reject_once(promise, first);
                Value::Object(promise)
            }
            VmBuiltin::Then => {
                let promise = self.receiver(bottom, "then")?;
                let rejected = self.argument(bottom, 1);
                self.then(&promise, first, rejected)
            }
            VmBuiltin::Catch => {
                let promise = self.receiver(bottom, "catch")?;
                self.then(&promise, Value::Undefined, first)
            }
            VmBuiltin::Finally => {
                let promise = self.receiver(bottom, "finally")?;
                match promise.as_object() {
                    Some(id) => self.finally(id, first),
                    None => Value::Undefined,
                }
            }
            VmBuiltin::Bind => {
                let target = self.stack[bottom + 1].clone();
                let function = target.as_object().map(|id| &self.heap.get(id).kind);
                let name = function.and_then(convert::function_name).unwrap_or_default();
                let name = format!("bound {name}").into();
                let arguments = self.stack.get(bottom + 3..).unwrap_or_default().to_vec();
                let length = function.and_then(convert::function_length).unwrap_or_default();
                let length = (length - arguments.len() as f64).max(0.0);
                let bound = Bound { target, receiver: first, arguments, name, length };
                self.heap.charge(bound.bytes() + bound.arguments.len() * size_of::<Value>());
                self.heap.allocate(ObjectKind::Bound(Box::new(bound)))
            }
            VmBuiltin::DateNow => {
                self.host_was_called = true;
                Value::Number(host.now_ms(self))
            }
            VmBuiltin::Random => Value::Number(host.random()),
            VmBuiltin::Error(kind) => self.construct_error(kind, bottom)?,
            // `invoke` handles these.
            VmBuiltin::Call | VmBuiltin::Apply => Value::Undefined,
        })
    }

    fn receiver(&mut self, bottom: usize, method: &str) -> Result<Value, Value> {
        let receiver = self.stack[bottom + 1].clone();
        if self.promise_of(&receiver).is_some() {
            return Ok(receiver);
        }
        let shown = self.shown(&receiver);
        let message = format!("Method Promise.prototype.{method} called on incompatible receiver {shown}");
        Err(self.type_error(&message))
    }

    fn combine_all(&mut self, mode: Combination, list: &Value) -> Value {
        match self.list_of(list) {
            Ok(items) => self.combine(mode, &items),
            Err(error) => {
                let promise = self.pending_promise();
                self.reject_once(promise, error);
                Value::Object(promise)
            }
        }
    }

    /// Returns the elements of an array, or the code points of a string. Nothing else is iterable.
    pub(super) fn list_of(&mut self, value: &Value) -> Result<Vec<Value>, Value> {
        match value {
            Value::String(text) => {
                let mut buffer = [0; 4];
                Ok(text.chars().map(|character| Value::string(&*character.encode_utf8(&mut buffer))).collect())
            }
            _ => match self.heap.array(value) {
                Some(elements) => Ok(elements.clone()),
                None => Err(self.not_iterable(value)),
            },
        }
    }

    pub(super) fn not_iterable(&mut self, value: &Value) -> Value {
        let kind = convert::type_of(&self.heap, value);
        let shown = match value {
            Value::Undefined | Value::Object(_) => kind.to_string(),
            _ => format!("{kind} {}", self.display(value)),
        };
        self.type_error(&format!("{shown} is not iterable (cannot read property Symbol(Symbol.iterator))"))
    }

    /// Calls a constructor. Callee, `undefined` and arguments are on the stack from `bottom` on.
    pub(super) fn construct(&mut self, host: &mut dyn Host, bottom: usize) -> Result<Called, Value> {
        let callee = self.stack[bottom].as_object().map(|id| (id, &self.heap.get(id).kind));
        match callee {
            Some((_, ObjectKind::Builtin(row))) => match TABLE[*row as usize].what {
                What::Vm(VmBuiltin::Error(kind)) => return self.construct_error(kind, bottom).map(Called::Value),
                What::Vm(VmBuiltin::Promise) => return self.construct_promise(host, bottom),
                _ => {}
            },
            Some((id, ObjectKind::HostFunction { .. })) => return self.call_host(host, id, bottom),
            _ => {}
        }
        let name = self.named().unwrap_or_else(|| self.shown(&self.stack[bottom]));
        Err(self.type_error(&format!("{name} is not a constructor")))
    }

    fn construct_promise(&mut self, host: &mut dyn Host, bottom: usize) -> Result<Called, Value> {
        let executor = self.argument(bottom, 0);
        if !self.is_callable(&executor) {
            let message = format!("Promise resolver {} is not a function", self.shown(&executor));
            return Err(self.type_error(&message));
        }
        let promise = self.pending_promise();
        let (resolve, reject) = self.resolvers(promise, false);
        self.stack.truncate(bottom);
        self.stack.extend([executor, Value::Undefined, Value::Object(resolve), Value::Object(reject)]);
        match self.invoke(host, bottom) {
            Ok(Called::Frame) => {
                self.set_after(After::Executor(promise));
                return Ok(Called::Frame);
            }
            Ok(Called::Value(_)) => {}
            Ok(Called::Exit(code)) => return Ok(Called::Exit(code)),
            Err(reason) => self.reject_once(promise, reason),
        }
        Ok(Called::Value(Value::Object(promise)))
    }

    fn construct_error(&mut self, kind: ErrorKind, bottom: usize) -> Result<Value, Value> {
        let at = usize::from(kind == ErrorKind::AggregateError);
        let (message, options) = (self.argument(bottom, at), self.argument(bottom, at + 1));
        let message = match message {
            Value::Undefined => Value::Undefined,
            message => Value::String(self.text(&message)?),
        };
        let errors = if kind == ErrorKind::AggregateError {
            let list = self.argument(bottom, 0);
            let list = self.list_of(&list)?;
            Some(self.heap.new_array(list))
        } else {
            None
        };
        let cause = options.as_object().and_then(|id| self.heap.get(id).properties.get("cause").cloned());
        let error = self.new_error_with(kind, message);
        if let Some(data) = self.error_mut(&error) {
            data.errors = errors;
            data.cause = cause;
        }
        Ok(error)
    }

    /// Calls a function outside of any frame. `after` is the use of its result.
    fn call_then(&mut self, host: &mut dyn Host, bottom: usize, after: After) -> Result<Flow, Value> {
        let called = self.invoke(host, bottom);
        self.called_then(called, bottom, after)
    }

    fn called_then(&mut self, called: Result<Called, Value>, bottom: usize, after: After) -> Result<Flow, Value> {
        let result = match called {
            Ok(Called::Frame) => {
                self.set_after(after);
                return Ok(Flow::Switch);
            }
            Ok(Called::Exit(code)) => return Ok(Flow::Exit(code)),
            Ok(Called::Value(value)) => Ok(value),
            Err(error) => Err(error),
        };
        self.stack.truncate(bottom);
        self.complete(after, result)
    }

    /// Begins a root call or job.
    pub(super) fn begin(&mut self, host: &mut dyn Host, pending: Pending) -> Flow {
        let bottom = self.stack.len();
        let flow = match pending {
            Pending::Require(module) => {
                let called = self.load(&module, bottom);
                self.called_then(called, bottom, After::Root)
            }
            Pending::Call { function, arguments } => {
                self.stack.extend([function, Value::Undefined]);
                self.stack.extend(arguments);
                self.call_then(host, bottom, After::Root)
            }
            Pending::Job(job) => {
                self.context = job.context;
                self.begin_job(host, job.kind)
            }
        };
        flow.unwrap_or_else(|error| {
            self.finished = Some(Err(error));
            Flow::Done
        })
    }

    fn begin_job(&mut self, host: &mut dyn Host, job: JobKind) -> Result<Flow, Value> {
        let bottom = self.stack.len();
        match job {
            JobKind::Reaction { kind, value, rejected } => return self.begin_reaction(host, kind, value, rejected),
            JobKind::Follow { promise, followed } => self.react(followed, ReactionKind::Follow(promise)),
            JobKind::Thenable { promise, thenable, then } => {
                let (resolve, reject) = self.resolvers(promise, true);
                self.stack.extend([then, thenable, Value::Object(resolve), Value::Object(reject)]);
                return self.call_then(host, bottom, After::Thenable(reject));
            }
            // The host takes its jobs with `take_host_job`.
            JobKind::Host(_) => debug_assert!(false, "the machine began a job of the host"),
            JobKind::Callback(callback) => {
                self.stack.extend([callback, Value::Undefined]);
                return self.call_then(host, bottom, After::Job);
            }
        }
        self.complete(After::Job, Ok(Value::Undefined))
    }

    fn begin_reaction(
        &mut self,
        host: &mut dyn Host,
        kind: ReactionKind,
        value: Value,
        rejected: bool,
    ) -> Result<Flow, Value> {
        let bottom = self.stack.len();
        match kind {
            ReactionKind::Await(coroutine) => return Ok(self.resume(coroutine, value, rejected)),
            ReactionKind::Then { on_fulfilled, on_rejected, derived } => {
                let callback = if rejected { on_rejected } else { on_fulfilled };
                if self.is_callable(&callback) {
                    self.stack.extend([callback, Value::Undefined, value]);
                    return self.call_then(host, bottom, After::Settle(derived));
                }
                let result = if rejected { Err(value) } else { Ok(value) };
                return self.complete(After::Settle(derived), result);
            }
            ReactionKind::Finally { action, derived } => {
                self.stack.extend([action, Value::Undefined]);
                let after = After::Finally(Box::new(Finally { derived, value, rejected }));
                return self.call_then(host, bottom, after);
            }
            // The rejection of the promise that the callback returned replaces the first settlement.
            ReactionKind::Restore { derived, .. } if rejected => self.reject_once(derived, value),
            ReactionKind::Restore { value, rejected: true, derived } => self.reject_once(derived, value),
            ReactionKind::Restore { value, derived, .. } => self.resolve_once(derived, value),
            ReactionKind::Follow(promise) if rejected => self.reject_now(promise, value),
            ReactionKind::Follow(promise) => self.resolve_now(promise, value),
            ReactionKind::Race(promise) if rejected => self.reject_once(promise, value),
            ReactionKind::Race(promise) => self.resolve_once(promise, value),
            ReactionKind::Element { combinator, index } => self.element_settled(combinator, index, value, rejected),
        }
        self.complete(After::Job, Ok(Value::Undefined))
    }

    /// Makes the error of an array with more elements than the limit.
    pub(super) fn too_long(&mut self) -> Value {
        self.thrown(Thrown::range_error(limits::ARRAY_MESSAGE))
    }
}
