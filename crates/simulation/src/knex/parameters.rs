//! The values that a handler binds to a query, as Knex checks them, as pg sends them, and as Knex writes them into a text.
//!
//! Sources: `containsUndefined` of Knex's `util/helpers.js`; `prepareValue` and `arrayString` of pg's `utils.js`;
//! `_escapeBinding` and `arrayString` of Knex's PostgreSQL dialect. Both recorded versions agree on all of them.
//!
//! All of them recurse over a value that the handler made, which may contain itself or nest without end. In Node such a
//! recursion ends at V8's call stack, with a `RangeError`; here a [`Walk`] ends it.

use std::rc::Rc;

use super::LibraryError;
use crate::limits;
use javascript::ObjectKind;
use javascript::limits::{CALL_DEPTH_MESSAGE, NESTING, STRING_CHARACTERS, STRING_MESSAGE};
use javascript::{Value, Vm};

/// The values of a statement's parameters as pg sends them: as text, `None` for null.
pub(super) type Parameters = Rc<[Option<Rc<str>>]>;

/// Steps of the invocation that a visit of one value costs.
pub(super) const STEPS_A_VALUE: u64 = 4;

/// A recursion over values that a handler made.
pub(super) struct Walk<'a> {
    pub(super) vm: &'a Vm,
    depth: usize,
    /// Values visited so far. The caller counts them as work of the invocation: a value that holds another one twice, and
    /// so on for 50 levels, takes for ever in Node too.
    pub(super) visited: u64,
}

impl<'a> Walk<'a> {
    pub(super) fn new(vm: &'a Vm) -> Self {
        Self { vm, depth: 0, visited: 0 }
    }

    /// Goes one level deeper; [`Walk::leave`] ends it.
    ///
    /// # Errors
    /// V8's `RangeError` where the value nests deeper than [`NESTING`], as that of `JSON.stringify` does here. Where the
    /// real limit lies depends on the stack that Node was started with: between 1,000 and 10,000 levels by default.
    pub(super) fn enter(&mut self) -> Result<(), LibraryError> {
        self.visited += 1;
        // Past the second limit the invocation's time runs out before it can see this error.
        if self.depth == NESTING || self.visited > limits::STEPS_PER_INVOCATION / STEPS_A_VALUE {
            return Err(LibraryError::range_error(CALL_DEPTH_MESSAGE));
        }
        self.depth += 1;
        Ok(())
    }

    /// Comes back from a level.
    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Does `work` one level deeper.
    ///
    /// # Errors
    /// As [`Walk::enter`], and that of `work`.
    fn nested<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, LibraryError>) -> Result<T, LibraryError> {
        self.enter()?;
        let result = work(self);
        self.leave();
        result
    }

    /// Knex's `containsUndefined`: true if the value is undefined, or an array or plain object that contains it.
    ///
    /// # Errors
    /// As [`Walk::enter`].
    pub(super) fn contains_undefined(&mut self, value: &Value) -> Result<bool, LibraryError> {
        self.nested(|walk| {
            let vm = walk.vm;
            if let Some(elements) = vm.heap().array(value) {
                return walk.any_contains_undefined(elements.iter());
            }
            match value {
                Value::Object(id) if matches!(vm.heap().get(*id).kind, ObjectKind::Plain) => {
                    let values: Vec<Value> = vm.keys(value).into_iter().map(|key| vm.get(value, key)).collect();
                    walk.any_contains_undefined(values.iter())
                }
                value => Ok(matches!(value, Value::Undefined)),
            }
        })
    }

    fn any_contains_undefined<'v>(&mut self, values: impl Iterator<Item = &'v Value>) -> Result<bool, LibraryError> {
        for value in values {
            if self.contains_undefined(value)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// pg's `prepareValue`: the text that is sent for a value; `None` stands for null.
    ///
    /// # Errors
    /// The error that `JSON.stringify` throws, a `RangeError` for a text that is too long, or as [`Walk::enter`].
    pub(super) fn prepare_value(&mut self, value: &Value) -> Result<Option<Rc<str>>, LibraryError> {
        if value.is_nullish() {
            return Ok(None);
        }
        let vm = self.vm;
        if let Some(elements) = vm.heap().array(value) {
            let mut out = String::new();
            self.array_literal(&mut out, elements, &mut |walk, element| {
                let text = walk.prepare_value(element)?.unwrap_or_default();
                Ok(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
            })?;
            return Ok(Some(out.into()));
        }
        let is_data = value.as_object().is_some() && !vm.is_callable(value);
        let json = if is_data { stringify(vm, value)? } else { None };
        Ok(Some(json.unwrap_or_else(|| vm.display(value)).into()))
    }

    /// `prepareValue` of each value of a list.
    ///
    /// # Errors
    /// As [`Walk::prepare_value`].
    pub(super) fn prepare_all(&mut self, values: &[Value]) -> Result<Parameters, LibraryError> {
        values.iter().map(|value| self.prepare_value(value)).collect()
    }

    /// Knex's `_escapeBinding`: a value as a literal of SQL.
    ///
    /// # Errors
    /// As [`Walk::prepare_value`].
    pub(super) fn escape_binding(&mut self, value: &Value) -> Result<String, LibraryError> {
        let vm = self.vm;
        Ok(match value {
            Value::Undefined | Value::Null => "NULL".to_owned(),
            Value::Boolean(_) | Value::Number(_) => vm.display(value),
            Value::String(text) => string_literal(text),
            Value::Object(_) => {
                let Some(elements) = vm.heap().array(value) else {
                    return Ok(stringify(vm, value)?.unwrap_or_default());
                };
                let mut out = String::new();
                self.array_literal(&mut out, elements, &mut |walk, element| match element {
                    Value::Number(_) => Ok(vm.display(element)),
                    Value::String(_) => Ok(vm.json_stringify(element).unwrap_or_default()),
                    element => {
                        let escaped = Value::string(walk.escape_binding(element)?);
                        Ok(vm.json_stringify(&escaped).unwrap_or_default())
                    }
                })?;
                string_literal(&out)
            }
        })
    }

    /// An array as PostgreSQL writes one, `{1,NULL,{2}}`; `element` writes what is neither null nor an array.
    fn array_literal(
        &mut self,
        out: &mut String,
        elements: &[Value],
        element: &mut impl FnMut(&mut Self, &Value) -> Result<String, LibraryError>,
    ) -> Result<(), LibraryError> {
        self.nested(|walk| {
            out.push('{');
            for (index, value) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                if value.is_nullish() {
                    out.push_str("NULL");
                } else if let Some(inner) = walk.vm.heap().array(value) {
                    walk.array_literal(out, inner, element)?;
                } else {
                    out.push_str(&element(walk, value)?);
                }
                check_length(out)?;
            }
            out.push('}');
            Ok(())
        })
    }
}

/// The `RangeError` of V8 where a text is longer than a string may be.
pub(super) fn check_length(text: &str) -> Result<(), LibraryError> {
    if text.len() > STRING_CHARACTERS {
        return Err(LibraryError::range_error(STRING_MESSAGE));
    }
    Ok(())
}

fn stringify(vm: &Vm, value: &Value) -> Result<Option<String>, LibraryError> {
    vm.json_stringify_checked(value).map_err(|message| {
        let range = message == CALL_DEPTH_MESSAGE || message == STRING_MESSAGE;
        LibraryError::named(if range { "RangeError" } else { "TypeError" }, &message)
    })
}

fn string_literal(text: &str) -> String {
    let escape = if text.contains('\\') { "E" } else { "" };
    format!("{escape}'{}'", text.replace('\'', "''").replace('\\', "\\\\"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use javascript::{Registry, VmOptions};

    /// A machine with a value, made of JSON.
    fn with_value(json: &str) -> (Vm, Value) {
        let mut vm = Vm::new(VmOptions { heap_bytes: 1 << 20 }, Registry::new(&[&super::super::exports::LAYER]));
        let value = vm.json_parse(json).expect("the value is JSON");
        (vm, value)
    }

    #[test]
    fn a_value_is_sent_as_pg_writes_it() {
        for (json, text) in [
            ("null", None),
            ("true", Some("true")),
            ("1.5", Some("1.5")),
            (r#""it's""#, Some("it's")),
            (r#"{"a":[1]}"#, Some(r#"{"a":[1]}"#)),
            (r#"[1,null,"a\"b",[2]]"#, Some(r#"{"1",NULL,"a\"b",{"2"}}"#)),
        ] {
            let (vm, value) = with_value(json);
            let sent = Walk::new(&vm).prepare_value(&value);
            assert_eq!(sent.as_ref().map(Option::as_deref), Ok(text), "{json}");
        }
    }

    #[test]
    fn a_value_is_written_into_a_text_as_knex_does() {
        for (json, text) in [
            ("null", "NULL"),
            ("1", "1"),
            (r#""it's""#, "'it''s'"),
            (r#""a\\b""#, r"E'a\\b'"),
            (r#"[1,null,"x",[true]]"#, r#"'{1,NULL,"x",{"true"}}'"#),
        ] {
            let (vm, value) = with_value(json);
            let written = Walk::new(&vm).escape_binding(&value);
            assert_eq!(written.as_deref(), Ok(text), "{json}");
        }
    }

    #[test]
    fn a_value_that_nests_too_deep_is_v8s_range_error() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        let error = LibraryError::range_error(CALL_DEPTH_MESSAGE);
        let (vm, value) = with_value(&nested(NESTING - 1));
        assert_eq!(Walk::new(&vm).contains_undefined(&value), Ok(false));
        assert!(Walk::new(&vm).prepare_value(&value).is_ok());
        let mut vm = Vm::new(VmOptions { heap_bytes: 1 << 20 }, Registry::new(&[&super::super::exports::LAYER]));
        let mut value = Value::Null;
        for _ in 0..100_000 {
            value = vm.heap_mut().new_array(vec![value]);
        }
        assert_eq!(Walk::new(&vm).contains_undefined(&value), Err(error.clone()));
        assert_eq!(Walk::new(&vm).prepare_value(&value), Err(error.clone()));
        assert_eq!(Walk::new(&vm).escape_binding(&value), Err(error));
    }
}
