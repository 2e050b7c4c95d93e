//! Run-time parameters: SET, SHOW, RESET.

use std::rc::Rc;

use super::evaluate::Execution;
use super::functions::VERSION;
use super::{Run, fail};
use crate::limits;
use crate::postgres::error::SqlError;
use crate::postgres::value::{Column, QueryResult, SqlType, SqlValue};

/// What a parameter's values are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Millis,
    /// One value, by any of these names, all others being beyond the mock.
    Only(&'static [&'static str]),
    /// What cannot be set.
    Fixed,
}

/// The parameters that the mock knows: name, as it is shown, its kind, and its default.
const PARAMETERS: [(&str, &str, Kind, &str); 13] = [
    ("application_name", "application_name", Kind::Text, ""),
    ("client_encoding", "client_encoding", Kind::Only(&["utf8", "utf-8", "unicode"]), "UTF8"),
    ("idle_in_transaction_session_timeout", "idle_in_transaction_session_timeout", Kind::Millis, "0"),
    ("idle_session_timeout", "idle_session_timeout", Kind::Millis, "0"),
    ("lock_timeout", "lock_timeout", Kind::Millis, "0"),
    ("max_connections", "max_connections", Kind::Fixed, "100"),
    ("search_path", "search_path", Kind::Text, "\"$user\", public"),
    ("server_version", "server_version", Kind::Fixed, ""),
    ("standard_conforming_strings", "standard_conforming_strings", Kind::Only(&["on", "true", "yes", "1"]), "on"),
    ("statement_timeout", "statement_timeout", Kind::Millis, "0"),
    ("superuser_reserved_connections", "superuser_reserved_connections", Kind::Fixed, "3"),
    ("timezone", "TimeZone", Kind::Only(&["utc", "etc/utc", "gmt", "uct", "zulu"]), "UTC"),
    ("transaction_isolation", "transaction_isolation", Kind::Only(&["read committed"]), "read committed"),
];

/// The units of a timeout, largest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000), ("ms", 1)];

fn unrecognized(name: &str) -> SqlError {
    let error = SqlError::new("42704", format!("unrecognized configuration parameter \"{name}\""));
    // Names with a dot are the application's own; of the server's the mock knows a few.
    if name.contains('.') { error } else { error.unknown() }
}

/// A timeout in milliseconds, from a number with or without a unit.
fn millis(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" => 1,
        unit => UNITS.iter().find(|(name, _)| *name == unit)?.1,
    };
    digits.trim_end().parse::<i64>().ok()?.checked_mul(unit as i64)
}

/// A timeout as SHOW gives it: in the largest unit that needs no fraction.
fn shown_millis(text: &str) -> Rc<str> {
    let millis = text.parse::<u64>().unwrap_or(0);
    match UNITS.iter().find(|(_, size)| millis != 0 && millis % size == 0) {
        Some((unit, size)) => Rc::from(format!("{}{unit}", millis / size)),
        None => Rc::from("0"),
    }
}

impl Execution<'_> {
    /// A parameter's name and value, as SHOW gives them.
    pub(super) fn parameter(&self, name: &str) -> Result<(Rc<str>, Rc<str>), SqlError> {
        let name = name.to_ascii_lowercase();
        let set = self.session.parameter(&name).cloned();
        let Some((_, shown, kind, default)) = PARAMETERS.iter().find(|(known, ..)| *known == name) else {
            return match set {
                Some(value) => Ok((Rc::from(name), value)),
                None => Err(unrecognized(&name)),
            };
        };
        let value = match set {
            Some(value) => value,
            // The version's second word, and what stands in parentheses after it.
            None if name == "server_version" => {
                Rc::from(VERSION.trim_start_matches("PostgreSQL ").split_inclusive(')').next().unwrap_or_default())
            }
            None => Rc::from(*default),
        };
        Ok((Rc::from(*shown), if *kind == Kind::Millis { shown_millis(&value) } else { value }))
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

    /// Sets a parameter; `None` brings its default back.
    pub(super) fn set(&mut self, name: &str, value: Option<&Rc<str>>, local: bool) -> Run<()> {
        let name: Rc<str> = Rc::from(name.to_ascii_lowercase());
        let known = PARAMETERS.iter().find(|(known, ..)| *known == &*name);
        let mut stored = value.cloned();
        match known.map(|(_, shown, kind, default)| (shown, kind, default)) {
            None if !name.contains('.') => return Err(unrecognized(&name).into()),
            None => {
                // Once heard of, it stays known, as an empty string.
                self.session.defaults.entry(name.clone()).or_insert_with(|| Rc::from(""));
            }
            Some((shown, Kind::Fixed, _)) => {
                let rest = if *name == *"server_version" { "" } else { " without restarting the server" };
                return fail("55P02", format!("parameter \"{shown}\" cannot be changed{rest}"));
            }
            Some((shown, Kind::Millis, _)) => {
                if let Some(text) = value {
                    let invalid =
                        || SqlError::new("22023", format!("invalid value for parameter \"{shown}\": \"{text}\""));
                    let millis = millis(text).ok_or_else(invalid)?;
                    if i32::try_from(millis).map_or(true, |millis| millis < 0) {
                        let message = format!(
                            "{millis} ms is outside the valid range for parameter \"{shown}\" (0 ms .. 2147483647 ms)"
                        );
                        return fail("22023", message);
                    }
                    stored = Some(Rc::from(millis.to_string()));
                }
            }
            Some((shown, Kind::Only(names), default)) => {
                if let Some(text) = value {
                    if !names.contains(&&*text.to_ascii_lowercase()) {
                        let message = format!("invalid value for parameter \"{shown}\": \"{text}\"");
                        return Err(SqlError::new("22023", message).unknown().into());
                    }
                    stored = Some(if *default == "UTC" { text.clone() } else { Rc::from(*default) });
                }
            }
            Some((_, Kind::Text, _)) => {}
        }
        let session = &mut *self.session;
        if session.parameters.len() >= limits::SQL_PARAMETERS && !session.parameters.contains_key(&name) {
            return fail("53200", limits::SQL_MEMORY_MESSAGE);
        }
        if local {
            let before = session.parameters.get(&name).cloned();
            session.covered.entry(name.clone()).or_insert(before);
        } else {
            session.covered.remove(&name);
        }
        match stored {
            Some(value) => session.parameters.insert(name, value),
            None => session.parameters.remove(&name),
        };
        Ok(())
    }

    pub(super) fn reset_all(&mut self) {
        self.session.parameters.clear();
        self.session.covered.clear();
    }
}
