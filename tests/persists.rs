//! What the article says of the three things that persist, and of what to write instead, is what happens: its experiments
//! run here as the machine runs them, and its listings are pieces of the modules that run.
#![cfg(not(target_arch = "wasm32"))]

mod page;

use std::rc::Rc;

use page::{PAGE, listings, section};
use simulation::event::{EventKind, InvocationId, Status};
use simulation::lambda::{MODULES, Package, settings_of};
use simulation::scenario::{self, Scenario};
use simulation::settings::Settings;
use simulation::world::World;

/// The experiments of both sections in their order, each with what its invocations returned, or how they ended.
const EXPERIMENTS: &[(&str, &[&str])] = &[
    (
        "set lambda.freeze=auto; invoke answer; invoke answer; invoke answer; deploy; invoke answer",
        &[
            "\"from the database, call 1\"",
            "\"from the file, call 2\"",
            "\"from the file, call 3\"",
            "\"from the database, call 1\"",
        ],
    ),
    (
        "set lambda.freeze=auto; invoke answer; invoke crash; invoke answer",
        &["\"from the database, call 1\"", "Crashed", "\"from the file, call 1\""],
    ),
    (
        "set lambda.freeze=auto; invoke answer; invoke spoil; invoke answer; invoke answer",
        &[
            "\"from the database, call 1\"",
            "\"half a file\"",
            "\"from the database, call 2\"",
            "\"from the file, call 3\"",
        ],
    ),
    (
        "set lambda.freeze=auto; invoke remind; freeze for 5m; invoke remind",
        &["\"reminders so far: 0\"", "\"reminders so far: 1\""],
    ),
    ("set lambda.freeze=auto; invoke remind; invoke work", &["\"reminders so far: 0\"", "\"reminders so far: 1\""]),
    (
        "set lambda.freeze=auto; invoke remind; reclaim; invoke work",
        &["\"reminders so far: 0\"", "\"reminders so far: 0\""],
    ),
    (
        "set lambda.freeze=auto; invoke remindAwaited; invoke work",
        &["\"reminders so far: 1\"", "\"reminders so far: 1\""],
    ),
    (
        "set lambda.freeze=auto; invoke keepPool; freeze for 10s; network close; invoke keepPool; invoke keepPool",
        &["[{\"one\":1}]", "[{\"one\":1}]", "[{\"one\":1}]"],
    ),
    (
        "set lambda.freeze=auto; invoke poolEachTime; invoke poolEachTime; invoke poolEachTime",
        &["[{\"one\":1}]", "[{\"one\":1}]", "[{\"one\":1}]"],
    ),
    (
        "set lambda.freeze=auto; invoke poolLeftBehind; invoke poolLeftBehind; invoke poolLeftBehind",
        &["[{\"one\":1}]", "[{\"one\":1}]", "[{\"one\":1}]"],
    ),
];

/// A run as the machine makes it.
struct Ran {
    outcomes: Vec<String>,
    /// The lines of `console` that were printed, each with the invocation whose request id it carries.
    lines: Vec<(Option<InvocationId>, String)>,
    world: World,
}

/// The scenario, and the module that has its handlers: the machine looks for them in this order.
fn read(text: &str) -> (usize, Rc<Scenario>) {
    let found = (0..MODULES.len()).find_map(|place| {
        let scenario = scenario::parse(text, Package::built_in(place).exports()).ok()?;
        Some((place, Rc::new(scenario)))
    });
    found.unwrap_or_else(|| panic!("no module has the handlers of {text}"))
}

fn run(text: &str) -> Ran {
    let (place, scenario) = read(text);
    let world = World::new(scenario.settings(settings_of(&Settings::page(), place)), Package::built_in(place));
    let mut ran = Ran { outcomes: Vec::new(), lines: Vec::new(), world };
    for statement in &scenario.statements {
        let begun = statement.begin(&mut ran.world);
        assert!(begun.applied.is_ok(), "{text}: {:?}", begun.applied);
        while ran.world.step(begun.goal) {}
        for event in ran.world.take_events() {
            match event.kind {
                EventKind::InvocationEnded { outcome } => ran.outcomes.push(match (&outcome.result, outcome.status) {
                    (Some(result), Status::Success) => result.to_string(),
                    (_, status) => format!("{status:?}"),
                }),
                EventKind::Printed { text, .. } => ran.lines.push((event.invocation, text.to_string())),
                _ => {}
            }
        }
    }
    ran
}

#[test]
fn every_experiment_ends_as_the_text_says() {
    let mut found = Vec::new();
    for id in ["three", "instead"] {
        let section = section(id);
        let mut places: Vec<(usize, &str)> = Vec::new();
        for opening in ["href=\"#lambda:", "data-lambda=\""] {
            for (at, _) in section.match_indices(opening) {
                let text = &section[at + opening.len()..];
                places.push((at, text.split_once('"').expect("the attribute ends").0));
            }
        }
        places.sort_unstable();
        found.extend(places.into_iter().map(|(_, text)| text).filter(|text| text.starts_with("set ")));
    }
    assert_eq!(found, EXPERIMENTS.iter().map(|(text, _)| *text).collect::<Vec<_>>());
    for (text, expected) in EXPERIMENTS {
        assert_eq!(run(text).outcomes, *expected, "{text}");
    }
}

#[test]
fn a_box_has_the_answer_among_its_guesses_and_not_alone() {
    for (id, nth) in [("predict-crash", 3), ("predict-timer", 2)] {
        let (_, after) = PAGE.split_once(&format!("id=\"{id}\" data-nth=\"{nth}\"")).expect("the box");
        let section = after.split_once("<p class=\"told\"").expect("the box ends").0;
        let scenario =
            section.split_once("data-lambda=\"").and_then(|(_, rest)| rest.split_once('"')).expect("a run").0;
        let answer = run(scenario).outcomes[nth - 1].replace('"', "'");
        let guesses: Vec<&str> = section.split(" value=\"").skip(1).filter_map(|it| it.split('"').next()).collect();
        assert!(guesses.len() > 1 && guesses.contains(&answer.as_str()), "{id}: {answer} of {guesses:?}");
    }
}

#[test]
fn a_late_line_carries_the_id_that_the_text_says() {
    let ids = |text: &str| -> Vec<u32> {
        let lines = run(text).lines;
        lines.iter().filter(|(_, text)| text.starts_with("reminder")).filter_map(|(id, _)| Some((*id)?.0)).collect()
    };
    assert_eq!(ids("set lambda.freeze=auto; invoke remind; freeze for 5m; invoke remind"), [1]);
    assert_eq!(ids("set lambda.freeze=auto; invoke remind; invoke work"), [2]);
    assert!(ids("set lambda.freeze=auto; invoke remind; reclaim; invoke work").is_empty());
    assert_eq!(ids("set lambda.freeze=auto; invoke remindAwaited; invoke work"), [1]);
}

#[test]
fn a_kept_pool_is_asked_once_more_and_one_left_behind_adds_up() {
    let backends = |text: &str| run(text).world.view().server.slots.iter().flatten().count();
    assert_eq!(backends(EXPERIMENTS[7].0), 1);
    let once_more = |text: &str| run(text).lines.iter().filter(|(_, line)| line.starts_with("once more:")).count();
    assert_eq!(once_more(EXPERIMENTS[7].0), 1);
    assert_eq!(backends(EXPERIMENTS[8].0), 0);
    assert_eq!(backends(EXPERIMENTS[9].0), 3);
    // With the version of May 2019 too, and whatever ended the connection.
    for fault in ["close", "reset", "close-on-write", "reset-on-write"] {
        let text = format!(
            "set knex=0.17.0 lambda.freeze=auto; invoke keepPool; freeze for 10s; network {fault}; invoke keepPool"
        );
        assert_eq!(run(&text).outcomes, ["[{\"one\":1}]"; 2], "{fault}");
    }
}

#[test]
fn a_file_is_trusted_only_when_it_is_fresh() {
    let text = "set lambda.freeze=auto lambda.reclaim_after=1h; invoke answer; freeze for 9m; invoke answer; freeze for 2m; \
                invoke answer";
    let sources: Vec<_> = run(text).outcomes.iter().map(|it| it.contains("database")).collect();
    assert_eq!(sources, [true, false, true]);
}

#[test]
fn the_listings_are_pieces_of_what_runs() {
    let modules: Vec<String> = (1..MODULES.len()).map(|at| Package::built_in(at).files()[0].text.to_string()).collect();
    let mut count = 0;
    for id in ["three", "instead"] {
        for code in listings(section(id)) {
            count += 1;
            for piece in code.split("\n\n") {
                assert!(modules.iter().any(|text| text.contains(piece)), "{id} shows what does not run:\n{piece}");
            }
        }
    }
    assert_eq!(count, 4);
}
