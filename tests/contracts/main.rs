//! The interfaces that others rely on: the command line, the scenario language, share links, and the event stream, which
//! is the same on every machine.
#![cfg(not(target_arch = "wasm32"))]

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
