//! Programs with values that contain themselves or are nested very deep: each runs within its limits.
#![no_main]

#[path = "../../tests/programs/deep_values.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod deep_values;

use std::rc::Rc;

use simulation::lambda::Package;
use simulation::scenario;
use simulation::settings::Settings;
use simulation::world::World;

libfuzzer_sys::fuzz_target!(|numbers: &[u8]| {
    let program = deep_values::Pieces::all().program(numbers);
    let package = Package::from_source("handler.js", &program).expect("the generator writes programs of the language");
    let scenario = scenario::parse("invoke main; invoke main; wait 1s", package.exports()).expect("the scenario parses");
    let mut world = World::new(scenario.settings(Settings::default()), package);
    scenario::run(&mut world, &Rc::new(scenario), &mut |report| drop(report.to_json()));
});
