//! The handler machine on programs that are nearly right, and on ones that are not: it refuses or runs them, does not
//! panic, ends, and does the same each time.

use crate::random::cases;
use crate::random_programs::generator::Generator;
use crate::random_programs::machine::Machine;
use crate::random_programs::tokens::TOKENS;
use proptest::prelude::*;

/// What is put into programs beside single tokens: beginnings, and numbers at which something is at its end.
const PIECES: &[&str] = &[
    "",
    "1e308",
    "-1",
    "NaN",
    "2 ** 53",
    "''",
    "await ",
    "async ",
    "return ",
    "throw ",
    "break\n",
    "continue\n",
    "while (true) ",
    "for (;;) ",
    "f1(",
    "Promise.all(",
    ".then(",
    ".length = 1e9",
    ".repeat(1e6)",
    "[1e6]",
    ".push(...",
    "new Promise(",
    "JSON.parse(",
    "setInterval(() => {}, 0)\n",
    "process.nextTick(main)\n",
    "exports.main()\n",
    "😀",
    "\0",
    "`${",
    "'",
];

/// A token, or one of those.
fn piece_of(place: usize) -> &'static str {
    TOKENS.get(place).or_else(|| PIECES.get(place - TOKENS.len())).copied().unwrap_or_default()
}

/// A program of the generator with pieces of it replaced.
fn broken(number: u64, cuts: &[(usize, usize, usize)]) -> String {
    let mut text = Generator::new(6, number).program();
    for (at, length, piece) in cuts {
        let mut start = at % (text.len() + 1);
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = (start + length).min(text.len());
        while !text.is_char_boundary(end) {
            end += 1;
        }
        text.replace_range(start..end, piece_of(*piece));
    }
    text
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn a_broken_program_is_refused_or_runs_to_an_end(
        number in 0_u64..400,
        cuts in prop::collection::vec((0_usize..4_000, 0_usize..12, 0..TOKENS.len() + PIECES.len()), 1..4),
    ) {
        let program = broken(number, &cuts);
        let machine = Machine::new();
        let outcome = machine.run(&program);
        prop_assert_eq!(machine.run(&program), outcome, "{}", program);
    }

    #[test]
    fn any_text_is_refused_or_runs(text in "\\PC{0,200}") {
        let machine = Machine::new();
        machine.run(&text);
        machine.run(&format!("exports.main = async () => {{ {text} }}"));
        machine.run(&format!("exports.main = async () => {{ console.log({text}) }}"));
    }
}

#[test]
fn what_grows_without_end_meets_a_limit() {
    let machine = Machine::new();
    for body in [
        "const a = []; for (;;) a.push(a)",
        "let s = 'x'; for (;;) s += s",
        "let s = 'x'; for (;;) s = [s, s]",
        "let o = {}; for (let i = 0; ; i++) o['k' + i] = i",
        "const f = () => f(); f()",
        "const f = async () => { await f() }; await f()",
        "const f = () => Promise.resolve().then(f); await f()",
        "const f = () => process.nextTick(f); f(); await new Promise(() => {})",
        "for (;;) Promise.resolve().then(() => {})",
        "for (;;) setTimeout(() => {}, 1000)",
        "for (;;) console.log('x'.repeat(1000))",
        "const a = Array.from({ length: 1e6 }); for (;;) a.concat(a)",
        "let d = []; for (;;) d = [d]; console.log(d)",
        "console.log(JSON.stringify(Array.from({ length: 1000 }, () => 'x'.repeat(10000))))",
        "[...Array.from({ length: 5000 }).keys?.() ?? []].sort(() => 1)",
        "let p = Promise.resolve(); for (;;) p = p.then(() => p)",
    ] {
        let began = std::time::Instant::now();
        machine.run(&format!("exports.main = async () => {{ {body} }}"));
        assert!(began.elapsed().as_secs() < 60, "{body}: {:?}", began.elapsed());
    }
}
