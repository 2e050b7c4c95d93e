//! The attributes of `<lambda-lifecycles>`: strings on their way in, checked here. One that is not right is told in the
//! machine; the others keep their effect.

use std::fmt;
use std::rc::Rc;

use super::terminal::WALK_THROUGH;
use crate::lambda::MODULES;
use crate::settings::KnexVersion;

/// The attributes as the page wrote them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// A scenario that the machine begins with, in the scenario language; parsed by whoever runs it.
    pub scenario: Option<Rc<str>>,
    view: Option<Rc<str>>,
    knex: Option<Rc<str>>,
    theme: Option<Rc<str>>,
    module: Option<Rc<str>>,
}

/// Which part of the machine is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The machine alone.
    #[default]
    Machine,
    /// The terminal that plays the walk-through, alone.
    WalkThrough,
    /// Both.
    Both,
}

/// The colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the reader's system has it.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// An attribute whose value is none of those it can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadAttribute {
    /// Its name.
    pub name: &'static str,
    /// What the page wrote.
    pub value: Rc<str>,
    /// What can stand there.
    pub expected: &'static str,
}

impl fmt::Display for BadAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the attribute {}=\"{}\" is not known here; it can be {}", self.name, self.value, self.expected)
    }
}

impl Attributes {
    /// The names that the element observes. `assets/loader.js` has the same list: a class has to name them before the
    /// machine is there.
    pub const NAMES: [&'static str; 5] = ["scenario", "view", "knex", "theme", "module"];

    /// Takes the value of one of [`Self::NAMES`]; `None` is an attribute that is absent.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        let slot = match name {
            "scenario" => &mut self.scenario,
            "view" => &mut self.view,
            "knex" => &mut self.knex,
            "theme" => &mut self.theme,
            "module" => &mut self.module,
            _ => return,
        };
        *slot = value.map(Rc::from);
    }

    /// What is run at first.
    pub fn script(&self) -> Option<Rc<str>> {
        self.scenario.clone().or_else(|| self.plays().then(|| WALK_THROUGH.into()))
    }

    /// Whether it is played in a terminal, and so waits at its beginning.
    pub fn plays(&self) -> bool {
        !matches!(self.view(), Ok(View::Machine) | Err(_))
    }

    /// `view`.
    ///
    /// # Errors
    /// When it is none of the values listed in the message.
    pub fn view(&self) -> Result<View, BadAttribute> {
        one_of("view", self.view.as_ref(), "machine, walk-through or both", |value| match value {
            "machine" => Some(View::Machine),
            "walk-through" => Some(View::WalkThrough),
            "both" => Some(View::Both),
            _ => None,
        })
    }

    /// `knex`.
    ///
    /// # Errors
    /// When it is none of the values listed in the message.
    pub fn knex(&self) -> Result<KnexVersion, BadAttribute> {
        one_of("knex", self.knex.as_ref(), "0.17.0 or 3.3.0", |value| match value {
            "0.17.0" => Some(KnexVersion::V0_17_0),
            "3.3.0" => Some(KnexVersion::V3_3_0),
            _ => None,
        })
    }

    /// `theme`.
    ///
    /// # Errors
    /// When it is none of the values listed in the message.
    pub fn theme(&self) -> Result<Theme, BadAttribute> {
        one_of("theme", self.theme.as_ref(), "auto, light or dark", |value| match value {
            "auto" => Some(Theme::Auto),
            "light" => Some(Theme::Light),
            "dark" => Some(Theme::Dark),
            _ => None,
        })
    }

    /// `module`: the place of the one that the machine runs.
    ///
    /// # Errors
    /// When it is none of the values listed in the message.
    pub fn module(&self) -> Result<usize, BadAttribute> {
        one_of("module", self.module.as_ref(), "handlers, cache, background or instead", |value| {
            MODULES.iter().position(|name| *name == value)
        })
    }

    /// What is wrong with them, each as one sentence. The scenario is not looked at.
    pub fn complaints(&self) -> Vec<BadAttribute> {
        [self.view().err(), self.knex().err(), self.theme().err(), self.module().err()].into_iter().flatten().collect()
    }
}

fn one_of<T: Default>(
    name: &'static str,
    value: Option<&Rc<str>>,
    expected: &'static str,
    read: fn(&str) -> Option<T>,
) -> Result<T, BadAttribute> {
    match value {
        None => Ok(T::default()),
        Some(value) => read(value.trim()).ok_or_else(|| BadAttribute { name, value: value.clone(), expected }),
    }
}
