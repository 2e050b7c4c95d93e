//! How the tests set up a world and drive it by a scenario: the only place that knows how a run is driven.
#![allow(dead_code, reason = "each test binary uses a part")]

pub mod command_line;

use std::rc::Rc;

use postgres::Database;
use serde_json::Value;
use simulation::event::{Event, InvocationId};
use simulation::history::Player;
use simulation::lambda::{MODULES, Package, settings_of};
use simulation::scenario::{self, Scenario, StatementReport};
use simulation::settings::{Deployment, Settings};
use simulation::world::{Action, Call, Goal, World};

/// The package of one module with this text. Panics with the position and the reason where the module does not parse.
pub fn package(source: &str) -> Rc<Package> {
    Package::from_source("program.js", source).unwrap_or_else(|diagnostic| panic!("{diagnostic}"))
}

/// The scenario of a text, read with the exports of the package. Panics with the positioned message where it does not
/// parse.
pub fn parse(text: &str, package: &Package) -> Rc<Scenario> {
    let scenario = scenario::parse(text, package.exports());
    Rc::new(scenario.unwrap_or_else(|error| panic!("{text}\n{error}")))
}

/// The place of a built-in module in [`MODULES`], by its name without `.js`.
pub fn place_of(module: &str) -> usize {
    MODULES.iter().position(|name| *name == module).unwrap_or_else(|| panic!("no built-in module is called {module}"))
}

/// The built-in module that has the handlers of a scenario, in the order in which the page looks for them, and the
/// settings that the page gives it.
pub fn on_the_page(text: &str) -> (Rc<Package>, Settings) {
    let has_handlers = |place: &usize| scenario::parse(text, Package::built_in(*place).exports()).is_ok();
    let place = (0..MODULES.len()).find(has_handlers);
    let place = place.unwrap_or_else(|| panic!("no built-in module has the handlers of {text}"));
    (Package::built_in(place), settings_of(&Settings::page(), place))
}

/// The settings of the command line with `--module`: all handlers share their environments.
pub fn settings_with_module() -> Settings {
    let mut settings = Settings::default();
    settings.lambda.deploy = Deployment::Shared;
    settings
}

/// A scenario on its way in a world.
pub struct Driver {
    pub world: World,
    scenario: Rc<Scenario>,
    next: usize,
}

impl Driver {
    /// The beginning of the scenario, whose `set` statements apply on top of `settings`.
    pub fn new(text: &str, package: Rc<Package>, settings: Settings) -> Self {
        let scenario = parse(text, &package);
        Self { world: World::new(scenario.settings(settings), package), scenario, next: 0 }
    }

    /// Runs the next statement to its end and returns its events; `None` after the last statement. Panics where the
    /// statement is refused.
    pub fn next(&mut self) -> Option<Vec<Event>> {
        let statement = self.scenario.statements.get(self.next)?;
        self.next += 1;
        let begun = statement.begin(&mut self.world);
        if let Err(refusal) = &begun.applied {
            panic!("statement {} is refused: {refusal}", self.next);
        }
        while self.world.step(begun.goal) {}
        Some(self.world.take_events())
    }

    /// The events of all statements that are left.
    pub fn rest(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(new) = self.next() {
            events.extend(new);
        }
        events
    }
}

/// Runs a scenario to its end. Returns the world then, and calls `each` with the report of each statement.
pub fn run_in(package: Rc<Package>, settings: Settings, text: &str, each: &mut dyn FnMut(StatementReport)) -> World {
    let scenario = parse(text, &package);
    let mut world = World::new(scenario.settings(settings), package);
    scenario::run(&mut world, &scenario, each);
    world
}

/// Like [`run_in`], with a module of this text and the settings of the command line.
pub fn run(source: &str, text: &str, each: &mut dyn FnMut(StatementReport)) {
    run_in(package(source), settings_with_module(), text, each);
}

/// The reports of all statements of a scenario, run like [`run`].
pub fn reports(source: &str, text: &str) -> Vec<StatementReport> {
    let mut reports = Vec::new();
    run(source, text, &mut |report| reports.push(report));
    reports
}

/// The reports of all statements as the command line prints them. Panics where a statement is refused.
pub fn printed_reports(package: Rc<Package>, settings: Settings, text: &str) -> Vec<Value> {
    let mut reports = Vec::new();
    run_in(package, settings, text, &mut |report| {
        let report: Value = serde_json::from_str(&report.to_json()).expect("a report is JSON");
        assert_ne!(report["status"], "refused", "{report}");
        reports.push(report);
    });
    reports
}

/// Asks for an invocation without an event of its own, in the environment that Lambda chooses.
pub fn invoke(handler: &str) -> Action {
    Action::Invoke(Call::new(handler))
}

/// Lets time pass until the invocation has ended.
pub fn finish<D: Database>(world: &mut World<D>, invocation: InvocationId) {
    while world.step(Goal::Ended(invocation)) {}
}

/// A player of the page, before its first statement.
pub fn player(package: Rc<Package>, settings: Settings) -> Player {
    Player::new(World::new(settings, package))
}

/// A player that has played a scenario to its end. Panics where a statement is refused.
pub fn played(text: &str, package: Rc<Package>, settings: Settings) -> Player {
    let scenario = parse(text, &package);
    let mut player = player(package, scenario.settings(settings));
    player.run(scenario);
    while player.step_forward() {}
    if let Some(refusal) = player.take_refusal() {
        panic!("{text}\nis refused: {refusal}");
    }
    player
}
