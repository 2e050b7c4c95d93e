//! The mock: a database that implements a subset of SQL, with PostgreSQL's answers and errors.
//!
//! | module | contents |
//! |---|---|
//! | this one | the [`Database`]: transactions, waits, deadlocks |
//! | `execution` | one query: its statements one after the other |
//! | `select`, `modify`, `tables`, `parameters` | the statements: SELECT; INSERT, UPDATE, DELETE; CREATE and DROP TABLE; SET, SHOW, RESET |
//! | `evaluate` | expressions |
//! | `operators`, `like`, `functions`, `aggregates`, `convert`, `timestamp` | parts of expressions |
//! | `storage`, `locks`, `waits` | tables and row versions; advisory locks; sessions that wait |
//!
//! It simplifies PostgreSQL in three ways: the effects of a statement are visible at once, even if it sleeps or fails
//! later; a statement that waits is executed again from its beginning instead of going on; reading a table does not lock
//! it.

mod aggregates;
mod convert;
mod evaluate;
mod execution;
mod functions;
mod like;
mod locks;
mod modify;
mod operators;
mod parameters;
mod select;
mod storage;
mod tables;
mod timestamp;
mod waits;

use crate::SqlState;
use crate::database::{Database, QueryOutcome, Reply, SessionContext, SqlQuery};
use crate::error::{SqlError, Stop};
use crate::session::{SqlSession, TransactionStatus};
use base::time::Instant;
use execution::Execution;
use locks::{LockOwner, Locks};
use storage::Storage;
use waits::{Wait, Waits};

/// A database in memory.
#[derive(Clone, Debug, Default)]
pub struct MockDatabase {
    storage: Storage,
    locks: Locks,
    waits: Waits,
}

impl MockDatabase {
    /// An empty database.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the transaction of a session: its changes become visible to all sessions, or are undone.
    fn end_transaction(&mut self, session: &mut SqlSession, commit: bool) {
        self.storage.end_transaction(session.pid, commit);
        self.locks.release_all(session.pid, LockOwner::Transaction);
        let before_local = core::mem::take(&mut session.before_local);
        if commit {
            for (name, value) in before_local {
                session.set_parameter(name, value);
            }
        } else {
            session.parameters = core::mem::take(&mut session.before_transaction);
        }
    }

    /// Fails the transaction of a session: undoes its changes at once. A transaction block then waits for its end.
    fn fail_transaction(&mut self, session: &mut SqlSession) {
        session.finished.clear();
        match session.transaction {
            TransactionStatus::Idle => self.end_transaction(session, false),
            TransactionStatus::InTransaction => {
                self.end_transaction(session, false);
                session.transaction = TransactionStatus::InFailedTransaction;
            }
            TransactionStatus::InFailedTransaction => {}
        }
    }

    /// The answer to a statement whose session finds a deadlock, due at its check.
    fn deadlock(&mut self, session: &mut SqlSession, wait: &Wait, now: Instant) -> Reply {
        self.waits.end(session.pid);
        self.fail_transaction(session);
        let error = SqlError::new(SqlState::DEADLOCK_DETECTED, "deadlock detected");
        Reply {
            outcome: QueryOutcome::Error(error),
            sleep: wait.deadlock_check().since(now),
            steps: 0,
            notices: Vec::new(),
        }
    }
}

impl Database for MockDatabase {
    fn execute(&mut self, context: &mut SessionContext<'_>, query: SqlQuery<'_>) -> Reply {
        let SessionContext { now, session } = context;
        let now = *now;
        let previous_wait = self.waits.end(session.pid);
        if let Some(wait) = previous_wait.filter(|wait| wait.is_deadlock_victim) {
            return self.deadlock(session, &wait, now);
        }
        let resumes = !session.finished.is_empty();
        if session.transaction == TransactionStatus::Idle && !resumes {
            session.before_transaction.clone_from(&session.parameters);
            session.transaction_start = now;
        }
        let mut execution = Execution::new(self, session, now, query.parameters);
        let result = execution.query(query);
        let (sleep, steps, notices) = (execution.sleep, execution.steps, execution.notices);
        match result {
            Ok(results) => {
                if session.transaction == TransactionStatus::Idle {
                    self.end_transaction(session, true);
                }
                Reply { outcome: QueryOutcome::Results(results), sleep, steps, notices }
            }
            Err(Stop::Blocked { by }) => {
                let since = previous_wait.map_or(now, |wait| wait.since);
                let wait = self.waits.begin(session.pid, by, since, now);
                if wait.is_deadlock_victim {
                    return self.deadlock(session, &wait, now);
                }
                // Another victim gets its error when the server executes its query again.
                Reply { outcome: QueryOutcome::Blocked { by }, sleep, steps, notices }
            }
            Err(Stop::Error(error)) => {
                self.fail_transaction(session);
                let position = error.position.map(|offset| character_position(query.sql, offset));
                let error = SqlError { position, ..*error };
                Reply { outcome: QueryOutcome::Error(error), sleep, steps, notices }
            }
        }
    }

    fn cancel(&mut self, session: &mut SqlSession) {
        self.waits.end(session.pid);
        self.fail_transaction(session);
    }

    fn session_ended(&mut self, mut session: SqlSession) {
        self.waits.end(session.pid);
        self.end_transaction(&mut session, false);
        self.locks.release_all(session.pid, LockOwner::Session);
        self.storage.drop_temporary_tables(session.pid);
    }
}

/// The position that an error reports, in characters from 1, for a byte offset into the query text.
fn character_position(sql: &str, offset: u32) -> u32 {
    let before = sql.get(..offset as usize).unwrap_or(sql);
    before.chars().count() as u32 + 1
}

#[cfg(test)]
mod tests;
