//! `path`: Node's words on paths, those of Linux.

use super::files;
use super::surface::{function, wrong_type};
use javascript::{Answer, HostCall, Value, Vm};

/// A call of one of its functions, or of one that says what a file is.
pub(super) fn call(vm: &mut Vm, call: &HostCall<'_>) -> Answer {
    if call.function == function::IS_FILE {
        return Answer::Return(call.bound.clone());
    }
    let all = matches!(call.function, function::JOIN | function::RESOLVE);
    let mut parts = Vec::new();
    // The others take one argument, and want it.
    let count = if all { call.arguments.len() } else { call.arguments.len().max(1) };
    for index in 0..count {
        match call.argument(index) {
            Value::String(part) => parts.push(part),
            other => {
                let place = format!("paths[{index}]");
                let name = if call.function == function::RESOLVE { &place } else { "path" };
                return Answer::Throw(wrong_type(vm, name, "string", &other));
            }
        }
    }
    let first = parts.first().map_or("", |part| part);
    let base = first.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let text = match call.function {
        function::JOIN => {
            parts.retain(|part| !part.is_empty());
            join(&parts.join("/"))
        }
        function::NORMALIZE => join(first),
        function::IS_ABSOLUTE => return Answer::Return(Value::Boolean(first.starts_with('/'))),
        function::RESOLVE => files::normal(&parts.iter().fold(String::new(), |whole, part| {
            if part.starts_with('/') || whole.is_empty() { part.to_string() } else { format!("{whole}/{part}") }
        })),
        function::BASENAME => {
            let suffix = parts.get(1).map_or("", |suffix| suffix);
            let stripped = base.strip_suffix(suffix).filter(|rest| !rest.is_empty());
            if suffix == first { String::new() } else { stripped.unwrap_or(base).to_owned() }
        }
        function::DIRNAME => match first.trim_end_matches('/').rsplit_once('/') {
            Some(("", _)) => "/".to_owned(),
            Some((folder, _)) => folder.to_owned(),
            None if first.starts_with('/') => "/".to_owned(),
            None => ".".to_owned(),
        },
        _ => match base.rfind('.') {
            Some(dot) if dot > 0 && base != ".." => base[dot..].to_owned(),
            _ => String::new(),
        },
    };
    Answer::Return(Value::string(text))
}

/// `path.join`: without `.`, `..` and doubled slashes; a relative path stays one.
fn join(path: &str) -> String {
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
