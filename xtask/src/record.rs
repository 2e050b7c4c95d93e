//! `cargo xtask record`: golden recordings with the real Node, Knex, pg and PostgreSQL, as `tests/recorder/` makes them.
//!
//! The recorder gets the schedules of `tests/golden/schedules/` from the program's own parser (`examples/schedule.rs`),
//! runs each many times in a private PostgreSQL cluster and writes what happened to `tests/golden/knex-VERSION/`.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::failure::{Outcome, While, failure};
use crate::shell::{cargo, program, root};
use crate::tools;

/// The versions that are recorded: a folder of `tests/recorder/` for each, with its pinned packages.
const PROFILES: [&str; 2] = ["0.17.0", "3.3.0"];
/// Messages differ between PostgreSQL's versions; these recordings are of this one.
const POSTGRES: &str = "15";
/// Which profile's driver the recorder itself uses to look at the server.
const MONITOR: &str = "3.3.0";

const USAGE: &str = "\
cargo xtask record [--runs N] [--lanes N] [--knex VERSION] [SCHEDULE…]

Records the schedules whose names begin with one of these words, or all of them; N times each (12), N at a time (2).";

/// Runs the recorder.
pub fn run(arguments: &[String]) -> Outcome {
    let (mut runs, mut lanes, mut profiles, mut names) = ("12", "2", PROFILES.to_vec(), Vec::new());
    let mut arguments = arguments.iter().map(String::as_str);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().map_or_else(|| failure(format!("{argument} takes a value\n\n{USAGE}")), Ok);
        match argument {
            "--runs" => runs = value()?,
            "--lanes" => lanes = value()?,
            "--knex" => profiles = vec![value()?],
            "--help" | "-h" => {
                println!("{USAGE}");
                return Ok(());
            }
            name if name.starts_with('-') => return failure(format!("there is no {name}\n\n{USAGE}")),
            name => names.push(name),
        }
    }
    tools::node()?;
    let postgres = tools::postgres(POSTGRES)?;
    let schedules = schedules(&names)?;
    let golden = root().join("tests/golden");
    let mut recorder = Command::new("node");
    recorder.arg(root().join("tests/recorder/record.js")).current_dir(root());
    recorder.args(["--runs", runs, "--lanes", lanes, "--postgres"]).arg(postgres);
    recorder.arg("--handlers").arg(root().join("assets/handlers")).arg("--output").arg(&golden);
    for profile in profiles {
        recorder.args(["--profile", profile]).arg(packages(profile)?);
    }
    recorder.arg("--monitor").arg(packages(MONITOR)?).arg("--runtime-client").arg(runtime_client()?);
    if let Some((user, group)) = server_user()? {
        recorder.args(["--user", &user, &group]);
    }
    let mut recorder = recorder.stdin(Stdio::piped()).spawn().doing("starting the recorder")?;
    if let Some(mut input) = recorder.stdin.take() {
        std::io::Write::write_all(&mut input, schedules.as_bytes()).doing("handing the schedules over")?;
    }
    // The recorder stops its clusters whatever happens to it short of being killed.
    let status = recorder.wait().doing("waiting for the recorder")?;
    if status.success() { Ok(()) } else { failure(format!("the recorder ended with {status}")) }
}

/// The schedules as JSON.
fn schedules(names: &[&str]) -> Outcome<String> {
    let folder = root().join("tests/golden/schedules");
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder).doing(folder.display())? {
        let file = entry.doing(folder.display())?.path();
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let wanted = names.is_empty() || names.iter().any(|name| stem.starts_with(name));
        if wanted && file.extension().is_some_and(|extension| extension == "scenario") {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        return failure("no schedule has such a name");
    }
    cargo(["run", "--quiet", "--package", "lambda-lifecycles", "--example", "schedule", "--"]).args(files).output()
}

/// The folder of a profile's pinned packages: `npm ci` in the cache folder, anew when the lock file is another.
fn packages(profile: &str) -> Outcome<PathBuf> {
    let source = root().join("tests/recorder").join(format!("knex-{profile}"));
    if !source.is_dir() {
        return failure(format!("there is no profile {profile}; there are {}", PROFILES.join(", ")));
    }
    let why = format!("Knex {profile} and its driver, to be recorded");
    Ok(tools::npm_packages(&source, &format!("knex-{profile}"), &why)?.join("node_modules"))
}

/// AWS' runtime client. Its native part is not built: the recorder has another in its place.
fn runtime_client() -> Outcome<PathBuf> {
    let source = root().join("tests/recorder/runtime-client");
    Ok(tools::npm_packages(&source, "runtime-client", "AWS' Node runtime client, which calls the handlers")?
        .join("node_modules"))
}

/// Who runs the server: PostgreSQL refuses to be run by root.
fn server_user() -> Outcome<Option<(String, String)>> {
    let id = |arguments: &[&str]| program("id").args(arguments).output().map(|id| id.trim().to_owned());
    if id(&["-u"])? != "0" {
        return Ok(None);
    }
    Ok(Some((id(&["-u", "postgres"])?, id(&["-g", "postgres"])?)))
}
