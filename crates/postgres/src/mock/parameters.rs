//! Run-time parameters: SET, SHOW, RESET (PostgreSQL's documentation, "Server Configuration").

use std::rc::Rc;

use super::execution::Execution;
use crate::error::Stop;
use crate::value::{Column, QueryResult, SqlType, SqlValue};
use crate::{SqlState, limits};

/// The values that a parameter accepts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ParameterKind {
    /// Any text, of which the first 63 bytes are kept and all but printable ASCII becomes `?` (`check_application_name`).
    ApplicationName,
    /// A list of identifiers, of which each value after SET is one.
    IdentifierList,
    /// A duration, stored in milliseconds.
    Timeout,
    /// One of these spellings of the default, which is stored instead. The mock does not implement other values.
    OnlyDefault(&'static [&'static str]),
    /// One of these spellings of UTC, stored as written.
    TimeZone(&'static [&'static str]),
    /// No value: a property of the server.
    ReadOnly,
    /// No value until the server is started with another.
    StartOnly,
}

struct Parameter {
    name: &'static str,
    kind: ParameterKind,
    default: &'static str,
}

const fn parameter(name: &'static str, kind: ParameterKind, default: &'static str) -> Parameter {
    Parameter { name, kind, default }
}

/// The parameters that the mock implements.
const PARAMETERS: [Parameter; 13] = [
    parameter("application_name", ParameterKind::ApplicationName, ""),
    parameter("client_encoding", ParameterKind::OnlyDefault(&["utf8", "utf-8", "unicode"]), "UTF8"),
    parameter("idle_in_transaction_session_timeout", ParameterKind::Timeout, "0"),
    parameter("idle_session_timeout", ParameterKind::Timeout, "0"),
    parameter("lock_timeout", ParameterKind::Timeout, "0"),
    parameter("max_connections", ParameterKind::StartOnly, "100"),
    parameter("search_path", ParameterKind::IdentifierList, "\"$user\", public"),
    parameter("server_version", ParameterKind::ReadOnly, "15.18 (Debian 15.18-0+deb12u1)"),
    parameter("standard_conforming_strings", ParameterKind::OnlyDefault(&["on", "true", "yes", "1"]), "on"),
    parameter("statement_timeout", ParameterKind::Timeout, "0"),
    parameter("superuser_reserved_connections", ParameterKind::StartOnly, "3"),
    parameter("timezone", ParameterKind::TimeZone(&["utc", "etc/utc", "gmt", "uct", "zulu"]), "UTC"),
    parameter("transaction_isolation", ParameterKind::OnlyDefault(&["read committed"]), "read committed"),
];

/// The longest value of `application_name`, in bytes (`NAMEDATALEN - 1`).
const APPLICATION_NAME_BYTES: usize = 63;

/// The units of a timeout in milliseconds, largest first.
const TIMEOUT_UNITS: [(&str, i64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000), ("ms", 1)];

fn find(name: &str) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|parameter| parameter.name == name)
}

/// True for customized options: names with a dot, which every session may invent.
fn is_customized(name: &str) -> bool {
    name.contains('.')
}

/// The name as SHOW writes it.
fn display_name(name: &str) -> &str {
    if name == "timezone" { "TimeZone" } else { name }
}

fn unrecognized(name: &str) -> Stop {
    let message = format!("unrecognized configuration parameter \"{name}\"");
    Stop::error(SqlState::UNDEFINED_OBJECT, message).unknown_to_mock_if(!is_customized(name))
}

/// Milliseconds from a number and its unit; without a unit the number is milliseconds.
fn parse_timeout(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.bytes().take_while(|byte| !byte.is_ascii_alphabetic()).count();
    let (number, unit) = text.split_at(digits);
    let unit = if unit.is_empty() { "ms" } else { unit };
    let (_, size) = TIMEOUT_UNITS.iter().find(|(name, _)| *name == unit)?;
    number.trim().parse::<i64>().ok()?.checked_mul(*size)
}

/// A timeout as SHOW writes it: in the largest unit that needs no fraction.
fn display_timeout(millis: &str) -> String {
    let millis = millis.parse::<i64>().unwrap_or(0);
    match TIMEOUT_UNITS.iter().find(|(_, size)| millis != 0 && millis % size == 0) {
        Some((unit, size)) => format!("{}{unit}", millis / size),
        None => "0".to_owned(),
    }
}

/// An identifier, in quotes if it needs them (`quote_identifier`).
fn quote_identifier(name: &str) -> String {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte.is_ascii_digit());
    let starts_well = name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    if is_plain && starts_well { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

impl Parameter {
    /// The value to store for a value that a client sets.
    fn accept(&self, value: &Rc<str>) -> Result<Rc<str>, Stop> {
        let name = display_name(self.name);
        let invalid = || {
            let message = format!("invalid value for parameter \"{name}\": \"{value}\"");
            Stop::error(SqlState::INVALID_PARAMETER_VALUE, message)
        };
        match self.kind {
            ParameterKind::IdentifierList => Ok(value.clone()),
            ParameterKind::ApplicationName => {
                let printable = |byte| if matches!(byte, b' '..=b'~') { char::from(byte) } else { '?' };
                let kept: String = value.bytes().take(APPLICATION_NAME_BYTES).map(printable).collect();
                Ok(Rc::from(kept))
            }
            ParameterKind::Timeout => {
                let millis = parse_timeout(value).ok_or_else(invalid)?;
                if !(0..=i64::from(i32::MAX)).contains(&millis) {
                    let message =
                        format!("{millis} ms is outside the valid range for parameter \"{name}\" (0 .. 2147483647)");
                    return Err(Stop::error(SqlState::INVALID_PARAMETER_VALUE, message));
                }
                Ok(Rc::from(millis.to_string()))
            }
            ParameterKind::OnlyDefault(spellings) if is_spelling(spellings, value) => Ok(Rc::from(self.default)),
            ParameterKind::TimeZone(spellings) if is_spelling(spellings, value) => Ok(value.clone()),
            ParameterKind::OnlyDefault(_) | ParameterKind::TimeZone(_) => Err(invalid().unknown_to_mock()),
            ParameterKind::ReadOnly | ParameterKind::StartOnly => Err(self.read_only()),
        }
    }

    fn read_only(&self) -> Stop {
        let rest = if self.kind == ParameterKind::StartOnly { " without restarting the server" } else { "" };
        let message = format!("parameter \"{}\" cannot be changed{rest}", display_name(self.name));
        Stop::error(SqlState::CANT_CHANGE_RUNTIME_PARAM, message)
    }
}

fn is_spelling(spellings: &[&str], value: &str) -> bool {
    spellings.iter().any(|spelling| spelling.eq_ignore_ascii_case(value))
}

impl Execution<'_> {
    /// The name and the value of a parameter, as SHOW writes them.
    pub(super) fn display_parameter(&self, name: &str) -> Result<(Rc<str>, Rc<str>), Stop> {
        let name = name.to_ascii_lowercase();
        let value = self.session.parameter(&name);
        let Some(parameter) = find(&name) else {
            return Ok((Rc::from(&*name), value.ok_or_else(|| unrecognized(&name))?));
        };
        let value = value.unwrap_or_else(|| Rc::from(parameter.default));
        let is_timeout = parameter.kind == ParameterKind::Timeout;
        let value = if is_timeout { Rc::from(display_timeout(&value)) } else { value };
        Ok((Rc::from(display_name(&name)), value))
    }

    pub(super) fn show(&mut self, name: &str) -> Result<QueryResult, Stop> {
        let (name, value) = self.display_parameter(name)?;
        Ok(QueryResult {
            command: "SHOW",
            columns: vec![Column { name, data_type: SqlType::Text }],
            rows: vec![vec![SqlValue::Text(value)]],
            row_count: None,
        })
    }

    /// SET with the values after `=`; none stands for the default.
    pub(super) fn set_values(&mut self, name: &Rc<str>, values: &[Rc<str>], local: bool) -> Result<(), Stop> {
        let is_list = find(name).is_some_and(|parameter| parameter.kind == ParameterKind::IdentifierList);
        let value = match values {
            [] => None,
            values if is_list => {
                let names: Vec<String> = values.iter().map(|value| quote_identifier(value)).collect();
                Some(Rc::from(names.join(", ")))
            }
            [value] => Some(value.clone()),
            _ => {
                let message = format!("SET {name} takes only one argument");
                return Err(Stop::error(SqlState::INVALID_PARAMETER_VALUE, message));
            }
        };
        self.set_parameter(name, value, local)
    }

    /// Sets a parameter; `None` restores its default. `local` ends with the transaction.
    pub(super) fn set_parameter(&mut self, name: &Rc<str>, value: Option<Rc<str>>, local: bool) -> Result<(), Stop> {
        let value = match find(name) {
            Some(parameter) if matches!(parameter.kind, ParameterKind::ReadOnly | ParameterKind::StartOnly) => {
                return Err(parameter.read_only());
            }
            Some(parameter) => value.map(|value| parameter.accept(&value)).transpose()?,
            None if is_customized(name) => {
                // Once a session has named a customized option, it exists with an empty string as its default.
                if !self.session.defaults.contains_key(&**name) {
                    self.session.defaults.insert(name.clone(), Rc::from(""));
                }
                value
            }
            None => return Err(unrecognized(name)),
        };
        let session = &mut *self.session;
        if session.defaults.len() + session.parameters.len() >= limits::PARAMETERS {
            return Err(Stop::error(SqlState::OUT_OF_MEMORY, limits::SHARED_MEMORY_MESSAGE));
        }
        if !local {
            session.before_local.remove(&**name);
        } else if !session.before_local.contains_key(&**name) {
            session.before_local.insert(name.clone(), session.parameters.get(&**name).cloned());
        }
        session.set_parameter(name.clone(), value);
        Ok(())
    }

    pub(super) fn reset_all(&mut self) {
        self.session.parameters.clear();
        self.session.before_local.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_have_units() {
        assert_eq!(
            ["250", " 2s ", "1.5s", "3min", "2 h", "1d", "5 weeks", "s"].map(parse_timeout),
            [Some(250), Some(2_000), None, Some(180_000), Some(7_200_000), Some(86_400_000), None, None]
        );
        assert_eq!(["0", "250", "90000", "120000"].map(display_timeout), ["0", "250ms", "90s", "2min"]);
        assert_eq!(parse_timeout("99999999999999999d"), None);
    }

    #[test]
    fn identifiers_are_quoted_where_they_have_to_be() {
        assert_eq!(
            ["public", "$user", "A", "1a", "a\"b"].map(quote_identifier),
            ["public", "\"$user\"", "\"A\"", "\"1a\"", "\"a\"\"b\""]
        );
    }

    #[test]
    fn every_default_is_a_value_that_its_parameter_accepts() {
        for parameter in &PARAMETERS {
            if !matches!(parameter.kind, ParameterKind::ReadOnly | ParameterKind::StartOnly) {
                assert_eq!(parameter.accept(&Rc::from(parameter.default)).ok().as_deref(), Some(parameter.default));
            }
        }
    }
}
