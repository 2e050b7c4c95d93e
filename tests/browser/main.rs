//! The components in a browser: `cargo xtask test --only chromium,firefox`.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::wasm_bindgen_test_configure;

mod attributes;
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
