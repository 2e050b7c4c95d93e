//! A backend: the server's process for one connection.

use std::rc::Rc;

use crate::event::{BackendState, ConnectionId, EnvironmentId};
use postgres::{QueryResult, SqlError, SqlSession};

/// The present activity of a backend.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Activity {
    /// The backend waits for the password.
    Authenticating,
    /// The backend waits for a query.
    Idle,
    /// The backend executes a query, and answers it at its next wake.
    Executing(Answer),
    /// The backend executes a query that waits for another session.
    Blocked(BlockedQuery),
}

/// The answer to a query.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    Results(Vec<QueryResult>),
    Error(SqlError),
}

/// A query that will be executed again.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct BlockedQuery {
    pub(super) sql: Rc<str>,
    pub(super) parameters: Rc<[Option<Rc<str>>]>,
}

/// A backend.
#[derive(Clone, Debug)]
pub struct Backend {
    /// The connection that it serves.
    pub connection: ConnectionId,
    /// The environment of its client.
    pub environment: EnvironmentId,
    /// The index of its slot.
    pub(super) slot: usize,
    pub(super) session: SqlSession,
    pub(super) activity: Activity,
    /// True once the client has gone during a query, which the backend notices when it answers.
    pub(super) client_has_gone: bool,
    /// The number of changes of `activity`. A wake with an older ticket is void.
    pub(super) ticket: u32,
}

impl Backend {
    /// The state as `pg_stat_activity` shows it.
    pub fn state(&self) -> BackendState {
        match self.activity {
            Activity::Authenticating => BackendState::Starting,
            Activity::Idle => self.session.idle_state(),
            Activity::Executing(_) | Activity::Blocked(_) => BackendState::Active,
        }
    }

    /// True while its query waits for another session.
    pub(super) fn is_blocked(&self) -> bool {
        matches!(self.activity, Activity::Blocked(_))
    }
}
