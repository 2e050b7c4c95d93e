//! The walk-through: its scenario runs, and a terminal emulator that plays its recording shows the session's lines.

use serde_json::Value;
use simulation::export::{COLUMNS, Line, LineKind, ROWS, cast, session};
use simulation::history::Player;
use simulation::lambda::Package;
use simulation::scenario::StatementKind;
use simulation::settings::Settings;
use simulation::world::Action;

use crate::running;

const WALK: &str = include_str!("../../assets/scenarios/walk-through.txt");

/// A player that has played the scenario with the post's handlers.
fn played(text: &str) -> Player {
    running::played(text, Package::post(), Settings::default())
}

/// The texts of the lines of these kinds.
fn texts(lines: &[Line], kinds: &[LineKind]) -> Vec<String> {
    lines.iter().filter(|line| kinds.contains(&line.kind)).map(|line| line.text.to_string()).collect()
}

/// The lines on the screen and in the scrollback of a terminal that has played the whole recording, without the empty
/// lines at the end.
fn screen(recording: &str) -> Vec<String> {
    let mut terminal = avt::Terminal::with_scrollback(COLUMNS as usize, ROWS as usize, None).unwrap();
    for line in recording.lines().skip(1) {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        if event[1] == "o" {
            terminal.feed(event[2].as_str().expect("output is text"));
        }
    }
    let mut text = terminal.screen().text();
    while text.last().is_some_and(|line| line.trim().is_empty()) {
        text.pop();
    }
    text.iter().map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn every_statement_of_the_walk_through_runs() {
    let scenario = running::parse(WALK, &Package::post());
    let player = played(WALK);
    assert_eq!(player.statements().count(), scenario.statements.len());
    let captions = scenario.statements.iter().filter(|it| matches!(it.kind, StatementKind::Do(Action::Say(_)))).count();
    let chapters = texts(&session(&player), &[LineKind::Chapter]);
    assert_eq!(chapters.iter().filter(|text| !text.is_empty()).count(), captions);
    assert!(captions >= 5);
}

#[test]
fn the_walk_through_has_the_results_of_the_post() {
    let results = texts(&session(&played(WALK)), &[LineKind::Result, LineKind::Failure]);
    let (success, fail) = ("→ \"Postgres: connection test success\"", "→ \"Postgres: connection test fail\"");
    assert_eq!(results, [success, fail, fail, success, success, fail, success, success, fail]);
}

#[test]
fn the_session_has_prompts_log_lines_and_captions_in_order() {
    let player = played("set seed=7; say \"One\"; invoke check; freeze for 5m; say \"Two\"; invoke check");
    let lines = session(&player);
    let brief: Vec<_> = lines.iter().map(|line| line.text.chars().take(24).collect::<String>()).collect();
    let expected = [
        "$ set seed=7",
        "",
        "## One",
        "$ invoke checkDatabaseCo",
        "START RequestId: ",
        "2026-05-25T05:00:00.180Z",
        "2026-05-25T05:00:00.207Z",
        "END RequestId: ",
        "REPORT RequestId: ",
        "→ \"Postgres: connection ",
        "# environment 1: frozen",
        "$ freeze for 5m",
        "",
        "## Two",
        "$ invoke checkDatabaseCo",
        "# environment 1: thawed",
        "START RequestId: ",
        "2026-05-25T05:05:00.210Z",
        "2026-05-25T05:05:00.210Z",
        "END RequestId: ",
        "REPORT RequestId: ",
        "→ \"Postgres: connection ",
        "# environment 1: frozen",
    ];
    for (at, (line, start)) in brief.iter().zip(expected).enumerate() {
        assert!(line.starts_with(start), "line {at} is {line:?} and not {start:?}. All lines: {brief:#?}");
    }
    assert_eq!(brief.len(), expected.len());
    assert!(lines.is_sorted_by_key(|line| (line.events, line.at_ms)));
    let complaints = texts(&lines, &[LineKind::Complaint]);
    assert!(
        complaints[0].ends_with("  ERROR  >>> Postgres: error... Unable to acquire a connection"),
        "{complaints:?}"
    );
}

#[test]
fn a_terminal_that_plays_the_recording_shows_the_sessions_lines() {
    for text in [WALK, "set lambda.log=json; invoke both; invoke both", "set lambda.timeout=5ms; invoke check; deploy"]
    {
        let lines = session(&played(text));
        let expected: Vec<_> = lines.iter().map(|line| line.text.to_string()).collect();
        assert_eq!(screen(&cast(&lines, "test")), expected);
    }
}

#[test]
fn escape_sequences_that_a_handler_prints_do_not_reach_the_terminal() {
    let source = "exports.handler = async () => console.log('\\u001b[2Jone\\ttwo\\r\\nthree')";
    let player =
        running::played("set lambda.freeze=manual; invoke handler", running::package(source), Settings::default());
    let lines = session(&player);
    let printed = texts(&lines, &[LineKind::Output]);
    assert!(printed[0].ends_with("\u{fffd}[2Jone  two\u{fffd}"), "{printed:?}");
    assert_eq!(printed[1], "three");
    let expected: Vec<_> = lines.iter().map(|line| line.text.to_string()).collect();
    assert_eq!(screen(&cast(&lines, "test")), expected);
}

#[test]
fn the_recording_is_an_asciicast_of_version_2() {
    let player = played(WALK);
    let lines = session(&player);
    let recording = cast(&lines, "What \"persists\"");
    let mut parts = recording.lines();
    let header: Value = serde_json::from_str(parts.next().unwrap()).unwrap();
    assert_eq!((&header["version"], &header["width"], &header["height"]), (&2.into(), &128.into(), &32.into()));
    assert_eq!(header["title"], "What \"persists\"");
    assert_eq!(header["theme"]["palette"].as_str().unwrap().split(':').count(), 8);
    let events: Vec<(f64, String, String)> = parts.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(events.is_sorted_by(|a, b| a.0 <= b.0), "an event comes before an earlier one");
    let markers: Vec<_> = events.iter().filter(|event| event.1 == "m").map(|event| event.2.clone()).collect();
    let chapters = texts(&lines, &[LineKind::Chapter]);
    assert_eq!(markers, chapters.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>());
    assert_eq!(events.iter().filter(|event| event.1 == "o").count(), lines.len());
    let end = player.timeline().end() as f64 / 1_000.0;
    let last = events.last().unwrap().0;
    assert!(
        (5.0..=end).contains(&last) && end < 90.0,
        "the last event is at {last} s, and the history ends at {end} s"
    );
}
