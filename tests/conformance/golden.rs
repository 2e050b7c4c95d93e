//! The simulation beside recordings of the real Node, Knex, pg and PostgreSQL.
//!
//! Each schedule in `tests/golden/schedules/` runs with both versions of Knex. Its outcome must be one of those that `cargo
//! xtask record` recorded: results, errors, printed lines in their order with stream and invocation, the pool's counters,
//! and the number of backends. A recording leaves out what depends on the machine's speed, such as a pool's counters at some
//! moments, and that is not compared. There is no list of exceptions.
//!
//! `GOLDEN=s09,x1 cargo test --test conformance golden` runs the schedules whose names begin with `s09` or `x1`.
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use simulation::lambda::Package;
use simulation::settings::{KnexVersion, Settings};

use crate::running;

#[test]
fn schedules_with_knex_0_17_0_end_as_recorded() {
    compare("0.17.0", KnexVersion::V0_17_0);
}

#[test]
fn schedules_with_knex_3_3_0_end_as_recorded() {
    compare("3.3.0", KnexVersion::V3_3_0);
}

#[test]
fn every_schedule_has_a_recording_and_every_recording_its_schedule() {
    for profile in ["0.17.0", "3.3.0"] {
        let recorded = names(&golden().join(format!("knex-{profile}")), "jsonl");
        assert_eq!(recorded, names(&golden().join("schedules"), "scenario"), "knex {profile}");
    }
}

/// One recorded outcome of a schedule.
struct Recorded {
    /// Runs that ended so.
    count: u64,
    /// All runs of the schedule.
    runs: u64,
    /// The report of each statement.
    statements: Vec<Value>,
}

/// Runs all schedules with one version of Knex. Fails with the differences where an outcome was never recorded.
fn compare(profile: &str, version: KnexVersion) {
    let chosen = std::env::var("GOLDEN").unwrap_or_default();
    let mut wrong = String::new();
    let (mut most_frequent, mut another, mut failed) = (0, Vec::new(), Vec::new());
    for name in names(&golden().join("schedules"), "scenario") {
        if !chosen.is_empty() && !chosen.split(',').any(|prefix| name.starts_with(prefix)) {
            continue;
        }
        let outcomes = recorded(&golden().join(format!("knex-{profile}/{name}.jsonl")));
        if outcomes.is_empty() {
            failed.push(format!("{name} (not recorded)"));
            continue;
        }
        let simulated = simulate(&name, version);
        match outcomes.iter().position(|outcome| differences(&outcome.statements, &simulated).is_empty()) {
            Some(0) => most_frequent += 1,
            Some(place) => another.push(format!("{name} ({}/{})", outcomes[place].count, outcomes[place].runs)),
            None => {
                failed.push(name.clone());
                describe(&mut wrong, &name, &outcomes, &simulated);
            }
        }
    }
    println!("knex {profile}: {most_frequent} schedules end as most recorded runs did");
    if !another.is_empty() {
        println!("knex {profile}: {} end as some recorded runs did: {}", another.len(), another.join(", "));
    }
    assert!(
        failed.is_empty(),
        "\n{wrong}\nknex {profile}: {} schedules end as no recorded run did: {}\n",
        failed.len(),
        failed.join(" ")
    );
}

/// Runs a schedule in the simulation and returns the reports in normal form.
fn simulate(name: &str, version: KnexVersion) -> Vec<Value> {
    let text = read(&golden().join(format!("schedules/{name}.scenario")));
    let module = text
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("# module: "))
        .expect("the first line names the module")
        .trim();
    let (package, settings) = if module == "handlers" {
        (Package::post(), Settings::default())
    } else {
        let file = format!("{module}.js");
        let source = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/handlers").join(&file));
        let package = Package::from_source(&file, &source).unwrap_or_else(|diagnostic| panic!("{file}: {diagnostic}"));
        (package, running::settings_with_module())
    };
    let settings = Settings { knex: version, ..settings };
    let mut pids = Pids::default();
    let mut reports = Vec::new();
    running::run_in(package, settings, &text, &mut |report| {
        let report = serde_json::from_str(&report.to_json()).expect("a report is JSON");
        reports.push(normal(report, &mut pids));
    });
    reports
}

/// A report in the normal form of the recordings: one log entry for each printed line, and process ids replaced by their
/// order of appearance.
fn normal(mut report: Value, pids: &mut Pids) -> Value {
    let lines = report["log"].as_array().into_iter().flatten().flat_map(|entry| {
        // The recorder loads the module before it starts the runtime client, so no recording has the line that the client
        // prints about a module that failed to load.
        let loading = entry["invocation"].is_null();
        let lines = entry["text"].as_str().unwrap_or_default().split('\n');
        let lines = lines.filter(move |line| !is_frame(line) && (!loading || !line.starts_with("Uncaught Exception")));
        lines.map(|line| {
            let text = shortened(line);
            serde_json::json!({ "stream": entry["stream"], "text": text, "invocation": entry["invocation"] })
        })
    });
    let lines: Vec<Value> = lines.collect();
    // The recorder numbers process ids in this order: the log, the result, the completed invocations.
    report["log"] = pids.within(lines.into(), false);
    report["result"] = pids.within(report["result"].take(), false);
    report["completed"] = pids.within(report["completed"].take(), false);
    // Lambda puts the request id before the message about a process that ended. The recorder has no request ids.
    if let Some(message) = report["error"]["message"].as_str()
        && let Some((_, said)) = message.strip_prefix("RequestId: ").and_then(|rest| rest.split_once(" Error: "))
    {
        report["error"]["message"] = said.to_owned().into();
    }
    report
}

/// True for a frame of an error's stack.
fn is_frame(line: &str) -> bool {
    line.starts_with(' ') && line.trim_start().starts_with("at ")
}

/// A line of the runtime client ends in the error as JSON, of which the recordings keep the type and the message.
fn shortened(line: &str) -> String {
    let own = ["Invoke Error", "Unhandled Promise Rejection", "Uncaught Exception"];
    let Some((name, json)) = line.split_once(" \t").filter(|(name, _)| own.contains(name)) else {
        return line.to_owned();
    };
    match serde_json::from_str::<Value>(json) {
        Ok(error) => {
            let kept = serde_json::json!({ "errorType": error["errorType"], "errorMessage": error["errorMessage"] });
            format!("{name} \t{kept}")
        }
        Err(_) => line.to_owned(),
    }
}

/// Gives the server's process ids names in the order of their appearance: `PID1`, `PID2`, …
///
/// A process id follows the word "pid" in printed text, and is the value of a key that begins with "pid" in a result.
#[derive(Default)]
struct Pids(BTreeMap<u64, usize>);

impl Pids {
    fn name(&mut self, pid: u64) -> String {
        let next = self.0.len() + 1;
        format!("PID{}", self.0.entry(pid).or_insert(next))
    }

    fn within(&mut self, value: Value, is_pid: bool) -> Value {
        match value {
            Value::Number(number) if is_pid => number.as_u64().map_or(Value::Null, |pid| self.name(pid).into()),
            Value::String(text) => self.in_text(&text).into(),
            Value::Array(items) => items.into_iter().map(|item| self.within(item, is_pid)).collect(),
            Value::Object(entries) => {
                let entries = entries.into_iter().map(|(key, value)| {
                    let is_pid = key.starts_with("pid");
                    (key, self.within(value, is_pid))
                });
                Value::Object(entries.collect::<Map<_, _>>())
            }
            other => other,
        }
    }

    fn in_text(&mut self, text: &str) -> String {
        let mut words = text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        for place in 1..words.len() {
            if words[place - 1] == "pid"
                && let Ok(pid) = words[place].parse()
            {
                words[place] = self.name(pid);
            }
        }
        words.join(" ")
    }
}

/// A difference between a recording and the simulation: the statement's index, the key that differs, and both values.
type Difference = (usize, String, Value, Value);

fn differences(recorded: &[Value], simulated: &[Value]) -> Vec<Difference> {
    let mut found = Vec::new();
    if recorded.len() != simulated.len() {
        let lengths = (recorded.len().into(), simulated.len().into());
        found.push((recorded.len().min(simulated.len()), "number of statements".to_owned(), lengths.0, lengths.1));
    }
    for (place, (recorded, simulated)) in recorded.iter().zip(simulated).enumerate() {
        for (key, value) in recorded.as_object().into_iter().flatten() {
            if key == "completed" {
                compare_completed(place, value, &simulated[key], &mut found);
            } else if simulated.get(key) != Some(value) {
                found.push((place, key.clone(), value.clone(), simulated[key].clone()));
            }
        }
        if recorded.get("completed").is_none() && simulated["completed"].as_array().is_some_and(|list| !list.is_empty())
        {
            found.push((place, "completed".to_owned(), Value::Array(Vec::new()), simulated["completed"].clone()));
        }
    }
    found
}

/// Compares the invocations that ended meanwhile. The recordings have fewer keys for them than the reports.
fn compare_completed(place: usize, recorded: &Value, simulated: &Value, found: &mut Vec<Difference>) {
    let is_same = |recorded: &Value, simulated: &Value| {
        recorded.as_object().into_iter().flatten().all(|(key, value)| simulated.get(key) == Some(value))
    };
    let (all, list) = (recorded.as_array().into_iter().flatten(), simulated.as_array().into_iter().flatten());
    if all.clone().count() != list.clone().count() || !all.zip(list).all(|(one, other)| is_same(one, other)) {
        found.push((place, "completed".to_owned(), recorded.clone(), simulated.clone()));
    }
}

/// Appends the differences from the recorded outcome that has the fewest of them.
fn describe(out: &mut String, name: &str, outcomes: &[Recorded], simulated: &[Value]) {
    let nearest = outcomes.iter().min_by_key(|outcome| differences(&outcome.statements, simulated).len());
    let nearest = nearest.expect("a recording has an outcome");
    let _ = writeln!(out, "── {name}: compared with the outcome of {} in {} runs", nearest.count, nearest.runs);
    for (place, what, recorded, simulated) in differences(&nearest.statements, simulated) {
        let statement = nearest.statements.get(place).and_then(|statement| statement["statement"].as_str());
        let _ = writeln!(out, "   {}. {}: {what}", place + 1, statement.unwrap_or("(none)"));
        if let ("log", Some(recorded), Some(simulated)) = (&*what, recorded.as_array(), simulated.as_array()) {
            describe_lines(out, recorded, simulated);
        } else {
            let _ = writeln!(out, "      recorded  {recorded}\n      simulated {simulated}");
        }
    }
}

/// Appends both logs side by side, with `-` before a recorded and `+` before a simulated line where they differ.
fn describe_lines(out: &mut String, recorded: &[Value], simulated: &[Value]) {
    let line = |entry: Option<&Value>| {
        entry.map_or_else(
            || "(nothing)".to_owned(),
            |entry| {
                let mark = if entry["stream"] == "stderr" { "!" } else { "" };
                format!("[{}{mark}] {}", entry["invocation"], entry["text"].as_str().unwrap_or_default())
            },
        )
    };
    for place in 0..recorded.len().max(simulated.len()) {
        let (one, other) = (recorded.get(place), simulated.get(place));
        if one == other {
            let _ = writeln!(out, "        {}", line(one));
        } else {
            let _ = writeln!(out, "      - {}\n      + {}", line(one), line(other));
        }
    }
}

/// The recorded outcomes of a schedule; empty where there is no recording.
fn recorded(file: &Path) -> Vec<Recorded> {
    let outcome = |line: &str| {
        let value: Value = serde_json::from_str(line).expect("a recording is JSON");
        Recorded {
            count: value["count"].as_u64().unwrap_or_default(),
            runs: value["runs"].as_u64().unwrap_or_default(),
            statements: value["statements"].as_array().cloned().unwrap_or_default(),
        }
    };
    if file.exists() { read(file).lines().map(outcome).collect() } else { Vec::new() }
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The names of a folder's files with this extension.
fn names(folder: &Path, extension: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("a folder can be read").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    names
}
