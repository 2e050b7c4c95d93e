//! The parser of the handlers' language beside Oxc, a parser of all of JavaScript: what ours accepts, Oxc accepts too.

use std::path::Path;

use crate::random::cases;
use crate::random_programs::generator;
use crate::random_programs::tokens::TOKENS;
use javascript::SourceFile;
use javascript::subset::{ACCEPTED, REFUSED};
use javascript::{LIBRARY, Module};
use oxc_allocator::Allocator;
use oxc_parser::Parser;
use oxc_span::SourceType;
use proptest::prelude::*;
use serde_json::Value;
use simulation::event::FileId;
use simulation::lambda::registry;
use simulation::{knex, node};

/// Oxc's first complaint about a file of Node's module system; `None` where it accepts the file.
fn complaint(text: &str) -> Option<String> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, text, SourceType::cjs()).parse();
    parsed.diagnostics.first().map(ToString::to_string)
}

/// True where our parser accepts the text.
fn accepted_here(text: &str) -> bool {
    Module::compile(SourceFile::new(FileId(0), "a.js", text), &registry()).is_ok()
}

/// Fails where our parser accepts the text and Oxc does not. Returns true where ours accepts it.
#[track_caller]
fn check(text: &str) -> bool {
    let accepted = accepted_here(text);
    if accepted && let Some(complaint) = complaint(text) {
        panic!("accepted here, but not by Oxc ({complaint}):\n{text}");
    }
    accepted
}

#[test]
fn the_handlers_the_examples_and_the_recorded_programs_are_javascript() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/handlers");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        count += u32::from(check(&text));
    }
    assert!(count > 1, "{count}");
    for example in ACCEPTED {
        assert!(check(example.example), "{}", example.example);
    }
    for refusal in REFUSED {
        assert!(!accepted_here(refusal.example), "{}", refusal.example);
    }
    for line in include_str!("../programs/recorded.jsonl").lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        assert!(check(row["program"].as_str().unwrap()));
    }
    let layers = [&node::exports::LAYER, &knex::exports::LAYER];
    for library in layers.iter().filter_map(|layer| layer.library).chain([&LIBRARY]) {
        assert_eq!(complaint(library.source), None, "{}", library.path);
    }
    assert!(complaint("let a = ").is_some() && complaint("let a; let a").is_none());
}

#[test]
fn random_programs_are_javascript() {
    let accepted = (0..500).filter(|number| check(&generator::Generator::new(9, *number).program())).count();
    assert!(accepted > 490, "{accepted}");
}

/// A token, of the subset or not.
fn token() -> impl Strategy<Value = &'static str> {
    prop::sample::select(TOKENS.to_vec())
}

/// A piece of a program. Pieces fit together more often than single tokens do.
fn piece() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["a", "b", "f", "async", "of", "get", "let", "await", "yield", "static"]);
    prop_oneof![
        4 => token().prop_map(str::to_owned),
        1 => name.clone().prop_map(|name| format!("const {name} = 1\n")),
        1 => name.clone().prop_map(|name| format!("({name}) => {name}")),
        1 => name.clone().prop_map(|name| format!("async {name} => {name}")),
        1 => name.clone().prop_map(|name| format!("function {name}({name}) {{ {name} }}\n")),
        1 => name.clone().prop_map(|name| format!("{{ {name}, ...{name} }}")),
        1 => name.clone().prop_map(|name| format!("({{ {name} = 1 }} = {name})\n")),
        1 => name.clone().prop_map(|name| format!("for (const {name} of {name}) ")),
        1 => name.clone().prop_map(|name| format!("for (let {name} = 0; ; ) {{ break }}\n")),
        1 => name.prop_map(|name| format!("try {{ {name} }} catch ({name}) {{ }}\n")),
    ]
}

/// Texts with a meaning between quotes, and characters of one to four bytes.
const INSIDE: &[&str] = &[
    "\\", "\\x", "\\u", "\\u{", "}", "${", "0", "9", "a", "F", "D83D", "DE00", "É", "ß", "\u{2028}", "😀", "\r", "\n",
    "\t", "\0", "'", "\"", "`", " ",
];

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn random_tokens_that_are_accepted_are_javascript(pieces in prop::collection::vec(piece(), 1..14), gap in "[ \n]?") {
        check(&pieces.join(&gap));
        check(&pieces.join(" "));
    }

    /// The lexer reads text between quotes a character at a time, by rules of its own.
    #[test]
    fn strings_that_are_accepted_are_javascript(pieces in prop::collection::vec(prop::sample::select(INSIDE), 0..8)) {
        let inside = pieces.concat();
        check(&format!("const s = '{inside}'"));
        check(&format!("const s = \"{inside}\""));
        check(&format!("const s = `{inside}`"));
        check(&format!("const s = {{ '{inside}': 1 }}"));
    }

    /// A program in which a few pieces are replaced is nearly a program.
    #[test]
    fn broken_programs_that_are_accepted_are_javascript(number in 0_u64..200, cuts in prop::collection::vec((0_usize..4_000, 0_usize..30, token()), 1..4)) {
        let mut text = generator::Generator::new(4, number).program();
        for (at, length, token) in cuts {
            let mut start = at % (text.len() + 1);
            while !text.is_char_boundary(start) { start -= 1 }
            let mut end = (start + length).min(text.len());
            while !text.is_char_boundary(end) { end -= 1 }
            text.replace_range(start..end.max(start), token);
            check(&text);
        }
    }
}
