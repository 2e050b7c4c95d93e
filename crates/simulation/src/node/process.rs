//! `process`, and `queueMicrotask` beside its `nextTick`.

use std::rc::Rc;

use super::arguments::not_a_function;
use super::callback;
use super::context::{NodeContext, NodeFunction};
use super::event_loop::Tick;
use super::exports::function;
use javascript::{HostCall, HostReply, Member, Namespace, Value, Vm};

/// `process`. The host gives `env`: it knows the variables of its environment.
pub static PROCESS: Namespace = Namespace {
    name: "process",
    members: &[
        function("nextTick", 1, &NodeFunction(next_tick)),
        function("exit", 1, &NodeFunction(exit)),
        function("on", 2, &NodeFunction(on)),
        Member::Property("env"),
    ],
};

/// The value of `process.env`.
pub fn environment_object(vm: &mut Vm, variables: &[(Rc<str>, Rc<str>)]) -> Value {
    let object = vm.heap_mut().new_object();
    for (name, value) in variables {
        vm.set(&object, name, Value::String(value.clone()));
    }
    vm.set_text_only(&object);
    object
}

fn next_tick(vm: &mut Vm, node: &mut NodeContext<'_>, call: &HostCall<'_>) -> HostReply {
    let function = call.argument(0);
    if !vm.is_callable(&function) {
        return not_a_function(vm, "callback", &function);
    }
    let task = callback::hold(vm, &function, call.arguments.get(1..).unwrap_or_default());
    node.drain.next_tick(Tick { task, context: vm.context() });
    HostReply::UNDEFINED
}

/// `queueMicrotask`.
pub(super) fn queue_microtask(vm: &mut Vm, _: &mut NodeContext<'_>, call: &HostCall<'_>) -> HostReply {
    let function = call.argument(0);
    if !vm.is_callable(&function) {
        return not_a_function(vm, "callback", &function);
    }
    vm.queue_microtask(function);
    HostReply::UNDEFINED
}

fn exit(_: &mut Vm, _: &mut NodeContext<'_>, call: &HostCall<'_>) -> HostReply {
    HostReply::Exit(call.argument(0).as_number().unwrap_or(0.0) as i32)
}

/// The listener is never called: the runtime client's own comes first, and ends the process.
fn on(vm: &mut Vm, _: &mut NodeContext<'_>, call: &HostCall<'_>) -> HostReply {
    let listener = call.argument(1);
    if vm.is_callable(&listener) { HostReply::UNDEFINED } else { not_a_function(vm, "listener", &listener) }
}
