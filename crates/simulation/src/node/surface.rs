//! What Node adds to the language for a handler: `console`, timers, `process`, `require` of its own modules.
//!
//! Host functions have numbers; [`function`] lists them. A module such as `fs` is a plain object of them, made when it is
//! first asked for.

use std::rc::Rc;

use super::event_loop::{Drain, EventLoop, Task, Tick};
use super::files::Files;
pub use super::timer_objects::{TIMER, forget, property as timer_property};
use super::{fs, path, timer_objects};
use crate::event::{InvocationId, Level, Stream, TimerId};
use crate::limits;
use base::time::Instant;
use javascript::ObjectKind;
use javascript::{Answer, ErrorKind, HostCall, Value, Vm, convert, inspect};

/// The host functions of Node.
#[allow(missing_docs)] // the names say it
pub mod function {
    pub const LOG: u16 = 0x01;
    pub const INFO: u16 = 0x02;
    pub const DEBUG: u16 = 0x03;
    pub const WARN: u16 = 0x04;
    pub const ERROR: u16 = 0x05;
    pub const SET_TIMEOUT: u16 = 0x20;
    pub const SET_INTERVAL: u16 = 0x21;
    pub const SET_IMMEDIATE: u16 = 0x22;
    pub const CLEAR: u16 = 0x23;
    pub const NEXT_TICK: u16 = 0x24;
    pub const EXIT: u16 = 0x25;
    pub const ON: u16 = 0x26;
    pub const REQUIRE: u16 = 0x27;
    pub const UNREF: u16 = 0x28;
    pub const REF: u16 = 0x29;
    pub const HAS_REF: u16 = 0x2a;
    pub const REFRESH: u16 = 0x2b;
    pub const CLOSE: u16 = 0x2c;
    pub const CLEAR_IMMEDIATE: u16 = 0x2d;
    pub const READ: u16 = 0x30;
    pub const WRITE: u16 = 0x31;
    pub const APPEND: u16 = 0x32;
    pub const EXISTS: u16 = 0x33;
    pub const LIST: u16 = 0x34;
    pub const UNLINK: u16 = 0x35;
    pub const MAKE_FOLDER: u16 = 0x36;
    pub const STAT: u16 = 0x37;
    /// Added to one of the above: the promise form.
    pub const PROMISED: u16 = 0x08;
    pub const JOIN: u16 = 0x48;
    pub const RESOLVE: u16 = 0x49;
    pub const BASENAME: u16 = 0x4a;
    pub const DIRNAME: u16 = 0x4b;
    pub const EXTNAME: u16 = 0x4c;
    pub const IS_FILE: u16 = 0x4d;
    pub const NORMALIZE: u16 = 0x4e;
    pub const IS_ABSOLUTE: u16 = 0x4f;
}

/// Characters of a string up to which an error message has all of it.
const LONG: usize = 28;

const FILE_FUNCTIONS: [(&str, u16); 8] = [
    ("readFile", function::READ),
    ("writeFile", function::WRITE),
    ("appendFile", function::APPEND),
    ("exists", function::EXISTS),
    ("readdir", function::LIST),
    ("unlink", function::UNLINK),
    ("mkdir", function::MAKE_FOLDER),
    ("stat", function::STAT),
];

/// What a call has to do with besides the machine.
pub struct Surroundings<'a> {
    /// The time.
    pub now: Instant,
    /// The invocation whose request id the runtime holds.
    pub invocation: Option<InvocationId>,
    /// The loop.
    pub event_loop: &'a mut EventLoop,
    /// The ticks.
    pub drain: &'a mut Drain,
    /// /tmp.
    pub files: &'a mut Files,
}

/// What a call changed that others must be told of.
#[derive(Debug, PartialEq)]
pub enum Told {
    /// Nothing.
    Nothing,
    /// A line was printed.
    Printed(Stream, Level, String),
    /// A timer or immediate was set.
    TimerSet(TimerId, Instant),
    /// One was cleared.
    TimerCleared(TimerId),
    /// A file changed: its path, and its size where it is still there.
    FileChanged(Rc<str>, Option<u64>),
}

/// The value of one of Node's globals; `environment` is `process.env`.
pub fn global(vm: &mut Vm, name: &str, environment: &[(Rc<str>, Rc<str>)]) -> Option<Value> {
    let number = match name {
        "console" => {
            let methods = [
                ("log", function::LOG),
                ("info", function::INFO),
                ("debug", function::DEBUG),
                ("warn", function::WARN),
                ("error", function::ERROR),
            ];
            return Some(object_of(vm, &methods));
        }
        "process" => {
            let methods = [("nextTick", function::NEXT_TICK), ("exit", function::EXIT), ("on", function::ON)];
            let process = object_of(vm, &methods);
            let variables = vm.heap_mut().new_object();
            for (name, value) in environment {
                vm.set(&variables, name, Value::String(value.clone()));
            }
            vm.keep_texts(&variables);
            vm.set(&process, "env", variables);
            return Some(process);
        }
        "setTimeout" => function::SET_TIMEOUT,
        "setInterval" => function::SET_INTERVAL,
        "setImmediate" => function::SET_IMMEDIATE,
        "clearTimeout" | "clearInterval" => function::CLEAR,
        "clearImmediate" => function::CLEAR_IMMEDIATE,
        _ => return None,
    };
    Some(vm.host_function(number, name, Value::Undefined))
}

/// One of Node's own modules: the same object each time, as every module is.
pub fn module(vm: &mut Vm, name: &str) -> Option<Value> {
    let name = name.strip_prefix("node:").unwrap_or(name);
    let kept = format!("node:{name}");
    if let Some(module) = vm.kept(&kept) {
        return Some(module);
    }
    let module = new_module(vm, name)?;
    vm.keep(&kept, &module);
    Some(module)
}

fn new_module(vm: &mut Vm, name: &str) -> Option<Value> {
    match name {
        "fs" => {
            let fs = vm.heap_mut().new_object();
            for (name, number) in FILE_FUNCTIONS {
                let function = vm.host_function(number, name, Value::Undefined);
                vm.set(&fs, &format!("{name}Sync"), function);
            }
            let promises = module(vm, "fs/promises").unwrap_or_default();
            vm.set(&fs, "promises", promises);
            Some(fs)
        }
        "fs/promises" => Some(file_promises(vm)),
        "path" => {
            let methods = [
                ("join", function::JOIN),
                ("resolve", function::RESOLVE),
                ("basename", function::BASENAME),
                ("dirname", function::DIRNAME),
                ("extname", function::EXTNAME),
                ("normalize", function::NORMALIZE),
                ("isAbsolute", function::IS_ABSOLUTE),
            ];
            let path = object_of(vm, &methods);
            vm.set(&path, "sep", Value::string("/"));
            Some(path)
        }
        "util" => {
            let util = vm.heap_mut().new_object();
            let promisify = vm.prelude("promisify");
            vm.set(&util, "promisify", promisify);
            Some(util)
        }
        _ => None,
    }
}

fn file_promises(vm: &mut Vm) -> Value {
    let promises = vm.heap_mut().new_object();
    for (name, number) in FILE_FUNCTIONS.into_iter().filter(|(_, number)| *number != function::EXISTS) {
        let function = vm.host_function(number + function::PROMISED, name, Value::Undefined);
        vm.set(&promises, name, function);
    }
    promises
}

fn object_of(vm: &mut Vm, methods: &[(&str, u16)]) -> Value {
    let object = vm.heap_mut().new_object();
    for (name, number) in methods {
        let function = vm.host_function(*number, *name, Value::Undefined);
        vm.set(&object, name, function);
    }
    object
}

/// A call of one of Node's functions (`require` is the owner's).
pub fn call(vm: &mut Vm, around: &mut Surroundings<'_>, call: &HostCall<'_>) -> (Answer, Told) {
    match call.function {
        function::LOG..=function::ERROR => (Answer::Return(Value::Undefined), print(vm, call)),
        function::SET_TIMEOUT | function::SET_INTERVAL | function::SET_IMMEDIATE => {
            timer_objects::set(vm, around, call)
        }
        function::CLEAR | function::CLEAR_IMMEDIATE => {
            (Answer::Return(Value::Undefined), timer_objects::clear(vm, around, call, &call.argument(0)))
        }
        function::UNREF..=function::CLOSE => timer_objects::call(vm, around, call),
        function::NEXT_TICK => {
            let callback = call.argument(0);
            if !vm.is_callable(&callback) {
                return (not_callable(vm, "callback", &callback), Told::Nothing);
            }
            let task = task_of(vm, &callback, call.arguments.get(1..).unwrap_or_default());
            around.drain.next_tick(Tick { task, context: vm.context() });
            (Answer::Return(Value::Undefined), Told::Nothing)
        }
        function::EXIT => {
            let code = call.argument(0).as_number().unwrap_or(0.0) as i32;
            (Answer::Exit(code), Told::Nothing)
        }
        function::ON => {
            let listener = call.argument(1);
            if !vm.is_callable(&listener) {
                return (not_callable(vm, "listener", &listener), Told::Nothing);
            }
            // The runtime client's own listener comes first, and ends the process: this one is never called.
            (Answer::Return(Value::Undefined), Told::Nothing)
        }
        function::READ..=0x3f => fs::call(vm, around, call),
        _ => (path::call(vm, call), Told::Nothing),
    }
}

fn print(vm: &Vm, call: &HostCall<'_>) -> Told {
    let (stream, level) = match call.function {
        function::DEBUG => (Stream::Stdout, Level::Debug),
        function::WARN => (Stream::Stderr, Level::Warn),
        function::ERROR => (Stream::Stderr, Level::Error),
        _ => (Stream::Stdout, Level::Info),
    };
    let mut text = inspect::format_arguments(vm.heap(), &class_name, call.arguments);
    if text.len() > limits::LOG_LINE_CHARACTERS {
        let mut end = limits::LOG_LINE_CHARACTERS;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
    Told::Printed(stream, level, text)
}

/// What `console` shows of a host object: its class.
pub fn class_name(class: u16) -> &'static str {
    match class {
        TIMER => "Timeout",
        0x10 => "knex",
        0x11 => "Client_PG",
        0x12 => "Pool",
        _ => "Raw",
    }
}

pub(super) fn task_of(vm: &mut Vm, function: &Value, arguments: &[Value]) -> Task {
    let arguments = arguments.iter().map(|argument| vm.retain(argument.clone())).collect();
    Task::Call { function: vm.retain(function.clone()), arguments }
}

/// What Node says of an argument that it does not take.
pub(super) fn received(vm: &Vm, value: &Value) -> String {
    let shown = inspect::inspect(vm.heap(), &class_name, value);
    let kind = match value {
        Value::Undefined | Value::Null => return shown,
        Value::Object(id) => match &vm.heap().get(*id).kind {
            ObjectKind::Array(_) => return "an instance of Array".to_owned(),
            ObjectKind::Promise(_) => return "an instance of Promise".to_owned(),
            ObjectKind::Error(data) => return format!("an instance of {}", convert::error_kind_name(data.kind)),
            kind => {
                return match convert::function_name(kind) {
                    Some(name) => format!("function {name}"),
                    None => "an instance of Object".to_owned(),
                };
            }
        },
        Value::String(text) if text.chars().count() > LONG => {
            return format!("type string ('{}...')", text.chars().take(LONG - 3).collect::<String>());
        }
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Boolean(_) => "boolean",
    };
    format!("type {kind} ({shown})")
}

/// The error of an argument of the wrong type: `wanted` says what the right one is.
pub(super) fn wrong_type(vm: &mut Vm, name: &str, wanted: &str, value: &Value) -> Value {
    let message = format!("The \"{name}\" argument must be of type {wanted}. Received {}", received(vm, value));
    let error = vm.new_error(ErrorKind::TypeError, &message);
    vm.set(&error, "code", Value::string("ERR_INVALID_ARG_TYPE"));
    error
}

pub(super) fn not_callable(vm: &mut Vm, name: &str, value: &Value) -> Answer {
    Answer::Throw(wrong_type(vm, name, "function", value))
}
