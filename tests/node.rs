//! What Node's own modules, `console` and `JSON` say, against what Node 20 said: `node -e "require('./tests/node/files.js')
//! .main()" > tests/node/files.out`, with nothing of the file's in /tmp before.
#![cfg(not(target_arch = "wasm32"))]

mod running;

/// The lines that `main` prints.
fn printed(source: &str) -> String {
    let mut lines = String::new();
    running::run(source, "invoke main", &mut |report| {
        assert_eq!(report.error, None);
        for entry in &report.log {
            lines.push_str(&entry.text);
            lines.push('\n');
        }
    });
    lines
}

#[track_caller]
fn check(source: &str, recorded: &str) {
    for (line, expected) in printed(source).lines().zip(recorded.lines()) {
        assert_eq!(line, expected);
    }
    assert_eq!(printed(source), recorded);
}

#[test]
fn files_and_paths() {
    check(include_str!("node/files.js"), include_str!("node/files.out"));
}

#[test]
fn json_and_what_console_shows() {
    check(include_str!("node/console.js"), include_str!("node/console.out"));
}

#[test]
fn properties_that_are_no_lists() {
    check(include_str!("node/lists.js"), include_str!("node/lists.out"));
}

#[test]
fn modules_are_the_same_objects_each_time_and_the_environment_has_texts() {
    check(include_str!("node/modules.js"), include_str!("node/modules.out"));
}

#[test]
fn functions_have_their_names_lengths_and_messages() {
    check(include_str!("node/functions.js"), include_str!("node/functions.out"));
}

#[test]
fn timers() {
    check(include_str!("node/timers.js"), include_str!("node/timers.out"));
}
