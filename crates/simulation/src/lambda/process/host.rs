//! The process as the host of its machine: it finds the layer of a call, and gives the layer what it works on.

use std::rc::Rc;

use super::exports::{Responder, RuntimeFunction};
use super::{LitLines, Outside};
use crate::event::{ConnectionId, Event, EventKind, InvocationId, Level, Position, Stream};
use crate::knex::exports::KnexFunction;
use crate::knex::{Cx, Knex};
use crate::lambda::runtime::{self, ASK, Current, Response, failure_of};
use crate::limits;
use crate::node::context::{NodeContext, NodeFunction, Output};
use crate::node::event_loop::{Drain, EventLoop, NewTimer};
use crate::node::{process, timer_objects};
use crate::random::Random;
use base::time::{Duration, Instant};
use javascript::{ErrorKind, Exports, Host, HostCall, HostClass, HostReply, Namespace, Value, Vm};

/// The host of the machine during one run.
pub(super) struct ProcessHost<'p, 'o> {
    /// The time at which the run began.
    pub(super) began: Instant,
    /// The machine's steps when the run began.
    pub(super) steps_before: u64,
    /// The number of events when the run began.
    pub(super) events_before: u64,
    /// The time that a step takes.
    pub(super) cost: Duration,
    pub(super) event_loop: &'p mut EventLoop,
    pub(super) drain: &'p mut Drain,
    pub(super) knex: &'p mut Knex,
    /// The invocation whose request id the runtime holds.
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
    /// The time at which the present step began. The machine has counted the step already.
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

    fn node(&mut self, now: Instant) -> NodeContext<'_> {
        NodeContext {
            output: Output {
                now,
                environment: self.outside.environment,
                invocation: self.request,
                events: self.outside.events,
            },
            event_loop: self.event_loop,
            drain: self.drain,
            files: self.outside.files,
        }
    }

    /// `require(name)`.
    pub(super) fn require(&mut self, vm: &mut Vm, name: &str) -> HostReply {
        match vm.registry().module(name).map(|module| module.exports) {
            Some(Exports::Namespace(namespace)) => return HostReply::Return(vm.namespace(self, namespace)),
            Some(Exports::Constructor(_)) => return HostReply::Return(self.knex.module(vm)),
            None => {}
        }
        if let Some(module) = self.outside.package.resolve(name) {
            return HostReply::Require(module.clone());
        }
        let main = &self.outside.package.files()[0].path;
        let message = format!("Cannot find module '{name}'\nRequire stack:\n- /var/task/{main}");
        let error = vm.new_error(ErrorKind::Error, &message);
        vm.set(&error, "code", Value::string("MODULE_NOT_FOUND"));
        HostReply::Throw(error)
    }

    /// A call of the callback or of a function of the `context`. Only the first in an invocation counts. A context that
    /// was kept from an earlier invocation has no say in this one.
    pub(super) fn respond(
        &mut self,
        vm: &mut Vm,
        now: Instant,
        call: &HostCall<'_>,
        error: &Value,
        value: &Value,
        responder: Responder,
    ) -> HostReply {
        let invocation = call.bound.as_number().map(|number| InvocationId(number as u32));
        if let Some(current) = self.current.as_mut().filter(|current| Some(current.invocation) == invocation)
            && !core::mem::replace(&mut current.answered, true)
        {
            self.answered(vm, now, responder, error, value);
        }
        HostReply::UNDEFINED
    }

    /// Responds with the handler's outcome: at once, or when the event loop is empty if the callback waits for that.
    pub(super) fn answered(&mut self, vm: &mut Vm, now: Instant, responder: Responder, error: &Value, value: &Value) {
        let Some(current) = self.current.as_mut() else { return };
        current.answered = true;
        let context = vm.held(current.context);
        let waits = responder == Responder::Callback
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
    fn property(&mut self, vm: &mut Vm, namespace: &'static Namespace, name: &str) -> Value {
        if *namespace == process::PROCESS && name == "env" {
            process::environment_object(vm, self.variables)
        } else {
            Value::Undefined
        }
    }

    fn get(&mut self, vm: &mut Vm, object: &Value, class: &'static HostClass, key: &str) -> Value {
        self.knex.get(vm, object, class, key)
    }

    fn set(
        &mut self,
        vm: &mut Vm,
        object: &Value,
        class: &'static HostClass,
        key: &str,
        value: &Value,
    ) -> Result<bool, Value> {
        if timer_objects::is_timer(class) {
            return Ok(false);
        }
        let now = self.now(vm);
        let (knex, mut cx) = self.cx(now);
        knex.set(vm, &mut cx, object, class, key, value)
    }

    fn call(&mut self, vm: &mut Vm, call: HostCall<'_>) -> HostReply {
        let now = self.now(vm);
        if let Some(NodeFunction(code)) = call.function.code() {
            return code(vm, &mut self.node(now), &call);
        }
        if let Some(KnexFunction(code)) = call.function.code() {
            let (knex, mut cx) = self.cx(now);
            return code(knex, vm, &mut cx, &call);
        }
        match call.function.code() {
            Some(RuntimeFunction(code)) => code(self, vm, now, &call),
            None => HostReply::UNDEFINED,
        }
    }

    fn line(&mut self, vm: &Vm, position: Position) {
        let count = self.lit.entry((position.file, position.line)).or_insert(0);
        *count += 1;
        // Past the limit, an event is emitted each time the count doubles. It says how often the line was lit since the
        // last one.
        let times = if *count <= limits::LINE_REPEATS {
            1
        } else if count.is_power_of_two() {
            (*count / 2).min(*count - limits::LINE_REPEATS)
        } else {
            return;
        };
        // The event comes before the first step of the line is counted.
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
