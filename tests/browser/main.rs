//! The components in a browser: `cargo xtask test --only chromium,firefox`.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::wasm_bindgen_test_configure;

mod attributes;
mod element;
mod machine;

wasm_bindgen_test_configure!(run_in_browser);
