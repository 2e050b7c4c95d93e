//! Random programs beside Node: those that `cargo xtask verify --record` recorded print here what they printed there.

use javascript::builtins::{On, TABLE};
use javascript::subset::{ACCEPTED, REFUSED};
use serde_json::Value;

use crate::random_programs::outcome::Outcome;
use crate::random_programs::{generator, machine};

/// The recorded programs, each with its outcome in Node.
fn recorded() -> Vec<(String, Outcome)> {
    let lines = include_str!("../programs/recorded.jsonl").lines();
    let read = lines.map(|line| {
        let row: Value = serde_json::from_str(line).unwrap();
        (row["program"].as_str().unwrap().to_owned(), Outcome::from_json(&row["node"]).unwrap())
    });
    read.collect()
}

#[test]
fn every_recorded_program_does_what_it_did_in_node() {
    let machine = machine::Machine::new();
    for (program, node) in recorded() {
        assert_eq!(machine.run(&program), node, "{program}");
    }
}

#[test]
fn the_summary_describes_the_recording() {
    let summary: Value = serde_json::from_str(include_str!("../programs/summary.json")).unwrap();
    assert_eq!(summary["recorded"], recorded().len());
    assert_eq!(summary["differences"], 0);
    assert!(summary["node"].as_str().unwrap().starts_with("20."));
    assert!(summary["programs"].as_u64().unwrap() > 1_000);
}

#[test]
fn a_number_always_gives_the_same_program_and_few_are_refused() {
    let machine = machine::Machine::new();
    let mut refused = 0;
    for number in 0..300 {
        let program = generator::Generator::new(3, number).program();
        assert_eq!(program, generator::Generator::new(3, number).program());
        refused += u32::from(!machine.run(&program).is_known());
    }
    assert!(refused < 9, "{refused} of 300 programs are refused");
}

#[test]
fn the_generator_uses_every_built_in_and_no_refused_construct() {
    let all: String = (0..3_000).map(|number| generator::Generator::new(5, number).program()).collect();
    for row in TABLE {
        if matches!(row.on, On::Internal) || generator::LEFT_OUT.contains(&row.name) {
            continue;
        }
        let text = match row.on {
            On::Global => row.name.to_owned(),
            On::Static(object) => format!("{object}.{}", row.name),
            _ => format!(".{}(", row.name),
        };
        assert!(all.contains(&text), "no program has {text}");
    }
    let words = ["class ", "this", "yield", " in ", "delete ", "void ", "var ", "import ", "export "];
    assert!(ACCEPTED.len() > 30 && REFUSED.iter().all(|refusal| !refusal.name.is_empty()));
    assert!(words.iter().all(|word| !all.contains(word)));
}
