//! Node's event loop: it decides which callback runs next.
//!
//! ```text
//!          ┌──────────────────────────────────────────────────────────────────────┐
//!          ▼                                                                      │
//!   timers that are due ──► poll: arrivals, then pending callbacks ──► check: immediates ──► close callbacks
//!                             │        ▲
//!                             └─ block ┘   (until a timer is due or something arrives)
//! ```
//!
//! After each callback, Node empties `process.nextTick` and the microtasks; [`Drain`] has their order. A loop that was
//! blocked and meets both a due timer and an arrival runs the timer first: the recordings of stopped and continued processes
//! show it, and it decides which invocation a late line belongs to.
//!
//! The loop holds no JavaScript: a callback is a [`Task`] that its owner understands.
//!
//! Source: `uv_run` of libuv 1.46, and the recordings in `tests/golden/`.

use std::collections::VecDeque;

pub use super::immediates::Immediate;
pub use super::timers::{NewTimer, Timer};

use super::immediates::Immediates;
use super::timers::Timers;
use crate::event::TimerId;
use base::time::{Duration, Instant};
use javascript::Handle;

/// The work that a callback of the loop does.
#[derive(Clone, Debug)]
pub enum Task {
    /// Calls a function of the handler's code.
    Call {
        /// The function; the handle keeps it alive.
        function: Handle,
        /// The arguments; the handles keep them alive.
        arguments: Vec<Handle>,
    },
    /// Runs a task of a library or of the runtime, by the number that its owner gave it.
    Host(u32),
}

/// The loop's next step.
#[derive(Clone, Debug)]
pub enum Turn {
    /// Run the callback of this timer, then call [`EventLoop::timer_callback_over`].
    Timer(Timer),
    /// Read the first arrival.
    Input,
    /// Run the pending callback with this token (libuv's `pending_queue`: a connect that failed at once).
    Pending(u32),
    /// Run the callback of this immediate.
    Immediate(Immediate),
    /// Run the close callback with this token.
    Close(u32),
    /// Wait until this moment, or for an arrival.
    Block(Option<Instant>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LoopPhase {
    Timers,
    /// The number of arrivals of this round that are still to be read.
    Poll(usize),
    /// The last immediate of this round; those that are set meanwhile belong to the next one.
    Check(Option<TimerId>),
    Close,
    Blocked,
}

/// The event loop of one process.
#[derive(Clone, Debug)]
pub struct EventLoop {
    phase: LoopPhase,
    timers: Timers,
    immediates: Immediates,
    /// Tokens of close callbacks.
    closing: VecDeque<u32>,
    /// Tokens of pending callbacks.
    pending: VecDeque<u32>,
    last_id: u32,
}

impl Default for EventLoop {
    fn default() -> Self {
        Self {
            phase: LoopPhase::Blocked,
            timers: Timers::default(),
            immediates: Immediates::default(),
            closing: VecDeque::default(),
            pending: VecDeque::default(),
            last_id: 0,
        }
    }
}

impl EventLoop {
    /// The loop's next step at the moment `now`; `arrived` is the number of arrivals that wait to be read.
    pub fn next_turn(&mut self, now: Instant, arrived: usize) -> Turn {
        loop {
            match self.phase {
                LoopPhase::Blocked => {
                    self.timers.fast_forward(now);
                    self.phase = if self.timer_is_due(now) || self.may_not_block() {
                        self.timers.begin_round(now);
                        LoopPhase::Timers
                    } else if arrived > 0 {
                        LoopPhase::Poll(arrived)
                    } else {
                        return Turn::Block(self.next_due());
                    };
                }
                LoopPhase::Timers => {
                    if let Some(timer) = self.timers.next(now) {
                        return Turn::Timer(timer);
                    }
                    self.phase = LoopPhase::Poll(arrived);
                }
                LoopPhase::Poll(0) => match self.pending.pop_front() {
                    Some(token) => return Turn::Pending(token),
                    None => self.phase = LoopPhase::Check(self.immediates.last()),
                },
                LoopPhase::Poll(batch) => {
                    self.phase = LoopPhase::Poll(batch - 1);
                    if arrived > 0 {
                        return Turn::Input;
                    }
                }
                LoopPhase::Check(last) => match last.and_then(|last| self.immediates.pop_up_to(last)) {
                    Some(immediate) => return Turn::Immediate(immediate),
                    None => self.phase = LoopPhase::Close,
                },
                LoopPhase::Close => match self.closing.pop_front() {
                    Some(token) => return Turn::Close(token),
                    None => self.phase = LoopPhase::Blocked,
                },
            }
        }
    }

    /// True if the loop has something to do at `now`, without waiting.
    pub fn has_work(&self, now: Instant, arrived: usize) -> bool {
        self.phase != LoopPhase::Blocked || arrived > 0 || self.timer_is_due(now) || self.may_not_block()
    }

    /// True if a timer, an immediate or a callback that is due keeps the loop alive (`uv_loop_alive`).
    pub fn is_alive(&self) -> bool {
        self.timers.is_alive() || self.may_not_block()
    }

    /// True if the loop has to go on without blocking (`uv_backend_timeout` is 0).
    fn may_not_block(&self) -> bool {
        !self.closing.is_empty() || !self.pending.is_empty() || self.immediates.is_alive()
    }

    /// The moment at which the next timer wakes the loop.
    pub fn next_due(&self) -> Option<Instant> {
        self.timers.wakes_at()
    }

    /// Sets a timer of `delay` from `now`. Node counts whole milliseconds, at least one.
    pub fn set_timer(&mut self, now: Instant, delay: Duration, timer: NewTimer) -> TimerId {
        let id = self.new_id();
        self.timers.set(now, delay, id, timer);
        id
    }

    /// Sets a timer that has fired once more (`refresh()`), under the number that it had.
    pub fn set_again(&mut self, now: Instant, delay: Duration, id: TimerId, timer: NewTimer) {
        self.timers.set(now, delay, id, timer);
    }

    /// Queues an immediate.
    pub fn set_immediate(&mut self, timer: NewTimer) -> TimerId {
        let id = self.new_id();
        self.immediates.push(id, timer);
        id
    }

    fn new_id(&mut self) -> TimerId {
        self.last_id += 1;
        TimerId(self.last_id)
    }

    /// Clears a timer or an immediate; returns what it would have run.
    pub fn clear(&mut self, id: TimerId) -> Option<Task> {
        self.timers.clear(id).or_else(|| self.immediates.clear(id))
    }

    /// `refresh()`: the delay of a timer counts from now. True if it is set, or its callback runs and sets it again.
    pub fn refresh(&mut self, now: Instant, id: TimerId) -> bool {
        self.timers.refresh(now, id)
    }

    /// `ref()` and `unref()`: says if a timer or an immediate keeps the loop alive. True if it is an immediate that still
    /// waits.
    pub fn set_refed(&mut self, id: TimerId, refed: bool) -> bool {
        self.timers.set_refed(id, refed);
        self.immediates.set_refed(id, refed)
    }

    /// The loop is about to block: it skips the ticks of each interval in `quiet` up to the moment paired with it. Returns
    /// the moment at which it wakes.
    pub fn rest(&mut self, quiet: &[(TimerId, Instant)]) -> Option<Instant> {
        self.timers.rest(quiet);
        self.next_due()
    }

    /// The process is stopped at `now`: ticks that the loop skipped have happened up to now, and not after.
    pub fn stop(&mut self, now: Instant) {
        self.timers.fast_forward(now + Duration::from_millis(1));
    }

    /// The callback of a timer has returned.
    pub fn timer_callback_over(&mut self) {
        self.timers.callback_over();
    }

    /// Queues the close callback `token` for the end of this round.
    pub fn close_later(&mut self, token: u32) {
        self.closing.push_back(token);
    }

    /// Queues the pending callback `token` of something that failed at once; it runs after the arrivals.
    pub fn pend(&mut self, token: u32) {
        self.pending.push_back(token);
    }

    /// The timers that are set, in the order in which they are due.
    pub fn timers(&self) -> Vec<&Timer> {
        self.timers.in_order()
    }

    /// The immediates that wait, in the order in which they were set.
    pub fn immediates(&self) -> impl Iterator<Item = &Immediate> {
        self.immediates.iter()
    }

    /// The number of timers and immediates.
    pub fn len(&self) -> usize {
        self.timers.count() + self.immediates.len()
    }

    /// True if there is neither a timer nor an immediate.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn timer_is_due(&self, now: Instant) -> bool {
        self.next_due().is_some_and(|due| due <= now)
    }
}

/// The order in which Node empties `process.nextTick` and the microtasks after a callback.
///
/// If ticks were queued, all of them run first. Then all microtasks run, with those that they queue; then ticks again, until
/// both are empty. Source: `processTicksAndRejections` of Node's `lib/internal/process/task_queues.js`.
#[derive(Clone, Debug, Default)]
pub struct Drain {
    ticks: VecDeque<Tick>,
    in_ticks: bool,
}

/// A callback of `process.nextTick`.
#[derive(Clone, Debug)]
pub struct Tick {
    /// Its work.
    pub task: Task,
    /// The async context that it runs in.
    pub context: u32,
}

/// The next step of a drain.
#[derive(Clone, Debug)]
pub enum Drained {
    /// Run this callback of `process.nextTick`.
    Tick(Tick),
    /// Run the machine's next microtask.
    Microtask,
    /// Both queues are empty.
    Nothing,
}

impl Drain {
    /// Queues a tick.
    pub fn next_tick(&mut self, tick: Tick) {
        self.ticks.push_back(tick);
    }

    /// Begins to drain after a callback.
    pub fn begin(&mut self) {
        self.in_ticks = !self.ticks.is_empty();
    }

    /// The next step; `has_microtasks` is true if a microtask waits.
    pub fn next(&mut self, has_microtasks: bool) -> Drained {
        if self.in_ticks {
            if let Some(tick) = self.ticks.pop_front() {
                return Drained::Tick(tick);
            }
            self.in_ticks = false;
        }
        if has_microtasks {
            return Drained::Microtask;
        }
        match self.ticks.pop_front() {
            Some(tick) => {
                self.in_ticks = true;
                Drained::Tick(tick)
            }
            None => Drained::Nothing,
        }
    }

    /// True if no tick waits.
    pub fn is_empty(&self) -> bool {
        self.ticks.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(number: u32) -> NewTimer {
        NewTimer::host(number, 0)
    }

    fn at(ms: u64) -> Instant {
        Instant::from_micros(ms * 1_000)
    }

    /// Runs the loop at `now` until it blocks, and returns what ran.
    fn ran(event_loop: &mut EventLoop, now: Instant, mut arrived: usize) -> Vec<String> {
        let mut ran_so_far = Vec::new();
        loop {
            match event_loop.next_turn(now, arrived) {
                Turn::Timer(Timer { task: Task::Host(number), .. }) => {
                    ran_so_far.push(format!("timer {number}"));
                    event_loop.timer_callback_over();
                }
                Turn::Immediate(Immediate { task: Task::Host(number), .. }) => {
                    ran_so_far.push(format!("immediate {number}"));
                }
                Turn::Input => {
                    arrived -= 1;
                    ran_so_far.push("input".to_owned());
                }
                Turn::Close(token) => ran_so_far.push(format!("close {token}")),
                Turn::Block(_) => return ran_so_far,
                turn => panic!("{turn:?}"),
            }
        }
    }

    #[test]
    fn a_woken_loop_runs_overdue_timers_before_what_arrived() {
        let mut event_loop = EventLoop::default();
        event_loop.set_timer(at(0), Duration::from_millis(500), host(1));
        event_loop.close_later(7);
        assert_eq!(ran(&mut event_loop, at(900), 2), ["timer 1", "input", "input", "close 7"]);
    }

    #[test]
    fn immediates_come_after_what_arrived_and_before_the_next_timers() {
        let mut event_loop = EventLoop::default();
        assert!(matches!(event_loop.next_turn(at(0), 1), Turn::Input));
        event_loop.set_immediate(host(1));
        event_loop.set_timer(at(0), Duration::ZERO, host(2));
        assert_eq!(ran(&mut event_loop, at(0), 0), ["immediate 1"]);
        assert_eq!(ran(&mut event_loop, at(1), 0), ["timer 2"]);
    }

    #[test]
    fn an_interval_is_set_again_until_it_is_cleared() {
        let mut event_loop = EventLoop::default();
        let id = event_loop.set_timer(at(0), Duration::from_millis(10), NewTimer { repeats: true, ..host(1) });
        assert_eq!(ran(&mut event_loop, at(10), 0), ["timer 1"]);
        assert_eq!(event_loop.next_due(), Some(at(20)));
        assert!(event_loop.clear(id).is_some());
        assert!(event_loop.is_empty());
    }

    #[test]
    fn ticks_come_first_where_there_are_any_and_after_all_microtasks_otherwise() {
        let tick = || Tick { task: Task::Host(0), context: 0 };
        let mut drain = Drain::default();
        drain.next_tick(tick());
        drain.begin();
        assert!(matches!(drain.next(true), Drained::Tick(_)));
        assert!(matches!(drain.next(true), Drained::Microtask));
        drain.next_tick(tick());
        assert!(matches!(drain.next(true), Drained::Microtask));
        assert!(matches!(drain.next(false), Drained::Tick(_)));
        assert!(matches!(drain.next(false), Drained::Nothing));
    }
}
