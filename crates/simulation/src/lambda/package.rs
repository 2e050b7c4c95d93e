//! The deployment package: the handler's module, the config file, and what they are called when a handler requires them.

use std::rc::Rc;

use super::process::{Process, ProcessOptions};
use super::registry::registry;
use crate::event::FileId;
use crate::settings::{Deployment, Settings};
use javascript::{Diagnostic, Module, SourceFile};

/// A file that comes with the program.
#[derive(Clone, Copy)]
struct BuiltIn {
    /// Its name as the listing shows it.
    path: &'static str,
    text: &'static str,
}

macro_rules! built_in {
    ($name:literal as $path:literal) => {
        BuiltIn { path: $path, text: include_str!(concat!("../../../../assets/handlers/", $name, ".js")) }
    };
}

macro_rules! modules {
    ($($name:literal as $path:literal),* $(,)?) => {
        /// The modules that are built in, by the names that a page calls them by; the post's is the first.
        pub const MODULES: [&str; [$($name),*].len()] = [$($name),*];

        const SOURCES: [BuiltIn; MODULES.len()] = [$(built_in!($name as $path)),*];
    };
}

modules! {
    "handlers" as "index.js",
    "cache" as "cache.js",
    "background" as "background.js",
    "instead" as "instead.js",
    "failures" as "failures.js",
}

const KNEXFILE: BuiltIn = built_in!("knexfile" as "knexfile.js");

/// A run's settings for the module at this place: the handlers of all but the post's run in the same environments, as those
/// of a module on the command line.
pub fn settings_of(base: &Settings, place: usize) -> Settings {
    let mut settings = base.clone();
    if place > 0 {
        settings.lambda.deploy = Deployment::Shared;
    }
    settings
}

/// A file of the package.
#[derive(Clone, Debug)]
pub struct PackageFile {
    /// Its number: its place in the list.
    pub id: FileId,
    /// Its name as it is shown.
    pub path: Rc<str>,
    /// Its text.
    pub text: Rc<str>,
}

/// A deployment package.
#[derive(Debug)]
pub struct Package {
    files: Vec<PackageFile>,
    modules: Vec<Rc<Module>>,
    exports: Option<Vec<Rc<str>>>,
}

impl Package {
    /// The post's two handlers and their config file.
    ///
    /// # Panics
    /// Never: a test reads the files that are built in.
    pub fn post() -> Rc<Self> {
        Self::built_in(0)
    }

    /// The module at this place of [`MODULES`], the post's where there is none.
    ///
    /// # Panics
    /// Never: a test reads the files that are built in.
    pub fn built_in(place: usize) -> Rc<Self> {
        let module = SOURCES.get(place).unwrap_or(&SOURCES[0]);
        Self::from_source(module.path, module.text)
            .unwrap_or_else(|_| unreachable!("the handlers that are built in parse, and a test compiles them all"))
    }

    /// The name of the module at this place of [`MODULES`], as the listing shows it.
    pub fn name_of(place: usize) -> &'static str {
        SOURCES[place.min(SOURCES.len() - 1)].path
    }

    /// A package whose module is `text`.
    ///
    /// # Errors
    /// What the parser says where the text is not in the subset.
    pub fn from_source(path: &str, text: &str) -> Result<Rc<Self>, Diagnostic> {
        let sources = [(path, text), (KNEXFILE.path, KNEXFILE.text)];
        let mut package = Self { files: Vec::new(), modules: Vec::new(), exports: None };
        for (place, (path, text)) in sources.into_iter().enumerate() {
            let file = PackageFile { id: FileId(place as u32), path: path.into(), text: text.into() };
            package
                .modules
                .push(Module::compile(SourceFile::new(file.id, file.path.clone(), file.text.clone()), &registry())?);
            package.files.push(file);
        }
        let mut package = Rc::new(package);
        let exports = Process::exports_of(&package, &ProcessOptions::new(&Settings::default(), "exports", ""));
        if let Some(package) = Rc::get_mut(&mut package) {
            package.exports = exports;
        }
        Ok(package)
    }

    /// The files, the handler's module first.
    pub fn files(&self) -> &[PackageFile] {
        &self.files
    }

    /// The names of the functions that the module exports; `None` where it throws while it loads.
    pub fn exports(&self) -> Option<&[Rc<str>]> {
        self.exports.as_deref()
    }

    /// The handler's module.
    pub fn main(&self) -> &Rc<Module> {
        &self.modules[0]
    }

    /// The file that `require(name)` means: a relative path, by its last part with or without `.js`.
    pub fn resolve(&self, name: &str) -> Option<&Rc<Module>> {
        if !name.starts_with("./") && !name.starts_with("../") {
            return None;
        }
        let last = name.rsplit('/').next()?;
        let stem = last.strip_suffix(".js").unwrap_or(last);
        let place = self.files.iter().position(|file| {
            let own = file.path.rsplit('/').next().unwrap_or_default();
            own.strip_suffix(".js").unwrap_or(own) == stem
        })?;
        self.modules.get(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handlers_built_in_parse_and_export_the_posts_names() {
        let exports: Vec<_> = Package::post().exports().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(exports, ["checkDatabaseConnection", "checkDatabaseConnectionProper"]);
    }

    #[test]
    fn the_modules_built_in_parse() {
        for (place, name) in MODULES.iter().enumerate() {
            assert!(Package::built_in(place).exports().is_some(), "{name}");
        }
    }

    #[test]
    fn a_handler_is_in_one_module_built_in() {
        let mut names = Vec::new();
        for place in 0..MODULES.len() {
            names.extend(Package::built_in(place).exports().expect("a module built in loads").to_vec());
        }
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "{names:?}");
    }

    #[test]
    fn the_config_is_found_by_its_name() {
        let package = Package::post();
        for name in ["../config/knexfile", "./knexfile", "./knexfile.js"] {
            assert!(package.resolve(name).is_some(), "{name}");
        }
        assert!(package.resolve("knexfile").is_none());
    }
}
