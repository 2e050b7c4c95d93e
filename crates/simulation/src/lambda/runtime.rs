//! The runtime client: what AWS' Node runtime does between Lambda and the handler.
//!
//! ```text
//!   load the module ──► ask for the next event ──► call the handler ──► settled ──► respond, ask for the next …
//!            │                                         │
//!            └── throws: the init has failed           └── throws, rejects: respond with the error
//! ```
//!
//! It keeps one request id for the whole process and sets it when it reads an event: a late line is attributed to whatever
//! invocation that id names. It responds as soon as the outcome is known, and asks for the next event in an immediate. The
//! service hears of that, and freezes the environment, a moment later, when the process has gone round its loop once more:
//! the invocation is over then. Microtasks, ticks and immediates that the handler left behind come before that; what else
//! it began goes on for as long as the environment is awake, and after the next thaw. (Source: the runtime interface
//! client 3.3.0 for Node, `CallbackContext` and `Runtime.scheduleIteration`.)

use core::fmt::Write as _;
use std::rc::Rc;

use crate::event::{Failure, InvocationId};
use javascript::{Handle, Value, Vm, json};

/// What the runtime calls it when a file that the module requires is not there.
pub const IMPORT_MODULE_ERROR: &str = "Runtime.ImportModuleError";
/// The loop's task for a response that waited for the loop to be empty.
pub const COMPLETE: u32 = 2;
/// The loop's task for asking for the next event.
pub const ASK: u32 = 3;
/// The loop's task, a turn later, for having asked: the service has heard it.
pub const ASKED: u32 = 4;

/// The response of the runtime to an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// The value as JSON.
    Value(Rc<str>),
    /// The error.
    Error(Failure),
}

/// The invocation that the process works on.
#[derive(Clone, Debug)]
pub struct Current {
    /// Which.
    pub invocation: InvocationId,
    /// `context`, where `callbackWaitsForEmptyEventLoop` is looked up.
    pub context: Handle,
    /// Only the first of all ways to respond counts.
    pub answered: bool,
    /// Whether the handler returned a promise: then only that decides, and an empty loop says nothing.
    pub promised: bool,
    /// The value that waits for the loop to be empty.
    pub when_empty: Option<Response>,
    /// What was responded with: the next event is about to be asked for.
    pub response: Option<Response>,
}

/// Why a process ended by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProcessExit {
    /// The code called `process.exit`.
    Exited {
        /// The exit code. The operating system keeps its last eight bits.
        code: i32,
    },
    /// The values took more memory than the process may have, and the operating system killed it.
    OutOfMemory {
        /// Lambda's words for it.
        message: Rc<str>,
    },
    /// An error or a rejection was not caught.
    Uncaught(Failure),
}

impl ProcessExit {
    /// The text after `Error:` in the line that Lambda writes to the log.
    pub(crate) fn log_message(&self) -> Rc<str> {
        match self {
            Self::Exited { code: 0 } => "Runtime exited without providing a reason".into(),
            Self::Exited { code } => format!("Runtime exited with error: exit status {}", code & 0xff).into(),
            Self::OutOfMemory { message } => message.clone(),
            Self::Uncaught(_) => "Runtime exited with error: exit status 128".into(),
        }
    }

    /// The error that Lambda reports for the invocation with this request id.
    pub(crate) fn into_failure(self, request_id: &str) -> Failure {
        match self {
            Self::Exited { .. } => Failure {
                name: "Runtime.ExitError".into(),
                message: format!("RequestId: {request_id} Error: {}", self.log_message()).into(),
                code: None,
            },
            Self::OutOfMemory { message } => Failure { name: "Runtime.OutOfMemory".into(), message, code: None },
            Self::Uncaught(failure) => failure,
        }
    }
}

/// The handler's value as Lambda's response; `None` where there is no JSON for it.
pub fn response_of(vm: &Vm, value: &Value) -> Option<Response> {
    let text = vm.json_stringify_checked(value).ok()?;
    Some(Response::Value(text.unwrap_or_else(|| "null".to_owned()).into()))
}

/// The error as Lambda's response names it.
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

/// The JSON that the runtime prints of an error: type, message, its own properties, and the stack's lines.
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
        // The runtime wraps what is not an error into one.
        write_members(&mut out, "Error", &vm.display(thrown));
        out.push_str(",\"stack\":[");
        json::quote(&mut out, &format!("Error: {}", vm.display(thrown)));
        out.push(']');
    }
    out.push('}');
    out
}

/// The JSON that the runtime prints of an error of its own: type, message, and the lines that its stack begins with.
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

/// What the runtime prints, and what the process ends with, when a rejection has no handler.
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
