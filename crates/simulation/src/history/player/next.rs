//! The next step of a run: recorded in the past, new at the end.

use super::recording::Change;
use super::{Player, Snapshot};
use crate::history::pace;
use crate::scenario::Statement;
use crate::world::Goal;
use base::time::Instant;

impl Player {
    /// Does the next single thing. Returns for how many milliseconds it is shown, or `None` if nothing is left to do.
    pub(super) fn advance(&mut self) -> Option<u32> {
        if !self.at_end() {
            return Some(self.replay());
        }
        self.change_freezing();
        if self.shown.world.has_reached(self.pending.goal) {
            if self.recording.freezing_changed() {
                // The script of this run has a statement for each freeze, and those come after all that is due.
                self.settle();
            }
            return self.begin_next();
        }
        if !self.step(self.pending.goal) {
            self.pending.goal = Goal::Now;
        }
        Some(self.take_in())
    }

    /// Takes a new step towards a goal. Returns false if the goal is reached.
    fn step(&mut self, goal: Goal) -> bool {
        let took_step = self.shown.world.step_to_event(goal);
        if took_step {
            self.recording.add_step(goal, &mut self.shown);
        }
        took_step
    }

    /// Lets everything happen that is due at the shown moment. What is done in the middle of a run comes after that, so
    /// that a script with a `wait` up to this moment does the same.
    pub(super) fn settle(&mut self) {
        let now = Goal::At(self.shown.world.now());
        while self.step(now) {
            self.take_in();
        }
    }

    /// Begins the next statement. If none is left, an invocation that was only started is watched to its end.
    fn begin_next(&mut self) -> Option<u32> {
        if let Some(statement) = self.pending.statements.pop_front() {
            if !self.pending.goal_is_statement {
                self.settle();
            }
            let (shown_ms, goal) = self.begin(statement);
            self.pending.goal = goal;
            self.pending.goal_is_statement = true;
            return Some(shown_ms);
        }
        let Snapshot { world, invocations, .. } = &self.shown;
        let started = invocations.running().map(|record| record.id).find(|id| world.is_running(*id))?;
        self.pending.goal = Goal::Ended(started);
        self.pending.goal_is_statement = false;
        world.next_deadline().map(|_| 0)
    }

    /// Begins a statement at the end. Returns for how many milliseconds it is shown, and its goal.
    pub(super) fn begin(&mut self, statement: Statement) -> (u32, Goal) {
        let (at, events) = (self.shown.world.now(), self.cursor());
        let begun = statement.begin(&mut self.shown.world);
        match begun.applied {
            Ok(_) => self.recording.add_input(Change::Statement(statement), at, events, &mut self.shown),
            Err(refusal) => self.pending.refusal = Some(refusal),
        }
        (self.take_in(), begun.goal)
    }

    /// Lets the reader's choice count from the end of the recording on.
    pub(super) fn change_freezing(&mut self) {
        let freezing = self.pending.freezing;
        if self.shown.world.settings().lambda.freeze == freezing {
            return;
        }
        self.shown.world.set_freezing(freezing);
        if self.recording.is_untouched() {
            self.recording.begin_with_freezing(freezing);
        } else {
            let (at, events) = (self.shown.world.now(), self.cursor());
            self.recording.add_input(Change::Freezing(freezing), at, events, &mut self.shown);
        }
    }

    /// Does the next recorded thing: an input, a step, or time that passes.
    pub(super) fn replay(&mut self) -> u32 {
        if let Some(input) = self.recording.input_at(&self.shown) {
            let world = &mut self.shown.world;
            if world.now() < input.at {
                // Only time passed before the input.
                world.step(Goal::At(input.at));
            }
            match &input.change {
                Change::Statement(statement) => {
                    statement.begin(world);
                }
                Change::Freezing(freezing) => world.set_freezing(*freezing),
            }
            self.shown.inputs += 1;
        } else if self.shown.steps == self.recording.steps {
            // Only time passed before the end.
            self.shown.world.step(Goal::At(self.recording.end));
        } else {
            let goal = self.recording.goal_after(self.shown.steps);
            self.shown.world.step_to_event(goal);
            self.shown.steps += 1;
        }
        self.take_in()
    }

    /// Takes in the events of the last step or input. Returns for how many milliseconds they are shown.
    fn take_in(&mut self) -> u32 {
        let mut shown_ms = 0;
        let events = self.shown.world.take_events();
        let first = self.cursor() - events.len();
        for (at, event) in (first..).zip(events) {
            shown_ms += pace::moment(&event.kind);
            self.shown.invocations.observe(at, &event);
            // In the past the events are known.
            if at == self.recording.events.len() {
                self.recording.add_event(event);
            }
        }
        self.recording.end_step(&self.shown, shown_ms > 0);
        shown_ms
    }

    /// The moment of the next thing, as far as it is known.
    pub(super) fn next_moment(&self) -> Option<Instant> {
        let world = &self.shown.world;
        if self.at_end() {
            return match self.pending.goal {
                goal if world.has_reached(goal) => None,
                Goal::At(moment) => Some(world.next_deadline().map_or(moment, |due| due.min(moment))),
                Goal::Ended(_) | Goal::Now => world.next_deadline(),
            };
        }
        match self.recording.input_at(&self.shown) {
            Some(input) => Some(input.at),
            None if self.shown.steps == self.recording.steps => Some(self.recording.end),
            None => world.next_deadline(),
        }
    }
}
