//! Promises and jobs, step by step as in [ECMA-262](https://tc39.es/ecma262/#sec-promise-objects). The order in which jobs are
//! queued decides the order of log lines.

use super::heap::{ErrorKind, Marking, ObjectKind};
use super::registry::HostClass;
use super::value::{ObjectId, Value};
use super::vm::Vm;

/// The state of a promise.
#[derive(Clone, Debug)]
pub enum PromiseState {
    /// The promise is not settled.
    Pending,
    /// The promise is fulfilled with this value.
    Fulfilled(Value),
    /// The promise is rejected with this reason.
    Rejected(Value),
}

/// The [internal slots](https://tc39.es/ecma262/#sec-properties-of-promise-instances) of a promise.
#[derive(Clone, Debug, Default)]
pub struct Promise {
    settled: Settled,
    /// The value that it was fulfilled with, or the reason that it was rejected with.
    value: Value,
    /// True if the promise is settled, or follows another promise or thenable.
    resolved: bool,
    /// True if a reaction was ever registered.
    handled: bool,
    reactions: Vec<Reaction>,
}

impl Promise {
    /// Returns the state of the promise.
    pub fn state(&self) -> PromiseState {
        match self.settled {
            Settled::No => PromiseState::Pending,
            Settled::Fulfilled => PromiseState::Fulfilled(self.value.clone()),
            Settled::Rejected => PromiseState::Rejected(self.value.clone()),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Settled {
    #[default]
    No,
    Fulfilled,
    Rejected,
}

/// A reaction to the settlement of a promise, and the context in which it runs.
#[derive(Clone, Debug)]
pub(crate) struct Reaction {
    context: u32,
    kind: ReactionKind,
}

#[derive(Clone, Debug)]
pub(crate) enum ReactionKind {
    /// `then`: calls a function, whose result settles `derived`.
    Then { on_fulfilled: Value, on_rejected: Value, derived: ObjectId },
    /// `await`: resumes a coroutine.
    Await(ObjectId),
    /// A promise was resolved with this one: settles it in the same way.
    Follow(ObjectId),
    /// `Promise.race`: resolves or rejects its promise, unless it is resolved already.
    Race(ObjectId),
    /// `Promise.all`, `allSettled` or `any`: records the settlement of one element.
    Element { combinator: ObjectId, index: u32 },
    /// `finally`: calls a function, then settles `derived` like this promise.
    Finally { action: Value, derived: ObjectId },
    /// After the callback of a `finally`: settles `derived` like the promise before it.
    Restore { value: Value, rejected: bool, derived: ObjectId },
}

/// The length of the job queue up to which a new job charges no bytes. The next collection counts it.
const FEW_JOBS: usize = 1_000;

/// A queued job, and the context in which it runs.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub context: u32,
    pub kind: JobKind,
}

#[derive(Clone, Debug)]
pub(crate) enum JobKind {
    /// Runs a reaction to the settlement of a promise.
    Reaction { kind: ReactionKind, value: Value, rejected: bool },
    /// Lets a promise follow another one.
    Follow { promise: ObjectId, followed: ObjectId },
    /// Calls the `then` of a thenable that a promise was resolved with.
    Thenable { promise: ObjectId, thenable: Value, then: Value },
    /// Calls a function: `queueMicrotask`.
    Callback(Value),
    /// A job of the host, by its number.
    Host(u32),
}

/// A `resolve` or `reject` function
/// ([CreateResolvingFunctions](https://tc39.es/ecma262/#sec-createresolvingfunctions)).
#[derive(Clone, Debug)]
pub struct Resolver {
    /// The promise that the function resolves or rejects.
    pub(crate) promise: ObjectId,
    /// True for `reject`, false for `resolve`.
    pub(crate) rejects: bool,
    /// The other function of a pair that was made for a thenable. The promise is marked as resolved then, so the pair itself
    /// records whether one of the two was called. [`ObjectId::NONE`] for the pair of `new Promise`, which uses that mark.
    pub(crate) other: ObjectId,
    /// True if one of the pair was called. Unused for the pair of `new Promise`.
    pub(crate) used: bool,
}

/// The state of a `Promise.all`, `Promise.allSettled` or `Promise.any`.
#[derive(Clone, Debug)]
pub struct Combinator {
    mode: Combination,
    promise: ObjectId,
    /// The results of the elements so far.
    values: Vec<Value>,
    /// The number of elements that are not settled.
    remaining: u32,
}

/// The functions that combine promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Combination {
    All,
    AllSettled,
    Any,
    Race,
}

impl Promise {
    pub(super) fn mark(&self, marking: &mut Marking) {
        marking.value(&self.value);
        marking.count(self.reactions.len() * size_of::<Reaction>());
        for reaction in &self.reactions {
            reaction.kind.mark(marking);
        }
    }
}

impl Combinator {
    pub(super) fn mark(&self, marking: &mut Marking) {
        marking.count(size_of::<Self>());
        marking.id(self.promise);
        marking.values(&self.values);
    }
}

impl ReactionKind {
    fn mark(&self, marking: &mut Marking) {
        match self {
            Self::Then { on_fulfilled, on_rejected, derived } => {
                marking.value(on_fulfilled);
                marking.value(on_rejected);
                marking.id(*derived);
            }
            Self::Await(id) | Self::Follow(id) | Self::Race(id) | Self::Element { combinator: id, .. } => {
                marking.id(*id);
            }
            Self::Finally { action: value, derived } | Self::Restore { value, derived, .. } => {
                marking.value(value);
                marking.id(*derived);
            }
        }
    }
}

impl Job {
    pub(super) fn mark(&self, marking: &mut Marking) {
        marking.count(size_of::<Self>());
        match &self.kind {
            JobKind::Reaction { kind, value, .. } => {
                kind.mark(marking);
                marking.value(value);
            }
            JobKind::Follow { promise, followed } => {
                marking.id(*promise);
                marking.id(*followed);
            }
            JobKind::Thenable { promise, thenable, then } => {
                marking.id(*promise);
                marking.value(thenable);
                marking.value(then);
            }
            JobKind::Callback(callback) => marking.value(callback),
            JobKind::Host(_) => {}
        }
    }
}

impl Vm {
    /// Makes a pending promise.
    pub fn new_promise(&mut self) -> Value {
        Value::Object(self.pending_promise())
    }

    pub(super) fn pending_promise(&mut self) -> ObjectId {
        self.heap.insert(ObjectKind::Promise(Promise::default()))
    }

    pub(super) fn promise_of(&self, value: &Value) -> Option<ObjectId> {
        let id = value.as_object()?;
        matches!(self.heap.get(id).kind, ObjectKind::Promise(_)).then_some(id)
    }

    fn promise_mut(&mut self, id: ObjectId) -> Option<&mut Promise> {
        match &mut self.heap.get_mut(id).kind {
            ObjectKind::Promise(promise) => Some(promise),
            _ => None,
        }
    }

    /// Returns the state of a promise; `None` for any other value.
    pub fn promise_state(&self, value: &Value) -> Option<PromiseState> {
        let ObjectKind::Promise(promise) = &self.heap.get(value.as_object()?).kind else { return None };
        Some(promise.state())
    }

    /// Resolves a promise, unless it is resolved already. If the value is a promise or thenable, a job lets the promise
    /// follow it ([promise resolve functions](https://tc39.es/ecma262/#sec-promise-resolve-functions)).
    pub fn resolve(&mut self, promise: &Value, value: Value) {
        if let Some(id) = self.promise_of(promise) {
            self.resolve_once(id, value);
        }
    }

    /// Rejects a promise, unless it is resolved already.
    pub fn reject(&mut self, promise: &Value, reason: Value) {
        if let Some(id) = self.promise_of(promise) {
            self.reject_once(id, reason);
        }
    }

    /// Marks a promise as resolved. Returns false if it was already.
    fn claim(&mut self, id: ObjectId) -> bool {
        self.promise_mut(id).is_some_and(|promise| !core::mem::replace(&mut promise.resolved, true))
    }

    pub(super) fn resolve_once(&mut self, id: ObjectId, value: Value) {
        if self.claim(id) {
            self.resolve_now(id, value);
        }
    }

    pub(super) fn reject_once(&mut self, id: ObjectId, reason: Value) {
        if self.claim(id) {
            self.settle(id, Settled::Rejected, reason);
        }
    }

    /// Resolves a promise that is marked as resolved: settles it, or queues the job that follows another one.
    pub(super) fn resolve_now(&mut self, id: ObjectId, value: Value) {
        let Value::Object(object) = value else { return self.settle(id, Settled::Fulfilled, value) };
        if object == id {
            let reason = self.new_error(ErrorKind::TypeError, "Chaining cycle detected for promise #<Promise>");
            return self.settle(id, Settled::Rejected, reason);
        }
        let kind = match &self.heap.get(object).kind {
            ObjectKind::Promise(_) => JobKind::Follow { promise: id, followed: object },
            kind => {
                let then = match kind {
                    ObjectKind::Host { class, .. } => self.host_then(class, &value),
                    _ => None,
                };
                let then = then.or_else(|| self.heap.get(object).properties.get("then").cloned());
                match then {
                    Some(then) if self.is_callable(&then) => JobKind::Thenable { promise: id, thenable: value, then },
                    _ => return self.settle(id, Settled::Fulfilled, value),
                }
            }
        };
        self.queue(kind);
    }

    /// Queues a job in the current context.
    pub(super) fn queue(&mut self, kind: JobKind) {
        self.enqueue(Job { context: self.context, kind });
    }

    fn enqueue(&mut self, job: Job) {
        // A few jobs are not worth a collection.
        if self.jobs.len() > FEW_JOBS {
            self.heap.charge(size_of::<Job>());
        }
        self.jobs.push_back(job);
    }

    fn host_then(&mut self, class: &'static HostClass, object: &Value) -> Option<Value> {
        let then = class.method("then")?;
        Some(self.host_function(then, object.clone()))
    }

    pub(super) fn reject_now(&mut self, id: ObjectId, reason: Value) {
        self.settle(id, Settled::Rejected, reason);
    }

    fn settle(&mut self, id: ObjectId, settled: Settled, value: Value) {
        let Some(promise) = self.promise_mut(id) else { return };
        promise.resolved = true;
        promise.settled = settled;
        promise.value = value.clone();
        let rejected = settled == Settled::Rejected;
        let unhandled = rejected && !promise.handled;
        for Reaction { context, kind } in core::mem::take(&mut promise.reactions) {
            self.enqueue(Job { context, kind: JobKind::Reaction { kind, value: value.clone(), rejected } });
        }
        if unhandled {
            self.unhandled.push(id);
        }
    }

    /// Registers a reaction ([PerformPromiseThen](https://tc39.es/ecma262/#sec-performpromisethen)).
    pub(super) fn react(&mut self, id: ObjectId, kind: ReactionKind) {
        let context = self.context;
        let Some(promise) = self.promise_mut(id) else { return };
        promise.handled = true;
        if promise.settled == Settled::No {
            promise.reactions.push(Reaction { context, kind });
            self.heap.charge(size_of::<Reaction>());
        } else {
            let rejected = promise.settled == Settled::Rejected;
            let value = promise.value.clone();
            self.enqueue(Job { context, kind: JobKind::Reaction { kind, value, rejected } });
        }
    }

    /// Calls `promise.then(on_fulfilled, on_rejected)` and returns the derived promise. Instead of a value that is no
    /// function, the settlement passes on.
    pub fn then(&mut self, promise: &Value, on_fulfilled: Value, on_rejected: Value) -> Value {
        let derived = self.pending_promise();
        if let Some(id) = self.promise_of(promise) {
            self.react(id, ReactionKind::Then { on_fulfilled, on_rejected, derived });
        }
        Value::Object(derived)
    }

    /// Calls `promise.finally(action)` and returns the derived promise.
    pub(super) fn finally(&mut self, id: ObjectId, action: Value) -> Value {
        let derived = self.pending_promise();
        let kind = if self.is_callable(&action) {
            ReactionKind::Finally { action, derived }
        } else {
            ReactionKind::Then { on_fulfilled: Value::Undefined, on_rejected: Value::Undefined, derived }
        };
        self.react(id, kind);
        Value::Object(derived)
    }

    /// Calls `Promise.resolve(value)`: a promise stays as it is, any other value becomes a promise.
    pub(super) fn promise_resolve(&mut self, value: &Value) -> ObjectId {
        if let Some(id) = self.promise_of(value) {
            return id;
        }
        let id = self.pending_promise();
        self.resolve_once(id, value.clone());
        id
    }

    /// Continues after the callback of a `finally`. When the promise that it returned is fulfilled, `derived` is settled like
    /// the promise before the `finally`.
    pub(super) fn finally_returned(&mut self, derived: ObjectId, returned: &Value, value: Value, rejected: bool) {
        let waited = self.promise_resolve(returned);
        let restored = self.pending_promise();
        self.react(waited, ReactionKind::Restore { value, rejected, derived: restored });
        self.resolve_once(derived, Value::Object(restored));
    }

    /// Makes the `resolve` and `reject` functions of a promise. `for_thenable` is true for a promise that is marked as
    /// resolved already, because it follows a thenable.
    pub(super) fn resolvers(&mut self, promise: ObjectId, for_thenable: bool) -> (ObjectId, ObjectId) {
        let other = ObjectId::NONE;
        let mut make =
            |rejects| self.heap.insert(ObjectKind::Resolver(Resolver { promise, rejects, other, used: false }));
        let pair = (make(false), make(true));
        if for_thenable {
            for (one, other) in [(pair.0, pair.1), (pair.1, pair.0)] {
                if let ObjectKind::Resolver(resolver) = &mut self.heap.get_mut(one).kind {
                    resolver.other = other;
                }
            }
        }
        pair
    }

    /// Calls a `resolve` or `reject` function.
    pub(super) fn call_resolver(&mut self, id: ObjectId, value: Value) {
        let ObjectKind::Resolver(resolver) = &mut self.heap.get_mut(id).kind else { return };
        let Resolver { promise, rejects, other, .. } = *resolver;
        let first = if other == ObjectId::NONE {
            self.claim(promise)
        } else {
            let used = core::mem::replace(&mut resolver.used, true);
            if let ObjectKind::Resolver(other) = &mut self.heap.get_mut(other).kind {
                other.used = true;
            }
            !used
        };
        if !first {
            return;
        }
        if rejects {
            self.settle(promise, Settled::Rejected, value);
        } else {
            self.resolve_now(promise, value);
        }
    }

    /// Calls `Promise.all`, `allSettled`, `any` or `race` with a list.
    pub(super) fn combine(&mut self, mode: Combination, items: &[Value]) -> Value {
        let promise = self.pending_promise();
        if mode == Combination::Race {
            for item in items {
                let id = self.promise_resolve(item);
                self.react(id, ReactionKind::Race(promise));
            }
            return Value::Object(promise);
        }
        let values = vec![Value::Undefined; items.len()];
        let remaining = items.len() as u32;
        let combinator = Combinator { mode, promise, values, remaining };
        let combinator = self.heap.insert(ObjectKind::Combinator(Box::new(combinator)));
        for (index, item) in (0..).zip(items) {
            let id = self.promise_resolve(item);
            self.react(id, ReactionKind::Element { combinator, index });
        }
        if items.is_empty() {
            self.combined(combinator);
        }
        Value::Object(promise)
    }

    /// Records the settlement of one element.
    pub(super) fn element_settled(&mut self, combinator: ObjectId, index: u32, value: Value, rejected: bool) {
        let ObjectKind::Combinator(state) = &self.heap.get(combinator).kind else { return };
        let (mode, promise) = (state.mode, state.promise);
        let value = match (mode, rejected) {
            (Combination::All, true) => return self.reject_once(promise, value),
            (Combination::Any, false) => return self.resolve_once(promise, value),
            (Combination::AllSettled, _) => {
                let outcome = self.heap.new_object();
                let (status, key) = if rejected { ("rejected", "reason") } else { ("fulfilled", "value") };
                self.set(&outcome, "status", Value::string(status));
                self.set(&outcome, key, value);
                outcome
            }
            _ => value,
        };
        let ObjectKind::Combinator(state) = &mut self.heap.get_mut(combinator).kind else { return };
        if let Some(slot) = state.values.get_mut(index as usize) {
            *slot = value;
        }
        state.remaining -= 1;
        if state.remaining == 0 {
            self.combined(combinator);
        }
    }

    /// Resolves or rejects the promise of a combinator whose elements are all settled.
    fn combined(&mut self, combinator: ObjectId) {
        let ObjectKind::Combinator(state) = &mut self.heap.get_mut(combinator).kind else { return };
        let (mode, promise) = (state.mode, state.promise);
        let values = core::mem::take(&mut state.values);
        let list = self.heap.new_array(values);
        if mode == Combination::Any {
            let error = self.new_error(ErrorKind::AggregateError, "All promises were rejected");
            self.set_error_list(&error, list);
            self.forget_error_position(&error);
            self.reject_once(promise, error);
        } else {
            self.resolve_once(promise, list);
        }
    }

    /// Returns the promises, with their reasons, that were rejected since the last call and have no handler. Call this when
    /// the job queue is empty, because a job may still add a handler.
    pub fn take_unhandled(&mut self) -> Vec<(Value, Value)> {
        let rejected = core::mem::take(&mut self.unhandled);
        let unhandled = rejected.into_iter().filter_map(|id| match &self.heap.get(id).kind {
            ObjectKind::Promise(promise) if !promise.handled => Some((Value::Object(id), promise.value.clone())),
            _ => None,
        });
        unhandled.collect()
    }
}
