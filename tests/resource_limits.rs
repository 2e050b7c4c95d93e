//! Programs that take all that they can get. Each is ended by a limit, and the memory of the simulation's process stays
//! bounded.
//!
//! The test measures the memory of its whole process, so it is a test binary of its own.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and its helpers are not inside of `#[test]` functions"
)]
#![allow(clippy::format_push_string, reason = "the texts of a test are short")]
#![allow(unreachable_pub, reason = "no other crate sees the modules of a test")]

mod running;

use running::reports;
use simulation::event::Status;

/// The bodies of handlers, each with its end: `success`, `timeout`, or the name of its error.
const PROGRAMS: &[(&str, &str)] = &[
    ("const kept = []; for (;;) kept.push(new Error(`number ${kept.length}`))", "Runtime.OutOfMemory"),
    ("const kept = []; const f = () => 1; for (;;) kept.push(f.bind(null))", "Runtime.OutOfMemory"),
    ("let f = () => 1; for (;;) f = f.bind(null)", "Runtime.OutOfMemory"),
    ("const p = new Promise(() => {}); for (;;) p.then(() => {})", "Runtime.OutOfMemory"),
    ("let p = Promise.resolve(1); for (;;) p = p.then(() => p)", "Runtime.OutOfMemory"),
    ("const many = Array.from({ length: 100000 }); for (;;) Promise.all(many)", "Runtime.OutOfMemory"),
    (
        "const f = () => { queueMicrotask(f); queueMicrotask(f) }\nf(); await new Promise(() => {})",
        "Runtime.OutOfMemory",
    ),
    ("for (;;) Promise.reject(1)", "Runtime.OutOfMemory"),
    ("let o = {}; for (;;) o = { o, text: JSON.stringify(o) }", "Runtime.OutOfMemory"),
    ("let text = 'x'; for (;;) text += text", "Runtime.OutOfMemory"),
    ("let pair = 'x'; for (;;) pair = [pair, pair]", "Runtime.OutOfMemory"),
    ("let deep = []; for (;;) deep = [deep]; console.log(deep)", "Runtime.OutOfMemory"),
    ("for (let i = 0; ; i++) process.env['K' + i] = 'x'.repeat(1000)", "Runtime.OutOfMemory"),
    ("const f = () => Promise.resolve().then(f); await f()", "Runtime.OutOfMemory"),
    ("for (;;) Promise.resolve().then(() => {})", "Runtime.OutOfMemory"),
    ("for (;;) knex.raw('SELECT 1').catch(() => {})", "timeout"),
    ("const list = []; for (;;) list.push(list)", "RangeError"),
    ("const list = Array.from({ length: 1e6 }); for (;;) list.concat(list)", "RangeError"),
    ("const f = () => f(); f()", "RangeError"),
    ("const f = async () => { await f() }; await f()", "RangeError"),
    ("let list = [1]; for (;;) list = [...list, ...list]", "RangeError"),
    ("for (;;) setTimeout(() => {}, 1e6)", "RangeError"),
    ("for (;;) setImmediate(() => {})", "RangeError"),
    ("const f = async () => f(await 1); await f()", "Runtime.OutOfMemory"),
    ("const o = {}; for (let i = 0; ; i++) o['k' + i] = 1", "timeout"),
    ("const text = 'x'.repeat(100000); for (;;) console.log(text)", "timeout"),
    ("for (;;) console.log('a')", "timeout"),
    ("for (;;) console.log('x'.repeat(1000))", "timeout"),
    ("const f = () => process.nextTick(f); f(); await new Promise(() => {})", "timeout"),
    ("for (;;) knex.initialize()", "timeout"),
    ("for (;;) require('knex')(require('./knexfile'))", "timeout"),
    (
        "for (;;) { const k = require('knex')(require('./knexfile')); k.raw('SELECT 1').catch(() => {}); k.destroy() }",
        "timeout",
    ),
    ("const fs = require('fs'); for (let i = 0; ; i++) fs.writeFileSync('/tmp/f' + i, '')", "Error"),
    ("const fs = require('fs'); for (let i = 0; ; i++) fs.mkdirSync('/tmp/f' + i)", "Error"),
    ("require('fs').mkdirSync('/tmp/' + 'a/'.repeat(1000000), { recursive: true })", "Error"),
    ("console.log(JSON.stringify(Array.from({ length: 1000 }, () => 'x'.repeat(10000))))", "success"),
    ("[...Array.from({ length: 5000 }).keys()].sort(() => 1)", "success"),
];

/// The most memory that the process may ever have had, in kilobytes. The values of one environment take 58 MB at most with
/// Lambda's default of 128.
const PEAK: u64 = 400_000;

/// The end of a handler with this body.
fn end_of(body: &str) -> String {
    let source =
        format!("const knex = require('knex')(require('./knexfile'))\nexports.main = async () => {{\n{body}\n}}\n");
    let report = reports(&source, "set lambda.timeout=900s; invoke main").pop().expect("a scenario has statements");
    let outcome = report.result.outcome().expect("the invocation ended");
    match &outcome.error {
        Some(error) => error.name.to_string(),
        None => outcome.status.name().to_owned(),
    }
}

/// The most memory that this process has had so far, in kilobytes; `None` where the system does not report it.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())
}

#[test]
fn a_program_that_takes_all_it_can_get_is_ended_and_memory_stays_bounded() {
    for (body, end) in PROGRAMS {
        assert_eq!(end_of(body), *end, "{body}");
        if let Some(peak) = peak() {
            assert!(peak < PEAK, "the process had {peak} KB after {body}");
        }
    }
}

/// Where this test is ignored, the test before it measures no memory.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "the peak of memory is read from /proc, which only Linux has")]
fn the_peak_of_memory_can_be_measured() {
    assert!(peak().is_some_and(|peak| peak > 0));
}

#[test]
fn work_of_the_library_and_the_server_counts_as_work_of_the_invocation() {
    let lines_of = |round: &str, every: u32| {
        let source = format!(
            "const knex = require('knex')(require('./knexfile'))
            exports.main = async () => {{
                for (let n = 1; ; n++) {{ {round}; if (n % {every} === 0) console.log(n) }}
            }}"
        );
        let scenario = "set latency.query=0ms latency.connect=0ms latency.close=0ms latency.step=0ms; invoke main";
        let report = reports(&source, scenario).pop().expect("a scenario has statements");
        let status = report.result.outcome().map(|outcome| outcome.status);
        assert_eq!(status, Some(Status::Timeout), "{round}");
        report.log.len()
    };
    // Without counting that work there would be seven times as many lines here, and ten times as many after the next.
    assert!((50..100).contains(&lines_of("await knex.raw('SELECT 1')", 1_000)));
    let round = "knex.initialize(); await knex.raw('SELECT 1'); await knex.destroy()";
    assert!((20..60).contains(&lines_of(round, 1_000)));
    // This query takes the server ten thousand steps.
    let round = "await knex.raw('SELECT count(*) FROM generate_series(1, 10000)').catch(() => {})";
    assert!(lines_of(round, 1) < 80_000);
}
