//! Properties: own ones, elements, and the methods of built-in prototypes.

use base::sort::sort_by;
use std::rc::Rc;

use super::Vm;
use crate::builtins::{self, On, TABLE};
use crate::bytecode::Key;
use crate::convert;
use crate::heap::{ErrorKind, ObjectKind, array_index};
use crate::host::Host;
use crate::limits;
use crate::number;
use crate::text::{self, UnitIndex};
use crate::value::{ObjectId, Value};

impl Vm {
    pub(super) fn load_property(&mut self, host: &mut dyn Host, key: &Key) -> Result<(), Value> {
        let object = self.pop();
        let value = self.get_property(host, &object, key)?;
        self.stack.push(value);
        Ok(())
    }

    pub(super) fn load_index(&mut self, host: &mut dyn Host) -> Result<(), Value> {
        let (object, key) = self.pop_pair();
        let value = self.get_index(host, &object, &key)?;
        self.stack.push(value);
        Ok(())
    }

    pub(super) fn store_property(&mut self, host: &mut dyn Host, key: &Rc<str>) -> Result<(), Value> {
        let (object, value) = self.pop_pair();
        self.set_property(host, &object, key, value.clone())?;
        self.stack.push(value);
        Ok(())
    }

    pub(super) fn store_index(&mut self, host: &mut dyn Host) -> Result<(), Value> {
        let value = self.pop();
        let (object, key) = self.pop_pair();
        self.set_index(host, &object, &key, value.clone())?;
        self.stack.push(value);
        Ok(())
    }

    /// Replaces an object on the stack by its method and the object.
    pub(super) fn load_method(&mut self, host: &mut dyn Host, key: &Key) -> Result<(), Value> {
        let object = self.pop();
        let callee = self.get_property(host, &object, key)?;
        self.stack.extend([callee, object]);
        Ok(())
    }

    pub(super) fn load_method_at_index(&mut self, host: &mut dyn Host) -> Result<(), Value> {
        let (object, key) = self.pop_pair();
        let callee = self.get_index(host, &object, &key)?;
        self.stack.extend([callee, object]);
        Ok(())
    }

    pub(super) fn make_key(&mut self) -> Result<(), Value> {
        let key = self.pop();
        let key = self.property_key(&key)?;
        self.stack.push(Value::String(key));
        Ok(())
    }

    /// Returns an own property of a value; `undefined` if it has none with this key. Methods of prototypes do not count.
    pub fn get(&self, object: &Value, key: &str) -> Value {
        match object {
            Value::Object(id) => self.own(*id, key).unwrap_or_default(),
            Value::String(text) if key == "length" => Value::Number(text::length(text) as f64),
            _ => Value::Undefined,
        }
    }

    /// Sets a property, without calling the host.
    pub fn set(&mut self, object: &Value, key: &str, value: Value) {
        if let Some(id) = object.as_object() {
            // Only a `length` that is no valid length throws. The array stays as it is then.
            drop(self.set_own(id, &key.into(), value));
        }
    }

    /// Returns an own property of an object.
    fn own(&self, id: ObjectId, key: &str) -> Option<Value> {
        let object = self.heap.get(id);
        match &object.kind {
            ObjectKind::Array(elements) => {
                if key == "length" {
                    return Some(Value::Number(elements.len() as f64));
                }
                if let Some(index) = array_index(key) {
                    return elements.get(index as usize).cloned();
                }
            }
            ObjectKind::Error(data) => match key {
                "message" if matches!(data.message, Value::Undefined) => return Some(Value::string("")),
                "message" => return Some(data.message.clone()),
                "name" if object.properties.get(key).is_none() => {
                    let name = data.name.clone().unwrap_or_else(|| convert::error_kind_name(data.kind).into());
                    return Some(Value::String(name));
                }
                "stack" if object.properties.get(key).is_none() => return Some(Value::string(self.stack_of(id))),
                "cause" if data.cause.is_some() => return data.cause.clone(),
                "errors" if data.errors.is_some() => return data.errors.clone(),
                _ => {}
            },
            kind => match (key, convert::function_name(kind)) {
                ("length", Some(_)) => return convert::function_length(kind).map(Value::Number),
                ("name", Some(name)) if object.properties.get(key).is_none() => return Some(Value::string(name)),
                _ => {}
            },
        }
        object.properties.get(key).cloned()
    }

    /// Returns the `stack` of an error: its text and position.
    fn stack_of(&self, id: ObjectId) -> String {
        let object = self.heap.get(id);
        let ObjectKind::Error(data) = &object.kind else { return String::new() };
        let mut stack = convert::error_text(&self.heap, object).unwrap_or_default();
        if let Some(position) = data.position
            && let Some(loaded) = self.modules.get(&position.file)
        {
            stack.push_str("\n    at ");
            stack.push_str(&loaded.module.source.path);
            for number in [position.line, position.column] {
                stack.push(':');
                stack.push_str(&number.to_string());
            }
        }
        stack
    }

    /// Returns the built-in prototype of a value.
    fn methods(&self, value: &Value) -> Option<On> {
        Some(match value {
            Value::String(_) => On::String,
            Value::Number(_) => On::Number,
            Value::Boolean(_) => On::Boolean,
            Value::Object(id) => match &self.heap.get(*id).kind {
                ObjectKind::Array(_) => On::Array,
                ObjectKind::Promise(_) => On::Promise,
                ObjectKind::Error(_) => On::Error,
                kind => {
                    convert::function_name(kind)?;
                    On::Function
                }
            },
            Value::Undefined | Value::Null => return None,
        })
    }

    fn builtin_property(&self, object: &Value, symbol: u16) -> Value {
        if symbol == 0 {
            return Value::Undefined;
        }
        if let Value::Object(id) = object
            && let ObjectKind::Builtin(row) = &self.heap.get(*id).kind
            && let Some(found) = builtins::find(On::Static(TABLE[*row as usize].name), symbol)
        {
            return builtins::value(found);
        }
        let found = self.methods(object).and_then(|on| builtins::find(on, symbol));
        found.map(builtins::value).unwrap_or_default()
    }

    /// `object.key`.
    pub(super) fn get_property(&mut self, host: &mut dyn Host, object: &Value, key: &Key) -> Result<Value, Value> {
        match object {
            Value::Object(id) => {
                let found = match &self.heap.get(*id).kind {
                    ObjectKind::Plain => self.heap.get(*id).properties.get(&key.name).cloned(),
                    _ => self.own(*id, &key.name),
                };
                if let Some(value) = found {
                    return Ok(value);
                }
                if let ObjectKind::Host { class, .. } = self.heap.get(*id).kind {
                    if let Some(method) = class.method(&key.name) {
                        return Ok(self.host_function(method, object.clone()));
                    }
                    self.host_was_called = true;
                    return Ok(host.get(self, object, class, &key.name));
                }
            }
            Value::String(text) => {
                if &*key.name == "length" {
                    return Ok(self.length_of(text));
                }
                if let Some(index) = array_index(&key.name) {
                    return Ok(self.unit(text, index as usize));
                }
            }
            Value::Undefined | Value::Null => return Err(self.no_properties(object, "read", "reading", &key.name)),
            Value::Boolean(_) | Value::Number(_) => {}
        }
        Ok(self.builtin_property(object, key.symbol))
    }

    /// Returns the index of a long string, and counts the making of it as work; `None` for a short string.
    fn unit_index(&mut self, text: &Rc<str>) -> Option<&UnitIndex> {
        if !self.heap.has_unit_index(text) {
            self.work += (text.len() / limits::BYTES_READ_A_STEP) as u64;
        }
        self.heap.unit_index(text)
    }

    /// `text.length`.
    fn length_of(&mut self, text: &Rc<str>) -> Value {
        let length = self.unit_index(text).map_or_else(|| text::length(text), UnitIndex::length);
        Value::Number(length as f64)
    }

    /// `text[unit]`.
    fn unit(&mut self, text: &Rc<str>, unit: usize) -> Value {
        let found = match self.unit_index(text) {
            Some(index) => index.unit_at(unit),
            None => text::unit_at(text, unit),
        };
        found.map_or(Value::Undefined, |unit| Value::String(text::from_unit(unit)))
    }

    /// Makes the error of a property of undefined or null.
    fn no_properties(&mut self, object: &Value, what: &str, doing: &str, key: &str) -> Value {
        let object = if matches!(object, Value::Null) { "null" } else { "undefined" };
        self.type_error(&format!("Cannot {what} properties of {object} ({doing} '{key}')"))
    }

    /// Makes the error of a property of undefined or null, for a computed key. V8 does not print a key that is an array.
    fn no_index(&mut self, object: &Value, what: &str, doing: &str, key: &Value) -> Value {
        let shown = match convert::shown_in_message(&self.heap, key) {
            Ok(shown) => shown,
            Err(thrown) => return self.thrown(thrown),
        };
        if self.heap.array(key).is_some() {
            return self.type_error(&format!("Cannot {what} properties of {}", self.display(object)));
        }
        self.no_properties(object, what, doing, &shown)
    }

    /// `object[key]`.
    pub(super) fn get_index(&mut self, host: &mut dyn Host, object: &Value, key: &Value) -> Result<Value, Value> {
        if let Some(index) = index_of(key) {
            match object {
                Value::Object(id) => {
                    if let ObjectKind::Array(elements) = &self.heap.get(*id).kind {
                        return Ok(elements.get(index).cloned().unwrap_or_default());
                    }
                }
                Value::String(text) => return Ok(self.unit(text, index)),
                _ => {}
            }
        }
        if object.is_nullish() {
            return Err(self.no_index(object, "read", "reading", key));
        }
        let name = self.property_key(key)?;
        let symbol = builtins::symbol(&name);
        self.get_property(host, object, &Key { name, symbol })
    }

    /// Converts to a property key ([ToPropertyKey](https://tc39.es/ecma262/#sec-topropertykey)).
    pub(super) fn property_key(&mut self, key: &Value) -> Result<Rc<str>, Value> {
        match key {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number::to_string(*number).into()),
            _ => self.text(key),
        }
    }

    /// `object.key = value`.
    pub(super) fn set_property(
        &mut self,
        host: &mut dyn Host,
        object: &Value,
        key: &Rc<str>,
        value: Value,
    ) -> Result<(), Value> {
        match object {
            Value::Object(id) => {
                if let ObjectKind::Host { class, .. } = self.heap.get(*id).kind {
                    self.host_was_called = true;
                    if host.set(self, object, class, key, &value)? {
                        return Ok(());
                    }
                }
                self.set_own(*id, key, value)
            }
            Value::Undefined | Value::Null => Err(self.no_properties(object, "set", "setting", key)),
            primitive if self.is_strict() => {
                let kind = convert::type_of(&self.heap, primitive);
                let shown = self.display(primitive);
                let message =
                    if matches!(primitive, Value::String(_)) && (&**key == "length" || array_index(key).is_some()) {
                        format!("Cannot assign to read only property '{key}' of string '{shown}'")
                    } else {
                        format!("Cannot create property '{key}' on {kind} '{shown}'")
                    };
                Err(self.type_error(&message))
            }
            _ => Ok(()),
        }
    }

    fn is_strict(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.code.strict)
    }

    /// `object[key] = value`.
    pub(super) fn set_index(
        &mut self,
        host: &mut dyn Host,
        object: &Value,
        key: &Value,
        value: Value,
    ) -> Result<(), Value> {
        if let (Some(index), Value::Object(id)) = (index_of(key), object)
            && let ObjectKind::Array(elements) = &mut self.heap.get_mut(*id).kind
            && let Some(element) = elements.get_mut(index)
        {
            *element = value;
            return Ok(());
        }
        if object.is_nullish() {
            return Err(self.no_index(object, "set", "setting", key));
        }
        let key = self.property_key(key)?;
        self.set_property(host, object, &key, value)
    }

    fn set_own(&mut self, id: ObjectId, key: &Rc<str>, value: Value) -> Result<(), Value> {
        match &mut self.heap.get_mut(id).kind {
            ObjectKind::Array(_) => {
                let length = if let Some(index) = array_index(key) {
                    index as usize + 1
                } else if &**key == "length" {
                    let number = self.number(&value)?;
                    if number < 0.0 || number.fract() != 0.0 || number > f64::from(u32::MAX) || number.is_nan() {
                        return Err(self.new_error(ErrorKind::RangeError, limits::ARRAY_MESSAGE));
                    }
                    number as usize
                } else {
                    self.heap.set_property(id, key, value);
                    return Ok(());
                };
                if length > limits::ARRAY_ELEMENTS {
                    return Err(self.new_error(ErrorKind::RangeError, limits::ARRAY_MESSAGE));
                }
                let ObjectKind::Array(elements) = &mut self.heap.get_mut(id).kind else { return Ok(()) };
                let before = elements.len();
                if &**key == "length" {
                    elements.resize(length, Value::Undefined);
                } else {
                    if before < length {
                        elements.resize(length, Value::Undefined);
                    }
                    elements[length - 1] = value;
                }
                self.heap.charge(length.saturating_sub(before) * size_of::<Value>());
            }
            ObjectKind::Error(data) => match &**key {
                "message" => data.message = value,
                "cause" if data.cause.is_some() => data.cause = Some(value),
                "errors" if data.errors.is_some() => data.errors = Some(value),
                _ => self.heap.set_property(id, key, value),
            },
            kind => {
                // `name` and `length` of a function are not writable.
                let fixed = matches!(&**key, "name" | "length") && convert::function_name(kind).is_some();
                if !fixed {
                    self.heap.set_property(id, key, value);
                } else if self.is_strict() {
                    let function = self.display(&Value::Object(id));
                    let message = format!("Cannot assign to read only property '{key}' of function '{function}'");
                    return Err(self.type_error(&message));
                }
            }
        }
        Ok(())
    }

    /// Copies the own enumerable properties of `source` to `object`, without the keys in `except`
    /// ([CopyDataProperties](https://tc39.es/ecma262/#sec-copydataproperties)).
    pub(super) fn copy_properties(&mut self, object: ObjectId, source: &Value, except: &[Value]) {
        let mut pairs: Vec<(Rc<str>, Value)> = Vec::new();
        match source {
            Value::String(text) => {
                for (index, unit) in text::split_units(text).into_iter().enumerate() {
                    pairs.push((index.to_string().into(), Value::string(unit)));
                }
            }
            Value::Object(id) => {
                let source = self.heap.get(*id);
                if let ObjectKind::Array(elements) = &source.kind {
                    for (index, element) in elements.iter().enumerate() {
                        pairs.push((index.to_string().into(), element.clone()));
                    }
                }
                pairs.extend(source.properties.iter().map(|(key, value)| (key.clone(), value.clone())));
            }
            _ => {}
        }
        let mut except: Vec<&str> = except.iter().filter_map(Value::as_str).collect();
        sort_by(&mut except, Ord::cmp);
        for (key, value) in pairs {
            if except.binary_search(&&*key).is_err() {
                self.heap.set_property(object, &key, value);
            }
        }
    }
}

/// Returns the array index that is equal to a number.
#[expect(clippy::float_cmp, reason = "only a number that is exactly an integer is an index")]
fn index_of(key: &Value) -> Option<usize> {
    let number = key.as_number()?;
    let index = number as u32;
    (f64::from(index) == number && index != u32::MAX).then_some(index as usize)
}
