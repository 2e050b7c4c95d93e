//! `Array`, and the methods of arrays that take no callback.

#![allow(clippy::unnecessary_wraps, reason = "all functions of the table have one type")]

use super::super::heap::{Heap, ObjectKind};
use super::super::number::to_integer;
use super::super::value::{ObjectId, Value};
use super::super::{convert, text};
use super::numbers::number_argument;
use super::strings::relative;
use super::{Natives, Thrown, argument};
use crate::limits;
use base::decimal;
use base::sort::sort_by;

/// The value that a native function returns, or the error that it throws.
type NativeResult = Result<Value, Thrown>;

fn this_array(natives: &Natives<'_>, this: &Value) -> Result<ObjectId, Thrown> {
    match this.as_object() {
        Some(id) if matches!(natives.heap.get(id).kind, ObjectKind::Array(_)) => Ok(id),
        _ => Err(Thrown::type_error("an array method was called on a value that is no array")),
    }
}

fn elements(heap: &Heap, id: ObjectId) -> &[Value] {
    match &heap.get(id).kind {
        ObjectKind::Array(elements) => elements,
        _ => &[],
    }
}

/// Changes the elements of an array, which may become longer by `more`.
fn change<T>(
    natives: &mut Natives<'_>,
    id: ObjectId,
    more: usize,
    change: impl FnOnce(&mut Vec<Value>) -> T,
) -> Result<T, Thrown> {
    check_length(elements(natives.heap, id).len() + more)?;
    natives.heap.charge(more * size_of::<Value>());
    match &mut natives.heap.get_mut(id).kind {
        ObjectKind::Array(elements) => Ok(change(elements)),
        _ => Err(Thrown::type_error("an array method was called on a value that is no array")),
    }
}

fn check_length(length: usize) -> Result<(), Thrown> {
    if length > limits::ARRAY_ELEMENTS { Err(Thrown::range_error(limits::ARRAY_MESSAGE)) } else { Ok(()) }
}

/// Compares like `===`, except that NaN equals itself ([SameValueZero](https://tc39.es/ecma262/#sec-samevaluezero)).
fn same(left: &Value, right: &Value) -> bool {
    let both_nan = matches!((left, right), (Value::Number(a), Value::Number(b)) if a.is_nan() && b.is_nan());
    both_nan || left.strictly_equals(right)
}

pub(super) fn is_array(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> NativeResult {
    Ok(Value::Boolean(natives.heap.array(argument(arguments, 0)).is_some()))
}

pub(super) fn of(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> NativeResult {
    Ok(natives.heap.new_array(arguments.to_vec()))
}

/// Returns the elements of an iterable: an array or a string; `None` for any other value.
pub(super) fn iterated(heap: &Heap, value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::String(text) => {
            let mut buffer = [0; 4];
            Some(text.chars().map(|character| Value::string(&*character.encode_utf8(&mut buffer))).collect())
        }
        _ => heap.array(value).cloned(),
    }
}

/// `Array.from` without a callback, for the prelude.
pub(super) fn from(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> NativeResult {
    let source = argument(arguments, 0);
    if let Some(elements) = iterated(natives.heap, source) {
        check_length(elements.len())?;
        return Ok(natives.heap.new_array(elements));
    }
    match source {
        Value::Undefined => {
            return Err(Thrown::type_error("undefined is not iterable (cannot read property Symbol(Symbol.iterator))"));
        }
        Value::Null => {
            return Err(Thrown::type_error(
                "object null is not iterable (cannot read property Symbol(Symbol.iterator))",
            ));
        }
        _ => {}
    }
    let Some(id) = source.as_object() else { return Ok(natives.heap.new_array(Vec::new())) };
    let object = natives.heap.get(id);
    let properties = &object.properties;
    let length = match (properties.get("length"), convert::function_length(&object.kind)) {
        (_, Some(length)) => length,
        (None, None) => 0.0,
        (Some(length), None) => to_integer(convert::to_number(natives.heap, length)?).max(0.0),
    };
    if length > limits::ARRAY_ELEMENTS as f64 {
        return Err(Thrown::range_error(limits::ARRAY_MESSAGE));
    }
    let mut elements = vec![Value::Undefined; length as usize];
    for (key, value) in properties.iter() {
        let Some(index) = super::super::heap::array_index(key) else { break };
        if let Some(element) = elements.get_mut(index as usize) {
            *element = value.clone();
        }
    }
    Ok(natives.heap.new_array(elements))
}

pub(super) fn at(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let id = this_array(natives, this)?;
    let number = to_integer(number_argument(natives, arguments, 0)?);
    let elements = elements(natives.heap, id);
    let place = if number < 0.0 { number + elements.len() as f64 } else { number };
    if place < 0.0 {
        return Ok(Value::Undefined);
    }
    Ok(elements.get(place as usize).cloned().unwrap_or_default())
}

pub(super) fn concat(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let id = this_array(natives, this)?;
    let mut joined = elements(natives.heap, id).to_vec();
    for value in arguments {
        match natives.heap.array(value) {
            Some(elements) => joined.extend_from_slice(elements),
            None => joined.push(value.clone()),
        }
        check_length(joined.len())?;
    }
    Ok(natives.heap.new_array(joined))
}

pub(super) fn fill(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let id = this_array(natives, this)?;
    let length = elements(natives.heap, id).len();
    let (from, to) = (relative(natives, arguments, 1, length, 0)?, relative(natives, arguments, 2, length, length)?);
    let value = argument(arguments, 0).clone();
    change(natives, id, 0, |elements| {
        if from < to {
            elements[from..to].fill(value);
        }
    })?;
    Ok(this.clone())
}

pub(super) fn flat(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let id = this_array(natives, this)?;
    let depth = match argument(arguments, 0) {
        Value::Undefined => 1.0,
        depth => to_integer(convert::to_number(natives.heap, depth)?),
    };
    let mut flattened = Vec::new();
    flatten(natives.heap, id, depth, 0, &mut flattened)?;
    Ok(natives.heap.new_array(flattened))
}

fn flatten(heap: &Heap, id: ObjectId, depth: f64, level: usize, out: &mut Vec<Value>) -> Result<(), Thrown> {
    if level > limits::NESTING {
        return Err(Thrown::range_error(limits::CALL_DEPTH_MESSAGE));
    }
    heap.charge(size_of::<Value>());
    for value in elements(heap, id) {
        match value.as_object() {
            Some(inner) if depth >= 1.0 && matches!(heap.get(inner).kind, ObjectKind::Array(_)) => {
                flatten(heap, inner, depth - 1.0, level + 1, out)?;
            }
            _ => out.push(value.clone()),
        }
        check_length(out.len())?;
    }
    Ok(())
}

pub(super) fn includes(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let id = this_array(natives, this)?;
    let length = elements(natives.heap, id).len();
    let from = relative(natives, arguments, 1, length, 0)?;
    let wanted = argument(arguments, 0);
    Ok(Value::Boolean(elements(natives.heap, id)[from..].iter().any(|element| same(element, wanted))))
}

pub(super) fn index_of(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let id = this_array(natives, this)?;
    let length = elements(natives.heap, id).len();
    let from = relative(natives, arguments, 1, length, 0)?;
    let wanted = argument(arguments, 0);
    let found = elements(natives.heap, id)[from..].iter().position(|element| element.strictly_equals(wanted));
    Ok(Value::Number(found.map_or(-1.0, |place| (from + place) as f64)))
}

pub(super) fn last_index_of(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let id = this_array(natives, this)?;
    let length = elements(natives.heap, id).len();
    let from = match arguments.get(1) {
        None => length as f64 - 1.0,
        Some(from) => to_integer(convert::to_number(natives.heap, from)?),
    };
    let from = if from < 0.0 && arguments.len() > 1 { from + length as f64 } else { from };
    let end = decimal::between(from + 1.0, 0.0, length as f64) as usize;
    let wanted = argument(arguments, 0);
    let found = elements(natives.heap, id)[..end].iter().rposition(|element| element.strictly_equals(wanted));
    Ok(Value::Number(found.map_or(-1.0, |place| place as f64)))
}

pub(super) fn join(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let id = this_array(natives, this)?;
    let separator = match argument(arguments, 0) {
        Value::Undefined => ",".into(),
        separator => convert::to_text(natives.heap, separator)?,
    };
    let joined = convert::join_array(natives.heap, id, &separator)?;
    Ok(natives.heap.string(joined))
}

pub(super) fn pop(natives: &mut Natives<'_>, this: &Value, _: &[Value]) -> NativeResult {
    let id = this_array(natives, this)?;
    change(natives, id, 0, |elements| elements.pop().unwrap_or_default())
}

pub(super) fn push(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let id = this_array(natives, this)?;
    change(natives, id, arguments.len(), |elements| {
        elements.extend_from_slice(arguments);
        Value::Number(elements.len() as f64)
    })
}

pub(super) fn shift(natives: &mut Natives<'_>, this: &Value, _: &[Value]) -> NativeResult {
    let id = this_array(natives, this)?;
    change(natives, id, 0, |elements| if elements.is_empty() { Value::Undefined } else { elements.remove(0) })
}

pub(super) fn unshift(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let id = this_array(natives, this)?;
    change(natives, id, arguments.len(), |elements| {
        elements.splice(..0, arguments.iter().cloned());
        Value::Number(elements.len() as f64)
    })
}

pub(super) fn reverse(natives: &mut Natives<'_>, this: &Value, _: &[Value]) -> NativeResult {
    let id = this_array(natives, this)?;
    change(natives, id, 0, |elements| elements.reverse())?;
    Ok(this.clone())
}

pub(super) fn to_reversed(natives: &mut Natives<'_>, this: &Value, _: &[Value]) -> NativeResult {
    let id = this_array(natives, this)?;
    let reversed = elements(natives.heap, id).iter().rev().cloned().collect();
    Ok(natives.heap.new_array(reversed))
}

/// `array.entries()`. The subset has no iterators, so this returns an array.
pub(super) fn entries(natives: &mut Natives<'_>, this: &Value, _: &[Value]) -> NativeResult {
    let id = this_array(natives, this)?;
    let own = elements(natives.heap, id).to_vec();
    let mut pairs = Vec::with_capacity(own.len());
    for (place, element) in own.into_iter().enumerate() {
        pairs.push(natives.heap.new_array(vec![Value::Number(place as f64), element]));
    }
    Ok(natives.heap.new_array(pairs))
}

/// `array.keys()`, as an array.
pub(super) fn keys(natives: &mut Natives<'_>, this: &Value, _: &[Value]) -> NativeResult {
    let id = this_array(natives, this)?;
    let count = elements(natives.heap, id).len();
    Ok(natives.heap.new_array((0..count).map(|place| Value::Number(place as f64)).collect()))
}

/// `array.values()`, as an array.
pub(super) fn values(natives: &mut Natives<'_>, this: &Value, _: &[Value]) -> NativeResult {
    let id = this_array(natives, this)?;
    let own = elements(natives.heap, id).to_vec();
    Ok(natives.heap.new_array(own))
}

pub(super) fn slice(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let id = this_array(natives, this)?;
    let length = elements(natives.heap, id).len();
    let (from, to) = (relative(natives, arguments, 0, length, 0)?, relative(natives, arguments, 1, length, length)?);
    let part = elements(natives.heap, id).get(from..to).unwrap_or_default().to_vec();
    Ok(natives.heap.new_array(part))
}

pub(super) fn splice(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let id = this_array(natives, this)?;
    let length = elements(natives.heap, id).len();
    let from = relative(natives, arguments, 0, length, 0)?;
    let count = match arguments.len() {
        0 => 0,
        1 => length - from,
        _ => {
            let count = to_integer(number_argument(natives, arguments, 1)?);
            decimal::between(count, 0.0, (length - from) as f64) as usize
        }
    };
    let new = arguments.get(2..).unwrap_or_default();
    let removed =
        change(natives, id, new.len(), |elements| elements.splice(from..from + count, new.iter().cloned()).collect())?;
    Ok(natives.heap.new_array(removed))
}

pub(super) fn with(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let id = this_array(natives, this)?;
    let number = to_integer(number_argument(natives, arguments, 0)?);
    let mut copy = elements(natives.heap, id).to_vec();
    let place = if number < 0.0 { number + copy.len() as f64 } else { number };
    if !(0.0..copy.len() as f64).contains(&place) {
        let shown = convert::shown_in_message(natives.heap, argument(arguments, 0))?;
        return Err(Thrown::range_error(format!("Invalid index : {shown}")));
    }
    copy[place as usize] = argument(arguments, 1).clone();
    Ok(natives.heap.new_array(copy))
}

/// `array.sort()` without a callback, for the prelude: sorts by the text of the elements, `undefined` last.
pub(super) fn sort_by_text(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> NativeResult {
    let array = argument(arguments, 0);
    let id = this_array(natives, array)?;
    let mut keyed = Vec::new();
    for value in elements(natives.heap, id) {
        keyed.push((convert::to_text(natives.heap, value)?, value.clone()));
    }
    let is_undefined = |value: &Value| matches!(value, Value::Undefined);
    sort_by(&mut keyed, |(left, left_value), (right, right_value)| {
        let undefined_last = is_undefined(left_value).cmp(&is_undefined(right_value));
        undefined_last.then_with(|| text::compare(left, right))
    });
    change(natives, id, 0, |elements| *elements = keyed.into_iter().map(|(_, value)| value).collect())?;
    Ok(array.clone())
}
