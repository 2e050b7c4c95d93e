//! The loop that takes one instruction after the other.

use std::rc::Rc;

use super::call::Called;
use super::frame::Flow;
use super::operators::of_numbers;
use super::{Stop, Vm};
use crate::event::Position;
use crate::js::builtins;
use crate::js::convert;
use crate::js::heap::{ErrorKind, ObjectKind};
use crate::js::host::Host;
use crate::js::program::{Code, Op};
use crate::js::text;
use crate::js::value::{ObjectId, Value};
use crate::limits;

/// What is on the stack is the compiler's doing: it never takes more than it has put there.
const UNDERFLOW: &str = "the compiler leaves on the stack what its instructions take";

impl Vm {
    /// Goes on with what was begun, for at most `budget` steps, the work of the built-ins among them.
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
            // A built-in takes the time of its call, whether it is written in the language or not: the rest is work.
            let own = u64::from(!code.library);
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
                self.steps += own;
                self.work += 1 - own;
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

    fn light(&mut self, host: &mut dyn Host, activation: u32, position: Position) {
        self.lit = (activation, position.line);
        self.host_was_called = true;
        host.line(self, position);
    }

    fn pop(&mut self) -> Value {
        self.stack.pop().expect(UNDERFLOW)
    }

    fn pop_pair(&mut self) -> (Value, Value) {
        let second = self.pop();
        (self.pop(), second)
    }

    fn top(&self) -> &Value {
        self.stack.last().expect(UNDERFLOW)
    }

    fn replace_top(&mut self, value: Value) {
        *self.stack.last_mut().expect(UNDERFLOW) = value;
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is the body of the loop, and called from nowhere else")]
    #[allow(clippy::too_many_lines, reason = "one arm for each instruction")]
    fn instruction(&mut self, host: &mut dyn Host, code: &Rc<Code>, base: usize, op: Op) -> Result<Flow, Value> {
        match op {
            Op::Undefined => self.stack.push(Value::Undefined),
            Op::Constant(number) => self.stack.push(code.constants[number as usize].clone()),
            Op::Pop => drop(self.pop()),
            Op::Duplicate => self.stack.push(self.top().clone()),
            Op::DuplicatePair => self.stack.extend_from_within(self.stack.len() - 2..),
            Op::LoadLocal(slot) => self.stack.push(self.stack[base + slot as usize].clone()),
            Op::StoreLocal(slot) => self.stack[base + slot as usize] = self.pop(),
            Op::KeepLocal(slot) => self.stack[base + slot as usize] = self.top().clone(),
            Op::CheckLocal(slot) => {
                if self.stack[base + slot as usize].is_uninitialised() {
                    return Err(self.uninitialised());
                }
            }
            Op::UninitialiseLocal(slot) => self.stack[base + slot as usize] = Value::UNINITIALISED,
            Op::LoadScope(hops, slot) => {
                let value = self.variable(hops, slot).clone();
                if value.is_uninitialised() {
                    return Err(self.uninitialised());
                }
                self.stack.push(value);
            }
            Op::StoreScope(hops, slot) => {
                let value = self.pop();
                let variable = self.variable(hops, slot);
                if variable.is_uninitialised() {
                    return Err(self.uninitialised());
                }
                *variable = value;
            }
            Op::InitialiseScope(hops, slot) => {
                let value = self.pop();
                *self.variable(hops, slot) = value;
            }
            Op::LoadGlobal(key) => {
                let value = self.global(host, &code.keys[key as usize].name);
                match value {
                    Some(value) => self.stack.push(value),
                    None => return Err(self.not_defined(&code.keys[key as usize].name)),
                }
            }
            Op::TypeOfGlobal(key) => {
                let value = self.global(host, &code.keys[key as usize].name).unwrap_or_default();
                self.stack.push(Value::string(convert::type_of(&self.heap, &value)));
            }
            Op::StoreGlobal(key) => {
                let name = &code.keys[key as usize].name;
                let value = self.pop();
                let fixed = matches!(&**name, "undefined" | "NaN" | "Infinity");
                if code.strict {
                    if self.global(host, name).is_none() {
                        return Err(self.not_defined(name));
                    }
                    if fixed {
                        let message = format!("Cannot assign to read only property '{name}' of object '#<Object>'");
                        return Err(self.type_error(&message));
                    }
                }
                if !fixed {
                    self.globals.insert(name.clone(), value);
                }
            }
            Op::Callee => {
                let bottom = self.frames.last().map_or(0, |frame| frame.bottom as usize);
                self.stack.push(self.stack[bottom].clone());
            }
            Op::PushScope(count) => {
                let slots = vec![Value::UNINITIALISED; count as usize];
                let parent = self.scope();
                let depth = self.scope_depth(parent) + 1;
                let scope = self.heap.insert(ObjectKind::Scope { parent, depth, slots });
                self.set_scope(scope);
            }
            Op::PopScope => {
                if let ObjectKind::Scope { parent, .. } = self.heap.get(self.scope()).kind {
                    self.set_scope(parent);
                }
            }
            Op::CopyScope => {
                let kind = self.heap.get(self.scope()).kind.clone();
                let scope = self.heap.insert(kind);
                self.set_scope(scope);
            }
            Op::ThrowUninitialised(key) => {
                let message = uninitialised_message(&code.keys[key as usize].name);
                return Err(self.new_error(ErrorKind::ReferenceError, &message));
            }
            Op::ThrowConstant => return Err(self.type_error("Assignment to constant variable.")),
            Op::Get(key) => {
                let object = self.pop();
                let value = self.get_property(host, &object, &code.keys[key as usize])?;
                self.stack.push(value);
            }
            Op::GetIndex => {
                let (object, key) = self.pop_pair();
                let value = self.get_index(host, &object, &key)?;
                self.stack.push(value);
            }
            Op::Set(key) => {
                let (object, value) = self.pop_pair();
                self.set_property(host, &object, &code.keys[key as usize].name, value.clone())?;
                self.stack.push(value);
            }
            Op::SetIndex => {
                let value = self.pop();
                let (object, key) = self.pop_pair();
                self.set_index(host, &object, &key, value.clone())?;
                self.stack.push(value);
            }
            Op::Method(key) => {
                let object = self.pop();
                let callee = self.get_property(host, &object, &code.keys[key as usize])?;
                self.stack.extend([callee, object]);
            }
            Op::MethodIndex => {
                let (object, key) = self.pop_pair();
                let callee = self.get_index(host, &object, &key)?;
                self.stack.extend([callee, object]);
            }
            Op::Call(count) => {
                let bottom = self.stack.len() - count as usize - 2;
                let called = self.invoke(host, bottom)?;
                return Ok(self.called(called, bottom));
            }
            Op::New(count) => {
                let bottom = self.stack.len() - count as usize - 2;
                let called = self.construct(host, bottom)?;
                return Ok(self.called(called, bottom));
            }
            Op::CallSpread => {
                let bottom = self.spread_arguments()?;
                let called = self.invoke(host, bottom)?;
                return Ok(self.called(called, bottom));
            }
            Op::NewSpread => {
                let bottom = self.spread_arguments()?;
                let called = self.construct(host, bottom)?;
                return Ok(self.called(called, bottom));
            }
            Op::Array(count) => {
                let elements = self.stack.split_off(self.stack.len() - count as usize);
                let array = self.heap.new_array(elements);
                self.stack.push(array);
            }
            Op::Append => {
                let value = self.pop();
                if let Some(elements) = self.heap.array_mut(self.stack.last().expect(UNDERFLOW)) {
                    elements.push(value);
                }
            }
            Op::AppendAll | Op::AppendArguments => {
                let list = self.pop();
                let list = match self.list_of(&list) {
                    Ok(list) => list,
                    Err(error) if matches!(op, Op::AppendAll) => return Err(self.named_error(error)),
                    Err(_) => return Err(self.no_arguments(&list)),
                };
                self.heap.charge(list.len() * size_of::<Value>());
                let length = self.heap.array(self.top()).map_or(0, Vec::len) + list.len();
                if length > limits::ARRAY_ELEMENTS {
                    return Err(self.too_long());
                }
                if let Some(elements) = self.heap.array_mut(self.stack.last().expect(UNDERFLOW)) {
                    elements.extend(list);
                }
            }
            Op::Object => {
                let object = self.heap.new_object();
                self.stack.push(object);
            }
            Op::Define(key) => {
                let value = self.pop();
                if let Some(id) = self.top().as_object() {
                    self.heap.set_property(id, &code.keys[key as usize].name, value);
                }
            }
            Op::DefineIndex => {
                let (key, value) = self.pop_pair();
                let key = self.property_key(&key)?;
                if let Some(id) = self.top().as_object() {
                    self.heap.set_property(id, &key, value);
                }
            }
            Op::DefineAll => {
                let source = self.pop();
                if let Some(id) = self.top().as_object() {
                    self.copy_properties(id, &source, &[]);
                }
            }
            Op::Closure(number) => {
                let code = code.functions[number as usize].clone();
                let scope = self.scope();
                let closure = self.heap.allocate(ObjectKind::Closure { code, scope, name: None });
                self.stack.push(closure);
            }
            Op::NameClosure => {
                let key = self.stack[self.stack.len() - 2].as_str().map(Rc::from);
                if let Some(id) = self.top().as_object()
                    && let ObjectKind::Closure { name, .. } = &mut self.heap.get_mut(id).kind
                {
                    *name = key;
                }
            }
            Op::ToKey => {
                let key = self.pop();
                let key = self.property_key(&key)?;
                self.stack.push(Value::String(key));
            }
            Op::Binary(operator) => {
                if let [.., Value::Number(left), Value::Number(right)] = self.stack[..]
                    && let Some(value) = of_numbers(operator, left, right)
                {
                    self.stack.pop();
                    self.replace_top(value);
                    return Ok(Flow::Next);
                }
                let (left, right) = self.pop_pair();
                let value = self.binary(operator, &left, &right)?;
                self.stack.push(value);
            }
            Op::Not => {
                let value = !self.top().is_truthy();
                self.replace_top(Value::Boolean(value));
            }
            Op::Negate | Op::ToNumber | Op::Increment | Op::Decrement => {
                let value = self.pop();
                let number = self.number(&value)?;
                self.stack.push(Value::Number(match op {
                    Op::Negate => -number,
                    Op::Increment => number + 1.0,
                    Op::Decrement => number - 1.0,
                    _ => number,
                }));
            }
            Op::TypeOf => {
                let kind = convert::type_of(&self.heap, self.top());
                self.replace_top(Value::string(kind));
            }
            Op::Template(count) => {
                let values = self.stack.split_off(self.stack.len() - count as usize);
                let mut texts = Vec::with_capacity(values.len());
                for value in &values {
                    texts.push(self.text(value)?);
                }
                let value = self.concatenate(&texts)?;
                self.stack.push(value);
            }
            Op::Jump(target) => self.pc = target,
            Op::JumpIfFalse(target) => {
                if !self.pop().is_truthy() {
                    self.pc = target;
                }
            }
            Op::JumpIfTrue(target) => {
                if self.pop().is_truthy() {
                    self.pc = target;
                }
            }
            Op::JumpIfFalseOrPop(target) => self.jump_or_pop(!self.top().is_truthy(), target),
            Op::JumpIfTrueOrPop(target) => self.jump_or_pop(self.top().is_truthy(), target),
            Op::JumpIfPresentOrPop(target) => self.jump_or_pop(!self.top().is_nullish(), target),
            Op::JumpIfDefinedOrPop(target) => {
                self.jump_or_pop(!matches!(self.top(), Value::Undefined), target);
            }
            Op::JumpIfNullish(target) => {
                if self.top().is_nullish() {
                    self.pop();
                    self.pc = target;
                }
            }
            Op::JumpIfNullishCallee(target) => {
                if self.stack[self.stack.len() - 2].is_nullish() {
                    self.stack.truncate(self.stack.len() - 2);
                    self.pc = target;
                }
            }
            Op::Iterate => {
                if self.heap.array(self.top()).is_none() {
                    let value = self.pop();
                    let list = match self.list_of(&value) {
                        Ok(list) => list,
                        Err(error) => return Err(self.named_error(error)),
                    };
                    let list = self.heap.new_array(list);
                    self.stack.push(list);
                }
            }
            Op::ForOf(slot, target) => {
                let (list, index) = (base + slot as usize, base + slot as usize + 1);
                let place = self.stack[index].as_number().unwrap_or_default();
                match self.heap.array(&self.stack[list]).and_then(|elements| elements.get(place as usize)) {
                    Some(element) => {
                        let element = element.clone();
                        self.stack[index] = Value::Number(place + 1.0);
                        self.stack.push(element);
                    }
                    None => self.pc = target,
                }
            }
            Op::CheckObject => {
                if self.top().is_nullish() {
                    return Err(self.not_an_object());
                }
            }
            Op::Element(place) => {
                let list = self.pop();
                let element = self.heap.array(&list).and_then(|elements| elements.get(place as usize)).cloned();
                self.stack.push(element.unwrap_or_default());
            }
            Op::ElementsFrom(place) => {
                let list = self.pop();
                let rest = self.heap.array(&list).and_then(|elements| elements.get(place as usize..));
                let rest = rest.unwrap_or_default().to_vec();
                let rest = self.heap.new_array(rest);
                self.stack.push(rest);
            }
            Op::OtherProperties => {
                let (object, keys) = self.pop_pair();
                let keys = self.heap.array(&keys).cloned().unwrap_or_default();
                let others = self.heap.insert(ObjectKind::Plain);
                self.copy_properties(others, &object, &keys);
                self.stack.push(Value::Object(others));
            }
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

    fn jump_or_pop(&mut self, jump: bool, target: u32) {
        if jump {
            self.pc = target;
        } else {
            self.pop();
        }
    }

    /// Puts the elements of the array of arguments on the stack in its place.
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

    fn scope(&self) -> ObjectId {
        self.frames.last().map_or(ObjectId::NONE, |frame| frame.scope)
    }

    fn set_scope(&mut self, scope: ObjectId) {
        if let Some(frame) = self.frames.last_mut() {
            frame.scope = scope;
        }
    }

    fn scope_depth(&self, scope: ObjectId) -> u32 {
        if scope == ObjectId::NONE {
            return 0;
        }
        match self.heap.get(scope).kind {
            ObjectKind::Scope { depth, .. } => depth,
            _ => 0,
        }
    }

    fn variable(&mut self, hops: u16, slot: u16) -> &mut Value {
        let mut id = self.scope();
        for _ in 0..hops {
            if let ObjectKind::Scope { parent, .. } = self.heap.get(id).kind {
                id = parent;
            }
        }
        match &mut self.heap.get_mut(id).kind {
            ObjectKind::Scope { slots, .. } => &mut slots[slot as usize],
            _ => unreachable!("a frame's scope and those around it are scopes"),
        }
    }

    fn global(&mut self, host: &mut dyn Host, name: &Rc<str>) -> Option<Value> {
        if let Some(value) = self.globals.get(name) {
            return Some(value.clone());
        }
        if let Some(value) = builtins::global(name, false) {
            return Some(value);
        }
        self.host_was_called = true;
        let value = host.global(self, name)?;
        self.globals.insert(name.clone(), value.clone());
        Some(value)
    }

    fn not_defined(&mut self, name: &str) -> Value {
        self.new_error(ErrorKind::ReferenceError, &format!("{name} is not defined"))
    }

    fn uninitialised(&mut self) -> Value {
        let name = self.named().unwrap_or_default();
        self.new_error(ErrorKind::ReferenceError, &uninitialised_message(&name))
    }

    /// The error in the words that the compiler has for it, where it has.
    fn named_error(&mut self, error: Value) -> Value {
        match self.named() {
            Some(message) => self.type_error(&message),
            None => error,
        }
    }

    fn no_arguments(&mut self, list: &Value) -> Value {
        let message = match self.named() {
            Some(name) if list.is_nullish() => {
                format!("{name} is not iterable (cannot read property {})", self.display(list))
            }
            _ => "Spread syntax requires ...iterable[Symbol.iterator] to be a function".into(),
        };
        self.type_error(&message)
    }

    fn not_an_object(&mut self) -> Value {
        let value = self.display(self.top());
        let what = self.named().unwrap_or_default();
        let unnamed = if value == "null" { "'object null'" } else { "'undefined'" };
        let (mut shown, mut rest) = (String::new(), &*what);
        while let Some((before, after)) = text::split_once(rest, "''") {
            shown = shown + before + unnamed;
            rest = after;
        }
        self.type_error(&format!("Cannot destructure {shown}{rest} as it is {value}."))
    }
}

fn uninitialised_message(name: &str) -> String {
    format!("Cannot access '{name}' before initialization")
}
