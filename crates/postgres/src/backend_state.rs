//! The state of a backend, as the view `pg_stat_activity` shows it.

use core::fmt;

/// The column `state` of `pg_stat_activity` (PostgreSQL's documentation, "Monitoring Database Activity").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackendState {
    /// The backend starts, and authenticates its client. PostgreSQL shows this state since version 18.
    Starting,
    /// The backend executes a query, or waits for a lock.
    Active,
    /// The backend waits for a query.
    Idle,
    /// The backend waits for a query in a transaction block.
    IdleInTransaction,
    /// The backend waits for the end of a transaction block that has failed.
    IdleInTransactionAborted,
}

impl BackendState {
    /// The words of `pg_stat_activity`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Active => "active",
            Self::Idle => "idle",
            Self::IdleInTransaction => "idle in transaction",
            Self::IdleInTransactionAborted => "idle in transaction (aborted)",
        }
    }
}

impl fmt::Display for BackendState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}
