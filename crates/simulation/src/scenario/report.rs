//! What the CLI prints for a statement: one object, made from the events of the statement and the state at its end.
//!
//! The JSON is written here by hand: its keys have a fixed order, and a time is a plain number of milliseconds.

use base::sorted_map::SortedMap;
use std::rc::Rc;

use crate::event::{EnvironmentId, Event, EventKind, InvocationId, Outcome, Phase, Start, Status, Stream};
use crate::world::World;
use base::time::{Duration, Instant};
use postgres::Database;

use super::json::write_string;
use super::run::Begun;
use super::syntax::{Statement, StatementKind};

/// One statement as the CLI tells it. An invocation that an earlier statement began is told in the same form.
#[derive(Clone, Debug, PartialEq)]
pub struct StatementReport {
    /// The statement in its canonical form.
    pub statement: Rc<str>,
    /// When it began.
    pub at: Instant,
    /// What came of it.
    pub status: StatementStatus,
    /// The environment of the invocation.
    pub environment: Option<EnvironmentId>,
    /// The invocation.
    pub invocation: Option<InvocationId>,
    /// The handler.
    pub handler: Option<Rc<str>>,
    /// How the invocation's process came to be.
    pub start: Option<Start>,
    /// How long its init took, on a cold start.
    pub init: Option<Duration>,
    /// How long the invocation took.
    pub duration: Option<Duration>,
    /// The handler's value as JSON.
    pub result: Option<Rc<str>>,
    /// What went wrong.
    pub error: Option<ReportError>,
    /// What was printed during the statement.
    pub log: Vec<LogEntry>,
    /// The pool of the environment that the statement is about.
    pub pool: Option<PoolReport>,
    /// That environment's server sessions.
    pub backends: Option<u32>,
    /// Invocations begun earlier that ended during the statement.
    pub completed: Vec<StatementReport>,
}

/// What came of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementStatus {
    /// It was carried out.
    Ok,
    /// It could not be carried out; nothing changed.
    Refused,
    /// Its invocation ended so.
    Ended(Status),
}

impl StatementStatus {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Ended(Status::Success) => "success",
            Self::Ended(Status::Error) => "error",
            Self::Ended(Status::Timeout) => "timeout",
            Self::Ended(Status::Crashed) => "crashed",
            Self::Ended(Status::Throttled) => "throttled",
        }
    }
}

/// What went wrong. A refusal has nothing but its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportError {
    /// The error's `name`.
    pub name: Option<Rc<str>>,
    /// Its `message`.
    pub message: Rc<str>,
    /// Its `code`, where the library gives one.
    pub code: Option<Rc<str>>,
}

/// What was printed by one call of `console`, or by one of the runtime's and the libraries' own prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// When.
    pub at: Instant,
    /// In which environment.
    pub environment: Option<EnvironmentId>,
    /// In which invocation, as Lambda's log has it.
    pub invocation: Option<InvocationId>,
    /// Where it went.
    pub stream: Stream,
    /// The text.
    pub text: Rc<str>,
}

/// The counters of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names are tarn's
pub struct PoolReport {
    pub used: u32,
    pub free: u32,
    pub pending_acquires: u32,
    pub pending_creates: u32,
    pub min: u32,
    pub max: u32,
}

/// Turns the events of a run into reports: `begin` a statement, `observe` its events, `finish` it.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The invocations that are under way, with the statement that began them.
    under_way: SortedMap<InvocationId, (Rc<str>, Instant)>,
    current: Option<Current>,
}

#[derive(Clone, Debug)]
struct Current {
    report: StatementReport,
    /// The environment that the statement names or resolves to.
    about: Option<EnvironmentId>,
    /// Whether the statement ends together with its invocation.
    invokes: bool,
}

impl Account {
    /// The account of a run that begins.
    pub fn new() -> Self {
        Self::default()
    }

    /// The statement begins.
    pub fn begin(&mut self, statement: &Statement, begun: &Begun) {
        let text: Rc<str> = statement.to_string().into();
        let mut report = StatementReport::new(text.clone(), begun.at);
        report.handler = statement.kind.call().map(|call| call.handler.clone());
        let mut about = statement.kind.environment();
        match &begun.applied {
            Err(why) => {
                report.status = StatementStatus::Refused;
                report.error = Some(ReportError { name: None, message: why.clone(), code: None });
            }
            Ok(applied) => {
                about = applied.environment.or(about);
                if report.handler.is_some() {
                    report.invocation = applied.invocation;
                    report.environment = applied.environment;
                }
                if applied.throttled {
                    report.status = StatementStatus::Ended(Status::Throttled);
                    report.environment = None;
                } else if let Some(invocation) = report.invocation {
                    self.under_way.insert(invocation, (text, begun.at));
                }
            }
        }
        let invokes = matches!(statement.kind, StatementKind::Invoke(_));
        self.current = Some(Current { report, about, invokes });
    }

    /// These events happened.
    pub fn observe(&mut self, events: &[Event]) {
        let Some(current) = &mut self.current else { return };
        for event in events {
            match &event.kind {
                EventKind::Printed { stream, text, .. } => current.report.log.push(LogEntry {
                    at: event.at,
                    environment: event.environment,
                    invocation: event.invocation,
                    stream: *stream,
                    text: text.clone(),
                }),
                EventKind::InvocationEnded { outcome } => {
                    let Some(invocation) = event.invocation else { continue };
                    let begun = self.under_way.remove(&invocation);
                    if current.report.invocation == Some(invocation) && (current.invokes || begun.is_none()) {
                        current.report.end(outcome);
                        continue;
                    }
                    let (statement, at) = begun.unwrap_or_else(|| ("".into(), outcome.requested_at));
                    let mut report = StatementReport::new(statement, at);
                    report.environment = event.environment;
                    report.invocation = Some(invocation);
                    report.end(outcome);
                    current.report.completed.push(report);
                }
                _ => {}
            }
        }
    }

    /// The statement is over: its report.
    ///
    /// # Panics
    /// When none has begun.
    pub fn finish<D: Database>(&mut self, world: &World<D>) -> StatementReport {
        let Current { mut report, about, .. } = self.current.take().expect("a statement that ends has begun");
        report.look_at(about.or_else(|| world.latest_environment()), world);
        for completed in &mut report.completed {
            completed.look_at(completed.environment, world);
        }
        report
    }
}

impl StatementReport {
    fn new(statement: Rc<str>, at: Instant) -> Self {
        Self {
            statement,
            at,
            status: StatementStatus::Ok,
            environment: None,
            invocation: None,
            handler: None,
            start: None,
            init: None,
            duration: None,
            result: None,
            error: None,
            log: Vec::new(),
            pool: None,
            backends: None,
            completed: Vec::new(),
        }
    }

    /// The invocation ended.
    fn end(&mut self, outcome: &Outcome) {
        self.status = StatementStatus::Ended(outcome.status);
        self.handler = Some(outcome.handler.clone());
        self.start = outcome.start;
        self.init = outcome.init;
        self.duration = (outcome.status != Status::Throttled).then_some(outcome.duration);
        self.result.clone_from(&outcome.result);
        self.error = outcome.error.as_ref().map(|failure| ReportError {
            name: Some(failure.name.clone()),
            message: failure.message.clone(),
            code: failure.code.clone(),
        });
    }

    /// What there is to say of an environment now; nothing where there is none or it is shut down.
    fn look_at<D: Database>(&mut self, environment: Option<EnvironmentId>, world: &World<D>) {
        let there = |id: &EnvironmentId| world.environment(*id).is_some_and(|each| each.phase() != Phase::Shutdown);
        let Some(id) = environment.filter(there) else { return };
        self.backends = Some(world.backends(id));
        self.pool = world.pool_counters(id).map(|counters| PoolReport {
            used: counters.used,
            free: counters.free,
            pending_acquires: counters.pending_acquires,
            pending_creates: counters.pending_creates,
            min: counters.min,
            max: counters.max,
        });
    }

    /// The report as JSON on one line.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        let mut object = Object::open(out);
        object.string("statement", Some(&self.statement));
        object.millis("at_ms", Some(self.at.as_micros()));
        object.string("status", Some(self.status.name()));
        object.number("environment", self.environment.map(|id| id.0));
        object.number("invocation", self.invocation.map(|id| id.0));
        object.string("handler", self.handler.as_deref());
        object.string("start", self.start.map(start_name));
        object.millis("init_ms", self.init.map(Duration::as_micros));
        object.millis("duration_ms", self.duration.map(Duration::as_micros));
        object.raw("result", self.result.as_deref().unwrap_or("null"));
        match &self.error {
            Some(error) => error.write(object.key("error")),
            None => object.raw("error", "null"),
        }
        write_list(object.key("log"), &self.log, LogEntry::write);
        match &self.pool {
            Some(pool) => pool.write(object.key("pool")),
            None => object.raw("pool", "null"),
        }
        object.number("backends", self.backends);
        write_list(object.key("completed"), &self.completed, Self::write);
        object.close();
    }
}

impl ReportError {
    fn write(&self, out: &mut String) {
        let mut object = Object::open(out);
        if self.name.is_some() {
            object.string("name", self.name.as_deref());
        }
        object.string("message", Some(&self.message));
        if self.code.is_some() {
            object.string("code", self.code.as_deref());
        }
        object.close();
    }
}

impl LogEntry {
    fn write(&self, out: &mut String) {
        let mut object = Object::open(out);
        object.millis("at_ms", Some(self.at.as_micros()));
        object.number("environment", self.environment.map(|id| id.0));
        object.number("invocation", self.invocation.map(|id| id.0));
        object.string("stream", Some(if self.stream == Stream::Stdout { "stdout" } else { "stderr" }));
        object.string("text", Some(&self.text));
        object.close();
    }
}

impl PoolReport {
    fn write(&self, out: &mut String) {
        let mut object = Object::open(out);
        object.number("used", Some(self.used));
        object.number("free", Some(self.free));
        object.number("pendingAcquires", Some(self.pending_acquires));
        object.number("pendingCreates", Some(self.pending_creates));
        object.number("min", Some(self.min));
        object.number("max", Some(self.max));
        object.close();
    }
}

fn start_name(start: Start) -> &'static str {
    match start {
        Start::Cold => "cold",
        Start::Warm => "warm",
        Start::Reset => "reset",
    }
}

/// A JSON object that is being written.
struct Object<'o> {
    out: &'o mut String,
    first: bool,
}

impl<'o> Object<'o> {
    fn open(out: &'o mut String) -> Self {
        out.push('{');
        Self { out, first: true }
    }

    fn key(&mut self, key: &str) -> &mut String {
        if !core::mem::take(&mut self.first) {
            self.out.push(',');
        }
        self.out.push('"');
        self.out.push_str(key);
        self.out.push_str("\":");
        self.out
    }

    fn raw(&mut self, key: &str, json: &str) {
        self.key(key).push_str(json);
    }

    fn string(&mut self, key: &str, value: Option<&str>) {
        match value {
            Some(value) => write_string(value, self.key(key)),
            None => self.raw(key, "null"),
        }
    }

    fn number(&mut self, key: &str, value: Option<u32>) {
        match value {
            Some(value) => self.raw(key, &value.to_string()),
            None => self.raw(key, "null"),
        }
    }

    /// Milliseconds with the microseconds as the fraction, as short as they can be.
    fn millis(&mut self, key: &str, micros: Option<u64>) {
        let Some(micros) = micros else { return self.raw(key, "null") };
        let (whole, fraction) = (micros / 1_000, micros % 1_000);
        let mut text = whole.to_string();
        if fraction > 0 {
            text.push('.');
            text.push_str(format!("{fraction:03}").trim_end_matches('0'));
        }
        self.raw(key, &text);
    }

    fn close(self) {
        self.out.push('}');
    }
}

fn write_list<T>(out: &mut String, items: &[T], write: fn(&T, &mut String)) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(']');
}

// serde_json reads what was written; it is there natively only.
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_the_object_of_the_contract() {
        let mut report = StatementReport::new("invoke checkDatabaseConnection".into(), Instant::ZERO);
        report.environment = Some(EnvironmentId(1));
        report.invocation = Some(InvocationId(1));
        report.end(&Outcome {
            handler: "checkDatabaseConnection".into(),
            start: Some(Start::Cold),
            status: Status::Success,
            requested_at: Instant::ZERO,
            ended_at: Instant::from_micros(209_500),
            init: Some(Duration::from_micros(180_400)),
            duration: Duration::from_micros(29_100),
            result: Some("\"Postgres: connection test success\"".into()),
            error: None,
            rejections: 0,
            first_rejection: None,
        });
        report.log.push(LogEntry {
            at: Instant::from_micros(180_500),
            environment: Some(EnvironmentId(1)),
            invocation: Some(InvocationId(1)),
            stream: Stream::Stdout,
            text: "Invoked: checkDatabaseConnection".into(),
        });
        report.backends = Some(0);
        assert_eq!(
            report.to_json(),
            concat!(
                r#"{"statement":"invoke checkDatabaseConnection","at_ms":0,"status":"success","environment":1,"invocation":1,"#,
                r#""handler":"checkDatabaseConnection","start":"cold","init_ms":180.4,"duration_ms":29.1,"#,
                r#""result":"Postgres: connection test success","error":null,"#,
                r#""log":[{"at_ms":180.5,"environment":1,"invocation":1,"stream":"stdout","text":"Invoked: checkDatabaseConnection"}],"#,
                r#""pool":null,"backends":0,"completed":[]}"#
            )
        );
    }

    #[test]
    fn milliseconds_are_as_short_as_they_can_be() {
        let shown = |micros| {
            let mut out = String::new();
            let mut object = Object::open(&mut out);
            object.millis("t", Some(micros));
            object.close();
            out
        };
        assert_eq!(
            [0, 1, 50, 1_000, 12_340].map(shown),
            [r#"{"t":0}"#, r#"{"t":0.001}"#, r#"{"t":0.05}"#, r#"{"t":1}"#, r#"{"t":12.34}"#]
        );
    }

    #[test]
    fn what_is_not_there_is_null_and_every_key_is_there() {
        let mut report = StatementReport::new("say \"a\"".into(), Instant::ZERO);
        report.status = StatementStatus::Refused;
        report.error = Some(ReportError { name: None, message: "no\nroom".into(), code: None });
        report.completed.push(StatementReport::new("start a".into(), Instant::ZERO));
        let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
        assert_eq!(json["error"], serde_json::json!({ "message": "no\nroom" }));
        assert_eq!(json.as_object().unwrap().len(), 15);
        assert_eq!(json["completed"][0].as_object().unwrap().len(), 15);
    }
}
