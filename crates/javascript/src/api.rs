//! What an embedder asks of a machine beside running it: JSON in both directions, the keys of an object, microtasks of its
//! own, and the two ways to settle a promise as functions.

use super::heap::ObjectKind;
use super::json;
use super::promise::JobKind;
use super::value::Value;
use super::vm::Vm;

impl Vm {
    /// `JSON.parse(text)`; `None` where it is not JSON.
    pub fn json_parse(&mut self, text: &str) -> Option<Value> {
        json::parse(&mut self.heap, text).ok()
    }

    /// `JSON.stringify(value)`; `None` where that is `undefined` or throws.
    pub fn json_stringify(&self, value: &Value) -> Option<String> {
        json::stringify(&self.heap, value).ok().flatten()
    }

    /// `JSON.stringify(value)`; `None` where that is `undefined`.
    ///
    /// # Errors
    /// Where it throws: the error's message.
    pub fn json_stringify_checked(&self, value: &Value) -> Result<Option<String>, String> {
        json::stringify(&self.heap, value)
    }

    /// The keys of an object's own properties; none of what is no object.
    pub fn keys(&self, value: &Value) -> Vec<&str> {
        let Some(id) = value.as_object() else { return Vec::new() };
        self.heap.get(id).properties.iter().map(|(key, _)| &**key).collect()
    }

    /// Queues a microtask of the host's: [`Vm::take_host_job`] gives this number when it has its turn.
    pub fn enqueue_host_job(&mut self, number: u32) {
        self.queue(JobKind::Host(number));
    }

    /// A function that fulfils (or rejects) a promise with its argument.
    pub fn resolver(&mut self, promise: &Value, fulfils: bool) -> Value {
        let Some(id) = promise.as_object().filter(|id| matches!(self.heap.get(*id).kind, ObjectKind::Promise(_)))
        else {
            return Value::Undefined;
        };
        let (resolve, reject) = self.resolvers(id, false);
        Value::Object(if fulfils { resolve } else { reject })
    }

    /// `promise.finally(action)`.
    pub fn finally_of(&mut self, promise: &Value, action: Value) -> Value {
        match promise.as_object() {
            Some(id) if matches!(self.heap.get(id).kind, ObjectKind::Promise(_)) => self.finally(id, action),
            _ => Value::Undefined,
        }
    }
}
