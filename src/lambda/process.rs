//! The process in an execution environment: the handler machine, Node's loop, Knex, and the runtime client, run together.
//!
//! It is driven from outside: [`Process::run`] goes on from one moment to another and says when it wants to go on next.
//! Within that, the order is Node's:
//!
//! ```text
//!   a callback of the loop ──► its code, step by step ──► ticks and microtasks, in Node's order ──► the next callback
//! ```
//!
//! A process can be stopped between any two steps, frozen there, and cloned.

use std::rc::Rc;

use super::package::Package;
use super::runtime::{self, COMPLETE, Current, Response, failure_of};
use crate::event::{
    ConnectionId, EnvironmentId, Event, EventKind, EventSink, Failure, FileId, InvocationId, Level, Position, Stream,
};
use crate::js::{Answer, ErrorKind, Handle, Host, HostCall, Stop, Value, Vm, VmOptions};
use crate::knex::surface as knex_surface;
use crate::knex::{Cx, FIRST_TASK, Knex, Outgoing, Packet, profile};
use crate::limits;
use crate::network::Network;
use crate::node::event_loop::{Drain, Drained, EventLoop, NewTimer, Task, Turn};
use crate::node::files::Files;
use crate::node::surface::{self as node_surface, Surroundings, Told};
use crate::ordered::Queue;
use crate::postgres::server::ToClient;
use crate::random::Random;
use crate::settings::Settings;
use crate::time::{Duration, Instant};

/// What a process is started with.
#[derive(Clone, Debug)]
pub struct ProcessOptions {
    /// `process.env`.
    pub variables: Rc<Vec<(Rc<str>, Rc<str>)>>,
    /// Which Knex.
    pub knex: &'static profile::Profile,
    /// Bytes of heap that it may use.
    pub heap_bytes: usize,
    /// What `Math.random` is drawn from.
    pub seed: u64,
}

impl ProcessOptions {
    /// The options that follow from a run's settings for one function.
    pub fn new(settings: &Settings, function: &str) -> Self {
        let memory = settings.lambda.memory_mb as usize * 1_048_576;
        Self {
            variables: Rc::new(super::environment::variables(settings, function)),
            knex: profile::profile(settings.knex),
            heap_bytes: memory.min(limits::HEAP_BYTES),
            seed: settings.seed,
        }
    }
}

/// Something that waits to be read by the process.
#[derive(Clone, Debug)]
pub enum Arrival {
    /// A packet of the server's.
    Packet(ConnectionId, ToClient),
    /// The next event: the invocation, its handler, and the event as JSON.
    Invocation {
        /// Which.
        invocation: InvocationId,
        /// The handler's name.
        handler: Rc<str>,
        /// The event.
        event: Rc<str>,
    },
}

/// What a process tells the environment around it.
#[derive(Clone, Debug)]
pub enum Signal {
    /// The module has been evaluated.
    Loaded,
    /// The init has failed.
    InitFailed(Failure),
    /// The invocation is over: this is what it came to.
    Over(InvocationId, Response),
    /// The process has ended.
    Exited(Failure),
}

/// The surroundings of a process while it runs.
pub struct Outside<'a> {
    /// The environment.
    pub environment: EnvironmentId,
    /// The package.
    pub package: &'a Package,
    /// The settings.
    pub settings: &'a Settings,
    /// /tmp.
    pub files: &'a mut Files,
    /// Where events go.
    pub events: &'a mut EventSink,
    /// The links.
    pub network: &'a mut Network<Packet>,
    /// What is sent.
    pub outbox: &'a mut Vec<Outgoing>,
    /// What is told.
    pub signals: &'a mut Vec<Signal>,
    /// When the function's timeout ends the invocation under way.
    pub deadline: Option<Instant>,
    /// Whether to stop at the first event, so that it can be seen.
    pub stop_at_events: bool,
}

/// What the code under way was begun for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Root {
    /// The evaluation of the module.
    Module,
    /// The handler's own call.
    Handler,
    /// Everything else: an error in it is an uncaught exception.
    Callback,
}

/// How code came to its end.
#[derive(Clone, Debug)]
enum Done {
    /// It returned or threw.
    Finished(Result<Value, Value>),
    /// The process ends.
    Exited(Failure),
}

/// How far a run got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ran {
    /// There is more to do at once; the next step completes at this moment.
    Busy(Instant),
    /// Nothing to do until this moment, or until something arrives.
    Blocked(Option<Instant>),
    /// The process has ended.
    Ended,
}

/// A process.
#[derive(Clone, Debug)]
pub struct Process {
    vm: Vm,
    event_loop: EventLoop,
    drain: Drain,
    knex: Knex,
    inbox: Queue<Arrival>,
    /// The invocation whose request id the runtime holds.
    request: Option<InvocationId>,
    current: Option<Current>,
    loaded: bool,
    root: Root,
    /// What the code under way came to, where its last step has just ended.
    done: Option<Done>,
    draining: bool,
    ended: bool,
    /// Steps in the invocation under way (or since the last one).
    steps: u64,
    /// How far its own time has come: the end of its last step.
    clock: Instant,
    /// Connections that gave data in this round of the loop.
    has_read: Vec<ConnectionId>,
    lit: BTreeLines,
    listeners: Vec<Handle>,
    address: (Rc<str>, u32),
    random: Random,
    variables: Rc<Vec<(Rc<str>, Rc<str>)>>,
}

type BTreeLines = crate::ordered::Map<(FileId, u32), u32>;

impl Process {
    /// A process that is about to evaluate the package's module.
    pub fn new(options: &ProcessOptions, package: &Package) -> Self {
        let mut vm = Vm::new(VmOptions { heap_bytes: options.heap_bytes });
        vm.set_thenable_class(knex_surface::class::QUERY, knex_surface::function::THEN);
        vm.require(package.main());
        Self {
            vm,
            event_loop: EventLoop::default(),
            drain: Drain::default(),
            knex: Knex::new(options.knex),
            inbox: Queue::default(),
            request: None,
            current: None,
            loaded: false,
            root: Root::Module,
            done: None,
            draining: false,
            ended: false,
            steps: 0,
            clock: Instant::ZERO,
            has_read: Vec::new(),
            lit: BTreeLines::new(),
            listeners: Vec::new(),
            address: ("127.0.0.1".into(), 5_432),
            random: Random::new(options.seed ^ 0x4d61_7468_2e72_616e),
            variables: options.variables.clone(),
        }
    }

    /// The names of the functions that a package's module exports; `None` where it throws while it loads.
    pub(super) fn exports_of(package: &Package, options: &ProcessOptions) -> Option<Vec<Rc<str>>> {
        let settings = Settings::default();
        let mut process = Self::new(options, package);
        let mut signals = Vec::new();
        let mut outside = Outside {
            environment: EnvironmentId(0),
            package,
            settings: &settings,
            files: &mut Files::new(u64::from(settings.lambda.tmp_mb) * 1_048_576),
            events: &mut EventSink::default(),
            network: &mut Network::new(settings.latency.clone(), 0),
            outbox: &mut Vec::new(),
            signals: &mut signals,
            deadline: None,
            stop_at_events: false,
        };
        let limit = Instant::from_micros(1_000_000);
        let mut now = Instant::ZERO;
        while !process.loaded && now < limit {
            match process.run(&mut outside, now, limit) {
                Ran::Busy(next) => now = next,
                Ran::Blocked(_) | Ran::Ended => break,
            }
        }
        if !process.loaded {
            return None;
        }
        let exports = process.vm.module_exports(package.main().source.id)?;
        let keys: Vec<Rc<str>> = process.vm.keys(&exports).into_iter().map(Into::into).collect();
        Some(keys.into_iter().filter(|key| process.vm.is_callable(&process.vm.get(&exports, key))).collect())
    }

    /// Something arrives.
    pub fn arrive(&mut self, arrival: Arrival) {
        self.inbox.push_back(arrival);
    }

    /// Whether it would go on at `now` if it were let.
    pub fn is_busy(&self, now: Instant) -> bool {
        !self.ended
            && (!self.vm.is_idle()
                || self.done.is_some()
                || self.draining
                || self.event_loop.has_work(now, self.inbox.len()))
    }

    /// When it wants to go on, where nothing arrives before.
    pub fn wakes_at(&self, now: Instant) -> Option<Instant> {
        if self.ended {
            None
        } else if self.is_busy(now) {
            Some(now)
        } else {
            self.event_loop.next_due()
        }
    }

    /// Whether its module has been evaluated.
    pub fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// The handler machine.
    pub fn vm(&self) -> &Vm {
        &self.vm
    }

    /// The loop.
    pub fn event_loop(&self) -> &EventLoop {
        &self.event_loop
    }

    /// Knex.
    pub fn knex(&self) -> &Knex {
        &self.knex
    }

    /// What waits to be read.
    pub fn inbox(&self) -> impl Iterator<Item = &Arrival> {
        self.inbox.iter()
    }

    /// The context of its code under way: the invocation on whose behalf it runs.
    pub fn request(&self) -> Option<InvocationId> {
        self.request
    }

    /// How far its own time has come.
    pub fn clock(&self) -> Instant {
        self.clock
    }

    /// Goes on from `now` until just before `until`, or until something must be told. A step that begins before `until`
    /// is taken whole.
    pub fn run(&mut self, outside: &mut Outside<'_>, now: Instant, until: Instant) -> Ran {
        let mut now = now.max(self.clock);
        let ran = self.run_on(outside, &mut now, until);
        self.clock = now;
        ran
    }

    fn run_on(&mut self, outside: &mut Outside<'_>, clock: &mut Instant, until: Instant) -> Ran {
        let before = outside.events.count();
        loop {
            if self.ended {
                return Ran::Ended;
            }
            if self.steps >= limits::STEPS_PER_INVOCATION {
                // Runaway code: its time runs on to the function's timeout at once.
                return Ran::Blocked(None);
            }
            let told = !outside.outbox.is_empty() || !outside.signals.is_empty();
            if told || (outside.stop_at_events && outside.events.count() > before) {
                return self.paused(*clock);
            }
            if *clock >= until {
                return self.paused(*clock);
            }
            if let Some(done) = self.done.take() {
                match done {
                    Done::Finished(result) => self.finished(outside, *clock, result),
                    Done::Exited(failure) => self.exit(outside, failure),
                }
            } else if !self.vm.is_idle() {
                *clock = self.execute(outside, *clock, until);
            } else if self.draining {
                self.drain_one(outside, *clock);
            } else {
                match self.event_loop.next_turn(*clock, self.inbox.len()) {
                    Turn::Block(due) => {
                        self.has_read.clear();
                        if self.empty_loop(outside) {
                            continue;
                        }
                        return Ran::Blocked(due);
                    }
                    turn => {
                        if !matches!(turn, Turn::Input) {
                            self.has_read.clear();
                        }
                        self.begin(outside, *clock, turn);
                    }
                }
            }
        }
    }

    fn paused(&self, now: Instant) -> Ran {
        if self.vm.is_idle()
            && self.done.is_none()
            && !self.draining
            && !self.event_loop.has_work(now, self.inbox.len())
        {
            Ran::Blocked(self.event_loop.next_due())
        } else {
            Ran::Busy(now)
        }
    }

    /// Runs code from `now` until just before `until`; gives back the time after it.
    fn execute(&mut self, outside: &mut Outside<'_>, now: Instant, until: Instant) -> Instant {
        let cost = outside.settings.latency.step;
        let room = if cost.is_zero() { 10_000 } else { (until.since(now).as_micros()).div_ceil(cost.as_micros()) };
        let budget = room.min(limits::STEPS_PER_INVOCATION - self.steps).max(1);
        let before = self.vm.steps();
        let stop = self.with_host(outside, now, |vm, host| vm.run(host, budget));
        let taken = self.vm.steps() - before;
        self.steps += taken;
        let now = now + cost.times(taken);
        match stop {
            Stop::Budget | Stop::Paused => {}
            Stop::Finished(result) => self.done = Some(Done::Finished(result)),
            Stop::Exited(code) => self.done = Some(Done::Exited(exit_failure(code))),
            Stop::OutOfMemory => {
                let memory = outside.settings.lambda.memory_mb as usize * 1_048_576;
                let whose = if memory <= limits::HEAP_BYTES { "" } else { limits::HEAP_MESSAGE };
                let message = ["Runtime exited with error: signal: killed", whose].concat().into();
                self.done = Some(Done::Exited(Failure { name: "Runtime.OutOfMemory".into(), message, code: None }));
            }
        }
        now
    }

    fn with_host<T>(
        &mut self,
        outside: &mut Outside<'_>,
        now: Instant,
        work: impl FnOnce(&mut Vm, &mut ProcessHost<'_, '_>) -> T,
    ) -> T {
        let resets = self.resets_unread();
        let mut host = ProcessHost {
            began: now,
            steps_before: self.vm.steps(),
            events_before: outside.events.count(),
            cost: outside.settings.latency.step,
            event_loop: &mut self.event_loop,
            drain: &mut self.drain,
            knex: &mut self.knex,
            request: self.request,
            current: &mut self.current,
            lit: &mut self.lit,
            listeners: &mut self.listeners,
            address: &mut self.address,
            random: &mut self.random,
            variables: &self.variables,
            resets: &resets,
            outside,
        };
        work(&mut self.vm, &mut host)
    }

    fn with_knex<T>(
        &mut self,
        outside: &mut Outside<'_>,
        now: Instant,
        work: impl FnOnce(&mut Knex, &mut Vm, &mut Cx<'_>) -> T,
    ) -> T {
        let resets = self.resets_unread();
        let mut cx = Cx {
            now,
            environment: outside.environment,
            invocation: self.request,
            event_loop: &mut self.event_loop,
            drain: &mut self.drain,
            events: outside.events,
            network: outside.network,
            outbox: outside.outbox,
            resets_unread: &resets,
            address: &mut self.address,
        };
        work(&mut self.knex, &mut self.vm, &mut cx)
    }

    fn resets_unread(&self) -> Vec<ConnectionId> {
        let reset = |arrival: &Arrival| match arrival {
            Arrival::Packet(connection, ToClient::Reset) => Some(*connection),
            _ => None,
        };
        self.inbox.iter().filter_map(reset).collect()
    }

    /// Begins a callback of the loop.
    fn begin(&mut self, outside: &mut Outside<'_>, now: Instant, turn: Turn) {
        self.root = Root::Callback;
        match turn {
            Turn::Timer(timer) => {
                self.vm.set_context(timer.context);
                if timer.position.is_some() {
                    let kind = EventKind::TimerFired { timer: timer.id, due: timer.due };
                    self.tell(outside, now, kind, timer.set_by);
                }
                self.run_task(outside, now, timer.task, timer.every.is_some());
            }
            Turn::Immediate(immediate) => {
                self.vm.set_context(immediate.context);
                self.run_task(outside, now, immediate.task, false);
            }
            Turn::Input => match self.inbox.pop_front() {
                Some(Arrival::Packet(connection, ToClient::End)) if self.end_comes_later(connection) => {
                    self.inbox.push_back(Arrival::Packet(connection, ToClient::End));
                }
                Some(Arrival::Packet(connection, packet)) => {
                    self.vm.set_context(0);
                    self.has_read.push(connection);
                    self.with_knex(outside, now, |knex, vm, cx| knex.receive(vm, cx, connection, packet));
                    self.callback_over();
                }
                Some(Arrival::Invocation { invocation, handler, event }) => {
                    self.call_handler(outside, now, invocation, &handler, &event);
                }
                None => {}
            },
            Turn::Pending(token) => {
                let refused = ToClient::Refused;
                self.with_knex(outside, now, |knex, vm, cx| knex.receive(vm, cx, ConnectionId(token), refused));
                self.callback_over();
            }
            Turn::Close(token) => {
                self.with_knex(outside, now, |knex, vm, cx| knex.closed(vm, cx, token));
                self.callback_over();
            }
            Turn::Block(_) => {}
        }
    }

    /// Whether the end of a connection is read in the next round of the loop: a socket that gave data is not read again in
    /// the same round, so an end that lies behind data waits for the next one (libuv's `uv__read`).
    fn end_comes_later(&mut self, connection: ConnectionId) -> bool {
        let place = self.has_read.iter().position(|read| *read == connection);
        place.map(|place| self.has_read.remove(place)).is_some()
    }

    /// A callback is over, or begins to run code; either way ticks and microtasks come next.
    fn callback_over(&mut self) {
        if self.vm.is_idle() {
            self.draining = true;
            self.drain.begin();
        }
    }

    fn run_task(&mut self, outside: &mut Outside<'_>, now: Instant, task: Task, again: bool) {
        match task {
            Task::Call { function, arguments } => {
                let callback = self.vm.held(function);
                let values = arguments.iter().map(|argument| self.vm.held(*argument)).collect();
                if !again {
                    node_surface::forget(&mut self.vm, Task::Call { function, arguments });
                }
                self.vm.enter(&callback, values);
            }
            Task::Host(COMPLETE) => {
                if let Some(response) = self.current.as_mut().and_then(|current| current.when_empty.take()) {
                    self.respond(outside, response);
                }
                self.callback_over();
            }
            Task::Host(number) if number >= FIRST_TASK => {
                self.with_knex(outside, now, |knex, vm, cx| knex.run_task(vm, cx, number));
                self.callback_over();
            }
            Task::Host(_) => self.callback_over(),
        }
    }

    /// One tick or microtask, or the end of both.
    fn drain_one(&mut self, outside: &mut Outside<'_>, now: Instant) {
        self.root = Root::Callback;
        match self.drain.next(self.vm.has_jobs()) {
            Drained::Tick(tick) => {
                self.vm.set_context(tick.context);
                match tick.task {
                    Task::Host(number) => {
                        self.with_knex(outside, now, |knex, vm, cx| knex.run_task(vm, cx, number));
                    }
                    task @ Task::Call { .. } => self.run_task(outside, now, task, false),
                }
            }
            Drained::Microtask => {
                self.vm.enter_job();
            }
            Drained::Nothing => {
                self.draining = false;
                if let Some((_, reason)) = self.vm.take_unhandled().into_iter().next() {
                    let package = outside.package;
                    let (text, failure) = runtime::unhandled_rejection(&self.vm, &reason, &|file| {
                        package.files()[file.0 as usize].path.clone()
                    });
                    self.print(outside, now, &text);
                    self.exit(outside, failure);
                }
            }
        }
    }

    /// Code that was begun by the loop has come to its end.
    fn finished(&mut self, outside: &mut Outside<'_>, now: Instant, result: Result<Value, Value>) {
        match (self.root, result) {
            (Root::Module, Ok(_)) => {
                self.loaded = true;
                self.steps = 0;
                self.lit.clear();
                self.tell(outside, now, EventKind::ModuleEvaluated, None);
                outside.signals.push(Signal::Loaded);
            }
            (Root::Module, Err(thrown)) => {
                let failure = self.init_failure(&thrown);
                let text = format!("Uncaught Exception \t{}", self.error_json(outside, &thrown));
                self.print(outside, now, &text);
                self.ended = true;
                outside.signals.push(Signal::InitFailed(failure));
            }
            (Root::Handler, Ok(value)) => self.returned(outside, now, value),
            (Root::Handler, Err(thrown)) => {
                let call = runtime::function::FAIL;
                self.with_host(outside, now, |vm, host| host.answered(vm, now, call, &thrown, &Value::Undefined));
            }
            (Root::Callback, Ok(_)) => {}
            (Root::Callback, Err(thrown)) => {
                let text = format!("Uncaught Exception \t{}", self.error_json(outside, &thrown));
                self.print(outside, now, &text);
                let failure = failure_of(&self.vm, &thrown);
                self.exit(outside, failure);
            }
        }
        if !self.draining {
            self.callback_over();
        }
    }

    fn init_failure(&self, thrown: &Value) -> Failure {
        let failure = failure_of(&self.vm, thrown);
        if failure.code.as_deref() == Some("MODULE_NOT_FOUND") {
            let message = format!("{}: {}", failure.name, failure.message).into();
            return Failure { name: "Runtime.ImportModuleError".into(), message, code: None };
        }
        failure
    }

    fn error_json(&self, outside: &Outside<'_>, thrown: &Value) -> String {
        runtime::error_json(&self.vm, thrown, &|file| outside.package.files()[file.0 as usize].path.clone())
    }

    /// The runtime has read an event: the handler is called.
    fn call_handler(
        &mut self,
        outside: &mut Outside<'_>,
        now: Instant,
        invocation: InvocationId,
        handler: &Rc<str>,
        event: &str,
    ) {
        self.request = Some(invocation);
        self.steps = 0;
        self.lit.clear();
        self.vm.set_context(invocation.0);
        let context = self.context_object(outside, invocation, handler);
        let held = self.vm.retain(context.clone());
        self.current = Some(Current { invocation, context: held, answered: false, promised: false, when_empty: None });
        let exports = self.vm.module_exports(outside.package.main().source.id).unwrap_or_default();
        let function = if exports.as_object().is_some() { self.vm.get(&exports, handler) } else { Value::Undefined };
        if !self.vm.is_callable(&function) {
            let failure = Failure {
                name: "Runtime.HandlerNotFound".into(),
                message: format!("index.{handler} is undefined or not exported").into(),
                code: None,
            };
            self.respond(outside, Response::Error(failure));
            self.callback_over();
            return;
        }
        self.tell(outside, now, EventKind::HandlerCalled { handler: handler.clone() }, Some(invocation));
        let event = self.vm.json_parse(event).unwrap_or_default();
        let callback = self.runtime_function(runtime::function::CALLBACK, "callback", invocation);
        self.root = Root::Handler;
        self.vm.enter(&function, vec![event, context, callback]);
    }

    fn runtime_function(&mut self, number: u16, name: &str, invocation: InvocationId) -> Value {
        self.vm.host_function(number, name, Value::Number(f64::from(invocation.0)))
    }

    fn context_object(&mut self, outside: &Outside<'_>, invocation: InvocationId, handler: &str) -> Value {
        let context = self.vm.heap_mut().new_object();
        let settings = outside.settings;
        let name = super::environment::function_name(settings, handler);
        let facts = [
            ("functionVersion", "$LATEST".to_owned()),
            ("functionName", name.to_string()),
            ("memoryLimitInMB", settings.lambda.memory_mb.to_string()),
            ("logGroupName", format!("/aws/lambda/{name}")),
            ("invokedFunctionArn", format!("arn:aws:lambda:us-east-1:123456789012:function:{name}")),
            ("awsRequestId", super::log::request_id(settings, invocation)),
        ];
        self.vm.set(&context, "callbackWaitsForEmptyEventLoop", Value::Boolean(true));
        for (key, value) in facts {
            self.vm.set(&context, key, Value::string(value));
        }
        for (key, number) in [
            ("getRemainingTimeInMillis", runtime::function::REMAINING),
            ("succeed", runtime::function::SUCCEED),
            ("fail", runtime::function::FAIL),
            ("done", runtime::function::DONE),
        ] {
            let function = self.runtime_function(number, key, invocation);
            self.vm.set(&context, key, function);
        }
        context
    }

    /// The handler has returned: a promise (or anything with a `then`) is waited for, anything else waits for the callback.
    fn returned(&mut self, outside: &mut Outside<'_>, now: Instant, value: Value) {
        let Some(invocation) = self.current.as_ref().map(|current| current.invocation) else { return };
        let is_promise = self.vm.promise_state(&value).is_some();
        let is_query = matches!(self.vm.host_slots(&value), Some((knex_surface::class::QUERY, _)));
        let then = match value {
            Value::Object(_) if !is_promise && !is_query => self.vm.get(&value, "then"),
            _ => Value::Undefined,
        };
        if !is_promise && !is_query && !self.vm.is_callable(&then) {
            return;
        }
        if let Some(current) = &mut self.current {
            current.promised = true;
        }
        let succeed = self.runtime_function(runtime::function::SUCCEED, "succeed", invocation);
        let fail = self.runtime_function(runtime::function::FAIL, "fail", invocation);
        if is_promise {
            self.vm.then(&value, succeed, fail);
        } else if is_query {
            let call = HostCall {
                function: knex_surface::function::THEN,
                bound: &value,
                arguments: &[succeed, fail],
                construct: false,
                position: Position::default(),
            };
            self.with_knex(outside, now, |knex, vm, cx| knex.call(vm, cx, &call));
        } else {
            self.root = Root::Callback;
            self.vm.enter(&then, vec![succeed, fail]);
        }
    }

    /// The response goes out and the next event is asked for: the invocation is over.
    fn respond(&mut self, outside: &mut Outside<'_>, response: Response) {
        if let Some(current) = self.current.take() {
            self.vm.release(current.context);
            outside.signals.push(Signal::Over(current.invocation, response));
        }
    }

    /// The loop has nothing left that keeps it alive: what waited for that goes on. Whether anything did.
    fn empty_loop(&mut self, outside: &mut Outside<'_>) -> bool {
        if self.event_loop.is_alive() || self.knex.is_alive() {
            return false;
        }
        let Some(current) = self.current.as_ref().filter(|current| !current.promised) else { return false };
        if current.when_empty.is_some() {
            self.event_loop.set_immediate(NewTimer::host(COMPLETE, self.vm.context()));
        } else {
            // Neither a promise that can settle nor a callback is left: the runtime answers with null.
            self.respond(outside, Response::Value("null".into()));
        }
        true
    }

    fn tell(&self, outside: &mut Outside<'_>, at: Instant, kind: EventKind, invocation: Option<InvocationId>) {
        let environment = Some(outside.environment);
        outside.events.push(Event { at, environment, invocation: invocation.or(self.request), kind });
    }

    /// A line that the runtime itself prints.
    fn print(&mut self, outside: &mut Outside<'_>, now: Instant, text: &str) {
        let request = self.request;
        self.with_knex(outside, now, |_, vm, cx| {
            vm.set_context(request.map_or(0, |request| request.0));
            cx.print(vm, Stream::Stderr, Level::Error, text, None);
        });
    }

    fn exit(&mut self, outside: &mut Outside<'_>, failure: Failure) {
        self.ended = true;
        outside.signals.push(Signal::Exited(failure));
    }
}

fn exit_failure(code: i32) -> Failure {
    let message = if code == 0 {
        "Runtime exited without providing a reason".to_owned()
    } else {
        format!("Runtime exited with error: exit status {}", code & 0xff)
    };
    Failure { name: "Runtime.ExitError".into(), message: message.into(), code: None }
}

/// What the handler machine asks for, answered by the process around it.
struct ProcessHost<'p, 'o> {
    began: Instant,
    steps_before: u64,
    events_before: u64,
    cost: Duration,
    event_loop: &'p mut EventLoop,
    drain: &'p mut Drain,
    knex: &'p mut Knex,
    request: Option<InvocationId>,
    current: &'p mut Option<Current>,
    lit: &'p mut BTreeLines,
    listeners: &'p mut Vec<Handle>,
    address: &'p mut (Rc<str>, u32),
    random: &'p mut Random,
    variables: &'p [(Rc<str>, Rc<str>)],
    resets: &'p [ConnectionId],
    outside: &'p mut Outside<'o>,
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
            listeners: self.listeners,
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
            return Answer::Return(vm.host_function(knex_surface::function::KNEX, "knex", Value::Undefined));
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
    fn answered(&mut self, vm: &mut Vm, now: Instant, by: u16, error: &Value, value: &Value) {
        let Some(current) = self.current.as_mut() else { return };
        current.answered = true;
        let (invocation, context) = (current.invocation, vm.held(current.context));
        let waits = by == runtime::function::CALLBACK
            && error.is_nullish()
            && vm.get(&context, "callbackWaitsForEmptyEventLoop").is_truthy();
        let response = if error.is_nullish() {
            runtime::response_of(vm, value)
        } else {
            let package = self.outside.package;
            let json = runtime::error_json(vm, error, &|file| package.files()[file.0 as usize].path.clone());
            self.cx(now).1.print(vm, Stream::Stderr, Level::Error, &format!("Invoke Error \t{json}"), None);
            Response::Error(failure_of(vm, error))
        };
        if waits {
            if let Some(current) = self.current.as_mut() {
                current.when_empty = Some(response);
            }
            return;
        }
        if let Some(current) = self.current.take() {
            vm.release(current.context);
        }
        self.outside.signals.push(Signal::Over(invocation, response));
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
        self.knex.get(vm, object, class, key)
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

    fn job(&mut self, vm: &mut Vm, number: u32) {
        let now = self.now(vm);
        let (knex, mut cx) = self.cx(now);
        knex.run_task(vm, &mut cx, number);
    }

    fn line(&mut self, vm: &Vm, position: Position) {
        let count = self.lit.get_or_insert_with((position.file, position.line), || 0);
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
