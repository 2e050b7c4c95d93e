//! Runs a scenario in a terminal: one JSON object per statement on standard output, messages on standard error.
//!
//! ```text
//! cargo run --release --example simulate -- -e 'invoke check; invoke check'
//! ```

use std::io::{self, Read, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;

use simulation::lambda::Package;
use simulation::limits;
use simulation::scenario::{Scenario, parse, run};
use simulation::settings::{Deployment, Settings};
use simulation::world::World;

const HELP: &str = "\
Runs a scenario in the simulator and prints one JSON object per statement.

usage: simulate [--module FILE.js] [SCENARIO_FILE | -e 'SCENARIO' | -]

  SCENARIO_FILE        a file with the scenario
  -e, --eval SCENARIO  the scenario itself
  -                    the scenario is read from standard input
  --module FILE.js     its exports take the place of the post's two handlers
  -h, --help           this text

exit code: 0; 1 when a statement was refused; 2 when the scenario or the module could not be read (nothing has run)

  simulate -e 'invoke check; freeze for 5m; invoke check'

docs/scenario-language.md is the reference of the language and of the output.
";

/// The origin of the scenario.
enum ScenarioSource {
    /// The path of a file.
    File(String),
    /// The scenario itself, from the command line.
    Text(String),
    StandardInput,
}

struct Arguments {
    /// The path of the module whose exports replace the post's handlers.
    module: Option<String>,
    source: ScenarioSource,
}

fn main() -> ExitCode {
    let arguments = match arguments(std::env::args_os().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            // If the pipe is closed, the reader has seen enough.
            let _ = io::stdout().write_all(HELP.as_bytes());
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("simulate: {message}\n\nusage: simulate [--module FILE.js] [SCENARIO_FILE | -e 'SCENARIO' | -]");
            return ExitCode::from(2);
        }
    };
    match prepare(&arguments) {
        Ok((mut world, scenario)) => simulate(&mut world, &scenario),
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

/// Reads the command line. `None` means that it asks for help.
fn arguments(given: impl Iterator<Item = std::ffi::OsString>) -> Result<Option<Arguments>, String> {
    let mut given = given.map(|argument| argument.into_string().map_err(|_| "an argument is not UTF-8".to_string()));
    let (mut module, mut source, mut options) = (None, None, true);
    while let Some(argument) = given.next().transpose()? {
        let mut value = |what: &str| given.next().transpose()?.ok_or(format!("{argument} needs {what}"));
        let found = match &*argument {
            "-h" | "--help" if options => return Ok(None),
            "--" if options => {
                options = false;
                continue;
            }
            "--module" if options => {
                if module.replace(value("a file")?).is_some() {
                    return Err("--module is given twice".into());
                }
                continue;
            }
            "-e" | "--eval" if options => ScenarioSource::Text(value("a scenario")?),
            "-" => ScenarioSource::StandardInput,
            other if options && other.starts_with("--module=") => {
                if module.replace(other["--module=".len()..].to_string()).is_some() {
                    return Err("--module is given twice".into());
                }
                continue;
            }
            other if options && other.starts_with('-') => return Err(format!("there is no option {other}")),
            file => ScenarioSource::File(file.to_string()),
        };
        if source.replace(found).is_some() {
            return Err("more than one scenario is given".into());
        }
    }
    let source = source.ok_or("no scenario is given")?;
    Ok(Some(Arguments { module, source }))
}

/// Reads the module and the scenario. Nothing runs unless both can be read.
fn prepare(arguments: &Arguments) -> Result<(World, Rc<Scenario>), String> {
    let mut settings = Settings::default();
    let package = match &arguments.module {
        None => Package::post(),
        Some(file) => {
            settings.lambda.deploy = Deployment::Shared;
            let name = Path::new(file).file_name().map_or(file.into(), |name| name.to_string_lossy());
            Package::from_source(&name, &text_of(file, javascript::limits::SOURCE_BYTES)?)
                .map_err(|diagnostic| format!("{file}: {diagnostic}"))?
        }
    };
    let (name, text) = match &arguments.source {
        ScenarioSource::Text(text) => ("scenario", text.clone()),
        ScenarioSource::File(file) => (&**file, text_of(file, limits::SCENARIO_BYTES)?),
        ScenarioSource::StandardInput => {
            ("standard input", text_from(&mut io::stdin().lock(), "standard input", limits::SCENARIO_BYTES)?)
        }
    };
    let scenario = parse(&text, package.exports()).map_err(|error| format!("{name}: {error}"))?;
    Ok((World::new(scenario.settings(settings), package), Rc::new(scenario)))
}

fn text_of(file: &str, most: usize) -> Result<String, String> {
    let mut opened = std::fs::File::open(file).map_err(|error| format!("{file}: {error}"))?;
    text_from(&mut opened, file, most)
}

/// Reads a text of at most `most` bytes. Of a longer one, only the beginning is read: enough for the parser to refuse it.
fn text_from(input: &mut dyn Read, name: &str, most: usize) -> Result<String, String> {
    let mut bytes = Vec::new();
    input.take(most as u64 + 1).read_to_end(&mut bytes).map_err(|error| format!("{name}: {error}"))?;
    // The beginning of a long text may end in the middle of a character.
    if bytes.len() > most {
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    }
    String::from_utf8(bytes).map_err(|_| format!("{name}: not UTF-8"))
}

fn simulate(world: &mut World, scenario: &Rc<Scenario>) -> ExitCode {
    let mut out = io::stdout().lock();
    let accepted = run(world, scenario, &mut |report| {
        if let Err(error) = writeln!(out, "{}", report.to_json()) {
            // A reader that has seen enough (`| head -1`) closes the pipe. Any other error is reported.
            if error.kind() == io::ErrorKind::BrokenPipe {
                std::process::exit(0);
            }
            eprintln!("simulate: standard output: {error}");
            std::process::exit(2);
        }
    });
    if accepted { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
