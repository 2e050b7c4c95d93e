//! A query from `then` to the settled promise: acquire a connection, send, release, settle.

use super::profile::ticks;
use super::query::Caller;
use super::raw::Statement;
use super::task::{Answered, RunId, Task};
use super::{Cx, Failure, Knex};
use crate::event::{ClientId, ConnectionId, EventKind, Position};
use crate::limits;
use javascript::{Handle, Value, Vm};
use postgres::{NodeValue, QueryResult};

/// One run of a query.
#[derive(Clone, Debug)]
pub struct Run {
    /// What the handler holds.
    pub promise: Handle,
    /// What is sent, or why nothing is.
    pub statement: Result<Statement, Failure>,
    /// The line that made the query.
    pub position: Position,
    /// Whether the handler gets the rows alone (a builder) or the whole result (`raw`).
    pub rows_alone: bool,
    /// The async context it was begun in.
    pub context: u32,
    /// Its connection, while it has one.
    pub connection: Option<ConnectionId>,
}

const TIMEOUT: &str = "Knex: Timeout acquiring a connection. The pool is probably full. Are you missing a \
                       .transacting(trx) call?";

impl Knex {
    /// Begins a run of a client's query.
    pub(super) fn begin(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, client: ClientId, run: Run) {
        let bytes = run.statement.as_ref().map_or(0, |statement| statement.sql.len());
        vm.add_work(limits::STEPS_A_QUERY + (bytes / limits::BYTES_ASKED_A_STEP) as u64);
        let id = RunId(self.number());
        self.runs.insert(id, run);
        self.answers_pending += 1;
        if let Some(pool) = self.clients[client.0 as usize].pool {
            self.acquire(vm, cx, pool, id);
        } else {
            let failure = Failure::plain("Unable to acquire a connection");
            self.hop(vm, cx, ticks::NO_POOL, Task::Settle(id, Err(failure)));
        }
    }

    pub(super) fn acquired(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: RunId, connection: ConnectionId) {
        let Some(run) = self.runs.get_mut(&id) else { return };
        run.connection = Some(connection);
        vm.set_context(run.context);
        match run.statement.clone() {
            Ok(Statement { sql, parameters: Ok(parameters), .. }) => {
                self.submit(vm, cx, connection, Caller::Run(id), sql, parameters);
            }
            // pg calls back at once. That it also sends a statement without parameters, so that the server answers, is left
            // out.
            Ok(Statement { parameters: Err(failure), .. }) => self.query_answered(vm, cx, id, Err(failure)),
            Err(failure) => self.hop(vm, cx, ticks::RELEASE, Task::Release(id, Err(failure))),
        }
    }

    pub(super) fn acquire_failed(
        &mut self,
        vm: &mut Vm,
        cx: &mut Cx<'_>,
        id: RunId,
        failure: Failure,
        timed_out: bool,
    ) {
        if let Some(run) = self.runs.get(&id) {
            vm.set_context(run.context);
        }
        if self.profile.prints_acquire_errors {
            let text = format!("Acquire connection error: {failure}");
            cx.warn(vm, &text);
        }
        let failure = if timed_out { Failure::named(self.profile.timeout_name, TIMEOUT) } else { failure };
        self.then(vm, cx, ticks::REJECT, Task::Settle(id, Err(failure)));
    }

    /// The driver has called back.
    pub(super) fn query_answered(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: RunId, answer: Answered) {
        let Some(run) = self.runs.get(&id) else { return };
        vm.set_context(run.context);
        let shown = run.statement.as_ref().map(|statement| statement.shown.clone()).unwrap_or_default();
        let answer =
            answer.map_err(|failure| Failure { message: [&shown, " - ", &failure.message].concat().into(), ..failure });
        self.hop(vm, cx, ticks::RELEASE, Task::Release(id, answer));
    }

    pub(super) fn release_and_settle(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: RunId, answer: Answered) {
        if let Some(connection) = self.runs.get_mut(&id).and_then(|run| run.connection.take()) {
            self.release(vm, cx, connection);
        }
        self.then(vm, cx, ticks::SETTLE, Task::Settle(id, answer));
    }

    /// Goes on in the same promise chain: Bluebird's drain runs it at once.
    fn then(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, ticks: u8, task: Task) {
        if self.profile.bluebird {
            self.perform(vm, cx, task);
        } else {
            self.microtask(vm, ticks, task);
        }
    }

    pub(super) fn settle(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: RunId, answer: Answered) {
        let Some(run) = self.runs.remove(&id) else { return };
        self.answers_pending = self.answers_pending.saturating_sub(1);
        vm.set_context(run.context);
        let promise = vm.release(run.promise);
        match answer {
            Ok(results) => {
                let value = results_for_handler(vm, results, run.rows_alone);
                vm.resolve(&promise, value);
            }
            Err(failure) => {
                let message = failure.message.clone();
                cx.tell(vm, EventKind::QueryRejected { position: Some(run.position), message });
                let error = failure.object(vm);
                if let Some(thrown) = failure.thrown {
                    vm.release(thrown);
                }
                vm.reject(&promise, error);
            }
        }
    }
}

/// What node-postgres gives for the statements of one query: one result alone, several as an array.
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
                // The handler machine has no dates: the text that JSON would make of one stands for it.
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
