//! Functions (PostgreSQL's documentation, "Functions and Operators").

use std::rc::Rc;

use super::aggregates::Aggregate;
use super::convert::{Typed, common_type, integer_value, numeric_value, promote, text_value};
use super::evaluate::resolve;
use super::execution::Execution;
use super::locks::{LockKey, LockOwner};
use super::timestamp::timestamptz_at;
use crate::SqlState;
use crate::database::Severity;
use crate::error::Stop;
use crate::sql::ast::{Comparison, Expr, Operator};
use crate::value::{SqlType, SqlValue};
use base::case::{to_lower_case, to_upper_case};
use base::time::Duration;

use SqlType::{Bool, Float8, Int2, Int4, Int8, Name, Numeric, Text, Timestamptz, Void};

/// The result of `version()`: the server that the recordings were made with.
const VERSION: &str = "PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on x86_64-pc-linux-gnu, compiled by gcc \
    (Debian 12.2.0-14+deb12u1) 12.2.0, 64-bit";

/// A function.
#[derive(Clone, Copy, Debug)]
enum Function {
    Abs,
    AcquireLock(LockOwner),
    BackendPid,
    ClockTimestamp,
    CurrentDatabase,
    CurrentSchema,
    CurrentSetting,
    CurrentUser,
    Length,
    Lower,
    ReleaseAllLocks,
    ReleaseLock,
    SetConfig,
    Sleep,
    StatementTimestamp,
    TransactionTimestamp,
    TryLock(LockOwner),
    Upper,
    Version,
}

/// A function's name and types. Several may share a name.
struct Signature {
    name: &'static str,
    parameters: &'static [SqlType],
    result: SqlType,
    function: Function,
}

const fn signature(
    name: &'static str,
    parameters: &'static [SqlType],
    result: SqlType,
    function: Function,
) -> Signature {
    Signature { name, parameters, result, function }
}

/// The functions that the mock implements. All return NULL if an argument is NULL.
const FUNCTIONS: [Signature; 38] = [
    signature("pg_backend_pid", &[], Int4, Function::BackendPid),
    signature("pg_sleep", &[Float8], Void, Function::Sleep),
    signature("version", &[], Text, Function::Version),
    signature("now", &[], Timestamptz, Function::TransactionTimestamp),
    signature("current_timestamp", &[], Timestamptz, Function::TransactionTimestamp),
    signature("transaction_timestamp", &[], Timestamptz, Function::TransactionTimestamp),
    signature("statement_timestamp", &[], Timestamptz, Function::StatementTimestamp),
    signature("clock_timestamp", &[], Timestamptz, Function::ClockTimestamp),
    signature("current_user", &[], Name, Function::CurrentUser),
    signature("session_user", &[], Name, Function::CurrentUser),
    signature("user", &[], Name, Function::CurrentUser),
    signature("current_role", &[], Name, Function::CurrentUser),
    signature("current_catalog", &[], Name, Function::CurrentDatabase),
    signature("current_database", &[], Name, Function::CurrentDatabase),
    signature("current_schema", &[], Name, Function::CurrentSchema),
    signature("current_setting", &[Text], Text, Function::CurrentSetting),
    signature("current_setting", &[Text, Bool], Text, Function::CurrentSetting),
    signature("set_config", &[Text, Text, Bool], Text, Function::SetConfig),
    signature("length", &[Text], Int4, Function::Length),
    signature("char_length", &[Text], Int4, Function::Length),
    signature("lower", &[Text], Text, Function::Lower),
    signature("upper", &[Text], Text, Function::Upper),
    signature("abs", &[Float8], Float8, Function::Abs),
    signature("abs", &[Int2], Int2, Function::Abs),
    signature("abs", &[Int4], Int4, Function::Abs),
    signature("abs", &[Int8], Int8, Function::Abs),
    signature("abs", &[Numeric], Numeric, Function::Abs),
    signature("pg_advisory_lock", &[Int8], Void, Function::AcquireLock(LockOwner::Session)),
    signature("pg_advisory_lock", &[Int4, Int4], Void, Function::AcquireLock(LockOwner::Session)),
    signature("pg_advisory_xact_lock", &[Int8], Void, Function::AcquireLock(LockOwner::Transaction)),
    signature("pg_advisory_xact_lock", &[Int4, Int4], Void, Function::AcquireLock(LockOwner::Transaction)),
    signature("pg_try_advisory_lock", &[Int8], Bool, Function::TryLock(LockOwner::Session)),
    signature("pg_try_advisory_lock", &[Int4, Int4], Bool, Function::TryLock(LockOwner::Session)),
    signature("pg_try_advisory_xact_lock", &[Int8], Bool, Function::TryLock(LockOwner::Transaction)),
    signature("pg_try_advisory_xact_lock", &[Int4, Int4], Bool, Function::TryLock(LockOwner::Transaction)),
    signature("pg_advisory_unlock", &[Int8], Bool, Function::ReleaseLock),
    signature("pg_advisory_unlock", &[Int4, Int4], Bool, Function::ReleaseLock),
    signature("pg_advisory_unlock_all", &[], Void, Function::ReleaseAllLocks),
];

impl Signature {
    /// The function of this name for arguments of these types: the one with exactly these types, else the first one that
    /// accepts them.
    fn find(name: &str, arguments: &[SqlType]) -> Option<&'static Self> {
        let is_candidate = |signature: &&Self| {
            signature.name == name
                && signature.parameters.len() == arguments.len()
                && arguments.iter().zip(signature.parameters).all(|(given, expected)| accepts(*given, *expected))
        };
        let mut candidates = FUNCTIONS.iter().filter(is_candidate);
        let first = candidates.next()?;
        let is_exact = |signature: &&Self| signature.parameters == arguments;
        Some(if is_exact(&first) { first } else { candidates.find(is_exact).unwrap_or(first) })
    }
}

/// True if an argument of one type can be given where another type is expected.
fn accepts(given: SqlType, expected: SqlType) -> bool {
    given == expected
        || given == SqlType::Unknown
        || given.is_number() && expected.is_number() && given <= expected
        || given.is_text() && expected.is_text()
}

/// The error of a function that does not exist for arguments of these types.
pub(super) fn undefined_function(position: u32, name: &str, arguments: &[SqlType]) -> Stop {
    let types: Vec<&str> = arguments.iter().map(|data_type| data_type.name()).collect();
    let message = format!("function {name}({}) does not exist", types.join(", "));
    Stop::error(SqlState::UNDEFINED_FUNCTION, message).at(position).unknown_to_mock()
}

impl Execution<'_> {
    /// The result of a function call.
    pub(super) fn call(&mut self, position: u32, name: &str, arguments: &[Expr]) -> Result<Typed, Stop> {
        if let Some(aggregate) = Aggregate::named(name) {
            return self.aggregate(position, aggregate, arguments);
        }
        match (name, arguments) {
            ("coalesce", _) => return self.coalesce(arguments),
            ("nullif", [left, right]) => return self.nullif(position, left, right),
            _ => {}
        }
        let mut given = Vec::with_capacity(arguments.len());
        for argument in arguments {
            given.push(self.evaluate(argument)?);
        }
        let types: Vec<SqlType> = given.iter().map(|typed| typed.data_type).collect();
        let Some(signature) = Signature::find(name, &types) else {
            return Err(undefined_function(position, name, &types));
        };
        let mut values = Vec::with_capacity(arguments.len());
        for ((typed, argument), parameter) in given.into_iter().zip(arguments).zip(signature.parameters) {
            values.push(promote(resolve(typed, *parameter, argument)?, *parameter));
        }
        let is_null = self.is_analyzing || values.iter().any(SqlValue::is_null);
        let value = if is_null { SqlValue::Null } else { self.apply(signature, &values)? };
        Ok(Typed::new(signature.result, value))
    }

    /// The result of a function for arguments of its parameters' types, none of which is NULL.
    fn apply(&mut self, signature: &Signature, arguments: &[SqlValue]) -> Result<SqlValue, Stop> {
        let pid = self.session.pid;
        Ok(match (signature.function, arguments) {
            (Function::BackendPid, _) => SqlValue::Int(pid.0.into()),
            (Function::Version, _) => SqlValue::Text(Rc::from(VERSION)),
            (Function::TransactionTimestamp, _) => timestamptz_at(self.session.transaction_start),
            (Function::StatementTimestamp, _) => timestamptz_at(self.now),
            (Function::ClockTimestamp, _) => timestamptz_at(self.now + self.sleep),
            (Function::CurrentUser, _) => SqlValue::Text(self.session.user.clone()),
            (Function::CurrentDatabase, _) => SqlValue::Text(self.session.database.clone()),
            (Function::CurrentSchema, _) if self.has_public_in_path() => SqlValue::Text(Rc::from("public")),
            (Function::CurrentSchema, _) => SqlValue::Null,
            (Function::ReleaseAllLocks, _) => {
                self.database.locks.release_all(pid, LockOwner::Session);
                SqlValue::Void
            }
            (Function::Sleep, [SqlValue::Float(seconds)]) => {
                // The cast to an integer gives 0 for negative numbers and NaN, and saturates.
                self.sleep += Duration::from_micros((seconds * 1e6) as u64);
                SqlValue::Void
            }
            (Function::Abs, [SqlValue::Float(value)]) => SqlValue::Float(value.abs()),
            (Function::Abs, [SqlValue::Numeric(value)]) if value.digits() < 0 => numeric_value(Some(value.negate()))?,
            (Function::Abs, [value @ SqlValue::Numeric(_)]) => value.clone(),
            (Function::Abs, [SqlValue::Int(value)]) => integer_value(signature.result, value.checked_abs())?,
            (Function::Length, [SqlValue::Text(text)]) => {
                self.spend(text.len())?;
                SqlValue::Int(text.chars().count() as i64)
            }
            (Function::Lower, [SqlValue::Text(text)]) => {
                self.spend(text.len())?;
                text_value(to_lower_case(text))?
            }
            (Function::Upper, [SqlValue::Text(text)]) => {
                self.spend(text.len())?;
                text_value(to_upper_case(text))?
            }
            (Function::CurrentSetting, [SqlValue::Text(name), rest @ ..]) => match self.display_parameter(name) {
                Ok((_, value)) => SqlValue::Text(value),
                Err(_) if *rest == [SqlValue::Bool(true)] => SqlValue::Null,
                Err(error) => return Err(error),
            },
            (Function::SetConfig, [SqlValue::Text(name), SqlValue::Text(value), SqlValue::Bool(local)]) => {
                self.set_parameter(&Rc::from(name.to_ascii_lowercase()), Some(value.clone()), *local)?;
                SqlValue::Text(self.display_parameter(name)?.1)
            }
            (function, [SqlValue::Int(key)]) => self.advisory_lock(function, LockKey::Single(*key))?,
            (function, [SqlValue::Int(first), SqlValue::Int(second)]) => {
                self.advisory_lock(function, LockKey::Pair(*first, *second))?
            }
            // The arguments have the types of the function's parameters.
            _ => SqlValue::Null,
        })
    }

    /// The result of a function on one advisory lock.
    fn advisory_lock(&mut self, function: Function, key: LockKey) -> Result<SqlValue, Stop> {
        let pid = self.session.pid;
        match function {
            Function::AcquireLock(owner) => {
                self.database.locks.acquire(pid, key, owner)?;
                self.new_locks.push((key, owner));
                Ok(SqlValue::Void)
            }
            Function::TryLock(owner) => match self.database.locks.acquire(pid, key, owner) {
                Ok(()) => {
                    self.new_locks.push((key, owner));
                    Ok(SqlValue::Bool(true))
                }
                Err(Stop::Blocked { .. }) => Ok(SqlValue::Bool(false)),
                Err(error) => Err(error),
            },
            _ => {
                let is_released = self.database.locks.release(pid, key, LockOwner::Session);
                if !is_released {
                    self.notice(Severity::Warning, "you don't own a lock of type ExclusiveLock");
                }
                Ok(SqlValue::Bool(is_released))
            }
        }
    }

    /// COALESCE: the first argument that is not NULL. Those after it are not evaluated.
    fn coalesce(&mut self, arguments: &[Expr]) -> Result<Typed, Stop> {
        let mut data_type = SqlType::Unknown;
        let mut analyzed = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let typed = self.analyzed(argument)?;
            let Some(common) = common_type(data_type, typed.data_type) else {
                let message =
                    format!("COALESCE types {} and {} cannot be matched", data_type.name(), typed.data_type.name());
                return Err(Stop::error(SqlState::DATATYPE_MISMATCH, message).at(argument.start()));
            };
            data_type = common;
            analyzed.push(typed);
        }
        if data_type == SqlType::Unknown {
            data_type = Text;
        }
        if self.is_analyzing {
            for (typed, argument) in analyzed.into_iter().zip(arguments) {
                resolve(typed, data_type, argument)?;
            }
            return Ok(Typed::new(data_type, SqlValue::Null));
        }
        for argument in arguments {
            let typed = self.evaluate(argument)?;
            let value = promote(resolve(typed, data_type, argument)?, data_type);
            if !value.is_null() {
                return Ok(Typed::new(data_type, value));
            }
        }
        Ok(Typed::new(data_type, SqlValue::Null))
    }

    /// NULLIF: NULL if both arguments are equal, else the first.
    fn nullif(&mut self, position: u32, left: &Expr, right: &Expr) -> Result<Typed, Stop> {
        let (first, second) = (self.evaluate(left)?, self.evaluate(right)?);
        // The result has the type that the comparison gives its left operand. Integers of different widths are compared
        // as they are.
        let data_type = match common_type(first.data_type, second.data_type) {
            Some(SqlType::Unknown) | None => Text,
            Some(Int2 | Int4 | Int8) if !first.is_unknown() => first.data_type,
            Some(data_type) => data_type,
        };
        let equal = Operator::Comparison(Comparison::Equal);
        let comparison = self.binary(position, &equal, (first.clone(), left), (second, right))?;
        let value = if comparison.value == SqlValue::Bool(true) {
            SqlValue::Null
        } else {
            promote(resolve(first, data_type, left)?, data_type)
        };
        Ok(Typed::new(data_type, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(name: &str, arguments: &[SqlType]) -> Option<SqlType> {
        Signature::find(name, arguments).map(|signature| signature.result)
    }

    #[test]
    fn the_exact_signature_is_preferred() {
        assert_eq!(result("abs", &[Int4]), Some(Int4));
        assert_eq!(result("abs", &[SqlType::Unknown]), Some(Float8));
        assert_eq!(result("abs", &[Text]), None);
        assert_eq!(result("pg_sleep", &[Int4]), Some(Void));
        assert_eq!(result("lower", &[Name]), Some(Text));
        assert_eq!(result("lower", &[]), None);
    }
}
