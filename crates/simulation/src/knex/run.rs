//! A query from `then` to the settled promise: acquire a connection, send, release, settle.

use super::continuation::{Answer, Continuation, RunId};
use super::profile::{Promises, ticks};
use super::query::Caller;
use super::raw::CompiledStatement;
use super::{Cx, Knex, LibraryError};
use crate::event::{ClientId, ConnectionId, EventKind, Position};
use crate::limits;
use javascript::{Handle, Value, Vm};
use postgres::{NodeValue, QueryResult};

/// A run of a query: `then` begins it.
#[derive(Clone, Debug)]
pub struct QueryRun {
    /// The promise that the handler holds.
    pub promise: Handle,
    /// The compiled statement, or the error that Knex throws when it has a connection.
    pub statement: Result<CompiledStatement, LibraryError>,
    /// The line that made the query.
    pub position: Position,
    /// True if the handler gets the rows alone (`select`), false if it gets the whole result (`raw`).
    pub rows_alone: bool,
    /// The async context in which it began.
    pub context: u32,
    /// Its connection, while it has one.
    pub connection: Option<ConnectionId>,
}

const TIMEOUT: &str = "Knex: Timeout acquiring a connection. The pool is probably full. Are you missing a \
                       .transacting(trx) call?";

impl Knex {
    /// Begins a run of a client's query: acquires a connection.
    pub(super) fn begin(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, client: ClientId, run: QueryRun) {
        let bytes = run.statement.as_ref().map_or(0, |statement| statement.sql.len());
        vm.add_work(limits::STEPS_A_QUERY + (bytes / limits::BYTES_ASKED_A_STEP) as u64);
        let id = RunId(self.number());
        self.runs.insert(id, run);
        if let Some(pool) = self.clients[client.0 as usize].pool {
            self.acquire(vm, cx, pool, id);
        } else {
            let error = LibraryError::new("Unable to acquire a connection");
            self.hop(vm, cx, ticks::NO_POOL, Continuation::Settle(id, Err(error)));
        }
    }

    pub(super) fn acquired(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: RunId, connection: ConnectionId) {
        let Some(run) = self.runs.get_mut(&id) else { return };
        run.connection = Some(connection);
        vm.set_context(run.context);
        match run.statement.clone() {
            Ok(CompiledStatement { sql, parameters: Ok(parameters), .. }) => {
                self.submit(vm, cx, connection, Caller::Run(id), sql, parameters);
            }
            // pg calls back at once. That it also sends a statement without parameters, so that the server answers, is left
            // out.
            Ok(CompiledStatement { parameters: Err(error), .. }) => self.query_answered(vm, cx, id, Err(error)),
            Err(error) => self.hop(vm, cx, ticks::RELEASE, Continuation::Release(id, Err(error))),
        }
    }

    pub(super) fn acquire_failed(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: RunId, error: LibraryError) {
        if let Some(run) = self.runs.get(&id) {
            vm.set_context(run.context);
        }
        if let Some(prefix) = self.profile.acquire_error_prefix {
            cx.warn(vm, &format!("{prefix}{error}"));
        }
        let timed_out = error.is_tarn_timeout();
        let error = if timed_out { LibraryError::named(self.profile.timeout_name, TIMEOUT) } else { error };
        self.then(vm, cx, ticks::REJECT, Continuation::Settle(id, Err(error)));
    }

    /// The driver has called back with the answer to a run's query.
    pub(super) fn query_answered(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: RunId, answer: Answer) {
        let Some(run) = self.runs.get(&id) else { return };
        vm.set_context(run.context);
        let shown = run.statement.as_ref().map(|statement| statement.shown.clone()).unwrap_or_default();
        let answer = answer.map_err(|error| {
            let message = format!("{shown} - {}", error.message);
            error.with_message(&message)
        });
        self.hop(vm, cx, ticks::RELEASE, Continuation::Release(id, answer));
    }

    pub(super) fn release_and_settle(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: RunId, answer: Answer) {
        if let Some(connection) = self.runs.get_mut(&id).and_then(|run| run.connection.take()) {
            self.release(vm, cx, connection);
        }
        self.then(vm, cx, ticks::SETTLE, Continuation::Settle(id, answer));
    }

    /// Goes on in the same promise chain: in Bluebird's drain at once.
    fn then(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, turns: u8, continuation: Continuation) {
        match self.profile.promises {
            Promises::Bluebird => self.perform(vm, cx, continuation),
            Promises::Native => self.microtask(vm, turns, continuation),
        }
    }

    pub(super) fn settle(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: RunId, answer: Answer) {
        let Some(run) = self.runs.remove(&id) else { return };
        vm.set_context(run.context);
        let promise = vm.release(run.promise);
        match answer {
            Ok(results) => {
                let value = results_for_handler(vm, results, run.rows_alone);
                vm.resolve(&promise, value);
            }
            Err(error) => {
                let message = error.message.clone();
                cx.emit(vm, EventKind::QueryRejected { position: Some(run.position), message });
                let error = error.into_object(vm);
                vm.reject(&promise, error);
            }
        }
    }
}

/// The value that node-postgres resolves a query with: the result of its only statement, or an array of results.
pub(super) fn results_for_handler(vm: &mut Vm, results: Vec<QueryResult>, rows_alone: bool) -> Value {
    let mut values: Vec<Value> = Vec::with_capacity(results.len());
    for result in results {
        values.push(result_object(vm, &result, rows_alone));
    }
    if values.len() == 1 {
        return values.swap_remove(0);
    }
    vm.heap_mut().new_array(values)
}

fn result_object(vm: &mut Vm, result: &QueryResult, rows_alone: bool) -> Value {
    let mut rows = Vec::with_capacity(result.rows.len());
    for row in &result.rows {
        let object = vm.heap_mut().new_object();
        for (column, value) in result.columns.iter().zip(row) {
            let value = match value.for_node(column.data_type) {
                NodeValue::Null => Value::Null,
                NodeValue::Bool(boolean) => Value::Boolean(boolean),
                NodeValue::Number(number) => Value::Number(number),
                NodeValue::Text(text) => Value::String(text),
                // The handler machine has no `Date`: the text that JSON makes of one stands for it.
                NodeValue::Date(ms) => Value::string(base::time::iso_8601(ms.max(0.0) as u64)),
            };
            vm.set(&object, &column.name, value);
        }
        rows.push(object);
    }
    let rows = vm.heap_mut().new_array(rows);
    if rows_alone {
        return rows;
    }
    let object = vm.heap_mut().new_object();
    let command = if result.command.is_empty() { Value::Null } else { Value::string(result.command) };
    vm.set(&object, "command", command);
    let count = result.row_count.map_or(Value::Null, |count| Value::Number(count as f64));
    vm.set(&object, "rowCount", count);
    vm.set(&object, "rows", rows);
    object
}
