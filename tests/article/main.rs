//! The article says only what the simulation does: its experiments, tables, figures and listings are run and compared here.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and its helpers are not inside of `#[test]` functions"
)]
#![allow(clippy::format_push_string, reason = "the texts of a test are short")]
#![allow(unreachable_pub, reason = "no other crate sees the modules of a test")]

mod connection_loss;
mod costs;
mod failures;
mod figures;
mod module_state;
mod text;
mod walk_through;

mod page;

#[path = "../running/mod.rs"]
mod running;
