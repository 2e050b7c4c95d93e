//! The pool: tarn 1.1 and tarn 3.1, step by step.
//!
//! ```text
//!   acquire ──► waiting ──┬─ a free one, still good ─► used ──release──► free ──idle too long──► destroyed
//!                         ├─ room for one more ──────► being made ──► free
//!                         └─ acquireTimeoutMillis ───► rejected
//!   destroy: marked ─► creates settled ─► validations done ─► used released ─► waiters aborted ─► free ones closed ─► gone
//! ```
//!
//! No connection is made before the first acquire, whatever `min` says. The reaper is a timer of the process, so it does not
//! run while frozen.

use std::rc::Rc;

use super::driver::Connection;
use super::profile::ticks;
use super::task::{AcquireId, CreateId, DestructionId, PoolId, RunId, Task};
use super::{Cx, Failure, Knex};
use crate::event::{ClientId, ConnectionId, EventKind, TimerId};
use crate::js::{Handle, Vm};
use crate::node::event_loop::NewTimer;
use crate::postgres::server::{Reach, ToServer, reach};
use crate::time::{Duration, Instant};

/// A pool's options after all defaults.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // the names are tarn's
pub struct PoolOptions {
    pub min: u32,
    pub max: u32,
    pub acquire_timeout: Duration,
    pub create_timeout: Duration,
    pub destroy_timeout: Duration,
    pub idle_timeout: Duration,
    pub reap_interval: Duration,
    pub create_retry_interval: Duration,
    pub propagate_create_error: bool,
}

/// A connection among the free ones.
#[derive(Clone, Copy, Debug)]
pub struct Free {
    /// Which.
    pub connection: ConnectionId,
    since: Instant,
}

/// A pool.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Whose.
    pub client: ClientId,
    /// Its options.
    pub options: PoolOptions,
    /// Connections in use (and, in tarn 3, those whose validation is under way).
    pub used: Vec<ConnectionId>,
    /// Free connections; the last one is taken first.
    pub free: Vec<Free>,
    /// Creates under way.
    pub creates: Vec<CreateId>,
    /// Acquires that wait, the first first.
    pub acquires: Vec<AcquireId>,
    validations: Vec<AcquireId>,
    /// Whether `destroy()` has been called.
    pub destroyed: bool,
    /// Connections on their way out.
    pub destroying: Vec<ConnectionId>,
    reaper: Option<(TimerId, u32)>,
    retries: Vec<(TimerId, u32)>,
    destructions: Vec<DestructionId>,
    /// The object that the handler sees.
    pub object: Option<Handle>,
    told: (u32, u32, u32, u32),
}

/// An acquire.
#[derive(Clone, Debug)]
pub struct Acquire {
    run: RunId,
    pool: PoolId,
    timer: Option<(TimerId, u32)>,
    rejected: bool,
    /// What a create failed with meanwhile: the message of a timeout.
    cause: Option<Rc<str>>,
}

/// A create.
#[derive(Clone, Debug)]
pub struct Create {
    pool: PoolId,
    connection: ConnectionId,
    timer: Option<(TimerId, u32)>,
    /// The acquires that waited when it began.
    before: Vec<AcquireId>,
    timed_out: bool,
}

impl Pool {
    /// A new pool of a client.
    pub fn new(client: ClientId, options: PoolOptions) -> Self {
        Self {
            client,
            options,
            used: Vec::new(),
            free: Vec::new(),
            creates: Vec::new(),
            acquires: Vec::new(),
            validations: Vec::new(),
            destroyed: false,
            destroying: Vec::new(),
            reaper: None,
            retries: Vec::new(),
            destructions: Vec::new(),
            object: None,
            told: (0, 0, 0, 0),
        }
    }

    /// Used, free, waiting acquires and creates under way, as the pool's own counters tell them.
    pub fn counts(&self) -> (u32, u32, u32, u32) {
        (self.used.len() as u32, self.free.len() as u32, self.acquires.len() as u32, self.creates.len() as u32)
    }

    fn is_empty(&self) -> bool {
        self.counts() == (0, 0, 0, 0) && self.validations.is_empty()
    }
}

const OPERATION_TIMED_OUT: &str = "operation timed out for an unknown reason";

impl Knex {
    /// `acquire()`: for a run that needs a connection.
    pub(super) fn acquire(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: PoolId, run: RunId) {
        let Some(timeout) = self.pools.get(&id).map(|pool| pool.options.acquire_timeout) else { return };
        let acquire = AcquireId(self.number());
        let timer = self.timer(vm, cx, timeout, Task::AcquireTimeout(acquire));
        self.acquires.insert(acquire, Acquire { run, pool: id, timer: Some(timer), rejected: false, cause: None });
        if let Some(pool) = self.pools.get_mut(&id) {
            pool.acquires.push(acquire);
        }
        self.try_acquire_or_create(vm, cx, id);
        self.tell_pool(vm, cx, id);
    }

    pub(super) fn try_acquire_or_create(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: PoolId) {
        let Some(pool) = self.pools.get(&id) else { return };
        if pool.destroyed {
            return;
        }
        if !pool.free.is_empty() {
            if self.profile.validates_later {
                self.acquire_with_later_validation(vm, cx, id);
            } else {
                self.acquire_with_validation(vm, cx, id);
            }
        } else if ((pool.used.len() + pool.creates.len()) as u32) < pool.options.max
            && pool.creates.len() < pool.acquires.len()
        {
            self.create(vm, cx, id);
        }
        self.tell_pool(vm, cx, id);
    }

    /// tarn 1: looks at each free connection at once, the last first.
    fn acquire_with_validation(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: PoolId) {
        let mut destroyed_any = false;
        while let Some(pool) = self.pools.get(&id)
            && let (Some(free), Some(acquire)) = (pool.free.last().copied(), pool.acquires.first().copied())
        {
            let valid = self.validate(vm, cx, free.connection);
            let Some(pool) = self.pools.get_mut(&id) else { return };
            pool.free.pop();
            if !valid {
                destroyed_any = true;
                self.destroy_connection(vm, cx, id, free.connection);
                continue;
            }
            pool.acquires.remove(0);
            pool.used.push(free.connection);
            self.start_reaping(vm, cx, id);
            self.grant(vm, cx, acquire, free.connection);
        }
        if destroyed_any {
            self.try_acquire_or_create(vm, cx, id);
        }
    }

    /// tarn 3: counts the connection as used and learns in a few microtasks whether it is good.
    fn acquire_with_later_validation(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: PoolId) {
        while let Some(pool) = self.pools.get_mut(&id)
            && !pool.free.is_empty()
            && !pool.acquires.is_empty()
        {
            let acquire = pool.acquires.remove(0);
            let Some(Free { connection, .. }) = pool.free.pop() else { return };
            pool.validations.push(acquire);
            pool.used.push(connection);
            let valid = self.validate(vm, cx, connection);
            let after = if valid { ticks::VALID } else { ticks::INVALID };
            self.microtask(vm, after, Task::Validated { pool: id, acquire, connection, valid });
        }
    }

    pub(super) fn validated(
        &mut self,
        vm: &mut Vm,
        cx: &mut Cx<'_>,
        id: PoolId,
        acquire: AcquireId,
        connection: ConnectionId,
        valid: bool,
    ) {
        let rejected = self.acquires.get(&acquire).is_none_or(|acquire| acquire.rejected);
        let Some(pool) = self.pools.get_mut(&id) else { return };
        pool.validations.retain(|other| *other != acquire);
        if valid && !rejected {
            self.start_reaping(vm, cx, id);
            self.grant(vm, cx, acquire, connection);
        } else {
            pool.used.retain(|other| *other != connection);
            if valid {
                pool.free.push(Free { connection, since: cx.now });
            }
            if !rejected {
                pool.acquires.insert(0, acquire);
            }
            if !valid {
                self.destroy_connection(vm, cx, id, connection);
                // Not at once, so as not to starve the event loop.
                self.timer(vm, cx, Duration::ZERO, Task::TryAgain(id));
            }
        }
        self.used_changed(vm, cx, id);
        self.tell_pool(vm, cx, id);
    }

    /// Knex's look at a connection before it is used: a lost one is told of and thrown away.
    fn validate(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId) -> bool {
        let Some(connection) = self.connections.get(&id) else { return false };
        match &connection.disposed {
            None => true,
            Some(why) => {
                let text = format!("Connection Error: {why}");
                cx.warn(vm, &text);
                false
            }
        }
    }

    fn grant(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: AcquireId, connection: ConnectionId) {
        let Some(acquire) = self.acquires.remove(&id) else { return };
        self.clear(vm, cx, acquire.timer);
        self.hop_from_tarn(vm, ticks::ACQUIRED, Task::Acquired(acquire.run, connection));
    }

    fn reject_acquire(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: AcquireId, failure: Failure, timed_out: bool) {
        let Some(acquire) = self.acquires.get_mut(&id) else { return };
        if core::mem::replace(&mut acquire.rejected, true) {
            return;
        }
        let (run, pool) = (acquire.run, acquire.pool);
        let timer = acquire.timer.take();
        self.clear(vm, cx, timer);
        let pending = self.pools.get_mut(&pool).is_some_and(|pool| {
            pool.acquires.retain(|other| *other != id);
            pool.validations.contains(&id)
        });
        if !pending {
            self.acquires.remove(&id);
        }
        self.hop_from_tarn(vm, ticks::ACQUIRE_REJECTED, Task::AcquireFailed(run, failure, timed_out));
        self.tell_pool(vm, cx, pool);
    }

    pub(super) fn acquire_timed_out(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: AcquireId) {
        let Some(acquire) = self.acquires.get_mut(&id) else { return };
        acquire.timer = None;
        let message = acquire.cause.clone().unwrap_or_else(|| OPERATION_TIMED_OUT.into());
        self.reject_acquire(vm, cx, id, Failure::plain(&message), true);
    }

    fn create(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: PoolId) {
        let Some(pool) = self.pools.get(&id) else { return };
        let (client, timeout, before) = (pool.client, pool.options.create_timeout, pool.acquires.clone());
        let create = CreateId(self.number());
        let timer = self.timer(vm, cx, timeout, Task::CreateTimeout(create));
        let connection = cx.network.open(cx.environment);
        self.connections.insert(connection, Connection::new(create, id));
        self.creates.insert(create, Create { pool: id, connection, timer: Some(timer), before, timed_out: false });
        if let Some(pool) = self.pools.get_mut(&id) {
            pool.creates.push(create);
        }
        cx.tell(vm, EventKind::Connecting { connection, client });
        let settings = self.clients[client.0 as usize].connection.clone();
        cx.set_address(&settings.host, settings.port);
        match reach(&settings.host, settings.port) {
            Reach::Server => cx.send(connection, ToServer::Connect),
            // The system says so at once, without a packet leaving the machine.
            Reach::Refused => cx.event_loop.pend(connection.0),
            Reach::Nowhere => {}
            Reach::Unknown => self.unresolved(vm, cx, connection, &settings.host),
        }
    }

    pub(super) fn created(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: CreateId) {
        let Some(create) = self.creates.remove(&id) else { return };
        self.clear(vm, cx, create.timer);
        if let Some(connection) = self.connections.get_mut(&create.connection) {
            connection.create = None;
        }
        if create.timed_out && self.profile.forgets_late_creates {
            self.end(vm, cx, create.connection);
            return;
        }
        let Some(pool) = self.pools.get_mut(&create.pool) else { return };
        pool.creates.retain(|other| *other != id);
        pool.free.push(Free { connection: create.connection, since: cx.now });
        self.tell_pool(vm, cx, create.pool);
        if !create.timed_out {
            self.microtask(vm, ticks::CREATE_SEEN, Task::TryAgain(create.pool));
        }
        self.creates_changed(vm, create.pool);
    }

    pub(super) fn create_failed(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: CreateId, failure: Failure) {
        let Some(create) = self.creates.remove(&id) else { return };
        self.clear(vm, cx, create.timer);
        if let Some(connection) = self.connections.get(&create.connection)
            && connection.ended
        {
            self.connections.remove(&create.connection);
        }
        let Some(pool) = self.pools.get_mut(&create.pool) else { return };
        pool.creates.retain(|other| *other != id);
        self.tell_pool(vm, cx, create.pool);
        if !create.timed_out {
            let task = Task::CreateFailureSeen(create.pool, failure, create.before);
            self.microtask(vm, ticks::CREATE_FAILURE_SEEN, task);
        }
        self.creates_changed(vm, create.pool);
    }

    pub(super) fn create_timed_out(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: CreateId) {
        let Some(create) = self.creates.get_mut(&id) else { return };
        create.timed_out = true;
        create.timer = None;
        let (pool, before) = (create.pool, create.before.clone());
        if self.profile.forgets_late_creates
            && let Some(pool) = self.pools.get_mut(&pool)
        {
            pool.creates.retain(|other| *other != id);
        }
        let failure = Failure { timed_out: true, ..Failure::plain(OPERATION_TIMED_OUT) };
        self.microtask(vm, ticks::CREATE_FAILURE_SEEN, Task::CreateFailureSeen(pool, failure, before));
        self.tell_pool(vm, cx, pool);
        self.creates_changed(vm, pool);
    }

    /// The waiters learn of a failed create: the first at once where errors are propagated, the others at their timeout.
    pub(super) fn create_failure_seen(
        &mut self,
        vm: &mut Vm,
        cx: &mut Cx<'_>,
        id: PoolId,
        failure: Failure,
        before: Vec<AcquireId>,
    ) {
        let Some(pool) = self.pools.get(&id) else { return };
        if pool.destroyed && self.profile.forgets_late_creates {
            return;
        }
        let first = pool.acquires.first().copied().filter(|_| pool.options.propagate_create_error);
        let interval = pool.options.create_retry_interval;
        let message = failure.message.clone();
        if let Some(first) = first {
            let timed_out = failure.timed_out;
            self.reject_acquire(vm, cx, first, failure, timed_out);
        }
        for acquire in before {
            if let Some(acquire) = self.acquires.get_mut(&acquire) {
                acquire.cause = Some(message.clone());
            }
        }
        let timer = self.timer(vm, cx, interval, Task::Retry(id));
        if let Some(pool) = self.pools.get_mut(&id) {
            pool.retries.push(timer);
        }
    }

    pub(super) fn retry(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: PoolId) {
        if let Some(pool) = self.pools.get_mut(&id)
            && !pool.retries.is_empty()
        {
            pool.retries.remove(0);
        }
        self.try_acquire_or_create(vm, cx, id);
        self.forget_if_over(id);
    }

    /// `release()`: the connection is free again, and whoever waits gets it.
    pub(super) fn release(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, connection: ConnectionId) {
        let Some(id) = self.connections.get(&connection).map(|connection| connection.pool) else { return };
        let Some(pool) = self.pools.get_mut(&id) else { return };
        if pool.used.contains(&connection) {
            pool.used.retain(|other| *other != connection);
            pool.free.push(Free { connection, since: cx.now });
            self.try_acquire_or_create(vm, cx, id);
            self.used_changed(vm, cx, id);
        }
    }

    fn start_reaping(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: PoolId) {
        let Some(interval) = self.pools.get(&id).filter(|pool| pool.reaper.is_none()).map(|p| p.options.reap_interval)
        else {
            return;
        };
        let number = self.tasks.keep(1, Task::Reap(id));
        let timer = NewTimer { repeats: true, ..NewTimer::host(cx.task_number(number), vm.context()) };
        let timer = cx.event_loop.set_timer(cx.now, interval, timer);
        if let Some(pool) = self.pools.get_mut(&id) {
            pool.reaper = Some((timer, number));
        }
    }

    fn stop_reaping(&mut self, cx: &mut Cx<'_>, id: PoolId) {
        if let Some((timer, number)) = self.pools.get_mut(&id).and_then(|pool| pool.reaper.take()) {
            cx.event_loop.clear(timer);
            self.tasks.forget(number);
        }
    }

    /// The reaper's round: what has been idle for too long goes, the longest first, down to `min`.
    pub(super) fn reap(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: PoolId) {
        let at_limit = self.profile.reaps_at_limit;
        let Some(pool) = self.pools.get_mut(&id) else { return };
        let spare = i64::from(pool.free.len() as u32) - (i64::from(pool.options.min) - pool.used.len() as i64);
        let limit = pool.options.idle_timeout.as_millis();
        let (now, mut gone) = (cx.now.wall_clock_ms(), Vec::new());
        pool.free.retain(|free| {
            let idle = now - free.since.wall_clock_ms();
            let overdue = idle > limit || (at_limit && idle == limit);
            let goes = overdue && (gone.len() as i64) < spare;
            if goes {
                gone.push(free.connection);
            }
            !goes
        });
        let empty = pool.is_empty();
        for connection in gone {
            self.destroy_connection(vm, cx, id, connection);
        }
        if empty {
            self.stop_reaping(cx, id);
        }
        self.tell_pool(vm, cx, id);
    }

    /// tarn's `_destroy`: the driver closes the connection, and tarn waits for it up to `destroyTimeoutMillis`.
    fn destroy_connection(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: PoolId, connection: ConnectionId) {
        let Some(pool) = self.pools.get_mut(&id) else { return };
        let timeout = pool.options.destroy_timeout;
        if !pool.destroying.contains(&connection) {
            pool.destroying.push(connection);
            let timer = self.timer(vm, cx, timeout, Task::DestroyTimeout(connection)).0;
            if let Some(connection) = self.connections.get_mut(&connection) {
                connection.awaited = true;
                connection.destroy_timer = Some(timer);
            }
        }
        if self.profile.validates_later {
            self.microtask(vm, 1, Task::End(connection));
        } else {
            self.end(vm, cx, connection);
        }
    }

    /// The driver has called back from `end()`.
    pub(super) fn end_called_back(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(&id).filter(|connection| connection.ending) else { return };
        if let Some(timer) = connection.destroy_timer.take()
            && let Some(crate::node::event_loop::Task::Host(number)) = cx.event_loop.clear(timer)
        {
            self.tasks.forget(cx.own_number(number));
        }
        self.destruction_of_connection_over(vm, id);
    }

    pub(super) fn destroy_timed_out(&mut self, vm: &mut Vm, id: ConnectionId) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.destroy_timer = None;
        }
        self.destruction_of_connection_over(vm, id);
    }

    fn destruction_of_connection_over(&mut self, vm: &mut Vm, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        connection.awaited = false;
        let (pool, over) = (connection.pool, connection.ended);
        if over && connection.disposed.as_deref() == Some("Connection ended unexpectedly") {
            self.connections.remove(&id);
        }
        if let Some(pool) = self.pools.get_mut(&pool) {
            pool.destroying.retain(|other| *other != id);
        }
        self.wake_destructions(vm, pool);
        self.forget_if_over(pool);
    }
}

/// Where a destruction stands: what it waits for.
#[derive(Clone, Debug)]
pub enum Stage {
    /// The creates that were under way when it began.
    Creates(Vec<CreateId>),
    /// tarn 3: no validation under way.
    Validations,
    /// The connections that were in use when this stage began.
    Used(Vec<ConnectionId>),
    /// The acquires that were aborted.
    Aborted,
    /// The free connections and, in tarn 3, those that were on their way out already.
    Free(Vec<ConnectionId>),
    /// Over.
    Over,
}

/// One call of `destroy()`.
#[derive(Clone, Debug)]
pub struct Destruction {
    pool: PoolId,
    stage: Stage,
    /// A look at the stage is on its way.
    looking: bool,
    /// What the handler holds.
    promise: Handle,
    poll: Option<(TimerId, u32)>,
    context: u32,
}

impl Knex {
    /// `destroy()` of a client.
    pub(super) fn destroy(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, client: ClientId, promise: Handle) {
        let Some(id) = self.clients[client.0 as usize].pool else {
            if self.profile.bluebird {
                self.hop(vm, cx, 1, Task::DestroyedNothing(client, promise));
            } else {
                // An async function that awaits nothing has resolved when it returns.
                let promise = vm.release(promise);
                vm.resolve(&promise, crate::js::Value::Undefined);
            }
            return;
        };
        self.stop_reaping(cx, id);
        let forgets_retries = self.profile.forgets_late_creates;
        let destruction = DestructionId(self.number());
        let Some(pool) = self.pools.get_mut(&id) else { return };
        pool.destroyed = true;
        pool.destructions.push(destruction);
        let stage = Stage::Creates(pool.creates.clone());
        let retries = if forgets_retries { core::mem::take(&mut pool.retries) } else { Vec::new() };
        for timer in retries {
            self.clear(vm, cx, Some(timer));
        }
        let context = vm.context();
        self.destructions
            .insert(destruction, Destruction { pool: id, stage, looking: false, promise, poll: None, context });
        cx.tell(vm, EventKind::PoolDestroying { client });
        self.look(vm, destruction);
    }

    /// Looks at a destruction's stage after the microtasks that its promises cost.
    fn look(&mut self, vm: &mut Vm, id: DestructionId) {
        if let Some(destruction) = self.destructions.get_mut(&id)
            && !core::mem::replace(&mut destruction.looking, true)
        {
            self.microtask(vm, ticks::STAGE, Task::Stage(id));
        }
    }

    fn wake_destructions(&mut self, vm: &mut Vm, pool: PoolId) {
        let waiting = self.pools.get(&pool).map(|pool| pool.destructions.clone()).unwrap_or_default();
        for destruction in waiting {
            self.look(vm, destruction);
        }
    }

    fn creates_changed(&mut self, vm: &mut Vm, pool: PoolId) {
        self.wake_destructions(vm, pool);
    }

    fn used_changed(&mut self, vm: &mut Vm, _cx: &mut Cx<'_>, pool: PoolId) {
        self.wake_destructions(vm, pool);
    }

    /// Goes on with a destruction as far as it can.
    pub(super) fn stage(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: DestructionId) {
        let Some(destruction) = self.destructions.get_mut(&id) else { return };
        destruction.looking = false;
        let (pool_id, stage, context) = (destruction.pool, destruction.stage.clone(), destruction.context);
        let Some(pool) = self.pools.get(&pool_id) else { return };
        let next = match stage {
            Stage::Creates(creates) => {
                let settled = creates.iter().all(|create| match self.creates.get(create) {
                    None => true,
                    Some(create) => create.timed_out,
                });
                if !settled {
                    return;
                }
                if self.profile.validates_later && !pool.validations.is_empty() {
                    let poll = self.interval(vm, cx, Duration::from_millis(100), Task::PollValidations(id));
                    self.set_poll(id, poll);
                    Stage::Validations
                } else {
                    Stage::Used(pool.used.clone())
                }
            }
            // The interval looks.
            Stage::Validations => return,
            Stage::Used(used) => {
                if used.iter().any(|connection| pool.used.contains(connection)) {
                    return;
                }
                for acquire in pool.acquires.clone() {
                    self.reject_acquire(vm, cx, acquire, Failure::plain("aborted"), false);
                }
                Stage::Aborted
            }
            Stage::Aborted => {
                let closing: Vec<_> = pool.free.iter().map(|free| free.connection).collect();
                let mut waited_for = closing.clone();
                if self.profile.validates_later {
                    waited_for.extend(pool.destroying.iter().copied());
                }
                for connection in closing {
                    self.destroy_connection(vm, cx, pool_id, connection);
                }
                Stage::Free(waited_for)
            }
            Stage::Free(closing) => {
                if closing.iter().any(|connection| pool.destroying.contains(connection)) {
                    return;
                }
                Stage::Over
            }
            Stage::Over => {
                vm.set_context(context);
                self.hop(vm, cx, 1, Task::PoolGone(id));
                return;
            }
        };
        if let Stage::Over = next
            && let Some(pool) = self.pools.get_mut(&pool_id)
        {
            // What still waits is not told: each runs into its own timeout.
            pool.free.clear();
            pool.acquires.clear();
        }
        if let Some(destruction) = self.destructions.get_mut(&id) {
            destruction.stage = next;
        }
        self.tell_pool(vm, cx, pool_id);
        self.look(vm, id);
    }

    fn set_poll(&mut self, id: DestructionId, poll: (TimerId, u32)) {
        if let Some(destruction) = self.destructions.get_mut(&id) {
            destruction.poll = Some(poll);
        }
    }

    pub(super) fn poll_validations(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: DestructionId) {
        let Some(destruction) = self.destructions.get_mut(&id) else { return };
        let Some(pool) = self.pools.get(&destruction.pool) else { return };
        if pool.validations.is_empty() {
            destruction.stage = Stage::Used(pool.used.clone());
            if let Some((timer, number)) = destruction.poll.take() {
                cx.event_loop.clear(timer);
                self.tasks.forget(number);
            }
            self.look(vm, id);
        }
    }

    /// The client forgets its pool and `destroy()` resolves.
    pub(super) fn pool_gone(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: DestructionId) {
        let Some(destruction) = self.destructions.remove(&id) else { return };
        if let Some(pool) = self.pools.get_mut(&destruction.pool) {
            pool.destructions.retain(|other| *other != id);
            let client = pool.client;
            self.forget_pool(vm, cx, client);
        }
        self.forget_if_over(destruction.pool);
        let promise = vm.release(destruction.promise);
        vm.resolve(&promise, crate::js::Value::Undefined);
    }

    /// `client.pool = undefined`.
    pub(super) fn forget_pool(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, client: ClientId) {
        let Some(id) = self.clients[client.0 as usize].pool.take() else { return };
        cx.tell(vm, EventKind::PoolGone { client });
        self.clients[client.0 as usize].gone_since = cx.invocation;
        if let Some(handle) = self.pools.get_mut(&id).and_then(|pool| pool.object.take()) {
            vm.release(handle);
        }
        self.forget_if_over(id);
    }

    /// A pool that no client has any more is dropped when nothing of it is under way.
    fn forget_if_over(&mut self, id: PoolId) {
        let Some(pool) = self.pools.get(&id) else { return };
        let held = self.clients[pool.client.0 as usize].pool == Some(id);
        if !held
            && pool.is_empty()
            && pool.destroying.is_empty()
            && pool.retries.is_empty()
            && pool.destructions.is_empty()
        {
            self.pools.remove(&id);
        }
    }

    /// Tells the counters where they have changed.
    pub(super) fn tell_pool(&mut self, vm: &Vm, cx: &mut Cx<'_>, id: PoolId) {
        let Some(pool) = self.pools.get_mut(&id) else { return };
        let counts = pool.counts();
        if counts == pool.told || self.clients[pool.client.0 as usize].pool != Some(id) {
            return;
        }
        pool.told = counts;
        let (used, free, pending_acquires, pending_creates) = counts;
        let client = pool.client;
        cx.tell(vm, EventKind::PoolChanged { client, used, free, pending_acquires, pending_creates });
    }
}
