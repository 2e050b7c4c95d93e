//! The tools that the other commands need. A command names its tools to [`prepare`], which looks for each and installs
//! those that are missing. A tool is installed into the user's cache folder under its version, so that a second run finds
//! it and two checkouts can use different versions. Nothing else on the machine changes, with two exceptions: rustup adds
//! the WebAssembly target, and a run as root installs packages of the system.

mod cargo_tool;
mod npm;
mod system;

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use cargo_tool::CargoTool;
use system::Packages;

use crate::error::{Error, IoContext, Result};
use crate::shell::{Program, program, root, rustc, which};

pub(crate) use npm::{
    install as install_npm_packages, packages as npm_packages, resolve_from as resolve_npm_packages_from,
};

const WASM: &str = "wasm32-unknown-unknown";
/// The package of the PostgreSQL that is recorded, and the folder of its programs. Messages differ between versions.
const POSTGRES: (&str, &str) = ("postgresql-15", "/usr/lib/postgresql/15/bin");

/// The time that it takes to fetch a tool that is compiled already.
const FETCHING: Duration = Duration::from_secs(30);

/// A tool that a command needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// Rust's standard library for WebAssembly.
    WasmTarget,
    /// Builds the page.
    Trunk,
    /// Writes the glue between the program and the browser, and runs its tests in a browser.
    WasmBindgen,
    /// Drives Firefox for wasm-bindgen's tests.
    Geckodriver,
    /// Node.js with npm.
    Node,
    /// The packages of `xtask/npm/`.
    NpmPackages,
    /// The browser of the tests.
    Chromium,
    /// Drives Chromium for wasm-bindgen's tests.
    Chromedriver,
    /// The second browser of the tests.
    Firefox,
    /// Builds the site of `examples/jekyll/`.
    Jekyll,
    /// The server that is recorded.
    Postgres,
}

/// The tools of `cargo xtask build`.
pub(crate) const FOR_BUILD: &[Tool] = &[Tool::WasmTarget, Tool::WasmBindgen, Tool::Trunk, Tool::NpmPackages];
/// The tools of `serve`, `test` and `build` together.
pub(crate) const ALL: &[Tool] = &[
    Tool::WasmTarget,
    Tool::WasmBindgen,
    Tool::Trunk,
    Tool::NpmPackages,
    Tool::Chromium,
    Tool::Chromedriver,
    Tool::Firefox,
    Tool::Geckodriver,
];

/// How a missing tool is installed.
enum Installer {
    Rustup,
    Cargo(CargoTool),
    Npm,
    System(Packages),
}

impl Tool {
    /// What the tool does.
    fn purpose(self) -> &'static str {
        match self {
            Self::WasmTarget => "the standard library of the page's program",
            Self::Trunk => "builds the page",
            Self::WasmBindgen => "connects the program with the browser, and tests it there",
            Self::Geckodriver => "drives Firefox in the tests",
            Self::Node => "runs the packages of npm, and is what the handler machine is compared with",
            Self::NpmPackages => "make a release small and test it in a browser",
            Self::Chromium => "the browser of the tests",
            Self::Chromedriver => "drives Chromium in the tests",
            Self::Firefox => "the second browser of the tests",
            Self::Jekyll => "builds a site with the machine in a post",
            Self::Postgres => "the server that is recorded, in a private cluster",
        }
    }

    /// Where the tool is; none if it is missing.
    fn find(self) -> Result<Option<PathBuf>> {
        Ok(match self {
            Self::WasmTarget => {
                let folder = rustc().args(["--print", "target-libdir", "--target", WASM]).output()?;
                Some(PathBuf::from(folder.trim())).filter(|folder| folder.is_dir())
            }
            Self::Trunk | Self::WasmBindgen | Self::Geckodriver => match self.installer()? {
                Installer::Cargo(tool) => tool.find()?,
                _ => None,
            },
            Self::Node => which("npm").and_then(|_| which("node")),
            Self::NpmPackages => npm::find()?,
            Self::Chromium => ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(which),
            Self::Chromedriver => which("chromedriver"),
            Self::Firefox => ["firefox-esr", "firefox"].into_iter().find_map(which),
            Self::Jekyll => which("jekyll"),
            Self::Postgres => Some(PathBuf::from(POSTGRES.1)).filter(|folder| folder.join("initdb").is_file()),
        })
    }

    fn installer(self) -> Result<Installer> {
        Ok(match self {
            Self::WasmTarget => Installer::Rustup,
            Self::Trunk => Installer::Cargo(CargoTool::trunk()),
            Self::WasmBindgen => Installer::Cargo(CargoTool::wasm_bindgen(root())?),
            Self::Geckodriver => Installer::Cargo(CargoTool::geckodriver()),
            Self::NpmPackages => Installer::Npm,
            Self::Node => Installer::System(&["nodejs", "npm"]),
            Self::Chromium => Installer::System(&["chromium"]),
            Self::Chromedriver => Installer::System(&["chromium-driver"]),
            Self::Firefox => Installer::System(&["firefox-esr"]),
            Self::Jekyll => Installer::System(&["jekyll"]),
            Self::Postgres => Installer::System(&[POSTGRES.0]),
        })
    }

    /// Where the tool is.
    ///
    /// # Errors
    /// When it is missing. [`prepare`] would have installed it.
    pub(crate) fn path(self) -> Result<PathBuf> {
        self.find()?.ok_or_else(|| Error::Missing(format!("{self:?} is missing ({})", self.purpose())))
    }

    /// The reason why the tool is missing and cannot be installed from here; none if it is there or can be.
    ///
    /// # Errors
    /// When it cannot be looked for.
    pub(crate) fn obstacle(self) -> Result<Option<String>> {
        Ok(Plan::for_tools(&[self])?.obstacle())
    }
}

/// The missing tools, by the installer of each.
#[derive(Default)]
struct Plan {
    rustup: bool,
    cargo: Vec<CargoTool>,
    npm: bool,
    system: Vec<&'static str>,
    /// A line for each missing tool: its name, the time that its installation takes, and its purpose.
    lines: Vec<String>,
    /// The sum of these times. The installation takes less, since tools compile side by side.
    time: Duration,
}

impl Plan {
    fn for_tools(tools: &[Tool]) -> Result<Self> {
        let mut plan = Self::default();
        // npm comes with Node, which is therefore installed before the packages.
        let node = tools.contains(&Tool::NpmPackages).then_some(Tool::Node);
        let mut planned = Vec::new();
        for tool in node.into_iter().chain(tools.iter().copied()) {
            if planned.contains(&tool) || tool.find()?.is_some() {
                continue;
            }
            planned.push(tool);
            let (name, time) = match tool.installer()? {
                Installer::Rustup => {
                    plan.rustup = true;
                    (format!("rustup target add {WASM}"), FETCHING)
                }
                Installer::Cargo(tool) => {
                    plan.cargo.push(tool.clone());
                    (tool.to_string(), tool.installation_time())
                }
                Installer::Npm => {
                    plan.npm = true;
                    ("the npm packages of xtask/npm".to_owned(), FETCHING)
                }
                Installer::System(packages) => {
                    plan.system.extend(packages);
                    (packages.join(" "), FETCHING)
                }
            };
            plan.time += time;
            plan.lines.push(format!("  {name:<32}{:>5} s  {}", time.as_secs(), tool.purpose()));
        }
        Ok(plan)
    }

    /// The reason why something of the plan cannot be installed from here.
    fn obstacle(&self) -> Option<String> {
        if self.rustup && which("rustup").is_none() {
            return Some(format!("the Rust target {WASM} is missing, and there is no rustup to add it"));
        }
        system::obstacle(&self.system)
    }
}

/// Installs those of the tools that are missing. Prints first what is missing and how long that takes.
///
/// # Errors
/// When a tool is missing and cannot be installed from here.
pub(crate) fn prepare(tools: &[Tool]) -> Result {
    let plan = Plan::for_tools(tools)?;
    if plan.lines.is_empty() {
        return Ok(());
    }
    let seconds = plan.time.as_secs();
    println!("\n── to be installed once, in about {seconds} s on two cores:\n{}", plan.lines.join("\n"));
    if let Some(obstacle) = plan.obstacle() {
        return Err(Error::Missing(obstacle));
    }
    println!("tools are kept in {}", cache()?.display());
    let begun = Instant::now();
    if plan.rustup {
        program("rustup").args(["target", "add", WASM]).run()?;
    }
    // Cargo's tools compile side by side, while the system's packages and those of npm are fetched.
    thread::scope(|scope| {
        let compiling: Vec<_> = plan.cargo.iter().map(|tool| scope.spawn(|| tool.install())).collect();
        let fetched = system::install(&plan.system).and_then(|()| if plan.npm { npm::install_tools() } else { Ok(()) });
        let compiled =
            compiling.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        compiled.fold(fetched, Result::and)
    })?;
    println!("── installed in {} s\n", begun.elapsed().as_secs());
    Ok(())
}

/// Trunk, with the wasm-bindgen that it calls on the `PATH`.
///
/// # Errors
/// When either is missing.
pub(crate) fn trunk() -> Result<Program> {
    let wasm_bindgen = Tool::WasmBindgen.path()?;
    Ok(program(Tool::Trunk.path()?)
        .prepend_path(wasm_bindgen.parent().unwrap_or(Path::new(".")))
        .env("TRUNK_SKIP_VERSION_CHECK", "true")
        // Trunk accepts only `true` and `false` for NO_COLOR. Other programs set it to 1.
        .env_remove("NO_COLOR"))
}

/// wasm-bindgen's test runner, which is installed beside wasm-bindgen.
///
/// # Errors
/// When wasm-bindgen is missing.
pub(crate) fn wasm_bindgen_test_runner() -> Result<PathBuf> {
    Ok(Tool::WasmBindgen.path()?.with_file_name("wasm-bindgen-test-runner"))
}

/// Flags for rustc that make the file names in panic messages short and the same on every machine: the standard library's
/// become those of its compiled part, and those of other crates begin with `crates/`.
///
/// # Errors
/// When rustc cannot be asked.
pub(crate) fn path_remapping_flags() -> Result<String> {
    let sysroot = PathBuf::from(rustc().args(["--print", "sysroot"]).output()?.trim());
    let version = rustc().arg("-vV").output()?;
    let commit = version.lines().find_map(|line| line.strip_prefix("commit-hash: ")).unwrap_or_default();
    let mut pairs = vec![(sysroot.join("lib/rustlib/src/rust"), format!("/rustc/{commit}"))];
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo"));
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or(home).unwrap_or_default();
    let registries = std::fs::read_dir(home.join("registry/src")).into_iter().flatten().flatten();
    pairs.extend(registries.map(|registry| (registry.path(), "crates".to_owned())));
    let flags = pairs.into_iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
    // Cargo splits the flags at blanks, so a folder with a blank in its name cannot be given.
    Ok(flags.filter(|flag| !flag.contains(' ')).collect::<Vec<_>>().join(" "))
}

/// The folder of the tools, in the user's cache folder.
fn cache() -> Result<PathBuf> {
    let base = ["XDG_CACHE_HOME", "LOCALAPPDATA"].iter().find_map(std::env::var_os).map(PathBuf::from);
    base.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cache")))
        .map(|base| base.join("lambda-lifecycles"))
        .ok_or_else(|| {
            Error::Missing("there is no HOME and no XDG_CACHE_HOME, so tools cannot be kept anywhere".into())
        })
}

/// The version of a package in `Cargo.lock`.
fn locked_version(root: &Path, package: &str) -> Result<String> {
    let lock = std::fs::read_to_string(root.join("Cargo.lock")).about("Cargo.lock")?;
    let entry = format!("name = \"{package}\"\nversion = \"");
    let version = lock.split_once(&entry).and_then(|(_, rest)| rest.split('"').next());
    version.map(str::to_owned).ok_or_else(|| Error::malformed("Cargo.lock", format!("there is no {package} in it")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_wasm_bindgen_is_that_of_the_lock_file() {
        assert!(locked_version(root(), "wasm-bindgen").unwrap().starts_with("0."));
        let error = locked_version(root(), "no-such-package").unwrap_err().to_string();
        assert_eq!(error, "Cargo.lock: there is no no-such-package in it");
    }

    #[test]
    fn nothing_is_installed_for_no_tools() {
        let plan = Plan::for_tools(&[]).unwrap();
        assert!(plan.lines.is_empty());
        assert_eq!(plan.obstacle(), None);
    }
}
