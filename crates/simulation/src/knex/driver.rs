//! The driver's side of a connection: what node-postgres (pg 8.0 and 8.23) does with what arrives.
//!
//! Two things change about a connection: the driver's [`ClientState`], which decides what it takes and how it fails, and the
//! [`Socket`] below. Knex notes an error or the end as [`Disposed`]; a pool's next look at the connection prints the note and
//! destroys the connection.

use core::fmt;
use std::collections::VecDeque;
use std::rc::Rc;

use super::continuation::{Continuation, CreateId, PoolId};
use super::parameters::Parameters;
use super::profile::{Pg, ticks};
use super::query::Submitted;
use super::{Cx, Knex, LibraryError};
use crate::event::{BackendPid, ClientId, ConnectionId, EventKind, TimerId};
use crate::server::{ToClient, ToServer};
use base::time::{Duration, Instant};
use javascript::Vm;

/// The state of the driver's client (pg's `_connecting`, `_connectionError`, `_queryable`).
///
/// ```text
///   Connecting ──Ready──► Ready
///       │                   │
///     Error               Error
///       ▼                   ▼
///   ConnectFailed         Broken ──┐
///                           ▲    Error
///                           └──────┘
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientState {
    /// It waits for a session. Queries are queued.
    Connecting,
    /// The connect failed. Only the first error of a connect counts.
    ConnectFailed,
    /// It has a session and takes queries.
    Ready,
    /// An error outside of any query has ended the session.
    Broken,
}

/// A step of the driver's client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientStep {
    /// The server has sent `ReadyForQuery` for the first time.
    Ready,
    /// An error of the connection, not of a query.
    Error,
}

impl ClientState {
    /// The state after a step; `None` if the driver ignores the step.
    pub fn after(self, step: ClientStep) -> Option<Self> {
        match (self, step) {
            (Self::Connecting, ClientStep::Ready) => Some(Self::Ready),
            (Self::Connecting, ClientStep::Error) => Some(Self::ConnectFailed),
            (Self::Ready | Self::Broken, ClientStep::Error) => Some(Self::Broken),
            (Self::ConnectFailed, _) | (Self::Ready | Self::Broken, ClientStep::Ready) => None,
        }
    }

    /// True if the driver takes queries (`_queryable`).
    pub fn is_queryable(self) -> bool {
        matches!(self, Self::Connecting | Self::Ready)
    }
}

/// The socket of a connection. It only goes from one state to a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Socket {
    /// Open, in at least one direction.
    Open,
    /// Its close callback runs at the end of this turn of the loop.
    Closing,
    /// Closed: the driver has emitted `end`, or is about to.
    Closed,
}

/// Knex's note that a connection is of no use any more (`__knex__disposed`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disposed {
    /// The driver has emitted this error.
    Error(LibraryError),
    /// The driver has emitted `end`.
    Ended,
}

/// The note as Knex prints it.
impl fmt::Display for Disposed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => error.fmt(out),
            Self::Ended => out.write_str("Connection ended unexpectedly"),
        }
    }
}

/// A connection as the driver, Knex and tarn see it.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The create that waits for it, until the connection is prepared or has failed.
    pub create: Option<CreateId>,
    /// The pool that it was made for.
    pub pool: PoolId,
    /// The pid of its backend, once it has a session.
    pub pid: Option<BackendPid>,
    /// The query that the server works on.
    pub active: Option<Submitted>,
    /// The queries behind it.
    pub waiting: VecDeque<Submitted>,
    /// How long the driver waits for an answer (`query_timeout`).
    pub query_timeout: Option<Duration>,
    /// The end of its life by Knex's `maxConnectionLifetimeMillis`.
    pub lives_until: Option<Instant>,
    /// Knex's note, if it is of no use any more.
    pub disposed: Option<Disposed>,
    /// True once the client itself has called `end()` (pg's `_ending`).
    pub ending: bool,
    /// The state of the driver's client.
    pub state: ClientState,
    /// The state of its socket.
    pub socket: Socket,
    /// tarn's timer for its destruction, while tarn waits for its end.
    pub destroy_timer: Option<TimerId>,
    /// The driver's timer for its connect.
    pub connect_timer: Option<(TimerId, u32)>,
}

impl Connection {
    /// A connection that is being made.
    pub fn new(create: CreateId, pool: PoolId) -> Self {
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
            state: ClientState::Connecting,
            socket: Socket::Open,
            destroy_timer: None,
            connect_timer: None,
        }
    }

    /// True once its socket has closed.
    pub fn is_closed(&self) -> bool {
        self.socket == Socket::Closed
    }
}

impl Knex {
    /// The process reads a packet of a connection.
    pub fn receive(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, packet: ToClient) {
        let Some(connection) = self.connections.get_mut(&id).filter(|connection| !connection.is_closed()) else {
            return;
        };
        match packet {
            ToClient::AuthenticationRequest => {
                if let Some(client) = self.client_of(id) {
                    self.identify(vm, cx, id, client);
                }
            }
            ToClient::ReadyForQuery(pid) => {
                let Some(state) = connection.state.after(ClientStep::Ready) else { return };
                connection.state = state;
                connection.pid = Some(pid);
                let timer = connection.connect_timer.take();
                self.clear(cx, timer);
                cx.emit(vm, EventKind::Connected { connection: id, pid });
                self.connected(vm, cx, id);
            }
            ToClient::Results(results) => {
                cx.emit(vm, EventKind::AnswerRead { connection: id });
                self.answered(vm, cx, id, Ok(results));
                self.send_next(vm, cx, id);
            }
            ToClient::ErrorResponse(error) => {
                cx.emit(vm, EventKind::AnswerRead { connection: id });
                self.answered(vm, cx, id, Err(LibraryError::of_server(&error)));
                self.send_next(vm, cx, id);
            }
            ToClient::FatalErrorResponse(error) => {
                let error = LibraryError::of_server(&error);
                if connection.state == ClientState::Ready && connection.active.is_some() {
                    self.answered(vm, cx, id, Err(error));
                } else {
                    self.failed(vm, cx, id, error);
                }
            }
            ToClient::ConnectionRefused => {
                let (host, port) = &self.address;
                let host = if &**host == "localhost" { "127.0.0.1" } else { host };
                let error = LibraryError::system("ECONNREFUSED", &format!("connect ECONNREFUSED {host}:{port}"));
                self.failed(vm, cx, id, error);
                self.close_later(cx, id);
            }
            ToClient::ConnectionReset => self.reset(vm, cx, id, "read ECONNRESET"),
            ToClient::ConnectionClosed => match self.profile.pg {
                Pg::V8_0 if !connection.ending => self.ended(vm, cx, id),
                Pg::V8_0 | Pg::V8_23 => self.close_later(cx, id),
            },
        }
    }

    /// The name of the host does not resolve.
    pub(super) fn unresolved(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, host: &str) {
        let error = LibraryError::system("ENOTFOUND", &format!("getaddrinfo ENOTFOUND {host}"));
        self.failed(vm, cx, id, error);
        self.close_later(cx, id);
    }

    fn reset(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, message: &'static str) {
        let Some(connection) = self.connections.get(&id) else { return };
        // pg ignores a reset while the client itself closes the connection.
        if !connection.ending {
            self.failed(vm, cx, id, LibraryError::system("ECONNRESET", message));
        }
        self.close_later(cx, id);
    }

    /// The socket will have closed by the end of this turn of the loop.
    fn close_later(&mut self, cx: &mut Cx<'_>, id: ConnectionId) {
        if let Some(connection) = self.connections.get_mut(&id)
            && connection.socket == Socket::Open
        {
            connection.socket = Socket::Closing;
            cx.event_loop.close_later(id.0);
        }
    }

    /// An error of the connection, not of a query: its connect has failed, or it is of no use any more.
    fn failed(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, error: LibraryError) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let Some(state) = connection.state.after(ClientStep::Error) else { return };
        connection.state = state;
        if state == ClientState::Broken {
            connection.disposed = Some(Disposed::Error(error.clone()));
            return self.fail_all(vm, cx, id, &error);
        }
        let (timer, create) = (connection.connect_timer.take(), connection.create.take());
        self.clear(cx, timer);
        cx.emit(vm, EventKind::ConnectFailed { connection: id, message: error.message.clone() });
        if let Some(create) = create {
            self.hop(vm, cx, ticks::CREATE_FAILED, Continuation::CreateFailed(create, error));
        }
    }

    /// The socket has closed: the driver fails what is left and emits `end`.
    pub fn ended(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(&id).filter(|connection| !connection.is_closed()) else {
            return;
        };
        connection.socket = Socket::Closed;
        let ending = connection.ending;
        let unexpectedly = if ending { "" } else { " unexpectedly" };
        let error = LibraryError::new(&format!("Connection terminated{unexpectedly}"));
        self.fail_all(vm, cx, id, &error);
        if !ending {
            self.failed(vm, cx, id, error);
        }
        self.next_tick(vm, cx, Continuation::EmitEnd(id));
        cx.network.close(id);
        self.end_called_back(vm, cx, id);
    }

    /// The driver emits `end`: Knex's note of it replaces an earlier one.
    pub(super) fn emit_end(&mut self, vm: &Vm, cx: &mut Cx<'_>, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        connection.disposed = Some(Disposed::Ended);
        let pool = self.pools.get(&connection.pool);
        // A connection whose preparation failed is in no pool: Knex has forgotten it.
        let in_pool =
            pool.is_some_and(|pool| pool.used.contains(&id) || pool.free.iter().any(|free| free.connection == id));
        let gone = connection.ending
            || connection.state == ClientState::ConnectFailed
            || connection.create.is_none() && !in_pool;
        cx.emit(vm, EventKind::ConnectionGone { connection: id });
        if gone && connection.destroy_timer.is_none() {
            self.connections.remove(&id);
        }
    }

    /// The server asks for the password.
    fn identify(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, client: ClientId) {
        let Ok(settings) = &self.clients[client.0 as usize].connection else { return };
        let credentials = settings.credentials.clone();
        if credentials.password.is_none() && !credentials.user.is_empty() {
            // The socket stays open until the server's own timeout.
            let error = LibraryError::new("SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string");
            return self.failed(vm, cx, id, error);
        }
        cx.send(id, ToServer::Password(credentials));
    }

    /// `connectionTimeoutMillis` is over.
    pub(super) fn connect_timed_out(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.connect_timer = None;
            self.failed(vm, cx, id, LibraryError::new("timeout expired"));
            self.close_later(cx, id);
        }
    }

    pub(super) fn write(
        &mut self,
        vm: &mut Vm,
        cx: &mut Cx<'_>,
        id: ConnectionId,
        sql: Rc<str>,
        parameters: Parameters,
    ) {
        // A reset that has arrived and was not read yet fails the write itself.
        if cx.resets_unread.contains(&id) {
            self.reset(vm, cx, id, "write ECONNRESET");
            return;
        }
        cx.send(id, ToServer::Query { sql, parameters });
    }

    /// `end()`: the client closes the connection; tarn waits for the callback.
    pub(super) fn end(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let closed = connection.is_closed();
        if core::mem::replace(&mut connection.ending, true) && !closed {
            return;
        }
        let forced = !connection.state.is_queryable() || connection.active.is_some();
        cx.emit(vm, EventKind::ConnectionClosing { connection: id });
        match self.profile.pg {
            Pg::V8_0 if closed => {}
            Pg::V8_23 if closed => self.end_called_back(vm, cx, id),
            Pg::V8_0 | Pg::V8_23 => {
                cx.send(id, ToServer::Terminate);
                if forced {
                    self.close_later(cx, id);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_in_every_state_leads_where_the_picture_says() {
        use ClientState::{Broken, ConnectFailed, Connecting, Ready};
        let steps = [Connecting, ConnectFailed, Ready, Broken]
            .into_iter()
            .flat_map(|state| [ClientStep::Ready, ClientStep::Error].map(|step| (state, step)))
            .filter_map(|(state, step)| Some((state, step, state.after(step)?)));
        assert_eq!(
            steps.collect::<Vec<_>>(),
            [
                (Connecting, ClientStep::Ready, Ready),
                (Connecting, ClientStep::Error, ConnectFailed),
                (Ready, ClientStep::Error, Broken),
                (Broken, ClientStep::Error, Broken),
            ]
        );
    }

    #[test]
    fn the_driver_takes_queries_until_it_fails() {
        assert!(ClientState::Connecting.is_queryable() && ClientState::Ready.is_queryable());
        assert!(!ClientState::ConnectFailed.is_queryable() && !ClientState::Broken.is_queryable());
    }
}
