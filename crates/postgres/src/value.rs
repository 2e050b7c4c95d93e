//! Values and their types, and what node-postgres makes of them.

use std::rc::Rc;

use super::decimal::Decimal;
use base::decimal::Digits;
use base::time::iso_8601;

/// The types that the mock knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)] // the names are PostgreSQL's
pub enum SqlType {
    /// A literal or parameter whose type nothing has decided yet; never that of a result's column.
    Unknown,
    Void,
    Bool,
    Int2,
    Int4,
    Int8,
    Numeric,
    Float8,
    Text,
    Varchar,
    Name,
    Timestamptz,
}

/// A value. Which type it has stands beside it, in the column.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum SqlValue {
    /// NULL.
    #[default]
    Null,
    /// What a function without a result gives.
    Void,
    /// A boolean.
    Bool(bool),
    /// A whole number of any width.
    Int(i64),
    /// A `numeric`.
    Numeric(Rc<Decimal>),
    /// A `double precision`.
    Float(f64),
    /// A string.
    Text(Rc<str>),
    /// A moment, in microseconds since the Unix epoch.
    Moment(i64),
}

/// What node-postgres hands to the handler.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeValue {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number: of int2, int4 and float8 alone.
    Number(f64),
    /// A string; of int8 and numeric too, and the empty one for void.
    Text(Rc<str>),
    /// A `Date` of this many milliseconds.
    Date(f64),
}

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name; names may repeat, and node-postgres keeps the last.
    pub name: Rc<str>,
    /// Its type.
    pub kind: SqlType,
}

/// The result of one statement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueryResult {
    /// The first word of the command tag (`SELECT`, `INSERT`, `BEGIN`, `CREATE`, …): node-postgres' `command`. Empty for
    /// an empty query, where node-postgres gives `null`.
    pub command: &'static str,
    /// The columns; none where the statement gives no rows.
    pub columns: Vec<Column>,
    /// The rows, each with a value for every column.
    pub rows: Vec<Vec<SqlValue>>,
    /// node-postgres' `rowCount`; `None` is its `null`.
    pub row_count: Option<u64>,
}

impl SqlType {
    /// The name as PostgreSQL writes it in messages.
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

    /// The name in the catalogue, which is what a column that is nothing but a cast is called.
    pub const fn catalogue_name(self) -> &'static str {
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
}

impl SqlValue {
    /// Whether it is NULL.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The value as the server writes it on the wire; NULL has no text.
    pub fn text(&self) -> Option<Rc<str>> {
        Some(match self {
            Self::Null => return None,
            Self::Void => Rc::from(""),
            Self::Bool(value) => Rc::from(if *value { "t" } else { "f" }),
            Self::Int(value) => Rc::from(value.to_string()),
            Self::Text(value) => value.clone(),
            Self::Numeric(value) => Rc::from(value.to_string()),
            Self::Float(value) => Rc::from(float_text(*value)),
            Self::Moment(micros) => Rc::from(moment_text(*micros)),
        })
    }

    /// The value as node-postgres gives it, for a column of type `kind`.
    pub fn for_node(&self, kind: SqlType) -> NodeValue {
        match (self, kind) {
            (Self::Null, _) => NodeValue::Null,
            (Self::Bool(value), _) => NodeValue::Bool(*value),
            (Self::Int(value), SqlType::Int2 | SqlType::Int4) => NodeValue::Number(*value as f64),
            (Self::Float(value), _) => NodeValue::Number(*value),
            (Self::Moment(micros), _) => NodeValue::Date(micros.div_euclid(1_000) as f64),
            (value, _) => NodeValue::Text(value.text().unwrap_or_else(|| Rc::from(""))),
        }
    }
}

/// A float in the shortest form that reads back the same, with an exponent where PostgreSQL writes one.
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

/// A moment as PostgreSQL writes a `timestamptz` in UTC.
fn moment_text(micros: i64) -> String {
    // Moments before 1970 are refused when they are read.
    let iso = iso_8601((micros / 1_000).max(0) as u64);
    let fraction = (1_000_000 + micros % 1_000_000).to_string();
    let fraction = fraction[1..].trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    // `2026-05-25T05:00:00.000Z`, which is as long for every year that can be written.
    let (date, time) = iso.split_once('T').unwrap_or_default();
    [date, " ", time.split('.').next().unwrap_or_default(), point, fraction, "+00"].concat()
}
