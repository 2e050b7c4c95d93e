//! Timers as a program has them: `setTimeout` and its kin, and the objects that they give.
//!
//! Source: the classes `Timeout` and `Immediate` of Node 20.

use super::arguments::not_a_function;
use super::callback;
use super::context::{NodeContext, NodeFunction};
use super::event_loop::{NewTimer, Task};
use crate::event::{EventKind, TimerId};
use crate::limits;
use base::time::Duration;
use javascript::{ErrorKind, HostCall, HostClass, HostFunction, HostReply, Value, Vm, number};

/// A timer or interval. Its [slots](slot) are followed by the arguments of the callback.
static TIMEOUT: HostClass = HostClass {
    name: "Timeout",
    methods: &[
        HostFunction::native("ref", 0, &NodeFunction(|vm, node, call| set_refed(vm, node, call, true))),
        HostFunction::native("unref", 0, &NodeFunction(|vm, node, call| set_refed(vm, node, call, false))),
        HostFunction::native("hasRef", 0, &NodeFunction(has_ref)),
        HostFunction::native("refresh", 0, &NodeFunction(refresh)),
        HostFunction::native("close", 0, &NodeFunction(close)),
    ],
    properties: &[],
};

/// An immediate. It has the first two [slots](slot) only.
static IMMEDIATE: HostClass = HostClass {
    name: "Immediate",
    methods: &[
        HostFunction::native("ref", 0, &NodeFunction(|vm, node, call| set_refed(vm, node, call, true))),
        HostFunction::native("unref", 0, &NodeFunction(|vm, node, call| set_refed(vm, node, call, false))),
        HostFunction::native("hasRef", 0, &NodeFunction(has_ref)),
    ],
    properties: &[],
};

/// The slots of a timer's object.
mod slot {
    /// The number of the timer in the loop.
    pub(super) const ID: usize = 0;
    /// True if it keeps the loop alive.
    pub(super) const REFED: usize = 1;
    /// The delay in milliseconds; -1 once the timer has been cleared.
    pub(super) const DELAY: usize = 2;
    /// True for an interval.
    pub(super) const REPEATS: usize = 3;
    /// The callback.
    pub(super) const CALLBACK: usize = 4;
}

/// True for the classes of timers, whose objects take any property.
pub fn is_timer(class: &'static HostClass) -> bool {
    *class == TIMEOUT || *class == IMMEDIATE
}

/// `setTimeout`.
pub(super) fn set_timeout(vm: &mut Vm, node: &mut NodeContext<'_>, call: &HostCall<'_>) -> HostReply {
    set_timer(vm, node, call, false)
}

/// `setInterval`.
pub(super) fn set_interval(vm: &mut Vm, node: &mut NodeContext<'_>, call: &HostCall<'_>) -> HostReply {
    set_timer(vm, node, call, true)
}

fn set_timer(vm: &mut Vm, node: &mut NodeContext<'_>, call: &HostCall<'_>, repeats: bool) -> HostReply {
    let timer = match new_timer(vm, node, call, 2) {
        Ok(timer) => NewTimer { repeats, ..timer },
        Err(reply) => return reply,
    };
    let delay = delay_of(&call.argument(1));
    let now = node.output.now;
    let id = node.event_loop.set_timer(now, delay, timer);
    node.output.emit(vm, EventKind::TimerSet { timer: id, due: now + delay, position: call.position });
    let mut slots = vec![
        Value::Number(f64::from(id.0)),
        Value::Boolean(true),
        Value::Number(delay.as_millis() as f64),
        Value::Boolean(repeats),
        call.argument(0),
    ];
    slots.extend_from_slice(call.arguments.get(2..).unwrap_or_default());
    HostReply::Return(vm.host_object(&TIMEOUT, slots))
}

/// `setImmediate`.
pub(super) fn set_immediate(vm: &mut Vm, node: &mut NodeContext<'_>, call: &HostCall<'_>) -> HostReply {
    let immediate = match new_timer(vm, node, call, 1) {
        Ok(immediate) => immediate,
        Err(reply) => return reply,
    };
    let id = node.event_loop.set_immediate(immediate);
    let due = node.output.now;
    node.output.emit(vm, EventKind::TimerSet { timer: id, due, position: call.position });
    let slots = vec![Value::Number(f64::from(id.0)), Value::Boolean(true)];
    HostReply::Return(vm.host_object(&IMMEDIATE, slots))
}

/// A timer that calls the first argument with those from `rest` on.
///
/// # Errors
/// The reply that throws, if the first argument is no function or there are too many timers.
fn new_timer(vm: &mut Vm, node: &NodeContext<'_>, call: &HostCall<'_>, rest: usize) -> Result<NewTimer, HostReply> {
    let function = call.argument(0);
    if !vm.is_callable(&function) {
        return Err(not_a_function(vm, "callback", &function));
    }
    if node.event_loop.len() >= limits::TIMERS {
        return Err(HostReply::Throw(vm.new_error(ErrorKind::RangeError, "Too many timers")));
    }
    let task = callback::hold(vm, &function, call.arguments.get(rest..).unwrap_or_default());
    Ok(timer_of(vm, node, call, task))
}

fn timer_of(vm: &Vm, node: &NodeContext<'_>, call: &HostCall<'_>, task: Task) -> NewTimer {
    NewTimer {
        task,
        repeats: false,
        refed: true,
        set_by: node.output.invocation,
        position: Some(call.position),
        context: vm.context(),
    }
}

fn id_of(slots: &[Value]) -> Option<TimerId> {
    slots.get(slot::ID)?.as_number().map(|id| TimerId(id as u32))
}

/// The number of a timer or immediate, with the slots of its object.
fn timer_slots<'v>(vm: &'v Vm, timer: &Value) -> Option<(TimerId, &'v [Value])> {
    let (class, slots) = vm.host_slots(timer)?;
    if is_timer(class) { Some((id_of(slots)?, slots)) } else { None }
}

/// `clearTimeout` and `clearInterval`: each clears timers of both kinds.
pub(super) fn clear_timeout(vm: &mut Vm, node: &mut NodeContext<'_>, call: &HostCall<'_>) -> HostReply {
    clear_timer(vm, node, &call.argument(0));
    HostReply::UNDEFINED
}

/// `clearImmediate`. As in Node, it clears timers too.
pub(super) fn clear_immediate(vm: &mut Vm, node: &mut NodeContext<'_>, call: &HostCall<'_>) -> HostReply {
    let immediate = call.argument(0);
    match timer_slots(vm, &immediate) {
        Some((id, _)) if vm.slots_of(&immediate, &IMMEDIATE).is_some() => take_out(vm, node, id),
        Some(_) => clear_timer(vm, node, &immediate),
        None => {}
    }
    HostReply::UNDEFINED
}

fn clear_timer(vm: &mut Vm, node: &mut NodeContext<'_>, timer: &Value) {
    if let Some(id) = vm.slots_of(timer, &TIMEOUT).and_then(id_of) {
        vm.set_host_slot(timer, slot::DELAY, Value::Number(-1.0));
        take_out(vm, node, id);
    }
}

/// Takes a timer or immediate out of the loop, if it is still there.
fn take_out(vm: &mut Vm, node: &mut NodeContext<'_>, id: TimerId) {
    if let Some(task) = node.event_loop.clear(id) {
        callback::release(vm, task);
        node.output.emit(vm, EventKind::TimerCleared { timer: id });
    }
}

/// `ref()` and `unref()`.
fn set_refed(vm: &mut Vm, node: &mut NodeContext<'_>, call: &HostCall<'_>, refed: bool) -> HostReply {
    let Some((id, _)) = timer_slots(vm, call.bound) else { return HostReply::UNDEFINED };
    node.event_loop.set_refed(id, refed);
    vm.set_host_slot(call.bound, slot::REFED, Value::Boolean(refed));
    HostReply::Return(call.bound.clone())
}

/// `hasRef()`. An immediate that has run keeps nothing alive, whatever is said of it.
fn has_ref(vm: &mut Vm, node: &mut NodeContext<'_>, call: &HostCall<'_>) -> HostReply {
    let Some((id, slots)) = timer_slots(vm, call.bound) else { return HostReply::UNDEFINED };
    let refed = slots[slot::REFED].is_truthy();
    let is_immediate = vm.slots_of(call.bound, &IMMEDIATE).is_some();
    let waits = !is_immediate || node.event_loop.set_refed(id, refed);
    HostReply::Return(Value::Boolean(refed && waits))
}

/// `refresh()`: the delay counts from now, even if the timer has fired. A cleared timer stays cleared.
fn refresh(vm: &mut Vm, node: &mut NodeContext<'_>, call: &HostCall<'_>) -> HostReply {
    let reply = HostReply::Return(call.bound.clone());
    let Some(slots) = vm.slots_of(call.bound, &TIMEOUT).map(<[Value]>::to_vec) else { return reply };
    let Some(id) = id_of(&slots) else { return reply };
    let delay = slots[slot::DELAY].as_number().unwrap_or_default();
    if delay < 0.0 {
        return reply;
    }
    let (now, delay) = (node.output.now, Duration::from_millis(delay as u64));
    if !node.event_loop.refresh(now, id) {
        let task = callback::hold(vm, &slots[slot::CALLBACK], &slots[slot::CALLBACK + 1..]);
        let (repeats, refed) = (slots[slot::REPEATS].is_truthy(), slots[slot::REFED].is_truthy());
        let timer = NewTimer { repeats, refed, ..timer_of(vm, node, call, task) };
        node.event_loop.set_again(now, delay, id, timer);
    }
    node.output.emit(vm, EventKind::TimerSet { timer: id, due: now + delay, position: call.position });
    reply
}

/// `close()`: clears the timer.
fn close(vm: &mut Vm, node: &mut NodeContext<'_>, call: &HostCall<'_>) -> HostReply {
    clear_timer(vm, node, call.bound);
    HostReply::Return(call.bound.clone())
}

/// The delay that Node makes of the second argument of `setTimeout`: 1 ms if it is missing, no number, below 1 or above
/// 2^31 - 1.
pub fn delay_of(argument: &Value) -> Duration {
    let milliseconds = match argument {
        Value::Number(number) => *number,
        Value::Boolean(true) => 1.0,
        Value::String(text) => number::from_string(text),
        _ => f64::NAN,
    };
    if (1.0..=2_147_483_647.0).contains(&milliseconds) {
        Duration::from_millis(milliseconds as u64)
    } else {
        Duration::from_millis(1)
    }
}
