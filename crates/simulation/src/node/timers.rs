//! Node's timers: which of those that are due runs next. The source is `lib/internal/timers.js` of Node 20 (`insert`,
//! `processTimers`, `listOnTimeout`, `unenroll`), `Environment::RunTimers` and libuv's `uv_run`.
//!
//! ```text
//!   5 ms:  due at 12 (list 3)  ─►  b  c  f        a list for each delay, in the order of setting
//!   10 ms: due at 14 (list 1)  ─►  a  d           lists by when they are due, then by their number
//! ```
//!
//! A list that is due runs all its timers that are due before the next list has its turn; when its first one is not due
//! yet it gets a new moment and a new number. Time is whole milliseconds. What is due is decided by the moment at which
//! a round began, however long its callbacks take.

use std::collections::VecDeque;

use super::event_loop::Task;
use crate::event::{InvocationId, Position, TimerId};
use base::sorted_map::SortedMap;
use base::time::{Duration, Instant};

/// The longest delay that Node takes; a longer one counts as one millisecond.
const LONGEST_DELAY_MS: u64 = 2_147_483_647;

/// A timer that has been set.
#[derive(Clone, Debug)]
pub struct Timer {
    /// Its number.
    pub id: TimerId,
    /// Its delay.
    delay: u64,
    /// From when that counts.
    start: u64,
    /// Its place in its list, from front to back.
    place: u64,
    /// Whether it is an interval.
    pub repeats: bool,
    /// Whether it keeps the loop alive.
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

impl Timer {
    /// When it is due.
    pub fn due(&self) -> Instant {
        instant(self.due_ms())
    }

    fn due_ms(&self) -> u64 {
        self.start + self.delay
    }

    /// The first tick of an interval at or after a moment.
    fn first_tick_from(&self, moment: Instant) -> Option<u64> {
        let due = self.due_ms();
        let ticks = milliseconds(moment).saturating_sub(due).div_ceil(self.delay);
        Some(due + ticks * self.delay).filter(|_| moment != Instant::FAR)
    }
}

/// What a timer or an immediate is made of.
#[derive(Clone, Debug)]
pub struct NewTimer {
    /// What it runs.
    pub task: Task,
    /// Whether it is an interval.
    pub repeats: bool,
    /// Whether it keeps the loop alive.
    pub refed: bool,
    /// The invocation in whose life it is set.
    pub set_by: Option<InvocationId>,
    /// The line that sets it; `None` for a library's.
    pub position: Option<Position>,
    /// The async context it runs in.
    pub context: u32,
}

impl NewTimer {
    /// A library's own timer or immediate.
    pub fn host(number: u32, context: u32) -> Self {
        Self { task: Task::Host(number), repeats: false, refed: true, set_by: None, position: None, context }
    }
}

/// The timers of one delay.
#[derive(Clone, Debug)]
struct List {
    delay: u64,
    /// When it has its turn: when its first timer was due, as of the last look.
    expiry: u64,
    id: u64,
    timers: VecDeque<Timer>,
}

/// A round under way: what is due when it begins runs, list by list.
#[derive(Clone, Copy, Debug)]
struct Round {
    /// When it began.
    now: u64,
    /// The list whose turn it is; 0 where none has it.
    list: u64,
    /// The timer that runs next: Node has looked at it before the ticks and microtasks of the one before it.
    next: Option<TimerId>,
}

/// The timers of one process.
#[derive(Clone, Debug, Default)]
pub struct Timers {
    lists: Vec<List>,
    /// The list and the place of each timer.
    places: SortedMap<TimerId, (u64, u64)>,
    last_list: u64,
    last_place: u64,
    /// How many of them keep the loop alive.
    refed: usize,
    /// libuv's time: that of the last look at the clock.
    time: u64,
    /// When libuv's one timer fires.
    wakes: Option<u64>,
    round: Option<Round>,
    /// The timer whose callback runs.
    running: Option<Timer>,
    /// The delays of the lists whose next ticks nobody needs to see: see [`Timers::rest`].
    resting: Vec<u64>,
}

impl Timers {
    /// Sets a timer of `delay` from `now`, under a number.
    pub fn set(&mut self, now: Instant, delay: Duration, id: TimerId, new: NewTimer) {
        let NewTimer { task, repeats, refed, set_by, position, context } = new;
        let delay = Some(delay.as_millis()).filter(|ms| (1..=LONGEST_DELAY_MS).contains(ms)).unwrap_or(1);
        self.time = milliseconds(now);
        let timer = Timer { id, delay, start: self.time, place: 0, repeats, refed, task, set_by, position, context };
        self.insert(timer);
    }

    /// Clears a timer; gives back what it would have run (again).
    pub fn clear(&mut self, id: TimerId) -> Option<Task> {
        let (timer, task) = if let Some((list, place)) = self.find(id) {
            let timer = self.lists[list].timers.remove(place)?;
            self.places.remove(&id);
            self.refed -= usize::from(timer.refed);
            (timer.clone(), Some(timer.task))
        } else {
            let timer = self.running.take_if(|running| running.id == id)?;
            (timer.clone(), Some(timer.task).filter(|_| timer.repeats))
        };
        // Node leaves the empty list of one that does not keep the loop alive.
        if timer.refed
            && let Some(list) = self.list_of(timer.delay).filter(|list| self.lists[*list].timers.is_empty())
        {
            self.lists.swap_remove(list);
            let next = self.next_expiry();
            self.wakes = self.wakes.and_then(|wakes| next.map(|next| next.max(wakes)));
        }
        task
    }

    /// `refresh()` of a timer that is set: its delay counts from now. Whether it is set, or its callback runs and sets it
    /// again.
    pub fn refresh(&mut self, now: Instant, id: TimerId) -> bool {
        let Some((list, place)) = self.find(id) else {
            return self.running.as_ref().is_some_and(|running| running.id == id && running.repeats);
        };
        self.time = milliseconds(now);
        if let Some(mut timer) = self.lists[list].timers.remove(place) {
            timer.start = self.time;
            self.append(list, timer);
        }
        true
    }

    /// Says whether a timer that is set keeps the loop alive.
    pub fn set_refed(&mut self, id: TimerId, refed: bool) {
        if let Some((list, place)) = self.find(id) {
            let timer = &mut self.lists[list].timers[place];
            self.refed = self.refed + usize::from(refed) - usize::from(timer.refed);
            timer.refed = refed;
        } else if let Some(running) = self.running.as_mut().filter(|running| running.id == id) {
            running.refed = refed;
        }
    }

    /// Whether one of them keeps the loop alive.
    pub fn is_alive(&self) -> bool {
        self.refed > 0
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.places.len()
    }

    /// All of them, in the order in which they are due.
    pub fn in_order(&self) -> Vec<&Timer> {
        let mut all: Vec<&Timer> = self.lists.iter().flat_map(|list| &list.timers).collect();
        all.sort_by_key(|timer| (timer.due_ms(), timer.id));
        all
    }

    /// When libuv's timer fires.
    pub fn wakes_at(&self) -> Option<Instant> {
        self.wakes.map(instant)
    }

    /// libuv looks at the clock, and begins a round where its timer fires.
    pub fn begin_round(&mut self, now: Instant) {
        self.time = milliseconds(now);
        if self.wakes.take_if(|wakes| *wakes <= self.time).is_some() {
            self.round = Some(Round { now: self.time, list: 0, next: None });
        }
    }

    /// The next timer of the round. Where what ran after its last one has looked at the clock, and more is due by now,
    /// libuv's timer fires once more.
    pub fn next(&mut self, now: Instant) -> Option<Timer> {
        loop {
            let Some(round) = &mut self.round else {
                self.wakes.filter(|wakes| *wakes <= self.time)?;
                self.begin_round(now);
                continue;
            };
            if let Some(id) = round.next.take()
                && let Some((list, place)) = self.find(id)
            {
                return self.start(list, place, now);
            }
            self.advance();
        }
    }

    /// Goes on to the next timer of the round, or to the next list, or to the end of the round.
    fn advance(&mut self) {
        while let Some(round) = &mut self.round {
            if let Some(turn) = self.lists.iter().position(|list| list.id == round.list) {
                let list = &mut self.lists[turn];
                match list.timers.front() {
                    Some(first) if first.due_ms() <= round.now => {
                        round.next = Some(first.id);
                        return;
                    }
                    Some(first) => {
                        list.expiry = first.due_ms();
                        self.last_list += 1;
                        list.id = self.last_list;
                    }
                    None => {
                        self.lists.swap_remove(turn);
                    }
                }
            }
            let now = round.now;
            match self.first().map(|first| &self.lists[first]).filter(|first| first.expiry <= now) {
                Some(list) => {
                    self.round = Some(Round { now, list: list.id, next: None });
                    return;
                }
                None => self.round = None,
            }
            self.wakes = self.next_expiry().map(|next| next.max(self.time + 1));
        }
    }

    /// Takes a timer out of its list: its callback runs.
    fn start(&mut self, list: usize, place: usize, now: Instant) -> Option<Timer> {
        let timer = self.lists[list].timers.remove(place)?;
        self.places.remove(&timer.id);
        self.refed -= usize::from(timer.refed);
        let mut running = timer.clone();
        if timer.repeats {
            self.time = milliseconds(now);
            running.start = self.time;
        }
        self.running = Some(running);
        Some(timer)
    }

    /// The callback of the timer under way has returned: an interval is set again, and Node looks at what comes next
    /// before it runs ticks and microtasks.
    pub fn callback_over(&mut self) {
        if let Some(timer) = self.running.take().filter(|timer| timer.repeats) {
            self.insert(timer);
        }
        if self.round.is_some_and(|round| round.next.is_none()) {
            self.advance();
        }
    }

    /// Lets the loop sleep through the ticks of intervals that do nothing before a moment (`quiet`; [`Instant::FAR`] where
    /// they never will by themselves). Whatever wakes it calls [`Timers::make_up`] first.
    pub fn rest(&mut self, quiet: &[(TimerId, Instant)]) {
        if quiet.is_empty() || self.wakes != self.next_expiry() {
            return;
        }
        let until_of = |timer: &Timer| quiet.iter().find(|(id, _)| *id == timer.id).map(|(_, until)| *until);
        let mut wakes = None;
        for list in &self.lists {
            let on_time = list.timers.front().is_some_and(|first| first.due_ms() == list.expiry);
            let next = if on_time && list.timers.iter().all(|timer| until_of(timer).is_some()) {
                self.resting.push(list.delay);
                list.timers.iter().filter_map(|timer| timer.first_tick_from(until_of(timer)?)).min()
            } else {
                Some(list.expiry)
            };
            wakes = next.into_iter().chain(wakes).min();
        }
        self.wakes = wakes;
    }

    /// Makes up for the ticks before `now` that the loop slept through: each list is as it would be after them.
    pub fn make_up(&mut self, now: Instant) {
        let (now, resting) = (milliseconds(now), core::mem::take(&mut self.resting));
        if resting.is_empty() {
            return;
        }
        // The last ticks of each are made one by one, for the order among lists: the one that ticked last comes last.
        for list in self.lists.iter_mut().filter(|list| resting.contains(&list.delay)) {
            let span = (now.saturating_sub(list.expiry) / list.delay).saturating_sub(2) * list.delay;
            list.timers.iter_mut().for_each(|timer| timer.start += span);
            list.expiry += span;
        }
        let ticks = |list: &List| list.expiry < now && resting.contains(&list.delay);
        while let Some(turn) = (0..self.lists.len())
            .filter(|turn| ticks(&self.lists[*turn]))
            .min_by_key(|turn| (self.lists[*turn].expiry, self.lists[*turn].id))
        {
            self.last_list += 1;
            let list = &mut self.lists[turn];
            list.id = self.last_list;
            let Some(mut first) = list.timers.pop_front() else { break };
            first.start = list.expiry;
            self.append(turn, first);
            let list = &mut self.lists[turn];
            list.expiry = list.timers.front().map_or(list.expiry, Timer::due_ms);
        }
        self.wakes = self.next_expiry();
    }

    fn insert(&mut self, timer: Timer) {
        let list = self.list_of(timer.delay).unwrap_or_else(|| {
            self.last_list += 1;
            let expiry = timer.due_ms();
            self.lists.push(List { delay: timer.delay, expiry, id: self.last_list, timers: VecDeque::new() });
            self.wakes = Some(self.wakes.map_or(expiry, |wakes| wakes.min(expiry)));
            self.lists.len() - 1
        });
        self.refed += usize::from(timer.refed);
        self.append(list, timer);
    }

    fn append(&mut self, list: usize, mut timer: Timer) {
        self.last_place += 1;
        timer.place = self.last_place;
        self.places.insert(timer.id, (timer.delay, timer.place));
        self.lists[list].timers.push_back(timer);
    }

    fn list_of(&self, delay: u64) -> Option<usize> {
        self.lists.iter().position(|list| list.delay == delay)
    }

    fn find(&self, id: TimerId) -> Option<(usize, usize)> {
        let (delay, place) = *self.places.get(&id)?;
        let list = self.list_of(delay)?;
        Some((list, self.lists[list].timers.partition_point(|timer| timer.place < place)))
    }

    /// The list that comes first.
    fn first(&self) -> Option<usize> {
        (0..self.lists.len()).min_by_key(|list| (self.lists[*list].expiry, self.lists[*list].id))
    }

    fn next_expiry(&self) -> Option<u64> {
        self.first().map(|first| self.lists[first].expiry)
    }
}

fn milliseconds(now: Instant) -> u64 {
    now.as_micros() / 1_000
}

fn instant(ms: u64) -> Instant {
    Instant::from_micros(ms * 1_000)
}
