//! Arrays, objects and closures: their literals, iteration and destructuring.

use std::rc::Rc;

use super::Vm;
use crate::bytecode::Code;
use crate::heap::ObjectKind;
use crate::limits;
use crate::value::Value;

impl Vm {
    pub(super) fn make_array(&mut self, count: u32) {
        let elements = self.stack.split_off(self.stack.len() - count as usize);
        let array = self.heap.new_array(elements);
        self.stack.push(array);
    }

    pub(super) fn append(&mut self) {
        let value = self.pop();
        let array = self.top().clone();
        if let Some(elements) = self.heap.array_mut(&array) {
            elements.push(value);
        }
    }

    /// Appends the elements of an iterable. `arguments` is true for the arguments of a call, which have another error message.
    pub(super) fn append_all(&mut self, arguments: bool) -> Result<(), Value> {
        let list = self.pop();
        let list = match self.list_of(&list) {
            Ok(list) => list,
            Err(_) if arguments => return Err(self.no_arguments(&list)),
            Err(error) => return Err(self.named_error(error)),
        };
        self.heap.charge(list.len() * size_of::<Value>());
        let length = self.heap.array(self.top()).map_or(0, Vec::len) + list.len();
        if length > limits::ARRAY_ELEMENTS {
            return Err(self.too_long());
        }
        let array = self.top().clone();
        if let Some(elements) = self.heap.array_mut(&array) {
            elements.extend(list);
        }
        Ok(())
    }

    pub(super) fn make_object(&mut self) {
        let object = self.heap.new_object();
        self.stack.push(object);
    }

    pub(super) fn define(&mut self, key: &Rc<str>) {
        let value = self.pop();
        if let Some(id) = self.top().as_object() {
            self.heap.set_property(id, key, value);
        }
    }

    pub(super) fn define_index(&mut self) -> Result<(), Value> {
        let (key, value) = self.pop_pair();
        let key = self.property_key(&key)?;
        if let Some(id) = self.top().as_object() {
            self.heap.set_property(id, &key, value);
        }
        Ok(())
    }

    pub(super) fn define_all(&mut self) {
        let source = self.pop();
        if let Some(id) = self.top().as_object() {
            self.copy_properties(id, &source, &[]);
        }
    }

    pub(super) fn make_closure(&mut self, code: &Rc<Code>) {
        let scope = self.scope();
        let closure = self.heap.allocate(ObjectKind::Closure { code: code.clone(), scope, name: None });
        self.stack.push(closure);
    }

    pub(super) fn name_closure(&mut self) {
        let key = self.stack[self.stack.len() - 2].as_str().map(Rc::from);
        if let Some(id) = self.top().as_object()
            && let ObjectKind::Closure { name, .. } = &mut self.heap.get_mut(id).kind
        {
            *name = key;
        }
    }

    /// Replaces an iterable on the stack by an array.
    pub(super) fn iterate(&mut self) -> Result<(), Value> {
        if self.heap.array(self.top()).is_none() {
            let value = self.pop();
            let list = match self.list_of(&value) {
                Ok(list) => list,
                Err(error) => return Err(self.named_error(error)),
            };
            let list = self.heap.new_array(list);
            self.stack.push(list);
        }
        Ok(())
    }

    /// Pushes the next element of an array, or jumps after the last one. The array is on the stack at `list`, and the index
    /// after it.
    pub(super) fn next_element(&mut self, list: usize, target: u32) {
        let index = list + 1;
        let place = self.stack[index].as_number().unwrap_or_default();
        match self.heap.array(&self.stack[list]).and_then(|elements| elements.get(place as usize)) {
            Some(element) => {
                let element = element.clone();
                self.stack[index] = Value::Number(place + 1.0);
                self.stack.push(element);
            }
            None => self.pc = target,
        }
    }

    pub(super) fn check_object(&mut self) -> Result<(), Value> {
        if self.top().is_nullish() { Err(self.not_an_object()) } else { Ok(()) }
    }

    pub(super) fn take_element(&mut self, place: u32) {
        let list = self.pop();
        let element = self.heap.array(&list).and_then(|elements| elements.get(place as usize)).cloned();
        self.stack.push(element.unwrap_or_default());
    }

    pub(super) fn take_elements_from(&mut self, place: u32) {
        let list = self.pop();
        let rest = self.heap.array(&list).and_then(|elements| elements.get(place as usize..));
        let rest = rest.unwrap_or_default().to_vec();
        let rest = self.heap.new_array(rest);
        self.stack.push(rest);
    }

    pub(super) fn take_other_properties(&mut self) {
        let (object, keys) = self.pop_pair();
        let keys = self.heap.array(&keys).cloned().unwrap_or_default();
        let others = self.heap.insert(ObjectKind::Plain);
        self.copy_properties(others, &object, &keys);
        self.stack.push(Value::Object(others));
    }

    /// Replaces the message of an error by that of the compiler, if there is one.
    fn named_error(&mut self, error: Value) -> Value {
        match self.named() {
            Some(message) => self.type_error(&message),
            None => error,
        }
    }

    fn no_arguments(&mut self, list: &Value) -> Value {
        let message = match self.named() {
            Some(name) if list.is_nullish() => {
                format!("{name} is not iterable (cannot read property {})", self.display(list))
            }
            _ => "Spread syntax requires ...iterable[Symbol.iterator] to be a function".into(),
        };
        self.type_error(&message)
    }

    fn not_an_object(&mut self) -> Value {
        let value = self.display(self.top());
        let what = self.named().unwrap_or_default();
        let unnamed = if value == "null" { "'object null'" } else { "'undefined'" };
        let what = what.replace("''", unnamed);
        self.type_error(&format!("Cannot destructure {what} as it is {value}."))
    }
}
