//! The simulation beside other software: recordings of the real Node, Knex, pg, PostgreSQL and AWS' runtime client, and
//! SQLite and another JavaScript parser, which run here.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and its helpers are not inside of `#[test]` functions"
)]
#![allow(clippy::format_push_string, reason = "the texts of a test are short")]
#![allow(unreachable_pub, reason = "no other crate sees the modules of a test")]

mod golden;
mod knex;
mod node;
mod oxc;
mod postgres;
mod programs;
mod responses;
mod sqlite;
mod sqlite_database;
mod timers;

#[path = "../programs/mod.rs"]
mod random_programs;

#[path = "../random/mod.rs"]
mod random;
#[path = "../running/mod.rs"]
mod running;
