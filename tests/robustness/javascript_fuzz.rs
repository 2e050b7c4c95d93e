//! The handlers' language under programs that are nearly right, and under any text: it refuses or runs them, it does not
//! panic, it ends, and it does the same each time.

use proptest::prelude::*;

use crate::random::cases;
use crate::random_programs::generator::Generator;
use crate::random_programs::machine::Machine;
use crate::random_programs::tokens::TOKENS;

/// Pieces that are put into programs beside single tokens: beginnings of statements, and values at a limit.
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

/// The token or the piece of this place.
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
