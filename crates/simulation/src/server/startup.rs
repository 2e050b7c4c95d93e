//! The start of a session: slot, authentication, parameters (PostgreSQL's documentation, "Start-up").

use super::backend::{Activity, Backend};
use super::messages::{Credentials, ToClient};
use super::{Call, Server};
use crate::event::{BackendPid, ConnectionId, DisconnectReason, EnvironmentId, EventKind};
use crate::settings::RIGHT_PASSWORD;
use base::time::Duration;
use postgres::{Database, QueryOutcome, SessionContext, SqlError, SqlQuery, SqlSession, SqlState};

/// The role that exists, besides a superuser whose password nobody has.
const ROLE: &str = "app";
/// The databases that exist.
const DATABASES: [&str; 2] = ["demo", "postgres"];
/// `authentication_timeout` at its default: the longest that authentication may take.
const AUTHENTICATION_TIMEOUT: Duration = Duration::from_secs(60);

impl<D: Database> Server<D> {
    /// Starts a backend for a new connection, if a slot is free.
    pub(super) fn accept_connection(
        &mut self,
        call: &mut Call<'_>,
        connection: ConnectionId,
        environment: EnvironmentId,
    ) {
        if !self.is_up {
            call.send(connection, self.query_latency, ToClient::ConnectionRefused);
            return;
        }
        let Some(slot) = self.slots.iter().position(Option::is_none) else {
            let error = SqlError::new(SqlState::TOO_MANY_CONNECTIONS, "sorry, too many clients already");
            call.send(connection, self.startup_latency, ToClient::FatalErrorResponse(error));
            call.send(connection, self.startup_latency, ToClient::ConnectionClosed);
            return;
        };
        let pid = BackendPid(self.next_pid);
        self.next_pid += 1;
        let backend = Backend {
            connection,
            environment,
            slot,
            session: SqlSession::new(pid, ROLE.into(), DATABASES[0].into(), self.session_defaults),
            activity: Activity::Authenticating,
            client_has_gone: false,
            ticket: 0,
        };
        call.emit(Some(environment), EventKind::SessionOpened { pid, slot: slot as u32, connection });
        call.send(connection, self.startup_latency, ToClient::AuthenticationRequest);
        call.wake_at(call.now + AUTHENTICATION_TIMEOUT, pid, &backend);
        self.slots[slot] = Some(pid);
        self.by_connection.insert(connection, pid);
        self.backends.insert(pid, backend);
    }

    /// Begins the session of a client, or refuses it.
    pub(super) fn authenticate(&mut self, call: &mut Call<'_>, pid: BackendPid, credentials: &Credentials) {
        let result = self.check_credentials(credentials).and_then(|()| self.configure(call, pid, credentials));
        if let Err(error) = result {
            self.end_with(call, pid, DisconnectReason::Rejected, error);
            return;
        }
        let Some(backend) = self.backends.get(&pid) else { return };
        let connection = backend.connection;
        self.become_idle(call, pid);
        call.send(connection, self.authentication_latency, ToClient::ReadyForQuery(pid));
    }

    /// Checks role, password, reserved slots and database, in PostgreSQL's order.
    fn check_credentials(&self, credentials: &Credentials) -> Result<(), SqlError> {
        let Credentials { user, password, database, .. } = credentials;
        let free_slots = self.slots.iter().filter(|slot| slot.is_none()).count();
        if user.is_empty() {
            let message = "no PostgreSQL user name specified in startup packet";
            Err(SqlError::new(SqlState::INVALID_AUTHORIZATION_SPECIFICATION, message))
        } else if **user != *ROLE || password.as_deref() != Some(RIGHT_PASSWORD) {
            let message = format!("password authentication failed for user \"{user}\"");
            Err(SqlError::new(SqlState::INVALID_PASSWORD, message))
        } else if free_slots < self.reserved() as usize {
            let message = "remaining connection slots are reserved for non-replication superuser connections";
            Err(SqlError::new(SqlState::TOO_MANY_CONNECTIONS, message))
        } else if !DATABASES.contains(&&**database) {
            let message = format!("database \"{database}\" does not exist");
            Err(SqlError::new(SqlState::INVALID_CATALOG_NAME, message))
        } else {
            Ok(())
        }
    }

    /// Applies the database and the parameters of the `StartupMessage`. A value that SET would refuse is refused with the
    /// same error.
    fn configure(&mut self, call: &Call<'_>, pid: BackendPid, credentials: &Credentials) -> Result<(), SqlError> {
        let Some(backend) = self.backends.get_mut(&pid) else { return Ok(()) };
        let session = &mut backend.session;
        session.set_database(credentials.database.clone());
        for (name, value) in &credentials.parameters {
            let parameters = [name, value].map(|text| Some(text.clone()));
            let query = SqlQuery { sql: "SELECT set_config($1, $2, false)", parameters: &parameters };
            let reply = self.database.execute(&mut SessionContext { now: call.now, session: &mut *session }, query);
            if let QueryOutcome::Error(error) = reply.outcome {
                return Err(error);
            }
        }
        session.keep_as_defaults();
        Ok(())
    }
}
