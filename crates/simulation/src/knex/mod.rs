//! Knex as handlers meet it: the client with its pool (tarn) and its driver (pg), in two recorded versions.
//!
//! | file | contents |
//! |---|---|
//! | [`profile`] | the differences between the versions |
//! | [`config`] | a config object becomes a client and its pool's options |
//! | [`connection`] | the config's `connection` becomes an address, credentials and the driver's options |
//! | [`exports`] | the layer that a program reaches: `knex.raw`, `knex.client.pool` and so on |
//! | `raw` | a query becomes the statement that is sent |
//! | `parameters` | the values bound to it become text |
//! | [`run`] | a query from `then` to the settled promise |
//! | [`pool`] | tarn: acquire, create, release, reap, destroy |
//! | `setup` | Knex's part of a create: from the pool's wish for a connection to one that it can use |
//! | [`driver`] | node-postgres: connections and what arrives for them |
//! | [`query`] | node-postgres: queries |
//! | [`continuation`] | the continuations of all of them, as plain data |
//! | `context`, `error` | the context of a call; errors |
//!
//! All of it runs inside a process: it is called when a handler calls it, when a timer or immediate of its own fires, when
//! a microtask of its own has its turn, and when something has arrived for one of its connections. It never waits.

pub mod config;
pub mod connection;
mod context;
pub mod continuation;
pub mod driver;
mod error;
pub mod exports;
mod parameters;
pub mod pool;
pub mod profile;
pub mod query;
mod raw;
pub mod run;
mod setup;
#[cfg(test)]
mod tests;

use base::sorted_map::SortedMap;
use std::rc::Rc;

pub use self::context::{Cx, Outgoing, Packet};
pub use self::error::{ConfigError, LibraryError};

use self::error::refusal;
use crate::event::{ClientId, ConnectionId, InvocationId, TimerId};
use crate::node::event_loop::{NewTimer, Task, Tick};
use base::time::Duration;
use connection::ConnectionConfig;
use continuation::{AcquireId, Continuation, Continuations, CreateId, DestructionId, PoolId, RunId};
use javascript::{Handle, Value, Vm};
use pool::{Acquire, Create, Destruction, Pool};
use profile::{Profile, Promises};
use run::QueryRun;

/// The smallest number of a task of the libraries; smaller ones are the runtime client's.
pub const FIRST_TASK: u32 = 16;

/// A Knex client.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its pool; `None` if `client.pool` is undefined.
    pub pool: Option<PoolId>,
    /// The value of `client.pool` while it has no pool: undefined, or what the handler assigned.
    no_pool: Value,
    /// True if it ever had a pool.
    pub had_pool: bool,
    /// The invocation in which it lost its pool.
    pub gone_since: Option<InvocationId>,
    /// Where it connects, or the error that a create fails with.
    connection: Result<ConnectionConfig, LibraryError>,
    /// The function that provides its connection config, until it has provided one.
    provider: Option<Handle>,
    /// The statement that sets each connection's search path, or the error that a create fails with.
    search_path: Option<Result<config::SearchPath, LibraryError>>,
    /// The options of a pool that `initialize()` without an argument makes, or the error that it throws.
    options: Result<pool::PoolOptions, ConfigError>,
    /// `acquireConnectionTimeout` of the client's own config.
    acquire_connection_timeout: Option<Value>,
    /// True once the server's version is known: it was configured, or a connection has asked.
    version_known: bool,
    /// `knex.client`, once the handler has seen it.
    object: Option<Handle>,
}

/// The library in one process.
#[derive(Clone, Debug)]
pub struct Knex {
    profile: &'static Profile,
    /// The clients in the order in which they were made; a [`ClientId`] is an index.
    pub clients: Vec<Client>,
    /// The pools that a client, a handler or work under way refers to.
    pub pools: SortedMap<PoolId, Pool>,
    /// The connections that something refers to.
    pub connections: SortedMap<ConnectionId, driver::Connection>,
    runs: SortedMap<RunId, QueryRun>,
    acquires: SortedMap<AcquireId, Acquire>,
    creates: SortedMap<CreateId, Create>,
    destructions: SortedMap<DestructionId, Destruction>,
    continuations: Continuations,
    last_number: u32,
    /// The address that the process last connected to, for the errors of the system.
    address: (Rc<str>, u32),
    /// The function that `require('knex')` gives, once it has been asked for.
    module: Option<Handle>,
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
            continuations: Continuations::default(),
            last_number: 0,
            address: ("127.0.0.1".into(), 5_432),
            module: None,
        }
    }

    /// True if a connection keeps the process' loop alive.
    pub fn is_alive(&self) -> bool {
        self.connections.values().any(|connection| !connection.is_closed())
    }

    /// The number of queries whose promise is not settled.
    pub fn pending_queries(&self) -> u32 {
        self.runs.len() as u32
    }

    /// The pool of a client.
    pub fn pool_of(&self, client: ClientId) -> Option<&Pool> {
        self.pools.get(&self.clients.get(client.0 as usize)?.pool?)
    }

    /// Runs the close callback of a socket.
    pub fn closed(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, token: u32) {
        self.ended(vm, cx, ConnectionId(token));
    }

    /// Runs the task `number` of a timer, an immediate, a tick or a microtask.
    pub fn run_task(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, number: u32) {
        let own = number - FIRST_TASK;
        match self.continuations.peek(own) {
            Some(Continuation::Reap(pool)) => {
                let pool = *pool;
                self.reap(vm, cx, pool);
            }
            Some(Continuation::PollValidations(destruction)) => {
                let destruction = *destruction;
                self.poll_validations(vm, cx, destruction);
            }
            Some(_) => loop {
                match self.continuations.turn(own) {
                    Some(continuation) => return self.perform(vm, cx, continuation),
                    None if vm.has_jobs() => return vm.enqueue_host_job(number),
                    // No other microtask could run between its turns.
                    None => {}
                }
            },
            None => {}
        }
    }

    fn perform(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, continuation: Continuation) {
        match continuation {
            Continuation::Settle(run, answer) => self.settle(vm, cx, run, answer),
            Continuation::Release(run, answer) => self.release_and_settle(vm, cx, run, answer),
            Continuation::Acquired(run, connection) => self.acquired(vm, cx, run, connection),
            Continuation::AcquireFailed(run, error) => self.acquire_failed(vm, cx, run, error),
            Continuation::AcquireTimeout(acquire) => self.acquire_timed_out(vm, cx, acquire),
            Continuation::Validated { pool, acquire, connection, valid } => {
                self.validated(vm, cx, pool, acquire, connection, valid);
            }
            Continuation::TryAgain(pool) => self.try_acquire_or_create(vm, cx, pool),
            Continuation::Retry(pool) => self.retry(vm, cx, pool),
            Continuation::Created(create) => self.created(vm, cx, create),
            Continuation::CreateFailed(create, error) => self.create_failed(vm, cx, create, error),
            Continuation::CreateFailureSeen(pool, error, before) => {
                self.create_failure_seen(vm, cx, pool, error, before);
            }
            Continuation::CreateTimeout(create) => self.create_timed_out(vm, cx, create),
            Continuation::End(connection) => self.end(vm, cx, connection),
            Continuation::DestroyTimeout(connection) => self.destroy_timed_out(vm, connection),
            Continuation::Stage(destruction) => self.stage(vm, cx, destruction),
            Continuation::PoolGone(destruction) => self.pool_gone(vm, cx, destruction),
            Continuation::DestroyedNothing(caller) => caller.destroyed(vm, cx, self.profile),
            Continuation::QueryFails(connection, query, error) => self.call_back(vm, cx, connection, query, Err(error)),
            Continuation::ReadTimeout(connection, number) => self.read_timed_out(vm, cx, connection, number),
            Continuation::ConnectTimeout(connection) => self.connect_timed_out(vm, cx, connection),
            Continuation::EmitEnd(connection) => self.emit_end(vm, cx, connection),
            Continuation::Adopted(continuation) => self.hop(vm, cx, 1, *continuation),
            Continuation::Drain => self.drain(vm, cx),
            // These two belong to intervals; `run_task` runs them.
            Continuation::Reap(_) | Continuation::PollValidations(_) => {}
        }
    }

    /// Empties Bluebird's queue, with what it queues meanwhile.
    fn drain(&mut self, vm: &mut Vm, cx: &mut Cx<'_>) {
        while let Some((context, continuation)) = self.continuations.bluebird.pop_front() {
            vm.set_context(context);
            self.perform(vm, cx, continuation);
        }
        self.continuations.drain_scheduled = false;
    }

    /// Goes on as a promise callback of Knex does: after `turns` of the microtask queue, or in Bluebird's next drain.
    fn hop(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, turns: u8, continuation: Continuation) {
        match self.profile.promises {
            Promises::Native => self.microtask(vm, turns, continuation),
            Promises::Bluebird => {
                self.continuations.bluebird.push_back((vm.context(), continuation));
                if !core::mem::replace(&mut self.continuations.drain_scheduled, true) {
                    let number = self.continuations.keep(1, Continuation::Drain);
                    cx.event_loop.set_immediate(NewTimer::host(number + FIRST_TASK, vm.context()));
                }
            }
        }
    }

    /// Goes on after one of tarn's promises, which are native: Bluebird adopts it, and schedules a drain only then.
    fn hop_from_tarn(&mut self, vm: &mut Vm, turns: u8, continuation: Continuation) {
        let continuation = match self.profile.promises {
            Promises::Native => continuation,
            Promises::Bluebird => Continuation::Adopted(Box::new(continuation)),
        };
        self.microtask(vm, turns, continuation);
    }

    fn microtask(&mut self, vm: &mut Vm, turns: u8, continuation: Continuation) {
        let number = self.continuations.keep(turns, continuation);
        vm.enqueue_host_job(number + FIRST_TASK);
    }

    fn next_tick(&mut self, vm: &Vm, cx: &mut Cx<'_>, continuation: Continuation) {
        let number = self.continuations.keep(1, continuation);
        cx.drain.next_tick(Tick { task: Task::Host(number + FIRST_TASK), context: vm.context() });
    }

    /// Sets a timer; returns it with the number of its continuation.
    fn timer(&mut self, vm: &Vm, cx: &mut Cx<'_>, delay: Duration, continuation: Continuation) -> (TimerId, u32) {
        let number = self.continuations.keep(1, continuation);
        let timer = NewTimer::host(number + FIRST_TASK, vm.context());
        (cx.event_loop.set_timer(cx.now, delay, timer), number)
    }

    /// Sets an interval; returns it with the number of its continuation.
    fn interval(&mut self, vm: &Vm, cx: &mut Cx<'_>, every: Duration, continuation: Continuation) -> (TimerId, u32) {
        let number = self.continuations.keep(1, continuation);
        let timer = NewTimer { repeats: true, ..NewTimer::host(number + FIRST_TASK, vm.context()) };
        (cx.event_loop.set_timer(cx.now, every, timer), number)
    }

    /// Clears a timer with its continuation, unless it has fired.
    fn clear(&mut self, cx: &mut Cx<'_>, timer: Option<(TimerId, u32)>) {
        if let Some((timer, number)) = timer
            && cx.event_loop.clear(timer).is_some()
        {
            self.continuations.forget(number);
        }
    }

    /// A number that no other run, acquire, create, pool, destruction or query of the process has.
    fn number(&mut self) -> u32 {
        self.last_number += 1;
        self.last_number
    }

    fn client_of(&self, connection: ConnectionId) -> Option<ClientId> {
        let pool = self.connections.get(&connection)?.pool;
        self.pools.get(&pool).map(|pool| pool.client)
    }
}
