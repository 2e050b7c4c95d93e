//! Any scenario: what is read is printed and read again as the same.
#![no_main]

use simulation::scenario::{parse, print};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(scenario) = parse(text, None) {
        let printed = print(&scenario);
        assert_eq!(parse(&printed, None).expect("what is printed can be read"), scenario);
    }
});
