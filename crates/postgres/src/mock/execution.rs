//! The execution of one query.

use std::rc::Rc;

use super::MockDatabase;
use super::evaluate::Scope;
use super::locks::{LockKey, LockOwner};
use super::storage::Row;
use crate::database::{Notice, Severity, SqlQuery};
use crate::error::{SqlError, Stop};
use crate::session::{SqlSession, TransactionStatus};
use crate::sql::ast::{DiscardTarget, Statement};
use crate::sql::{Parsed, parse};
use crate::value::QueryResult;
use crate::{SqlState, limits};
use base::time::{Duration, Instant};

/// A query that is being executed. After a [`Stop`] its state is not used any more, except for the cost and the notices.
pub(super) struct Execution<'a> {
    pub(super) database: &'a mut MockDatabase,
    pub(super) session: &'a mut SqlSession,
    /// The time at which the query arrived.
    pub(super) now: Instant,
    /// The values of `$1`, `$2` and so on.
    pub(super) parameters: &'a [Option<Rc<str>>],
    /// The sleeps of `pg_sleep` so far.
    pub(super) sleep: Duration,
    pub(super) notices: Vec<Notice>,
    /// The work so far.
    pub(super) steps: usize,
    /// The advisory locks that the present statement has acquired.
    pub(super) new_locks: Vec<(LockKey, LockOwner)>,
    /// True during parse analysis: names and types are resolved, and constants are read, but nothing is executed. See
    /// [`evaluate`](super::evaluate).
    pub(super) is_analyzing: bool,
    /// The clause that is being evaluated, in the words of PostgreSQL's errors, if it cannot contain aggregates.
    pub(super) clause: Option<&'static str>,
    /// The table whose columns can be named.
    pub(super) scope: Option<Scope>,
    /// The row that gives columns their values; without one they are NULL.
    pub(super) row: Option<Row>,
    /// The rows that aggregates are computed from, if the statement has aggregates.
    pub(super) group: Option<Rc<[Row]>>,
    /// True inside the argument of an aggregate.
    pub(super) is_in_aggregate: bool,
}

impl<'a> Execution<'a> {
    pub(super) fn new(
        database: &'a mut MockDatabase,
        session: &'a mut SqlSession,
        now: Instant,
        parameters: &'a [Option<Rc<str>>],
    ) -> Self {
        Self {
            database,
            session,
            now,
            parameters,
            sleep: Duration::ZERO,
            notices: Vec::new(),
            steps: 0,
            new_locks: Vec::new(),
            is_analyzing: false,
            clause: None,
            scope: None,
            row: None,
            group: None,
            is_in_aggregate: false,
        }
    }

    /// Counts one step of work, and one more per 16 units of `amount`: bytes of text, or rows that are compared.
    pub(super) fn spend(&mut self, amount: usize) -> Result<(), Stop> {
        self.steps += 1 + amount / 16;
        if self.steps > limits::STEPS {
            return Err(Stop::error(SqlState::PROGRAM_LIMIT_EXCEEDED, limits::STEPS_MESSAGE).unknown_to_mock());
        }
        Ok(())
    }

    pub(super) fn notice(&mut self, severity: Severity, message: impl Into<Rc<str>>) {
        self.notices.push(Notice { severity, message: message.into() });
    }

    /// Evaluates something in a clause that cannot contain aggregates.
    pub(super) fn in_clause<T>(
        &mut self,
        clause: &'static str,
        evaluate: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let outer = self.clause.replace(clause);
        let result = evaluate(self);
        self.clause = outer;
        result
    }

    /// Like [`in_clause`](Self::in_clause), but only analyzes.
    pub(super) fn analyze<T>(
        &mut self,
        clause: &'static str,
        evaluate: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let outer = core::mem::replace(&mut self.is_analyzing, true);
        let result = self.in_clause(clause, evaluate);
        self.is_analyzing = outer;
        result
    }

    /// Executes all statements of a query. If one of them was blocked before, goes on with that one.
    pub(super) fn query(&mut self, query: SqlQuery<'_>) -> Result<Vec<QueryResult>, Stop> {
        let Parsed { statements, parameter_count } = parse(query.sql)?;
        let supplied = query.parameters.len();
        if supplied != 0 {
            if statements.len() > 1 {
                let message = "cannot insert multiple commands into a prepared statement";
                return Err(Stop::error(SqlState::SYNTAX_ERROR, message));
            }
            if supplied != parameter_count as usize {
                let message = format!(
                    "bind message supplies {supplied} parameters, but prepared statement \"\" requires {parameter_count}"
                );
                return Err(Stop::error(SqlState::PROTOCOL_VIOLATION, message));
            }
        }
        let mut results = core::mem::take(&mut self.session.finished);
        for statement in statements.iter().skip(results.len()) {
            match self.statement_in_transaction(statement) {
                Ok(result) => results.push(result),
                Err(stop) => {
                    if stop.is_blocked() {
                        self.session.finished = results;
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

    /// Executes a statement if the transaction allows it, within `statement_timeout`.
    fn statement_in_transaction(&mut self, statement: &Statement) -> Result<QueryResult, Stop> {
        let ends_transaction = matches!(statement, Statement::Commit | Statement::Rollback);
        if self.session.transaction == TransactionStatus::InFailedTransaction && !ends_transaction {
            return Err(SqlError::in_failed_transaction().into());
        }
        let sleep_before = self.sleep;
        (self.scope, self.row, self.group) = (None, None, None);
        let result = self.statement(statement);
        let new_locks = core::mem::take(&mut self.new_locks);
        if result.as_ref().is_err_and(Stop::is_blocked) {
            // The statement will be executed again from its beginning.
            for (key, owner) in new_locks {
                self.database.locks.release(self.session.pid, key, owner);
            }
            self.sleep = sleep_before;
        }
        match self.session.statement_timeout() {
            Some(limit) if self.sleep > sleep_before + limit => {
                self.sleep = sleep_before + limit;
                Err(SqlError::statement_timeout().into())
            }
            _ => result,
        }
    }

    fn statement(&mut self, statement: &Statement) -> Result<QueryResult, Stop> {
        let is_idle = self.session.transaction == TransactionStatus::Idle;
        let command = match statement {
            Statement::Select(select) => return self.select(select),
            Statement::Insert(insert) => return self.insert(insert),
            Statement::Update(update) => return self.update(update),
            Statement::Delete(delete) => return self.delete(delete),
            Statement::Show(name) => return self.show(name),
            Statement::CreateTable(create) => {
                self.create_table(create)?;
                "CREATE"
            }
            Statement::DropTable { tables, if_exists } => {
                self.drop_tables(tables, *if_exists)?;
                "DROP"
            }
            Statement::Begin => {
                self.begin();
                "BEGIN"
            }
            Statement::StartTransaction => {
                self.begin();
                "START"
            }
            Statement::Commit => self.end_transaction(true),
            Statement::Rollback => self.end_transaction(false),
            Statement::Set { name, values, local } => {
                if *local && is_idle {
                    self.notice(Severity::Warning, "SET LOCAL can only be used in transaction blocks");
                }
                self.set_values(name, values, *local)?;
                "SET"
            }
            Statement::Reset(name) => {
                self.set_parameter(name, None, false)?;
                "RESET"
            }
            Statement::ResetAll => {
                self.reset_all();
                "RESET"
            }
            Statement::Discard(target) => {
                self.discard(*target)?;
                "DISCARD"
            }
            Statement::Deallocate(None) => "DEALLOCATE",
            Statement::Deallocate(Some(name)) => {
                let message = format!("prepared statement \"{name}\" does not exist");
                return Err(Stop::error(SqlState::INVALID_SQL_STATEMENT_NAME, message));
            }
        };
        Ok(QueryResult { command, ..QueryResult::default() })
    }

    fn begin(&mut self) {
        if self.session.transaction != TransactionStatus::Idle {
            self.notice(Severity::Warning, "there is already a transaction in progress");
        }
        self.session.transaction = TransactionStatus::InTransaction;
    }

    /// COMMIT or ROLLBACK; returns the command of its tag. COMMIT of a failed transaction is a ROLLBACK.
    fn end_transaction(&mut self, commit: bool) -> &'static str {
        let status = core::mem::take(&mut self.session.transaction);
        if status == TransactionStatus::Idle {
            self.notice(Severity::Warning, "there is no transaction in progress");
        }
        let has_failed = status == TransactionStatus::InFailedTransaction;
        if !has_failed {
            self.database.end_transaction(self.session, commit);
        }
        // The next statements of the same query are a transaction of their own.
        self.session.before_transaction.clone_from(&self.session.parameters);
        if commit && !has_failed { "COMMIT" } else { "ROLLBACK" }
    }

    fn discard(&mut self, target: DiscardTarget) -> Result<(), Stop> {
        let pid = self.session.pid;
        match target {
            DiscardTarget::All if self.session.transaction != TransactionStatus::Idle => {
                let message = "DISCARD ALL cannot run inside a transaction block";
                return Err(Stop::error(SqlState::ACTIVE_SQL_TRANSACTION, message));
            }
            DiscardTarget::All => {
                self.reset_all();
                self.database.locks.release_all(pid, LockOwner::Session);
                self.database.storage.drop_temporary_tables(pid);
            }
            DiscardTarget::Temporary => self.database.storage.drop_temporary_tables(pid),
            DiscardTarget::Nothing => {}
        }
        Ok(())
    }
}
