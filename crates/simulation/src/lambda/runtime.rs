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

/// The error type for a module that requires a file which does not exist.
pub const IMPORT_MODULE_ERROR: &str = "Runtime.ImportModuleError";
/// The loop's task for a response that waited for the loop to be empty.
pub const COMPLETE: u32 = 2;
/// The loop's task for asking for the next event.
pub const ASK: u32 = 3;
/// The loop's task that follows a turn later: the service has received the request for the next event.
pub const ASKED: u32 = 4;

/// The host functions of the runtime.
pub mod function {
    /// The handler's promise was fulfilled; `context.succeed`.
    pub const SUCCEED: u16 = 0x60;
    /// The handler's promise was rejected; `context.fail`.
    pub const FAIL: u16 = 0x61;
    /// The third argument of a handler.
    pub const CALLBACK: u16 = 0x62;
    /// `context.done`.
    pub const DONE: u16 = 0x63;
    /// `context.getRemainingTimeInMillis`.
    pub const REMAINING: u16 = 0x64;
    /// The last number.
    pub const LAST: u16 = REMAINING;
}

/// The response of the runtime to an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// The handler's value as JSON.
    Value(Rc<str>),
    /// The handler's error.
    Error(Failure),
}

/// The invocation that the process works on.
#[derive(Clone, Debug)]
pub struct Current {
    /// The number of the invocation.
    pub invocation: InvocationId,
    /// The handler's `context`. Its property `callbackWaitsForEmptyEventLoop` is read when the handler calls back.
    pub context: Handle,
    /// True once the handler has responded. Only the first response counts.
    pub answered: bool,
    /// True if the handler returned a promise. Then an empty loop does not end the invocation.
    pub promised: bool,
    /// The response that is sent when the loop is empty.
    pub when_empty: Option<Response>,
    /// The response that was sent. The client is about to ask for the next event.
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

/// The response for the handler's value. `None` if the value cannot be written as JSON.
pub fn response_of(vm: &Vm, value: &Value) -> Option<Response> {
    let text = vm.json_stringify_checked(value).ok()?;
    Some(Response::Value(text.unwrap_or_else(|| "null".to_owned()).into()))
}

/// The error in the response for a thrown value.
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

/// The JSON that the runtime prints for a thrown value: type, message, own properties, and the lines of the stack.
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
        // The runtime wraps a value that is not an error into one.
        write_members(&mut out, "Error", &vm.display(thrown));
        out.push_str(",\"stack\":[");
        json::quote(&mut out, &format!("Error: {}", vm.display(thrown)));
        out.push(']');
    }
    out.push('}');
    out
}

/// The JSON that the runtime prints for an error of its own: type, message, and the first lines of the stack.
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

/// The line that the runtime prints for a rejection without a handler, and the error that ends the process.
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
