//! The simulation under random input: it does not panic, it ends, it keeps its invariants, and it is deterministic.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and its helpers are not inside of `#[test]` functions"
)]
#![allow(clippy::format_push_string, reason = "the texts of a test are short")]
#![allow(unreachable_pub, reason = "no other crate sees the modules of a test")]

mod deep_values;
mod javascript_fuzz;
mod postgres_fuzz;
mod world;

#[path = "../programs/mod.rs"]
mod random_programs;

#[path = "../random/mod.rs"]
mod random;
#[path = "../running/mod.rs"]
mod running;
