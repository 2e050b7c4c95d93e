//! `path`: Node's functions on paths, in their form for Linux.

use std::rc::Rc;

use super::arguments::wrong_type;
use super::context::{NodeContext, NodeFunction};
use super::exports::function;
use super::files;
use javascript::{HostCall, HostReply, Member, Namespace, Value, Vm};

/// `require('path')`.
pub(super) static PATH: Namespace = Namespace {
    name: "path",
    members: &[
        function("join", 0, &NodeFunction(join)),
        function("resolve", 0, &NodeFunction(resolve)),
        function("basename", 2, &NodeFunction(base_name)),
        function("dirname", 1, &NodeFunction(|vm, _, call| text_of_path(vm, call, folder_of))),
        function("extname", 1, &NodeFunction(|vm, _, call| text_of_path(vm, call, extension_of))),
        function("normalize", 1, &NodeFunction(|vm, _, call| text_of_path(vm, call, normalized))),
        function("isAbsolute", 1, &NodeFunction(is_absolute)),
        Member::Text("sep", "/"),
    ],
};

fn join(vm: &mut Vm, _: &mut NodeContext<'_>, call: &HostCall<'_>) -> HostReply {
    let parts = strings(vm, call.arguments, |_| "path".to_owned());
    reply(parts.map(|mut parts| {
        parts.retain(|part| !part.is_empty());
        Value::string(normalized(&parts.join("/")))
    }))
}

fn resolve(vm: &mut Vm, _: &mut NodeContext<'_>, call: &HostCall<'_>) -> HostReply {
    let parts = strings(vm, call.arguments, |index| format!("paths[{index}]"));
    reply(parts.map(|parts| {
        let whole = parts.iter().fold(String::new(), |whole, part| {
            if part.starts_with('/') || whole.is_empty() { part.to_string() } else { format!("{whole}/{part}") }
        });
        Value::string(files::normal(&whole))
    }))
}

fn base_name(vm: &mut Vm, _: &mut NodeContext<'_>, call: &HostCall<'_>) -> HostReply {
    reply(path_arguments(vm, call).map(|parts| {
        let suffix = parts.get(1).map_or("", |suffix| suffix);
        let base = last_part(&parts[0]);
        let stripped = base.strip_suffix(suffix).filter(|rest| !rest.is_empty());
        Value::string(if suffix == &*parts[0] { "" } else { stripped.unwrap_or(base) })
    }))
}

fn is_absolute(vm: &mut Vm, _: &mut NodeContext<'_>, call: &HostCall<'_>) -> HostReply {
    reply(path_arguments(vm, call).map(|parts| Value::Boolean(parts[0].starts_with('/'))))
}

/// A function of one path whose result is a string.
fn text_of_path(vm: &mut Vm, call: &HostCall<'_>, function: fn(&str) -> String) -> HostReply {
    reply(path_arguments(vm, call).map(|parts| Value::string(function(&parts[0]))))
}

fn reply(result: Result<Value, Value>) -> HostReply {
    match result {
        Ok(value) => HostReply::Return(value),
        Err(error) => HostReply::Throw(error),
    }
}

/// The arguments of a function that wants at least one path.
fn path_arguments(vm: &mut Vm, call: &HostCall<'_>) -> Result<Vec<Rc<str>>, Value> {
    let arguments = if call.arguments.is_empty() { &[Value::Undefined][..] } else { call.arguments };
    strings(vm, arguments, |_| "path".to_owned())
}

/// The arguments, if all are strings. `name` gives the name of an argument by its index.
fn strings(vm: &mut Vm, arguments: &[Value], name: fn(usize) -> String) -> Result<Vec<Rc<str>>, Value> {
    let mut strings = Vec::new();
    for (index, argument) in arguments.iter().enumerate() {
        match argument {
            Value::String(text) => strings.push(text.clone()),
            other => return Err(wrong_type(vm, &name(index), "string", other)),
        }
    }
    Ok(strings)
}

fn last_part(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

fn folder_of(path: &str) -> String {
    match path.trim_end_matches('/').rsplit_once('/') {
        Some(("", _)) => "/".to_owned(),
        Some((folder, _)) => folder.to_owned(),
        None if path.starts_with('/') => "/".to_owned(),
        None => ".".to_owned(),
    }
}

fn extension_of(path: &str) -> String {
    let base = last_part(path);
    match base.rfind('.') {
        Some(dot) if dot > 0 && base != ".." => base[dot..].to_owned(),
        _ => String::new(),
    }
}

/// The path without `.`, `..` and doubled slashes. A relative path stays relative.
fn normalized(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            part => parts.push(part),
        }
    }
    let mut joined = parts.join("/");
    if joined.is_empty() && !absolute {
        joined.push('.');
    }
    if path.ends_with('/') && !joined.is_empty() {
        joined.push('/');
    }
    if absolute { format!("/{joined}") } else { joined }
}
