//! Node's timers: which of the timers that are due runs next.
//!
//! ```text
//!   duration   list                          queue of the lists
//!   5 ms       expiry 12, id 3: b  c  f      (12, 3)  the list of 5 ms
//!   10 ms      expiry 14, id 1: a  d         (14, 1)  the list of 10 ms
//! ```
//!
//! Node keeps one list for each duration, in the order in which its timers were set, and a queue of the lists by expiry and
//! then by id. A list whose turn it is runs all its timers that are due before the next list has its turn. When its first
//! timer is not due yet, the list gets a new expiry and a new id. Node counts whole milliseconds. A timer is due if it is
//! due at the moment at which the round began, however long the callbacks of the round take.
//!
//! Source: `lib/internal/timers.js` of Node 20 (`insert`, `processTimers`, `listOnTimeout`, `unenroll`),
//! `Environment::RunTimers`, and libuv's `uv_run`.

mod resting;

use base::sort::sort_by_key;
use std::collections::{BTreeMap, BTreeSet};

use super::event_loop::Task;
use crate::event::{InvocationId, Position, TimerId};
use base::time::{Duration, Instant};

/// The longest delay that Node takes, in milliseconds (`TIMEOUT_MAX`); a longer one counts as one millisecond.
const TIMEOUT_MAX: u64 = 2_147_483_647;

/// A timer that has been set.
#[derive(Clone, Debug)]
pub struct Timer {
    /// Its number.
    pub id: TimerId,
    /// Its delay in milliseconds (`_idleTimeout`).
    duration: u64,
    /// The millisecond from which the delay counts (`_idleStart`).
    start: u64,
    /// Its key in its list: later ones are greater.
    place: u64,
    /// True for an interval.
    pub repeats: bool,
    /// True while it keeps the loop alive (`ref()`).
    pub refed: bool,
    /// The work of its callback.
    pub task: Task,
    /// The invocation during which it was set.
    pub set_by: Option<InvocationId>,
    /// The line that set it; `None` for a library's timer.
    pub position: Option<Position>,
    /// The async context that its callback runs in.
    pub context: u32,
}

impl Timer {
    /// The moment at which it is due.
    pub fn due(&self) -> Instant {
        instant(self.expiry())
    }

    fn expiry(&self) -> u64 {
        self.start + self.duration
    }
}

/// The description of a timer or immediate that is about to be set.
#[derive(Clone, Debug)]
pub struct NewTimer {
    /// The work of its callback.
    pub task: Task,
    /// True for an interval.
    pub repeats: bool,
    /// True if it keeps the loop alive.
    pub refed: bool,
    /// The invocation during which it is set.
    pub set_by: Option<InvocationId>,
    /// The line that sets it; `None` for a library's timer.
    pub position: Option<Position>,
    /// The async context that its callback runs in.
    pub context: u32,
}

impl NewTimer {
    /// A library's own timer or immediate, which runs the task `number`.
    pub fn host(number: u32, context: u32) -> Self {
        Self { task: Task::Host(number), repeats: false, refed: true, set_by: None, position: None, context }
    }
}

/// The timers of one duration (`TimersList`).
#[derive(Clone, Debug)]
struct List {
    /// The millisecond at which the list has its turn: the expiry of its first timer, as of the last look.
    expiry: u64,
    /// Orders the lists of one expiry.
    id: u64,
    /// Its timers by their place.
    timers: BTreeMap<u64, Timer>,
}

impl List {
    fn first(&self) -> Option<&Timer> {
        self.timers.first_key_value().map(|(_, timer)| timer)
    }
}

/// A list's entry in the queue of lists: expiry, id, duration.
type QueueEntry = (u64, u64, u64);

/// A round of `processTimers`: it runs all timers that are due when it begins, list by list.
#[derive(Clone, Copy, Debug)]
struct Round {
    /// The millisecond at which it began.
    now: u64,
    /// The list whose turn it is: duration and id.
    list: Option<(u64, u64)>,
    /// The timer that runs next, once Node has looked at it. Node looks before it runs the ticks and microtasks of the
    /// callback before.
    next: Option<TimerId>,
}

/// The timers of one process.
///
/// All operations take logarithmic time, so that a program with [`crate::limits::TIMERS`] timers ends. The standard
/// library's trees are here for that reason, although each costs the page about 2.5 KB.
#[derive(Clone, Debug, Default)]
pub struct Timers {
    /// The lists by their duration (`timerListMap`).
    lists: BTreeMap<u64, List>,
    /// The lists by when they have their turn (`timerListQueue`).
    queue: BTreeSet<QueueEntry>,
    /// The duration and the place of each timer that is set.
    places: BTreeMap<TimerId, (u64, u64)>,
    last_list: u64,
    last_place: u64,
    /// The number of timers that are set and keep the loop alive.
    refed: usize,
    /// libuv's time: the millisecond of the last look at the clock.
    time: u64,
    /// The millisecond at which libuv's one timer fires.
    wakes: Option<u64>,
    round: Option<Round>,
    /// The timer whose callback runs.
    running: Option<Timer>,
    /// The durations of the lists that rest: see [`resting`].
    resting: Vec<u64>,
}

impl Timers {
    /// Sets a timer of `delay` from `now` under the number `id`.
    pub fn set(&mut self, now: Instant, delay: Duration, id: TimerId, new: NewTimer) {
        let NewTimer { task, repeats, refed, set_by, position, context } = new;
        let duration = Some(delay.as_millis()).filter(|ms| (1..=TIMEOUT_MAX).contains(ms)).unwrap_or(1);
        self.time = milliseconds(now);
        let timer = Timer { id, duration, start: self.time, place: 0, repeats, refed, task, set_by, position, context };
        self.insert(timer);
    }

    /// Clears a timer; returns what it would have run, once or once more.
    pub fn clear(&mut self, id: TimerId) -> Option<Task> {
        let (timer, task) = if let Some(timer) = self.take(id) {
            (timer.clone(), Some(timer.task))
        } else {
            let timer = self.running.take_if(|running| running.id == id)?;
            (timer.clone(), Some(timer.task).filter(|_| timer.repeats))
        };
        // Node leaves the empty list of a timer that does not keep the loop alive.
        if timer.refed && self.lists.get(&timer.duration).is_some_and(|list| list.timers.is_empty()) {
            self.remove_list(timer.duration);
            let next = self.next_expiry();
            self.wakes = self.wakes.and_then(|wakes| next.map(|next| next.max(wakes)));
        }
        task
    }

    /// `refresh()`: the delay of a timer counts from now. True if it is set, or its callback runs and sets it again.
    pub fn refresh(&mut self, now: Instant, id: TimerId) -> bool {
        let Some(mut timer) = self.take(id) else {
            return self.running.as_ref().is_some_and(|running| running.id == id && running.repeats);
        };
        self.time = milliseconds(now);
        timer.start = self.time;
        self.append(timer);
        true
    }

    /// `ref()` and `unref()`: says if a timer keeps the loop alive.
    pub fn set_refed(&mut self, id: TimerId, refed: bool) {
        let set =
            self.places.get(&id).and_then(|(duration, place)| self.lists.get_mut(duration)?.timers.get_mut(place));
        if let Some(timer) = set {
            self.refed = self.refed + usize::from(refed) - usize::from(timer.refed);
            timer.refed = refed;
        } else if let Some(running) = self.running.as_mut().filter(|running| running.id == id) {
            running.refed = refed;
        }
    }

    /// True if one of the timers keeps the loop alive.
    pub fn is_alive(&self) -> bool {
        self.refed > 0
    }

    /// The number of timers that are set.
    pub fn count(&self) -> usize {
        self.places.len()
    }

    /// The timers that are set, in the order in which they are due.
    pub fn in_order(&self) -> Vec<&Timer> {
        let mut timers: Vec<&Timer> = self.lists.values().flat_map(|list| list.timers.values()).collect();
        sort_by_key(&mut timers, |timer| (timer.expiry(), timer.id));
        timers
    }

    /// The moment at which libuv's timer fires.
    pub fn wakes_at(&self) -> Option<Instant> {
        self.wakes.map(instant)
    }

    /// libuv looks at the clock, and begins a round if its timer fires.
    pub fn begin_round(&mut self, now: Instant) {
        self.time = milliseconds(now);
        if self.wakes.take_if(|wakes| *wakes <= self.time).is_some() {
            self.round = Some(Round { now: self.time, list: None, next: None });
        }
    }

    /// The next timer of the round. libuv's timer fires once more where a callback of the round has looked at the clock,
    /// and more is due by now.
    pub fn next(&mut self, now: Instant) -> Option<Timer> {
        loop {
            let Some(round) = &mut self.round else {
                self.wakes.filter(|wakes| *wakes <= self.time)?;
                self.begin_round(now);
                continue;
            };
            if let Some(id) = round.next.take()
                && let Some(timer) = self.take(id)
            {
                return Some(self.start(timer, now));
            }
            self.advance();
        }
    }

    /// Goes on to the next timer of the round, or to the next list, or to the end of the round.
    fn advance(&mut self) {
        while let Some(round) = &mut self.round {
            if let Some((duration, _)) = round.list.filter(|(duration, id)| has_id(&self.lists, *duration, *id)) {
                match self.lists.get(&duration).and_then(List::first) {
                    Some(first) if first.expiry() <= round.now => {
                        round.next = Some(first.id);
                        return;
                    }
                    Some(first) => {
                        let expiry = first.expiry();
                        self.requeue(duration, expiry);
                    }
                    None => self.remove_list(duration),
                }
            }
            let Some(Round { now, .. }) = self.round else { return };
            if let Some((_, id, duration)) = self.queue.first().copied().filter(|(expiry, ..)| *expiry <= now) {
                self.round = Some(Round { now, list: Some((duration, id)), next: None });
                return;
            }
            self.round = None;
            self.wakes = self.next_expiry().map(|next| next.max(self.time + 1));
        }
    }

    /// The callback of a timer begins; the timer has been taken out of its list.
    fn start(&mut self, timer: Timer, now: Instant) -> Timer {
        let mut running = timer.clone();
        if timer.repeats {
            self.time = milliseconds(now);
            running.start = self.time;
        }
        self.running = Some(running);
        timer
    }

    /// The callback of the running timer has returned: an interval is set again, and Node looks at the next timer of the
    /// round before it runs ticks and microtasks.
    pub fn callback_over(&mut self) {
        if let Some(timer) = self.running.take().filter(|timer| timer.repeats) {
            self.insert(timer);
        }
        if self.round.is_some_and(|round| round.next.is_none()) {
            self.advance();
        }
    }

    fn insert(&mut self, timer: Timer) {
        let (duration, expiry) = (timer.duration, timer.expiry());
        if !self.lists.contains_key(&duration) {
            self.last_list += 1;
            self.lists.insert(duration, List { expiry, id: self.last_list, timers: BTreeMap::new() });
            self.queue.insert((expiry, self.last_list, duration));
            self.wakes = Some(self.wakes.map_or(expiry, |wakes| wakes.min(expiry)));
        }
        self.append(timer);
    }

    /// Puts a timer at the end of its list.
    fn append(&mut self, mut timer: Timer) {
        let Some(list) = self.lists.get_mut(&timer.duration) else { return };
        self.last_place += 1;
        timer.place = self.last_place;
        self.refed += usize::from(timer.refed);
        self.places.insert(timer.id, (timer.duration, timer.place));
        list.timers.insert(timer.place, timer);
    }

    /// Takes a timer out of its list, which stays even if it is empty.
    fn take(&mut self, id: TimerId) -> Option<Timer> {
        let (duration, place) = self.places.remove(&id)?;
        let timer = self.lists.get_mut(&duration)?.timers.remove(&place)?;
        self.refed -= usize::from(timer.refed);
        Some(timer)
    }

    fn remove_list(&mut self, duration: u64) {
        if let Some(list) = self.lists.remove(&duration) {
            self.queue.remove(&(list.expiry, list.id, duration));
        }
    }

    /// Gives a list a new expiry and a new id; returns its entry in the queue.
    fn requeue(&mut self, duration: u64, expiry: u64) -> QueueEntry {
        self.last_list += 1;
        let entry = (expiry, self.last_list, duration);
        if let Some(list) = self.lists.get_mut(&duration) {
            self.queue.remove(&(list.expiry, list.id, duration));
            (list.expiry, list.id) = (expiry, self.last_list);
            self.queue.insert(entry);
        }
        entry
    }

    fn next_expiry(&self) -> Option<u64> {
        self.queue.first().map(|(expiry, ..)| *expiry)
    }
}

fn has_id(lists: &BTreeMap<u64, List>, duration: u64, id: u64) -> bool {
    lists.get(&duration).is_some_and(|list| list.id == id)
}

fn milliseconds(moment: Instant) -> u64 {
    moment.as_micros() / 1_000
}

fn instant(ms: u64) -> Instant {
    Instant::from_micros(ms * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn at(ms: u64) -> Instant {
        instant(ms)
    }

    /// Timers 1, 2, …, each set at a moment (they ascend) with a duration; the naive loop runs in between.
    pub(super) fn timers(set: &[(u64, u64)], repeats: bool) -> Timers {
        let mut timers = Timers::default();
        for (number, (moment, duration)) in (1..).zip(set) {
            ticks_before(&mut timers, *moment);
            let new = NewTimer { repeats, ..NewTimer::host(number, 0) };
            timers.set(at(*moment), Duration::from_millis(*duration), TimerId(number), new);
        }
        timers
    }

    /// Runs every tick before `end` and returns each with its moment: the naive loop.
    pub(super) fn ticks_before(timers: &mut Timers, end: u64) -> Vec<(u64, TimerId)> {
        let mut ticks = Vec::new();
        while let Some(wakes) = timers.wakes_at().filter(|wakes| milliseconds(*wakes) < end) {
            timers.begin_round(wakes);
            while let Some(timer) = timers.next(wakes) {
                ticks.push((milliseconds(wakes), timer.id));
                timers.callback_over();
            }
        }
        ticks
    }

    #[test]
    fn a_list_runs_all_that_is_due_before_the_next_list() {
        let mut timers = timers(&[(0, 10), (0, 5), (3, 5)], false);
        timers.begin_round(at(20));
        let order: Vec<_> = core::iter::from_fn(|| {
            let timer = timers.next(at(20))?;
            timers.callback_over();
            Some(timer.id.0)
        })
        .collect();
        assert_eq!(order, [2, 3, 1]);
    }
}
