//! Lambda Lifecycles: what persists between invocations of an AWS Lambda function, as a simulation that a browser and a
//! terminal run alike.

pub mod event;
pub mod limits;
pub mod settings;
pub mod time;

#[cfg(target_arch = "wasm32")]
pub mod embed;
#[cfg(target_arch = "wasm32")]
pub mod ui;
