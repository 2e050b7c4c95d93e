//! Errors in PostgreSQL's words: message, SQLSTATE, and the place in the statement.

use core::fmt;
use std::borrow::Cow;

use crate::BackendPid;

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
    pub fn statement_timeout() -> Self {
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

/// What stops a statement: an error, or another session. It is boxed, so that what may fail stays small: of the page's
/// program every result that is passed on is a part.
#[derive(Debug)]
pub(super) struct Stop(Box<Stopped>);

#[derive(Debug)]
struct Stopped {
    error: SqlError,
    by: Option<BackendPid>,
}

/// What comes to its end, or stops.
pub(super) type Run<T> = Result<T, Stop>;

/// An error, from its SQLSTATE, a blank, and its message, in which each `%` stands for the next of the words. One call
/// with few arguments for each of the many errors, because each of them is a part of the page's program.
#[inline(never)]
pub(super) fn stop(text: &'static str, words: &[&str]) -> Stop {
    let (sqlstate, template) = text.split_at(5);
    let mut words = words.iter();
    let mut message = String::new();
    for (index, piece) in template.get(1..).unwrap_or_default().split('%').enumerate() {
        if index > 0 {
            message += words.next().copied().unwrap_or_default();
        }
        message += piece;
    }
    Stop(Box::new(Stopped { error: SqlError::new(sqlstate, message), by: None }))
}

/// A statement that waits for a session.
#[inline(never)]
pub(super) fn blocked(by: BackendPid) -> Stop {
    let mut stop = stop("00000", &[]);
    stop.0.by = Some(by);
    stop
}

impl Stop {
    /// The same error at a place, where it has none yet.
    #[inline(never)]
    pub(super) fn at(mut self, position: u32) -> Self {
        self.0.error.position.get_or_insert(position);
        self
    }

    /// The same error, told as one about something that the mock does not know.
    #[inline(never)]
    pub(super) fn unknown(mut self) -> Self {
        self.0.error.unknown_to_mock = true;
        self
    }

    /// The same error, told so where `unknown` holds.
    pub(super) fn unknown_if(self, unknown: bool) -> Self {
        if unknown { self.unknown() } else { self }
    }

    /// The session that is waited for, where it is no error.
    pub(super) fn by(&self) -> Option<BackendPid> {
        self.0.by
    }

    /// The error.
    pub(super) fn into_error(self) -> SqlError {
        self.0.error
    }
}

impl From<SqlError> for Stop {
    fn from(error: SqlError) -> Self {
        Self(Box::new(Stopped { error, by: None }))
    }
}
