//! Sessions that wait for each other, and deadlocks among them.

use crate::BackendPid;
use base::time::{Duration, Instant};

/// `deadlock_timeout` at its default: a backend checks for a deadlock once it has waited for so long (PostgreSQL's
/// documentation, "Lock Management").
const DEADLOCK_TIMEOUT: Duration = Duration::from_secs(1);

/// A session that waits for another one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wait {
    pid: BackendPid,
    /// The session that it waits for.
    by: BackendPid,
    /// The start of the wait.
    pub(super) since: Instant,
    /// True if this session's check finds the deadlock, which ends its statement with an error.
    pub(super) is_deadlock_victim: bool,
}

impl Wait {
    /// The time at which the session checks for a deadlock.
    pub(super) fn deadlock_check(&self) -> Instant {
        self.since + DEADLOCK_TIMEOUT
    }
}

/// All waits. A session waits at most once.
#[derive(Clone, Debug, Default)]
pub(super) struct Waits(Vec<Wait>);

impl Waits {
    /// Ends the wait of a session and returns it.
    pub(super) fn end(&mut self, pid: BackendPid) -> Option<Wait> {
        let index = self.0.iter().position(|wait| wait.pid == pid)?;
        Some(self.0.remove(index))
    }

    /// Begins or continues a wait. If it closes a circle of waits, the session that will find the deadlock is marked.
    /// Returns the wait.
    pub(super) fn begin(&mut self, pid: BackendPid, by: BackendPid, since: Instant, now: Instant) -> Wait {
        self.0.push(Wait { pid, by, since, is_deadlock_victim: false });
        let victim = self.deadlock_victim(pid, now);
        for wait in self.0.iter_mut().filter(|wait| Some(wait.pid) == victim) {
            wait.is_deadlock_victim = true;
        }
        Wait { pid, by, since, is_deadlock_victim: victim == Some(pid) }
    }

    /// If `pid` waits for itself through others: the session of the circle whose check comes first. Each session checks
    /// only once per wait, so that checks before `now` do not count.
    fn deadlock_victim(&self, pid: BackendPid, now: Instant) -> Option<BackendPid> {
        let mut first: Option<&Wait> = None;
        let mut at = pid;
        for _ in 0..self.0.len() {
            let wait = self.0.iter().find(|wait| wait.pid == at)?;
            let check = wait.deadlock_check();
            if check >= now && first.is_none_or(|first| check < first.deadlock_check()) {
                first = Some(wait);
            }
            at = wait.by;
            if at == pid {
                return first.map(|wait| wait.pid);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::ZERO + Duration::from_millis(millis)
    }

    #[test]
    fn the_first_session_of_a_circle_to_check_is_the_victim() {
        let mut waits = Waits::default();
        let [one, two, three] = [1, 2, 3].map(BackendPid);
        assert!(!waits.begin(one, two, at(0), at(0)).is_deadlock_victim);
        assert!(!waits.begin(two, three, at(100), at(100)).is_deadlock_victim);
        assert!(!waits.begin(three, one, at(200), at(200)).is_deadlock_victim);
        assert!(waits.end(one).is_some_and(|wait| wait.is_deadlock_victim));
        assert!(waits.end(two).is_some_and(|wait| !wait.is_deadlock_victim));
    }

    #[test]
    fn a_session_checks_only_once() {
        let mut waits = Waits::default();
        let [one, two] = [1, 2].map(BackendPid);
        waits.begin(one, two, at(0), at(0));
        // By now the check of the first session has passed.
        assert!(waits.begin(two, one, at(1_500), at(1_500)).is_deadlock_victim);
    }

    #[test]
    fn waits_without_a_circle_have_no_victim() {
        let mut waits = Waits::default();
        let [one, two, three] = [1, 2, 3].map(BackendPid);
        waits.begin(one, three, at(0), at(0));
        waits.begin(two, three, at(0), at(0));
        assert!(!waits.end(one).unwrap().is_deadlock_victim);
        assert!(waits.end(three).is_none());
    }
}
