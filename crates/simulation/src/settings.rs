//! The settings of a run, as plain data that every layer reads.
//!
//! [`scenario::settings`](crate::scenario::settings) maps the keys of the scenario language to these fields. The defaults here are those of the
//! language's reference.

use std::rc::Rc;

use crate::limits;
use base::time::Duration;

/// All settings of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The seed that request ids and jitter are drawn from.
    pub seed: u64,
    /// The recorded version of Knex, with its pg and tarn.
    pub knex: KnexVersion,
    /// The pool options of the config file.
    pub pool: PoolSettings,
    /// Knex' own limit on waiting for a connection, `acquireConnectionTimeout`. Unset means the library's default.
    pub acquire_connection_timeout: Option<Duration>,
    /// The connection options of the config file.
    pub connection: ConnectionSettings,
    /// The configuration of the PostgreSQL server.
    pub postgres: PostgresSettings,
    /// The configuration of the Lambda functions.
    pub lambda: LambdaSettings,
    /// The durations of everything that takes time.
    pub latency: Latencies,
    /// Megabytes of real memory that the values of one environment may take. No scenario sets it, because it depends on the
    /// machine that runs the simulation.
    pub heap_mb: u32,
}

/// The versions of Knex whose behaviour was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum KnexVersion {
    /// May 2019: Knex 0.17.0, pg 8.0, tarn 1.1.5.
    V0_17_0,
    /// Today: Knex 3.3.0, pg 8.23, tarn 3.1.2.
    #[default]
    V3_3_0,
}

/// The pool options of the config file, by the names of tarn's options. An option that is unset has the library's default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PoolSettings {
    /// Connections that idle reaping leaves.
    pub min: Option<u32>,
    /// Connections at most.
    pub max: Option<u32>,
    /// The time for which a connection may be free before it is reaped.
    pub idle_timeout: Option<Duration>,
    /// The time between two searches for idle connections.
    pub reap_interval: Option<Duration>,
    /// The time for which a query may wait for a connection.
    pub acquire_timeout: Option<Duration>,
    /// The time that making a connection may take.
    pub create_timeout: Option<Duration>,
    /// The time between a failed attempt to connect and the next one.
    pub create_retry_interval: Option<Duration>,
    /// The time that closing a connection may take.
    pub destroy_timeout: Option<Duration>,
    /// True if a failed attempt to connect rejects the query at once. False if the pool tries again until the acquire
    /// timeout.
    pub propagate_create_error: Option<bool>,
}

/// The connection options of the config file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionSettings {
    /// The role.
    pub user: Rc<str>,
    /// The password of the role. The server accepts [`RIGHT_PASSWORD`].
    pub password: Rc<str>,
    /// The address of the server.
    pub host: Rc<str>,
    /// The port of the server.
    pub port: u32,
    /// The name of the database.
    pub database: Rc<str>,
}

/// The configuration of the PostgreSQL server, by the names of its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresSettings {
    /// The slots of the server, reserved ones included.
    pub max_connections: u32,
    /// The slots that only a superuser gets.
    pub superuser_reserved_connections: u32,
    /// The time after which the server ends an idle session. Zero switches it off.
    pub idle_session_timeout: Duration,
    /// The time after which the server ends a session that is idle in a transaction. Zero switches it off.
    pub idle_in_transaction_session_timeout: Duration,
}

/// The configuration of the functions, and the policies of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LambdaSettings {
    /// The function's timeout, from 1 ms to 15 minutes.
    pub timeout: Duration,
    /// The memory of the function in MB of 1,048,576 bytes.
    pub memory_mb: u32,
    /// The size of /tmp in MB of 1,048,576 bytes.
    pub tmp_mb: u32,
    /// When an environment is frozen. This setting can change during a run.
    pub freeze: Freezing,
    /// How handlers are deployed.
    pub deploy: Deployment,
    /// The idle time after which an environment is shut down.
    pub reclaim_after: Duration,
    /// Environments that may have an invocation at the same time. Beyond this number an invocation is throttled.
    pub concurrency: u32,
    /// The format of the log.
    pub log: LogFormat,
}

/// When an environment is frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freezing {
    /// As soon as its invocation is over, as Lambda does.
    Auto,
    /// Only when a reader or a `freeze` statement asks for it.
    Manual,
}

/// How handlers are deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deployment {
    /// Each handler is a function with environments of its own.
    Separate,
    /// All handlers run in the same environments.
    Shared,
}

/// The format of Lambda's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Tab-separated lines.
    Text,
    /// JSON objects.
    Json,
}

/// The durations of everything that takes time.
#[derive(Clone, Debug, PartialEq)]
pub struct Latencies {
    /// The start of the runtime, before the module is evaluated.
    pub init: Duration,
    /// The time from the attempt to connect to a session that is ready.
    pub connect: Duration,
    /// The round trip of a query.
    pub query: Duration,
    /// The time from the client's end of a connection to the free slot.
    pub close: Duration,
    /// The time that a process needs to go on after a thaw.
    pub thaw: Duration,
    /// One step of the virtual machine that runs the handlers.
    pub step: Duration,
    /// The share, from 0 to 1, by which latencies vary. The variation is drawn from the seed.
    pub jitter: f64,
}

impl LambdaSettings {
    /// The size of /tmp in bytes.
    pub fn tmp_bytes(&self) -> u64 {
        u64::from(self.tmp_mb) * 1_048_576
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            heap_mb: limits::HEAP_MB,
            knex: KnexVersion::default(),
            pool: PoolSettings::default(),
            acquire_connection_timeout: None,
            connection: ConnectionSettings {
                user: "app".into(),
                password: RIGHT_PASSWORD.into(),
                host: "127.0.0.1".into(),
                port: 5432,
                database: "demo".into(),
            },
            postgres: PostgresSettings {
                max_connections: 100,
                superuser_reserved_connections: 3,
                idle_session_timeout: Duration::ZERO,
                idle_in_transaction_session_timeout: Duration::ZERO,
            },
            lambda: LambdaSettings {
                timeout: Duration::from_secs(3),
                memory_mb: 128,
                tmp_mb: 512,
                freeze: Freezing::Auto,
                deploy: Deployment::Separate,
                reclaim_after: Duration::from_secs(600),
                concurrency: 1_000,
                log: LogFormat::Text,
            },
            latency: Latencies {
                init: Duration::from_millis(180),
                connect: Duration::from_millis(25),
                query: Duration::from_millis(1),
                close: Duration::from_millis(2),
                thaw: Duration::from_millis(1),
                step: Duration::from_micros(1),
                jitter: 0.0,
            },
        }
    }
}

impl Settings {
    /// The settings of a machine on the page: a small server, and the reader freezes the environments.
    pub fn page() -> Self {
        let mut settings = Self::default();
        settings.postgres.max_connections = 8;
        settings.lambda.freeze = Freezing::Manual;
        settings.heap_mb = limits::PAGE_HEAP_MB;
        settings
    }
}

/// The password that the server accepts for the role `app`.
pub const RIGHT_PASSWORD: &str = "apppw";
