//! The table of the settings: each key with its type, its range, the place of its value and its meaning. Reading, printing,
//! messages and the reference page are made from this table.

use core::fmt;
use std::rc::Rc;

use crate::settings::{Deployment, Freezing, KnexVersion, LogFormat, Settings};
use base::decimal;
use base::time::Duration;

use super::error::did_you_mean;
use super::lexer::{Bare, DurationError, duration};
use super::print;

/// One `KEY=VALUE` of a `set` statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The row of the setting in the table.
    row: usize,
    value: Value,
}

#[derive(Clone, Debug, PartialEq)]
enum Value {
    Integer(u64),
    Duration(Duration),
    Share(f64),
    Text(Rc<str>),
    Choice(usize),
}

/// A setting's entry in the reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingDoc {
    /// The key.
    pub key: &'static str,
    /// The values that it takes.
    pub values: String,
    /// The value that holds without an assignment.
    pub default: String,
    /// Its meaning.
    pub meaning: &'static str,
}

/// The values of a setting, and the place where its value is kept.
enum Field {
    Seed,
    Count { least: u32, most: u32, place: fn(&mut Settings) -> &mut u32 },
    LibraryCount { place: fn(&mut Settings) -> &mut Option<u32> },
    Duration { least: Duration, most: Option<Duration>, bare: Bare, place: fn(&mut Settings) -> &mut Duration },
    LibraryDuration { place: fn(&mut Settings) -> &mut Option<Duration> },
    Share { place: fn(&mut Settings) -> &mut f64 },
    Text { place: fn(&mut Settings) -> &mut Rc<str> },
    Choice { names: &'static [&'static str], put: fn(&mut Settings, usize), get: fn(&Settings) -> Option<usize> },
}

struct Row {
    key: &'static str,
    field: Field,
    /// The value that the libraries use if the setting is unset. Empty for a setting with a default of its own.
    unset: &'static str,
    meaning: &'static str,
}

const fn row(key: &'static str, field: Field, meaning: &'static str) -> Row {
    Row { key, field, unset: "", meaning }
}

const fn library(key: &'static str, field: Field, unset: &'static str, meaning: &'static str) -> Row {
    Row { key, field, unset, meaning }
}

const fn count(least: u32, most: u32, place: fn(&mut Settings) -> &mut u32) -> Field {
    Field::Count { least, most, place }
}

const fn span(place: fn(&mut Settings) -> &mut Duration) -> Field {
    Field::Duration { least: Duration::ZERO, most: None, bare: Bare::Refused, place }
}

const fn off_at_zero(place: fn(&mut Settings) -> &mut Duration) -> Field {
    Field::Duration { least: Duration::ZERO, most: None, bare: Bare::Zero, place }
}

static TABLE: [Row; 36] = [
    row("seed", Field::Seed, "what request ids and jitter are drawn from"),
    row(
        "knex",
        Field::Choice {
            names: &["0.17.0", "3.3.0"],
            put: |settings, choice| settings.knex = [KnexVersion::V0_17_0, KnexVersion::V3_3_0][choice],
            get: |settings| Some(usize::from(settings.knex == KnexVersion::V3_3_0)),
        },
        "the recorded version of Knex, with its pg and tarn",
    ),
    library(
        "pool.min",
        Field::LibraryCount { place: |settings| &mut settings.pool.min },
        "2",
        "connections that idle reaping leaves",
    ),
    library(
        "pool.max",
        Field::LibraryCount { place: |settings| &mut settings.pool.max },
        "10",
        "connections at most; less than `pool.min` throws where the pool is made",
    ),
    library(
        "pool.idleTimeoutMillis",
        Field::LibraryDuration { place: |settings| &mut settings.pool.idle_timeout },
        "30s",
        "how long a connection may be free before it is reaped",
    ),
    library(
        "pool.reapIntervalMillis",
        Field::LibraryDuration { place: |settings| &mut settings.pool.reap_interval },
        "1s",
        "how often the pool looks for idle connections",
    ),
    library(
        "pool.acquireTimeoutMillis",
        Field::LibraryDuration { place: |settings| &mut settings.pool.acquire_timeout },
        "60s",
        "how long a query waits for a connection",
    ),
    library(
        "pool.createTimeoutMillis",
        Field::LibraryDuration { place: |settings| &mut settings.pool.create_timeout },
        "30s",
        "how long a connection may take to be made",
    ),
    library(
        "pool.createRetryIntervalMillis",
        Field::LibraryDuration { place: |settings| &mut settings.pool.create_retry_interval },
        "200ms",
        "how long after a failed connect the next one comes",
    ),
    library(
        "pool.destroyTimeoutMillis",
        Field::LibraryDuration { place: |settings| &mut settings.pool.destroy_timeout },
        "5s",
        "how long a connection may take to be closed",
    ),
    library(
        "pool.propagateCreateError",
        Field::Choice {
            names: &["true", "false"],
            put: |settings, choice| settings.pool.propagate_create_error = Some(choice == 0),
            get: |settings| settings.pool.propagate_create_error.map(|on| usize::from(!on)),
        },
        "true",
        "whether a failed connect reaches the query at once, or only its acquire timeout does",
    ),
    library(
        "acquireConnectionTimeout",
        Field::LibraryDuration { place: |settings| &mut settings.acquire_connection_timeout },
        "60s",
        "Knex's own limit on waiting for a connection",
    ),
    row("connection.user", Field::Text { place: |settings| &mut settings.connection.user }, "the role"),
    row(
        "connection.password",
        Field::Text { place: |settings| &mut settings.connection.password },
        "its password; the default is the right one",
    ),
    row("connection.host", Field::Text { place: |settings| &mut settings.connection.host }, "the server's address"),
    row("connection.port", count(0, 65_535, |settings| &mut settings.connection.port), "the server's port"),
    row("connection.database", Field::Text { place: |settings| &mut settings.connection.database }, "the database"),
    row(
        "postgres.max_connections",
        count(1, crate::limits::CONNECTIONS as u32, |settings| &mut settings.postgres.max_connections),
        "the server's slots, reserved ones included",
    ),
    row(
        "postgres.superuser_reserved_connections",
        count(0, crate::limits::CONNECTIONS as u32, |settings| &mut settings.postgres.superuser_reserved_connections),
        "slots that only a superuser gets",
    ),
    row(
        "postgres.idle_session_timeout",
        off_at_zero(|settings| &mut settings.postgres.idle_session_timeout),
        "the server ends a session that has been idle for so long; 0 = off",
    ),
    row(
        "postgres.idle_in_transaction_session_timeout",
        off_at_zero(|settings| &mut settings.postgres.idle_in_transaction_session_timeout),
        "the same for a session that is idle inside a transaction; 0 = off",
    ),
    row(
        "lambda.timeout",
        Field::Duration {
            least: Duration::from_millis(1),
            most: Some(Duration::from_secs(900)),
            bare: Bare::Refused,
            place: |settings| &mut settings.lambda.timeout,
        },
        "the function's timeout",
    ),
    row(
        "lambda.memory",
        count(128, 10_240, |settings| &mut settings.lambda.memory_mb),
        "the function's memory in MB of 1,048,576 bytes",
    ),
    row("lambda.tmp", count(512, 10_240, |settings| &mut settings.lambda.tmp_mb), "the size of /tmp in the same MB"),
    row(
        "lambda.freeze",
        Field::Choice {
            names: &["auto", "manual"],
            put: |settings, choice| settings.lambda.freeze = [Freezing::Auto, Freezing::Manual][choice],
            get: |settings| Some(usize::from(settings.lambda.freeze == Freezing::Manual)),
        },
        "`auto`: frozen as soon as the invocation is over, as Lambda does; `manual`: awake until `freeze`",
    ),
    row(
        "lambda.deploy",
        Field::Choice {
            names: &["separate", "shared"],
            put: |settings, choice| settings.lambda.deploy = [Deployment::Separate, Deployment::Shared][choice],
            get: |settings| Some(usize::from(settings.lambda.deploy == Deployment::Shared)),
        },
        "`separate`: each handler is a function with environments of its own; `shared` (the default with `--module`): all \
         handlers run in the same environments",
    ),
    row(
        "lambda.reclaim_after",
        span(|settings| &mut settings.lambda.reclaim_after),
        "an environment that has been idle for so long is shut down",
    ),
    row(
        "lambda.concurrency",
        count(0, 1_000_000, |settings| &mut settings.lambda.concurrency),
        "invocations that may run at the same time; past it they are throttled",
    ),
    row(
        "lambda.log",
        Field::Choice {
            names: &["text", "json"],
            put: |settings, choice| settings.lambda.log = [LogFormat::Text, LogFormat::Json][choice],
            get: |settings| Some(usize::from(settings.lambda.log == LogFormat::Json)),
        },
        "the format of Lambda's log",
    ),
    row(
        "latency.init",
        span(|settings| &mut settings.latency.init),
        "starting the runtime, before the module is evaluated",
    ),
    row(
        "latency.connect",
        span(|settings| &mut settings.latency.connect),
        "from the connect to a session that is ready",
    ),
    row("latency.query", span(|settings| &mut settings.latency.query), "a query's round trip"),
    row("latency.close", span(|settings| &mut settings.latency.close), "from the client's end to the freed slot"),
    row("latency.thaw", span(|settings| &mut settings.latency.thaw), "a thaw"),
    row("latency.step", span(|settings| &mut settings.latency.step), "one step of the handler machine"),
    row(
        "latency.jitter",
        Field::Share { place: |settings| &mut settings.latency.jitter },
        "the share by which latencies vary, drawn from the seed",
    ),
];

/// All settings, in the order of the reference.
pub fn reference() -> impl Iterator<Item = SettingDoc> {
    let mut defaults = Settings::default();
    TABLE.iter().enumerate().map(move |(index, row)| {
        let default = match present(index, &mut defaults) {
            Some(assignment) => {
                let mut text = String::new();
                assignment.write_value(&mut text);
                text
            }
            None => format!("the library's: {}", row.unset),
        };
        SettingDoc { key: row.key, values: row.field.expected().to_string(), default, meaning: row.meaning }
    })
}

/// The assignments that lead from the settings `base` to `settings`.
///
/// An option of a library that only `base` sets cannot be unset, and is left out.
pub fn difference(settings: &Settings, base: &Settings) -> Vec<Assignment> {
    let (mut settings, mut base) = (settings.clone(), base.clone());
    let pairs = (0..TABLE.len()).map(|row| (present(row, &mut settings), present(row, &mut base)));
    pairs.filter(|(ours, theirs)| ours != theirs).filter_map(|(ours, _)| ours).collect()
}

/// The assignment that gives a row its present value. `None` if the setting is unset.
fn present(row: usize, settings: &mut Settings) -> Option<Assignment> {
    let value = match &TABLE[row].field {
        Field::Seed => Value::Integer(settings.seed),
        Field::Count { place, .. } => Value::Integer(u64::from(*place(settings))),
        Field::LibraryCount { place } => Value::Integer(u64::from((*place(settings))?)),
        Field::Duration { place, .. } => Value::Duration(*place(settings)),
        Field::LibraryDuration { place } => Value::Duration((*place(settings))?),
        Field::Share { place } => Value::Share(*place(settings)),
        Field::Text { place } => Value::Text(place(settings).clone()),
        Field::Choice { get, .. } => Value::Choice(get(settings)?),
    };
    Some(Assignment { row, value })
}

impl Assignment {
    /// Reads the assignment of a text to a key. The text of a JSON string has been decoded.
    ///
    /// # Errors
    /// A description of what was expected, if there is no such key or the text is not a value of it.
    pub fn read(key: &str, text: &str) -> Result<Self, SettingError> {
        let row = row_of(key).ok_or(SettingError::UnknownKey)?;
        Ok(Self { row, value: TABLE[row].field.read(text).map_err(SettingError::Value)? })
    }

    /// The key of the setting.
    pub fn key(&self) -> &'static str {
        TABLE[self.row].key
    }

    /// Changes the setting.
    pub fn apply(&self, settings: &mut Settings) {
        match (&TABLE[self.row].field, &self.value) {
            (Field::Seed, Value::Integer(seed)) => settings.seed = *seed,
            // Reading has checked that the counts fit.
            (Field::Count { place, .. }, Value::Integer(count)) => *place(settings) = *count as u32,
            (Field::LibraryCount { place }, Value::Integer(count)) => *place(settings) = Some(*count as u32),
            (Field::Duration { place, .. }, Value::Duration(span)) => *place(settings) = *span,
            (Field::LibraryDuration { place }, Value::Duration(span)) => *place(settings) = Some(*span),
            (Field::Share { place }, Value::Share(share)) => *place(settings) = *share,
            (Field::Text { place }, Value::Text(text)) => place(settings).clone_from(text),
            (Field::Choice { put, .. }, Value::Choice(choice)) => put(settings, *choice),
            _ => unreachable!("the value of {} was read for its own field", self.key()),
        }
    }

    /// Appends the value as the language writes it.
    pub(super) fn write_value(&self, out: &mut String) {
        match &self.value {
            Value::Integer(number) => out.push_str(&number.to_string()),
            Value::Duration(span) => out.push_str(&span.to_string()),
            Value::Share(share) => out.push_str(&javascript::number::to_string(*share)),
            Value::Text(text) => print::text(text, out),
            Value::Choice(choice) => {
                if let Field::Choice { names, .. } = &TABLE[self.row].field {
                    out.push_str(names[*choice]);
                }
            }
        }
    }
}

/// Why an assignment could not be read. Its text describes what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingError {
    /// There is no setting of this name.
    UnknownKey,
    /// The text is not one of the setting's values.
    Value(ExpectedValue),
}

/// A description of the values of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectedValue {
    /// A whole number of at least 0.
    Integer,
    /// A whole number in a range.
    IntegerBetween(u64, u64),
    /// A duration in a range.
    DurationBetween(Duration, Duration),
    /// A duration of the language. The text says which rule of durations was broken.
    Duration(String),
    /// A duration, or a bare 0.
    DurationOrZero,
    /// A duration, or a bare number of milliseconds.
    DurationOrMilliseconds,
    /// A number from 0 to 1.
    Share,
    /// A word or a JSON string.
    Text,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

impl fmt::Display for SettingError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey => out.write_str("the key of a setting"),
            Self::Value(expected) => expected.fmt(out),
        }
    }
}

impl core::error::Error for SettingError {}

impl fmt::Display for ExpectedValue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer => out.write_str("an integer from 0"),
            Self::IntegerBetween(least, most) => write!(out, "an integer from {least} to {most}"),
            Self::DurationBetween(least, most) => write!(out, "a duration from {least} to {most}"),
            Self::Duration(rule) => out.write_str(rule),
            Self::DurationOrZero => out.write_str("a duration such as 250ms, 2s, 10m or 8h, or 0"),
            Self::DurationOrMilliseconds => {
                out.write_str("a duration such as 250ms or 2s, or a number of milliseconds")
            }
            Self::Share => out.write_str("a number from 0 to 1"),
            Self::Text => out.write_str("a word or a JSON string"),
            Self::OneOf(names) => out.write_str(&names.join(" or ")),
        }
    }
}

fn row_of(key: &str) -> Option<usize> {
    TABLE.iter().position(|row| row.key == key)
}

/// True if there is a setting with this key.
pub(super) fn is_key(key: &str) -> bool {
    row_of(key).is_some()
}

/// A description of the values of a setting, for messages.
pub(super) fn expected_values(key: &str) -> String {
    row_of(key).map_or_else(String::new, |row| TABLE[row].field.expected().to_string())
}

/// "did you mean …?" with the key that was probably meant.
pub(super) fn did_you_mean_key(key: &str) -> Option<String> {
    did_you_mean(key, TABLE.iter().map(|row| row.key))
}

impl Field {
    /// A description of the field's values.
    fn expected(&self) -> ExpectedValue {
        match self {
            Self::Seed | Self::LibraryCount { .. } => ExpectedValue::Integer,
            Self::Count { least, most, .. } => ExpectedValue::IntegerBetween(u64::from(*least), u64::from(*most)),
            Self::Duration { most: Some(most), least, .. } => ExpectedValue::DurationBetween(*least, *most),
            Self::Duration { bare: Bare::Zero, .. } => ExpectedValue::DurationOrZero,
            Self::Duration { .. } => ExpectedValue::Duration(super::lexer::DURATION.to_owned()),
            Self::LibraryDuration { .. } => ExpectedValue::DurationOrMilliseconds,
            Self::Share { .. } => ExpectedValue::Share,
            Self::Text { .. } => ExpectedValue::Text,
            Self::Choice { names, .. } => ExpectedValue::OneOf(names),
        }
    }

    fn read(&self, text: &str) -> Result<Value, ExpectedValue> {
        match self {
            Self::Seed => self.read_integer(text, 0, u64::MAX),
            Self::Count { least, most, .. } => self.read_integer(text, u64::from(*least), u64::from(*most)),
            Self::LibraryCount { .. } => self.read_integer(text, 0, u64::from(u32::MAX)),
            Self::Duration { least, most, bare, .. } => match duration(text, *bare) {
                Ok(span) if *least <= span && most.is_none_or(|most| span <= most) => Ok(Value::Duration(span)),
                Err(error) if most.is_none() => Err(ExpectedValue::Duration(error.to_string())),
                _ => Err(self.expected()),
            },
            Self::LibraryDuration { .. } => match duration(text, Bare::Milliseconds) {
                Ok(span) => Ok(Value::Duration(span)),
                Err(DurationError::NotADuration) => Err(self.expected()),
                Err(error) => Err(ExpectedValue::Duration(error.to_string())),
            },
            Self::Share { .. } => {
                let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
                    && text.starts_with(|c: char| c.is_ascii_digit())
                    && text.ends_with(|c: char| c.is_ascii_digit());
                let share = decimal::parse(text).filter(|share| is_plain && *share <= 1.0);
                share.map(Value::Share).ok_or_else(|| self.expected())
            }
            Self::Text { .. } => Ok(Value::Text(text.into())),
            Self::Choice { names, .. } => {
                let choice = names.iter().position(|name| *name == text);
                choice.map(Value::Choice).ok_or_else(|| self.expected())
            }
        }
    }

    fn read_integer(&self, text: &str, least: u64, most: u64) -> Result<Value, ExpectedValue> {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse::<u64>() {
            Ok(number) if is_number && (least..=most).contains(&number) => Ok(Value::Integer(number)),
            // A number that is refused where 0 is allowed can only be too large.
            _ if is_number && least == 0 => Err(ExpectedValue::IntegerBetween(0, most)),
            _ => Err(self.expected()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_there_once() {
        let mut keys: Vec<_> = TABLE.iter().map(|row| row.key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), TABLE.len());
    }

    #[test]
    fn the_present_value_is_the_one_that_was_set() {
        for (row, key) in TABLE.iter().map(|row| row.key).enumerate() {
            let values = ["7", "200", "700", "1ms", "0.5", "0.17.0", "3.3.0", "false", "manual", "shared", "json"];
            let readable: Vec<_> = values.iter().filter_map(|value| Assignment::read(key, value).ok()).collect();
            assert!(!readable.is_empty(), "{key}");
            for assignment in readable {
                let mut settings = Settings::default();
                assignment.apply(&mut settings);
                assert_eq!(present(row, &mut settings), Some(assignment), "{key}");
            }
        }
    }

    #[test]
    fn the_difference_leads_from_the_defaults_to_the_settings() {
        let text = [
            ("pool.max", "5"),
            ("latency.jitter", "0.25"),
            ("connection.password", "a b"),
            ("lambda.deploy", "shared"),
        ];
        let set: Vec<_> = text.iter().map(|(key, value)| Assignment::read(key, value).unwrap()).collect();
        let mut settings = Settings::default();
        for assignment in &set {
            assignment.apply(&mut settings);
        }
        let mut found = difference(&settings, &Settings::default());
        found.sort_by_key(|assignment| text.iter().position(|(key, _)| *key == assignment.key()));
        assert_eq!(found, set);
        assert_eq!(difference(&settings, &settings), []);
    }
}
