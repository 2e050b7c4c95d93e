//! Runs programs in the Node that is installed, many to a process.

use std::io::{self, Read as _, Write as _};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::outcome::{End, Outcome};

const DRIVER: &str = include_str!("driver.js");
/// How programs are put before Node.
#[derive(Clone, Copy)]
pub struct Manner {
    /// Programs that run side by side.
    pub wave: usize,
    /// How long they may take together.
    pub patience_ms: u32,
    /// Whether those that cannot be told apart run again by themselves.
    pub again: bool,
}

/// Each delay of a program is far below a second.
pub const USUAL: Manner = Manner { wave: 40, patience_ms: 5_000, again: true };
/// For programs that may have lost what stops their timers.
pub const HASTY: Manner = Manner { wave: 25, patience_ms: 1_500, again: false };
/// How often a program that differs runs again by itself.
pub const AGAIN: usize = 5;

/// Node's version, as it says itself.
pub fn version() -> io::Result<String> {
    let output = Command::new("node").arg("--version").output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().trim_start_matches('v').to_owned())
}

/// What comes of each of the programs. Those that run beside others and end the process run again by themselves, as do
/// those that the caller says are `alone`.
pub fn run(programs: &[&str], alone: &[bool], manner: Manner) -> io::Result<Vec<Outcome>> {
    let (single, together): (Vec<usize>, Vec<usize>) = (0..programs.len()).partition(|place| alone[*place]);
    let mut waves: Vec<Vec<usize>> = together.chunks(manner.wave).map(<[usize]>::to_vec).collect();
    waves.extend(single.into_iter().map(|place| vec![place]));
    let mut outcomes: Vec<Option<Outcome>> = vec![None; programs.len()];
    while !waves.is_empty() {
        let replies = converse(programs, &waves, manner.patience_ms)?;
        // Where one of a wave's programs never gives Node a turn, each of them is tried by itself; by itself it is left.
        let mut left = waves.split_off(replies.len().max(1).min(waves.len()));
        if replies.is_empty() && waves[0].len() > 1 && manner.again {
            left.extend(waves[0].iter().map(|place| vec![*place]));
        }
        for (wave, reply) in waves.iter().zip(replies) {
            if reply["dirty"] == true && manner.again {
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

/// The replies to the waves, as many as one process lived for.
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
    // A loop without end never gives its driver a turn.
    let began = Instant::now();
    let most = Duration::from_millis(u64::from(patience_ms) * (2 + waves.len() as u64 / 4));
    while child.try_wait()?.is_none() {
        if began.elapsed() > most {
            child.kill()?;
        }
        thread::sleep(Duration::from_millis(2));
    }
    // A process that ends early leaves its input unread.
    let _ = writer.join();
    let text = reader.join().map_err(|_| io::Error::other("what Node said could not be read"))??;
    let text = String::from_utf8_lossy(&text);
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}
