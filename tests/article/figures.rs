//! The figures of the article's section "How we know" are counted from the recordings in this repository.

#[path = "../../xtask/src/figures.rs"]
mod counting;

use std::path::Path;

#[test]
fn the_figures_are_those_of_the_recordings() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let present = counting::present(root).unwrap_or_else(|error| panic!("{error}"));
    let renewed = counting::renewed(root).unwrap_or_else(|error| panic!("{error}"));
    assert!(present == renewed, "the figures in index.html are out of date: `cargo xtask figures` updates them");
}
