//! The PostgreSQL server: connection slots, backends, timeouts, shutdown and restart. The [`Database`] evaluates the SQL.
//!
//! ```text
//!  StartupMessage ─► free slot? ─no─► FATAL 53300 "sorry, too many clients already"
//!                        │ yes
//!                        ▼
//!                 authenticating ─AuthenticationRequest─► client
//!                        │ Password
//!                        ▼
//!                 password, reserved slots and database in order? ─no─► FATAL, slot free
//!                        │ yes
//!                        ▼
//!                      idle ──Query──► executing ◄──► blocked
//!                        ▲                 │
//!                        └─────answer──────┘
//! ```
//!
//! A session ends when its client closes the connection, when it is terminated, when it has been idle for too long, or
//! when the server shuts down. If the client goes away during a query, the backend finishes the query first, as in
//! PostgreSQL.
//!
//! The server does no I/O. Each call returns a [`ServerOutput`]: the messages to send, and when to call again.
//!
//! A connection takes a slot when its `StartupMessage` arrives, and the reserved slots are checked after the password. A
//! burst of connections can therefore meet both messages of `53300` (recorded in the `s11` schedules). The password takes
//! a second round trip, so that a client that is frozen between the two holds a slot without a session
//! (`s14-query-frozen`).

mod backend;
mod messages;
mod query;
mod startup;

use crate::event::{BackendPid, ConnectionId, DisconnectReason, EnvironmentId, Event, EventKind, EventSink};
use crate::settings::{Latencies, PostgresSettings};
use base::sorted_map::SortedMap;
use base::time::{Duration, Instant};
use postgres::{Database, SessionDefaults, SqlError, SqlState, TransactionStatus};

use backend::Activity;
pub use backend::Backend;
pub use messages::{
    Credentials, Reachability, SentMessage, ServerOutput, ServerWake, ToClient, ToServer, reachability,
};

/// The process id of the first backend.
const FIRST_PID: u32 = 4_720;

/// The server.
#[derive(Clone, Debug)]
pub struct Server<D> {
    database: D,
    settings: PostgresSettings,
    is_up: bool,
    /// The backend in each slot.
    slots: Vec<Option<BackendPid>>,
    backends: SortedMap<BackendPid, Backend>,
    by_connection: SortedMap<ConnectionId, BackendPid>,
    next_pid: u32,
    session_defaults: SessionDefaults,
    /// From the server to the client in the first of a connection's two round trips: a quarter of `latency.connect`.
    startup_latency: Duration,
    /// From the server to the client in the second round trip: what the other three ways leave of `latency.connect`.
    authentication_latency: Duration,
    /// From the server to the client after a query.
    query_latency: Duration,
}

/// The time of a call, and the places for its effects.
struct Call<'a> {
    now: Instant,
    events: &'a mut EventSink,
    output: ServerOutput,
    /// True if blocked queries are to be executed again: see `Server::retry_blocked`.
    needs_retry: bool,
    /// True while blocked queries are executed again.
    is_retrying: bool,
}

impl<'a> Call<'a> {
    fn new(now: Instant, events: &'a mut EventSink) -> Self {
        Self { now, events, output: ServerOutput::default(), needs_retry: false, is_retrying: false }
    }

    fn send(&mut self, connection: ConnectionId, latency: Duration, message: ToClient) {
        self.output.sent.push(SentMessage { connection, latency, message });
    }

    /// Requests a wake for the present activity of a backend.
    fn wake_at(&mut self, at: Instant, pid: BackendPid, backend: &Backend) {
        self.output.wakes.push(ServerWake { at, pid, ticket: backend.ticket });
    }

    fn emit(&mut self, environment: Option<EnvironmentId>, kind: EventKind) {
        self.events.push(Event { at: self.now, environment, invocation: None, kind });
    }
}

impl<D: Database> Server<D> {
    /// A server that accepts connections. A connection takes two round trips of half of `latency.connect` each, a query
    /// one of `latency.query`.
    pub fn new(settings: PostgresSettings, database: D, latencies: &Latencies) -> Self {
        let startup_latency = latencies.connect.half().half();
        let session_defaults = SessionDefaults {
            idle_session_timeout: settings.idle_session_timeout,
            idle_in_transaction_session_timeout: settings.idle_in_transaction_session_timeout,
            max_connections: settings.max_connections,
            superuser_reserved_connections: settings.superuser_reserved_connections,
        };
        Self {
            database,
            session_defaults,
            is_up: true,
            slots: vec![None; settings.max_connections as usize],
            settings,
            backends: SortedMap::new(),
            by_connection: SortedMap::new(),
            next_pid: FIRST_PID,
            startup_latency,
            authentication_latency: latencies.connect - startup_latency.times(3),
            query_latency: latencies.query - latencies.query.half(),
        }
    }

    /// True while the server accepts connections.
    pub fn is_up(&self) -> bool {
        self.is_up
    }

    /// The backend in each slot.
    pub fn slots(&self) -> impl ExactSizeIterator<Item = Option<(BackendPid, &Backend)>> {
        self.slots.iter().map(|slot| slot.and_then(|pid| self.backends.get(&pid).map(|backend| (pid, backend))))
    }

    /// The number of slots that are reserved for superusers.
    pub fn reserved(&self) -> u32 {
        self.settings.superuser_reserved_connections.min(self.settings.max_connections)
    }

    /// The sessions of an environment. A connection that is still authenticating has none.
    pub fn sessions_of(&self, environment: EnvironmentId) -> impl Iterator<Item = &Backend> {
        self.backends
            .values()
            .filter(move |backend| backend.environment == environment && backend.activity != Activity::Authenticating)
    }

    /// The process ids of the backends of an environment, or of all backends.
    pub fn pids(&self, environment: Option<EnvironmentId>) -> Vec<BackendPid> {
        let is_wanted = |backend: &Backend| environment.is_none_or(|environment| backend.environment == environment);
        self.backends.iter().filter(|(_, backend)| is_wanted(backend)).map(|(pid, _)| *pid).collect()
    }

    /// Receives a message of a client.
    pub fn receive(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        environment: EnvironmentId,
        message: ToServer,
        events: &mut EventSink,
    ) -> ServerOutput {
        let mut call = Call::new(now, events);
        let pid = self.by_connection.get(&connection).copied();
        match message {
            ToServer::StartupMessage => self.accept_connection(&mut call, connection, environment),
            ToServer::Password(credentials) => {
                if let Some(pid) = pid {
                    self.authenticate(&mut call, pid, &credentials);
                }
            }
            ToServer::Query { sql, parameters } => {
                if let Some(pid) = pid {
                    self.execute(&mut call, pid, sql, parameters);
                }
            }
            ToServer::Terminate => {
                if let Some(pid) = pid {
                    self.client_gone(&mut call, pid, DisconnectReason::Client);
                }
                call.send(connection, Duration::ZERO, ToClient::ConnectionClosed);
            }
        }
        call.output
    }

    /// True if a wake with this ticket still has an effect.
    pub fn awaits(&self, pid: BackendPid, ticket: u32) -> bool {
        self.backends.get(&pid).is_some_and(|backend| backend.ticket == ticket)
    }

    /// Carries out a wake that the server has requested. A void one has no effect.
    pub fn wake(&mut self, now: Instant, pid: BackendPid, ticket: u32, events: &mut EventSink) -> ServerOutput {
        let mut call = Call::new(now, events);
        if let Some(backend) = self.backends.get(&pid).filter(|backend| backend.ticket == ticket) {
            match backend.activity {
                Activity::Authenticating => {
                    call.send(backend.connection, self.query_latency, ToClient::ConnectionClosed);
                    self.end(&mut call, pid, DisconnectReason::Rejected);
                }
                Activity::Executing(_) => self.answer(&mut call, pid),
                Activity::Idle => self.idle_timeout(&mut call, pid),
                Activity::Blocked(_) => self.wait_timeout(&mut call, pid),
            }
        }
        call.output
    }

    /// Ends a session that has been idle for too long.
    fn idle_timeout(&mut self, call: &mut Call<'_>, pid: BackendPid) {
        let Some(backend) = self.backends.get(&pid) else { return };
        let (why, sqlstate, message) = match backend.session.transaction() {
            TransactionStatus::Idle => (
                DisconnectReason::IdleSession,
                SqlState::IDLE_SESSION_TIMEOUT,
                "terminating connection due to idle-session timeout",
            ),
            TransactionStatus::InTransaction | TransactionStatus::InFailedTransaction => (
                DisconnectReason::IdleInTransaction,
                SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
                "terminating connection due to idle-in-transaction timeout",
            ),
        };
        self.end_with(call, pid, why, SqlError::new(sqlstate, message));
    }

    /// Reacts to the end of the client's side of a connection. A backend that executes a query notices when it answers.
    fn client_gone(&mut self, call: &mut Call<'_>, pid: BackendPid, why: DisconnectReason) {
        let Some(backend) = self.backends.get_mut(&pid) else { return };
        if let Activity::Executing(_) = backend.activity {
            backend.client_has_gone = true;
        } else {
            self.end(call, pid, why);
        }
    }

    /// Reacts to a connection that something between client and server has cut.
    pub fn connection_cut(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        why: DisconnectReason,
        events: &mut EventSink,
    ) -> ServerOutput {
        let mut call = Call::new(now, events);
        if let Some(pid) = self.by_connection.get(&connection).copied() {
            self.client_gone(&mut call, pid, why);
        }
        call.output
    }

    /// Ends a session as `pg_terminate_backend` does.
    pub fn terminate(
        &mut self,
        now: Instant,
        pid: BackendPid,
        why: DisconnectReason,
        events: &mut EventSink,
    ) -> ServerOutput {
        let mut call = Call::new(now, events);
        self.end_with(&mut call, pid, why, SqlError::admin_shutdown());
        call.output
    }

    /// Shuts the server down: ends all sessions, and refuses connections from now on.
    pub fn stop(&mut self, now: Instant, events: &mut EventSink) -> ServerOutput {
        let mut call = Call::new(now, events);
        self.is_up = false;
        call.emit(None, EventKind::ServerChanged { up: false });
        for pid in self.pids(None) {
            self.end_with(&mut call, pid, DisconnectReason::ServerShutdown, SqlError::admin_shutdown());
        }
        call.output
    }

    /// Starts the server again.
    pub fn start(&mut self, now: Instant, events: &mut EventSink) {
        self.is_up = true;
        self.database.restarted();
        Call::new(now, events).emit(None, EventKind::ServerChanged { up: true });
    }

    /// Ends a session with a FATAL error.
    fn end_with(&mut self, call: &mut Call<'_>, pid: BackendPid, why: DisconnectReason, error: SqlError) {
        let Some(backend) = self.backends.get(&pid) else { return };
        let connection = backend.connection;
        let latency = match backend.activity {
            Activity::Authenticating => self.authentication_latency,
            // The error of an action is at the client before the next action.
            _ => Duration::ZERO,
        };
        call.send(connection, latency, ToClient::FatalErrorResponse(error));
        call.send(connection, latency, ToClient::ConnectionClosed);
        self.end(call, pid, why);
    }

    /// Ends a session, and frees its slot and its locks.
    fn end(&mut self, call: &mut Call<'_>, pid: BackendPid, why: DisconnectReason) {
        let Some(mut backend) = self.backends.remove(&pid) else { return };
        self.slots[backend.slot] = None;
        self.by_connection.remove(&backend.connection);
        if backend.is_blocked() {
            self.database.cancel(&mut backend.session);
        }
        self.database.session_ended(backend.session);
        call.emit(Some(backend.environment), EventKind::SessionEnded { pid, why });
        self.retry_blocked(call);
    }
}

#[cfg(test)]
mod tests;
