//! Advisory locks: held by a session until it gives them back or ends, or by a transaction until that ends.

use std::collections::BTreeMap;

use super::{Run, Stop, fail};
use crate::event::BackendPid;
use crate::limits;

/// A key: one bigint, or (true) two integers, which are keys of their own.
pub(super) type Key = (bool, i64);

/// How often its holder has taken a lock.
#[derive(Clone, Copy, Debug)]
struct Held {
    by: BackendPid,
    by_session: u32,
    by_transaction: u32,
}

/// The locks that are held.
#[derive(Clone, Debug, Default)]
pub(super) struct Locks {
    held: BTreeMap<Key, Held>,
}

impl Locks {
    /// Takes a lock, once more where it is the session's already; false where another session holds it.
    pub(super) fn take(&mut self, pid: BackendPid, key: Key, transaction: bool) -> Run<bool> {
        if self.held.len() >= limits::SQL_LOCKS && !self.held.contains_key(&key) {
            return fail("53200", limits::SQL_MEMORY_MESSAGE);
        }
        let held = self.held.entry(key).or_insert(Held { by: pid, by_session: 0, by_transaction: 0 });
        if held.by != pid {
            return Ok(false);
        }
        let count = if transaction { &mut held.by_transaction } else { &mut held.by_session };
        *count = count.saturating_add(1);
        Ok(true)
    }

    /// Takes a lock or waits for it.
    pub(super) fn wait_for(&mut self, pid: BackendPid, key: Key, transaction: bool) -> Run<()> {
        if self.take(pid, key, transaction)? {
            return Ok(());
        }
        // It is held, or it could have been taken.
        Err(Stop::Blocked(self.held.get(&key).map_or(pid, |held| held.by)))
    }

    /// Gives a session's lock back once; false where the session does not hold it.
    pub(super) fn release(&mut self, pid: BackendPid, key: Key) -> bool {
        let Some(held) = self.held.get_mut(&key).filter(|held| held.by == pid && held.by_session > 0) else {
            return false;
        };
        held.by_session -= 1;
        self.forget_free();
        true
    }

    /// Undoes what a statement took that will be evaluated again.
    pub(super) fn give_back(&mut self, pid: BackendPid, taken: &[(Key, bool)]) {
        for (key, transaction) in taken {
            if let Some(held) = self.held.get_mut(key).filter(|held| held.by == pid) {
                let count = if *transaction { &mut held.by_transaction } else { &mut held.by_session };
                *count = count.saturating_sub(1);
            }
        }
        self.forget_free();
    }

    /// The transaction of a session has ended.
    pub(super) fn transaction_ended(&mut self, pid: BackendPid) {
        for held in self.held.values_mut().filter(|held| held.by == pid) {
            held.by_transaction = 0;
        }
        self.forget_free();
    }

    /// Gives back all that a session holds in its own name.
    pub(super) fn session_ended(&mut self, pid: BackendPid) {
        for held in self.held.values_mut().filter(|held| held.by == pid) {
            held.by_session = 0;
        }
        self.forget_free();
    }

    fn forget_free(&mut self) {
        self.held.retain(|_, held| held.by_session > 0 || held.by_transaction > 0);
    }
}
