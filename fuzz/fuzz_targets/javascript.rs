//! Any text as a module: it is refused, or it runs within its limits.
#![no_main]

use std::rc::Rc;

use simulation::lambda::Package;
use simulation::scenario;
use simulation::settings::Settings;
use simulation::world::World;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(package) = Package::from_source("handler.js", text) else { return };
    let Some(name) = package.exports().and_then(|names| names.first()).cloned() else { return };
    let Ok(scenario) = scenario::parse(&format!("invoke {name}; wait 1s"), package.exports()) else { return };
    let mut world = World::new(scenario.settings(Settings::default()), package);
    scenario::run(&mut world, &Rc::new(scenario), &mut |report| drop(report.to_json()));
});
