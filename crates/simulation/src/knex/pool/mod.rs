//! The pool: tarn 1.1 and tarn 3.1, step by step.
//!
//! ```text
//!   acquire ──► waiting ──┬─ a free one, still good ─► used ──release──► free ──idle too long──► destroyed
//!                         ├─ room for one more ──────► being made ──► free
//!                         └─ acquireTimeoutMillis ───► rejected
//! ```
//!
//! No connection is made before the first acquire, whatever `min` is. The reaper is a timer of the process, so it does not
//! run while the process is frozen.
//!
//! Source: `Pool.js` of both versions. The fields of [`Pool`] have tarn's names.

mod create;
mod destroy;

use std::collections::VecDeque;
use std::rc::Rc;

pub use create::Create;
pub use destroy::{DestroyCaller, Destruction};

use super::continuation::{AcquireId, Continuation, CreateId, DestructionId, PoolId, RunId};
use super::profile::{Tarn, ticks};
use super::{Cx, Knex, LibraryError};
use crate::event::{ClientId, ConnectionId, EventKind, TimerId};
use base::time::{Duration, Instant};
use javascript::{Handle, Value, Vm};

/// A pool's options with all defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolOptions {
    /// `min`: free connections that the reaper keeps.
    pub min: u32,
    /// `max`: connections and creates that there may be.
    pub max: u32,
    /// `acquireTimeoutMillis`.
    pub acquire_timeout: Duration,
    /// `createTimeoutMillis`.
    pub create_timeout: Duration,
    /// `destroyTimeoutMillis`.
    pub destroy_timeout: Duration,
    /// `idleTimeoutMillis`: how long a connection may be free.
    pub idle_timeout: Duration,
    /// `reapIntervalMillis`: the time between two rounds of the reaper.
    pub reap_interval: Duration,
    /// `createRetryIntervalMillis`: the time between a failed create and the next one.
    pub create_retry_interval: Duration,
    /// `propagateCreateError`: true if the first acquire is rejected when a create fails.
    pub propagate_create_error: bool,
    /// Knex's `afterCreate`.
    pub after_create: Option<Handle>,
    /// Knex's `maxConnectionLifetimeMillis`.
    pub lifetime: Option<Duration>,
}

impl PoolOptions {
    /// Sets an option of a pool that exists, as tarn reads it each time; `None` if there is no such option, or the value is
    /// not one of it.
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

/// A free connection.
#[derive(Clone, Copy, Debug)]
pub struct Free {
    /// The connection.
    pub connection: ConnectionId,
    /// The moment since which it has been free.
    since: Instant,
}

/// A pool.
#[derive(Clone, Debug)]
pub struct Pool {
    /// The client that it was made for.
    pub client: ClientId,
    /// Its options.
    pub options: PoolOptions,
    /// Connections in use; in tarn 3 also those that are being validated.
    pub used: Vec<ConnectionId>,
    /// Free connections; the last one is taken first.
    pub free: Vec<Free>,
    /// Creates under way.
    pub pending_creates: Vec<CreateId>,
    /// Acquires that wait, in the order of their calls.
    pub pending_acquires: VecDeque<AcquireId>,
    /// Acquires whose connection tarn 3 is validating.
    pending_validations: Vec<AcquireId>,
    /// True once `destroy()` has been called.
    pub destroyed: bool,
    /// Connections that are being destroyed.
    pub pending_destroys: Vec<ConnectionId>,
    /// The reaper's interval, with the number of its continuation.
    reaper: Option<(TimerId, u32)>,
    /// Timers of `createRetryIntervalMillis`.
    retries: VecDeque<(TimerId, u32)>,
    /// Calls of `destroy()` that have not resolved.
    destructions: Vec<DestructionId>,
    /// `client.pool`, once the handler has seen it.
    pub object: Option<Handle>,
    /// The counts of the last event.
    emitted: PoolCounts,
}

/// The counters of a pool (`numUsed()` and so on).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolCounts {
    /// Connections in use.
    pub used: u32,
    /// Free connections.
    pub free: u32,
    /// Acquires that wait.
    pub pending_acquires: u32,
    /// Creates under way.
    pub pending_creates: u32,
}

/// An acquire (`PendingOperation`).
#[derive(Clone, Debug)]
pub struct Acquire {
    run: RunId,
    pool: PoolId,
    timer: Option<(TimerId, u32)>,
    rejected: bool,
    /// The message of a create that failed meanwhile: a timeout has it.
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
            pending_creates: Vec::new(),
            pending_acquires: VecDeque::new(),
            pending_validations: Vec::new(),
            destroyed: false,
            pending_destroys: Vec::new(),
            reaper: None,
            retries: VecDeque::new(),
            destructions: Vec::new(),
            object: None,
            emitted: PoolCounts::default(),
        }
    }

    /// Its counters.
    pub fn counts(&self) -> PoolCounts {
        PoolCounts {
            used: self.used.len() as u32,
            free: self.free.len() as u32,
            pending_acquires: self.pending_acquires.len() as u32,
            pending_creates: self.pending_creates.len() as u32,
        }
    }

    /// The number of free connections beyond those that `min` keeps; negative if there are fewer.
    fn spare(&self) -> i64 {
        i64::from(self.free.len() as u32) - (i64::from(self.options.min) - self.used.len() as i64)
    }

    fn is_empty(&self) -> bool {
        self.counts() == PoolCounts::default() && self.pending_validations.is_empty()
    }
}

const OPERATION_TIMED_OUT: &str = "operation timed out for an unknown reason";

impl Knex {
    /// `acquire()`: a run needs a connection.
    pub(super) fn acquire(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: PoolId, run: RunId) {
        let Some(timeout) = self.pools.get(&id).map(|pool| pool.options.acquire_timeout) else { return };
        let acquire = AcquireId(self.number());
        let timer = self.timer(vm, cx, timeout, Continuation::AcquireTimeout(acquire));
        self.acquires.insert(acquire, Acquire { run, pool: id, timer: Some(timer), rejected: false, cause: None });
        if let Some(pool) = self.pools.get_mut(&id) {
            pool.pending_acquires.push_back(acquire);
        }
        self.try_acquire_or_create(vm, cx, id);
        self.emit_pool_counts(vm, cx, id);
    }

    /// `_tryAcquireOrCreate`.
    pub(super) fn try_acquire_or_create(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: PoolId) {
        let Some(pool) = self.pools.get(&id) else { return };
        if pool.destroyed {
            return;
        }
        if !pool.free.is_empty() {
            match self.profile.tarn {
                Tarn::V1 => self.validate_at_once(vm, cx, id),
                Tarn::V3 => self.validate_in_promises(vm, cx, id),
            }
        } else if ((pool.used.len() + pool.pending_creates.len()) as u32) < pool.options.max
            && pool.pending_creates.len() < pool.pending_acquires.len()
        {
            self.create(vm, cx, id);
        }
        self.emit_pool_counts(vm, cx, id);
    }

    /// tarn 1: validates free connections at once, the last first, and grants the good ones.
    fn validate_at_once(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: PoolId) {
        let mut destroyed_any = false;
        while let Some(pool) = self.pools.get(&id)
            && let (Some(free), Some(acquire)) = (pool.free.last().copied(), pool.pending_acquires.front().copied())
        {
            let valid = self.validate(vm, cx, free.connection);
            let Some(pool) = self.pools.get_mut(&id) else { return };
            pool.free.pop();
            if !valid {
                destroyed_any = true;
                self.destroy_connection(vm, cx, id, free.connection);
                continue;
            }
            pool.pending_acquires.pop_front();
            pool.used.push(free.connection);
            self.start_reaping(vm, cx, id);
            self.grant(vm, cx, acquire, free.connection);
        }
        if destroyed_any {
            self.try_acquire_or_create(vm, cx, id);
        }
    }

    /// tarn 3: counts the connection as used, and knows a few microtasks later if it is good.
    fn validate_in_promises(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: PoolId) {
        while let Some(pool) = self.pools.get_mut(&id)
            && let Some(acquire) = pool.pending_acquires.pop_front_if(|_| !pool.free.is_empty())
            && let Some(Free { connection, .. }) = pool.free.pop()
        {
            pool.pending_validations.push(acquire);
            pool.used.push(connection);
            let valid = self.validate(vm, cx, connection);
            let after = if valid { ticks::VALID } else { ticks::INVALID };
            self.microtask(vm, after, Continuation::Validated { pool: id, acquire, connection, valid });
        }
    }

    /// tarn 3 has validated a connection for an acquire.
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
        pool.pending_validations.retain(|other| *other != acquire);
        if valid && !rejected {
            self.start_reaping(vm, cx, id);
            self.grant(vm, cx, acquire, connection);
        } else {
            pool.used.retain(|other| *other != connection);
            if valid {
                pool.free.push(Free { connection, since: cx.now });
            }
            if !rejected {
                pool.pending_acquires.push_front(acquire);
            }
            if !valid {
                self.destroy_connection(vm, cx, id, connection);
                // tarn waits for a timer so as not to starve the event loop.
                self.timer(vm, cx, Duration::ZERO, Continuation::TryAgain(id));
            }
        }
        self.wake_destructions(vm, id);
        self.emit_pool_counts(vm, cx, id);
    }

    /// Knex's `validate` of a connection before it is used: it prints the note on one that was lost.
    fn validate(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId) -> bool {
        let Some(connection) = self.connections.get(&id) else { return false };
        match &connection.disposed {
            // Knex 3.3 says nothing of one that is too old.
            None => connection.lives_until.is_none_or(|until| cx.now <= until),
            Some(disposed) => {
                cx.warn(vm, &format!("Connection Error: {disposed}"));
                false
            }
        }
    }

    fn grant(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: AcquireId, connection: ConnectionId) {
        let Some(acquire) = self.acquires.remove(&id) else { return };
        self.clear(cx, acquire.timer);
        self.hop_from_tarn(vm, ticks::ACQUIRED, Continuation::Acquired(acquire.run, connection));
    }

    fn reject_acquire(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: AcquireId, error: LibraryError) {
        let Some(acquire) = self.acquires.get_mut(&id) else { return };
        if core::mem::replace(&mut acquire.rejected, true) {
            return;
        }
        let (run, pool) = (acquire.run, acquire.pool);
        let timer = acquire.timer.take();
        self.clear(cx, timer);
        let pending = self.pools.get_mut(&pool).is_some_and(|pool| {
            if let Some(place) = pool.pending_acquires.iter().position(|other| *other == id) {
                pool.pending_acquires.remove(place);
            }
            pool.pending_validations.contains(&id)
        });
        if !pending {
            self.acquires.remove(&id);
        }
        self.hop_from_tarn(vm, ticks::ACQUIRE_REJECTED, Continuation::AcquireFailed(run, error));
        self.emit_pool_counts(vm, cx, pool);
    }

    /// `acquireTimeoutMillis` is over.
    pub(super) fn acquire_timed_out(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: AcquireId) {
        let Some(acquire) = self.acquires.get_mut(&id) else { return };
        acquire.timer = None;
        let message = acquire.cause.clone().unwrap_or_else(|| OPERATION_TIMED_OUT.into());
        self.reject_acquire(vm, cx, id, LibraryError::tarn_timeout(&message));
    }

    /// `release()`: the connection is free again, and the first acquire that waits gets it.
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
        let reaper = self.interval(vm, cx, interval, Continuation::Reap(id));
        if let Some(pool) = self.pools.get_mut(&id) {
            pool.reaper = Some(reaper);
        }
    }

    fn stop_reaping(&mut self, cx: &mut Cx<'_>, id: PoolId) {
        let reaper = self.pools.get_mut(&id).and_then(|pool| pool.reaper.take());
        self.clear(cx, reaper);
    }

    /// The reapers' intervals, each with the moment before which its ticks do nothing, unless something happens to the pool.
    /// A month of an interval of one millisecond has billions of ticks.
    pub(crate) fn quiet_ticks(&self) -> Vec<(TimerId, Instant)> {
        let quiet = |pool: &Pool| {
            let (timer, _) = pool.reaper?;
            let counts = pool.counts();
            if pool.is_empty() || counts != pool.emitted {
                return Some((timer, Instant::ZERO));
            }
            let oldest = pool.free.iter().map(|free| free.since).min().filter(|_| pool.spare() > 0);
            Some((timer, oldest.map_or(Instant::FAR, |since| since + pool.options.idle_timeout)))
        };
        self.pools.values().filter_map(quiet).collect()
    }

    /// The reaper's round (`check`): it destroys connections that have been free for too long, the longest first, down to
    /// `min`.
    pub(super) fn reap(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: PoolId) {
        let at_limit = self.profile.tarn == Tarn::V3;
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
        self.emit_pool_counts(vm, cx, id);
    }

    /// Emits the pool's counts, if they have changed.
    pub(super) fn emit_pool_counts(&mut self, vm: &Vm, cx: &mut Cx<'_>, id: PoolId) {
        let Some(pool) = self.pools.get_mut(&id) else { return };
        let counts = pool.counts();
        if counts == pool.emitted || self.clients[pool.client.0 as usize].pool != Some(id) {
            return;
        }
        pool.emitted = counts;
        let PoolCounts { used, free, pending_acquires, pending_creates } = counts;
        let client = pool.client;
        cx.emit(vm, EventKind::PoolChanged { client, used, free, pending_acquires, pending_creates });
    }
}
