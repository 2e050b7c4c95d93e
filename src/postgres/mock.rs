//! The database of the page: the subset of SQL that handlers here use, with PostgreSQL's answers and errors.

use super::database::{Database, Outcome, Query, Reply, SessionContext};
use super::error::SqlError;
use super::session::Session;

/// The database of the page.
#[derive(Clone, Debug, Default)]
pub struct MockDatabase {}

impl MockDatabase {
    /// An empty database.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Database for MockDatabase {
    fn execute(&mut self, _context: &mut SessionContext<'_>, _query: Query<'_>) -> Reply {
        Reply::now(Outcome::Error(SqlError::new("0A000", "not there yet").unknown()))
    }

    fn cancel(&mut self, _session: &mut Session) {}

    fn session_ended(&mut self, _session: Session) {}
}
