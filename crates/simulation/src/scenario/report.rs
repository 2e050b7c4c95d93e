//! The report that the CLI prints for a statement: one JSON object, made from the events of the statement and from the state
//! of the world at its end.
//!
//! `DESIGN.md` and `docs/scenario-language.md` specify the object. Its keys have a fixed order, and every key is there.

use std::rc::Rc;

use serde::Serialize;
use serde::ser::{SerializeStruct as _, Serializer};
use serde_json::value::RawValue;

use crate::event::{EnvironmentId, Event, EventKind, InvocationId, Outcome, Phase, Status, Stream};
use crate::world::{PoolCounters, Refusal, World};
use base::sorted_map::SortedMap;
use base::time::{Duration, Instant};
use postgres::Database;

use super::run::Begun;
use super::syntax::{Statement, StatementKind};

/// The report of a statement, or of an invocation that an earlier statement began.
#[derive(Clone, Debug, PartialEq)]
pub struct StatementReport {
    /// The statement in its canonical form.
    pub statement: Rc<str>,
    /// The moment at which the statement began.
    pub at: Instant,
    /// The result of the statement.
    pub result: StatementResult,
    /// The environment that the invocation went to.
    pub environment: Option<EnvironmentId>,
    /// The invocation that the statement asked for.
    pub invocation: Option<InvocationId>,
    /// The handler that the statement names.
    pub handler: Option<Rc<str>>,
    /// The texts that were printed during the statement.
    pub log: Vec<LogEntry>,
    /// The counters of the first client's pool, in the environment that the statement is about.
    pub pool: Option<PoolCounters>,
    /// The server sessions of that environment.
    pub backends: Option<u32>,
    /// Invocations that earlier statements began and that ended during this one.
    pub completed: Vec<StatementReport>,
    /// The environment that `pool` and `backends` are about. Without it, the one that the latest invocation went to.
    about: Option<EnvironmentId>,
    /// True if the statement ends together with its invocation.
    waits: bool,
}

/// The result of a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementResult {
    /// The statement was carried out.
    Done,
    /// The statement was refused, and nothing changed.
    Refused(Refusal),
    /// The invocation of the statement ended.
    Ended(Rc<Outcome>),
}

impl StatementResult {
    /// The outcome of the statement's invocation, if it ended during the statement.
    pub fn outcome(&self) -> Option<&Outcome> {
        if let Self::Ended(outcome) = self { Some(outcome) } else { None }
    }

    /// The word under the key `status`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Done => "ok",
            Self::Refused(_) => "refused",
            Self::Ended(outcome) => outcome.status.name(),
        }
    }
}

/// A text that was printed by one call of `console`, by the runtime or by a library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogEntry {
    /// The moment at which the text was printed.
    #[serde(rename = "at_ms", serialize_with = "instant_as_millis")]
    pub at: Instant,
    /// The environment that printed it.
    pub environment: Option<EnvironmentId>,
    /// The invocation that Lambda's log attributes the text to.
    pub invocation: Option<InvocationId>,
    /// The stream that it was printed to.
    pub stream: Stream,
    /// The text.
    pub text: Rc<str>,
}

/// Turns the events of a run into the reports of its statements.
#[derive(Clone, Debug, Default)]
pub(super) struct Reporter {
    /// The invocations under way, with the text and the beginning of the statement that asked for them.
    under_way: SortedMap<InvocationId, (Rc<str>, Instant)>,
}

impl Reporter {
    /// Begins the report of a statement.
    pub(super) fn begin(&mut self, statement: &Statement, begun: &Begun) -> StatementReport {
        let text: Rc<str> = statement.to_string().into();
        let mut report = StatementReport::new(text.clone(), begun.at);
        report.handler = statement.kind.call().map(|call| call.handler.clone());
        report.about = statement.kind.target();
        report.waits = matches!(statement.kind, StatementKind::Invoke(_));
        match &begun.applied {
            Err(refusal) => report.result = StatementResult::Refused(refusal.clone()),
            Ok(applied) => {
                report.about = applied.environment.or(report.about);
                if report.handler.is_some() {
                    report.environment = applied.environment;
                    report.invocation = applied.invocation;
                }
                if let Some(invocation) = applied.invocation
                    && !applied.throttled
                {
                    self.under_way.insert(invocation, (text, begun.at));
                }
            }
        }
        report
    }

    /// Adds the events that happened during a statement to its report.
    pub(super) fn observe(&mut self, report: &mut StatementReport, events: &[Event]) {
        for event in events {
            match &event.kind {
                EventKind::Printed { stream, text, .. } => report.log.push(LogEntry {
                    at: event.at,
                    environment: event.environment,
                    invocation: event.invocation,
                    stream: *stream,
                    text: text.clone(),
                }),
                EventKind::InvocationEnded { outcome } => {
                    let Some(invocation) = event.invocation else { continue };
                    let begun = self.under_way.remove(&invocation);
                    let is_throttled = outcome.status == Status::Throttled;
                    if report.invocation == Some(invocation) && (report.waits || is_throttled) {
                        report.result = StatementResult::Ended(outcome.clone());
                        continue;
                    }
                    let (statement, at) = begun.unwrap_or_else(|| ("".into(), outcome.requested_at));
                    let mut completed = StatementReport::new(statement, at);
                    completed.environment = event.environment;
                    completed.about = event.environment;
                    completed.invocation = Some(invocation);
                    completed.handler = Some(outcome.handler.clone());
                    completed.result = StatementResult::Ended(outcome.clone());
                    report.completed.push(completed);
                }
                _ => {}
            }
        }
    }
}

impl StatementReport {
    fn new(statement: Rc<str>, at: Instant) -> Self {
        Self {
            statement,
            at,
            result: StatementResult::Done,
            environment: None,
            invocation: None,
            handler: None,
            log: Vec::new(),
            pool: None,
            backends: None,
            completed: Vec::new(),
            about: None,
            waits: false,
        }
    }

    /// The statement is over: the report takes in the state of the world.
    pub(super) fn finish<D: Database>(&mut self, world: &World<D>) {
        self.look_at(self.about.or_else(|| world.latest_environment()), world);
        for completed in &mut self.completed {
            completed.look_at(completed.about, world);
        }
    }

    /// Takes in the pool and the sessions of an environment. Nothing is known of one that is shut down.
    fn look_at<D: Database>(&mut self, environment: Option<EnvironmentId>, world: &World<D>) {
        let exists = |id: &EnvironmentId| world.environment(*id).is_some_and(|it| it.phase() != Phase::Shutdown);
        let Some(id) = environment.filter(exists) else { return };
        self.backends = Some(world.backends(id));
        self.pool = world.pool_counters(id);
    }

    /// The report as JSON on one line.
    ///
    /// # Panics
    /// Never: every report can be written as JSON.
    #[expect(clippy::expect_used, reason = "the report has no maps, and a handler's result is JSON")]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("every report can be written as JSON")
    }
}

impl Serialize for StatementReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let outcome = self.result.outcome();
        // An invocation that was throttled never ran.
        let ran = outcome.filter(|outcome| outcome.status != Status::Throttled);
        let result = outcome.and_then(|outcome| outcome.result.as_deref());
        let result = result.map(serde_json::from_str::<&RawValue>).transpose().map_err(serde::ser::Error::custom)?;
        let mut object = serializer.serialize_struct("StatementReport", 15)?;
        object.serialize_field("statement", &self.statement)?;
        object.serialize_field("at_ms", &Millis(self.at.as_micros()))?;
        object.serialize_field("status", self.result.name())?;
        object.serialize_field("environment", &self.environment)?;
        object.serialize_field("invocation", &self.invocation)?;
        object.serialize_field("handler", &self.handler)?;
        object.serialize_field("start", &outcome.and_then(|outcome| outcome.start))?;
        object.serialize_field("init_ms", &outcome.and_then(|outcome| outcome.init).map(Millis::of))?;
        object.serialize_field("duration_ms", &ran.map(|outcome| Millis::of(outcome.duration)))?;
        object.serialize_field("result", &result)?;
        object.serialize_field("error", &ReportedError::of(&self.result))?;
        object.serialize_field("log", &self.log)?;
        object.serialize_field("pool", &self.pool)?;
        object.serialize_field("backends", &self.backends)?;
        object.serialize_field("completed", &self.completed)?;
        object.end()
    }
}

/// The object under the key `error`. A refusal has nothing but its message.
#[derive(Serialize)]
#[serde(untagged)]
enum ReportedError<'r> {
    Refusal { message: String },
    Failure(&'r crate::event::Failure),
}

impl<'r> ReportedError<'r> {
    fn of(result: &'r StatementResult) -> Option<Self> {
        match result {
            StatementResult::Done => None,
            StatementResult::Refused(refusal) => Some(Self::Refusal { message: refusal.to_string() }),
            StatementResult::Ended(outcome) => outcome.error.as_ref().map(Self::Failure),
        }
    }
}

/// A number of microseconds that is written in milliseconds: whole, or with as few decimals as it has.
struct Millis(u64);

impl Millis {
    fn of(span: Duration) -> Self {
        Self(span.as_micros())
    }
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A double holds every time below 285 years to the microsecond, and the shortest decimal that reads back as it is
        // printed.
        match self.0 {
            micros if micros.is_multiple_of(1_000) => serializer.serialize_u64(micros / 1_000),
            micros => serializer.serialize_f64(micros as f64 / 1_000.0),
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn instant_as_millis<S: Serializer>(at: &Instant, serializer: S) -> Result<S::Ok, S::Error> {
    Millis(at.as_micros()).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Start;

    fn outcome() -> Outcome {
        Outcome {
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
        }
    }

    #[test]
    fn a_report_is_the_object_of_the_contract() {
        let mut report = StatementReport::new("invoke checkDatabaseConnection".into(), Instant::ZERO);
        report.environment = Some(EnvironmentId(1));
        report.invocation = Some(InvocationId(1));
        report.handler = Some("checkDatabaseConnection".into());
        report.result = StatementResult::Ended(Rc::new(outcome()));
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
    fn milliseconds_have_as_few_decimals_as_they_can() {
        let written = |micros| serde_json::to_string(&Millis(micros)).unwrap();
        assert_eq!([0, 1, 50, 1_000, 12_340].map(written), ["0", "0.001", "0.05", "1", "12.34"]);
        // The longest run that a scenario of 2,000 statements can have: 30 days each.
        let longest = 2_000 * 30 * 24 * 3_600 * 1_000_000 + 1;
        assert_eq!(written(longest), "5184000000000.001");
    }

    #[test]
    fn a_result_is_written_as_the_handler_returned_it() {
        let mut outcome = outcome();
        outcome.result = Some(r#"{"big":12345678901234567890.5,"b":1,"a":2}"#.into());
        let mut report = StatementReport::new("invoke a".into(), Instant::ZERO);
        report.result = StatementResult::Ended(Rc::new(outcome));
        assert!(report.to_json().contains(r#""result":{"big":12345678901234567890.5,"b":1,"a":2},"#));
    }

    #[test]
    fn every_key_is_there_and_a_missing_value_is_null() {
        let mut report = StatementReport::new("say \"a\"".into(), Instant::ZERO);
        report.result = StatementResult::Refused(Refusal::ServerStopped);
        report.completed.push(StatementReport::new("start a".into(), Instant::ZERO));
        let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
        assert_eq!(json["error"], serde_json::json!({ "message": "the server is stopped already" }));
        assert_eq!(json["status"], "refused");
        assert_eq!(json.as_object().unwrap().len(), 15);
        assert_eq!(json["completed"][0].as_object().unwrap().len(), 15);
        assert!(json["completed"][0]["error"].is_null());
    }
}
