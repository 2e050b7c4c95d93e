//! The interpreter loop, and the dispatch of instructions. Calls and jumps are here. Other instructions are in
//! [`variables`](super::variables), [`property`](super::property), [`structures`](super::structures) and
//! [`operators`](super::operators).

use std::rc::Rc;

use super::call::Called;
use super::frame::Flow;
use super::{Stop, Vm};
use crate::bytecode::{Code, Op};
use crate::heap::ErrorKind;
use crate::host::Host;
use crate::limits;
use crate::source::Position;
use crate::value::Value;

/// The message of a panic that cannot happen: the compiler never emits an instruction without its operands.
const UNDERFLOW: &str = "the stack has the operands of each instruction";

impl Vm {
    /// Continues the root call or job, for at most `budget` steps. The work of built-ins counts as steps.
    pub fn run(&mut self, host: &mut dyn Host, budget: u64) -> Stop {
        let end = (self.steps + self.work).saturating_add(budget);
        if let Some(pending) = self.pending.take() {
            let flow = self.begin(host, pending);
            if let Flow::Exit(code) = flow {
                return self.exited(code);
            }
        }
        self.execute(host, end)
    }

    fn exited(&mut self, code: i32) -> Stop {
        self.frames.clear();
        self.stack.clear();
        self.jobs.clear();
        Stop::Exited(code)
    }

    fn execute(&mut self, host: &mut dyn Host, end: u64) -> Stop {
        'frames: loop {
            if let Some(result) = self.finished.take() {
                return Stop::Finished(result);
            }
            let Some(frame) = self.frames.last() else { return Stop::Finished(Ok(Value::Undefined)) };
            let code = frame.code.clone();
            let (base, activation) = (frame.base as usize, frame.activation);
            // An instruction of the language's own library is work, so a built-in takes the same time in Rust and in JavaScript.
            let step = u64::from(!code.library);
            let mut lit = if self.lit.0 == activation { self.lit.1 } else { 0 };
            loop {
                if self.host_was_called {
                    self.host_was_called = false;
                    if host.wants_pause() {
                        return Stop::Paused;
                    }
                }
                if self.steps + self.work >= end {
                    return Stop::Budget;
                }
                if core::mem::take(&mut self.came_back) && lit == 0 && !code.library {
                    let position = code.position(self.pc.saturating_sub(1));
                    lit = position.line;
                    self.light(host, activation, position);
                }
                if self.heap.wants_collection() {
                    self.collect_garbage();
                    if self.heap.bytes() > self.limit {
                        return Stop::OutOfMemory;
                    }
                }
                let at = self.pc as usize;
                let (line, column) = code.places[at];
                if line != lit && line != 0 {
                    lit = line;
                    self.light(host, activation, Position { file: code.source.id, line, column });
                }
                self.pc += 1;
                self.steps += step;
                self.work += 1 - step;
                let result = self.instruction(host, &code, base, code.ops[at]);
                let flow = match result {
                    Ok(flow) => flow,
                    Err(error) => self.unwind(error),
                };
                match flow {
                    Flow::Next => {}
                    Flow::Switch | Flow::Done => continue 'frames,
                    Flow::Exit(code) => return self.exited(code),
                }
            }
        }
    }

    /// Tells the host which line is running.
    fn light(&mut self, host: &mut dyn Host, activation: u32, position: Position) {
        self.lit = (activation, position.line);
        self.host_was_called = true;
        host.line(self, position);
    }

    #[expect(clippy::expect_used, reason = "the compiler emits no instruction without its operands")]
    pub(super) fn pop(&mut self) -> Value {
        self.stack.pop().expect(UNDERFLOW)
    }

    pub(super) fn pop_pair(&mut self) -> (Value, Value) {
        let second = self.pop();
        (self.pop(), second)
    }

    #[expect(clippy::expect_used, reason = "the compiler emits no instruction without its operands")]
    pub(super) fn top(&self) -> &Value {
        self.stack.last().expect(UNDERFLOW)
    }

    #[expect(clippy::expect_used, reason = "the compiler emits no instruction without its operands")]
    pub(super) fn replace_top(&mut self, value: Value) {
        *self.stack.last_mut().expect(UNDERFLOW) = value;
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it is the body of the interpreter loop, and has no other caller")]
    fn instruction(&mut self, host: &mut dyn Host, code: &Rc<Code>, base: usize, op: Op) -> Result<Flow, Value> {
        let local = |slot: u32| base + slot as usize;
        let key = |number: u32| &code.keys[number as usize];
        let name = |number: u32| &code.keys[number as usize].name;
        match op {
            Op::Undefined => self.stack.push(Value::Undefined),
            Op::Constant(number) => self.stack.push(code.constants[number as usize].clone()),
            Op::Pop => drop(self.pop()),
            Op::Duplicate => self.stack.push(self.top().clone()),
            Op::DuplicatePair => self.stack.extend_from_within(self.stack.len() - 2..),
            Op::LoadLocal(slot) => self.stack.push(self.stack[local(slot)].clone()),
            Op::StoreLocal(slot) => self.stack[local(slot)] = self.pop(),
            Op::KeepLocal(slot) => self.stack[local(slot)] = self.top().clone(),
            Op::CheckLocal(slot) => self.check_initialised(local(slot))?,
            Op::UninitialiseLocal(slot) => self.stack[local(slot)] = Value::UNINITIALISED,
            Op::LoadScope(hops, slot) => self.load_scope(hops, slot)?,
            Op::StoreScope(hops, slot) => self.store_scope(hops, slot)?,
            Op::InitialiseScope(hops, slot) => self.initialise_scope(hops, slot),
            Op::LoadGlobal(number) => self.load_global(host, name(number))?,
            Op::TypeOfGlobal(number) => self.type_of_global(host, name(number)),
            Op::StoreGlobal(number) => self.store_global(host, name(number), code.strict)?,
            Op::Callee => self.load_callee(),
            Op::PushScope(count) => self.push_scope(count),
            Op::PopScope => self.pop_scope(),
            Op::CopyScope => self.copy_scope(),
            Op::ThrowUninitialised(number) => return Err(self.uninitialised(name(number))),
            Op::ThrowConstant => return Err(self.type_error("Assignment to constant variable.")),
            Op::Get(number) => self.load_property(host, key(number))?,
            Op::GetIndex => self.load_index(host)?,
            Op::Set(number) => self.store_property(host, name(number))?,
            Op::SetIndex => self.store_index(host)?,
            Op::Method(number) => self.load_method(host, key(number))?,
            Op::MethodIndex => self.load_method_at_index(host)?,
            Op::Call(count) => return self.call(host, self.bottom(count)),
            Op::New(count) => return self.call_new(host, self.bottom(count)),
            Op::CallSpread => {
                let bottom = self.spread_arguments()?;
                return self.call(host, bottom);
            }
            Op::NewSpread => {
                let bottom = self.spread_arguments()?;
                return self.call_new(host, bottom);
            }
            Op::Array(count) => self.make_array(count),
            Op::Append => self.append(),
            Op::AppendAll => self.append_all(false)?,
            Op::AppendArguments => self.append_all(true)?,
            Op::Object => self.make_object(),
            Op::Define(number) => self.define(name(number)),
            Op::DefineIndex => self.define_index()?,
            Op::DefineAll => self.define_all(),
            Op::Closure(number) => self.make_closure(&code.functions[number as usize]),
            Op::NameClosure => self.name_closure(),
            Op::ToKey => self.make_key()?,
            Op::Binary(operator) => self.combine_pair(operator)?,
            Op::Not => self.negate_truth(),
            Op::Negate => self.change_number(|number| -number)?,
            Op::ToNumber => self.change_number(|number| number)?,
            Op::Increment => self.change_number(|number| number + 1.0)?,
            Op::Decrement => self.change_number(|number| number - 1.0)?,
            Op::TypeOf => self.type_of_top(),
            Op::Template(count) => self.join_texts(count)?,
            Op::Jump(target) => self.pc = target,
            Op::JumpIfFalse(target) => self.pop_and_jump(false, target),
            Op::JumpIfTrue(target) => self.pop_and_jump(true, target),
            Op::JumpIfFalseOrPop(target) => self.jump_or_pop(!self.top().is_truthy(), target),
            Op::JumpIfTrueOrPop(target) => self.jump_or_pop(self.top().is_truthy(), target),
            Op::JumpIfPresentOrPop(target) => self.jump_or_pop(!self.top().is_nullish(), target),
            Op::JumpIfDefinedOrPop(target) => self.jump_or_pop(!matches!(self.top(), Value::Undefined), target),
            Op::JumpIfNullish(target) => self.jump_if_nullish(1, target),
            Op::JumpIfNullishCallee(target) => self.jump_if_nullish(2, target),
            Op::Iterate => self.iterate()?,
            Op::ForOf(slot, target) => self.next_element(local(slot.into()), target),
            Op::CheckObject => self.check_object()?,
            Op::Element(place) => self.take_element(place),
            Op::ElementsFrom(place) => self.take_elements_from(place),
            Op::OtherProperties => self.take_other_properties(),
            Op::Return => {
                let value = self.pop();
                return self.return_value(value);
            }
            Op::Throw => return Err(self.pop()),
            Op::Await => {
                let value = self.pop();
                return self.wait(&value);
            }
        }
        Ok(Flow::Next)
    }

    /// Returns the index on the stack of the callee of a call with `count` arguments.
    fn bottom(&self, count: u32) -> usize {
        self.stack.len() - count as usize - 2
    }

    fn call(&mut self, host: &mut dyn Host, bottom: usize) -> Result<Flow, Value> {
        let called = self.invoke(host, bottom)?;
        Ok(self.called(called, bottom))
    }

    fn call_new(&mut self, host: &mut dyn Host, bottom: usize) -> Result<Flow, Value> {
        let called = self.construct(host, bottom)?;
        Ok(self.called(called, bottom))
    }

    fn called(&mut self, called: Called, bottom: usize) -> Flow {
        match called {
            Called::Value(value) => {
                self.stack.truncate(bottom);
                self.stack.push(value);
                Flow::Next
            }
            Called::Frame => Flow::Switch,
            Called::Exit(code) => Flow::Exit(code),
        }
    }

    /// Replaces the array of arguments on the stack by its elements. Returns the index of the callee.
    fn spread_arguments(&mut self) -> Result<usize, Value> {
        let list = self.pop();
        let bottom = self.stack.len() - 2;
        let elements = self.heap.array(&list).map(Vec::as_slice).unwrap_or_default();
        if elements.len() > limits::ARGUMENTS {
            return Err(self.new_error(ErrorKind::RangeError, limits::CALL_DEPTH_MESSAGE));
        }
        self.stack.extend(elements.iter().cloned());
        Ok(bottom)
    }

    fn pop_and_jump(&mut self, when: bool, target: u32) {
        if self.pop().is_truthy() == when {
            self.pc = target;
        }
    }

    fn jump_or_pop(&mut self, jump: bool, target: u32) {
        if jump {
            self.pc = target;
        } else {
            self.pop();
        }
    }

    /// If the first of the `count` topmost values is undefined or null, pops them all and jumps.
    fn jump_if_nullish(&mut self, count: usize, target: u32) {
        let bottom = self.stack.len() - count;
        if self.stack[bottom].is_nullish() {
            self.stack.truncate(bottom);
            self.pc = target;
        }
    }
}
