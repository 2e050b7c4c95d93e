//! Errors of Knex, tarn, pg, the server and the system, before they become objects of the handler's heap.

use core::fmt;
use std::rc::Rc;

use javascript::{ErrorKind, Handle, Value, Vm};
use postgres::SqlError;

/// An error that a library throws, rejects or calls back with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryError {
    kind: Kind,
    /// `message`.
    pub message: Rc<str>,
    /// `code`: a SQLSTATE, or the name of an error of the system.
    code: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// An instance of one of the language's classes.
    Instance(ErrorKind),
    /// An `Error` whose `name` the library has set.
    Named(&'static str),
    /// tarn's `TimeoutError`. Its `name` is `Error`, and Knex turns it into its own timeout.
    TarnTimeout,
    /// A value that a function of the handler's threw or called back with. It is passed on as it is.
    Thrown { value: Handle, name: Rc<str> },
}

impl LibraryError {
    /// An `Error`.
    pub fn new(message: &str) -> Self {
        Self::of(Kind::Instance(ErrorKind::Error), message)
    }

    /// A `TypeError`.
    pub fn type_error(message: &str) -> Self {
        Self::of(Kind::Instance(ErrorKind::TypeError), message)
    }

    /// A `RangeError`.
    pub fn range_error(message: &str) -> Self {
        Self::of(Kind::Instance(ErrorKind::RangeError), message)
    }

    /// An `Error` with another `name`.
    pub fn named(name: &'static str, message: &str) -> Self {
        Self::of(Kind::Named(name), message)
    }

    /// tarn's `TimeoutError`.
    pub fn tarn_timeout(message: &str) -> Self {
        Self::of(Kind::TarnTimeout, message)
    }

    /// An error of a system call, with its code (`ECONNRESET`).
    pub fn system(code: &'static str, message: &str) -> Self {
        Self { code: Some(code), ..Self::new(message) }
    }

    /// An error of the server, which node-postgres names `error`. If PostgreSQL may well know what only the mock does not,
    /// the message says so, because the message is all that a handler, its log and the command line show.
    pub fn of_server(error: &SqlError) -> Self {
        let note = error.note().map(|note| format!(" ({note})")).unwrap_or_default();
        Self { code: Some(error.sqlstate.code()), ..Self::named("error", &format!("{}{note}", error.message)) }
    }

    /// A value that a function of the handler's threw or called back with.
    pub fn thrown(vm: &mut Vm, value: Value) -> Self {
        let (name, message) = match (vm.error_name(&value), vm.error_message(&value)) {
            (Some(name), Some(message)) => (name, message),
            _ => ("".into(), vm.display(&value).into()),
        };
        Self { kind: Kind::Thrown { value: vm.retain(value), name }, message, code: None }
    }

    fn of(kind: Kind, message: &str) -> Self {
        Self { kind, message: message.into(), code: None }
    }

    /// The error with another message.
    pub fn with_message(self, message: &str) -> Self {
        Self { message: message.into(), ..self }
    }

    /// True for tarn's timeout.
    pub fn is_tarn_timeout(&self) -> bool {
        self.kind == Kind::TarnTimeout
    }

    /// The error as an object of the handler's heap.
    pub fn object(&self, vm: &mut Vm) -> Value {
        let class = match self.kind {
            Kind::Thrown { value, .. } => return vm.held(value),
            Kind::Instance(class) => class,
            Kind::Named(_) | Kind::TarnTimeout => ErrorKind::Error,
        };
        let error = vm.new_error(class, &self.message);
        if let Kind::Named(name) = self.kind {
            vm.set_error_name(&error, name);
        }
        if let Some(code) = self.code {
            vm.set(&error, "code", Value::string(code));
        }
        error
    }

    /// The error as an object of the handler's heap. A thrown value is no longer kept alive for it.
    pub fn into_object(self, vm: &mut Vm) -> Value {
        match self.kind {
            Kind::Thrown { value, .. } => vm.release(value),
            _ => self.object(vm),
        }
    }

    fn name(&self) -> &str {
        match &self.kind {
            Kind::Instance(ErrorKind::TypeError) => "TypeError",
            Kind::Instance(ErrorKind::RangeError) => "RangeError",
            Kind::Instance(_) | Kind::TarnTimeout => "Error",
            Kind::Named(name) => name,
            Kind::Thrown { name, .. } => name,
        }
    }
}

/// As `String(error)`: `name: message`.
impl fmt::Display for LibraryError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            "" => out.write_str(&self.message),
            name => write!(out, "{name}: {}", self.message),
        }
    }
}

/// An error of the config that a client or a pool is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// The config has no `client`.
    ClientMissing,
    /// Knex does not know this `client`.
    ClientUnknown(String),
    /// The real libraries heed this, and it is missing here.
    MissingHere {
        /// The option.
        what: String,
        /// The advice what to write instead.
        advice: &'static str,
    },
    /// `min` is not a whole number.
    MinInvalid,
    /// `max` is not a whole number above 0.
    MaxInvalid,
    /// `max` is smaller than `min`.
    MaxBelowMin,
    /// A time of the pool is not a whole number above 0.
    TimeInvalid {
        /// The name of the option.
        option: &'static str,
        /// Its value as JSON.
        value: String,
    },
    /// tarn does not know this option.
    OptionUnknown(String),
}

impl ConfigError {
    /// The refusal of an option that is missing here.
    pub(super) fn missing_here(what: impl Into<String>, advice: &'static str) -> Self {
        Self::MissingHere { what: what.into(), advice }
    }
}

/// The message of the error that Knex or tarn throws.
impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClientMissing => out.write_str("knex: Required configuration option 'client' is missing."),
            Self::ClientUnknown(client) => write!(
                out,
                "knex: Unknown configuration option 'client' value {client}. Note that it is case-sensitive, check \
                 documentation for supported values."
            ),
            Self::MissingHere { what, advice } => out.write_str(&refusal(what, advice)),
            Self::MinInvalid => out.write_str("Tarn: opt.min must be an integer >= 0"),
            Self::MaxInvalid => out.write_str("Tarn: opt.max must be an integer > 0"),
            Self::MaxBelowMin => out.write_str("Tarn: opt.max is smaller than opt.min"),
            Self::TimeInvalid { option, value } => write!(out, "Tarn: invalid opt.{option} {value}"),
            Self::OptionUnknown(option) => write!(out, "Tarn: unsupported option opt.{option}"),
        }
    }
}

/// The message of the error for an option that the real library heeds and this one does not have, in the words that the
/// language uses for what is outside its subset.
pub(super) fn refusal(name: &str, advice: &str) -> String {
    format!("knex: {name} is not part of the Knex that runs here: {advice}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_reads_as_node_prints_it() {
        assert_eq!(LibraryError::new("aborted").to_string(), "Error: aborted");
        assert_eq!(LibraryError::tarn_timeout("operation timed out").to_string(), "Error: operation timed out");
        assert_eq!(LibraryError::type_error("no").to_string(), "TypeError: no");
        assert_eq!(LibraryError::named("KnexTimeoutError", "full").to_string(), "KnexTimeoutError: full");
    }
}
