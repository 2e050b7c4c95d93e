//! The views of the components.

use super::{machine, run};
use crate::session::view::cabinet::{CabinetNote, ServerSlot};
use crate::session::view::lanes::HandlerResult;
use crate::session::view::wires::WireState;
use crate::session::{Session, SessionAction};
use simulation::event::{EnvironmentId, InvocationId};

fn note(session: &Session) -> String {
    match session.cabinet().note {
        CabinetNote::Refused(error) => error.to_string(),
        CabinetNote::Text(text) => text,
    }
}

#[test]
fn a_machine_at_its_beginning_has_nothing_to_freeze_or_reclaim() {
    let controls = machine(&[]).controls();
    assert_eq!(controls.freeze_for, Some("There is no environment: invoke a function first."));
    assert_eq!(controls.freeze_now, controls.freeze_for);
    assert_eq!((controls.reclaim, controls.reclaim_refusal), (None, controls.freeze_for));
    assert_eq!(
        controls.invoke_all.unwrap().scenario,
        "invoke checkDatabaseConnection; invoke checkDatabaseConnectionProper"
    );
}

#[test]
fn only_an_idle_environment_is_frozen_or_reclaimed() {
    let mut session = machine(&[]);
    session.reduce(SessionAction::RunNow("invoke check".into()));
    assert!(session.controls().freeze_for.unwrap().starts_with("An invocation is running"));
    assert_eq!(session.controls().reclaim_refusal, session.controls().freeze_for);
    session.reduce(SessionAction::GoToEnd);
    assert_eq!((session.controls().freeze_now, session.controls().freeze_for), (None, None));
    run(&mut session, "freeze");
    assert_eq!(session.controls().freeze_now, Some("It is frozen already."));
    assert_eq!((session.controls().freeze_for, session.controls().reclaim), (None, Some(EnvironmentId(1))));
}

#[test]
fn freezing_at_once_can_be_turned_during_a_run() {
    let mut session = machine(&[]);
    session.reduce(SessionAction::FreezeAtOnce(true));
    run(&mut session, "invoke check");
    assert!(session.freezes_at_once());
    assert_eq!(session.controls().freeze_now, Some("It is frozen already."));
    session.reduce(SessionAction::FreezeAtOnce(false));
    run(&mut session, "invoke check");
    assert_eq!(session.controls().freeze_now, None);
}

#[test]
fn the_chosen_outcome_is_the_one_in_full() {
    let mut session = machine(&[]);
    run(&mut session, "invoke check; freeze for 5m; invoke check");
    let handler = |session: &Session| session.lanes().lanes[0].handlers[0].clone();
    let chips = handler(&session).chips;
    assert_eq!((chips[0].start, &*chips[0].took, chips[0].ok, chips[0].chosen), ("cold", "29 ms", true, false));
    assert_eq!((chips[1].start, chips[1].ok, chips[1].chosen), ("warm", false, true));
    let HandlerResult::Ended { message, counts_as_success, .. } = handler(&session).result else { panic!() };
    assert!(message.unwrap().contains("Unable to acquire a connection") && counts_as_success);

    session.reduce(SessionAction::ChooseInvocation(InvocationId(1)));
    let chips = handler(&session).chips;
    assert_eq!(chips.iter().map(|chip| (chip.chosen, chip.later)).collect::<Vec<_>>(), [(true, false), (false, true)]);
    let HandlerResult::Ended { returned, message: None, .. } = handler(&session).result else { panic!() };
    assert_eq!(returned.as_deref(), Some("'Postgres: connection test success'"));
}

#[test]
fn a_shared_deployment_is_one_lane_with_all_handlers() {
    let mut session = machine(&[]);
    run(&mut session, "set lambda.deploy=shared; invoke check; invoke proper");
    let lanes = session.lanes().lanes;
    assert_eq!((lanes.len(), lanes[0].handlers.len(), lanes[0].cards.len()), (1, 2, 1));
}

#[test]
fn a_lane_shows_four_environments_and_counts_the_others() {
    let mut session = machine(&[]);
    run(&mut session, "set postgres.max_connections=20");
    run(&mut session, "start check; start check; start check; start check; start check; start check; wait 5s");
    let lane = session.lanes().lanes[0].clone();
    assert_eq!((lane.cards.len(), lane.folded.unwrap().environments), (4, 2));
    assert!(lane.cards.iter().all(|card| card.reclaimable));
}

#[test]
fn the_cabinet_says_what_became_of_the_sessions() {
    let mut session = machine(&[]);
    assert_eq!(note(&session), "Eight slots. Three are reserved for superusers.");
    run(&mut session, "invoke check");
    assert_eq!(note(&session), "No session is open. The last one ended with invocation 1.");
    run(&mut session, "postgres stop");
    assert_eq!(note(&session), "The server is stopped.");
    assert_eq!(session.cabinet().slots[0], ServerSlot::Stopped);
    run(&mut session, "reclaim; invoke check");
    assert!(note(&session).contains("ECONNREFUSED"), "{}", note(&session));
}

#[test]
fn faults_mean_the_connections_of_the_target() {
    let mut session = machine(&[]);
    assert_eq!(session.faults(), None);
    session.reduce(SessionAction::ToggleFaults);
    assert_eq!(session.faults().unwrap().no_connection, Some("There is no environment."));
    run(&mut session, "invoke trustConnection");
    session.reduce(SessionAction::ToggleFaults);
    let faults = session.faults().unwrap();
    assert_eq!((faults.sessions, faults.no_connection, faults.running), (1, None, Some("The server is running.")));
    session.reduce(SessionAction::ChooseTarget(Some(EnvironmentId(7))));
    assert_eq!(session.faults().unwrap().target, None, "there is no such environment");
}

#[test]
fn the_line_that_failed_is_marked_with_its_reason() {
    let mut session = machine(&[]);
    run(&mut session, "invoke check; freeze for 5m; invoke check");
    let listing = session.listing();
    let text = |row: &crate::session::view::listing::ListingRow| {
        row.source.pieces.iter().map(|piece| &*piece.text).collect::<String>()
    };
    let raised = listing.rows.iter().find(|row| row.raised.is_some()).unwrap();
    assert!(text(raised).contains(".raw('SELECT 1 as one')"));
    assert!(raised.raised.as_ref().unwrap().message.contains("Unable to acquire a connection"));
    let failed = listing.rows.iter().find(|row| row.failed).unwrap();
    assert!(text(failed).contains("console.error"));
    assert_eq!(listing.evaluated, "evaluated once, at 00:00, in #1");
    let notes: Vec<_> = listing.rows.iter().filter_map(|row| row.note.clone()).map(|note| note.text).collect();
    assert_eq!(notes, ["handler ran 2×, last at 05:00, in #1", "handler, not run yet"]);
}

#[test]
fn a_wire_shows_the_state_of_its_connection() {
    let mut session = machine(&[]);
    let states = |session: &Session| session.wires().wires.iter().map(|wire| wire.state).collect::<Vec<_>>();
    assert_eq!(states(&session), []);
    run(&mut session, "invoke trustConnection");
    assert_eq!(states(&session), [WireState::Idle]);
    run(&mut session, "freeze");
    assert_eq!(states(&session), [WireState::Cold]);
    run(&mut session, "terminate; wait 1s");
    assert_eq!(states(&session), [WireState::Cut]);
    assert_eq!(session.wires().wires[0].slot, None);
}

#[test]
fn the_terminal_shows_the_run_up_to_the_shown_moment() {
    let mut session = machine(&[]);
    assert!(session.terminal().empty && session.terminal().offers_walk_through);
    run(&mut session, "say \"One\"; invoke check; say \"Two\"; invoke check");
    let terminal = session.terminal();
    assert!(!terminal.offers_walk_through);
    assert_eq!(terminal.chapters.iter().map(|chapter| chapter.current).collect::<Vec<_>>(), [false, true]);
    assert_eq!(terminal.outcomes.iter().map(|outcome| outcome.start).collect::<Vec<_>>(), ["cold", "warm"]);
    let events = terminal.chapters[1].events;
    session.reduce(SessionAction::GoTo(events));
    let shown = session.terminal().lines;
    assert!(shown.len() < terminal.lines.len());
    assert_eq!(shown, terminal.lines[..shown.len()]);
}

#[test]
fn the_terminal_after_undo_is_that_of_the_run() {
    let mut session = machine(&[]);
    run(&mut session, "invoke check");
    let events = session.time_bar().events;
    run(&mut session, "freeze for 5m");
    let before = session.terminal().lines;
    session.reduce(SessionAction::Seek(events));
    run(&mut session, "freeze for 8h");
    assert_ne!(session.terminal().lines, before);
    session.reduce(SessionAction::Undo);
    assert_eq!(session.terminal().lines, before);
}
