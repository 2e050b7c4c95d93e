//! The walk-through: its scenario runs, and its recording shows in a real terminal what the session has.
#![cfg(not(target_arch = "wasm32"))]

use std::rc::Rc;

use serde_json::Value;
use simulation::export::{COLUMNS, Line, LineKind, ROWS, cast, session};
use simulation::history::Player;
use simulation::lambda::Package;
use simulation::scenario::{self, StatementKind};
use simulation::settings::Settings;
use simulation::world::{Action, World};

const WALK: &str = include_str!("../assets/scenarios/walk-through.txt");

fn played(text: &str) -> Player {
    let package = Package::post();
    let scenario = Rc::new(scenario::parse(text, package.exports()).unwrap_or_else(|error| panic!("{error}")));
    let mut player = Player::new(World::new(scenario.settings(Settings::default()), package));
    player.run(scenario);
    while player.step_forward() {}
    if let Some(refusal) = player.take_refusal() {
        panic!("refused: {refusal}");
    }
    player
}

fn texts(lines: &[Line], kinds: &[LineKind]) -> Vec<String> {
    lines.iter().filter(|line| kinds.contains(&line.kind)).map(|line| line.text.to_string()).collect()
}

/// What a terminal of the recording's size has shown when all of it has been played, each line whole.
fn shown(recording: &str) -> Vec<String> {
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
fn every_statement_of_the_walk_runs() {
    let package = Package::post();
    let scenario = scenario::parse(WALK, package.exports()).unwrap();
    let player = played(WALK);
    assert_eq!(player.statements().count(), scenario.statements.len());
    let captions = scenario.statements.iter().filter(|it| matches!(it.kind, StatementKind::Do(Action::Say(_)))).count();
    let chapters = texts(&session(&player), &[LineKind::Chapter]);
    assert_eq!(chapters.iter().filter(|text| !text.is_empty()).count(), captions);
    assert!(captions >= 5);
}

#[test]
fn the_walk_shows_what_the_post_showed() {
    let results = texts(&session(&played(WALK)), &[LineKind::Result, LineKind::Failure]);
    let (success, fail) = ("→ \"Postgres: connection test success\"", "→ \"Postgres: connection test fail\"");
    assert_eq!(results, [success, fail, fail, success, success, fail, success, success, fail]);
}

#[test]
fn the_session_has_prompts_log_lines_and_captions_in_the_order_in_which_they_come() {
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
        assert!(line.starts_with(start), "line {at}: {line:?}, not {start:?}; all: {brief:#?}");
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
fn the_recording_shows_in_a_terminal_what_the_session_has() {
    for text in [WALK, "set lambda.log=json; invoke both; invoke both", "set lambda.timeout=5ms; invoke check; deploy"]
    {
        let lines = session(&played(text));
        let expected: Vec<_> = lines.iter().map(|line| line.text.to_string()).collect();
        assert_eq!(shown(&cast(&lines, "test")), expected);
    }
}

#[test]
fn what_a_handler_prints_cannot_drive_the_terminal() {
    let source = "exports.handler = async () => console.log('\\u001b[2Jone\\ttwo\\r\\nthree')";
    let package = Package::from_source("index.js", source).unwrap();
    let scenario = Rc::new(scenario::parse("invoke handler", package.exports()).unwrap());
    let mut player = Player::new(World::new(Settings::default(), package));
    player.run(scenario);
    while player.step_forward() {}
    let lines = session(&player);
    let printed = texts(&lines, &[LineKind::Output]);
    assert!(printed[0].ends_with("\u{fffd}[2Jone  two\u{fffd}"), "{printed:?}");
    assert_eq!(printed[1], "three");
    let expected: Vec<_> = lines.iter().map(|line| line.text.to_string()).collect();
    assert_eq!(shown(&cast(&lines, "test")), expected);
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
    assert!(events.is_sorted_by(|a, b| a.0 <= b.0), "time goes on");
    let markers: Vec<_> = events.iter().filter(|event| event.1 == "m").map(|event| event.2.clone()).collect();
    let chapters = texts(&lines, &[LineKind::Chapter]);
    assert_eq!(markers, chapters.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>());
    assert_eq!(events.iter().filter(|event| event.1 == "o").count(), lines.len());
    let end = player.timeline().end() as f64 / 1_000.0;
    let last = events.last().unwrap().0;
    assert!((5.0..=end).contains(&last) && end < 90.0, "{last} s of {end} s");
}
