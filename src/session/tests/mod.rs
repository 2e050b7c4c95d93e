//! The session as a reader and a page meet it, action by action.

mod link;
mod log;
mod view;

use super::attributes::Attributes;
use super::{Effect, Heading, PageEvent, Part, Session, SessionAction, Stride};
use simulation::event::InvocationId;

const CHECK: &str = "invoke checkDatabaseConnection";

fn attributes(values: &[(&str, &str)]) -> Attributes {
    let mut attributes = Attributes::default();
    for (name, value) in values {
        attributes.set(name, Some(value));
    }
    attributes
}

/// A machine whose element has these attributes.
fn machine(values: &[(&str, &str)]) -> Session {
    let attributes = attributes(values);
    let mut session = Session::new(&attributes);
    session.reduce(SessionAction::Configure(attributes));
    session
}

/// Runs a scenario to its end, unseen. Returns the events that the page gets.
fn run(session: &mut Session, scenario: &str) -> Vec<PageEvent> {
    let mut effects = session.reduce(SessionAction::Run(scenario.into()));
    effects.extend(session.reduce(SessionAction::GoToEnd));
    events(effects)
}

fn events(effects: Vec<Effect>) -> Vec<PageEvent> {
    effects
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Emit(event) => Some(event),
            _ => None,
        })
        .collect()
}

/// The last state that the page got, as JSON.
fn state(session: &Session) -> serde_json::Value {
    serde_json::to_value(session.reported()).unwrap()
}

fn environments(session: &Session) -> usize {
    session.lanes().lanes.iter().map(|lane| lane.cards.len()).sum()
}

#[test]
fn actions_wait_for_the_attributes_and_keep_their_order() {
    let attributes = attributes(&[("scenario", "invoke check")]);
    let mut session = Session::new(&attributes);
    assert!(session.reduce(SessionAction::Run("invoke proper".into())).is_empty());
    assert!(session.reduce(SessionAction::GoToEnd).is_empty());
    let events = events(session.reduce(SessionAction::Configure(attributes)));
    let handlers: Vec<_> = events.iter().filter_map(handler).collect();
    assert_eq!(handlers, ["checkDatabaseConnection", "checkDatabaseConnectionProper"]);
}

fn handler(event: &PageEvent) -> Option<String> {
    let PageEvent::Outcome(detail) = event else { return None };
    Some(serde_json::to_value(detail).unwrap()["handler"].as_str().unwrap().to_owned())
}

#[test]
fn a_run_is_reported_to_the_page_and_announced_to_the_reader() {
    let mut session = machine(&[]);
    assert_eq!(session.reported(), None);
    let events = run(&mut session, CHECK);
    let PageEvent::Outcome(outcome) = events.iter().find(|event| handler(event).is_some()).unwrap() else { panic!() };
    assert_eq!(
        serde_json::to_string(outcome).unwrap(),
        "{\"invocation\":1,\"environment\":1,\"handler\":\"checkDatabaseConnection\",\"start\":\"cold\",\
         \"status\":\"success\",\"result\":\"Postgres: connection test success\",\"ok\":true,\"duration_ms\":29.029}"
    );
    assert_eq!(
        serde_json::to_string(session.reported().unwrap()).unwrap(),
        format!(
            "{{\"events\":{},\"playing\":false,\"running\":false,\"environment\":1,\"phase\":\"Ready\",\
             \"frozen\":false,\"pool\":\"destroyed\",\"handler\":\"checkDatabaseConnection\",\
             \"outcomes\":[{{\"ok\":true,\"duration_ms\":29.029}}]}}",
            session.time_bar().events
        )
    );
    let announcement = "checkDatabaseConnection, invocation 1, cold, succeeded after 29 ms";
    assert_eq!(&*session.state().announcement, announcement);
}

#[test]
fn the_page_gets_each_outcome_once() {
    let mut session = machine(&[]);
    let outcomes = |events: Vec<PageEvent>| events.iter().filter_map(handler).count();
    assert_eq!(outcomes(run(&mut session, "invoke check; invoke check")), 2);
    let mut again = session.reduce(SessionAction::Seek(0));
    again.extend(session.reduce(SessionAction::GoToEnd));
    assert_eq!(outcomes(events(again)), 0);
}

#[test]
fn undo_brings_back_the_future_that_was_replaced() {
    let mut session = machine(&[]);
    run(&mut session, "invoke check; freeze for 5m; invoke check");
    let before = (session.lanes().lanes, session.time_bar().events);
    session.reduce(SessionAction::ChooseInvocation(InvocationId(1)));
    assert!(!session.controls().can_undo);
    run(&mut session, "invoke proper");
    assert_ne!(session.time_bar().events, before.1);
    assert!(session.controls().can_undo);
    session.reduce(SessionAction::Undo);
    assert_eq!((session.lanes().lanes, session.time_bar().events), before);
    assert!(!session.controls().can_undo);
}

#[test]
fn what_was_undone_can_be_done_again() {
    let mut session = machine(&[]);
    run(&mut session, "invoke check; invoke check");
    let redo = |session: &mut Session| {
        session.reduce(SessionAction::ChooseInvocation(InvocationId(1)));
        run(session, "reclaim; invoke check");
        (session.lanes(), session.log(), session.terminal().lines)
    };
    let first = redo(&mut session);
    session.reduce(SessionAction::Undo);
    assert_eq!(redo(&mut session), first);
}

#[test]
fn starting_over_forgets_the_run_and_keeps_the_choices_of_how_to_watch_it() {
    let mut session = machine(&[]);
    run(&mut session, "invoke proper");
    session.reduce(SessionAction::SetSpeed(10.0));
    session.reduce(SessionAction::SetStride(Stride::Line));
    session.reduce(SessionAction::ToggleFaults);
    session.reduce(SessionAction::StartOver);
    assert_eq!(environments(&session), 0);
    assert!(!session.time_bar().started);
    assert_eq!((session.time_bar().speed, session.time_bar().stride), (10.0, Stride::Line));
    assert_eq!((session.state().lane, session.state().faults_open), (1, false));
    assert_eq!(state(&session)["events"], 0);
}

#[test]
fn two_machines_have_settings_of_their_own() {
    let mut old = machine(&[("knex", "0.17.0")]);
    let mut new = machine(&[]);
    run(&mut old, "set postgres.max_connections=20");
    run(&mut old, "invoke check");
    run(&mut new, "invoke check");
    assert_eq!((old.cabinet().slots.len(), new.cabinet().slots.len()), (20, 8));
    let link = |session: &mut Session| match &session.reduce(SessionAction::CopyLink)[..] {
        [Effect::CopyLink { fragment }] => fragment.clone(),
        other => panic!("{other:?}"),
    };
    assert!(link(&mut old).contains("knex=0.17.0"), "{}", link(&mut old));
    assert!(!link(&mut new).contains("knex"), "{}", link(&mut new));
}

#[test]
fn a_scenario_that_cannot_be_read_is_reported_and_changes_nothing() {
    let mut session = machine(&[]);
    run(&mut session, "invoke check");
    let before = (session.lanes(), session.log(), session.time_bar());
    let events = events(session.reduce(SessionAction::Run("invoke check; invoke chekc".into())));
    let error = session.state().error.clone().unwrap();
    assert!(error.contains("line 1, column 22") && error.contains("chekc"), "{error}");
    assert_eq!(events, [PageEvent::Error(error)]);
    assert_eq!((session.lanes(), session.log(), session.time_bar()), before);
    session.reduce(SessionAction::Dismiss);
    assert_eq!(session.state().error, None);
}

#[test]
fn a_statement_that_is_refused_is_reported() {
    let mut session = machine(&[]);
    let events = run(&mut session, "thaw 7");
    assert!(events.iter().any(|event| matches!(event, PageEvent::Error(why) if why.contains("no environment 7"))));
}

#[test]
fn a_refusal_is_explained_until_the_reader_does_something_else() {
    let mut session = machine(&[]);
    let refusal = session.controls().reclaim_refusal.unwrap();
    session.reduce(SessionAction::Explain(refusal));
    assert_eq!((session.state().refusal, &*session.state().announcement), (Some(refusal), refusal));
    session.reduce(SessionAction::PointAt(Some(Part::Tmp)));
    assert_eq!(session.state().refusal, Some(refusal));
    session.reduce(SessionAction::ToggleFaults);
    assert_eq!(session.state().refusal, None);
}

#[test]
fn a_scenario_runs_in_the_module_that_has_its_handlers() {
    let mut session = machine(&[]);
    run(&mut session, "invoke answer");
    assert_eq!(&*session.listing().name, "cache.js");
    session.reduce(SessionAction::StartOver);
    assert_eq!(&*session.listing().name, "cache.js");
    let error = run(&mut session, "invoke nothing");
    assert!(matches!(&error[..], [PageEvent::Error(_)]), "{error:?}");
    assert_eq!(&*session.listing().name, "cache.js");
    session.reduce(SessionAction::ChooseModule(0));
    assert_eq!(&*session.listing().name, "index.js");
}

#[test]
fn only_attributes_that_decide_what_runs_start_over() {
    let mut session = machine(&[]);
    run(&mut session, "invoke check");
    session.reduce(SessionAction::Configure(attributes(&[("theme", "dark"), ("view", "cinema")])));
    assert_eq!(environments(&session), 1);
    session.reduce(SessionAction::Configure(attributes(&[("knex", "0.17.0")])));
    assert_eq!(environments(&session), 0);
    session.reduce(SessionAction::Configure(attributes(&[("module", "cache")])));
    assert_eq!(&*session.listing().name, "cache.js");
}

#[test]
fn the_scenario_of_a_terminal_waits_at_its_beginning() {
    let session = machine(&[("view", "both"), ("scenario", "say \"One\"; invoke check; say \"Two\"")]);
    let titles: Vec<_> = session.terminal().chapters.into_iter().map(|chapter| chapter.title).collect();
    assert_eq!(titles, ["One", "Two"]);
    assert_eq!((session.time_bar().cursor, environments(&session)), (0, 0));
    assert!(session.lanes().lanes[0].handlers[0].chips.is_empty(), "no outcome before it has been seen");
}

#[test]
fn it_asks_for_ticks_until_it_has_played() {
    let mut session = machine(&[]);
    let mut effects = session.reduce(SessionAction::RunNow(CHECK.into()));
    let mut ticks = 0;
    while effects.contains(&Effect::ScheduleTick) {
        effects = session.reduce(SessionAction::Tick(100.0));
        ticks += 1;
        assert!(ticks < 1_000, "it never rests");
    }
    assert!(ticks > 10, "{ticks}");
    assert_eq!(state(&session)["playing"], false);
    assert!(session.reduce(SessionAction::Tick(100.0)).is_empty(), "it was paused already");
}

#[test]
fn steps_are_as_long_as_the_stride() {
    let mut session = machine(&[]);
    run(&mut session, "invoke check; invoke check");
    session.reduce(SessionAction::Seek(0));
    session.reduce(SessionAction::SetStride(Stride::Invocation));
    session.reduce(SessionAction::Step(Heading::Forward));
    assert_eq!(state(&session)["outcomes"].as_array().unwrap().len(), 1);
    session.reduce(SessionAction::SetStride(Stride::Line));
    session.reduce(SessionAction::Seek(0));
    let mut lines = Vec::new();
    for _ in 0..4 {
        session.reduce(SessionAction::Step(Heading::Forward));
        lines.extend(session.listing().rows.iter().find(|row| row.lit).map(|row| row.number));
    }
    assert!(lines.len() == 4 && lines.is_sorted_by(|one, next| one != next), "{lines:?}");
}

#[test]
fn pointing_is_reported_when_it_changes() {
    let mut session = machine(&[]);
    let mut point = |part| events(session.reduce(SessionAction::PointAt(part)));
    assert_eq!(point(Some(Part::Pool)), [PageEvent::Hover(Some(Part::Pool))]);
    assert_eq!(point(Some(Part::Pool)), []);
    assert_eq!(point(None), [PageEvent::Hover(None)]);
}

#[test]
fn a_thaw_is_lit_where_a_freeze_is() {
    let mut session = machine(&[]);
    let mut lit = |name: Option<&str>| {
        session.reduce(SessionAction::Highlight(name.map(Into::into)));
        session.state().highlighted
    };
    assert_eq!(lit(Some("thaw")), Some(Part::Frozen));
    assert_eq!(lit(Some("loop")), Some(Part::Loop));
    assert_eq!(lit(Some("nothing")), None);
}

#[test]
fn the_recording_has_the_whole_run() {
    let mut session = machine(&[]);
    run(&mut session, "say \"One\"; invoke check");
    session.reduce(SessionAction::Seek(0));
    let effects = session.reduce(SessionAction::SaveRecording);
    let [Effect::Download { name, text }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(*name, "lambda-lifecycles.cast");
    assert!(text.contains("$ invoke checkDatabaseConnection") && text.contains("Postgres: connection test success"));
}
