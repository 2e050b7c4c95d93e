//! One table of the settings: each key with its type, its range, where its value is kept and what it means. Reading,
//! printing, messages and the reference page are made from it.

use std::rc::Rc;

use crate::settings::{Deployment, Freezing, KnexVersion, LogFormat, Settings};
use base::decimal;
use base::time::Duration;

use super::error::did_you_mean;
use super::lexer::{Bare, duration};
use super::print;

/// One `KEY=VALUE`.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The place of its key in the table.
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

/// One setting, for the reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingDoc {
    /// Its key.
    pub key: &'static str,
    /// What it takes.
    pub values: String,
    /// What holds where it is not set.
    pub default: String,
    /// What it means.
    pub meaning: &'static str,
}

/// What a setting takes, and where it is kept.
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
    /// What the libraries do where it is unset.
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
        let default = match kept(index, &mut defaults) {
            Some(assignment) => {
                let mut text = String::new();
                assignment.write_value(&mut text);
                text
            }
            None => format!("the library's: {}", row.unset),
        };
        SettingDoc { key: row.key, values: expected(&row.field), default, meaning: row.meaning }
    })
}

/// What has to be set to get from `base` to `settings`. An option of a library that only `base` gives cannot be unset.
pub fn difference(settings: &Settings, base: &Settings) -> Vec<Assignment> {
    let (mut settings, mut base) = (settings.clone(), base.clone());
    let pairs = (0..TABLE.len()).map(|row| (kept(row, &mut settings), kept(row, &mut base)));
    pairs.filter(|(ours, theirs)| ours != theirs).filter_map(|(ours, _)| ours).collect()
}

/// The assignment that would give the row's present value; `None` where it is unset.
fn kept(row: usize, settings: &mut Settings) -> Option<Assignment> {
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
    /// The assignment that `key=value` is, without the quotes of a JSON string.
    ///
    /// # Errors
    /// What was expected, where there is no such key or the value is not one of its own.
    pub fn read(key: &str, value: &str) -> Result<Self, String> {
        let row = TABLE.iter().position(|row| row.key == key).ok_or("the key of a setting")?;
        Ok(Self { row, value: read(&TABLE[row].field, value)? })
    }

    /// The key.
    pub fn key(&self) -> &'static str {
        TABLE[self.row].key
    }

    /// Sets it.
    pub fn apply(&self, settings: &mut Settings) {
        match (&TABLE[self.row].field, &self.value) {
            (Field::Seed, Value::Integer(seed)) => settings.seed = *seed,
            // Reading has checked that these fit.
            (Field::Count { place, .. }, Value::Integer(count)) => *place(settings) = *count as u32,
            (Field::LibraryCount { place }, Value::Integer(count)) => *place(settings) = Some(*count as u32),
            (Field::Duration { place, .. }, Value::Duration(span)) => *place(settings) = *span,
            (Field::LibraryDuration { place }, Value::Duration(span)) => *place(settings) = Some(*span),
            (Field::Share { place }, Value::Share(share)) => *place(settings) = *share,
            (Field::Text { place }, Value::Text(text)) => place(settings).clone_from(text),
            (Field::Choice { put, .. }, Value::Choice(choice)) => put(settings, *choice),
            _ => unreachable!("{} was read as another kind", self.key()),
        }
    }

    /// The value as the language writes it.
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

/// Whether there is such a setting.
pub(super) fn is_key(key: &str) -> bool {
    TABLE.iter().any(|row| row.key == key)
}

/// What a setting takes, in words.
pub(super) fn takes(key: &str) -> String {
    TABLE.iter().find(|row| row.key == key).map_or_else(String::new, |row| expected(&row.field))
}

/// "did you mean …?" for a key.
pub(super) fn near(key: &str) -> Option<String> {
    did_you_mean(key, TABLE.iter().map(|row| row.key))
}

/// What a field takes, in words.
fn expected(field: &Field) -> String {
    match field {
        Field::Seed | Field::LibraryCount { .. } => "an integer from 0".into(),
        Field::Count { least, most, .. } => format!("an integer from {least} to {most}"),
        Field::Duration { most: Some(most), least, .. } => format!("a duration from {least} to {most}"),
        Field::Duration { bare: Bare::Zero, .. } => "a duration such as 250ms, 2s, 10m or 8h, or 0".into(),
        Field::Duration { .. } => super::lexer::DURATION.into(),
        Field::LibraryDuration { .. } => "a duration such as 250ms or 2s, or a number of milliseconds".into(),
        Field::Share { .. } => "a number from 0 to 1".into(),
        Field::Text { .. } => "a word or a JSON string".into(),
        Field::Choice { names, .. } => names.join(" or "),
    }
}

fn read(field: &Field, word: &str) -> Result<Value, String> {
    let integer = |least: u64, most: u64| {
        let digits = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        let number = word.parse::<u64>().ok().filter(|number| digits && (least..=most).contains(number));
        number.map(Value::Integer).ok_or_else(|| {
            // Beyond these bounds there is nothing to say but that it is too large.
            if digits && least == 0 { format!("an integer from 0 to {most}") } else { expected(field) }
        })
    };
    match field {
        Field::Seed => integer(0, u64::MAX),
        Field::Count { least, most, .. } => integer(u64::from(*least), u64::from(*most)),
        Field::LibraryCount { .. } => integer(0, u64::from(u32::MAX)),
        Field::Duration { least, most, bare, .. } => {
            let span = duration(word, *bare).map_err(|said| most.map_or(said.to_string(), |_| expected(field)))?;
            let fits = *least <= span && most.is_none_or(|most| span <= most);
            if fits { Ok(Value::Duration(span)) } else { Err(expected(field)) }
        }
        Field::LibraryDuration { .. } => match duration(word, Bare::Milliseconds) {
            Ok(span) => Ok(Value::Duration(span)),
            Err(super::lexer::DURATION) => Err(expected(field)),
            Err(said) => Err(said.to_string()),
        },
        Field::Share { .. } => {
            let plain = word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
                && word.starts_with(|c: char| c.is_ascii_digit())
                && word.ends_with(|c: char| c.is_ascii_digit());
            let share = decimal::parse(word).filter(|share| plain && *share <= 1.0);
            share.map(Value::Share).ok_or_else(|| expected(field))
        }
        Field::Text { .. } => Ok(Value::Text(word.into())),
        Field::Choice { names, .. } => {
            names.iter().position(|name| *name == word).map(Value::Choice).ok_or_else(|| expected(field))
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
    fn what_is_kept_is_what_was_set() {
        for (row, key) in TABLE.iter().map(|row| row.key).enumerate() {
            let values = ["7", "200", "700", "1ms", "0.5", "0.17.0", "3.3.0", "false", "manual", "shared", "json"];
            let readable: Vec<_> = values.iter().filter_map(|value| Assignment::read(key, value).ok()).collect();
            assert!(!readable.is_empty(), "{key}");
            for assignment in readable {
                let mut settings = Settings::default();
                assignment.apply(&mut settings);
                assert_eq!(kept(row, &mut settings), Some(assignment), "{key}");
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
