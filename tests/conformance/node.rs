//! Node's modules, `console` and `JSON` beside Node 20: the programs of `tests/node/` print what Node printed.
//!
//! `node -e "require('./tests/node/files.js').main()" > tests/node/files.out` records one of them. None of its files may be
//! in /tmp before.

use crate::running;

/// The lines that the program's `main` prints.
fn printed(source: &str) -> String {
    let mut lines = String::new();
    for report in running::reports(source, "invoke main") {
        assert_eq!(report.result.outcome().expect("the invocation ended").error, None);
        for entry in &report.log {
            lines.push_str(&entry.text);
            lines.push('\n');
        }
    }
    lines
}

#[track_caller]
fn check(source: &str, recorded: &str) {
    let printed = printed(source);
    for (number, (line, expected)) in printed.lines().zip(recorded.lines()).enumerate() {
        assert_eq!(line, expected, "line {}", number + 1);
    }
    assert_eq!(printed, recorded);
}

#[test]
fn files_and_paths() {
    check(include_str!("../node/files.js"), include_str!("../node/files.out"));
}

#[test]
fn json_and_console() {
    check(include_str!("../node/console.js"), include_str!("../node/console.out"));
}

#[test]
fn destructuring_a_property_that_is_not_iterable() {
    check(include_str!("../node/lists.js"), include_str!("../node/lists.out"));
}

#[test]
fn modules_and_environment_variables() {
    check(include_str!("../node/modules.js"), include_str!("../node/modules.out"));
}

#[test]
fn names_lengths_and_messages_of_functions() {
    check(include_str!("../node/functions.js"), include_str!("../node/functions.out"));
}

#[test]
fn timers() {
    check(include_str!("../node/timers.js"), include_str!("../node/timers.out"));
}
