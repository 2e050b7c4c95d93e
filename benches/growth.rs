//! How the cost of a program grows with its size: each load is measured at some size and at twice that size.
//!
//! `cargo bench --bench growth` prints milliseconds of processor time and their ratio. About 2 is linear, about 4 is
//! quadratic. The bench judges nothing. Words after `--` select the loads whose names contain one of them.
//!
//! Some loads are quadratic by nature, here as in V8: a copy of the whole list in each iteration. What remains quadratic
//! here and is linear in V8 counts as work, so an invocation reaches its limit of steps: `shift`, `unshift`, and `+=` of
//! strings.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a bench that cannot run stops")]
#![allow(unreachable_pub, reason = "no other crate sees the modules of a bench")]
#![allow(clippy::format_collect, reason = "each source text is made once")]

use std::time::{SystemTime, UNIX_EPOCH};

use base::time;
use javascript::{FileId, Module, SourceFile};
use simulation::event::{EventKind, Status};
use simulation::lambda::{Package, registry};
use simulation::settings::Settings;
use simulation::world::{Action, Call, Goal, World};

/// A name, the first size, and the body of a handler whose load has the size `n`.
const LOADS: &[(&str, u32, &str)] = &[
    (
        "collecting long strings",
        50_000,
        "const kept = []; for (let i = 0; i < n; i++) kept.push('x'.repeat(300) + i)\n\
         let last; for (let i = 0; i < 100000; i++) last = { i, text: `number ${i}`.repeat(50) }",
    ),
    ("keys in no order", 30_000, "const o = {}; for (let i = 0; i < n; i++) o['k' + (i * 7919) % n] = i"),
    ("keys of a spread object", 30_000, "const o = {}; for (let i = 0; i < n; i++) o['k' + i] = i; const p = { ...o }"),
    ("integer keys downwards", 30_000, "const o = {}; for (let i = n; i > 0; i--) o[i] = i"),
    (
        "integer keys of JSON downwards",
        30_000,
        "const parts = []; for (let i = n; i > 0; i--) parts.push(`\"${i}\":1`)\nJSON.parse('{' + parts.join(',') + '}')",
    ),
    (
        "shift from a long array",
        20_000,
        "const a = []; for (let i = 0; i < n; i++) a.push(i); while (a.length) a.shift()",
    ),
    ("unshift into an array", 20_000, "const a = []; for (let i = 0; i < n; i++) a.unshift(i)"),
    (
        "splice in the middle",
        10_000,
        "const a = []; for (let i = 0; i < n; i++) a.push(i); for (let i = 0; i < n; i++) a.splice(i, 1, i)",
    ),
    ("text += one character", 50_000, "let t = ''; for (let i = 0; i < n; i++) t += 'x'"),
    ("list.concat(one element)", 4_000, "let a = []; for (let i = 0; i < n; i++) a = a.concat(i)"),
    ("spread of a growing list", 4_000, "let a = []; for (let i = 0; i < n; i++) a = [...a, i]"),
    (
        "units of a long text",
        20_000,
        "const t = 'é'.repeat(n); let c = 0; for (let i = 0; i < t.length; i++) if (t[i] === 'é') c++",
    ),
    (
        "calls of a function bound many times",
        1_000,
        "let f = () => 1; for (let i = 0; i < n; i++) f = f.bind(null, i); for (let i = 0; i < 100; i++) f()",
    ),
    (
        "the text of an array of shared arrays",
        100_000,
        "let a = []; for (let i = 1; i < n; i *= 2) a = [a, a]; for (let i = 0; i < 10; i++) String(a)",
    ),
    (
        "JSON that is too long",
        20,
        "let a = []; for (let i = 0; i < 30; i++) a = [a, a]\ntry { JSON.stringify(a) } catch {}",
    ),
    (
        "nested lists",
        50_000,
        "let a = []; for (let i = 0; i < n; i++) a = [a]\nconsole.log(a); String(a); try { JSON.stringify(a) } catch {}",
    ),
    ("sorting", 50_000, "const a = []; for (let i = 0; i < n; i++) a.push('k' + (i * 7919) % n); a.sort()"),
    (
        "promises",
        50_000,
        "const p = []; for (let i = 0; i < n; i++) p.push(Promise.resolve(i).then((x) => x)); await Promise.all(p)",
    ),
    (
        "a chain of promises",
        20_000,
        "let p = Promise.resolve(0); for (let i = 0; i < n; i++) p = p.then((x) => x + 1); await p",
    ),
    ("split and join", 50_000, "'a,'.repeat(n).split(',').join(';').replaceAll(';', ',')"),
];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    println!("{:<46}{:>12}{:>12}{:>8}", "load", "size n, ms", "2n, ms", "ratio");
    for (name, size, body) in LOADS {
        if !words.is_empty() && !words.iter().any(|word| name.contains(word.as_str())) {
            continue;
        }
        let ((once, end), (twice, end_of_twice)) = (measure(body, *size), measure(body, size * 2));
        println!("{name:<46}{once:>12.1}{twice:>12.1}{:>8.1}  {end} {end_of_twice}", twice / once);
    }
    println!("{:<46}{:>12}{:>12}{:>8}", "source text", "", "", "");
    for (name, size, source) in SOURCES {
        let compile = |size| {
            let text = source(size);
            let began = processor_seconds();
            let source = SourceFile::new(FileId(0), "a.js", text);
            let module = Module::compile(source, &registry());
            (
                (processor_seconds() - began) * 1e3,
                module.map_or_else(|refused| refused.message.to_string(), |_| String::new()),
            )
        };
        let ((once, end), (twice, end_of_twice)) = (compile(*size), compile(size * 2));
        println!("{name:<46}{once:>12.1}{twice:>12.1}{:>8.1}  {end} {end_of_twice}", twice / once);
    }
}

/// A name, the first size, and a source file of a size.
type SourceLoad = (&'static str, u32, fn(u32) -> String);

const SOURCES: &[SourceLoad] = &[
    ("globals in no order", 15_000, |n| (0..n).map(|i| format!("g{}=1\n", (i * 7919) % n)).collect()),
    ("constants in no order", 8_000, |n| (0..n).map(|i| format!("const g{}=1\n", (i * 7919) % n)).collect()),
    ("functions that use all before", 3_000, |n| (0..n).map(|i| format!("const f{i}=()=>f{}\n", i / 2)).collect()),
    ("try and catch", 6_000, |n| (0..n).map(|_| "try{f()}catch{}\n").collect()),
    ("modules and members", 4_000, |n| (0..n).map(|i| format!("const m{i}=require('./a');m{i}.b\n")).collect()),
    ("an object of many keys", 10_000, |n| {
        format!("const o={{{}}}", (0..n).map(|i| format!("k{}:1,", (i * 7919) % n)).collect::<String>())
    }),
    ("a rest of many keys", 8_000, |n| {
        format!("const {{{}...rest}}=o", (0..n).map(|i| format!("k{}:a{i},", (i * 7919) % n)).collect::<String>())
    }),
    ("blocks in blocks", 60, |n| format!("{}{}", "{const a=1;".repeat(n as usize), "}".repeat(n as usize))),
    ("quotes that do not end", 60_000, |n| "'a\n".repeat(n as usize)),
    ("brackets that do not close", 60_000, |n| "(".repeat(n as usize)),
];

/// Milliseconds that one invocation takes, and how it ended.
fn measure(body: &str, size: u32) -> (f64, String) {
    let source = format!("exports.run = async () => {{ const n = {size}\n{body}\n}}");
    let package = Package::from_source("growth.js", &source).expect("the load is in the subset");
    let mut settings = Settings::default();
    settings.lambda.memory_mb = 1_024;
    settings.lambda.timeout = time::Duration::from_secs(900);
    let mut world = World::new(settings, package);
    let began = processor_seconds();
    let applied = world.apply(Action::Invoke(Call::new("run"))).expect("an idle world takes an invocation");
    while world.step(Goal::Ended(applied.invocation.expect("an invocation has a number"))) {}
    let took = (processor_seconds() - began) * 1e3;
    let events = world.take_events();
    let end = events.iter().find_map(|event| match &event.kind {
        EventKind::InvocationEnded { outcome } => Some(outcome.status),
        _ => None,
    });
    let end = end.filter(|status| *status != Status::Success).map(|status| format!("{status:?}"));
    (took, end.unwrap_or_default())
}

/// Returns the seconds for which the processor ran this process, or those of the clock on systems that do not tell.
fn processor_seconds() -> f64 {
    let scheduled = std::fs::read_to_string("/proc/self/schedstat").ok();
    match scheduled.as_deref().and_then(|text| text.split(' ').next()?.parse::<f64>().ok()) {
        Some(nanoseconds) => nanoseconds / 1e9,
        None => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64()),
    }
}
