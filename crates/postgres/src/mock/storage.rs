//! Tables, and the versions of their rows (PostgreSQL's documentation, "Concurrency Control").
//!
//! As in PostgreSQL, a change creates a new version of a row and marks the old version. Until its transaction ends, only
//! the session that made it sees the new version, and all others see the old one.

use std::rc::Rc;

use crate::error::Stop;
use crate::sql::ast::{ColumnDefinition, TableName};
use crate::value::SqlValue;
use crate::{BackendPid, SqlState, limits};

/// The values of a row.
pub(super) type Row = Rc<[SqlValue]>;

/// A version of a row.
#[derive(Clone, Debug)]
struct Version {
    row: Row,
    /// The session whose open transaction has created this version; PostgreSQL's `xmin`.
    created_by: Option<BackendPid>,
    /// The session whose open transaction has deleted or replaced this version; PostgreSQL's `xmax`.
    deleted_by: Option<BackendPid>,
}

/// A unique index.
#[derive(Clone, Debug)]
pub(super) struct UniqueIndex {
    pub(super) name: Rc<str>,
    /// The indexes of its columns in the table.
    pub(super) columns: Vec<usize>,
}

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: Rc<str>,
    /// The session that a temporary table belongs to.
    pub(super) owner: Option<BackendPid>,
    pub(super) columns: Rc<[ColumnDefinition]>,
    pub(super) unique_indexes: Rc<[UniqueIndex]>,
    /// For each column the last number of its sequence, if it is a serial one.
    pub(super) sequences: Vec<i64>,
    created_by: Option<BackendPid>,
    dropped_by: Option<BackendPid>,
    versions: Vec<Version>,
}

/// All tables of a database.
#[derive(Clone, Debug, Default)]
pub(super) struct Storage {
    tables: Vec<Rc<Table>>,
    version_count: usize,
    bytes: usize,
    /// The sessions whose open transactions have changed something.
    writers: Vec<BackendPid>,
}

fn row_bytes(row: &Row) -> usize {
    let text_bytes = |value: &SqlValue| if let SqlValue::Text(text) = value { text.len() } else { 0 };
    size_of_val(&**row) + row.iter().map(text_bytes).sum::<usize>()
}

impl Table {
    pub(super) fn new(
        name: Rc<str>,
        owner: Option<BackendPid>,
        columns: Vec<ColumnDefinition>,
        unique_indexes: Vec<UniqueIndex>,
    ) -> Self {
        Self {
            name,
            owner,
            sequences: vec![0; columns.len()],
            columns: columns.into(),
            unique_indexes: unique_indexes.into(),
            created_by: None,
            dropped_by: None,
            versions: Vec::new(),
        }
    }

    /// The number of row versions, visible or not.
    pub(super) fn version_count(&self) -> usize {
        self.versions.len()
    }

    /// The rows that a session sees, with the indexes of their versions.
    pub(super) fn visible_rows(&self, pid: BackendPid) -> impl Iterator<Item = (usize, &Row)> {
        self.versions
            .iter()
            .enumerate()
            .filter(move |(_, version)| {
                version.created_by.is_none_or(|by| by == pid) && version.deleted_by != Some(pid)
            })
            .map(|(index, version)| (index, &version.row))
    }

    /// Stops if another open transaction has changed this version of a row.
    pub(super) fn check_row_lock(&self, pid: BackendPid, index: usize) -> Result<(), Stop> {
        match self.versions[index].deleted_by {
            Some(by) if by != pid => Err(Stop::Blocked { by }),
            _ => Ok(()),
        }
    }

    /// Stops if the key of a new row exists already, or may exist when another transaction ends. `replaced` are the
    /// indexes of the versions that the statement deletes, in ascending order; `earlier` are the rows that the statement
    /// adds before this one.
    pub(super) fn check_unique(
        &self,
        pid: BackendPid,
        row: &Row,
        replaced: &[usize],
        earlier: &[Row],
    ) -> Result<(), Stop> {
        for index in self.unique_indexes.iter() {
            // NULL equals nothing, not even NULL.
            if index.columns.iter().any(|column| row[*column].is_null()) {
                continue;
            }
            let has_same_key = |other: &Row| index.columns.iter().all(|column| row[*column] == other[*column]);
            let mut exists = earlier.iter().any(has_same_key);
            for (at, version) in self.versions.iter().enumerate() {
                let is_deleted = version.deleted_by == Some(pid) || replaced.binary_search(&at).is_ok();
                if is_deleted || !has_same_key(&version.row) {
                    continue;
                }
                if let Some(by) = version.created_by.or(version.deleted_by).filter(|by| *by != pid) {
                    return Err(Stop::Blocked { by });
                }
                exists = true;
            }
            if exists {
                let message = format!("duplicate key value violates unique constraint \"{}\"", index.name);
                return Err(Stop::error(SqlState::UNIQUE_VIOLATION, message));
            }
        }
        Ok(())
    }

    /// True if a session sees the table.
    fn is_visible(&self, pid: BackendPid) -> bool {
        self.created_by.is_none_or(|by| by == pid) && self.dropped_by != Some(pid)
    }

    /// True if a name with this schema can mean the table. `public_in_path` says whether `search_path` has `public`.
    fn matches_schema(&self, pid: BackendPid, schema: Option<&str>, public_in_path: bool) -> bool {
        match (schema, self.owner) {
            (None, None) => public_in_path,
            (None, Some(owner)) => owner == pid,
            (Some(schema), None) => schema == "public",
            (Some(schema), Some(owner)) => schema == "pg_temp" && owner == pid,
        }
    }

    /// True if the open transaction of a session has changed the table or one of its rows.
    fn is_touched_by(&self, pid: BackendPid) -> bool {
        let touched = |created_by: Option<BackendPid>, deleted_by: Option<BackendPid>| {
            created_by == Some(pid) || deleted_by == Some(pid)
        };
        touched(self.created_by, self.dropped_by)
            || self.versions.iter().any(|version| touched(version.created_by, version.deleted_by))
    }
}

impl Storage {
    /// The index of the table that a name means to a session; its own temporary tables come first. `public_in_path` says
    /// whether its `search_path` has `public`.
    pub(super) fn find(&self, pid: BackendPid, name: &TableName, public_in_path: bool) -> Result<usize, Stop> {
        let schema = name.schema.as_deref();
        let is_meant = |table: &Table| {
            table.name == name.name && table.matches_schema(pid, schema, public_in_path) && table.is_visible(pid)
        };
        let mut found = None;
        for (index, table) in self.tables.iter().enumerate() {
            if is_meant(table) && (found.is_none() || table.owner.is_some()) {
                found = Some(index);
            }
        }
        let Some(index) = found else {
            let qualified = schema.map_or_else(|| name.name.to_string(), |schema| format!("{schema}.{}", name.name));
            let message = format!("relation \"{qualified}\" does not exist");
            return Err(Stop::error(SqlState::UNDEFINED_TABLE, message).at(name.position));
        };
        match self.tables[index].dropped_by {
            Some(by) => Err(Stop::Blocked { by }),
            None => Ok(index),
        }
    }

    pub(super) fn table(&self, index: usize) -> &Rc<Table> {
        &self.tables[index]
    }

    fn table_mut(&mut self, index: usize) -> &mut Table {
        Rc::make_mut(&mut self.tables[index])
    }

    /// Advances the sequences of a table's serial columns.
    pub(super) fn set_sequences(&mut self, index: usize, sequences: &[i64]) {
        if self.tables[index].sequences != sequences {
            self.table_mut(index).sequences.copy_from_slice(sequences);
        }
    }

    /// Adds a table. Stops if another open transaction has added one of the same name.
    pub(super) fn create_table(&mut self, pid: BackendPid, mut table: Table) -> Result<(), Stop> {
        if self.tables.len() >= limits::TABLES {
            return Err(disk_full());
        }
        let is_same = |other: &&Rc<Table>| other.name == table.name && other.owner == table.owner;
        let mut creators = self.tables.iter().filter(is_same).filter_map(|other| other.created_by);
        if let Some(by) = creators.find(|by| *by != pid) {
            return Err(Stop::Blocked { by });
        }
        table.created_by = Some(pid);
        self.add_writer(pid);
        self.tables.push(Rc::new(table));
        Ok(())
    }

    /// Drops a table. Stops if another open transaction has changed a row of it.
    pub(super) fn drop_table(&mut self, pid: BackendPid, index: usize) -> Result<(), Stop> {
        let mut writers =
            self.tables[index].versions.iter().filter_map(|version| version.created_by.or(version.deleted_by));
        if let Some(by) = writers.find(|by| *by != pid) {
            return Err(Stop::Blocked { by });
        }
        self.add_writer(pid);
        self.table_mut(index).dropped_by = Some(pid);
        Ok(())
    }

    fn add_writer(&mut self, pid: BackendPid) {
        if !self.writers.contains(&pid) {
            self.writers.push(pid);
        }
    }

    /// Deletes the versions at these indexes, and adds new ones.
    pub(super) fn change_rows(
        &mut self,
        pid: BackendPid,
        index: usize,
        deleted: &[usize],
        added: &[Row],
    ) -> Result<(), Stop> {
        let bytes: usize = added.iter().map(row_bytes).sum();
        if self.version_count + added.len() > limits::ROW_VERSIONS || self.bytes + bytes > limits::STORED_BYTES {
            return Err(disk_full());
        }
        self.version_count += added.len();
        self.bytes += bytes;
        self.add_writer(pid);
        let table = self.table_mut(index);
        for version in deleted {
            table.versions[*version].deleted_by = Some(pid);
        }
        let new_version = |row: &Row| Version { row: row.clone(), created_by: Some(pid), deleted_by: None };
        table.versions.extend(added.iter().map(new_version));
        Ok(())
    }

    /// Ends the transaction of a session. After a commit, all sessions see what it has created and nobody what it has
    /// deleted; after a rollback it is the other way round.
    pub(super) fn end_transaction(&mut self, pid: BackendPid, commit: bool) {
        if !self.writers.contains(&pid) {
            return;
        }
        self.writers.retain(|writer| *writer != pid);
        let vanishes = |created_by: Option<BackendPid>, deleted_by: Option<BackendPid>| {
            (if commit { deleted_by } else { created_by }) == Some(pid)
        };
        let forget = |mark: &mut Option<BackendPid>| *mark = mark.filter(|by| *by != pid);
        self.retain_tables(|shared| {
            if !shared.is_touched_by(pid) {
                return true;
            }
            if vanishes(shared.created_by, shared.dropped_by) {
                return false;
            }
            let table = Rc::make_mut(shared);
            forget(&mut table.created_by);
            forget(&mut table.dropped_by);
            table.versions.retain_mut(|version| {
                let stays = !vanishes(version.created_by, version.deleted_by);
                forget(&mut version.created_by);
                forget(&mut version.deleted_by);
                stays
            });
            true
        });
    }

    /// Drops the temporary tables of a session.
    pub(super) fn drop_temporary_tables(&mut self, pid: BackendPid) {
        if self.tables.iter().any(|table| table.owner == Some(pid)) {
            self.retain_tables(|table| table.owner != Some(pid));
        }
    }

    /// Keeps the tables for which `keep` returns true, and counts again.
    fn retain_tables(&mut self, keep: impl FnMut(&mut Rc<Table>) -> bool) {
        self.tables.retain_mut(keep);
        self.version_count = self.tables.iter().map(|table| table.versions.len()).sum();
        self.bytes = self.tables.iter().flat_map(|table| &table.versions).map(|version| row_bytes(&version.row)).sum();
    }
}

fn disk_full() -> Stop {
    Stop::error(SqlState::DISK_FULL, limits::STORED_MESSAGE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::SqlType;

    const ONE: BackendPid = BackendPid(1);
    const TWO: BackendPid = BackendPid(2);

    fn name(name: &str) -> TableName {
        TableName { position: 0, schema: None, name: name.into(), alias: None }
    }

    fn row(value: i64) -> Row {
        Rc::from([SqlValue::Int(value)])
    }

    /// A committed table `t` with a unique column and the row 1.
    fn storage() -> Storage {
        let column = ColumnDefinition {
            name: "a".into(),
            type_name: SqlType::Int4.into(),
            not_null: false,
            default: None,
            serial: false,
        };
        let index = UniqueIndex { name: "t_a_key".into(), columns: vec![0] };
        let mut storage = Storage::default();
        storage.create_table(ONE, Table::new("t".into(), None, vec![column], vec![index])).unwrap();
        storage.change_rows(ONE, 0, &[], &[row(1)]).unwrap();
        storage.end_transaction(ONE, true);
        storage
    }

    fn visible(storage: &Storage, pid: BackendPid) -> Vec<SqlValue> {
        storage.table(0).visible_rows(pid).map(|(_, row)| row[0].clone()).collect()
    }

    #[test]
    fn a_change_is_visible_to_others_after_its_commit() {
        let mut storage = storage();
        storage.change_rows(ONE, 0, &[0], &[row(2)]).unwrap();
        assert_eq!(visible(&storage, ONE), [SqlValue::Int(2)]);
        assert_eq!(visible(&storage, TWO), [SqlValue::Int(1)]);
        storage.end_transaction(ONE, true);
        assert_eq!(visible(&storage, TWO), [SqlValue::Int(2)]);
        assert_eq!(storage.version_count, 1);
    }

    #[test]
    fn a_rollback_restores_rows_and_tables() {
        let mut storage = storage();
        storage.change_rows(ONE, 0, &[0], &[row(2)]).unwrap();
        storage.create_table(ONE, Table::new("u".into(), None, Vec::new(), Vec::new())).unwrap();
        storage.end_transaction(ONE, false);
        assert_eq!(visible(&storage, ONE), [SqlValue::Int(1)]);
        assert!(matches!(storage.find(ONE, &name("u"), true), Err(Stop::Error(_))));
    }

    #[test]
    fn a_key_that_another_transaction_may_free_blocks() {
        let mut storage = storage();
        assert!(matches!(storage.table(0).check_unique(TWO, &row(1), &[], &[]), Err(Stop::Error(_))));
        assert!(storage.table(0).check_unique(TWO, &row(1), &[0], &[]).is_ok(), "the row replaces its own key");
        storage.change_rows(ONE, 0, &[0], &[]).unwrap();
        assert!(matches!(storage.table(0).check_unique(TWO, &row(1), &[], &[]), Err(Stop::Blocked { by: ONE })));
        assert!(storage.table(0).check_unique(ONE, &row(1), &[], &[]).is_ok());
    }

    #[test]
    fn a_dropped_table_blocks_others_until_the_end_of_the_transaction() {
        let mut storage = storage();
        storage.drop_table(ONE, 0).unwrap();
        assert!(matches!(storage.find(TWO, &name("t"), true), Err(Stop::Blocked { by: ONE })));
        assert!(matches!(storage.find(ONE, &name("t"), true), Err(Stop::Error(_))));
        storage.end_transaction(ONE, false);
        assert!(storage.find(TWO, &name("t"), true).is_ok());
    }

    #[test]
    fn temporary_tables_belong_to_their_session() {
        let mut storage = storage();
        storage.create_table(ONE, Table::new("t".into(), Some(ONE), Vec::new(), Vec::new())).unwrap();
        storage.end_transaction(ONE, true);
        assert_eq!(storage.find(ONE, &name("t"), true).ok(), Some(1), "a temporary table hides another of its name");
        assert_eq!(storage.find(TWO, &name("t"), true).ok(), Some(0));
        storage.drop_temporary_tables(ONE);
        assert_eq!(storage.find(ONE, &name("t"), true).ok(), Some(0));
    }
}
