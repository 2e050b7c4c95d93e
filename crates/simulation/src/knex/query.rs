//! Queries of a connection: the active one, those that wait behind it, and the driver's `query_timeout`.
//!
//! ```text
//!   query() ──► waiting ──► active ──answer──► its caller ──► the next one
//!                  │           └─ query_timeout: its caller gets an error, and the query stays active
//!                  └─ query_timeout: its caller gets an error, and the query is never sent
//! ```
//!
//! A query that has timed out keeps its connection busy until the late answer or the connection's end (pg's `Client.query`,
//! 8.0 and 8.23). Knex puts the connection back among the free ones all the same.

use std::rc::Rc;

use super::continuation::{Answer, Continuation, RunId};
use super::parameters::{Parameters, STEPS_A_VALUE, Walk};
use super::{Cx, Knex, LibraryError};
use crate::event::{ConnectionId, EventKind, TimerId};
use crate::node::event_loop::{Task, Tick};
use javascript::{Handle, Value, Vm};
use postgres::QueryResult;

/// The caller of a query: it gets the answer.
#[derive(Clone, Copy, Debug)]
pub enum Caller {
    /// Knex, which asks for the server's version.
    Version,
    /// Knex, which sets the search path.
    SearchPath,
    /// A run of a query.
    Run(RunId),
    /// The handler's `afterCreate`, by a callback.
    Function(Handle),
    /// The handler's `afterCreate`, by a promise.
    Promise(Handle),
    /// Nobody: the query has timed out.
    Nobody,
}

/// A query that was given to the driver.
#[derive(Clone, Debug)]
pub struct Submitted {
    number: u32,
    /// Gets the answer.
    pub caller: Caller,
    sql: Rc<str>,
    parameters: Parameters,
    timer: Option<(TimerId, u32)>,
}

impl Knex {
    /// `connection.query(…)`.
    pub(super) fn submit(
        &mut self,
        vm: &mut Vm,
        cx: &mut Cx<'_>,
        id: ConnectionId,
        caller: Caller,
        sql: Rc<str>,
        parameters: Parameters,
    ) {
        let number = self.number();
        let timeout = self.connections.get(&id).and_then(|connection| connection.query_timeout);
        let timer = timeout.map(|span| self.timer(vm, cx, span, Continuation::ReadTimeout(id, number)));
        let submitted = Submitted { number, caller, sql, parameters, timer };
        let refusal = match self.connections.get_mut(&id) {
            Some(connection) if connection.ending && connection.state.is_queryable() => {
                "Client was closed and is not queryable"
            }
            Some(connection) if connection.state.is_queryable() => {
                connection.waiting.push_back(submitted);
                return self.send_next(vm, cx, id);
            }
            _ => "Client has encountered a connection error and is not queryable",
        };
        self.next_tick(vm, cx, Continuation::QueryFails(id, submitted, LibraryError::new(refusal)));
    }

    /// Sends the next query that waits, if none is active.
    pub(super) fn send_next(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(&id).filter(|connection| connection.active.is_none()) else {
            return;
        };
        let Some(next) = connection.waiting.pop_front() else { return };
        let (sql, parameters) = (next.sql.clone(), next.parameters.clone());
        let position = match next.caller {
            Caller::Run(run) => self.runs.get(&run).map(|run| run.position),
            _ => None,
        };
        let by_handler = matches!(next.caller, Caller::Run(_) | Caller::Function(_) | Caller::Promise(_));
        connection.active = Some(next);
        if by_handler {
            cx.emit(vm, EventKind::QuerySent { connection: id, sql: sql.clone(), position });
        }
        self.write(vm, cx, id, sql, parameters);
    }

    /// Fails the active query and those behind it, in `process.nextTick` as the driver does.
    pub(super) fn fail_all(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, error: &LibraryError) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let waiting = core::mem::take(&mut connection.waiting);
        for submitted in connection.active.take().into_iter().chain(waiting) {
            self.next_tick(vm, cx, Continuation::QueryFails(id, submitted, error.clone()));
        }
    }

    /// The server has answered the active query.
    pub(super) fn answered(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, answer: Answer) {
        if let Some(submitted) = self.connections.get_mut(&id).and_then(|connection| connection.active.take()) {
            self.call_back(vm, cx, id, submitted, answer);
        }
    }

    pub(super) fn call_back(
        &mut self,
        vm: &mut Vm,
        cx: &mut Cx<'_>,
        id: ConnectionId,
        submitted: Submitted,
        answer: Answer,
    ) {
        self.clear(cx, submitted.timer);
        match submitted.caller {
            Caller::Nobody => {}
            Caller::Run(run) => self.query_answered(vm, cx, run, answer),
            Caller::Version => self.version_answered(vm, cx, id, answer),
            Caller::SearchPath => match answer {
                Ok(_) => self.prepared(vm, cx, id),
                Err(error) => self.create_fails(vm, cx, id, error),
            },
            Caller::Function(function) => {
                let arguments = match answer {
                    Ok(results) => [Value::Null, whole(vm, results)],
                    Err(error) => [error.object(vm), Value::Undefined],
                };
                let function = vm.release(function);
                call_in_tick(vm, cx, function, arguments.into());
            }
            Caller::Promise(promise) => {
                let promise = vm.release(promise);
                match answer {
                    Ok(results) => {
                        let result = whole(vm, results);
                        vm.resolve(&promise, result);
                    }
                    Err(error) => {
                        let error = error.object(vm);
                        vm.reject(&promise, error);
                    }
                }
            }
        }
    }

    /// `query_timeout` is over for the query `number`.
    pub(super) fn read_timed_out(&mut self, vm: &mut Vm, cx: &mut Cx<'_>, id: ConnectionId, number: u32) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let found = match &mut connection.active {
            Some(active) if active.number == number => {
                active.timer = None;
                Some(Submitted { caller: core::mem::replace(&mut active.caller, Caller::Nobody), ..active.clone() })
            }
            _ => {
                let place = connection.waiting.iter().position(|waiting| waiting.number == number);
                place.and_then(|place| connection.waiting.remove(place))
            }
        };
        if let Some(mut submitted) = found {
            submitted.timer = None;
            self.call_back(vm, cx, id, submitted, Err(LibraryError::new("Query read timeout")));
        }
    }

    /// `connection.query(text, values, callback)` of a handler's `afterCreate`. Returns a promise if there is no callback.
    pub(super) fn query_by_handler(
        &mut self,
        vm: &mut Vm,
        cx: &mut Cx<'_>,
        id: ConnectionId,
        arguments: &[Value],
    ) -> Value {
        let callback = arguments.iter().skip(1).find(|argument| vm.is_callable(argument)).cloned();
        let config = arguments.first().cloned().unwrap_or_default();
        let (text, values) = if config.as_object().is_some() {
            (vm.get(&config, "text"), vm.get(&config, "values"))
        } else {
            (config, arguments.get(1).cloned().unwrap_or_default())
        };
        let values = vm.heap().array(&values).cloned().unwrap_or_default();
        let mut walk = Walk::new(vm);
        let parameters = walk.prepare_all(&values);
        let work = walk.visited * STEPS_A_VALUE;
        vm.add_work(work);
        let (caller, returned) = if let Some(callback) = callback {
            (Caller::Function(vm.retain(callback)), Value::Undefined)
        } else {
            let promise = vm.new_promise();
            (Caller::Promise(vm.retain(promise.clone())), promise)
        };
        let sql = vm.display(&text).into();
        match parameters {
            Ok(parameters) => self.submit(vm, cx, id, caller, sql, parameters),
            Err(error) => {
                let number = self.number();
                let submitted = Submitted { number, caller, sql, parameters: Rc::from([]), timer: None };
                self.call_back(vm, cx, id, submitted, Err(error));
            }
        }
        returned
    }
}

fn whole(vm: &mut Vm, results: Vec<QueryResult>) -> Value {
    super::run::results_for_handler(vm, results, false)
}

/// Calls a function of the handler's in `process.nextTick`. The real libraries call it from code of their own, which is not
/// JavaScript here.
pub(super) fn call_in_tick(vm: &mut Vm, cx: &mut Cx<'_>, function: Value, arguments: Vec<Value>) {
    let function = vm.retain(function);
    let arguments = arguments.into_iter().map(|argument| vm.retain(argument)).collect();
    let context = vm.context();
    cx.drain.next_tick(Tick { task: Task::Call { function, arguments }, context });
}
