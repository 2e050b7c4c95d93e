//! Runs programs in the installed Node, many in one process.

use std::io::{self, Read as _, Write as _};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::outcome::{End, Outcome};

const DRIVER: &str = include_str!("driver.js");

/// How Node runs programs.
#[derive(Clone, Copy)]
pub(crate) struct Mode {
    /// Programs that run at the same time.
    pub wave: usize,
    /// The milliseconds that such a group may take.
    pub patience_ms: u32,
    /// True while a program that has no outcome of its own in its group runs again alone.
    pub again: bool,
}

/// The usual mode: each delay of a program is far below a second.
pub(crate) const USUAL: Mode = Mode { wave: 40, patience_ms: 5_000, again: true };
/// The mode for programs that may have lost the piece that stops their timers.
pub(crate) const HASTY: Mode = Mode { wave: 25, patience_ms: 1_500, again: false };
/// The times that a program which differs runs again alone.
pub(crate) const AGAIN: usize = 5;

/// The version of the installed Node, such as `20.11.0`.
pub(crate) fn version() -> io::Result<String> {
    let output = Command::new("node").arg("--version").output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().trim_start_matches('v').to_owned())
}

/// Runs the programs and returns the outcome of each. Programs for which `alone` is true run alone, and so does a program
/// that ended the process of its group.
pub(crate) fn run(programs: &[&str], alone: &[bool], mode: Mode) -> io::Result<Vec<Outcome>> {
    let (single, together): (Vec<usize>, Vec<usize>) = (0..programs.len()).partition(|place| alone[*place]);
    let mut waves: Vec<Vec<usize>> = together.chunks(mode.wave).map(<[usize]>::to_vec).collect();
    waves.extend(single.into_iter().map(|place| vec![place]));
    let mut outcomes: Vec<Option<Outcome>> = vec![None; programs.len()];
    while !waves.is_empty() {
        let replies = converse(programs, &waves, mode.patience_ms)?;
        // A program in an endless loop leaves its whole group without a reply. Each program of the group then runs alone, and
        // one that still has no reply is given up.
        let mut left = waves.split_off(replies.len().max(1).min(waves.len()));
        if replies.is_empty() && waves[0].len() > 1 && mode.again {
            left.extend(waves[0].iter().map(|place| vec![*place]));
        }
        for (wave, reply) in waves.iter().zip(replies) {
            if reply["dirty"] == true && mode.again {
                left.extend(wave.iter().map(|place| vec![*place]));
                continue;
            }
            if reply["dirty"] == true {
                continue;
            }
            for (place, outcome) in wave.iter().zip(reply["outcomes"].as_array().into_iter().flatten()) {
                outcomes[*place] = Outcome::from_json(outcome);
            }
        }
        waves = left;
    }
    let nothing = || Outcome { log: Vec::new(), end: End::Unknown("Node gives no outcome".into()) };
    Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(nothing)).collect())
}

/// The replies to the groups, up to the one that ended the process.
fn converse(programs: &[&str], waves: &[Vec<usize>], patience_ms: u32) -> io::Result<Vec<Value>> {
    let mut node = Command::new("node");
    node.args(["-e", DRIVER, "--"])
        .arg(patience_ms.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = node.spawn()?;
    let mut input = String::new();
    for wave in waves {
        let sources: Vec<Value> = wave.iter().map(|place| Value::from(programs[*place])).collect();
        input.push_str(&Value::Array(sources).to_string());
        input.push('\n');
    }
    let stdin = child.stdin.take();
    let writer = thread::spawn(move || stdin.map_or(Ok(()), |mut pipe| pipe.write_all(input.as_bytes())));
    let stdout = child.stdout.take();
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        stdout.map_or(Ok(0), |mut pipe| pipe.read_to_end(&mut text)).map(|_| text)
    });
    // The driver cannot stop an endless loop.
    let began = Instant::now();
    let most = Duration::from_millis(u64::from(patience_ms) * (2 + waves.len() as u64 / 4));
    while child.try_wait()?.is_none() {
        if began.elapsed() > most {
            child.kill()?;
        }
        thread::sleep(Duration::from_millis(2));
    }
    // Writing fails where the process ended before it had read its input.
    let _ = writer.join();
    let text = reader.join().map_err(|_| io::Error::other("the output of Node could not be read"))??;
    let text = String::from_utf8_lossy(&text);
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}
