//! A config object becomes a client: the connection, and the pool's options with Knex's and tarn's defaults and refusals.
//!
//! What neither of them knows is ignored or refused as they do it; what they heed and is not here is refused in words of
//! our own. What only the query builder, migrations and seeds would heed is as good as unknown: those are not here at all.

use std::rc::Rc;

use super::connection::connection_config;
use super::pool::{Pool, PoolOptions};
use super::profile::Profile;
use super::task::PoolId;
use super::{Client, Cx, Failure, Knex, refusal};
use crate::event::{ClientId, EventKind};
use crate::limits;
use base::time::Duration;
use javascript::convert::type_of;
use javascript::{Value, Vm};

/// What `searchPath` makes of each new connection.
#[derive(Clone, Debug)]
pub struct SearchPath {
    /// The statement.
    pub sql: Rc<str>,
    /// What is printed before it.
    pub warning: Option<Rc<str>>,
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
/// Options of the pool before tarn, of which Knex says that they are no more.
const FORMER_OPTIONS: &str = "maxWaitingClients testOnBorrow fifo priorityRange autostart evictionRunIntervalMillis \
    numTestsPerRun softIdleTimeoutMillis Promise";
const TARN_OPTIONS: [&str; 6] = ["create", "destroy", "log", "min", "max", "propagateCreateError"];

impl Knex {
    /// `require('knex')(config)`: a new client. The error is the message of what the real one throws.
    pub(super) fn make_client(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, config: &Value) -> Result<ClientId, String> {
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
        let provided = vm.is_callable(&connection) && !self.profile.bluebird;
        let provider = Some(connection.clone()).filter(|_| provided);
        let settings = if !connection.is_truthy() || provider.is_some() {
            // What there is before a driver, or before the function has been asked.
            Err(Failure::named("TypeError", "Cannot read properties of undefined (reading 'Client')"))
        } else {
            Ok(connection_config(vm, cx, self.profile, &connection)?)
        };
        let acquire_connection_timeout = Some(vm.get(config, "acquireConnectionTimeout")).filter(|v| !v.is_nullish());
        let pool = vm.get(config, "pool");
        let no_room = is_object(&pool) && is_zero(&vm.get(&pool, "max"));
        let wanted = connection.is_truthy() && !no_room;
        if wanted {
            self.warn_of_former_options(vm, cx, &pool);
        }
        let options =
            pool_options(vm, self.profile, acquire_connection_timeout.as_ref(), &pool).map_err(Rc::<str>::from);
        if wanted && let Err(message) = &options {
            return Err(message.to_string());
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

    fn warn_of_former_options(&self, vm: &mut Vm, cx: &mut Cx<'_>, pool: &Value) {
        for option in FORMER_OPTIONS.split_ascii_whitespace() {
            if vm.keys(pool).contains(&option) {
                let rest = "See https://github.com/Vincit/tarn.js for possible pool config options.";
                cx.warn(vm, &["Pool config option \"", option, "\" is no longer supported. ", rest].concat());
            }
        }
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
            self.warn_of_former_options(vm, cx, &pool);
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

/// The names of the databases that either Knex knows and this one does not.
const OTHER_CLIENTS: &str = "mariadb mssql mysql mysql2 oracledb pgnative redshift sqlite3 sqlite cockroachdb \
    better-sqlite3";

fn check_client(vm: &Vm, config: &Value) -> Result<(), String> {
    if !is_object(config) {
        return Err("knex: Required configuration option 'client' is missing.".to_owned());
    }
    match vm.get(config, "client") {
        Value::String(name) if matches!(&*name, "pg" | "postgres" | "postgresql") => Ok(()),
        Value::String(name) if OTHER_CLIENTS.split_ascii_whitespace().any(|known| *known == *name) => {
            Err(refusal("a client other than `pg`", "write `client: 'pg'`"))
        }
        client if !client.is_truthy() && vm.get(config, "dialect").is_truthy() => {
            Err(refusal("`dialect`", "write `client: 'pg'`"))
        }
        client if vm.is_callable(&client) => Err(refusal("a client other than `pg`", "write `client: 'pg'`")),
        client if !client.is_truthy() => Err("knex: Required configuration option 'client' is missing.".to_owned()),
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

/// What Knex itself heeds of a config, and is not here.
fn check_config(vm: &Vm, profile: &Profile, config: &Value) -> Result<(), String> {
    let today = if profile.bluebird { "" } else { "connectionPool" };
    let refused = "debug log asyncStackTraces postProcessResponse wrapIdentifier".split(' ');
    for key in refused.chain(Some(today).filter(|key| !key.is_empty())) {
        if vm.get(config, key).is_truthy() {
            return Err(refusal(&["`", key, "`"].concat(), "leave it out"));
        }
    }
    Ok(())
}

/// `searchPath` as the statement that each new connection begins with, and the warning that precedes it; else what the
/// create fails with.
fn search_path(vm: &Vm, profile: &Profile, path: &Value) -> Option<Result<SearchPath, Failure>> {
    let names = match path {
        path if !path.is_truthy() => return None,
        Value::String(_) => vec![path.clone()],
        path => {
            let Some(names) = vm.heap().array(path) else {
                let kind = type_of(vm.heap(), path);
                let message = ["knex: Expected searchPath to be Array/String, got: ", kind].concat();
                return Some(Err(Failure::named("TypeError", &message)));
            };
            names.clone()
        }
    };
    let (mut quoted, mut warning) = (Vec::new(), None);
    for name in names {
        let name = vm.display(&name);
        // In 2019 a quotation mark was put in as it is.
        let inner = if profile.bluebird { name } else { name.replace('"', "\"\"") };
        quoted.push(["\"", &inner, "\""].concat());
    }
    if let Value::String(path) = path
        && path.contains(',')
    {
        let parts: Vec<String> = path.split(',').map(|part| ["'", part, "'"].concat()).collect();
        let advice = "If you are trying to specify multiple schemas, use Array syntax: [";
        let parts = parts.join(", ");
        warning = Some(["Detected comma in searchPath \"", path, "\".", advice, &parts, "]"].concat().into());
    }
    Some(Ok(SearchPath { sql: ["set search_path to ", &quoted.join(",")].concat().into(), warning }))
}

/// The pool's options: Knex's defaults over the config's, then tarn's checks in tarn's order.
fn pool_options(
    vm: &mut Vm,
    profile: &Profile,
    acquire_connection_timeout: Option<&Value>,
    pool: &Value,
) -> Result<PoolOptions, String> {
    let after_create = vm.get(pool, "afterCreate");
    let after_create = (after_create.is_truthy()).then(|| vm.retain(after_create));
    let vm = &*vm;
    let option = |key: &str| vm.get(pool, key);
    let truthy = |key: &str| option(key).is_truthy();
    // Today's Knex does not know `beforeDestroy`, and that of 2019 overwrites `validate`.
    let refused = if profile.bluebird { "log beforeDestroy" } else { "log validate maxConnectionLifetimeJitterMillis" };
    if let Some(key) = refused.split(' ').find(|key| truthy(key)) {
        return Err(refusal(&["`pool.", key, "`"].concat(), "leave it out"));
    }
    if after_create.is_some() && !vm.is_callable(&option("afterCreate")) {
        return Err(refusal("a `pool.afterCreate` that is no function", "write `(connection, done) => …`"));
    }
    let lifetime = option("maxConnectionLifetimeMillis").as_number().filter(|ms| *ms > 0.0 && ms.is_finite());
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
        after_create,
        lifetime: lifetime.filter(|_| !profile.bluebird).map(|ms| Duration::from_micros((ms * 1_000.0) as u64)),
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

pub(super) fn whole(value: &Value) -> Option<u32> {
    let number = value.as_number()?;
    (number >= 0.0 && number.fract() == 0.0 && number <= f64::from(u32::MAX)).then_some(number as u32)
}
