//! Makes a program that behaves differently in Node smaller, as long as it still does.
//!
//! Each round leaves out every piece in turn (a line, a block with or without its content, a balanced stretch of tokens) and
//! goes on with the smallest program that still differs.

use std::time::{Duration, Instant as Clock};

use super::outcome::Outcome;

/// Returns true for each of the programs that differs between Node and the simulation.
pub(crate) type Judge<'j> = dyn Fn(&[String]) -> Vec<bool> + 'j;

/// Candidates in one batch.
const BATCH: usize = 400;
const ROUNDS: usize = 60;
const PATIENCE: Duration = Duration::from_secs(15);

/// The smallest program found that still differs.
pub(crate) fn minimise(program: &str, judge: &Judge<'_>) -> String {
    let mut best = program.to_owned();
    let began = Clock::now();
    for _ in 0..ROUNDS {
        if began.elapsed() > PATIENCE {
            break;
        }
        let mut tried = candidates(&best);
        tried.retain(|candidate| candidate.len() < best.len());
        tried.sort_by_key(String::len);
        tried.dedup();
        let mut found = None;
        for batch in tried.chunks(BATCH) {
            let verdicts = judge(batch);
            found = batch.iter().zip(verdicts).find(|(_, differs)| *differs).map(|(candidate, _)| candidate.clone());
            if found.is_some() {
                break;
            }
        }
        let Some(smaller) = found else { break };
        best = smaller;
    }
    best
}

fn candidates(program: &str) -> Vec<String> {
    let mut out = Vec::new();
    let lines: Vec<&str> = program.lines().collect();
    let joined = |keeps: &dyn Fn(usize) -> bool| {
        let kept: Vec<&str> = (0..lines.len()).filter(|at| keeps(*at)).map(|at| lines[at]).collect();
        kept.join("\n") + "\n"
    };
    let without = |from: usize, to: usize| joined(&|at| !(from..=to).contains(&at));
    for from in 0..lines.len() {
        out.push(without(from, from));
        if let Some(to) = closing_line(&lines, from) {
            out.push(without(from, to));
            // The content of the block without the block.
            out.push(joined(&|at| at != from && at != to));
        }
    }
    if program.len() < 1_500 {
        out.extend(token_candidates(program));
    }
    out
}

/// The line that closes the block which the line `from` opens.
fn closing_line(lines: &[&str], from: usize) -> Option<usize> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    if !lines[from].ends_with(['{', '[', '(']) {
        return None;
    }
    let depth = indent(lines[from]);
    (from + 1..lines.len()).find(|at| indent(lines[*at]) <= depth && !lines[*at].ends_with('{'))
}

/// Copies of the program, each without one balanced stretch or with `1` in its place.
fn token_candidates(program: &str) -> Vec<String> {
    let mut out = Vec::new();
    let marks: Vec<usize> = program
        .char_indices()
        .filter(|(_, character)| !character.is_alphanumeric() && *character != '_' && *character != '#')
        .map(|(at, _)| at)
        .collect();
    for (number, from) in marks.iter().enumerate() {
        for to in marks[number + 1..].iter().take(24) {
            for (start, end) in [(*from, *to), (*from + char_length(program, *from), *to)] {
                if start >= end || !balanced(&program[start..end]) {
                    continue;
                }
                out.push([&program[..start], &program[end..]].concat());
                if end - start > 2 {
                    out.push([&program[..start], "1", &program[end..]].concat());
                }
            }
        }
    }
    out
}

fn char_length(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(1, char::len_utf8)
}

fn balanced(text: &str) -> bool {
    let mut open = Vec::new();
    for character in text.chars() {
        match character {
            '(' | '[' | '{' => open.push(character),
            ')' | ']' | '}' => {
                let wanted = match character {
                    ')' => '(',
                    ']' => '[',
                    _ => '{',
                };
                if open.pop() != Some(wanted) {
                    return false;
                }
            }
            _ => {}
        }
    }
    open.is_empty()
}

/// The first line in which two outcomes differ, of each of them.
pub(crate) fn first_difference(node: &Outcome, machine: &Outcome) -> (String, String) {
    let place = node.log.iter().zip(&machine.log).take_while(|(left, right)| left == right).count();
    let at = |outcome: &Outcome| outcome.log.get(place).cloned().unwrap_or_else(|| format!("({:?})", outcome.end));
    (at(node), at(machine))
}
