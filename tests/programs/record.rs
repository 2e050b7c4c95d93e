//! Writes the recording that `tests/conformance/programs.rs` compares with, without Node: some of the programs with what Node
//! printed, and the figures of the whole run, which the article has.

use std::io;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use base::time::civil_from_days;
use serde_json::json;

use super::Tally;
use super::generator::Generator;
use super::node;
use super::outcome::End;

/// The most bytes of a recorded program with its outcome. Many short programs are worth more than a few long ones.
const LONGEST: usize = 1_600;
/// Programs that are tried for each one that is recorded.
const TRIED: u64 = 12;

/// Writes `recorded.jsonl` and `summary.json` beside this file.
pub(crate) fn write(seed: u64, programs: u64, count: usize, tally: &Tally) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let candidates: Vec<String> = (0..programs.min(count as u64 * TRIED))
        .map(|number| Generator::new(seed, number).program())
        .filter(|program| program.len() < LONGEST)
        .collect();
    let machine = super::Machine::new();
    let here: Vec<_> = candidates.iter().map(|program| machine.run(program)).collect();
    let alone: Vec<bool> = here.iter().map(|outcome| outcome.end == End::Crashed).collect();
    let texts: Vec<&str> = candidates.iter().map(String::as_str).collect();
    let there = node::run(&texts, &alone, node::USUAL)?;
    let mut lines = String::new();
    let mut kept = 0;
    for ((program, here), there) in candidates.iter().zip(&here).zip(&there) {
        // The whole run has found no difference, so a difference here is a race.
        if kept == count || !here.is_known() || here != there {
            continue;
        }
        let line = json!({ "program": program, "node": there.to_json() }).to_string();
        if line.len() < LONGEST {
            lines.push_str(&line);
            lines.push('\n');
            kept += 1;
        }
    }
    std::fs::write(folder.join("recorded.jsonl"), &lines)?;
    let summary = json!({
        "node": node::version()?,
        "date": today(),
        "seed": seed,
        "programs": tally.agree,
        "differences": tally.differ,
        "races": tally.race,
        "outside": tally.unknown,
        "recorded": kept,
    });
    std::fs::write(folder.join("summary.json"), format!("{summary:#}\n"))?;
    println!("{kept} programs are recorded, in {} bytes", lines.len());
    Ok(())
}

fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (year, month, day) = civil_from_days(seconds / 86_400);
    format!("{year:04}-{month:02}-{day:02}")
}
