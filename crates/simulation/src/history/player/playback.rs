//! The pace at which a recording is shown: how much of the reader's time the last step and the wait before the next one take.
//!
//! ```text
//!             play                ┌──── the step has been shown ───┐
//!  paused ──────────► playing:  Step ◄──── the wait is over ──── Wait
//!         ◄──────────             └── nothing happens for a while ─▲
//!   pause, or nothing is left
//! ```

use crate::history::pace;
use base::decimal;
use base::time::Instant;

/// The slowest and the fastest speed.
const SPEEDS: (f64, f64) = (0.01, 1_000.0);

/// What a reader is shown now.
#[derive(Clone, Copy, Debug)]
enum Showing {
    /// The effect of the last step.
    Step,
    /// The wait before the next step, while the clock runs from one moment to another.
    Wait { from: Instant, to: Instant, total_ms: f64 },
}

/// The state of playing, paused or not.
#[derive(Clone, Debug)]
pub(super) struct Playback {
    pub(super) playing: bool,
    /// Milliseconds of the pace in one millisecond of the reader's time.
    speed: f64,
    showing: Showing,
    /// Milliseconds of the pace for which `showing` is shown.
    left_ms: f64,
}

impl Default for Playback {
    fn default() -> Self {
        Self { playing: false, speed: 1.0, showing: Showing::Step, left_ms: 0.0 }
    }
}

/// What comes next while time passes for the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// The reader's time is used up. Something is shown for longer.
    Nothing,
    /// A step has been shown: a wait can begin, or else the next step is taken.
    Wait,
    /// A wait has been shown: the next step is taken.
    Step,
}

impl Playback {
    pub(super) fn speed(&self) -> f64 {
        self.speed
    }

    pub(super) fn set_speed(&mut self, speed: f64) {
        self.speed = decimal::between(speed, SPEEDS.0, SPEEDS.1);
    }

    /// Stops playing. What is being shown is over.
    pub(super) fn halt(&mut self) {
        self.playing = false;
        self.show_step(0);
    }

    /// True while a wait is shown.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self.showing, Showing::Wait { .. })
    }

    /// Shows the effect of a step for some milliseconds.
    pub(super) fn show_step(&mut self, shown_ms: u32) {
        self.showing = Showing::Step;
        self.left_ms = f64::from(shown_ms);
    }

    /// Shows the wait up to a moment. Returns false if it is too short to be shown.
    pub(super) fn show_wait(&mut self, from: Instant, to: Instant) -> bool {
        let total_ms = f64::from(pace::wait(to.since(from)));
        if total_ms <= 0.0 {
            return false;
        }
        self.showing = Showing::Wait { from, to, total_ms };
        self.left_ms = total_ms;
        true
    }

    /// Uses up milliseconds of the pace, and says what is due when something has been shown for long enough.
    pub(super) fn spend(&mut self, credit_ms: &mut f64) -> Due {
        if self.left_ms > *credit_ms {
            self.left_ms -= *credit_ms;
            return Due::Nothing;
        }
        *credit_ms -= self.left_ms;
        self.left_ms = 0.0;
        if self.is_waiting() { Due::Step } else { Due::Wait }
    }

    /// The moment on the clock, where `now` is the world's time: part of the way through a wait.
    pub(super) fn clock(&self, now: Instant) -> Instant {
        match self.showing {
            Showing::Step => now,
            Showing::Wait { from, to, total_ms } => {
                let done = 1.0 - decimal::between(self.left_ms / total_ms, 0.0, 1.0);
                let span = to.since(from).as_micros() as f64;
                Instant::from_micros(from.as_micros() + (span * done) as u64)
            }
        }
    }

    /// Milliseconds of the pace for which the present wait has been shown.
    pub(super) fn waited_ms(&self) -> u64 {
        match self.showing {
            Showing::Step => 0,
            Showing::Wait { total_ms, .. } => (total_ms - self.left_ms).max(0.0) as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_shown_before_the_wait_after_it() {
        let mut playback = Playback::default();
        playback.set_speed(1.0);
        playback.show_step(100);
        let mut credit = 60.0;
        assert_eq!(playback.spend(&mut credit), Due::Nothing);
        let mut credit = 60.0;
        assert_eq!(playback.spend(&mut credit), Due::Wait);
        assert!((credit - 20.0).abs() < 1e-9, "{credit} ms are left");
    }

    #[test]
    fn the_clock_runs_through_a_wait() {
        let mut playback = Playback::default();
        let (from, to) = (Instant::ZERO, Instant::from_micros(10_000_000));
        assert!(playback.show_wait(from, to));
        assert_eq!(playback.clock(from), from);
        let mut half = f64::from(pace::LONGEST_WAIT_MS) / 2.0;
        assert_eq!(playback.spend(&mut half), Due::Nothing);
        assert_eq!(playback.clock(from), Instant::from_micros(5_000_000));
        assert_eq!(playback.waited_ms(), u64::from(pace::LONGEST_WAIT_MS) / 2);
        let mut rest = 1_000.0;
        assert_eq!(playback.spend(&mut rest), Due::Step);
        assert!(!playback.show_wait(from, Instant::from_micros(1)), "a microsecond is not shown");
    }
}
