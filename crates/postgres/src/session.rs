//! A session: the state that lives as long as its backend, whichever invocations use it.

use core::fmt;
use std::rc::Rc;

use crate::error::SqlError;
use crate::value::QueryResult;
use crate::{BackendState, SqlState};
use base::sorted_map::SortedMap;
use base::time::{Duration, Instant};

/// The process id of a backend, as `pg_backend_pid()` returns it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BackendPid(pub u32);

impl fmt::Display for BackendPid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// The transaction status that a backend reports in `ReadyForQuery` (PostgreSQL's documentation, "Message Formats").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransactionStatus {
    /// Not in a transaction block (`I`).
    #[default]
    Idle,
    /// In a transaction block (`T`).
    InTransaction,
    /// In a transaction block that has failed: all statements are rejected until it ends (`E`).
    InFailedTransaction,
}

/// The parts of the server's configuration that a new session starts with.
#[derive(Clone, Copy, Debug, Default)]
pub struct SessionDefaults {
    /// `idle_session_timeout`; zero disables it.
    pub idle_session_timeout: Duration,
    /// `idle_in_transaction_session_timeout`; zero disables it.
    pub idle_in_transaction_session_timeout: Duration,
    /// `max_connections`.
    pub max_connections: u32,
    /// `superuser_reserved_connections`.
    pub superuser_reserved_connections: u32,
}

/// Values of run-time parameters by name. Timeouts are in milliseconds.
pub(crate) type Parameters = SortedMap<Rc<str>, Rc<str>>;

/// The state of one session.
#[derive(Clone, Debug)]
pub struct SqlSession {
    pub(crate) pid: BackendPid,
    pub(crate) user: Rc<str>,
    pub(crate) database: Rc<str>,
    pub(crate) transaction: TransactionStatus,
    /// The start of the current transaction: its `now()`.
    pub(crate) transaction_start: Instant,
    /// The parameters that the session has set.
    pub(crate) parameters: Parameters,
    /// The values that RESET restores.
    pub(crate) defaults: Parameters,
    /// `parameters` at the start of the current transaction, which ROLLBACK restores.
    pub(crate) before_transaction: Parameters,
    /// The values that COMMIT restores: those that `SET LOCAL` has replaced. `None` stands for the default.
    pub(crate) before_local: SortedMap<Rc<str>, Option<Rc<str>>>,
    /// The results of the statements before the blocked one, in a query of several statements.
    pub(crate) finished: Vec<QueryResult>,
}

impl SqlSession {
    /// A new session.
    pub fn new(pid: BackendPid, user: Rc<str>, database: Rc<str>, defaults: SessionDefaults) -> Self {
        let configured: [(&str, u64); 4] = [
            ("idle_session_timeout", defaults.idle_session_timeout.as_millis()),
            ("idle_in_transaction_session_timeout", defaults.idle_in_transaction_session_timeout.as_millis()),
            ("max_connections", defaults.max_connections.into()),
            ("superuser_reserved_connections", defaults.superuser_reserved_connections.into()),
        ];
        Self {
            pid,
            user,
            database,
            transaction: TransactionStatus::Idle,
            transaction_start: Instant::ZERO,
            parameters: Parameters::new(),
            defaults: configured.into_iter().map(|(name, value)| (name.into(), value.to_string().into())).collect(),
            before_transaction: Parameters::new(),
            before_local: SortedMap::new(),
            finished: Vec::new(),
        }
    }

    /// The process id of the session's backend.
    pub fn pid(&self) -> BackendPid {
        self.pid
    }

    /// The transaction status between two statements.
    pub fn transaction(&self) -> TransactionStatus {
        self.transaction
    }

    /// The state of the session's backend while no statement runs.
    pub fn idle_state(&self) -> BackendState {
        match self.transaction {
            TransactionStatus::Idle => BackendState::Idle,
            TransactionStatus::InTransaction => BackendState::IdleInTransaction,
            TransactionStatus::InFailedTransaction => BackendState::IdleInTransactionAborted,
        }
    }

    /// The time after which the server ends the session if it stays idle in its present state: `idle_session_timeout`,
    /// or `idle_in_transaction_session_timeout` in a transaction block.
    pub fn idle_timeout(&self) -> Option<Duration> {
        self.timeout(match self.transaction {
            TransactionStatus::Idle => "idle_session_timeout",
            TransactionStatus::InTransaction | TransactionStatus::InFailedTransaction => {
                "idle_in_transaction_session_timeout"
            }
        })
    }

    /// `statement_timeout`. The database applies it to its own sleeps.
    pub(crate) fn statement_timeout(&self) -> Option<Duration> {
        self.timeout("statement_timeout")
    }

    /// The longest that a blocked statement may wait, and the error that ends the wait: the shorter of
    /// `statement_timeout` and `lock_timeout`. The server sends the error, and calls
    /// [`Database::cancel`](crate::Database::cancel).
    pub fn wait_limit(&self) -> Option<(Duration, SqlError)> {
        let statement = self.statement_timeout().map(|limit| (limit, SqlError::statement_timeout()));
        let lock_timeout = || SqlError::new(SqlState::LOCK_NOT_AVAILABLE, "canceling statement due to lock timeout");
        let lock = self.timeout("lock_timeout").map(|limit| (limit, lock_timeout()));
        match (lock, statement) {
            (Some(lock), Some(statement)) => Some(if lock.0 < statement.0 { lock } else { statement }),
            (lock, statement) => lock.or(statement),
        }
    }

    /// The value of a timeout parameter; zero disables a timeout.
    fn timeout(&self, name: &str) -> Option<Duration> {
        let millis = self.parameter(name)?.parse().ok()?;
        (millis != 0).then(|| Duration::from_millis(millis))
    }

    /// The value of a parameter that the session or the server's configuration has set. Timeouts are in milliseconds.
    pub fn parameter(&self, name: &str) -> Option<Rc<str>> {
        self.parameters.get(name).or_else(|| self.defaults.get(name)).cloned()
    }

    /// Sets a parameter; `None` restores its default.
    pub(crate) fn set_parameter(&mut self, name: Rc<str>, value: Option<Rc<str>>) {
        match value {
            Some(value) => {
                self.parameters.insert(name, value);
            }
            None => {
                self.parameters.remove(&*name);
            }
        }
    }

    /// Sets the database that the session is connected to.
    pub fn set_database(&mut self, database: Rc<str>) {
        self.database = database;
    }

    /// Makes the present values of all parameters the ones that RESET restores. The server calls it when it has applied
    /// the parameters of the `StartupMessage`.
    pub fn keep_as_defaults(&mut self) {
        for (name, value) in core::mem::take(&mut self.parameters) {
            self.defaults.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> SqlSession {
        let defaults = SessionDefaults {
            idle_session_timeout: Duration::from_secs(60),
            idle_in_transaction_session_timeout: Duration::from_secs(10),
            ..SessionDefaults::default()
        };
        SqlSession::new(BackendPid(1), "app".into(), "demo".into(), defaults)
    }

    #[test]
    fn the_idle_timeout_depends_on_the_transaction() {
        let mut session = session();
        assert_eq!(session.idle_timeout(), Some(Duration::from_secs(60)));
        assert_eq!(session.idle_state().to_string(), "idle");
        session.transaction = TransactionStatus::InFailedTransaction;
        assert_eq!(session.idle_timeout(), Some(Duration::from_secs(10)));
        assert_eq!(session.idle_state().to_string(), "idle in transaction (aborted)");
        session.set_parameter("idle_in_transaction_session_timeout".into(), Some("0".into()));
        assert_eq!(session.idle_timeout(), None);
    }

    #[test]
    fn the_shorter_timeout_ends_a_wait() {
        let mut session = session();
        assert!(session.wait_limit().is_none());
        session.set_parameter("lock_timeout".into(), Some("50".into()));
        session.set_parameter("statement_timeout".into(), Some("20".into()));
        let (limit, error) = session.wait_limit().unwrap();
        assert_eq!((limit, error.sqlstate), (Duration::from_millis(20), SqlState::QUERY_CANCELED));
        session.set_parameter("statement_timeout".into(), None);
        let (limit, error) = session.wait_limit().unwrap();
        assert_eq!((limit, error.sqlstate), (Duration::from_millis(50), SqlState::LOCK_NOT_AVAILABLE));
    }

    #[test]
    fn parameters_of_the_startup_message_become_defaults() {
        let mut session = session();
        session.set_parameter("application_name".into(), Some("check".into()));
        session.keep_as_defaults();
        session.set_parameter("application_name".into(), Some("other".into()));
        session.set_parameter("application_name".into(), None);
        assert_eq!(session.parameter("application_name").as_deref(), Some("check"));
    }
}
