//! Expressions.
//!
//! An expression is evaluated in one of two ways. *Dry*, every value whose type is known is NULL, so that nothing happens
//! but what PostgreSQL does before it executes: names and types are found, and strings whose type follows from their
//! place are read. Every expression is evaluated once so, and then for each row.

use std::rc::Rc;

use super::convert::{Typed, convert, fit, read};
use super::storage::Row;
use super::{MockDatabase, locks};
use crate::database::Notice;
use crate::error::{Run, stop};
use crate::limits;
use crate::session::Session;
use crate::sql::ast::{ColumnDefinition, Expr, ExprKind};
use crate::value::{SqlType, SqlValue};
use base::time::{Duration, Instant};

/// What PostgreSQL knows of every row.
const SYSTEM_COLUMNS: &str = "ctid tableoid xmin xmax cmin cmax";

/// The table whose columns can be named.
#[derive(Clone)]
pub(super) struct Scope {
    /// What it is called in this statement.
    pub(super) alias: Rc<str>,
    /// What it is called otherwise.
    pub(super) name: Rc<str>,
    pub(super) columns: Rc<[ColumnDefinition]>,
}

/// One query being executed. Where it stops it is given up, and whatever it was in the middle of.
pub(super) struct Execution<'a> {
    pub(super) database: &'a mut MockDatabase,
    pub(super) session: &'a mut Session,
    pub(super) now: Instant,
    pub(super) parameters: &'a [Option<Rc<str>>],
    pub(super) sleep: Duration,
    pub(super) notices: Vec<Notice>,
    /// The advisory locks that the statement has taken, and whether for the transaction.
    pub(super) taken: Vec<(locks::Key, bool)>,
    pub(super) steps: usize,
    /// Whether nothing is evaluated yet but names and types.
    pub(super) dry: bool,
    /// What a column's name can mean.
    pub(super) scope: Option<Scope>,
    /// The row that columns are of.
    pub(super) row: Option<Row>,
    /// The rows that aggregates are of.
    pub(super) group: Option<Rc<[Row]>>,
    /// Inside an aggregate's argument.
    pub(super) aggregating: bool,
    /// Where the expression stands, in PostgreSQL's words, if no aggregate may stand there; else empty.
    pub(super) clause: &'static str,
}

impl Execution<'_> {
    /// Counts what a query costs, so that none can take for ever: about one step for each 16 bytes it makes.
    pub(super) fn spend(&mut self, bytes: usize) -> Run<()> {
        self.steps += 1 + bytes / 16;
        if self.steps > limits::STEPS {
            return Err(stop("54000 %", &[limits::STEPS_MESSAGE]).unknown());
        }
        Ok(())
    }

    /// The type of an expression.
    pub(super) fn kind_of(&mut self, expr: &Expr) -> Run<SqlType> {
        let dry = core::mem::replace(&mut self.dry, true);
        let typed = self.evaluate(expr)?;
        self.dry = dry;
        Ok(typed.kind)
    }

    /// Evaluates an expression.
    #[inline(never)]
    pub(super) fn evaluate(&mut self, expr: &Expr) -> Run<Typed> {
        self.spend(0)?;
        let mut typed = self.evaluate_kind(expr)?;
        if self.dry && typed.kind != SqlType::Unknown {
            typed.value = SqlValue::Null;
        }
        Ok(typed)
    }

    fn evaluate_kind(&mut self, expr: &Expr) -> Run<Typed> {
        let parts = &expr.parts[..];
        let known = match &expr.kind {
            ExprKind::Literal(kind, value) => return Ok(Typed::new(*kind, value.clone())),
            ExprKind::Call => return self.call(expr),
            ExprKind::Parameter(number) => {
                let Some(value) = self.parameters.get((*number as usize).wrapping_sub(1)) else {
                    return Err(stop("42P02 there is no parameter $%", &[&number.to_string()]).at(expr.at));
                };
                return Ok(Typed::new(SqlType::Unknown, value.clone().map_or(SqlValue::Null, SqlValue::Text)));
            }
            ExprKind::Column(table) => return self.column(expr.at, table.as_deref(), &expr.name),
            ExprKind::Star(_) => return Err(stop("42601 syntax error at or near \"*\"", &[]).at(expr.at)),
            ExprKind::Operator => return self.operator(expr),
            ExprKind::Cast(to) => {
                let typed = self.evaluate(&parts[0])?;
                let source = typed.kind.name();
                let value = if typed.kind == SqlType::Unknown {
                    fit(known(typed, to.kind, &parts[0])?, *to, true)?
                } else {
                    convert(typed, *to, true).unwrap_or_else(|| {
                        Err(stop("42846 cannot cast type % to %", &[source, to.kind.name()]).at(expr.at))
                    })?
                };
                return Ok(Typed::new(to.kind, value));
            }
            ExprKind::Not => self.boolean(&parts[0], "NOT")?.map(|value| !value),
            ExprKind::Logic(and) => {
                let mut known = Some(*and);
                for part in parts {
                    match self.boolean(part, if *and { "AND" } else { "OR" })? {
                        Some(value) if value == *and => {}
                        None => known = None,
                        decided => return Ok(Typed::bool(decided)),
                    }
                }
                known
            }
            ExprKind::IsNull => {
                let typed = self.evaluate(&parts[0])?;
                if let (ExprKind::Parameter(number), SqlType::Unknown) = (&parts[0].kind, typed.kind) {
                    return Err(stop("42P18 could not determine data type of parameter $%", &[&number.to_string()]));
                }
                Some(typed.value.is_null())
            }
            ExprKind::Is(value) => {
                Some(self.boolean(&parts[0], if *value { "IS TRUE" } else { "IS FALSE" })? == Some(*value))
            }
            ExprKind::Distinct | ExprKind::In => {
                let distinct = expr.kind == ExprKind::Distinct;
                let subject = self.evaluate(&parts[0])?;
                let mut known = Some(distinct);
                for part in &parts[1..] {
                    let other = self.evaluate(part)?;
                    let nulls = [subject.value.is_null(), other.value.is_null()];
                    let equal = self.binary(expr.at, "=", (subject.clone(), &parts[0]), (other, part))?.value;
                    if distinct {
                        known =
                            Some(if nulls == [false; 2] { equal == SqlValue::Bool(false) } else { nulls != [true; 2] });
                    } else if equal == SqlValue::Bool(true) {
                        return Ok(Typed::bool(Some(true)));
                    } else if equal.is_null() {
                        known = None;
                    }
                }
                known
            }
        };
        Ok(Typed::bool(known))
    }

    /// Whether columns can be qualified with that name.
    pub(super) fn check_scope(&self, at: u32, table: &str) -> Run<()> {
        let what = match &self.scope {
            Some(scope) if *scope.alias == *table => return Ok(()),
            Some(scope) if *scope.name == *table => "invalid reference to",
            _ => "missing",
        };
        Err(stop("42P01 % FROM-clause entry for table \"%\"", &[what, table]).at(at))
    }

    fn column(&mut self, at: u32, table: Option<&str>, name: &str) -> Run<Typed> {
        if let Some(table) = table {
            self.check_scope(at, table)?;
        }
        let scope = self.scope.as_ref();
        let place = scope.and_then(|scope| scope.columns.iter().position(|column| *column.name == *name));
        let (Some(scope), Some(place)) = (scope, place) else {
            let error = match table {
                Some(table) => stop("42703 column %.% does not exist", &[table, name]),
                None => stop("42703 column \"%\" does not exist", &[name]),
            };
            // A whole row, or one of the columns that every table has.
            let row = |scope: &Scope| *scope.alias == *name || SYSTEM_COLUMNS.split(' ').any(|known| known == name);
            return Err(error.at(at).unknown_if(scope.is_some_and(row)));
        };
        if self.group.is_some() && !self.aggregating && self.clause.is_empty() {
            let rest = "\" must appear in the GROUP BY clause or be used in an aggregate function";
            return Err(stop("42803 column \"%.%%", &[&scope.alias, name, rest]).at(at));
        }
        let value = self.row.as_ref().map_or(SqlValue::Null, |row| row[place].clone());
        Ok(Typed::new(scope.columns[place].kind.kind, value))
    }

    /// A condition.
    #[inline(never)]
    pub(super) fn boolean(&mut self, expr: &Expr, of: &str) -> Run<Option<bool>> {
        let typed = self.evaluate(expr)?;
        if !matches!(typed.kind, SqlType::Unknown | SqlType::Bool) {
            return Err(
                stop("42804 argument of % must be type boolean, not type %", &[of, typed.kind.name()]).at(expr.start())
            );
        }
        let value = known(typed, SqlType::Bool, expr)?;
        Ok(if let SqlValue::Bool(value) = value { Some(value) } else { None })
    }

    /// A value for a column. `what` is put before "expression" where it is not the statement's own.
    pub(super) fn assign(&mut self, expr: &Expr, column: &ColumnDefinition, what: &str) -> Run<SqlValue> {
        let typed = self.evaluate(expr)?;
        let (source, to) = (typed.kind, column.kind);
        if source == SqlType::Unknown {
            return fit(known(typed, to.kind, expr)?, to, false);
        }
        if let Some(value) = convert(typed, to, false) {
            return value;
        }
        let (kind, source) = (to.kind.name(), source.name());
        let error =
            stop("42804 column \"%\" is of type % but% expression is of type %", &[&column.name, kind, what, source]);
        Err(if what.is_empty() { error.at(expr.start()) } else { error })
    }

    /// A count: of LIMIT and OFFSET.
    pub(super) fn count(&mut self, expr: Option<&Expr>, name: &str) -> Run<Option<usize>> {
        let Some(expr) = expr else { return Ok(None) };
        let typed = self.evaluate(expr)?;
        let source = typed.kind;
        let value = if source == SqlType::Unknown {
            known(typed, SqlType::Int8, expr)?
        } else {
            let refused = || {
                Err(stop("42804 argument of % must be type bigint, not type %", &[name, source.name()])
                    .at(expr.start()))
            };
            let number = super::convert::is_number(source);
            convert(typed, SqlType::Int8.into(), false).filter(|_| number).unwrap_or_else(refused)?
        };
        match value {
            SqlValue::Int(value) if value < 0 => Err(stop(
                if name == "LIMIT" { "2201W % must not be negative" } else { "2201X % must not be negative" },
                &[name],
            )),
            SqlValue::Int(value) => Ok(Some(value as usize)),
            _ => Ok(None),
        }
    }
}

/// A value of a type that its place asks for: a string that had no type yet is read.
#[inline(never)]
pub(super) fn known(typed: Typed, kind: SqlType, expr: &Expr) -> Run<SqlValue> {
    match &typed.value {
        SqlValue::Text(text) if typed.kind == SqlType::Unknown => read(text, kind).map_err(|error| {
            // A parameter is read when it arrives, and then nothing is known of the statement's text.
            if matches!(expr.kind, ExprKind::Parameter(_)) { error } else { error.at(expr.at) }
        }),
        _ => Ok(typed.value),
    }
}
