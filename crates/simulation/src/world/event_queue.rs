//! The event queue: everything that will happen by itself, in the order in which it will happen.

use crate::event::{BackendPid, ConnectionId, EnvironmentId, InvocationId};
use crate::knex::Packet;
use base::sorted_map::SortedMap;
use base::time::Instant;

/// Something that will happen.
#[derive(Clone, Debug)]
pub(super) enum Scheduled {
    /// The process of an environment goes on.
    Run(EnvironmentId),
    /// The runtime of an environment has started and begins to evaluate the module. The number is the environment's
    /// boot that this belongs to.
    Boot(EnvironmentId, u32),
    /// An environment's init has reached Lambda's limit. The number is the boot that this belongs to.
    InitLimit(EnvironmentId, u32),
    /// An invocation has reached the function's timeout.
    Timeout(EnvironmentId, InvocationId),
    /// An environment is shut down if it has been idle since this moment.
    Reclaim(EnvironmentId, Instant),
    /// A packet arrives at its end of a connection of this environment.
    Packet(ConnectionId, EnvironmentId, Packet),
    /// The server asked to be called back for this backend, with this ticket.
    Server(BackendPid, u32),
}

/// An entry's place in the queue: by time, then by the order of scheduling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct QueueKey {
    at: Instant,
    number: u64,
}

/// Processes are numbered from here. No other entry reaches this number.
const FIRST_PROCESS: u64 = 1 << 62;
/// Below this many entries the queue is not searched for stale ones.
const LEAST_CROWDED: usize = 12;

/// Everything that will happen, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct EventQueue {
    entries: SortedMap<QueueKey, Scheduled>,
    last_number: u64,
    /// The queue is searched for stale entries when it holds more than this many.
    crowded: usize,
}

impl EventQueue {
    /// Schedules something after everything else that is scheduled for the same moment, processes aside.
    pub(super) fn schedule(&mut self, at: Instant, what: Scheduled) -> QueueKey {
        self.last_number += 1;
        let key = QueueKey { at, number: self.last_number };
        self.entries.insert(key, what);
        key
    }

    /// Schedules an environment's process.
    ///
    /// At one moment, processes come after everything else and in the order of their environments. So their order does
    /// not depend on how often they were paused.
    pub(super) fn schedule_process(&mut self, at: Instant, id: EnvironmentId) -> QueueKey {
        let key = QueueKey { at, number: FIRST_PROCESS + u64::from(id.0) };
        self.entries.insert(key, Scheduled::Run(id));
        key
    }

    /// Removes an entry, if there is one.
    pub(super) fn cancel(&mut self, key: Option<QueueKey>) {
        if let Some(key) = key {
            self.entries.remove(&key);
        }
    }

    /// The time of the first entry.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.entries.first_key_value().map(|(key, _)| key.at)
    }

    /// Takes the first entry, with its time.
    pub(super) fn pop(&mut self) -> Option<(Instant, Scheduled)> {
        self.entries.pop_first().map(|(key, what)| (key.at, what))
    }

    /// All entries in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Scheduled> {
        self.entries.values()
    }

    /// Removes stale entries once the queue has doubled since the last search.
    ///
    /// Each session leaves the callback for its authentication timeout behind, a minute ahead, and thousands of sessions
    /// can come and go within that minute.
    pub(super) fn remove_stale(&mut self, is_stale: &dyn Fn(&Scheduled) -> bool) {
        if self.entries.len() > self.crowded {
            self.entries.retain(|_, what| !is_stale(what));
            self.crowded = LEAST_CROWDED.max(self.entries.len() * 2);
        }
    }
}

impl QueueKey {
    /// The time for which the entry is scheduled.
    pub(super) fn at(self) -> Instant {
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drained(queue: &mut EventQueue) -> Vec<(u64, Scheduled)> {
        core::iter::from_fn(|| queue.pop()).map(|(at, what)| (at.as_micros(), what)).collect()
    }

    #[test]
    fn entries_of_one_moment_keep_their_order_and_processes_come_last() {
        let mut queue = EventQueue::default();
        let moment = Instant::from_micros(5);
        queue.schedule_process(moment, EnvironmentId(2));
        queue.schedule_process(moment, EnvironmentId(1));
        queue.schedule(moment, Scheduled::Boot(EnvironmentId(9), 1));
        queue.schedule(moment, Scheduled::Boot(EnvironmentId(8), 1));
        queue.schedule(Instant::from_micros(4), Scheduled::Server(BackendPid(1), 1));
        assert_eq!(queue.next_at(), Some(Instant::from_micros(4)));
        let order: Vec<String> = drained(&mut queue).into_iter().map(|(at, what)| format!("{at} {what:?}")).collect();
        assert_eq!(
            order,
            [
                "4 Server(BackendPid(1), 1)",
                "5 Boot(EnvironmentId(9), 1)",
                "5 Boot(EnvironmentId(8), 1)",
                "5 Run(EnvironmentId(1))",
                "5 Run(EnvironmentId(2))"
            ]
        );
    }

    #[test]
    fn a_cancelled_entry_does_not_happen() {
        let mut queue = EventQueue::default();
        let key = queue.schedule(Instant::ZERO, Scheduled::Boot(EnvironmentId(1), 1));
        queue.cancel(Some(key));
        queue.cancel(None);
        assert!(queue.pop().is_none());
    }

    #[test]
    fn stale_entries_are_removed_once_the_queue_is_crowded() {
        let mut queue = EventQueue::default();
        let stale = |what: &Scheduled| matches!(what, Scheduled::Server(..));
        for ticket in 0..40 {
            queue.schedule(Instant::FAR, Scheduled::Server(BackendPid(1), ticket));
            queue.remove_stale(&stale);
            assert!(queue.iter().count() <= LEAST_CROWDED);
        }
    }
}
