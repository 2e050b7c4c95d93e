//! Programs that keep all they can get: each is ended, by Lambda's words or by an error of its own, and what the process
//! around them takes of the machine's memory stays bounded.
#![cfg(not(target_arch = "wasm32"))]

mod running;

use simulation::event::Status;

/// What the program repeats, and how it ends.
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
    ("for (let i = 0; ; i++) process.env['K' + i] = 'x'.repeat(1000)", "Runtime.OutOfMemory"),
    ("for (;;) knex.raw('SELECT 1').catch(() => {})", "timeout"),
    ("let list = [1]; for (;;) list = [...list, ...list]", "RangeError"),
    ("for (;;) setTimeout(() => {}, 1e6)", "RangeError"),
    ("for (;;) setImmediate(() => {})", "RangeError"),
    ("const f = async () => f(await 1); await f()", "Runtime.OutOfMemory"),
    ("const o = {}; for (let i = 0; ; i++) o['k' + i] = 1", "timeout"),
    ("const text = 'x'.repeat(100000); for (;;) console.log(text)", "timeout"),
    ("for (;;) console.log('a')", "timeout"),
    ("for (;;) knex.initialize()", "timeout"),
    ("for (;;) require('knex')(require('./knexfile'))", "timeout"),
    (
        "for (;;) { const k = require('knex')(require('./knexfile')); k.raw('SELECT 1').catch(() => {}); k.destroy() }",
        "timeout",
    ),
    ("const fs = require('fs'); for (let i = 0; ; i++) fs.writeFileSync('/tmp/f' + i, '')", "Error"),
    ("const fs = require('fs'); for (let i = 0; ; i++) fs.mkdirSync('/tmp/f' + i)", "Error"),
    ("require('fs').mkdirSync('/tmp/' + 'a/'.repeat(1000000), { recursive: true })", "Error"),
];

/// Kilobytes: the simulation's values are given 512 MB of real memory at most, and 58 with Lambda's usual 128.
const PEAK: u64 = 400_000;

/// How `main` with this in it ends.
fn end_of(body: &str) -> String {
    let source =
        format!("const knex = require('knex')(require('./knexfile'))\nexports.main = async () => {{\n{body}\n}}\n");
    let mut end = String::new();
    running::run(&source, "set lambda.timeout=900s; invoke main", &mut |report| {
        let outcome = report.result.outcome();
        let timeout = outcome.is_some_and(|outcome| outcome.status == Status::Timeout);
        let name = outcome.and_then(|outcome| outcome.error.as_ref()).map(|error| error.name.to_string());
        end = name.unwrap_or_else(|| if timeout { "timeout" } else { "no end" }.to_owned());
    });
    end
}

/// The most memory that this process has had, in kilobytes, where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())
}

#[test]
fn what_keeps_all_it_gets_is_ended() {
    for (body, end) in PROGRAMS {
        assert_eq!(end_of(body), *end, "{body}");
        if let Some(peak) = peak() {
            assert!(peak < PEAK, "{peak} KB after {body}");
        }
    }
}

#[test]
fn what_the_library_and_the_server_do_counts_as_the_invocations_work() {
    let lines_of = |round: &str, every: u32| {
        let source = format!(
            "const knex = require('knex')(require('./knexfile'))
            exports.main = async () => {{
                for (let n = 1; ; n++) {{ {round}; if (n % {every} === 0) console.log(n) }}
            }}"
        );
        let mut lines = 0;
        let scenario = "set latency.query=0ms latency.connect=0ms latency.close=0ms latency.step=0ms; invoke main";
        running::run(&source, scenario, &mut |report| {
            lines += report.log.len();
            assert!(report.result.outcome().is_none_or(|outcome| outcome.status == Status::Timeout));
        });
        lines
    };
    // There were seven times as many of the first, and ten of the second.
    assert!((50..100).contains(&lines_of("await knex.raw('SELECT 1')", 1_000)));
    let round = "knex.initialize(); await knex.raw('SELECT 1'); await knex.destroy()";
    assert!((20..60).contains(&lines_of(round, 1_000)));
    // Ten thousand steps of the server's.
    let round = "await knex.raw('SELECT count(*) FROM generate_series(1, 10000)').catch(() => {})";
    assert!(lines_of(round, 1) < 80_000);
}
