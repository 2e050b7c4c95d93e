//! Runs a program in the simulation as the command line does: as a module whose `main` is invoked. The environment then
//! stays awake for ten seconds, so that work which the handler left behind can go on.

use std::rc::Rc;

use simulation::event::{self, Status};
use simulation::lambda::Package;
use simulation::scenario::{self, Scenario};
use simulation::settings::{Deployment, Settings};
use simulation::world::World;

use super::outcome::{End, Outcome};

/// The words in every refusal of a construct outside the subset.
const OUTSIDE: &str = "is not part of the JavaScript that runs here";
/// The beginnings of the lines that the runtime prints about an uncaught error. The process ends after such a line.
const LAST_WORDS: [&str; 2] = ["Unhandled Promise Rejection \t", "Uncaught Exception \t"];
/// The beginning of the line that the runtime prints about an error of the handler.
const INVOKE_ERROR: &str = "Invoke Error \t";

/// Runs each program in a world of its own.
pub(crate) struct Machine {
    scenario: Rc<Scenario>,
    settings: Settings,
}

impl Machine {
    /// A machine for programs that export `main`, at the default speed.
    pub(crate) fn new() -> Self {
        Self::with_step("1us")
    }

    /// A machine whose steps take this duration each.
    pub(crate) fn with_step(step: &str) -> Self {
        let exports: [Rc<str>; 1] = ["main".into()];
        let scenario = format!("set lambda.freeze=manual latency.step={step}; invoke main; wait 10s");
        let scenario = scenario::parse(&scenario, Some(&exports));
        let scenario = Rc::new(scenario.unwrap_or_else(|error| panic!("the scenario of the programs: {error}")));
        let mut settings = Settings::default();
        settings.lambda.deploy = Deployment::Shared;
        Self { settings: scenario.settings(settings), scenario }
    }

    /// Runs the program and returns its outcome.
    pub(crate) fn run(&self, program: &str) -> Outcome {
        let unknown = |why: String| Outcome { log: Vec::new(), end: End::Unknown(why) };
        let package = match Package::from_source("program.js", program) {
            Ok(package) => package,
            Err(diagnostic) => return unknown(diagnostic.to_string()),
        };
        if package.exports().is_none_or(|names| names.iter().all(|name| &**name != "main")) {
            return Outcome { log: Vec::new(), end: End::Load };
        }
        let mut world = World::new(self.settings.clone(), package);
        let mut log = Vec::new();
        let mut end = End::Pending;
        scenario::run(&mut world, &self.scenario, &mut |report| {
            log.extend(report.log.iter().map(|entry| entry.text.to_string()));
            if let Some(outcome) = report.result.outcome() {
                end = ended(outcome);
            }
        });
        if let Some(place) = log.iter().position(|line| LAST_WORDS.iter().any(|words| line.starts_with(words))) {
            log.truncate(place);
            end = End::Crashed;
        }
        log.retain(|line| !line.starts_with(INVOKE_ERROR));
        if log.iter().any(|line| line.contains(OUTSIDE)) {
            return unknown("what it does is outside the subset".into());
        }
        Outcome { log, end }
    }
}

fn ended(outcome: &event::Outcome) -> End {
    match outcome.status {
        Status::Success => {
            let text = outcome.result.as_deref().unwrap_or("null");
            End::Success(serde_json::from_str(text).unwrap_or_default())
        }
        Status::Error => {
            // The name of a value that is not an error is its type, which begins with a small letter.
            let error = outcome.error.as_ref().map(|error| (&*error.name, &*error.message));
            let error = error.filter(|(name, _)| name.starts_with(char::is_uppercase));
            End::Error(error.map(|(name, message)| (name.to_owned(), message.to_owned())))
        }
        Status::Timeout => End::Pending,
        Status::Crashed => End::Crashed,
        Status::Throttled => End::Unknown("throttled".into()),
    }
}
