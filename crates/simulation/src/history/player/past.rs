//! The past of a run: any moment of it can be shown again and gone on from, and that can be undone.

use super::{Player, STEPS_A_TICK};
use crate::event::{EnvironmentId, EventKind};
use crate::history::timeline::MarkKind;

impl Player {
    /// Goes back to the visible step before. Returns false at the beginning.
    pub fn step_back(&mut self) -> bool {
        let cursor = self.cursor();
        self.seek(self.recording.visible_before(cursor));
        cursor > 0
    }

    /// Goes to the next line of the listing, or to the line before. Returns false if there is none.
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

    /// Goes to the next end of an invocation, or to the end before. If there is none, goes to the end or the beginning of
    /// the recording.
    pub fn step_invocation(&mut self, forward: bool) {
        let cursor = self.cursor();
        let ends = self.timeline().marks.iter().filter_map(|mark| match mark.kind {
            MarkKind::Ended { events, .. } => Some(events),
            _ => None,
        });
        let target = if forward {
            ends.filter(|events| *events > cursor).min().unwrap_or(self.events().len())
        } else {
            ends.filter(|events| self.whole_step(*events) < cursor).max().unwrap_or(0)
        };
        self.seek_after(target);
    }

    /// The line of the listing that ran last, with its environment.
    fn line(&self) -> Option<(Option<EnvironmentId>, u32)> {
        self.events()[..self.cursor()].iter().rev().find_map(|event| match &event.kind {
            EventKind::Line { position, .. } if position.file.0 == 0 => Some((event.environment, position.line)),
            _ => None,
        })
    }

    /// Shows the moment after so many events, or the last whole step before it.
    pub fn seek(&mut self, events: usize) {
        let target = self.recording.boundary_at_most(events);
        self.go_to(target, target >= self.events().len());
    }

    /// Shows the moment after so many events, and after the whole step that the last of them belongs to.
    pub fn seek_after(&mut self, events: usize) {
        self.seek(self.whole_step(events));
    }

    /// Like [`seek_after`](Self::seek_after), but goes on playing from there if the player was playing.
    pub fn move_to(&mut self, events: usize) {
        let playing = self.is_playing();
        self.seek_after(events);
        self.playback.playing = playing && self.can_play();
    }

    /// The number of events at the end of the step that the last of the first `events` belongs to.
    pub fn whole_step(&self, events: usize) -> usize {
        self.recording.whole_step(events)
    }

    /// Takes back the last time that the reader went on from a moment of the past, and shows the end of the part that was
    /// replaced then. Returns false if there is nothing to take back.
    pub fn undo(&mut self) -> bool {
        let Some(events) = self.recording.replaced_at() else { return false };
        self.go_to(events, false);
        self.recording.restore(&self.shown);
        self.pending.clear();
        self.seek(self.events().len());
        true
    }

    /// True if there is something that [`undo`](Self::undo) takes back.
    pub fn can_undo(&self) -> bool {
        self.recording.can_restore()
    }

    /// Goes to a boundary. Several moments can have the same number of events: `to_the_end` means the last moment of the
    /// recording, otherwise it is the first moment with so many events.
    pub(in crate::history) fn go_to(&mut self, events: usize, to_the_end: bool) {
        self.playback.halt();
        let checkpoint = self.recording.checkpoint(events);
        let cursor = self.cursor();
        if cursor > events || checkpoint.events() > cursor || (cursor == events && !to_the_end) {
            self.shown = checkpoint.clone();
        }
        while if to_the_end { !self.at_end() } else { self.cursor() < events } {
            self.replay();
        }
    }

    /// Makes the shown moment the end of the recording.
    pub(super) fn go_on_from_here(&mut self) {
        if !self.at_end() {
            self.recording.cut_after(&self.shown);
            self.pending.clear();
            self.playback.halt();
            self.settle();
        }
        self.change_freezing();
    }
}
