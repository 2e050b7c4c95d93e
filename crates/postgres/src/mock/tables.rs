//! CREATE TABLE and DROP TABLE.

use std::rc::Rc;

use super::evaluate::Assignment;
use super::execution::Execution;
use super::storage::{Table, UniqueIndex};
use crate::SqlState;
use crate::database::Severity;
use crate::error::Stop;
use crate::sql::ast::{ColumnDefinition, CreateTable, TableName, UniqueConstraint};

impl Execution<'_> {
    /// True if the schema `public` is in `search_path`.
    pub(super) fn has_public_in_path(&self) -> bool {
        let is_public = |part: &str| part.trim().trim_matches('"') == "public";
        self.session.parameter("search_path").is_none_or(|path| path.split(',').any(is_public))
    }

    /// The index of a table in the storage.
    pub(super) fn find_table(&self, name: &TableName) -> Result<usize, Stop> {
        self.database.storage.find(self.session.pid, name, self.has_public_in_path())
    }

    pub(super) fn create_table(&mut self, create: &CreateTable) -> Result<(), Stop> {
        let name = &create.table.name;
        let temporary = self.check_schema(create)?;
        let schema: Rc<str> = Rc::from(if temporary { "pg_temp" } else { "public" });
        let qualified = TableName { schema: Some(schema), ..create.table.clone() };
        match self.database.storage.find(self.session.pid, &qualified, true) {
            Ok(_) if create.if_not_exists => {
                self.notice(Severity::Notice, format!("relation \"{name}\" already exists, skipping"));
                return Ok(());
            }
            Ok(_) => {
                let message = format!("relation \"{name}\" already exists");
                return Err(Stop::error(SqlState::DUPLICATE_TABLE, message));
            }
            Err(stop) if stop.is_blocked() => return Err(stop),
            Err(_) => {}
        }
        self.check_columns(&create.columns)?;
        let unique_indexes = unique_indexes(create)?;
        let owner = temporary.then_some(self.session.pid);
        let table = Table::new(name.clone(), owner, create.columns.clone(), unique_indexes);
        self.database.storage.create_table(self.session.pid, table)
    }

    /// Checks the schema of a new table; returns true if the table is temporary.
    fn check_schema(&self, create: &CreateTable) -> Result<bool, Stop> {
        let position = create.table.position;
        let error = match create.table.schema.as_deref() {
            None if create.temporary => return Ok(true),
            None if self.has_public_in_path() => return Ok(false),
            None => Stop::error(SqlState::INVALID_SCHEMA_NAME, "no schema has been selected to create in"),
            Some("pg_temp") => return Ok(true),
            Some("public") if !create.temporary => return Ok(false),
            Some("public") => {
                let message = "cannot create temporary relation in non-temporary schema";
                Stop::error(SqlState::INVALID_TABLE_DEFINITION, message)
            }
            Some(schema) => {
                let message = format!("schema \"{schema}\" does not exist");
                Stop::error(SqlState::INVALID_SCHEMA_NAME, message).unknown_to_mock()
            }
        };
        Err(error.at(position))
    }

    fn check_columns(&mut self, columns: &[ColumnDefinition]) -> Result<(), Stop> {
        for (index, column) in columns.iter().enumerate() {
            if columns[..index].iter().any(|other| other.name == column.name) {
                return Err(duplicate_column(&column.name));
            }
            if let Some(default) = &column.default {
                self.scope = None;
                self.analyze("DEFAULT expressions", |execution| {
                    execution.assign(default, column, Assignment::Default)
                })?;
            }
        }
        Ok(())
    }

    pub(super) fn drop_tables(&mut self, names: &[TableName], if_exists: bool) -> Result<(), Stop> {
        let mut indexes = Vec::new();
        for name in names {
            match self.find_table(name) {
                Ok(index) => indexes.push(index),
                Err(stop) if stop.is_blocked() => return Err(stop),
                Err(_) if if_exists => {
                    self.notice(Severity::Notice, format!("table \"{}\" does not exist, skipping", name.name));
                }
                Err(_) => {
                    let message = format!("table \"{}\" does not exist", name.name);
                    return Err(Stop::error(SqlState::UNDEFINED_TABLE, message));
                }
            }
        }
        for index in indexes {
            self.database.storage.drop_table(self.session.pid, index)?;
        }
        Ok(())
    }
}

/// The error of a column that is named twice.
pub(super) fn duplicate_column(name: &str) -> Stop {
    Stop::error(SqlState::DUPLICATE_COLUMN, format!("column \"{name}\" specified more than once"))
}

/// The indexes of the PRIMARY KEY and UNIQUE constraints, with the names that PostgreSQL gives them.
fn unique_indexes(create: &CreateTable) -> Result<Vec<UniqueIndex>, Stop> {
    let table = &create.table.name;
    let mut indexes: Vec<UniqueIndex> = Vec::new();
    for UniqueConstraint { position, primary, columns } in &create.constraints {
        let mut column_indexes = Vec::new();
        for column in columns {
            let Some(index) = create.columns.iter().position(|known| known.name == column.name) else {
                let message = format!("column \"{}\" named in key does not exist", column.name);
                return Err(Stop::error(SqlState::UNDEFINED_COLUMN, message).at(*position));
            };
            column_indexes.push(index);
        }
        let name = if *primary {
            format!("{table}_pkey")
        } else {
            let columns: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
            format!("{table}_{}_key", columns.join("_"))
        };
        if *primary && indexes.iter().any(|other| *other.name == *name) {
            let message = format!("multiple primary keys for table \"{table}\" are not allowed");
            return Err(Stop::error(SqlState::INVALID_TABLE_DEFINITION, message).at(*position));
        }
        indexes.push(UniqueIndex { name: name.into(), columns: column_indexes });
    }
    Ok(indexes)
}
