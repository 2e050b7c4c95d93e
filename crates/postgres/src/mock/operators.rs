//! Operators.

use core::cmp::Ordering;

use super::convert::{Typed, common_type, integer_value, numeric_value, promote, text_value, to_text};
use super::evaluate::resolve;
use super::execution::Execution;
use crate::SqlState;
use crate::error::Stop;
use crate::sql::ast::{Arithmetic, Expr, Operator};
use crate::value::{SqlType, SqlValue};
use base::case::to_lower_case;

/// The order of two values of one type. NaN equals itself and is greater than all other numbers.
pub(super) fn compare(left: &SqlValue, right: &SqlValue) -> Ordering {
    match (left, right) {
        (SqlValue::Bool(left), SqlValue::Bool(right)) => left.cmp(right),
        (SqlValue::Int(left), SqlValue::Int(right)) | (SqlValue::Timestamptz(left), SqlValue::Timestamptz(right)) => {
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

/// The error of an operator that these types do not have.
fn undefined_operator(operands: &str, operator: &Operator, position: u32) -> Stop {
    let message = format!("operator does not exist: {operands}");
    Stop::error(SqlState::UNDEFINED_FUNCTION, message)
        .at(position)
        .unknown_to_mock_if(matches!(operator, Operator::Unknown(_)))
}

/// The error of an operator that too many types have, for operands of unknown type.
fn ambiguous_operator(operands: &str, position: u32) -> Stop {
    Stop::error(SqlState::AMBIGUOUS_FUNCTION, format!("operator is not unique: {operands}")).at(position)
}

/// True if values of this type, which both operands have been promoted to, have the operator.
fn has_operator(data_type: SqlType, operator: &Operator) -> bool {
    match operator {
        Operator::Arithmetic(Arithmetic::Remainder) if data_type == SqlType::Float8 => false,
        Operator::Arithmetic(_) => data_type.is_number(),
        Operator::Comparison(_) => data_type != SqlType::Void,
        Operator::Like { .. } => data_type.is_text(),
        Operator::Concatenate | Operator::Unknown(_) => false,
    }
}

/// True if `||` joins values of these types as text: at least one of them is text.
fn concatenates(left: SqlType, right: SqlType) -> bool {
    let is_textual = |data_type: SqlType| data_type.is_text() || data_type == SqlType::Unknown;
    (is_textual(left) || is_textual(right)) && left != SqlType::Void && right != SqlType::Void
}

impl Execution<'_> {
    /// The result of an operator with two operands, each given with its expression.
    pub(super) fn binary(
        &mut self,
        position: u32,
        operator: &Operator,
        (left, left_expr): (Typed, &Expr),
        (right, right_expr): (Typed, &Expr),
    ) -> Result<Typed, Stop> {
        let (left_type, right_type) = (left.data_type, right.data_type);
        let is_arithmetic = matches!(operator, Operator::Arithmetic(_));
        let are_unknown = left.is_unknown() && right.is_unknown();
        if are_unknown && is_arithmetic {
            return Err(ambiguous_operator(&format!("unknown {operator} unknown"), position));
        }
        if *operator == Operator::Concatenate && concatenates(left_type, right_type) {
            return self.concatenate(left, right);
        }
        let common = if are_unknown { Some(SqlType::Text) } else { common_type(left_type, right_type) };
        let Some(data_type) = common.filter(|common| has_operator(*common, operator)) else {
            let operands = format!("{} {operator} {}", left_type.name(), right_type.name());
            // Timestamps and intervals have arithmetic of their own.
            let has_timestamp = left_type == SqlType::Timestamptz || right_type == SqlType::Timestamptz;
            let error = undefined_operator(&operands, operator, position);
            return Err(error.unknown_to_mock_if(is_arithmetic && has_timestamp));
        };
        let left = promote(resolve(left, data_type, left_expr)?, data_type);
        let right = promote(resolve(right, data_type, right_expr)?, data_type);
        if left.is_null() || right.is_null() {
            return Ok(Typed::new(if is_arithmetic { data_type } else { SqlType::Bool }, SqlValue::Null));
        }
        Ok(match (operator, &left, &right) {
            (Operator::Arithmetic(operator), ..) => {
                Typed::new(data_type, calculate(*operator, data_type, left, right)?)
            }
            (Operator::Comparison(comparison), ..) => Typed::bool(Some(comparison.accepts(compare(&left, &right)))),
            (Operator::Like { ignores_case: false }, SqlValue::Text(text), SqlValue::Text(pattern)) => {
                Typed::bool(Some(self.like(text, pattern)?))
            }
            (Operator::Like { ignores_case: true }, SqlValue::Text(text), SqlValue::Text(pattern)) => {
                self.spend(text.len() + pattern.len())?;
                Typed::bool(Some(self.like(&to_lower_case(text), &to_lower_case(pattern))?))
            }
            _ => Typed::bool(None),
        })
    }

    fn concatenate(&mut self, left: Typed, right: Typed) -> Result<Typed, Stop> {
        let value = match (to_text(left)?, to_text(right)?) {
            (SqlValue::Text(left), SqlValue::Text(right)) => {
                self.spend(left.len() + right.len())?;
                text_value(format!("{left}{right}"))?
            }
            _ => SqlValue::Null,
        };
        Ok(Typed::new(SqlType::Text, value))
    }
}

/// The result of an operator before its operand: a sign.
pub(super) fn unary(position: u32, operator: &Operator, operand: Typed) -> Result<Typed, Stop> {
    let Typed { data_type, value } = operand;
    let Operator::Arithmetic(sign @ (Arithmetic::Add | Arithmetic::Subtract)) = operator else {
        let error = undefined_operator(&format!("{operator} {}", data_type.name()), operator, position);
        return Err(error.unknown_to_mock());
    };
    if data_type == SqlType::Unknown {
        return Err(ambiguous_operator(&format!("{operator} unknown"), position));
    }
    if !data_type.is_number() {
        return Err(undefined_operator(&format!("{operator} {}", data_type.name()), operator, position));
    }
    let value = match &value {
        _ if *sign == Arithmetic::Add => value,
        SqlValue::Int(value) => integer_value(data_type, value.checked_neg())?,
        SqlValue::Numeric(value) => numeric_value(Some(value.negate()))?,
        SqlValue::Float(value) => SqlValue::Float(-value),
        _ => value,
    };
    Ok(Typed::new(data_type, value))
}

fn is_zero(value: &SqlValue) -> bool {
    match value {
        SqlValue::Int(value) => *value == 0,
        SqlValue::Numeric(value) => value.digits() == 0,
        SqlValue::Float(value) => *value == 0.0,
        _ => false,
    }
}

/// The result of an arithmetic operator on two values of one type.
pub(super) fn calculate(
    operator: Arithmetic,
    data_type: SqlType,
    left: SqlValue,
    right: SqlValue,
) -> Result<SqlValue, Stop> {
    if is_zero(&right) && matches!(operator, Arithmetic::Divide | Arithmetic::Remainder) {
        return Err(Stop::error(SqlState::DIVISION_BY_ZERO, "division by zero"));
    }
    match (left, right) {
        (SqlValue::Int(left), SqlValue::Int(right)) => {
            let result = match operator {
                Arithmetic::Add => left.checked_add(right),
                Arithmetic::Subtract => left.checked_sub(right),
                Arithmetic::Multiply => left.checked_mul(right),
                Arithmetic::Divide => left.checked_div(right),
                // The remainder of the smallest integer and -1 is 0, although the quotient overflows.
                Arithmetic::Remainder => Some(left.wrapping_rem(right)),
            };
            integer_value(data_type, result)
        }
        (SqlValue::Numeric(left), SqlValue::Numeric(right)) => numeric_value(match operator {
            Arithmetic::Add => left.checked_add(*right),
            Arithmetic::Subtract => left.checked_add(right.negate()),
            Arithmetic::Multiply => left.checked_mul(*right),
            Arithmetic::Divide => left.checked_div(*right),
            Arithmetic::Remainder => left.checked_rem(*right),
        }),
        (SqlValue::Float(left), SqlValue::Float(right)) => {
            let result = match operator {
                Arithmetic::Add => left + right,
                Arithmetic::Subtract => left - right,
                Arithmetic::Multiply => left * right,
                Arithmetic::Divide => left / right,
                Arithmetic::Remainder => left % right,
            };
            if result.is_infinite() && left.is_finite() && right.is_finite() {
                let message = "value out of range: overflow";
                return Err(Stop::error(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, message));
            }
            Ok(SqlValue::Float(result))
        }
        // The operands have one type, and only numbers have arithmetic.
        _ => Ok(SqlValue::Null),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calculate(operator: Arithmetic, left: i64, right: i64) -> Result<SqlValue, &'static str> {
        super::calculate(operator, SqlType::Int8, SqlValue::Int(left), SqlValue::Int(right)).map_err(
            |stop| match stop {
                Stop::Error(error) => error.sqlstate.code(),
                Stop::Blocked { .. } => "blocked",
            },
        )
    }

    #[test]
    fn integers_overflow_with_an_error() {
        assert_eq!(calculate(Arithmetic::Add, i64::MAX, 1), Err("22003"));
        assert_eq!(calculate(Arithmetic::Divide, i64::MIN, -1), Err("22003"));
        assert_eq!(calculate(Arithmetic::Remainder, i64::MIN, -1), Ok(SqlValue::Int(0)));
        assert_eq!(calculate(Arithmetic::Remainder, 1, 0), Err("22012"));
    }

    #[test]
    fn nan_is_the_greatest_double() {
        let [nan, infinity] = [f64::NAN, f64::INFINITY].map(SqlValue::Float);
        assert_eq!(compare(&nan, &nan), Ordering::Equal);
        assert_eq!(compare(&nan, &infinity), Ordering::Greater);
        assert_eq!(compare(&infinity, &nan), Ordering::Less);
    }
}
