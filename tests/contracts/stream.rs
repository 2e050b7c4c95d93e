//! The event streams of fixed scenarios are those of the snapshots in `tests/stream/`. The browser test compares with the
//! same files, so that both machines give the same events.
//!
//! A difference means that the simulation has changed. Where the change is intended, `INSTA_UPDATE=always cargo test --test
//! contracts stream` writes the snapshots anew, and their diff belongs into the same commit.

use crate::event_stream::{NAMES, streams};

#[test]
fn the_event_streams_are_those_of_the_snapshots() {
    let mut names = Vec::new();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../stream");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, stream) in streams() {
            insta::assert_snapshot!(name.clone(), stream);
            names.push(name);
        }
    });
    assert_eq!(names, NAMES, "the list in tests/stream/mod.rs has other streams");
}
