//! Run-time parameters: SET, SHOW, RESET.

use std::rc::Rc;

use super::evaluate::Execution;
use crate::error::{Run, Stop, stop};
use crate::limits;
use crate::value::{Column, QueryResult, SqlType, SqlValue};

/// What a parameter's values are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Millis,
    /// One value, by any of these names, all others being beyond the mock.
    Only(&'static str),
    /// What cannot be set.
    Fixed,
}

/// The parameters that the mock knows: name, kind, and default.
const PARAMETERS: [(&str, Kind, &str); 13] = [
    ("application_name", Kind::Text, ""),
    ("client_encoding", Kind::Only("utf8,utf-8,unicode"), "UTF8"),
    ("idle_in_transaction_session_timeout", Kind::Millis, "0"),
    ("idle_session_timeout", Kind::Millis, "0"),
    ("lock_timeout", Kind::Millis, "0"),
    ("max_connections", Kind::Fixed, "100"),
    ("search_path", Kind::Text, "\"$user\", public"),
    ("server_version", Kind::Fixed, "15.18 (Debian 15.18-0+deb12u1)"),
    ("standard_conforming_strings", Kind::Only("on,true,yes,1"), "on"),
    ("statement_timeout", Kind::Millis, "0"),
    ("superuser_reserved_connections", Kind::Fixed, "3"),
    ("timezone", Kind::Only("utc,etc/utc,gmt,uct,zulu"), "UTC"),
    ("transaction_isolation", Kind::Only("read committed"), "read committed"),
];

/// A parameter that the server has.
fn known(name: &str) -> Option<&'static (&'static str, Kind, &'static str)> {
    PARAMETERS.iter().find(|(known, ..)| *known == name)
}

/// A name as SHOW gives it.
fn shown_name(name: &str) -> &str {
    if name == "timezone" { "TimeZone" } else { name }
}

/// The units of a timeout, largest first, in milliseconds.
const UNITS: [(&str, i64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000), ("ms", 1)];

/// Names with a dot are the application's own; of the server's the mock knows a few.
fn unrecognized(name: &str) -> Stop {
    stop("42704 unrecognized configuration parameter \"%\"", &[name]).unknown_if(!name.contains('.'))
}

/// A timeout in milliseconds, from a number with or without a unit.
fn millis(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.bytes().take_while(|byte| !byte.is_ascii_alphabetic()).count();
    let (digits, unit) = (&text[..digits], &text[digits..]);
    let size = UNITS.iter().find(|(name, _)| *name == unit || unit.is_empty() && *name == "ms")?.1;
    digits.trim().parse::<i64>().ok()?.checked_mul(size)
}

/// A timeout as SHOW gives it: in the largest unit that needs no fraction.
fn shown_millis(text: &str) -> String {
    let millis = text.parse::<i64>().unwrap_or(0);
    match UNITS.iter().find(|(_, size)| millis != 0 && millis % size == 0) {
        Some((unit, size)) => (millis / size).to_string() + unit,
        None => "0".into(),
    }
}

/// A name as it has to be written.
fn quoted(name: &str) -> String {
    let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte.is_ascii_digit());
    let begins = name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    if plain && begins { name.into() } else { ["\"", &name.replace('"', "\"\""), "\""].concat() }
}

impl Execution<'_> {
    /// A parameter's name and value, as SHOW gives them.
    pub(super) fn parameter(&self, name: &str) -> Run<(Rc<str>, Rc<str>)> {
        let name = name.to_ascii_lowercase();
        let set = self.session.parameter(&name);
        let Some((_, kind, default)) = known(&name) else {
            return Ok((Rc::from(&*name), set.ok_or_else(|| unrecognized(&name))?));
        };
        let mut value = set.unwrap_or_else(|| Rc::from(*default));
        if *kind == Kind::Millis {
            value = Rc::from(shown_millis(&value));
        }
        Ok((Rc::from(shown_name(&name)), value))
    }

    pub(super) fn show(&mut self, name: &str) -> Run<QueryResult> {
        let (name, value) = self.parameter(name)?;
        Ok(QueryResult {
            command: "SHOW",
            columns: vec![Column { name, kind: SqlType::Text }],
            rows: vec![vec![SqlValue::Text(value)]],
            row_count: None,
        })
    }

    /// SET: no value is the default; several are for the one parameter that takes a list.
    pub(super) fn set_to(&mut self, name: &Rc<str>, values: &[Rc<str>], local: bool) -> Run<()> {
        let path = &**name == "search_path";
        let value = match values {
            [] => None,
            [value] if !path => Some(value.clone()),
            values if path => {
                let names: Vec<String> = values.iter().map(|value| quoted(value)).collect();
                Some(Rc::from(names.join(", ")))
            }
            _ => return Err(stop("22023 SET % takes only one argument", &[name])),
        };
        self.set(name, value, local)
    }

    /// Sets a parameter; `None` brings its default back.
    pub(super) fn set(&mut self, name: &Rc<str>, mut value: Option<Rc<str>>, local: bool) -> Run<()> {
        let shown = shown_name(name);
        let Some((_, kind, default)) = known(name) else {
            if !name.contains('.') {
                return Err(unrecognized(name));
            }
            // Once heard of, it stays known, as an empty string.
            if self.session.defaults.get(name).is_none() {
                self.session.defaults.set(name, Some(Rc::from("")));
            }
            return self.store(name, value, local);
        };
        if *kind == Kind::Fixed {
            let rest = if &**name == "server_version" { "" } else { " without restarting the server" };
            return Err(stop("55P02 parameter \"%\" cannot be changed%", &[shown, rest]));
        }
        if let Some(text) = &value {
            let invalid = || stop("22023 invalid value for parameter \"%\": \"%\"", &[shown, text]);
            if &**name == "application_name" {
                // PostgreSQL keeps 63 bytes, and of those the printable ASCII (`check_application_name`).
                let kept = text.bytes().take(63).map(|byte| if (32..127).contains(&byte) { byte as char } else { '?' });
                value = Some(Rc::from(kept.collect::<String>()));
            } else if *kind == Kind::Millis {
                let millis = millis(text).ok_or_else(invalid)?;
                let shown_millis = millis.to_string();
                if !(0..=i64::from(i32::MAX)).contains(&millis) {
                    let message = "22023 % ms is outside the valid range for parameter \"%\" (0 .. 2147483647)";
                    return Err(stop(message, &[&shown_millis, shown]));
                }
                value = Some(Rc::from(shown_millis));
            } else if let Kind::Only(names) = kind {
                let text = text.to_ascii_lowercase();
                if !names.split(',').any(|name| name == text) {
                    return Err(invalid().unknown());
                }
                if *default != "UTC" {
                    value = Some(Rc::from(*default));
                }
            }
        }
        self.store(name, value, local)
    }

    fn store(&mut self, name: &Rc<str>, value: Option<Rc<str>>, local: bool) -> Run<()> {
        let session = &mut *self.session;
        if session.defaults.len() + session.parameters.len() >= limits::PARAMETERS {
            return Err(stop("53200 %", &[limits::MEMORY_MESSAGE]));
        }
        if !local {
            session.covered.remove(name);
        } else if session.covered.get(name).is_none() {
            session.covered.set(name, session.parameters.get(name).cloned().flatten());
        }
        session.parameters.set(name, value);
        Ok(())
    }

    pub(super) fn reset_all(&mut self) {
        self.session.parameters.clear();
        self.session.covered.clear();
    }
}
