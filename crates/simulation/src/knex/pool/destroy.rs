//! The destruction of a pool, stage by stage, and of its connections. Source: `destroy` and `_destroy` of tarn's `Pool.js`.
//!
//! ```text
//!   creates settled ─► validations done ─► used released ─► acquires aborted ─► free ones destroyed ─► gone
//! ```

use super::super::continuation::{Continuation, CreateId, DestructionId, PoolId};
use super::super::driver::Disposed;
use super::super::exports::DESTROYED;
use super::super::profile::{Profile, Promises, Tarn, ticks};
use super::super::query::call_in_tick;
use super::super::{Cx, FIRST_TASK, Knex, LibraryError};
use crate::event::{ClientId, ConnectionId, EventKind, TimerId};
use crate::node::event_loop::Task;
use base::time::Duration;
use javascript::{Handle, Value, Vm};
use std::collections::VecDeque;

/// The stage of a destruction, by what it waits for.
#[derive(Clone, Debug)]
pub(super) enum Stage {
    /// The creates that were under way when it began.
    Creates(Vec<CreateId>),
    /// The validations under way (tarn 3).
    Validations,
    /// The connections that were in use when this stage began.
    Used(Vec<ConnectionId>),
    /// A turn after the acquires that waited have been aborted.
    Aborted,
    /// The destruction of these connections: the free ones and, in tarn 3, those that were being destroyed already.
    Free(Vec<ConnectionId>),
    /// Nothing more.
    Over,
}

/// The caller of `destroy()`.
#[derive(Clone, Copy, Debug)]
pub struct DestroyCaller {
    /// The promise that `destroy()` returned.
    pub promise: Handle,
    /// The callback that it was given.
    pub callback: Option<Handle>,
}

impl DestroyCaller {
    /// The pool is gone: calls the callback, and resolves the promise.
    pub(in crate::knex) fn destroyed(self, vm: &mut Vm, cx: &mut Cx<'_>, profile: &Profile) {
        let promise = vm.release(self.promise);
        let Some(callback) = self.callback else {
            return vm.resolve(&promise, Value::Undefined);
        };
        let callback = vm.release(callback);
        let [fulfil, reject] = [true, false].map(|fulfils| vm.resolver(&promise, fulfils));
        let call = vm.host_function(&DESTROYED, Value::Undefined);
        call_in_tick(vm, cx, call, vec![callback, fulfil, reject, Value::Boolean(!profile.is_0_17())]);
    }
}

/// One call of `destroy()`.
#[derive(Clone, Debug)]
pub struct Destruction {
    pool: PoolId,
    stage: Stage,
    /// True while a look at the stage is on its way.
    looking: bool,
    caller: DestroyCaller,
    /// tarn 3's interval of 100 ms while it waits for validations.
    poll: Option<(TimerId, u32)>,
    context: u32,
}

impl Knex {
    /// tarn's `_destroy`: the driver closes the connection; tarn waits for it, up to `destroyTimeoutMillis`.
    pub(super) fn destroy_connection(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: PoolId, connection: ConnectionId) {
        let Some(pool) = self.pools.get_mut(&id) else { return };
        let timeout = pool.options.destroy_timeout;
        if !pool.pending_destroys.contains(&connection) {
            pool.pending_destroys.push(connection);
            let timer = self.timer(vm, cx, timeout, Continuation::DestroyTimeout(connection)).0;
            if let Some(connection) = self.connections.get_mut(&connection) {
                connection.destroy_timer = Some(timer);
            }
        }
        match self.profile.tarn {
            Tarn::V1 => self.end(vm, cx, connection),
            Tarn::V3 => self.microtask(vm, 1, Continuation::End(connection)),
        }
    }

    /// The driver has called back from `end()`.
    pub(in crate::knex) fn end_called_back(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(&id).filter(|connection| connection.ending) else { return };
        if let Some(timer) = connection.destroy_timer.take()
            && let Some(Task::Host(number)) = cx.event_loop.clear(timer)
        {
            self.continuations.forget(number - FIRST_TASK);
        }
        self.destruction_of_connection_over(vm, id);
    }

    pub(in crate::knex) fn destroy_timed_out(&mut self, vm: &mut Vm, id: ConnectionId) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.destroy_timer = None;
        }
        self.destruction_of_connection_over(vm, id);
    }

    fn destruction_of_connection_over(&mut self, vm: &mut Vm, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let pool = connection.pool;
        if connection.is_closed() && connection.disposed == Some(Disposed::Ended) {
            self.connections.remove(&id);
        }
        if let Some(pool) = self.pools.get_mut(&pool) {
            pool.pending_destroys.retain(|other| *other != id);
        }
        self.wake_destructions(vm, pool);
        self.forget_if_over(pool);
    }

    /// `knex.destroy()`.
    pub(in crate::knex) fn destroy(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, client: ClientId, caller: DestroyCaller) {
        let Some(id) = self.clients[client.0 as usize].pool else {
            match self.profile.promises {
                Promises::Bluebird => self.hop(vm, cx, 1, Continuation::DestroyedNothing(caller)),
                // An async function that awaits nothing has resolved when it returns.
                Promises::Native => caller.destroyed(vm, cx, self.profile),
            }
            return;
        };
        self.stop_reaping(cx, id);
        let forgets_retries = self.profile.tarn == Tarn::V3;
        let destruction = DestructionId(self.number());
        let Some(pool) = self.pools.get_mut(&id) else { return };
        pool.destroyed = true;
        pool.destructions.push(destruction);
        let stage = Stage::Creates(pool.pending_creates.clone());
        let retries = if forgets_retries { core::mem::take(&mut pool.retries) } else { VecDeque::new() };
        for timer in retries {
            self.clear(cx, Some(timer));
        }
        let context = vm.context();
        self.destructions
            .insert(destruction, Destruction { pool: id, stage, looking: false, caller, poll: None, context });
        cx.emit(vm, EventKind::PoolDestroying { client });
        self.look(vm, destruction);
    }

    /// Looks at a destruction's stage after the microtasks that tarn's promises take.
    fn look(&mut self, vm: &mut Vm, id: DestructionId) {
        if let Some(destruction) = self.destructions.get_mut(&id)
            && !core::mem::replace(&mut destruction.looking, true)
        {
            self.microtask(vm, ticks::STAGE, Continuation::Stage(id));
        }
    }

    pub(super) fn wake_destructions(&mut self, vm: &mut Vm, pool: PoolId) {
        let waiting = self.pools.get(&pool).map(|pool| pool.destructions.clone()).unwrap_or_default();
        for destruction in waiting {
            self.look(vm, destruction);
        }
    }

    /// Goes on with a destruction as far as it can.
    pub(in crate::knex) fn stage(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: DestructionId) {
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
                if self.profile.tarn == Tarn::V3 && !pool.pending_validations.is_empty() {
                    let timer = self.interval(vm, cx, Duration::from_millis(100), Continuation::PollValidations(id));
                    self.set_poll(id, timer);
                    Stage::Validations
                } else {
                    Stage::Used(pool.used.clone())
                }
            }
            // The interval decides: see `poll_validations`.
            Stage::Validations => return,
            Stage::Used(used) => {
                if used.iter().any(|connection| pool.used.contains(connection)) {
                    return;
                }
                for acquire in pool.pending_acquires.clone() {
                    self.reject_acquire(vm, cx, acquire, LibraryError::new("aborted"));
                }
                Stage::Aborted
            }
            Stage::Aborted => {
                let closing: Vec<_> = pool.free.iter().map(|free| free.connection).collect();
                let mut waited_for = closing.clone();
                if self.profile.tarn == Tarn::V3 {
                    waited_for.extend(pool.pending_destroys.iter().copied());
                }
                for connection in closing {
                    self.destroy_connection(vm, cx, pool_id, connection);
                }
                Stage::Free(waited_for)
            }
            Stage::Free(closing) => {
                if closing.iter().any(|connection| pool.pending_destroys.contains(connection)) {
                    return;
                }
                Stage::Over
            }
            Stage::Over => {
                vm.set_context(context);
                self.hop(vm, cx, 1, Continuation::PoolGone(id));
                return;
            }
        };
        if let Stage::Over = next
            && let Some(pool) = self.pools.get_mut(&pool_id)
        {
            // Acquires that still wait run into their own timeouts.
            pool.free.clear();
            pool.pending_acquires.clear();
        }
        if let Some(destruction) = self.destructions.get_mut(&id) {
            destruction.stage = next;
        }
        self.emit_pool_counts(vm, cx, pool_id);
        self.look(vm, id);
    }

    fn set_poll(&mut self, id: DestructionId, poll: (TimerId, u32)) {
        if let Some(destruction) = self.destructions.get_mut(&id) {
            destruction.poll = Some(poll);
        }
    }

    /// tarn 3's interval ticks: goes on if no validation is under way.
    pub(in crate::knex) fn poll_validations(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: DestructionId) {
        let Some(destruction) = self.destructions.get_mut(&id) else { return };
        let Some(pool) = self.pools.get(&destruction.pool) else { return };
        if pool.pending_validations.is_empty() {
            destruction.stage = Stage::Used(pool.used.clone());
            let timer = destruction.poll.take();
            self.clear(cx, timer);
            self.look(vm, id);
        }
    }

    /// The client forgets its pool, and `destroy()` resolves.
    pub(in crate::knex) fn pool_gone(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: DestructionId) {
        let Some(destruction) = self.destructions.remove(&id) else { return };
        if let Some(pool) = self.pools.get_mut(&destruction.pool) {
            pool.destructions.retain(|other| *other != id);
            let client = pool.client;
            self.forget_pool(vm, cx, client);
        }
        self.forget_if_over(destruction.pool);
        destruction.caller.destroyed(vm, cx, self.profile);
    }

    /// `client.pool = undefined`.
    pub(in crate::knex) fn forget_pool(&mut self, vm: &Vm, cx: &mut Cx<'_>, client: ClientId) {
        let Some(id) = self.clients[client.0 as usize].pool.take() else { return };
        cx.emit(vm, EventKind::PoolGone { client });
        self.clients[client.0 as usize].gone_since = cx.invocation;
        self.clients[client.0 as usize].no_pool = Value::Undefined;
        self.forget_if_over(id);
    }

    /// Drops a pool that its client has forgotten, if no handler has seen it and nothing of it is under way.
    pub(super) fn forget_if_over(&mut self, id: PoolId) {
        let Some(pool) = self.pools.get(&id) else { return };
        let held = self.clients[pool.client.0 as usize].pool == Some(id);
        if !held
            && pool.object.is_none()
            && pool.is_empty()
            && pool.pending_destroys.is_empty()
            && pool.retries.is_empty()
            && pool.destructions.is_empty()
        {
            self.pools.remove(&id);
        }
    }
}
