//! The process as the handler machine sees it: globals, `require`, and the calls of Node, Knex and the runtime client.

use std::collections::VecDeque;
use std::rc::Rc;

use super::{Arrival, Outside, ProcessOptions};
use crate::event::{ConnectionId, Event, EventKind, FileId, InvocationId, Level, Position, Stream};
use crate::knex::{Cx, Knex, surface as knex_surface};
use crate::lambda::runtime::{self, ASK, Current, Progress, Response, failure_of};
use crate::limits;
use crate::node::event_loop::{Drain, EventLoop, NewTimer};
use crate::node::surface::{self as node_surface, Surroundings, Told};
use crate::random::Random;
use base::sorted_map::SortedMap;
use base::time::{Duration, Instant};
use javascript::{Answer, ErrorKind, Host, HostCall, Value, Vm};

/// The state of a process beside its machine: what the host calls of its code work on.
#[derive(Clone, Debug)]
pub(super) struct HostState {
    pub(super) event_loop: EventLoop,
    pub(super) drain: Drain,
    pub(super) knex: Knex,
    /// Arrivals that wait to be read.
    pub(super) inbox: VecDeque<Arrival>,
    /// Connections whose reset is among them.
    pub(super) resets_unread: Vec<ConnectionId>,
    /// The invocation whose request id the runtime client holds.
    pub(super) request: Option<InvocationId>,
    /// The invocation that the runtime client works on.
    pub(super) current: Option<Current>,
    /// How often each line was lit in the invocation under way.
    pub(super) lit: SortedMap<(FileId, u32), u32>,
    /// The source of `Math.random`.
    pub(super) random: Random,
    /// `process.env`, as the process was started with it.
    pub(super) variables: Rc<Vec<(Rc<str>, Rc<str>)>>,
}

impl HostState {
    pub(super) fn new(options: &ProcessOptions) -> Self {
        Self {
            event_loop: EventLoop::default(),
            drain: Drain::default(),
            knex: Knex::new(options.knex),
            inbox: VecDeque::default(),
            resets_unread: Vec::new(),
            request: None,
            current: None,
            lit: SortedMap::new(),
            random: Random::new(options.seed ^ 0x4d61_7468_2e72_616e),
            variables: options.variables.clone(),
        }
    }

    /// Knex, and the context of a call to it at `now`.
    pub(super) fn knex_in<'a>(&'a mut self, outside: &'a mut Outside<'_>, now: Instant) -> (&'a mut Knex, Cx<'a>) {
        let cx = Cx {
            now,
            environment: outside.environment,
            invocation: self.request,
            event_loop: &mut self.event_loop,
            drain: &mut self.drain,
            events: outside.events,
            network: outside.network,
            outbox: outside.outbox,
            resets_unread: &self.resets_unread,
            variables: &self.variables,
        };
        (&mut self.knex, cx)
    }
}

/// Answers the machine's host calls while it runs: the state of its process, and the world outside.
pub(super) struct ProcessHost<'p, 'o> {
    /// The moment at which the run began.
    pub(super) began: Instant,
    /// The machine's count of steps then.
    pub(super) steps_before: u64,
    /// The number of events then.
    pub(super) events_before: u64,
    pub(super) state: &'p mut HostState,
    pub(super) outside: &'p mut Outside<'o>,
}

impl ProcessHost<'_, '_> {
    /// The moment at which the step under way began; the machine has counted it already.
    fn now(&self, vm: &Vm) -> Instant {
        self.after(vm.steps().saturating_sub(self.steps_before).saturating_sub(1))
    }

    /// The moment at which so many steps of the run are over.
    fn after(&self, steps: u64) -> Instant {
        self.began + self.outside.settings.latency.step.times(steps)
    }

    fn cx(&mut self, now: Instant) -> (&mut Knex, Cx<'_>) {
        self.state.knex_in(self.outside, now)
    }

    fn node_call(&mut self, vm: &mut Vm, now: Instant, call: &HostCall<'_>) -> Answer {
        let mut around = Surroundings {
            now,
            invocation: self.state.request,
            event_loop: &mut self.state.event_loop,
            drain: &mut self.state.drain,
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
        self.cx(now).1.emit(vm, kind);
        answer
    }

    fn require(&mut self, vm: &mut Vm, name: &str) -> Answer {
        if name == "knex" {
            return Answer::Return(self.state.knex.module(vm));
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
        let Some(current) = self.state.current.as_mut().filter(|current| Some(current.invocation) == invocation) else {
            return answer;
        };
        if current.progress.is_decided() {
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

    /// The handler's outcome is known. The runtime client responds with it now; a value that was passed to `callback` waits
    /// for an empty loop, unless `context.callbackWaitsForEmptyEventLoop` is false. `by` is the function that was called.
    pub(super) fn answered(&mut self, vm: &mut Vm, now: Instant, by: u16, error: &Value, value: &Value) {
        let Some(current) = self.state.current.as_mut() else { return };
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
        let Some(current) = self.state.current.as_mut() else { return };
        if waits {
            current.progress = Progress::WaitsForEmptyLoop(response);
        } else {
            current.progress = Progress::Responded(response);
            self.state.event_loop.set_immediate(NewTimer::host(ASK, vm.context()));
        }
    }
}

impl Host for ProcessHost<'_, '_> {
    fn global(&mut self, vm: &mut Vm, name: &str) -> Option<Value> {
        if name == "require" {
            return Some(vm.host_function(node_surface::function::REQUIRE, "require", Value::Undefined));
        }
        node_surface::global(vm, name, &self.state.variables)
    }

    fn get(&mut self, vm: &mut Vm, object: &Value, class: u16, key: &str) -> Value {
        if class == node_surface::TIMER {
            return node_surface::timer_property(vm, object, key);
        }
        self.state.knex.get(vm, object, class, key)
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
        let count = self.state.lit.get_or_insert_with((position.file, position.line), || 0);
        *count += 1;
        // Past the limit, an event at each doubling says how often the line was lit since the last one.
        let times = if *count <= limits::LINE_REPEATS {
            1
        } else if count.is_power_of_two() {
            (*count / 2).min(*count - limits::LINE_REPEATS)
        } else {
            return;
        };
        // A line is lit before its first step is counted.
        let at = self.after(vm.steps() - self.steps_before);
        let context = InvocationId(vm.context());
        let invocation = Some(context).filter(|id| id.0 != 0).or(self.state.request);
        let environment = Some(self.outside.environment);
        self.outside.events.push(Event { at, environment, invocation, kind: EventKind::Line { position, times } });
    }

    fn now_ms(&self, vm: &Vm) -> f64 {
        self.now(vm).wall_clock_ms() as f64
    }

    fn random(&mut self) -> f64 {
        self.state.random.share()
    }

    fn wants_pause(&self) -> bool {
        !self.outside.outbox.is_empty()
            || !self.outside.signals.is_empty()
            || (self.outside.stop_at_events && self.outside.events.count() > self.events_before)
    }
}
