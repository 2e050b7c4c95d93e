//! SELECT, INSERT, UPDATE and DELETE.

use core::cmp::Ordering;
use std::borrow::Cow;
use std::rc::Rc;

use super::evaluate::{Execution, Scope};
use super::functions::has_aggregate;
use super::operators::order;
use super::storage::{Row, Table};
use crate::error::{Run, stop};
use crate::sql::ast::{ColumnDefinition, Expr, ExprKind, Node, OrderKey, RowStatement, Target};
use crate::value::{Column, QueryResult, SqlType, SqlValue};

/// PostgreSQL's limit on what one statement may give.
const TARGETS: usize = 1_664;

/// What a column is called that has no name of its own: after its function, its column, or its type.
fn column_name(expr: &Expr) -> Option<Rc<str>> {
    match &expr.kind {
        ExprKind::Column(_) | ExprKind::Call => Some(expr.name.clone()),
        ExprKind::Cast(to) => {
            let part = &expr.parts[0];
            let cast = matches!(part.kind, ExprKind::Cast(_));
            column_name(part).filter(|_| !cast).or_else(|| Some(Rc::from(to.kind.catalogue_name())))
        }
        _ => None,
    }
}

/// What a statement gives for each row: the expressions, with every `*` written out, and their columns.
#[derive(Default)]
struct Outputs<'a> {
    expressions: Vec<Cow<'a, Expr>>,
    columns: Vec<Column>,
}

impl Execution<'_> {
    /// The place of the statement's table, whose columns can be named from now on; and the table as it is.
    fn enter(&mut self, statement: &RowStatement) -> Run<(usize, Rc<Table>)> {
        // A change has a table; a SELECT without one does not come here.
        let name = statement.table.clone().unwrap_or_default();
        let at = self.find(&name)?;
        let table = self.database.storage.table(at).clone();
        let alias = name.alias.unwrap_or(name.name);
        self.scope = Some(Scope { alias, name: table.name.clone(), columns: table.columns.clone() });
        Ok((at, table))
    }

    fn outputs<'a>(&mut self, targets: &'a [Target]) -> Run<Outputs<'a>> {
        let mut outputs = Outputs::default();
        for (expr, label) in targets {
            let ExprKind::Star(table) = &expr.kind else {
                let name = label.clone().or_else(|| column_name(expr)).unwrap_or_else(|| Rc::from("?column?"));
                outputs.expressions.push(Cow::Borrowed(expr));
                outputs.columns.push(Column { name, kind: SqlType::Unknown });
                continue;
            };
            if let Some(table) = table {
                self.check_scope(expr.at, table)?;
            }
            let scope = self.scope.clone();
            let Some(Scope { columns, .. }) = scope else {
                return Err(stop("42601 SELECT * with no tables specified is not valid", &[]).at(expr.at));
            };
            for column in columns.iter() {
                let (kind, name) = (ExprKind::Column(None), column.name.clone());
                outputs.columns.push(Column { name: name.clone(), kind: SqlType::Unknown });
                outputs.expressions.push(Cow::Owned(Box::new(Node {
                    at: expr.at,
                    depth: 0,
                    kind,
                    name,
                    parts: Vec::new(),
                })));
            }
        }
        if outputs.expressions.len() > TARGETS {
            return Err(stop("54011 target lists can have at most 1664 entries", &[]));
        }
        for (expr, column) in outputs.expressions.iter().zip(&mut outputs.columns) {
            let kind = self.kind_of(expr)?;
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

    /// Whether a row is one of those that WHERE asks for.
    fn passes(&mut self, row: Option<&Row>, filter: Option<&Expr>) -> Run<bool> {
        let Some(filter) = filter else { return Ok(true) };
        self.row = row.cloned();
        self.dry = row.is_none();
        self.clause = "WHERE";
        let passes = self.boolean(filter, "WHERE")?;
        (self.dry, self.clause) = (false, "");
        Ok(passes == Some(true))
    }

    pub(super) fn select(&mut self, select: &RowStatement) -> Run<QueryResult> {
        let mut rows: Vec<Row> = Vec::new();
        if select.table.is_some() {
            let (_, table) = self.enter(select)?;
            rows.extend(table.rows(self.session.pid).into_iter().map(|(_, row)| row));
        } else {
            rows.push(Rc::default());
        }
        let aggregated = select.targets.iter().any(|(expr, _)| has_aggregate(expr))
            || select.order.iter().any(|key| has_aggregate(&key.expr));
        self.group = aggregated.then(Rc::default);
        let outputs = self.outputs(&select.targets)?;
        self.passes(None, select.filter.as_ref())?;
        let mut keys = Vec::new();
        for key in &select.order {
            keys.push(self.order_key(key, &outputs)?);
        }
        let (mut offset, mut limit) = (0, usize::MAX);
        for dry in [true, false] {
            (self.dry, self.clause, self.row) = (dry, "LIMIT", None);
            limit = self.count(select.limit.as_ref(), "LIMIT")?.unwrap_or(limit);
            self.clause = "OFFSET";
            offset = self.count(select.offset.as_ref(), "OFFSET")?.unwrap_or(0);
        }
        self.clause = "";
        // Without an order rows are only made as far as they are asked for.
        let wanted = if limit == 0 {
            0
        } else if keys.is_empty() && !aggregated {
            offset.saturating_add(limit)
        } else {
            usize::MAX
        };
        let mut found = Found { keys: Vec::new(), rows: Vec::new() };
        let mut group = Vec::new();
        for row in rows {
            if found.rows.len() >= wanted {
                break;
            }
            if !self.passes(Some(&row), select.filter.as_ref())? {
                continue;
            }
            if aggregated {
                group.push(row);
            } else {
                self.row = Some(row);
                self.found(&outputs, &keys, &mut found)?;
            }
        }
        if aggregated && wanted > 0 {
            (self.group, self.row) = (Some(group.into()), None);
            self.found(&outputs, &keys, &mut found)?;
        }
        let rows = found.sorted(&select.order, offset, limit);
        Ok(QueryResult { command: "SELECT", columns: outputs.columns, row_count: Some(rows.len() as u64), rows })
    }

    /// What an ORDER BY key means: the place of an output, or an expression.
    fn order_key<'a>(&mut self, key: &'a OrderKey, outputs: &Outputs<'_>) -> Run<Result<usize, &'a Expr>> {
        let expr = &key.expr;
        let named = |column: &Column| expr.kind == ExprKind::Column(None) && column.name == expr.name;
        match &expr.kind {
            ExprKind::Literal(SqlType::Int4, SqlValue::Int(place)) => {
                return match usize::try_from(*place - 1) {
                    Ok(index) if index < outputs.columns.len() => Ok(Ok(index)),
                    _ => {
                        Err(stop("42P10 ORDER BY position % is not in select list", &[&place.to_string()]).at(expr.at))
                    }
                };
            }
            ExprKind::Literal(..) => return Err(stop("42601 non-integer constant in ORDER BY", &[]).at(expr.at)),
            _ => {}
        }
        if let Some(index) = outputs.columns.iter().position(named) {
            return Ok(Ok(index));
        }
        self.kind_of(expr)?;
        Ok(Err(expr))
    }

    /// The keys and the outputs of the row at hand.
    fn found(&mut self, outputs: &Outputs<'_>, keys: &[Result<usize, &Expr>], found: &mut Found) -> Run<()> {
        let row = self.output(outputs)?;
        let mut values = Vec::with_capacity(keys.len());
        for key in keys {
            values.push(match key {
                Ok(index) => row[*index].clone(),
                Err(expr) => self.evaluate(expr)?.value,
            });
        }
        found.keys.push(values);
        found.rows.push(row);
        Ok(())
    }

    /// INSERT, UPDATE or DELETE.
    pub(super) fn change(&mut self, command: &'static str, change: &RowStatement) -> Run<QueryResult> {
        let pid = self.session.pid;
        let (at, table) = self.enter(change)?;
        self.clause = "RETURNING";
        let outputs = self.outputs(&change.targets)?;
        self.clause = "";
        let (mut replaced, mut added, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        let mut counters = table.counters.clone();
        if command == "INSERT" {
            let values = self.inserted(&table, change, &mut counters);
            // What a serial has counted it does not count again, whatever becomes of the row.
            if !values.as_ref().is_err_and(|stop| stop.by().is_some()) {
                self.database.storage.count(at, &counters);
            }
            added = values?;
        } else {
            let places = self.places(&table, change)?;
            let values = change.rows.first();
            self.passes(None, change.filter.as_ref())?;
            for (place, row) in table.rows(pid) {
                if !self.passes(Some(&row), change.filter.as_ref())? {
                    continue;
                }
                table.check_free(pid, place)?;
                replaced.push(place);
                if let Some(values) = values {
                    self.row = Some(row.clone());
                    let mut new = row.to_vec();
                    for (place, value) in places.iter().zip(values) {
                        new[*place] = self.value(&table, *place, value.as_ref(), &mut counters)?;
                    }
                    check_not_null(&table, &new)?;
                    added.push(new.into());
                } else {
                    gone.push(row);
                }
            }
        }
        for (index, row) in added.iter().enumerate() {
            table.check_unique(pid, row, &replaced, &added[..index])?;
        }
        let mut result = QueryResult { command, ..QueryResult::default() };
        let rows: &[Row] = if command == "DELETE" { &gone } else { &added };
        result.row_count = Some(rows.len() as u64);
        if !change.targets.is_empty() {
            for row in rows {
                self.row = Some(row.clone());
                result.rows.push(self.output(&outputs)?);
            }
            result.columns = outputs.columns;
        }
        drop(table);
        self.database.storage.change(pid, at, &replaced, &added)?;
        Ok(result)
    }

    /// The value that a column is given; `None` stands for its default.
    fn value(&mut self, table: &Table, place: usize, value: Option<&Expr>, counters: &mut [i64]) -> Run<SqlValue> {
        let column = &table.columns[place];
        match value.or(column.default.as_ref()) {
            Some(expr) => self.assign(expr, column, ""),
            None if column.serial => {
                counters[place] += 1;
                Ok(SqlValue::Int(counters[place]))
            }
            None => Ok(SqlValue::Null),
        }
    }

    /// The places of the columns that a statement names, with the values for them checked.
    fn places(&mut self, table: &Table, change: &RowStatement) -> Run<Vec<usize>> {
        let mut places = Vec::new();
        let updates = self.scope.is_some();
        for (at, name) in change.columns.iter().flatten() {
            let Some(place) = table.columns.iter().position(|column| column.name == *name) else {
                return Err(stop("42703 column \"%\" of relation \"%\" does not exist", &[name, &table.name]).at(*at));
            };
            if places.contains(&place) {
                return Err(if updates {
                    stop("42601 multiple assignments to same column \"%\"", &[name])
                } else {
                    stop("42701 column \"%\" specified more than once", &[name]).at(*at)
                });
            }
            places.push(place);
        }
        if change.columns.is_none() {
            places.extend(0..table.columns.len());
        }
        (self.dry, self.clause, self.row) = (true, if updates { "UPDATE" } else { "VALUES" }, None);
        let width = change.rows.first().map_or(0, Vec::len);
        for row in &change.rows {
            let start = |index: usize| row.get(index).and_then(Option::as_ref).map_or(0, |expr| expr.start());
            if row.len() != width {
                return Err(stop("42601 VALUES lists must all be the same length", &[]).at(start(0)));
            }
            if let Some((at, _)) = change.columns.as_ref().and_then(|names| names.get(width)) {
                return Err(stop("42601 INSERT has more target columns than expressions", &[]).at(*at));
            }
            if width > places.len() {
                return Err(stop("42601 INSERT has more expressions than target columns", &[]).at(start(places.len())));
            }
            for (value, place) in row.iter().zip(&places) {
                if let Some(value) = value {
                    self.assign(value, &table.columns[*place], "")?;
                }
            }
        }
        (self.dry, self.clause) = (false, "");
        Ok(places)
    }

    /// The rows that an INSERT makes.
    fn inserted(&mut self, table: &Table, change: &RowStatement, counters: &mut [i64]) -> Run<Vec<Row>> {
        // They do not see their table's columns.
        let scope = self.scope.take();
        let places = self.places(table, change)?;
        let mut inserted = Vec::new();
        for row in &change.rows {
            let mut values = Vec::with_capacity(table.columns.len());
            for place in 0..table.columns.len() {
                let given = places.iter().position(|other| *other == place).and_then(|index| row.get(index));
                values.push(self.value(table, place, given.and_then(Option::as_ref), counters)?);
            }
            check_not_null(table, &values)?;
            inserted.push(values.into());
        }
        self.scope = scope;
        Ok(inserted)
    }
}

fn check_not_null(table: &Table, values: &[SqlValue]) -> Run<()> {
    for (ColumnDefinition { name, not_null, .. }, value) in table.columns.iter().zip(values) {
        if *not_null && value.is_null() {
            let rest = "\" violates not-null constraint";
            return Err(stop("23502 null value in column \"%\" of relation \"%%", &[name, &table.name, rest]));
        }
    }
    Ok(())
}

/// The rows that a SELECT has found, and what to order them by.
struct Found {
    keys: Vec<Vec<SqlValue>>,
    rows: Vec<Vec<SqlValue>>,
}

impl Found {
    /// The rows in order, as far as they are asked for.
    fn sorted(mut self, order: &[OrderKey], offset: usize, limit: usize) -> Vec<Vec<SqlValue>> {
        // Each goes in where those before it leave its place, behind its equals. The standard sorts are as quick and many
        // times the size.
        let mut places: Vec<usize> = Vec::with_capacity(self.rows.len());
        for index in 0..self.rows.len() {
            let key = &self.keys[index];
            let at = places.partition_point(|place| compare(&self.keys[*place], key, order) != Ordering::Greater);
            places.insert(at, index);
        }
        places.into_iter().skip(offset).take(limit).map(|place| core::mem::take(&mut self.rows[place])).collect()
    }
}

/// The order of two rows by their keys.
fn compare(left: &[SqlValue], right: &[SqlValue], keys: &[OrderKey]) -> Ordering {
    for (index, key) in keys.iter().enumerate() {
        let (left, right) = (&left[index], &right[index]);
        let nulls = left.is_null().cmp(&right.is_null());
        let (ordering, reverse) =
            if nulls == Ordering::Equal { (order(left, right), key.descending) } else { (nulls, key.nulls_first) };
        if ordering != Ordering::Equal {
            return if reverse { ordering.reverse() } else { ordering };
        }
    }
    Ordering::Equal
}
