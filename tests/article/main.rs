//! The article says only what the simulation does: its experiments, tables, figures and listings are run and compared here.
#![cfg(not(target_arch = "wasm32"))]

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
