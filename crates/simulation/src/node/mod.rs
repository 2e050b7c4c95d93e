//! Node: the event loop and its timers, `console`, `process`, and `fs` on /tmp. What is the language's own is in
//! [`javascript`]; what is Knex's is in [`crate::knex`].

pub mod event_loop;
pub mod files;
mod fs;
mod immediates;
mod path;
pub mod surface;
mod timer_objects;
pub mod timers;
