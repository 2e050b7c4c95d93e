//! Lambda Lifecycles: the page with the machine that shows what persists between invocations of an AWS Lambda function.

pub mod session;

#[cfg(target_arch = "wasm32")]
pub mod embed;
#[cfg(target_arch = "wasm32")]
pub mod ui;
