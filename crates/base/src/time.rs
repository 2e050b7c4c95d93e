//! Virtual time: whole microseconds since the start of a run, and the wall clock of the simulated machines.
//!
//! The simulation reads no real clock, so a scenario gives the same events on every machine. The wall clock begins at
//! 2026-05-25T05:00:00Z: the day and hour of the post, in a year whose billing rules the log lines follow.

use core::fmt;
use core::ops::{Add, AddAssign, Sub};

/// The wall clock at virtual time zero, in milliseconds since the Unix epoch (2026-05-25T05:00:00Z).
pub const WALL_CLOCK_AT_ZERO_MS: u64 = 1_779_685_200_000;

/// An instant of virtual time, in microseconds since the run began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

/// A span of virtual time, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(u64);

impl Instant {
    /// The beginning of every run.
    pub const ZERO: Self = Self(0);
    /// Later than every event.
    pub const FAR: Self = Self(u64::MAX);

    /// Makes the instant `micros` microseconds after the beginning.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Returns microseconds since the beginning.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Returns milliseconds since the beginning, with microseconds as the fraction.
    pub fn as_millis_f64(self) -> f64 {
        self.0 as f64 / 1_000.0
    }

    /// Returns the result of `Date.now()` at this instant: whole milliseconds since the Unix epoch.
    pub const fn wall_clock_ms(self) -> u64 {
        WALL_CLOCK_AT_ZERO_MS + self.0 / 1_000
    }

    /// Returns the span from `earlier` to this instant; zero if `earlier` is later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }
}

impl Duration {
    /// The empty span.
    pub const ZERO: Self = Self(0);

    /// Makes a span of `micros` microseconds.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Makes a span of `millis` milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// Makes a span of `secs` seconds.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }

    /// Returns the span in microseconds.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Returns the span in whole milliseconds, rounded down.
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000
    }

    /// Returns the span in milliseconds, with microseconds as the fraction.
    pub fn as_millis_f64(self) -> f64 {
        self.0 as f64 / 1_000.0
    }

    /// Multiplies the span by `count`. An overflow gives the longest span.
    pub const fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count))
    }

    /// Returns half of the span, rounded down: one direction of a round trip.
    pub const fn half(self) -> Self {
        Self(self.0 / 2)
    }

    /// Returns true if the span is empty.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, span: Duration) {
        *self = *self + span;
    }
}

impl Add for Duration {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Duration {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Duration {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// Writes a duration as the scenario language does: in the largest unit that needs no fraction.
impl fmt::Display for Duration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 5] =
            [(3_600_000_000, "h"), (60_000_000, "m"), (1_000_000, "s"), (1_000, "ms"), (1, "us")];
        if self.0 == 0 {
            return out.write_str("0ms");
        }
        let (size, unit) = UNITS.into_iter().find(|(size, _)| self.0.is_multiple_of(*size)).unwrap_or((1, "us"));
        write!(out, "{}{unit}", self.0 / size)
    }
}

/// Formats a wall clock time, given in milliseconds since the Unix epoch, as ISO 8601 with milliseconds and `Z`.
///
/// ```
/// use base::time::{Instant, iso_8601};
/// assert_eq!(iso_8601(Instant::ZERO.wall_clock_ms()), "2026-05-25T05:00:00.000Z");
/// ```
pub fn iso_8601(epoch_ms: u64) -> String {
    let (days, ms) = (epoch_ms / 86_400_000, epoch_ms % 86_400_000);
    let (year, month, day) = civil_from_days(days);
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", ms % 1_000)
}

/// Returns year, month and day of a number of days since 1970-01-01.
///
/// The algorithm is [`civil_from_days`](https://howardhinnant.github.io/date_algorithms.html#civil_from_days): years begin
/// in March, so the leap day is the last day of a year, and repeat in eras of 400.
pub fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_begins_at_the_hour_of_the_post() {
        assert_eq!(iso_8601(Instant::ZERO.wall_clock_ms()), "2026-05-25T05:00:00.000Z");
    }

    #[test]
    fn days_since_1970_have_their_dates() {
        assert_eq!(civil_from_days(0), (1970, 1, 1));
        assert_eq!(civil_from_days(59), (1970, 3, 1));
        assert_eq!(civil_from_days(11_016), (2000, 2, 29));
        assert_eq!(civil_from_days(20_598), (2026, 5, 25));
    }

    #[test]
    fn durations_print_in_the_largest_whole_unit() {
        let shown = |micros| Duration::from_micros(micros).to_string();
        assert_eq!(
            [0, 1, 1_500, 2_000, 1_500_000, 300_000_000, 28_800_000_000].map(shown),
            ["0ms", "1us", "1500us", "2ms", "1500ms", "5m", "8h"]
        );
    }
}
