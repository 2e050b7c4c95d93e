//! CREATE TABLE and DROP TABLE.

use std::rc::Rc;

use super::evaluate::Execution;
use super::storage::Table;
use crate::error::{Run, stop};
use crate::sql::ast::{CreateTable, TableName, Uniqueness};

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
        let (name, at) = (&create.table.name, create.table.at);
        let schema = create.table.schema.as_deref().unwrap_or_default();
        if !matches!(schema, "" | "public" | "pg_temp") {
            return Err(stop("3F000 schema \"%\" does not exist", &[schema]).at(at).unknown());
        }
        let temporary = create.temporary || schema == "pg_temp";
        if temporary && schema == "public" {
            return Err(stop("42P16 cannot create temporary relation in non-temporary schema", &[]).at(at));
        }
        if !temporary && schema.is_empty() && !self.sees_public() {
            return Err(stop("3F000 no schema has been selected to create in", &[]).at(at));
        }
        let mut there = create.table.clone();
        there.schema = Some(Rc::from(if temporary { "pg_temp" } else { "public" }));
        match self.database.storage.find(pid, &there, true) {
            Ok(_) => {
                if create.if_not_exists {
                    self.notice("NOTICE", &["relation \"", name, "\" already exists, skipping"]);
                    return Ok(());
                }
                return Err(stop("42P07 relation \"%\" already exists", &[name]));
            }
            Err(other) if other.by().is_some() => return Err(other),
            Err(_) => {}
        }
        for (at, column) in create.columns.iter().enumerate() {
            if create.columns[..at].iter().any(|other| other.name == column.name) {
                return Err(stop("42701 column \"%\" specified more than once", &[&column.name]));
            }
            if let Some(default) = &column.default {
                (self.dry, self.clause, self.scope) = (true, "DEFAULT expressions", None);
                self.assign(default, column, " default")?;
                (self.dry, self.clause) = (false, "");
            }
        }
        let mut unique: Vec<(Rc<str>, Vec<usize>)> = Vec::new();
        for Uniqueness { at, primary, columns } in &create.unique {
            let mut index = String::from(&**name);
            let mut places = Vec::new();
            for (_, column) in columns {
                let Some(place) = create.columns.iter().position(|known| known.name == *column) else {
                    return Err(stop("42703 column \"%\" named in key does not exist", &[column]).at(*at));
                };
                places.push(place);
                if !primary {
                    index = index + "_" + column;
                }
            }
            index += if *primary { "_pkey" } else { "_key" };
            if *primary && unique.iter().any(|(other, _)| **other == *index) {
                return Err(stop("42P16 multiple primary keys for table \"%\" are not allowed", &[name]).at(*at));
            }
            unique.push((index.into(), places));
        }
        let table = Table::new(name.clone(), temporary.then_some(pid), create.columns.clone(), unique);
        self.database.storage.create(pid, table)
    }

    pub(super) fn drop_tables(&mut self, names: &[TableName], if_exists: bool) -> Run<()> {
        let mut places = Vec::new();
        for name in names {
            match self.find(name) {
                Ok(at) => places.push(at),
                Err(other) if other.by().is_some() => return Err(other),
                Err(_) => {
                    if !if_exists {
                        return Err(stop("42P01 table \"%\" does not exist", &[&name.name]));
                    }
                    self.notice("NOTICE", &["table \"", &name.name, "\" does not exist, skipping"]);
                }
            }
        }
        for at in places {
            self.database.storage.drop_table(self.session.pid, at)?;
        }
        Ok(())
    }
}
