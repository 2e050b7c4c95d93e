//! What happens next in a run: the statement whose turn it is, a step of the world, a freeze that comes at once. It is taken
//! in as events, boundaries and checkpoints.

use std::rc::Rc;

use super::{Boundary, CHECKPOINT_EVENTS, Checkpoint, Entry, Player};
use crate::event::{EnvironmentId, Event, EventKind, Phase};
use crate::history::pace;
use crate::scenario::{Goal, Run, Scenario, Statement, StatementKind};
use base::time::Instant;

impl Player {
    /// Does the next single thing; how long it is shown, or `None` when there is nothing left to do.
    pub(super) fn advance(&mut self) -> Option<u32> {
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
    pub(super) fn settle(&mut self) {
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

    pub(super) fn begin(&mut self, run: &mut Run) -> u32 {
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

    /// Reads the new events; those that are known already change only what is shown. How long they are shown.
    pub(super) fn take_in(&mut self) -> u32 {
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
}
