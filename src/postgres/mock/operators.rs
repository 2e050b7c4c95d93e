//! Operators: which one two types have, and what it gives.

use core::cmp::Ordering;

use super::convert::{Typed, as_text, common, is_number, is_text, out_of_range, promote, text, too_many_digits, whole};
use super::evaluate::Execution;
use super::{Run, Stop, fail};
use crate::postgres::error::SqlError;
use crate::postgres::sql::ast::Expr;
use crate::postgres::value::{SqlType, SqlValue};

/// The order of two values of one type; NaN is the largest float, and equal to itself.
pub(super) fn order(left: &SqlValue, right: &SqlValue) -> Ordering {
    match (left, right) {
        (SqlValue::Bool(left), SqlValue::Bool(right)) => left.cmp(right),
        (SqlValue::Int(left), SqlValue::Int(right)) | (SqlValue::Moment(left), SqlValue::Moment(right)) => {
            left.cmp(right)
        }
        (SqlValue::Numeric(left), SqlValue::Numeric(right)) => left.cmp(right),
        (SqlValue::Float(left), SqlValue::Float(right)) => {
            left.partial_cmp(right).unwrap_or_else(|| left.is_nan().cmp(&right.is_nan()))
        }
        (SqlValue::Text(left), SqlValue::Text(right)) => left.cmp(right),
        _ => Ordering::Equal,
    }
}

fn none(name: &str, left: Option<SqlType>, right: SqlType) -> SqlError {
    let left = left.map_or(String::new(), |left| format!("{} ", left.name()));
    let message = format!("operator does not exist: {left}{name} {}", right.name());
    let error = SqlError::new("42883", message);
    // What arithmetic and comparison do not have between these types PostgreSQL does not have either.
    if matches!(name, "+" | "-" | "*" | "/" | "%" | "=" | "<>" | "<" | ">" | "<=" | ">=" | "||" | "~~" | "~~*") {
        error
    } else {
        error.unknown()
    }
}

impl Execution<'_> {
    /// What an operator with one or two operands gives.
    pub(super) fn operator(&mut self, at: u32, name: &str, operands: &[Expr]) -> Run<Typed> {
        match operands {
            [operand] => {
                let typed = self.evaluate(operand)?;
                self.sign(name, typed).map_err(|stop| placed(stop, at))
            }
            [left, right] => {
                let (a, b) = (self.evaluate(left)?, self.evaluate(right)?);
                self.binary(at, name, (a, left), (b, right))
            }
            _ => fail("XX000", "an operator has one or two operands"),
        }
    }

    fn sign(&mut self, name: &str, operand: Typed) -> Run<Typed> {
        let Typed { kind, value } = operand;
        if kind == SqlType::Unknown && matches!(name, "+" | "-") {
            return fail("42725", format!("operator is not unique: {name} unknown"));
        }
        if !is_number(kind) || !matches!(name, "+" | "-") {
            return Err(none(name, None, kind).into());
        }
        let value = match value {
            value if name == "+" => value,
            SqlValue::Int(value) => whole(kind, value.checked_neg())?,
            SqlValue::Numeric(value) => SqlValue::Numeric(value.negative()),
            SqlValue::Float(value) => SqlValue::Float(-value),
            value => value,
        };
        Ok(Typed::new(kind, value))
    }

    /// What an operator gives for two values; the expressions say where they stand.
    pub(super) fn binary(&mut self, at: u32, name: &str, left: (Typed, &Expr), right: (Typed, &Expr)) -> Run<Typed> {
        let (left_kind, right_kind) = (left.0.kind, right.0.kind);
        let missing = || Stop::from(none(name, Some(left_kind), right_kind).at(at));
        let textual = |kind| is_text(kind) || kind == SqlType::Unknown;
        if name == "||" {
            if left_kind == SqlType::Void || right_kind == SqlType::Void || !(textual(left_kind) || textual(right_kind))
            {
                return Err(missing());
            }
            return self.concatenation(left.0, right.0);
        }
        let both_unknown = left_kind == SqlType::Unknown && right_kind == SqlType::Unknown;
        let arithmetic = matches!(name, "+" | "-" | "*" | "/" | "%");
        if both_unknown && arithmetic {
            let message = format!("operator is not unique: unknown {name} unknown");
            return Err(SqlError::new("42725", message).at(at).into());
        }
        let kind = if both_unknown { Some(SqlType::Text) } else { common(left_kind, right_kind) };
        let like = matches!(name, "~~" | "~~*");
        let comparison = matches!(name, "=" | "<>" | "<" | ">" | "<=" | ">=");
        let kind = kind.filter(|kind| match *kind {
            SqlType::Void => false,
            SqlType::Float8 if name == "%" => false,
            kind if arithmetic => is_number(kind),
            kind if like => is_text(kind),
            _ => comparison,
        });
        let Some(kind) = kind else {
            let error = none(name, Some(left_kind), right_kind).at(at);
            // Moments and intervals have arithmetic of their own.
            let moments = arithmetic && (left_kind == SqlType::Timestamptz || right_kind == SqlType::Timestamptz);
            return Err(if moments { error.unknown() } else { error }.into());
        };
        let left = promote(self.known(left.0, kind, left.1)?, kind);
        let right = promote(self.known(right.0, kind, right.1)?, kind);
        if left.is_null() || right.is_null() {
            return Ok(Typed::new(if arithmetic { kind } else { SqlType::Bool }, SqlValue::Null));
        }
        if arithmetic {
            return Ok(Typed::new(kind, calculate(name, kind, left, right)?));
        }
        if let (true, SqlValue::Text(text), SqlValue::Text(pattern)) = (like, &left, &right) {
            let matches = if name == "~~" {
                self.like(text, pattern)?
            } else {
                self.spend(text.len() + pattern.len())?;
                self.like(&text.to_lowercase(), &pattern.to_lowercase())?
            };
            return Ok(Typed::bool(Some(matches)));
        }
        let order = order(&left, &right);
        Ok(Typed::bool(Some(match name {
            "=" => order.is_eq(),
            "<>" => order.is_ne(),
            "<" => order.is_lt(),
            ">" => order.is_gt(),
            "<=" => order.is_le(),
            _ => order.is_ge(),
        })))
    }

    fn concatenation(&mut self, left: Typed, right: Typed) -> Run<Typed> {
        let mut joined = String::new();
        for side in [left, right] {
            match as_text(side)? {
                SqlValue::Text(text) => joined += &text,
                _ => return Ok(Typed::new(SqlType::Text, SqlValue::Null)),
            }
        }
        self.spend(joined.len())?;
        Ok(Typed::new(SqlType::Text, text(joined)?))
    }

    /// LIKE: `%` is any text, `_` any character, a backslash takes the next one as it is. At a mismatch only the last
    /// `%` has to be tried again.
    fn like(&mut self, text: &str, pattern: &str) -> Run<bool> {
        let (mut text, mut pattern) = (text.chars(), pattern.chars());
        let mut retry: Option<(core::str::Chars<'_>, core::str::Chars<'_>)> = None;
        loop {
            self.spend(1)?;
            let (mut next, mut rest) = (text.clone(), pattern.clone());
            let matched = match (rest.next(), next.next()) {
                (Some('%'), _) => {
                    pattern = rest.clone();
                    retry = Some((text.clone(), rest));
                    continue;
                }
                (None, None) => return Ok(true),
                (Some('_'), Some(_)) => true,
                (Some('\\'), found) => match rest.next() {
                    None => return fail("22025", "LIKE pattern must not end with escape character"),
                    escaped => found == escaped,
                },
                (expected, found) => found.is_some() && expected == found,
            };
            if matched {
                (text, pattern) = (next, rest);
                continue;
            }
            let Some((from, after)) = &mut retry else { return Ok(false) };
            if from.next().is_none() {
                return Ok(false);
            }
            (text, pattern) = (from.clone(), after.clone());
        }
    }
}

/// An error at a place, where it has none yet and is about operators.
fn placed(stop: Stop, at: u32) -> Stop {
    match stop {
        Stop::Error(error) if error.sqlstate.starts_with("42") => Stop::Error(error.at(at)),
        stop => stop,
    }
}

/// Arithmetic on two values of one type.
pub(super) fn calculate(name: &str, kind: SqlType, left: SqlValue, right: SqlValue) -> Run<SqlValue> {
    let zero = match &right {
        SqlValue::Int(value) => *value == 0,
        SqlValue::Numeric(value) => value.digits == 0,
        SqlValue::Float(value) => *value == 0.0,
        _ => false,
    };
    if zero && matches!(name, "/" | "%") {
        return fail("22012", "division by zero");
    }
    Ok(match (left, right) {
        (SqlValue::Int(left), SqlValue::Int(right)) => whole(
            kind,
            match name {
                "+" => left.checked_add(right),
                "-" => left.checked_sub(right),
                "*" => left.checked_mul(right),
                "/" => left.checked_div(right),
                _ => Some(left.wrapping_rem(right)),
            },
        )?,
        (SqlValue::Numeric(left), SqlValue::Numeric(right)) => SqlValue::Numeric(
            match name {
                "+" => left.add(right),
                "-" => left.add(right.negative()),
                "*" => left.multiply(right),
                "/" => left.divide(right),
                _ => left.remainder(right),
            }
            .ok_or_else(too_many_digits)?,
        ),
        (SqlValue::Float(left), SqlValue::Float(right)) => {
            let value = match name {
                "+" => left + right,
                "-" => left - right,
                "*" => left * right,
                _ => left / right,
            };
            if value.is_infinite() && left.is_finite() && right.is_finite() {
                return fail("22003", "value out of range: overflow");
            }
            SqlValue::Float(value)
        }
        _ => return Err(out_of_range(kind).into()),
    })
}
