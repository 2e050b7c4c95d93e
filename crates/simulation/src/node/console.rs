//! `console`.

use super::context::{NodeContext, NodeFunction};
use super::exports::function;
use crate::event::{Level, Stream};
use crate::limits;
use javascript::{HostCall, HostReply, Namespace, Vm, inspect};

/// `console`.
pub(super) static CONSOLE: Namespace = Namespace {
    name: "console",
    members: &[
        function("log", 0, &NodeFunction(|vm, node, call| print(vm, node, call, Stream::Stdout, Level::Info))),
        function("info", 0, &NodeFunction(|vm, node, call| print(vm, node, call, Stream::Stdout, Level::Info))),
        function("debug", 0, &NodeFunction(|vm, node, call| print(vm, node, call, Stream::Stdout, Level::Debug))),
        function("warn", 0, &NodeFunction(|vm, node, call| print(vm, node, call, Stream::Stderr, Level::Warn))),
        function("error", 0, &NodeFunction(|vm, node, call| print(vm, node, call, Stream::Stderr, Level::Error))),
    ],
};

fn print(vm: &mut Vm, node: &mut NodeContext<'_>, call: &HostCall<'_>, stream: Stream, level: Level) -> HostReply {
    let mut text = inspect::format_arguments(vm.heap(), call.arguments);
    text.truncate(text.floor_char_boundary(limits::LOG_LINE_CHARACTERS));
    node.output.print(vm, stream, level, &text, Some(call.position));
    HostReply::UNDEFINED
}
