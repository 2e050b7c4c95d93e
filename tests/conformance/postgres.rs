//! The mock database beside PostgreSQL 15: it answers the statements of `tests/postgres/statements.sql` as PostgreSQL and
//! node-postgres did when `tests/postgres/record.js` recorded them.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use base::time::{Duration, Instant, iso_8601};
use postgres::{
    BackendPid, Database, MockDatabase, NodeValue, QueryOutcome, Reply, SessionContext, SessionDefaults, SqlQuery,
    SqlSession, SqlType, SqlValue,
};
use serde_json::{Value, json};

/// The OID of a type in PostgreSQL's catalogue.
fn type_oid(kind: SqlType) -> u32 {
    match kind {
        SqlType::Bool => 16,
        SqlType::Name => 19,
        SqlType::Int8 => 20,
        SqlType::Int2 => 21,
        SqlType::Int4 => 23,
        SqlType::Text | SqlType::Unknown => 25,
        SqlType::Float8 => 701,
        SqlType::Varchar => 1043,
        SqlType::Timestamptz => 1184,
        SqlType::Numeric => 1700,
        SqlType::Void => 2278,
    }
}

/// A value as the recording has it.
fn recorded_value(value: NodeValue) -> Value {
    match value {
        NodeValue::Null => Value::Null,
        NodeValue::Bool(value) => json!(value),
        NodeValue::Number(value) if value.fract() == 0.0 && value.abs() < 9e15 => json!(value as i64),
        NodeValue::Number(value) => json!(value),
        NodeValue::Text(value) => json!(&*value),
        NodeValue::Date(milliseconds) => json!(iso_8601(milliseconds as u64)),
    }
}

/// A reply as the recording has it.
fn recorded_reply(reply: &Reply) -> Value {
    let answer = match &reply.outcome {
        QueryOutcome::Blocked { .. } => json!("blocked"),
        QueryOutcome::Error(error) => {
            let mut answer = json!({ "code": error.sqlstate.code(), "message": error.message });
            if let Some(position) = error.position {
                answer["position"] = json!(position);
            }
            answer
        }
        QueryOutcome::Results(results) => results
            .iter()
            .map(|result| {
                let command = Some(result.command).filter(|command| !command.is_empty());
                let kinds: Vec<SqlType> = result.columns.iter().map(|column| column.data_type).collect();
                let columns: Vec<Value> =
                    result.columns.iter().map(|column| json!([&*column.name, type_oid(column.data_type)])).collect();
                let row = |row: &Vec<_>| -> Value {
                    row.iter()
                        .zip(&kinds)
                        .map(|(value, kind): (&SqlValue, _)| recorded_value(value.for_node(*kind)))
                        .collect()
                };
                let rows: Vec<Value> = result.rows.iter().map(row).collect();
                json!({ "command": command, "rowCount": result.row_count, "columns": columns, "rows": rows })
            })
            .collect(),
    };
    let notices: Vec<String> =
        reply.notices.iter().map(|notice| format!("{}: {}", notice.severity, notice.message)).collect();
    if notices.is_empty() { json!({ "answer": answer }) } else { json!({ "answer": answer, "notices": notices }) }
}

/// The time after which the recorder takes a statement for blocked.
const RECORDER_WAITS: Duration = Duration::from_millis(400);

/// A query that a session has sent: the statement and its parameters.
type Sent = (String, Vec<Option<Rc<str>>>);

/// The sessions of one recorded case, by their names.
#[derive(Default)]
struct Sessions {
    database: MockDatabase,
    /// Each session, and the query for whose answer it waits.
    connected: BTreeMap<String, (SqlSession, Option<Sent>)>,
    /// Sessions that were started, for their process ids.
    started: u32,
    now: Instant,
    /// The answers to queries that had to wait, each with the session's name.
    released: VecDeque<(String, Value)>,
}

impl Sessions {
    /// Executes a query in the session with this name, which is started where there is none.
    fn execute(&mut self, name: &str, sent: Sent) -> Reply {
        let started = &mut self.started;
        let (session, waits) = self.connected.entry(name.to_owned()).or_insert_with(|| {
            *started += 1;
            let defaults = SessionDefaults { max_connections: 100, ..SessionDefaults::default() };
            (SqlSession::new(BackendPid(*started), "app".into(), "demo".into(), defaults), None)
        });
        let mut context = SessionContext { now: self.now, session };
        let mut reply = self.database.execute(&mut context, SqlQuery { sql: &sent.0, parameters: &sent.1 });
        self.now += Duration::from_millis(1);
        *waits = None;
        if let QueryOutcome::Blocked { .. } = reply.outcome {
            if let Some((_, error)) = session.wait_limit() {
                self.database.cancel(session);
                reply.outcome = QueryOutcome::Error(error);
            } else {
                *waits = Some(sent);
            }
        } else if reply.sleep > RECORDER_WAITS {
            // The recorder did not wait so long and took the statement for blocked.
            self.released.push_back((name.to_owned(), recorded_reply(&reply)));
            reply.outcome = QueryOutcome::Blocked { by: session.pid() };
        }
        reply
    }

    /// Tries the queries that wait once more.
    fn release(&mut self) {
        let waiting: Vec<(String, Sent)> = self
            .connected
            .iter()
            .filter_map(|(name, (_, waits))| waits.clone().map(|sent| (name.clone(), sent)))
            .collect();
        for (name, sent) in waiting {
            let reply = self.execute(&name, sent);
            if !matches!(reply.outcome, QueryOutcome::Blocked { .. }) {
                self.released.push_back((name, recorded_reply(&reply)));
            }
        }
    }

    fn end(&mut self, name: &str) {
        if let Some((session, _)) = self.connected.remove(name) {
            self.database.session_ended(session);
        }
    }
}

fn parameter(value: &Value) -> Option<Rc<str>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(Rc::from(&**text)),
        other => Some(Rc::from(other.to_string())),
    }
}

#[test]
fn the_mock_answers_as_postgresql_was_recorded_to() {
    let mut at = Sessions::default();
    let mut wrong = Vec::new();
    // True in a case with statements that the mock need not know. It has to say that it does not know them.
    let mut beyond = false;
    for line in include_str!("../postgres/answers.jsonl").lines() {
        let mut expected: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| expected.get(key).and_then(Value::as_str).map(str::to_owned);
        let (sql, given) = if let Some(name) = text("session") {
            assert!(at.released.is_empty(), "before {line}: {:?} should have been recorded as released", at.released);
            let sql = text("sql").unwrap();
            let parameters = expected.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
            let reply = at.execute(&name, (sql.clone(), parameters.iter().map(parameter).collect()));
            at.release();
            if beyond && matches!(&reply.outcome, QueryOutcome::Error(error) if error.unknown_to_mock) {
                continue;
            }
            (sql, recorded_reply(&reply))
        } else if let Some(name) = text("released") {
            let place = at.released.iter().position(|(released, _)| *released == name);
            let Some((_, given)) = place.and_then(|place| at.released.remove(place)) else {
                panic!("session {name} still waits: {line}");
            };
            (format!("(session {name} is released)"), given)
        } else if let Some(name) = text("end") {
            at.end(&name);
            at.release();
            continue;
        } else if let Some(milliseconds) = expected.get("wait").and_then(Value::as_u64) {
            at.now += Duration::from_millis(milliseconds);
            continue;
        } else {
            beyond = expected.get("beyond").is_some();
            at = Sessions::default();
            continue;
        };
        let recorded = expected.as_object_mut().unwrap();
        recorded.retain(|key, _| key == "answer" || key == "notices");
        if given["answer"] == "blocked" {
            at.now += RECORDER_WAITS;
        }
        if given != expected {
            wrong.push(format!("{sql}\n  recorded {expected}\n  mock     {given}"));
        }
    }
    assert!(wrong.is_empty(), "{} answers differ:\n{}", wrong.len(), wrong.join("\n"));
}
