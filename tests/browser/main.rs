//! The components in a browser: `cargo xtask test --only chromium,firefox`.
#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and its helpers are not inside of `#[test]` functions"
)]
#![allow(clippy::format_push_string, reason = "the texts of a test are short")]
#![allow(unreachable_pub, reason = "no other crate sees the modules of a test")]

use wasm_bindgen_test::wasm_bindgen_test_configure;

mod element;
mod links;
mod machine;
#[path = "../stream/mod.rs"]
mod stream;
mod terminal;

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test::wasm_bindgen_test]
fn the_stream_is_the_one_that_runs_natively() {
    stream::compare_with_snapshots();
}
