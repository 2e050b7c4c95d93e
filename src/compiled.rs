//! The files that come with the program, as `build.rs` compiled them; see [`image`](crate::js::image). The listing shows
//! their sources, which are beside them in the build: what is shown and what runs are of the same files.

macro_rules! image {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".image"))
    };
}

/// For each row of the language's own table, whether one of these files comes to it: a byte of 0 or 1.
pub(crate) const REACHED: &[u8] = image!("reached");
/// The built-ins that are written in the language itself; in the page, those that are reached.
pub(crate) const PRELUDE: &[u8] = image!("prelude");
/// The modules, in the order of [`MODULES`](crate::lambda::package::MODULES).
pub(crate) const MODULES: [&[u8]; 5] =
    [image!("handlers"), image!("cache"), image!("background"), image!("instead"), image!("failures")];
/// The config file.
pub(crate) const KNEXFILE: &[u8] = image!("knexfile");
