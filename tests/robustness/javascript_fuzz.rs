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

/// Queries that a value can be bound to.
const BOUND: &[&str] = &[
    "knex.raw('select ?', [v])",
    "knex.raw('select ?', v)",
    "knex.raw('select ??', [v])",
    "knex.raw('select ??', v)",
    "knex.raw('select :v, :v:', { v })",
    "knex.raw('select :k0, :k1:', v)",
    "knex.raw('? ??', [knex.raw('?', [v]), knex.raw('??', [v])])",
    "knex.select(v)",
    "knex.select(v).toString()",
    "knex.raw('select ?, \\\\?', [v]).toString()",
];

/// A program that binds a value to a query. The value is one of up to eight arrays, objects, errors and queries that hold
/// one another: they contain themselves, share parts, and nest `depth` levels deep.
fn binding(kinds: &[usize], edges: &[(usize, usize)], depth: usize, query: usize) -> String {
    let mut text = "const knex = require('knex')(require('./knexfile'))\nexports.main = async () => {\n".to_owned();
    for (number, kind) in kinds.iter().enumerate() {
        let value = ["[]", "{}", "new Error('e')", "[undefined, null, 1, 'x']", "knex.raw('?', [1])"][kind % 5];
        text += &format!("const v{number} = {value}\n");
    }
    for (place, (from, to)) in edges.iter().enumerate() {
        let (from, to) = (from % kinds.len(), to % kinds.len());
        text += &match kinds[from] % 5 {
            0 | 3 => format!("v{from}.push(v{to})\n"),
            1 | 2 => format!("v{from}.k{} = v{to}\n", place % 3),
            _ => String::new(),
        };
    }
    text += &format!("let v = v0; for (let i = 0; i < {depth}; i++) v = i % 2 ? [v] : {{ v }}\n");
    text + &format!("return await {}\n}}", BOUND[query])
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn any_value_can_be_bound_to_a_query(
        kinds in prop::collection::vec(0_usize..5, 1..8),
        edges in prop::collection::vec((0_usize..8, 0_usize..8), 0..16),
        depth in prop_oneof![4 => Just(0_usize), 1 => 1_usize..300, 1 => Just(100_000_usize)],
        query in 0..BOUND.len(),
    ) {
        let program = binding(&kinds, &edges, depth, query);
        let machine = Machine::new();
        let outcome = machine.run(&program);
        prop_assert_eq!(machine.run(&program), outcome, "{}", program);
    }

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
