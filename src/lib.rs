//! Lambda Lifecycles: what persists between invocations of an AWS Lambda function, as a simulation that a browser and a
//! terminal run alike.

pub mod event;
pub mod limits;
pub mod postgres;
pub mod settings;
pub mod time;
