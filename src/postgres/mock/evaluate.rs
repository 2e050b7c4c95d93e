//! Expressions.
//!
//! An expression is evaluated in one of two ways. *Dry*, every value whose type is known is NULL, so that nothing happens
//! but what PostgreSQL does before it executes: names and types are found, and strings whose type follows from their
//! place are read. Every expression is evaluated once so, and then for each row.

use std::rc::Rc;

use super::convert::{Typed, Way, convert, fit, read};
use super::storage::Row;
use super::{MockDatabase, Run, Stop, fail, locks};
use crate::limits;
use crate::postgres::database::Notice;
use crate::postgres::error::SqlError;
use crate::postgres::session::Session;
use crate::postgres::sql::ast::{ColumnDefinition, Expr, ExprKind, TypeName};
use crate::postgres::value::{SqlType, SqlValue};
use crate::time::{Duration, Instant};

/// One query being executed.
pub(super) struct Execution<'a> {
    pub(super) database: &'a mut MockDatabase,
    pub(super) session: &'a mut Session,
    pub(super) now: Instant,
    parameters: &'a [Option<Rc<str>>],
    pub(super) sleep: Duration,
    pub(super) notices: Vec<Notice>,
    /// The advisory locks that the statement has taken, and whether for the transaction.
    pub(super) taken: Vec<(locks::Key, bool)>,
    steps: usize,
    /// Whether nothing is evaluated yet but names and types.
    pub(super) dry: bool,
    /// What a column's name can mean: the table's name in this statement, and its columns.
    pub(super) scope: Option<(Rc<str>, Rc<[ColumnDefinition]>)>,
    /// The row that columns are of.
    pub(super) row: Option<Row>,
    /// The rows that aggregates are of.
    pub(super) group: Option<Rc<[Row]>>,
    /// Inside an aggregate's argument.
    pub(super) aggregating: bool,
    /// Where no aggregate may stand, in PostgreSQL's words.
    pub(super) clause: Option<&'static str>,
}

impl<'a> Execution<'a> {
    pub(super) fn new(
        database: &'a mut MockDatabase,
        session: &'a mut Session,
        now: Instant,
        parameters: &'a [Option<Rc<str>>],
    ) -> Self {
        Self {
            database,
            session,
            now,
            parameters,
            sleep: Duration::ZERO,
            notices: Vec::new(),
            taken: Vec::new(),
            steps: 0,
            dry: false,
            scope: None,
            row: None,
            group: None,
            aggregating: false,
            clause: None,
        }
    }

    /// Counts what a query costs, so that none can take for ever: about one step for each 16 bytes it makes.
    pub(super) fn spend(&mut self, bytes: usize) -> Run<()> {
        self.steps += 1 + bytes / 16;
        if self.steps > limits::SQL_STEPS as usize {
            return Err(SqlError::new("54000", limits::SQL_STEPS_MESSAGE).unknown().into());
        }
        Ok(())
    }

    /// Runs `check` dry.
    pub(super) fn check<T>(&mut self, check: impl FnOnce(&mut Self) -> Run<T>) -> Run<T> {
        let (dry, row) = (core::mem::replace(&mut self.dry, true), self.row.take());
        let checked = check(self);
        (self.dry, self.row) = (dry, row);
        checked
    }

    /// Runs `part` where no aggregate may stand.
    pub(super) fn clause<T>(&mut self, name: &'static str, part: impl FnOnce(&mut Self) -> Run<T>) -> Run<T> {
        let outer = self.clause.replace(name);
        let done = part(self);
        self.clause = outer;
        done
    }

    /// Evaluates an expression.
    pub(super) fn evaluate(&mut self, expr: &Expr) -> Run<Typed> {
        self.spend(0)?;
        let mut typed = self.evaluate_kind(expr)?;
        if self.dry && typed.kind != SqlType::Unknown {
            typed.value = SqlValue::Null;
        }
        Ok(typed)
    }

    fn evaluate_kind(&mut self, expr: &Expr) -> Run<Typed> {
        Ok(match &expr.kind {
            ExprKind::Literal(kind, value) => Typed::new(*kind, value.clone()),
            ExprKind::Parameter(number) => {
                let Some(value) = self.parameters.get((*number as usize).wrapping_sub(1)) else {
                    return Err(SqlError::new("42P02", format!("there is no parameter ${number}")).at(expr.at).into());
                };
                Typed::new(SqlType::Unknown, value.clone().map_or(SqlValue::Null, SqlValue::Text))
            }
            ExprKind::Column(table, name) => self.column(expr.at, table.as_deref(), name)?,
            ExprKind::Star(_) => {
                return Err(SqlError::new("42601", "syntax error at or near \"*\"").at(expr.at).into());
            }
            ExprKind::Operator(name, operands) => self.operator(expr.at, name, operands)?,
            ExprKind::Not(part) => Typed::bool(self.boolean(part, "NOT")?.map(|value| !value)),
            ExprKind::Logic(and, parts) => {
                let mut known = Some(*and);
                for part in parts {
                    match self.boolean(part, if *and { "AND" } else { "OR" })? {
                        Some(value) if value == *and => {}
                        Some(value) => {
                            known = Some(value);
                            break;
                        }
                        None => known = None,
                    }
                }
                Typed::bool(known)
            }
            ExprKind::IsNull(part) => {
                let typed = self.evaluate(part)?;
                if let (ExprKind::Parameter(number), SqlType::Unknown) = (&part.kind, typed.kind) {
                    return fail("42P18", format!("could not determine data type of parameter ${number}"));
                }
                Typed::bool(Some(typed.value.is_null()))
            }
            ExprKind::Is(part, value) => {
                let name = if *value { "IS TRUE" } else { "IS FALSE" };
                Typed::bool(Some(self.boolean(part, name)? == Some(*value)))
            }
            ExprKind::Distinct(parts) => {
                let (left, right) = (self.evaluate(&parts[0])?, self.evaluate(&parts[1])?);
                let nulls = (left.value.is_null(), right.value.is_null());
                let equal = self.binary(expr.at, "=", (left, &parts[0]), (right, &parts[1]))?;
                Typed::bool(Some(if nulls.0 || nulls.1 {
                    nulls.0 != nulls.1
                } else {
                    equal.value == SqlValue::Bool(false)
                }))
            }
            ExprKind::In(parts) => {
                let subject = self.evaluate(&parts[0])?;
                let mut known = Some(false);
                for part in &parts[1..] {
                    let other = self.evaluate(part)?;
                    let equal = self.binary(expr.at, "=", (subject.clone(), &parts[0]), (other, part))?;
                    match equal.value {
                        SqlValue::Bool(true) => return Ok(equal),
                        SqlValue::Null => known = None,
                        _ => {}
                    }
                }
                Typed::bool(known)
            }
            ExprKind::Cast(part, to) => {
                let typed = self.evaluate(part)?;
                let source = typed.kind;
                let value = if source == SqlType::Unknown {
                    fit(self.known(typed, to.kind, part)?, *to, Way::Cast)?
                } else {
                    let Some(value) = convert(typed, *to, Way::Cast) else {
                        let message = format!("cannot cast type {} to {}", source.name(), to.kind.name());
                        return Err(SqlError::new("42846", message).at(part.start()).into());
                    };
                    value?
                };
                Typed::new(to.kind, value)
            }
            ExprKind::Call(name, arguments) => self.call(expr.at, name, arguments)?,
        })
    }

    fn column(&mut self, at: u32, table: Option<&str>, name: &Rc<str>) -> Run<Typed> {
        let scope = self.scope.as_ref();
        if let Some(table) = table
            && scope.is_none_or(|(known, _)| **known != *table)
        {
            let message = format!("missing FROM-clause entry for table \"{table}\"");
            return Err(SqlError::new("42P01", message).at(at).into());
        }
        let place = scope.and_then(|(_, columns)| columns.iter().position(|column| column.name == *name));
        let (Some((scope, columns)), Some(place)) = (scope, place) else {
            let message = match table {
                Some(table) => format!("column {table}.{name} does not exist"),
                None => format!("column \"{name}\" does not exist"),
            };
            return Err(SqlError::new("42703", message).at(at).into());
        };
        if self.group.is_some() && !self.aggregating && self.clause.is_none() {
            let message = format!(
                "column \"{scope}.{name}\" must appear in the GROUP BY clause or be used in an aggregate function"
            );
            return Err(SqlError::new("42803", message).at(at).into());
        }
        let value = self.row.as_ref().map_or(SqlValue::Null, |row| row[place].clone());
        Ok(Typed::new(columns[place].kind.kind, value))
    }

    /// A value of a type that its place asks for: a string that had no type yet is read.
    pub(super) fn known(&mut self, typed: Typed, kind: SqlType, expr: &Expr) -> Run<SqlValue> {
        match typed.value {
            SqlValue::Text(text) if typed.kind == SqlType::Unknown => read(&text, kind).map_err(|error| {
                // A parameter is read when it arrives, and then nothing is known of the statement's text.
                Stop::Error(if matches!(expr.kind, ExprKind::Parameter(_)) { error } else { error.at(expr.at) })
            }),
            value => Ok(value),
        }
    }

    /// A condition.
    pub(super) fn boolean(&mut self, expr: &Expr, of: &str) -> Run<Option<bool>> {
        let typed = self.evaluate(expr)?;
        if !matches!(typed.kind, SqlType::Unknown | SqlType::Bool) {
            let message = format!("argument of {of} must be type boolean, not type {}", typed.kind.name());
            return Err(SqlError::new("42804", message).at(expr.start()).into());
        }
        Ok(match self.known(typed, SqlType::Bool, expr)? {
            SqlValue::Bool(value) => Some(value),
            _ => None,
        })
    }

    /// A value for a column. `what` is put before "expression" where it is not the statement's own.
    pub(super) fn assign(&mut self, expr: &Expr, column: &ColumnDefinition, what: &str) -> Run<SqlValue> {
        let typed = self.evaluate(expr)?;
        let (source, to) = (typed.kind, column.kind);
        if source == SqlType::Unknown {
            let value = self.known(typed, to.kind, expr)?;
            return fit(value, to, Way::Assign);
        }
        convert(typed, to, Way::Assign).unwrap_or_else(|| {
            let message = format!(
                "column \"{}\" is of type {} but{what} expression is of type {}",
                column.name,
                to.kind.name(),
                source.name()
            );
            let error = SqlError::new("42804", message);
            Err(if what.is_empty() { error.at(expr.start()) } else { error }.into())
        })
    }

    /// A count: of LIMIT and OFFSET.
    pub(super) fn count(&mut self, expr: Option<&Expr>, name: &str) -> Run<Option<usize>> {
        let Some(expr) = expr else { return Ok(None) };
        let typed = self.evaluate(expr)?;
        let source = typed.kind;
        let to = TypeName { kind: SqlType::Int8, size: None, scale: 0 };
        let value = if source == SqlType::Unknown {
            self.known(typed, to.kind, expr)?
        } else {
            let Some(value) = convert(typed, to, Way::Assign) else {
                let message = format!("argument of {name} must be type bigint, not type {}", source.name());
                return Err(SqlError::new("42804", message).at(expr.start()).into());
            };
            value?
        };
        match value {
            SqlValue::Int(value) if value < 0 => {
                fail(if name == "LIMIT" { "2201W" } else { "2201X" }, format!("{name} must not be negative"))
            }
            SqlValue::Int(value) => Ok(Some(value as usize)),
            _ => Ok(None),
        }
    }
}
