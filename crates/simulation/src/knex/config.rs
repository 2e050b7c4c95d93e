//! A config object becomes a client: the connection, and the pool's options with Knex's and tarn's defaults and refusals.
//!
//! An option that neither of them knows is ignored or refused as they do it. An option that they heed and that is missing
//! here is refused with a message of ours. Options of the query builder, migrations and seeds count as unknown, because none
//! of those is here.
//!
//! Sources: Knex's `client.js` (`getPoolSettings`, `initializePool`) and tarn's `Pool.js`, of both versions.

use std::rc::Rc;

use super::connection::connection_config;
use super::continuation::PoolId;
use super::pool::{Pool, PoolOptions};
use super::profile::{Profile, Tarn};
use super::{Client, ConfigError, Cx, Knex, LibraryError};
use crate::event::{ClientId, EventKind};
use crate::limits;
use base::time::Duration;
use javascript::convert::type_of;
use javascript::{Value, Vm};

/// The preparation of each new connection by `searchPath`.
#[derive(Clone, Debug)]
pub struct SearchPath {
    /// The statement.
    pub sql: Rc<str>,
    /// The warning that is printed before it.
    pub warning: Option<Rc<str>>,
}

const DEFAULT_ACQUIRE_TIMEOUT_MS: f64 = 60_000.0;

/// tarn's options with a time: the name, and the default in milliseconds.
const TIMES: [(&str, u64); 6] = [
    ("acquireTimeoutMillis", 30_000),
    ("createTimeoutMillis", 30_000),
    ("destroyTimeoutMillis", 5_000),
    ("idleTimeoutMillis", 30_000),
    ("reapIntervalMillis", 1_000),
    ("createRetryIntervalMillis", 200),
];

/// Options of the pool that Knex 3.3 takes out before tarn sees them.
const KNEX_OPTIONS: [&str; 4] =
    ["afterCreate", "validate", "maxConnectionLifetimeMillis", "maxConnectionLifetimeJitterMillis"];
/// Options of the pool that Knex used before tarn; Knex warns that they are no longer supported.
const FORMER_OPTIONS: &str = "maxWaitingClients testOnBorrow fifo priorityRange autostart evictionRunIntervalMillis \
    numTestsPerRun softIdleTimeoutMillis Promise";
const TARN_OPTIONS: [&str; 6] = ["create", "destroy", "log", "min", "max", "propagateCreateError"];

impl Knex {
    /// `require('knex')(config)`: makes a client.
    ///
    /// # Errors
    /// The error that Knex or tarn throws, or a refusal.
    pub(super) fn make_client(
        &mut self,
        vm: &mut Vm,
        cx: &mut Cx<'_>,
        config: &Value,
    ) -> Result<ClientId, ConfigError> {
        let named = config.as_str().map(|url| url.split_once("://").map_or("sqlite3", |(protocol, _)| protocol));
        let whole_url = vm.heap_mut().new_object();
        let config = if let Some(client) = named {
            vm.set(&whole_url, "client", Value::string(client));
            vm.set(&whole_url, "connection", config.clone());
            &whole_url
        } else {
            config
        };
        check_client(vm, config)?;
        check_config(vm, self.profile, config)?;
        let connection = vm.get(config, "connection");
        let is_function = vm.is_callable(&connection) && !self.profile.is_0_17();
        let provider = Some(connection.clone()).filter(|_| is_function);
        let settings = if !connection.is_truthy() || provider.is_some() {
            // There is no driver, or the function has not been asked.
            Err(LibraryError::type_error("Cannot read properties of undefined (reading 'Client')"))
        } else {
            Ok(connection_config(vm, cx, self.profile, &connection)?)
        };
        let acquire_connection_timeout = Some(vm.get(config, "acquireConnectionTimeout")).filter(|v| !v.is_nullish());
        let pool = vm.get(config, "pool");
        let no_room = is_object(&pool) && is_zero(&vm.get(&pool, "max"));
        let wanted = connection.is_truthy() && !no_room;
        if wanted {
            Self::warn_of_former_options(vm, cx, &pool);
        }
        let options = pool_options(vm, self.profile, acquire_connection_timeout.as_ref(), &pool);
        if wanted && let Err(error) = &options {
            return Err(error.clone());
        }
        let client = ClientId(self.clients.len() as u32);
        vm.add_work(limits::STEPS_A_CLIENT);
        let version_known = vm.get(config, "version").is_truthy();
        let search_path = search_path(vm, self.profile, &vm.get(config, "searchPath"));
        self.clients.push(Client {
            pool: None,
            no_pool: Value::Undefined,
            had_pool: wanted,
            gone_since: None,
            connection: settings,
            provider: provider.map(|provider| vm.retain(provider)),
            search_path,
            options: options.clone(),
            acquire_connection_timeout,
            version_known,
            object: None,
        });
        if let Ok(options) = options
            && wanted
        {
            self.make_pool(vm, cx, client, options);
        }
        Ok(client)
    }

    fn warn_of_former_options(vm: &mut Vm, cx: &mut Cx<'_>, pool: &Value) {
        for option in FORMER_OPTIONS.split_ascii_whitespace() {
            if vm.keys(pool).contains(&option) {
                let rest = "See https://github.com/Vincit/tarn.js for possible pool config options.";
                cx.warn(vm, &format!("Pool config option \"{option}\" is no longer supported. {rest}"));
            }
        }
    }

    /// `knex.initialize(config)`: makes a pool, unless there is one.
    ///
    /// # Errors
    /// The error that tarn throws.
    pub(super) fn initialize(
        &mut self,
        vm: &mut Vm,
        cx: &mut Cx<'_>,
        client: ClientId,
        config: &Value,
    ) -> Result<(), ConfigError> {
        if self.clients[client.0 as usize].pool.is_some() {
            cx.emit(vm, EventKind::PoolKept { client });
            cx.warn(vm, "The pool has already been initialized");
            return Ok(());
        }
        let options = if config.is_nullish() {
            self.clients[client.0 as usize].options.clone()?
        } else {
            // The client's own acquireConnectionTimeout stays; only the new config's `pool` is looked at.
            let timeout = self.clients[client.0 as usize].acquire_connection_timeout.clone();
            let pool = vm.get(config, "pool");
            Self::warn_of_former_options(vm, cx, &pool);
            pool_options(vm, self.profile, timeout.as_ref(), &pool)?
        };
        self.make_pool(vm, cx, client, options);
        Ok(())
    }

    fn make_pool(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, client: ClientId, options: PoolOptions) {
        let id = PoolId(self.number());
        self.pools.insert(id, Pool::new(client, options));
        let owner = &mut self.clients[client.0 as usize];
        owner.pool = Some(id);
        owner.had_pool = true;
        cx.emit(vm, EventKind::PoolCreated { client });
    }
}

/// The clients of other databases that either version of Knex knows.
const OTHER_CLIENTS: &str = "mariadb mssql mysql mysql2 oracledb pgnative redshift sqlite3 sqlite cockroachdb \
    better-sqlite3";

fn check_client(vm: &Vm, config: &Value) -> Result<(), ConfigError> {
    if !is_object(config) {
        return Err(ConfigError::ClientMissing);
    }
    match vm.get(config, "client") {
        Value::String(name) if matches!(&*name, "pg" | "postgres" | "postgresql") => Ok(()),
        Value::String(name) if OTHER_CLIENTS.split_ascii_whitespace().any(|known| *known == *name) => {
            Err(ConfigError::missing_here("a client other than `pg`", "write `client: 'pg'`"))
        }
        client if !client.is_truthy() && vm.get(config, "dialect").is_truthy() => {
            Err(ConfigError::missing_here("`dialect`", "write `client: 'pg'`"))
        }
        client if vm.is_callable(&client) => {
            Err(ConfigError::missing_here("a client other than `pg`", "write `client: 'pg'`"))
        }
        client if !client.is_truthy() => Err(ConfigError::ClientMissing),
        other => Err(ConfigError::ClientUnknown(vm.display(&other))),
    }
}

fn is_object(value: &Value) -> bool {
    value.as_object().is_some()
}

fn is_zero(value: &Value) -> bool {
    value.as_number() == Some(0.0)
}

/// Refuses the options that Knex itself heeds and that are missing here.
fn check_config(vm: &Vm, profile: &Profile, config: &Value) -> Result<(), ConfigError> {
    let today = if profile.is_0_17() { "" } else { "connectionPool" };
    let refused = "debug log asyncStackTraces postProcessResponse wrapIdentifier".split(' ');
    for key in refused.chain(Some(today).filter(|key| !key.is_empty())) {
        if vm.get(config, key).is_truthy() {
            return Err(ConfigError::missing_here(format!("`{key}`"), "leave it out"));
        }
    }
    Ok(())
}

/// The preparation by `searchPath`, or the error that a create fails with; `None` if there is no `searchPath`.
fn search_path(vm: &Vm, profile: &Profile, path: &Value) -> Option<Result<SearchPath, LibraryError>> {
    let names = match path {
        path if !path.is_truthy() => return None,
        Value::String(_) => vec![path.clone()],
        path => {
            let Some(names) = vm.heap().array(path) else {
                let kind = type_of(vm.heap(), path);
                let message = format!("knex: Expected searchPath to be Array/String, got: {kind}");
                return Some(Err(LibraryError::type_error(&message)));
            };
            names.clone()
        }
    };
    let (mut quoted, mut warning) = (Vec::new(), None);
    for name in names {
        let name = vm.display(&name);
        // Knex 0.17 does not escape quotation marks.
        let inner = if profile.is_0_17() { name } else { name.replace('"', "\"\"") };
        quoted.push(format!("\"{inner}\""));
    }
    if let Value::String(path) = path
        && path.contains(',')
    {
        let parts: Vec<String> = path.split(',').map(|part| format!("'{part}'")).collect();
        let advice = "If you are trying to specify multiple schemas, use Array syntax: [";
        let parts = parts.join(", ");
        warning = Some(format!("Detected comma in searchPath \"{path}\".{advice}{parts}]").into());
    }
    Some(Ok(SearchPath { sql: format!("set search_path to {}", quoted.join(",")).into(), warning }))
}

/// The pool's options: the config's with Knex's defaults, checked as tarn does, in tarn's order.
fn pool_options(
    vm: &mut Vm,
    profile: &Profile,
    acquire_connection_timeout: Option<&Value>,
    pool: &Value,
) -> Result<PoolOptions, ConfigError> {
    let after_create = vm.get(pool, "afterCreate");
    let after_create = (after_create.is_truthy()).then(|| vm.retain(after_create));
    let vm = &*vm;
    let option = |key: &str| vm.get(pool, key);
    let truthy = |key: &str| option(key).is_truthy();
    // Knex 3.3 does not know `beforeDestroy`, and 0.17 overwrites `validate`.
    let refused =
        if profile.is_0_17() { "log beforeDestroy" } else { "log validate maxConnectionLifetimeJitterMillis" };
    if let Some(key) = refused.split(' ').find(|key| truthy(key)) {
        return Err(ConfigError::missing_here(format!("`pool.{key}`"), "leave it out"));
    }
    if after_create.is_some() && !vm.is_callable(&option("afterCreate")) {
        return Err(ConfigError::missing_here(
            "a `pool.afterCreate` that is no function",
            "write `(connection, done) => …`",
        ));
    }
    let lifetime = option("maxConnectionLifetimeMillis").as_number().filter(|ms| *ms > 0.0 && ms.is_finite());
    let or = |value: Value, default: f64| match value {
        Value::Undefined => Value::Number(default),
        value => value,
    };
    let min = whole(&or(option("min"), 2.0)).ok_or(ConfigError::MinInvalid)?;
    let max = whole(&or(option("max"), 10.0)).filter(|max| *max > 0).ok_or(ConfigError::MaxInvalid)?;
    if min > max {
        return Err(ConfigError::MaxBelowMin);
    }
    let acquire = acquire_timeout(profile, acquire_connection_timeout, option("acquireTimeoutMillis"));
    let mut times = [Duration::ZERO; TIMES.len()];
    for (place, (name, default)) in times.iter_mut().zip(TIMES) {
        let value = if name == "acquireTimeoutMillis" { acquire.clone() } else { option(name) };
        *place = match &value {
            Value::Undefined => Duration::from_millis(default),
            value => {
                whole(value).filter(|ms| *ms > 0).map(|ms| Duration::from_millis(u64::from(ms))).ok_or_else(|| {
                    let value = vm.json_stringify(value).unwrap_or_else(|| "undefined".to_owned());
                    ConfigError::TimeInvalid { option: name, value }
                })?
            }
        };
    }
    if profile.tarn == Tarn::V3 {
        let known = |key: &str| {
            KNEX_OPTIONS.contains(&key) || TARN_OPTIONS.contains(&key) || TIMES.iter().any(|(name, _)| *name == key)
        };
        if let Some(key) = vm.keys(pool).into_iter().find(|key| !known(key)) {
            return Err(ConfigError::OptionUnknown(key.to_owned()));
        }
    }
    let propagate = match option("propagateCreateError") {
        Value::Undefined => true,
        value => value.is_truthy(),
    };
    let [acquire_timeout, create_timeout, destroy_timeout, idle_timeout, reap_interval, create_retry_interval] = times;
    Ok(PoolOptions {
        min,
        max,
        acquire_timeout,
        create_timeout,
        destroy_timeout,
        idle_timeout,
        reap_interval,
        create_retry_interval,
        propagate_create_error: propagate,
        after_create,
        lifetime: lifetime.filter(|_| !profile.is_0_17()).map(|ms| Duration::from_micros((ms * 1_000.0) as u64)),
    })
}

/// `acquireTimeoutMillis`: the smaller one of the client's `acquireConnectionTimeout` and the pool's own option. Knex 0.17
/// has a default of 60 seconds for the client's, so that it caps the pool's.
fn acquire_timeout(profile: &Profile, of_client: Option<&Value>, of_pool: Value) -> Value {
    let of_client = match of_client {
        Some(value) if !profile.is_0_17() || value.is_truthy() => Some(value.clone()),
        _ if profile.is_0_17() => Some(Value::Number(DEFAULT_ACQUIRE_TIMEOUT_MS)),
        _ => None,
    };
    match (of_client, of_pool) {
        (None, Value::Undefined) => Value::Number(DEFAULT_ACQUIRE_TIMEOUT_MS),
        (None, value) | (Some(value), Value::Undefined) => value,
        (Some(a), b) => match (a.as_number(), b.as_number()) {
            (Some(a), Some(b)) => Value::Number(a.min(b)),
            // `Math.min` of a value that is not a number.
            _ => Value::Number(f64::NAN),
        },
    }
}

/// A value as a whole number from 0 to 2^32 - 1.
pub(super) fn whole(value: &Value) -> Option<u32> {
    let number = value.as_number()?;
    (number >= 0.0 && number.fract() == 0.0 && number <= f64::from(u32::MAX)).then_some(number as u32)
}
