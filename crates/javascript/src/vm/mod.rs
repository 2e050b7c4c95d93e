//! The machine: runs bytecode instruction by instruction. It can stop after any instruction, and it can be cloned.
//!
//! A *root call* begins with [`Vm::require`] or [`Vm::enter`], and a queued job with [`Vm::enter_job`]. Then [`Vm::run`]
//! continues it, for a number of steps at a time, until it is done. The host decides the order of macrotasks. The queue of
//! [jobs](https://tc39.es/ecma262/#sec-jobs) decides that of microtasks. A call in a program is no call in Rust, so no
//! program can overflow the stack.

mod call;
mod errors;
mod frame;
mod operators;
mod property;
mod run;
mod structures;
#[cfg(test)]
mod tests;
mod variables;

use base::sorted_map::SortedMap;
use std::collections::VecDeque;
use std::rc::Rc;

use super::bytecode::{MODULE_PARAMETERS, Module};
use super::convert;
use super::heap::{Heap, Marking, ObjectKind};
use super::host::Host;
use super::promise::{Job, JobKind};
use super::registry::{HostClass, HostFunction, Member, Namespace, Registry};
use super::value::{ObjectId, Value};
use crate::source::{FileId, Position};
use frame::Frame;

/// The options of a machine.
#[derive(Clone, Copy, Debug)]
pub struct VmOptions {
    /// The bytes that the program may use on the heap.
    pub heap_bytes: usize,
}

/// The reason why the machine stopped.
#[derive(Clone, Debug)]
pub enum Stop {
    /// The budget of steps is used up.
    Budget,
    /// The host asked for a pause.
    Paused,
    /// The root call or job is done. It returned a value (`Ok`) or threw one (`Err`).
    Finished(Result<Value, Value>),
    /// The host ended the process, with this exit code.
    Exited(i32),
    /// The program uses more memory than it may.
    OutOfMemory,
}

/// A value that the host keeps alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Handle(u32);

/// A root call or job that has begun and not run yet.
#[derive(Clone, Debug)]
enum Pending {
    Require(Rc<Module>),
    Call { function: Value, arguments: Vec<Value> },
    Job(Job),
}

/// A module that is evaluated, or is being evaluated.
#[derive(Clone, Debug)]
struct Loaded {
    module: Rc<Module>,
    /// The object `module` of the file.
    object: ObjectId,
    /// The outermost scope of the file.
    scope: ObjectId,
}

/// A machine: the [realm](https://tc39.es/ecma262/#realm), the heap, the stack and the job queue of one process.
#[derive(Clone, Debug)]
pub struct Vm {
    pub(super) heap: Heap,
    registry: Rc<Registry>,
    /// The slots and operands of all frames, from the outermost to the innermost.
    stack: Vec<Value>,
    frames: Vec<Frame>,
    /// The next instruction of the innermost frame. The other frames have their own.
    pc: u32,
    steps: u64,
    /// The work of built-ins on long strings and arrays, in steps. Work takes no virtual time. It counts towards the budget,
    /// so that a program cannot compute for ever with few steps.
    work: u64,
    /// The number of frames so far. Each frame has its own number.
    activations: u32,
    /// The frame and the line that were highlighted last.
    lit: (u32, u32),
    /// True if a call has just returned, or a coroutine has just resumed. The line of its frame is highlighted again.
    came_back: bool,
    /// True if the host was called since it was last asked for a pause.
    host_was_called: bool,
    pending: Option<Pending>,
    finished: Option<Result<Value, Value>>,
    pub(super) jobs: VecDeque<Job>,
    pub(super) unhandled: Vec<ObjectId>,
    pub(super) context: u32,
    /// The globals that the host provided or the program assigned.
    globals: SortedMap<Rc<str>, Value>,
    /// The objects that were made of namespaces.
    namespaces: Vec<(&'static Namespace, Value)>,
    modules: SortedMap<FileId, Loaded>,
    /// The values of all handles. A released one is free.
    handles: Vec<Option<Value>>,
    free_handles: Vec<u32>,
    /// The bytes that the program may use on the heap.
    limit: usize,
}

impl Vm {
    /// A machine that has run nothing. It runs modules that were compiled for the same registry.
    pub fn new(options: VmOptions, registry: Rc<Registry>) -> Self {
        Self {
            heap: Heap::new(registry.intrinsics.objects()),
            registry,
            stack: Vec::new(),
            frames: Vec::new(),
            pc: 0,
            steps: 0,
            work: 0,
            activations: 0,
            lit: (0, 0),
            came_back: false,
            host_was_called: false,
            pending: None,
            finished: None,
            jobs: VecDeque::new(),
            unhandled: Vec::new(),
            context: 0,
            globals: SortedMap::new(),
            namespaces: Vec::new(),
            modules: SortedMap::new(),
            handles: Vec::new(),
            free_handles: Vec::new(),
            limit: options.heap_bytes,
        }
    }

    /// Returns the heap.
    pub fn heap(&self) -> &Heap {
        &self.heap
    }

    /// Returns the heap, for a change.
    pub fn heap_mut(&mut self) -> &mut Heap {
        &mut self.heap
    }

    /// Returns the number of steps since the machine was made.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Returns the work of the built-ins and the host since the machine was made, in steps.
    pub fn work(&self) -> u64 {
        self.work
    }

    /// Adds work of the host, in steps.
    pub fn add_work(&mut self, steps: u64) {
        self.work += steps;
    }

    /// Begins the evaluation of a module. The result is its `module.exports`. A module is evaluated only once.
    pub fn require(&mut self, module: &Rc<Module>) {
        debug_assert!(self.is_idle(), "one root call at a time");
        self.pending = Some(Pending::Require(module.clone()));
    }

    /// Begins a call. The call of a value that is no function throws a `TypeError`.
    pub fn enter(&mut self, function: &Value, arguments: Vec<Value>) {
        debug_assert!(self.is_idle(), "one root call at a time");
        self.pending = Some(Pending::Call { function: function.clone(), arguments });
    }

    /// Removes the next job from the queue if it is a job of the host, and returns its number. The host runs it, without a
    /// step of the machine.
    pub fn take_host_job(&mut self) -> Option<u32> {
        let Some(Job { context, kind: JobKind::Host(number) }) = self.jobs.front() else { return None };
        let number = *number;
        self.context = *context;
        self.jobs.pop_front();
        Some(number)
    }

    /// Begins the next job of the queue, which must not be a job of the host. Returns false if the queue is empty.
    pub fn enter_job(&mut self) -> bool {
        debug_assert!(self.is_idle(), "one root call at a time");
        match self.jobs.pop_front() {
            Some(job) => {
                self.pending = Some(Pending::Job(job));
                true
            }
            None => false,
        }
    }

    /// Returns true if the job queue is not empty.
    pub fn has_jobs(&self) -> bool {
        !self.jobs.is_empty()
    }

    /// Queues a microtask that calls a function.
    pub fn queue_microtask(&mut self, callback: Value) {
        self.queue(JobKind::Callback(callback));
    }

    /// Returns true if no root call or job is under way.
    pub fn is_idle(&self) -> bool {
        self.pending.is_none() && self.frames.is_empty()
    }

    /// Returns the position of the program's code that is running. Frames of the language's own library do not count.
    pub fn position(&self) -> Option<Position> {
        let mut innermost = true;
        for frame in self.frames.iter().rev() {
            let pc = if core::mem::take(&mut innermost) { self.pc } else { frame.pc };
            if !frame.code.library {
                return Some(frame.code.position(pc.saturating_sub(1)));
            }
        }
        None
    }

    /// Makes this object one whose properties are converted to strings when they are set. There is one such object in a
    /// machine, and it is never collected.
    pub fn set_text_only(&mut self, object: &Value) {
        self.heap.texts = object.as_object();
    }

    /// The object that [`Vm::set_text_only`] was called for; `None` before that.
    pub fn text_only(&self) -> Option<Value> {
        self.heap.texts.map(Value::Object)
    }

    /// On whose behalf code runs, in the host's numbering.
    pub fn context(&self) -> u32 {
        self.context
    }

    /// Sets the context. Promise reactions, suspended functions and microtasks that are registered from here on run in the
    /// same context later.
    pub fn set_context(&mut self, context: u32) {
        self.context = context;
    }

    /// Keeps a value alive until [`Vm::release`].
    pub fn retain(&mut self, value: Value) -> Handle {
        if let Some(free) = self.free_handles.pop() {
            self.handles[free as usize] = Some(value);
            return Handle(free);
        }
        self.handles.push(Some(value));
        Handle(self.handles.len() as u32 - 1)
    }

    /// Returns the value of a handle; undefined after its release.
    pub fn held(&self, handle: Handle) -> Value {
        self.handles.get(handle.0 as usize).cloned().flatten().unwrap_or_default()
    }

    /// Releases a handle and returns its value.
    pub fn release(&mut self, handle: Handle) -> Value {
        match self.handles.get_mut(handle.0 as usize).and_then(Option::take) {
            Some(value) => {
                self.free_handles.push(handle.0);
                value
            }
            None => Value::Undefined,
        }
    }

    /// The outermost names of a module and their values, in the order of their declaration; `None` for one whose
    /// declaration has not run.
    pub fn module_scope(&self, file: FileId) -> Vec<(Rc<str>, Option<Value>)> {
        let Some(loaded) = self.modules.get(&file) else { return Vec::new() };
        let ObjectKind::Scope { slots, .. } = &self.heap.get(loaded.scope).kind else { return Vec::new() };
        let values = slots[MODULE_PARAMETERS..].iter();
        let pairs = loaded.module.names.iter().zip(values);
        pairs.map(|(name, value)| (name.clone(), (!value.is_uninitialised()).then(|| value.clone()))).collect()
    }

    /// Returns the exports of a module, which may still be under evaluation; `None` for a module that was never required.
    pub fn module_exports(&self, file: FileId) -> Option<Value> {
        let object = self.modules.get(&file)?.object;
        Some(self.heap.get(object).properties.get("exports").cloned().unwrap_or_default())
    }

    /// Frees all objects that neither the program nor the host can reach.
    pub fn collect_garbage(&mut self) {
        let mut marking = Marking::default();
        marking.values(&self.stack);
        for frame in &self.frames {
            frame.mark(&mut marking);
        }
        match &self.pending {
            Some(Pending::Call { function, arguments }) => {
                marking.value(function);
                marking.values(arguments);
            }
            Some(Pending::Job(job)) => job.mark(&mut marking),
            Some(Pending::Require(_)) | None => {}
        }
        if let Some(Ok(value) | Err(value)) = &self.finished {
            marking.value(value);
        }
        for job in &self.jobs {
            job.mark(&mut marking);
        }
        for id in &self.unhandled {
            marking.id(*id);
        }
        let namespaces = self.namespaces.iter().map(|(_, object)| object);
        for value in self.globals.values().chain(namespaces).chain(self.handles.iter().flatten()) {
            marking.value(value);
        }
        if let Some(object) = self.heap.texts {
            marking.id(object);
        }
        for loaded in self.modules.values() {
            marking.id(loaded.object);
            marking.id(loaded.scope);
        }
        self.heap.collect(marking, self.limit);
    }

    /// A new object of a class of the host.
    pub fn host_object(&mut self, class: &'static HostClass, slots: Vec<Value>) -> Value {
        self.heap.allocate(ObjectKind::Host { class, slots })
    }

    /// The class and slots of a host object; `None` for any other value.
    pub fn host_slots(&self, value: &Value) -> Option<(&'static HostClass, &[Value])> {
        match &self.heap.get(value.as_object()?).kind {
            ObjectKind::Host { class, slots } => Some((class, slots)),
            _ => None,
        }
    }

    /// The slots of a host object of this class; `None` for any other value.
    pub fn slots_of(&self, value: &Value, class: &'static HostClass) -> Option<&[Value]> {
        self.host_slots(value).filter(|(of, _)| *of == class).map(|(_, slots)| slots)
    }

    /// Sets a slot of a host object, which gets as many slots as that takes.
    pub fn set_host_slot(&mut self, object: &Value, slot: usize, value: Value) {
        let Some(id) = object.as_object() else { return };
        if let ObjectKind::Host { slots, .. } = &mut self.heap.get_mut(id).kind {
            if slots.len() <= slot {
                slots.resize(slot + 1, Value::Undefined);
            }
            slots[slot] = value;
        }
    }

    /// The value of a function of the host: a new object, bound to `bound`, for a native function; the shared one for a
    /// function of a library.
    pub fn host_function(&mut self, function: &'static HostFunction, bound: Value) -> Value {
        match self.registry.intrinsics.library_function(function) {
            Some(value) => value,
            None => self.heap.allocate(ObjectKind::HostFunction { function, bound }),
        }
    }

    /// The object of a namespace: the same one each time.
    pub fn namespace(&mut self, host: &mut dyn Host, namespace: &'static Namespace) -> Value {
        if let Some((_, object)) = self.namespaces.iter().find(|(known, _)| *known == namespace) {
            return object.clone();
        }
        let object = self.heap.new_object();
        // Kept before its members are made, so that a collection finds it.
        self.namespaces.push((namespace, object.clone()));
        for member in namespace.members {
            let value = match member {
                Member::Property(name) => host.property(self, namespace, name),
                member => self.member(host, member),
            };
            self.set(&object, member.name(), value);
        }
        object
    }

    fn member(&mut self, host: &mut dyn Host, member: &'static Member) -> Value {
        match member {
            Member::Function(function) => self.host_function(function, Value::Undefined),
            Member::Text(_, text) => Value::string(*text),
            Member::Namespace(_, namespace) => self.namespace(host, namespace),
            Member::Property(_) => Value::Undefined,
        }
    }

    /// The registry whose functions, classes and modules the machine knows.
    pub fn registry(&self) -> &Rc<Registry> {
        &self.registry
    }

    /// Returns true for a function ([IsCallable](https://tc39.es/ecma262/#sec-iscallable)).
    pub fn is_callable(&self, value: &Value) -> bool {
        convert::is_function(&self.heap, value)
    }

    /// Converts a value to text, like `String(value)`. The result is empty if the text would be too long.
    pub fn display(&self, value: &Value) -> String {
        convert::to_text(&self.heap, value).map(|text| text.to_string()).unwrap_or_default()
    }
}
