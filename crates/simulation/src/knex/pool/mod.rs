//! The pool: tarn 1.1 and tarn 3.1, step by step.
//!
//! ```text
//!   acquire ──► waiting ──┬─ a free one, still good ─► used ──release──► free ──idle too long──► destroyed
//!                         ├─ room for one more ──────► being made ──► free
//!                         └─ acquireTimeoutMillis ───► rejected
//! ```
//!
//! No connection is made before the first acquire, whatever `min` says. The reaper is a timer of the process, so it does not
//! run while frozen.

mod create;
mod destroy;

use std::rc::Rc;

pub use create::Create;
pub use destroy::{Destruction, Told};

use super::profile::ticks;
use super::task::{AcquireId, CreateId, DestructionId, PoolId, RunId, Task};
use super::{Cx, Failure, Knex};
use crate::event::{ClientId, ConnectionId, EventKind, TimerId};
use crate::node::event_loop::NewTimer;
use base::time::{Duration, Instant};
use javascript::{Handle, Value, Vm};

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
    pub after_create: Option<Handle>,
    /// `maxConnectionLifetimeMillis`, which is Knex's own.
    pub lifetime: Option<Duration>,
}

impl PoolOptions {
    /// Changes one; `None` where there is no such option, or not with such a value.
    pub(super) fn set(&mut self, key: &str, value: &Value) -> Option<()> {
        if let ("propagateCreateError", Value::Boolean(propagates)) = (key, value) {
            self.propagate_create_error = *propagates;
            return Some(());
        }
        let whole = super::config::whole(value)?;
        let span = match key {
            "min" => {
                self.min = whole;
                return Some(());
            }
            "max" => {
                self.max = whole;
                return Some(());
            }
            "acquireTimeoutMillis" => &mut self.acquire_timeout,
            "createTimeoutMillis" => &mut self.create_timeout,
            "destroyTimeoutMillis" => &mut self.destroy_timeout,
            "idleTimeoutMillis" => &mut self.idle_timeout,
            "reapIntervalMillis" => &mut self.reap_interval,
            "createRetryIntervalMillis" => &mut self.create_retry_interval,
            _ => return None,
        };
        *span = Duration::from_millis(whole.into());
        Some(())
    }
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

    /// How many free connections there are beyond those that `min` keeps.
    fn spare(&self) -> i64 {
        i64::from(self.free.len() as u32) - (i64::from(self.options.min) - self.used.len() as i64)
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
        self.wake_destructions(vm, id);
        self.tell_pool(vm, cx, id);
    }

    /// Knex's look at a connection before it is used: a lost one is told of and thrown away.
    fn validate(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId) -> bool {
        let Some(connection) = self.connections.get(&id) else { return false };
        match &connection.disposed {
            // Knex's own look at the age, in the version that has it, says nothing.
            None => connection.lives_until.is_none_or(|until| cx.now <= until),
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

    /// `release()`: the connection is free again, and whoever waits gets it.
    pub(super) fn release(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, connection: ConnectionId) {
        let Some(id) = self.connections.get(&connection).map(|connection| connection.pool) else { return };
        let Some(pool) = self.pools.get_mut(&id) else { return };
        if pool.used.contains(&connection) {
            pool.used.retain(|other| *other != connection);
            pool.free.push(Free { connection, since: cx.now });
            self.try_acquire_or_create(vm, cx, id);
            self.wake_destructions(vm, id);
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

    /// The reapers' timers, each with the moment before which its ticks do nothing unless something happens to the pool:
    /// where the ticks are a millisecond apart, a month has billions of them.
    pub(crate) fn quiet_ticks(&self) -> Vec<(TimerId, Instant)> {
        let quiet = |pool: &Pool| {
            let (timer, _) = pool.reaper?;
            let counts = pool.counts();
            if pool.is_empty() || counts != pool.told {
                return Some((timer, Instant::ZERO));
            }
            let oldest = pool.free.iter().map(|free| free.since).min().filter(|_| pool.spare() > 0);
            Some((timer, oldest.map_or(Instant::FAR, |since| since + pool.options.idle_timeout)))
        };
        self.pools.values().filter_map(quiet).collect()
    }

    /// The reaper's round: what has been idle for too long goes, the longest first, down to `min`.
    pub(super) fn reap(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: PoolId) {
        let at_limit = self.profile.reaps_at_limit;
        let Some(pool) = self.pools.get_mut(&id) else { return };
        let spare = pool.spare();
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
