//! Queries: execution, waits for other sessions, answers.

use std::rc::Rc;

use super::backend::{Activity, Answer, BlockedQuery};
use super::messages::ToClient;
use super::{Call, Server};
use crate::event::{BackendPid, BackendState, DisconnectReason, EventKind};
use base::time::Duration;
use postgres::{Database, QueryOutcome, SessionContext, SqlError, SqlQuery};

impl<D: Database> Server<D> {
    /// Begins a query.
    pub(super) fn execute(
        &mut self,
        call: &mut Call<'_>,
        pid: BackendPid,
        sql: Rc<str>,
        parameters: Rc<[Option<Rc<str>>]>,
    ) {
        let Some(backend) = self.backends.get_mut(&pid) else { return };
        let (environment, state_before) = (backend.environment, backend.state());
        backend.ticket += 1;
        let delay = self.evaluate(call, pid, BlockedQuery { sql, parameters });
        if state_before != BackendState::Active {
            call.emit(Some(environment), EventKind::SessionState { pid, state: BackendState::Active });
        }
        if let Some(delay) = delay {
            self.answer_after(call, pid, delay);
            return;
        }
        if let Some(backend) = self.backends.get(&pid)
            && let Some((limit, _)) = backend.session.wait_limit()
        {
            call.wake_at(call.now + limit, pid, backend);
        }
        // The wait may close a circle, in which the database then lets another session fail.
        self.retry_blocked(call);
    }

    /// Has the database execute a query. Returns the time until its answer is due; `None` if the query is blocked.
    fn evaluate(&mut self, call: &mut Call<'_>, pid: BackendPid, query: BlockedQuery) -> Option<Duration> {
        let backend = self.backends.get_mut(&pid)?;
        let mut context = SessionContext { now: call.now, session: &mut backend.session };
        let sql_query = SqlQuery { sql: &query.sql, parameters: &query.parameters };
        let reply = self.database.execute(&mut context, sql_query);
        call.output.steps += reply.steps;
        let answer = match reply.outcome {
            QueryOutcome::Results(results) => Answer::Results(results),
            QueryOutcome::Error(error) => Answer::Error(error),
            QueryOutcome::Blocked { .. } => {
                backend.activity = Activity::Blocked(query);
                return None;
            }
        };
        backend.activity = Activity::Executing(answer);
        Some(reply.sleep)
    }

    /// Answers a query after a time, or at once if it is zero.
    fn answer_after(&mut self, call: &mut Call<'_>, pid: BackendPid, delay: Duration) {
        if delay.is_zero() {
            self.answer(call, pid);
        } else if let Some(backend) = self.backends.get(&pid) {
            call.wake_at(call.now + delay, pid, backend);
        }
    }

    /// Sends the answer to a query that the backend has executed.
    pub(super) fn answer(&mut self, call: &mut Call<'_>, pid: BackendPid) {
        let Some(backend) = self.backends.get_mut(&pid) else { return };
        let connection = backend.connection;
        let Activity::Executing(answer) = core::mem::replace(&mut backend.activity, Activity::Idle) else { return };
        if backend.client_has_gone {
            self.end(call, pid, DisconnectReason::Process);
            return;
        }
        let message = match answer {
            Answer::Results(results) => ToClient::Results(results),
            Answer::Error(error) => ToClient::ErrorResponse(error),
        };
        call.send(connection, self.query_latency, message);
        self.become_idle(call, pid);
        self.retry_blocked(call);
    }

    /// Has a backend wait for a query.
    pub(super) fn become_idle(&mut self, call: &mut Call<'_>, pid: BackendPid) {
        let Some(backend) = self.backends.get_mut(&pid) else { return };
        backend.activity = Activity::Idle;
        backend.ticket += 1;
        call.emit(Some(backend.environment), EventKind::SessionState { pid, state: backend.state() });
        if let Some(timeout) = backend.session.idle_timeout() {
            call.wake_at(call.now + timeout, pid, backend);
        }
    }

    /// Ends the wait of a query that has reached `lock_timeout` or `statement_timeout`.
    pub(super) fn wait_timeout(&mut self, call: &mut Call<'_>, pid: BackendPid) {
        let Some(backend) = self.backends.get_mut(&pid) else { return };
        let error = backend.session.wait_limit().map(|(_, error)| error);
        self.database.cancel(&mut backend.session);
        backend.activity = Activity::Executing(Answer::Error(error.unwrap_or_else(SqlError::statement_timeout)));
        self.answer(call, pid);
    }

    /// Executes all blocked queries again, because the session that they wait for may have released its locks. A query
    /// that goes on may in turn release locks: then all others are tried again. This is a loop, not a recursion, because
    /// as many sessions as the server has slots can wait in a chain.
    pub(super) fn retry_blocked(&mut self, call: &mut Call<'_>) {
        call.needs_retry = true;
        if call.is_retrying {
            return;
        }
        call.is_retrying = true;
        while core::mem::take(&mut call.needs_retry) {
            for pid in self.pids(None) {
                self.retry(call, pid);
                if call.needs_retry {
                    break;
                }
            }
        }
        call.is_retrying = false;
    }

    /// Executes the query of a backend again if it is blocked.
    fn retry(&mut self, call: &mut Call<'_>, pid: BackendPid) {
        let Some(backend) = self.backends.get_mut(&pid) else { return };
        let Activity::Blocked(query) = &backend.activity else { return };
        let query = query.clone();
        if let Some(delay) = self.evaluate(call, pid, query) {
            if let Some(backend) = self.backends.get_mut(&pid) {
                backend.ticket += 1;
            }
            self.answer_after(call, pid, delay);
        }
    }
}
