//! One backend of the [server](super::server): which connection it serves, and what it is at.

use std::rc::Rc;

use crate::event::{ConnectionId, EnvironmentId};
use postgres::{QueryResult, Session, SqlError};

/// What a backend is at.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Work {
    Starting,
    Idle,
    /// A statement whose answer is due when the wake with this ticket comes.
    Active(Answer),
    /// A statement that waits for a lock.
    Blocked {
        sql: Rc<str>,
        parameters: Rc<[Option<Rc<str>>]>,
    },
}

/// What a statement is answered with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    Results(Vec<QueryResult>),
    Error(SqlError),
}

/// One backend.
#[derive(Clone, Debug)]
pub struct Backend {
    /// The connection it serves.
    pub connection: ConnectionId,
    /// The environment at the other end.
    pub environment: EnvironmentId,
    pub(super) slot: usize,
    pub(super) session: Session,
    pub(super) work: Work,
    pub(super) client_gone: bool,
    /// Wakes with an older ticket are void.
    pub(super) ticket: u32,
}

impl Backend {
    /// Its state as `pg_stat_activity` words it.
    pub fn state(&self) -> &'static str {
        match self.work {
            Work::Starting => "starting",
            Work::Idle => self.session.idle_state(),
            Work::Active(_) | Work::Blocked { .. } => "active",
        }
    }
}
