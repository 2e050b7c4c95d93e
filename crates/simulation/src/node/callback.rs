//! Callbacks that the event loop holds until their turn.

use super::event_loop::Task;
use javascript::{Value, Vm};

/// A task that calls a function. The machine retains the function and its arguments until the task is [released](release).
pub fn hold(vm: &mut Vm, function: &Value, arguments: &[Value]) -> Task {
    let arguments = arguments.iter().map(|argument| vm.retain(argument.clone())).collect();
    Task::Call { function: vm.retain(function.clone()), arguments }
}

/// Releases the values of a task that will not run again.
pub fn release(vm: &mut Vm, task: Task) {
    if let Task::Call { function, arguments } = task {
        vm.release(function);
        for argument in arguments {
            vm.release(argument);
        }
    }
}
