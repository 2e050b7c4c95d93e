//! The driver's side of a connection: what node-postgres (pg 8.0 and 8.23) does with what arrives.
//!
//! ```text
//!   connecting ──Ready──► ready ⇄ active query
//!       │                   │ an error without a query, a reset, an end: not queryable, disposed
//!       └── error ──► over  └── end() ──► ending ──► ended
//! ```
//!
//! `disposed` is what Knex keeps of it: a pool's next look at the connection prints it and throws the connection away.

use std::collections::VecDeque;
use std::rc::Rc;

use super::query::Submitted;
use super::task::Task;
use super::{Cx, Failure, Knex};
use crate::event::{BackendPid, ClientId, ConnectionId, EventKind};
use crate::server::{ToClient, ToServer};
use base::time::{Duration, Instant};
use javascript::Vm;

/// A connection as the driver and Knex see it.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The create that waits for it, until it is ready or has failed.
    pub create: Option<super::task::CreateId>,
    /// The pool it belongs to.
    pub pool: super::task::PoolId,
    /// Its backend, once it is ready.
    pub pid: Option<BackendPid>,
    /// The query under way.
    pub active: Option<Submitted>,
    /// Those behind it.
    pub waiting: VecDeque<Submitted>,
    /// How long the driver waits for an answer.
    pub query_timeout: Option<Duration>,
    /// When it has lived for long enough, by Knex's `maxConnectionLifetimeMillis`.
    pub lives_until: Option<Instant>,
    /// Why it is of no use any more, as Knex will print it.
    pub disposed: Option<Rc<str>>,
    /// Whether the client itself is closing it.
    pub ending: bool,
    /// Whether its end has been told.
    pub ended: bool,
    connecting: bool,
    connect_failed: bool,
    queryable: bool,
    closing: bool,
    /// Destructions that wait for its end, told through tarn's wait.
    pub awaited: bool,
    /// tarn's timer for its destruction.
    pub destroy_timer: Option<crate::event::TimerId>,
    /// The driver's timer for its connect.
    pub connect_timer: Option<(crate::event::TimerId, u32)>,
}

impl Connection {
    /// A connection that is being made.
    pub fn new(create: super::task::CreateId, pool: super::task::PoolId) -> Self {
        Self {
            create: Some(create),
            pool,
            pid: None,
            active: None,
            waiting: VecDeque::new(),
            query_timeout: None,
            lives_until: None,
            disposed: None,
            ending: false,
            ended: false,
            connecting: true,
            connect_failed: false,
            queryable: true,
            closing: false,
            awaited: false,
            destroy_timer: None,
            connect_timer: None,
        }
    }

    /// Whether the driver takes queries for it.
    pub(super) fn is_queryable(&self) -> bool {
        self.queryable
    }
}

impl Knex {
    /// Something arrived for a connection and is read now.
    pub fn receive(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, packet: ToClient) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if connection.ended {
            return;
        }
        match packet {
            ToClient::AuthenticationRequest => {
                if let Some(client) = self.client_of(id) {
                    self.identify(vm, cx, id, client);
                }
            }
            ToClient::ReadyForQuery(pid) => {
                connection.connecting = false;
                connection.pid = Some(pid);
                let timer = connection.connect_timer.take();
                self.clear(vm, cx, timer);
                cx.tell(vm, EventKind::Connected { connection: id, pid });
                self.connected(vm, cx, id);
            }
            ToClient::Results(results) => {
                cx.tell(vm, EventKind::AnswerRead { connection: id });
                self.answered(vm, cx, id, Ok(results));
                self.send_next(vm, cx, id);
            }
            ToClient::ErrorResponse(error) => {
                cx.tell(vm, EventKind::AnswerRead { connection: id });
                self.answered(vm, cx, id, Err(Failure::of_server(&error)));
                self.send_next(vm, cx, id);
            }
            ToClient::FatalErrorResponse(error) => {
                let failure = Failure::of_server(&error);
                if connection.connecting {
                    self.connect_failed(vm, cx, id, failure);
                } else if connection.active.is_none() {
                    self.broken(vm, cx, id, failure);
                } else {
                    self.answered(vm, cx, id, Err(failure));
                }
            }
            ToClient::ConnectionRefused => {
                let (host, port) = &self.address;
                let host = if &**host == "localhost" { "127.0.0.1" } else { host };
                let failure = Failure::system("ECONNREFUSED", &format!("connect ECONNREFUSED {host}:{port}"));
                self.connect_failed(vm, cx, id, failure);
                self.close_later(cx, id);
            }
            ToClient::ConnectionReset => self.reset(vm, cx, id, "read ECONNRESET"),
            ToClient::ConnectionClosed => {
                if self.profile.ends_at_eof && !connection.ending {
                    self.ended(vm, cx, id);
                } else {
                    self.close_later(cx, id);
                }
            }
        }
    }

    /// A name that does not resolve: the connect fails.
    pub(super) fn unresolved(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, host: &str) {
        let failure = Failure::system("ENOTFOUND", &["getaddrinfo ENOTFOUND ", host].concat());
        self.connect_failed(vm, cx, id, failure);
        self.close_later(cx, id);
    }

    fn reset(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, message: &'static str) {
        let Some(connection) = self.connections.get(&id) else { return };
        // A reset while the client closes the connection is what it wanted anyway.
        if !connection.ending {
            let failure = Failure::system("ECONNRESET", message);
            if connection.connecting {
                self.connect_failed(vm, cx, id, failure);
            } else {
                self.broken(vm, cx, id, failure);
            }
        }
        self.close_later(cx, id);
    }

    /// The socket will have closed by the end of this turn of the loop.
    fn close_later(&mut self, cx: &mut Cx<'_>, id: ConnectionId) {
        if let Some(connection) = self.connections.get_mut(&id)
            && !connection.closing
        {
            connection.closing = true;
            cx.event_loop.close_later(id.0);
        }
    }

    /// An error outside a query: the connection is of no use any more.
    fn broken(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, failure: Failure) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        connection.queryable = false;
        connection.disposed = Some(failure.to_string().into());
        self.fail_all(vm, cx, id, &failure);
    }

    /// The end of the socket: `end` is emitted once.
    pub fn ended(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if core::mem::replace(&mut connection.ended, true) {
            return;
        }
        let ending = connection.ending;
        let message = if ending { "Connection terminated" } else { "Connection terminated unexpectedly" };
        let failure = Failure::plain(message);
        let (connecting, connect_failed) = (connection.connecting, connection.connect_failed);
        self.fail_all(vm, cx, id, &failure);
        if !ending && !connect_failed {
            if connecting {
                self.connect_failed(vm, cx, id, failure);
            } else {
                self.broken(vm, cx, id, failure);
            }
        }
        self.next_tick(vm, cx, Task::EmitEnd(id));
        cx.network.close(id);
        self.end_called_back(vm, cx, id);
    }

    /// `end` has been emitted: Knex notes it over whatever it noted before.
    pub(super) fn emit_end(&mut self, vm: &Vm, cx: &mut Cx<'_>, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        connection.disposed = Some("Connection ended unexpectedly".into());
        let pool = self.pools.get(&connection.pool);
        // One that Knex has forgotten, because what it was prepared with failed, is in no pool.
        let kept =
            pool.is_some_and(|pool| pool.used.contains(&id) || pool.free.iter().any(|free| free.connection == id));
        let gone = connection.ending || connection.connect_failed || connection.create.is_none() && !kept;
        cx.tell(vm, EventKind::ConnectionGone { connection: id });
        if gone && !connection.awaited {
            self.connections.remove(&id);
        }
    }

    /// A connect failed; only the first error of one counts.
    fn connect_failed(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, failure: Failure) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if core::mem::replace(&mut connection.connect_failed, true) {
            return;
        }
        connection.queryable = false;
        let timer = connection.connect_timer.take();
        self.clear(vm, cx, timer);
        cx.tell(vm, EventKind::ConnectFailed { connection: id, message: failure.message.clone() });
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if let Some(create) = connection.create.take() {
            self.hop(vm, cx, super::profile::ticks::CREATE_FAILED, Task::CreateFailed(create, failure));
        }
    }

    /// The server has asked who it is.
    fn identify(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, client: ClientId) {
        let Ok(settings) = &self.clients[client.0 as usize].connection else { return };
        let credentials = settings.credentials.clone();
        if credentials.password.is_none() && !credentials.user.is_empty() {
            // The socket stays as it is, until the server has waited for long enough.
            let failure = Failure::plain("SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string");
            return self.connect_failed(vm, cx, id, failure);
        }
        cx.send(id, ToServer::Password(credentials));
    }

    /// `connectionTimeoutMillis` is over.
    pub(super) fn connect_timed_out(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.connect_timer = None;
            self.connect_failed(vm, cx, id, Failure::plain("timeout expired"));
            self.close_later(cx, id);
        }
    }

    pub(super) fn write(
        &mut self,
        vm: &mut Vm,
        cx: &mut Cx<'_>,
        id: ConnectionId,
        sql: Rc<str>,
        parameters: Rc<[Option<Rc<str>>]>,
    ) {
        // A reset that has arrived and was not read yet fails the write itself.
        if cx.resets_unread.contains(&id) {
            self.reset(vm, cx, id, "write ECONNRESET");
            return;
        }
        cx.send(id, ToServer::Query { sql, parameters });
    }

    /// `end()`: closes the connection; tarn waits for the call-back.
    pub(super) fn end(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if core::mem::replace(&mut connection.ending, true) && !connection.ended {
            return;
        }
        cx.tell(vm, EventKind::ConnectionClosing { connection: id });
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if connection.ended {
            if !self.profile.end_of_ended_hangs {
                self.end_called_back(vm, cx, id);
            }
            return;
        }
        let forced = !connection.queryable || connection.active.is_some();
        cx.send(id, ToServer::Terminate);
        if forced {
            self.close_later(cx, id);
        }
    }
}
