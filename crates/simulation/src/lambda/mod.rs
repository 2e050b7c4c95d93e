//! Lambda: the deployment package, the process with its runtime client, the execution environment around it, and the log.
//! The service that routes invocations to environments is the [`crate::world`]'s.

pub mod environment;
pub mod log;
pub mod package;
pub mod process;
mod registry;
pub mod runtime;
pub mod view;

pub use environment::Environment;
pub use package::{MODULES, Package, PackageFile, settings_of};
pub use registry::registry;
