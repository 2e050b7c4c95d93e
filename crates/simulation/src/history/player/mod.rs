//! Plays a run at the reader's pace, forwards and backwards.
//!
//! ```text
//!            run, interrupt              at the end: one new step, or the next statement
//!  Pending ◄──────────────── reader                        │
//!     │ statements, goal                                   ▼
//!     └──────────────► advance ──────────────────────► Recording ── events, inputs, checkpoints
//!                         │                                │
//!      in the past: one recorded step or input             │ seek, step back, undo
//!                         ▼                                ▼
//!                     Playback                     Snapshot: the shown world, and a
//!        how long each step and wait is shown      summary of the events before it
//! ```
//!
//! The shown moment is the end of the recording, or a moment of the past. What is done at a moment of the past replaces
//! the recording after it. The latest replacement can be undone.

mod next;
mod past;
mod playback;
mod recording;

use std::collections::VecDeque;
use std::rc::Rc;

use crate::event::Event;
use crate::history::invocations::Invocations;
use crate::history::timeline::Timeline;
use crate::scenario::{Scenario, Statement};
use crate::settings::Freezing;
use crate::world::{Goal, Refusal, World};
use base::time::Instant;

use self::playback::{Due, Playback};
use self::recording::{Recording, Snapshot};

pub(in crate::history) use self::recording::Change;

/// Steps that one tick takes at most, so that a long run does not hold up a frame.
const STEPS_A_TICK: u32 = 2_000;
/// Steps that [`Player::run_out`] takes at most. A longer run is played like any other.
const STEPS_UNSEEN: u32 = 200_000;

/// The changes that a tick made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// True if something happened, so that everything has to be drawn.
    pub view: bool,
    /// True if only the clock went on.
    pub clock: bool,
    /// True if there is more to show, so that another tick is needed.
    pub playing: bool,
}

/// The work that is still to be done at the end of the recording.
#[derive(Clone, Debug)]
pub(in crate::history) struct Pending {
    /// Statements that have not begun.
    pub(in crate::history) statements: VecDeque<Statement>,
    /// The goal that is reached before the next statement begins.
    goal: Goal,
    /// True if the goal is that of the statement that began last. Else it is the end of an invocation that was only
    /// started, or that of a run that was interrupted.
    pub(in crate::history) goal_is_statement: bool,
    /// When environments are to be frozen in steps that have not been taken.
    freezing: Freezing,
    /// Why the last statement was refused.
    refusal: Option<Refusal>,
}

impl Pending {
    fn new(freezing: Freezing) -> Self {
        Self { statements: VecDeque::new(), goal: Goal::Now, goal_is_statement: true, freezing, refusal: None }
    }

    /// Forgets the statements and the goal.
    fn clear(&mut self) {
        self.statements.clear();
        self.goal = Goal::Now;
        self.goal_is_statement = false;
    }
}

/// A run that can be watched, wound back and gone on from anywhere.
pub struct Player {
    /// The moment that is shown.
    shown: Snapshot,
    recording: Recording,
    pub(in crate::history) pending: Pending,
    playback: Playback,
}

impl Player {
    /// Shows a world in which nothing has happened. Its settings decide when environments are frozen, until
    /// [`set_freeze_at_once`](Self::set_freeze_at_once) changes that.
    pub fn new(world: World) -> Self {
        let pending = Pending::new(world.settings().lambda.freeze);
        let shown = Snapshot { world, invocations: Invocations::default(), steps: 0, inputs: 0 };
        Self { recording: Recording::new(shown.clone()), shown, pending, playback: Playback::default() }
    }

    /// The world at the shown moment.
    pub fn world(&self) -> &World {
        &self.shown.world
    }

    /// A summary of the events up to the shown moment.
    pub fn invocations(&self) -> &Invocations {
        &self.shown.invocations
    }

    /// All events of the recording, those after the shown moment included.
    pub fn events(&self) -> &[Event] {
        &self.recording.events
    }

    /// The statements of the recording, each with the number of events before it.
    pub fn statements(&self) -> impl Iterator<Item = (usize, &Statement)> {
        self.recording.inputs.iter().filter_map(|input| match &input.change {
            Change::Statement(statement) => Some((input.events, statement)),
            Change::Freezing(_) => None,
        })
    }

    /// The whole recording on an axis of the reader's time.
    pub fn timeline(&self) -> &Timeline {
        &self.recording.timeline
    }

    pub(in crate::history) fn recording(&self) -> &Recording {
        &self.recording
    }

    /// How many events have happened at the shown moment.
    pub fn cursor(&self) -> usize {
        self.shown.events()
    }

    /// True if the shown moment is the end of the recording.
    pub fn at_end(&self) -> bool {
        self.recording.ends_at(&self.shown)
    }

    /// True if there is something to play: the rest of the recording, or work that is pending.
    pub fn can_play(&self) -> bool {
        !self.at_end() || self.busy()
    }

    /// True if statements or invocations are under way.
    pub fn busy(&self) -> bool {
        !self.pending.statements.is_empty()
            || !self.shown.world.has_reached(self.pending.goal)
            || self.shown.invocations.running().next().is_some()
    }

    /// True while each tick goes on.
    pub fn is_playing(&self) -> bool {
        self.playback.playing
    }

    /// The time on the clock. While a wait is shown, it lies between two moments of the world.
    pub fn clock(&self) -> Instant {
        self.playback.clock(self.shown.world.now())
    }

    /// The place of the shown moment on the time line, in milliseconds of the pace.
    pub fn place(&self) -> u64 {
        self.recording.timeline.place(self.cursor()) + self.playback.waited_ms()
    }

    /// The speed: 2.0 shows everything in half of the time.
    pub fn speed(&self) -> f64 {
        self.playback.speed()
    }

    /// Sets the speed. It is kept between 0.01 and 1,000.
    pub fn set_speed(&mut self, speed: f64) {
        self.playback.set_speed(speed);
    }

    /// True if environments are frozen as soon as their invocation is over.
    pub fn freezes_at_once(&self) -> bool {
        self.pending.freezing == Freezing::Auto
    }

    /// Decides whether environments are frozen as soon as their invocation is over. It counts for invocations that end
    /// after this; the recording stays as it is.
    pub fn set_freeze_at_once(&mut self, on: bool) {
        self.pending.freezing = if on { Freezing::Auto } else { Freezing::Manual };
        if self.at_end() {
            self.change_freezing();
        }
    }

    /// Takes the reason why the last statement was refused.
    pub fn take_refusal(&mut self) -> Option<Refusal> {
        self.pending.refusal.take()
    }

    /// Runs a scenario after the work that is pending. At a moment of the past, it replaces the recording after it.
    ///
    /// The settings of the scenario must be those of the world.
    pub fn run(&mut self, scenario: Rc<Scenario>) {
        self.go_on_from_here();
        self.pending.statements.extend(scenario.statements.iter().cloned());
        self.begin_playing();
    }

    /// Begins all statements of a scenario at the shown moment, without waiting for any of them or for the work that is
    /// pending.
    pub fn interrupt(&mut self, scenario: &Rc<Scenario>) {
        self.go_on_from_here();
        self.playback.show_step(0);
        self.settle();
        for statement in &scenario.statements {
            self.begin(statement.clone());
        }
        self.pending.goal_is_statement = false;
        self.begin_playing();
    }

    /// Starts to play, if there is something to play.
    pub fn play(&mut self) {
        self.playback.playing = self.can_play();
    }

    /// Stops playing.
    pub fn pause(&mut self) {
        self.playback.playing = false;
    }

    /// Lets time pass for the reader.
    pub fn tick(&mut self, elapsed_ms: f64) -> Changed {
        let mut changed = Changed::default();
        if !self.playback.playing {
            return changed;
        }
        let mut credit_ms = elapsed_ms * self.speed();
        for _ in 0..STEPS_A_TICK {
            match self.playback.spend(&mut credit_ms) {
                Due::Nothing => {
                    changed.clock = self.playback.is_waiting();
                    break;
                }
                Due::Wait if self.begin_waiting() => continue,
                Due::Wait | Due::Step => {}
            }
            changed.view = true;
            let next = self.advance();
            self.playback.show_step(next.unwrap_or(0));
            if next.is_none() {
                self.playback.playing = false;
                break;
            }
        }
        changed.playing = self.playback.playing;
        changed
    }

    /// Goes to the next visible step. Returns false if there is none.
    pub fn step_forward(&mut self) -> bool {
        self.playback.halt();
        for _ in 0..STEPS_A_TICK {
            match self.advance() {
                None => return false,
                Some(0) => {}
                Some(_) => return true,
            }
        }
        true
    }

    /// Does all pending work at once. Returns false if that is too much for a reader to wait: the rest is left to be
    /// played.
    pub fn run_out(&mut self) -> bool {
        self.playback.halt();
        (0..STEPS_UNSEEN).any(|_| self.advance().is_none())
    }

    /// Shows the first statement at once. The pace begins after it.
    fn begin_playing(&mut self) {
        if !self.playback.playing && !self.playback.is_waiting() {
            self.playback.show_step(0);
            if !self.begin_waiting() {
                let shown_ms = self.advance().unwrap_or(0);
                self.playback.show_step(shown_ms);
            }
        }
        self.playback.playing = true;
    }

    /// Begins to show the wait before the next step. Returns false if there is none to show.
    fn begin_waiting(&mut self) -> bool {
        let from = self.shown.world.now();
        self.next_moment().is_some_and(|to| self.playback.show_wait(from, to))
    }
}
