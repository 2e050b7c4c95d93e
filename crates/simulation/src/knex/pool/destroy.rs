//! The end of a pool, stage by stage, and of its connections.
//!
//! ```text
//!   marked ─► creates settled ─► validations done ─► used released ─► waiters aborted ─► free ones closed ─► gone
//! ```

use super::super::exports::DESTROYED;
use super::super::profile::{Profile, ticks};
use super::super::query::call_in_tick;
use super::super::task::{CreateId, DestructionId, PoolId, Task};
use super::super::{Cx, Failure, Knex};
use crate::event::{ClientId, ConnectionId, EventKind, TimerId};
use crate::node::event_loop;
use base::time::Duration;
use javascript::{Handle, Value, Vm};

/// Where a destruction stands: what it waits for.
#[derive(Clone, Debug)]
pub(super) enum Stage {
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

/// Who is told that a pool is gone: what `destroy()` returned, and the function that it was given.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// The promise.
    pub promise: Handle,
    /// The function.
    pub callback: Option<Handle>,
}

impl Told {
    pub(in crate::knex) fn tell(self, vm: &mut Vm, cx: &mut Cx<'_>, profile: &Profile) {
        let promise = vm.release(self.promise);
        let Some(callback) = self.callback else {
            return vm.resolve(&promise, Value::Undefined);
        };
        let callback = vm.release(callback);
        let [fulfil, reject] = [true, false].map(|fulfils| vm.resolver(&promise, fulfils));
        let call = vm.host_function(&DESTROYED, Value::Undefined);
        call_in_tick(vm, cx, call, vec![callback, fulfil, reject, Value::Boolean(!profile.bluebird)]);
    }
}

/// One call of `destroy()`.
#[derive(Clone, Debug)]
pub struct Destruction {
    pool: PoolId,
    stage: Stage,
    /// A look at the stage is on its way.
    looking: bool,
    told: Told,
    poll: Option<(TimerId, u32)>,
    context: u32,
}

impl Knex {
    /// tarn's `_destroy`: the driver closes the connection, and tarn waits for it up to `destroyTimeoutMillis`.
    pub(super) fn destroy_connection(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: PoolId, connection: ConnectionId) {
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
    pub(in crate::knex) fn end_called_back(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(&id).filter(|connection| connection.ending) else { return };
        if let Some(timer) = connection.destroy_timer.take()
            && let Some(event_loop::Task::Host(number)) = cx.event_loop.clear(timer)
        {
            self.tasks.forget(cx.own_number(number));
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

    /// `destroy()` of a client.
    pub(in crate::knex) fn destroy(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, client: ClientId, told: Told) {
        let Some(id) = self.clients[client.0 as usize].pool else {
            if self.profile.bluebird {
                self.hop(vm, cx, 1, Task::DestroyedNothing(told));
            } else {
                // An async function that awaits nothing has resolved when it returns.
                told.tell(vm, cx, self.profile);
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
            .insert(destruction, Destruction { pool: id, stage, looking: false, told, poll: None, context });
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

    pub(in crate::knex) fn poll_validations(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: DestructionId) {
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
    pub(in crate::knex) fn pool_gone(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: DestructionId) {
        let Some(destruction) = self.destructions.remove(&id) else { return };
        if let Some(pool) = self.pools.get_mut(&destruction.pool) {
            pool.destructions.retain(|other| *other != id);
            let client = pool.client;
            self.forget_pool(vm, cx, client);
        }
        self.forget_if_over(destruction.pool);
        destruction.told.tell(vm, cx, self.profile);
    }

    /// `client.pool = undefined`.
    pub(in crate::knex) fn forget_pool(&mut self, vm: &Vm, cx: &mut Cx<'_>, client: ClientId) {
        let Some(id) = self.clients[client.0 as usize].pool.take() else { return };
        cx.tell(vm, EventKind::PoolGone { client });
        self.clients[client.0 as usize].gone_since = cx.invocation;
        self.clients[client.0 as usize].no_pool = Value::Undefined;
        self.forget_if_over(id);
    }

    /// A pool that no client has any more is dropped when nothing of it is under way, and no handler has seen it.
    pub(super) fn forget_if_over(&mut self, id: PoolId) {
        let Some(pool) = self.pools.get(&id) else { return };
        let held = self.clients[pool.client.0 as usize].pool == Some(id);
        if !held
            && pool.object.is_none()
            && pool.is_empty()
            && pool.destroying.is_empty()
            && pool.retries.is_empty()
            && pool.destructions.is_empty()
        {
            self.pools.remove(&id);
        }
    }
}
