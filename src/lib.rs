//! Lambda Lifecycles: the page with the machine that shows what persists between invocations of an AWS Lambda function.

// The page's modules name these as `crate::…`.
pub use base::decimal as float;
pub use base::sorted_map as ordered;
pub use base::time;
pub use javascript as js;
pub use simulation::{event, export, history, knex, lambda, limits, network, node, random, scenario, settings, world};

pub mod session;

#[cfg(target_arch = "wasm32")]
pub mod embed;
#[cfg(target_arch = "wasm32")]
pub mod ui;
