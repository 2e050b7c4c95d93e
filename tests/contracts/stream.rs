//! The same scenario and seed give the same events, byte for byte, natively and in the browser: `tests/browser/` compares
//! with the same number.


use crate::event_stream;

#[test]
fn the_stream_is_the_one_that_the_browser_gives() {
    assert_eq!(event_stream::hash(), event_stream::EXPECTED, "the simulation has changed: this number is EXPECTED now");
}
