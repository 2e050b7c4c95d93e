//! Lambda Lifecycles: what persists between invocations of an AWS Lambda function, as a simulation that a browser and a
//! terminal run alike.
//!
//! # The map
//! A module imports only from those above it (`tests/architecture.rs` reads the `use` lines and says so when one does not).
//!
//! | module | what lives there |
//! |---|---|
//! | [`time`], [`limits`], [`random`], [`ordered`], [`float`], [`settings`], [`event`], `compiled` | virtual time; one table of limits; the run's only source of chance; ordered maps; doubles as decimal text; the settings as data; the event stream; the language's own library as `build.rs` compiled it |
//! | [`js`] | the handler machine: lexer, parser, compiler, heap, a VM that stops between any two steps, promises, built-ins |
//! | [`node`] | the event loop, timers, `console`, `process`, `fs` on /tmp |
//! | [`network`] | latencies, and what happens to a connection on its way |
//! | [`postgres`] | the server with its slots and sessions; `trait Database`; the mock |
//! | [`knex`] | client, pool (tarn), driver (pg), and what tells the recorded versions apart |
//! | [`lambda`] | package, process, runtime client, execution environment, log |
//! | [`world`] | puts them together: `apply`, `next_deadline`, `step` |
//! | [`scenario`] | the scenario language: syntax, settings, parse, print, run; the CLI's report |
//! | [`history`] | checkpoints, seek, fork; the pace at which virtual time is shown |
//! | [`export`] | a run as a terminal session, and as a recording of one |
//! | [`session`] | the state behind the page's machine: actions in, effects and views out |
//! | `ui` | the page's machine in Yew: draws a view, emits statements (wasm only) |
//! | `embed` | the `<lambda-lifecycles>` element (wasm only) |
//!
//! # Driving it
//! ```
//! use lambda_lifecycles::{lambda::Package, scenario, settings::Settings, world::World};
//! use std::rc::Rc;
//!
//! let package = Package::post();
//! let scenario = Rc::new(scenario::parse("invoke check; invoke check", package.exports()).unwrap());
//! let mut world = World::new(scenario.settings(Settings::default()), package);
//! let mut results = Vec::new();
//! scenario::run(&mut world, &scenario, &mut |report| results.push(report.to_json()));
//! assert!(results[0].contains("connection test success"));
//! assert!(results[1].contains("connection test fail"));
//! ```

mod compiled;
pub mod event;
pub mod export;
pub mod float;
pub mod history;
pub mod js;
pub mod knex;
pub mod lambda;
pub mod limits;
pub mod network;
pub mod node;
pub mod ordered;
pub mod postgres;
pub mod random;
pub mod scenario;
pub mod session;
pub mod settings;
pub mod time;
pub mod world;

#[cfg(target_arch = "wasm32")]
pub mod embed;
#[cfg(target_arch = "wasm32")]
pub mod ui;
