//! The process in an execution environment: the handler machine, Node's loop, Knex, and the runtime client, run together.
//!
//! It is driven from outside: [`Process::run`] goes on from one moment to another and returns when it wants to go on next.
//! Within that, the order is Node's:
//!
//! ```text
//!   a callback of the loop ──► its code, step by step ──► ticks and microtasks, in Node's order ──► the next callback
//! ```
//!
//! A process can be stopped between any two steps, frozen there, and cloned.
//!
//! Three structs carry what its parts need, each lent by the one before it:
//!
//! | struct | owner | contents |
//! |---|---|---|
//! | [`Outside`] | the world | what the process shares with the world while it runs: events, network, files, signals |
//! | [`ProcessHost`] | the process | its own state beside the machine, and the outside: what the machine's host calls work on |
//! | [`Cx`] | Knex | the part of both that the libraries need, for one call |

mod callbacks;
mod exports;
mod host;
mod invocation;

use std::rc::Rc;

use self::host::{HostState, ProcessHost};
use self::invocation::Facts;
use super::exit::ProcessExit;
use crate::event::{ConnectionId, EnvironmentId, EventSink, Failure, InvocationId};
use crate::knex::{Cx, Knex, Outgoing, Packet, profile};
use crate::lambda::environment;
use crate::lambda::package::Package;
use crate::lambda::registry::registry;
use crate::lambda::runtime::{NextEvent, Response};
use crate::limits;
use crate::network::Network;
use crate::node::event_loop::{EventLoop, Turn};
use crate::node::files::Files;
use crate::server::ToClient;
use crate::settings::Settings;
use base::time::Instant;
pub use exports::LAYER;
use javascript::{Stop, Value, Vm, VmOptions};

/// The options that a process is started with.
#[derive(Clone, Debug)]
pub struct ProcessOptions {
    /// `process.env`.
    pub variables: Rc<Vec<(Rc<str>, Rc<str>)>>,
    /// The version of Knex.
    pub knex: &'static profile::Profile,
    /// The bytes of heap that its code may use.
    pub heap_bytes: usize,
    /// The seed of `Math.random`.
    pub seed: u64,
}

impl ProcessOptions {
    /// The options for one function by the settings of a run; `log_stream` is the name of the environment's log stream.
    pub fn new(settings: &Settings, function: &str, log_stream: &str) -> Self {
        Self {
            variables: Rc::new(environment::variables(settings, function, log_stream)),
            knex: profile::Profile::of(settings.knex),
            heap_bytes: memory_of(settings).min(settings.heap_mb as usize * 1_048_576),
            seed: settings.seed,
        }
    }
}

/// An arrival that waits to be read by the process.
#[derive(Clone, Debug)]
pub enum Arrival {
    /// A packet from the server.
    Packet(ConnectionId, ToClient),
    /// The next event, from the Runtime API.
    Invocation(NextEvent),
}

/// A signal of a process to the environment around it.
#[derive(Clone, Debug)]
pub enum Signal {
    /// The module has been evaluated.
    Loaded,
    /// The module threw while it was evaluated.
    InitFailed(Failure),
    /// The invocation is over with this response: the runtime client has asked for the next event.
    Over(InvocationId, Response),
    /// The process has ended.
    Exited(ProcessExit),
}

/// The part of the world that a process works on while it runs.
pub struct Outside<'a> {
    /// The environment of the process.
    pub environment: EnvironmentId,
    /// The package that it runs.
    pub package: &'a Package,
    /// The settings of the run.
    pub settings: &'a Settings,
    /// The environment's /tmp.
    pub files: &'a mut Files,
    /// Receives events.
    pub events: &'a mut EventSink,
    /// Opens and closes links.
    pub network: &'a mut Network<Packet>,
    /// Receives packets to the server; the process pauses until they are taken.
    pub outbox: &'a mut Vec<Outgoing>,
    /// Receives signals; the process pauses until they are taken.
    pub signals: &'a mut Vec<Signal>,
    /// The moment at which the function's timeout ends the invocation under way.
    pub deadline: Option<Instant>,
    /// True if the process is to pause at its first event, so that a reader can see it.
    pub stop_at_events: bool,
}

/// The reason why the code under way was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Root {
    /// The evaluation of the module.
    Module,
    /// The handler's own call.
    Handler,
    /// A callback of the loop, a tick or a microtask: an error in it is an uncaught exception.
    Callback,
}

/// The end of the code under way.
#[derive(Clone, Debug)]
enum Done {
    /// It returned or threw this value.
    Finished(Result<Value, Value>),
    /// It ended the process.
    Exited(ProcessExit),
}

/// The state in which [`Process::run`] left the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ran {
    /// It has more to do, from this moment on.
    Busy(Instant),
    /// It has nothing to do until this moment, or until something arrives.
    Blocked(Option<Instant>),
    /// The process has ended.
    Ended,
}

/// A Node process with the handler's module.
#[derive(Clone, Debug)]
pub struct Process {
    vm: Vm,
    /// Its state beside the machine.
    state: HostState,
    loaded: bool,
    root: Root,
    /// The end of the code under way, if its last step has just been taken.
    done: Option<Done>,
    /// True while ticks and microtasks are being run.
    draining: bool,
    ended: bool,
    /// Steps in the invocation under way (or since the last one).
    steps: u64,
    /// The part of the machine's work that is counted among them.
    worked: u64,
    /// Its own time: the end of its last step.
    clock: Instant,
    /// Connections that gave data in this round of the loop.
    has_read: Vec<ConnectionId>,
    /// The constant properties of the handlers' `context`; made with the first invocation.
    facts: Option<Rc<Facts>>,
}

impl Process {
    /// A process that is about to evaluate the package's module.
    pub fn new(options: &ProcessOptions, package: &Package) -> Self {
        let mut vm = Vm::new(VmOptions { heap_bytes: options.heap_bytes }, registry());
        vm.require(package.main());
        Self {
            vm,
            state: HostState::new(options),
            loaded: false,
            root: Root::Module,
            done: None,
            draining: false,
            ended: false,
            steps: 0,
            worked: 0,
            clock: Instant::ZERO,
            has_read: Vec::new(),
            facts: None,
        }
    }

    /// Counts work that was done for the process among its steps.
    pub fn charge(&mut self, steps: u64) {
        self.steps += steps;
    }

    /// Puts an arrival into its inbox.
    pub fn arrive(&mut self, arrival: Arrival) {
        if let Arrival::Packet(connection, ToClient::ConnectionReset) = &arrival {
            self.state.resets_unread.push(*connection);
        }
        self.state.inbox.push_back(arrival);
    }

    /// True if it has something to do at `now`.
    pub fn is_busy(&self, now: Instant) -> bool {
        !self.ended
            && (!self.vm.is_idle()
                || self.done.is_some()
                || self.draining
                || self.state.event_loop.has_work(now, self.state.inbox.len()))
    }

    /// The moment at which it wants to go on, if nothing arrives before.
    pub fn wakes_at(&self, now: Instant) -> Option<Instant> {
        if self.ended {
            None
        } else if self.is_busy(now) {
            Some(now)
        } else {
            self.state.event_loop.next_due()
        }
    }

    /// Freezes it at `now`.
    pub fn freeze(&mut self, now: Instant) {
        self.state.event_loop.stop(now);
    }

    /// True once its module has been evaluated.
    pub fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// The handler machine.
    pub fn vm(&self) -> &Vm {
        &self.vm
    }

    /// Node's event loop.
    pub fn event_loop(&self) -> &EventLoop {
        &self.state.event_loop
    }

    /// Knex, with its pools and connections.
    pub fn knex(&self) -> &Knex {
        &self.state.knex
    }

    /// The arrivals that wait to be read.
    pub fn inbox(&self) -> impl Iterator<Item = &Arrival> {
        self.state.inbox.iter()
    }

    /// The invocation whose request id the runtime client holds: the log attributes lines to it.
    pub fn request(&self) -> Option<InvocationId> {
        self.state.request
    }

    /// Its own time: the end of its last step.
    pub fn clock(&self) -> Instant {
        self.clock
    }

    /// Goes on from `now` until just before `until`, or until the world has to take something from [`Outside`]. A step that
    /// begins before `until` is taken whole.
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
            let has_output = !outside.outbox.is_empty() || !outside.signals.is_empty();
            if has_output || (outside.stop_at_events && outside.events.count() > before) {
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
                match self.state.event_loop.next_turn(*clock, self.state.inbox.len()) {
                    Turn::Block(_) => {
                        self.has_read.clear();
                        if self.empty_loop() {
                            continue;
                        }
                        return Ran::Blocked(self.state.event_loop.rest(&self.state.knex.quiet_ticks()));
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
            && !self.state.event_loop.has_work(now, self.state.inbox.len())
        {
            Ran::Blocked(self.state.event_loop.next_due())
        } else {
            Ran::Busy(now)
        }
    }

    /// Runs code from `now` until just before `until`; returns the moment after it.
    fn execute(&mut self, outside: &mut Outside<'_>, now: Instant, until: Instant) -> Instant {
        let cost = outside.settings.latency.step;
        let room = if cost.is_zero() { 10_000 } else { (until.since(now).as_micros()).div_ceil(cost.as_micros()) };
        let budget = room.min(limits::STEPS_PER_INVOCATION.saturating_sub(self.steps)).max(1);
        let before = self.vm.steps();
        let stop = self.with_host(outside, now, |vm, host| vm.run(host, budget));
        let taken = self.vm.steps() - before;
        self.steps += taken;
        // This includes the work of the libraries in callbacks of their own since the last run.
        let worked = self.vm.work();
        self.steps += worked - core::mem::replace(&mut self.worked, worked);
        let now = now + cost.times(taken);
        match stop {
            Stop::Budget | Stop::Paused => {}
            Stop::Finished(result) => self.done = Some(Done::Finished(result)),
            Stop::Exited(status) => self.done = Some(Done::Exited(ProcessExit::Status(status))),
            Stop::OutOfMemory => self.done = Some(Done::Exited(out_of_memory(outside.settings))),
        }
        now
    }

    fn with_host<T>(
        &mut self,
        outside: &mut Outside<'_>,
        now: Instant,
        work: impl FnOnce(&mut Vm, &mut ProcessHost<'_, '_>) -> T,
    ) -> T {
        let mut host = ProcessHost {
            began: now,
            steps_before: self.vm.steps(),
            events_before: outside.events.count(),
            state: &mut self.state,
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
        let (knex, mut cx) = self.state.knex_in(outside, now);
        work(knex, &mut self.vm, &mut cx)
    }
}

/// The bytes of memory that the runtime leaves for a function's values.
fn memory_of(settings: &Settings) -> usize {
    settings.lambda.memory_mb.saturating_sub(environment::RUNTIME_MB) as usize * 1_048_576
}

fn out_of_memory(settings: &Settings) -> ProcessExit {
    let own_limit = memory_of(settings) > settings.heap_mb as usize * 1_048_576;
    ProcessExit::OutOfMemory { limit_of_simulation: own_limit.then_some(settings.heap_mb) }
}
