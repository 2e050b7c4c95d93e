//! Each statement of the scenario language does what the contract says of it, run by the command line.
//!
//! The names of the tests are sentences of the contract.

use std::sync::OnceLock;

use serde_json::{Value, json};

use super::cli::column;
use crate::running::command_line::{file, output};

/// Handlers that do little.
const MODULE: &str = "
const knex = require('knex')(require('./knexfile'))
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
let count = 0
exports.count = async () => { count += 1; return count }
exports.echo = async (event) => event
exports.sleep = async (event) => { await wait(event.ms); return event.ms }
exports.ask = async () => (await knex.raw('SELECT 1 as one')).rows
exports.log = async (event) => console.log(event.text)
exports.later = async (event) => { setTimeout(() => console.log('late'), event.ms) }
exports.pid = async () => (await knex.raw('SELECT pg_backend_pid() as pid')).rows[0].pid
";

/// Runs a scenario of [`MODULE`] and returns the objects, and whether a statement was refused.
fn run_any(scenario: &str) -> (Vec<Value>, bool) {
    static FILE: OnceLock<String> = OnceLock::new();
    let module = FILE.get_or_init(|| file("statements.js", MODULE));
    let output = output(&["--module", module, "-e", scenario], "");
    assert_eq!(output.messages, "", "{scenario}");
    let refused = column(&output.objects, "status").iter().any(|status| *status == "refused");
    assert_eq!(output.code, Some(i32::from(refused)), "the exit code is 1 where a statement is refused: {scenario}");
    (output.objects, refused)
}

/// Runs a scenario of which no statement may be refused.
fn run(scenario: &str) -> Vec<Value> {
    let (objects, refused) = run_any(scenario);
    assert!(!refused, "{scenario}\n{objects:#?}");
    objects
}

/// Fails unless the last statement is refused with a reason, no other statement is, and the refusal changes nothing: what
/// is done afterwards gives the same objects as without it.
#[track_caller]
fn refused(before: &str, statement: &str) {
    let after = "wait 1s; invoke count; freeze for 5m; invoke ask; wait 1m";
    let (with, _) = run_any(&format!("{before}; {statement}; {after}"));
    let without = run(&format!("{before}; {after}"));
    let at = without.len() - 5;
    assert_eq!(with[at]["status"], "refused", "{before}; {statement}");
    assert!(with[at]["error"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{}", with[at]);
    assert_eq!(with[at]["log"], json!([]));
    assert_eq!(with[at]["completed"], json!([]));
    assert_eq!(with[at + 1..], without[at..], "{before}; {statement}");
}

/// The value of a key in each object whose status is that of an invocation.
fn of_invocations<'v>(objects: &'v [Value], key: &str) -> Vec<&'v Value> {
    let ended =
        objects.iter().filter(|object| !["ok", "refused"].contains(&object["status"].as_str().unwrap_or_default()));
    ended.map(|object| &object[key]).collect()
}

#[test]
fn environments_are_numbered_in_the_order_of_creation_and_shut_down_ones_keep_their_numbers() {
    let objects = run("invoke count; invoke count on 2; reclaim 1; invoke count on 3; reclaim; invoke count");
    assert_eq!(of_invocations(&objects, "environment"), [1, 2, 3, 4]);
}

#[test]
fn a_statement_without_a_number_means_every_environment_that_it_can_apply_to() {
    let two = "set lambda.freeze=manual; invoke ask; invoke ask on 2; start sleep on 3 {\"ms\":100}";
    // Environment 3 runs an invocation, and can be neither frozen nor reclaimed.
    let objects = run(&format!("{two}; freeze; queue count on 1; queue count on 2; thaw; wait 1s"));
    assert_eq!(objects[7]["statement"], "thaw");
    assert_eq!(objects[8]["completed"].as_array().unwrap().len(), 3);
    refused(&format!("{two}; freeze"), "queue count on 3");
    let objects = run(
        &format!("{two}; reclaim; invoke count on 3; invoke count on 4").replace("; reclaim", "; reclaim; wait 1s")
    );
    assert_eq!(of_invocations(&objects, "environment"), [1, 2, 3, 4]);
    refused(&format!("{two}; reclaim"), "invoke count on 1");
    let objects = run(&format!("{two}; terminate; wait 1s; invoke pid on 1; invoke pid on 2"));
    assert_eq!(of_invocations(&objects, "backends"), [1, 1, 1, 1]);
    let objects = run(
        "set lambda.freeze=manual; invoke pid; invoke pid on 2; network reset; wait 1s; invoke pid on 1; invoke pid on 2",
    );
    let pids = of_invocations(&objects, "result");
    assert!(pids[0] != pids[2] && pids[1] != pids[3], "{pids:?}");
}

#[test]
fn an_invocation_goes_to_the_warm_environment_that_was_used_last() {
    let objects = run(
        "start sleep {\"ms\":100}; start sleep {\"ms\":50}; wait 1s; invoke count; invoke count on 1; invoke count",
    );
    assert_eq!(of_invocations(&objects, "environment"), [1, 1, 1]);
    let objects = run(
        "start sleep {\"ms\":50}; start sleep {\"ms\":100}; wait 1s; invoke count; invoke count on 1; invoke count",
    );
    assert_eq!(of_invocations(&objects, "environment"), [2, 1, 1]);
}

#[test]
fn an_invocation_goes_to_a_new_environment_where_none_is_free() {
    let objects = run("start sleep {\"ms\":100}; invoke count; wait 1s; reclaim; invoke count");
    assert_eq!(of_invocations(&objects, "environment"), [2, 3]);
    assert_eq!(of_invocations(&objects, "start"), ["cold", "cold"]);
}

#[test]
fn a_number_that_is_one_more_than_there_are_makes_a_cold_environment() {
    let objects = run("invoke count on 1; invoke count on 2; start count on 3; wait 1s");
    assert_eq!(of_invocations(&objects, "start"), ["cold", "cold"]);
    assert_eq!(objects[2]["environment"], 3);
    assert_eq!(objects[3]["completed"][0]["start"], "cold");
    refused("invoke count", "invoke count on 3");
    refused("invoke count", "start count on 3");
}

#[test]
fn an_event_is_an_empty_object_where_none_is_given() {
    let objects = run("invoke echo; invoke echo null; invoke echo [1, \"a;b#c\"]; start echo; wait 1s");
    assert_eq!(of_invocations(&objects, "result"), [&json!({}), &Value::Null, &json!([1, "a;b#c"])]);
    assert_eq!(objects[4]["completed"][0]["result"], json!({}));
}

#[test]
fn an_invocation_thaws_a_frozen_environment() {
    let objects = run("invoke later {\"ms\":1000}; freeze for 5m; invoke count on 1; wait 1m");
    assert_eq!(objects[2]["result"], 1);
    assert_eq!(objects[2]["start"], "warm");
    assert_eq!(objects[2]["log"][0]["text"], "late", "a timer that is due fires before the event that waits");
}

#[test]
fn an_invocation_is_refused_in_an_environment_that_cannot_take_it() {
    refused("invoke count; reclaim", "invoke count on 1");
    refused("start sleep {\"ms\":100}", "invoke count on 1");
    refused("start sleep {\"ms\":100}", "start count on 1");
    refused("set lambda.deploy=separate; invoke count; invoke ask", "invoke ask on 1");
    refused("set lambda.deploy=separate; invoke count; invoke ask", "start ask on 1");
    refused("set lambda.deploy=separate; invoke count; invoke ask; freeze", "queue ask on 1");
}

#[test]
fn start_begins_an_invocation_and_goes_on_at_once() {
    let objects = run("start sleep {\"ms\":100}; say next; wait 1s; say end");
    let keys = ["status", "environment", "invocation", "handler", "start", "init_ms", "duration_ms", "result", "error"];
    let begun: Vec<&Value> = keys.iter().map(|key| &objects[0][key]).collect();
    let null = &Value::Null;
    assert_eq!(begun, [&json!("ok"), &json!(1), &json!(1), &json!("sleep"), null, null, null, null, null]);
    assert_eq!(column(&objects, "at_ms")[..3], [0, 0, 0]);
    let ended = &objects[2]["completed"][0];
    assert_eq!((&ended["status"], &ended["start"], &ended["result"]), (&json!("success"), &json!("cold"), &json!(100)));
    assert!(ended["init_ms"].as_f64().unwrap() >= 180.0);
    assert!(ended["duration_ms"].as_f64().unwrap() > 99.0);
}

#[test]
fn a_queued_event_waits_at_a_frozen_environment_and_thaw_delivers_it() {
    let objects =
        run("invoke count; queue count; wait 1m; thaw; wait 1s; queue count on 1; invoke count on 2; thaw 1; wait 1s");
    assert_eq!((&objects[1]["environment"], &objects[1]["invocation"]), (&json!(1), &json!(2)));
    assert_eq!(objects[2]["completed"], json!([]), "the environment is not woken");
    assert_eq!(objects[4]["completed"][0]["result"], 2);
    assert_eq!(objects[4]["completed"][0]["start"], "warm");
    assert_eq!(objects[8]["completed"][0]["result"], 3);
}

#[test]
fn an_event_cannot_be_queued_at_an_environment_that_is_not_frozen() {
    refused("set lambda.freeze=manual; invoke count", "queue count on 1");
    refused("set lambda.freeze=manual; invoke count", "queue count");
    refused("start sleep {\"ms\":100}", "queue count on 1");
    refused("invoke count; reclaim", "queue count on 1");
    refused("invoke count", "queue count on 2");
    refused("say nothing", "queue count");
}

#[test]
fn freeze_takes_effect_now_and_time_passes_where_it_says_so() {
    let objects = run(
        "set lambda.freeze=manual; invoke later {\"ms\":100}; freeze; wait 1s; freeze for 2s; freeze 1 for 1m; thaw; wait 1s",
    );
    let log: Vec<&Value> = objects.iter().map(|object| &object["log"]).collect();
    assert_eq!(log[2..6], [&json!([]); 4], "a frozen process does not run");
    let times = column(&objects, "at_ms");
    let span = |from: usize| ((times[from + 1].as_f64().unwrap() - times[from].as_f64().unwrap()) * 1e3).round() / 1e3;
    assert_eq!((span(2), span(3), span(4), span(5)), (0.0, 1_000.0, 2_000.0, 60_000.0));
    assert_eq!(objects[7]["log"][0]["text"], "late");
}

#[test]
fn freeze_is_refused_for_an_environment_that_runs_an_invocation_or_is_shut_down() {
    refused("start sleep {\"ms\":100}", "freeze 1");
    refused("start sleep {\"ms\":100}", "freeze 1 for 1m");
    refused("invoke count; reclaim", "freeze 1");
    refused("invoke count", "freeze 2");
}

#[test]
fn thaw_lets_a_process_go_on_until_its_next_invocation_ends() {
    let objects = run("invoke later {\"ms\":100}; freeze for 1s; thaw; wait 1s; invoke later {\"ms\":100}; wait 1s");
    assert_eq!(objects[3]["log"][0]["text"], "late", "the process is awake");
    assert_eq!(objects[5]["log"], json!([]), "the process is frozen after its next invocation");
    refused("set lambda.freeze=manual; invoke count", "thaw 1");
    refused("start sleep {\"ms\":100}", "thaw 1");
    refused("invoke count; reclaim", "thaw 1");
    refused("invoke count", "thaw 2");
}

#[test]
fn terminate_ends_the_sessions_of_the_environments() {
    let objects =
        run("set lambda.freeze=manual; invoke pid; invoke pid on 2; terminate 1; invoke pid on 1; invoke pid on 2");
    let pids = of_invocations(&objects, "result");
    assert!(pids[0] != pids[2] && pids[1] == pids[3], "{pids:?}");
    let objects = run("invoke ask; terminate; terminate 1");
    assert_eq!(column(&objects, "backends"), [1, 0, 0]);
    refused("invoke count", "terminate 2");
}

#[test]
fn network_faults_happen_now_or_when_the_connection_is_next_written_to() {
    for (fault, now) in [("reset", true), ("close", true), ("reset-on-write", false), ("close-on-write", false)] {
        let objects =
            run(&format!("set lambda.freeze=manual; invoke ask; network {fault}; wait 1s; invoke ask; invoke ask"));
        let outcomes = column(&objects, "status");
        let after = if now { "success" } else { "error" };
        assert_eq!(outcomes[4..], [after, "success"], "{fault}");
    }
    refused("invoke count", "network 2 reset");
}

#[test]
fn packets_vanish_on_a_silent_network_until_it_is_restored() {
    let objects = run(
        "set lambda.freeze=manual; invoke ask; network silent; invoke ask; invoke ask; network restore; invoke ask",
    );
    assert_eq!(of_invocations(&objects, "status"), ["success", "timeout", "timeout", "success"]);
    // The process of a timeout is gone, so the third invocation makes a new connection.
    assert_eq!(objects[4]["start"], "reset");
}

#[test]
fn the_server_stops_starts_and_restarts() {
    let objects =
        run("set lambda.freeze=manual; invoke ask; postgres stop; wait 1s; invoke ask; postgres start; invoke ask");
    assert_eq!(of_invocations(&objects, "status"), ["success", "error", "success"]);
    assert_eq!(objects[4]["error"]["code"], "ECONNREFUSED");
    let objects = run(
        "set lambda.freeze=manual; invoke pid; invoke pid on 2; postgres restart; wait 1s; invoke pid on 1; invoke pid on 2",
    );
    let pids = of_invocations(&objects, "result");
    assert!(pids[0] != pids[2] && pids[1] != pids[3], "restart ends every session: {pids:?}");
    refused("invoke count", "postgres start");
    refused("invoke count; postgres stop; postgres start", "postgres start");
    let (objects, _) = run_any("postgres stop; postgres stop");
    assert_eq!(column(&objects, "status"), ["ok", "refused"]);
}

#[test]
fn reclaim_shuts_an_environment_down() {
    let objects = run("invoke count; reclaim 1; say next; invoke count");
    assert_eq!(column(&objects, "backends"), [&json!(0), &Value::Null, &Value::Null, &json!(0)]);
    assert_eq!(objects[3]["result"], 1, "its state is gone");
    refused("start sleep {\"ms\":100}", "reclaim 1");
    refused("invoke count; reclaim 1", "reclaim 1");
    refused("invoke count", "reclaim 2");
}

#[test]
fn deploy_shuts_idle_environments_down_now_and_busy_ones_when_their_invocation_ends() {
    let objects =
        run("start sleep {\"ms\":100}; start sleep {\"ms\":300}; wait 400ms; start sleep {\"ms\":500}; deploy; \
                       invoke count; wait 100ms; say next; wait 2s; invoke count");
    // Environment 2 was used last and is busy, environment 1 is idle, and a new one takes what comes after `deploy`.
    assert_eq!(objects[5]["environment"], 3, "{objects:#?}");
    assert_eq!(objects[8]["completed"][0]["status"], "success");
    assert_eq!(objects[9]["environment"], 3);
    refused("start sleep on 1 {\"ms\":100}; deploy; wait 1s", "invoke count on 1");
    refused("invoke count; deploy", "invoke count on 1");
}

#[test]
fn say_has_no_effect_on_the_simulation() {
    let (with, without) = (run("invoke ask; say \"a # b\"; invoke ask"), run("invoke ask; invoke ask"));
    assert_eq!(with[1]["statement"], "say \"a # b\"");
    assert_eq!([&with[0], &with[2]], [&without[0], &without[1]]);
}

#[test]
fn an_idle_environment_is_shut_down_when_it_has_been_idle_for_reclaim_after() {
    for (idle, start) in [("9s", "warm"), ("10s", "cold"), ("11s", "cold")] {
        for freeze in ["auto", "manual"] {
            let objects = run(&format!(
                "set lambda.reclaim_after=10s lambda.freeze={freeze}; invoke count; wait {idle}; invoke count"
            ));
            assert_eq!(objects[3]["start"], start, "idle for {idle}, {freeze}");
        }
    }
    let objects =
        run("set lambda.reclaim_after=10s; invoke sleep {\"ms\":2500}; wait 9s; invoke count; wait 9s; invoke count");
    assert_eq!(of_invocations(&objects, "start"), ["cold", "warm", "warm"], "an invocation begins the idle time anew");
    assert_eq!(run("invoke count; wait 599s; invoke count")[2]["start"], "warm", "the default is ten minutes");
    assert_eq!(run("invoke count; wait 601s; invoke count")[2]["start"], "cold", "the default is ten minutes");
}

#[test]
fn both_stands_for_check_and_then_proper() {
    let output = output(&["-e", "invoke both {\"a\":1}; start both; wait 1s; queue both on 1; queue both on 2"], "");
    let names = ["checkDatabaseConnection", "checkDatabaseConnectionProper"];
    assert_eq!(column(&output.objects[..4], "handler"), [names, names].concat());
    assert_eq!(output.objects[0]["statement"], "invoke checkDatabaseConnection {\"a\":1}");
    let queued = column(&output.objects[5..], "status");
    assert_eq!(queued, ["ok", "refused", "refused", "ok"], "each function has environments of its own");
}

#[test]
fn nothing_runs_where_a_later_statement_does_not_parse() {
    let module = file("parse.js", MODULE);
    for (scenario, position) in [
        ("invoke count\nwait 1s; wait", "line 2, column 14"),
        ("invoke count; set seed=2", "line 1, column 15"),
        ("invoke count on 0", "line 1, column 17"),
        ("invoke count; invoke nosuch", "line 1, column 22"),
        ("invoke check", "line 1, column 8"),
        ("invoke both", "line 1, column 8"),
        ("wait 721h", "line 1, column 6"),
        ("Invoke count", "line 1, column 1"),
    ] {
        let output = output(&["--module", &module, "-e", scenario], "");
        assert_eq!((output.code, output.objects.len()), (Some(2), 0), "{scenario}");
        assert!(output.messages.contains(position), "{scenario}: {}", output.messages);
        assert!(output.messages.contains("found") && output.messages.contains("expected"), "{}", output.messages);
    }
}
