//! Runs a program that exports `main` by a scenario, from its text to its reports.

use std::rc::Rc;

use lambda_lifecycles::lambda::Package;
use lambda_lifecycles::scenario::{self, StatementReport};
use lambda_lifecycles::settings::{Deployment, Settings};
use lambda_lifecycles::world::World;

/// Tells `each` what came of the statements, one after the other.
pub fn run(source: &str, scenario: &str, each: &mut dyn FnMut(StatementReport)) {
    let package = Package::from_source("program.js", source).unwrap_or_else(|diagnostic| panic!("{diagnostic}"));
    let scenario = Rc::new(scenario::parse(scenario, Some(&["main".into()])).unwrap());
    let mut settings = Settings::default();
    settings.lambda.deploy = Deployment::Shared;
    let mut world = World::new(scenario.settings(settings), package);
    scenario::run(&mut world, &scenario, each);
}
