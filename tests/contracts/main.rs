//! The interfaces that others rely on: the command line, the scenario language, share links, and the event stream, which
//! is the same on every machine.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and its helpers are not inside of `#[test]` functions"
)]
#![allow(clippy::float_cmp, reason = "printed times are compared as they are printed")]
#![allow(clippy::format_push_string, reason = "the texts of a test are short")]
#![allow(unreachable_pub, reason = "no other crate sees the modules of a test")]

mod cli;
mod links;
mod scenario;
mod settings;
mod statements;
mod stream;

#[path = "../stream/mod.rs"]
mod event_stream;
#[path = "../random/mod.rs"]
mod random;
#[path = "../running/mod.rs"]
mod running;
