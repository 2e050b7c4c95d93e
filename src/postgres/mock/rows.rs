//! SELECT, INSERT, UPDATE and DELETE.

use core::cmp::Ordering;
use std::rc::Rc;

use super::evaluate::Execution;
use super::functions::has_aggregate;
use super::operators::order;
use super::storage::{Row, Table};
use super::{Run, fail};
use crate::postgres::error::SqlError;
use crate::postgres::sql::ast::{
    Change, ChangeKind, ColumnDefinition, Expr, ExprKind, OrderKey, Select, TableName, Target,
};
use crate::postgres::value::{Column, QueryResult, SqlType, SqlValue};

/// PostgreSQL's limit on what one statement may give.
const TARGETS: usize = 1_664;

/// What a column is called that has no name of its own: after its function, its column, or its type.
fn column_name(expr: &Expr) -> Option<Rc<str>> {
    match &expr.kind {
        ExprKind::Column(_, name) | ExprKind::Call(name, _) => Some(name.clone()),
        ExprKind::Cast(part, to) => {
            column_name(part).filter(|_| !is_cast(part)).or_else(|| Some(Rc::from(to.kind.catalogue_name())))
        }
        _ => None,
    }
}

fn is_cast(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Cast(..))
}

/// What a statement gives for each row: the expressions, with every `*` written out, and their columns.
struct Outputs<'a> {
    expressions: Vec<std::borrow::Cow<'a, Expr>>,
    columns: Vec<Column>,
}

impl Execution<'_> {
    /// Lets the columns of a table be named.
    fn enter(&mut self, name: &TableName, table: &Table) {
        let alias = name.alias.as_ref().unwrap_or(&name.name);
        self.scope = Some((alias.clone(), table.columns.clone()));
    }

    fn outputs<'a>(&mut self, targets: &'a [Target]) -> Run<Outputs<'a>> {
        let mut outputs = Outputs { expressions: Vec::new(), columns: Vec::new() };
        for Target { expr, label } in targets {
            if let ExprKind::Star(table) = &expr.kind {
                let Some((alias, columns)) = self.scope.clone() else {
                    let (sqlstate, message) = match table {
                        None => ("42601", "SELECT * with no tables specified is not valid".into()),
                        Some(table) => ("42P01", format!("missing FROM-clause entry for table \"{table}\"")),
                    };
                    return Err(SqlError::new(sqlstate, message).at(expr.at).into());
                };
                if let Some(table) = table.as_ref().filter(|table| **table != alias) {
                    let message = format!("missing FROM-clause entry for table \"{table}\"");
                    return Err(SqlError::new("42P01", message).at(expr.at).into());
                }
                for column in columns.iter() {
                    let kind = ExprKind::Column(None, column.name.clone());
                    outputs.expressions.push(std::borrow::Cow::Owned(Expr { at: expr.at, depth: 0, kind }));
                    outputs.columns.push(Column { name: column.name.clone(), kind: SqlType::Unknown });
                }
            } else {
                let name = label.clone().or_else(|| column_name(expr)).unwrap_or_else(|| Rc::from("?column?"));
                outputs.expressions.push(std::borrow::Cow::Borrowed(expr));
                outputs.columns.push(Column { name, kind: SqlType::Unknown });
            }
        }
        if outputs.expressions.len() > TARGETS {
            return fail("54011", "target lists can have at most 1664 entries");
        }
        for (expr, column) in outputs.expressions.iter().zip(&mut outputs.columns) {
            let kind = self.check(|run| run.evaluate(expr))?.kind;
            column.kind = if kind == SqlType::Unknown { SqlType::Text } else { kind };
        }
        Ok(outputs)
    }

    fn output(&mut self, outputs: &Outputs<'_>) -> Run<Vec<SqlValue>> {
        let mut values = Vec::with_capacity(outputs.expressions.len());
        for expr in &outputs.expressions {
            values.push(self.evaluate(expr)?.value);
        }
        Ok(values)
    }

    fn passes(&mut self, filter: Option<&Expr>) -> Run<bool> {
        match filter {
            Some(filter) => Ok(self.clause("WHERE", |run| run.boolean(filter, "WHERE"))? == Some(true)),
            None => Ok(true),
        }
    }

    pub(super) fn select(&mut self, select: &Select) -> Run<QueryResult> {
        self.scope = None;
        let mut rows: Vec<Row> = Vec::new();
        if let Some(name) = &select.from {
            let table = self.database.storage.table(self.find(name)?).clone();
            self.enter(name, &table);
            rows.extend(table.rows(self.session.pid).map(|(_, row)| row.clone()));
        } else {
            rows.push(Rc::default());
        }
        let keys: Vec<&Expr> = select.order.iter().map(|key| &key.expr).collect();
        let aggregated =
            select.targets.iter().map(|target| &target.expr).chain(keys.iter().copied()).any(has_aggregate);
        if aggregated {
            self.group = Some(Rc::default());
        }
        let result = self.selected(select, rows, aggregated);
        (self.group, self.row) = (None, None);
        result
    }

    fn selected(&mut self, select: &Select, rows: Vec<Row>, aggregated: bool) -> Run<QueryResult> {
        let outputs = self.outputs(&select.targets)?;
        self.check(|run| run.passes(select.filter.as_ref()))?;
        let mut keys = Vec::new();
        for key in &select.order {
            keys.push(self.order_key(key, &outputs)?);
        }
        for (bound, name) in [(&select.limit, "LIMIT"), (&select.offset, "OFFSET")] {
            self.check(|run| run.clause(name, |run| run.count(bound.as_ref(), name)))?;
        }
        let offset = self.count(select.offset.as_ref(), "OFFSET")?.unwrap_or(0);
        let limit = self.count(select.limit.as_ref(), "LIMIT")?.unwrap_or(usize::MAX);
        // Without an order rows are only made as far as they are asked for.
        let wanted = if keys.is_empty() { offset.saturating_add(limit) } else { usize::MAX };
        let mut found: Vec<(Vec<SqlValue>, Vec<SqlValue>)> = Vec::new();
        let mut group = Vec::new();
        for row in rows {
            if !aggregated && (found.len() >= wanted || limit == 0) {
                break;
            }
            self.row = Some(row.clone());
            if !self.passes(select.filter.as_ref())? {
                continue;
            }
            if aggregated {
                group.push(row);
            } else {
                found.push(self.found(&outputs, &keys)?);
            }
        }
        if aggregated && limit > 0 {
            (self.group, self.row) = (Some(group.into()), None);
            found.push(self.found(&outputs, &keys)?);
        }
        found.sort_by(|(left, _), (right, _)| compare(left, right, &select.order));
        let rows: Vec<Vec<SqlValue>> = found.into_iter().skip(offset).take(limit).map(|(_, row)| row).collect();
        let row_count = Some(rows.len() as u64);
        Ok(QueryResult { command: "SELECT", columns: outputs.columns, rows, row_count })
    }

    /// What an ORDER BY key means: the place of an output, or an expression.
    fn order_key<'a>(&mut self, key: &'a OrderKey, outputs: &Outputs<'_>) -> Run<Result<usize, &'a Expr>> {
        let expr = &key.expr;
        match &expr.kind {
            ExprKind::Literal(SqlType::Int4, SqlValue::Int(place)) => {
                let index = usize::try_from(*place - 1).ok().filter(|index| *index < outputs.columns.len());
                let message = format!("ORDER BY position {place} is not in select list");
                return Ok(Ok(index.ok_or_else(|| SqlError::new("42P10", message).at(expr.at))?));
            }
            ExprKind::Literal(..) => {
                return Err(SqlError::new("42601", "non-integer constant in ORDER BY").at(expr.at).into());
            }
            ExprKind::Column(None, name) => {
                if let Some(index) = outputs.columns.iter().position(|column| column.name == *name) {
                    return Ok(Ok(index));
                }
            }
            _ => {}
        }
        self.check(|run| run.evaluate(expr))?;
        Ok(Err(expr))
    }

    /// The keys and the outputs of the row at hand.
    fn found(&mut self, outputs: &Outputs<'_>, keys: &[Result<usize, &Expr>]) -> Run<(Vec<SqlValue>, Vec<SqlValue>)> {
        let row = self.output(outputs)?;
        let mut values = Vec::with_capacity(keys.len());
        for key in keys {
            values.push(match key {
                Ok(index) => row[*index].clone(),
                Err(expr) => self.evaluate(expr)?.value,
            });
        }
        Ok((values, row))
    }

    pub(super) fn change(&mut self, change: &Change) -> Run<QueryResult> {
        let pid = self.session.pid;
        let at = self.find(&change.table)?;
        let table = self.database.storage.table(at).clone();
        self.enter(&change.table, &table);
        self.row = None;
        let mut replaced = Vec::new();
        let mut added: Vec<Row> = Vec::new();
        let mut gone: Vec<Row> = Vec::new();
        let mut outputs = Outputs { expressions: Vec::new(), columns: Vec::new() };
        let mut counters = table.counters.clone();
        let command = match &change.kind {
            ChangeKind::Insert(names, rows) => {
                // The rows that are inserted do not see their table's columns.
                let scope = self.scope.take();
                let values = self.inserted(&table, names.as_deref(), rows, &mut counters);
                self.scope = scope;
                if !matches!(values, Err(super::Stop::Blocked(_))) {
                    // What a serial has counted it does not count again, whatever becomes of the row.
                    self.database.storage.count(at, &counters);
                }
                added = values?;
                outputs = self.clause("RETURNING", |run| run.outputs(&change.returning))?;
                "INSERT"
            }
            ChangeKind::Update(sets, filter) => {
                let mut targets = Vec::new();
                for (at, name, value) in sets {
                    let place = self.place(&table, *at, name)?;
                    if targets.iter().any(|(other, _)| *other == place) {
                        let message = format!("multiple assignments to same column \"{name}\"");
                        return Err(SqlError::new("42601", message).into());
                    }
                    targets.push((place, value.as_ref()));
                    if let Some(value) = value {
                        self.check(|run| run.clause("UPDATE", |run| run.assign(value, &table.columns[place], "")))?;
                    }
                }
                self.check(|run| run.passes(filter.as_ref()))?;
                outputs = self.clause("RETURNING", |run| run.outputs(&change.returning))?;
                for (at, row) in table.rows(pid) {
                    self.row = Some(row.clone());
                    if !self.passes(filter.as_ref())? {
                        continue;
                    }
                    table.check_free(pid, at)?;
                    let mut values = row.to_vec();
                    for (place, value) in &targets {
                        values[*place] = self.value(&table.columns[*place], *place, *value, &mut counters)?;
                    }
                    check_not_null(&table, &values)?;
                    replaced.push(at);
                    added.push(values.into());
                }
                "UPDATE"
            }
            ChangeKind::Delete(filter) => {
                self.check(|run| run.passes(filter.as_ref()))?;
                outputs = self.clause("RETURNING", |run| run.outputs(&change.returning))?;
                for (at, row) in table.rows(pid) {
                    self.row = Some(row.clone());
                    if self.passes(filter.as_ref())? {
                        table.check_free(pid, at)?;
                        replaced.push(at);
                        gone.push(row.clone());
                    }
                }
                "DELETE"
            }
        };
        for (index, row) in added.iter().enumerate() {
            table.check_unique(pid, row, &replaced, &added[..index])?;
        }
        let mut result = QueryResult { command, ..QueryResult::default() };
        let rows = if command == "DELETE" { &gone } else { &added };
        result.row_count = Some(rows.len() as u64);
        if !change.returning.is_empty() {
            for row in rows {
                self.row = Some(row.clone());
                let row = self.clause("RETURNING", |run| run.output(&outputs))?;
                result.rows.push(row);
            }
            result.columns = outputs.columns;
        }
        drop(table);
        self.database.storage.change(pid, at, &replaced, &added)?;
        Ok(result)
    }

    /// The place of a column that a statement sets.
    fn place(&mut self, table: &Table, at: u32, name: &str) -> Run<usize> {
        table.columns.iter().position(|column| *column.name == *name).ok_or_else(|| {
            let message = format!("column \"{name}\" of relation \"{}\" does not exist", table.name);
            SqlError::new("42703", message).at(at).into()
        })
    }

    /// The value that a column is given; `None` stands for its default.
    fn value(
        &mut self,
        column: &ColumnDefinition,
        place: usize,
        value: Option<&Expr>,
        counters: &mut [i64],
    ) -> Run<SqlValue> {
        match value.or(column.default.as_ref()) {
            Some(expr) => self.assign(expr, column, ""),
            None if column.serial => {
                counters[place] += 1;
                Ok(SqlValue::Int(counters[place]))
            }
            None => Ok(SqlValue::Null),
        }
    }

    /// The rows that an INSERT makes.
    fn inserted(
        &mut self,
        table: &Table,
        names: Option<&[(u32, Rc<str>)]>,
        rows: &[Vec<Option<Expr>>],
        counters: &mut [i64],
    ) -> Run<Vec<Row>> {
        let mut places = Vec::new();
        for (at, name) in names.unwrap_or_default() {
            let place = self.place(table, *at, name)?;
            if places.contains(&place) {
                let message = format!("column \"{name}\" specified more than once");
                return Err(SqlError::new("42701", message).at(*at).into());
            }
            places.push(place);
        }
        if names.is_none() {
            places.extend(0..table.columns.len());
        }
        let width = rows.first().map_or(0, Vec::len);
        let start = |row: &Vec<Option<Expr>>, index: usize| row.get(index).and_then(Option::as_ref).map(Expr::start);
        let misfit = |message: &'static str, at: Option<u32>| {
            let error = SqlError::new("42601", message);
            Err(at.map_or(error.clone(), |at| error.at(at)).into())
        };
        for row in rows {
            if row.len() != width {
                return misfit("VALUES lists must all be the same length", start(row, 0));
            }
            if row.len() > places.len() {
                return misfit("INSERT has more expressions than target columns", start(row, places.len()));
            }
            if row.len() < places.len() && names.is_some() {
                let at = names.and_then(|names| names.get(row.len())).map(|(at, _)| *at);
                return misfit("INSERT has more target columns than expressions", at);
            }
            for (value, place) in row.iter().zip(&places) {
                if let Some(value) = value {
                    self.check(|run| run.clause("VALUES", |run| run.assign(value, &table.columns[*place], "")))?;
                }
            }
        }
        let mut inserted = Vec::new();
        for row in rows {
            let mut values = Vec::with_capacity(table.columns.len());
            for (place, column) in table.columns.iter().enumerate() {
                let given = places.iter().position(|other| *other == place).and_then(|index| row.get(index));
                values.push(self.value(column, place, given.and_then(Option::as_ref), counters)?);
            }
            check_not_null(table, &values)?;
            inserted.push(values.into());
        }
        Ok(inserted)
    }
}

fn check_not_null(table: &Table, values: &[SqlValue]) -> Run<()> {
    for (column, value) in table.columns.iter().zip(values) {
        if column.not_null && value.is_null() {
            let message = format!(
                "null value in column \"{}\" of relation \"{}\" violates not-null constraint",
                column.name, table.name
            );
            return fail("23502", message);
        }
    }
    Ok(())
}

/// The order of two rows by their keys.
fn compare(left: &[SqlValue], right: &[SqlValue], keys: &[OrderKey]) -> Ordering {
    for ((left, right), key) in left.iter().zip(right).zip(keys) {
        let nulls = right.is_null().cmp(&left.is_null());
        let ordering = match (nulls, left.is_null()) {
            (Ordering::Equal, true) => continue,
            (Ordering::Equal, false) => {
                let ordering = order(left, right);
                if key.descending { ordering.reverse() } else { ordering }
            }
            (nulls, _) => {
                if key.nulls_first {
                    nulls
                } else {
                    nulls.reverse()
                }
            }
        };
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
    Ordering::Equal
}
