//! The figures of the article's "How we know" are those of the recordings that are there.
#![cfg(not(target_arch = "wasm32"))]

#[path = "../xtask/src/figures.rs"]
mod figures;

use std::path::Path;

#[test]
fn the_figures_are_those_of_the_recordings() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let present = figures::present(root).unwrap_or_else(|error| panic!("{error}"));
    let renewed = figures::renewed(root).unwrap_or_else(|error| panic!("{error}"));
    assert!(present == renewed, "the figures in index.html are old: `cargo xtask figures` writes them anew");
}
