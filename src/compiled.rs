//! What `build.rs` made of the language's own library: see [`bytecode`](crate::js::bytecode) and
//! [`reach`](crate::js::reach). The handlers' is with their sources, in the [`package`](crate::lambda::package).

/// For each row of the language's own table, whether a module that comes with the program comes to it: a byte of 0 or 1.
pub(crate) const REACHED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/reached"));
/// The built-ins that are written in the language itself; in the page, those that are reached.
pub(crate) const PRELUDE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/prelude.bytecode"));
