//! Operators: which one two types have, and what it gives.

use core::cmp::Ordering;

use super::convert::{Typed, as_text, common, is_number, is_text, numeric, promote, text, whole};
use super::evaluate::{Execution, known};
use crate::error::{Run, Stop, stop};
use crate::sql::ast::Expr;
use crate::value::{SqlType, SqlValue};
use base::case::to_lower_case;

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

/// What the mock knows of operators: arithmetic, comparison, and those of text.
const OPERATORS: &str = " + - * / % = <> < > <= >= || ~~ ~~* ";

fn is_arithmetic(name: &str) -> bool {
    matches!(name, "+" | "-" | "*" | "/" | "%")
}

/// What arithmetic and comparison do not have between two types PostgreSQL does not have either.
fn none(name: &str, left: &str, right: SqlType, at: u32) -> Stop {
    let blank = if left.is_empty() { "" } else { " " };
    stop("42883 operator does not exist: %%% %", &[left, blank, name, right.name()])
        .at(at)
        .unknown_if(!OPERATORS.split(' ').any(|known| known == name))
}

impl Execution<'_> {
    /// What an operator with one or two operands gives.
    pub(super) fn operator(&mut self, expr: &Expr) -> Run<Typed> {
        match &expr.parts[..] {
            [left, right] => {
                let (a, b) = (self.evaluate(left)?, self.evaluate(right)?);
                self.binary(expr.at, &expr.name, (a, left), (b, right))
            }
            parts => sign(&expr.name, self.evaluate(&parts[0])?, expr.at),
        }
    }

    /// What an operator gives for two values; the expressions say where they stand.
    pub(super) fn binary(&mut self, at: u32, name: &str, left: (Typed, &Expr), right: (Typed, &Expr)) -> Run<Typed> {
        let (left_kind, right_kind) = (left.0.kind, right.0.kind);
        let both_unknown = left_kind == SqlType::Unknown && right_kind == SqlType::Unknown;
        let arithmetic = is_arithmetic(name);
        if both_unknown && arithmetic {
            return Err(stop("42725 operator is not unique: unknown % unknown", &[name]).at(at));
        }
        let kind = if both_unknown { Some(SqlType::Text) } else { common(left_kind, right_kind) };
        let textual = |kind| is_text(kind) || kind == SqlType::Unknown;
        let joins = name == "||"
            && (textual(left_kind) || textual(right_kind))
            && left_kind != SqlType::Void
            && right_kind != SqlType::Void;
        if joins {
            return self.concatenation(left.0, right.0);
        }
        let like = matches!(name, "~~" | "~~*");
        let kind = kind.filter(|kind| match *kind {
            SqlType::Void => false,
            SqlType::Float8 if name == "%" => false,
            kind if arithmetic => is_number(kind),
            kind if like => is_text(kind),
            _ => matches!(name, "=" | "<>" | "<" | ">" | "<=" | ">="),
        });
        let Some(kind) = kind else {
            // Moments and intervals have arithmetic of their own.
            let moments = arithmetic && (left_kind == SqlType::Timestamptz || right_kind == SqlType::Timestamptz);
            return Err(none(name, left_kind.name(), right_kind, at).unknown_if(moments));
        };
        let left = promote(known(left.0, kind, left.1)?, kind);
        let right = promote(known(right.0, kind, right.1)?, kind);
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
                self.like(&to_lower_case(text), &to_lower_case(pattern))?
            };
            return Ok(Typed::bool(Some(matches)));
        }
        let wanted: &[Ordering] = match name {
            "=" => &[Ordering::Equal],
            "<>" => &[Ordering::Less, Ordering::Greater],
            "<" => &[Ordering::Less],
            ">" => &[Ordering::Greater],
            "<=" => &[Ordering::Less, Ordering::Equal],
            _ => &[Ordering::Greater, Ordering::Equal],
        };
        Ok(Typed::bool(Some(wanted.contains(&order(&left, &right)))))
    }

    fn concatenation(&mut self, left: Typed, right: Typed) -> Run<Typed> {
        let value = match (as_text(left)?, as_text(right)?) {
            (SqlValue::Text(left), SqlValue::Text(right)) => {
                self.spend(left.len() + right.len())?;
                text([&*left, &*right].concat())?
            }
            _ => SqlValue::Null,
        };
        Ok(Typed::new(SqlType::Text, value))
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
                (Some('\\'), found @ Some(_)) => match rest.next() {
                    None => return Err(stop("22025 LIKE pattern must not end with escape character", &[])),
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

/// What a sign before a value gives.
fn sign(name: &str, operand: Typed, at: u32) -> Run<Typed> {
    let Typed { kind, value } = operand;
    let signs = matches!(name, "+" | "-");
    if kind == SqlType::Unknown && signs {
        return Err(stop("42725 operator is not unique: % unknown", &[name]).at(at));
    }
    if !is_number(kind) || !signs {
        return Err(none(name, "", kind, at).unknown_if(!signs));
    }
    let value = match &value {
        SqlValue::Int(value) if name == "-" => whole(kind, value.checked_neg())?,
        SqlValue::Numeric(value) if name == "-" => numeric(Some(value.negative()))?,
        SqlValue::Float(value) if name == "-" => SqlValue::Float(-value),
        _ => value,
    };
    Ok(Typed::new(kind, value))
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
        return Err(stop("22012 division by zero", &[]));
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
        (SqlValue::Numeric(left), SqlValue::Numeric(right)) => numeric(match name {
            "+" => left.plus(*right),
            "-" => left.plus(right.negative()),
            "*" => left.multiply(*right),
            "/" => left.divide(*right),
            _ => left.remainder(*right),
        })?,
        (SqlValue::Float(left), SqlValue::Float(right)) => {
            let value = match name {
                "+" => left + right,
                "-" => left - right,
                "*" => left * right,
                _ => left / right,
            };
            if value.is_infinite() && left.is_finite() && right.is_finite() {
                return Err(stop("22003 value out of range: overflow", &[]));
            }
            SqlValue::Float(value)
        }
        _ => whole(kind, None)?,
    })
}
