//! What there is to see of a world at a moment, as plain data.

use super::World;
use crate::event::{BackendPid, ConnectionId, EnvironmentId};
use crate::lambda::view::EnvironmentView;
use crate::postgres::Database;
use crate::time::Instant;

/// What there is to see of a world.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct WorldView {
    pub now: Instant,
    pub environments: Vec<EnvironmentView>,
    pub server: ServerView,
}

/// What there is to see of the server.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct ServerView {
    pub up: bool,
    pub reserved: u32,
    pub slots: Vec<Option<SessionView>>,
}

/// A backend in its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct SessionView {
    pub pid: BackendPid,
    /// As `pg_stat_activity` words it, and `starting`.
    pub state: &'static str,
    pub connection: ConnectionId,
    pub environment: EnvironmentId,
}

impl<D: Database> World<D> {
    /// What there is to see now.
    pub fn view(&self) -> WorldView {
        let main = self.package.main().source.id;
        let slots = self.server.slots().map(|slot| {
            slot.map(|(pid, backend)| SessionView {
                pid,
                state: backend.state(),
                connection: backend.connection,
                environment: backend.environment,
            })
        });
        WorldView {
            now: self.now,
            environments: self.environments.iter().map(|environment| EnvironmentView::of(environment, main)).collect(),
            server: ServerView { up: self.server.is_up(), reserved: self.server.reserved(), slots: slots.collect() },
        }
    }
}
