//! Lambda: the deployment package, the process with its runtime client, the execution environment around it, and the log.
//! The service that routes invocations to environments is the [`crate::world`]'s.

pub mod environment;
pub mod exit;
mod exports;
pub mod log;
pub mod package;
pub mod process;
pub mod runtime;
pub mod view;

pub use environment::Environment;
pub use exit::ProcessExit;
pub use package::{MODULES, Package, PackageFile, settings_of};
