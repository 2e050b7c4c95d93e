//! The article's section "What else persists, and how it fails": its experiments run here with the page's settings, and its
//! listings with both recorded versions of Knex.

use std::collections::BTreeMap;
use std::rc::Rc;

use simulation::lambda::Package;
use simulation::settings::Settings;

use super::page::{listings, pieces, section};
use crate::running::{self, on_the_page};

const SUCCESS: &str = "success: >>> Postgres: success... SELECT";
const REFUSED: &str = "success: >>> Postgres: error... remaining connection slots are reserved for non-replication \
                       superuser connections";
const WITHOUT_POOL: &str = "success: >>> Postgres: error... Unable to acquire a connection";

const TIMED_OUT: &str = "timeout: The pool has already been initialized";
const ACQUIRE: &str = "success: >>> Postgres: error... Knex: Timeout acquiring a connection. The pool is probably full. \
                       Are you missing a .transacting(trx) call?";

/// The section's experiments in the order of the page. Each has the outcomes of its invocations, in the order in which they
/// began, as [`outcomes`] writes them.
const EXPERIMENTS: &[(&str, &[&str])] = &[
    (
        "set lambda.freeze=auto; invoke trustConnection; freeze for 5m; terminate; invoke trustConnection; \
         invoke trustConnection",
        &[
            "success: ",
            "success: Connection Error: error: terminating connection due to administrator command",
            "success: ",
        ],
    ),
    (
        "set lambda.freeze=auto; invoke trustConnection; freeze for 5m; network reset; invoke trustConnection; \
         invoke trustConnection",
        &["success: ", "success: Connection Error: Error: read ECONNRESET", "success: "],
    ),
    (
        "set lambda.freeze=auto; invoke trustConnection; freeze for 5m; network close; invoke trustConnection; \
         invoke trustConnection",
        &[
            "success: ",
            "error: SELECT 1 as one - Connection terminated unexpectedly",
            "success: Connection Error: Connection ended unexpectedly",
        ],
    ),
    (
        "set lambda.freeze=auto; invoke trustConnection; freeze for 5m; network reset-on-write; invoke trustConnection; \
         invoke trustConnection",
        &[
            "success: ",
            "error: SELECT 1 as one - read ECONNRESET",
            "success: Connection Error: Connection ended unexpectedly",
        ],
    ),
    (
        "set lambda.freeze=auto; invoke trustConnection; freeze for 5m; network silent; invoke trustConnection; \
         network restore; invoke trustConnection",
        &["success: ", "timeout: ", "success: "],
    ),
    (
        "set latency.query=400ms; start proper; wait 800ms; network close; wait 1s; invoke proper",
        &["success: >>> Postgres: error... SELECT 1 as one - Connection terminated unexpectedly", SUCCESS],
    ),
    (
        "set lambda.freeze=auto; invoke trustConnection; freeze for 5m; network close; invoke trustConnection; \
         invoke trustConnection",
        &[
            "success: ",
            "error: SELECT 1 as one - Connection terminated unexpectedly",
            "success: Connection Error: Connection ended unexpectedly",
        ],
    ),
    (
        "set lambda.freeze=auto; invoke askOnceMore; freeze for 5m; network close; invoke askOnceMore",
        &["success: ", "success: Connection Error: Connection ended unexpectedly"],
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
    (
        "set lambda.freeze=auto; invoke forgetAwait; invoke forgetAwait; invoke forgetAwait",
        &[
            "success: The pool has already been initialized",
            TIMED_OUT,
            "success: The pool has already been initialized",
        ],
    ),
    (
        "set lambda.freeze=auto; invoke awaitDestroy; invoke awaitDestroy; invoke awaitDestroy",
        &["success: The pool has already been initialized", "success: ", "success: "],
    ),
    ("set lambda.freeze=auto; invoke answerWhenEmpty; invoke answerWhenEmpty", &["timeout: ", "timeout: "]),
    ("set lambda.freeze=auto; invoke answerAtOnce; invoke answerAtOnce", &["success: ", "success: "]),
];

#[test]
fn every_experiment_ends_as_the_text_says() {
    let links: Vec<String> = pieces(section("fails"), "href=\"#lambda:", "\"").collect();
    assert_eq!(links, EXPERIMENTS.iter().map(|(text, _)| (*text).to_owned()).collect::<Vec<_>>());
    for (text, expected) in EXPERIMENTS {
        let (package, settings) = on_the_page(text);
        assert_eq!(outcomes(package, settings, text), *expected, "{text}");
    }
}

/// Each row of the table on a kept pool quotes the second invocation of its experiment.
#[test]
fn the_table_of_a_kept_pool_has_the_words_of_its_experiments() {
    let rows: Vec<_> = pieces(section("fails"), "<tr><th scope=\"row\">", "</tr>").collect();
    assert_eq!(rows.len(), 5);
    for (row, (text, ended)) in rows.iter().zip(EXPERIMENTS) {
        assert!(row.contains(text), "{row}");
        for said in pieces(row, "<code>", "</code>") {
            assert!(ended[1].ends_with(&said), "{said}: {}", ended[1]);
        }
        let verdict = match ended[1].split_once(": ") {
            Some(("success", _)) => "<b class=\"ok\">succeeds</b>",
            Some(("timeout", _)) => "<b class=\"fail\">times out</b>",
            _ => "<b class=\"fail\">fails</b>",
        };
        assert!(row.contains(verdict), "{row}");
        assert_eq!(row.contains("The one after it succeeds."), ended[1].starts_with("error"), "{row}");
    }
    let older = EXPERIMENTS[2].0.replacen("set ", "set knex=0.17.0 ", 1);
    let (package, settings) = on_the_page(&older);
    assert!(outcomes(package, settings, &older)[1].starts_with("success"), "Knex 0.17.0 does not succeed at once");
    let impatient =
        EXPERIMENTS[4].0.replacen("set ", "set acquireConnectionTimeout=1s pool.createTimeoutMillis=1s ", 1);
    let (package, settings) = on_the_page(&impatient);
    assert!(outcomes(package, settings, &impatient)[1].starts_with("timeout"), "a timeout of the pool helps after all");
}

#[test]
fn an_acquire_timeout_does_not_help_without_a_create_timeout() {
    let text = "set acquireConnectionTimeout=1s; invoke proper; network silent; invoke proper";
    let ended = outcomes(Package::post(), Settings::page(), text);
    assert_eq!(ended[1], ACQUIRE.replace("success", "timeout"));
}

#[test]
fn a_query_that_is_repeated_once_succeeds_after_each_fault() {
    for knex in ["0.17.0", "3.3.0"] {
        for fault in ["close", "reset", "close-on-write", "reset-on-write"] {
            let text =
                format!("set knex={knex}; invoke askOnceMore; freeze for 5m; network {fault}; invoke askOnceMore");
            let ended = outcomes(failures(), Settings::default(), &text);
            assert!(ended.iter().all(|outcome| outcome.starts_with("success: ")), "{knex} {fault}: {ended:?}");
        }
    }
}

#[test]
fn a_destroy_that_is_not_awaited_breaks_the_next_invocation() {
    let already = "The pool has already been initialized";
    let succeeds = |ended: &[String]| ended.iter().all(|outcome| outcome.starts_with("success"));
    for knex in ["0.17.0", "3.3.0"] {
        let text = format!("set knex={knex}; invoke forgetAwait; invoke forgetAwait; invoke forgetAwait");
        let ended = outcomes(failures(), Settings::default(), &text);
        let [success, timeout] = ["success", "timeout"].map(|status| format!("{status}: {already}"));
        assert_eq!(ended, [success.clone(), timeout, success], "{knex}");
        let patient = text.replacen("; invoke", " lambda.timeout=90s; invoke", 1);
        let ended = outcomes(failures(), Settings::default(), &patient);
        assert!(ended[1].starts_with("error: Knex: Timeout acquiring a connection."), "{knex}: {ended:?}");
        assert!(ended[2].starts_with("success"), "{knex}: {ended:?}");

        let awake = format!(
            "set knex={knex} lambda.freeze=manual; invoke forgetAwait; wait 1s; freeze for 5m; invoke forgetAwait"
        );
        let ended = outcomes(failures(), Settings::default(), &awake);
        assert!(succeeds(&ended), "{knex}: {ended:?}");

        let ended = outcomes(failures(), Settings::default(), &text.replace("forgetAwait", "awaitDestroy"));
        assert!(succeeds(&ended), "{knex}: {ended:?}");
    }
}

#[test]
fn a_callback_waits_until_the_pool_is_empty() {
    for knex in ["0.17.0", "3.3.0"] {
        let text = format!("set knex={knex}; invoke answerWhenEmpty; invoke answerWhenEmpty");
        assert_eq!(outcomes(failures(), Settings::default(), &text), ["timeout: ", "timeout: "], "{knex}");
        let at_once = text.replace("answerWhenEmpty", "answerAtOnce");
        assert_eq!(outcomes(failures(), Settings::default(), &at_once), ["success: ", "success: "], "{knex}");
    }
}

/// The listing of two timeouts is a configuration, and has a test of its own.
#[test]
fn the_listings_are_pieces_of_failures_js() {
    let package = failures();
    let mut shown = listings(section("fails")).filter(|code| !code.starts_with("const knex"));
    assert!(
        shown.by_ref().take(3).all(|code| package.main().source.text.contains(&code)),
        "the section shows a handler that is not in failures.js"
    );
    assert_eq!(shown.count(), 0);
}

/// The handler that this test adds to the configuration is not shown on the page.
#[test]
fn the_two_timeouts_of_the_listing_end_before_the_functions_timeout() {
    let handler = "exports.handler = async () => {\n  knex.initialize()\n  try {\n    \
                   return (await knex.raw('SELECT 1 as one')).rows\n  } finally {\n    await knex.destroy()\n  }\n}\n";
    let timeouts = listings(section("fails"))
        .find(|code| code.starts_with("const knex"))
        .expect("the section shows the configuration");
    let source = format!("const config = require('../config/knexfile')\n{timeouts}\n{handler}");
    let ended =
        outcomes(running::package(&source), Settings::default(), "invoke handler; network silent; invoke handler");
    assert!(ended[0].starts_with("success: "), "{ended:?}");
    // `initialize()` without a configuration uses that of the client, which is the listing's.
    assert!(ended[1].starts_with("error: Knex: Timeout acquiring a connection."), "{ended:?}");
}

fn failures() -> Rc<Package> {
    Package::built_in(running::place_of("failures"))
}

/// For each invocation its status, then its error where it failed or crashed, else the last line that it printed.
fn outcomes(package: Rc<Package>, settings: Settings, text: &str) -> Vec<String> {
    let (mut ended, mut printed) = (BTreeMap::new(), BTreeMap::new());
    for report in running::printed_reports(package, settings, text) {
        for line in report["log"].as_array().into_iter().flatten() {
            printed.insert(line["invocation"].as_u64(), line["text"].as_str().unwrap_or_default().to_owned());
        }
        for one in std::iter::once(&report).chain(report["completed"].as_array().into_iter().flatten()) {
            let status = one["status"].as_str().unwrap_or_default();
            if status != "ok" {
                // A throttled invocation has no number. No experiment has more than one, and it is the last.
                let number = one["invocation"].as_u64().unwrap_or(u64::MAX);
                ended.insert(number, (status.to_owned(), one["error"]["message"].as_str().map(str::to_owned)));
            }
        }
    }
    let outcomes = ended.into_iter().map(|(number, (status, message))| {
        let text = match status.as_str() {
            "error" | "crashed" => message,
            _ => printed.get(&Some(number)).cloned(),
        };
        format!("{status}: {}", text.unwrap_or_default())
    });
    outcomes.collect()
}
