//! The source of the handlers, with what ran, what runs and what failed.

use base::sorted_map::SortedMap;
use std::rc::Rc;

use super::source::{SourceLine, SourceListing};
use crate::session::{Session, words};
use simulation::event::{Phase, Position};
use simulation::history::InvocationRecord;
use simulation::lambda::{MODULES, Package};

/// The listing.
#[derive(Clone, Debug, PartialEq)]
pub struct ListingView {
    /// The name of the file.
    pub name: Rc<str>,
    /// The module that runs: its place among `modules`.
    pub module: usize,
    /// The file names of all modules.
    pub modules: [&'static str; MODULES.len()],
    /// A sentence on how often the module was evaluated.
    pub evaluated: String,
    /// The lines.
    pub rows: Vec<Rc<ListingRow>>,
}

/// A line of the listing.
#[derive(Clone, Debug, PartialEq)]
pub struct ListingRow {
    /// The line's number, from 1.
    pub number: u32,
    /// The number, or the environments that execute the line.
    pub gutter: String,
    /// The line of the source.
    pub source: Rc<SourceLine>,
    /// True if the invocation in focus ran the line.
    pub ran: bool,
    /// True if an environment executes the line now.
    pub lit: bool,
    /// True if the invocation in focus failed here.
    pub failed: bool,
    /// The error that was raised in this line.
    pub raised: Option<Raised>,
    /// The note on how often a handler ran.
    pub note: Option<RunNote>,
}

/// An error that was raised in a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Raised {
    /// The column, from 1.
    pub column: u32,
    /// The error's message.
    pub message: Rc<str>,
}

/// The note on how often a handler ran.
#[derive(Clone, Debug, PartialEq)]
pub struct RunNote {
    /// The handler's place among the exports.
    pub handler: usize,
    /// The note.
    pub text: String,
}

/// The place where an invocation failed.
#[derive(Default)]
struct FailedAt {
    /// The position where the error was raised, and its message.
    raised: Option<(Position, Rc<str>)>,
    /// The line to mark: the one that printed the error, else the one that raised it.
    line: Option<u32>,
}

impl FailedAt {
    fn of(record: &InvocationRecord, source: &SourceListing) -> Self {
        let Some(outcome) = &record.outcome else { return Self::default() };
        let loading = record.loading.filter(|_| record.called.is_none());
        let own = || outcome.error.as_ref().map(|error| (loading, error.message.clone()));
        let Some((position, message)) = outcome.first_rejection.clone().or_else(own) else { return Self::default() };
        let raised =
            position.filter(|position| source.line_at(*position).is_some()).map(|position| (position, message));
        let printed = record.complaint.and_then(|position| source.line_at(position));
        let line = printed.or(raised.as_ref().map(|(position, _)| position.line));
        Self { raised, line }
    }
}

impl Session {
    /// The view of the listing.
    pub fn listing(&self) -> ListingView {
        let source = self.source();
        let executing = self.executing(source);
        let focus = self.invocation_in_focus();
        let failed = focus.map_or_else(FailedAt::default, |record| FailedAt::of(record, source));
        let row = |(line, number): (&Rc<SourceLine>, u32)| {
            let environments = executing.get(&number).map(Vec::as_slice);
            let gutter = match environments {
                Some([one]) if executing.len() > 1 => format!("#{one}"),
                Some(several) if several.len() > 1 => format!("×{}", several.len()),
                _ => number.to_string(),
            };
            let raised = failed.raised.as_ref().filter(|(position, _)| position.line == number);
            Rc::new(ListingRow {
                number,
                gutter,
                source: line.clone(),
                ran: focus.is_some_and(|record| record.lines.contains(&(source.file(), number))),
                lit: environments.is_some(),
                failed: failed.line == Some(number) && environments.is_none(),
                raised: raised.map(|(position, message)| Raised { column: position.column, message: message.clone() }),
                note: line.note.map(|handler| self.note(handler)),
            })
        };
        ListingView {
            name: source.name().clone(),
            module: self.module,
            modules: std::array::from_fn(Package::name_of),
            evaluated: self.evaluated(),
            rows: source.lines().iter().zip(1..).map(row).collect(),
        }
    }

    /// The environments that execute each line. A frozen one executes nothing.
    fn executing(&self, source: &SourceListing) -> SortedMap<u32, Vec<u32>> {
        let mut lines: SortedMap<u32, Vec<u32>> = SortedMap::new();
        for environment in self.living().filter(|environment| environment.phase != Phase::Frozen) {
            if let Some(line) = environment.line.and_then(|position| source.line_at(position)) {
                lines.entry(line).or_default().push(environment.id.0);
            }
        }
        lines
    }

    fn evaluated(&self) -> String {
        let invocations = self.player.invocations();
        let Some((at, environment)) = invocations.evaluated else { return "not evaluated yet".into() };
        let at = words::clock(at);
        match invocations.evaluations {
            1 => format!("evaluated once, at {at}, in #{environment}"),
            times => format!("evaluated {times}×, last at {at}, in #{environment}"),
        }
    }

    fn note(&self, handler: usize) -> RunNote {
        let name = self.exports().get(handler);
        let (mut times, mut last) = (0, None);
        for record in self.player.invocations().records.iter().filter(|record| Some(&record.handler) == name) {
            if let (Some(at), Some(id)) = (record.called, record.environment) {
                times += 1;
                last = last.max(Some((at, id)));
            }
        }
        let text = match last {
            None => "handler, not run yet".into(),
            Some((at, id)) => format!("handler ran {times}×, last at {}, in #{id}", words::clock(at)),
        };
        RunNote { handler, text }
    }
}
