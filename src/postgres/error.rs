//! Errors in PostgreSQL's words: message, SQLSTATE, and the place in the statement.

use core::fmt;
use std::borrow::Cow;

/// What is shown beside an error whose construct PostgreSQL may well know.
pub const UNKNOWN_TO_MOCK: &str = "The simulated PostgreSQL does not know this; the real one may.";

/// Why a statement was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlError {
    /// The five characters that node-postgres gives as `code`.
    pub sqlstate: &'static str,
    /// The message.
    pub message: Cow<'static, str>,
    /// Where in the statement, in characters from 1.
    pub position: Option<u32>,
    /// Whether the construct is one that the mock does not know: PostgreSQL's own answer may be another.
    pub unknown_to_mock: bool,
}

impl SqlError {
    /// An error without a place.
    pub fn new(sqlstate: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { sqlstate, message: message.into(), position: None, unknown_to_mock: false }
    }

    /// The same error at a place, where it has none yet.
    #[must_use]
    pub fn at(mut self, position: u32) -> Self {
        self.position.get_or_insert(position);
        self
    }

    /// The same error, told as one about something that the mock does not know.
    #[must_use]
    pub fn unknown(mut self) -> Self {
        self.unknown_to_mock = true;
        self
    }

    /// What to show beside the message, where there is something.
    pub fn note(&self) -> Option<&'static str> {
        self.unknown_to_mock.then_some(UNKNOWN_TO_MOCK)
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl core::error::Error for SqlError {}

/// Errors that more than one place tells.
impl SqlError {
    /// A statement ran into `statement_timeout`.
    pub(super) fn statement_timeout() -> Self {
        Self::new("57014", "canceling statement due to statement timeout")
    }

    /// A statement of a transaction that has failed.
    pub(super) fn transaction_aborted() -> Self {
        Self::new("25P02", "current transaction is aborted, commands ignored until end of transaction block")
    }

    /// `terminating connection due to administrator command`, which ends the session.
    pub fn terminated() -> Self {
        Self::new("57P01", "terminating connection due to administrator command")
    }
}
