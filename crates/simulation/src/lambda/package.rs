//! The deployment package: the handler's module and the config file, and the names by which a handler requires them.

use std::rc::Rc;

use super::process::{Process, ProcessOptions};
use crate::event::FileId;
use crate::settings::{Deployment, Settings};
use javascript::{Diagnostic, Module, SourceFile};

/// A file that is built into the program.
#[derive(Clone, Copy)]
struct BuiltIn {
    /// The name that the listing shows.
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
        /// The names of the modules that are built in, as a page names them. The post's module is the first.
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

/// The settings of a run of the module at this place of [`MODULES`].
///
/// The post's handlers are functions of their own. Those of other modules share their environments, as the handlers of a
/// module on the command line do.
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
    /// The number of the file: its place in the list.
    pub id: FileId,
    /// The name that the listing shows.
    pub path: Rc<str>,
    /// The source text.
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
    /// The package of the post: its two handlers and their config file.
    pub fn post() -> Rc<Self> {
        Self::built_in(0)
    }

    /// The package of the module at this place of [`MODULES`]. Beyond the list, it is the post's.
    pub fn built_in(place: usize) -> Rc<Self> {
        let module = SOURCES.get(place).unwrap_or(&SOURCES[0]);
        Self::from_source(module.path, module.text)
            .unwrap_or_else(|_| unreachable!("a test compiles every module that is built in"))
    }

    /// The name that the listing shows for the module at this place of [`MODULES`].
    pub fn name_of(place: usize) -> &'static str {
        SOURCES[place.min(SOURCES.len() - 1)].path
    }

    /// A package whose module has this source text.
    ///
    /// The names of its exports are found by evaluating the module once, in a process of its own without a network. They
    /// cannot be read from the text: the exports of a `CommonJS` module are assignments that run, in a loop or under a condition too.
    ///
    /// # Errors
    /// The parser's message, if the text is not in the subset of JavaScript.
    pub fn from_source(path: &str, text: &str) -> Result<Rc<Self>, Diagnostic> {
        let sources = [(path, text), (KNEXFILE.path, KNEXFILE.text)];
        let mut package = Self { files: Vec::new(), modules: Vec::new(), exports: None };
        for (place, (path, text)) in sources.into_iter().enumerate() {
            let file = PackageFile { id: FileId(place as u32), path: path.into(), text: text.into() };
            package.modules.push(Module::compile(SourceFile::new(file.id, file.path.clone(), file.text.clone()))?);
            package.files.push(file);
        }
        let mut package = Rc::new(package);
        let exports = Process::exports_of(&package, &ProcessOptions::new(&Settings::default(), "exports", ""));
        if let Some(package) = Rc::get_mut(&mut package) {
            package.exports = exports;
        }
        Ok(package)
    }

    /// The files. The handler's module is the first.
    pub fn files(&self) -> &[PackageFile] {
        &self.files
    }

    /// The names of the functions that the module exports. `None` if evaluating the module throws or takes too long.
    pub fn exports(&self) -> Option<&[Rc<str>]> {
        self.exports.as_deref()
    }

    /// The compiled module of the handlers.
    pub fn main(&self) -> &Rc<Module> {
        &self.modules[0]
    }

    /// The module that `require(name)` means. A relative path is resolved by its last part, with or without `.js`.
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
    fn the_posts_module_exports_its_two_handlers() {
        let exports: Vec<_> = Package::post().exports().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(exports, ["checkDatabaseConnection", "checkDatabaseConnectionProper"]);
    }

    #[test]
    fn every_module_that_is_built_in_loads() {
        for (place, name) in MODULES.iter().enumerate() {
            assert!(Package::built_in(place).exports().is_some(), "{name}");
        }
    }

    #[test]
    fn no_two_modules_export_a_handler_of_one_name() {
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
    fn the_config_file_is_found_by_its_path() {
        let package = Package::post();
        for name in ["../config/knexfile", "./knexfile", "./knexfile.js"] {
            assert!(package.resolve(name).is_some(), "{name}");
        }
        assert!(package.resolve("knexfile").is_none());
    }
}
