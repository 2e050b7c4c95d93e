//! The heap: an arena of cells, reached by [`ObjectId`], with a free list and a mark-and-sweep collection that runs
//! only while no code does. Cloning a heap clones plain data.

use std::cell::Cell;
use std::rc::Rc;

use super::bytecode::Code;
use super::coroutine::Coroutine;
use super::promise::{Combinator, Promise, Resolver};
pub use super::properties::{Properties, array_index};
use super::registry::{HostClass, HostFunction};
use super::value::{ObjectId, Value};
use crate::limits;
use crate::text::UnitIndex;

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

/// What an object is. The last few kinds are the machine's own and never reach a program as values.
#[derive(Clone, Debug)]
pub enum ObjectKind {
    /// A plain object.
    Plain,
    /// An array. There are no holes: a missing element is `undefined`.
    Array(Vec<Value>),
    /// An error. `message`, `name`, `stack`, `cause` and `errors` are not enumerable and live here.
    Error(Box<ErrorData>),
    /// An object of the host.
    Host {
        /// The class of the object.
        class: &'static HostClass,
        /// Values that the host keeps with the object. They live as long as the object does.
        slots: Vec<Value>,
    },
    /// A native function of the host.
    HostFunction {
        /// The declaration of the function.
        function: &'static HostFunction,
        /// The value that the function is bound to; `undefined` if it is bound to nothing.
        bound: Value,
    },
    /// A function of the program.
    Closure {
        /// Its code.
        code: Rc<Code>,
        /// The scope it was made in.
        scope: ObjectId,
        /// Its name, where it got one only when it was made (under a computed key).
        name: Option<Rc<str>>,
    },
    /// A function or namespace of the language: its place in the machine's list. These are not in the arena.
    Builtin(u16),
    /// A promise.
    Promise(Promise),
    /// A `resolve` or `reject` function of a promise.
    Resolver(Resolver),
    /// What `bind` makes.
    Bound(Box<Bound>),
    /// A scope: the variables of a block that closures share.
    Scope {
        /// The scope around it; [`ObjectId::NONE`] for a file's outermost.
        parent: ObjectId,
        /// How many scopes are around it.
        depth: u32,
        /// The variables. [`Value::UNINITIALISED`] before their declaration has run.
        slots: Vec<Value>,
    },
    /// An async function that waits.
    Coroutine(Box<Coroutine>),
    /// The state of a `Promise.all` or its kin.
    Combinator(Box<Combinator>),
}

/// A function with a receiver and the first of its arguments.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The function.
    pub target: Value,
    /// What it is called on.
    pub receiver: Value,
    /// Its first arguments.
    pub arguments: Vec<Value>,
    /// Its name.
    pub name: Rc<str>,
    /// How many more arguments it asks for.
    pub length: f64,
}

impl Bound {
    /// Bytes it takes beside its place in the arena, its arguments aside.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.name.len()
    }
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
    pub position: Option<crate::source::Position>,
}

/// The arena.
#[derive(Clone, Debug, Default)]
pub struct Heap {
    cells: Vec<Option<Object>>,
    free: Vec<u32>,
    /// The functions and namespaces of the language, under ids with [`BUILTIN`] set. One list for all clones, until a
    /// program gives one of them a property.
    builtins: Rc<Vec<Object>>,
    /// Whether this heap's list is its own, for a program has changed it.
    builtins_changed: bool,
    /// Bytes in use as of the last collection, and all that was charged since.
    bytes: Cell<usize>,
    /// Past this many bytes it is time to collect.
    threshold: usize,
    /// The index of the long string whose units were read last. A loop over a string reads one unit after the other.
    unit_index: Option<UnitIndex>,
    /// The object whose properties become texts when they are set. Whoever says so keeps it.
    pub(super) texts: Option<ObjectId>,
}

/// Set in the ids of the language's own functions and namespaces.
const BUILTIN: u32 = 1 << 31;
/// What a cell is counted as, besides what hangs on it.
const CELL_BYTES: usize = size_of::<Option<Object>>();
/// What a value is counted as in an array.
const VALUE_BYTES: usize = size_of::<Value>();
/// What a property is counted as.
const PROPERTY_BYTES: usize = size_of::<(Rc<str>, Value)>();
/// Strings shorter than this are counted wherever they are held; longer ones once, however many hold them.
const SHARED_STRING_BYTES: usize = 256;
/// The first collection comes not before this many bytes.
const FIRST_THRESHOLD: usize = 24 * 1_024;

impl Heap {
    /// An empty heap that knows the language's own functions and namespaces.
    pub fn new(builtins: Rc<Vec<Object>>) -> Self {
        Self {
            cells: Vec::new(),
            free: Vec::new(),
            builtins,
            builtins_changed: false,
            bytes: Cell::new(0),
            unit_index: None,
            threshold: FIRST_THRESHOLD,
            texts: None,
        }
    }

    /// The function or namespace of the language at `index` of the list.
    pub fn builtin(index: u16) -> Value {
        Value::Object(ObjectId(BUILTIN | u32::from(index)))
    }

    /// The object at `id`.
    ///
    /// # Panics
    /// Where the object was collected: whoever keeps an id has the machine [hold](super::vm::Vm::retain) its value.
    pub fn get(&self, id: ObjectId) -> &Object {
        if id.0 & BUILTIN != 0 {
            return &self.builtins[(id.0 & !BUILTIN) as usize];
        }
        self.cells[id.0 as usize]
            .as_ref()
            .expect("an id that is reachable names a live cell: the collector keeps those")
    }

    /// The object at `id`, to change.
    ///
    /// # Panics
    /// Where the object was collected.
    pub fn get_mut(&mut self, id: ObjectId) -> &mut Object {
        if id.0 & BUILTIN != 0 {
            self.builtins_changed = true;
            return &mut Rc::make_mut(&mut self.builtins)[(id.0 & !BUILTIN) as usize];
        }
        self.cells[id.0 as usize]
            .as_mut()
            .expect("an id that is reachable names a live cell: the collector keeps those")
    }

    /// Puts an object on the heap.
    pub fn allocate(&mut self, kind: ObjectKind) -> Value {
        Value::Object(self.insert(kind))
    }

    /// Puts an object on the heap.
    pub fn insert(&mut self, kind: ObjectKind) -> ObjectId {
        let values = match &kind {
            ObjectKind::Array(values)
            | ObjectKind::Host { slots: values, .. }
            | ObjectKind::Scope { slots: values, .. } => values.len(),
            _ => 0,
        };
        self.charge(CELL_BYTES + values * VALUE_BYTES);
        let object = Object { kind, properties: Properties::default() };
        ObjectId(if let Some(free) = self.free.pop() {
            self.cells[free as usize] = Some(object);
            free
        } else {
            self.cells.push(Some(object));
            self.cells.len() as u32 - 1
        })
    }

    /// Bytes that a built-in may have to look at in a value: the length of a string or array.
    pub fn extent(&self, value: &Value) -> usize {
        match value {
            Value::String(text) => text.len(),
            _ => self.array(value).map_or(0, |elements| elements.len() * VALUE_BYTES),
        }
    }

    /// Counts `bytes` more in use: for an object that grows, for a string that is made, and for the text of a conversion
    /// even though nobody keeps it.
    pub fn charge(&self, bytes: usize) {
        self.bytes.set(self.bytes.get() + bytes);
    }

    /// Returns the index of a long string; `None` for a short one.
    pub(super) fn unit_index(&mut self, text: &Rc<str>) -> Option<&UnitIndex> {
        if text.len() < limits::BYTES_READ_A_STEP {
            return None;
        }
        if !self.has_unit_index(text) {
            self.unit_index = Some(UnitIndex::new(text));
        }
        self.unit_index.as_ref()
    }

    /// Returns true if the index of a long string is at hand.
    pub(super) fn has_unit_index(&self, text: &Rc<str>) -> bool {
        self.unit_index.as_ref().is_some_and(|index| index.is_of(text))
    }

    /// Bytes in use as of the last collection, and all that was charged since.
    pub fn bytes(&self) -> usize {
        self.bytes.get()
    }

    /// How many objects there are, those that a collection would free included.
    pub fn objects(&self) -> usize {
        self.cells.len() - self.free.len()
    }

    /// A string value, counted.
    pub fn string(&mut self, text: impl Into<Rc<str>>) -> Value {
        let text = text.into();
        self.charge(text.len());
        Value::String(text)
    }

    /// A new plain object without properties.
    pub fn new_object(&mut self) -> Value {
        self.allocate(ObjectKind::Plain)
    }

    /// A new plain object with these properties, whose keys are different words.
    pub fn new_object_of(&mut self, properties: Vec<(Rc<str>, Value)>) -> Value {
        self.charge(properties.iter().map(|(key, _)| PROPERTY_BYTES + key.len()).sum());
        let object = self.new_object();
        if let Some(id) = object.as_object() {
            self.get_mut(id).properties = Properties::from_names(properties);
        }
        object
    }

    /// A new array.
    pub fn new_array(&mut self, elements: Vec<Value>) -> Value {
        self.allocate(ObjectKind::Array(elements))
    }

    /// Sets a property; the object is one that keeps it among its [`Object::properties`].
    pub fn set_property(&mut self, id: ObjectId, key: &Rc<str>, mut value: Value) {
        if self.texts == Some(id) {
            // What has no text that is short enough to be one keeps its place, and is empty.
            value = Value::String(super::convert::to_text(self, &value).unwrap_or_default());
        }
        if self.get_mut(id).properties.set(key, value) {
            self.charge(PROPERTY_BYTES + key.len());
        }
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
        // Whoever asks means to add something; what it is exactly the next collection finds out.
        self.charge(VALUE_BYTES);
        match &mut self.get_mut(value.as_object()?).kind {
            ObjectKind::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// Whether enough was charged since the last collection for the next one to be worth it.
    pub(super) fn wants_collection(&self) -> bool {
        self.bytes.get() > self.threshold
    }

    /// Frees what is not reached from `roots`, and counts what is. `limit`: the bytes the program may use, near which
    /// collections come more often.
    pub(super) fn collect(&mut self, roots: Marking, limit: usize) {
        let mut marking = roots;
        if self.builtins_changed {
            for builtin in self.builtins.iter() {
                marking.object(builtin);
            }
        }
        let mut marked = vec![false; self.cells.len()];
        while let Some(id) = marking.pending.pop() {
            if id.0 & BUILTIN == 0 && !core::mem::replace(&mut marked[id.0 as usize], true) {
                marking.bytes += CELL_BYTES;
                marking.object(self.get(id));
            }
        }
        let bytes = marking.total_bytes();
        self.free.clear();
        for (index, live) in marked.into_iter().enumerate() {
            if !live {
                self.cells[index] = None;
                self.free.push(index as u32);
            }
        }
        // The next object goes where the lowest free cell is: an arena that was large once does not stay so.
        while self.cells.last().is_some_and(Option::is_none) {
            self.cells.pop();
        }
        let length = self.cells.len() as u32;
        self.free.retain(|index| *index < length);
        self.free.reverse();
        self.bytes.set(bytes);
        self.unit_index = None;
        self.threshold = (bytes * 2).max(FIRST_THRESHOLD).min(limit.max(bytes + limit / 64));
    }
}

/// What a collection has reached but not looked at, and the bytes it has counted.
#[derive(Default)]
pub(super) struct Marking {
    pending: Vec<ObjectId>,
    bytes: usize,
    /// Address and length of each long string, once for each reference to it.
    strings: Vec<(usize, usize)>,
}

impl Marking {
    /// Counts what is held beside values.
    pub(super) fn count(&mut self, bytes: usize) {
        self.bytes += bytes;
    }

    /// Returns the bytes of all that was reached. A long string counts once, however many references it has.
    fn total_bytes(&mut self) -> usize {
        self.strings.sort_unstable();
        self.strings.dedup();
        self.bytes + self.strings.iter().map(|(_, length)| length).sum::<usize>()
    }

    /// Reaches a value.
    pub(super) fn value(&mut self, value: &Value) {
        match value {
            Value::Object(id) => self.id(*id),
            Value::String(text) if text.len() < SHARED_STRING_BYTES => self.bytes += text.len(),
            Value::String(text) => self.strings.push((text.as_ptr() as usize, text.len())),
            _ => {}
        }
    }

    /// Reaches an object.
    pub(super) fn id(&mut self, id: ObjectId) {
        if id != ObjectId::NONE {
            self.pending.push(id);
        }
    }

    /// Reaches a list of values.
    pub(super) fn values(&mut self, values: &[Value]) {
        self.bytes += values.len() * VALUE_BYTES;
        for value in values {
            self.value(value);
        }
    }

    fn object(&mut self, object: &Object) {
        self.bytes += object.properties.len() * PROPERTY_BYTES;
        for (key, value) in object.properties.iter() {
            self.bytes += key.len();
            self.value(value);
        }
        match &object.kind {
            ObjectKind::Plain | ObjectKind::Builtin(_) => {}
            ObjectKind::Array(values) | ObjectKind::Host { slots: values, .. } => self.values(values),
            ObjectKind::Error(data) => {
                self.bytes += size_of::<ErrorData>();
                self.value(&data.message);
                for value in data.cause.iter().chain(&data.errors) {
                    self.value(value);
                }
            }
            ObjectKind::HostFunction { bound, .. } => self.value(bound),
            ObjectKind::Closure { scope, .. } => self.id(*scope),
            ObjectKind::Bound(bound) => {
                self.bytes += bound.bytes();
                self.value(&bound.target);
                self.value(&bound.receiver);
                self.values(&bound.arguments);
            }
            ObjectKind::Promise(promise) => promise.mark(self),
            ObjectKind::Resolver(resolver) => {
                self.id(resolver.promise);
                self.id(resolver.other);
            }
            ObjectKind::Scope { parent, slots, .. } => {
                self.id(*parent);
                self.values(slots);
            }
            ObjectKind::Coroutine(coroutine) => coroutine.mark(self),
            ObjectKind::Combinator(combinator) => combinator.mark(self),
        }
    }
}
