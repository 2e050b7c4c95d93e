//! SQLite as an implementation of `trait Database`, so that scenarios run over a database that is not ours.
//!
//! Each session has its own connection to one database in memory. Transactions, temporary tables and locks are SQLite's. The
//! connection provides the functions `pg_backend_pid`, `pg_sleep` and `version`.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base::time::Duration;
use postgres::{
    Column, Database, Outcome, Query, QueryResult, Reply, Session, SessionContext, SqlError, SqlType, SqlValue,
};
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, ErrorCode};
use simulation::event::BackendPid;

thread_local! {
    static DATABASES: Cell<u32> = const { Cell::new(0) };
}

/// A session's connection, and the microseconds for which its current statement has called `pg_sleep`.
type Connected = (Connection, Arc<AtomicU64>);

/// A database in memory, shared by the connections of its sessions.
pub struct SqliteDatabase {
    address: String,
    /// Keeps the database alive while no session is connected.
    _anchor: Connection,
    sessions: BTreeMap<BackendPid, Connected>,
}

fn connect(address: &str) -> Connection {
    Connection::open(address).expect("a database in memory can always be opened")
}

impl SqliteDatabase {
    /// An empty database.
    pub fn new() -> Self {
        let number = DATABASES.get();
        DATABASES.set(number + 1);
        let thread = format!("{:?}", std::thread::current().id());
        let thread: String = thread.chars().filter(char::is_ascii_digit).collect();
        let address = format!("file:lifecycles-{thread}-{number}?mode=memory&cache=shared");
        Self { _anchor: connect(&address), address, sessions: BTreeMap::new() }
    }

    fn session(&mut self, pid: BackendPid) -> &Connected {
        let address = &self.address;
        self.sessions.entry(pid).or_insert_with(|| {
            let connection = connect(address);
            let slept = Arc::new(AtomicU64::new(0));
            let sleeps = slept.clone();
            let flags = FunctionFlags::SQLITE_UTF8;
            let made = connection
                .create_scalar_function("pg_backend_pid", 0, flags, move |_| Ok(i64::from(pid.0)))
                .and_then(|()| {
                    connection.create_scalar_function("pg_sleep", 1, flags, move |context| {
                        let seconds: f64 = context.get(0)?;
                        sleeps.fetch_add((seconds * 1e6) as u64, Ordering::Relaxed);
                        Ok(String::new())
                    })
                })
                .and_then(|()| {
                    connection.create_scalar_function("version", 0, flags, |_| Ok("PostgreSQL 15, played by SQLite"))
                });
            made.expect("functions of these names can be made");
            (connection, slept)
        })
    }
}

/// The command tag of a statement: its first word where the mock has that tag, else the empty string.
fn command(sql: &str) -> &'static str {
    let word =
        sql.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default().to_ascii_uppercase();
    ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "BEGIN", "COMMIT", "ROLLBACK"]
        .into_iter()
        .find(|known| *known == word)
        .unwrap_or_default()
}

fn value(value: ValueRef<'_>) -> (SqlType, SqlValue) {
    match value {
        ValueRef::Null => (SqlType::Text, SqlValue::Null),
        ValueRef::Integer(value) if i32::try_from(value).is_ok() => (SqlType::Int4, SqlValue::Int(value)),
        ValueRef::Integer(value) => (SqlType::Int8, SqlValue::Int(value)),
        ValueRef::Real(value) => (SqlType::Float8, SqlValue::Float(value)),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            (SqlType::Text, SqlValue::Text(Rc::from(String::from_utf8_lossy(bytes))))
        }
    }
}

fn run(connection: &Connection, query: Query<'_>) -> rusqlite::Result<QueryResult> {
    let command = command(query.sql);
    // For a column without a name SQLite gives the expression, and PostgreSQL a name of its own.
    let mut statement = connection.prepare(query.sql)?;
    let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let mut columns: Vec<Column> =
        names.iter().map(|name| Column { name: column_name(name), kind: SqlType::Text }).collect();
    for (index, parameter) in query.parameters.iter().enumerate() {
        let value = parameter.as_ref().map_or(Value::Null, |text| Value::Text(text.to_string()));
        statement.raw_bind_parameter(index + 1, value)?;
    }
    let mut result = QueryResult { command, ..QueryResult::default() };
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let mut values = Vec::new();
        for (index, column) in columns.iter_mut().enumerate() {
            let (kind, value) = value(row.get_ref(index)?);
            if !value.is_null() {
                column.kind = kind;
            }
            values.push(value);
        }
        result.rows.push(values);
    }
    result.row_count = match command {
        "SELECT" => Some(result.rows.len() as u64),
        "INSERT" | "UPDATE" | "DELETE" => Some(connection.changes()),
        _ => None,
    };
    result.columns = columns;
    Ok(result)
}

/// PostgreSQL's name of a column, from SQLite's: a function's name without its arguments, `?column?` for other expressions.
fn column_name(name: &str) -> Rc<str> {
    let is_word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_');
    match name.split_once('(') {
        Some((function, _)) if is_word(function) && name.ends_with(')') => Rc::from(function),
        None if is_word(name) && !name.starts_with(|c: char| c.is_ascii_digit()) => Rc::from(name),
        _ => Rc::from("?column?"),
    }
}

impl Database for SqliteDatabase {
    fn execute(&mut self, context: &mut SessionContext<'_>, query: Query<'_>) -> Reply {
        let pid = context.session.pid();
        let others = self.sessions.keys().copied().find(|other| *other != pid);
        let (connection, slept) = self.session(pid);
        let outcome = match run(connection, query) {
            Ok(result) => Outcome::Results(vec![result]),
            Err(rusqlite::Error::SqliteFailure(error, _))
                if matches!(error.code, ErrorCode::DatabaseLocked | ErrorCode::DatabaseBusy) =>
            {
                Outcome::Blocked { by: others.unwrap_or(pid) }
            }
            Err(error) => Outcome::Error(SqlError::new("XX000", error.to_string())),
        };
        let sleep = Duration::from_micros(slept.swap(0, Ordering::Relaxed));
        Reply { outcome, sleep, steps: 0, notices: Vec::new() }
    }

    fn cancel(&mut self, _session: &mut Session) {}

    fn session_ended(&mut self, session: Session) {
        // Closing the connection rolls back an open transaction.
        self.sessions.remove(&session.pid());
    }
}
