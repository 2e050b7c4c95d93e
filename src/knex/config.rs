//! A config object becomes a client: the connection, and the pool's options with Knex's and tarn's defaults and refusals.

use std::rc::Rc;

use super::pool::{Pool, PoolOptions};
use super::profile::Profile;
use super::task::PoolId;
use super::{Client, Cx, Knex};
use crate::event::{ClientId, EventKind};
use crate::js::{Value, Vm, text};
use crate::limits;
use crate::postgres::server::Credentials;
use crate::time::Duration;

/// Where a client connects, and as whom.
#[derive(Clone, Debug)]
pub struct ConnectionConfig {
    /// The host.
    pub host: Rc<str>,
    /// The port.
    pub port: u32,
    /// Who.
    pub credentials: Rc<Credentials>,
}

const DEFAULT_ACQUIRE_TIMEOUT_MS: f64 = 60_000.0;

/// tarn's options with a time: name, and default in milliseconds.
const TIMES: [(&str, u64); 6] = [
    ("acquireTimeoutMillis", 30_000),
    ("createTimeoutMillis", 30_000),
    ("destroyTimeoutMillis", 5_000),
    ("idleTimeoutMillis", 30_000),
    ("reapIntervalMillis", 1_000),
    ("createRetryIntervalMillis", 200),
];

/// Options that Knex takes out before tarn sees them (3.3), beside those that tarn knows.
const KNEX_OPTIONS: [&str; 4] =
    ["afterCreate", "validate", "maxConnectionLifetimeMillis", "maxConnectionLifetimeJitterMillis"];
const TARN_OPTIONS: [&str; 6] = ["create", "destroy", "log", "min", "max", "propagateCreateError"];

impl Knex {
    /// `require('knex')(config)`: a new client. The error is the message of what the real one throws.
    pub(super) fn make_client(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, config: &Value) -> Result<ClientId, String> {
        check_client(vm, config)?;
        let connection = vm.get(config, "connection");
        let settings = connection_config(vm, &connection);
        let acquire_connection_timeout = Some(vm.get(config, "acquireConnectionTimeout")).filter(|v| !v.is_nullish());
        let pool = vm.get(config, "pool");
        let no_room = is_object(&pool) && is_zero(&vm.get(&pool, "max"));
        let wanted = !connection.is_nullish() && !no_room;
        let options =
            pool_options(vm, self.profile, acquire_connection_timeout.as_ref(), &pool).map_err(Rc::<str>::from);
        if wanted && let Err(message) = &options {
            return Err(message.to_string());
        }
        let client = ClientId(self.clients.len() as u32);
        vm.add_work(limits::STEPS_A_CLIENT);
        self.clients.push(Client {
            pool: None,
            had_pool: wanted,
            gone_since: None,
            connection: settings,
            options: options.clone(),
            acquire_connection_timeout,
            version_known: false,
            object: None,
        });
        if let Ok(options) = options
            && wanted
        {
            self.make_pool(vm, cx, client, options);
        }
        Ok(client)
    }

    /// `knex.initialize(config)`: a pool where there is none.
    pub(super) fn initialize(
        &mut self,
        vm: &mut Vm,
        cx: &mut Cx<'_>,
        client: ClientId,
        config: &Value,
    ) -> Result<(), String> {
        if self.clients[client.0 as usize].pool.is_some() {
            cx.tell(vm, EventKind::PoolKept { client });
            cx.warn(vm, "The pool has already been initialized");
            return Ok(());
        }
        let options = if config.is_nullish() {
            self.clients[client.0 as usize].options.clone().map_err(|message| message.to_string())?
        } else {
            // The client's own acquireConnectionTimeout stays; only the new config's `pool` is looked at.
            let timeout = self.clients[client.0 as usize].acquire_connection_timeout.clone();
            let pool = vm.get(config, "pool");
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
        cx.tell(vm, EventKind::PoolCreated { client });
    }
}

fn check_client(vm: &Vm, config: &Value) -> Result<(), String> {
    if !is_object(config) {
        return Err("knex: Required configuration option 'client' is missing.".to_owned());
    }
    match vm.get(config, "client") {
        Value::String(name) if matches!(&*name, "pg" | "postgres" | "postgresql") => Ok(()),
        Value::Undefined | Value::Null => Err("knex: Required configuration option 'client' is missing.".to_owned()),
        other => Err(format!(
            "knex: Unknown configuration option 'client' value {}. Note that it is case-sensitive, check documentation \
             for supported values.",
            vm.display(&other)
        )),
    }
}

fn is_object(value: &Value) -> bool {
    value.as_object().is_some()
}

fn is_zero(value: &Value) -> bool {
    value.as_number() == Some(0.0)
}

/// The parts of `connection`, an object or a URL, with the driver's defaults for what is missing.
fn connection_config(vm: &Vm, connection: &Value) -> ConnectionConfig {
    if let Value::String(url) = connection {
        return of_url(url);
    }
    let text = |key: &str, default: &str| -> Rc<str> {
        match if is_object(connection) { vm.get(connection, key) } else { Value::Undefined } {
            Value::Undefined | Value::Null => default.into(),
            value => vm.display(&value).into(),
        }
    };
    let port = text("port", "5432").parse().unwrap_or(5_432);
    let credentials = Credentials {
        user: text("user", "postgres"),
        password: text("password", ""),
        database: text("database", &text("user", "postgres")),
    };
    ConnectionConfig { host: text("host", "localhost"), port, credentials: Rc::new(credentials) }
}

/// `postgres://user:password@host:port/database`.
fn of_url(url: &str) -> ConnectionConfig {
    let rest = text::split_once(url, "://").map_or(url, |(_, rest)| rest);
    let (address, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (who, place) = address.rsplit_once('@').unwrap_or(("", address));
    let (user, password) = who.split_once(':').unwrap_or((who, ""));
    let (host, port) = place.split_once(':').unwrap_or((place, ""));
    let database = database.split('?').next().unwrap_or_default();
    let credentials = Credentials {
        user: if user.is_empty() { "postgres" } else { user }.into(),
        password: password.into(),
        database: if database.is_empty() { user } else { database }.into(),
    };
    let host = if host.is_empty() { "localhost" } else { host };
    ConnectionConfig { host: host.into(), port: port.parse().unwrap_or(5_432), credentials: Rc::new(credentials) }
}

/// The pool's options: Knex's defaults over the config's, then tarn's checks in tarn's order.
fn pool_options(
    vm: &Vm,
    profile: &Profile,
    acquire_connection_timeout: Option<&Value>,
    pool: &Value,
) -> Result<PoolOptions, String> {
    let option = |key: &str| if is_object(pool) { vm.get(pool, key) } else { Value::Undefined };
    let or = |value: Value, default: f64| match value {
        Value::Undefined => Value::Number(default),
        value => value,
    };
    let min = whole(&or(option("min"), 2.0)).ok_or("Tarn: opt.min must be an integer >= 0")?;
    let max = whole(&or(option("max"), 10.0)).filter(|max| *max > 0).ok_or("Tarn: opt.max must be an integer > 0")?;
    if min > max {
        return Err("Tarn: opt.max is smaller than opt.min".to_owned());
    }
    let acquire = acquire_timeout(profile, acquire_connection_timeout, option("acquireTimeoutMillis"));
    let mut times = [Duration::ZERO; TIMES.len()];
    for (place, (name, default)) in times.iter_mut().zip(TIMES) {
        let value = if name == "acquireTimeoutMillis" { acquire.clone() } else { option(name) };
        *place = match &value {
            Value::Undefined => Duration::from_millis(default),
            value => {
                whole(value).filter(|ms| *ms > 0).map(|ms| Duration::from_millis(u64::from(ms))).ok_or_else(|| {
                    let shown = vm.json_stringify(value).unwrap_or_else(|| "undefined".to_owned());
                    format!("Tarn: invalid opt.{name} {shown}")
                })?
            }
        };
    }
    if profile.refuses_unknown_options {
        let known = |key: &str| {
            KNEX_OPTIONS.contains(&key) || TARN_OPTIONS.contains(&key) || TIMES.iter().any(|(name, _)| *name == key)
        };
        if let Some(key) = vm.keys(pool).into_iter().find(|key| !known(key)) {
            return Err(format!("Tarn: unsupported option opt.{key}"));
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
    })
}

/// The smaller one of the two settings; 0.17 puts its default in the place of the first where that is unset.
fn acquire_timeout(profile: &Profile, of_client: Option<&Value>, of_pool: Value) -> Value {
    let of_client = match of_client {
        Some(value) if !profile.caps_acquire_timeout || value.is_truthy() => Some(value.clone()),
        _ if profile.caps_acquire_timeout => Some(Value::Number(DEFAULT_ACQUIRE_TIMEOUT_MS)),
        _ => None,
    };
    match (of_client, of_pool) {
        (None, Value::Undefined) => Value::Number(DEFAULT_ACQUIRE_TIMEOUT_MS),
        (None, value) | (Some(value), Value::Undefined) => value,
        (Some(a), b) => match (a.as_number(), b.as_number()) {
            (Some(a), Some(b)) => Value::Number(a.min(b)),
            // Math.min of something that is not a number.
            _ => Value::Number(f64::NAN),
        },
    }
}

fn whole(value: &Value) -> Option<u32> {
    let number = value.as_number()?;
    (number >= 0.0 && number.fract() == 0.0 && number <= f64::from(u32::MAX)).then_some(number as u32)
}
