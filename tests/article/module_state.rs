//! The article's sections on the three things that persist and on what to write instead: their experiments run here as
//! the page runs them, and their listings are pieces of the modules that run.

use simulation::event::{EventKind, InvocationId, Status};
use simulation::lambda::{MODULES, Package};
use simulation::world::World;

use super::page::{PAGE, listings, section};
use crate::running::{self, Driver};

/// The experiments of both sections in the order of the page. Each has the results of its invocations; where an
/// invocation did not succeed, its status.
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

/// What came of an experiment.
struct Experiment {
    /// For each invocation its result, or its status where it did not succeed.
    outcomes: Vec<String>,
    /// The lines that `console` printed, each with the invocation whose request id it carries.
    lines: Vec<(Option<InvocationId>, String)>,
    /// The world at the end.
    world: World,
}

/// Runs a scenario as the page does.
fn run(text: &str) -> Experiment {
    let (package, settings) = running::on_the_page(text);
    let mut driver = Driver::new(text, package, settings);
    let (mut outcomes, mut lines) = (Vec::new(), Vec::new());
    for event in driver.rest() {
        match event.kind {
            EventKind::InvocationEnded { outcome } => outcomes.push(match (&outcome.result, outcome.status) {
                (Some(result), Status::Success) => result.to_string(),
                (_, status) => format!("{status:?}"),
            }),
            EventKind::Printed { text, .. } => lines.push((event.invocation, text.to_string())),
            _ => {}
        }
    }
    Experiment { outcomes, lines, world: driver.world }
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
fn a_quiz_offers_the_right_answer_among_other_guesses() {
    for (id, nth) in [("predict-crash", 3), ("predict-timer", 2)] {
        let (_, after) = PAGE.split_once(&format!("id=\"{id}\" data-nth=\"{nth}\"")).expect("the page has this quiz");
        let section = after.split_once("<p class=\"told\"").expect("the quiz ends").0;
        let scenario = section
            .split_once("data-lambda=\"")
            .and_then(|(_, rest)| rest.split_once('"'))
            .expect("the quiz runs a scenario")
            .0;
        let answer = run(scenario).outcomes[nth - 1].replace('"', "'");
        let guesses: Vec<&str> = section.split(" value=\"").skip(1).filter_map(|it| it.split('"').next()).collect();
        assert!(
            guesses.len() > 1 && guesses.contains(&answer.as_str()),
            "{id}: the answer {answer} is not among the guesses {guesses:?}, or the only one"
        );
    }
}

#[test]
fn a_late_line_carries_the_request_id_that_the_text_says() {
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
fn a_kept_pool_repeats_a_query_once_and_pools_left_behind_add_up() {
    let backends = |text: &str| run(text).world.view().server.slots.iter().flatten().count();
    assert_eq!(backends(EXPERIMENTS[7].0), 1);
    let once_more = |text: &str| run(text).lines.iter().filter(|(_, line)| line.starts_with("once more:")).count();
    assert_eq!(once_more(EXPERIMENTS[7].0), 1);
    assert_eq!(backends(EXPERIMENTS[8].0), 0);
    assert_eq!(backends(EXPERIMENTS[9].0), 3);
    // Knex 0.17.0 does the same, whatever ended the connection.
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
fn the_listings_are_pieces_of_the_modules_that_run() {
    let modules: Vec<String> = (1..MODULES.len()).map(|at| Package::built_in(at).files()[0].text.to_string()).collect();
    let mut count = 0;
    for id in ["three", "instead"] {
        for code in listings(section(id)) {
            count += 1;
            for piece in code.split("\n\n") {
                assert!(
                    modules.iter().any(|text| text.contains(piece)),
                    "section {id} shows code that is in no module:\n{piece}"
                );
            }
        }
    }
    assert_eq!(count, 4);
}
