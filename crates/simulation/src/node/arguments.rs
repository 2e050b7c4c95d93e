//! The errors that Node throws for an argument of the wrong type (`ERR_INVALID_ARG_TYPE`).

use javascript::ObjectKind;
use javascript::{ErrorKind, HostReply, Value, Vm, convert, inspect};

/// Characters of a string up to which the message quotes all of it.
const QUOTED_CHARACTERS: usize = 28;

/// A description of an argument, as it ends the message: `type number (5)`.
pub(super) fn received(vm: &Vm, value: &Value) -> String {
    let shown = inspect::inspect(vm.heap(), value);
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
        Value::String(text) if text.chars().count() > QUOTED_CHARACTERS => {
            return format!("type string ('{}...')", text.chars().take(QUOTED_CHARACTERS - 3).collect::<String>());
        }
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Boolean(_) => "boolean",
    };
    format!("type {kind} ({shown})")
}

/// The error for the argument `name`; `wanted` is the type that the function takes.
pub(super) fn wrong_type(vm: &mut Vm, name: &str, wanted: &str, value: &Value) -> Value {
    let message = format!("The \"{name}\" argument must be of type {wanted}. Received {}", received(vm, value));
    let error = vm.new_error(ErrorKind::TypeError, &message);
    vm.set(&error, "code", Value::string("ERR_INVALID_ARG_TYPE"));
    error
}

/// Throws the error for the argument `name`, which should be a function.
pub(super) fn not_a_function(vm: &mut Vm, name: &str, value: &Value) -> HostReply {
    HostReply::Throw(wrong_type(vm, name, "function", value))
}
