//! The past of a run: any moment of it shown again, gone on from, and that taken back.

use super::{Player, Replaced, STEPS_A_TICK};
use crate::event::{EnvironmentId, EventKind};
use crate::history::timeline::{MarkKind, Timeline};
use crate::scenario::Goal;
use base::time::Instant;

impl Player {
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

    /// To the end of the next invocation that ended, or of the one before; to the end or the beginning of the run where
    /// there is none.
    pub fn step_invocation(&mut self, forward: bool) {
        let cursor = self.cursor();
        let ends = self.timeline.marks.iter().filter_map(|mark| match mark.kind {
            MarkKind::Ended { events, .. } => Some(events),
            _ => None,
        });
        let target = if forward {
            ends.filter(|events| *events > cursor).min().unwrap_or(self.events.len())
        } else {
            ends.filter(|events| self.whole_step(*events) < cursor).max().unwrap_or(0)
        };
        self.seek_after(target);
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
    pub(in crate::history) fn boundary(&self, events: usize) -> usize {
        let at = self.boundaries.partition_point(|boundary| boundary.events <= events);
        at.checked_sub(1).map_or(0, |at| self.boundaries[at].events)
    }

    /// To a boundary; `to_the_end`: with the time that passed after the last event.
    pub(in crate::history) fn go_to(&mut self, target: usize, to_the_end: bool) {
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
        self.seek_after(events);
        self.playing = playing && self.can_play();
    }

    /// How many events there are at the end of the step that the last of the first `events` is part of.
    pub fn whole_step(&self, events: usize) -> usize {
        if events == 0 {
            // No event, no step: the beginning.
            return 0;
        }
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

    /// One thing that has happened before: a statement, a step, or time alone.
    pub(super) fn replay(&mut self) -> u32 {
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

    /// Makes the shown moment the end of the history.
    pub(super) fn go_on_from_here(&mut self) {
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
