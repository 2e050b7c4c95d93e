//! The interface between the server and a database.
//!
//! The server owns slots, timeouts, the protocol and the clock; a database only evaluates SQL for one session at a time.
//! The server drives it like this:
//!
//! ```text
//! execute ─┬─ Results or Error: the server answers after `reply.sleep`
//!          └─ Blocked: nothing has changed; the server executes the same query again whenever another session has
//!                      executed a statement or has ended, or gives it up with `cancel`
//! session_ended: called once for every session, however it ended
//! ```

use std::rc::Rc;

use crate::BackendPid;
use crate::error::SqlError;
use crate::session::SqlSession;
use crate::value::QueryResult;
use base::time::{Duration, Instant};

/// A query as node-postgres sends it: a simple query without parameters, or an extended one whose parameters are text
/// of no declared type (PostgreSQL's documentation, "Message Flow").
#[derive(Clone, Copy, Debug)]
pub struct SqlQuery<'a> {
    /// One statement, or several separated by `;` if there are no parameters.
    pub sql: &'a str,
    /// The values of `$1`, `$2` and so on; `None` is NULL.
    pub parameters: &'a [Option<Rc<str>>],
}

/// The session that a query is executed for, and the time.
#[derive(Debug)]
pub struct SessionContext<'a> {
    /// The time at which the query arrived.
    pub now: Instant,
    /// The session.
    pub session: &'a mut SqlSession,
}

/// A database: evaluates queries for the sessions of a server.
pub trait Database {
    /// Executes a query. Its effects are visible at once; its answer is due `sleep` later.
    fn execute(&mut self, context: &mut SessionContext<'_>, query: SqlQuery<'_>) -> Reply;

    /// Gives up the blocked query of a session, after a timeout or because its backend is terminated. The session's
    /// transaction has failed.
    fn cancel(&mut self, session: &mut SqlSession);

    /// Cleans up after a session: rolls its transaction back, releases its locks, drops its temporary tables.
    fn session_ended(&mut self, session: SqlSession);

    /// Called after a restart of the server. All sessions have ended before.
    fn restarted(&mut self) {}
}

/// The answer to a query, and its cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The answer.
    pub outcome: QueryOutcome,
    /// The time until the answer is sent: the sleeps of `pg_sleep`, also before an error.
    pub sleep: Duration,
    /// The work, in steps (see [`limits::STEPS`](crate::limits::STEPS)).
    pub steps: usize,
    /// The notices and warnings, in order.
    pub notices: Vec<Notice>,
}

/// The outcome of executing a query.
#[derive(Clone, Debug, PartialEq)]
pub enum QueryOutcome {
    /// One result for each statement. An empty query has one result whose `command` is empty.
    Results(Vec<QueryResult>),
    /// The query failed.
    Error(SqlError),
    /// The query waits for a lock.
    Blocked {
        /// The session that holds the lock.
        by: BackendPid,
    },
}

/// A `NoticeResponse` message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The severity.
    pub severity: Severity,
    /// The primary message.
    pub message: Rc<str>,
}

/// The severity of a notice. The mock raises only these two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// `NOTICE`
    Notice,
    /// `WARNING`
    Warning,
}

impl core::fmt::Display for Severity {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.write_str(match self {
            Self::Notice => "NOTICE",
            Self::Warning => "WARNING",
        })
    }
}
