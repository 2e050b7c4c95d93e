//! [Type conversion](https://tc39.es/ecma262/#sec-type-conversion) and comparison.

use std::rc::Rc;

use super::builtins::{TABLE, Thrown, What};
use super::heap::{ErrorKind, Heap, Object, ObjectKind};
use super::value::{ObjectId, Value};
use super::{number, text};
use crate::limits;

/// Converts to a string ([ToString](https://tc39.es/ecma262/#sec-tostring)). Charges the text of an object to the heap.
///
/// # Errors
/// A `RangeError` if the text of an array is too long.
pub fn to_text(heap: &Heap, value: &Value) -> Result<Rc<str>, Thrown> {
    Ok(match value {
        Value::String(text) => text.clone(),
        Value::Object(id) => object_text(heap, *id, &mut Vec::new())?.into(),
        _ => primitive_text(value).into(),
    })
}

/// Returns the text of a primitive value that is no string.
fn primitive_text(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Boolean(boolean) => boolean.to_string(),
        Value::Number(number) => number::to_string(*number),
        _ => "undefined".into(),
    }
}

fn object_text(heap: &Heap, id: ObjectId, open: &mut Vec<ObjectId>) -> Result<String, Thrown> {
    Ok(match &heap.get(id).kind {
        ObjectKind::Array(elements) => return join(heap, id, elements, ",", open),
        ObjectKind::Error(_) => error_text(heap, heap.get(id))?,
        ObjectKind::Closure { code, .. } => code.source_text().into(),
        ObjectKind::Promise(_) => "[object Promise]".into(),
        ObjectKind::Builtin(row) if matches!(TABLE[*row as usize].what, What::Namespace) => {
            format!("[object {}]", TABLE[*row as usize].name)
        }
        ObjectKind::Bound(_) => "function () { [native code] }".into(),
        kind => match function_name(kind) {
            Some(name) => format!("function {name}() {{ [native code] }}"),
            None => "[object Object]".into(),
        },
    })
}

/// Joins the elements of an array. `open` has the arrays around it that are being joined. An array inside itself, or nested
/// too deeply, has an empty text.
fn join(
    heap: &Heap,
    id: ObjectId,
    elements: &[Value],
    separator: &str,
    open: &mut Vec<ObjectId>,
) -> Result<String, Thrown> {
    if open.contains(&id) || open.len() > limits::NESTING {
        return Ok(String::new());
    }
    open.push(id);
    let mut joined = String::new();
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            joined.push_str(separator);
        }
        let before = joined.len();
        match element {
            Value::Undefined | Value::Null => {}
            Value::String(text) => joined.push_str(text),
            Value::Object(id) => joined.push_str(&object_text(heap, *id, open)?),
            _ => joined.push_str(&primitive_text(element)),
        }
        heap.charge(separator.len() + joined.len() - before);
        check_length(joined.len())?;
    }
    open.pop();
    Ok(joined)
}

/// Calls `array.join(separator)`.
///
/// # Errors
/// A `RangeError` if the text is too long.
pub fn join_array(heap: &Heap, id: ObjectId, separator: &str) -> Result<String, Thrown> {
    match &heap.get(id).kind {
        ObjectKind::Array(elements) => join(heap, id, elements, separator, &mut Vec::new()),
        _ => Ok(String::new()),
    }
}

/// Checks the length of a text in bytes, which is at least that in characters.
///
/// # Errors
/// A `RangeError` if the text is longer than [`limits::STRING_CHARACTERS`].
pub fn check_length(bytes: usize) -> Result<(), Thrown> {
    if bytes > limits::STRING_CHARACTERS {
        return Err(Thrown::range_error(limits::STRING_MESSAGE));
    }
    Ok(())
}

/// Returns the name of an error's constructor.
pub fn error_kind_name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Error => "Error",
        ErrorKind::TypeError => "TypeError",
        ErrorKind::RangeError => "RangeError",
        ErrorKind::ReferenceError => "ReferenceError",
        ErrorKind::SyntaxError => "SyntaxError",
        ErrorKind::AggregateError => "AggregateError",
    }
}

/// Calls `error.toString()`. A `name` that the program has set is one of the error's properties.
///
/// # Errors
/// A `RangeError` if the text is too long.
pub fn error_text(heap: &Heap, error: &Object) -> Result<String, Thrown> {
    let ObjectKind::Error(data) = &error.kind else { return Ok(String::new()) };
    let name: Rc<str> = match error.properties.get("name") {
        Some(Value::Undefined) => "Error".into(),
        Some(name) => shallow_text(heap, name),
        None => data.name.clone().unwrap_or_else(|| error_kind_name(data.kind).into()),
    };
    let message = match &data.message {
        Value::Undefined => "".into(),
        message => shallow_text(heap, message),
    };
    check_length(name.len() + message.len())?;
    Ok(match (&*name, &*message) {
        ("", message) => message.into(),
        (name, "") => name.into(),
        (name, message) => format!("{name}: {message}"),
    })
}

/// Returns the text of an error's name or message. It does not look into arrays and errors, because the message of an error
/// may be the error itself.
fn shallow_text(heap: &Heap, value: &Value) -> Rc<str> {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(id) => match &heap.get(*id).kind {
            ObjectKind::Error(data) => error_kind_name(data.kind).into(),
            ObjectKind::Array(_) => "".into(),
            _ => "[object Object]".into(),
        },
        _ => primitive_text(value).into(),
    }
}

/// Returns the `name` of a function; `None` for any other object.
pub fn function_name(kind: &ObjectKind) -> Option<&str> {
    match kind {
        ObjectKind::Closure { code, name, .. } => Some(name.as_ref().unwrap_or(&code.name)),
        ObjectKind::HostFunction { function, .. } => Some(function.name),
        ObjectKind::Builtin(row) => match TABLE[*row as usize].what {
            What::Namespace => None,
            _ => Some(TABLE[*row as usize].name),
        },
        ObjectKind::Resolver(_) => Some(""),
        ObjectKind::Bound(bound) => Some(&bound.name),
        _ => None,
    }
}

/// Returns the `length` of a function; `None` for any other object.
pub fn function_length(kind: &ObjectKind) -> Option<f64> {
    function_name(kind)?;
    Some(match kind {
        ObjectKind::Closure { code, .. } => f64::from(code.length),
        ObjectKind::HostFunction { function, .. } => f64::from(function.length),
        ObjectKind::Builtin(row) => f64::from(TABLE[*row as usize].length),
        ObjectKind::Resolver(_) => 1.0,
        ObjectKind::Bound(bound) => bound.length,
        _ => 0.0,
    })
}

/// Returns true for a function.
pub fn is_function(heap: &Heap, value: &Value) -> bool {
    value.as_object().is_some_and(|id| function_name(&heap.get(id).kind).is_some())
}

/// Evaluates `typeof value`.
pub fn type_of(heap: &Heap, value: &Value) -> &'static str {
    match value {
        Value::Undefined => "undefined",
        Value::Boolean(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Object(_) if is_function(heap, value) => "function",
        Value::Null | Value::Object(_) => "object",
    }
}

/// Converts to a number ([ToNumber](https://tc39.es/ecma262/#sec-tonumber)).
///
/// # Errors
/// A `RangeError` if the text of an array is too long.
pub fn to_number(heap: &Heap, value: &Value) -> Result<f64, Thrown> {
    Ok(match value {
        Value::Undefined => f64::NAN,
        Value::Null => 0.0,
        Value::Boolean(boolean) => f64::from(u8::from(*boolean)),
        Value::Number(number) => *number,
        Value::String(text) => number::from_string(text),
        Value::Object(_) => number::from_string(&to_text(heap, value)?),
    })
}

/// Converts an operand of `+` or a comparison ([ToPrimitive](https://tc39.es/ecma262/#sec-toprimitive)). An object becomes
/// its text, because the subset has no `valueOf`.
///
/// # Errors
/// A `RangeError` if the text of an array is too long.
pub fn to_primitive(heap: &Heap, value: &Value) -> Result<Value, Thrown> {
    match value {
        Value::Object(_) => Ok(Value::String(to_text(heap, value)?)),
        _ => Ok(value.clone()),
    }
}

/// Compares with `==` ([IsLooselyEqual](https://tc39.es/ecma262/#sec-islooselyequal)).
///
/// # Errors
/// A `RangeError` if the text of an array is too long.
#[expect(clippy::float_cmp, reason = "`==` compares numbers exactly")]
pub fn loosely_equals(heap: &Heap, left: &Value, right: &Value) -> Result<bool, Thrown> {
    Ok(match (left, right) {
        _ if left.is_nullish() || right.is_nullish() => left.is_nullish() && right.is_nullish(),
        (Value::Object(_), Value::Object(_)) | (Value::String(_), Value::String(_)) => left.strictly_equals(right),
        (Value::Object(_), _) => loosely_equals(heap, &to_primitive(heap, left)?, right)?,
        (_, Value::Object(_)) => loosely_equals(heap, left, &to_primitive(heap, right)?)?,
        _ => to_number(heap, left)? == to_number(heap, right)?,
    })
}

/// Compares with `<` and `>` ([IsLessThan](https://tc39.es/ecma262/#sec-islessthan)); `None` if one operand is NaN.
///
/// # Errors
/// A `RangeError` if the text of an array is too long.
pub fn compare(heap: &Heap, left: &Value, right: &Value) -> Result<Option<core::cmp::Ordering>, Thrown> {
    let (left, right) = (to_primitive(heap, left)?, to_primitive(heap, right)?);
    if let (Value::String(left), Value::String(right)) = (&left, &right) {
        return Ok(Some(text::compare(left, right)));
    }
    Ok(to_number(heap, &left)?.partial_cmp(&to_number(heap, &right)?))
}

/// Returns the text of a value in V8's messages, for example of a value that is no function.
///
/// # Errors
/// A `RangeError` if the text is too long.
pub fn shown_in_message(heap: &Heap, value: &Value) -> Result<Rc<str>, Thrown> {
    let Some(id) = value.as_object() else { return to_text(heap, value) };
    match &heap.get(id).kind {
        ObjectKind::Array(_) => Ok("[object Array]".into()),
        ObjectKind::Promise(_) => Ok("#<Promise>".into()),
        ObjectKind::Plain | ObjectKind::Host { .. } => Ok("#<Object>".into()),
        ObjectKind::Builtin(_) if !is_function(heap, value) => Ok("#<Object>".into()),
        _ => to_text(heap, value),
    }
}
