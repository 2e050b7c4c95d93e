//! Share links.

use super::{machine, run};
use crate::session::{Effect, Session, SessionAction, ShareLink};

fn link(session: &mut Session) -> String {
    match &session.reduce(SessionAction::CopyLink)[..] {
        [Effect::CopyLink { fragment }] => fragment.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_link_leads_to_what_was_shown() {
    let mut session = machine(&[("knex", "0.17.0")]);
    run(&mut session, "invoke check; freeze for 5m; invoke check");
    session.reduce(SessionAction::SeekPlace(2_000));
    let fragment = link(&mut session);
    let mut other = machine(&[]);
    other.reduce(SessionAction::Open(format!("#{fragment}").into()));
    assert_eq!(other.time_bar().clock, session.time_bar().clock);
    assert_eq!(other.log(), session.log());
    assert!(other.state().announcement.contains("Opened from a link"));
    assert_eq!(link(&mut other), fragment);
}

#[test]
fn a_link_leads_to_its_module() {
    let mut session = machine(&[]);
    run(&mut session, "invoke answer");
    let fragment = link(&mut session);
    assert!(fragment.contains("m=cache"), "{fragment}");
    let mut other = machine(&[]);
    other.reduce(SessionAction::Open(fragment.into()));
    assert_eq!(&*other.listing().name, "cache.js");
    assert_eq!(other.lanes(), session.lanes());
}

#[test]
fn a_link_that_cannot_be_opened_leaves_an_error_and_a_machine_at_its_beginning() {
    let mut session = machine(&[("module", "cache")]);
    for (link, expected) in [
        ("ll=7;s=invoke+check", "column 4: found `7`, expected version 1 of links"),
        ("ll=1;m=nothing;s=deploy", "found the module `nothing`, expected one of handlers, cache"),
        ("ll=1;s=invoke+checkDatabaseConnection;freeze+5m", "line 1, column 32: found `freze`"),
    ] {
        run(&mut session, "invoke check");
        session.reduce(SessionAction::Open(link.replace("freeze", "freze").into()));
        let error = session.state().error.clone().unwrap();
        assert!(error.contains(expected), "{error}");
        assert!(!session.time_bar().started);
        assert_eq!(&*session.listing().name, "cache.js");
    }
}

#[test]
fn a_link_is_shown_until_the_reader_does_something_else() {
    let mut session = machine(&[]);
    for copied in [true, false] {
        session.reduce(SessionAction::CopyLink);
        session.reduce(SessionAction::LinkReady(ShareLink { address: "https://example.org/#ll=1".into(), copied }));
        assert_eq!(session.time_bar().link_copied, copied);
        assert_eq!(session.state().announcement.contains("text field"), !copied);
        session.reduce(SessionAction::ToggleFaults);
        assert_eq!(session.state().link, None);
    }
}
