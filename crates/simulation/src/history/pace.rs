//! The pace: for how many milliseconds of the reader's time, at normal speed, events and waits are shown.
//!
//! The pace is not proportional to virtual time. Each lit line and each hop on a wire gets a moment that is long enough to
//! see, and waits are squeezed. The simulation does not know the pace.

use crate::event::{EventKind, Phase};
use base::time::Duration;

/// The longest time for which a wait is shown.
pub const LONGEST_WAIT_MS: u32 = 500;
/// A line of source is lit.
const LINE_MS: u32 = 100;
/// A packet goes along a wire.
pub const HOP_MS: u32 = 220;
/// A card changes its phase, a pool is destroyed, a connection is cut.
const CHANGE_MS: u32 = 150;
/// A line appears in the log.
const PRINTED_MS: u32 = 60;
/// A caption is read.
const CAPTION_MS: u32 = 1_200;
/// Waits of at least this length are marked as breaks: they took longer than they are shown.
const BREAK: Duration = Duration::from_secs(1);

/// The time for which an event is shown.
pub const fn moment(kind: &EventKind) -> u32 {
    match kind {
        // The listing shows the handler's file only. Lines of another file take no time.
        EventKind::Line { position, .. } if position.file.0 == 0 => LINE_MS,
        EventKind::QuerySent { .. }
        | EventKind::AnswerRead { .. }
        | EventKind::Connecting { .. }
        | EventKind::Connected { .. } => HOP_MS,
        EventKind::PhaseChanged { phase: Phase::Init | Phase::Invoke | Phase::Frozen | Phase::Shutdown }
        | EventKind::ProcessReset
        | EventKind::PoolGone { .. }
        | EventKind::ConnectFailed { .. }
        | EventKind::ConnectionLost { .. }
        | EventKind::SessionEnded { .. }
        | EventKind::TimerFired { .. }
        | EventKind::ServerChanged { .. }
        | EventKind::InvocationEnded { .. } => CHANGE_MS,
        EventKind::Printed { .. } => PRINTED_MS,
        EventKind::Caption { .. } => CAPTION_MS,
        _ => 0,
    }
}

/// The time for which a wait is shown: nothing below half a millisecond, then a little more with each doubling.
pub fn wait(span: Duration) -> u32 {
    if span.as_micros() < 500 {
        return 0;
    }
    (45 + 45 * (span.as_millis() + 1).ilog2()).min(LONGEST_WAIT_MS)
}

/// True if a wait is marked as a break.
pub fn is_break(span: Duration) -> bool {
    span >= BREAK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_with_their_length_and_are_squeezed() {
        let shown = |micros| wait(Duration::from_micros(micros));
        assert_eq!([0, 20, 499].map(shown), [0, 0, 0]);
        assert_eq!([1_000, 25_000, 180_000].map(shown), [90, 225, 360]);
        assert_eq!([3_000_000, 300_000_000, u64::MAX].map(shown), [500, 500, 500]);
        assert!(!is_break(Duration::from_millis(180)) && is_break(Duration::from_secs(3)));
    }
}
