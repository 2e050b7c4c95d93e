//! What `setTimeout`, `setInterval` and `setImmediate` give: an object with `ref`, `unref` and `hasRef`; with `refresh` and
//! `close` too where it is no immediate. Source: the classes `Timeout` and `Immediate` of Node 20.

use super::event_loop::{NewTimer, Task};
use super::surface::{Surroundings, Told, function, not_callable, task_of};
use crate::event::TimerId;
use crate::limits;
use base::time::Duration;
use javascript::{self, Answer, ErrorKind, HostCall, Value, Vm};

/// The host class of a timer. Its values: see [`slot`]; the callback's arguments follow.
pub const TIMER: u16 = 0x01;

mod slot {
    /// Its number.
    pub const ID: usize = 0;
    /// Whether it keeps the loop alive.
    pub const REFED: usize = 1;
    /// Its delay in milliseconds; -1 once it has been cleared, `undefined` for an immediate.
    pub const DELAY: usize = 2;
    /// Whether it is an interval.
    pub const REPEATS: usize = 3;
    /// Its callback.
    pub const CALLBACK: usize = 4;
}

/// A call of `setTimeout`, `setInterval` or `setImmediate`.
pub(super) fn set(vm: &mut Vm, around: &mut Surroundings<'_>, call: &HostCall<'_>) -> (Answer, Told) {
    let callback = call.argument(0);
    if !vm.is_callable(&callback) {
        return (not_callable(vm, "callback", &callback), Told::Nothing);
    }
    if around.event_loop.len() >= limits::TIMERS {
        return (Answer::Throw(vm.new_error(ErrorKind::RangeError, "Too many timers")), Told::Nothing);
    }
    let immediate = call.function == function::SET_IMMEDIATE;
    let repeats = call.function == function::SET_INTERVAL;
    let rest = call.arguments.get(if immediate { 1 } else { 2 }..).unwrap_or_default();
    let task = task_of(vm, &callback, rest);
    let timer = new_timer(vm, around, call, task, repeats, true);
    let delay = delay_of(&call.argument(1));
    let (id, due) = if immediate {
        (around.event_loop.set_immediate(timer), around.now)
    } else {
        (around.event_loop.set_timer(around.now, delay, timer), around.now + delay)
    };
    let delay = if immediate { Value::Undefined } else { Value::Number(delay.as_millis() as f64) };
    let mut slots =
        vec![Value::Number(f64::from(id.0)), Value::Boolean(true), delay, Value::Boolean(repeats), callback];
    slots.extend_from_slice(rest);
    (Answer::Return(vm.host_object(TIMER, slots)), Told::TimerSet(id, due))
}

fn new_timer(
    vm: &Vm,
    around: &Surroundings<'_>,
    call: &HostCall<'_>,
    task: Task,
    repeats: bool,
    refed: bool,
) -> NewTimer {
    let (set_by, position, context) = (around.invocation, Some(call.position), vm.context());
    NewTimer { task, repeats, refed, set_by, position, context }
}

/// The values of a timer's object.
fn slots_of<'v>(vm: &'v Vm, timer: &Value) -> Option<(TimerId, &'v [Value])> {
    match vm.host_slots(timer) {
        Some((TIMER, slots)) => Some((TimerId(slots.get(slot::ID)?.as_number()? as u32), slots)),
        _ => None,
    }
}

/// `clearTimeout(timer)` and the like. Only `clearImmediate` clears an immediate.
pub(super) fn clear(vm: &mut Vm, around: &mut Surroundings<'_>, call: &HostCall<'_>, timer: &Value) -> Told {
    let Some((id, slots)) = slots_of(vm, timer) else { return Told::Nothing };
    if !slots[slot::DELAY].is_nullish() {
        vm.set_host_slot(timer, slot::DELAY, Value::Number(-1.0));
    } else if call.function != function::CLEAR_IMMEDIATE {
        return Told::Nothing;
    }
    match around.event_loop.clear(id) {
        Some(task) => {
            forget(vm, task);
            Told::TimerCleared(id)
        }
        None => Told::Nothing,
    }
}

/// A property of a timer's object.
pub fn property(vm: &mut Vm, timer: &Value, key: &str) -> Value {
    let is_immediate = slots_of(vm, timer).is_some_and(|(_, slots)| slots[slot::DELAY].is_nullish());
    let number = match key {
        "unref" => function::UNREF,
        "ref" => function::REF,
        "hasRef" => function::HAS_REF,
        "refresh" if !is_immediate => function::REFRESH,
        "close" if !is_immediate => function::CLOSE,
        _ => return Value::Undefined,
    };
    vm.host_function(number, key, timer.clone())
}

/// A call of a timer's method. An immediate that has run keeps nothing alive, whatever is said of it.
pub(super) fn call(vm: &mut Vm, around: &mut Surroundings<'_>, call: &HostCall<'_>) -> (Answer, Told) {
    let timer = call.bound;
    let Some((id, slots)) = slots_of(vm, timer) else { return (Answer::Return(Value::Undefined), Told::Nothing) };
    let is_immediate = slots[slot::DELAY].is_nullish();
    let refed = slots[slot::REFED].is_truthy();
    let told = match call.function {
        function::HAS_REF => {
            let waits = !is_immediate || around.event_loop.set_refed(id, refed);
            return (Answer::Return(Value::Boolean(refed && waits)), Told::Nothing);
        }
        function::UNREF | function::REF => {
            let refed = call.function == function::REF;
            around.event_loop.set_refed(id, refed);
            vm.set_host_slot(timer, slot::REFED, Value::Boolean(refed));
            Told::Nothing
        }
        function::REFRESH => refresh(vm, around, call, id),
        _ => clear(vm, around, call, timer),
    };
    (Answer::Return(timer.clone()), told)
}

/// `refresh()`: its delay counts from now, also where it has fired already; a cleared one stays so.
fn refresh(vm: &mut Vm, around: &mut Surroundings<'_>, call: &HostCall<'_>, id: TimerId) -> Told {
    let Some((_, slots)) = slots_of(vm, call.bound) else { return Told::Nothing };
    let slots = slots.to_vec();
    let delay = slots[slot::DELAY].as_number().unwrap_or_default();
    if delay < 0.0 {
        return Told::Nothing;
    }
    let delay = Duration::from_millis(delay as u64);
    if !around.event_loop.refresh(around.now, id) {
        let task = task_of(vm, &slots[slot::CALLBACK], &slots[slot::CALLBACK + 1..]);
        let (repeats, refed) = (slots[slot::REPEATS].is_truthy(), slots[slot::REFED].is_truthy());
        let timer = new_timer(vm, around, call, task, repeats, refed);
        around.event_loop.set_again(around.now, delay, id, timer);
    }
    Told::TimerSet(id, around.now + delay)
}

/// Lets go of a callback that will not run (again).
pub fn forget(vm: &mut Vm, task: Task) {
    if let Task::Call { function, arguments } = task {
        vm.release(function);
        for argument in arguments {
            vm.release(argument);
        }
    }
}

/// The delay in milliseconds that Node makes of the argument of `setTimeout`: 1 where it is missing, not a number, below 1
/// or above 2^31 - 1.
pub fn delay_of(argument: &Value) -> Duration {
    let number = match argument {
        Value::Number(number) => *number,
        Value::Boolean(true) => 1.0,
        Value::String(text) => javascript::number::from_string(text),
        _ => f64::NAN,
    };
    if (1.0..=2_147_483_647.0).contains(&number) {
        Duration::from_millis(number as u64)
    } else {
        Duration::from_millis(1)
    }
}
