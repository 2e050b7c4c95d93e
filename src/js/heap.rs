//! The heap: an arena of cells, reached by [`ObjectId`], with a free list and a mark-and-sweep collection that runs
//! only while no code does. Cloning a heap clones plain data.

use std::rc::Rc;

use super::value::{ObjectId, Value};

/// The errors of the language that the subset can make with `new`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// `Error`, and every error of a library.
    Error,
    /// `TypeError`.
    TypeError,
    /// `RangeError`.
    RangeError,
    /// `ReferenceError`.
    ReferenceError,
    /// `SyntaxError`.
    SyntaxError,
    /// `AggregateError`.
    AggregateError,
}

/// An object: what kind it is, and its own enumerable properties.
#[derive(Clone, Debug)]
pub struct Object {
    /// What it is.
    pub kind: ObjectKind,
    /// Its own enumerable properties, in the language's order.
    pub properties: Properties,
}

/// What an object is.
#[derive(Clone, Debug)]
pub enum ObjectKind {
    /// A plain object.
    Plain,
    /// An array. There are no holes: a missing element is `undefined`.
    Array(Vec<Value>),
    /// An error. `message`, `name`, `stack`, `cause` and `errors` are not enumerable and live here.
    Error(Box<ErrorData>),
    /// An object of the host (`knex`, a pool, a query that has not been sent): a class of the host's own numbering,
    /// and the host's values, which live as long as the object does.
    Host {
        /// The host's number for its class.
        class: u16,
        /// The host's values.
        slots: Vec<Value>,
    },
    /// A function of the host, perhaps bound to one of its objects.
    HostFunction {
        /// The host's number for it.
        function: u16,
        /// Its name.
        name: Rc<str>,
        /// What it is bound to.
        bound: Value,
    },
    // VM AUTHOR: closures, builtin functions, promises, promise resolvers, coroutines, scopes … are added here.
}

/// What an error holds besides its enumerable properties.
#[derive(Clone, Debug)]
pub struct ErrorData {
    /// Which constructor made it: what `instanceof` asks for.
    pub kind: ErrorKind,
    /// `name`, where it was set to something else than the kind's own.
    pub name: Option<Rc<str>>,
    /// `message`.
    pub message: Value,
    /// `cause`, where it was given.
    pub cause: Option<Value>,
    /// The list of an `AggregateError`.
    pub errors: Option<Value>,
    /// Where it was made.
    pub position: Option<crate::event::Position>,
}

/// Ordered properties: integer keys ascending, then the others in the order of their insertion.
#[derive(Clone, Debug, Default)]
pub struct Properties {
    entries: Vec<(Rc<str>, Value)>,
}

impl Properties {
    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().find(|(name, _)| &**name == key).map(|(_, value)| value)
    }

    /// Sets the value under `key`, at its place in the language's order where it is new.
    pub fn set(&mut self, key: &Rc<str>, value: Value) {
        if let Some(entry) = self.entries.iter_mut().find(|(name, _)| name == key) {
            entry.1 = value;
            return;
        }
        let place = match array_index(key) {
            None => self.entries.len(),
            Some(index) => self
                .entries
                .iter()
                .position(|(name, _)| array_index(name).is_none_or(|other| other > index))
                .unwrap_or(self.entries.len()),
        };
        self.entries.insert(place, (key.clone(), value));
    }

    /// The properties, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Rc<str>, &Value)> {
        self.entries.iter().map(|(name, value)| (name, value))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// The integer that `key` is the canonical form of, where it is one below 2^32 - 1.
pub fn array_index(key: &str) -> Option<u32> {
    let canonical = key == "0" || (key.starts_with(|c: char| ('1'..='9').contains(&c)) && key.len() <= 10);
    if !canonical {
        return None;
    }
    key.parse().ok().filter(|index| *index != u32::MAX)
}

/// The arena.
#[derive(Clone, Debug, Default)]
pub struct Heap {
    cells: Vec<Option<Object>>,
    free: Vec<u32>,
    bytes: usize,
}
// VM AUTHOR: complete this (allocation, byte accounting against limits, collection).

impl Heap {
    /// The object at `id`.
    pub fn get(&self, id: ObjectId) -> &Object {
        self.cells[id.0 as usize].as_ref().expect("an id that is reachable names a live cell: the collector keeps those")
    }

    /// The object at `id`, to change.
    pub fn get_mut(&mut self, id: ObjectId) -> &mut Object {
        self.cells[id.0 as usize].as_mut().expect("an id that is reachable names a live cell: the collector keeps those")
    }

    /// Puts an object on the heap.
    pub fn allocate(&mut self, kind: ObjectKind) -> Value {
        let object = Object { kind, properties: Properties::default() };
        self.bytes += 64;
        let id = if let Some(free) = self.free.pop() {
            self.cells[free as usize] = Some(object);
            free
        } else {
            self.cells.push(Some(object));
            self.cells.len() as u32 - 1
        };
        Value::Object(ObjectId(id))
    }

    /// A new plain object without properties.
    pub fn new_object(&mut self) -> Value {
        self.allocate(ObjectKind::Plain)
    }

    /// A new array.
    pub fn new_array(&mut self, elements: Vec<Value>) -> Value {
        self.allocate(ObjectKind::Array(elements))
    }

    /// The elements, where `value` is an array.
    pub fn array(&self, value: &Value) -> Option<&Vec<Value>> {
        match &self.get(value.as_object()?).kind {
            ObjectKind::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The elements to change, where `value` is an array.
    pub fn array_mut(&mut self, value: &Value) -> Option<&mut Vec<Value>> {
        match &mut self.get_mut(value.as_object()?).kind {
            ObjectKind::Array(elements) => Some(elements),
            _ => None,
        }
    }
}
