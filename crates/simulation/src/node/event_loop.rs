//! Node's event loop: which callback comes next.
//!
//! ```text
//!          ┌─────────────────────────────────────────────┐
//!          ▼                                             │
//!   timers that are due ──► poll: what has arrived, then what failed at once ──► check: immediates ──► close
//!                             │        ▲
//!                             └─ block ┘   (nothing to do: until a timer is due or something arrives)
//! ```
//!
//! After each callback, Node drains `process.nextTick` and the microtasks; that order is the caller's
//! ([`Drain`]). A loop that was blocked and has both a due timer and an arrival runs the timer first: this is what the
//! recordings of stopped and continued processes show, and it decides which invocation a late line belongs to.
//!
//! The loop holds no JavaScript: a callback is a [`Task`] that the owner gave it.

use std::collections::VecDeque;

pub use super::timers::{NewTimer, Timer};

use super::timers::Timers;
use crate::event::{InvocationId, Position, TimerId};
use base::time::{Duration, Instant};
use javascript::Handle;

/// What a callback of the loop runs.
#[derive(Clone, Debug)]
pub enum Task {
    /// A function of the handler's, with its arguments.
    Call {
        /// The function, kept alive for the collector.
        function: Handle,
        /// The arguments, likewise.
        arguments: Vec<Handle>,
    },
    /// Work of a library or of the runtime, under a number of its own.
    Host(u32),
}

/// An immediate.
#[derive(Clone, Debug)]
pub struct Immediate {
    /// Its number.
    pub id: TimerId,
    /// Whether it keeps the loop alive, and from sleeping.
    pub refed: bool,
    /// What it runs.
    pub task: Task,
    /// The invocation in whose life it was set.
    pub set_by: Option<InvocationId>,
    /// The line that set it; `None` for a library's.
    pub position: Option<Position>,
    /// The async context it runs in.
    pub context: u32,
}

/// What the loop does next.
#[derive(Clone, Debug)]
pub enum Turn {
    /// Runs this timer; [`EventLoop::timer_over`] is told when its callback has returned.
    Timer(Timer),
    /// Reads what has arrived first.
    Input,
    /// Runs the callback with this number of something that failed at once (libuv's pending queue).
    Pending(u32),
    /// Runs this immediate.
    Immediate(Immediate),
    /// Runs the close callback with this number.
    Close(u32),
    /// Waits: until this moment, or for an arrival.
    Block(Option<Instant>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LoopPhase {
    Timers,
    /// So many arrivals of this round are still to be read.
    Poll(usize),
    /// The immediates of this round are still to run: those up to this one.
    Check(Option<TimerId>),
    Close,
    Blocked,
}

/// The event loop of one process.
#[derive(Clone, Debug)]
pub struct EventLoop {
    phase: LoopPhase,
    timers: Timers,
    immediates: VecDeque<Immediate>,
    closing: VecDeque<u32>,
    pending: VecDeque<u32>,
    last_timer: u32,
}

impl Default for EventLoop {
    fn default() -> Self {
        Self {
            phase: LoopPhase::Blocked,
            timers: Timers::default(),
            immediates: VecDeque::default(),
            closing: VecDeque::default(),
            pending: VecDeque::default(),
            last_timer: 0,
        }
    }
}

impl EventLoop {
    /// The next callback, where `now` is the time and `arrived` counts what waits to be read.
    pub fn next_turn(&mut self, now: Instant, arrived: usize) -> Turn {
        loop {
            match self.phase {
                LoopPhase::Blocked => {
                    self.timers.make_up(now);
                    self.phase = if self.timer_is_due(now) || self.is_pressed() {
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
                    None => self.phase = LoopPhase::Check(self.immediates.back().map(|last| last.id)),
                },
                LoopPhase::Poll(batch) => {
                    self.phase = LoopPhase::Poll(batch - 1);
                    if arrived > 0 {
                        return Turn::Input;
                    }
                }
                LoopPhase::Check(last) => match self.immediates.front() {
                    Some(immediate) if Some(immediate.id) <= last => {
                        if let Some(immediate) = self.immediates.pop_front() {
                            return Turn::Immediate(immediate);
                        }
                    }
                    _ => self.phase = LoopPhase::Close,
                },
                LoopPhase::Close => match self.closing.pop_front() {
                    Some(token) => return Turn::Close(token),
                    None => self.phase = LoopPhase::Blocked,
                },
            }
        }
    }

    /// Whether the loop would do something at `now` without waiting.
    pub fn has_work(&self, now: Instant, arrived: usize) -> bool {
        self.phase != LoopPhase::Blocked || arrived > 0 || self.timer_is_due(now) || self.is_pressed()
    }

    /// Whether a timer or an immediate keeps the loop alive.
    pub fn is_alive(&self) -> bool {
        self.timers.is_alive() || self.is_pressed()
    }

    /// Whether something keeps the loop from sleeping.
    fn is_pressed(&self) -> bool {
        !self.closing.is_empty() || !self.pending.is_empty() || self.immediates.iter().any(|immediate| immediate.refed)
    }

    /// When the next timer wakes the loop.
    pub fn next_due(&self) -> Option<Instant> {
        self.timers.wakes_at()
    }

    /// Sets a timer of `delay` from `now`; node counts whole milliseconds, at least one.
    pub fn set_timer(&mut self, now: Instant, delay: Duration, timer: NewTimer) -> TimerId {
        let id = self.new_id();
        self.timers.set(now, delay, id, timer);
        id
    }

    /// Sets a timer that has fired once more, under the number that it had.
    pub fn set_again(&mut self, now: Instant, delay: Duration, id: TimerId, timer: NewTimer) {
        self.timers.set(now, delay, id, timer);
    }

    /// Queues an immediate.
    pub fn set_immediate(&mut self, timer: NewTimer) -> TimerId {
        let id = self.new_id();
        let NewTimer { task, refed, set_by, position, context, .. } = timer;
        self.immediates.push_back(Immediate { id, refed, task, set_by, position, context });
        id
    }

    fn new_id(&mut self) -> TimerId {
        self.last_timer += 1;
        TimerId(self.last_timer)
    }

    /// Clears a timer or an immediate; gives back what it would have run.
    pub fn clear(&mut self, id: TimerId) -> Option<Task> {
        self.timers.clear(id).or_else(|| {
            let place = self.immediates.iter().position(|immediate| immediate.id == id)?;
            self.immediates.remove(place).map(|immediate| immediate.task)
        })
    }

    /// Lets the delay of a timer count from now. Whether it is set, or will be when its callback has returned.
    pub fn refresh(&mut self, now: Instant, id: TimerId) -> bool {
        self.timers.refresh(now, id)
    }

    /// Says whether a timer or an immediate keeps the loop alive. Whether it is an immediate that still waits.
    pub fn set_refed(&mut self, id: TimerId, refed: bool) -> bool {
        self.timers.set_refed(id, refed);
        let immediate = self.immediates.iter_mut().find(|immediate| immediate.id == id);
        immediate.map(|immediate| immediate.refed = refed).is_some()
    }

    /// The loop is about to wait: it sleeps through the ticks of the intervals in `quiet` before the moments beside them.
    /// Gives back when it wakes.
    pub fn rest(&mut self, quiet: &[(TimerId, Instant)]) -> Option<Instant> {
        self.timers.rest(quiet);
        self.next_due()
    }

    /// The process stops here: what it slept through up to now has happened, what follows has not.
    pub fn stop(&mut self, now: Instant) {
        self.timers.make_up(now + Duration::from_millis(1));
    }

    /// The callback of a timer has returned.
    pub fn timer_over(&mut self) {
        self.timers.callback_over();
    }

    /// Runs the close callback `token` at the end of this round.
    pub fn close_later(&mut self, token: u32) {
        self.closing.push_back(token);
    }

    /// Runs the callback `token` of something that failed at once, after what has arrived.
    pub fn pend(&mut self, token: u32) {
        self.pending.push_back(token);
    }

    /// The timers that are set, in the order in which they are due.
    pub fn timers(&self) -> Vec<&Timer> {
        self.timers.in_order()
    }

    /// The immediates that wait.
    pub fn immediates(&self) -> impl Iterator<Item = &Immediate> {
        self.immediates.iter()
    }

    /// How many timers and immediates there are.
    pub fn len(&self) -> usize {
        self.timers.count() + self.immediates.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn timer_is_due(&self, now: Instant) -> bool {
        self.next_due().is_some_and(|due| due <= now)
    }
}

/// The order in which Node empties `process.nextTick` and the microtasks after a callback: where ticks were queued, all of
/// them first; then all microtasks, those they queue included; then ticks again, until both are empty.
#[derive(Clone, Debug, Default)]
pub struct Drain {
    ticks: VecDeque<Tick>,
    in_ticks: bool,
}

/// A callback of `process.nextTick`.
#[derive(Clone, Debug)]
pub struct Tick {
    /// What it runs.
    pub task: Task,
    /// The async context it runs in.
    pub context: u32,
}

/// What the drain runs next.
#[derive(Clone, Debug)]
pub enum Drained {
    /// A callback of `process.nextTick`.
    Tick(Tick),
    /// A microtask: the machine knows which.
    Microtask,
    /// Both are empty.
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

    /// What comes next, where `jobs` tells whether microtasks wait.
    pub fn next(&mut self, jobs: bool) -> Drained {
        if self.in_ticks {
            if let Some(tick) = self.ticks.pop_front() {
                return Drained::Tick(tick);
            }
            self.in_ticks = false;
        }
        if jobs {
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

    /// Whether no tick waits.
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

    /// Runs the loop at `now` until it blocks, and tells what ran.
    fn ran(event_loop: &mut EventLoop, now: Instant, mut arrived: usize) -> Vec<String> {
        let mut told = Vec::new();
        loop {
            match event_loop.next_turn(now, arrived) {
                Turn::Timer(Timer { task: Task::Host(number), .. }) => {
                    told.push(format!("timer {number}"));
                    event_loop.timer_over();
                }
                Turn::Immediate(Immediate { task: Task::Host(number), .. }) => told.push(format!("immediate {number}")),
                Turn::Input => {
                    arrived -= 1;
                    told.push("input".to_owned());
                }
                Turn::Close(token) => told.push(format!("close {token}")),
                Turn::Block(_) => return told,
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
