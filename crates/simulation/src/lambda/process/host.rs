//! The process as the handler machine sees it: globals, `require`, and the calls of Node, Knex and the runtime.

use std::rc::Rc;

use super::{LitLines, Outside};
use crate::event::{ConnectionId, Event, EventKind, InvocationId, Level, Position, Stream};
use crate::knex::{Cx, Knex, surface as knex_surface};
use crate::lambda::runtime::{self, ASK, Current, Response, failure_of};
use crate::limits;
use crate::node::event_loop::{Drain, EventLoop, NewTimer};
use crate::node::surface::{self as node_surface, Surroundings, Told};
use crate::random::Random;
use base::time::{Duration, Instant};
use javascript::{Answer, ErrorKind, Host, HostCall, Value, Vm};

/// What the handler machine asks for, answered by the process around it.
pub(super) struct ProcessHost<'p, 'o> {
    pub(super) began: Instant,
    pub(super) steps_before: u64,
    pub(super) events_before: u64,
    pub(super) cost: Duration,
    pub(super) event_loop: &'p mut EventLoop,
    pub(super) drain: &'p mut Drain,
    pub(super) knex: &'p mut Knex,
    pub(super) request: Option<InvocationId>,
    pub(super) current: &'p mut Option<Current>,
    pub(super) lit: &'p mut LitLines,
    pub(super) address: &'p mut (Rc<str>, u32),
    pub(super) random: &'p mut Random,
    pub(super) variables: &'p [(Rc<str>, Rc<str>)],
    pub(super) resets: &'p [ConnectionId],
    pub(super) outside: &'p mut Outside<'o>,
}

impl ProcessHost<'_, '_> {
    /// The moment at which the step under way began; the machine has counted it already.
    fn now(&self, vm: &Vm) -> Instant {
        self.began + self.cost.times((vm.steps() - self.steps_before).saturating_sub(1))
    }

    fn cx(&mut self, now: Instant) -> (&mut Knex, Cx<'_>) {
        let cx = Cx {
            now,
            environment: self.outside.environment,
            invocation: self.request,
            event_loop: self.event_loop,
            drain: self.drain,
            events: self.outside.events,
            network: self.outside.network,
            outbox: self.outside.outbox,
            resets_unread: self.resets,
            address: self.address,
            variables: self.variables,
        };
        (self.knex, cx)
    }

    fn node_call(&mut self, vm: &mut Vm, now: Instant, call: &HostCall<'_>) -> Answer {
        let mut around = Surroundings {
            now,
            invocation: self.request,
            event_loop: self.event_loop,
            drain: self.drain,
            files: self.outside.files,
        };
        let (answer, told) = node_surface::call(vm, &mut around, call);
        let kind = match told {
            Told::Nothing => return answer,
            Told::Printed(stream, level, text) => {
                let (_, mut cx) = self.cx(now);
                cx.print(vm, stream, level, &text, Some(call.position));
                return answer;
            }
            Told::TimerSet(timer, due) => EventKind::TimerSet { timer, due, position: call.position },
            Told::TimerCleared(timer) => EventKind::TimerCleared { timer },
            Told::FileChanged(path, bytes) => EventKind::FileChanged { path, bytes },
        };
        self.cx(now).1.tell(vm, kind);
        answer
    }

    fn require(&mut self, vm: &mut Vm, name: &str) -> Answer {
        if name == "knex" {
            return Answer::Return(self.knex.module(vm));
        }
        if let Some(module) = node_surface::module(vm, name) {
            return Answer::Return(module);
        }
        if let Some(module) = self.outside.package.resolve(name) {
            return Answer::Require(module.clone());
        }
        let main = &self.outside.package.files()[0].path;
        let message = format!("Cannot find module '{name}'\nRequire stack:\n- /var/task/{main}");
        let error = vm.new_error(ErrorKind::Error, &message);
        vm.set(&error, "code", Value::string("MODULE_NOT_FOUND"));
        Answer::Throw(error)
    }

    fn runtime_call(&mut self, vm: &mut Vm, now: Instant, call: &HostCall<'_>) -> Answer {
        let answer = Answer::Return(Value::Undefined);
        let invocation = call.bound.as_number().map(|number| InvocationId(number as u32));
        if call.function == runtime::function::REMAINING {
            let left = self.outside.deadline.map_or(Duration::ZERO, |deadline| deadline.since(now));
            return Answer::Return(Value::Number(left.as_millis() as f64));
        }
        // A context kept from an earlier invocation has no say in this one.
        let Some(current) = self.current.as_mut().filter(|current| Some(current.invocation) == invocation) else {
            return answer;
        };
        if core::mem::replace(&mut current.answered, true) {
            return answer;
        }
        let (error, value) = match call.function {
            runtime::function::SUCCEED => (Value::Undefined, call.argument(0)),
            runtime::function::FAIL => match call.argument(0) {
                Value::Undefined | Value::Null => (Value::string("handled"), Value::Undefined),
                error => (error, Value::Undefined),
            },
            _ => (call.argument(0), call.argument(1)),
        };
        self.answered(vm, now, call.function, &error, &value);
        answer
    }

    /// The handler's outcome is known: it is responded with now, or when the loop is empty where it was called back with.
    pub(super) fn answered(&mut self, vm: &mut Vm, now: Instant, by: u16, error: &Value, value: &Value) {
        let Some(current) = self.current.as_mut() else { return };
        current.answered = true;
        let context = vm.held(current.context);
        let waits = by == runtime::function::CALLBACK
            && error.is_nullish()
            && vm.get(&context, "callbackWaitsForEmptyEventLoop").is_truthy();
        let response = if error.is_nullish() { runtime::response_of(vm, value) } else { None };
        let response = response.unwrap_or_else(|| {
            let unwritten;
            let error = if error.is_nullish() {
                unwritten = vm.new_error(ErrorKind::Error, "Unable to stringify response body");
                &unwritten
            } else {
                error
            };
            let package = self.outside.package;
            let json = runtime::error_json(vm, error, &|file| package.files()[file.0 as usize].path.clone());
            self.cx(now).1.print(vm, Stream::Stderr, Level::Error, &format!("Invoke Error \t{json}"), None);
            Response::Error(failure_of(vm, error))
        });
        let Some(current) = self.current.as_mut() else { return };
        if waits {
            current.when_empty = Some(response);
        } else {
            current.response = Some(response);
            self.event_loop.set_immediate(NewTimer::host(ASK, vm.context()));
        }
    }
}

impl Host for ProcessHost<'_, '_> {
    fn global(&mut self, vm: &mut Vm, name: &str) -> Option<Value> {
        if name == "require" {
            return Some(vm.host_function(node_surface::function::REQUIRE, "require", Value::Undefined));
        }
        node_surface::global(vm, name, self.variables)
    }

    fn get(&mut self, vm: &mut Vm, object: &Value, class: u16, key: &str) -> Value {
        if class == node_surface::TIMER {
            return node_surface::timer_property(vm, object, key);
        }
        self.knex.get(vm, object, class, key)
    }

    fn set(&mut self, vm: &mut Vm, object: &Value, class: u16, key: &str, value: &Value) -> Result<bool, Value> {
        let now = self.now(vm);
        let (knex, mut cx) = self.cx(now);
        knex.set(vm, &mut cx, object, class, key, value)
    }

    fn call(&mut self, vm: &mut Vm, call: HostCall<'_>) -> Answer {
        let now = self.now(vm);
        match call.function {
            node_surface::function::REQUIRE => {
                if let Value::String(name) = call.argument(0) {
                    self.require(vm, &name)
                } else {
                    let message = "The \"id\" argument must be of type string.";
                    Answer::Throw(vm.new_error(ErrorKind::TypeError, message))
                }
            }
            knex_surface::function::KNEX..=knex_surface::function::LAST => {
                let (knex, mut cx) = self.cx(now);
                knex.call(vm, &mut cx, &call)
            }
            runtime::function::SUCCEED..=runtime::function::LAST => self.runtime_call(vm, now, &call),
            _ => self.node_call(vm, now, &call),
        }
    }

    fn line(&mut self, vm: &Vm, position: Position) {
        let count = self.lit.entry((position.file, position.line)).or_insert(0);
        *count += 1;
        // Past the limit a line is told at each doubling, with how often it was lit since.
        let times = if *count <= limits::LINE_REPEATS {
            1
        } else if count.is_power_of_two() {
            (*count / 2).min(*count - limits::LINE_REPEATS)
        } else {
            return;
        };
        // A line is told before its first step is counted.
        let at = self.began + self.cost.times(vm.steps() - self.steps_before);
        let context = InvocationId(vm.context());
        let invocation = Some(context).filter(|id| id.0 != 0).or(self.request);
        let environment = Some(self.outside.environment);
        self.outside.events.push(Event { at, environment, invocation, kind: EventKind::Line { position, times } });
    }

    fn now_ms(&self, vm: &Vm) -> f64 {
        self.now(vm).wall_clock_ms() as f64
    }

    fn random(&mut self) -> f64 {
        self.random.share()
    }

    fn wants_pause(&self) -> bool {
        !self.outside.outbox.is_empty()
            || !self.outside.signals.is_empty()
            || (self.outside.stop_at_events && self.outside.events.count() > self.events_before)
    }
}
