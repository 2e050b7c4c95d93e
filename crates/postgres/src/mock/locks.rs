//! Advisory locks: held by a session until it gives them back or ends, or by a transaction until that ends.

use crate::BackendPid;
use crate::error::{Run, blocked, stop};
use crate::limits;

/// A key: one bigint, or (true) two integers, which are keys of their own.
pub(super) type Key = (bool, i64);

/// How often its holder has taken a lock, for the session and (1) for its transaction.
#[derive(Clone, Debug)]
struct Held {
    key: Key,
    by: BackendPid,
    times: [u32; 2],
}

/// The locks that are held.
#[derive(Clone, Debug, Default)]
pub(super) struct Locks(Vec<Held>);

impl Locks {
    /// Takes a lock, once more where it is the session's already; stops where another session holds it.
    pub(super) fn take(&mut self, pid: BackendPid, key: Key, transaction: bool) -> Run<()> {
        let place = match self.0.iter().position(|held| held.key == key) {
            Some(place) => place,
            None if self.0.len() >= limits::LOCKS => return Err(stop("53200 %", &[limits::MEMORY_MESSAGE])),
            None => {
                self.0.push(Held { key, by: pid, times: [0, 0] });
                self.0.len() - 1
            }
        };
        let held = &mut self.0[place];
        if held.by != pid {
            return Err(blocked(held.by));
        }
        let times = &mut held.times[usize::from(transaction)];
        *times = times.saturating_add(1);
        Ok(())
    }

    /// Gives a lock back once; false where the session (or its transaction) does not hold it.
    pub(super) fn release(&mut self, pid: BackendPid, key: Key, transaction: bool) -> bool {
        let place = usize::from(transaction);
        let Some(held) = self.0.iter_mut().find(|held| held.key == key && held.by == pid && held.times[place] > 0)
        else {
            return false;
        };
        held.times[place] -= 1;
        self.forget_free();
        true
    }

    /// Gives back all that a session, or its transaction, holds.
    pub(super) fn release_all(&mut self, pid: BackendPid, transaction: bool) {
        for held in &mut self.0 {
            if held.by == pid {
                held.times[usize::from(transaction)] = 0;
            }
        }
        self.forget_free();
    }

    fn forget_free(&mut self) {
        self.0.retain(|held| held.times != [0, 0]);
    }
}
