//! What the article says of each failure in "What else persists, and how it fails" is what happens: its experiments run
//! here with the settings that the page has, and its listings with both recorded versions of Knex.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;
use std::rc::Rc;

use lambda_lifecycles::lambda::Package;
use lambda_lifecycles::scenario;
use lambda_lifecycles::settings::Settings;
use lambda_lifecycles::world::World;
use serde_json::Value;

const PAGE: &str = include_str!("../index.html");

const SUCCESS: &str = "success: >>> Postgres: success... SELECT";
const REFUSED: &str = "success: >>> Postgres: error... remaining connection slots are reserved for non-replication \
                       superuser connections";
const WITHOUT_POOL: &str = "success: >>> Postgres: error... Unable to acquire a connection";

const TIMED_OUT: &str = "timeout: The pool has already been initialized";
const ACQUIRE: &str = "success: >>> Postgres: error... Knex: Timeout acquiring a connection. The pool is probably full. \
                       Are you missing a .transacting(trx) call?";

/// The section's experiments in its order, and what becomes of their invocations in the order of their beginning: the
/// status, and the last line that was printed.
const EXPERIMENTS: &[(&str, &[&str])] = &[
    (
        "set latency.query=400ms; start proper; wait 800ms; network close; wait 1s; invoke proper",
        &["success: >>> Postgres: error... SELECT 1 as one - Connection terminated unexpectedly", SUCCESS],
    ),
    (
        "set lambda.freeze=manual; start check; start check; start check; start check; start check; invoke check",
        &[REFUSED, SUCCESS, SUCCESS, SUCCESS, SUCCESS, SUCCESS],
    ),
    (
        "set lambda.concurrency=5; start check; start check; start check; start check; start check; start check; wait 1s",
        &[SUCCESS, SUCCESS, SUCCESS, SUCCESS, SUCCESS, "throttled: "],
    ),
    (
        "set latency.query=400ms; start proper; start proper; start proper; start proper; start proper; wait 800ms; \
         network silent; wait 3s; reclaim; invoke check",
        &[TIMED_OUT, TIMED_OUT, TIMED_OUT, TIMED_OUT, TIMED_OUT, REFUSED],
    ),
    (
        "set latency.query=400ms postgres.idle_session_timeout=1m; start proper; start proper; start proper; start proper; \
         start proper; wait 800ms; network silent; wait 3s; reclaim; wait 2m; invoke check",
        &[TIMED_OUT, TIMED_OUT, TIMED_OUT, TIMED_OUT, TIMED_OUT, SUCCESS],
    ),
    (
        "set lambda.freeze=manual; invoke proper; network silent; invoke proper",
        &[SUCCESS, "timeout: Re-init the database connection (if required)"],
    ),
    (
        "set acquireConnectionTimeout=1s pool.createTimeoutMillis=1s; invoke proper; network silent; invoke proper; \
         network restore; invoke proper",
        &[SUCCESS, ACQUIRE, SUCCESS],
    ),
    (
        "set lambda.freeze=manual; postgres stop; invoke check; postgres start; invoke check",
        &["success: >>> Postgres: error... connect ECONNREFUSED 127.0.0.1:5432", WITHOUT_POOL],
    ),
    (
        "set lambda.freeze=manual; postgres stop; invoke proper; postgres start; invoke proper",
        &["success: >>> Postgres: error... connect ECONNREFUSED 127.0.0.1:5432", SUCCESS],
    ),
    ("set pool.max=1; invoke check", &["crashed: Tarn: opt.max is smaller than opt.min"]),
    ("set pool.min=0 pool.max=1; invoke check", &[SUCCESS]),
];

#[test]
fn every_experiment_ends_as_the_text_says() {
    let links: Vec<String> = pieces(section(), "href=\"#lambda:", "\"").collect();
    assert_eq!(links, EXPERIMENTS.iter().map(|(text, _)| (*text).to_owned()).collect::<Vec<_>>());
    for (text, expected) in EXPERIMENTS {
        assert_eq!(outcomes(Package::post(), Settings::page(), text), *expected, "{text}");
    }
}

#[test]
fn a_create_timeout_is_needed_too() {
    let text = "set acquireConnectionTimeout=1s; invoke proper; network silent; invoke proper";
    let ended = outcomes(Package::post(), Settings::page(), text);
    assert_eq!(ended[1], ACQUIRE.replace("success", "timeout"));
}

#[test]
fn a_query_is_repeated_once() {
    for knex in ["0.17.0", "3.3.0"] {
        let text = |fault| format!("set knex={knex}; invoke handler; freeze for 5m; network {fault}; invoke handler");
        for fault in ["close", "reset", "close-on-write", "reset-on-write"] {
            let ended = outcomes(listing(0), Settings::default(), &text(fault));
            assert!(ended.iter().all(|outcome| outcome.starts_with("success: ")), "{knex} {fault}: {ended:?}");
        }
    }
}

#[test]
fn a_destroy_that_nobody_awaits_costs_the_next_invocation() {
    for knex in ["0.17.0", "3.3.0"] {
        let text = format!("set knex={knex}; invoke handler; freeze for 5m; invoke handler; invoke handler");
        let already = "The pool has already been initialized";
        let ended = outcomes(listing(2), Settings::default(), &text);
        assert_eq!(
            ended,
            [format!("success: {already}"), format!("timeout: {already}"), format!("success: {already}")],
            "{knex}"
        );
        let patient = text.replacen("; invoke", " lambda.timeout=90s; invoke", 1);
        let ended = outcomes(listing(2), Settings::default(), &patient);
        assert!(ended[1].starts_with("error: Knex: Timeout acquiring a connection."), "{knex}: {ended:?}");
        assert!(ended[2].starts_with("success"), "{knex}: {ended:?}");

        let awake =
            format!("set knex={knex} lambda.freeze=manual; invoke handler; wait 1s; freeze for 5m; invoke handler");
        let ended = outcomes(listing(2), Settings::default(), &awake);
        assert!(ended.iter().all(|outcome| outcome.starts_with("success")), "{knex}: {ended:?}");

        let awaited = module(&code(2).replace("    knex.destroy()", "    await knex.destroy()"));
        let ended = outcomes(awaited, Settings::default(), &text);
        assert!(ended.iter().all(|outcome| outcome.starts_with("success")), "{knex}: {ended:?}");
    }
}

#[test]
fn a_callback_waits_for_the_pool() {
    for knex in ["0.17.0", "3.3.0"] {
        let text = format!("set knex={knex}; invoke handler; invoke handler");
        assert_eq!(outcomes(listing(3), Settings::default(), &text), ["timeout: ", "timeout: "], "{knex}");
        let at_once = "{\n  context.callbackWaitsForEmptyEventLoop = false\n";
        let at_once = module(&code(3).replacen("{\n", at_once, 1));
        assert_eq!(outcomes(at_once, Settings::default(), &text), ["success: ", "success: "], "{knex}");
    }
}

/// The listing of two timeouts is a configuration; the handler under it is not shown.
#[test]
fn two_timeouts_are_less_than_the_function_has() {
    let handler = "exports.handler = async () => {\n  knex.initialize()\n  try {\n    \
                   return (await knex.raw('SELECT 1 as one')).rows\n  } finally {\n    await knex.destroy()\n  }\n}\n";
    let source = format!("const config = require('../config/knexfile')\n{}\n{handler}", code(1));
    let package = Package::from_source("index.js", &source).unwrap_or_else(|diagnostic| panic!("{diagnostic}"));
    let ended = outcomes(package, Settings::default(), "invoke handler; network silent; invoke handler");
    assert!(ended[0].starts_with("success: "), "{ended:?}");
    // `initialize()` without a configuration takes that of the client, the listing's.
    assert!(ended[1].starts_with("error: Knex: Timeout acquiring a connection."), "{ended:?}");
}

fn section() -> &'static str {
    let (_, after) = PAGE.split_once("<section id=\"fails\">").expect("the section");
    after.split_once("</section>").expect("the section ends").0
}

fn pieces<'t>(text: &'t str, opening: &'t str, end: &'t str) -> impl Iterator<Item = String> + 't {
    text.split(opening).skip(1).map(move |piece| piece.split_once(end).expect("the piece ends").0.to_owned())
}

/// The text of a listing of the section.
fn code(number: usize) -> String {
    let html = pieces(section(), "<pre class=\"code\" tabindex=\"0\"><code>", "</code></pre>").nth(number);
    let mut text = String::new();
    for (index, part) in html.expect("a listing").split('<').enumerate() {
        text += if index == 0 { part } else { part.split_once('>').map_or("", |(_, after)| after) };
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// The listing under the post's first two lines.
fn listing(number: usize) -> Rc<Package> {
    module(&code(number))
}

fn module(code: &str) -> Rc<Package> {
    let source =
        format!("const config = require('../config/knexfile')\nconst knex = require('knex')(config)\n\n{code}\n");
    Package::from_source("index.js", &source).unwrap_or_else(|diagnostic| panic!("{source}\n{diagnostic}"))
}

/// Of each invocation: its status, and why it failed or the last line that it printed.
fn outcomes(package: Rc<Package>, base: Settings, text: &str) -> Vec<String> {
    let scenario = scenario::parse(text, package.exports());
    let scenario = Rc::new(scenario.unwrap_or_else(|error| panic!("{text}\n{error}")));
    let mut world = World::new(scenario.settings(base), package);
    let (mut ended, mut printed) = (BTreeMap::new(), BTreeMap::new());
    scenario::run(&mut world, &scenario, &mut |report| {
        let report: Value = serde_json::from_str(&report.to_json()).expect("a report is JSON");
        assert_ne!(report["status"], "refused", "{report}");
        for line in report["log"].as_array().into_iter().flatten() {
            printed.insert(line["invocation"].as_u64(), line["text"].as_str().unwrap_or_default().to_owned());
        }
        for one in std::iter::once(&report).chain(report["completed"].as_array().into_iter().flatten()) {
            let status = one["status"].as_str().unwrap_or_default();
            if status != "ok" {
                // A throttled request has no number, and is the last one where there is one.
                let number = one["invocation"].as_u64().unwrap_or(u64::MAX);
                ended.insert(number, (status.to_owned(), one["error"]["message"].as_str().map(str::to_owned)));
            }
        }
    });
    let told = ended.into_iter().map(|(number, (status, message))| {
        let told = match status.as_str() {
            "error" | "crashed" => message,
            _ => printed.get(&Some(number)).cloned(),
        };
        format!("{status}: {}", told.unwrap_or_default())
    });
    told.collect()
}
