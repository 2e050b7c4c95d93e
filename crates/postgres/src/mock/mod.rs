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

use std::rc::Rc;

use super::database::{Database, Notice, Outcome, Query, Reply, SessionContext};
use super::error::{Run, SqlError, stop};
use super::session::{Session, TransactionState};
use super::sql::ast::Statement;
use super::sql::parse;
use super::value::QueryResult;
use crate::BackendPid;
use base::time::{Duration, Instant};
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
    waiting: Vec<Waiting>,
    /// The query that was read last: the same one often comes again.
    read: Option<(Rc<str>, Rc<Parsed>)>,
}

/// The statements of a query, and the highest number of a parameter in them.
type Parsed = (Vec<Statement>, u32);

/// A session that waits for another one.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    pid: BackendPid,
    by: BackendPid,
    since: Instant,
    /// Whether it is the one that ends a circle.
    victim: bool,
}

impl MockDatabase {
    /// An empty database.
    pub fn new() -> Self {
        Self::default()
    }

    /// The transaction ends: its changes become everyone's, or nothing is left of them.
    fn end_transaction(&mut self, session: &mut Session, commit: bool) {
        self.storage.end(session.pid, commit);
        self.locks.release_all(session.pid, true);
        let covered = core::mem::take(&mut session.covered);
        if commit {
            covered.restore(&mut session.parameters);
        } else {
            session.parameters = core::mem::take(&mut session.before_transaction);
        }
    }

    /// What a text says.
    fn read(&mut self, sql: &str) -> Run<Rc<Parsed>> {
        if let Some((known, parsed)) = &self.read
            && **known == *sql
        {
            return Ok(parsed.clone());
        }
        let parsed = Rc::new(parse(sql)?);
        self.read = Some((sql.into(), parsed.clone()));
        Ok(parsed)
    }

    /// What a session waits for.
    fn waiting(&mut self, pid: BackendPid) -> Option<&mut Waiting> {
        self.waiting.iter_mut().find(|waiting| waiting.pid == pid)
    }

    fn wait_no_more(&mut self, pid: BackendPid) {
        self.waiting.retain(|waiting| waiting.pid != pid);
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

    /// A session ends a circle of waits, when it has waited for `deadlock_timeout`.
    fn deadlock(&mut self, session: &mut Session, since: Instant, now: Instant) -> Reply {
        self.wait_no_more(session.pid);
        self.abort(session);
        let sleep = (since + DEADLOCK_TIMEOUT).since(now);
        Reply { sleep, ..Reply::now(Outcome::Error(SqlError::new("40P01", "deadlock detected"))) }
    }

    /// Where `pid` waits for itself: which session finds that out, by being the next to have waited for
    /// `deadlock_timeout`; each looks only once.
    fn deadlock_victim(&mut self, pid: BackendPid, now: Instant) -> Option<BackendPid> {
        let mut next: Option<(Instant, BackendPid)> = None;
        let mut at = pid;
        for _ in 0..self.waiting.len() {
            let waiting = *self.waiting(at)?;
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
        let waited = self.waiting(pid).copied();
        self.wait_no_more(pid);
        let since = waited.map_or(now, |waited| waited.since);
        if waited.is_some_and(|waited| waited.victim) {
            return self.deadlock(context.session, since, now);
        }
        if context.session.transaction == TransactionState::Idle && context.session.before_block.is_empty() {
            context.session.before_transaction.clone_from(&context.session.parameters);
            context.session.transaction_began = context.now;
        }
        let mut execution = Execution {
            database: self,
            session: &mut *context.session,
            now,
            parameters: query.parameters,
            sleep: Duration::ZERO,
            notices: Vec::new(),
            taken: Vec::new(),
            steps: 0,
            dry: false,
            scope: None,
            row: None,
            group: None,
            aggregating: false,
            clause: "",
        };
        let outcome = execution.query(query);
        let (sleep, steps, notices) = (execution.sleep, execution.steps, execution.notices);
        let outcome = match outcome {
            Ok(results) => {
                if context.session.transaction == TransactionState::Idle {
                    self.end_transaction(context.session, true);
                }
                Outcome::Results(results)
            }
            Err(stop) => {
                if let Some(by) = stop.by() {
                    self.waiting.push(Waiting { pid, by, since, victim: false });
                    match self.deadlock_victim(pid, now) {
                        Some(victim) if victim == pid => return self.deadlock(context.session, since, now),
                        // It hears of it when its query is given again.
                        Some(victim) => self.waiting(victim).into_iter().for_each(|waiting| waiting.victim = true),
                        None => {}
                    }
                    Outcome::Blocked { by }
                } else {
                    self.abort(context.session);
                    let mut error = stop.into_error();
                    // Places leave as characters from 1.
                    if let Some(at) = &mut error.position {
                        let before = query.sql.get(..*at as usize).unwrap_or(query.sql);
                        *at = before.chars().count() as u32 + 1;
                    }
                    Outcome::Error(error)
                }
            }
        };
        Reply { outcome, sleep, steps, notices }
    }

    fn cancel(&mut self, session: &mut Session) {
        self.wait_no_more(session.pid);
        self.abort(session);
    }

    fn session_ended(&mut self, mut session: Session) {
        self.wait_no_more(session.pid);
        self.end_transaction(&mut session, false);
        self.locks.release_all(session.pid, false);
        self.storage.drop_temporary(session.pid);
    }
}

impl Execution<'_> {
    /// All statements of a query, from the one that was blocked where there was one.
    fn query(&mut self, query: Query<'_>) -> Run<Vec<QueryResult>> {
        let parsed = self.database.read(query.sql)?;
        let (statements, required) = &*parsed;
        let supplied = query.parameters.len();
        if supplied != 0 {
            if statements.len() > 1 {
                return Err(stop("42601 cannot insert multiple commands into a prepared statement", &[]));
            }
            if supplied != *required as usize {
                let (supplied, required) = (supplied.to_string(), required.to_string());
                let middle = " parameters, but prepared statement \"\" requires ";
                return Err(stop("08P01 bind message supplies %%%", &[&supplied, middle, &required]));
            }
        }
        let mut results = core::mem::take(&mut self.session.before_block);
        for statement in statements.iter().skip(results.len()) {
            match self.statement(statement) {
                Ok(result) => results.push(result),
                Err(stop) => {
                    if stop.by().is_some() {
                        self.session.before_block = results;
                    }
                    return Err(stop);
                }
            }
        }
        if results.is_empty() {
            results.push(QueryResult::default());
        }
        Ok(results)
    }

    fn statement(&mut self, statement: &Statement) -> Run<QueryResult> {
        if self.session.transaction == TransactionState::Failed && !matches!(statement, Statement::End(_)) {
            return Err(SqlError::transaction_aborted().into());
        }
        let slept = self.sleep;
        (self.scope, self.row, self.group) = (None, None, None);
        let result = self.evaluate_statement(statement);
        let taken = core::mem::take(&mut self.taken);
        if result.as_ref().is_err_and(|stop| stop.by().is_some()) {
            // It will be evaluated again from its beginning.
            for (key, transaction) in taken {
                self.database.locks.release(self.session.pid, key, transaction);
            }
            self.sleep = slept;
        }
        if let Some(limit) = self.session.statement_timeout()
            && self.sleep > slept + limit
        {
            self.sleep = slept + limit;
            return Err(SqlError::statement_timeout().into());
        }
        result
    }

    fn evaluate_statement(&mut self, statement: &Statement) -> Run<QueryResult> {
        let idle = self.session.transaction == TransactionState::Idle;
        let command = match statement {
            Statement::Select(select) => return self.select(select),
            // The parser has refused it.
            Statement::Change(command, change) => return self.change(command, change),
            Statement::Show(name) => return self.show(name),
            Statement::CreateTable(create) => {
                self.create_table(create)?;
                "CREATE"
            }
            Statement::DropTable(tables, if_exists) => {
                self.drop_tables(tables, *if_exists)?;
                "DROP"
            }
            Statement::Begin(tag) => {
                if !idle {
                    self.notice("WARNING", &["there is already a transaction in progress"]);
                }
                self.session.transaction = TransactionState::Open;
                tag
            }
            Statement::End(commit) => {
                let failed = self.session.transaction == TransactionState::Failed;
                let commits = *commit && !failed;
                if idle {
                    self.notice("WARNING", &["there is no transaction in progress"]);
                }
                self.session.transaction = TransactionState::Idle;
                if !failed {
                    self.database.end_transaction(self.session, commits);
                }
                self.session.before_transaction.clone_from(&self.session.parameters);
                if commits { "COMMIT" } else { "ROLLBACK" }
            }
            Statement::Set(tag, local, name, values) => {
                if *local && idle {
                    self.notice("WARNING", &["SET LOCAL can only be used in transaction blocks"]);
                }
                self.set_to(name, values, *local)?;
                tag
            }
            Statement::ResetAll => {
                self.reset_all();
                "RESET"
            }
            Statement::Discard(all, temporary) => {
                if *all {
                    if !idle {
                        return Err(stop("25001 DISCARD ALL cannot run inside a transaction block", &[]));
                    }
                    self.reset_all();
                    self.database.locks.release_all(self.session.pid, false);
                }
                if *temporary {
                    self.database.storage.drop_temporary(self.session.pid);
                }
                "DISCARD"
            }
            Statement::Deallocate(None) => "DEALLOCATE",
            Statement::Deallocate(Some(name)) => {
                return Err(stop("26000 prepared statement \"%\" does not exist", &[name]));
            }
        };
        Ok(QueryResult { command, ..QueryResult::default() })
    }

    fn notice(&mut self, severity: &'static str, message: &[&str]) {
        self.notices.push(Notice { severity, message: Rc::from(message.concat()) });
    }
}
