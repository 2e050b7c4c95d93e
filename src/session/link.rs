//! Share links: the run as a scenario, and the moment that is shown ([`simulation::scenario::link`]). Opening one runs all of it
//! unseen and shows that moment, from which it can be played on or from its beginning.

use std::fmt;
use std::rc::Rc;

use super::Session;
use super::run::begin;
use simulation::lambda::{MODULES, settings_of};
use simulation::scenario::link::{Link, LinkError, decode};
use simulation::scenario::{ParseError, parse, print};
use simulation::settings::Settings;

const OPENED: &str = "Opened from a link. Play goes on from here; it can be played from the beginning.";
const TOO_LONG: &str = "The link's run is too long to be run at once. Play goes on with it.";

/// The reason why a link cannot be opened.
enum OpenError {
    /// The link itself cannot be read.
    Link(LinkError),
    /// The link names a module that this version of the program does not have.
    Module(String),
    /// The link's scenario cannot be read.
    Scenario(ParseError),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(error) => error.fmt(f),
            Self::Module(name) => {
                let known = MODULES.join(", ");
                write!(f, "the link cannot be read: found the module `{name}`, expected one of {known}")
            }
            Self::Scenario(error) => error.fmt(f),
        }
    }
}

impl Session {
    /// The fragment of an address that leads to what is shown.
    pub(super) fn link(&self) -> String {
        let text = print(&self.player.script(&settings_of(&Settings::page(), self.module)));
        let module = (self.module > 0).then(|| MODULES[self.module].to_owned());
        Link { moment: self.player.moment(), module, scenario: text.trim_end().replace('\n', ";") }.to_string()
    }

    /// Shows what a link leads to. A link that cannot be read leaves an error beside a machine at its beginning.
    pub(super) fn open(&mut self, fragment: &str) {
        match self.opened(fragment) {
            Ok(()) => {
                self.changed();
                self.state.announcement = OPENED.into();
            }
            Err(error) => {
                self.start_over_with_own_module();
                self.fail(&error.to_string());
                self.changed();
            }
        }
    }

    fn opened(&mut self, fragment: &str) -> Result<(), OpenError> {
        let link = decode(fragment).map_err(OpenError::Link)?;
        let module = match link.module {
            None => 0,
            Some(name) => {
                MODULES.iter().position(|known| **known == *name).ok_or_else(|| OpenError::Module(name.clone()))?
            }
        };
        let package = self.packages.get(module);
        let scenario = parse(&link.scenario, package.exports()).map_err(OpenError::Scenario)?;
        let mut player = begin(&scenario.settings(settings_of(&Settings::page(), module)), package);
        player.run(Rc::new(scenario));
        let whole = player.run_out();
        let refusal = player.take_refusal();
        player.show(link.moment);
        self.module = module;
        self.replace_run(player);
        if let Some(refusal) = refusal {
            self.fail(&refusal.to_string());
        } else if !whole {
            self.fail(TOO_LONG);
        }
        Ok(())
    }
}
