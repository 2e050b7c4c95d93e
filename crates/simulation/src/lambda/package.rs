//! The deployment package: the handler's module and the config file, with the names under which a handler requires them.

use std::cell::OnceCell;
use std::rc::Rc;

use super::exports::exported_functions;
use super::registry::registry;
use crate::event::FileId;
use crate::settings::{Deployment, Settings};
use javascript::{Diagnostic, Module, SourceFile};

/// The source of a file that comes with the program.
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
        /// The names by which a page refers to the built-in modules; the post's module is the first.
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

/// The settings of a run of the module at `place` in [`MODULES`]. The post's two handlers are two functions; the handlers of
/// every other module share their environments, as those of a module on the command line do.
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
    /// Its number: the index in [`Package::files`].
    pub id: FileId,
    /// The name that the listing and stack traces show.
    pub path: Rc<str>,
    /// Its source text.
    pub text: Rc<str>,
}

/// A deployment package.
#[derive(Debug)]
pub struct Package {
    files: Vec<PackageFile>,
    modules: Vec<Rc<Module>>,
    /// Learned when they are asked for.
    exports: OnceCell<Option<Vec<Rc<str>>>>,
}

impl Package {
    /// The package of the post: its two handlers and their config file.
    pub fn post() -> Rc<Self> {
        Self::built_in(0)
    }

    /// The module at `place` in [`MODULES`], or the post's if there is none.
    ///
    /// # Panics
    /// Never: a test reads the files that are built in.
    pub fn built_in(place: usize) -> Rc<Self> {
        let module = SOURCES.get(place).unwrap_or(&SOURCES[0]);
        Self::from_source(module.path, module.text)
            .unwrap_or_else(|_| unreachable!("a test compiles every module that is built in"))
    }

    /// The file name of the module at `place` in [`MODULES`], or of the last module.
    pub fn name_of(place: usize) -> &'static str {
        SOURCES[place.min(SOURCES.len() - 1)].path
    }

    /// A package whose handler module is `text`, under the file name `path`.
    ///
    /// # Errors
    /// The parser's diagnostic if the text is not in the subset.
    pub fn from_source(path: &str, text: &str) -> Result<Rc<Self>, Diagnostic> {
        let sources = [(path, text), (KNEXFILE.path, KNEXFILE.text)];
        let mut package = Self { files: Vec::new(), modules: Vec::new(), exports: OnceCell::new() };
        for (place, (path, text)) in sources.into_iter().enumerate() {
            let file = PackageFile { id: FileId(place as u32), path: path.into(), text: text.into() };
            package
                .modules
                .push(Module::compile(SourceFile::new(file.id, file.path.clone(), file.text.clone()), &registry())?);
            package.files.push(file);
        }
        Ok(Rc::new(package))
    }

    /// The files. The handler's module is the first.
    pub fn files(&self) -> &[PackageFile] {
        &self.files
    }

    /// The names of the functions that the module exports; `None` if it throws while it loads.
    pub fn exports(&self) -> Option<&[Rc<str>]> {
        self.exports.get_or_init(|| exported_functions(self)).as_deref()
    }

    /// The compiled module of the handlers.
    pub fn main(&self) -> &Rc<Module> {
        &self.modules[0]
    }

    /// The module that `require(name)` loads. A relative path is matched by its file name, with or without `.js`.
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
    fn the_built_in_handlers_export_the_names_of_the_post() {
        let exports: Vec<_> = Package::post().exports().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(exports, ["checkDatabaseConnection", "checkDatabaseConnectionProper"]);
    }

    #[test]
    fn every_built_in_module_loads() {
        for (place, name) in MODULES.iter().enumerate() {
            assert!(Package::built_in(place).exports().is_some(), "{name}");
        }
    }

    #[test]
    fn a_handler_name_belongs_to_one_built_in_module() {
        let mut names = Vec::new();
        for place in 0..MODULES.len() {
            names.extend(Package::built_in(place).exports().expect("a built-in module loads").to_vec());
        }
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "{names:?}");
    }

    #[test]
    fn the_config_file_is_found_by_its_name() {
        let package = Package::post();
        for name in ["../config/knexfile", "./knexfile", "./knexfile.js"] {
            assert!(package.resolve(name).is_some(), "{name}");
        }
        assert!(package.resolve("knexfile").is_none());
    }
}
