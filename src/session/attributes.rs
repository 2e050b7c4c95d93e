//! The attributes of `<lambda-lifecycles>`. They arrive as strings and are checked here: the machine shows a complaint about
//! each bad value, and the other attributes keep their effect.

use std::fmt;
use std::rc::Rc;

use simulation::lambda::MODULES;
use simulation::settings::KnexVersion;

/// The scenario that a terminal plays where the element has none of its own.
pub const WALK_THROUGH: &str = include_str!("../../assets/scenarios/walk-through.txt");

/// The attributes as the page wrote them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    scenario: Option<Rc<str>>,
    view: Option<Rc<str>>,
    knex: Option<Rc<str>>,
    theme: Option<Rc<str>>,
    module: Option<Rc<str>>,
}

/// The parts that the element shows: the attribute `view`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The machine alone.
    #[default]
    Machine,
    /// The terminal alone.
    WalkThrough,
    /// The terminal above the machine.
    Both,
}

/// The colours: the attribute `theme`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// The colours of the reader's system.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// A value that its attribute cannot have. Its `Display` is a sentence for the page's author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadAttribute {
    /// The attribute's name.
    pub name: &'static str,
    /// The value that the page wrote.
    pub value: Rc<str>,
    /// The values that the attribute can have, as a list in words.
    pub expected: &'static str,
}

impl fmt::Display for BadAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the attribute {}=\"{}\" is not known here; it can be {}", self.name, self.value, self.expected)
    }
}

impl Attributes {
    /// The names that the element observes. `assets/loader.js` repeats the list, because the element's class has to name its
    /// attributes before this program is loaded.
    pub const NAMES: [&'static str; 5] = ["scenario", "view", "knex", "theme", "module"];

    /// Sets one of [`Self::NAMES`]; `None` removes the attribute. Other names have no effect.
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

    /// The scenario that the element begins with.
    pub fn script(&self) -> Option<Rc<str>> {
        self.scenario.clone().or_else(|| self.shows_terminal().then(|| WALK_THROUGH.into()))
    }

    /// True if a terminal is shown. The scenario then waits at its beginning until the reader plays it.
    pub fn shows_terminal(&self) -> bool {
        !matches!(self.view(), Ok(View::Machine) | Err(_))
    }

    /// The parts to show.
    ///
    /// # Errors
    /// If `view` has another value than the ones in the message.
    pub fn view(&self) -> Result<View, BadAttribute> {
        one_of("view", self.view.as_ref(), "machine, walk-through or both", |value| match value {
            "machine" => Some(View::Machine),
            "walk-through" => Some(View::WalkThrough),
            "both" => Some(View::Both),
            _ => None,
        })
    }

    /// The version of Knex to simulate.
    ///
    /// # Errors
    /// If `knex` has another value than the ones in the message.
    pub fn knex(&self) -> Result<KnexVersion, BadAttribute> {
        one_of("knex", self.knex.as_ref(), "0.17.0 or 3.3.0", |value| match value {
            "0.17.0" => Some(KnexVersion::V0_17_0),
            "3.3.0" => Some(KnexVersion::V3_3_0),
            _ => None,
        })
    }

    /// The colours to use.
    ///
    /// # Errors
    /// If `theme` has another value than the ones in the message.
    pub fn theme(&self) -> Result<Theme, BadAttribute> {
        one_of("theme", self.theme.as_ref(), "auto, light or dark", |value| match value {
            "auto" => Some(Theme::Auto),
            "light" => Some(Theme::Light),
            "dark" => Some(Theme::Dark),
            _ => None,
        })
    }

    /// The module to run: its place in [`MODULES`].
    ///
    /// # Errors
    /// If `module` has another value than the ones in the message.
    pub fn module(&self) -> Result<usize, BadAttribute> {
        one_of("module", self.module.as_ref(), "handlers, cache, background, instead or failures", |value| {
            MODULES.iter().position(|name| *name == value)
        })
    }

    /// The bad values. The scenario is not checked here: running it reports its errors.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_attribute_is_the_default() {
        let attributes = Attributes::default();
        assert_eq!(attributes.view(), Ok(View::Machine));
        assert_eq!(attributes.knex(), Ok(KnexVersion::V3_3_0));
        assert_eq!(attributes.theme(), Ok(Theme::Auto));
        assert!(attributes.complaints().is_empty());
    }

    #[test]
    fn a_value_is_read_and_can_be_taken_away_again() {
        let mut attributes = Attributes::default();
        attributes.set("knex", Some("0.17.0"));
        attributes.set("theme", Some(" dark "));
        attributes.set("view", Some("both"));
        assert_eq!(attributes.knex(), Ok(KnexVersion::V0_17_0));
        assert_eq!(attributes.theme(), Ok(Theme::Dark));
        assert_eq!(attributes.view(), Ok(View::Both));
        attributes.set("theme", None);
        assert_eq!(attributes.theme(), Ok(Theme::Auto));
    }

    #[test]
    fn a_bad_value_says_what_could_stand_there() {
        let mut attributes = Attributes::default();
        attributes.set("knex", Some("2.0"));
        attributes.set("colour", Some("red"));
        let complaints: Vec<String> = attributes.complaints().iter().map(ToString::to_string).collect();
        assert_eq!(complaints, ["the attribute knex=\"2.0\" is not known here; it can be 0.17.0 or 3.3.0"]);
    }

    #[test]
    fn the_loader_observes_the_same_names() {
        let loader = include_str!("../../assets/loader.js");
        let list = format!("[{}]", Attributes::NAMES.map(|name| format!("\"{name}\"")).join(", "));
        assert!(
            loader.contains(&format!("static observedAttributes = {list};")),
            "expected {list} in assets/loader.js"
        );
    }
}
