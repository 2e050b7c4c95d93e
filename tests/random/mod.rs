//! How much the properties are tried: a little at each run, a hundred times as much in a hunt.
//!
//! `LONG_RUN=1 cargo test --release --test world` is such a hunt, of a million actions for each property.
//! `cargo xtask test` draws the same cases each time, so that one commit has one result; a hunt draws new ones.

use proptest::test_runner::Config;

/// `count` cases, or a hundred times as many where `LONG_RUN` is set.
pub fn cases(count: u32) -> Config {
    Config::with_cases(if std::env::var_os("LONG_RUN").is_some() { count * 100 } else { count })
}
