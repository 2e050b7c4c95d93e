//! The simulation beside other software: recordings of the real Node, Knex, pg, PostgreSQL and AWS' runtime client, and
//! SQLite and another JavaScript parser, which run here.
#![cfg(not(target_arch = "wasm32"))]

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
