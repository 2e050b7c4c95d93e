//! The part of a machine's API that a host uses besides running it: JSON, the keys of objects, microtasks of the host, and
//! promises.

use super::heap::ObjectKind;
use super::json;
use super::promise::JobKind;
use super::value::Value;
use super::vm::Vm;

impl Vm {
    /// `JSON.parse(text)`; `None` if the text is not JSON.
    pub fn json_parse(&mut self, text: &str) -> Option<Value> {
        json::parse(&mut self.heap, text).ok()
    }

    /// `JSON.stringify(value)`; `None` if that is `undefined` or throws.
    pub fn json_stringify(&self, value: &Value) -> Option<String> {
        json::stringify(&self.heap, value).ok().flatten()
    }

    /// `JSON.stringify(value)`; `None` if that is `undefined`.
    ///
    /// # Errors
    /// The message of the error that `JSON.stringify` throws.
    pub fn json_stringify_checked(&self, value: &Value) -> Result<Option<String>, String> {
        json::stringify(&self.heap, value)
    }

    /// The keys of an object's own enumerable properties; none for any other value.
    pub fn keys(&self, value: &Value) -> Vec<&str> {
        let Some(id) = value.as_object() else { return Vec::new() };
        self.heap.get(id).properties.iter().map(|(key, _)| &**key).collect()
    }

    /// Queues a microtask of the host. [`Vm::take_host_job`] returns its number when its turn comes.
    pub fn enqueue_host_job(&mut self, number: u32) {
        self.queue(JobKind::Host(number));
    }

    /// A function that fulfils (or rejects) a promise with its argument; `undefined` if the value is no promise.
    pub fn resolver(&mut self, promise: &Value, fulfils: bool) -> Value {
        let Some(id) = promise.as_object().filter(|id| matches!(self.heap.get(*id).kind, ObjectKind::Promise(_)))
        else {
            return Value::Undefined;
        };
        let (resolve, reject) = self.resolvers(id, false);
        Value::Object(if fulfils { resolve } else { reject })
    }

    /// `promise.finally(action)`; `undefined` if the value is no promise.
    pub fn finally_of(&mut self, promise: &Value, action: Value) -> Value {
        match promise.as_object() {
            Some(id) if matches!(self.heap.get(id).kind, ObjectKind::Promise(_)) => self.finally(id, action),
            _ => Value::Undefined,
        }
    }
}
