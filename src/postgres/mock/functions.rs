//! Functions and aggregates.

use core::cmp::Ordering;
use std::rc::Rc;

use super::convert::{Typed, common, is_number, is_text, moment_at, promote, text, too_many_digits, whole};
use super::evaluate::Execution;
use super::{Run, fail};
use crate::postgres::decimal::Decimal;
use crate::postgres::error::SqlError;
use crate::postgres::sql::ast::Expr;
use crate::postgres::value::{SqlType, SqlValue};
use crate::time::Duration;

/// What `version()` tells: that of the server which the recordings were made with.
pub(super) const VERSION: &str = "PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on x86_64-pc-linux-gnu, compiled by gcc \
    (Debian 12.2.0-14+deb12u1) 12.2.0, 64-bit";

use SqlType::{Bool, Float8, Int4, Int8, Name, Numeric, Text, Timestamptz, Void};

/// The functions: name, parameters, result. Of several with one name the first that fits is taken. All give NULL where an
/// argument is NULL.
const FUNCTIONS: [(&str, &[SqlType], SqlType); 37] = [
    ("pg_backend_pid", &[], Int4),
    ("pg_sleep", &[Float8], Void),
    ("version", &[], Text),
    ("now", &[], Timestamptz),
    ("current_timestamp", &[], Timestamptz),
    ("transaction_timestamp", &[], Timestamptz),
    ("statement_timestamp", &[], Timestamptz),
    ("clock_timestamp", &[], Timestamptz),
    ("current_user", &[], Name),
    ("session_user", &[], Name),
    ("user", &[], Name),
    ("current_role", &[], Name),
    ("current_catalog", &[], Name),
    ("current_database", &[], Name),
    ("current_schema", &[], Name),
    ("current_setting", &[Text], Text),
    ("current_setting", &[Text, Bool], Text),
    ("set_config", &[Text, Text, Bool], Text),
    ("length", &[Text], Int4),
    ("lower", &[Text], Text),
    ("upper", &[Text], Text),
    ("abs", &[Int4], Int4),
    ("abs", &[Int8], Int8),
    ("abs", &[Numeric], Numeric),
    ("abs", &[Float8], Float8),
    ("pg_advisory_lock", &[Int8], Void),
    ("pg_advisory_lock", &[Int4, Int4], Void),
    ("pg_advisory_xact_lock", &[Int8], Void),
    ("pg_advisory_xact_lock", &[Int4, Int4], Void),
    ("pg_try_advisory_lock", &[Int8], Bool),
    ("pg_try_advisory_lock", &[Int4, Int4], Bool),
    ("pg_try_advisory_xact_lock", &[Int8], Bool),
    ("pg_try_advisory_xact_lock", &[Int4, Int4], Bool),
    ("pg_advisory_unlock", &[Int8], Bool),
    ("pg_advisory_unlock", &[Int4, Int4], Bool),
    ("pg_advisory_unlock_all", &[], Void),
    ("char_length", &[Text], Int4),
];

/// The functions that give one value for many rows.
pub(super) const AGGREGATES: [&str; 5] = ["count", "sum", "avg", "min", "max"];

/// Whether an expression is to be evaluated for a group of rows.
pub(super) fn has_aggregate(expr: &Expr) -> bool {
    use crate::postgres::sql::ast::ExprKind;
    matches!(&expr.kind, ExprKind::Call(name, _) if AGGREGATES.contains(&&**name))
        || expr.parts().iter().any(has_aggregate)
}

/// Whether an argument of one type can be given where another is expected.
fn fits(given: SqlType, expected: SqlType) -> bool {
    given == expected
        || given == SqlType::Unknown
        || is_number(given) && is_number(expected) && given <= expected
        || is_text(given) && is_text(expected)
}

fn missing(name: &str, kinds: &[SqlType], at: u32) -> SqlError {
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    SqlError::new("42883", format!("function {name}({}) does not exist", kinds.join(", "))).at(at).unknown()
}

impl Execution<'_> {
    pub(super) fn call(&mut self, at: u32, name: &Rc<str>, arguments: &[Expr]) -> Run<Typed> {
        match &**name {
            aggregate if AGGREGATES.contains(&aggregate) => return self.aggregate(at, name, arguments),
            "coalesce" if !arguments.is_empty() => return self.coalesce(arguments),
            "nullif" if arguments.len() == 2 => return self.nullif(at, arguments),
            _ => {}
        }
        let mut given = Vec::new();
        for argument in arguments {
            given.push(self.evaluate(argument)?);
        }
        let kinds: Vec<SqlType> = given.iter().map(|typed| typed.kind).collect();
        let suits = |expected: &[SqlType]| {
            expected.len() == kinds.len() && kinds.iter().zip(expected).all(|(given, expected)| fits(*given, *expected))
        };
        let Some((_, expected, result)) =
            FUNCTIONS.iter().find(|(known, expected, _)| *known == &**name && suits(expected))
        else {
            return Err(missing(name, &kinds, at).into());
        };
        let mut values = Vec::new();
        for ((typed, kind), argument) in given.into_iter().zip(*expected).zip(arguments) {
            values.push(promote(self.known(typed, *kind, argument)?, *kind));
        }
        let value = if self.dry || values.iter().any(SqlValue::is_null) {
            SqlValue::Null
        } else {
            self.apply(name, *result, &values)?
        };
        Ok(Typed::new(*result, value))
    }

    /// A function's result, for arguments that are not NULL.
    fn apply(&mut self, name: &str, result: SqlType, values: &[SqlValue]) -> Run<SqlValue> {
        Ok(match (name, values) {
            ("pg_backend_pid", _) => SqlValue::Int(self.session.pid.0.into()),
            ("pg_sleep", [SqlValue::Float(seconds)]) => {
                // A cast to an integer gives 0 for what is negative or no number, and the largest for what is beyond.
                self.sleep += Duration::from_micros((seconds * 1e6) as u64);
                SqlValue::Void
            }
            ("version", _) => SqlValue::Text(Rc::from(VERSION)),
            ("statement_timestamp", _) => moment_at(self.now),
            ("clock_timestamp", _) => moment_at(self.now + self.sleep),
            (_, []) if result == Timestamptz => moment_at(self.session.transaction_began),
            ("current_database" | "current_catalog", _) => SqlValue::Text(self.session.database.clone()),
            ("current_schema", _) if self.sees_public() => SqlValue::Text(Rc::from("public")),
            ("current_schema", _) => SqlValue::Null,
            (_, []) if result == Name => SqlValue::Text(self.session.user.clone()),
            ("current_setting", [SqlValue::Text(name), rest @ ..]) => match self.parameter(name) {
                Err(_) if rest == [SqlValue::Bool(true)] => SqlValue::Null,
                value => SqlValue::Text(value?.1),
            },
            ("set_config", [SqlValue::Text(name), SqlValue::Text(value), SqlValue::Bool(local)]) => {
                self.set(name, Some(value), *local)?;
                SqlValue::Text(self.parameter(name)?.1)
            }
            ("length" | "char_length", [SqlValue::Text(value)]) => {
                self.spend(value.len())?;
                SqlValue::Int(value.chars().count() as i64)
            }
            ("lower" | "upper", [SqlValue::Text(value)]) => {
                self.spend(value.len())?;
                text(if name == "lower" { value.to_lowercase() } else { value.to_uppercase() })?
            }
            ("abs", [SqlValue::Int(value)]) => whole(result, value.checked_abs())?,
            ("abs", [SqlValue::Numeric(value)]) => {
                SqlValue::Numeric(if value.digits < 0 { value.negative() } else { *value })
            }
            ("abs", [SqlValue::Float(value)]) => SqlValue::Float(value.abs()),
            ("pg_advisory_unlock_all", _) => {
                self.database.locks.session_ended(self.session.pid);
                SqlValue::Void
            }
            (_, [SqlValue::Int(key)]) => self.advisory(name, (false, *key))?,
            (_, [SqlValue::Int(high), SqlValue::Int(low)]) => {
                self.advisory(name, (true, (high << 32) | (low & 0xffff_ffff)))?
            }
            _ => return fail("XX000", "function is not executed"),
        })
    }

    /// The advisory lock functions.
    fn advisory(&mut self, name: &str, key: super::locks::Key) -> Run<SqlValue> {
        let (pid, transaction) = (self.session.pid, name.contains("xact"));
        let locks = &mut self.database.locks;
        let done = if name.contains("unlock") {
            let released = locks.release(pid, key);
            if !released {
                self.notice("WARNING", "you don't own a lock of type ExclusiveLock");
            }
            return Ok(SqlValue::Bool(released));
        } else if name.starts_with("pg_try") {
            locks.take(pid, key, transaction).map(SqlValue::Bool)
        } else {
            locks.wait_for(pid, key, transaction).map(|()| SqlValue::Void)
        }?;
        if done != SqlValue::Bool(false) {
            self.taken.push((key, transaction));
        }
        Ok(done)
    }

    /// The first argument that is not NULL; the others are not evaluated.
    fn coalesce(&mut self, arguments: &[Expr]) -> Run<Typed> {
        let mut kind = SqlType::Unknown;
        for argument in arguments {
            let other = self.check(|run| run.evaluate(argument))?.kind;
            let Some(both) = common(kind, other) else {
                let message = format!("COALESCE types {} and {} cannot be matched", kind.name(), other.name());
                return Err(SqlError::new("42804", message).at(argument.start()).into());
            };
            kind = both;
        }
        if kind == SqlType::Unknown {
            kind = Text;
        }
        for argument in arguments {
            let typed = self.evaluate(argument)?;
            let value = promote(self.known(typed, kind, argument)?, kind);
            if !value.is_null() && !self.dry {
                return Ok(Typed::new(kind, value));
            }
        }
        Ok(Typed::new(kind, SqlValue::Null))
    }

    fn nullif(&mut self, at: u32, arguments: &[Expr]) -> Run<Typed> {
        let (left, right) = (self.evaluate(&arguments[0])?, self.evaluate(&arguments[1])?);
        let mut kept = left.clone();
        let equal = self.binary(at, "=", (left, &arguments[0]), (right, &arguments[1]))?;
        if equal.value == SqlValue::Bool(true) {
            kept.value = SqlValue::Null;
        }
        if kept.kind == SqlType::Unknown {
            kept.kind = Text;
        }
        Ok(kept)
    }

    fn aggregate(&mut self, at: u32, name: &str, arguments: &[Expr]) -> Run<Typed> {
        if let Some(clause) = self.clause {
            let message = format!("aggregate functions are not allowed in {clause}");
            return Err(SqlError::new("42803", message).at(at).into());
        }
        if self.aggregating {
            return Err(SqlError::new("42803", "aggregate function calls cannot be nested").at(at).into());
        }
        self.aggregating = true;
        let (dry, row) = (self.dry, self.row.take());
        let done = self.aggregated(at, name, arguments);
        (self.aggregating, self.dry, self.row) = (false, dry, row);
        done
    }

    fn aggregated(&mut self, at: u32, name: &str, arguments: &[Expr]) -> Run<Typed> {
        let rows = self.group.clone().unwrap_or_default();
        let argument = match (arguments, name) {
            ([], "count") => return Ok(Typed::new(Int8, SqlValue::Int(rows.len() as i64))),
            ([argument], _) => argument,
            _ => {
                let mut kinds = Vec::new();
                for argument in arguments {
                    kinds.push(self.check(|run| run.evaluate(argument))?.kind);
                }
                return Err(missing(name, &kinds, at).into());
            }
        };
        let source = self.check(|run| run.evaluate(argument))?.kind;
        let orders = matches!(name, "min" | "max");
        let kind = match source {
            _ if name == "count" => Int8,
            SqlType::Int2 | SqlType::Int4 if name == "sum" => Int8,
            Float8 | Numeric if !orders => source,
            source if is_number(source) && !orders => Numeric,
            SqlType::Unknown if orders => Text,
            source if orders && is_text(source) => Text,
            source if orders && !matches!(source, Bool | Void) => source,
            source => {
                // PostgreSQL does not know which of its sums a string without a type is for.
                let message = format!("function {name}({}) is not unique", source.name());
                let error = SqlError::new("42725", message).at(at);
                return Err(if source == SqlType::Unknown { error } else { missing(name, &[source], at) }.into());
            }
        };
        if self.dry {
            return Ok(Typed::new(kind, SqlValue::Null));
        }
        let work = if name == "sum" && kind == Int8 || name != "avg" { kind } else { kind.max(Numeric) };
        let (mut count, mut result) = (0_i64, SqlValue::Null);
        for row in rows.iter() {
            self.row = Some(row.clone());
            let value = self.evaluate(argument)?.value;
            if value.is_null() {
                continue;
            }
            count += 1;
            let value = promote(value, work);
            result = match (name, result) {
                ("count", _) => SqlValue::Null,
                (_, SqlValue::Null) => value,
                ("min" | "max", best) => {
                    let better = if name == "min" { Ordering::Less } else { Ordering::Greater };
                    if super::operators::order(&value, &best) == better { value } else { best }
                }
                (_, so_far) => super::operators::calculate("+", work, so_far, value)?,
            };
        }
        self.row = None;
        let value = match (name, result) {
            ("count", _) => SqlValue::Int(count),
            ("avg", SqlValue::Float(sum)) => SqlValue::Float(sum / count as f64),
            ("avg", SqlValue::Numeric(sum)) => {
                SqlValue::Numeric(sum.divide(Decimal::whole(count)).ok_or_else(too_many_digits)?)
            }
            (_, result) => result,
        };
        Ok(Typed::new(kind, value))
    }
}
