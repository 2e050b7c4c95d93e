//! Values, their types, and the results of statements.

use std::rc::Rc;

use crate::numeric::Numeric;
use base::decimal::Digits;
use base::time::iso_8601;

/// The data types that the mock implements (PostgreSQL's documentation, "Data Types"). The numeric ones stand in the
/// order of promotion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SqlType {
    /// The type of a string literal or a parameter before its context decides; never that of a result's column.
    Unknown,
    /// The result type of functions that return nothing.
    Void,
    /// `boolean`
    Bool,
    /// `smallint`
    Int2,
    /// `integer`
    Int4,
    /// `bigint`
    Int8,
    /// `numeric`
    Numeric,
    /// `double precision`
    Float8,
    /// `text`
    Text,
    /// `character varying`
    Varchar,
    /// `name`, the type of identifiers in the system catalogs.
    Name,
    /// `timestamp with time zone`
    Timestamptz,
}

/// A value. Its exact type stands beside it, in the column.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum SqlValue {
    /// NULL.
    #[default]
    Null,
    /// The result of a function that returns nothing.
    Void,
    /// A `boolean`.
    Bool(bool),
    /// A `smallint`, `integer` or `bigint`.
    Int(i64),
    /// A `numeric`.
    Numeric(Rc<Numeric>),
    /// A `double precision`.
    Float(f64),
    /// A `text`, `character varying` or `name`.
    Text(Rc<str>),
    /// A `timestamp with time zone`, in microseconds since the Unix epoch, never negative.
    Timestamptz(i64),
}

/// A value as node-postgres hands it to its caller, by the default parsers of its package `pg-types`.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeValue {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, for `smallint`, `integer` and `double precision`.
    Number(f64),
    /// A string, for all other types: also `bigint` and `numeric`, whose values a JavaScript number may not hold.
    Text(Rc<str>),
    /// A `Date`, in milliseconds since the Unix epoch.
    Date(f64),
}

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The column's name. Names may repeat; node-postgres keeps the last value of a name.
    pub name: Rc<str>,
    /// The column's type.
    pub data_type: SqlType,
}

/// The result of one statement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueryResult {
    /// The first word of the `CommandComplete` message's tag: `SELECT`, `INSERT`, `BEGIN`, `CREATE` and so on. Empty
    /// after an empty query, where node-postgres gives `null`.
    pub command: &'static str,
    /// The columns; none if the statement returns no rows.
    pub columns: Vec<Column>,
    /// The rows, each with a value for every column.
    pub rows: Vec<Vec<SqlValue>>,
    /// The number of rows in the tag: returned by a SELECT, changed by other statements. `None` if the tag has none.
    pub row_count: Option<u64>,
}

impl SqlType {
    /// The SQL name, as `format_type` writes it in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Void => "void",
            Self::Bool => "boolean",
            Self::Int2 => "smallint",
            Self::Int4 => "integer",
            Self::Int8 => "bigint",
            Self::Numeric => "numeric",
            Self::Float8 => "double precision",
            Self::Text => "text",
            Self::Varchar => "character varying",
            Self::Name => "name",
            Self::Timestamptz => "timestamp with time zone",
        }
    }

    /// The name in the catalog `pg_type`. A column that is only a cast is named after it.
    pub const fn catalog_name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int2 => "int2",
            Self::Int4 => "int4",
            Self::Int8 => "int8",
            Self::Float8 => "float8",
            Self::Varchar => "varchar",
            Self::Timestamptz => "timestamptz",
            other => other.name(),
        }
    }

    /// True for integers, `numeric` and `double precision`.
    pub(crate) fn is_number(self) -> bool {
        (Self::Int2..=Self::Float8).contains(&self)
    }

    /// True for `text`, `character varying` and `name`.
    pub(crate) const fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Varchar | Self::Name)
    }

    /// True for `smallint`, `integer` and `bigint`.
    pub(crate) const fn is_integer(self) -> bool {
        matches!(self, Self::Int2 | Self::Int4 | Self::Int8)
    }
}

impl SqlValue {
    /// True for NULL.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The value in the text format of the wire protocol; `None` for NULL, which has no text.
    pub fn text(&self) -> Option<Rc<str>> {
        Some(match self {
            Self::Null => return None,
            Self::Void => Rc::from(""),
            Self::Bool(value) => Rc::from(if *value { "t" } else { "f" }),
            Self::Int(value) => Rc::from(value.to_string()),
            Self::Text(value) => value.clone(),
            Self::Numeric(value) => Rc::from(value.to_string()),
            Self::Float(value) => Rc::from(float_text(*value)),
            Self::Timestamptz(micros) => Rc::from(timestamptz_text(*micros)),
        })
    }

    /// The value as node-postgres gives it, in a column of type `data_type`.
    pub fn for_node(&self, data_type: SqlType) -> NodeValue {
        match (self, data_type) {
            (Self::Null, _) => NodeValue::Null,
            (Self::Bool(value), _) => NodeValue::Bool(*value),
            (Self::Int(value), SqlType::Int2 | SqlType::Int4) => NodeValue::Number(*value as f64),
            (Self::Float(value), _) => NodeValue::Number(*value),
            (Self::Timestamptz(micros), _) => NodeValue::Date(micros.div_euclid(1_000) as f64),
            (value, _) => NodeValue::Text(value.text().unwrap_or_else(|| Rc::from(""))),
        }
    }
}

/// A double in the shortest form that reads back as the same double (PostgreSQL's documentation, "Floating-Point Types",
/// `extra_float_digits`).
fn float_text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value.is_infinite() {
        return format!("{sign}Infinity");
    }
    let magnitude = value.abs();
    let digits = Digits::shortest(magnitude);
    if value == 0.0 || (1e-4..1e15).contains(&magnitude) {
        return format!("{sign}{}", digits.plain());
    }
    let (mantissa, exponent) = digits.scientific();
    let exponent_sign = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{mantissa}e{exponent_sign}{:02}", exponent.abs())
}

/// A timestamp as PostgreSQL writes it while `TimeZone` is UTC: `2026-05-25 05:00:00.5+00`.
fn timestamptz_text(micros: i64) -> String {
    // Reading refuses timestamps before 1970, so that this is never negative.
    let micros = micros.max(0) as u64;
    let iso = iso_8601(micros / 1_000);
    let (date, time) = iso.split_once('T').unwrap_or_default();
    let (time, _milliseconds) = time.split_once('.').unwrap_or_default();
    let fraction = format!(".{:06}", micros % 1_000_000);
    let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
    format!("{date} {time}{fraction}+00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_text_that_postgresql_sends() {
        let text = |value: SqlValue| value.text().unwrap();
        assert_eq!(&*text(SqlValue::Bool(true)), "t");
        assert_eq!(&*text(SqlValue::Float(1e15)), "1e+15");
        assert_eq!(&*text(SqlValue::Float(-0.00005)), "-5e-05");
        assert_eq!(&*text(SqlValue::Float(f64::NEG_INFINITY)), "-Infinity");
        assert_eq!(&*text(SqlValue::Timestamptz(0)), "1970-01-01 00:00:00+00");
        assert_eq!(&*text(SqlValue::Timestamptz(1_500_000)), "1970-01-01 00:00:01.5+00");
        assert_eq!(&*text(SqlValue::Timestamptz(1_000_001)), "1970-01-01 00:00:01.000001+00");
        assert_eq!(SqlValue::Null.text(), None);
    }

    #[test]
    fn node_postgres_gives_wide_numbers_as_strings() {
        assert_eq!(SqlValue::Int(7).for_node(SqlType::Int4), NodeValue::Number(7.0));
        assert_eq!(SqlValue::Int(7).for_node(SqlType::Int8), NodeValue::Text(Rc::from("7")));
        assert_eq!(SqlValue::Void.for_node(SqlType::Void), NodeValue::Text(Rc::from("")));
    }
}
