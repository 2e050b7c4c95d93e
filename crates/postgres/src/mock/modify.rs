//! INSERT, UPDATE and DELETE.

use std::rc::Rc;

use super::evaluate::Assignment;
use super::execution::Execution;
use super::select::Output;
use super::storage::{Row, Table};
use super::tables::duplicate_column;
use crate::SqlState;
use crate::error::Stop;
use crate::sql::ast::{ColumnName, Delete, Expr, Insert, NewValue, Target, Update};
use crate::value::{QueryResult, SqlValue};

/// The changes of a statement to one table.
#[derive(Default)]
struct Changes {
    /// The indexes of the row versions that are deleted, in ascending order.
    deleted: Vec<usize>,
    /// The new rows.
    added: Vec<Row>,
}

impl Execution<'_> {
    pub(super) fn insert(&mut self, insert: &Insert) -> Result<QueryResult, Stop> {
        let (index, table) = self.enter_table(&insert.table)?;
        let output = self.returning(&insert.returning)?;
        // The values cannot name the columns of the table.
        let scope = self.scope.take();
        let mut sequences = table.sequences.clone();
        let rows = self.new_rows(&table, insert, &mut sequences);
        // As in PostgreSQL, sequences do not go back when a statement fails. A blocked statement has not happened yet.
        if !rows.as_ref().is_err_and(Stop::is_blocked) {
            self.database.storage.set_sequences(index, &sequences);
        }
        self.scope = scope;
        let changes = Changes { deleted: Vec::new(), added: rows? };
        self.check_keys(&table, &changes)?;
        let result = self.returned("INSERT", output, &changes.added)?;
        self.store(index, table, &changes)?;
        Ok(result)
    }

    pub(super) fn update(&mut self, update: &Update) -> Result<QueryResult, Stop> {
        let (index, table) = self.enter_table(&update.table)?;
        let output = self.returning(&update.returning)?;
        let duplicate = |name: &ColumnName| {
            let message = format!("multiple assignments to same column \"{}\"", name.name);
            Stop::error(SqlState::SYNTAX_ERROR, message)
        };
        let columns = column_indexes(&table, &update.columns, duplicate)?;
        self.row = None;
        self.analyze("UPDATE", |execution| execution.analyze_values(&table, &columns, &update.values))?;
        self.analyze_filter(update.filter.as_ref())?;
        let mut sequences = table.sequences.clone();
        let mut changes = Changes::default();
        for (version, row) in table.visible_rows(self.session.pid) {
            if !self.passes_filter(row, update.filter.as_ref())? {
                continue;
            }
            table.check_row_lock(self.session.pid, version)?;
            let mut values = row.to_vec();
            for (column, value) in columns.iter().zip(&update.values) {
                values[*column] = self.new_value(&table, *column, value.as_ref(), &mut sequences)?;
            }
            check_not_null(&table, &values)?;
            changes.deleted.push(version);
            changes.added.push(values.into());
        }
        self.check_keys(&table, &changes)?;
        let result = self.returned("UPDATE", output, &changes.added)?;
        self.store(index, table, &changes)?;
        Ok(result)
    }

    pub(super) fn delete(&mut self, delete: &Delete) -> Result<QueryResult, Stop> {
        let (index, table) = self.enter_table(&delete.table)?;
        let output = self.returning(&delete.returning)?;
        self.analyze_filter(delete.filter.as_ref())?;
        let mut changes = Changes::default();
        let mut rows = Vec::new();
        for (version, row) in table.visible_rows(self.session.pid) {
            if self.passes_filter(row, delete.filter.as_ref())? {
                table.check_row_lock(self.session.pid, version)?;
                changes.deleted.push(version);
                rows.push(row.clone());
            }
        }
        let result = self.returned("DELETE", output, &rows)?;
        self.store(index, table, &changes)?;
        Ok(result)
    }

    fn returning<'a>(&mut self, targets: &'a [Target]) -> Result<Output<'a>, Stop> {
        self.in_clause("RETURNING", |execution| execution.output_columns(targets))
    }

    /// The result of a statement that has changed these rows.
    fn returned(&mut self, command: &'static str, output: Output<'_>, changed: &[Row]) -> Result<QueryResult, Stop> {
        let mut rows = Vec::new();
        if !output.columns.is_empty() {
            for row in changed {
                self.row = Some(row.clone());
                rows.push(self.output_row(&output)?);
            }
        }
        Ok(QueryResult { command, columns: output.columns, rows, row_count: Some(changed.len() as u64) })
    }

    /// Stores the changes. Takes the statement's reference to the table, so that the storage need not copy the table.
    fn store(&mut self, index: usize, table: Rc<Table>, changes: &Changes) -> Result<(), Stop> {
        drop(table);
        self.database.storage.change_rows(self.session.pid, index, &changes.deleted, &changes.added)
    }

    /// Checks the unique indexes of a table for new rows.
    fn check_keys(&mut self, table: &Table, changes: &Changes) -> Result<(), Stop> {
        for (index, row) in changes.added.iter().enumerate() {
            if !table.unique_indexes.is_empty() {
                self.spend(table.version_count() + index)?;
            }
            table.check_unique(self.session.pid, row, &changes.deleted, &changes.added[..index])?;
        }
        Ok(())
    }

    /// The new value of a column; `None` stands for its default.
    fn new_value(
        &mut self,
        table: &Table,
        index: usize,
        value: Option<&Expr>,
        sequences: &mut [i64],
    ) -> Result<SqlValue, Stop> {
        let column = &table.columns[index];
        match value.or(column.default.as_ref()) {
            Some(expr) => self.assign(expr, column, Assignment::Statement),
            None if column.serial => {
                sequences[index] += 1;
                Ok(SqlValue::Int(sequences[index]))
            }
            None => Ok(SqlValue::Null),
        }
    }

    /// Analyzes the values that are assigned to columns.
    fn analyze_values(&mut self, table: &Table, columns: &[usize], values: &[NewValue]) -> Result<(), Stop> {
        for (value, column) in values.iter().zip(columns) {
            if let Some(expr) = value {
                self.assign(expr, &table.columns[*column], Assignment::Statement)?;
            }
        }
        Ok(())
    }

    /// The rows that an INSERT adds.
    fn new_rows(&mut self, table: &Table, insert: &Insert, sequences: &mut [i64]) -> Result<Vec<Row>, Stop> {
        let columns = match &insert.columns {
            Some(names) => column_indexes(table, names, |name| duplicate_column(&name.name).at(name.position))?,
            None => (0..table.columns.len()).collect(),
        };
        self.row = None;
        self.analyze("VALUES", |execution| execution.analyze_rows(table, insert, &columns))?;
        let mut rows = Vec::with_capacity(insert.rows.len());
        for row in &insert.rows {
            let mut values = Vec::with_capacity(table.columns.len());
            for column in 0..table.columns.len() {
                let place = columns.iter().position(|named| *named == column);
                let value = place.and_then(|place| row.get(place)).and_then(Option::as_ref);
                values.push(self.new_value(table, column, value, sequences)?);
            }
            check_not_null(table, &values)?;
            rows.push(values.into());
        }
        Ok(rows)
    }

    /// Analyzes the rows of VALUES for these columns of the table.
    fn analyze_rows(&mut self, table: &Table, insert: &Insert, columns: &[usize]) -> Result<(), Stop> {
        let width = insert.rows.first().map_or(0, Vec::len);
        for row in &insert.rows {
            let start_of = |index: usize| row.get(index).and_then(Option::as_ref).map_or(0, Expr::start);
            let error = |message| Stop::error(SqlState::SYNTAX_ERROR, message);
            if row.len() != width {
                return Err(error("VALUES lists must all be the same length").at(start_of(0)));
            }
            if let Some(name) = insert.columns.as_ref().and_then(|names| names.get(width)) {
                return Err(error("INSERT has more target columns than expressions").at(name.position));
            }
            if width > columns.len() {
                return Err(error("INSERT has more expressions than target columns").at(start_of(columns.len())));
            }
            self.analyze_values(table, columns, row)?;
        }
        Ok(())
    }
}

/// The indexes of the columns that a statement names. `duplicate` makes the error of a name that occurs twice.
fn column_indexes(
    table: &Table,
    names: &[ColumnName],
    duplicate: impl Fn(&ColumnName) -> Stop,
) -> Result<Vec<usize>, Stop> {
    let mut indexes = Vec::with_capacity(names.len());
    for name in names {
        let Some(index) = table.columns.iter().position(|column| column.name == name.name) else {
            let message = format!("column \"{}\" of relation \"{}\" does not exist", name.name, table.name);
            return Err(Stop::error(SqlState::UNDEFINED_COLUMN, message).at(name.position));
        };
        if indexes.contains(&index) {
            return Err(duplicate(name));
        }
        indexes.push(index);
    }
    Ok(indexes)
}

fn check_not_null(table: &Table, values: &[SqlValue]) -> Result<(), Stop> {
    for (column, value) in table.columns.iter().zip(values) {
        if column.not_null && value.is_null() {
            let message = format!(
                "null value in column \"{}\" of relation \"{}\" violates not-null constraint",
                column.name, table.name
            );
            return Err(Stop::error(SqlState::NOT_NULL_VIOLATION, message));
        }
    }
    Ok(())
}
