//! The same scenario and seed give the same events, byte for byte, natively and in the browser: `tests/browser/` compares
//! with the same number.
#![cfg(not(target_arch = "wasm32"))]

#[path = "stream/mod.rs"]
mod stream;

#[test]
fn the_stream_is_the_one_that_the_browser_gives() {
    assert_eq!(stream::hash(), stream::EXPECTED, "the simulation has changed: this number is EXPECTED now");
}
