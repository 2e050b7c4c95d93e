//! Advisory locks (PostgreSQL's documentation, "Advisory Locks").

use crate::error::Stop;
use crate::{BackendPid, SqlState, limits};

/// The key of an advisory lock. A pair of integers never equals a single one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LockKey {
    Single(i64),
    Pair(i64, i64),
}

/// The owner of a lock within its session, which decides when the lock is released at the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LockOwner {
    Session,
    Transaction,
}

/// A held lock. Each owner must release it as often as it has acquired it.
#[derive(Clone, Debug)]
struct HeldLock {
    key: LockKey,
    pid: BackendPid,
    by_session: u32,
    by_transaction: u32,
}

impl HeldLock {
    fn count(&mut self, owner: LockOwner) -> &mut u32 {
        match owner {
            LockOwner::Session => &mut self.by_session,
            LockOwner::Transaction => &mut self.by_transaction,
        }
    }
}

/// All held locks.
#[derive(Clone, Debug, Default)]
pub(super) struct Locks(Vec<HeldLock>);

impl Locks {
    /// Acquires a lock, once more if the session holds it already. Stops if another session holds it.
    pub(super) fn acquire(&mut self, pid: BackendPid, key: LockKey, owner: LockOwner) -> Result<(), Stop> {
        let index = match self.0.iter().position(|lock| lock.key == key) {
            Some(index) => index,
            None if self.0.len() >= limits::ADVISORY_LOCKS => {
                return Err(Stop::error(SqlState::OUT_OF_MEMORY, limits::SHARED_MEMORY_MESSAGE));
            }
            None => {
                self.0.push(HeldLock { key, pid, by_session: 0, by_transaction: 0 });
                self.0.len() - 1
            }
        };
        let lock = &mut self.0[index];
        if lock.pid != pid {
            return Err(Stop::Blocked { by: lock.pid });
        }
        let count = lock.count(owner);
        *count = count.saturating_add(1);
        Ok(())
    }

    /// Releases a lock once; returns false if this owner does not hold it.
    pub(super) fn release(&mut self, pid: BackendPid, key: LockKey, owner: LockOwner) -> bool {
        let Some(lock) = self.0.iter_mut().find(|lock| lock.key == key && lock.pid == pid) else { return false };
        let count = lock.count(owner);
        if *count == 0 {
            return false;
        }
        *count -= 1;
        self.drop_free();
        true
    }

    /// Releases all locks of an owner.
    pub(super) fn release_all(&mut self, pid: BackendPid, owner: LockOwner) {
        for lock in self.0.iter_mut().filter(|lock| lock.pid == pid) {
            *lock.count(owner) = 0;
        }
        self.drop_free();
    }

    fn drop_free(&mut self) {
        self.0.retain(|lock| lock.by_session > 0 || lock.by_transaction > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: BackendPid = BackendPid(1);
    const TWO: BackendPid = BackendPid(2);
    const KEY: LockKey = LockKey::Single(7);

    #[test]
    fn a_lock_is_released_as_often_as_it_was_acquired() {
        let mut locks = Locks::default();
        for _ in 0..2 {
            locks.acquire(ONE, KEY, LockOwner::Session).unwrap();
        }
        assert!(locks.release(ONE, KEY, LockOwner::Session));
        assert!(matches!(locks.acquire(TWO, KEY, LockOwner::Session), Err(Stop::Blocked { by: ONE })));
        assert!(!locks.release(TWO, KEY, LockOwner::Session), "only its holder releases a lock");
        assert!(locks.release(ONE, KEY, LockOwner::Session));
        locks.acquire(TWO, KEY, LockOwner::Session).unwrap();
    }

    #[test]
    fn the_end_of_a_transaction_releases_only_its_locks() {
        let mut locks = Locks::default();
        locks.acquire(ONE, KEY, LockOwner::Session).unwrap();
        locks.acquire(ONE, KEY, LockOwner::Transaction).unwrap();
        locks.acquire(ONE, LockKey::Pair(0, 7), LockOwner::Transaction).unwrap();
        locks.release_all(ONE, LockOwner::Transaction);
        assert!(locks.acquire(TWO, KEY, LockOwner::Session).is_err());
        assert!(locks.acquire(TWO, LockKey::Pair(0, 7), LockOwner::Session).is_ok());
    }
}
