//! `Object`, `Boolean`, and the two functions of `JSON`.

#![allow(clippy::unnecessary_wraps, reason = "the table takes functions of one type")]

use std::rc::Rc;

use super::super::heap::{ErrorKind, ObjectKind};
use super::super::value::Value;
use super::super::{convert, json, subset, text};
use super::{Natives, Thrown, argument, arrays};
use crate::limits;
use base::decimal;

type Outcome = Result<Value, Thrown>;

pub(super) fn boolean(_: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> Outcome {
    Ok(Value::Boolean(argument(arguments, 0).is_truthy()))
}

/// `$shown(value)` of libraries: the words in which V8's messages mention a value.
pub(super) fn shown(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> Outcome {
    convert::shown_in_message(natives.heap, argument(arguments, 0)).map(Value::String)
}

/// The own enumerable properties of a value, in order.
pub(super) fn own_properties(natives: &Natives<'_>, value: &Value) -> Vec<(Rc<str>, Value)> {
    let mut own = Vec::new();
    let numbered = |(index, value): (usize, Value)| (Rc::from(index.to_string()), value);
    match value {
        Value::String(text) => {
            own.extend(text::split_units(text).into_iter().map(Value::String).enumerate().map(numbered));
        }
        Value::Object(id) => {
            let object = natives.heap.get(*id);
            if let ObjectKind::Array(elements) = &object.kind {
                own.extend(elements.iter().cloned().enumerate().map(numbered));
            }
            own.extend(object.properties.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        _ => {}
    }
    own
}

fn own_of_argument(natives: &Natives<'_>, arguments: &[Value]) -> Result<Vec<(Rc<str>, Value)>, Thrown> {
    let value = argument(arguments, 0);
    if value.is_nullish() {
        return Err(Thrown::type_error("Cannot convert undefined or null to object"));
    }
    Ok(own_properties(natives, value))
}

pub(super) fn keys(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> Outcome {
    let keys = own_of_argument(natives, arguments)?.into_iter().map(|(key, _)| Value::String(key)).collect();
    Ok(natives.heap.new_array(keys))
}

pub(super) fn values(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> Outcome {
    let values = own_of_argument(natives, arguments)?.into_iter().map(|(_, value)| value).collect();
    Ok(natives.heap.new_array(values))
}

pub(super) fn entries(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> Outcome {
    let own = own_of_argument(natives, arguments)?;
    let entries = own.into_iter().map(|(key, value)| natives.heap.new_array(vec![Value::String(key), value])).collect();
    Ok(natives.heap.new_array(entries))
}

pub(super) fn assign(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> Outcome {
    let target = argument(arguments, 0);
    if target.is_nullish() {
        return Err(Thrown::type_error("Cannot convert undefined or null to object"));
    }
    if target.as_object().is_none() {
        let kind = convert::type_of(natives.heap, target);
        let message = subset::message(&format!("Object.assign to a {kind}"));
        return Err(Thrown::type_error(message));
    }
    for source in arguments.iter().skip(1) {
        for (key, value) in own_properties(natives, source) {
            set(natives, target, &key, value)?;
        }
    }
    Ok(target.clone())
}

/// Sets a property as an assignment does.
fn set(natives: &mut Natives<'_>, target: &Value, key: &Rc<str>, value: Value) -> Result<(), Thrown> {
    let Some(id) = target.as_object() else { return Ok(()) };
    let heap = &mut *natives.heap;
    match &mut heap.get_mut(id).kind {
        ObjectKind::Array(elements) => {
            if let Some(index) = super::super::heap::array_index(key) {
                let index = index as usize;
                if index >= limits::ARRAY_ELEMENTS {
                    return Err(Thrown::range_error(limits::ARRAY_MESSAGE));
                }
                if index >= elements.len() {
                    let more = index + 1 - elements.len();
                    elements.resize(index + 1, Value::Undefined);
                    elements[index] = value;
                    heap.charge(more * size_of::<Value>());
                } else {
                    elements[index] = value;
                }
                return Ok(());
            }
        }
        ObjectKind::Error(data) if &**key == "message" => {
            data.message = value;
            return Ok(());
        }
        _ => {}
    }
    heap.set_property(id, key, value);
    Ok(())
}

pub(super) fn from_entries(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> Outcome {
    let list = argument(arguments, 0);
    let Some(entries) = arrays::iterated(natives.heap, list) else {
        let message = match list {
            Value::Undefined | Value::Null => "undefined is not iterable".into(),
            Value::Object(_) => {
                let kind = convert::type_of(natives.heap, list);
                format!("{kind} is not iterable (cannot read property Symbol(Symbol.iterator))")
            }
            _ => {
                let shown = convert::to_text(natives.heap, list)?;
                let kind = convert::type_of(natives.heap, list);
                format!("{kind} {shown} is not iterable (cannot read property Symbol(Symbol.iterator))")
            }
        };
        return Err(Thrown::type_error(message));
    };
    let object = natives.heap.new_object();
    for entry in entries {
        let Some(id) = entry.as_object() else {
            let shown = convert::to_text(natives.heap, &entry)?;
            return Err(Thrown::type_error(format!("Iterator value {shown} is not an entry object")));
        };
        let part = |index: usize| match &natives.heap.get(id).kind {
            ObjectKind::Array(elements) => elements.get(index).cloned(),
            _ => natives.heap.get(id).properties.get(if index == 0 { "0" } else { "1" }).cloned(),
        };
        let (key, value) = (part(0).unwrap_or_default(), part(1).unwrap_or_default());
        let key = convert::to_text(natives.heap, &key)?;
        set(natives, &object, &key, value)?;
    }
    Ok(object)
}

/// `$jsonParse(text)` of the prelude: `JSON.parse` without a function.
pub(super) fn json_parse(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> Outcome {
    let text = convert::to_text(natives.heap, argument(arguments, 0))?;
    json::parse(natives.heap, &text).map_err(|error| Thrown(ErrorKind::SyntaxError, error.message))
}

/// `$jsonStringify(value, keys, indent)` of the prelude: `JSON.stringify` without a function.
pub(super) fn json_stringify(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> Outcome {
    let indent = match argument(arguments, 2) {
        // V8 breaks lines for any number above 0, and indents them by its whole part.
        Value::Number(count) if *count > 0.0 => Some(" ".repeat(decimal::between(*count, 0.0, 10.0) as usize)),
        Value::String(text) if !text.is_empty() => Some(text::slice(text, 0, 10).as_ref().into()),
        _ => None,
    };
    let replacer = argument(arguments, 1);
    let mut keys = None;
    if let Some(listed) = natives.heap.array(replacer) {
        let mut list: Vec<Rc<str>> = Vec::new();
        for key in listed.iter().filter(|key| matches!(key, Value::String(_) | Value::Number(_))) {
            let key = convert::to_text(natives.heap, key)?;
            if !list.contains(&key) {
                list.push(key);
            }
        }
        keys = Some(list);
    }
    match json::stringify_with(natives.heap, argument(arguments, 0), indent.as_deref(), keys.as_deref())? {
        Some(text) => Ok(natives.heap.string(text)),
        None => Ok(Value::Undefined),
    }
}
