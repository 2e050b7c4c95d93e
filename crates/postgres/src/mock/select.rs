//! SELECT, and the output columns of RETURNING.

use base::sort::sort_by;
use core::cmp::Ordering;
use std::borrow::Cow;
use std::rc::Rc;

use super::aggregates::has_aggregate;
use super::evaluate::Scope;
use super::execution::Execution;
use super::operators::compare;
use super::storage::{Row, Table};
use crate::SqlState;
use crate::error::Stop;
use crate::sql::ast::{Expr, ExprKind, OrderKey, Select, TableName, Target};
use crate::value::{Column, QueryResult, SqlType, SqlValue};

/// The most output columns (`MaxTupleAttributeNumber`).
const MAX_TARGETS: usize = 1_664;

/// The name that an output column has by itself: that of its column, its function, or its type. PostgreSQL's
/// `FigureColname`.
fn implicit_name(expr: &Expr) -> Option<Rc<str>> {
    match &expr.kind {
        ExprKind::Column { name, .. } => Some(name.clone()),
        ExprKind::Call { function, .. } => Some(function.clone()),
        ExprKind::Cast { operand, to } => {
            let own_name = || Rc::from(to.data_type.catalog_name());
            let is_cast = matches!(operand.kind, ExprKind::Cast { .. });
            let inner_name = if is_cast { None } else { implicit_name(operand) };
            Some(inner_name.unwrap_or_else(own_name))
        }
        _ => None,
    }
}

/// The output columns of a statement, with every `*` expanded.
#[derive(Default)]
pub(super) struct Output<'a> {
    exprs: Vec<Cow<'a, Expr>>,
    pub(super) columns: Vec<Column>,
}

/// A resolved key of ORDER BY.
enum SortKey<'a> {
    /// The output column with this index.
    Output(usize),
    Expr(&'a Expr),
}

/// An output row, and the values that it is sorted by.
struct SortedRow {
    keys: Vec<SqlValue>,
    values: Vec<SqlValue>,
}

impl Execution<'_> {
    /// Finds the table of a statement and puts its columns into the scope. Returns its index in the storage, and the
    /// table as it is now.
    pub(super) fn enter_table(&mut self, name: &TableName) -> Result<(usize, Rc<Table>), Stop> {
        let index = self.find_table(name)?;
        let table = self.database.storage.table(index).clone();
        let alias = name.alias.clone().unwrap_or_else(|| name.name.clone());
        self.scope = Some(Scope { alias, table: table.name.clone(), columns: table.columns.clone() });
        Ok((index, table))
    }

    /// Analyzes the output columns of a statement.
    pub(super) fn output_columns<'a>(&mut self, targets: &'a [Target]) -> Result<Output<'a>, Stop> {
        let mut output = Output::default();
        for Target { expr, label } in targets {
            if let ExprKind::Star { table } = &expr.kind {
                self.expand_star(expr.position, table.as_deref(), &mut output)?;
                continue;
            }
            let name = label.clone().or_else(|| implicit_name(expr)).unwrap_or_else(|| Rc::from("?column?"));
            output.exprs.push(Cow::Borrowed(expr));
            output.columns.push(Column { name, data_type: SqlType::Unknown });
        }
        if output.exprs.len() > MAX_TARGETS {
            let message = format!("target lists can have at most {MAX_TARGETS} entries");
            return Err(Stop::error(SqlState::TOO_MANY_COLUMNS, message));
        }
        for (expr, column) in output.exprs.iter().zip(&mut output.columns) {
            // A string that nothing gives another type is text.
            column.data_type = match self.type_of(expr)? {
                SqlType::Unknown => SqlType::Text,
                data_type => data_type,
            };
        }
        Ok(output)
    }

    /// Adds the columns that `*` or `table.*` stands for.
    fn expand_star(&self, position: u32, table: Option<&str>, output: &mut Output<'_>) -> Result<(), Stop> {
        if let Some(table) = table {
            self.check_qualifier(position, table)?;
        }
        let Some(scope) = &self.scope else {
            let message = "SELECT * with no tables specified is not valid";
            return Err(Stop::error(SqlState::SYNTAX_ERROR, message).at(position));
        };
        for column in scope.columns.iter() {
            output.exprs.push(Cow::Owned(Expr::column(position, column.name.clone())));
            output.columns.push(Column { name: column.name.clone(), data_type: SqlType::Unknown });
        }
        Ok(())
    }

    /// The output row for the present row or group.
    pub(super) fn output_row(&mut self, output: &Output<'_>) -> Result<Vec<SqlValue>, Stop> {
        output.exprs.iter().map(|expr| Ok(self.evaluate(expr)?.value)).collect()
    }

    /// Analyzes the condition of WHERE.
    pub(super) fn analyze_filter(&mut self, filter: Option<&Expr>) -> Result<(), Stop> {
        self.row = None;
        match filter {
            Some(filter) => self.analyze("WHERE", |execution| execution.boolean(filter, "WHERE")).map(|_| ()),
            None => Ok(()),
        }
    }

    /// True if a row satisfies the condition of WHERE, or if there is none. The row becomes the present one.
    pub(super) fn passes_filter(&mut self, row: &Row, filter: Option<&Expr>) -> Result<bool, Stop> {
        self.spend(0)?;
        self.row = Some(row.clone());
        let Some(filter) = filter else { return Ok(true) };
        let value = self.in_clause("WHERE", |execution| execution.boolean(filter, "WHERE"))?;
        Ok(value == Some(true))
    }

    pub(super) fn select(&mut self, select: &Select) -> Result<QueryResult, Stop> {
        let table = match &select.from {
            Some(name) => Some(self.enter_table(name)?.1),
            None => None,
        };
        let is_aggregated = select.targets.iter().any(|target| has_aggregate(&target.expr))
            || select.order.iter().any(|key| has_aggregate(&key.expr));
        self.group = is_aggregated.then(Rc::default);
        let output = self.output_columns(&select.targets)?;
        self.analyze_filter(select.filter.as_ref())?;
        let mut sort_keys = Vec::with_capacity(select.order.len());
        for key in &select.order {
            sort_keys.push(self.sort_key(key, &output)?);
        }
        let (limit, offset) = self.limit_and_offset(select)?;
        let filter = select.filter.as_ref();
        let no_columns: Row = Rc::default();
        let pid = self.session.pid;
        let rows: Box<dyn Iterator<Item = &Row>> = match &table {
            Some(table) => Box::new(table.visible_rows(pid).map(|(_, row)| row)),
            // Without FROM there is one row without columns.
            None => Box::new(core::iter::once(&no_columns)),
        };
        let mut sorted = Vec::new();
        if is_aggregated {
            let mut group = Vec::new();
            // PostgreSQL's executor does not start below a LIMIT of 0.
            for row in rows.take(if limit == 0 { 0 } else { usize::MAX }) {
                if self.passes_filter(row, filter)? {
                    group.push(row.clone());
                }
            }
            (self.group, self.row) = (Some(group.into()), None);
            if limit > 0 {
                sorted.push(self.sorted_row(&output, &sort_keys)?);
            }
        } else {
            // Without ORDER BY, rows are made only as far as LIMIT asks for them.
            let wanted = match limit {
                0 => 0,
                limit if sort_keys.is_empty() => offset.saturating_add(limit),
                _ => usize::MAX,
            };
            for row in rows {
                if sorted.len() >= wanted {
                    break;
                }
                if self.passes_filter(row, filter)? {
                    sorted.push(self.sorted_row(&output, &sort_keys)?);
                }
            }
        }
        sort_by(&mut sorted, |left, right| compare_keys(&left.keys, &right.keys, &select.order));
        let rows: Vec<_> = sorted.into_iter().skip(offset).take(limit).map(|row| row.values).collect();
        Ok(QueryResult { command: "SELECT", columns: output.columns, row_count: Some(rows.len() as u64), rows })
    }

    /// The values of LIMIT and OFFSET.
    fn limit_and_offset(&mut self, select: &Select) -> Result<(usize, usize), Stop> {
        self.row = None;
        let evaluate = |execution: &mut Self| {
            let negative_limit = SqlState::INVALID_ROW_COUNT_IN_LIMIT_CLAUSE;
            let limit = execution.row_count(select.limit.as_ref(), "LIMIT", negative_limit)?;
            let negative_offset = SqlState::INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE;
            let offset = execution.row_count(select.offset.as_ref(), "OFFSET", negative_offset)?;
            Ok((limit.unwrap_or(usize::MAX), offset.unwrap_or(0)))
        };
        self.analyze("LIMIT", evaluate)?;
        evaluate(self)
    }

    /// Resolves a key of ORDER BY: the number or the name of an output column, or an expression.
    fn sort_key<'a>(&mut self, key: &'a OrderKey, output: &Output<'_>) -> Result<SortKey<'a>, Stop> {
        let position = key.expr.position;
        match &key.expr.kind {
            ExprKind::Literal(SqlType::Int4, SqlValue::Int(number)) => {
                let index = usize::try_from(*number - 1).ok().filter(|index| *index < output.columns.len());
                return index.map(SortKey::Output).ok_or_else(|| {
                    let message = format!("ORDER BY position {number} is not in select list");
                    Stop::error(SqlState::INVALID_COLUMN_REFERENCE, message).at(position)
                });
            }
            ExprKind::Literal(..) => {
                let message = "non-integer constant in ORDER BY";
                return Err(Stop::error(SqlState::SYNTAX_ERROR, message).at(position));
            }
            ExprKind::Column { table: None, name } => {
                if let Some(index) = output.columns.iter().position(|column| column.name == *name) {
                    return Ok(SortKey::Output(index));
                }
            }
            _ => {}
        }
        self.type_of(&key.expr)?;
        Ok(SortKey::Expr(&key.expr))
    }

    /// The output row for the present row or group, and its sort keys.
    fn sorted_row(&mut self, output: &Output<'_>, sort_keys: &[SortKey<'_>]) -> Result<SortedRow, Stop> {
        let values = self.output_row(output)?;
        let mut keys = Vec::with_capacity(sort_keys.len());
        for key in sort_keys {
            keys.push(match key {
                SortKey::Output(index) => values[*index].clone(),
                SortKey::Expr(expr) => self.evaluate(expr)?.value,
            });
        }
        Ok(SortedRow { keys, values })
    }
}

/// The order of two rows by the values of their keys.
fn compare_keys(left: &[SqlValue], right: &[SqlValue], order: &[OrderKey]) -> Ordering {
    let compare_key =
        |(key, (left, right)): (&OrderKey, (&SqlValue, &SqlValue))| match (left.is_null(), right.is_null()) {
            (false, false) if key.descending => compare(right, left),
            (false, false) => compare(left, right),
            (left, right) if key.nulls_first => right.cmp(&left),
            (left, right) => left.cmp(&right),
        };
    order
        .iter()
        .zip(left.iter().zip(right))
        .map(compare_key)
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}
