//! The runtime client: the part of AWS' Node runtime between Lambda and the handler.
//!
//! ```text
//!   load the module ──► ask for the next event ──► call the handler ──► settled ──► respond, ask for the next …
//!            │                                         │
//!            └── throws: the init has failed           └── throws, rejects: respond with the error
//! ```
//!
//! The client keeps one request id for the whole process, and changes it when it reads an event. A line that is printed
//! late is attributed to the invocation of that id.
//!
//! The client responds as soon as the result is known, and asks for the next event in an immediate. The service receives
//! that request when the process has gone round its loop once more. Then the invocation is over, and the environment is
//! frozen. Microtasks, ticks and immediates that the handler left behind run before that. Its timers and queries go on
//! while the environment is awake, and after the next thaw. (Source: the runtime interface client 3.3.0 for Node,
//! `CallbackContext` and `Runtime.scheduleIteration`.)

use core::fmt::Write as _;
use std::rc::Rc;

use crate::event::{Failure, InvocationId};
use javascript::{Handle, Value, Vm, json};

/// The name of the error for a module that requires a file that is not there.
pub const IMPORT_MODULE_ERROR: &str = "Runtime.ImportModuleError";
/// The loop's task that responds with a value that waited for an empty loop.
pub const COMPLETE: u32 = 2;
/// The loop's task that asks for the next event.
pub const ASK: u32 = 3;
/// The loop's task, a turn after [`ASK`]: Lambda has heard that the next event is asked for.
pub const ASKED: u32 = 4;

/// The next event, as the runtime client gets it from the Runtime API (`/runtime/invocation/next`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextEvent {
    /// The invocation.
    pub invocation: InvocationId,
    /// The name of the handler that it calls.
    pub handler: Rc<str>,
    /// The event as JSON.
    pub event: Rc<str>,
}

/// The runtime client's response to an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// The handler's value as JSON.
    Value(Rc<str>),
    /// The handler's error.
    Error(Failure),
}

/// The invocation that the runtime client works on.
#[derive(Clone, Debug)]
pub struct Current {
    /// The invocation.
    pub invocation: InvocationId,
    /// The handler's `context`. Its property `callbackWaitsForEmptyEventLoop` is read when the handler calls back.
    pub context: Handle,
    /// How far the handler is.
    pub progress: Progress,
}

/// How far a handler is.
///
/// ```text
///   Called ──returns a promise──► Promised
///     │ │                            │
///     │ └─ callback(null, value) ────┼──► WaitsForEmptyLoop ──empty loop──┐
///     └─ any other way to respond ───┴────────────────────────────────────┴──► Responded
/// ```
///
/// The first way to respond decides. It may be `callback`, a method of `context`, the promise, or an error that was thrown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It was called, and has returned no promise. If the loop is empty now, the response is null.
    Called,
    /// It has returned a promise: an empty loop decides nothing.
    Promised,
    /// It has called back with a value, which waits for an empty loop.
    WaitsForEmptyLoop(Response),
    /// The response has gone out; the next event is about to be asked for.
    Responded(Response),
}

impl Progress {
    /// True once the response is known.
    pub fn is_decided(&self) -> bool {
        matches!(self, Self::WaitsForEmptyLoop(_) | Self::Responded(_))
    }

    /// The response that waits for an empty loop.
    pub fn waiting(&self) -> Option<&Response> {
        match self {
            Self::WaitsForEmptyLoop(response) => Some(response),
            _ => None,
        }
    }
}

/// The response with a handler's value; `None` if it cannot be written as JSON.
pub fn response_of(vm: &Vm, value: &Value) -> Option<Response> {
    let text = vm.json_stringify_checked(value).ok()?;
    Some(Response::Value(text.unwrap_or_else(|| "null".to_owned()).into()))
}

/// A thrown value as the error of a response.
pub fn failure_of(vm: &Vm, thrown: &Value) -> Failure {
    if vm.is_error(thrown) {
        let code = match vm.get(thrown, "code") {
            Value::String(code) => Some(code),
            _ => None,
        };
        Failure {
            name: vm.error_name(thrown).unwrap_or_else(|| "Error".into()),
            message: vm.error_message(thrown).unwrap_or_default(),
            code,
        }
    } else {
        Failure { name: type_of(thrown).into(), message: vm.display(thrown).into(), code: None }
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Undefined => "undefined",
        Value::Null | Value::Object(_) => "object",
        Value::Boolean(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
    }
}

/// The JSON that the runtime client prints for an error: its type, message, own properties and stack. `file` gives the path
/// of a file.
pub fn error_json(vm: &Vm, thrown: &Value, file: &dyn Fn(crate::event::FileId) -> Rc<str>) -> String {
    let mut out = String::from("{");
    if vm.is_error(thrown) {
        let failure = failure_of(vm, thrown);
        write_members(&mut out, &failure.name, &failure.message);
        for key in vm.keys(thrown) {
            if let Some(text) = vm.json_stringify(&vm.get(thrown, key)) {
                out.push(',');
                json::quote(&mut out, key);
                out.push(':');
                out.push_str(&text);
            }
        }
        write_stack(&mut out, vm, thrown, &failure, file);
    } else {
        // The runtime client wraps any other value into an error.
        write_members(&mut out, "Error", &vm.display(thrown));
        out.push_str(",\"stack\":[");
        json::quote(&mut out, &format!("Error: {}", vm.display(thrown)));
        out.push(']');
    }
    out.push('}');
    out
}

/// The JSON that the runtime client prints for an error of its own: its type and message, and those as the stack.
pub fn failure_json(failure: &Failure) -> String {
    let mut out = String::from("{");
    write_members(&mut out, &failure.name, &failure.message);
    out.push_str(",\"stack\":[");
    for (place, line) in format!("{}: {}", failure.name, failure.message).lines().enumerate() {
        out.push_str(if place == 0 { "" } else { "," });
        json::quote(&mut out, line);
    }
    out.push_str("]}");
    out
}

fn write_members(out: &mut String, name: &str, message: &str) {
    out.push_str("\"errorType\":");
    json::quote(out, name);
    out.push_str(",\"errorMessage\":");
    json::quote(out, message);
}

fn write_stack(
    out: &mut String,
    vm: &Vm,
    error: &Value,
    failure: &Failure,
    file: &dyn Fn(crate::event::FileId) -> Rc<str>,
) {
    out.push_str(",\"stack\":[");
    let first = if failure.message.is_empty() {
        failure.name.to_string()
    } else {
        format!("{}: {}", failure.name, failure.message)
    };
    json::quote(out, &first);
    if let Some(position) = vm.error_position(error) {
        let mut frame = String::from("    at ");
        let _ = write!(frame, "/var/task/{}:{}:{}", file(position.file), position.line, position.column);
        out.push(',');
        json::quote(out, &frame);
    }
    out.push(']');
}

/// The line that the runtime client prints for a rejection without a handler, and the error that ends the process.
pub fn unhandled_rejection(
    vm: &Vm,
    reason: &Value,
    file: &dyn Fn(crate::event::FileId) -> Rc<str>,
) -> (String, Failure) {
    let message = vm.display(reason);
    let failure =
        Failure { name: "Runtime.UnhandledPromiseRejection".into(), message: message.as_str().into(), code: None };
    let mut text = String::from("Unhandled Promise Rejection \t{");
    write_members(&mut text, &failure.name, &message);
    text.push_str(",\"reason\":");
    if vm.is_error(reason) {
        text.push_str(&error_json(vm, reason, file));
    } else {
        text.push_str(&vm.json_stringify(reason).unwrap_or_else(|| "null".to_owned()));
    }
    text.push_str(",\"promise\":{},\"stack\":[");
    json::quote(&mut text, &format!("{}: {message}", failure.name));
    text.push_str("]}");
    (text, failure)
}
