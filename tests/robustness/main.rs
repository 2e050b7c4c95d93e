//! The simulation under random input: it does not panic, it ends, it keeps its invariants, and it is deterministic.
#![cfg(not(target_arch = "wasm32"))]

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
