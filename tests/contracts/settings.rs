//! Each setting has its default and its effect, and the reports have what the contract says, run by the command line.

use std::sync::OnceLock;

use serde_json::{Value, json};

use super::cli::column;
use crate::running::command_line::{file, output};

/// Handlers that show settings.
const MODULE: &str = "
const config = require('./knexfile')
const knex = require('knex')(config)
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
exports.nothing = async () => {}
exports.config = async () => [require('./knexfile'), require('../config/knexfile')]
exports.ask = async (event) => {
  const { rows, rowCount, command } = await knex.raw(event.sql || 'SELECT 1 as one')
  return { rows, rowCount, command }
}
exports.caught = async (event) => {
  const began = Date.now()
  const told = await knex.raw(event.sql || 'SELECT 1 as one').then(
    () => 'answered', ({ name, message, code }) => ({ name, message, code }))
  return [told, Date.now() - began]
}
exports.pool = async () => {
  const pool = knex.client.pool
  return [pool.min, pool.max, pool.acquireTimeoutMillis, pool.numUsed(), pool.numFree(), pool.numPendingAcquires(),
    pool.numPendingCreates()]
}
exports.many = async (event) => {
  const asked = Array.from({ length: event.count }, () => knex.raw('SELECT pg_sleep(0.1)').then((answer) => answer))
  await wait(50)
  const pool = knex.client.pool
  const counters = [pool.numUsed(), pool.numFree(), pool.numPendingAcquires(), pool.numPendingCreates()]
  await Promise.all(asked)
  return counters
}
exports.sleep = async (event) => { await wait(event.ms); return event.ms }
exports.destroy = async () => { await knex.destroy() }
exports.initialize = async (event) => { knex.initialize(event.config); return knex.client.pool.max }
exports.select = async () => [await knex.select(knex.raw('1 as one')), await knex.select('a').catch((e) => e.message)]
exports.spin = async (event) => { for (let i = 0; i < event.rounds; i++) {} }
exports.fill = async (event) => {
  const fs = require('fs')
  const piece = 'x'.repeat(1048576)
  let count = 0
  try { for (;;) { fs.appendFileSync('/tmp/file', piece); count++ } } catch (error) { return [error.code, count] }
}
exports.id = async (event, context) => context.awsRequestId
exports.now = async () => Date.now()
exports.print = async () => { console.log('a\\nb'); console.warn('c'); console.error('d'); console.info('e'); console.debug('f') }
exports.throws = async () => { throw Object.assign(new RangeError('far'), { code: 'E_FAR' }) }
exports.rejects = async () => Promise.reject('text')
exports.exits = async () => process.exit(3)
exports.left = async (event) => { setTimeout(() => console.log('late', event.n), event.ms); return event.n }
";

/// Runs a scenario of [`MODULE`] in which nothing is refused.
fn run(scenario: &str) -> Vec<Value> {
    static FILE: OnceLock<String> = OnceLock::new();
    let module = FILE.get_or_init(|| file("settings.js", MODULE));
    let output = output(&["--module", module, "-e", scenario], "");
    assert_eq!((output.code, &*output.messages), (Some(0), ""), "{scenario}");
    output.objects
}

/// The last object of a scenario.
fn last(scenario: &str) -> Value {
    run(scenario).pop().expect("a scenario has statements")
}

/// The milliseconds of a key of an object.
fn ms(object: &Value, key: &str) -> f64 {
    object[key].as_f64().unwrap_or_else(|| panic!("{key} is no number in {object}"))
}

/// Fails unless a number of milliseconds is this one, or at most one more: what the handler computes takes time.
#[track_caller]
fn about(found: f64, expected: f64) {
    assert!((expected..=expected + 1.1).contains(&found), "{found} is not about {expected}");
}

#[test]
fn the_configuration_is_made_from_the_settings() {
    let plain = json!({ "client": "pg", "connection":
        { "host": "127.0.0.1", "port": 5432, "user": "app", "password": "apppw", "database": "demo" } });
    assert_eq!(last("invoke config")["result"], json!([plain, plain]));
    let set = "set connection.user=u connection.password=\"p;q\" connection.host=h connection.port=6000 connection.database=d \
               pool.min=0 pool.max=4 pool.idleTimeoutMillis=1s pool.reapIntervalMillis=2 pool.acquireTimeoutMillis=3 \
               pool.createTimeoutMillis=4 pool.createRetryIntervalMillis=5 pool.destroyTimeoutMillis=6 \
               pool.propagateCreateError=false acquireConnectionTimeout=1.5s";
    let full = &last(&format!("{set}; invoke config"))["result"];
    let expected = json!({
        "client": "pg",
        "connection": { "host": "h", "port": 6000, "user": "u", "password": "p;q", "database": "d" },
        "pool": { "min": 0, "max": 4, "idleTimeoutMillis": 1000, "reapIntervalMillis": 2, "acquireTimeoutMillis": 3,
            "createTimeoutMillis": 4, "createRetryIntervalMillis": 5, "destroyTimeoutMillis": 6,
            "propagateCreateError": false },
        "acquireConnectionTimeout": 1500
    });
    assert_eq!(*full, json!([expected, expected]));
}

#[test]
fn a_pool_has_the_librarys_defaults_where_nothing_is_set() {
    for knex in ["0.17.0", "3.3.0"] {
        assert_eq!(
            last(&format!("set knex={knex}; invoke pool"))["result"],
            json!([2, 10, 60_000, 0, 0, 0, 0]),
            "{knex}"
        );
    }
    let set = "set pool.min=1 pool.max=3 pool.acquireTimeoutMillis=900";
    assert_eq!(last(&format!("{set}; invoke pool"))["result"], json!([1, 3, 900, 0, 0, 0, 0]));
    assert_eq!(last("set pool.max=3 pool.min=0; invoke many {\"count\":5}")["result"], json!([3, 0, 2, 0]));
    assert_eq!(last("set lambda.timeout=10s; invoke many {\"count\":11}")["result"], json!([10, 0, 1, 0]));
}

#[test]
fn a_pair_that_tarn_refuses_is_legal_and_throws_in_the_module() {
    let object = last("set pool.min=5 pool.max=2; invoke nothing");
    assert_eq!(
        (&object["status"], &object["error"]["message"]),
        (&json!("crashed"), &json!("Tarn: opt.max is smaller than opt.min"))
    );
}

#[test]
fn an_acquire_timeout_ends_the_wait_for_a_connection() {
    for set in [
        "acquireConnectionTimeout=500 pool.createTimeoutMillis=500",
        "acquireConnectionTimeout=500ms pool.createTimeoutMillis=0.5s",
    ] {
        let object = last(&format!("set {set}; network silent; invoke nothing; network silent; invoke caught"));
        let message = object["result"][0]["message"].as_str().unwrap_or_default();
        assert!(message.starts_with("Knex: Timeout acquiring a connection."), "{object}");
        about(object["result"][1].as_f64().unwrap(), 500.0);
    }
}

#[test]
fn an_idle_connection_is_reaped_after_the_idle_timeout() {
    let objects = run("set pool.min=0 pool.idleTimeoutMillis=5s pool.reapIntervalMillis=100 lambda.freeze=manual; \
                       invoke ask; wait 4.9s; wait 300ms");
    assert_eq!(column(&objects[1..], "backends"), [1, 1, 0]);
    let objects = run("set pool.min=0 lambda.freeze=manual; invoke ask; wait 29.9s; wait 1.2s");
    assert_eq!(column(&objects[1..], "backends"), [1, 1, 0], "the library's default is 30 s, looked at each second");
    let objects = run("set pool.min=1 lambda.freeze=manual; invoke ask; wait 8m");
    assert_eq!(column(&objects[1..], "backends"), [1, 1], "reaping leaves `pool.min` connections");
}

#[test]
fn a_wrong_connection_setting_meets_the_answer_of_the_server_or_the_network() {
    for (set, message, code) in [
        ("connection.password=x", "password authentication failed for user \"app\"", "28P01"),
        ("connection.user=x", "password authentication failed for user \"x\"", "28P01"),
        ("connection.database=x", "database \"x\" does not exist", "3D000"),
        ("connection.port=1", "connect ECONNREFUSED 127.0.0.1:1", "ECONNREFUSED"),
        ("connection.host=nosuch.example", "getaddrinfo ENOTFOUND nosuch.example", "ENOTFOUND"),
    ] {
        let object = last(&format!("set {set}; invoke ask"));
        let error = (&object["status"], &object["error"]["message"], &object["error"]["code"]);
        assert_eq!(error, (&json!("error"), &json!(message), &json!(code)), "{set}");
    }
    assert_eq!(last("set connection.host=10.1.2.3; invoke ask")["status"], "timeout", "packets to nowhere vanish");
    assert_eq!(last("set connection.password=apppw; invoke ask")["status"], "success");
}

#[test]
fn the_server_has_as_many_slots_as_it_is_set_to() {
    let objects = run("set postgres.max_connections=5; invoke ask; invoke ask on 2; invoke ask on 3");
    assert_eq!(column(&objects[1..], "status"), ["success", "success", "error"], "three of five are reserved");
    assert_eq!(objects[3]["error"]["code"], "53300");
    let objects =
        run("set postgres.max_connections=3 postgres.superuser_reserved_connections=0; invoke ask; invoke ask on 2; \
                       invoke ask on 3; invoke ask on 4");
    assert_eq!(column(&objects[1..], "status"), ["success", "success", "success", "error"]);
    assert_eq!(objects[4]["error"]["message"], "sorry, too many clients already");
    let many =
        "invoke ask; ".to_owned() + &(2..=98).map(|n| format!("invoke ask on {n}")).collect::<Vec<_>>().join("; ");
    let objects = run(&many);
    assert_eq!(
        (&objects[96]["status"], &objects[97]["status"]),
        (&json!("success"), &json!("error")),
        "97 of 100 are free"
    );
}

#[test]
fn an_idle_session_is_ended_after_its_timeout() {
    let objects = run("set postgres.idle_session_timeout=5s lambda.freeze=manual; invoke ask; wait 4.9s; wait 200ms");
    assert_eq!(column(&objects[1..], "backends"), [1, 1, 0]);
    let objects = run("set postgres.idle_in_transaction_session_timeout=5s lambda.freeze=manual; \
                       invoke ask {\"sql\":\"BEGIN\"}; wait 4.9s; wait 200ms");
    assert_eq!(column(&objects[1..], "backends"), [1, 1, 0]);
    for off in ["postgres.idle_session_timeout=0", "postgres.idle_in_transaction_session_timeout=0", "seed=1"] {
        let objects = run(&format!("set {off} lambda.freeze=manual pool.min=1; invoke ask; wait 9m"));
        assert_eq!(objects[2]["backends"], 1, "0 and the default are off: {off}");
    }
    let objects =
        run("set postgres.idle_in_transaction_session_timeout=5s lambda.freeze=manual pool.min=1; invoke ask; wait 9m");
    assert_eq!(objects[2]["backends"], 1, "a session outside a transaction is not ended");
}

#[test]
fn an_invocation_times_out_after_the_functions_timeout() {
    let objects = run("invoke sleep {\"ms\":2900}; invoke sleep {\"ms\":3000}; invoke nothing");
    assert_eq!(column(&objects, "status"), ["success", "timeout", "success"]);
    assert_eq!(
        (ms(&objects[1], "duration_ms"), &objects[1]["result"], &objects[1]["error"]),
        (3_000.0, &Value::Null, &Value::Null)
    );
    assert_eq!(column(&objects, "start"), ["cold", "warm", "reset"]);
    let object = last("set lambda.timeout=900s; invoke sleep {\"ms\":899000}");
    assert_eq!(object["status"], "success");
    assert_eq!(last("set lambda.timeout=1ms; invoke sleep {\"ms\":5}")["duration_ms"], 1);
}

#[test]
fn tmp_is_as_large_as_it_is_set_to() {
    assert_eq!(last("set lambda.memory=10240; invoke fill")["result"], json!(["ENOSPC", 512]));
    assert_eq!(last("set lambda.memory=10240 lambda.tmp=600; invoke fill")["result"], json!(["ENOSPC", 600]));
}

#[test]
fn an_environment_is_frozen_as_soon_as_its_invocation_is_over_or_not_before_freeze() {
    let objects = run("invoke left {\"ms\":100}; wait 1s; invoke nothing");
    assert_eq!((&objects[1]["log"], objects[2]["log"].as_array().unwrap().len()), (&json!([]), 1));
    let objects = run("set lambda.freeze=auto; invoke left {\"ms\":100}; wait 1s");
    assert_eq!(objects[2]["log"], json!([]), "auto is the default");
    let objects = run("set lambda.freeze=manual; invoke left {\"ms\":100}; wait 1s");
    assert_eq!(objects[2]["log"][0]["text"], "late undefined");
}

#[test]
fn invocations_past_the_concurrency_are_throttled() {
    let objects = run(
        "set lambda.concurrency=2; start sleep {\"ms\":100}; start sleep {\"ms\":100}; invoke nothing; start nothing; \
                       wait 1s; invoke nothing",
    );
    assert_eq!(column(&objects[1..], "status"), ["ok", "ok", "throttled", "throttled", "ok", "success"]);
    for throttled in &objects[3..5] {
        assert_eq!((&throttled["environment"], &throttled["result"]), (&Value::Null, &Value::Null));
        assert!(!throttled["error"]["message"].as_str().unwrap().is_empty());
    }
}

#[test]
fn latencies_are_what_they_are_set_to() {
    let cold = |set: &str| run(&format!("set lambda.timeout=60s {set}; invoke ask; invoke ask; invoke ask"));
    let plain = cold("seed=1");
    about(ms(&plain[1], "init_ms"), 180.0);
    about(ms(&plain[1], "duration_ms"), 25.0 + 1.0 + 1.0);
    about(ms(&plain[2], "duration_ms"), 1.0 + 1.0);
    let init = cold("latency.init=1s");
    about(ms(&init[1], "init_ms"), 1_000.0);
    let connect = cold("latency.connect=125ms");
    about(ms(&connect[1], "duration_ms") - ms(&plain[1], "duration_ms"), 100.0);
    let query = cold("latency.query=101ms");
    about(ms(&query[1], "duration_ms") - ms(&plain[1], "duration_ms"), 200.0);
    about(ms(&query[2], "duration_ms") - ms(&plain[2], "duration_ms"), 100.0);
    let thaw = cold("latency.thaw=51ms");
    about(ms(&thaw[2], "duration_ms") - ms(&plain[2], "duration_ms"), 50.0);
    let awake = cold("latency.thaw=51ms lambda.freeze=manual");
    about(ms(&awake[2], "duration_ms"), 1.0);
    let spin = |step: &str| {
        ms(&last(&format!("set latency.step={step}; invoke nothing; invoke spin {{\"rounds\":1000}}")), "duration_ms")
            - 1.0
    };
    let (usual, slow) = (spin("1us"), spin("10us"));
    assert!(usual > 2.0 && (slow / usual - 10.0).abs() < 0.01, "{usual} {slow}");
}

#[test]
fn a_session_holds_its_slot_until_the_close_has_arrived() {
    let set = "set postgres.max_connections=1 postgres.superuser_reserved_connections=0 lambda.freeze=manual";
    for (close, connect, answered) in [("1ms", "25ms", true), ("400ms", "25ms", false), ("400ms", "1s", true)] {
        let object = last(&format!(
            "{set} latency.close={close} latency.connect={connect}; invoke ask; start destroy; wait 10ms; invoke caught on 2"
        ));
        // A connect takes two round trips. Its first packet arrives a quarter of `latency.connect` after the init of 180 ms.
        assert_eq!(object["result"][0] == "answered", answered, "close {close}, connect {connect}: {object}");
    }
}

#[test]
fn jitter_adds_a_share_that_is_drawn_from_the_seed() {
    let objects = |set: &str| run(&format!("set {set}; invoke ask; freeze for 1m; invoke ask"))[1..].to_vec();
    assert_eq!(objects("latency.jitter=0.5 seed=3"), objects("latency.jitter=0.5 seed=3"));
    assert_ne!(objects("latency.jitter=0.5 seed=3"), objects("latency.jitter=0.5 seed=4"));
    assert_eq!(objects("seed=3"), objects("seed=4"), "without jitter the seed changes no time");
    for seed in 0..8 {
        let with = &objects(&format!("latency.jitter=1 seed={seed}"))[0];
        assert!((180.0..=361.0).contains(&ms(with, "init_ms")), "{with}");
    }
}

#[test]
fn request_ids_come_from_the_seed_and_the_clock_is_the_same_in_every_run() {
    let ids = |seed: u32| {
        column(&run(&format!("set seed={seed}; invoke id; invoke id")), "result")
            .into_iter()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(1), ids(1));
    assert_ne!(ids(1), ids(2));
    assert_ne!(ids(1)[1], ids(1)[2]);
    assert_eq!(last("set seed=1; invoke id")["result"], last("invoke id")["result"], "the default is 1");
    // 2026-05-25T05:00:00Z, and the init.
    assert_eq!(last("invoke now")["result"], 1_779_685_200_180_u64);
}

#[test]
fn an_error_has_its_name_its_message_and_its_code() {
    let objects =
        run("invoke throws; invoke rejects; invoke exits; invoke nothing; invoke ask {\"sql\":\"SELECT nosuch\"}");
    assert_eq!(column(&objects, "status"), ["error", "error", "crashed", "success", "error"]);
    assert_eq!(objects[0]["error"], json!({ "name": "RangeError", "message": "far", "code": "E_FAR" }));
    assert_eq!(objects[1]["error"]["message"], "text");
    assert_eq!(objects[2]["error"]["name"], "Runtime.ExitError");
    assert_eq!(objects[3]["start"], "reset");
    assert_eq!(
        objects[4]["error"],
        json!({ "name": "error", "message": "SELECT nosuch - column \"nosuch\" does not exist", "code": "42703" })
    );
    assert!(objects.iter().all(|object| object["result"].is_null()), "{objects:?}");
}

#[test]
fn the_log_has_one_entry_for_each_print_with_its_stream_and_invocation() {
    let objects = run(
        "set lambda.freeze=manual; invoke print; start left {\"n\":1,\"ms\":100}; wait 1s; invoke left {\"n\":2,\"ms\":100}; wait 1s",
    );
    let entries: Vec<_> = objects[1]["log"].as_array().unwrap().iter().map(|it| (&it["stream"], &it["text"])).collect();
    let expected = [("stdout", "a\nb"), ("stderr", "c"), ("stderr", "d"), ("stdout", "e"), ("stdout", "f")];
    let expected: Vec<_> = expected.iter().map(|(stream, text)| (json!(stream), json!(text))).collect();
    assert_eq!(entries, expected.iter().map(|(stream, text)| (stream, text)).collect::<Vec<_>>());
    for (object, invocation) in [(1, 1), (3, 2), (5, 3)] {
        for entry in objects[object]["log"].as_array().unwrap() {
            assert_eq!((&entry["environment"], &entry["invocation"]), (&json!(1), &json!(invocation)), "{entry}");
            let keys: Vec<_> = entry.as_object().unwrap().keys().collect();
            assert_eq!(keys, ["at_ms", "environment", "invocation", "stream", "text"]);
            assert!(ms(entry, "at_ms") >= ms(&objects[object], "at_ms"));
        }
    }
    assert_eq!(objects[2]["log"], json!([]));
    let all = objects.iter().flat_map(|object| object["log"].as_array().unwrap());
    let platform = ["START", "END", "REPORT"];
    assert!(
        all.into_iter().all(|entry| platform.iter().all(|word| !entry["text"].as_str().unwrap().starts_with(word)))
    );
    let (text, json) = (
        run("set lambda.log=text; invoke print; invoke throws"),
        run("set lambda.log=json; invoke print; invoke throws"),
    );
    assert_eq!(
        column(&text[1..], "log")[0],
        column(&json[1..], "log")[0],
        "the format of Lambda's log is not that of `log`"
    );
}

#[test]
fn pool_and_backends_are_those_of_the_environment_that_the_statement_is_about() {
    let objects = run(
        "set lambda.freeze=manual; say first; invoke nothing; invoke ask on 2; say latest; freeze 1; thaw 1; say latest; \
                       network 1 silent; terminate 2; reclaim 2; say latest",
    );
    let pool =
        |free: u32| json!({ "used": 0, "free": free, "pendingAcquires": 0, "pendingCreates": 0, "min": 2, "max": 10 });
    let pools = column(&objects, "pool");
    assert_eq!(pools[0..2], [&Value::Null; 2], "there is no environment yet");
    assert_eq!(pools[2..8], [&pool(0), &pool(1), &pool(1), &pool(0), &pool(0), &pool(1)]);
    assert_eq!(pools[8], &pool(0));
    assert_eq!(pools[10..], [&Value::Null; 2], "environment 2 is shut down, and the latest invocation went there");
    let backends = column(&objects, "backends");
    assert_eq!(backends[2..8], [0, 1, 1, 0, 0, 1]);
    assert_eq!((backends[9], backends[10], backends[11]), (&json!(0), &Value::Null, &Value::Null));
    let keys: Vec<_> = objects[2]["pool"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["used", "free", "pendingAcquires", "pendingCreates", "min", "max"]);
    let objects = run(
        "invoke ask; invoke destroy; invoke initialize; invoke initialize {\"config\":{\"client\":\"pg\",\"pool\":{\"max\":1}}}",
    );
    assert_eq!(objects[1]["pool"], Value::Null, "destroy leaves `client.pool` undefined");
    assert_eq!((&objects[2]["pool"], &objects[2]["result"]), (&pool(0), &json!(10)));
}

#[test]
fn the_calls_of_knex_that_the_contract_lists_are_there() {
    let ask = last("invoke ask {\"sql\":\"SELECT 1 as one UNION ALL SELECT 2\"}");
    let recorded = [json!("error"), json!("success")];
    assert!(recorded.contains(&ask["status"]), "{ask}");
    assert_eq!(last("invoke ask")["result"], json!({ "rows": [{ "one": 1 }], "rowCount": 1, "command": "SELECT" }));
    assert_eq!(last("invoke select")["result"][0], json!([{ "one": 1 }]));
    let caught = last("set lambda.freeze=manual; invoke ask; terminate; wait 1s; invoke caught");
    assert_eq!(caught["result"][0], "answered");
    let caught = last("set latency.query=500ms; start caught; wait 900ms; terminate; wait 1s");
    let result = &caught["completed"][0]["result"][0];
    assert_eq!((&result["name"], &result["code"]), (&json!("error"), &json!("57P01")), "{caught}");
}

#[test]
fn times_are_milliseconds_with_up_to_three_decimals() {
    let objects = run("set latency.init=1us; wait 1.5ms; wait 1us; invoke nothing; freeze for 0.25s; wait 0s; say end");
    let times = column(&objects, "at_ms");
    assert_eq!(times[..4], [&json!(0), &json!(0), &json!(1.5), &json!(1.501)]);
    assert_eq!(ms(&objects[5], "at_ms") - ms(&objects[4], "at_ms"), 250.0);
    assert_eq!(times[5], times[6]);
    for number in times.iter().chain(&column(&objects[3..4], "duration_ms")) {
        let text = number.to_string();
        assert!(text.split_once('.').is_none_or(|(_, decimals)| decimals.len() <= 3), "{text}");
    }
}
