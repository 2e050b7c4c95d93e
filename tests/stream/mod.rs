//! The event streams of fixed scenarios as text, one line for each event.
//!
//! The same scenario and seed give the same events on every machine. The native test (`tests/contracts/stream.rs`) compares
//! the streams with the snapshots in this folder and updates those on request. The browser test (`tests/browser/main.rs`)
//! compares them with the same files.
#![allow(dead_code, reason = "each of the two tests uses a part")]

use std::fmt::Write as _;
use std::rc::Rc;

use base::time::Duration;
use simulation::event::Event;
use simulation::lambda::Package;
use simulation::lambda::package::MODULES;
use simulation::scenario;
use simulation::settings::Settings;
use simulation::world::{Action, World};

/// The streams' names, and their snapshots. A new built-in module needs two lines here.
macro_rules! snapshots {
    ($($name:literal)*) => {
        /// The name of each stream: a built-in module and a version of Knex.
        pub const NAMES: &[&str] = &[$($name),*];

        /// The snapshot file of each stream.
        #[cfg(target_arch = "wasm32")]
        const SNAPSHOTS: &[&str] = &[$(include_str!(concat!($name, ".snap"))),*];
    };
}

snapshots! {
    "handlers-0.17.0"
    "cache-0.17.0"
    "background-0.17.0"
    "instead-0.17.0"
    "failures-0.17.0"
    "handlers-3.3.0"
    "cache-3.3.0"
    "background-3.3.0"
    "instead-3.3.0"
    "failures-3.3.0"
}

/// The scenario of the post's handlers.
const HANDLERS: &str = "
set seed=7 latency.jitter=0.3 postgres.max_connections=6
invoke both; invoke both; freeze for 5m; invoke check; invoke proper
start proper; start proper; wait 40ms; terminate; wait 200ms
network reset; invoke proper; postgres restart; invoke check; deploy; invoke both; reclaim; invoke both";

/// The scenario of each handler `H` of the other modules. It runs once and again, after a freeze in which the server closes
/// what the handler keeps, after each fault, and in a new environment.
const EACH: &str = "invoke H; invoke H; freeze for 11m; invoke H; network reset; invoke H; postgres restart; invoke H;
start H; wait 3s; freeze; wait 20s; thaw; wait 2s; reclaim; invoke H; network silent; invoke H; network restore;
invoke H; network close-on-write; invoke H; postgres stop; invoke H; postgres start; terminate; invoke H; reclaim";

/// The streams in the order of [`NAMES`], each with its name.
pub fn streams() -> impl Iterator<Item = (String, String)> {
    let versions = ["0.17.0", "3.3.0"].into_iter();
    versions.flat_map(|knex| {
        (0..MODULES.len()).map(move |place| (format!("{}-{knex}", MODULES[place]), stream(place, knex)))
    })
}

/// Compares each stream with its snapshot. Panics with the first line that differs.
#[cfg(target_arch = "wasm32")]
pub fn compare_with_snapshots() {
    for ((name, stream), snapshot) in streams().zip(SNAPSHOTS) {
        // A snapshot begins with a header between two lines of dashes.
        let snapshot = snapshot.splitn(3, "---\n").nth(2).expect("a snapshot has a header");
        let mut lines = snapshot.trim_end().lines();
        for (at, line) in stream.trim_end().lines().enumerate() {
            assert_eq!(Some(line), lines.next(), "line {} of {name}", at + 1);
        }
        assert_eq!(lines.next(), None, "{name} ends too early");
    }
}

/// The stream of a module's scenario with a version of Knex.
fn stream(place: usize, knex: &str) -> String {
    let package = Package::built_in(place);
    let text = if place == 0 {
        format!("set knex={knex}\n{HANDLERS}")
    } else {
        let handlers = package.exports().unwrap_or_default().iter();
        let each: String = handlers.map(|handler| EACH.replace('H', handler) + "\n").collect();
        let settings = "seed=9 lambda.deploy=shared lambda.timeout=5s postgres.idle_session_timeout=10m";
        format!("set knex={knex} {settings}\n{each}")
    };
    let scenario = Rc::new(scenario::parse(&text, package.exports()).expect("the scenario parses"));
    let mut world = World::new(scenario.settings(Settings::default()), package);
    let mut run = scenario::Run::new(scenario);
    while let Some(begun) = run.begin_next(&mut world) {
        while begun.goal.step(&mut world) {}
    }
    world.apply(Action::Say("the end".into())).expect("a caption is never refused");
    world.advance_to(world.now() + Duration::from_secs(30));
    world.take_events().iter().fold(String::new(), |mut text, event| {
        let _ = writeln!(text, "{}", line(event));
        text
    })
}

/// An event as a line: its time in milliseconds, its environment and invocation, and what happened.
fn line(event: &Event) -> String {
    let at = event.at.as_micros();
    let environment = event.environment.map_or_else(String::new, |id| format!("e{id}"));
    let invocation = event.invocation.map_or_else(String::new, |id| format!("#{id}"));
    let kind = short_positions(&without_newtypes(&format!("{:?}", event.kind)));
    format!("{:>11}.{:03} {environment:<3} {invocation:<4} {kind}", at / 1_000, at % 1_000)
}

/// A text of `Debug` in which `ConnectionId(7)` and its like are `7`.
fn without_newtypes(text: &str) -> String {
    let mut plain = String::new();
    for part in text.split_inclusive(')') {
        let inside = part.strip_suffix(')').and_then(|part| part.rsplit_once('('));
        match inside {
            Some((before, number)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
                let name = before.trim_end_matches(|letter: char| letter.is_ascii_alphanumeric());
                plain.push_str(name);
                plain.push_str(number);
            }
            _ => plain.push_str(part),
        }
    }
    plain
}

/// A text of `Debug` in which `Position { file: 0, line: 5, column: 3 }` is `0:5:3`.
fn short_positions(text: &str) -> String {
    let mut parts = text.split("Position { file: ");
    let mut short = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (position, after) = part.split_once(" }").unwrap_or((part, ""));
        short.push_str(&position.replace(", line: ", ":").replace(", column: ", ":"));
        short.push_str(after);
    }
    short
}
