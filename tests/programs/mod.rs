//! Random programs. The tests run them in the simulation, and `cargo xtask verify` also in Node.
#![allow(dead_code, reason = "each test binary uses a part")]

pub mod deep_values;
pub mod generator;
pub mod machine;
pub mod outcome;
pub mod tokens;
