//! Running scenarios: in the module that has their handlers, after what is under way or instead of it.

use std::rc::Rc;

use super::Session;
use super::attributes::Attributes;
use simulation::history::Player;
use simulation::lambda::{MODULES, Package, settings_of};
use simulation::scenario::{self, ParseError, Scenario};
use simulation::settings::{KnexVersion, Settings};
use simulation::world::World;

/// The attributes that decide what runs. A change of any other attribute leaves the run alone.
#[derive(PartialEq)]
pub(super) struct RunInputs {
    script: Option<Rc<str>>,
    knex: KnexVersion,
    module: usize,
}

impl RunInputs {
    fn of(attributes: &Attributes) -> Self {
        Self {
            script: attributes.script(),
            knex: attributes.knex().unwrap_or_default(),
            module: attributes.module().unwrap_or_default(),
        }
    }
}

/// A scenario, and the module that has its handlers.
struct Parsed {
    scenario: Rc<Scenario>,
    module: usize,
}

impl Session {
    /// Starts over with these attributes, unless they ask for what runs already.
    pub(super) fn configure(&mut self, attributes: &Attributes) {
        let inputs = RunInputs::of(attributes);
        if self.inputs.as_ref() == Some(&inputs) {
            return;
        }
        let script = inputs.script.clone();
        if self.inputs.replace(inputs).is_some() {
            self.base = base_settings(attributes);
            self.own_module = attributes.module().unwrap_or_default();
            self.start_over_with_own_module();
            self.changed();
        }
        let Some(script) = script else { return };
        if attributes.shows_terminal() {
            self.wait_at_start(&script);
        } else {
            self.run(&script, false);
        }
        self.changed();
    }

    /// Runs a scenario: after everything that is under way, or `at_once` at the shown moment.
    pub(super) fn run(&mut self, text: &str, at_once: bool) {
        let Parsed { scenario, module } = match self.parse(text) {
            Ok(parsed) => parsed,
            Err(error) => return self.fail(&error.to_string()),
        };
        let other_module = module != self.module;
        self.module = module;
        (self.state.error, self.state.chosen) = (None, None);
        let handler = scenario.statements.iter().find_map(|statement| statement.kind.call());
        if let Some(lane) = handler.and_then(|call| self.exports().iter().position(|name| *name == call.handler)) {
            self.state.lane = lane;
        }
        if other_module || scenario.assignments().next().is_some() {
            self.replace_run(self.player_for(&scenario));
        }
        self.forget_transcript();
        if at_once && self.player.at_end() && self.player.busy() {
            self.player.interrupt(&scenario);
        } else {
            self.player.run(scenario);
        }
    }

    /// Starts over, runs a scenario to its end unseen, and shows its beginning: all of it can be gone through then.
    pub(super) fn wait_at_start(&mut self, text: &str) {
        let Parsed { scenario, module } = match self.parse(text) {
            Ok(parsed) => parsed,
            Err(error) => return self.fail(&error.to_string()),
        };
        self.module = module;
        let mut player = self.player_for(&scenario);
        player.run(scenario);
        player.run_out();
        player.seek(0);
        self.replace_run(player);
    }

    pub(super) fn start_over_with_own_module(&mut self) {
        self.module = self.own_module;
        self.start_over();
    }

    pub(super) fn start_over(&mut self) {
        self.replace_run(begin(&self.settings(), self.packages.get(self.module)));
    }

    /// Reads a scenario for the module that runs, else for the first module that has its handlers.
    ///
    /// # Errors
    /// The error for the module that runs, where no module can run it.
    fn parse(&self, text: &str) -> Result<Parsed, ParseError> {
        let parse = |module: usize| {
            let scenario = scenario::parse(text, Some(self.packages.exports(module)))?;
            Ok(Parsed { scenario: Rc::new(scenario), module })
        };
        parse(self.module).or_else(|error| {
            let others = (0..MODULES.len()).filter(|module| *module != self.module);
            others.map(parse).find_map(Result::ok).ok_or(error)
        })
    }

    /// A player for a scenario of the module that runs, with the settings that the scenario asks for.
    fn player_for(&self, scenario: &Scenario) -> Player {
        begin(&scenario.settings(self.settings()), self.packages.get(self.module))
    }

    /// The settings of the module that runs, before a scenario sets any.
    fn settings(&self) -> Settings {
        settings_of(&self.base, self.module)
    }
}

/// The settings that an element's attributes ask for.
pub(super) fn base_settings(attributes: &Attributes) -> Settings {
    Settings { knex: attributes.knex().unwrap_or_default(), ..Settings::page() }
}

/// A player at the beginning of a run.
pub(super) fn begin(settings: &Settings, package: &Rc<Package>) -> Player {
    Player::new(World::new(settings.clone(), package.clone()))
}
