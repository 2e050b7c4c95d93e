//! Runs a program that exports `main` by a scenario, from its text to its reports.

use std::rc::Rc;

use simulation::lambda::Package;
use simulation::scenario::{self, StatementReport};
use simulation::settings::{Deployment, Settings};
use simulation::world::World;

/// Tells `each` what came of the statements, one after the other.
pub fn run(source: &str, scenario: &str, each: &mut dyn FnMut(StatementReport)) {
    let package = Package::from_source("program.js", source).unwrap_or_else(|diagnostic| panic!("{diagnostic}"));
    let scenario = Rc::new(scenario::parse(scenario, Some(&["main".into()])).unwrap());
    let mut settings = Settings::default();
    settings.lambda.deploy = Deployment::Shared;
    let mut world = World::new(scenario.settings(settings), package);
    scenario::run(&mut world, &scenario, each);
}
