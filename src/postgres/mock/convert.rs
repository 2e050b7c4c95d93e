//! From one type to another: reading text, promoting, casting, assigning.

use std::rc::Rc;

use super::{Run, fail};
use crate::limits;
use crate::postgres::decimal::Decimal;
use crate::postgres::error::SqlError;
use crate::postgres::sql::ast::TypeName;
use crate::postgres::value::{SqlType, SqlValue};
use crate::time::{WALL_CLOCK_AT_ZERO_MS, civil_from_days};

/// A value and its type; where it is NULL the type is known all the same.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub(super) kind: SqlType,
    pub(super) value: SqlValue,
}

impl Typed {
    pub(super) fn new(kind: SqlType, value: SqlValue) -> Self {
        Self { kind, value }
    }

    pub(super) fn bool(value: Option<bool>) -> Self {
        Self::new(SqlType::Bool, value.map_or(SqlValue::Null, SqlValue::Bool))
    }
}

/// Whether it is one of the types that numbers have; their order is that of promotion.
pub(super) fn is_number(kind: SqlType) -> bool {
    (SqlType::Int2..=SqlType::Float8).contains(&kind)
}

/// Whether it is one of the types that text has.
pub(super) fn is_text(kind: SqlType) -> bool {
    matches!(kind, SqlType::Text | SqlType::Varchar | SqlType::Name)
}

/// The type that two become where they meet; none where they cannot.
pub(super) fn common(left: SqlType, right: SqlType) -> Option<SqlType> {
    if left == right || right == SqlType::Unknown {
        Some(left)
    } else if left == SqlType::Unknown {
        Some(right)
    } else if is_number(left) && is_number(right) {
        Some(left.max(right))
    } else {
        (is_text(left) && is_text(right)).then_some(SqlType::Text)
    }
}

/// A string that is not too long.
pub(super) fn text(text: impl Into<Rc<str>>) -> Run<SqlValue> {
    let text = text.into();
    if text.len() > limits::SQL_VALUE_BYTES {
        return fail("XX000", format!("{} {}", limits::SQL_VALUE_MESSAGE, text.len()));
    }
    Ok(SqlValue::Text(text))
}

pub(super) fn out_of_range(kind: SqlType) -> SqlError {
    SqlError::new("22003", format!("{} out of range", kind.name()))
}

/// The error of a `numeric` that has more digits than the mock holds.
pub(super) fn too_many_digits() -> SqlError {
    SqlError::new("22003", "value overflows numeric format").unknown()
}

/// A whole number, where the type holds it.
pub(super) fn whole(kind: SqlType, value: Option<i64>) -> Result<SqlValue, SqlError> {
    let fits = |value: &i64| match kind {
        SqlType::Int2 => i16::try_from(*value).is_ok(),
        SqlType::Int4 => i32::try_from(*value).is_ok(),
        _ => true,
    };
    value.filter(fits).map(SqlValue::Int).ok_or_else(|| out_of_range(kind))
}

/// Reads a value from its text.
pub(super) fn read(text: &Rc<str>, kind: SqlType) -> Result<SqlValue, SqlError> {
    let trimmed = text.trim_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
    let value = match kind {
        SqlType::Int2 | SqlType::Int4 | SqlType::Int8 => {
            let digits = trimmed.strip_prefix(['-', '+']).unwrap_or(trimmed);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                None
            } else {
                let range = || format!("value \"{text}\" is out of range for type {}", kind.name());
                let value = whole(kind, trimmed.parse().ok());
                return value.map_err(|_| SqlError::new("22003", range()));
            }
        }
        SqlType::Numeric => {
            let value = Decimal::parse(trimmed);
            let number = trimmed.bytes().any(|byte| byte.is_ascii_digit());
            if value.is_none() && number && trimmed.parse::<f64>().is_ok() {
                return Err(too_many_digits());
            }
            value.map(SqlValue::Numeric)
        }
        SqlType::Float8 => match trimmed.parse::<f64>() {
            Ok(value) if value.is_infinite() && trimmed.bytes().any(|byte| byte.is_ascii_digit()) => {
                let message = format!("\"{text}\" is out of range for type double precision");
                return Err(SqlError::new("22003", message));
            }
            value => value.ok().map(SqlValue::Float),
        },
        SqlType::Bool => boolean(&trimmed.to_ascii_lowercase()).map(SqlValue::Bool),
        SqlType::Timestamptz => return moment(trimmed).ok_or_else(|| invalid("22007", kind, text)),
        SqlType::Void => Some(SqlValue::Void),
        SqlType::Unknown | SqlType::Text | SqlType::Varchar | SqlType::Name => Some(SqlValue::Text(text.clone())),
    };
    value.ok_or_else(|| invalid("22P02", kind, text))
}

fn invalid(sqlstate: &'static str, kind: SqlType, text: &str) -> SqlError {
    let error = SqlError::new(sqlstate, format!("invalid input syntax for type {}: \"{text}\"", kind.name()));
    // There are far more ways to write a moment, and some more to write a number, than the mock reads.
    if matches!(kind, SqlType::Timestamptz | SqlType::Numeric) { error.unknown() } else { error }
}

/// A boolean by any beginning of its names that means only one of them.
fn boolean(text: &str) -> Option<bool> {
    if text.is_empty() || text == "o" {
        return None;
    }
    let begins = |word: &&str| word.starts_with(text);
    if ["true", "yes", "on"].iter().any(|word| begins(word)) || text == "1" {
        Some(true)
    } else if ["false", "no", "off"].iter().any(|word| begins(word)) || text == "0" {
        Some(false)
    } else {
        None
    }
}

/// The days from 1970-01-01 to a date.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let shifted_year = year - i64::from(month <= 2);
    let (era, year_of_era) = (shifted_year.div_euclid(400), shifted_year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
    // Only a date that there is comes back as itself.
    let unsigned = u64::try_from(days).ok()?;
    (civil_from_days(unsigned) == (year as u64, month as u64, day as u64)).then_some(days)
}

/// `2026-05-25 05:00:00.5+00` and shorter, from 1970 on.
fn moment(text: &str) -> Option<SqlValue> {
    let number = |text: &str| -> Option<i64> {
        text.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| text.parse().ok())
            .flatten()
            .filter(|value| *value < 10_000)
    };
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, ""));
    let mut date = date.splitn(3, '-');
    let (year, month, day) = (number(date.next()?)?, number(date.next()?)?, number(date.next()?)?);
    if !(1..=12).contains(&month) {
        return None;
    }
    let time = time.trim_end_matches('Z');
    let (time, zone) = match time.find(['+', '-']) {
        Some(at) => time.split_at(at),
        None => (time, "+00"),
    };
    let (zone_hours, zone_minutes) = zone[1..].split_once(':').unwrap_or((&zone[1..], "0"));
    let zone_minutes = number(zone_hours)? * 60 + number(zone_minutes)?;
    let offset = if zone.starts_with('-') { -zone_minutes } else { zone_minutes } * 60;
    let (time, fraction) = time.trim().split_once('.').unwrap_or((time.trim(), "0"));
    let mut seconds = 0;
    if !time.is_empty() {
        let mut parts = time.splitn(3, ':');
        let (hour, minute) = (number(parts.next()?)?, number(parts.next()?)?);
        let second = number(parts.next().unwrap_or("0"))?;
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        seconds = hour * 3_600 + minute * 60 + second;
    }
    let mut micros = 0;
    for at in 0..6 {
        let digit = fraction.as_bytes().get(at).copied().unwrap_or(b'0');
        micros = micros * 10 + i64::from(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    let seconds = days(year, month, day)? * 86_400 + seconds - offset;
    (seconds >= 0).then_some(SqlValue::Moment(seconds * 1_000_000 + micros))
}

/// A virtual moment as a value.
pub(super) fn moment_at(now: crate::time::Instant) -> SqlValue {
    SqlValue::Moment((WALL_CLOCK_AT_ZERO_MS * 1_000).saturating_add(now.as_micros()) as i64)
}

/// What a promotion makes of a value; one that needs none stays.
pub(super) fn promote(value: SqlValue, kind: SqlType) -> SqlValue {
    match (value, kind) {
        (SqlValue::Int(value), SqlType::Numeric) => SqlValue::Numeric(Decimal::whole(value)),
        (SqlValue::Int(value), SqlType::Float8) => SqlValue::Float(value as f64),
        (SqlValue::Numeric(value), SqlType::Float8) => SqlValue::Float(value.to_float()),
        (value, _) => value,
    }
}

/// How a value comes to another type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// CAST: whatever is possible, and what is too long is cut.
    Cast,
    /// Into a column: what loses nothing but digits after the point.
    Assign,
}

/// Converts a value of a known type; `None` where there is no such conversion.
pub(super) fn convert(from: Typed, to: TypeName, way: Way) -> Option<Run<SqlValue>> {
    let (kind, cast) = (to.kind, way == Way::Cast);
    let Typed { kind: source, value } = from;
    if value.is_null() {
        let known = source == kind
            || is_text(kind)
            || is_number(source) && is_number(kind)
            || cast
                && (is_text(source)
                    || matches!((source, kind), (SqlType::Bool, SqlType::Int4) | (SqlType::Int4, SqlType::Bool)));
        return known.then_some(Ok(SqlValue::Null));
    }
    let converted = match value {
        value if source == kind => Ok(value),
        SqlValue::Bool(value) if is_text(kind) => Ok(SqlValue::Text(Rc::from(if value { "true" } else { "false" }))),
        value if is_text(kind) => Ok(value.text().map_or(SqlValue::Null, SqlValue::Text)),
        SqlValue::Text(value) if cast => read(&value, kind),
        SqlValue::Bool(value) if cast && kind == SqlType::Int4 => Ok(SqlValue::Int(value.into())),
        SqlValue::Int(value) if cast && source == SqlType::Int4 && kind == SqlType::Bool => {
            Ok(SqlValue::Bool(value != 0))
        }
        value if is_number(source) && is_number(kind) => match (value, kind) {
            (SqlValue::Int(value), SqlType::Int2 | SqlType::Int4 | SqlType::Int8) => whole(kind, Some(value)),
            (SqlValue::Numeric(value), SqlType::Int2 | SqlType::Int4 | SqlType::Int8) => whole(kind, value.to_whole()),
            (SqlValue::Float(value), SqlType::Int2 | SqlType::Int4 | SqlType::Int8) => {
                let rounded = value.round_ties_even();
                // 2^63 and beyond, and NaN, are not whole numbers of 64 bits.
                let fits = rounded.abs() < 9_223_372_036_854_775_808.0;
                whole(kind, fits.then_some(rounded as i64))
            }
            (value @ SqlValue::Float(_), SqlType::Numeric) => {
                let number = value.text().and_then(|text| Decimal::parse(&text));
                number.map(SqlValue::Numeric).ok_or_else(too_many_digits)
            }
            (value, kind) => Ok(promote(value, kind)),
        },
        _ => return None,
    };
    Some(converted.map_err(Into::into).and_then(|value| fit(value, to, way)))
}

/// A value as text.
pub(super) fn as_text(from: Typed) -> Run<SqlValue> {
    let to = TypeName { kind: SqlType::Text, size: None, scale: 0 };
    // Every type has a text, also one that is not known yet.
    convert(from, to, Way::Cast).unwrap_or(Ok(SqlValue::Null))
}

/// Cuts or refuses what a length, a precision or a scale does not allow.
pub(super) fn fit(value: SqlValue, to: TypeName, way: Way) -> Run<SqlValue> {
    let Some(size) = to.size else { return Ok(value) };
    match value {
        SqlValue::Text(text) => {
            let Some((end, _)) = text.char_indices().nth(size as usize) else { return Ok(SqlValue::Text(text)) };
            if way == Way::Assign && text[end..].contains(|c| c != ' ') {
                return fail("22001", format!("value too long for type character varying({size})"));
            }
            Ok(SqlValue::Text(Rc::from(&text[..end])))
        }
        SqlValue::Numeric(value) => {
            let value = value.with_scale(to.scale).ok_or_else(too_many_digits)?;
            let limit = 10_i128.checked_pow(size).unwrap_or(i128::MAX);
            if value.digits.abs() >= limit {
                return fail("22003", "numeric field overflow");
            }
            Ok(SqlValue::Numeric(value))
        }
        value => Ok(value),
    }
}
