//! Conversions between types: reading text, promotion, casts, assignments (PostgreSQL's documentation, "Type
//! Conversion").

use std::rc::Rc;

use super::timestamp::parse_timestamptz;
use crate::error::Stop;
use crate::numeric::Numeric;
use crate::sql::ast::{TypeModifier, TypeName};
use crate::value::{SqlType, SqlValue};
use crate::{SqlState, limits};

/// A value and its type, which is known even if the value is NULL.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub(super) data_type: SqlType,
    pub(super) value: SqlValue,
}

impl Typed {
    pub(super) fn new(data_type: SqlType, value: SqlValue) -> Self {
        Self { data_type, value }
    }

    /// A `boolean`; `None` is NULL.
    pub(super) fn bool(value: Option<bool>) -> Self {
        Self::new(SqlType::Bool, value.map_or(SqlValue::Null, SqlValue::Bool))
    }

    pub(super) fn is_unknown(&self) -> bool {
        self.data_type == SqlType::Unknown
    }
}

/// The context of a conversion, which decides how much it may lose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conversion {
    /// `CAST` or `::`: everything that is possible.
    Cast,
    /// Storing a value in a column: only digits after the point may be lost.
    Assignment,
}

/// The type that two types have in common; `None` if there is none.
pub(super) fn common_type(left: SqlType, right: SqlType) -> Option<SqlType> {
    if left == right || right == SqlType::Unknown {
        Some(left)
    } else if left == SqlType::Unknown {
        Some(right)
    } else if left.is_number() && right.is_number() {
        Some(left.max(right))
    } else {
        (left.is_text() && right.is_text()).then_some(SqlType::Text)
    }
}

fn out_of_range(message: impl Into<std::borrow::Cow<'static, str>>) -> Stop {
    Stop::error(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, message)
}

/// A text value, if it is not too long.
pub(super) fn text_value(text: String) -> Result<SqlValue, Stop> {
    if text.len() > limits::VALUE_BYTES {
        return Err(Stop::error(SqlState::INTERNAL_ERROR, format!("{} {}", limits::VALUE_MESSAGE, text.len())));
    }
    Ok(SqlValue::Text(Rc::from(text)))
}

/// A `numeric` value, if the mock can hold it.
pub(super) fn numeric_value(value: Option<Numeric>) -> Result<SqlValue, Stop> {
    match value {
        Some(value) => Ok(SqlValue::Numeric(Rc::new(value))),
        None => Err(out_of_range("value overflows numeric format").unknown_to_mock()),
    }
}

/// An integer value, if its type can hold it.
pub(super) fn integer_value(data_type: SqlType, value: Option<i64>) -> Result<SqlValue, Stop> {
    let fits = |value: &i64| match data_type {
        SqlType::Int2 => i16::try_from(*value).is_ok(),
        SqlType::Int4 => i32::try_from(*value).is_ok(),
        _ => true,
    };
    match value.filter(fits) {
        Some(value) => Ok(SqlValue::Int(value)),
        None => Err(out_of_range(format!("{} out of range", data_type.name()))),
    }
}

/// Reads a `double precision`, or one of its special values.
fn parse_float(text: &str) -> Option<f64> {
    let (is_negative, unsigned) = match text.strip_prefix(['-', '+']) {
        Some(unsigned) => (text.starts_with('-'), unsigned),
        None => (false, text),
    };
    let magnitude = match &*unsigned.to_ascii_lowercase() {
        "nan" => f64::NAN,
        "inf" | "infinity" => f64::INFINITY,
        _ => return base::decimal::parse(text),
    };
    Some(if is_negative { -magnitude } else { magnitude })
}

/// Reads a `boolean`: any beginning of a word that means only one of them.
fn parse_bool(text: &str) -> Option<bool> {
    let is_beginning_of = |words: &[&str]| words.iter().any(|word| word.starts_with(text));
    match text {
        "1" => Some(true),
        "0" => Some(false),
        "" | "o" => None,
        _ if is_beginning_of(&["true", "yes", "on"]) => Some(true),
        _ if is_beginning_of(&["false", "no", "off"]) => Some(false),
        _ => None,
    }
}

/// True for a sign and digits, however many.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads a value of a type from its text.
pub(super) fn parse_value(text: &Rc<str>, data_type: SqlType) -> Result<SqlValue, Stop> {
    let trimmed = text.trim_ascii();
    let has_digits = trimmed.bytes().any(|byte| byte.is_ascii_digit());
    let value = match data_type {
        SqlType::Int2 | SqlType::Int4 | SqlType::Int8 if is_integer(trimmed) => {
            return integer_value(data_type, trimmed.parse().ok())
                .map_err(|_| out_of_range(format!("value \"{text}\" is out of range for type {}", data_type.name())));
        }
        SqlType::Int2 | SqlType::Int4 | SqlType::Int8 => None,
        SqlType::Numeric => match parse_float(trimmed) {
            Some(_) if has_digits => return numeric_value(Numeric::parse(trimmed)),
            _ => None,
        },
        SqlType::Float8 => match parse_float(trimmed) {
            Some(value) if value.is_infinite() && has_digits => {
                return Err(out_of_range(format!("\"{text}\" is out of range for type double precision")));
            }
            value => value.map(SqlValue::Float),
        },
        SqlType::Bool => parse_bool(&trimmed.to_ascii_lowercase()).map(SqlValue::Bool),
        SqlType::Timestamptz => parse_timestamptz(trimmed),
        SqlType::Void => Some(SqlValue::Void),
        SqlType::Unknown | SqlType::Text | SqlType::Varchar | SqlType::Name => Some(SqlValue::Text(text.clone())),
    };
    value.ok_or_else(|| invalid_text(text, data_type))
}

/// The error of a text that is no value of a type.
fn invalid_text(text: &str, data_type: SqlType) -> Stop {
    let syntax = format!("invalid input syntax for type {}: \"{text}\"", data_type.name());
    if data_type != SqlType::Timestamptz {
        // PostgreSQL reads `NaN`, which the mock has only as a `double precision`.
        let may_be_number = data_type == SqlType::Numeric;
        return Stop::error(SqlState::INVALID_TEXT_REPRESENTATION, syntax).unknown_to_mock_if(may_be_number);
    }
    let trimmed = text.trim_ascii();
    let looks_like_timestamp =
        trimmed.len() > 4 && trimmed.bytes().all(|byte| byte.is_ascii_digit() || b"-+:. TZ".contains(&byte));
    let error = if looks_like_timestamp {
        let message = format!("date/time field value out of range: \"{text}\"");
        Stop::error(SqlState::DATETIME_FIELD_OVERFLOW, message)
    } else {
        Stop::error(SqlState::INVALID_DATETIME_FORMAT, syntax)
    };
    // PostgreSQL reads many more formats.
    error.unknown_to_mock()
}

/// Promotes a number to a type that holds it. Other values stay as they are.
pub(super) fn promote(value: SqlValue, to: SqlType) -> SqlValue {
    match (&value, to) {
        (SqlValue::Int(value), SqlType::Numeric) => SqlValue::Numeric(Rc::new(Numeric::from(*value))),
        (SqlValue::Int(value), SqlType::Float8) => SqlValue::Float(*value as f64),
        (SqlValue::Numeric(value), SqlType::Float8) => SqlValue::Float(value.to_float()),
        _ => value,
    }
}

/// True if a value of one type can be converted to another type.
fn is_convertible(from: SqlType, to: SqlType, conversion: Conversion) -> bool {
    let by_cast =
        from.is_text() || matches!((from, to), (SqlType::Bool, SqlType::Int4) | (SqlType::Int4, SqlType::Bool));
    from == to || to.is_text() || from.is_number() && to.is_number() || conversion == Conversion::Cast && by_cast
}

/// Converts a value whose type is known. `None` if there is no such conversion between the types.
pub(super) fn convert(from: Typed, to: TypeName, conversion: Conversion) -> Option<Result<SqlValue, Stop>> {
    let Typed { data_type: source, value } = from;
    let target = to.data_type;
    if !is_convertible(source, target, conversion) {
        return None;
    }
    let converted = match &value {
        SqlValue::Null => Ok(SqlValue::Null),
        _ if source == target => Ok(value),
        SqlValue::Bool(value) if target.is_text() => {
            Ok(SqlValue::Text(Rc::from(if *value { "true" } else { "false" })))
        }
        value if target.is_text() => Ok(value.text().map_or(SqlValue::Null, SqlValue::Text)),
        SqlValue::Text(value) => parse_value(value, target),
        SqlValue::Bool(value) => Ok(SqlValue::Int((*value).into())),
        SqlValue::Int(value) if target == SqlType::Bool => Ok(SqlValue::Bool(*value != 0)),
        SqlValue::Int(value) if target.is_integer() => integer_value(target, Some(*value)),
        SqlValue::Numeric(value) if target.is_integer() => integer_value(target, value.to_integer()),
        SqlValue::Float(value) if target.is_integer() => integer_value(target, float_to_integer(*value)),
        value @ SqlValue::Float(_) if target == SqlType::Numeric => {
            numeric_value(value.text().and_then(|text| Numeric::parse(&text)))
        }
        _ => Ok(promote(value, target)),
    };
    Some(converted.and_then(|value| apply_modifier(value, to.modifier, conversion)))
}

/// The nearest integer, halves to the even one; `None` beyond 64 bits, and for NaN.
fn float_to_integer(value: f64) -> Option<i64> {
    const TWO_TO_THE_63: f64 = 9_223_372_036_854_775_808.0;
    let rounded = value.round_ties_even();
    (rounded.abs() < TWO_TO_THE_63).then_some(rounded as i64)
}

/// A value as text. Every type can be converted to text.
pub(super) fn to_text(from: Typed) -> Result<SqlValue, Stop> {
    convert(from, SqlType::Text.into(), Conversion::Cast).unwrap_or(Ok(SqlValue::Null))
}

/// Applies a length, or a precision and a scale. A cast truncates texts; an assignment truncates only spaces.
pub(super) fn apply_modifier(
    value: SqlValue,
    modifier: Option<TypeModifier>,
    conversion: Conversion,
) -> Result<SqlValue, Stop> {
    match (&value, modifier) {
        (SqlValue::Text(text), Some(TypeModifier::Length(length))) => {
            let Some((end, _)) = text.char_indices().nth(length as usize) else { return Ok(value) };
            if conversion == Conversion::Assignment && text[end..].bytes().any(|byte| byte != b' ') {
                let message = format!("value too long for type character varying({length})");
                return Err(Stop::error(SqlState::STRING_DATA_RIGHT_TRUNCATION, message));
            }
            Ok(SqlValue::Text(Rc::from(&text[..end])))
        }
        (SqlValue::Numeric(value), Some(TypeModifier::Precision { precision, scale })) => {
            let value = value.with_scale(scale);
            let limit = 10_u128.checked_pow(precision);
            if value.zip(limit).is_some_and(|(value, limit)| value.digits().unsigned_abs() >= limit) {
                return Err(out_of_range("numeric field overflow"));
            }
            numeric_value(value)
        }
        _ => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, data_type: SqlType) -> Result<SqlValue, &'static str> {
        parse_value(&Rc::from(text), data_type).map_err(|stop| match stop {
            Stop::Error(error) => error.sqlstate.code(),
            Stop::Blocked { .. } => "blocked",
        })
    }

    #[test]
    fn booleans_are_read_from_unique_beginnings() {
        for (text, expected) in [("t", true), ("TRU", true), ("on", true), ("of", false), ("n", false), ("1", true)] {
            assert_eq!(parse(text, SqlType::Bool), Ok(SqlValue::Bool(expected)), "{text}");
        }
        for text in ["", "o", "2", "truee", "maybe"] {
            assert_eq!(parse(text, SqlType::Bool), Err("22P02"), "{text}");
        }
    }

    #[test]
    fn integers_are_checked_against_their_type() {
        assert_eq!(parse(" -32768 ", SqlType::Int2), Ok(SqlValue::Int(-32_768)));
        assert_eq!(parse("32768", SqlType::Int2), Err("22003"));
        assert_eq!(parse("99999999999999999999", SqlType::Int8), Err("22003"));
        assert_eq!(parse("1.5", SqlType::Int4), Err("22P02"));
        assert_eq!(parse("-", SqlType::Int4), Err("22P02"));
    }

    #[test]
    fn doubles_have_special_values() {
        assert_eq!(parse("-Infinity", SqlType::Float8), Ok(SqlValue::Float(f64::NEG_INFINITY)));
        assert_eq!(parse("1e400", SqlType::Float8), Err("22003"));
        assert_eq!(parse("1e400", SqlType::Numeric), Err("22003"));
    }

    #[test]
    fn assignments_lose_less_than_casts() {
        let varchar = TypeName { data_type: SqlType::Varchar, modifier: Some(TypeModifier::Length(2)) };
        let text = |text: &str| Typed::new(SqlType::Text, SqlValue::Text(Rc::from(text)));
        let convert = |from, conversion| convert(from, varchar, conversion).unwrap().ok();
        assert_eq!(convert(text("äbc"), Conversion::Cast), Some(SqlValue::Text("äb".into())));
        assert_eq!(convert(text("äbc"), Conversion::Assignment), None);
        assert_eq!(convert(text("ab  "), Conversion::Assignment), Some(SqlValue::Text("ab".into())));
    }
}
