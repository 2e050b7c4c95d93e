//! Drives a world at the reader's pace, and back again.

use std::rc::Rc;

use crate::event::{EnvironmentId, Event, EventKind, Phase};
use crate::float;
use crate::history::ledger::Ledger;
use crate::history::pace;
use crate::history::timeline::Timeline;
use crate::ordered::Queue;
use crate::scenario::{Goal, Run, Scenario, Statement, StatementKind};
use crate::time::Instant;
use crate::world::World;

/// Events between two checkpoints: what has to be replayed at most for a moment of the past.
const CHECKPOINT_EVENTS: usize = 512;
/// Steps that one tick takes at most, so that a long run never holds up a frame.
const STEPS_A_TICK: u32 = 2_000;

/// Steps that a run takes at most at once, unseen: more is played like any other run.
const STEPS_UNSEEN: u32 = 200_000;

/// What a tick changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Something happened: draw it all.
    pub view: bool,
    /// Only the clock went on.
    pub clock: bool,
    /// There is more to show: tick again.
    pub playing: bool,
}

/// A statement, and where in the run it was applied.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) at: Instant,
    steps: u64,
    pub(super) events: usize,
    /// Stands before the statement.
    pub(super) run: Run,
    /// Whether the player froze an environment, as it does where that happens at once.
    pub(super) implied: bool,
}

/// A world to go on from.
#[derive(Clone)]
struct Checkpoint {
    world: World,
    ledger: Ledger,
    events: usize,
    entries: usize,
    steps: u64,
}

/// A place between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Boundary {
    events: usize,
    /// Whether the step before it showed something.
    seen: bool,
}

/// A wait that is being shown.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    from: Instant,
    to: Instant,
    total_ms: f64,
}

/// What was replaced when the reader went on from a moment of the past.
struct Replaced {
    kept_events: usize,
    kept_entries: usize,
    kept_boundaries: usize,
    events: Vec<Event>,
    entries: Vec<Entry>,
    limits: Vec<(u64, Instant)>,
    boundaries: Vec<Boundary>,
    steps: u64,
    end: Instant,
}

/// A run that can be watched, wound back and gone on from anywhere.
pub struct Player {
    world: World,
    ledger: Ledger,
    events: Vec<Event>,
    boundaries: Vec<Boundary>,
    timeline: Timeline,
    pub(super) entries: Vec<Entry>,
    /// Up to which moment the world was allowed to go from a step on.
    limits: Vec<(u64, Instant)>,
    checkpoints: Vec<Checkpoint>,
    /// The end of what has been run: its steps, and its moment.
    end_steps: u64,
    pub(super) end: Instant,
    /// Where the world stands.
    steps: u64,
    next_entry: usize,
    /// What is still to be run.
    pub(super) queue: Queue<Run>,
    goal: Goal,
    /// Whether the goal is that of the statement that began last.
    pub(super) own_goal: bool,
    freezing: Vec<EnvironmentId>,
    freeze_at_once: bool,
    /// Whether that was turned in the middle of the run.
    pub(super) turned: bool,
    refusal: Option<Rc<str>>,
    playing: bool,
    speed: f64,
    debt_ms: f64,
    waiting: Option<Waiting>,
    replaced: Option<Replaced>,
}

impl Player {
    /// Begins at the world's beginning. `freeze_at_once`: whether an environment is frozen as soon as its invocation is
    /// over; the world itself leaves that to the player (`lambda.freeze=manual`), so that a reader can turn it at any
    /// moment and every freeze is a statement of the run.
    pub fn new(world: World, freeze_at_once: bool) -> Self {
        let checkpoint =
            Checkpoint { world: world.clone(), ledger: Ledger::default(), events: 0, entries: 0, steps: 0 };
        Self {
            end: world.now(),
            world,
            ledger: Ledger::default(),
            events: Vec::new(),
            boundaries: Vec::new(),
            timeline: Timeline::default(),
            entries: Vec::new(),
            limits: Vec::new(),
            checkpoints: vec![checkpoint],
            end_steps: 0,
            steps: 0,
            next_entry: 0,
            queue: Queue::default(),
            goal: Goal::Now,
            own_goal: true,
            freezing: Vec::new(),
            freeze_at_once,
            turned: false,
            refusal: None,
            playing: false,
            speed: 1.0,
            debt_ms: 0.0,
            waiting: None,
            replaced: None,
        }
    }

    /// The world as it is shown.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// What the events so far add up to.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// All events of the history, those after the shown moment included.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The statements of the history, each with how many events there were before it. What was not asked for, such as a
    /// freeze that comes by itself, is not among them.
    pub fn statements(&self) -> impl Iterator<Item = (usize, &Statement)> {
        let asked = self.entries.iter().filter(|entry| !entry.implied);
        asked.filter_map(|entry| Some((entry.events, entry.run.upcoming()?)))
    }

    /// The whole history on the axis of the reader's time.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The world before anything happened.
    pub(super) fn beginning(&self) -> &World {
        &self.checkpoints[0].world
    }

    /// How many events have happened at the shown moment.
    pub fn cursor(&self) -> usize {
        self.world.event_count() as usize
    }

    /// Whether the shown moment is the latest that has been run.
    pub fn at_end(&self) -> bool {
        self.steps == self.end_steps && self.next_entry == self.entries.len() && self.world.now() >= self.end
    }

    /// Whether there is something to play: a past that is looked at, or statements that are under way.
    pub fn can_play(&self) -> bool {
        !self.at_end() || self.busy()
    }

    /// Whether statements are under way.
    pub fn busy(&self) -> bool {
        !self.queue.is_empty()
            || !self.freezing.is_empty()
            || !self.goal.reached(&self.world)
            || self.ledger.running().next().is_some()
    }

    /// Whether it goes on with each tick.
    pub fn is_playing(&self) -> bool {
        self.playing
    }

    /// The shown clock: during a wait, part of the way through it.
    pub fn clock(&self) -> Instant {
        match self.waiting {
            None => self.world.now(),
            Some(Waiting { from, to, total_ms }) => {
                let done = 1.0 - float::between(self.debt_ms / total_ms, 0.0, 1.0);
                let span = to.since(from).as_micros() as f64;
                Instant::from_micros(from.as_micros() + (span * done) as u64)
            }
        }
    }

    /// Where the shown moment is on the time line, in milliseconds shown.
    pub fn place(&self) -> u64 {
        let place = self.timeline.place(self.cursor());
        let waited = self.waiting.map_or(0.0, |waiting| waiting.total_ms - self.debt_ms);
        place + waited.max(0.0) as u64
    }

    /// How much of the reader's time a millisecond of the pace takes: 2.0 shows everything in half the time.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// Sets the speed.
    pub fn set_speed(&mut self, speed: f64) {
        self.speed = float::between(speed, 0.01, 1_000.0);
    }

    /// Whether an environment is frozen as soon as its invocation is over.
    pub fn freezes_at_once(&self) -> bool {
        self.freeze_at_once
    }

    /// Turns that, from the next invocation's end on.
    pub fn set_freeze_at_once(&mut self, on: bool) {
        self.turned |= on != self.freeze_at_once && !self.events.is_empty();
        self.freeze_at_once = on;
    }

    /// Why the last statement was refused; told once.
    pub fn take_refusal(&mut self) -> Option<Rc<str>> {
        self.refusal.take()
    }

    /// Runs a scenario after what is under way, from the shown moment: what came after it is replaced. Its settings must
    /// be those of the world.
    pub fn run(&mut self, scenario: Rc<Scenario>) {
        self.go_on_from_here();
        self.queue.push_back(Run::new(scenario));
        self.begin_playing();
    }

    /// Applies a scenario's statements at the shown moment, whatever is under way, without waiting for any of them.
    pub fn interrupt(&mut self, scenario: &Rc<Scenario>) {
        self.go_on_from_here();
        self.waiting = None;
        self.debt_ms = 0.0;
        self.settle();
        let mut run = Run::new(scenario.clone());
        while run.upcoming().is_some() {
            self.begin(&mut run);
        }
        self.own_goal = false;
        self.begin_playing();
    }

    /// Goes on by itself, if there is anything to go on to.
    pub fn play(&mut self) {
        self.playing = self.can_play();
    }

    /// Stops.
    pub fn pause(&mut self) {
        self.playing = false;
    }

    /// Lets `elapsed_ms` of the reader's time pass.
    pub fn tick(&mut self, elapsed_ms: f64) -> Changed {
        let mut changed = Changed::default();
        if !self.playing {
            return changed;
        }
        let mut credit = elapsed_ms * self.speed;
        for _ in 0..STEPS_A_TICK {
            if self.debt_ms > credit {
                self.debt_ms -= credit;
                changed.clock = self.waiting.is_some();
                break;
            }
            credit -= self.debt_ms;
            self.debt_ms = 0.0;
            if self.waiting.is_none() && self.begin_waiting() {
                continue;
            }
            self.waiting = None;
            changed.view = true;
            let Some(shown_ms) = self.advance() else {
                self.playing = false;
                break;
            };
            self.debt_ms = f64::from(shown_ms);
        }
        changed.playing = self.playing;
        changed
    }

    /// Goes to the next thing that shows; false when there is none.
    pub fn step_forward(&mut self) -> bool {
        self.halt();
        for _ in 0..STEPS_A_TICK {
            match self.advance() {
                None => return false,
                Some(0) => {}
                Some(_) => return true,
            }
        }
        true
    }

    /// Goes on to the end of what was asked, all at once. False where that is too far for a reader to wait: the rest is
    /// still there to be played.
    pub fn run_out(&mut self) -> bool {
        self.halt();
        (0..STEPS_UNSEEN).any(|_| self.advance().is_none())
    }

    /// Goes back to the thing before that showed; false at the beginning.
    pub fn step_back(&mut self) -> bool {
        let cursor = self.cursor();
        let before = self.boundaries.partition_point(|boundary| boundary.events < cursor);
        let target = self.boundaries[..before].iter().rev().find(|boundary| boundary.seen).map_or(0, |b| b.events);
        self.seek(target);
        cursor > 0
    }

    /// To the next line of the listing, or to the one before; false when there is none.
    pub fn step_line(&mut self, forward: bool) -> bool {
        let from = self.line();
        for _ in 0..STEPS_A_TICK {
            let more = if forward { self.step_forward() } else { self.step_back() };
            if !more || self.line() != from {
                return more;
            }
        }
        true
    }

    /// The line of the listing that ran last, and where.
    fn line(&self) -> Option<(Option<EnvironmentId>, u32)> {
        self.events[..self.cursor()].iter().rev().find_map(|event| match &event.kind {
            EventKind::Line { position, .. } if position.file.0 == 0 => Some((event.environment, position.line)),
            _ => None,
        })
    }

    /// Shows the moment when `events` had happened, or the last whole step before it.
    pub fn seek(&mut self, events: usize) {
        let target = self.boundary(events);
        self.go_to(target, target >= self.events.len());
    }

    /// The last boundary up to which no more than `events` had happened.
    pub(super) fn boundary(&self, events: usize) -> usize {
        let at = self.boundaries.partition_point(|boundary| boundary.events <= events);
        at.checked_sub(1).map_or(0, |at| self.boundaries[at].events)
    }

    /// To a boundary; `to_the_end`: with the time that passed after the last event.
    pub(super) fn go_to(&mut self, target: usize, to_the_end: bool) {
        self.halt();
        let at = self.checkpoints.partition_point(|checkpoint| checkpoint.events <= target).max(1) - 1;
        let cursor = self.cursor();
        if cursor > target || self.checkpoints[at].events > cursor || (cursor == target && !to_the_end) {
            let checkpoint = &self.checkpoints[at];
            self.world = checkpoint.world.clone();
            self.ledger = checkpoint.ledger.clone();
            self.next_entry = checkpoint.entries;
            self.steps = checkpoint.steps;
        }
        while if to_the_end { !self.at_end() } else { self.cursor() < target } {
            self.replay();
        }
    }

    /// Shows the moment when `events` had happened, with the whole step that they were part of.
    pub fn seek_after(&mut self, events: usize) {
        self.seek(self.whole_step(events));
    }

    /// The same, and goes on playing from there if it was.
    pub fn move_to(&mut self, events: usize) {
        let playing = self.playing;
        if events == 0 {
            self.seek(0);
        } else {
            self.seek_after(events);
        }
        self.playing = playing && self.can_play();
    }

    /// How many events there are at the end of the step that the last of the first `events` is part of.
    pub fn whole_step(&self, events: usize) -> usize {
        let at = self.boundaries.partition_point(|boundary| boundary.events < events);
        self.boundaries.get(at).map_or(events, |boundary| boundary.events)
    }

    /// Takes back the last time that the reader went on from a moment of the past; false when there is nothing to take
    /// back. The shown moment is then the end of what was replaced.
    pub fn undo(&mut self) -> bool {
        let Some(replaced) = self.replaced.take() else { return false };
        // Where nothing happened since, the events alone do not tell the moment from what came after it.
        self.go_to(replaced.kept_events, false);
        self.cut(replaced.kept_events, replaced.kept_entries, replaced.kept_boundaries);
        for event in &replaced.events {
            self.timeline.push(event);
        }
        self.events.extend(replaced.events);
        self.entries.extend(replaced.entries);
        self.limits = replaced.limits;
        self.boundaries.extend(replaced.boundaries);
        self.end_steps = replaced.steps;
        self.end = replaced.end;
        self.seek(self.events.len());
        true
    }

    /// Whether there is something that [`Self::undo`] takes back.
    pub fn can_undo(&self) -> bool {
        self.replaced.is_some()
    }

    fn halt(&mut self) {
        self.playing = false;
        self.waiting = None;
        self.debt_ms = 0.0;
    }

    /// The first statement shows at once; the pace begins after it.
    fn begin_playing(&mut self) {
        if !self.playing && self.waiting.is_none() {
            self.debt_ms = 0.0;
            if !self.begin_waiting() {
                self.debt_ms = f64::from(self.advance().unwrap_or(0));
            }
        }
        self.playing = true;
    }

    /// When the next thing happens, as far as that is known.
    fn next_moment(&self) -> Option<Instant> {
        if !self.at_end() {
            return match self.entries.get(self.next_entry) {
                Some(entry) if entry.steps == self.steps => Some(entry.at),
                None if self.steps == self.end_steps => Some(self.end),
                _ => self.world.next_deadline(),
            };
        }
        match self.goal {
            Goal::At(moment) => Some(self.world.next_deadline().map_or(moment, |due| due.min(moment))),
            Goal::Ended(_) => self.world.next_deadline(),
            Goal::Now => None,
        }
    }

    /// Begins to show the wait before the next thing, if there is one to show.
    fn begin_waiting(&mut self) -> bool {
        let Some(to) = self.next_moment() else { return false };
        let from = self.world.now();
        let total_ms = f64::from(pace::wait(to.since(from)));
        if total_ms <= 0.0 {
            return false;
        }
        self.waiting = Some(Waiting { from, to, total_ms });
        self.debt_ms = total_ms;
        true
    }

    /// Does the next single thing; how long it is shown, or `None` when there is nothing left to do.
    fn advance(&mut self) -> Option<u32> {
        if !self.at_end() {
            return Some(self.replay());
        }
        if let Some(environment) = self.freezing.pop() {
            return Some(self.freeze(environment));
        }
        if self.goal.reached(&self.world) && !matches!(self.goal, Goal::At(_)) {
            if self.turned {
                // Each freeze is a statement then, and takes part in the order at this moment.
                self.settle();
            }
            return self.begin_next();
        }
        // An invocation always ends, by its timeout at the latest; a world with nothing to do is at an end too.
        let limit = match self.goal {
            Goal::At(moment) => moment,
            Goal::Ended(_) if self.world.next_deadline().is_some() => Instant::FAR,
            Goal::Ended(_) | Goal::Now => return Some(self.goal_reached()),
        };
        if !self.step(limit) {
            return Some(self.goal_reached());
        }
        Some(self.take_in())
    }

    /// One new step of the world; false where there is none up to `limit`.
    fn step(&mut self, limit: Instant) -> bool {
        if !self.world.step_to_event(limit) {
            return false;
        }
        if self.limits.last().is_none_or(|(_, last)| *last != limit) {
            self.limits.push((self.steps, limit));
        }
        self.steps += 1;
        self.end_steps = self.steps;
        true
    }

    /// What is due at this very moment comes before what is done in the middle of it: so a scenario with a `wait` up to
    /// here says the same (`script`).
    fn settle(&mut self) {
        let now = self.world.now();
        loop {
            if let Some(environment) = self.freezing.pop() {
                self.freeze(environment);
            } else if self.world.next_deadline().is_some_and(|due| due <= now) && self.step(now) {
                self.take_in();
            } else {
                return;
            }
        }
    }

    /// Lambda's own freeze, at once.
    fn freeze(&mut self, environment: EnvironmentId) -> u32 {
        let freeze = StatementKind::Freeze { on: Some(environment), span: None };
        let mut run = Run::new(Rc::new(Scenario { statements: vec![Statement::from(freeze)] }));
        self.begin_with_goal(&mut run, true).0
    }

    fn goal_reached(&mut self) -> u32 {
        self.goal = Goal::Now;
        self.take_in()
    }

    /// The next statement; with none left, what was only started is watched to its end.
    fn begin_next(&mut self) -> Option<u32> {
        while let Some(mut run) = self.queue.pop_front() {
            if run.upcoming().is_some() {
                if !std::mem::replace(&mut self.own_goal, true) {
                    self.settle();
                }
                let (shown_ms, goal) = self.begin_with_goal(&mut run, false);
                self.goal = goal;
                self.queue.push_front(run);
                return Some(shown_ms);
            }
        }
        let id = self.ledger.running().map(|record| record.id).find(|id| self.world.is_running(*id))?;
        self.goal = Goal::Ended(id);
        self.own_goal = false;
        self.world.next_deadline().map(|_| 0)
    }

    fn begin(&mut self, run: &mut Run) -> u32 {
        self.begin_with_goal(run, false).0
    }

    fn begin_with_goal(&mut self, run: &mut Run, implied: bool) -> (u32, Goal) {
        let (at, events) = (self.world.now(), self.cursor());
        let entry = Entry { at, steps: self.steps, events, run: run.clone(), implied };
        let Some(begun) = run.begin_next(&mut self.world) else { return (0, Goal::Now) };
        match begun.applied {
            Ok(_) => {
                self.entries.push(entry);
                self.next_entry = self.entries.len();
            }
            Err(refusal) => self.refusal = Some(refusal),
        }
        (self.take_in(), begun.goal)
    }

    /// One thing that has happened before: a statement, a step, or time alone.
    fn replay(&mut self) -> u32 {
        match self.entries.get(self.next_entry) {
            Some(entry) if entry.steps == self.steps => {
                if self.world.now() < entry.at {
                    self.world.step(entry.at);
                }
                let mut run = entry.run.clone();
                run.begin_next(&mut self.world);
                self.next_entry += 1;
            }
            None if self.steps == self.end_steps => {
                self.world.step(self.end);
            }
            _ => {
                let at = self.limits.partition_point(|(steps, _)| *steps <= self.steps);
                let limit = at.checked_sub(1).map_or(Instant::FAR, |at| self.limits[at].1);
                self.world.step_to_event(limit);
                self.steps += 1;
            }
        }
        self.take_in()
    }

    /// Reads the new events; those that are known already change only what is shown. How long they are shown.
    fn take_in(&mut self) -> u32 {
        let mut shown_ms = 0;
        let new = self.world.take_events();
        let mut index = self.cursor() - new.len();
        for event in new {
            shown_ms += pace::moment(&event.kind);
            self.ledger.observe(index, &event);
            if index == self.events.len() {
                self.timeline.push(&event);
                self.watch_for_freezing(&event);
                self.events.push(event);
            }
            index += 1;
        }
        self.end = self.end.max(self.world.now());
        if self.boundaries.last().map_or(0, |boundary| boundary.events) < index {
            self.boundaries.push(Boundary { events: index, seen: shown_ms > 0 });
        }
        if index >= self.checkpoints.last().map_or(0, |checkpoint| checkpoint.events) + CHECKPOINT_EVENTS {
            self.checkpoints.push(Checkpoint {
                world: self.world.clone(),
                ledger: self.ledger.clone(),
                events: index,
                entries: self.next_entry,
                steps: self.steps,
            });
        }
        shown_ms
    }

    /// An environment whose invocation is over is frozen next, where that is done at once. One that was thawed stays awake
    /// until its next invocation ends.
    fn watch_for_freezing(&mut self, event: &Event) {
        if !self.freeze_at_once || !matches!(event.kind, EventKind::PhaseChanged { phase: Phase::Ready }) {
            return;
        }
        let Some(environment) = event.environment else { return };
        let before = self.events.iter().rev().find(|before| before.environment == event.environment);
        if before.is_some_and(|before| matches!(before.kind, EventKind::Thawed)) {
            return;
        }
        let last = self.ledger.invocations.iter().rev().find(|record| record.environment == Some(environment));
        if last.is_some_and(|record| record.outcome.is_some()) {
            self.freezing.push(environment);
        }
    }

    /// Makes the shown moment the end of the history.
    fn go_on_from_here(&mut self) {
        // An environment that was to be frozen here is frozen.
        while self.entries.get(self.next_entry).is_some_and(|entry| entry.implied && entry.steps == self.steps) {
            self.replay();
        }
        if self.at_end() {
            return;
        }
        let events = self.cursor();
        let boundaries = self.boundaries.partition_point(|boundary| boundary.events <= events);
        self.replaced = Some(Replaced {
            kept_events: events,
            kept_entries: self.next_entry,
            kept_boundaries: boundaries,
            events: self.events[events..].to_vec(),
            entries: self.entries[self.next_entry..].to_vec(),
            limits: self.limits.clone(),
            boundaries: self.boundaries[boundaries..].to_vec(),
            steps: self.end_steps,
            end: self.end,
        });
        self.cut(events, self.next_entry, boundaries);
        self.settle();
    }

    fn cut(&mut self, events: usize, entries: usize, boundaries: usize) {
        self.events.truncate(events);
        self.entries.truncate(entries);
        self.limits.retain(|(steps, _)| *steps < self.steps);
        self.boundaries.truncate(boundaries);
        self.checkpoints.retain(|checkpoint| checkpoint.events <= events && checkpoint.entries <= entries);
        self.timeline = Timeline::default();
        for event in &self.events {
            self.timeline.push(event);
        }
        self.end_steps = self.steps;
        self.end = self.world.now();
        self.queue.clear();
        self.freezing.clear();
        self.goal = Goal::Now;
        self.own_goal = false;
        self.halt();
    }
}
