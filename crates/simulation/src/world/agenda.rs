//! The agenda: everything that will happen by itself, in order.

use crate::event::{BackendPid, ConnectionId, EnvironmentId, InvocationId};
use crate::knex::Packet;
use base::sorted_map::SortedMap;
use base::time::Instant;

/// Something that will happen.
#[derive(Clone, Debug)]
pub(super) enum Due {
    /// The process of an environment goes on.
    Run(EnvironmentId),
    /// The runtime of an environment has started: its module is evaluated now.
    Boot(EnvironmentId, u32),
    /// An init has taken too long.
    InitLimit(EnvironmentId, u32),
    /// The function's timeout.
    Timeout(EnvironmentId, InvocationId),
    /// An environment has been idle for long enough, if it still is.
    Reclaim(EnvironmentId, Instant),
    /// A packet arrives.
    Packet(ConnectionId, EnvironmentId, Packet),
    /// The server asked for this.
    Server(BackendPid, u32),
}

/// Past every number that the agenda counts up to.
const AFTER_ALL: u64 = 1 << 62;

/// Everything that will happen, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Agenda {
    pub(super) entries: SortedMap<(Instant, u64), Due>,
    last: u64,
    /// With how many entries it is looked through next for what no longer matters.
    crowded: usize,
}

impl Agenda {
    pub(super) fn add(&mut self, at: Instant, due: Due) -> (Instant, u64) {
        self.last += 1;
        self.entries.insert((at, self.last), due);
        (at, self.last)
    }

    /// Processes come after everything else that is due at a moment, in the order of their environments: which one goes
    /// first does not depend on how often they were paused.
    pub(super) fn add_run(&mut self, at: Instant, id: EnvironmentId) -> (Instant, u64) {
        let entry = (at, AFTER_ALL + u64::from(id.0));
        self.entries.insert(entry, Due::Run(id));
        entry
    }

    pub(super) fn remove(&mut self, entry: Option<(Instant, u64)>) {
        if let Some(entry) = entry {
            self.entries.remove(&entry);
        }
    }

    pub(super) fn next_at(&self) -> Option<Instant> {
        self.entries.first_key_value().map(|((at, _), _)| *at)
    }

    /// Drops what is void, when there is much: a session leaves the wake for its authentication's timeout behind, a
    /// minute ahead, and thousands of sessions can come and go in that minute.
    pub(super) fn tidy(&mut self, is_void: &dyn Fn(&Due) -> bool) {
        if self.entries.len() > self.crowded {
            self.entries.retain(|_, due| !is_void(due));
            self.crowded = 12.max(self.entries.len() * 2);
        }
    }
}
