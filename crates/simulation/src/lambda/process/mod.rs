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

mod callbacks;
mod exports;
mod host;
mod invocation;

use std::rc::Rc;

use self::host::ProcessHost;
use self::invocation::Facts;
use crate::event::{ConnectionId, EnvironmentId, EventSink, Failure, FileId, InvocationId};
use crate::knex::{Cx, Knex, Outgoing, Packet, profile};
use crate::lambda::environment;
use crate::lambda::package::Package;
use crate::lambda::registry::registry;
use crate::lambda::runtime::{Current, ProcessExit, Response};
use crate::limits;
use crate::network::Network;
use crate::node::event_loop::{Drain, EventLoop, Turn};
use crate::node::files::Files;
use crate::random::Random;
use crate::server::ToClient;
use crate::settings::Settings;
use base::time::Instant;
pub use exports::LAYER;
use javascript::{Stop, Value, Vm, VmOptions};
use std::collections::VecDeque;

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
    /// The options that follow from a run's settings for one function; `log_stream` is the environment's.
    pub fn new(settings: &Settings, function: &str, log_stream: &str) -> Self {
        Self {
            variables: Rc::new(environment::variables(settings, function, log_stream)),
            knex: profile::profile(settings.knex),
            heap_bytes: memory_of(settings).min(settings.heap_mb as usize * 1_048_576),
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
    Exited(ProcessExit),
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
    Exited(ProcessExit),
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
    inbox: VecDeque<Arrival>,
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
    /// How much of the machine's work has been counted among them.
    worked: u64,
    /// How far its own time has come: the end of its last step.
    clock: Instant,
    /// Connections that gave data in this round of the loop.
    has_read: Vec<ConnectionId>,
    lit: LitLines,
    address: (Rc<str>, u32),
    random: Random,
    variables: Rc<Vec<(Rc<str>, Rc<str>)>>,
    /// What its handlers' `context` says in each invocation; made with the first.
    facts: Option<Rc<Facts>>,
}

type LitLines = base::sorted_map::SortedMap<(FileId, u32), u32>;

impl Process {
    /// A process that is about to evaluate the package's module.
    pub fn new(options: &ProcessOptions, package: &Package) -> Self {
        let mut vm = Vm::new(VmOptions { heap_bytes: options.heap_bytes }, registry());
        vm.require(package.main());
        Self {
            vm,
            event_loop: EventLoop::default(),
            drain: Drain::default(),
            knex: Knex::new(options.knex),
            inbox: VecDeque::default(),
            request: None,
            current: None,
            loaded: false,
            root: Root::Module,
            done: None,
            draining: false,
            ended: false,
            steps: 0,
            worked: 0,
            clock: Instant::ZERO,
            has_read: Vec::new(),
            lit: LitLines::new(),
            address: ("127.0.0.1".into(), 5_432),
            random: Random::new(options.seed ^ 0x4d61_7468_2e72_616e),
            variables: options.variables.clone(),
            facts: None,
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
        let limit = Instant::ZERO + environment::INIT_LIMIT;
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

    /// Something was done for it that counts as so many of its steps.
    pub fn charge(&mut self, steps: u64) {
        self.steps += steps;
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

    /// It is frozen at this moment.
    pub fn freeze(&mut self, now: Instant) {
        self.event_loop.stop(now);
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
                    Done::Exited(exit) => self.exit(outside, exit),
                }
            } else if !self.vm.is_idle() {
                *clock = self.execute(outside, *clock, until);
            } else if self.draining {
                self.drain_one(outside, *clock);
            } else {
                match self.event_loop.next_turn(*clock, self.inbox.len()) {
                    Turn::Block(_) => {
                        self.has_read.clear();
                        if self.empty_loop() {
                            continue;
                        }
                        return Ran::Blocked(self.event_loop.rest(&self.knex.quiet_ticks()));
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
        let budget = room.min(limits::STEPS_PER_INVOCATION.saturating_sub(self.steps)).max(1);
        let before = self.vm.steps();
        let stop = self.with_host(outside, now, |vm, host| vm.run(host, budget));
        let taken = self.vm.steps() - before;
        self.steps += taken;
        // What the libraries did in callbacks of their own since the last time counts as well.
        let worked = self.vm.work();
        self.steps += worked - core::mem::replace(&mut self.worked, worked);
        let now = now + cost.times(taken);
        match stop {
            Stop::Budget | Stop::Paused => {}
            Stop::Finished(result) => self.done = Some(Done::Finished(result)),
            Stop::Exited(code) => self.done = Some(Done::Exited(ProcessExit::Exited { code })),
            Stop::OutOfMemory => {
                self.done = Some(Done::Exited(out_of_memory(outside.settings)));
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
            variables: &self.variables,
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
}

/// The bytes that Lambda leaves a function's values.
fn memory_of(settings: &Settings) -> usize {
    settings.lambda.memory_mb.saturating_sub(environment::RUNTIME_MB) as usize * 1_048_576
}

/// Lambda's words, and whose limit it was where it was not `lambda.memory`.
fn out_of_memory(settings: &Settings) -> ProcessExit {
    let mut message = String::from("Runtime exited with error: signal: killed");
    if memory_of(settings) > settings.heap_mb as usize * 1_048_576 {
        let [before, after] = limits::HEAP_MESSAGE;
        message += before;
        message += &settings.heap_mb.to_string();
        message += after;
    }
    ProcessExit::OutOfMemory { message: message.into() }
}
