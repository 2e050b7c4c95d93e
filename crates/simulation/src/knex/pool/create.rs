//! Connections being made for a pool, and what comes of it: a free one, or a failure that the waiters learn of.

use super::super::driver::Connection;
use super::super::profile::ticks;
use super::super::task::{AcquireId, CreateId, PoolId, Task};
use super::super::{Cx, Failure, Knex};
use super::{Free, OPERATION_TIMED_OUT};
use crate::event::{ClientId, ConnectionId, EventKind, TimerId};
use crate::limits;
use crate::server::{Reachability, ToServer, reachability};
use javascript::Vm;

/// A create.
#[derive(Clone, Debug)]
pub struct Create {
    pub(in crate::knex) pool: PoolId,
    /// Its connection, once it has one.
    pub(in crate::knex) connection: Option<ConnectionId>,
    timer: Option<(TimerId, u32)>,
    /// The acquires that waited when it began.
    before: Vec<AcquireId>,
    pub(super) timed_out: bool,
}

impl Knex {
    pub(super) fn create(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: PoolId) {
        let Some(pool) = self.pools.get(&id) else { return };
        let (client, timeout, before) = (pool.client, pool.options.create_timeout, pool.acquires.clone());
        vm.add_work(limits::STEPS_A_QUERY);
        let create = CreateId(self.number());
        let timer = self.timer(vm, cx, timeout, Task::CreateTimeout(create));
        self.creates
            .insert(create, Create { pool: id, connection: None, timer: Some(timer), before, timed_out: false });
        if let Some(pool) = self.pools.get_mut(&id) {
            pool.creates.push(create);
        }
        self.begin_create(vm, cx, client, create);
    }

    /// The client whose pool a create is for.
    pub(in crate::knex) fn client_of_create(&self, create: CreateId) -> Option<ClientId> {
        let pool = self.creates.get(&create)?.pool;
        self.pools.get(&pool).map(|pool| pool.client)
    }

    /// Opens a create's connection.
    pub(in crate::knex) fn open(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, client: ClientId, id: CreateId) {
        let settings = match self.clients[client.0 as usize].connection.clone() {
            Ok(settings) => settings,
            Err(failure) => return self.hop(vm, cx, ticks::CREATE_FAILED, Task::CreateFailed(id, failure)),
        };
        let Some(create) = self.creates.get_mut(&id) else { return };
        let connection = cx.network.open(cx.environment);
        create.connection = Some(connection);
        let pool = create.pool;
        let timeout = settings.connect_timeout;
        let connect_timer = timeout.map(|span| self.timer(vm, cx, span, Task::ConnectTimeout(connection)));
        let mut made = Connection::new(id, pool);
        made.query_timeout = settings.query_timeout;
        made.connect_timer = connect_timer;
        self.connections.insert(connection, made);
        cx.tell(vm, EventKind::Connecting { connection, client });
        self.address = (settings.host.clone(), settings.port);
        match reachability(&settings.host, settings.port) {
            Reachability::Listening => cx.send(connection, ToServer::StartupMessage),
            // The system says so at once, without a packet leaving the machine.
            Reachability::Refused => cx.event_loop.pend(connection.0),
            Reachability::Unreachable => {}
            Reachability::NotFound => self.unresolved(vm, cx, connection, &settings.host),
        }
    }

    pub(in crate::knex) fn created(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: CreateId) {
        let Some(create) = self.creates.remove(&id) else { return };
        self.clear(vm, cx, create.timer);
        let Some(connection) = create.connection else { return };
        let lifetime = self.pools.get(&create.pool).and_then(|pool| pool.options.lifetime);
        if let Some(connection) = self.connections.get_mut(&connection) {
            connection.create = None;
            connection.lives_until = lifetime.map(|span| cx.now + span);
        }
        if create.timed_out && self.profile.forgets_late_creates {
            self.end(vm, cx, connection);
            return;
        }
        let Some(pool) = self.pools.get_mut(&create.pool) else { return };
        pool.creates.retain(|other| *other != id);
        pool.free.push(Free { connection, since: cx.now });
        self.tell_pool(vm, cx, create.pool);
        if !create.timed_out {
            self.microtask(vm, ticks::CREATE_SEEN, Task::TryAgain(create.pool));
        }
        self.wake_destructions(vm, create.pool);
    }

    pub(in crate::knex) fn create_failed(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: CreateId, failure: Failure) {
        let Some(create) = self.creates.remove(&id) else { return };
        self.clear(vm, cx, create.timer);
        if let Some(id) = create.connection
            && let Some(connection) = self.connections.get_mut(&id)
        {
            connection.create = None;
            if connection.ended {
                self.connections.remove(&id);
            }
        }
        let Some(pool) = self.pools.get_mut(&create.pool) else { return };
        pool.creates.retain(|other| *other != id);
        self.tell_pool(vm, cx, create.pool);
        if !create.timed_out {
            let task = Task::CreateFailureSeen(create.pool, failure, create.before);
            self.microtask(vm, ticks::CREATE_FAILURE_SEEN, task);
        }
        self.wake_destructions(vm, create.pool);
    }

    pub(in crate::knex) fn create_timed_out(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: CreateId) {
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
        self.wake_destructions(vm, pool);
    }

    /// The waiters learn of a failed create: the first at once where errors are propagated, the others at their timeout.
    pub(in crate::knex) fn create_failure_seen(
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

    pub(in crate::knex) fn retry(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: PoolId) {
        if let Some(pool) = self.pools.get_mut(&id)
            && !pool.retries.is_empty()
        {
            pool.retries.remove(0);
        }
        self.try_acquire_or_create(vm, cx, id);
        self.forget_if_over(id);
    }
}
