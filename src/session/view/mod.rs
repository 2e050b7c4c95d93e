//! The data that each component of the machine draws, as it is at the shown moment.
//!
//! Every view derives `PartialEq` over the data itself. A component is drawn again when its view has changed, and there is
//! nothing else, such as a length or a revision, that could say "unchanged" of two different runs.

pub mod cabinet;
pub mod controls;
pub mod faults;
pub mod lanes;
pub mod listing;
pub mod log;
mod outcomes;
pub mod source;
pub mod terminal;
pub mod time_bar;
pub mod wires;

use std::rc::Rc;

use super::Session;
use simulation::event::Phase;
use simulation::history::InvocationRecord;
use simulation::lambda::view::EnvironmentView;

/// The reason why a button cannot act now; `None` while it can.
pub type Refusal = Option<&'static str>;

impl Session {
    /// The environments that have not been shut down, the oldest first.
    fn living(&self) -> impl DoubleEndedIterator<Item = &Rc<EnvironmentView>> {
        self.world.environments.iter().filter(|environment| environment.phase != Phase::Shutdown)
    }

    /// The environment that was invoked last; the newest one where that is gone.
    fn latest_environment(&self) -> Option<&Rc<EnvironmentView>> {
        let latest = self.player.world().latest_environment();
        self.living().find(|environment| Some(environment.id) == latest).or_else(|| self.living().next_back())
    }

    /// The invocation whose lines and outcome are shown: the chosen one, else the latest.
    fn invocation_in_focus(&self) -> Option<&Rc<InvocationRecord>> {
        let invocations = self.player.invocations();
        self.state.chosen.and_then(|id| invocations.invocation(id)).or(invocations.records.last())
    }
}
