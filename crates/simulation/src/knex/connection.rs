//! The config's `connection`: where a client connects and as whom, the options of its driver, and the parameters of its
//! sessions.
//!
//! Sources: pg's `connection-parameters.js` and `client.js` (`getStartupConf`), pg-connection-string and Knex's
//! `parse-connection.js`, in both versions. An option that they heed and that is missing here is refused.

use std::rc::Rc;

use super::profile::Profile;
use super::{ConfigError, Cx};
use crate::server::Credentials;
use base::time::Duration;
use javascript::convert::to_number;
use javascript::number::parse_int;
use javascript::{Value, Vm};

/// Where a client connects and as whom, and the options of its driver.
#[derive(Clone, Debug)]
pub struct ConnectionConfig {
    /// The name or the address of the host.
    pub host: Rc<str>,
    /// The port.
    pub port: u32,
    /// The user, the password, the database and the parameters of the session.
    pub credentials: Rc<Credentials>,
    /// `query_timeout`: how long the driver waits for an answer.
    pub query_timeout: Option<Duration>,
    /// `connectionTimeoutMillis`: how long the driver waits for a session.
    pub connect_timeout: Option<Duration>,
}

/// Options that both versions of the driver heed and that are missing here.
const REFUSED: &str = "ssl keepAlive binary client_encoding replication stream types Promise connection sslmode sslcert sslkey sslrootcert";
/// Options that only pg 8.23 heeds and that are missing here.
const REFUSED_TODAY: &str = "options sslnegotiation enableChannelBinding scramMaxIterations pipeline expirationChecker";

/// The session's timeouts that the driver sends at its start; pg 8.0 does not know the last one.
const TIMEOUTS: [&str; 3] = ["statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout"];

/// The value of `connection`: an object, and the parts of a connection string, which take precedence.
struct Given<'a> {
    vm: &'a Vm,
    variables: &'a [(Rc<str>, Rc<str>)],
    object: &'a Value,
    url: Vec<(String, String)>,
}

impl Given<'_> {
    fn get(&self, key: &str) -> Value {
        match self.url.iter().rev().find(|(known, _)| known == key) {
            Some((_, value)) => Value::string(value.clone()),
            None => self.vm.get(self.object, key),
        }
    }

    fn truthy(&self, key: &str) -> Option<Value> {
        Some(self.get(key)).filter(Value::is_truthy)
    }

    /// A variable of `process.env`, which the function may have changed; `None` if it is empty.
    fn variable(&self, name: &str) -> Option<Value> {
        let found = if let Some(variables) = self.vm.text_only() {
            self.vm.get(&variables, name)
        } else {
            let known = self.variables.iter().find(|(known, _)| **known == *name);
            known.map(|(_, value)| Value::String(value.clone())).unwrap_or_default()
        };
        Some(found).filter(Value::is_truthy)
    }

    /// The driver's `val`: the option, else the variable, else an empty text.
    fn text(&self, key: &str, variable: &str) -> Rc<str> {
        let value = self.truthy(key).or_else(|| self.variable(variable));
        value.map_or_else(|| "".into(), |value| self.vm.display(&value).into())
    }
}

/// Refuses the options that the driver heeds and that are missing here.
fn check_connection(given: &Given<'_>, profile: &Profile) -> Result<(), ConfigError> {
    let today = if profile.is_0_17() { "" } else { REFUSED_TODAY };
    let mut listed = REFUSED.split(' ').chain(today.split(' ')).filter(|key| !key.is_empty());
    if let Some(key) = listed.find(|key| given.truthy(key).is_some_and(|value| value.as_str() != Some("disable"))) {
        return Err(ConfigError::missing_here(format!("`connection.{key}`"), "leave it out"));
    }
    if given.variable("PGSSLMODE").is_some_and(|mode| mode.as_str() != Some("disable")) {
        return Err(ConfigError::missing_here("`PGSSLMODE`", "leave it out"));
    }
    Ok(())
}

/// Reads a `connection`, or the value that its function has provided.
///
/// # Errors
/// The refusal of an option that is missing here.
pub fn connection_config(
    vm: &Vm,
    cx: &Cx<'_>,
    profile: &Profile,
    connection: &Value,
) -> Result<ConnectionConfig, ConfigError> {
    let nested = vm.get(connection, "connectionString");
    let url = [connection, &nested].into_iter().find_map(Value::as_str);
    let url = url.map(parse_url).unwrap_or_default();
    let given = Given { vm, variables: cx.variables, object: connection, url };
    check_connection(&given, profile)?;
    let password = given.truthy("password");
    if password.as_ref().is_some_and(|password| password.as_str().is_none()) {
        return Err(ConfigError::missing_here(
            "a `connection.password` that is no string",
            "write the password itself",
        ));
    }
    let password = password.or_else(|| given.variable("PGPASSWORD"));
    if password.is_none() && profile.is_0_17() {
        // pg 8.0 throws outside of any promise (`sasl.js`).
        return Err(ConfigError::missing_here("a connection without a password", "write `connection.password`"));
    }
    let user = given.truthy("user").or_else(|| given.variable("PGUSER")).or_else(|| given.variable("USER"));
    let user: Rc<str> = user.map_or_else(|| "".into(), |user| vm.display(&user).into());
    let mut database = given.text("database", "PGDATABASE");
    if database.is_empty() {
        database = user.clone();
    }
    let mut host = given.text("host", "PGHOST");
    if host.is_empty() {
        host = "localhost".into();
    }
    if host.starts_with('/') {
        return Err(ConfigError::missing_here("a socket as `connection.host`", "write the server's address"));
    }
    let port = given.text("port", "PGPORT");
    let port = if port.is_empty() { 5_432.0 } else { parse_int(&port, 10.0) };
    if !(0.0..65_536.0).contains(&port) {
        return Err(ConfigError::missing_here("a `connection.port` that is none", "write the port's number"));
    }
    let credentials = Credentials {
        user,
        password: password.map(|password| vm.display(&password).into()),
        database,
        parameters: session_parameters(&given, profile),
    };
    Ok(ConnectionConfig {
        host,
        port: port as u32,
        credentials: Rc::new(credentials),
        query_timeout: given.truthy("query_timeout").map(|value| delay(vm, &value)),
        connect_timeout: given
            .truthy("connectionTimeoutMillis")
            .filter(|value| number(vm, value) > 0.0)
            .map(|value| delay(vm, &value)),
    })
}

/// The parameters of the startup message beside the user and the database.
fn session_parameters(given: &Given<'_>, profile: &Profile) -> Vec<(Rc<str>, Rc<str>)> {
    let mut parameters = Vec::new();
    let mut name = given.text("application_name", "PGAPPNAME");
    if name.is_empty() {
        name = given.text("fallback_application_name", "");
    }
    if !name.is_empty() {
        parameters.push(("application_name".into(), name));
    }
    for key in &TIMEOUTS[..if profile.is_0_17() { 2 } else { 3 }] {
        if let Some(value) = given.truthy(key) {
            let millis = Value::Number(parse_int(&given.vm.display(&value), 10.0));
            parameters.push(((*key).into(), given.vm.display(&millis).into()));
        }
    }
    parameters
}

fn number(vm: &Vm, value: &Value) -> f64 {
    to_number(vm.heap(), value).unwrap_or(f64::NAN)
}

/// A delay as `setTimeout` takes it: whole milliseconds, or 1 if it is out of range or no number.
fn delay(vm: &Vm, value: &Value) -> Duration {
    let millis = number(vm, value);
    let fits = (1.0..2_147_483_648.0).contains(&millis);
    Duration::from_millis(if fits { millis as u64 } else { 1 })
}

/// The parts of `postgres://user:password@host:port/database?name=value`; none if the text is no URL.
fn parse_url(url: &str) -> Vec<(String, String)> {
    let Some((_, rest)) = url.split_once("://") else { return Vec::new() };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (address, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (who, place) = address.rsplit_once('@').unwrap_or(("", address));
    let (user, password) = who.split_once(':').unwrap_or((who, ""));
    let (host, port) = place.split_once(':').unwrap_or((place, ""));
    let parts = [("user", user), ("password", password), ("host", host), ("port", port), ("database", database)];
    let named = query.split('&').filter_map(|part| part.split_once('='));
    parts.into_iter().chain(named).map(|(key, value)| (decoded(key), decoded(value))).collect()
}

/// Decodes the `%` escapes of a part of a URL.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digits = rest.clone().take(2).map(|digit| (digit as char).to_digit(16)).collect::<Option<Vec<_>>>();
        match digits.as_deref() {
            Some(&[high, low]) if byte == b'%' => {
                bytes.push((high * 16 + low) as u8);
                rest.nth(1);
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
