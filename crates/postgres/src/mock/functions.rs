//! Functions and aggregates.

use core::cmp::Ordering;
use std::rc::Rc;

use super::convert::{Typed, common, is_number, is_text, moment_at, numeric, promote, text, whole};
use super::evaluate::{Execution, known};
use super::operators::{calculate, order};
use crate::decimal::Decimal;
use crate::error::{Run, Stop, stop};
use crate::sql::ast::{Expr, ExprKind};
use crate::value::{SqlType, SqlValue};
use base::case::{to_lower_case, to_upper_case};
use base::time::Duration;

/// What `version()` tells: that of the server which the recordings were made with.
const VERSION: &str = "PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on x86_64-pc-linux-gnu, compiled by gcc \
    (Debian 12.2.0-14+deb12u1) 12.2.0, 64-bit";

use SqlType::{Bool, Float8, Int2, Int4, Int8, Name, Numeric, Text, Timestamptz, Void};

/// The functions: name, parameters, result. Of several with one name the one
/// with exactly these types is taken, else the first that fits. All give NULL where an
/// argument is NULL.
const FUNCTIONS: [(&str, &[SqlType], SqlType); 38] = [
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
    ("abs", &[Float8], Float8),
    ("abs", &[Int2], Int2),
    ("abs", &[Int4], Int4),
    ("abs", &[Int8], Int8),
    ("abs", &[Numeric], Numeric),
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

/// Whether a function gives one value for many rows.
fn is_aggregate(name: &str) -> bool {
    matches!(name, "count" | "sum" | "avg" | "min" | "max")
}

/// Whether an expression is to be evaluated for a group of rows.
pub(super) fn has_aggregate(expr: &Expr) -> bool {
    expr.kind == ExprKind::Call && is_aggregate(&expr.name) || expr.parts.iter().any(has_aggregate)
}

/// Whether an argument of one type can be given where another is expected.
fn fits(given: SqlType, expected: SqlType) -> bool {
    given == expected
        || given == SqlType::Unknown
        || is_number(given) && is_number(expected) && given <= expected
        || is_text(given) && is_text(expected)
}

fn missing(expr: &Expr, kinds: &[SqlType]) -> Stop {
    let mut list = String::new();
    for kind in kinds {
        list += if list.is_empty() { "" } else { ", " };
        list += kind.name();
    }
    stop("42883 function %(%) does not exist", &[&expr.name, &list]).at(expr.at).unknown()
}

impl Execution<'_> {
    pub(super) fn call(&mut self, expr: &Expr) -> Run<Typed> {
        let (name, arguments) = (&*expr.name, &expr.parts);
        if is_aggregate(name) {
            return self.aggregate(expr);
        }
        if name == "coalesce" {
            return self.coalesce(arguments);
        }
        if let ("nullif", [left, right]) = (name, &arguments[..]) {
            return self.nullif(expr.at, left, right);
        }
        let (mut given, mut kinds) = (Vec::new(), Vec::new());
        for argument in arguments {
            let typed = self.evaluate(argument)?;
            kinds.push(typed.kind);
            given.push(typed);
        }
        // The one with exactly these types, else the first that takes them.
        let mut found = None;
        for (known, expected, result) in FUNCTIONS {
            if known == name && expected.len() == kinds.len() {
                let suits = kinds.iter().zip(expected).all(|(given, expected)| fits(*given, *expected));
                if expected == kinds || suits && found.is_none() {
                    found = Some((expected, result));
                }
            }
        }
        let Some((expected, result)) = found else { return Err(missing(expr, &kinds)) };
        let (mut values, mut null) = (Vec::new(), self.dry);
        for (index, typed) in given.into_iter().enumerate() {
            let value = promote(known(typed, expected[index], &arguments[index])?, expected[index]);
            null |= value.is_null();
            values.push(value);
        }
        let value = if null { SqlValue::Null } else { self.apply(name, result, &values)? };
        Ok(Typed::new(result, value))
    }

    /// A function's result, for arguments that are not NULL.
    fn apply(&mut self, name: &str, result: SqlType, values: &[SqlValue]) -> Run<SqlValue> {
        Ok(match values {
            [] => match name {
                "pg_backend_pid" => SqlValue::Int(self.session.pid.0.into()),
                "version" => SqlValue::Text(Rc::from(VERSION)),
                "statement_timestamp" => moment_at(self.now),
                "clock_timestamp" => moment_at(self.now + self.sleep),
                "current_database" | "current_catalog" => SqlValue::Text(self.session.database.clone()),
                "current_schema" if self.sees_public() => SqlValue::Text(Rc::from("public")),
                "current_schema" => SqlValue::Null,
                "pg_advisory_unlock_all" => {
                    self.database.locks.release_all(self.session.pid, false);
                    SqlValue::Void
                }
                _ if result == Timestamptz => moment_at(self.session.transaction_began),
                _ => SqlValue::Text(self.session.user.clone()),
            },
            [SqlValue::Float(value)] if name == "pg_sleep" => {
                // A cast to an integer gives 0 for what is negative or no number, and the largest for what is beyond.
                self.sleep += Duration::from_micros((value * 1e6) as u64);
                SqlValue::Void
            }
            [SqlValue::Float(value)] => SqlValue::Float(value.abs()),
            [SqlValue::Numeric(value)] if value.digits < 0 => numeric(Some(value.negative()))?,
            [SqlValue::Numeric(value)] => SqlValue::Numeric(value.clone()),
            [SqlValue::Int(value)] if name == "abs" => whole(result, value.checked_abs())?,
            [SqlValue::Int(key)] => self.advisory(name, (false, *key))?,
            [SqlValue::Int(high), SqlValue::Int(low)] => {
                self.advisory(name, (true, (high << 32) | (low & 0xffff_ffff)))?
            }
            [SqlValue::Text(name), SqlValue::Text(value), SqlValue::Bool(local)] => {
                self.set(&Rc::from(name.to_ascii_lowercase()), Some(value.clone()), *local)?;
                SqlValue::Text(self.parameter(name)?.1)
            }
            [SqlValue::Text(value), rest @ ..] => {
                self.spend(value.len())?;
                match name {
                    "lower" => text(to_lower_case(value))?,
                    "upper" => text(to_upper_case(value))?,
                    "current_setting" => match self.parameter(value) {
                        Err(_) if rest == [SqlValue::Bool(true)] => SqlValue::Null,
                        found => SqlValue::Text(found?.1),
                    },
                    _ => SqlValue::Int(value.chars().count() as i64),
                }
            }
            // The table has no others.
            _ => SqlValue::Null,
        })
    }

    /// The advisory lock functions.
    fn advisory(&mut self, name: &str, key: super::locks::Key) -> Run<SqlValue> {
        let (pid, transaction) = (self.session.pid, name.ends_with("xact_lock"));
        if name == "pg_advisory_unlock" {
            let released = self.database.locks.release(pid, key, false);
            if !released {
                self.notice("WARNING", &["you don't own a lock of type ExclusiveLock"]);
            }
            return Ok(SqlValue::Bool(released));
        }
        let tries = name.starts_with("pg_try");
        match self.database.locks.take(pid, key, transaction) {
            Ok(()) => self.taken.push((key, transaction)),
            Err(stop) if tries && stop.by().is_some() => return Ok(SqlValue::Bool(false)),
            Err(stop) => return Err(stop),
        }
        Ok(if tries { SqlValue::Bool(true) } else { SqlValue::Void })
    }

    /// The first argument that is not NULL; the others are not evaluated.
    fn coalesce(&mut self, arguments: &[Expr]) -> Run<Typed> {
        let mut kind = SqlType::Unknown;
        for argument in arguments {
            let other = self.kind_of(argument)?;
            let Some(both) = common(kind, other) else {
                return Err(stop("42804 COALESCE types % and % cannot be matched", &[kind.name(), other.name()])
                    .at(argument.start()));
            };
            kind = both;
        }
        if kind == SqlType::Unknown {
            kind = Text;
        }
        for argument in arguments {
            let typed = self.evaluate(argument)?;
            let value = promote(known(typed, kind, argument)?, kind);
            if !value.is_null() && !self.dry {
                return Ok(Typed::new(kind, value));
            }
        }
        Ok(Typed::new(kind, SqlValue::Null))
    }

    fn nullif(&mut self, at: u32, left: &Expr, right: &Expr) -> Run<Typed> {
        let (kept, other) = (self.evaluate(left)?, self.evaluate(right)?);
        // What the comparison makes of the first one, and whole numbers are compared as they are.
        let kind = match common(kept.kind, other.kind) {
            Some(SqlType::Unknown) | None => Text,
            Some(Int2 | Int4 | Int8) if kept.kind != SqlType::Unknown => kept.kind,
            Some(kind) => kind,
        };
        let equal = self.binary(at, "=", (kept.clone(), left), (other, right))?.value == SqlValue::Bool(true);
        let value = if equal { SqlValue::Null } else { promote(known(kept, kind, left)?, kind) };
        Ok(Typed::new(kind, value))
    }

    fn aggregate(&mut self, expr: &Expr) -> Run<Typed> {
        let name = &*expr.name;
        if !self.clause.is_empty() {
            return Err(stop("42803 aggregate functions are not allowed in %", &[self.clause]).at(expr.at));
        }
        if self.aggregating {
            return Err(stop("42803 aggregate function calls cannot be nested", &[]).at(expr.at));
        }
        self.aggregating = true;
        let rows = self.group.clone().unwrap_or_default();
        let mut kinds = Vec::new();
        for argument in &expr.parts {
            kinds.push(self.kind_of(argument)?);
        }
        let (source, argument) = match (&kinds[..], &expr.parts[..]) {
            ([], []) if name == "count" => (Void, None),
            ([source], [argument]) => (*source, Some(argument)),
            _ => return Err(missing(expr, &kinds)),
        };
        let orders = matches!(name, "min" | "max");
        let kind = match source {
            _ if name == "count" => Int8,
            Int2 | Int4 if name == "sum" => Int8,
            Float8 | Numeric if !orders => source,
            source if is_number(source) && !orders => Numeric,
            SqlType::Unknown if orders => Text,
            source if orders && is_text(source) => Text,
            source if orders && !matches!(source, Bool | Void) => source,
            // PostgreSQL does not know which of its sums a string without a type is for.
            SqlType::Unknown => {
                return Err(stop("42725 function %(unknown) is not unique", &[name]).at(expr.at));
            }
            _ => return Err(missing(expr, &kinds)),
        };
        let (mut count, mut result) = (0_i64, SqlValue::Null);
        for row in rows.iter() {
            let Some(argument) = argument else {
                count += 1;
                continue;
            };
            self.row = Some(row.clone());
            let value = promote(self.evaluate(argument)?.value, kind);
            if value.is_null() {
                continue;
            }
            count += 1;
            result = match name {
                _ if name == "count" || result.is_null() => value,
                "min" | "max" => {
                    let better = if name == "min" { Ordering::Less } else { Ordering::Greater };
                    if order(&value, &result) == better { value } else { result }
                }
                _ => calculate("+", kind, result, value)?,
            };
        }
        (self.row, self.aggregating) = (None, false);
        let value = match (name, &result) {
            ("count", _) => SqlValue::Int(count),
            ("avg", SqlValue::Float(sum)) => SqlValue::Float(sum / count as f64),
            ("avg", SqlValue::Numeric(sum)) => numeric(sum.divide(Decimal::whole(count)))?,
            _ => result,
        };
        Ok(Typed::new(kind, value))
    }
}
