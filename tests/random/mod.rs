//! The number of random cases of a property: few in a usual run, a hundred times as many in a hunt.
//!
//! `LONG_RUN=1 cargo test --release --test robustness` is a hunt. `cargo xtask test` draws the same cases each time, so that
//! one commit has one result. A hunt draws new ones.

use proptest::test_runner::Config;

/// A configuration with `count` cases, or a hundred times as many where `LONG_RUN` is set.
pub fn cases(count: u32) -> Config {
    Config::with_cases(if std::env::var_os("LONG_RUN").is_some() { count * 100 } else { count })
}
