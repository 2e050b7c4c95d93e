//! The runtime client's work on an invocation: it calls the handler with the event and the context, takes what the handler
//! returned or threw, and responds.

use std::rc::Rc;

use super::exports::{CALLBACK, DONE, FAIL, REMAINING, Responder, SUCCEED};
use super::{Outside, Process, Root, Signal};
use crate::event::{Event, EventKind, Failure, InvocationId, Level, Stream};
use crate::knex::exports::QUERY;
use crate::lambda::runtime::{self, ASK, COMPLETE, Current, NextEvent, Progress, Response, failure_of};
use crate::lambda::{ProcessExit, environment, log};
use crate::node::event_loop::NewTimer;
use crate::settings::Settings;
use base::time::Instant;
use javascript::{HostFunction, Value};

/// The properties of `context` for the invocations of one function, in their order.
#[derive(Debug)]
pub(super) struct Facts {
    function: Rc<str>,
    properties: Vec<(Rc<str>, Fact)>,
}

/// The value of one of them.
#[derive(Debug)]
enum Fact {
    /// The same value in every invocation.
    Value(Value),
    /// The request id of the invocation.
    RequestId,
    /// A function of the runtime client, bound to the invocation.
    Function(&'static HostFunction),
}

impl Facts {
    fn new(function: Rc<str>, settings: &Settings, log_stream: &str) -> Self {
        let arn = format!("arn:aws:lambda:us-east-1:123456789012:function:{function}");
        let text = |text: &str| Fact::Value(Value::string(text));
        let properties = [
            ("callbackWaitsForEmptyEventLoop", Fact::Value(Value::Boolean(true))),
            ("functionVersion", text("$LATEST")),
            ("functionName", text(&function)),
            ("memoryLimitInMB", text(&settings.lambda.memory_mb.to_string())),
            ("logGroupName", text(&format!("/aws/lambda/{function}"))),
            ("logStreamName", text(log_stream)),
            ("invokedFunctionArn", text(&arn)),
            ("awsRequestId", Fact::RequestId),
            ("getRemainingTimeInMillis", Fact::Function(&REMAINING)),
            ("succeed", Fact::Function(&SUCCEED)),
            ("fail", Fact::Function(&FAIL)),
            ("done", Fact::Function(&DONE)),
        ];
        Self { function, properties: properties.into_iter().map(|(key, fact)| (key.into(), fact)).collect() }
    }
}

impl Process {
    /// Code that was begun by the loop has come to its end.
    pub(super) fn finished(&mut self, outside: &mut Outside<'_>, now: Instant, result: Result<Value, Value>) {
        match (self.root, result) {
            (Root::Module, Ok(_)) => {
                self.loaded = true;
                self.steps = 0;
                self.state.lit.clear();
                self.emit(outside, now, EventKind::ModuleEvaluated, None);
                outside.signals.push(Signal::Loaded);
            }
            (Root::Module, Err(thrown)) => {
                let failure = self.init_failure(&thrown);
                let text = if &*failure.name == runtime::IMPORT_MODULE_ERROR {
                    runtime::failure_json(&failure)
                } else {
                    self.error_json(outside, &thrown)
                };
                let text = format!("Uncaught Exception \t{text}");
                self.print(outside, now, &text);
                self.ended = true;
                outside.signals.push(Signal::InitFailed(failure));
            }
            (Root::Handler, Ok(value)) => self.returned(outside, now, value),
            // Only the first of all ways to respond counts.
            (Root::Handler, Err(_))
                if self.state.current.as_ref().is_none_or(|current| current.progress.is_decided()) => {}
            (Root::Handler, Err(thrown)) => {
                self.with_host(outside, now, |vm, host| {
                    host.answered(vm, now, Responder::Settled, &thrown, &Value::Undefined);
                });
            }
            (Root::Callback, Ok(_)) => {}
            (Root::Callback, Err(thrown)) => {
                let text = format!("Uncaught Exception \t{}", self.error_json(outside, &thrown));
                self.print(outside, now, &text);
                let failure = failure_of(&self.vm, &thrown);
                self.exit(outside, ProcessExit::Uncaught(failure));
            }
        }
        if !self.draining {
            self.callback_over();
        }
    }

    pub(super) fn init_failure(&self, thrown: &Value) -> Failure {
        let failure = failure_of(&self.vm, thrown);
        if failure.code.as_deref() == Some("MODULE_NOT_FOUND") {
            let message = format!("{}: {}", failure.name, failure.message).into();
            return Failure { name: runtime::IMPORT_MODULE_ERROR.into(), message, code: None };
        }
        failure
    }

    pub(super) fn error_json(&self, outside: &Outside<'_>, thrown: &Value) -> String {
        runtime::error_json(&self.vm, thrown, &|file| outside.package.files()[file.0 as usize].path.clone())
    }

    /// The runtime client has read the next event: it calls the handler.
    pub(super) fn call_handler(&mut self, outside: &mut Outside<'_>, now: Instant, next: &NextEvent) {
        let NextEvent { invocation, handler, event } = next;
        let invocation = *invocation;
        self.state.request = Some(invocation);
        self.steps = 0;
        self.state.lit.clear();
        self.vm.set_context(invocation.0);
        let context = self.context_object(outside, invocation, handler);
        let held = self.vm.retain(context.clone());
        self.state.current = Some(Current { invocation, context: held, progress: Progress::Called });
        let exports = self.vm.module_exports(outside.package.main().source.id).unwrap_or_default();
        let function = if exports.as_object().is_some() { self.vm.get(&exports, handler) } else { Value::Undefined };
        if !self.vm.is_callable(&function) {
            let failure = Failure {
                name: "Runtime.HandlerNotFound".into(),
                message: format!("index.{handler} is undefined or not exported").into(),
                code: None,
            };
            self.respond(Response::Error(failure));
            self.callback_over();
            return;
        }
        self.emit(outside, now, EventKind::HandlerCalled { handler: handler.clone() }, Some(invocation));
        let event = self.vm.json_parse(event).unwrap_or_default();
        let callback = self.runtime_function(&CALLBACK, invocation);
        self.root = Root::Handler;
        self.vm.enter(&function, vec![event, context, callback]);
    }

    fn runtime_function(&mut self, function: &'static HostFunction, invocation: InvocationId) -> Value {
        self.vm.host_function(function, Value::Number(f64::from(invocation.0)))
    }

    /// `context`, as the runtime gives it to the handler.
    fn context_object(&mut self, outside: &Outside<'_>, invocation: InvocationId, handler: &str) -> Value {
        let name = environment::function_name(outside.settings, handler);
        if self.facts.as_ref().is_none_or(|facts| facts.function != name) {
            let log_stream = self.state.variables.iter().find(|(name, _)| &**name == environment::LOG_STREAM);
            let log_stream = log_stream.map_or("", |(_, value)| value);
            self.facts = Some(Rc::new(Facts::new(name, outside.settings, log_stream)));
        }
        let facts = self.facts.iter().flat_map(|facts| &facts.properties);
        let bound = Value::Number(f64::from(invocation.0));
        let properties = facts.map(|(key, fact)| {
            let value = match fact {
                Fact::Value(value) => value.clone(),
                Fact::RequestId => Value::string(log::request_id(outside.settings, invocation)),
                Fact::Function(function) => self.vm.host_function(function, bound.clone()),
            };
            (key.clone(), value)
        });
        let properties = properties.collect();
        self.vm.heap_mut().new_object_of(properties)
    }

    /// The handler has returned. The runtime client waits for a promise or any other object with a `then`; after anything
    /// else it waits for the callback.
    pub(super) fn returned(&mut self, outside: &mut Outside<'_>, now: Instant, value: Value) {
        let Some(invocation) = self.state.current.as_ref().map(|current| current.invocation) else { return };
        let is_promise = self.vm.promise_state(&value).is_some();
        let is_query = self.vm.slots_of(&value, &QUERY).is_some();
        let then = match value {
            Value::Object(_) if !is_promise && !is_query => self.vm.get(&value, "then"),
            _ => Value::Undefined,
        };
        if !is_promise && !is_query && !self.vm.is_callable(&then) {
            return;
        }
        if let Some(current) = &mut self.state.current
            && let Progress::Called = current.progress
        {
            current.progress = Progress::Promised;
        }
        let succeed = self.runtime_function(&SUCCEED, invocation);
        let fail = self.runtime_function(&FAIL, invocation);
        if is_promise {
            self.vm.then(&value, succeed, fail);
        } else if is_query {
            self.with_knex(outside, now, |knex, vm, cx| {
                if let Some(promise) = knex.send_query(vm, cx, &value) {
                    vm.then(&promise, succeed, fail);
                }
            });
        } else {
            self.root = Root::Callback;
            self.vm.enter(&then, vec![succeed, fail]);
        }
    }

    /// Responds, and asks for the next event in an immediate.
    pub(super) fn respond(&mut self, response: Response) {
        if let Some(current) = &mut self.state.current {
            current.progress = Progress::Responded(response);
            self.state.event_loop.set_immediate(NewTimer::host(ASK, self.vm.context()));
        }
    }

    /// The next event has been asked for, so the invocation that was responded to is over.
    pub(super) fn asked(&mut self, outside: &mut Outside<'_>) {
        let responded = |current: &mut Current| matches!(current.progress, Progress::Responded(_));
        let Some(current) = self.state.current.take_if(responded) else { return };
        self.vm.release(current.context);
        if let Progress::Responded(response) = current.progress {
            outside.signals.push(Signal::Over(current.invocation, response));
        }
    }

    /// Goes on with what waits for an empty loop, if the loop is empty; true if anything did.
    pub(super) fn empty_loop(&mut self) -> bool {
        if self.state.event_loop.is_alive() || self.state.knex.is_alive() {
            return false;
        }
        let Some(current) = &self.state.current else { return false };
        match current.progress {
            Progress::WaitsForEmptyLoop(_) => {
                self.state.event_loop.set_immediate(NewTimer::host(COMPLETE, self.vm.context()));
            }
            // No callback is left that could be called: the runtime client responds with null.
            Progress::Called => self.respond(Response::Value("null".into())),
            // An empty loop says nothing of a promise.
            Progress::Promised | Progress::Responded(_) => return false,
        }
        true
    }

    /// Emits an event of this environment; without an `invocation`, it belongs to the one whose request id is held.
    pub(super) fn emit(
        &self,
        outside: &mut Outside<'_>,
        at: Instant,
        kind: EventKind,
        invocation: Option<InvocationId>,
    ) {
        let environment = Some(outside.environment);
        outside.events.push(Event { at, environment, invocation: invocation.or(self.state.request), kind });
    }

    /// Prints a line of the runtime client's own.
    pub(super) fn print(&mut self, outside: &mut Outside<'_>, now: Instant, text: &str) {
        let request = self.state.request;
        self.with_knex(outside, now, |_, vm, cx| {
            vm.set_context(request.map_or(0, |request| request.0));
            cx.print(vm, Stream::Stderr, Level::Error, text, None);
        });
    }

    /// The process ends. A response that has gone out stands.
    pub(super) fn exit(&mut self, outside: &mut Outside<'_>, exit: ProcessExit) {
        self.asked(outside);
        self.ended = true;
        outside.signals.push(Signal::Exited(exit));
    }
}
