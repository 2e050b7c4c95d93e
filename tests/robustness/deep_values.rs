//! Values that contain themselves or are nested very deep, in every place that takes a value.
//!
//! A stack overflow aborts the whole process. So each program runs in a process of its own, and a test can name the
//! program that was aborted.

use proptest::prelude::*;
use simulation::lambda::Package;

use crate::random::cases;
use crate::random_programs::deep_values::{ENDS, NUMBERS, Pieces, USED, module, single_pieces};
use crate::running::command_line::{file, output};

/// Runs a program. Returns true where it went through all of its uses, or a description where it did not run to an end.
fn run(name: &str, program: &str) -> Result<bool, String> {
    let module = file(name, program);
    let output = output(&["--module", &module, "-e", "invoke main; wait 1s"], "");
    if output.code != Some(0) || output.objects.len() != 2 {
        return Err(format!("exit code {:?}: {}\n{program}", output.code, output.messages));
    }
    let log = output.objects[0]["log"].as_array().into_iter().flatten();
    Ok(log.into_iter().any(|line| line["text"] == USED))
}

/// Uses a value in all these ways. A use that ends the process would hide those after it, so each half is tried by itself
/// where the program does not come to its end.
fn use_value(name: &str, make: &str, uses: &[&str], wrong: &mut Vec<String>) {
    match run(name, &module(make, uses, "return 1")) {
        Ok(true) => {}
        _ if uses.len() > 1 => {
            let (first, second) = uses.split_at(uses.len() / 2);
            use_value(name, make, first, wrong);
            use_value(name, make, second, wrong);
        }
        Ok(false) => {}
        Err(description) => wrong.push(description),
    }
}

#[test]
fn every_piece_of_the_programs_is_in_the_language() {
    let refused: Vec<_> = single_pieces().filter_map(|program| Package::from_source("m.js", &program).err()).collect();
    let messages: Vec<_> = refused.iter().map(ToString::to_string).collect();
    assert!(refused.is_empty(), "{}", messages.join("\n"));
}

/// Fails unless each value can be used in all these ways, and each handler with it can end so.
fn use_values(name: &str, values: impl Iterator<Item = String>, uses: &[&str], ends: &[&str]) {
    let mut wrong = Vec::new();
    for make in values {
        use_value(name, &make, uses, &mut wrong);
        for end in ends {
            wrong.extend(run(name, &module(&make, &[], end)).err());
        }
    }
    assert!(wrong.is_empty(), "{} programs fail:\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn every_use_of_a_cyclic_value_comes_to_an_end() {
    let pieces = Pieces::of_the_language();
    use_values("cyclic.js", pieces.cyclic_values(), &pieces.uses, ENDS);
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn random_uses_of_a_random_value_come_to_an_end(numbers in prop::collection::vec(any::<u8>(), 0..NUMBERS)) {
        let outcome = run("random-uses.js", &Pieces::of_the_language().program(&numbers));
        prop_assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
    }
}

#[test]
fn every_use_of_a_cyclic_or_deep_value_by_knex_comes_to_an_end() {
    let pieces = Pieces::all();
    use_values("knex-cyclic.js", pieces.cyclic_values(), &pieces.uses, ENDS);
    use_values("knex-deep.js", pieces.deep_values(), &pieces.uses, &ENDS[1..6]);
}

/// Each level doubles the number of paths to the innermost value. No text has room for all of them, so writing one is an error.
#[test]
fn a_binding_whose_text_would_be_too_long_is_an_error() {
    let wrap = "let v = 1\nfor (let i = 0; i < 40; i++) v = [v, v]\n";
    let mut wrong = Vec::new();
    for used in ["knex.raw('select ?', [v])", "knex.raw('select ?', [v]).toString()"] {
        wrong.extend(run("shared.js", &module(wrap, &[used], "return 1")).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
