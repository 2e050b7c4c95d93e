//! Drives a world at the reader's pace, and back again (`past`).

mod next;
mod past;

use std::rc::Rc;

use crate::event::{EnvironmentId, Event};
use crate::history::ledger::Ledger;
use crate::history::pace;
use crate::history::timeline::Timeline;
use crate::scenario::{Goal, Run, Scenario, Statement};
use crate::world::World;
use base::decimal;
use base::time::Instant;
use std::collections::VecDeque;

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
pub(in crate::history) struct Entry {
    pub(in crate::history) at: Instant,
    steps: u64,
    pub(in crate::history) events: usize,
    /// Stands before the statement.
    pub(in crate::history) run: Run,
    /// Whether the player froze an environment, as it does where that happens at once.
    pub(in crate::history) implied: bool,
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
    pub(in crate::history) entries: Vec<Entry>,
    /// Up to which moment the world was allowed to go from a step on.
    limits: Vec<(u64, Instant)>,
    checkpoints: Vec<Checkpoint>,
    /// The end of what has been run: its steps, and its moment.
    end_steps: u64,
    pub(in crate::history) end: Instant,
    /// Where the world stands.
    steps: u64,
    next_entry: usize,
    /// What is still to be run.
    pub(in crate::history) queue: VecDeque<Run>,
    goal: Goal,
    /// Whether the goal is that of the statement that began last.
    pub(in crate::history) own_goal: bool,
    freezing: Vec<EnvironmentId>,
    freeze_at_once: bool,
    /// Whether that was turned in the middle of the run.
    pub(in crate::history) turned: bool,
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
            queue: VecDeque::default(),
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
    pub(in crate::history) fn beginning(&self) -> &World {
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
                let done = 1.0 - decimal::between(self.debt_ms / total_ms, 0.0, 1.0);
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
        self.speed = decimal::between(speed, 0.01, 1_000.0);
    }

    /// Whether an environment is frozen as soon as its invocation is over.
    pub fn freezes_at_once(&self) -> bool {
        self.freeze_at_once
    }

    /// Turns that, from the next invocation's end on.
    pub fn set_freeze_at_once(&mut self, on: bool) {
        // A future that can still be brought back counts.
        let history = !self.events.is_empty() || self.replaced.is_some();
        self.turned |= history && on != self.freeze_at_once;
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
}
