//! The tools that the other commands need. Each is looked for first; what is missing is installed into the user's cache
//! folder, under its version, so that a second run finds it and two checkouts can differ. Nothing else of the machine is
//! touched, with two exceptions: rustup's wasm target, and browsers on a machine where this runs as root.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::failure::{Outcome, While, failure};
use crate::shell::{cargo, program, root, which};

const WASM: &str = "wasm32-unknown-unknown";
const TRUNK: &str = "0.21.14";
const GECKODRIVER: &str = "0.37.1";

/// Everything that `serve`, `test` and `build` need.
pub fn all() -> Outcome {
    trunk()?;
    npm()?;
    chromium()?;
    firefox()?;
    println!("everything is there; tools are kept in {}", cache()?.display());
    Ok(())
}

/// Trunk, with the wasm target and the wasm-bindgen that it calls.
pub struct Trunk {
    trunk: PathBuf,
    wasm_bindgen: PathBuf,
}

/// What builds the page.
pub fn trunk() -> Outcome<Trunk> {
    wasm_target()?;
    let trunk = cargo_tool("trunk", "trunk", TRUNK, "builds the page")?;
    Ok(Trunk { trunk, wasm_bindgen: wasm_bindgen("wasm-bindgen")? })
}

impl Trunk {
    /// A call of Trunk.
    pub fn call(&self) -> crate::shell::Program {
        let folder = self.wasm_bindgen.parent().unwrap_or(Path::new("."));
        program(&self.trunk)
            .with_path(&[folder])
            .env("TRUNK_SKIP_VERSION_CHECK", "true")
            // Trunk reads NO_COLOR=1, which others set, as a value that it does not know.
            .without("NO_COLOR")
    }
}

/// A program of wasm-bindgen's command line package, of the very version that the program is compiled with.
pub fn wasm_bindgen(binary: &str) -> Outcome<PathBuf> {
    let version = locked_version("wasm-bindgen")?;
    cargo_tool("wasm-bindgen-cli", binary, &version, "makes the glue between the program and the browser, and tests it")
}

/// Rust's standard library for the browser.
pub fn wasm_target() -> Outcome {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let folder = program(rustc).args(["--print", "target-libdir", "--target", WASM]).output()?;
    if Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    let command = ["target", "add", WASM];
    if which("rustup").is_none() {
        return failure(format!("the Rust target {WASM} is missing, and there is no rustup to add it"));
    }
    say(&format!("rustup {}: the standard library that the page's program is compiled with", command.join(" ")));
    program("rustup").args(command).run()
}

/// Flags for rustc, so that the sources that a panic names are the same on every machine, and short: the standard library's
/// as those of its compiled part, and others' crates by their names.
pub fn same_paths() -> Outcome<String> {
    let rustc = || program(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let sysroot = PathBuf::from(rustc().args(["--print", "sysroot"]).output()?.trim());
    let version = rustc().arg("-vV").output()?;
    let commit = version.lines().find_map(|line| line.strip_prefix("commit-hash: ")).unwrap_or_default();
    let mut pairs = vec![(sysroot.join("lib/rustlib/src/rust"), format!("/rustc/{commit}"))];
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo"));
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or(home).unwrap_or_default();
    let registries = fs::read_dir(home.join("registry/src")).into_iter().flatten().flatten();
    pairs.extend(registries.map(|registry| (registry.path(), "crates".to_owned())));
    let flags = pairs.into_iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
    // Cargo takes them apart at blanks: a folder that has one stays as it is.
    Ok(flags.filter(|flag| !flag.contains(' ')).collect::<Vec<_>>().join(" "))
}

/// The folder of tools from npm, with `node_modules` in it.
pub fn npm() -> Outcome<PathBuf> {
    let why = "binaryen and esbuild make a release small, playwright-core, axe-core and asciinema-player test it";
    npm_packages(&root().join("xtask/npm"), "npm", why)
}

/// A folder with the packages that `source` pins; a folder for each content of its lock file.
pub fn npm_packages(source: &Path, name: &str, why: &str) -> Outcome<PathBuf> {
    let lock = source.join("package-lock.json");
    let lock = fs::read(&lock).doing(lock.display())?;
    let folder = cache()?.join(format!("{name}-{}", crate::bundle::fingerprint(&lock)));
    if folder.is_dir() {
        return Ok(folder);
    }
    node()?;
    say(&format!("npm ci in {}: {why}", folder.display()));
    let partial = folder.with_extension("partial");
    let _ = fs::remove_dir_all(&partial);
    fs::create_dir_all(&partial).doing(partial.display())?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(source.join(file), partial.join(file)).doing(file)?;
    }
    program("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).within(&partial).run()?;
    fs::rename(&partial, &folder).doing(folder.display())?;
    Ok(folder)
}

/// Node.js with npm.
pub fn node() -> Outcome {
    if which("node").is_some() && which("npm").is_some() {
        return Ok(());
    }
    system_packages(
        &["nodejs", "npm"],
        "Node.js with npm: it makes a release small, drives a browser and runs what is recorded",
    )
}

/// The folder of PostgreSQL's programs of this version.
pub fn postgres(version: &str) -> Outcome<PathBuf> {
    let folder = Path::new("/usr/lib/postgresql").join(version).join("bin");
    if !folder.join("initdb").is_file() {
        let why = format!("PostgreSQL {version}, in which recordings are made, in a private cluster");
        system_packages(&[&format!("postgresql-{version}")], &why)?;
    }
    if folder.join("initdb").is_file() {
        Ok(folder)
    } else {
        failure(format!("PostgreSQL {version} is not in {}", folder.display()))
    }
}

/// Jekyll, which builds the site of `examples/jekyll/`.
pub fn jekyll() -> Outcome<PathBuf> {
    if let Some(found) = which("jekyll") {
        return Ok(found);
    }
    system_packages(&["jekyll"], "Jekyll, to build a site with the machine in a post")?;
    which("jekyll").map_or_else(|| failure("Jekyll was installed and is not on the PATH"), Ok)
}

/// A browser and the program that drives it for wasm-bindgen's tests.
pub struct Browser {
    /// The browser itself.
    pub browser: PathBuf,
    /// What obeys a test and moves it.
    pub driver: PathBuf,
}

/// Chromium.
pub fn chromium() -> Outcome<Browser> {
    let find = || {
        let browser = ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(which)?;
        Some(Browser { browser, driver: which("chromedriver")? })
    };
    if let Some(found) = find() {
        return Ok(found);
    }
    system_packages(&["chromium", "chromium-driver"], "Chromium and its driver, for the tests in a browser")?;
    find().map_or_else(|| failure("Chromium was installed and is not on the PATH"), Ok)
}

/// Firefox.
pub fn firefox() -> Outcome<Browser> {
    let find = || ["firefox-esr", "firefox"].into_iter().find_map(which);
    if find().is_none() {
        system_packages(&["firefox-esr"], "Firefox, for the tests in a browser")?;
    }
    let Some(browser) = find() else { return failure("Firefox was installed and is not on the PATH") };
    let driver = match which("geckodriver") {
        Some(driver) => driver,
        None => cargo_tool("geckodriver", "geckodriver", GECKODRIVER, "drives Firefox in the tests")?,
    };
    Ok(Browser { browser, driver })
}

/// The folder under the user's cache where the tools are.
fn cache() -> Outcome<PathBuf> {
    let base = ["XDG_CACHE_HOME", "LOCALAPPDATA"].iter().find_map(std::env::var_os).map(PathBuf::from);
    match base.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cache"))) {
        Some(base) => Ok(base.join("lambda-lifecycles")),
        None => failure("there is no HOME and no XDG_CACHE_HOME, so there is no place to keep tools in"),
    }
}

/// A program that Cargo installs: the right version on the `PATH`, or ours.
fn cargo_tool(package: &str, binary: &str, version: &str, why: &str) -> Outcome<PathBuf> {
    let folder = cache()?.join(format!("{package}-{version}"));
    let ours = folder.join("bin").join(binary);
    if ours.is_file() {
        return Ok(ours);
    }
    if let Some(theirs) = which(binary)
        && program(&theirs)
            .arg("--version")
            .output()
            .is_ok_and(|words| words.split_whitespace().any(|word| word == version))
    {
        return Ok(theirs);
    }
    say(&format!(
        "cargo install {package} {version} into {}: it {why}. This takes some minutes, once.",
        folder.display()
    ));
    let begun = Instant::now();
    let install = |how: &[&str]| {
        cargo(["install"])
            .args(how)
            .arg("--root")
            .arg(&folder)
            .args(["--version", version, package])
            .without("CARGO_TARGET_DIR")
            // A tool that runs for seconds need not be compiled for minutes more.
            .env("CARGO_PROFILE_RELEASE_LTO", "false")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .run()
    };
    if install(&["--locked"]).is_err() {
        // Its lock file can name what this registry does not have (yet, or any more).
        println!("once more, with the versions that the registry has");
        install(&[])?;
    }
    println!("installed {package} {version} in {} s", begun.elapsed().as_secs());
    Ok(ours)
}

/// Packages of the system, where they can be installed without asking; else the command that installs them.
fn system_packages(packages: &[&str], why: &str) -> Outcome {
    let list = packages.join(" ");
    let is_root = program("id").arg("-u").output().is_ok_and(|id| id.trim() == "0");
    if !is_root || which("apt-get").is_none() {
        return failure(format!(
            "missing: {list} ({why}). Install them with your system's package manager and run this again; on Debian and \
             Ubuntu:\n\n    sudo apt-get update && sudo apt-get install --yes --no-install-recommends {list}\n"
        ));
    }
    say(&format!("apt-get install {list}: {why}"));
    program("apt-get").arg("update").run()?;
    program("apt-get")
        .args(["install", "--yes", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .run()
}

/// The version of a package in `Cargo.lock`.
fn locked_version(package: &str) -> Outcome<String> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).doing("reading Cargo.lock")?;
    let entry = format!("name = \"{package}\"\nversion = \"");
    let version = lock.split_once(&entry).and_then(|(_, rest)| rest.split('"').next());
    version.map_or_else(|| failure(format!("Cargo.lock has no {package}")), |version| Ok(version.to_owned()))
}

fn say(what: &str) {
    println!("\n── installing: {what}\n");
}
