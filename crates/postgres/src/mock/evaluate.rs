//! The evaluation of expressions.
//!
//! Every expression is evaluated once for *parse analysis*, and then for each row. During analysis every value of a known
//! type is NULL, so that only those things happen that PostgreSQL does before it executes a statement: names and types
//! are resolved, and string constants whose type follows from their context are read (PostgreSQL's documentation, "The
//! Path of a Query").

use std::rc::Rc;

use super::convert::{Conversion, Typed, apply_modifier, convert, parse_value};
use super::execution::Execution;
use super::operators::unary;
use crate::SqlState;
use crate::error::Stop;
use crate::sql::ast::{ColumnDefinition, Comparison, Expr, ExprKind, Operator, TypeName};
use crate::value::{SqlType, SqlValue};

/// The columns that every table has (PostgreSQL's documentation, "System Columns"), which the mock does not implement.
const SYSTEM_COLUMNS: [&str; 6] = ["ctid", "tableoid", "xmin", "xmax", "cmin", "cmax"];

/// The table whose columns can be named.
#[derive(Clone)]
pub(super) struct Scope {
    /// Its name in this statement: the alias if it has one.
    pub(super) alias: Rc<str>,
    pub(super) table: Rc<str>,
    pub(super) columns: Rc<[ColumnDefinition]>,
}

/// The origin of a value that is assigned to a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assignment {
    /// The statement itself.
    Statement,
    /// The DEFAULT of the column in CREATE TABLE.
    Default,
}

impl Execution<'_> {
    /// The type of an expression.
    pub(super) fn type_of(&mut self, expr: &Expr) -> Result<SqlType, Stop> {
        Ok(self.analyzed(expr)?.data_type)
    }

    /// The result of the parse analysis of an expression: its type, and its value if the type is still unknown.
    pub(super) fn analyzed(&mut self, expr: &Expr) -> Result<Typed, Stop> {
        let outer = core::mem::replace(&mut self.is_analyzing, true);
        let typed = self.evaluate(expr);
        self.is_analyzing = outer;
        typed
    }

    /// The type and the value of an expression.
    pub(super) fn evaluate(&mut self, expr: &Expr) -> Result<Typed, Stop> {
        self.spend(0)?;
        let mut typed = self.evaluate_kind(expr)?;
        if self.is_analyzing && !typed.is_unknown() {
            typed.value = SqlValue::Null;
        }
        Ok(typed)
    }

    fn evaluate_kind(&mut self, expr: &Expr) -> Result<Typed, Stop> {
        match &expr.kind {
            ExprKind::Literal(data_type, value) => Ok(Typed::new(*data_type, value.clone())),
            ExprKind::Parameter(number) => self.parameter(expr.position, *number),
            ExprKind::Column { table, name } => self.column(expr.position, table.as_deref(), name),
            ExprKind::Star { .. } => {
                Err(Stop::error(SqlState::SYNTAX_ERROR, "syntax error at or near \"*\"").at(expr.position))
            }
            ExprKind::Unary { operator, operand } => {
                let operand = self.evaluate(operand)?;
                unary(expr.position, operator, operand)
            }
            ExprKind::Binary { operator, left, right } => {
                let (left_value, right_value) = (self.evaluate(left)?, self.evaluate(right)?);
                self.binary(expr.position, operator, (left_value, left), (right_value, right))
            }
            ExprKind::Not(operand) => Ok(Typed::bool(self.boolean(operand, "NOT")?.map(|value| !value))),
            ExprKind::And(operands) => self.logical(operands, "AND", true),
            ExprKind::Or(operands) => self.logical(operands, "OR", false),
            ExprKind::IsNull(operand) => self.is_null(operand),
            ExprKind::IsBoolean { operand, expected } => {
                let value = self.boolean(operand, if *expected { "IS TRUE" } else { "IS FALSE" })?;
                Ok(Typed::bool(Some(value == Some(*expected))))
            }
            ExprKind::IsDistinctFrom { left, right } => self.is_distinct_from(expr.position, left, right),
            ExprKind::In { operand, list } => self.is_in(expr.position, operand, list),
            ExprKind::Cast { operand, to } => self.cast(expr.position, operand, *to),
            ExprKind::Call { function, arguments } => self.call(expr.position, function, arguments),
        }
    }

    fn parameter(&self, position: u32, number: u32) -> Result<Typed, Stop> {
        let index = (number as usize).checked_sub(1);
        let Some(value) = index.and_then(|index| self.parameters.get(index)) else {
            let message = format!("there is no parameter ${number}");
            return Err(Stop::error(SqlState::UNDEFINED_PARAMETER, message).at(position));
        };
        Ok(Typed::new(SqlType::Unknown, value.clone().map_or(SqlValue::Null, SqlValue::Text)))
    }

    /// Fails unless columns can be qualified with this name of a table.
    pub(super) fn check_qualifier(&self, position: u32, table: &str) -> Result<(), Stop> {
        let problem = match &self.scope {
            Some(scope) if *scope.alias == *table => return Ok(()),
            Some(scope) if *scope.table == *table => "invalid reference to",
            _ => "missing",
        };
        let message = format!("{problem} FROM-clause entry for table \"{table}\"");
        Err(Stop::error(SqlState::UNDEFINED_TABLE, message).at(position))
    }

    fn column(&mut self, position: u32, table: Option<&str>, name: &str) -> Result<Typed, Stop> {
        if let Some(table) = table {
            self.check_qualifier(position, table)?;
        }
        let Some(scope) = &self.scope else { return Err(undefined_column(table, name).at(position)) };
        let Some(index) = scope.columns.iter().position(|column| *column.name == *name) else {
            // PostgreSQL knows the system columns, and the name of the table as the whole row.
            let is_known = *scope.alias == *name || SYSTEM_COLUMNS.contains(&name);
            return Err(undefined_column(table, name).at(position).unknown_to_mock_if(is_known));
        };
        if self.group.is_some() && !self.is_in_aggregate && self.clause.is_none() {
            let message = format!(
                "column \"{}.{name}\" must appear in the GROUP BY clause or be used in an aggregate function",
                scope.alias
            );
            return Err(Stop::error(SqlState::GROUPING_ERROR, message).at(position));
        }
        let value = self.row.as_ref().map_or(SqlValue::Null, |row| row[index].clone());
        Ok(Typed::new(scope.columns[index].type_name.data_type, value))
    }

    /// The value of a condition, which `context` requires; `None` is NULL.
    pub(super) fn boolean(&mut self, expr: &Expr, context: &str) -> Result<Option<bool>, Stop> {
        let typed = self.evaluate(expr)?;
        if !matches!(typed.data_type, SqlType::Unknown | SqlType::Bool) {
            return Err(wrong_argument_type(context, SqlType::Bool, typed.data_type).at(expr.start()));
        }
        match resolve(typed, SqlType::Bool, expr)? {
            SqlValue::Bool(value) => Ok(Some(value)),
            _ => Ok(None),
        }
    }

    /// AND (`neutral` is true) or OR (false): evaluates operands until one decides.
    fn logical(&mut self, operands: &[Expr], context: &str, neutral: bool) -> Result<Typed, Stop> {
        let mut result = Some(neutral);
        for operand in operands {
            match self.boolean(operand, context)? {
                Some(value) if value == neutral => {}
                None => result = None,
                decided => return Ok(Typed::bool(decided)),
            }
        }
        Ok(Typed::bool(result))
    }

    fn is_null(&mut self, operand: &Expr) -> Result<Typed, Stop> {
        let typed = self.evaluate(operand)?;
        if let (ExprKind::Parameter(number), true) = (&operand.kind, typed.is_unknown()) {
            let message = format!("could not determine data type of parameter ${number}");
            return Err(Stop::error(SqlState::INDETERMINATE_DATATYPE, message));
        }
        Ok(Typed::bool(Some(typed.value.is_null())))
    }

    /// `left = right`; `None` is NULL.
    fn equal(&mut self, position: u32, left: (Typed, &Expr), right: (Typed, &Expr)) -> Result<Option<bool>, Stop> {
        let equal = Operator::Comparison(Comparison::Equal);
        match self.binary(position, &equal, left, right)?.value {
            SqlValue::Bool(value) => Ok(Some(value)),
            _ => Ok(None),
        }
    }

    fn is_distinct_from(&mut self, position: u32, left: &Expr, right: &Expr) -> Result<Typed, Stop> {
        let (left_value, right_value) = (self.evaluate(left)?, self.evaluate(right)?);
        let nulls = (left_value.value.is_null(), right_value.value.is_null());
        let equal = self.equal(position, (left_value, left), (right_value, right))?;
        let is_distinct = match nulls {
            (false, false) => equal == Some(false),
            (left_is_null, right_is_null) => left_is_null != right_is_null,
        };
        Ok(Typed::bool(Some(is_distinct)))
    }

    fn is_in(&mut self, position: u32, operand: &Expr, list: &[Expr]) -> Result<Typed, Stop> {
        let value = self.evaluate(operand)?;
        let mut result = Some(false);
        for item in list {
            let item_value = self.evaluate(item)?;
            match self.equal(position, (value.clone(), operand), (item_value, item))? {
                Some(true) => return Ok(Typed::bool(Some(true))),
                Some(false) => {}
                None => result = None,
            }
        }
        Ok(Typed::bool(result))
    }

    fn cast(&mut self, position: u32, operand: &Expr, to: TypeName) -> Result<Typed, Stop> {
        let typed = self.evaluate(operand)?;
        let (source, target) = (typed.data_type, to.data_type);
        let value = if typed.is_unknown() {
            apply_modifier(resolve(typed, target, operand)?, to.modifier, Conversion::Cast)?
        } else if let Some(value) = convert(typed, to, Conversion::Cast) {
            value?
        } else {
            let message = format!("cannot cast type {} to {}", source.name(), target.name());
            return Err(Stop::error(SqlState::CANNOT_COERCE, message).at(position));
        };
        Ok(Typed::new(target, value))
    }

    /// The value of an expression that is assigned to a column.
    pub(super) fn assign(
        &mut self,
        expr: &Expr,
        column: &ColumnDefinition,
        assignment: Assignment,
    ) -> Result<SqlValue, Stop> {
        let typed = self.evaluate(expr)?;
        let (source, to) = (typed.data_type, column.type_name);
        if typed.is_unknown() {
            return apply_modifier(resolve(typed, to.data_type, expr)?, to.modifier, Conversion::Assignment);
        }
        if let Some(value) = convert(typed, to, Conversion::Assignment) {
            return value;
        }
        let expression = match assignment {
            Assignment::Statement => "expression",
            Assignment::Default => "default expression",
        };
        let message = format!(
            "column \"{}\" is of type {} but {expression} is of type {}",
            column.name,
            to.data_type.name(),
            source.name()
        );
        let error = Stop::error(SqlState::DATATYPE_MISMATCH, message);
        Err(if assignment == Assignment::Statement { error.at(expr.start()) } else { error })
    }

    /// The value of LIMIT or OFFSET; `None` if there is none, or if it is NULL.
    pub(super) fn row_count(
        &mut self,
        expr: Option<&Expr>,
        clause: &'static str,
        negative: SqlState,
    ) -> Result<Option<usize>, Stop> {
        let Some(expr) = expr else { return Ok(None) };
        let typed = self.in_clause(clause, |execution| execution.evaluate(expr))?;
        let source = typed.data_type;
        let value = if typed.is_unknown() {
            resolve(typed, SqlType::Int8, expr)?
        } else {
            let converted = convert(typed, SqlType::Int8.into(), Conversion::Assignment);
            match converted.filter(|_| source.is_number()) {
                Some(value) => value?,
                None => return Err(wrong_argument_type(clause, SqlType::Int8, source).at(expr.start())),
            }
        };
        match value {
            SqlValue::Int(value) => match usize::try_from(value) {
                Ok(count) => Ok(Some(count)),
                Err(_) if value > 0 => Ok(Some(usize::MAX)),
                Err(_) => Err(Stop::error(negative, format!("{clause} must not be negative"))),
            },
            _ => Ok(None),
        }
    }
}

fn undefined_column(table: Option<&str>, name: &str) -> Stop {
    let message = match table {
        Some(table) => format!("column {table}.{name} does not exist"),
        None => format!("column \"{name}\" does not exist"),
    };
    Stop::error(SqlState::UNDEFINED_COLUMN, message)
}

fn wrong_argument_type(context: &str, expected: SqlType, given: SqlType) -> Stop {
    let message = format!("argument of {context} must be type {}, not type {}", expected.name(), given.name());
    Stop::error(SqlState::DATATYPE_MISMATCH, message)
}

/// The value of an expression in a context that requires a type: a value of unknown type is read as one of that type.
pub(super) fn resolve(typed: Typed, data_type: SqlType, expr: &Expr) -> Result<SqlValue, Stop> {
    match &typed.value {
        SqlValue::Text(text) if typed.is_unknown() => parse_value(text, data_type).map_err(|error| {
            // PostgreSQL reads parameters when they are bound, and then reports no position in the query.
            if matches!(expr.kind, ExprKind::Parameter(_)) { error } else { error.at(expr.position) }
        }),
        _ => Ok(typed.value),
    }
}
