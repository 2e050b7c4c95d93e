//! The layers that a host has registered, and the questions that the parser and the machine ask of them.

use super::registry::{Advice, HostModule, Layer, Library, Member, Namespace};
use super::subset;
use base::sort::sort_by;

/// The layers of a host, in the order in which they were registered.
#[derive(Debug, Default)]
pub(crate) struct Layers(Vec<&'static Layer>);

impl Layers {
    /// Debug builds panic if two layers declare the same global or module.
    pub(crate) fn new(layers: &[&'static Layer]) -> Self {
        let layers = Self(layers.to_vec());
        debug_assert!(layers.are_disjoint(), "two layers declare the same name");
        layers
    }

    fn are_disjoint(&self) -> bool {
        let are_unique = |mut names: Vec<&str>| {
            let count = names.len();
            sort_by(&mut names, Ord::cmp);
            names.dedup();
            names.len() == count
        };
        are_unique(self.globals().map(Member::name).collect())
            && are_unique(self.modules().map(|module| module.name).collect())
    }

    fn globals(&self) -> impl Iterator<Item = &'static Member> {
        self.0.iter().flat_map(|layer| layer.globals)
    }

    fn modules(&self) -> impl Iterator<Item = &'static HostModule> {
        self.0.iter().flat_map(|layer| layer.modules)
    }

    /// The libraries of the layers.
    pub(crate) fn libraries(&self) -> impl Iterator<Item = &'static Library> {
        self.0.iter().filter_map(|layer| layer.library)
    }

    /// The global of this name.
    pub(crate) fn global(&self, name: &str) -> Option<&'static Member> {
        self.globals().find(|global| global.name() == name)
    }

    /// The global object of this name whose members are declared.
    pub(crate) fn global_namespace(&self, name: &str) -> Option<&'static Namespace> {
        match self.global(name) {
            Some(Member::Namespace(_, namespace)) => Some(namespace),
            _ => None,
        }
    }

    /// What to write instead of a global that is missing; empty where there is no advice, `None` where JavaScript and
    /// the layers' software have no such global either.
    pub(crate) fn refused_global(&self, name: &str) -> Option<&'static str> {
        find(subset::REFUSED_GLOBALS, name)
            .or_else(|| self.0.iter().find_map(|layer| find(layer.refused_globals, name)))
    }

    /// What to write instead of a member that an object lacks, where a layer has advice.
    pub(crate) fn refused_member(&self, object: &str, member: &str) -> Option<&'static str> {
        let mut rows = self.0.iter().flat_map(|layer| layer.refused_members);
        let row =
            rows.find(|(name, _)| name.strip_prefix(object).and_then(|rest| rest.strip_prefix('.')) == Some(member));
        row.map(|(_, advice)| *advice)
    }

    /// The name of a module without the prefix that it may have.
    fn bare<'n>(&self, name: &'n str) -> &'n str {
        let mut prefixes = self.0.iter().filter_map(|layer| layer.module_prefix);
        prefixes.find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
    }

    /// The module of this name.
    pub(crate) fn module(&self, name: &str) -> Option<&'static HostModule> {
        let name = self.bare(name);
        self.modules().find(|module| module.name == name)
    }

    /// True if the real software has a module of this name and the host lacks it.
    pub(crate) fn is_refused_module(&self, name: &str) -> bool {
        if self.module(name).is_some() {
            return false;
        }
        let name = self.bare(name);
        let mut rows = self.0.iter().flat_map(|layer| layer.refused_modules);
        rows.any(|row| match name.strip_prefix(row) {
            Some(rest) if row.ends_with('/') => !rest.is_empty(),
            Some(rest) => rest.is_empty() || rest.starts_with('/'),
            None => false,
        })
    }

    /// The modules that can be required, as advice lists them.
    pub(crate) fn module_list(&self) -> String {
        let names: Vec<String> = self.modules().map(|module| format!("`{}`", module.name)).collect();
        let mut list = names.join(", ");
        for other in self.0.iter().filter_map(|layer| layer.other_modules) {
            list.push_str(", or ");
            list.push_str(other);
        }
        list
    }
}

fn find(rows: &[Advice], name: &str) -> Option<&'static str> {
    rows.iter().find(|(row, _)| *row == name).map(|(_, advice)| *advice)
}
