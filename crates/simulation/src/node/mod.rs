//! Node: the event loop and its timers, `console`, `process`, and the modules `fs` (on /tmp), `path` and `util`.
//!
//! [`exports`] declares all of it to the language as one [layer](javascript::registry). Knex is in [`crate::knex`].

mod arguments;
pub mod callback;
mod console;
pub mod context;
pub mod event_loop;
pub mod exports;
pub mod files;
mod fs;
mod immediates;
mod path;
pub mod process;
pub mod timer_objects;
pub mod timers;
