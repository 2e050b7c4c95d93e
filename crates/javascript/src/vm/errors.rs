//! Errors: made with a place, read and renamed by the host.

use std::rc::Rc;

use super::Vm;
use crate::builtins::Thrown;
use crate::convert;
use crate::heap::{ErrorData, ErrorKind, ObjectKind};
use crate::value::Value;

impl Vm {
    /// A new error, made at the place that is being executed.
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

    /// A `TypeError` to throw.
    pub(super) fn type_error(&mut self, message: &str) -> Value {
        self.new_error(ErrorKind::TypeError, message)
    }

    /// What a function of the language throws, as a value.
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

    /// Whether the value is an error.
    pub fn is_error(&self, value: &Value) -> bool {
        self.error(value).is_some()
    }

    /// The `name` of an error.
    pub fn error_name(&self, value: &Value) -> Option<Rc<str>> {
        let data = self.error(value)?;
        let given = value.as_object().and_then(|id| self.heap.get(id).properties.get("name"));
        if let Some(given) = given {
            return Some(self.display(given).into());
        }
        Some(data.name.clone().unwrap_or_else(|| convert::error_kind_name(data.kind).into()))
    }

    /// The `message` of an error, as text.
    pub fn error_message(&self, value: &Value) -> Option<Rc<str>> {
        let data = self.error(value)?;
        Some(match &data.message {
            Value::String(text) => text.clone(),
            Value::Undefined => "".into(),
            other => self.display(other).into(),
        })
    }

    /// Where an error was made.
    pub fn error_position(&self, value: &Value) -> Option<crate::source::Position> {
        self.error(value)?.position
    }

    /// Gives an error another `name`.
    pub fn set_error_name(&mut self, value: &Value, name: &str) {
        if let Some(data) = self.error_mut(value) {
            data.name = Some(name.into());
        }
    }

    /// An error that no part of the program made: it has no stack.
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
