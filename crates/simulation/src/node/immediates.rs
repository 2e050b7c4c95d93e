//! The immediates of one process, in the order in which they were set (`immediateQueue` of Node's
//! `lib/internal/timers.js`).

use std::collections::VecDeque;

use super::event_loop::Task;
use super::timers::NewTimer;
use crate::event::{InvocationId, Position, TimerId};

/// An immediate that waits for its turn.
#[derive(Clone, Debug)]
pub struct Immediate {
    /// Its number.
    pub id: TimerId,
    /// True while it keeps the loop alive, and keeps it from sleeping (`ref()`).
    pub refed: bool,
    /// The work of its callback.
    pub task: Task,
    /// The invocation during which it was set.
    pub set_by: Option<InvocationId>,
    /// The line that set it; `None` for a library's immediate.
    pub position: Option<Position>,
    /// The async context that its callback runs in.
    pub context: u32,
}

/// The queue. Numbers ascend in it, so that one is found by binary search. A cleared immediate leaves an empty slot,
/// and the slots are compacted when more than half are empty, so that clearing 100,000 of them takes linear time.
#[derive(Clone, Debug, Default)]
pub(super) struct Immediates {
    slots: VecDeque<(TimerId, Option<Immediate>)>,
    waiting: usize,
    /// The number of those that keep the loop alive.
    refed: usize,
}

impl Immediates {
    pub(super) fn push(&mut self, id: TimerId, new: NewTimer) {
        debug_assert!(self.slots.back().is_none_or(|(last, _)| *last < id), "numbers ascend");
        let NewTimer { task, refed, set_by, position, context, .. } = new;
        self.waiting += 1;
        self.refed += usize::from(refed);
        self.slots.push_back((id, Some(Immediate { id, refed, task, set_by, position, context })));
    }

    /// Takes the first immediate out, if its number is at most `last`.
    pub(super) fn pop_up_to(&mut self, last: TimerId) -> Option<Immediate> {
        while self.slots.front().is_some_and(|(id, _)| *id <= last) {
            if let Some((_, Some(immediate))) = self.slots.pop_front() {
                self.count_out(&immediate);
                return Some(immediate);
            }
        }
        None
    }

    /// Clears an immediate; returns what it would have run.
    pub(super) fn clear(&mut self, id: TimerId) -> Option<Task> {
        let immediate = self.slot(id)?.take()?;
        self.count_out(&immediate);
        Some(immediate.task)
    }

    /// `ref()` and `unref()`; true if the immediate still waits.
    pub(super) fn set_refed(&mut self, id: TimerId, refed: bool) -> bool {
        let Some(Some(immediate)) = self.slot(id) else { return false };
        let before = core::mem::replace(&mut immediate.refed, refed);
        self.refed = self.refed + usize::from(refed) - usize::from(before);
        true
    }

    /// The greatest number in the queue.
    pub(super) fn last(&self) -> Option<TimerId> {
        self.slots.back().map(|(id, _)| *id)
    }

    pub(super) fn len(&self) -> usize {
        self.waiting
    }

    /// True if one of them keeps the loop alive.
    pub(super) fn is_alive(&self) -> bool {
        self.refed > 0
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Immediate> {
        self.slots.iter().filter_map(|(_, immediate)| immediate.as_ref())
    }

    fn slot(&mut self, id: TimerId) -> Option<&mut Option<Immediate>> {
        let place = self.slots.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        self.slots.get_mut(place).map(|(_, immediate)| immediate)
    }

    fn count_out(&mut self, immediate: &Immediate) {
        self.waiting -= 1;
        self.refed -= usize::from(immediate.refed);
        if self.slots.len() > 2 * self.waiting + 32 {
            self.slots.retain(|(_, immediate)| immediate.is_some());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(numbers: core::ops::Range<u32>) -> Immediates {
        let mut immediates = Immediates::default();
        for number in numbers {
            immediates.push(TimerId(number), NewTimer::host(number, 0));
        }
        immediates
    }

    #[test]
    fn a_cleared_immediate_is_passed_over() {
        let mut immediates = queue(1..4);
        assert!(immediates.clear(TimerId(1)).is_some());
        assert!(immediates.clear(TimerId(1)).is_none());
        assert_eq!(immediates.len(), 2);
        assert_eq!(immediates.pop_up_to(TimerId(3)).map(|immediate| immediate.id), Some(TimerId(2)));
        assert!(immediates.pop_up_to(TimerId(2)).is_none(), "the third belongs to the next round");
    }

    #[test]
    fn the_queue_is_alive_while_an_immediate_in_it_is_refed() {
        let mut immediates = queue(1..3);
        assert!(immediates.set_refed(TimerId(1), false));
        assert!(immediates.is_alive());
        assert!(immediates.clear(TimerId(2)).is_some());
        assert!(!immediates.is_alive());
        assert!(immediates.set_refed(TimerId(1), true));
        assert!(immediates.is_alive());
        assert!(!immediates.set_refed(TimerId(2), true), "a cleared one does not wait");
    }
}
