//! `fs` and `fs/promises`: Node's functions on the files under /tmp.

use std::rc::Rc;

use super::arguments::received;
use super::callback;
use super::context::{NodeContext, NodeFunction};
use super::event_loop::NewTimer;
use super::exports::function;
use super::files::{FileError, error};
use crate::event::EventKind;
use javascript::{ErrorKind, HostCall, HostFunction, HostReply, Member, Namespace, Value, Vm};

/// `require('fs')`.
pub(super) static FS: Namespace = Namespace {
    name: "fs",
    members: &[
        function("readFileSync", 2, &NodeFunction(|vm, node, call| at_once(vm, node, call, read))),
        function("writeFileSync", 3, &NodeFunction(|vm, node, call| at_once(vm, node, call, write))),
        function("appendFileSync", 3, &NodeFunction(|vm, node, call| at_once(vm, node, call, append))),
        function("existsSync", 1, &NodeFunction(exists)),
        function("readdirSync", 2, &NodeFunction(|vm, node, call| at_once(vm, node, call, list))),
        function("unlinkSync", 1, &NodeFunction(|vm, node, call| at_once(vm, node, call, unlink))),
        function("mkdirSync", 2, &NodeFunction(|vm, node, call| at_once(vm, node, call, make_folder))),
        function("statSync", 1, &NodeFunction(|vm, node, call| at_once(vm, node, call, stat))),
        Member::Namespace("promises", &PROMISES),
    ],
};

/// `require('fs/promises')`.
pub(super) static PROMISES: Namespace = Namespace {
    name: "fs/promises",
    members: &[
        function("readFile", 2, &NodeFunction(|vm, node, call| promised(vm, node, call, read))),
        function("writeFile", 3, &NodeFunction(|vm, node, call| promised(vm, node, call, write))),
        function("appendFile", 3, &NodeFunction(|vm, node, call| promised(vm, node, call, append))),
        function("readdir", 2, &NodeFunction(|vm, node, call| promised(vm, node, call, list))),
        function("unlink", 1, &NodeFunction(|vm, node, call| promised(vm, node, call, unlink))),
        function("mkdir", 2, &NodeFunction(|vm, node, call| promised(vm, node, call, make_folder))),
        function("stat", 1, &NodeFunction(|vm, node, call| promised(vm, node, call, stat))),
    ],
};

/// The methods of what `stat` gives, bound to their result.
static IS_FILE: HostFunction = HostFunction::native("isFile", 0, &NodeFunction(bound_value));
static IS_DIRECTORY: HostFunction = HostFunction::native("isDirectory", 0, &NodeFunction(bound_value));

/// An operation on the path that is its first argument.
type Operation = fn(&mut Vm, &mut NodeContext<'_>, &HostCall<'_>, Rc<str>) -> Result<Value, FileError>;

/// The synchronous form of an operation.
fn at_once(vm: &mut Vm, node: &mut NodeContext<'_>, call: &HostCall<'_>, operation: Operation) -> HostReply {
    match perform(vm, node, call, operation) {
        Ok(value) => HostReply::Return(value),
        Err(error) => HostReply::Throw(error_object(vm, &error)),
    }
}

/// The promise form of an operation. Node's works in a thread, and calls back from the loop: here that is an immediate.
fn promised(vm: &mut Vm, node: &mut NodeContext<'_>, call: &HostCall<'_>, operation: Operation) -> HostReply {
    let result = perform(vm, node, call, operation);
    let promise = vm.new_promise();
    let (settle, value) = match result {
        Ok(value) => (vm.resolver(&promise, true), value),
        Err(error) => (vm.resolver(&promise, false), error_object(vm, &error)),
    };
    let task = callback::hold(vm, &settle, &[value]);
    node.event_loop.set_immediate(NewTimer {
        task,
        repeats: false,
        refed: true,
        set_by: node.output.invocation,
        position: None,
        context: vm.context(),
    });
    HostReply::Return(promise)
}

fn perform(
    vm: &mut Vm,
    node: &mut NodeContext<'_>,
    call: &HostCall<'_>,
    operation: Operation,
) -> Result<Value, FileError> {
    match call.argument(0) {
        Value::String(path) => operation(vm, node, call, path),
        other => Err(wrong_type(vm, "path", "Buffer or URL", &other)),
    }
}

fn read(_: &mut Vm, node: &mut NodeContext<'_>, _: &HostCall<'_>, path: Rc<str>) -> Result<Value, FileError> {
    node.files.read(&path).map(Value::String)
}

fn write(vm: &mut Vm, node: &mut NodeContext<'_>, call: &HostCall<'_>, path: Rc<str>) -> Result<Value, FileError> {
    write_with(vm, node, call, path, "w")
}

fn append(vm: &mut Vm, node: &mut NodeContext<'_>, call: &HostCall<'_>, path: Rc<str>) -> Result<Value, FileError> {
    write_with(vm, node, call, path, "a")
}

/// Writes with the flag of the options, or with `default_flag` if they have none.
fn write_with(
    vm: &mut Vm,
    node: &mut NodeContext<'_>,
    call: &HostCall<'_>,
    path: Rc<str>,
    default_flag: &str,
) -> Result<Value, FileError> {
    let Value::String(text) = call.argument(1) else {
        return Err(wrong_type(vm, "data", "Buffer, TypedArray, or DataView", &call.argument(1)));
    };
    let flag = option(vm, call, 2, "flag");
    let flag = flag.as_str().unwrap_or(default_flag);
    if flag.contains('x') && node.files.exists(&path) {
        return Err(error("EEXIST", "open", Some(&path)));
    }
    if flag.contains('a') {
        node.files.append(&path, text)?;
    } else {
        node.files.write(&path, text)?;
    }
    let bytes = node.files.stat(&path).ok().map(|stat| stat.bytes);
    node.output.emit(vm, EventKind::FileChanged { path, bytes });
    Ok(Value::Undefined)
}

/// Unlike the others, `existsSync` takes any argument and never throws.
fn exists(_: &mut Vm, node: &mut NodeContext<'_>, call: &HostCall<'_>) -> HostReply {
    HostReply::Return(Value::Boolean(call.argument(0).as_str().is_some_and(|path| node.files.exists(path))))
}

fn list(vm: &mut Vm, node: &mut NodeContext<'_>, _: &HostCall<'_>, path: Rc<str>) -> Result<Value, FileError> {
    let names = node.files.list(&path)?;
    Ok(vm.heap_mut().new_array(names.into_iter().map(Value::String).collect()))
}

fn unlink(vm: &mut Vm, node: &mut NodeContext<'_>, _: &HostCall<'_>, path: Rc<str>) -> Result<Value, FileError> {
    node.files.unlink(&path)?;
    node.output.emit(vm, EventKind::FileChanged { path, bytes: None });
    Ok(Value::Undefined)
}

/// With `recursive`, the result is the first folder that was made.
fn make_folder(
    vm: &mut Vm,
    node: &mut NodeContext<'_>,
    call: &HostCall<'_>,
    path: Rc<str>,
) -> Result<Value, FileError> {
    let recursive = option(vm, call, 1, "recursive").is_truthy();
    let first = node.files.make_folder(&path, recursive)?;
    Ok(first.filter(|_| recursive).map(Value::string).unwrap_or_default())
}

fn stat(vm: &mut Vm, node: &mut NodeContext<'_>, _: &HostCall<'_>, path: Rc<str>) -> Result<Value, FileError> {
    let stat = node.files.stat(&path)?;
    let object = vm.heap_mut().new_object();
    vm.set(&object, "size", Value::Number(stat.bytes as f64));
    for (function, is) in [(&IS_FILE, !stat.folder), (&IS_DIRECTORY, stat.folder)] {
        let method = vm.host_function(function, Value::Boolean(is));
        vm.set(&object, function.name, method);
    }
    Ok(object)
}

fn bound_value(_: &mut Vm, _: &mut NodeContext<'_>, call: &HostCall<'_>) -> HostReply {
    HostReply::Return(call.bound.clone())
}

/// An option of a call whose options are an object; else `undefined`.
fn option(vm: &Vm, call: &HostCall<'_>, index: usize, name: &str) -> Value {
    let options = call.argument(index);
    if options.as_object().is_some() { vm.get(&options, name) } else { Value::Undefined }
}

fn wrong_type(vm: &Vm, name: &str, wanted: &str, value: &Value) -> FileError {
    let received = received(vm, value);
    let message =
        format!("The \"{name}\" argument must be of type string or an instance of {wanted}. Received {received}");
    FileError::refused("ERR_INVALID_ARG_TYPE", message)
}

fn error_object(vm: &mut Vm, error: &FileError) -> Value {
    let kind = if error.code == "ERR_INVALID_ARG_TYPE" { ErrorKind::TypeError } else { ErrorKind::Error };
    let object = vm.new_error(kind, &error.message);
    let number = error.number();
    if number != 0 {
        vm.set(&object, "errno", Value::Number(f64::from(number)));
    }
    vm.set(&object, "code", Value::string(error.code));
    if number != 0 {
        vm.set(&object, "syscall", Value::string(error.call));
    }
    if let Some(path) = &error.path {
        vm.set(&object, "path", Value::String(path.clone()));
    }
    object
}
