//! What the machine runs: a scenario that was asked for, in the module that has its handlers; a walk-through; its own
//! beginning.

use std::rc::Rc;

use super::attributes::Attributes;
use super::desk::Desk;
use crate::history::Player;
use crate::lambda::{MODULES, Package, settings_of};
use crate::scenario::{self, ParseError, Scenario};
use crate::settings::Settings;
use crate::world::World;

impl Desk {
    /// Reads a scenario. One whose handlers are those of another module starts over with that.
    fn read(&self, text: &str) -> Result<(Rc<Scenario>, bool), ParseError> {
        let error = match scenario::parse(text, Some(self.exports())) {
            Ok(scenario) => return Ok((Rc::new(scenario), false)),
            Err(error) => error,
        };
        let now = self.module.get();
        for place in (0..MODULES.len()).filter(|place| *place != now) {
            self.module.set(place);
            if let Ok(scenario) = scenario::parse(text, Some(self.exports())) {
                return Ok((Rc::new(scenario), true));
            }
        }
        self.module.set(now);
        Err(error)
    }

    /// Reads a scenario and sets it going.
    pub(super) fn run(&self, text: &str, at_once: bool) {
        let (scenario, elsewhere) = match self.read(text) {
            Ok(read) => read,
            Err(error) => return self.fail(&error.to_string()),
        };
        {
            let mut shown = self.shown.borrow_mut();
            shown.error = None;
            shown.chosen = None;
            let handler = scenario.statements.iter().find_map(|statement| statement.kind.call());
            if let Some(lane) = handler.and_then(|call| self.exports().iter().position(|name| *name == call.handler)) {
                shown.lane = lane;
            }
        }
        if elsewhere || scenario.assignments().next().is_some() {
            self.renew(begin(&scenario.settings(self.base()), self.package()));
        }
        self.recording.forget();
        let mut player = self.player.borrow_mut();
        if at_once && player.at_end() && player.busy() { player.interrupt(&scenario) } else { player.run(scenario) }
    }

    /// The settings before anything is set.
    fn base(&self) -> Settings {
        settings_of(&self.base.borrow(), self.module.get())
    }

    /// Begins with a run that has been made elsewhere, in this module.
    pub(super) fn begin_with(&self, module: usize, player: Player) {
        self.module.set(module);
        self.renew(player);
    }

    /// Runs a scenario to its end at once, so that all of it can be gone through, and goes to its beginning.
    pub(super) fn walk(&self, text: &str) {
        let scenario = match self.read(text) {
            Ok((scenario, _)) => scenario,
            Err(error) => return self.fail(&error.to_string()),
        };
        let mut player = begin(&scenario.settings(self.base()), self.package());
        player.run(scenario);
        player.run_out();
        player.seek(0);
        self.renew(player);
    }

    /// As the element began: its own module, and nothing that has happened.
    pub(super) fn own_state(&self) {
        self.module.set(self.own_module.get());
        self.start_over();
    }

    pub(super) fn start_over(&self) {
        self.renew(begin(&self.base(), self.package()));
    }
}

/// The page's settings with what the element asks for.
pub(super) fn settings(attributes: &Attributes) -> Settings {
    Settings { knex: attributes.knex().unwrap_or_default(), ..Settings::page() }
}

pub(super) fn begin(settings: &Settings, package: &Rc<Package>) -> Player {
    Player::new(World::new(settings.clone(), package.clone()))
}
