//! The settings of a run: plain data that every layer reads. `scenario/settings` maps the scenario language's keys onto
//! it; the defaults here are those of the reference.

use std::rc::Rc;

use crate::limits;
use base::time::Duration;

/// Everything that can be set before a run begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// What request ids and jitter are drawn from.
    pub seed: u64,
    /// Which recorded version of Knex, with its pg and tarn.
    pub knex: KnexVersion,
    /// What the config file says of the pool; what is unset is the library's default.
    pub pool: PoolSettings,
    /// `acquireConnectionTimeout`.
    pub acquire_connection_timeout: Option<Duration>,
    /// What the config file says of the connection.
    pub connection: ConnectionSettings,
    /// The server.
    pub postgres: PostgresSettings,
    /// The service.
    pub lambda: LambdaSettings,
    /// How long things take.
    pub latency: Latencies,
    /// MB of real memory that the values of one environment may take. No scenario sets it: it is a matter of where the
    /// simulation runs.
    pub heap_mb: u32,
}

/// The recorded versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum KnexVersion {
    /// May 2019: Knex 0.17.0, pg 8.0, tarn 1.1.5.
    V0_17_0,
    /// Today: Knex 3.3.0, pg 8.23, tarn 3.1.2.
    #[default]
    V3_3_0,
}

/// The pool options of the config file.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)] // the fields carry the names of tarn's options
pub struct PoolSettings {
    pub min: Option<u32>,
    pub max: Option<u32>,
    pub idle_timeout: Option<Duration>,
    pub reap_interval: Option<Duration>,
    pub acquire_timeout: Option<Duration>,
    pub create_timeout: Option<Duration>,
    pub create_retry_interval: Option<Duration>,
    pub destroy_timeout: Option<Duration>,
    pub propagate_create_error: Option<bool>,
}

/// The connection of the config file. The right password is `apppw`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ConnectionSettings {
    pub user: Rc<str>,
    pub password: Rc<str>,
    pub host: Rc<str>,
    pub port: u32,
    pub database: Rc<str>,
}

/// The server's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct PostgresSettings {
    pub max_connections: u32,
    pub superuser_reserved_connections: u32,
    /// Zero: off.
    pub idle_session_timeout: Duration,
    /// Zero: off.
    pub idle_in_transaction_session_timeout: Duration,
}

/// The function's configuration and the service's habits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LambdaSettings {
    /// The function's timeout.
    pub timeout: Duration,
    /// Memory in MB of 1,048,576 bytes.
    pub memory_mb: u32,
    /// Size of /tmp in MB of 1,048,576 bytes.
    pub tmp_mb: u32,
    /// Whether an environment is frozen as soon as its invocation is over, as Lambda does.
    pub freeze: Freezing,
    /// Whether each handler is a function with environments of its own.
    pub deploy: Deployment,
    /// An environment that has been idle for so long is shut down.
    pub reclaim_after: Duration,
    /// Environments that may work at the same time; past it an invocation is throttled.
    pub concurrency: u32,
    /// The log's format.
    pub log: LogFormat,
}

/// When an environment is frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freezing {
    /// As soon as its invocation is over.
    Auto,
    /// By a `freeze` statement only.
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

/// How long things take.
#[derive(Clone, Debug, PartialEq)]
pub struct Latencies {
    /// Starting the runtime and the module's own weight (what its evaluation costs comes on top).
    pub init: Duration,
    /// From the connect to a session that is ready.
    pub connect: Duration,
    /// A query's round trip.
    pub query: Duration,
    /// From the client's end to the freed slot.
    pub close: Duration,
    /// A thaw.
    pub thaw: Duration,
    /// One step of the handler machine.
    pub step: Duration,
    /// A share from 0 to 1 by which latencies vary, drawn from the seed.
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
    /// Those of a page's machine before anything is set: a small server, and the reader does the freezing.
    pub fn page() -> Self {
        let mut settings = Self::default();
        settings.postgres.max_connections = 8;
        settings.lambda.freeze = Freezing::Manual;
        settings.heap_mb = limits::PAGE_HEAP_MB;
        settings
    }
}

/// The password that the server takes for the role `app`.
pub const RIGHT_PASSWORD: &str = "apppw";
