//! The environments of a world, looked up by their number.

use core::ops::{Index, IndexMut};

use super::event_queue::QueueKey;
use crate::event::EnvironmentId;
use crate::lambda::Environment;

/// Entries of the event queue that belong to one environment and may have to be cancelled.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct QueueKeys {
    /// The environment's process goes on.
    pub(super) run: Option<QueueKey>,
    /// The function's timeout for the invocation under way.
    pub(super) timeout: Option<QueueKey>,
    /// The end of the time that the environment may be idle.
    pub(super) reclaim: Option<QueueKey>,
}

/// The environments in the order of their creation. Those that were shut down stay in the list.
///
/// Indexing with a number that no environment has is a bug of the caller and panics. Numbers that come from outside are
/// looked up with [`get`](Self::get).
#[derive(Clone, Debug, Default)]
pub(super) struct Environments(Vec<(Environment, QueueKeys)>);

impl Environments {
    /// The number that the next environment gets.
    pub(super) fn next_id(&self) -> EnvironmentId {
        EnvironmentId(self.0.len() as u32 + 1)
    }

    /// Adds the environment that [`next_id`](Self::next_id) was asked for.
    pub(super) fn push(&mut self, environment: Environment) {
        debug_assert_eq!(environment.id, self.next_id());
        self.0.push((environment, QueueKeys::default()));
    }

    /// How many environments there have been.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The environment with this number.
    pub(super) fn get(&self, id: EnvironmentId) -> Option<&Environment> {
        self.0.get(place(id)?).map(|(environment, _)| environment)
    }

    /// All environments.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &Environment> {
        self.0.iter().map(|(environment, _)| environment)
    }

    /// The numbers that a statement's target means: one environment, or all of them.
    pub(super) fn targets(&self, on: Option<EnvironmentId>) -> Vec<EnvironmentId> {
        on.map_or_else(|| self.iter().map(|environment| environment.id).collect(), |id| vec![id])
    }

    /// The queue entries of an environment.
    pub(super) fn keys(&self, id: EnvironmentId) -> QueueKeys {
        place(id).map(|place| self.0[place].1).unwrap_or_default()
    }

    /// The queue entries of an environment, to be changed.
    pub(super) fn keys_mut(&mut self, id: EnvironmentId) -> &mut QueueKeys {
        &mut self.entry_mut(id).1
    }

    fn entry_mut(&mut self, id: EnvironmentId) -> &mut (Environment, QueueKeys) {
        &mut self.0[id.0 as usize - 1]
    }
}

/// An environment's place in the list: numbers begin at 1.
fn place(id: EnvironmentId) -> Option<usize> {
    (id.0 as usize).checked_sub(1)
}

impl Index<EnvironmentId> for Environments {
    type Output = Environment;

    fn index(&self, id: EnvironmentId) -> &Environment {
        &self.0[id.0 as usize - 1].0
    }
}

impl IndexMut<EnvironmentId> for Environments {
    fn index_mut(&mut self, id: EnvironmentId) -> &mut Environment {
        &mut self.entry_mut(id).0
    }
}
