//! The server: slots, the life of a session from its connect to its end, timeouts, stops and restarts. What a statement
//! answers is the [`Database`]'s.
//!
//! ```text
//!  connect ─► slot free? ─no─► FATAL 53300 "sorry, too many clients already"
//!                │ yes
//!                ▼
//!            starting ─challenge─► the client answers, if it is awake ─► password, reserved slots, database in order?
//!                                                                          │ yes              └─no─► FATAL, slot free
//!                                                                          ▼
//!                                                    ┌── statement ────► active ─► (blocked by a lock)
//!                                                   idle ◄── answered ─────┘
//! ```
//!
//! A session ends when its client closes it, when it is terminated, when it has been idle for too long, or when the
//! server stops. One whose client is gone in the middle of a statement finishes it first, as PostgreSQL does.
//!
//! Like everything here the server does no I/O: what it sends, and when it wants to be called again, goes into
//! [`ServerOutput`]. Slots are counted when a connect arrives and the reserved ones when the password has been checked,
//! which is why a burst of connects can meet both messages (recorded in the `s11` schedules). The password takes a second
//! round trip: a client that is frozen in the middle keeps a slot without having a session (`s14-query-frozen`).

use base::sorted_map::SortedMap;
use std::rc::Rc;

mod backend;
mod wire;

use crate::event::{BackendPid, ConnectionId, DisconnectReason, EnvironmentId, Event, EventKind, EventSink};
use crate::settings::{Latencies, PostgresSettings, RIGHT_PASSWORD};
pub use backend::Backend;
use backend::{Answer, Work};
use base::time::{Duration, Instant};
use postgres::{Database, Outcome, Query, Session, SessionContext, SessionDefaults, SqlError};
pub use wire::{Credentials, Reach, ServerOutput, ToClient, ToServer, reach};

/// The process id of the first backend.
const FIRST_PID: u32 = 4_720;
/// The role and the databases that exist. The superuser's role exists too, but not with a password of ours.
const ROLE: &str = "app";
const DATABASES: [&str; 2] = ["demo", "postgres"];
/// PostgreSQL's `authentication_timeout`: how long a client may take to answer the challenge.
const AUTHENTICATION_TIMEOUT: Duration = Duration::from_secs(60);

/// The server.
#[derive(Clone, Debug)]
pub struct Server<D> {
    database: D,
    settings: PostgresSettings,
    up: bool,
    slots: Vec<Option<BackendPid>>,
    backends: SortedMap<BackendPid, Backend>,
    of_connection: SortedMap<ConnectionId, BackendPid>,
    next_pid: u32,
    /// What every session is when it begins.
    fresh: Session,
    /// A quarter of a connect: the way back of its first round trip.
    challenge: Duration,
    /// The way back of its second one: what is left of `latency.connect`.
    connect_back: Duration,
    /// From a finished statement to the client.
    query_back: Duration,
}

impl<D: Database> Server<D> {
    /// A server that accepts connections. A connect is two round trips of half of `latency.connect` each, a query one of
    /// `latency.query`.
    pub fn new(settings: PostgresSettings, database: D, latencies: &Latencies) -> Self {
        let challenge = latencies.connect.half().half();
        let slots = vec![None; settings.max_connections as usize];
        let defaults = SessionDefaults {
            idle_session_timeout: settings.idle_session_timeout,
            idle_in_transaction_session_timeout: settings.idle_in_transaction_session_timeout,
            max_connections: settings.max_connections,
            superuser_reserved_connections: settings.superuser_reserved_connections,
        };
        Self {
            database,
            settings,
            fresh: Session::new(BackendPid(0), ROLE.into(), DATABASES[0].into(), defaults),
            up: true,
            slots,
            backends: SortedMap::new(),
            of_connection: SortedMap::new(),
            next_pid: FIRST_PID,
            challenge,
            connect_back: latencies.connect - challenge.times(3),
            query_back: latencies.query - latencies.query.half(),
        }
    }

    /// Whether it accepts connections.
    pub fn is_up(&self) -> bool {
        self.up
    }

    /// Its slots: the backend in each.
    pub fn slots(&self) -> impl ExactSizeIterator<Item = Option<(BackendPid, &Backend)>> {
        self.slots.iter().map(|slot| slot.and_then(|pid| self.backends.get(&pid).map(|backend| (pid, backend))))
    }

    /// How many slots are reserved for superusers.
    pub fn reserved(&self) -> u32 {
        self.settings.superuser_reserved_connections.min(self.settings.max_connections)
    }

    /// The sessions of this environment; a connect that has not been let in yet is none.
    pub fn sessions_of(&self, environment: EnvironmentId) -> impl Iterator<Item = &Backend> {
        self.backends
            .values()
            .filter(move |backend| backend.environment == environment && backend.work != Work::Starting)
    }

    /// The backends of an environment, or all of them.
    pub fn pids(&self, environment: Option<EnvironmentId>) -> Vec<BackendPid> {
        let of = |backend: &Backend| environment.is_none_or(|environment| backend.environment == environment);
        self.backends.iter().filter(|(_, backend)| of(backend)).map(|(pid, _)| *pid).collect()
    }

    /// A packet arrives.
    pub fn receive(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        environment: EnvironmentId,
        packet: ToServer,
        events: &mut EventSink,
    ) -> ServerOutput {
        let mut out = ServerOutput::default();
        match packet {
            ToServer::Connect => self.connect(now, connection, environment, events, &mut out),
            ToServer::Password(credentials) => {
                if let Some(pid) = self.of_connection.get(&connection).copied() {
                    self.authenticate(now, pid, &credentials, events, &mut out);
                }
            }
            ToServer::Query { sql, parameters } => {
                if let Some(pid) = self.of_connection.get(&connection).copied() {
                    self.execute(now, pid, &sql, &parameters, events, &mut out);
                }
            }
            ToServer::Close => {
                if let Some(pid) = self.of_connection.get(&connection).copied() {
                    self.client_closed(now, pid, DisconnectReason::Client, events, &mut out);
                }
                out.sent.push((connection, Duration::ZERO, ToClient::End));
            }
        }
        out
    }

    fn connect(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        environment: EnvironmentId,
        events: &mut EventSink,
        out: &mut ServerOutput,
    ) {
        if !self.up {
            out.sent.push((connection, self.query_back, ToClient::Refused));
            return;
        }
        let Some(slot) = self.slots.iter().position(Option::is_none) else {
            let error = SqlError::new("53300", "sorry, too many clients already");
            out.sent.push((connection, self.challenge, ToClient::Fatal(error)));
            out.sent.push((connection, self.challenge, ToClient::End));
            return;
        };
        let pid = BackendPid(self.next_pid);
        self.next_pid += 1;
        let session = self.fresh.clone().with_pid(pid);
        let work = Work::Starting;
        self.slots[slot] = Some(pid);
        self.of_connection.insert(connection, pid);
        self.backends
            .insert(pid, Backend { connection, environment, slot, session, work, client_gone: false, ticket: 0 });
        events.push(Event {
            at: now,
            environment: Some(environment),
            invocation: None,
            kind: EventKind::SessionOpened { pid, slot: slot as u32, connection },
        });
        out.sent.push((connection, self.challenge, ToClient::Challenge));
        out.wakes.push((now + AUTHENTICATION_TIMEOUT, pid, 0));
    }

    /// Whether a wake with this ticket still matters.
    pub fn awaits(&self, pid: BackendPid, ticket: u32) -> bool {
        self.backends.get(&pid).is_some_and(|backend| backend.ticket == ticket)
    }

    /// A moment that was asked for has come; `ticket` tells whether it still matters.
    pub fn wake(&mut self, now: Instant, pid: BackendPid, ticket: u32, events: &mut EventSink) -> ServerOutput {
        let mut out = ServerOutput::default();
        let Some(backend) = self.backends.get(&pid).filter(|backend| backend.ticket == ticket) else {
            return out;
        };
        match &backend.work {
            Work::Starting => {
                out.sent.push((backend.connection, self.query_back, ToClient::End));
                self.end(now, pid, DisconnectReason::Rejected, events, &mut out);
            }
            Work::Active(_) => self.finish(now, pid, events, &mut out),
            Work::Idle => {
                let (why, error) = match backend.session.idle_timeout() {
                    Some((_, "idle_session_timeout")) => (
                        DisconnectReason::IdleSession,
                        SqlError::new("57P05", "terminating connection due to idle-session timeout"),
                    ),
                    _ => (
                        DisconnectReason::IdleInTransaction,
                        SqlError::new("25P03", "terminating connection due to idle-in-transaction timeout"),
                    ),
                };
                self.end_with(now, pid, why, error, events, &mut out);
            }
            Work::Blocked { .. } => {
                if let Some(backend) = self.backends.get_mut(&pid) {
                    let error = backend.session.wait_limit().map(|(_, error)| error);
                    self.database.cancel(&mut backend.session);
                    backend.work = Work::Active(Answer::Error(error.unwrap_or_else(SqlError::statement_timeout)));
                }
                self.finish(now, pid, events, &mut out);
            }
        }
        out
    }

    fn authenticate(
        &mut self,
        now: Instant,
        pid: BackendPid,
        credentials: &Credentials,
        events: &mut EventSink,
        out: &mut ServerOutput,
    ) {
        let free = self.slots.iter().filter(|slot| slot.is_none()).count() as u32;
        let refusal = if credentials.user.is_empty() {
            Some(SqlError::new("28000", "no PostgreSQL user name specified in startup packet"))
        } else if &*credentials.user != ROLE || credentials.password.as_deref() != Some(RIGHT_PASSWORD) {
            let message = format!("password authentication failed for user \"{}\"", credentials.user);
            Some(SqlError::new("28P01", message))
        } else if free < self.reserved() {
            let message = "remaining connection slots are reserved for non-replication superuser connections";
            Some(SqlError::new("53300", message))
        } else if !DATABASES.contains(&&*credentials.database) {
            Some(SqlError::new("3D000", format!("database \"{}\" does not exist", credentials.database)))
        } else {
            self.start_with(now, pid, credentials)
        };
        if let Some(error) = refusal {
            self.end_with(now, pid, DisconnectReason::Rejected, error, events, out);
            return;
        }
        let Some(backend) = self.backends.get_mut(&pid) else { return };
        let connection = backend.connection;
        self.become_idle(now, pid, events, out);
        out.sent.push((connection, self.connect_back, ToClient::Ready(pid)));
    }

    /// What a session is told at its start: its database, and parameters, which RESET goes back to. A value that SET would
    /// refuse is refused in the same words.
    fn start_with(&mut self, now: Instant, pid: BackendPid, credentials: &Credentials) -> Option<SqlError> {
        let session = &mut self.backends.get_mut(&pid)?.session;
        session.set_database(credentials.database.clone());
        for (name, value) in &credentials.parameters {
            let parameters = [name, value].map(|text| Some(text.clone()));
            let query = Query { sql: "SELECT set_config($1, $2, false)", parameters: &parameters };
            let reply = self.database.execute(&mut SessionContext { now, session: &mut *session }, query);
            if let Outcome::Error(error) = reply.outcome {
                return Some(error);
            }
        }
        session.keep_as_defaults();
        None
    }

    fn execute(
        &mut self,
        now: Instant,
        pid: BackendPid,
        sql: &Rc<str>,
        parameters: &Rc<[Option<Rc<str>>]>,
        events: &mut EventSink,
        out: &mut ServerOutput,
    ) {
        let Some(backend) = self.backends.get_mut(&pid) else { return };
        let was = backend.state();
        let mut context = SessionContext { now, session: &mut backend.session };
        let reply = self.database.execute(&mut context, Query { sql, parameters });
        out.steps += reply.steps;
        backend.ticket += 1;
        let due = now + reply.sleep;
        let ticket = backend.ticket;
        backend.work = match reply.outcome {
            Outcome::Results(results) => Work::Active(Answer::Results(results)),
            Outcome::Error(error) => Work::Active(Answer::Error(error)),
            Outcome::Blocked { .. } => Work::Blocked { sql: sql.clone(), parameters: parameters.clone() },
        };
        if was != "active" {
            push_state(events, now, backend.environment, pid, "active");
        }
        match &backend.work {
            Work::Blocked { .. } => {
                if let Some((limit, _)) = backend.session.wait_limit() {
                    out.wakes.push((now + limit, pid, ticket));
                }
                // It may have closed a circle of waits, which another of them has to end.
                self.retry_blocked(now, events, out);
            }
            _ if due == now => self.finish(now, pid, events, out),
            _ => out.wakes.push((due, pid, ticket)),
        }
    }

    /// The statement is done: its answer goes out.
    fn finish(&mut self, now: Instant, pid: BackendPid, events: &mut EventSink, out: &mut ServerOutput) {
        let Some(backend) = self.backends.get_mut(&pid) else { return };
        let connection = backend.connection;
        let Work::Active(answer) = core::mem::replace(&mut backend.work, Work::Idle) else { return };
        if backend.client_gone {
            self.end(now, pid, DisconnectReason::Process, events, out);
            return;
        }
        let packet = match answer {
            Answer::Results(results) => ToClient::Results(results),
            Answer::Error(error) => ToClient::Error(error),
        };
        out.sent.push((connection, self.query_back, packet));
        self.become_idle(now, pid, events, out);
        self.retry_blocked(now, events, out);
    }

    fn become_idle(&mut self, now: Instant, pid: BackendPid, events: &mut EventSink, out: &mut ServerOutput) {
        let Some(backend) = self.backends.get_mut(&pid) else { return };
        backend.work = Work::Idle;
        backend.ticket += 1;
        push_state(events, now, backend.environment, pid, backend.session.idle_state());
        if let Some((timeout, _)) = backend.session.idle_timeout() {
            out.wakes.push((now + timeout, pid, backend.ticket));
        }
    }

    /// Statements that wait for a lock are given to the database again: it may be free now.
    fn retry_blocked(&mut self, now: Instant, events: &mut EventSink, out: &mut ServerOutput) {
        let blocked: Vec<_> = self
            .backends
            .iter()
            .filter_map(|(pid, backend)| match &backend.work {
                Work::Blocked { sql, parameters } => Some((*pid, sql.clone(), parameters.clone())),
                _ => None,
            })
            .collect();
        for (pid, sql, parameters) in blocked {
            // One of those before it may have ended this one's wait already, by its own retry.
            if self.backends.get(&pid).is_some_and(|backend| matches!(backend.work, Work::Blocked { .. })) {
                let Some(backend) = self.backends.get_mut(&pid) else { continue };
                let mut context = SessionContext { now, session: &mut backend.session };
                let reply = self.database.execute(&mut context, Query { sql: &sql, parameters: &parameters });
                out.steps += reply.steps;
                let answer = match reply.outcome {
                    Outcome::Results(results) => Answer::Results(results),
                    Outcome::Error(error) => Answer::Error(error),
                    Outcome::Blocked { .. } => continue,
                };
                backend.work = Work::Active(answer);
                backend.ticket += 1;
                if reply.sleep.is_zero() {
                    self.finish(now, pid, events, out);
                } else {
                    out.wakes.push((now + reply.sleep, pid, backend.ticket));
                }
            }
        }
    }

    /// The client's end of a connection is gone: without a statement under way so is the session.
    fn client_closed(
        &mut self,
        now: Instant,
        pid: BackendPid,
        why: DisconnectReason,
        events: &mut EventSink,
        out: &mut ServerOutput,
    ) {
        let Some(backend) = self.backends.get_mut(&pid) else { return };
        if let Work::Active(_) = backend.work {
            backend.client_gone = true;
        } else {
            self.end(now, pid, why, events, out);
        }
    }

    /// The connection was cut in the middle, from outside: the server notices at once, or when it has finished the statement
    /// that it is at.
    pub fn connection_cut(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        why: DisconnectReason,
        events: &mut EventSink,
    ) -> ServerOutput {
        let mut out = ServerOutput::default();
        if let Some(pid) = self.of_connection.get(&connection).copied() {
            self.client_closed(now, pid, why, events, &mut out);
        }
        out
    }

    /// Ends a session as `pg_terminate_backend` does.
    pub fn terminate(
        &mut self,
        now: Instant,
        pid: BackendPid,
        why: DisconnectReason,
        events: &mut EventSink,
    ) -> ServerOutput {
        let mut out = ServerOutput::default();
        self.end_with(now, pid, why, SqlError::terminated(), events, &mut out);
        out
    }

    /// Stops: every session is terminated, connects are refused.
    pub fn stop(&mut self, now: Instant, events: &mut EventSink) -> ServerOutput {
        self.up = false;
        events.push(Event {
            at: now,
            environment: None,
            invocation: None,
            kind: EventKind::ServerChanged { up: false },
        });
        let mut out = ServerOutput::default();
        for pid in self.pids(None) {
            self.end_with(now, pid, DisconnectReason::ServerShutdown, SqlError::terminated(), events, &mut out);
        }
        out
    }

    /// Starts again.
    pub fn start(&mut self, now: Instant, events: &mut EventSink) {
        self.up = true;
        self.database.restarted();
        events.push(Event {
            at: now,
            environment: None,
            invocation: None,
            kind: EventKind::ServerChanged { up: true },
        });
    }

    fn end_with(
        &mut self,
        now: Instant,
        pid: BackendPid,
        why: DisconnectReason,
        error: SqlError,
        events: &mut EventSink,
        out: &mut ServerOutput,
    ) {
        let Some(backend) = self.backends.get(&pid) else { return };
        let connection = backend.connection;
        // Where nobody waits for an answer, the message is there at once: what is done to a session comes before what is
        // done next.
        let span = if matches!(backend.work, Work::Starting) { self.connect_back } else { Duration::ZERO };
        out.sent.push((connection, span, ToClient::Fatal(error)));
        out.sent.push((connection, span, ToClient::End));
        self.end(now, pid, why, events, out);
    }

    fn end(
        &mut self,
        now: Instant,
        pid: BackendPid,
        why: DisconnectReason,
        events: &mut EventSink,
        out: &mut ServerOutput,
    ) {
        let Some(mut backend) = self.backends.remove(&pid) else { return };
        self.slots[backend.slot] = None;
        self.of_connection.remove(&backend.connection);
        if matches!(backend.work, Work::Blocked { .. }) {
            self.database.cancel(&mut backend.session);
        }
        let environment = Some(backend.environment);
        self.database.session_ended(backend.session);
        events.push(Event { at: now, environment, invocation: None, kind: EventKind::SessionEnded { pid, why } });
        self.retry_blocked(now, events, out);
    }
}

fn push_state(events: &mut EventSink, at: Instant, environment: EnvironmentId, pid: BackendPid, state: &'static str) {
    events.push(Event {
        at,
        environment: Some(environment),
        invocation: None,
        kind: EventKind::SessionState { pid, state },
    });
}
