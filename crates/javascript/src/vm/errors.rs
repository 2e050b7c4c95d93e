//! Errors, which have the position of the code that made them.

use std::rc::Rc;

use super::Vm;
use crate::builtins::Thrown;
use crate::convert;
use crate::heap::{ErrorData, ErrorKind, ObjectKind};
use crate::source::Position;
use crate::value::Value;

impl Vm {
    /// Makes an error with the position of the code that is running.
    pub fn new_error(&mut self, kind: ErrorKind, message: &str) -> Value {
        let message = self.heap.string(message);
        self.new_error_with(kind, message)
    }

    pub(super) fn new_error_with(&mut self, kind: ErrorKind, message: Value) -> Value {
        let position = self.position();
        let data = ErrorData { kind, name: None, message, cause: None, errors: None, position };
        self.heap.charge(size_of::<ErrorData>());
        self.heap.allocate(ObjectKind::Error(Box::new(data)))
    }

    /// Makes a `TypeError`.
    pub(super) fn type_error(&mut self, message: &str) -> Value {
        self.new_error(ErrorKind::TypeError, message)
    }

    /// Makes the error that a built-in throws.
    pub(super) fn thrown(&mut self, thrown: Thrown) -> Value {
        self.new_error(thrown.0, &thrown.1)
    }

    pub(super) fn error(&self, value: &Value) -> Option<&ErrorData> {
        match &self.heap.get(value.as_object()?).kind {
            ObjectKind::Error(data) => Some(data),
            _ => None,
        }
    }

    pub(super) fn error_mut(&mut self, value: &Value) -> Option<&mut ErrorData> {
        match &mut self.heap.get_mut(value.as_object()?).kind {
            ObjectKind::Error(data) => Some(data),
            _ => None,
        }
    }

    /// Returns true for an error.
    pub fn is_error(&self, value: &Value) -> bool {
        self.error(value).is_some()
    }

    /// Returns the `name` of an error; `None` for any other value.
    pub fn error_name(&self, value: &Value) -> Option<Rc<str>> {
        let data = self.error(value)?;
        let given = value.as_object().and_then(|id| self.heap.get(id).properties.get("name"));
        if let Some(given) = given {
            return Some(self.display(given).into());
        }
        Some(data.name.clone().unwrap_or_else(|| convert::error_kind_name(data.kind).into()))
    }

    /// Returns the `message` of an error as text; `None` for any other value.
    pub fn error_message(&self, value: &Value) -> Option<Rc<str>> {
        let data = self.error(value)?;
        Some(match &data.message {
            Value::String(text) => text.clone(),
            Value::Undefined => "".into(),
            other => self.display(other).into(),
        })
    }

    /// Returns the position of the code that made an error.
    pub fn error_position(&self, value: &Value) -> Option<Position> {
        self.error(value)?.position
    }

    /// Sets the `name` of an error.
    pub fn set_error_name(&mut self, value: &Value, name: &str) {
        if let Some(data) = self.error_mut(value) {
            data.name = Some(name.into());
        }
    }

    /// Removes the position of an error that no code of the program made. It has no stack.
    pub(crate) fn forget_error_position(&mut self, value: &Value) {
        if let Some(data) = self.error_mut(value) {
            data.position = None;
        }
    }

    pub(crate) fn set_error_list(&mut self, value: &Value, list: Value) {
        if let Some(data) = self.error_mut(value) {
            data.errors = Some(list);
        }
    }
}
