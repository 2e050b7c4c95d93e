//! The database of the page: the subset of SQL that handlers here use, with PostgreSQL's answers and errors.
//!
//! | file | what lives there |
//! |---|---|
//! | this one | queries: their statements one after the other, transactions, waiting for others |
//! | `storage` | tables, and the versions of their rows: who sees which |
//! | `locks` | advisory locks |
//! | `rows` | SELECT, INSERT, UPDATE, DELETE |
//! | `tables` | CREATE TABLE, DROP TABLE |
//! | `parameters` | SET, SHOW, RESET |
//! | `evaluate` | expressions; `operators`, `functions` and `convert` are parts of it |
//!
//! What it simplifies: a statement's effects are there at once, also where it sleeps or fails after a while; tables are
//! not locked by reading them.

mod convert;
mod evaluate;
mod functions;
mod locks;
mod operators;
mod parameters;
mod rows;
mod storage;
mod tables;

use std::collections::BTreeMap;

use super::database::{Database, Notice, Outcome, Query, Reply, SessionContext};
use super::error::SqlError;
use super::session::{Session, TransactionState};
use super::sql::ast::{Setting, Statement};
use super::sql::parse;
use super::value::QueryResult;
use crate::event::BackendPid;
use crate::time::{Duration, Instant};
use evaluate::Execution;
use locks::Locks;
use storage::Storage;

/// How long PostgreSQL lets two sessions wait for each other before it looks for a circle.
const DEADLOCK_TIMEOUT: Duration = Duration::from_secs(1);

/// The database of the page.
#[derive(Clone, Debug, Default)]
pub struct MockDatabase {
    storage: Storage,
    locks: Locks,
    /// Who waits.
    waiting: BTreeMap<BackendPid, Waiting>,
}

/// A session that waits for another one.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    by: BackendPid,
    since: Instant,
    /// Whether it is the one that ends a circle.
    victim: bool,
}

/// Why a statement did not come to its end.
#[derive(Debug)]
enum Stop {
    Error(SqlError),
    Blocked(BackendPid),
}

/// What comes to its end, or stops.
type Run<T> = Result<T, Stop>;

impl From<SqlError> for Stop {
    fn from(error: SqlError) -> Self {
        Self::Error(error)
    }
}

/// An error that stops a statement.
fn fail<T>(sqlstate: &'static str, message: impl Into<std::borrow::Cow<'static, str>>) -> Run<T> {
    Err(Stop::Error(SqlError::new(sqlstate, message)))
}

impl MockDatabase {
    /// An empty database.
    pub fn new() -> Self {
        Self::default()
    }

    /// The transaction ends: its changes become everyone's, or nothing is left of them.
    fn end_transaction(&mut self, session: &mut Session, commit: bool) {
        self.storage.end(session.pid, commit);
        self.locks.transaction_ended(session.pid);
        if commit {
            for (name, value) in core::mem::take(&mut session.covered) {
                match value {
                    Some(value) => session.parameters.insert(name, value),
                    None => session.parameters.remove(&name),
                };
            }
        } else {
            session.parameters = core::mem::take(&mut session.before_transaction);
            session.covered.clear();
        }
    }

    /// The transaction has failed: all is undone at once, and a transaction block waits for its end.
    fn abort(&mut self, session: &mut Session) {
        session.before_block.clear();
        if session.transaction != TransactionState::Failed {
            self.end_transaction(session, false);
        }
        if session.transaction == TransactionState::Open {
            session.transaction = TransactionState::Failed;
        }
    }

    /// Where `pid` waits for itself: which session finds that out, by being the next to have waited for
    /// `deadlock_timeout`; each looks only once.
    fn deadlock_victim(&self, pid: BackendPid, now: Instant) -> Option<BackendPid> {
        let mut next: Option<(Instant, BackendPid)> = None;
        let mut at = pid;
        for _ in 0..self.waiting.len() {
            let waiting = self.waiting.get(&at)?;
            let looks = waiting.since + DEADLOCK_TIMEOUT;
            if looks >= now && next.is_none_or(|(first, _)| looks < first) {
                next = Some((looks, at));
            }
            at = waiting.by;
            if at == pid {
                return next.map(|(_, victim)| victim);
            }
        }
        None
    }
}

impl Database for MockDatabase {
    fn execute(&mut self, context: &mut SessionContext<'_>, query: Query<'_>) -> Reply {
        let (pid, now) = (context.session.pid, context.now);
        let waited = self.waiting.remove(&pid);
        let since = waited.map_or(now, |waited| waited.since);
        let deadlock = |database: &mut Self, session: &mut Session| {
            database.waiting.remove(&pid);
            database.abort(session);
            let error = SqlError::new("40P01", "deadlock detected");
            let sleep = (since + DEADLOCK_TIMEOUT).since(now);
            Reply { outcome: Outcome::Error(error), sleep, notices: Vec::new() }
        };
        if waited.is_some_and(|waited| waited.victim) {
            return deadlock(self, context.session);
        }
        if context.session.transaction == TransactionState::Idle && context.session.before_block.is_empty() {
            context.session.before_transaction.clone_from(&context.session.parameters);
            context.session.transaction_began = context.now;
        }
        let mut execution = Execution::new(self, context.session, context.now, query.parameters);
        let outcome = execution.query(query);
        let (sleep, notices) = (execution.sleep, execution.notices);
        let outcome = match outcome {
            Ok(results) => {
                if context.session.transaction == TransactionState::Idle {
                    self.end_transaction(context.session, true);
                }
                Outcome::Results(results)
            }
            Err(Stop::Blocked(by)) => {
                self.waiting.insert(pid, Waiting { by, since, victim: false });
                match self.deadlock_victim(pid, now) {
                    Some(victim) if victim == pid => return deadlock(self, context.session),
                    // It hears of it when its query is given again.
                    Some(victim) => {
                        if let Some(waiting) = self.waiting.get_mut(&victim) {
                            waiting.victim = true;
                        }
                    }
                    None => {}
                }
                Outcome::Blocked { by }
            }
            Err(Stop::Error(mut error)) => {
                self.abort(context.session);
                // Places leave as characters from 1.
                error.position = error.position.map(|at| {
                    let before = query.sql.get(..at as usize).unwrap_or(query.sql);
                    before.chars().count() as u32 + 1
                });
                Outcome::Error(error)
            }
        };
        Reply { outcome, sleep, notices }
    }

    fn cancel(&mut self, session: &mut Session) {
        self.waiting.remove(&session.pid);
        self.abort(session);
    }

    fn session_ended(&mut self, mut session: Session) {
        self.waiting.remove(&session.pid);
        self.end_transaction(&mut session, false);
        self.locks.session_ended(session.pid);
        self.storage.drop_temporary(session.pid);
    }
}

impl Execution<'_> {
    /// All statements of a query, from the one that was blocked where there was one.
    fn query(&mut self, query: Query<'_>) -> Run<Vec<QueryResult>> {
        let (statements, required) = parse(query.sql)?;
        let supplied = query.parameters.len();
        if supplied != 0 {
            if statements.len() > 1 {
                return fail("42601", "cannot insert multiple commands into a prepared statement");
            }
            if supplied != required as usize {
                let message = format!(
                    "bind message supplies {supplied} parameters, but prepared statement \"\" requires {required}"
                );
                return fail("08P01", message);
            }
        }
        let mut results = core::mem::take(&mut self.session.before_block);
        let done = results.len();
        for statement in &statements[done.min(statements.len())..] {
            match self.statement(statement) {
                Ok(result) => results.push(result),
                Err(Stop::Blocked(by)) => {
                    self.session.before_block = results;
                    return Err(Stop::Blocked(by));
                }
                Err(error) => return Err(error),
            }
        }
        if results.is_empty() {
            results.push(QueryResult::default());
        }
        Ok(results)
    }

    fn statement(&mut self, statement: &Statement) -> Run<QueryResult> {
        let ends = matches!(statement, Statement::Commit | Statement::Rollback);
        if self.session.transaction == TransactionState::Failed && !ends {
            return Err(SqlError::transaction_aborted().into());
        }
        let slept = self.sleep;
        let result = self.evaluate_statement(statement);
        if matches!(result, Err(Stop::Blocked(_))) {
            // It will be evaluated again from its beginning.
            self.database.locks.give_back(self.session.pid, &self.taken);
            self.sleep = slept;
        }
        self.taken.clear();
        if let Some(limit) = self.session.statement_timeout()
            && self.sleep > slept + limit
        {
            self.sleep = slept + limit;
            return Err(SqlError::statement_timeout().into());
        }
        result
    }

    fn evaluate_statement(&mut self, statement: &Statement) -> Run<QueryResult> {
        let command = match statement {
            Statement::Select(select) => return self.select(select),
            Statement::Change(change) => return self.change(change),
            Statement::Setting(_, name, Setting::Show) => return self.show(name),
            Statement::CreateTable(create) => {
                self.create_table(create)?;
                "CREATE"
            }
            Statement::DropTable(tables, if_exists) => {
                self.drop_tables(tables, *if_exists)?;
                "DROP"
            }
            Statement::Begin(tag) => {
                if self.session.transaction == TransactionState::Idle {
                    self.session.transaction = TransactionState::Open;
                } else {
                    self.notice("WARNING", "there is already a transaction in progress");
                }
                tag
            }
            Statement::Commit | Statement::Rollback => {
                let state = core::mem::take(&mut self.session.transaction);
                if state == TransactionState::Idle {
                    self.notice("WARNING", "there is no transaction in progress");
                }
                let commits = *statement == Statement::Commit && state != TransactionState::Failed;
                if state != TransactionState::Failed {
                    self.database.end_transaction(self.session, commits);
                }
                self.session.before_transaction.clone_from(&self.session.parameters);
                if commits || state == TransactionState::Idle && *statement == Statement::Commit {
                    "COMMIT"
                } else {
                    "ROLLBACK"
                }
            }
            Statement::Setting(tag, name, setting) => {
                match setting {
                    Setting::Local(value) => {
                        if self.session.transaction == TransactionState::Idle {
                            self.notice("WARNING", "SET LOCAL can only be used in transaction blocks");
                        }
                        self.set_to(name, value.as_deref(), true)?;
                    }
                    Setting::Set(value) => self.set_to(name, value.as_deref(), false)?,
                    Setting::Show => {}
                }
                tag
            }
            Statement::ResetAll => {
                self.reset_all();
                "RESET"
            }
            Statement::Discard(all, temporary) => {
                if *all {
                    if self.session.transaction != TransactionState::Idle {
                        return fail("25001", "DISCARD ALL cannot run inside a transaction block");
                    }
                    self.reset_all();
                    self.database.locks.session_ended(self.session.pid);
                }
                if *temporary {
                    self.database.storage.drop_temporary(self.session.pid);
                }
                "DISCARD"
            }
            Statement::Deallocate(name) => {
                if let Some(name) = name {
                    return fail("26000", format!("prepared statement \"{name}\" does not exist"));
                }
                "DEALLOCATE"
            }
        };
        Ok(QueryResult { command, ..QueryResult::default() })
    }

    fn notice(&mut self, severity: &'static str, message: &str) {
        self.notices.push(Notice { severity, message: message.into() });
    }
}
