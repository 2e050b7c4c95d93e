//! Compares the simulation with Node: random programs run in both, and every line that they print has to be the same.
//!
//! `cargo xtask verify` runs it. A program that differs runs again alone in Node, because timers may race while many programs
//! share a process. A program that still differs is made smaller and printed.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a comparison that cannot run stops")]
#![allow(clippy::format_push_string, reason = "the programs are short")]

mod generator;
mod machine;
mod minimise;
mod node;
mod outcome;
mod record;

use std::io;
use std::process::ExitCode;
use std::time::Instant as Clock;

use generator::Generator;
use machine::Machine;
use minimise::{first_difference, minimise};
use outcome::{End, Outcome};

const USAGE: &str = "\
Runs random programs in the simulation and in Node, and compares what they print.

usage: verify [--programs N] [--seed S] [--only NUMBER] [--file FILE.js] [--record N] [--generate] [--whole]

  --programs N   the number of programs (1000)
  --seed S       the seed (1); the same seed gives the same programs
  --only NUMBER  only the program of this number
  --file FILE    a program that exports `main`, instead of random ones
  --record N     records N of the programs with Node's output, and the figures of the run, in tests/programs/
  --generate     runs the programs without Node and prints how fast that is
  --whole        programs that differ are not made smaller
";

/// Programs in one batch.
const BATCH: usize = 1_000;
/// The most differences that are printed.
const PRINTED: usize = 12;

#[derive(Default)]
struct Arguments {
    programs: u64,
    seed: u64,
    only: Option<u64>,
    file: Option<String>,
    record: Option<u64>,
    generate: bool,
    /// The number of the first program of the batch, where `numbered` is true.
    first: u64,
    /// True while the programs are those of the seed.
    numbered: bool,
    whole: bool,
}

fn main() -> ExitCode {
    let arguments = match arguments(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => {
            eprintln!("verify: {message}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("verify: {error}");
            ExitCode::from(2)
        }
    }
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments { programs: 1_000, seed: 1, ..Arguments::default() };
    while let Some(option) = given.next() {
        if matches!(&*option, "-h" | "--help") {
            println!("{USAGE}");
            std::process::exit(0);
        }
        let mut number = || {
            let text = given.next().ok_or_else(|| format!("{option} needs a number"))?;
            text.parse::<u64>().map_err(|_| format!("{option}: {text:?} is no number"))
        };
        match &*option {
            "--programs" => arguments.programs = number()?,
            "--seed" => arguments.seed = number()?,
            "--only" => arguments.only = Some(number()?),
            "--record" => arguments.record = Some(number()?),
            "--file" => arguments.file = Some(given.next().ok_or("--file needs a file")?),
            "--generate" => arguments.generate = true,
            "--whole" => arguments.whole = true,
            other => return Err(format!("there is no option {other}")),
        }
    }
    Ok(arguments)
}

fn run(arguments: &Arguments) -> io::Result<bool> {
    if let Some(file) = &arguments.file {
        let program = std::fs::read_to_string(file)?;
        return Ok(compare(&[program], arguments)?.differ == 0);
    }
    if let Some(number) = arguments.only {
        let program = Generator::new(arguments.seed, number).program();
        println!("{program}");
        return Ok(compare(&[program], arguments)?.differ == 0);
    }
    if arguments.generate {
        return Ok(speed(arguments));
    }
    let mut all = Tally::default();
    let numbers: Vec<u64> = (0..arguments.programs).collect();
    for batch in numbers.chunks(BATCH) {
        let programs: Vec<String> =
            batch.iter().map(|number| Generator::new(arguments.seed, *number).program()).collect();
        let whole = arguments.whole || all.differ >= PRINTED;
        let (seed, first) = (arguments.seed, batch[0]);
        let tally = compare(&programs, &Arguments { whole, seed, first, numbered: true, ..Arguments::default() })?;
        all.add(&tally);
        println!("{all}");
    }
    if let Some(count) = arguments.record {
        if all.differ > 0 {
            println!("nothing is recorded, since there are differences");
        } else {
            record::write(arguments.seed, arguments.programs, count as usize, &all)?;
        }
    }
    Ok(all.differ == 0)
}

/// Prints how fast programs are generated and run, and returns true.
fn speed(arguments: &Arguments) -> bool {
    let machine = Machine::new();
    let began = Clock::now();
    let programs: Vec<String> =
        (0..arguments.programs).map(|number| Generator::new(arguments.seed, number).program()).collect();
    let generated = began.elapsed().as_secs_f64();
    let mut known = 0;
    for program in &programs {
        known += u64::from(machine.run(program).is_known());
    }
    let all = began.elapsed().as_secs_f64();
    let bytes: usize = programs.iter().map(String::len).sum();
    println!(
        "{} programs of {} bytes on average: {:.0} a second ({generated:.2} s to write them, {:.2} s to run them); {known} inside the subset",
        programs.len(),
        bytes / programs.len().max(1),
        programs.len() as f64 / all,
        all - generated
    );
    true
}

/// The number of programs with each verdict.
#[derive(Default)]
struct Tally {
    agree: usize,
    differ: usize,
    /// Programs without a verdict: outside the subset, or without an outcome.
    unknown: usize,
    /// Programs that do not always do the same in Node, or do something else at another speed.
    race: usize,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.agree += other.agree;
        self.differ += other.differ;
        self.unknown += other.unknown;
        self.race += other.race;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} agree, {} differ, {} races, {} not judged", self.agree, self.differ, self.race, self.unknown)
    }
}

fn compare(programs: &[String], arguments: &Arguments) -> io::Result<Tally> {
    let machine = Machine::new();
    let here: Vec<Outcome> = programs.iter().map(|program| machine.run(program)).collect();
    // A program that keeps the process busy would delay the timers of others.
    let alone = |(outcome, program): (&Outcome, &String)| outcome.end == End::Crashed || program.contains("busy(");
    let alone: Vec<bool> = here.iter().zip(programs).map(alone).collect();
    let texts: Vec<&str> = programs.iter().map(String::as_str).collect();
    let there = node::run(&texts, &alone, node::USUAL)?;
    let mut tally = Tally::default();
    for (place, ((program, here), there)) in programs.iter().zip(&here).zip(&there).enumerate() {
        if let End::Unknown(why) = &here.end {
            tally.unknown += 1;
            if tally.unknown <= 3 && why.contains(':') {
                println!("refused here: {why}");
            }
            continue;
        }
        let number = arguments.numbered.then_some((arguments.seed, arguments.first + place as u64));
        match judged(program, number, here, there)? {
            Verdict::Agree => tally.agree += 1,
            Verdict::Race => tally.race += 1,
            Verdict::Differ(node) => {
                tally.differ += 1;
                if tally.differ <= PRINTED {
                    println!("──────── number {} differs", arguments.first + place as u64);
                    print_difference(program, &node, here, arguments.whole);
                }
            }
        }
    }
    Ok(tally)
}

/// What the comparison of a program found.
enum Verdict {
    Agree,
    Race,
    Differ(Outcome),
}

/// The verdict on a program. One that differs runs again, alone.
fn judged(program: &str, number: Option<(u64, u64)>, here: &Outcome, there: &Outcome) -> io::Result<Verdict> {
    if here == there {
        return Ok(Verdict::Agree);
    }
    // Where timers are due at nearly the same moment, their order depends on the speed of the machine.
    if ["20us", "100us", "400us"].into_iter().any(|step| Machine::with_step(step).run(program).log != here.log) {
        return Ok(Verdict::Race);
    }
    if let Some((seed, number)) = number {
        let skewed = |skew| Generator::new(seed, number).skewed(skew).program();
        if (1..=4).any(|skew| Machine::new().run(&skewed(skew)).log != here.log) {
            return Ok(Verdict::Race);
        }
    }
    let mut seen: Vec<Outcome> = Vec::new();
    for _ in 0..node::AGAIN {
        let mut outcomes = node::run(&[program], &[true], node::USUAL)?;
        let Some(outcome) = outcomes.pop() else { continue };
        if outcome == *here {
            return Ok(Verdict::Agree);
        }
        seen.push(outcome);
    }
    match seen.pop() {
        Some(outcome) if seen.iter().all(|other| *other == outcome) => Ok(Verdict::Differ(outcome)),
        _ => Ok(Verdict::Race),
    }
}

/// The kind of a difference. A smaller program that differs in another way does not show the same difference.
#[derive(Clone, PartialEq)]
struct Difference {
    ends: [std::mem::Discriminant<End>; 2],
    errors: [Option<String>; 2],
    lines: [bool; 2],
}

fn difference(node: &Outcome, here: &Outcome) -> Difference {
    let place = node.log.iter().zip(&here.log).take_while(|(left, right)| left == right).count();
    let error = |outcome: &Outcome| match &outcome.end {
        End::Error(Some((name, _))) => Some(name.clone()),
        _ => None,
    };
    Difference {
        ends: [node, here].map(|outcome| std::mem::discriminant(&outcome.end)),
        errors: [node, here].map(error),
        lines: [node, here].map(|outcome| place < outcome.log.len()),
    }
}

/// Returns true for each of the programs that differs in this way.
fn differ(programs: &[String], wanted: &Difference) -> Vec<bool> {
    const MOST_LINES: usize = 400;
    let machine = Machine::new();
    let here: Vec<Outcome> = programs.iter().map(|program| machine.run(program)).collect();
    let sound = |place: usize| {
        std::mem::discriminant(&here[place].end) == wanted.ends[1]
            && here[place].is_known()
            && here[place].log.len() < MOST_LINES
            && programs[place].contains("exports.main = async")
    };
    let kept: Vec<usize> = (0..programs.len()).filter(|place| sound(*place)).collect();
    let alone: Vec<bool> =
        kept.iter().map(|place| here[*place].end == End::Crashed || programs[*place].contains("busy(")).collect();
    let texts: Vec<&str> = kept.iter().map(|place| programs[*place].as_str()).collect();
    let mut verdicts = vec![false; programs.len()];
    if let Ok(there) = node::run(&texts, &alone, node::HASTY) {
        for (place, there) in kept.into_iter().zip(there) {
            verdicts[place] = there.is_known() && there != here[place] && difference(&there, &here[place]) == *wanted;
        }
    }
    verdicts
}

/// Prints a program that differs, made smaller unless `whole`, and the first line that differs.
fn print_difference(program: &str, node: &Outcome, here: &Outcome, whole: bool) {
    let wanted = difference(node, here);
    let smallest = if whole { program.to_owned() } else { minimise(program, &|programs| differ(programs, &wanted)) };
    let (mut node, mut here) = (node.clone(), here.clone());
    if smallest != program {
        here = Machine::new().run(&smallest);
        if let Ok(mut outcomes) = node::run(&[&smallest], &[true], node::USUAL) {
            node = outcomes.pop().unwrap_or(node);
        }
    }
    let (left, right) = first_difference(&node, &here);
    println!("{smallest}\nNode: {left}\nhere: {right}\n");
}
