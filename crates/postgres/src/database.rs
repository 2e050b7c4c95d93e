//! What the server asks of a database: evaluate SQL for one session, and nothing else.
//!
//! Slots, timeouts and the wire are the server's. A database knows no clock: the context carries the time. It is driven
//! like this:
//!
//! ```text
//! execute ─┬─ Results / Error ── the server sends it `reply.sleep` later
//!          └─ Blocked { by } ─── nothing more happened; the server gives the same query again whenever a statement of
//!                                another session has been executed or a session has ended, or calls `cancel`
//! session_ended ── for every session, however it ended: its transaction is rolled back, its locks are free
//! ```

use std::rc::Rc;

use super::error::SqlError;
use super::session::Session;
use super::value::QueryResult;
use crate::BackendPid;
use base::time::{Duration, Instant};

/// A query as it arrives: node-postgres sends every parameter as text and leaves its type to the server.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// The statement, or several separated by `;` where there are no parameters.
    pub sql: &'a str,
    /// The values of `$1`, `$2`, …; `None` is NULL.
    pub parameters: &'a [Option<Rc<str>>],
}

/// For whom and when a query is evaluated.
#[derive(Debug)]
pub struct SessionContext<'a> {
    /// When the query arrived.
    pub now: Instant,
    /// The session: its backend, its user, its database, its transaction and its parameters.
    pub session: &'a mut Session,
}

/// A database: what PostgreSQL's executor is to its postmaster.
pub trait Database {
    /// Evaluates a query. Its effects are there at once; the answer is due `sleep` later.
    fn execute(&mut self, context: &mut SessionContext<'_>, query: Query<'_>) -> Reply;

    /// The session's blocked query is given up (its client cancelled it, or a timeout did): its transaction has failed.
    fn cancel(&mut self, session: &mut Session);

    /// The session is gone: its open transaction is rolled back, its locks are freed, its temporary tables dropped.
    fn session_ended(&mut self, session: Session);

    /// The server was started again. Every session has been told of by [`Database::session_ended`] before.
    fn restarted(&mut self) {}
}

/// What a query came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The answer.
    pub outcome: Outcome,
    /// How long the backend slept (`pg_sleep`) or waited before it; an error may come after a sleep too.
    pub sleep: Duration,
    /// How much work it was: see [`crate::limits::STEPS`].
    pub steps: usize,
    /// Notices and warnings, which node-postgres emits as `notice` events.
    pub notices: Vec<Notice>,
}

/// The answer of a query.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// One result for each statement; node-postgres gives a single one alone and several as an array. Never empty: an
    /// empty query has one result whose `command` is empty.
    Results(Vec<QueryResult>),
    /// The query failed.
    Error(SqlError),
    /// The query waits for a lock that a session holds.
    Blocked {
        /// The session that holds it.
        by: BackendPid,
    },
}

/// A notice or warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// `NOTICE` or `WARNING`.
    pub severity: &'static str,
    /// The message.
    pub message: Rc<str>,
}

impl Reply {
    /// A reply that comes at once.
    pub fn now(outcome: Outcome) -> Self {
        Self { outcome, sleep: Duration::ZERO, steps: 0, notices: Vec::new() }
    }
}
