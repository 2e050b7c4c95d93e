//! Aggregate functions (PostgreSQL's documentation, "Aggregate Functions").

use core::cmp::Ordering;
use std::rc::Rc;

use super::convert::{Typed, numeric_value, promote};
use super::execution::Execution;
use super::functions::undefined_function;
use super::operators::{calculate, compare};
use super::storage::Row;
use crate::SqlState;
use crate::error::Stop;
use crate::numeric::Numeric;
use crate::sql::ast::{Arithmetic, Expr, ExprKind};
use crate::value::{SqlType, SqlValue};

/// An aggregate function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aggregate {
    Count,
    Sum,
    Avg,
    Min,
    Max,
}

impl Aggregate {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "count" => Self::Count,
            "sum" => Self::Sum,
            "avg" => Self::Avg,
            "min" => Self::Min,
            "max" => Self::Max,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
        }
    }

    /// The type of the result for an argument of this type; `None` if the aggregate does not exist for it.
    fn result_type(self, argument: SqlType) -> Option<SqlType> {
        match self {
            Self::Count => Some(SqlType::Int8),
            Self::Sum => match argument {
                SqlType::Int2 | SqlType::Int4 => Some(SqlType::Int8),
                SqlType::Int8 | SqlType::Numeric => Some(SqlType::Numeric),
                SqlType::Float8 => Some(SqlType::Float8),
                _ => None,
            },
            Self::Avg => match argument {
                SqlType::Float8 => Some(SqlType::Float8),
                argument => argument.is_number().then_some(SqlType::Numeric),
            },
            Self::Min | Self::Max => match argument {
                SqlType::Unknown | SqlType::Text | SqlType::Varchar | SqlType::Name => Some(SqlType::Text),
                SqlType::Bool | SqlType::Void => None,
                argument => Some(argument),
            },
        }
    }

    /// The intermediate result after one more value.
    fn accumulate(self, data_type: SqlType, result: SqlValue, value: SqlValue) -> Result<SqlValue, Stop> {
        let replaces_if = |ordering| if compare(&value, &result) == ordering { value.clone() } else { result.clone() };
        match self {
            Self::Count => Ok(result),
            _ if result.is_null() => Ok(value),
            Self::Sum | Self::Avg => calculate(Arithmetic::Add, data_type, result, value),
            Self::Min => Ok(replaces_if(Ordering::Less)),
            Self::Max => Ok(replaces_if(Ordering::Greater)),
        }
    }
}

/// True if an expression contains an aggregate.
pub(super) fn has_aggregate(expr: &Expr) -> bool {
    let is_aggregate = matches!(&expr.kind, ExprKind::Call { function, .. } if Aggregate::named(function).is_some());
    is_aggregate || expr.kind.children().any(has_aggregate)
}

impl Execution<'_> {
    /// The result of an aggregate over the present group of rows. `count(*)` has no arguments.
    pub(super) fn aggregate(&mut self, position: u32, aggregate: Aggregate, arguments: &[Expr]) -> Result<Typed, Stop> {
        if let Some(clause) = self.clause {
            let message = format!("aggregate functions are not allowed in {clause}");
            return Err(Stop::error(SqlState::GROUPING_ERROR, message).at(position));
        }
        if self.is_in_aggregate {
            let message = "aggregate function calls cannot be nested";
            return Err(Stop::error(SqlState::GROUPING_ERROR, message).at(position));
        }
        self.is_in_aggregate = true;
        let result = self.aggregate_rows(position, aggregate, arguments);
        (self.row, self.is_in_aggregate) = (None, false);
        result
    }

    fn aggregate_rows(&mut self, position: u32, aggregate: Aggregate, arguments: &[Expr]) -> Result<Typed, Stop> {
        let mut types = Vec::with_capacity(arguments.len());
        for argument in arguments {
            types.push(self.type_of(argument)?);
        }
        let rows = self.group.clone().unwrap_or_default();
        let (argument, argument_type) = match (aggregate, arguments, &types[..]) {
            (Aggregate::Count, [], _) => {
                return Ok(Typed::new(SqlType::Int8, SqlValue::Int(rows.len() as i64)));
            }
            (_, [argument], [argument_type]) => (argument, *argument_type),
            _ => return Err(undefined_function(position, aggregate.name(), &types)),
        };
        let Some(data_type) = aggregate.result_type(argument_type) else {
            if argument_type != SqlType::Unknown {
                return Err(undefined_function(position, aggregate.name(), &types));
            }
            let message = format!("function {}(unknown) is not unique", aggregate.name());
            return Err(Stop::error(SqlState::AMBIGUOUS_FUNCTION, message).at(position));
        };
        let value = self.accumulate(aggregate, data_type, argument, &rows)?;
        Ok(Typed::new(data_type, value))
    }

    fn accumulate(
        &mut self,
        aggregate: Aggregate,
        data_type: SqlType,
        argument: &Expr,
        rows: &Rc<[Row]>,
    ) -> Result<SqlValue, Stop> {
        let (mut count, mut result) = (0_i64, SqlValue::Null);
        for row in rows.iter() {
            self.row = Some(row.clone());
            let value = promote(self.evaluate(argument)?.value, data_type);
            if !value.is_null() {
                count += 1;
                result = aggregate.accumulate(data_type, result, value)?;
            }
        }
        match (aggregate, &result) {
            (Aggregate::Count, _) => Ok(SqlValue::Int(count)),
            (Aggregate::Avg, SqlValue::Float(sum)) => Ok(SqlValue::Float(sum / count as f64)),
            (Aggregate::Avg, SqlValue::Numeric(sum)) => numeric_value(sum.checked_div(Numeric::from(count))),
            _ => Ok(result),
        }
    }
}
