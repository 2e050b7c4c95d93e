//! CREATE TABLE and DROP TABLE.

use std::rc::Rc;

use super::evaluate::Execution;
use super::storage::Table;
use super::{Run, Stop, fail};
use crate::postgres::error::SqlError;
use crate::postgres::sql::ast::{CreateTable, TableName, Uniqueness};

impl Execution<'_> {
    /// Whether the session looks into the schema `public`.
    pub(super) fn sees_public(&self) -> bool {
        let is_public = |part: &str| part.trim().trim_matches('"') == "public";
        self.session.parameter("search_path").is_none_or(|path| path.split(',').any(is_public))
    }

    /// The place of a table.
    pub(super) fn find(&self, name: &TableName) -> Run<usize> {
        self.database.storage.find(self.session.pid, name, self.sees_public())
    }

    pub(super) fn create_table(&mut self, create: &CreateTable) -> Run<()> {
        let pid = self.session.pid;
        let (name, schema) = (&create.table.name, create.table.schema.as_deref());
        if !matches!(schema, None | Some("public" | "pg_temp")) {
            let message = format!("schema \"{}\" does not exist", schema.unwrap_or_default());
            return Err(SqlError::new("3F000", message).at(create.table.at).unknown().into());
        }
        let temporary = create.temporary || schema == Some("pg_temp");
        if temporary && schema == Some("public") {
            let message = "cannot create temporary relation in non-temporary schema";
            return Err(SqlError::new("42P16", message).at(create.table.at).into());
        }
        if !temporary && schema.is_none() && !self.sees_public() {
            return Err(SqlError::new("3F000", "no schema has been selected to create in").at(create.table.at).into());
        }
        let home = Rc::from(if temporary { "pg_temp" } else { "public" });
        let there = TableName { schema: Some(home), ..create.table.clone() };
        match self.database.storage.find(pid, &there, true) {
            Ok(_) if create.if_not_exists => {
                self.notice("NOTICE", &format!("relation \"{name}\" already exists, skipping"));
                return Ok(());
            }
            Ok(_) => return fail("42P07", format!("relation \"{name}\" already exists")),
            Err(Stop::Blocked(by)) => return Err(Stop::Blocked(by)),
            Err(Stop::Error(_)) => {}
        }
        for (at, column) in create.columns.iter().enumerate() {
            if create.columns[..at].iter().any(|other| other.name == column.name) {
                return fail("42701", format!("column \"{}\" specified more than once", column.name));
            }
            if let Some(default) = &column.default {
                self.check(|run| run.clause("DEFAULT expressions", |run| run.assign(default, column, " default")))?;
            }
        }
        let mut unique: Vec<(Rc<str>, Vec<usize>)> = Vec::new();
        for Uniqueness { at, primary, columns } in &create.unique {
            let mut index = if *primary { format!("{name}_pkey") } else { String::from(&**name) };
            let mut places = Vec::new();
            for column in columns {
                let Some(place) = create.columns.iter().position(|known| known.name == *column) else {
                    let message = format!("column \"{column}\" named in key does not exist");
                    return Err(SqlError::new("42703", message).at(*at).into());
                };
                places.push(place);
                if !primary {
                    index = index + "_" + column;
                }
            }
            if !primary {
                index += "_key";
            } else if unique.iter().any(|(other, _)| **other == *index) {
                let message = format!("multiple primary keys for table \"{name}\" are not allowed");
                return Err(SqlError::new("42P16", message).at(*at).into());
            }
            unique.push((index.into(), places));
        }
        let owner = temporary.then_some(pid);
        let table = Table::new(name.clone(), owner, create.columns.clone(), unique);
        self.database.storage.create(pid, table)
    }

    pub(super) fn drop_tables(&mut self, names: &[TableName], if_exists: bool) -> Run<()> {
        let mut places = Vec::new();
        for name in names {
            match self.find(name) {
                Ok(at) => places.push(at),
                Err(Stop::Error(_)) => {
                    let message = format!("table \"{}\" does not exist", name.name);
                    if !if_exists {
                        return fail("42P01", message);
                    }
                    self.notice("NOTICE", &(message + ", skipping"));
                }
                Err(blocked) => return Err(blocked),
            }
        }
        for at in places {
            self.database.storage.drop_table(self.session.pid, at)?;
        }
        Ok(())
    }
}
