//! From one type to another: reading text, promoting, casting, assigning.

use std::rc::Rc;

use crate::decimal::Decimal;
use crate::error::{Run, Stop, stop};
use crate::limits;
use crate::sql::ast::TypeName;
use crate::value::{SqlType, SqlValue};
use base::time::{WALL_CLOCK_AT_ZERO_MS, civil_from_days};

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
pub(super) fn text(text: String) -> Run<SqlValue> {
    if text.len() > limits::VALUE_BYTES {
        return Err(stop("XX000 % %", &[limits::VALUE_MESSAGE, &text.len().to_string()]));
    }
    Ok(SqlValue::Text(Rc::from(text)))
}

/// A `numeric`, where it has not more digits than the mock holds.
pub(super) fn numeric(value: Option<Decimal>) -> Run<SqlValue> {
    match value {
        Some(value) => Ok(SqlValue::Numeric(Rc::new(value))),
        None => Err(stop("22003 value overflows numeric format", &[]).unknown()),
    }
}

/// A whole number, where the type holds it.
pub(super) fn whole(kind: SqlType, value: Option<i64>) -> Run<SqlValue> {
    let limit = match kind {
        SqlType::Int2 => i64::from(i16::MAX),
        SqlType::Int4 => i64::from(i32::MAX),
        _ => i64::MAX,
    };
    match value {
        Some(value) if (-limit - 1..=limit).contains(&value) => Ok(SqlValue::Int(value)),
        _ => Err(stop("22003 % out of range", &[kind.name()])),
    }
}

/// A number, or one of the words for what is none.
fn float(text: &str) -> Option<f64> {
    let (negative, word) = match text.strip_prefix(['-', '+']) {
        Some(word) => (text.starts_with('-'), word),
        None => (false, text),
    };
    let magnitude = match &*word.to_ascii_lowercase() {
        "nan" => f64::NAN,
        "inf" | "infinity" => f64::INFINITY,
        _ => return base::decimal::parse(text),
    };
    Some(if negative { -magnitude } else { magnitude })
}

/// Reads a value from its text.
pub(super) fn read(text: &Rc<str>, kind: SqlType) -> Run<SqlValue> {
    let trimmed = text.trim_ascii();
    let digits = trimmed.bytes().any(|byte| byte.is_ascii_digit());
    let value = match kind {
        SqlType::Int2 | SqlType::Int4 | SqlType::Int8 => {
            let unsigned = trimmed.strip_prefix(['-', '+']).unwrap_or(trimmed);
            if digits && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
                return whole(kind, trimmed.parse().ok())
                    .map_err(|_| stop("22003 value \"%\" is out of range for type %", &[text, kind.name()]));
            }
            None
        }
        SqlType::Numeric | SqlType::Float8 => match float(trimmed) {
            Some(_) if kind == SqlType::Numeric && digits => return numeric(Decimal::parse(trimmed)),
            Some(value) if value.is_infinite() && digits => {
                return Err(stop("22003 \"%\" is out of range for type double precision", &[text]));
            }
            Some(value) if kind == SqlType::Float8 => Some(SqlValue::Float(value)),
            _ => None,
        },
        SqlType::Bool => boolean(&trimmed.to_ascii_lowercase()).map(SqlValue::Bool),
        SqlType::Timestamptz => moment(trimmed),
        SqlType::Void => Some(SqlValue::Void),
        SqlType::Unknown | SqlType::Text | SqlType::Varchar | SqlType::Name => Some(SqlValue::Text(text.clone())),
    };
    value.ok_or_else(|| invalid(trimmed, text, kind))
}

fn invalid(trimmed: &str, text: &str, kind: SqlType) -> Stop {
    let moment = kind == SqlType::Timestamptz;
    let in_moment = |byte: u8| byte.is_ascii_digit() || b"-+:. TZ".contains(&byte);
    let error = if moment && trimmed.len() > 4 && trimmed.bytes().all(in_moment) {
        stop("22008 date/time field value out of range: \"%\"", &[text])
    } else {
        let message = if moment {
            "22007 invalid input syntax for type %: \"%\""
        } else {
            "22P02 invalid input syntax for type %: \"%\""
        };
        stop(message, &[kind.name(), text])
    };
    // There are far more ways to write a moment, and some more to write a number, than the mock reads.
    error.unknown_if(moment || kind == SqlType::Numeric)
}

/// A boolean by any beginning of its names that means only one of them.
fn boolean(text: &str) -> Option<bool> {
    let word = ["1true", "1yes", "1on", "0false", "0no", "0off"]
        .into_iter()
        .find(|word| word[1..].starts_with(text) || word[..1] == *text)?;
    (!text.is_empty() && text != "o").then_some(word.starts_with('1'))
}

/// The days from 1970-01-01 to a date.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let shifted_year = year - i64::from(month <= 2);
    let (era, year_of_era) = (shifted_year / 400, shifted_year % 400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
    // Only a date that there is comes back as itself.
    let there = days >= 0 && civil_from_days(days as u64) == (year as u64, month as u64, day as u64);
    there.then_some(days)
}

/// `2026-05-25 05:00:00.5+00` and shorter, from 1970 on.
fn moment(text: &str) -> Option<SqlValue> {
    // Year, month, day, hour, minute, second, microsecond, and the zone's hours and minutes; and what stands before each.
    let mut fields = [0_i64; 9];
    const BEFORE: [&[u8]; 9] = [b"", b"-", b"-", b"T ", b":", b":", b".", b"+-", b":"];
    let bytes = text.as_bytes();
    let (mut at, mut field, mut west) = (0, 0, false);
    while at < bytes.len() {
        if field > 0 {
            if bytes[at] == b'Z' && at + 1 == bytes.len() && field > 3 {
                break;
            }
            // What is not said is zero: only the zone may follow at any place behind the date.
            while !BEFORE[field].contains(&bytes[at]) {
                field += 1;
                if field > 8 || field <= 3 {
                    return None;
                }
            }
            west |= bytes[at] == b'-' && field == 7;
            at += 1;
        }
        let start = at;
        while at < bytes.len() && bytes[at].is_ascii_digit() && at - start < 6 {
            fields[field] = fields[field] * 10 + i64::from(bytes[at] - b'0');
            at += 1;
        }
        let length = at - start;
        if length == 0 || field != 6 && length > 4 {
            return None;
        }
        for _ in length..6 {
            fields[field] *= if field == 6 { 10 } else { 1 };
        }
        field += 1;
        if field > 8 {
            break;
        }
    }
    let [year, month, day, hour, minute, second, micros, zone_hours, zone_minutes] = fields;
    if field < 3
        || at < bytes.len() && bytes[at] != b'Z'
        || !(1..=12).contains(&month)
        || hour > 23
        || minute > 59
        || second > 59
    {
        return None;
    }
    let offset = (zone_hours * 60 + zone_minutes) * if west { -60 } else { 60 };
    let seconds = days(year, month, day)? * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    (seconds >= 0).then_some(SqlValue::Moment(seconds * 1_000_000 + micros))
}

/// A virtual moment as a value.
pub(super) fn moment_at(now: base::time::Instant) -> SqlValue {
    SqlValue::Moment((WALL_CLOCK_AT_ZERO_MS * 1_000).saturating_add(now.as_micros()) as i64)
}

/// What a promotion makes of a value; one that needs none stays.
#[inline(never)]
pub(super) fn promote(value: SqlValue, kind: SqlType) -> SqlValue {
    match (&value, kind) {
        (SqlValue::Int(value), SqlType::Numeric) => SqlValue::Numeric(Rc::new(Decimal::whole(*value))),
        (SqlValue::Int(value), SqlType::Float8) => SqlValue::Float(*value as f64),
        (SqlValue::Numeric(value), SqlType::Float8) => SqlValue::Float(value.to_float()),
        _ => value,
    }
}

/// Converts a value of a known type: by a cast whatever is possible; by assignment, into a column, what loses nothing but
/// digits after the point. `None` where there is no such conversion.
pub(super) fn convert(from: Typed, to: TypeName, cast: bool) -> Option<Run<SqlValue>> {
    let (source, kind) = (from.kind, to.kind);
    let numbers = is_number(source) && is_number(kind);
    let switch = matches!((source, kind), (SqlType::Bool, SqlType::Int4) | (SqlType::Int4, SqlType::Bool));
    if source != kind && !is_text(kind) && !numbers && !(cast && (switch || is_text(source))) {
        return None;
    }
    let whole_kind = matches!(kind, SqlType::Int2 | SqlType::Int4 | SqlType::Int8);
    let converted = match &from.value {
        SqlValue::Null => Ok(SqlValue::Null),
        _ if source == kind => Ok(from.value),
        SqlValue::Bool(value) if is_text(kind) => Ok(SqlValue::Text(Rc::from(if *value { "true" } else { "false" }))),
        value if is_text(kind) => Ok(value.text().map_or(SqlValue::Null, SqlValue::Text)),
        SqlValue::Text(value) => read(value, kind),
        SqlValue::Bool(value) => Ok(SqlValue::Int((*value).into())),
        SqlValue::Int(value) if kind == SqlType::Bool => Ok(SqlValue::Bool(*value != 0)),
        SqlValue::Int(value) if whole_kind => whole(kind, Some(*value)),
        SqlValue::Numeric(value) if whole_kind => whole(kind, value.to_whole()),
        SqlValue::Float(value) if whole_kind => {
            let rounded = value.round_ties_even();
            // 2^63 and beyond, and NaN, are not whole numbers of 64 bits.
            let fits = rounded.abs() < 9_223_372_036_854_775_808.0;
            whole(kind, fits.then_some(rounded as i64))
        }
        value @ SqlValue::Float(_) if kind == SqlType::Numeric => {
            numeric(value.text().and_then(|text| Decimal::parse(&text)))
        }
        _ => Ok(promote(from.value, kind)),
    };
    Some(converted.and_then(|value| fit(value, to, cast)))
}

/// A value as text.
pub(super) fn as_text(from: Typed) -> Run<SqlValue> {
    // Every type has a text, also one that is not known yet.
    convert(from, SqlType::Text.into(), true).unwrap_or(Ok(SqlValue::Null))
}

/// Cuts or refuses what a length, a precision or a scale does not allow.
pub(super) fn fit(value: SqlValue, to: TypeName, cast: bool) -> Run<SqlValue> {
    if to.size == 0 {
        return Ok(value);
    }
    match &value {
        SqlValue::Text(text) => {
            let Some((end, _)) = text.char_indices().nth(to.size as usize) else { return Ok(value) };
            if !cast && text[end..].bytes().any(|byte| byte != b' ') {
                let size = to.size.to_string();
                return Err(stop("22001 value too long for type character varying(%)", &[&size]));
            }
            Ok(SqlValue::Text(Rc::from(&text[..end])))
        }
        SqlValue::Numeric(value) => {
            let value = value.with_scale(to.scale);
            let limit = 10_i128.checked_pow(to.size);
            if value.zip(limit).is_some_and(|(value, limit)| value.digits.abs() >= limit) {
                return Err(stop("22003 numeric field overflow", &[]));
            }
            numeric(value)
        }
        _ => Ok(value),
    }
}
