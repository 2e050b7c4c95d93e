//! What every part of the machine is drawn from.

use std::cell::Ref;
use std::rc::Rc;

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::desk::{Act, Desk};
use super::tag::{Tag, tag};
use crate::event::EnvironmentId;
use crate::event::Phase;
use crate::history::{InvocationRecord, Player};
use crate::lambda::view::EnvironmentView;
use crate::settings::Deployment;
use crate::world::WorldView;

/// The moment that is shown. Two scenes of one revision are the same.
#[derive(Properties, Clone)]
pub struct Scene {
    /// Where the run is kept, and where clicks go.
    pub desk: Rc<Desk>,
    /// The world at that moment.
    pub view: Rc<WorldView>,
    /// Grows with every change.
    pub revision: u32,
}

impl PartialEq for Scene {
    fn eq(&self, other: &Self) -> bool {
        self.revision == other.revision && Rc::ptr_eq(&self.desk, &other.desk)
    }
}

/// A function of the package, with the handlers that run in its environments.
#[derive(Clone, PartialEq)]
pub struct Function {
    /// Its handlers, each with its place among the exports (which decides its colour and mark).
    pub handlers: Vec<(usize, Rc<str>)>,
    /// Whether its environments are told apart by its name.
    alone: bool,
}

impl Function {
    /// Whether an environment is one of this function's.
    pub fn owns(&self, environment: &EnvironmentView) -> bool {
        !self.alone || self.handlers.iter().any(|(_, name)| *name == environment.function)
    }
}

impl Scene {
    /// The run.
    pub fn player(&self) -> Ref<'_, Player> {
        self.desk.player()
    }

    /// What asks for this.
    pub fn on(&self, act: Act) -> Callback<MouseEvent> {
        let desk = self.desk.clone();
        Callback::from(move |_| desk.act(act.clone()))
    }

    /// A button; one that cannot act now keeps its place and says why when it is pressed.
    #[inline(never)]
    pub fn button(&self, class: &'static str, refusal: Option<&'static str>, act: Act) -> Tag {
        let button = tag("button", class).is("type", "button");
        match refusal {
            None => button.click(self.on(act)),
            Some(why) => button.click(self.on(Act::Tell(why))).is("aria-disabled", "true").is("title", why),
        }
    }

    /// A button that runs a scenario.
    #[inline(never)]
    pub fn press(&self, class: &'static str, refusal: Option<&'static str>, scenario: String) -> Tag {
        self.button(class, refusal, Act::Press(scenario.into()))
    }

    /// A list to choose from; an act has the place of the option that was chosen.
    #[inline(never)]
    pub fn choice(&self, class: &'static str, label: &'static str, act: fn(usize) -> Act) -> Tag {
        let desk = self.desk.clone();
        let choose = Callback::from(move |event: Event| {
            let select: HtmlSelectElement = event.target_unchecked_into();
            desk.act(act(select.selected_index() as usize));
        });
        let list = tag("select", class).is("aria-label", label);
        list.hear(Rc::new(yew::html::onchange::Wrapper::new(choose)))
    }

    /// The functions, in the order of the exports.
    pub fn functions(&self) -> Vec<Function> {
        let handlers: Vec<_> = self.desk.exports().iter().cloned().enumerate().collect();
        match self.player().world().settings().lambda.deploy {
            Deployment::Shared => vec![Function { handlers, alone: false }],
            Deployment::Separate => {
                handlers.into_iter().map(|handler| Function { handlers: vec![handler], alone: true }).collect()
            }
        }
    }

    /// The environments that have not been shut down.
    pub fn living(&self) -> impl DoubleEndedIterator<Item = &EnvironmentView> {
        self.view.environments.iter().filter(|environment| environment.phase != Phase::Shutdown)
    }

    /// An environment by its number.
    pub fn environment(&self, id: EnvironmentId) -> Option<&EnvironmentView> {
        self.view.environments.iter().find(|environment| environment.id == id)
    }

    /// The environment that was invoked last, if it is there still; else the newest.
    pub fn latest(&self) -> Option<&EnvironmentView> {
        let latest = self.player().world().latest_environment();
        self.living().find(|environment| Some(environment.id) == latest).or_else(|| self.living().next_back())
    }

    /// The invocation whose lines and outcome are shown: the one that was chosen, else the latest.
    pub fn focus(&self) -> Option<Rc<InvocationRecord>> {
        let player = self.player();
        let ledger = player.invocations();
        let chosen = self.desk.shown().chosen.and_then(|id| ledger.invocation(id));
        chosen.or(ledger.records.last()).cloned()
    }
}

/// The mark of a handler by its place among the exports; its colour is the class `h0`, `h1`, ….
pub fn mark(handler: usize) -> (&'static str, &'static str) {
    [("h0", "◆"), ("h1", "●"), ("h2", "▲"), ("h3", "■")][handler % 4]
}
