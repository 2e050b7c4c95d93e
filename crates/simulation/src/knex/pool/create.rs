//! Creates: connections that are being made for a pool. A create ends with a free connection, or with an error that the
//! acquires learn of.

use super::super::continuation::{AcquireId, Continuation, CreateId, PoolId};
use super::super::driver::Connection;
use super::super::profile::{Tarn, ticks};
use super::super::{Cx, Knex, LibraryError};
use super::{Free, OPERATION_TIMED_OUT};
use crate::event::{ClientId, ConnectionId, EventKind, TimerId};
use crate::limits;
use crate::server::{Reachability, ToServer, reachability};
use javascript::Vm;

/// A create.
#[derive(Clone, Debug)]
pub struct Create {
    /// The pool.
    pub(in crate::knex) pool: PoolId,
    /// Its connection, once it has one.
    pub(in crate::knex) connection: Option<ConnectionId>,
    timer: Option<(TimerId, u32)>,
    /// The acquires that waited when it began.
    before: Vec<AcquireId>,
    /// True once `createTimeoutMillis` is over.
    pub(super) timed_out: bool,
}

impl Knex {
    pub(super) fn create(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: PoolId) {
        let Some(pool) = self.pools.get(&id) else { return };
        let (client, timeout, before) =
            (pool.client, pool.options.create_timeout, pool.pending_acquires.iter().copied().collect());
        vm.add_work(limits::STEPS_A_QUERY);
        let create = CreateId(self.number());
        let timer = self.timer(vm, cx, timeout, Continuation::CreateTimeout(create));
        self.creates
            .insert(create, Create { pool: id, connection: None, timer: Some(timer), before, timed_out: false });
        if let Some(pool) = self.pools.get_mut(&id) {
            pool.pending_creates.push(create);
        }
        self.begin_create(vm, cx, client, create);
    }

    /// The client for whose pool a create is.
    pub(in crate::knex) fn client_of_create(&self, create: CreateId) -> Option<ClientId> {
        let pool = self.creates.get(&create)?.pool;
        self.pools.get(&pool).map(|pool| pool.client)
    }

    /// Opens a create's connection.
    pub(in crate::knex) fn open(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, client: ClientId, id: CreateId) {
        let settings = match self.clients[client.0 as usize].connection.clone() {
            Ok(settings) => settings,
            Err(error) => return self.hop(vm, cx, ticks::CREATE_FAILED, Continuation::CreateFailed(id, error)),
        };
        let Some(create) = self.creates.get_mut(&id) else { return };
        let connection = cx.network.open(cx.environment);
        create.connection = Some(connection);
        let pool = create.pool;
        let timeout = settings.connect_timeout;
        let connect_timer = timeout.map(|span| self.timer(vm, cx, span, Continuation::ConnectTimeout(connection)));
        let mut made = Connection::new(id, pool);
        made.query_timeout = settings.query_timeout;
        made.connect_timer = connect_timer;
        self.connections.insert(connection, made);
        cx.emit(vm, EventKind::Connecting { connection, client });
        self.address = (settings.host.clone(), settings.port);
        match reachability(&settings.host, settings.port) {
            Reachability::Listening => cx.send(connection, ToServer::StartupMessage),
            // The system says so at once, without a packet leaving the machine.
            Reachability::Refused => cx.event_loop.pend(connection.0),
            Reachability::Unreachable => {}
            Reachability::NotFound => self.unresolved(vm, cx, connection, &settings.host),
        }
    }

    /// A create's connection is ready.
    pub(in crate::knex) fn created(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: CreateId) {
        let Some(create) = self.creates.remove(&id) else { return };
        self.clear(cx, create.timer);
        let Some(connection) = create.connection else { return };
        let lifetime = self.pools.get(&create.pool).and_then(|pool| pool.options.lifetime);
        if let Some(connection) = self.connections.get_mut(&connection) {
            connection.create = None;
            connection.lives_until = lifetime.map(|span| cx.now + span);
        }
        if create.timed_out && self.profile.tarn == Tarn::V3 {
            self.end(vm, cx, connection);
            return;
        }
        let Some(pool) = self.pools.get_mut(&create.pool) else { return };
        pool.pending_creates.retain(|other| *other != id);
        pool.free.push(Free { connection, since: cx.now });
        self.emit_pool_counts(vm, cx, create.pool);
        if !create.timed_out {
            self.microtask(vm, ticks::CREATE_SEEN, Continuation::TryAgain(create.pool));
        }
        self.wake_destructions(vm, create.pool);
    }

    /// A create has failed.
    pub(in crate::knex) fn create_failed(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: CreateId, error: LibraryError) {
        let Some(create) = self.creates.remove(&id) else { return };
        self.clear(cx, create.timer);
        if let Some(id) = create.connection
            && let Some(connection) = self.connections.get_mut(&id)
        {
            connection.create = None;
            if connection.is_closed() {
                self.connections.remove(&id);
            }
        }
        let Some(pool) = self.pools.get_mut(&create.pool) else { return };
        pool.pending_creates.retain(|other| *other != id);
        self.emit_pool_counts(vm, cx, create.pool);
        if !create.timed_out {
            let task = Continuation::CreateFailureSeen(create.pool, error, create.before);
            self.microtask(vm, ticks::CREATE_FAILURE_SEEN, task);
        }
        self.wake_destructions(vm, create.pool);
    }

    /// `createTimeoutMillis` is over.
    pub(in crate::knex) fn create_timed_out(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: CreateId) {
        let Some(create) = self.creates.get_mut(&id) else { return };
        create.timed_out = true;
        create.timer = None;
        let (pool, before) = (create.pool, create.before.clone());
        if self.profile.tarn == Tarn::V3
            && let Some(pool) = self.pools.get_mut(&pool)
        {
            pool.pending_creates.retain(|other| *other != id);
        }
        let error = LibraryError::tarn_timeout(OPERATION_TIMED_OUT);
        self.microtask(vm, ticks::CREATE_FAILURE_SEEN, Continuation::CreateFailureSeen(pool, error, before));
        self.emit_pool_counts(vm, cx, pool);
        self.wake_destructions(vm, pool);
    }

    /// The acquires learn of a failed create: the first one at once if `propagateCreateError` is set, the others when they
    /// time out.
    pub(in crate::knex) fn create_failure_seen(
        &mut self,
        vm: &mut Vm,
        cx: &mut Cx<'_>,
        id: PoolId,
        error: LibraryError,
        before: Vec<AcquireId>,
    ) {
        let Some(pool) = self.pools.get(&id) else { return };
        if pool.destroyed && self.profile.tarn == Tarn::V3 {
            return;
        }
        let first = pool.pending_acquires.front().copied().filter(|_| pool.options.propagate_create_error);
        let interval = pool.options.create_retry_interval;
        let message = error.message.clone();
        if let Some(first) = first {
            self.reject_acquire(vm, cx, first, error);
        }
        for acquire in before {
            if let Some(acquire) = self.acquires.get_mut(&acquire) {
                acquire.cause = Some(message.clone());
            }
        }
        let timer = self.timer(vm, cx, interval, Continuation::Retry(id));
        if let Some(pool) = self.pools.get_mut(&id) {
            pool.retries.push_back(timer);
        }
    }

    /// `createRetryIntervalMillis` after a failed create is over.
    pub(in crate::knex) fn retry(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: PoolId) {
        if let Some(pool) = self.pools.get_mut(&id) {
            pool.retries.pop_front();
        }
        self.try_acquire_or_create(vm, cx, id);
        self.forget_if_over(id);
    }
}
