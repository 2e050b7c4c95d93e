//! Promises and jobs, step for step as ECMAScript has them: which job is queued when is what decides which log line
//! comes first.

use super::heap::{ErrorKind, Marking, ObjectKind};
use super::registry::HostClass;
use super::value::{ObjectId, Value};
use super::vm::Vm;

/// The state of a promise, as the host asks for it.
#[derive(Clone, Debug)]
pub enum PromiseState {
    /// Not settled.
    Pending,
    /// Fulfilled with this.
    Fulfilled(Value),
    /// Rejected with this.
    Rejected(Value),
}

/// What a promise holds.
#[derive(Clone, Debug, Default)]
pub struct Promise {
    settled: Settled,
    /// What it was fulfilled or rejected with.
    value: Value,
    /// Whether its fate is decided: settled, or following another promise.
    resolved: bool,
    /// Whether anything was ever registered with it.
    handled: bool,
    reactions: Vec<Reaction>,
}

impl Promise {
    /// Where it stands.
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

/// What happens when a promise is settled, and on whose behalf.
#[derive(Clone, Debug)]
pub(crate) struct Reaction {
    context: u32,
    kind: ReactionKind,
}

#[derive(Clone, Debug)]
pub(crate) enum ReactionKind {
    /// `then`: what is called, and the promise of what comes of it.
    Then { on_fulfilled: Value, on_rejected: Value, derived: ObjectId },
    /// `await`: the coroutine goes on.
    Await(ObjectId),
    /// That promise, which was resolved with this one, becomes what this one became.
    Follow(ObjectId),
    /// That promise becomes what this one became, where it has not been resolved yet (`Promise.race`).
    Race(ObjectId),
    /// One of the list of a `Promise.all` or its kin.
    Element { combinator: ObjectId, index: u32 },
    /// `finally`: what is called, and the promise of what comes of it.
    Finally { action: Value, derived: ObjectId },
    /// After what a `finally` returned: the outcome from before it.
    Restore { value: Value, rejected: bool, derived: ObjectId },
}

/// Jobs of a queue that are not counted when they come, only by the next collection.
const FEW_JOBS: usize = 1_000;

/// A queued job, and on whose behalf it runs.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub context: u32,
    pub kind: JobKind,
}

#[derive(Clone, Debug)]
pub(crate) enum JobKind {
    /// A promise was settled.
    Reaction { kind: ReactionKind, value: Value, rejected: bool },
    /// A promise was resolved with another one.
    Follow { promise: ObjectId, followed: ObjectId },
    /// A promise was resolved with an object that has a `then` of its own.
    Thenable { promise: ObjectId, thenable: Value, then: Value },
    /// `queueMicrotask`.
    Callback(Value),
    /// A microtask of the host's.
    Host(u32),
}

/// A `resolve` or `reject` function.
#[derive(Clone, Debug)]
pub struct Resolver {
    /// Whose.
    pub(crate) promise: ObjectId,
    /// Whether it is `reject`.
    pub(crate) rejects: bool,
    /// The other of its pair, for a pair made for a thenable: of the two only the first call counts, and the promise's
    /// own mark has been set before. [`ObjectId::NONE`] for the pair of `new Promise`, which goes by that mark.
    pub(crate) other: ObjectId,
    /// Whether one of the pair has been called.
    pub(crate) used: bool,
}

/// The state of a `Promise.all` or its kin.
#[derive(Clone, Debug)]
pub struct Combinator {
    mode: Mode,
    promise: ObjectId,
    values: Vec<Value>,
    remaining: u32,
}

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
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
    /// A new promise.
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

    /// The state of a promise; `None` where the value is none.
    pub fn promise_state(&self, value: &Value) -> Option<PromiseState> {
        let ObjectKind::Promise(promise) = &self.heap.get(value.as_object()?).kind else { return None };
        Some(promise.state())
    }

    /// Resolves a promise, as its `resolve` function does: where it has not been resolved yet. An object with a `then`
    /// is followed, from a job of its own.
    pub fn resolve(&mut self, promise: &Value, value: Value) {
        if let Some(id) = self.promise_of(promise) {
            self.resolve_once(id, value);
        }
    }

    /// Rejects a promise, as its `reject` function does: where it has not been resolved yet.
    pub fn reject(&mut self, promise: &Value, reason: Value) {
        if let Some(id) = self.promise_of(promise) {
            self.reject_once(id, reason);
        }
    }

    /// Marks a promise as resolved; whether it was not before.
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

    /// What a `resolve` function does the first time it is called.
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

    /// Queues a job on behalf of what runs now.
    pub(super) fn queue(&mut self, kind: JobKind) {
        self.enqueue(Job { context: self.context, kind });
    }

    fn enqueue(&mut self, job: Job) {
        // The few of a usual turn are not worth a collection.
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

    /// Registers what happens when a promise is settled.
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

    /// `promise.then(on_fulfilled, on_rejected)`: the derived promise. What is not callable lets the outcome pass.
    pub fn then(&mut self, promise: &Value, on_fulfilled: Value, on_rejected: Value) -> Value {
        let derived = self.pending_promise();
        if let Some(id) = self.promise_of(promise) {
            self.react(id, ReactionKind::Then { on_fulfilled, on_rejected, derived });
        }
        Value::Object(derived)
    }

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

    /// `Promise.resolve(value)`: the value itself where it is a promise.
    pub(super) fn promise_resolve(&mut self, value: &Value) -> ObjectId {
        if let Some(id) = self.promise_of(value) {
            return id;
        }
        let id = self.pending_promise();
        self.resolve_once(id, value.clone());
        id
    }

    /// After the function of a `finally` has returned: the outcome from before it goes on when what was returned is
    /// fulfilled.
    pub(super) fn finally_returned(&mut self, derived: ObjectId, returned: &Value, value: Value, rejected: bool) {
        let waited = self.promise_resolve(returned);
        let restored = self.pending_promise();
        self.react(waited, ReactionKind::Restore { value, rejected, derived: restored });
        self.resolve_once(derived, Value::Object(restored));
    }

    /// The `resolve` and `reject` functions of a promise; `apart`: a pair that does not go by the promise's own mark.
    pub(super) fn resolvers(&mut self, promise: ObjectId, apart: bool) -> (ObjectId, ObjectId) {
        let other = ObjectId::NONE;
        let mut make =
            |rejects| self.heap.insert(ObjectKind::Resolver(Resolver { promise, rejects, other, used: false }));
        let pair = (make(false), make(true));
        if apart {
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

    /// `Promise.all` and its kin, of a list.
    pub(super) fn combine(&mut self, mode: Mode, items: &[Value]) -> Value {
        let promise = self.pending_promise();
        if mode == Mode::Race {
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

    /// One of the list has been settled.
    pub(super) fn element_settled(&mut self, combinator: ObjectId, index: u32, value: Value, rejected: bool) {
        let ObjectKind::Combinator(state) = &self.heap.get(combinator).kind else { return };
        let (mode, promise) = (state.mode, state.promise);
        let value = match (mode, rejected) {
            (Mode::All, true) => return self.reject_once(promise, value),
            (Mode::Any, false) => return self.resolve_once(promise, value),
            (Mode::AllSettled, _) => {
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

    fn combined(&mut self, combinator: ObjectId) {
        let ObjectKind::Combinator(state) = &mut self.heap.get_mut(combinator).kind else { return };
        let (mode, promise) = (state.mode, state.promise);
        let values = core::mem::take(&mut state.values);
        let list = self.heap.new_array(values);
        if mode == Mode::Any {
            let error = self.new_error(ErrorKind::AggregateError, "All promises were rejected");
            self.set_error_list(&error, list);
            self.forget_error_position(&error);
            self.reject_once(promise, error);
        } else {
            self.resolve_once(promise, list);
        }
    }

    /// Promises that are rejected without a handler since this was last asked; one that got a handler meanwhile is not
    /// among them. To be asked when the job queue is empty.
    pub fn take_unhandled(&mut self) -> Vec<(Value, Value)> {
        let rejected = core::mem::take(&mut self.unhandled);
        let unhandled = rejected.into_iter().filter_map(|id| match &self.heap.get(id).kind {
            ObjectKind::Promise(promise) if !promise.handled => Some((Value::Object(id), promise.value.clone())),
            _ => None,
        });
        unhandled.collect()
    }
}
