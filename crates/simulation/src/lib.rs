//! The simulation: a Lambda service, Node processes, Knex and a PostgreSQL server in virtual time.
//!
//! A module imports only from those above it.
//!
//! | module | contents |
//! |---|---|
//! | [`limits`], [`random`], [`settings`], [`event`] | one table of limits; the only source of chance; the settings of a run; the event stream |
//! | [`node`] | the event loop, timers, `console`, `process`, `fs` on /tmp |
//! | [`network`] | latencies, and what happens to a connection on its way |
//! | [`server`] | the PostgreSQL server: slots, backends, timeouts |
//! | [`knex`] | client, pool (tarn), driver (pg), and the differences between the recorded versions |
//! | [`lambda`] | package, process, runtime client, execution environment, log |
//! | [`world`] | all of it together: `apply`, `next_deadline`, `step` |
//! | [`scenario`] | the scenario language: syntax, settings, parse, print, run; the report |
//! | [`history`] | checkpoints, seek, fork; the pace at which virtual time is shown |
//! | [`export`] | a run as a terminal session, and as a recording of one |

pub mod event;
pub mod export;
pub mod history;
pub mod json;
pub mod knex;
pub mod lambda;
pub mod limits;
pub mod network;
pub mod node;
pub mod random;
pub mod scenario;
pub mod server;
pub mod settings;
pub mod world;
