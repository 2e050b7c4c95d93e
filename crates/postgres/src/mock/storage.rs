//! Tables, and the versions of their rows.
//!
//! As in PostgreSQL a change makes a new version of a row and marks the old one. Until its transaction ends the new one
//! is seen by its maker alone, and the old one by everybody else.

use std::rc::Rc;

use crate::BackendPid;
use crate::error::{Run, blocked, stop};
use crate::limits;
use crate::sql::ast::{ColumnDefinition, TableName};
use crate::value::SqlValue;

/// The values of a row.
pub(super) type Row = Rc<[SqlValue]>;

/// A version of a row.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) row: Row,
    /// The session whose open transaction made it.
    created_by: Option<BackendPid>,
    /// The session whose open transaction deletes or replaces it.
    deleted_by: Option<BackendPid>,
}

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: Rc<str>,
    /// The session that a temporary table belongs to.
    pub(super) owner: Option<BackendPid>,
    pub(super) columns: Rc<[ColumnDefinition]>,
    /// Names of the unique indexes, and the columns of each.
    pub(super) unique: Rc<[(Rc<str>, Vec<usize>)]>,
    /// The last number of each serial column.
    pub(super) counters: Vec<i64>,
    created_by: Option<BackendPid>,
    dropped_by: Option<BackendPid>,
    versions: Vec<Version>,
}

/// All tables.
#[derive(Clone, Debug, Default)]
pub(super) struct Storage {
    tables: Vec<Rc<Table>>,
    versions: usize,
    bytes: usize,
    /// The sessions whose open transactions have changed something.
    writers: Vec<BackendPid>,
}

fn bytes_of(row: &Row) -> usize {
    let texts: usize = row.iter().map(|value| if let SqlValue::Text(text) = value { text.len() } else { 0 }).sum();
    size_of_val(&**row) + texts
}

impl Table {
    pub(super) fn new(
        name: Rc<str>,
        owner: Option<BackendPid>,
        columns: Vec<ColumnDefinition>,
        unique: Vec<(Rc<str>, Vec<usize>)>,
    ) -> Self {
        let counters = vec![0; columns.len()];
        let (columns, unique) = (columns.into(), unique.into());
        Self { name, owner, columns, unique, counters, created_by: None, dropped_by: None, versions: Vec::new() }
    }

    /// The rows that a session sees, with their places.
    pub(super) fn rows(&self, pid: BackendPid) -> Vec<(usize, Row)> {
        let mut rows = Vec::new();
        for (at, version) in self.versions.iter().enumerate() {
            if version.created_by.is_none_or(|by| by == pid) && version.deleted_by != Some(pid) {
                rows.push((at, version.row.clone()));
            }
        }
        rows
    }

    /// Stops where another transaction has changed that row and not ended yet.
    pub(super) fn check_free(&self, pid: BackendPid, at: usize) -> Run<()> {
        match self.versions[at].deleted_by {
            Some(by) if by != pid => Err(blocked(by)),
            _ => Ok(()),
        }
    }

    /// Stops where a new row's key is there already, or may be when another transaction ends. `replaced` are the places
    /// of rows that go away, `beside` rows that come with it.
    pub(super) fn check_unique(&self, pid: BackendPid, row: &Row, replaced: &[usize], beside: &[Row]) -> Run<()> {
        for (name, columns) in self.unique.iter() {
            let same = |other: &Row| columns.iter().all(|column| row[*column] == other[*column]);
            if columns.iter().any(|column| row[*column].is_null()) {
                continue;
            }
            let mut taken = beside.iter().any(same);
            for (at, version) in self.versions.iter().enumerate() {
                let gone = version.deleted_by == Some(pid) || replaced.binary_search(&at).is_ok();
                if gone || !same(&version.row) {
                    continue;
                }
                if let Some(by) = version.created_by.or(version.deleted_by).filter(|by| *by != pid) {
                    return Err(blocked(by));
                }
                taken = true;
            }
            if taken {
                return Err(stop("23505 duplicate key value violates unique constraint \"%\"", &[name]));
            }
        }
        Ok(())
    }
}

impl Storage {
    /// The place of a table as a session finds it by its name, its own temporary tables first. `public`: whether the
    /// session looks into that schema.
    pub(super) fn find(&self, pid: BackendPid, name: &TableName, public: bool) -> Run<usize> {
        let schema = name.schema.as_deref();
        let mut found = None;
        for (at, table) in self.tables.iter().enumerate() {
            let in_schema = match (schema, table.owner) {
                (None, None) => public,
                (None, Some(owner)) => owner == pid,
                (Some(schema), None) => schema == "public",
                (Some(schema), Some(owner)) => schema == "pg_temp" && owner == pid,
            };
            let there = table.created_by.is_none_or(|by| by == pid) && table.dropped_by != Some(pid);
            if in_schema && there && table.name == name.name && (found.is_none() || table.owner.is_some()) {
                found = Some(at);
            }
        }
        let Some(at) = found else {
            let (schema, dot) = schema.map_or(("", ""), |schema| (schema, "."));
            return Err(stop("42P01 relation \"%%%\" does not exist", &[schema, dot, &name.name]).at(name.at));
        };
        match self.tables[at].dropped_by {
            Some(by) => Err(blocked(by)),
            None => Ok(at),
        }
    }

    pub(super) fn table(&self, at: usize) -> &Rc<Table> {
        &self.tables[at]
    }

    /// What the serial columns of a table have counted to.
    pub(super) fn count(&mut self, at: usize, counters: &[i64]) {
        if self.tables[at].counters != counters {
            self.table_mut(at).counters.copy_from_slice(counters);
        }
    }

    fn table_mut(&mut self, at: usize) -> &mut Table {
        Rc::make_mut(&mut self.tables[at])
    }

    /// Adds a table, unless another transaction is about to add one of that name.
    pub(super) fn create(&mut self, pid: BackendPid, mut table: Table) -> Run<()> {
        if self.tables.len() >= limits::TABLES {
            return Err(stop("53100 %", &[limits::STORED_MESSAGE]));
        }
        let same = |other: &&Rc<Table>| other.name == table.name && other.owner == table.owner;
        if let Some(by) = self.tables.iter().filter(same).find_map(|other| other.created_by.filter(|by| *by != pid)) {
            return Err(blocked(by));
        }
        table.created_by = Some(pid);
        self.wrote(pid);
        self.tables.push(Rc::new(table));
        Ok(())
    }

    /// Drops a table, unless another transaction has changed something in it.
    pub(super) fn drop_table(&mut self, pid: BackendPid, at: usize) -> Run<()> {
        let others = |version: &Version| version.created_by.or(version.deleted_by).filter(|by| *by != pid);
        if let Some(by) = self.tables[at].versions.iter().find_map(others) {
            return Err(blocked(by));
        }
        self.wrote(pid);
        self.table_mut(at).dropped_by = Some(pid);
        Ok(())
    }

    fn wrote(&mut self, pid: BackendPid) {
        if !self.writers.contains(&pid) {
            self.writers.push(pid);
        }
    }

    /// Marks rows as deleted, and adds new ones.
    pub(super) fn change(&mut self, pid: BackendPid, at: usize, deleted: &[usize], added: &[Row]) -> Run<()> {
        let bytes: usize = added.iter().map(bytes_of).sum();
        if self.versions + added.len() > limits::ROWS || self.bytes + bytes > limits::STORED_BYTES {
            return Err(stop("53100 %", &[limits::STORED_MESSAGE]));
        }
        self.versions += added.len();
        self.bytes += bytes;
        self.wrote(pid);
        let table = self.table_mut(at);
        for at in deleted {
            table.versions[*at].deleted_by = Some(pid);
        }
        let version = |row: &Row| Version { row: row.clone(), created_by: Some(pid), deleted_by: None };
        table.versions.extend(added.iter().map(version));
        Ok(())
    }

    /// A session's transaction ends: what it made is everybody's and what it deleted is gone, or the other way round.
    pub(super) fn end(&mut self, pid: BackendPid, commit: bool) {
        if !self.writers.contains(&pid) {
            return;
        }
        self.writers.retain(|writer| *writer != pid);
        self.retain(|shared| {
            let touched = |version: &Version| version.created_by == Some(pid) || version.deleted_by == Some(pid);
            let whole = shared.created_by == Some(pid) || shared.dropped_by == Some(pid);
            if !whole && !shared.versions.iter().any(touched) {
                return true;
            }
            let table = Rc::make_mut(shared);
            let (stays, goes) = (table.created_by == Some(pid), table.dropped_by == Some(pid));
            if if commit { goes } else { stays } {
                return false;
            }
            table.created_by = table.created_by.filter(|by| *by != pid);
            table.dropped_by = table.dropped_by.filter(|by| *by != pid);
            table.versions.retain_mut(|version| {
                let (created, deleted) = (version.created_by == Some(pid), version.deleted_by == Some(pid));
                version.created_by = version.created_by.filter(|by| *by != pid);
                version.deleted_by = version.deleted_by.filter(|by| *by != pid);
                if commit { !deleted } else { !created }
            });
            true
        });
    }

    /// Drops a session's temporary tables.
    pub(super) fn drop_temporary(&mut self, pid: BackendPid) {
        if self.tables.iter().any(|table| table.owner == Some(pid)) {
            self.retain(|table| table.owner != Some(pid));
        }
    }

    /// Keeps the tables that `keep` says, and counts what is left.
    fn retain(&mut self, keep: impl Fn(&mut Rc<Table>) -> bool) {
        self.tables.retain_mut(keep);
        self.versions = self.tables.iter().map(|table| table.versions.len()).sum();
        self.bytes = self.tables.iter().flat_map(|table| &table.versions).map(|version| bytes_of(&version.row)).sum();
    }
}
