//! The options and calls of Knex, tarn and pg: the cases of `tests/knex/cases.js` run with both versions of Knex and give the
//! results that `tests/knex/record.js` recorded of the real libraries. An option that the real ones use and the simulation
//! does not have is refused.

use std::path::Path;
use std::rc::Rc;

use postgres::error::UNKNOWN_TO_MOCK;
use serde_json::{Value, json};
use simulation::lambda::Package;
use simulation::settings::Settings;

use crate::running::{package, printed_reports};

const CASES: &str = include_str!("../knex/cases.js");
const VERSIONS: [&str; 2] = ["0.17.0", "3.3.0"];

/// The reports of a scenario's invocations.
fn reports(package: &Rc<Package>, text: &str) -> Vec<Value> {
    let mut reports = printed_reports(package.clone(), Settings::default(), text);
    reports.retain(|report| report["status"] != "ok");
    reports
}

/// The lines that were printed during a statement.
fn printed(report: &Value) -> Vec<&Value> {
    report["log"].as_array().into_iter().flatten().map(|line| &line["text"]).collect()
}

#[test]
fn each_case_gives_the_recorded_result() {
    let package = package(CASES);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/knex");
    let mut wrong = Vec::new();
    for version in VERSIONS {
        let recorded =
            std::fs::read_to_string(folder.join(version.to_owned() + ".jsonl")).expect("each version has a recording");
        for line in recorded.lines() {
            let real: Value = serde_json::from_str(line).expect("a line of JSON");
            let name = real["name"].as_str().expect("a case has a name");
            let text = format!("set knex={version} lambda.timeout=60s; invoke {name}");
            let report = reports(&package, &text).remove(0);
            let error = &report["error"];
            let result = if error.is_null() { report["result"].clone() } else { error.clone() };
            let here = json!({ "name": name, "result": result, "printed": printed(&report) });
            // PostgreSQL gives the same error without the note that the mock adds to what it does not know.
            let note = format!(" ({UNKNOWN_TO_MOCK})");
            if here.to_string().replace(&note, "") != line {
                wrong.push(format!("{version}\n  recorded  {real}\n  simulated {here}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{} cases differ", wrong.join("\n"), wrong.len());
}

const MAKE: &str = "const base = require('./knexfile')\nconst make = require('knex')\n";

/// Invokes a handler with this body twice with each version of Knex, and calls `check` with the version and both reports.
fn each_version(body: &str, mut check: impl FnMut(&str, &[Value])) {
    let package = package(&format!("{MAKE}exports.run = async (event) => {{\n{body}\n}}"));
    for version in VERSIONS {
        check(version, &reports(&package, &format!("set knex={version} lambda.timeout=60s; invoke run; invoke run")));
    }
}

#[test]
fn an_option_that_the_simulation_does_not_have_is_refused_when_the_client_is_made() {
    let connection = |option: &str| format!("{{ ...base, connection: {{ ...base.connection, {option} }} }}");
    let both = [
        connection("ssl: true"),
        connection("ssl: { rejectUnauthorized: false }"),
        connection("keepAlive: true"),
        connection("host: '/var/run/postgresql'"),
        connection("password: async () => 'apppw'"),
        connection("client_encoding: 'latin1'"),
        "{ ...base, connection: 'postgres://app:apppw@127.0.0.1/demo?sslmode=require' }".to_owned(),
        "{ ...base, pool: { log: console.log } }".to_owned(),
        "{ ...base, pool: { afterCreate: 'x' } }".to_owned(),
        "{ ...base, debug: true }".to_owned(),
        "{ ...base, log: { warn: console.log } }".to_owned(),
        "{ ...base, postProcessResponse: (answer) => answer }".to_owned(),
        "{ ...base, client: 'mysql' }".to_owned(),
    ];
    for config in both {
        each_version(&format!("make({config})"), |version, reports| {
            let message = reports[0]["error"]["message"].as_str().unwrap_or_default();
            assert!(message.contains("is not part of the Knex that runs here"), "{version} {config}: {message}");
        });
    }
    // The other version does not know these options and ignores them, as the real library does.
    for (config, version_that_knows_it) in [
        (connection("options: '-c geqo=off'"), "3.3.0"),
        ("{ ...base, pool: { validate: () => true } }".to_owned(), "3.3.0"),
        ("{ ...base, connectionPool: {} }".to_owned(), "3.3.0"),
    ] {
        each_version(&format!("make({config})"), |version, reports| {
            assert_eq!(
                reports[0]["error"].is_null(),
                version != version_that_knows_it,
                "{version} {config}: {reports:?}"
            );
        });
    }
}

/// `query_timeout` is the remedy that a reader may try against packets that vanish. The query ends and its connection goes
/// back to the pool, where the next query waits behind the one that was given up.
#[test]
fn a_query_timeout_ends_a_query_on_a_silent_network_and_keeps_its_connection() {
    let source = format!(
        "{MAKE}const knex = make({{ ...base, connection: {{ ...base.connection, query_timeout: 500 }} }})\n\
         exports.run = async () => {{\n  const began = Date.now()\n  \
         const outcome = await knex.raw('SELECT 1 as one').then((answer) => answer.rows[0].one, (error) => error.message)\n  \
         return [outcome, Date.now() - began]\n}}"
    );
    let package = package(&source);
    for version in VERSIONS {
        let text = format!(
            "set knex={version}; invoke run; network silent; invoke run; invoke run; network restore; invoke run"
        );
        let reports = reports(&package, &text);
        let lost = json!(["SELECT 1 as one - Query read timeout", 500]);
        assert_eq!(reports[0]["result"][0], 1, "{version}");
        for report in &reports[1..3] {
            assert_eq!(report["result"], lost, "{version}");
            assert_eq!((&report["pool"]["used"], &report["pool"]["free"]), (&json!(0), &json!(1)), "{version}");
        }
        assert_eq!(reports[3]["result"][0], 1, "{version}");
        assert_eq!(reports[3]["pool"]["free"], 1, "{version}: {:?}", reports[3]);
    }
}

#[test]
fn a_connect_ends_after_connection_timeout_millis() {
    let body = "const began = Date.now()\n\
        const knex = make({ ...base, connection: { ...base.connection, host: '10.1.2.3', connectionTimeoutMillis: 300 } })\n\
        const message = await knex.raw('select 1').catch((error) => error.message)\nreturn [message, Date.now() - began]";
    each_version(body, |version, reports| {
        assert_eq!(reports[0]["result"], json!(["timeout expired", 300]), "{version}");
    });
}

#[test]
fn the_error_of_a_statement_that_the_mock_does_not_know_says_so() {
    let body = "const knex = make(base)\n\
        return knex.raw('explain select 1').catch((error) => [error.message, error.code])";
    each_version(body, |version, reports| {
        let message = reports[0]["result"][0].as_str().unwrap_or_default();
        assert!(message.ends_with(&format!("({UNKNOWN_TO_MOCK})")), "{version}: {message}");
        assert_eq!(reports[0]["result"][1], "42601", "{version}");
    });
}

#[test]
fn an_assignment_that_would_have_no_effect_is_refused() {
    for change in
        ["knex.client = {}", "knex.client.version = '9'", "knex.client.pool = {}", "knex.client.pool.free = []"]
    {
        each_version(&format!("const knex = make(base)\n{change}"), |version, reports| {
            let message = reports[0]["error"]["message"].as_str().unwrap_or_default();
            assert!(message.contains("is not part of the Knex that runs here"), "{version} {change}: {message}");
        });
    }
}
