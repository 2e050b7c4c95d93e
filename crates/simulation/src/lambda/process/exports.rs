//! The layer that Lambda's runtime is: `require`, the functions of a handler's `context`, and the advice that takes all
//! layers to give.

use super::host::ProcessHost;
use base::time::{Duration, Instant};
use javascript::{Advice, ErrorKind, HostCall, HostFunction, HostReply, Layer, Member, Value, Vm};

/// The runtime's layer.
pub static LAYER: Layer = Layer {
    globals: &[Member::Function(function("require", 1, &RuntimeFunction(require)))],
    other_modules: Some("a file of the package"),
    refused_globals: REFUSED_GLOBALS,
    refused_members: REFUSED_MEMBERS,
    ..Layer::EMPTY
};

const REFUSED_GLOBALS: &[Advice] = &[("__dirname", "`'/var/task'`"), ("fetch", "a query through `knex`, or a timer")];

const REFUSED_MEMBERS: &[Advice] = &[
    ("process.cwd", "`'/var/task'`"),
    ("process.memoryUsage", "`context.memoryLimitInMB`"),
    ("process.pid", "`pg_backend_pid()` for a session, or a variable at the top of the module for the process"),
];

/// The code of one of the runtime's functions. The instant is the time of the call.
pub(super) struct RuntimeFunction(
    pub(super) fn(&mut ProcessHost<'_, '_>, &mut Vm, Instant, &HostCall<'_>) -> HostReply,
);

const fn function(name: &'static str, length: u8, code: &'static RuntimeFunction) -> HostFunction {
    HostFunction::native(name, length, code)
}

/// `context.succeed`, and what the handler's promise is fulfilled with. Like all functions of a `context`, it is bound to
/// the invocation.
pub(super) static SUCCEED: HostFunction = function("succeed", 1, &RuntimeFunction(succeed));
/// `context.fail`, and what the handler's promise is rejected with.
pub(super) static FAIL: HostFunction = function("fail", 1, &RuntimeFunction(fail));
/// `context.done`.
pub(super) static DONE: HostFunction = function("done", 2, &RuntimeFunction(done));
/// The third argument of a handler.
pub(super) static CALLBACK: HostFunction = function("callback", 2, &RuntimeFunction(callback));
/// `context.getRemainingTimeInMillis`.
pub(super) static REMAINING: HostFunction = function("getRemainingTimeInMillis", 0, &RuntimeFunction(remaining));

fn require(host: &mut ProcessHost<'_, '_>, vm: &mut Vm, _: Instant, call: &HostCall<'_>) -> HostReply {
    if let Value::String(name) = call.argument(0) {
        return host.require(vm, &name);
    }
    HostReply::Throw(vm.new_error(ErrorKind::TypeError, "The \"id\" argument must be of type string."))
}

fn succeed(host: &mut ProcessHost<'_, '_>, vm: &mut Vm, now: Instant, call: &HostCall<'_>) -> HostReply {
    host.respond(vm, now, call, &Value::Undefined, &call.argument(0), Responder::Settled)
}

fn fail(host: &mut ProcessHost<'_, '_>, vm: &mut Vm, now: Instant, call: &HostCall<'_>) -> HostReply {
    let error = match call.argument(0) {
        Value::Undefined | Value::Null => Value::string("handled"),
        error => error,
    };
    host.respond(vm, now, call, &error, &Value::Undefined, Responder::Settled)
}

fn done(host: &mut ProcessHost<'_, '_>, vm: &mut Vm, now: Instant, call: &HostCall<'_>) -> HostReply {
    host.respond(vm, now, call, &call.argument(0), &call.argument(1), Responder::Settled)
}

fn callback(host: &mut ProcessHost<'_, '_>, vm: &mut Vm, now: Instant, call: &HostCall<'_>) -> HostReply {
    host.respond(vm, now, call, &call.argument(0), &call.argument(1), Responder::Callback)
}

fn remaining(host: &mut ProcessHost<'_, '_>, _: &mut Vm, now: Instant, _: &HostCall<'_>) -> HostReply {
    let left = host.outside.deadline.map_or(Duration::ZERO, |deadline| deadline.since(now));
    HostReply::Return(Value::Number(left.as_millis() as f64))
}

/// The way in which the outcome of a handler reaches the runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Responder {
    /// The handler's callback, which can wait for the event loop to be empty.
    Callback,
    /// Its promise, an exception, or a function of `context`: the response goes out at once.
    Settled,
}
