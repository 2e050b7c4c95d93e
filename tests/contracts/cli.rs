//! The command line, run as a program: its arguments, its exit codes, and the objects that it prints.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::running::command_line::{file, output, simulate};

/// The objects of a scenario. Fails where a statement is refused.
pub fn run(scenario: &str) -> Vec<Value> {
    let output = output(&["-e", scenario], "");
    assert_eq!((output.code, &*output.messages), (Some(0), ""), "{scenario}");
    output.objects
}

/// The value of a key in each object.
pub fn column<'v>(objects: &'v [Value], key: &str) -> Vec<&'v Value> {
    objects.iter().map(|object| &object[key]).collect()
}

/// The keys of an object, in order.
const KEYS: [&str; 15] = [
    "statement",
    "at_ms",
    "status",
    "environment",
    "invocation",
    "handler",
    "start",
    "init_ms",
    "duration_ms",
    "result",
    "error",
    "log",
    "pool",
    "backends",
    "completed",
];

#[test]
fn every_object_has_the_keys_of_the_contract_in_their_order() {
    let objects = run("set seed=2; say \"a b\"; invoke both; start check; freeze for 5s; wait 1s; deploy");
    let statements = column(&objects, "statement");
    assert_eq!(
        statements,
        [
            "set seed=2",
            "say \"a b\"",
            "invoke checkDatabaseConnection",
            "invoke checkDatabaseConnectionProper",
            "start checkDatabaseConnection",
            "freeze for 5s",
            "wait 1s",
            "deploy"
        ]
    );
    let completed = objects.iter().flat_map(|object| object["completed"].as_array().unwrap());
    for object in objects.iter().chain(completed) {
        let keys: Vec<_> = object.as_object().unwrap().keys().collect();
        assert_eq!(keys, KEYS, "{object}");
    }
    let status = column(&objects, "status");
    assert_eq!(status, ["ok", "ok", "success", "success", "ok", "ok", "ok", "ok"]);
    assert_eq!(objects[1]["backends"], Value::Null, "nothing has been invoked yet");
}

#[test]
fn check_works_once_and_proper_always() {
    let objects = run("invoke check; invoke check; invoke proper; invoke proper");
    assert_eq!(
        column(&objects, "result"),
        [
            "Postgres: connection test success",
            "Postgres: connection test fail",
            "Postgres: connection test success",
            "Postgres: connection test success"
        ]
    );
    assert_eq!(column(&objects, "start"), ["cold", "warm", "cold", "warm"]);
    assert_eq!(column(&objects, "environment"), [1, 1, 2, 2]);
    assert_eq!(column(&objects, "invocation"), [1, 2, 3, 4]);
    assert!(objects[0]["init_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(objects[1]["init_ms"], Value::Null);
    assert_eq!(objects[0]["log"][0]["text"], "Invoked: checkDatabaseConnection");
    assert_eq!(objects[0]["log"][0]["stream"], "stdout");
    assert_eq!(objects[1]["log"][1]["text"], ">>> Postgres: error... Unable to acquire a connection");
    assert_eq!(objects[1]["log"][1]["stream"], "stderr");
    assert_eq!(column(&objects, "pool"), [&Value::Null; 4]);
    assert_eq!(objects[1]["backends"], 0);
}

#[test]
fn a_started_invocation_is_reported_by_the_statement_during_which_it_ends() {
    let objects = run("start check; wait 1s");
    assert_eq!((&objects[0]["status"], &objects[0]["invocation"]), (&json!("ok"), &json!(1)));
    assert_eq!(objects[0]["completed"], json!([]));
    let completed = &objects[1]["completed"][0];
    assert_eq!(completed["statement"], "start checkDatabaseConnection");
    assert_eq!((&completed["status"], &completed["invocation"]), (&json!("success"), &json!(1)));
    assert_eq!((&completed["at_ms"], &completed["log"]), (&json!(0), &json!([])));
    assert_eq!(objects[1]["log"][0]["text"], "Invoked: checkDatabaseConnection");
    assert_eq!(objects[1]["invocation"], Value::Null);
}

#[test]
fn waits_and_freezes_let_time_pass() {
    let objects = run("wait 1.5s; freeze for 5m; wait 1us; say end");
    assert_eq!(column(&objects, "at_ms"), [&json!(0), &json!(1500), &json!(301_500), &json!(301_500.001)]);
}

#[test]
fn a_refusal_is_reported_and_the_run_goes_on() {
    let output = output(&["-e", "invoke check on 3; freeze 1; postgres start; invoke check; invoke proper on 1"], "");
    assert_eq!((output.code, &*output.messages), (Some(1), ""));
    assert_eq!(column(&output.objects, "status"), ["refused", "refused", "refused", "success", "refused"]);
    for refused in output.objects.iter().filter(|object| object["status"] == "refused") {
        assert!(!refused["error"]["message"].as_str().unwrap().is_empty(), "{refused}");
        assert_eq!(refused["invocation"], Value::Null);
    }
    assert_eq!(output.objects[3]["at_ms"], 0);
    assert_eq!(output.objects[3]["invocation"], 1);
}

#[test]
fn an_invocation_past_the_concurrency_is_throttled() {
    let objects = run("set lambda.concurrency=1; start check; invoke check; start check");
    assert_eq!(column(&objects, "status"), ["ok", "ok", "throttled", "throttled"]);
    assert_eq!(objects[2]["environment"], Value::Null);
}

#[test]
fn a_parse_error_has_its_position_and_nothing_runs() {
    let output = output(&["-e", "invoke check\nwait 5"], "");
    assert_eq!((output.code, output.objects.len()), (Some(2), 0));
    assert!(output.messages.contains("line 2, column 6: found `5`, expected a duration"), "{}", output.messages);
    assert!(output.messages.contains("\n2 | wait 5\n  |      ^"), "{}", output.messages);
}

#[test]
fn a_scenario_comes_from_a_file_or_from_standard_input() {
    let path = file("scenario.txt", "\u{feff}# a file\r\nsay hello\r\nwait 1s\r\n");
    let from_file = output(&[&path], "");
    assert_eq!((from_file.code, from_file.objects.len()), (Some(0), 2), "{}", from_file.messages);
    let from_input = output(&["-"], "say hello\n");
    assert_eq!((from_input.code, from_input.objects.len()), (Some(0), 1), "{}", from_input.messages);
    let nothing = output(&["-e", ""], "");
    assert_eq!((nothing.code, nothing.objects.len()), (Some(0), 0));
}

#[test]
fn a_wrong_command_line_is_a_message() {
    let missing = file("missing.txt", "");
    std::fs::remove_file(&missing).unwrap();
    let latin = Path::new(env!("CARGO_TARGET_TMPDIR")).join("latin.txt");
    std::fs::write(&latin, b"say \xe9").unwrap();
    for arguments in [
        &[] as &[&str],
        &["-e"],
        &["--module"],
        &["--frobnicate", "-"],
        &["-e", "say a", "-e", "say b"],
        &[&missing],
        &[latin.to_str().unwrap()],
        &["--module", &missing, "-e", "say a"],
    ] {
        let output = output(arguments, "");
        assert_eq!((output.code, output.objects.len()), (Some(2), 0), "{arguments:?}");
        assert!(!output.messages.is_empty() && !output.messages.contains("panicked"), "{}", output.messages);
    }
}

#[test]
fn help_is_on_standard_output() {
    let help = Command::new(simulate()).arg("--help").output().unwrap();
    assert!(help.status.success() && String::from_utf8(help.stdout).unwrap().contains("usage: simulate"));
}

#[test]
fn a_reader_that_closes_the_pipe_causes_no_panic() {
    let scenario = "deploy\n".repeat(2_000);
    let mut command = Command::new(simulate());
    let mut child = command.args(["-e", &scenario]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert!(first.starts_with("{\"statement\":\"deploy\""));
}

#[test]
fn a_module_replaces_the_posts_handlers() {
    let module = file(
        "module.js",
        "let count = 0\nexports.count = async (event) => { count += event.by || 1; console.log('count', count); return { count } }\n\
         exports.fail = async () => { throw new TypeError('no') }\n",
    );
    let run = |scenario: &str| output(&["--module", &module, "-e", scenario], "");
    let output = run("invoke count; invoke count {\"by\": 5}; invoke fail");
    assert_eq!((output.code, &*output.messages), (Some(0), ""));
    assert_eq!(column(&output.objects, "result"), [&json!({"count": 1}), &json!({"count": 6}), &Value::Null]);
    assert_eq!(output.objects[2]["status"], "error");
    assert_eq!(output.objects[2]["error"], json!({"name": "TypeError", "message": "no"}));
    assert_eq!(output.objects[1]["log"][0]["text"], "count 6");
    assert_eq!(column(&output.objects, "environment"), [1, 1, 1], "handlers of a module share their environments");
    let separate = run("set lambda.deploy=separate; invoke count; invoke fail");
    assert_eq!(column(&separate.objects, "environment"), [&Value::Null, &json!(1), &json!(2)]);
    let unknown = run("invoke count; invoke cuont");
    assert_eq!((unknown.code, unknown.objects.len()), (Some(2), 0));
    assert!(
        unknown.messages.contains("column 22: found `cuont`") && unknown.messages.contains("did you mean `count`?")
    );
}

#[test]
fn a_module_that_does_not_parse_is_an_error_with_its_position() {
    let module = file("broken.js", "exports.a = async () => {\n  class B {}\n}\n");
    let output = output(&["--module", &module, "-e", "invoke a"], "");
    assert_eq!((output.code, output.objects.len()), (Some(2), 0));
    assert!(output.messages.contains("broken.js") && output.messages.contains("class"), "{}", output.messages);
}

#[test]
fn a_module_that_throws_while_it_loads_fails_its_invocations() {
    let module = file("throws.js", "exports.a = async () => 1\nthrow new Error('at load')\n");
    let output = output(&["--module", &module, "-e", "invoke a; invoke anything"], "");
    assert_eq!((output.code, output.objects.len()), (Some(0), 2), "{}", output.messages);
    for object in &output.objects {
        assert_ne!(object["status"], "success");
        assert!(object["error"]["message"].as_str().unwrap().contains("at load"), "{object}");
    }
}

#[test]
fn a_required_file_that_does_not_exist_is_an_import_module_error() {
    let module = file("requires.js", "require('elsewhere')\nexports.a = async () => 1\n");
    let output = output(&["--module", &module, "-e", "invoke a"], "");
    let error = &output.objects[0]["error"];
    assert_eq!(error["name"], "Runtime.ImportModuleError");
    let line = output.objects[0]["log"][0]["text"].as_str().unwrap();
    let printed: Value = serde_json::from_str(line.strip_prefix("Uncaught Exception \t").unwrap()).unwrap();
    assert_eq!((&printed["errorType"], &printed["errorMessage"]), (&error["name"], &error["message"]));
    assert_eq!(printed["stack"][0], "Runtime.ImportModuleError: Error: Cannot find module 'elsewhere'");
    assert_eq!(printed.get("code"), None);
}

#[test]
fn statements_that_have_nothing_to_do_are_not_refused() {
    let objects =
        run("invoke check; reclaim 1; network 1 reset; terminate 1; postgres stop; postgres restart; invoke check");
    assert_eq!(column(&objects[1..6], "status"), ["ok"; 5]);
    assert_eq!(objects[6]["result"], "Postgres: connection test success", "the server is up again");
}

#[test]
fn a_handler_is_unknown_even_where_its_module_takes_long_to_load() {
    let source = "const begin = Date.now()\nwhile (Date.now() < begin + 5000) {}\nexports.a = async () => 1\n";
    let module = file("slow.js", source);
    let (known, unknown) = (["--module", &module, "-e", "invoke a"], ["--module", &module, "-e", "invoke b"]);
    let known = output(&known, "");
    assert_eq!((known.code, &known.objects[0]["status"]), (Some(0), &json!("success")));
    assert!(known.objects[0]["init_ms"].as_f64().unwrap() > 5_000.0);
    let unknown = output(&unknown, "");
    assert_eq!((unknown.code, unknown.objects.len()), (Some(2), 0), "{}", unknown.messages);
}

#[test]
fn an_environment_is_shut_down_at_once_where_reclaim_after_is_zero() {
    let objects = run("set lambda.reclaim_after=0s; invoke check; invoke check");
    assert_eq!(column(&objects[1..], "start"), ["cold", "cold"]);
    assert_eq!(column(&objects[1..], "environment"), [1, 2]);
    assert!(objects[1]["backends"].is_null(), "the environment is shut down");
}

#[test]
fn a_leak_crashes_when_the_functions_memory_is_full() {
    let source = "const kept = []\nlet count = 0\nexports.leak = async () => {\n\
        for (let i = 0; i < 20; i++) kept.push('x'.repeat(1000000) + count++)\n\
        return count\n}\n";
    let module = file("leak.js", source);
    let survived = |memory: u32| {
        let scenario = format!("set lambda.memory={memory}{}", "; invoke leak".repeat(15));
        let output = output(&["--module", &module, "-e", &scenario], "");
        let crash = output.objects.iter().position(|object| object["status"] == "crashed");
        let crash = crash.unwrap_or(output.objects.len());
        if let (Some(object), Some(next)) = (output.objects.get(crash), output.objects.get(crash + 1)) {
            assert_eq!(object["error"]["name"], "Runtime.OutOfMemory");
            assert_eq!((&next["start"], &next["result"]), (&json!("reset"), &json!(20)));
        }
        crash - 1
    };
    // Node itself takes about 70 MB.
    assert_eq!((survived(128), survived(256), survived(512)), (3, 9, 15));
}

#[test]
fn tmp_is_full_at_its_limit_whatever_the_size_of_the_pieces() {
    let source = "const fs = require('fs')\nexports.fill = async (event) => {\n\
        const piece = 'x'.repeat(event.bytes)\n  let count = 0\n\
        try { while (true) { fs.appendFileSync('/tmp/all', piece); count++ } } catch (e) { return [e.code, count] }\n}\n";
    let module = file("fill.js", source);
    let scenario = "invoke fill {\"bytes\":1048576}; reclaim; invoke fill {\"bytes\":33554432}";
    let output = output(&["--module", &module, "-e", scenario], "");
    assert_eq!(output.objects[0]["result"], json!(["ENOSPC", 512]));
    assert_eq!(output.objects[2]["result"], json!(["ENOSPC", 16]));
}

#[test]
fn promisify_of_a_timer_gives_a_pause() {
    let source = "const { promisify } = require('util')\nconst sleep = promisify(setTimeout)\n\
        exports.a = async () => [await sleep(50, 'value'), await promisify(setImmediate)('now')]\n\
        exports.b = async () => promisify((x, done) => done(null, x + 1))(1)\n";
    let module = file("sleeps.js", source);
    let output = output(&["--module", &module, "-e", "invoke a; invoke b"], "");
    assert_eq!(column(&output.objects, "result"), [&json!(["value", "now"]), &json!(2)]);
    let took = output.objects[0]["duration_ms"].as_f64().unwrap();
    assert!((49.0..52.0).contains(&took), "{took} ms");
}

#[test]
fn an_endless_program_is_ended_by_the_first_limit_that_it_meets() {
    let module = file(
        "runaway.js",
        "const all = []\nexports.hoard = async () => { for (;;) all.push({ text: 'x'.repeat(1000) + all.length }) }\n\
         exports.spin = async () => { for (;;) {} }\nexports.recurse = async () => { const f = () => f(); return f() }\n",
    );
    let scenario = "invoke hoard; invoke spin; invoke recurse";
    let output = output(&["--module", &module, "-e", scenario], "");
    assert_eq!(column(&output.objects, "status"), ["crashed", "timeout", "error"]);
    let error = &output.objects[0]["error"];
    assert_eq!(error["name"], "Runtime.OutOfMemory");
    assert_eq!(error["message"], "Runtime exited with error: signal: killed");
    assert_eq!(output.objects[1]["duration_ms"], 3000);
    assert_eq!(output.objects[2]["error"]["message"], "Maximum call stack size exceeded");
}

#[test]
fn an_input_that_is_too_long_is_not_read_to_its_end() {
    let long = "#".repeat(70_000);
    let read = output(&["-"], &long);
    assert_eq!((read.code, read.objects.len()), (Some(2), 0));
    assert!(read.messages.contains("a scenario of 65536 bytes at most"), "{}", read.messages);
    // These files have no end.
    for arguments in [&["/dev/zero"][..], &["--module", "/dev/zero", "-e", "invoke main"]] {
        let read = output(arguments, "");
        assert_eq!((read.code, read.objects.len()), (Some(2), 0));
        assert!(read.messages.contains("bytes"), "{}", read.messages);
    }
}

#[test]
fn a_pool_that_is_warmed_at_module_level_serves_the_handlers() {
    let source = "const knex = require('knex')(require('./knexfile'))\n\
         knex.raw('SELECT 1').then(() => { console.log('warm') })\n\
         exports.main = async () => (await knex.raw('SELECT 2 AS two')).rows[0].two\n";
    let module = file("warm.js", source);
    let output = output(&["--module", &module, "-e", "invoke main; invoke main"], "");
    assert_eq!((output.code, &*output.messages), (Some(0), ""));
    assert_eq!(column(&output.objects, "result"), [2, 2]);
    assert_eq!(output.objects[0]["log"][0]["text"], "warm");
    assert_eq!(output.objects[1]["pool"]["used"], 0);
}

#[test]
fn a_module_with_work_that_never_ends_still_has_its_exports() {
    for work in
        ["setInterval(() => {}, 1)", "const again = () => setImmediate(again); again()", "new Promise(() => {})"]
    {
        let module = file("endless.js", &format!("{work}\nexports.a = async () => 1\n"));
        let known = output(&["--module", &module, "-e", "invoke a"], "");
        assert_eq!(
            (known.code, &known.objects[0]["status"]),
            (Some(0), &json!("success")),
            "{work}: {}",
            known.messages
        );
        let unknown = output(&["--module", &module, "-e", "invoke b"], "");
        assert_eq!((unknown.code, unknown.objects.len()), (Some(2), 0), "{work}: {}", unknown.messages);
    }
}
