//! Tools that Cargo installs. `cargo binstall` fetches a compiled program where it is installed and has one; otherwise
//! `cargo install` compiles it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{FETCHING, cache, locked_version};
use crate::error::Result;
use crate::shell::{cargo, program, which};

/// A package of crates.io with a program in it.
#[derive(Clone, Debug)]
pub(crate) struct CargoTool {
    package: &'static str,
    binary: &'static str,
    version: String,
    /// The time that compiling takes on two cores.
    compiling: Duration,
}

impl CargoTool {
    /// Trunk.
    pub(crate) fn trunk() -> Self {
        Self { package: "trunk", binary: "trunk", version: "0.21.14".to_owned(), compiling: Duration::from_secs(490) }
    }

    /// The driver of Firefox.
    pub(crate) fn geckodriver() -> Self {
        Self {
            package: "geckodriver",
            binary: "geckodriver",
            version: "0.37.1".to_owned(),
            compiling: Duration::from_secs(130),
        }
    }

    /// The command line of wasm-bindgen, in the version with which the program is compiled: the two have to agree.
    ///
    /// # Errors
    /// When `Cargo.lock` does not name the version.
    pub(crate) fn wasm_bindgen(root: &Path) -> Result<Self> {
        let version = locked_version(root, "wasm-bindgen")?;
        Ok(Self { package: "wasm-bindgen-cli", binary: "wasm-bindgen", version, compiling: Duration::from_secs(110) })
    }

    /// The folder in which this version is installed.
    fn folder(&self) -> Result<PathBuf> {
        Ok(cache()?.join(format!("{}-{}", self.package, self.version)))
    }

    /// The program in the cache folder, or one of the same version on the `PATH`.
    ///
    /// # Errors
    /// When there is no cache folder.
    pub(crate) fn find(&self) -> Result<Option<PathBuf>> {
        let cached = self.folder()?.join("bin").join(self.binary);
        if cached.is_file() {
            return Ok(Some(cached));
        }
        let has_version = |found: &PathBuf| {
            let output = program(found).arg("--version").output();
            output.is_ok_and(|text| text.split_whitespace().any(|word| word == self.version))
        };
        Ok(which(self.binary).filter(has_version))
    }

    /// The time that [`install`](Self::install) takes, roughly.
    pub(crate) fn installation_time(&self) -> Duration {
        if has_binstall() { FETCHING } else { self.compiling }
    }

    /// Installs the program into the cache folder. Its output is shown only where it fails, since other installations run
    /// at the same time.
    ///
    /// # Errors
    /// When it can neither be fetched nor compiled.
    pub(crate) fn install(&self) -> Result {
        let begun = Instant::now();
        // Some lock files name versions that a mirror of the registry does not have. Then Cargo chooses others.
        self.fetch().or_else(|_| self.compile(&["--locked"])).or_else(|_| self.compile(&[]))?;
        println!("installed {self} in {} s", begun.elapsed().as_secs());
        Ok(())
    }

    /// Fetches the compiled program. Fails where `cargo binstall` is not installed or does not find it.
    fn fetch(&self) -> Result<String> {
        let strategies = "crate-meta-data,quick-install";
        let options = ["binstall", "--no-confirm", "--disable-telemetry", "--strategies", strategies, "--root"];
        cargo(options).arg(self.folder()?).arg(format!("{}@{}", self.package, self.version)).output()
    }

    fn compile(&self, options: &[&str]) -> Result<String> {
        cargo(["install"])
            .args(options)
            .arg("--root")
            .arg(self.folder()?)
            .args(["--version", &self.version, self.package])
            .env_remove("CARGO_TARGET_DIR")
            // A tool that runs for seconds is not worth minutes of optimization.
            .env("CARGO_PROFILE_RELEASE_LTO", "false")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .output()
    }
}

fn has_binstall() -> bool {
    which("cargo-binstall").is_some()
}

impl fmt::Display for CargoTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.package, self.version)
    }
}
