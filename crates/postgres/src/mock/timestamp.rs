//! `timestamp with time zone`: reading and making values (PostgreSQL's documentation, "Date/Time Types").

use crate::value::SqlValue;
use base::time::{Instant, WALL_CLOCK_AT_ZERO_MS, civil_from_days};

/// The value of an instant of virtual time.
pub(super) fn timestamptz_at(now: Instant) -> SqlValue {
    SqlValue::Timestamptz((WALL_CLOCK_AT_ZERO_MS * 1_000).saturating_add(now.as_micros()) as i64)
}

/// Reads `2026-05-25 05:00:00.5+02:00` and shorter forms, from 1970 on. Without a zone the time is in UTC.
pub(super) fn parse_timestamptz(text: &str) -> Option<SqlValue> {
    let mut fields = Fields { rest: text };
    let year = fields.number(4)?;
    let month = fields.number_after(&['-'], 4)?;
    let day = fields.number_after(&['-'], 4)?;
    let (mut hour, mut minute, mut second, mut micros) = (0, 0, 0, 0);
    if fields.accept(&['T', ' ']).is_some() {
        hour = fields.number(4)?;
        if fields.accept(&[':']).is_some() {
            minute = fields.number(4)?;
            if fields.accept(&[':']).is_some() {
                second = fields.number(4)?;
                if fields.accept(&['.']).is_some() {
                    micros = fields.microseconds()?;
                }
            }
        }
    }
    let zone = fields.zone()?;
    if !fields.rest.is_empty() || !(1..=12).contains(&month) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days_from_civil(year, month, day)? * 86_400 + hour * 3_600 + minute * 60 + second - zone;
    (seconds >= 0).then_some(SqlValue::Timestamptz(seconds * 1_000_000 + micros))
}

/// The fields of a timestamp that are still to be read.
struct Fields<'a> {
    rest: &'a str,
}

impl Fields<'_> {
    /// Moves past one of some separators and returns it.
    fn accept(&mut self, separators: &[char]) -> Option<char> {
        let first = self.rest.chars().next().filter(|first| separators.contains(first))?;
        self.rest = &self.rest[first.len_utf8()..];
        Some(first)
    }

    /// The next digits: at least one, at most `longest`.
    fn digits(&mut self, longest: usize) -> Option<&str> {
        let length = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if !(1..=longest).contains(&length) {
            return None;
        }
        let (digits, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(digits)
    }

    fn number(&mut self, longest: usize) -> Option<i64> {
        self.digits(longest)?.parse().ok()
    }

    fn number_after(&mut self, separators: &[char], longest: usize) -> Option<i64> {
        self.accept(separators)?;
        self.number(longest)
    }

    /// The digits after the point of the seconds, in microseconds.
    fn microseconds(&mut self) -> Option<i64> {
        let digits = self.digits(6)?;
        let unit = 10_i64.pow(6 - digits.len() as u32);
        Some(digits.parse::<i64>().ok()? * unit)
    }

    /// The offset of the zone from UTC, in seconds: `Z`, `+02`, `-05:30`, or nothing.
    fn zone(&mut self) -> Option<i64> {
        let Some(sign) = self.accept(&['Z', '+', '-']) else { return Some(0) };
        if sign == 'Z' {
            return Some(0);
        }
        let hours = self.number(4)?;
        let minutes = if self.rest.is_empty() { 0 } else { self.number_after(&[':'], 4)? };
        let seconds = (hours * 60 + minutes) * 60;
        Some(if sign == '-' { -seconds } else { seconds })
    }
}

/// The days from 1970-01-01 to a date; `None` for a date that does not exist, and before 1970. See "chrono-Compatible
/// Low-Level Date Algorithms" by Howard Hinnant.
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let shifted_year = year - i64::from(month <= 2);
    let (era, year_of_era) = (shifted_year / 400, shifted_year % 400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
    // A date that does not exist, such as February 30, comes back as another one.
    let exists = days >= 0 && civil_from_days(days as u64) == (year as u64, month as u64, day as u64);
    exists.then_some(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(timestamp: &str) -> Option<String> {
        parse_timestamptz(timestamp)?.text().map(|text| text.to_string())
    }

    #[test]
    fn timestamps_are_read_in_their_zones() {
        for (given, expected) in [
            ("2026-05-25", "2026-05-25 00:00:00+00"),
            ("2026-05-25T05:06:07Z", "2026-05-25 05:06:07+00"),
            ("2026-05-25 05:06:07.25+02", "2026-05-25 03:06:07.25+00"),
            ("2026-05-25 05:06-05:30", "2026-05-25 10:36:00+00"),
        ] {
            assert_eq!(text(given).as_deref(), Some(expected), "{given}");
        }
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for given in ["2026-02-30", "2026-13-01", "2026-05-25 24:00", "1969-12-31", "", "2026", "2026-05-25 5:", "ä"] {
            assert_eq!(text(given), None, "{given}");
        }
    }
}
