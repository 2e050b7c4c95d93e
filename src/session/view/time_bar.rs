//! The time line: the whole history on one axis, and the state of the buttons that go along it.

use crate::session::{Session, Stride, words};
use simulation::event::InvocationId;
use simulation::history::{Mark, MarkKind, SegmentKind};

/// The width that the label of a clock needs, in tenths of a percent of the axis. An outcome needs half as much.
const LABEL: u64 = 70;
/// The numbers of segments and marks that are drawn: the latest ones.
const SEGMENTS: usize = 200;
const MARKS: usize = 150;
/// The shortest axis, in milliseconds as they are shown.
const SHORTEST: u64 = 4_000;

/// The time line. Positions are tenths of a percent of the axis.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeBarView {
    /// False while nothing has happened.
    pub started: bool,
    /// True while the machine plays.
    pub playing: bool,
    /// The clock of the shown moment.
    pub clock: String,
    /// The number of events at the shown moment.
    pub cursor: usize,
    /// The number of events in the history.
    pub events: usize,
    /// The length of the axis, in milliseconds as they are shown.
    pub length: u64,
    /// The position of the shown moment.
    pub now: u64,
    /// What the environments did.
    pub segments: Vec<Stretch>,
    /// The signs on the axis, the latest first.
    pub signs: Vec<Sign>,
    /// The speed that is chosen.
    pub speed: f64,
    /// The distance of one step.
    pub stride: Stride,
    /// True right after a share link was put on the clipboard.
    pub link_copied: bool,
}

/// A stretch of the axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// What the busiest environment did.
    pub kind: SegmentKind,
    /// The position where it begins.
    pub from: u64,
    /// Its width.
    pub width: u64,
}

/// A sign at a position of the axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Sign {
    /// The position.
    pub at: u64,
    /// The sign.
    pub kind: SignKind,
}

/// The kinds of sign.
#[derive(Clone, Debug, PartialEq)]
pub enum SignKind {
    /// The outcome of an invocation.
    Outcome {
        /// The invocation.
        invocation: InvocationId,
        /// True if neither the invocation nor its last query failed.
        ok: bool,
    },
    /// The clock at which an invocation began.
    Began(String),
    /// A wait that is drawn shorter than it was, with its length where there is room for a label.
    Break(Option<String>),
    /// Something was broken.
    Fault,
}

impl Session {
    /// The view of the time line.
    pub fn time_bar(&self) -> TimeBarView {
        let timeline = self.player.timeline();
        let place = self.player.place();
        let end = timeline.end().max(place);
        // The axis keeps some room at its end, so that it is not scaled anew with each event while it grows.
        let length = (end + end / 8).max(SHORTEST);
        let position = |at: u64| at * 1_000 / length;
        let first = timeline.segments.len().saturating_sub(SEGMENTS);
        let segments = timeline.segments[first..].iter().map(|segment| {
            let from = position(segment.from);
            Stretch { kind: segment.kind, from, width: position(segment.to).saturating_sub(from).max(2) }
        });
        TimeBarView {
            started: timeline.end() > 0,
            playing: self.player.is_playing(),
            clock: words::fine_clock(self.player.clock()),
            cursor: self.player.cursor(),
            events: self.player.events().len(),
            length,
            now: position(place),
            segments: segments.collect(),
            signs: signs(&timeline.marks, self.seen, position),
            speed: self.player.speed(),
            stride: self.state.stride,
            link_copied: self.state.link.as_ref().is_some_and(|link| link.copied),
        }
    }
}

/// The signs from the latest mark back: where there is no room for two labels, the later one is shown. Of the outcomes only
/// those that the reader has `seen` are shown.
fn signs(marks: &[Mark], seen: usize, position: impl Fn(u64) -> u64) -> Vec<Sign> {
    let (mut outcomes_from, mut clocks_from) = (u64::MAX, u64::MAX);
    let sign = |mark: &Mark| {
        let at = position(mark.at);
        let take_room = |from: &mut u64, width: u64| {
            let free = at + width <= *from;
            if free {
                *from = at;
            }
            free
        };
        let kind = match mark.kind {
            MarkKind::Ended { invocation, ok, events }
                if events <= seen && take_room(&mut outcomes_from, LABEL / 2) =>
            {
                SignKind::Outcome { invocation, ok }
            }
            MarkKind::Began { clock } if take_room(&mut clocks_from, LABEL) => SignKind::Began(words::clock(clock)),
            MarkKind::Break { span, frozen } => {
                let what = if frozen { "frozen " } else { "" };
                let room = take_room(&mut clocks_from, LABEL + LABEL / 2);
                SignKind::Break(room.then(|| format!("{what}{}", words::roughly(span))))
            }
            MarkKind::Fault => SignKind::Fault,
            MarkKind::Ended { .. } | MarkKind::Began { .. } => return None,
        };
        Some(Sign { at, kind })
    };
    marks.iter().rev().take(MARKS).filter_map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::time::Instant;

    #[test]
    fn of_two_labels_in_one_place_the_later_one_is_shown() {
        let began = |at| Mark { at, kind: MarkKind::Began { clock: Instant::from_micros(at * 1_000_000) } };
        let signs = signs(&[began(100), began(150), began(300)], 0, |at| at);
        let places: Vec<_> = signs.iter().map(|sign| sign.at).collect();
        assert_eq!(places, [300, 150]);
    }

    #[test]
    fn an_outcome_has_no_sign_before_it_has_been_seen() {
        let ended = |events| Mark {
            at: 10 * events as u64,
            kind: MarkKind::Ended { invocation: InvocationId(1), ok: true, events },
        };
        assert_eq!(signs(&[ended(10), ended(20)], 15, |at| at).len(), 1);
    }

    #[test]
    fn a_break_without_room_for_its_label_is_still_drawn() {
        let wait = |at| Mark { at, kind: MarkKind::Break { span: base::time::Duration::from_secs(300), frozen: true } };
        let signs = signs(&[wait(100), wait(120)], 0, |at| at);
        let labels: Vec<_> = signs.into_iter().map(|sign| sign.kind).collect();
        assert_eq!(labels, [SignKind::Break(Some("frozen 5 min".into())), SignKind::Break(None)]);
    }
}
