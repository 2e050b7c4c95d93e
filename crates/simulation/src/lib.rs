//! The simulation: a Lambda service, Node processes, Knex and a PostgreSQL server in virtual time.
//!
//! A [`World`](world::World) holds all of it. It does no I/O, reads no clock, and draws chance from a seed, so the same
//! actions give the same events on every machine.
//!
//! # Driving a world
//!
//! There is one way to drive a world. The page, the command line and the tests all use it:
//!
//! ```text
//!                        ┌───────────────────────────────────────────────┐
//!                        ▼                                               │
//!    one mutation:   apply(action) ──► goal                              │ the next action
//!                        │                                               │
//!                        ▼                                               │
//!    then drain:     step(goal) ──true──► take_events() ──► step(goal) … │
//!                        │                                               │
//!                      false: the goal is reached                        │
//!                        │                                               │
//!                        └──► take_events() ─────────────────────────────┘
//! ```
//!
//! 1. [`World::apply`](world::World::apply) changes the world. That takes no virtual time.
//! 2. [`World::step`](world::World::step) lets one thing happen on the way to a [`Goal`](world::Goal): the end of an
//!    invocation, or a moment. It is called until it returns false. Only then may the next action follow; an action in
//!    between is a mutation in the middle of a run, as a click of a reader's is.
//! 3. Each step leaves its events in the world, in order, until
//!    [`World::take_events`](world::World::take_events) takes them.
//!
//! [`World::next_deadline`](world::World::next_deadline) says when the world wants to go on by itself. A caller that shows
//! virtual time to a reader waits for as long as it likes before the next step.
//! [`World::drive`](world::World::drive) does steps 2 and 3 for those who need no pause.
//!
//! ```
//! use simulation::event::EventKind;
//! use simulation::lambda::Package;
//! use simulation::settings::Settings;
//! use simulation::world::{Action, Call, Goal, World};
//!
//! let mut world = World::new(Settings::default(), Package::post());
//!
//! // One mutation: invoke one of the post's handlers.
//! let applied = world.apply(Action::Invoke(Call::new("checkDatabaseConnection")))?;
//! let invocation = applied.invocation.expect("an invocation was asked for");
//!
//! // Then drain, until the invocation has ended.
//! let mut results = Vec::new();
//! while world.step(Goal::Ended(invocation)) {
//!     for event in world.take_events() {
//!         if let EventKind::InvocationEnded { outcome } = event.kind {
//!             assert!(outcome.succeeded());
//!             results.push(outcome.result.clone());
//!         }
//!     }
//! }
//! assert_eq!(results, [Some("\"Postgres: connection test success\"".into())]);
//!
//! // The environment is frozen now. Lambda shuts it down when it has been idle for `lambda.reclaim_after`.
//! assert!(world.next_deadline().is_some());
//! # Ok::<(), simulation::world::Refusal>(())
//! ```
//!
//! A scenario is a list of such actions and goals in words: [`scenario::Statement::begin`] applies one and returns its
//! goal. [`history::Player`] drives a world at a reader's pace, and replays a recording in the same way.
//!
//! Freezing belongs to the world too. The setting `lambda.freeze` decides it, and
//! [`World::set_freezing`](world::World::set_freezing) can change it during a run.
//!
//! # Modules
//!
//! A module imports only from those above it.
//!
//! | module | contents |
//! |---|---|
//! | [`limits`], [`json`], [`random`], [`settings`], [`event`] | the table of limits; JSON texts; the only source of chance; the settings of a run; the event stream |
//! | [`node`] | the event loop, timers, `console`, `process`, `fs` on /tmp |
//! | [`network`] | latencies, and what happens to a connection on its way |
//! | [`server`] | the PostgreSQL server: slots, backends, timeouts |
//! | [`knex`] | client, pool (tarn), driver (pg), and the differences between the recorded versions |
//! | [`lambda`] | package, process, runtime client, execution environment, log |
//! | [`world`] | all of it together |
//! | [`scenario`] | the scenario language: parse, print, settings, run, report |
//! | [`history`] | the player: recording, pace, seek, undo; a run as a scenario |
//! | [`export`] | a run as a terminal session, and as a recording of one |

#![warn(missing_docs, unreachable_pub)]

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
