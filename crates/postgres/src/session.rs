//! What one session carries from statement to statement: it lives as long as the backend, whatever invocation uses it.

use std::rc::Rc;

use super::error::SqlError;
use super::value::QueryResult;
use base::time::{Duration, Instant};
use std::fmt;

/// The process id of a PostgreSQL backend, as `pg_backend_pid()` returns it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BackendPid(pub u32);

impl fmt::Display for BackendPid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// Where a session stands between two statements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransactionState {
    /// No transaction block: `idle`.
    #[default]
    Idle,
    /// In a transaction block: `idle in transaction`.
    Open,
    /// In one that has failed and only waits for its end: `idle in transaction (aborted)`.
    Failed,
}

/// What the server's configuration gives every new session.
#[derive(Clone, Copy, Debug, Default)]
pub struct SessionDefaults {
    /// `idle_session_timeout`.
    pub idle_session_timeout: Duration,
    /// `idle_in_transaction_session_timeout`.
    pub idle_in_transaction_session_timeout: Duration,
    /// `max_connections`.
    pub max_connections: u32,
    /// `superuser_reserved_connections`.
    pub superuser_reserved_connections: u32,
}

/// Parameters by name. There are few: a list is as quick as a tree, and smaller.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters(Vec<(Rc<str>, Option<Rc<str>>)>);

impl Parameters {
    /// What has been said of a parameter; `Some(None)` is that it has its default.
    pub(super) fn get(&self, name: &str) -> Option<&Option<Rc<str>>> {
        self.0.iter().find(|(known, _)| **known == *name).map(|(_, value)| value)
    }

    pub(super) fn set(&mut self, name: &Rc<str>, value: Option<Rc<str>>) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some(known) => known.1 = value,
            None => self.0.push((name.clone(), value)),
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| **known != *name);
    }

    /// Puts these over others.
    pub(super) fn restore(self, others: &mut Self) {
        for (name, value) in self.0 {
            others.set(&name, value);
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// One session.
#[derive(Clone, Debug)]
pub struct Session {
    pub(super) pid: BackendPid,
    pub(super) user: Rc<str>,
    pub(super) database: Rc<str>,
    pub(super) transaction: TransactionState,
    /// When the open transaction block began: its `now()`.
    pub(super) transaction_began: Instant,
    /// The parameters that are not at their default.
    pub(super) parameters: Parameters,
    /// What RESET goes back to.
    pub(super) defaults: Parameters,
    /// The parameters as they were when the open transaction block began: what ROLLBACK brings back.
    pub(super) before_transaction: Parameters,
    /// What `SET LOCAL` covers until the transaction ends.
    pub(super) covered: Parameters,
    /// The results of the statements before the one that is blocked, in a query of several.
    pub(super) before_block: Vec<QueryResult>,
}

impl Session {
    /// A session that begins.
    pub fn new(pid: BackendPid, user: Rc<str>, database: Rc<str>, defaults: SessionDefaults) -> Self {
        let mut configured = Parameters::default();
        for (name, value) in [
            ("idle_session_timeout", defaults.idle_session_timeout.as_millis()),
            ("idle_in_transaction_session_timeout", defaults.idle_in_transaction_session_timeout.as_millis()),
            ("max_connections", defaults.max_connections.into()),
            ("superuser_reserved_connections", defaults.superuser_reserved_connections.into()),
        ] {
            configured.set(&Rc::from(name), Some(Rc::from(value.to_string())));
        }
        Self {
            pid,
            user,
            database,
            transaction: TransactionState::Idle,
            transaction_began: Instant::ZERO,
            parameters: Parameters::default(),
            defaults: configured,
            before_transaction: Parameters::default(),
            covered: Parameters::default(),
            before_block: Vec::new(),
        }
    }

    /// A session of another backend, with the same configuration.
    #[must_use]
    pub fn with_pid(self, pid: BackendPid) -> Self {
        Self { pid, ..self }
    }

    /// Its backend.
    pub fn pid(&self) -> BackendPid {
        self.pid
    }

    /// Where it stands between two statements.
    pub fn transaction(&self) -> TransactionState {
        self.transaction
    }

    /// Its state as `pg_stat_activity` words it while no statement runs.
    pub fn idle_state(&self) -> &'static str {
        match self.transaction {
            TransactionState::Idle => "idle",
            TransactionState::Open => "idle in transaction",
            TransactionState::Failed => "idle in transaction (aborted)",
        }
    }

    /// How long it may now stay idle before the server ends it, and the parameter that says so.
    pub fn idle_timeout(&self) -> Option<(Duration, &'static str)> {
        let name = match self.transaction {
            TransactionState::Idle => "idle_session_timeout",
            _ => "idle_in_transaction_session_timeout",
        };
        self.timeout(name).map(|span| (span, name))
    }

    /// How long a statement may take, where that is limited. The database applies it to its own sleeps.
    pub(super) fn statement_timeout(&self) -> Option<Duration> {
        self.timeout("statement_timeout")
    }

    /// How long a blocked statement may wait, where that is limited, and the error that it then comes to. The server
    /// sends it and tells the database by [`Database::cancel`](super::Database::cancel).
    pub fn wait_limit(&self) -> Option<(Duration, SqlError)> {
        let statement = self.statement_timeout().map(|span| (span, SqlError::statement_timeout()));
        let lock = self.timeout("lock_timeout");
        let lock = lock.map(|span| (span, SqlError::new("55P03", "canceling statement due to lock timeout")));
        match (lock, statement) {
            (Some(lock), Some(statement)) => Some(if lock.0 < statement.0 { lock } else { statement }),
            (lock, statement) => lock.or(statement),
        }
    }

    /// A timeout parameter; zero is none.
    pub(super) fn timeout(&self, name: &str) -> Option<Duration> {
        let millis = self.parameter(name)?.parse().ok()?;
        (millis != 0).then(|| Duration::from_millis(millis))
    }

    /// A parameter's value, where it has been set or the server's configuration gives one. Timeouts are in milliseconds.
    pub fn parameter(&self, name: &str) -> Option<Rc<str>> {
        let given = |list: &'_ Parameters| list.get(name).and_then(Option::as_ref).cloned();
        given(&self.parameters).or_else(|| given(&self.defaults))
    }

    /// The database that its client asked for.
    pub fn set_database(&mut self, database: Rc<str>) {
        self.database = database;
    }

    /// What has been set becomes what RESET goes back to: the start-up packet had it.
    pub fn keep_as_defaults(&mut self) {
        core::mem::take(&mut self.parameters).restore(&mut self.defaults);
    }
}
