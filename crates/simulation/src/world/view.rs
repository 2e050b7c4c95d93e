//! What there is to see of a world at a moment, as plain data.

use super::World;
use crate::event::{BackendPid, BackendState, ConnectionId, EnvironmentId};
use crate::lambda::view::{Cut, EnvironmentView};
use base::time::Instant;
use postgres::Database;

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
    pub state: BackendState,
    pub connection: ConnectionId,
    pub environment: EnvironmentId,
    /// Whether the process that made it is gone: nobody will ask it anything.
    pub orphan: bool,
}

impl<D: Database> World<D> {
    /// What there is to see now.
    pub fn view(&self) -> WorldView {
        let main = self.package.main().source.id;
        let known = |id: EnvironmentId, connection: &ConnectionId| {
            self.at(id).process().is_some_and(|process| process.knex().connections.contains_key(connection))
        };
        let network = |connection: ConnectionId| match self.network.environment_of(connection) {
            Some(id) if self.network.is_silent(id) => Some(Cut::Silent),
            Some(_) if self.network.is_cut(connection) => Some(Cut::Gone),
            _ => None,
        };
        let slots = self.server.slots().map(|slot| {
            slot.map(|(pid, backend)| SessionView {
                pid,
                state: backend.state(),
                connection: backend.connection,
                environment: backend.environment,
                orphan: !known(backend.environment, &backend.connection),
            })
        });
        WorldView {
            now: self.now,
            environments: self.environments.iter().map(|it| EnvironmentView::of(it, main, &network)).collect(),
            server: ServerView { up: self.server.is_up(), reserved: self.server.reserved(), slots: slots.collect() },
        }
    }
}
