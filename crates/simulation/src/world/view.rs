//! A snapshot of a world for those who show it, as plain data.

use super::World;
use crate::event::{BackendPid, ConnectionId, EnvironmentId};
use crate::lambda::view::{Cut, EnvironmentView};
use base::time::Instant;
use postgres::Database;

/// A snapshot of a world.
#[derive(Clone, Debug, PartialEq)]
pub struct WorldView {
    /// The virtual time.
    pub now: Instant,
    /// The environments in the order of their creation, shut-down ones included.
    pub environments: Vec<EnvironmentView>,
    /// The PostgreSQL server.
    pub server: ServerView,
}

/// A snapshot of the server.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerView {
    /// True while the server accepts connections.
    pub up: bool,
    /// Slots at the end that only a superuser gets.
    pub reserved: u32,
    /// One entry for each slot. `None` is a free one.
    pub slots: Vec<Option<SessionView>>,
}

/// A snapshot of a backend in its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// The backend's process id.
    pub pid: BackendPid,
    /// The state as `pg_stat_activity` words it, or `starting`.
    pub state: &'static str,
    /// The connection that the backend serves.
    pub connection: ConnectionId,
    /// The environment at the other end.
    pub environment: EnvironmentId,
    /// True if the process that opened the connection is gone: nobody will use the session again.
    pub orphan: bool,
}

impl<D: Database> World<D> {
    /// A snapshot of the world as it is now.
    pub fn view(&self) -> WorldView {
        let main = self.package.main().source.id;
        let is_known = |id: EnvironmentId, connection: &ConnectionId| {
            let process = self.environments[id].process();
            process.is_some_and(|process| process.knex().connections.contains_key(connection))
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
                orphan: !is_known(backend.environment, &backend.connection),
            })
        });
        WorldView {
            now: self.now,
            environments: self.environments.iter().map(|it| EnvironmentView::of(it, main, &network)).collect(),
            server: ServerView { up: self.server.is_up(), reserved: self.server.reserved(), slots: slots.collect() },
        }
    }
}
