//! Any text as a scenario: one that parses is printed and parses again as the same scenario.
#![no_main]

use simulation::scenario::{parse, print};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(scenario) = parse(text, None) {
        let printed = print(&scenario);
        assert_eq!(parse(&printed, None).expect("a printed scenario parses"), scenario);
    }
});
