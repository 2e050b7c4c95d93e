//! The table of the settings: each key with its type, its range, the place of its value and its meaning.

use std::rc::Rc;

use crate::limits;
use crate::scenario::lexer::Bare;
use crate::settings::{Deployment, Freezing, KnexVersion, LogFormat, Settings};
use base::time::Duration;

/// The values of a setting, and the place where its value is kept.
pub(super) enum Field {
    /// The seed: any 64-bit number.
    Seed,
    /// A number in a range.
    Count { least: u32, most: u32, place: fn(&mut Settings) -> &mut u32 },
    /// A number that a library has a default for.
    LibraryCount { place: fn(&mut Settings) -> &mut Option<u32> },
    /// A duration in a range.
    Duration { least: Duration, most: Option<Duration>, bare: Bare, place: fn(&mut Settings) -> &mut Duration },
    /// A duration that a library has a default for.
    LibraryDuration { place: fn(&mut Settings) -> &mut Option<Duration> },
    /// A number from 0 to 1.
    Share { place: fn(&mut Settings) -> &mut f64 },
    /// Any text.
    Text { place: fn(&mut Settings) -> &mut Rc<str> },
    /// One of some words, by its place in the list. `get` returns `None` if the setting is unset.
    Choice { names: &'static [&'static str], put: fn(&mut Settings, usize), get: fn(&Settings) -> Option<usize> },
}

/// A setting.
pub(super) struct Row {
    pub(super) key: &'static str,
    pub(super) field: Field,
    /// The value that the libraries use if the setting is unset. Empty for a setting with a default of its own.
    pub(super) unset: &'static str,
    pub(super) meaning: &'static str,
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

/// All settings, in the order of the reference.
pub(super) static TABLE: [Row; 36] = [
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
        count(1, limits::CONNECTIONS as u32, |settings| &mut settings.postgres.max_connections),
        "the server's slots, reserved ones included",
    ),
    row(
        "postgres.superuser_reserved_connections",
        count(0, limits::CONNECTIONS as u32, |settings| &mut settings.postgres.superuser_reserved_connections),
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
