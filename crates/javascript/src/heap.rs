//! The heap: an arena of objects with a free list and a mark-and-sweep garbage collector. An [`ObjectId`] is an index into
//! the arena, so a clone of a heap is a copy of plain data.

mod object;

use std::cell::Cell;
use std::rc::Rc;

pub(crate) use super::properties::{Properties, array_index};
use super::value::{ObjectId, Value};
use crate::limits;
use crate::text::UnitIndex;
pub(crate) use object::{Bound, ErrorData, Object};
pub use object::{ErrorKind, ObjectKind};

/// The objects of a machine.
#[derive(Clone, Debug, Default)]
pub struct Heap {
    cells: Vec<Option<Object>>,
    free: Vec<u32>,
    /// The functions and namespaces of the language, under ids with the bit [`BUILTIN`]. All heaps share one list until a
    /// program sets a property of a built-in.
    builtins: Rc<Vec<Object>>,
    /// True once a program has set a property of a built-in.
    builtins_changed: bool,
    /// Bytes that the last collection left in use, plus all that was charged since. A cell, because conversions charge and
    /// change nothing else.
    bytes: Cell<usize>,
    /// The number of bytes above which a collection is due.
    threshold: usize,
    /// The index of the long string whose units were read last. A loop over a string reads one unit after the other.
    unit_index: Option<UnitIndex>,
    /// The object whose properties become strings when they are set: `process.env`. The host keeps it alive.
    pub(super) texts: Option<ObjectId>,
}

/// The bit that marks the ids of built-ins.
const BUILTIN: u32 = 1 << 31;
/// The bytes that an object counts, without its values and properties.
const CELL_BYTES: usize = size_of::<Option<Object>>();
/// The bytes that a value in an array or scope counts.
const VALUE_BYTES: usize = size_of::<Value>();
/// The bytes that a property counts, without the text of its key.
const PROPERTY_BYTES: usize = size_of::<(Rc<str>, Value)>();
/// The length, in bytes, from which a string counts once for all its references. A shorter one counts for each.
const SHARED_STRING_BYTES: usize = 256;
/// The smallest number of bytes at which a collection is due.
const FIRST_THRESHOLD: usize = 24 * 1_024;

impl Heap {
    /// Makes an empty heap with these built-ins.
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

    /// Returns the built-in at an index of the list.
    pub fn builtin(index: u16) -> Value {
        Value::Object(ObjectId(BUILTIN | u32::from(index)))
    }

    /// Returns an object.
    ///
    /// # Panics
    /// Panics if the object was collected. A host keeps an object alive with [`Vm::retain`](super::vm::Vm::retain).
    #[expect(clippy::expect_used, reason = "the collector keeps every object that is reachable")]
    pub fn get(&self, id: ObjectId) -> &Object {
        if id.0 & BUILTIN != 0 {
            return &self.builtins[(id.0 & !BUILTIN) as usize];
        }
        self.cells[id.0 as usize].as_ref().expect("a reachable object is in the arena")
    }

    /// Returns an object, for a change.
    ///
    /// # Panics
    /// Panics if the object was collected. A host keeps an object alive with [`Vm::retain`](super::vm::Vm::retain).
    #[expect(clippy::expect_used, reason = "the collector keeps every object that is reachable")]
    pub fn get_mut(&mut self, id: ObjectId) -> &mut Object {
        if id.0 & BUILTIN != 0 {
            self.builtins_changed = true;
            return &mut Rc::make_mut(&mut self.builtins)[(id.0 & !BUILTIN) as usize];
        }
        self.cells[id.0 as usize].as_mut().expect("a reachable object is in the arena")
    }

    /// Allocates an object and returns it as a value.
    pub fn allocate(&mut self, kind: ObjectKind) -> Value {
        Value::Object(self.insert(kind))
    }

    /// Allocates an object.
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

    /// Returns the bytes that a built-in may read of a value: those of a string, or of the elements of an array.
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

    /// Returns the bytes that the last collection left in use, plus all that was charged since.
    pub fn bytes(&self) -> usize {
        self.bytes.get()
    }

    /// Returns the number of objects, with those that the next collection will free.
    pub fn objects(&self) -> usize {
        self.cells.len() - self.free.len()
    }

    /// Makes a string and charges its bytes.
    pub fn string(&mut self, text: impl Into<Rc<str>>) -> Value {
        let text = text.into();
        self.charge(text.len());
        Value::String(text)
    }

    /// Makes a plain object without properties.
    pub fn new_object(&mut self) -> Value {
        self.allocate(ObjectKind::Plain)
    }

    /// Makes a plain object with these properties. Their keys are all different, no integers, and at most 16.
    pub fn new_object_of(&mut self, properties: Vec<(Rc<str>, Value)>) -> Value {
        self.charge(properties.iter().map(|(key, _)| PROPERTY_BYTES + key.len()).sum());
        let object = self.new_object();
        if let Some(id) = object.as_object() {
            self.get_mut(id).properties = Properties::from_names(properties);
        }
        object
    }

    /// Makes an array.
    pub fn new_array(&mut self, elements: Vec<Value>) -> Value {
        self.allocate(ObjectKind::Array(elements))
    }

    /// Sets an own enumerable property of an object. The elements of an array are none.
    pub fn set_property(&mut self, id: ObjectId, key: &Rc<str>, mut value: Value) {
        if self.texts == Some(id) {
            // A value whose text would be too long becomes the empty string.
            value = Value::String(super::convert::to_text(self, &value).unwrap_or_default());
        }
        if self.get_mut(id).properties.set(key, value) {
            self.charge(PROPERTY_BYTES + key.len());
        }
    }

    /// Returns the elements of an array; `None` for any other value.
    pub fn array(&self, value: &Value) -> Option<&Vec<Value>> {
        match &self.get(value.as_object()?).kind {
            ObjectKind::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// Returns the elements of an array, for an addition; `None` for any other value.
    pub fn array_mut(&mut self, value: &Value) -> Option<&mut Vec<Value>> {
        // The next collection counts what was added exactly.
        self.charge(VALUE_BYTES);
        match &mut self.get_mut(value.as_object()?).kind {
            ObjectKind::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// Returns true if enough was charged since the last collection for another one.
    pub(super) fn wants_collection(&self) -> bool {
        self.bytes.get() > self.threshold
    }

    /// Frees all objects that `roots` does not reach, and counts the bytes of the others.
    ///
    /// The next collection is due when the bytes in use have doubled, or sooner near `limit`, the bytes that the program
    /// may use.
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
        // Drop free cells at the end, and reuse the lowest first, so that an arena shrinks after a peak.
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

/// The state of a collection: the objects that it has reached and not visited yet, and the bytes it has counted.
#[derive(Default)]
pub(super) struct Marking {
    pending: Vec<ObjectId>,
    bytes: usize,
    /// Address and length of each long string, once for each reference to it.
    strings: Vec<(usize, usize)>,
}

impl Marking {
    /// Counts bytes of the machine's own data.
    pub(super) fn count(&mut self, bytes: usize) {
        self.bytes += bytes;
    }

    /// Returns the bytes of all that was reached. A long string counts once, however many references it has.
    fn total_bytes(&mut self) -> usize {
        self.strings.sort_unstable();
        self.strings.dedup();
        self.bytes + self.strings.iter().map(|(_, length)| length).sum::<usize>()
    }

    /// Marks a value as reachable.
    pub(super) fn value(&mut self, value: &Value) {
        match value {
            Value::Object(id) => self.id(*id),
            Value::String(text) if text.len() < SHARED_STRING_BYTES => self.bytes += text.len(),
            Value::String(text) => self.strings.push((text.as_ptr() as usize, text.len())),
            _ => {}
        }
    }

    /// Marks an object as reachable.
    pub(super) fn id(&mut self, id: ObjectId) {
        if id != ObjectId::NONE {
            self.pending.push(id);
        }
    }

    /// Marks and counts a list of values.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn heap() -> Heap {
        Heap::new(Rc::new(Vec::new()))
    }

    fn collect(heap: &mut Heap, roots: &[Value]) {
        let mut marking = Marking::default();
        marking.values(roots);
        heap.collect(marking, usize::MAX);
    }

    #[test]
    fn a_collection_keeps_what_is_reachable_and_frees_the_rest() {
        let mut heap = heap();
        let inner = heap.new_object();
        let kept = heap.new_array(vec![inner.clone()]);
        let dropped = heap.new_array(vec![inner]);
        assert_eq!(heap.objects(), 3);
        collect(&mut heap, std::slice::from_ref(&kept));
        assert_eq!(heap.objects(), 2);
        assert!(heap.array(&kept).is_some());
        let next = heap.new_object();
        assert_eq!(next.as_object(), dropped.as_object(), "the free place is used again");
    }

    #[test]
    fn a_deep_chain_of_objects_is_marked_without_recursion() {
        let mut heap = heap();
        let mut chain = heap.new_array(Vec::new());
        for _ in 0..200_000 {
            chain = heap.new_array(vec![chain]);
        }
        collect(&mut heap, &[chain]);
        assert_eq!(heap.objects(), 200_001);
    }

    #[test]
    fn a_long_string_counts_once_and_a_short_one_for_each_reference() {
        let mut heap = heap();
        let counted = |heap: &mut Heap, length: usize, references: usize| {
            let text = Value::string("x".repeat(length));
            collect(heap, &vec![text; references]);
            heap.bytes() - references * VALUE_BYTES
        };
        assert_eq!(counted(&mut heap, 1_000, 5), 1_000);
        assert_eq!(counted(&mut heap, 100, 5), 500);
        let texts: Vec<Value> = (0..1_000).map(|number| Value::string("x".repeat(300 + number % 2))).collect();
        collect(&mut heap, &texts);
        assert_eq!(heap.bytes(), 1_000 * (300 + VALUE_BYTES) + 500, "equal strings are counted each");
    }
}
