//! Errors in PostgreSQL's words: SQLSTATE, message and position.

use core::fmt;
use std::borrow::Cow;

use crate::{BackendPid, SqlState};

/// The note beside an error about SQL that the mock does not implement.
pub const UNKNOWN_TO_MOCK: &str = "The simulated PostgreSQL does not know this; the real one may.";

/// The fields of an `ErrorResponse` message that the simulation uses (PostgreSQL's documentation, "Error and Notice
/// Message Fields").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlError {
    /// The SQLSTATE.
    pub sqlstate: SqlState,
    /// The primary message.
    pub message: Cow<'static, str>,
    /// The place in the query text, in characters from 1. Inside this crate it is a byte offset from 0, which
    /// [`MockDatabase`](crate::MockDatabase) converts when the error leaves the database.
    pub position: Option<u32>,
    /// True if the mock does not implement the construct: PostgreSQL's own answer may be another.
    pub unknown_to_mock: bool,
}

impl SqlError {
    /// An error without a position.
    pub fn new(sqlstate: SqlState, message: impl Into<Cow<'static, str>>) -> Self {
        Self { sqlstate, message: message.into(), position: None, unknown_to_mock: false }
    }

    /// The note to show beside the message, for constructs that the mock does not implement.
    pub fn note(&self) -> Option<&'static str> {
        self.unknown_to_mock.then_some(UNKNOWN_TO_MOCK)
    }

    /// The error of a statement that ran into `statement_timeout`.
    pub fn statement_timeout() -> Self {
        Self::new(SqlState::QUERY_CANCELED, "canceling statement due to statement timeout")
    }

    /// The error that ends a session after `pg_terminate_backend`, or when the server shuts down.
    pub fn admin_shutdown() -> Self {
        Self::new(SqlState::ADMIN_SHUTDOWN, "terminating connection due to administrator command")
    }

    /// The error of any statement but COMMIT and ROLLBACK in a transaction block that has failed.
    pub(crate) fn in_failed_transaction() -> Self {
        let message = "current transaction is aborted, commands ignored until end of transaction block";
        Self::new(SqlState::IN_FAILED_SQL_TRANSACTION, message)
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl core::error::Error for SqlError {}

/// The reason why a statement stopped before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The statement failed. Boxed so that `Result<T, Stop>` stays small: it is returned everywhere.
    Error(Box<SqlError>),
    /// The statement waits for another session, and will be executed again from its beginning.
    Blocked {
        /// The session that it waits for.
        by: BackendPid,
    },
}

impl Stop {
    /// An error without a position.
    pub(crate) fn error(sqlstate: SqlState, message: impl Into<Cow<'static, str>>) -> Self {
        SqlError::new(sqlstate, message).into()
    }

    /// Sets the position of an error that has none yet, as a byte offset into the query text.
    pub(crate) fn at(mut self, position: u32) -> Self {
        if let Self::Error(error) = &mut self {
            error.position.get_or_insert(position);
        }
        self
    }

    /// Marks an error as one about something that the mock does not implement.
    pub(crate) fn unknown_to_mock(self) -> Self {
        self.unknown_to_mock_if(true)
    }

    /// Like [`Stop::unknown_to_mock`], if `unknown` is true.
    pub(crate) fn unknown_to_mock_if(mut self, unknown: bool) -> Self {
        if let Self::Error(error) = &mut self {
            error.unknown_to_mock |= unknown;
        }
        self
    }

    /// True if the statement waits for another session.
    pub(crate) fn is_blocked(&self) -> bool {
        matches!(self, Self::Blocked { .. })
    }
}

impl From<SqlError> for Stop {
    fn from(error: SqlError) -> Self {
        Self::Error(Box::new(error))
    }
}
