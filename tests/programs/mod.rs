//! Random programs, for the tests that run them here; `cargo xtask verify` compares them with Node.
#![allow(dead_code, reason = "each test uses a part, `cargo xtask verify` all of it")]

pub mod generator;
pub mod machine;
pub mod outcome;
pub mod tokens;
