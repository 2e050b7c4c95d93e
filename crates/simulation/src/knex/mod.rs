//! Knex as handlers meet it: the client with its pool (tarn) and its driver (pg), in two recorded versions.
//!
//! | file | what lives there |
//! |---|---|
//! | [`profile`] | what tells the versions apart |
//! | [`config`] | a config object becomes a client and its pool's options |
//! | [`connection`] | its `connection` becomes an address, credentials, and what driver and session are told |
//! | [`exports`] | the layer that a program reaches: `knex.raw`, `knex.client.pool` and so on |
//! | `raw` | a query becomes the statement that is sent |
//! | `parameters` | the values bound to it, as text |
//! | [`run`] | a query from `then` to the settled promise |
//! | [`pool`] | tarn: acquire, create, release, reap, destroy |
//! | `setup` | from a pool's wish for a connection to one that it can use |
//! | [`driver`] | node-postgres: what a connection does with what arrives |
//! | [`query`] | and what it does with queries |
//! | [`task`] | their continuations, as plain data |
//!
//! All of it runs inside a process: it is called when a handler calls it, when a timer or immediate of its own fires, when
//! a microtask of its own has its turn, and when something has arrived for one of its connections. It never waits.

pub mod config;
pub mod connection;
pub mod driver;
pub mod exports;
mod parameters;
pub mod pool;
pub mod profile;
pub mod query;
mod raw;
pub mod run;
mod setup;
pub mod task;

use base::sorted_map::SortedMap;
use core::fmt;
use std::rc::Rc;

use crate::event::{
    ClientId, ConnectionId, EnvironmentId, EventKind, EventSink, InvocationId, Level, Position, Stream, TimerId,
};
use crate::network::Network;
use crate::node::context::Output;
use crate::node::event_loop::{Drain, EventLoop, NewTimer, Task as LoopTask, Tick};
use crate::server::{ToClient, ToServer};
use base::time::{Duration, Instant};
use connection::ConnectionConfig;
use javascript::{ErrorKind, Handle, Value, Vm};
use pool::{Acquire, Create, Destruction, Pool};
use postgres::SqlError;
use profile::Profile;
use run::Run;
use task::{AcquireId, CreateId, DestructionId, PoolId, RunId, Task, Tasks};

/// The loop's numbers below this are the runtime's own.
pub const FIRST_TASK: u32 = 16;

/// An error of a library, the driver, the server or the system, before it becomes an object of the handler's heap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// `name`.
    pub name: Rc<str>,
    /// `message`.
    pub message: Rc<str>,
    /// `code`.
    pub code: Option<&'static str>,
    /// Whether it is tarn's timeout, which Knex turns into its own.
    pub timed_out: bool,
    /// What a function of the handler's threw or called back with: it is passed on as it is.
    pub thrown: Option<Handle>,
}

impl Failure {
    /// An `Error` with a message.
    pub fn plain(message: &str) -> Self {
        Self::named("Error", message)
    }

    /// The same by another name.
    pub fn named(name: &str, message: &str) -> Self {
        Self { name: name.into(), message: message.into(), code: None, timed_out: false, thrown: None }
    }

    /// An error of a system call.
    pub fn system(code: &'static str, message: &str) -> Self {
        Self { code: Some(code), ..Self::plain(message) }
    }

    /// An error of the server: node-postgres names it `error`. Where PostgreSQL may well know what the mock does not, the
    /// message says so: it is all that a handler, its log and the command line have of it.
    pub fn of_server(error: &SqlError) -> Self {
        let note = error.note().map(|note| [" (", note, ")"].concat()).unwrap_or_default();
        Self { code: Some(error.sqlstate.code()), ..Self::named("error", &[&*error.message, &note].concat()) }
    }

    /// A value that a function of the handler's threw.
    pub fn thrown(vm: &mut Vm, value: Value) -> Self {
        let (name, message) = match (vm.error_name(&value), vm.error_message(&value)) {
            (Some(name), Some(message)) => (name, message),
            _ => ("".into(), vm.display(&value).into()),
        };
        Self { thrown: Some(vm.retain(value)), ..Self::named(&name, &message) }
    }

    /// The error as an object of the handler's.
    pub fn object(&self, vm: &mut Vm) -> Value {
        if let Some(thrown) = self.thrown {
            return vm.held(thrown);
        }
        let kind = match &*self.name {
            "TypeError" => ErrorKind::TypeError,
            "RangeError" => ErrorKind::RangeError,
            _ => ErrorKind::Error,
        };
        let error = vm.new_error(kind, &self.message);
        if !matches!(&*self.name, "Error" | "TypeError" | "RangeError") {
            vm.set_error_name(&error, &self.name);
        }
        if let Some(code) = self.code {
            vm.set(&error, "code", Value::string(code));
        }
        error
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.name.is_empty() {
            write!(out, "{}: ", self.name)?;
        }
        out.write_str(&self.message)
    }
}

/// A packet with its direction.
#[derive(Clone, Debug)]
pub enum Packet {
    /// To the server.
    Up(ToServer),
    /// To the client.
    Down(ToClient),
}

/// Something a process sends, to be put on the wire when it pauses.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// When it was sent.
    pub at: Instant,
    /// Over which connection.
    pub connection: ConnectionId,
    /// What.
    pub packet: ToServer,
}

/// The surroundings that the libraries work in, for the length of one call.
pub struct Cx<'a> {
    /// The time.
    pub now: Instant,
    /// The environment.
    pub environment: EnvironmentId,
    /// The invocation whose request id the runtime holds.
    pub invocation: Option<InvocationId>,
    /// The process' loop.
    pub event_loop: &'a mut EventLoop,
    /// Its queue of ticks.
    pub drain: &'a mut Drain,
    /// Where events go.
    pub events: &'a mut EventSink,
    /// The links.
    pub network: &'a mut Network<Packet>,
    /// What is sent.
    pub outbox: &'a mut Vec<Outgoing>,
    /// Connections whose reset has arrived and has not been read.
    pub resets_unread: &'a [ConnectionId],
    /// The environment's variables, as the process was started with them.
    pub variables: &'a [(Rc<str>, Rc<str>)],
}

/// What is said of an option that the real library heeds and this one has not, in the words of the language's subset.
fn refusal(name: &str, advice: &str) -> String {
    ["knex: ", name, " is not part of the Knex that runs here: ", advice].concat()
}

impl Cx<'_> {
    /// Tells an event of this environment. It belongs to the invocation whose work it is, where that is known.
    pub fn tell(&mut self, vm: &Vm, kind: EventKind) {
        self.output().emit(vm, kind);
    }

    /// A library's warning: standard output, as Knex's logger prints it.
    pub fn warn(&mut self, vm: &mut Vm, text: &str) {
        self.print(vm, Stream::Stdout, Level::Info, text, None);
    }

    /// A printed line. The log attributes it to the invocation whose request id the runtime holds.
    pub fn print(&mut self, vm: &mut Vm, stream: Stream, level: Level, text: &str, position: Option<Position>) {
        self.output().print(vm, stream, level, text, position);
    }

    fn output(&mut self) -> Output<'_> {
        let Self { now, environment, invocation, .. } = *self;
        Output { now, environment, invocation, events: self.events }
    }

    fn send(&mut self, connection: ConnectionId, packet: ToServer) {
        self.outbox.push(Outgoing { at: self.now, connection, packet });
    }

    fn task_number(&self, own: u32) -> u32 {
        own + FIRST_TASK
    }

    fn own_number(&self, number: u32) -> u32 {
        number - FIRST_TASK
    }
}

/// A Knex client.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its pool; `None` is `client.pool === undefined`.
    pub pool: Option<PoolId>,
    /// What stands for its pool where there is none: what the handler set it to.
    no_pool: Value,
    /// Whether it ever had one.
    pub had_pool: bool,
    /// The invocation in which its pool went, where it did.
    pub gone_since: Option<InvocationId>,
    /// Where it connects, or what a create fails with.
    connection: Result<ConnectionConfig, Failure>,
    /// The function that gives its connection, until it has given one.
    provider: Option<Handle>,
    search_path: Option<Result<config::SearchPath, Failure>>,
    /// What `initialize()` without an argument makes a pool of, or what it throws.
    options: Result<pool::PoolOptions, Rc<str>>,
    /// `acquireConnectionTimeout` of the client's own config.
    acquire_connection_timeout: Option<Value>,
    version_known: bool,
    object: Option<Handle>,
}

/// The library in one process.
#[derive(Clone, Debug)]
pub struct Knex {
    profile: &'static Profile,
    /// The clients, in the order in which they were made.
    pub clients: Vec<Client>,
    /// The pools that something still refers to.
    pub pools: SortedMap<PoolId, Pool>,
    /// The connections.
    pub connections: SortedMap<ConnectionId, driver::Connection>,
    runs: SortedMap<RunId, Run>,
    acquires: SortedMap<AcquireId, Acquire>,
    creates: SortedMap<CreateId, Create>,
    destructions: SortedMap<DestructionId, Destruction>,
    tasks: Tasks,
    last_number: u32,
    /// The address that the process last connected to, for the errors of the system.
    address: (Rc<str>, u32),
    /// The function that `require('knex')` gives, once it has been asked for.
    module: Option<Handle>,
    /// Runs, not yet settled.
    pub(crate) answers_pending: u32,
}

impl Knex {
    /// The library of a new process.
    pub fn new(profile: &'static Profile) -> Self {
        Self {
            profile,
            clients: Vec::new(),
            pools: SortedMap::new(),
            connections: SortedMap::new(),
            runs: SortedMap::new(),
            acquires: SortedMap::new(),
            creates: SortedMap::new(),
            destructions: SortedMap::new(),
            tasks: Tasks::default(),
            last_number: 0,
            address: ("127.0.0.1".into(), 5_432),
            module: None,
            answers_pending: 0,
        }
    }

    /// Whether a connection keeps the process' loop alive.
    pub fn is_alive(&self) -> bool {
        self.connections.values().any(|connection| !connection.ended)
    }

    /// The pool of a client.
    pub fn pool_of(&self, client: ClientId) -> Option<&Pool> {
        self.pools.get(&self.clients.get(client.0 as usize)?.pool?)
    }

    /// A close callback of the loop: a socket has closed.
    pub fn closed(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, token: u32) {
        self.ended(vm, cx, ConnectionId(token));
    }

    /// A timer, an immediate, a tick or a microtask of the library's has its turn; `number` is the loop's.
    pub fn run_task(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, number: u32) {
        let own = cx.own_number(number);
        match self.tasks.peek(own) {
            Some(Task::Reap(pool)) => {
                let pool = *pool;
                self.reap(vm, cx, pool);
            }
            Some(Task::PollValidations(destruction)) => {
                let destruction = *destruction;
                self.poll_validations(vm, cx, destruction);
            }
            Some(_) => loop {
                match self.tasks.turn(own) {
                    Some(task) => return self.perform(vm, cx, task),
                    None if vm.has_jobs() => return vm.enqueue_host_job(number),
                    // Nothing could come between its turns.
                    None => {}
                }
            },
            None => {}
        }
    }

    fn perform(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, task: Task) {
        match task {
            Task::Settle(run, answered) => self.settle(vm, cx, run, answered),
            Task::Release(run, answered) => self.release_and_settle(vm, cx, run, answered),
            Task::Acquired(run, connection) => self.acquired(vm, cx, run, connection),
            Task::AcquireFailed(run, failure, timed_out) => self.acquire_failed(vm, cx, run, failure, timed_out),
            Task::AcquireTimeout(acquire) => self.acquire_timed_out(vm, cx, acquire),
            Task::Validated { pool, acquire, connection, valid } => {
                self.validated(vm, cx, pool, acquire, connection, valid);
            }
            Task::TryAgain(pool) => self.try_acquire_or_create(vm, cx, pool),
            Task::Retry(pool) => self.retry(vm, cx, pool),
            Task::Created(create) => self.created(vm, cx, create),
            Task::CreateFailed(create, failure) => self.create_failed(vm, cx, create, failure),
            Task::CreateFailureSeen(pool, failure, before) => {
                self.create_failure_seen(vm, cx, pool, failure, before);
            }
            Task::CreateTimeout(create) => self.create_timed_out(vm, cx, create),
            Task::End(connection) => self.end(vm, cx, connection),
            Task::DestroyTimeout(connection) => self.destroy_timed_out(vm, connection),
            Task::Stage(destruction) => self.stage(vm, cx, destruction),
            Task::PoolGone(destruction) => self.pool_gone(vm, cx, destruction),
            Task::DestroyedNothing(told) => told.tell(vm, cx, self.profile),
            Task::QueryFails(connection, query, failure) => self.call_back(vm, cx, connection, query, Err(failure)),
            Task::ReadTimeout(connection, number) => self.read_timed_out(vm, cx, connection, number),
            Task::ConnectTimeout(connection) => self.connect_timed_out(vm, cx, connection),
            Task::EmitEnd(connection) => self.emit_end(vm, cx, connection),
            Task::Adopted(task) => self.hop(vm, cx, 1, *task),
            Task::Drain => self.drain(vm, cx),
            // These two repeat; `run_task` has looked at them already.
            Task::Reap(_) | Task::PollValidations(_) => {}
        }
    }

    /// Bluebird's queue, with what it queues meanwhile.
    fn drain(&mut self, vm: &mut Vm, cx: &mut Cx<'_>) {
        while let Some((context, task)) = self.tasks.bluebird.pop_front() {
            vm.set_context(context);
            self.perform(vm, cx, task);
        }
        self.tasks.drain_asked = false;
    }

    /// Goes on as a promise callback of the library does: after so many microtasks, or in Bluebird's next drain.
    fn hop(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, ticks: u8, task: Task) {
        if !self.profile.bluebird {
            self.microtask(vm, ticks, task);
            return;
        }
        self.tasks.bluebird.push_back((vm.context(), task));
        if !core::mem::replace(&mut self.tasks.drain_asked, true) {
            let number = self.tasks.keep(1, Task::Drain);
            cx.event_loop.set_immediate(NewTimer::host(number + FIRST_TASK, vm.context()));
        }
    }

    /// Goes on after one of tarn's promises, which are native: Bluebird adopts it, and asks for a drain only then.
    fn hop_from_tarn(&mut self, vm: &mut Vm, ticks: u8, task: Task) {
        let task = if self.profile.bluebird { Task::Adopted(Box::new(task)) } else { task };
        self.microtask(vm, ticks, task);
    }

    fn microtask(&mut self, vm: &mut Vm, ticks: u8, task: Task) {
        let number = self.tasks.keep(ticks, task);
        vm.enqueue_host_job(number + FIRST_TASK);
    }

    fn next_tick(&mut self, vm: &Vm, cx: &mut Cx<'_>, task: Task) {
        let number = self.tasks.keep(1, task);
        cx.drain.next_tick(Tick { task: LoopTask::Host(number + FIRST_TASK), context: vm.context() });
    }

    fn timer(&mut self, vm: &Vm, cx: &mut Cx<'_>, delay: Duration, task: Task) -> (TimerId, u32) {
        let number = self.tasks.keep(1, task);
        let timer = NewTimer::host(number + FIRST_TASK, vm.context());
        (cx.event_loop.set_timer(cx.now, delay, timer), number)
    }

    fn interval(&mut self, vm: &Vm, cx: &mut Cx<'_>, every: Duration, task: Task) -> (TimerId, u32) {
        let number = self.tasks.keep(1, task);
        let timer = NewTimer { repeats: true, ..NewTimer::host(number + FIRST_TASK, vm.context()) };
        (cx.event_loop.set_timer(cx.now, every, timer), number)
    }

    fn clear(&mut self, _vm: &Vm, cx: &mut Cx<'_>, timer: Option<(TimerId, u32)>) {
        if let Some((timer, number)) = timer
            && cx.event_loop.clear(timer).is_some()
        {
            self.tasks.forget(number);
        }
    }

    fn number(&mut self) -> u32 {
        self.last_number += 1;
        self.last_number
    }

    fn client_of(&self, connection: ConnectionId) -> Option<ClientId> {
        let pool = self.connections.get(&connection)?.pool;
        self.pools.get(&pool).map(|pool| pool.client)
    }
}
