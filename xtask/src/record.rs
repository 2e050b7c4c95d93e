//! `cargo xtask record`: golden recordings of the real Node, Knex, pg and PostgreSQL.
//!
//! The recorder is in `tests/recorder/`. It gets the schedules of `tests/golden/schedules/` from the simulation's own parser
//! (`examples/schedule.rs`), runs each of them many times in a private PostgreSQL cluster, and writes the outcomes to
//! `tests/golden/knex-VERSION/`.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::error::{Error, IoContext, Result};
use crate::shell::{cargo, program, root};
use crate::tools::{self, Tool};

/// The versions of Knex that are recorded. Each has a folder in `tests/recorder/` with its pinned packages.
const PROFILES: [&str; 2] = ["0.17.0", "3.3.0"];
/// The version of Knex whose driver the recorder itself uses to look at the server.
const MONITOR: &str = "3.3.0";

const USAGE: &str = "\
cargo xtask record [OPTIONS] [SCHEDULE…]

Records the schedules whose names begin with one of these words, or all schedules.

  --runs N          run each schedule N times; 12 without this option
  --lanes N         run N schedules at a time; 2 without this option
  --knex VERSION    record this version of Knex alone";

/// Runs the recorder.
///
/// # Errors
/// When the arguments are wrong, a tool is missing, or the recorder fails.
pub(crate) fn run(arguments: &[String]) -> Result {
    let (mut runs, mut lanes, mut profiles, mut names) = ("12", "2", PROFILES.to_vec(), Vec::new());
    let mut arguments = arguments.iter().map(String::as_str);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| Error::Usage(format!("{argument} takes a value\n\n{USAGE}")));
        match argument {
            "--runs" => runs = value()?,
            "--lanes" => lanes = value()?,
            "--knex" => profiles = vec![value()?],
            "--help" | "-h" => {
                println!("{USAGE}");
                return Ok(());
            }
            name if name.starts_with('-') => return Err(Error::Usage(format!("there is no {name}\n\n{USAGE}"))),
            name => names.push(name),
        }
    }
    tools::prepare(&[Tool::Node, Tool::Postgres])?;
    let schedules = schedules(&names)?;
    let golden = root().join("tests/golden");
    let mut recorder = Command::new("node");
    recorder.arg(root().join("tests/recorder/record.js")).current_dir(root());
    recorder.args(["--runs", runs, "--lanes", lanes, "--postgres"]).arg(Tool::Postgres.path()?);
    recorder.arg("--handlers").arg(root().join("assets/handlers")).arg("--output").arg(&golden);
    for profile in profiles {
        recorder.args(["--profile", profile]).arg(packages(profile)?);
    }
    recorder.arg("--monitor").arg(packages(MONITOR)?).arg("--runtime-client").arg(runtime_client()?);
    if let Some((user, group)) = server_user()? {
        recorder.args(["--user", &user, &group]);
    }
    let mut recorder = recorder.stdin(Stdio::piped()).spawn().about("starting the recorder")?;
    if let Some(mut input) = recorder.stdin.take() {
        std::io::Write::write_all(&mut input, schedules.as_bytes()).about("sending the schedules to the recorder")?;
    }
    // The recorder stops its clusters unless it is killed.
    let status = recorder.wait().about("waiting for the recorder")?;
    if status.success() {
        return Ok(());
    }
    Err(Error::Program { command: "node tests/recorder/record.js".into(), status, output: String::new() })
}

/// The schedules whose names begin with one of `names`, as JSON.
fn schedules(names: &[&str]) -> Result<String> {
    let folder = root().join("tests/golden/schedules");
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder).about(folder.display())? {
        let file = entry.about(folder.display())?.path();
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let wanted = names.is_empty() || names.iter().any(|name| stem.starts_with(name));
        if wanted && file.extension().is_some_and(|extension| extension == "scenario") {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(Error::Usage(format!("no schedule begins with {}", names.join(" or "))));
    }
    cargo(["run", "--quiet", "--package", "lambda-lifecycles", "--example", "schedule", "--"]).args(files).output()
}

/// The `node_modules` folder with the packages of a version of Knex.
fn packages(profile: &str) -> Result<PathBuf> {
    let source = root().join("tests/recorder").join(format!("knex-{profile}"));
    if !source.is_dir() {
        return Err(Error::Usage(format!("Knex {profile} is not recorded; there are {}", PROFILES.join(" and "))));
    }
    tools::install_npm_packages(&source, &format!("knex-{profile}"))
}

/// The `node_modules` folder with AWS' runtime client, which calls the handlers. npm does not build its native part: the
/// recorder replaces that.
fn runtime_client() -> Result<PathBuf> {
    tools::install_npm_packages(&root().join("tests/recorder/runtime-client"), "runtime-client")
}

/// The user and group that run the server, where they are not the current ones: PostgreSQL refuses to run as root.
fn server_user() -> Result<Option<(String, String)>> {
    let id = |arguments: &[&str]| program("id").args(arguments).output().map(|id| id.trim().to_owned());
    if id(&["-u"])? != "0" {
        return Ok(None);
    }
    Ok(Some((id(&["-u", "postgres"])?, id(&["-g", "postgres"])?)))
}
