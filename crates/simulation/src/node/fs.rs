//! `fs` and `fs.promises`: Node's calls on the files under /tmp.

use super::event_loop::NewTimer;
use super::files::{FileError, Files, error};
use super::surface::{Surroundings, Told, function, received, task_of};
use javascript::{Answer, ErrorKind, HostCall, Value, Vm};

/// A call of one of its functions.
pub(super) fn call(vm: &mut Vm, around: &mut Surroundings<'_>, call: &HostCall<'_>) -> (Answer, Told) {
    let promised = call.function & function::PROMISED != 0;
    let (done, told) = work(vm, around.files, call.function & !function::PROMISED, call);
    if !promised {
        return match done {
            Ok(value) => (Answer::Return(value), told),
            Err(error) => (Answer::Throw(error_object(vm, &error)), told),
        };
    }
    // The real one works in a thread and calls back from the loop: here that is an immediate.
    let promise = vm.new_promise();
    let (settle, value) = match done {
        Ok(value) => (vm.resolver(&promise, true), value),
        Err(error) => (vm.resolver(&promise, false), error_object(vm, &error)),
    };
    let task = task_of(vm, &settle, &[value]);
    around.event_loop.set_immediate(NewTimer {
        task,
        repeats: false,
        refed: true,
        set_by: around.invocation,
        position: None,
        context: vm.context(),
    });
    (Answer::Return(promise), told)
}

fn work(vm: &mut Vm, files: &mut Files, number: u16, call: &HostCall<'_>) -> (Result<Value, FileError>, Told) {
    let path = match call.argument(0) {
        Value::String(path) => path,
        _ if number == function::EXISTS => return (Ok(Value::Boolean(false)), Told::Nothing),
        other => return (Err(wrong_type(vm, "path", "Buffer or URL", &other)), Told::Nothing),
    };
    match number {
        function::READ => (files.read(&path).map(Value::String), Told::Nothing),
        function::WRITE | function::APPEND => {
            let done = write(vm, files, &path, number == function::APPEND, call);
            let size = files.stat(&path).ok().map(|stat| stat.bytes);
            let told = if done.is_ok() { Told::FileChanged(path, size) } else { Told::Nothing };
            (done.map(|()| Value::Undefined), told)
        }
        function::EXISTS => (Ok(Value::Boolean(files.exists(&path))), Told::Nothing),
        function::LIST => {
            let list = files.list(&path).map(|names| names.into_iter().map(Value::String).collect());
            (list.map(|names| vm.heap_mut().new_array(names)), Told::Nothing)
        }
        function::UNLINK => {
            let done = files.unlink(&path);
            let told = if done.is_ok() { Told::FileChanged(path.clone(), None) } else { Told::Nothing };
            (done.map(|()| Value::Undefined), told)
        }
        function::MAKE_FOLDER => {
            let recursive = option(vm, call, 1, "recursive").is_truthy();
            let made = files.make_folder(&path, recursive);
            (made.map(|first| first.filter(|_| recursive).map(Value::string).unwrap_or_default()), Told::Nothing)
        }
        _ => {
            let stat = files.stat(&path).map(|stat| {
                let object = vm.heap_mut().new_object();
                vm.set(&object, "size", Value::Number(stat.bytes as f64));
                for (name, is) in [("isFile", !stat.folder), ("isDirectory", stat.folder)] {
                    let method = vm.host_function(function::IS_FILE, name, Value::Boolean(is));
                    vm.set(&object, name, method);
                }
                object
            });
            (stat, Told::Nothing)
        }
    }
}

/// An option of a call, where its options are an object.
fn option(vm: &Vm, call: &HostCall<'_>, index: usize, name: &str) -> Value {
    let options = call.argument(index);
    if options.as_object().is_some() { vm.get(&options, name) } else { Value::Undefined }
}

/// `writeFile` and `appendFile`; the flag says which of them it is, where there is one.
fn write(vm: &Vm, files: &mut Files, path: &str, appends: bool, call: &HostCall<'_>) -> Result<(), FileError> {
    let Value::String(text) = call.argument(1) else {
        return Err(wrong_type(vm, "data", "Buffer, TypedArray, or DataView", &call.argument(1)));
    };
    let flag = option(vm, call, 2, "flag");
    let flag = flag.as_str().unwrap_or(if appends { "a" } else { "w" });
    if flag.contains('x') && files.exists(path) {
        return Err(error("EEXIST", "open", Some(path)));
    }
    if flag.contains('a') { files.append(path, text) } else { files.write(path, text) }
}

fn wrong_type(vm: &Vm, name: &str, wanted: &str, value: &Value) -> FileError {
    let wanted = format!("The \"{name}\" argument must be of type string or an instance of {wanted}. Received ");
    FileError::refused("ERR_INVALID_ARG_TYPE", wanted + &received(vm, value))
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
