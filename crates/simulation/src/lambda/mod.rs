//! Lambda: the deployment package, the process with its runtime client, the execution environment around it, and the log.
//!
//! The service, which routes invocations to environments, is part of the [`world`](crate::world).

pub mod environment;
pub mod exit;
mod exports;
pub mod log;
pub mod package;
pub mod process;
mod registry;
pub mod runtime;
pub mod view;

pub use environment::Environment;
pub use exit::ProcessExit;
pub use package::{MODULES, Package, PackageFile, settings_of};
pub use registry::registry;
