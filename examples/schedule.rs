//! Reads scenario files and prints them as the recorder of real behaviour wants them: statements and settings as JSON, so
//! that there is one parser of the scenario language. `cargo xtask record` calls it.
//!
//! The first line of such a file names the handler module that it is for: `# module: experiments`.

use std::path::Path;
use std::process::ExitCode;

use base::time::Duration;
use serde_json::{Map, Value, json};
use simulation::scenario::{self, Scenario, StatementKind};
use simulation::settings::{Deployment, Freezing, Settings};
use simulation::world::{Action, Call};

fn main() -> ExitCode {
    let mut schedules = Vec::new();
    for file in std::env::args().skip(1) {
        match schedule(Path::new(&file)) {
            Ok(schedule) => schedules.push(schedule),
            Err(message) => {
                eprintln!("{file}: {message}");
                return ExitCode::from(2);
            }
        }
    }
    println!("{}", Value::from(schedules));
    ExitCode::SUCCESS
}

fn schedule(file: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let module = text.lines().next().and_then(|line| line.strip_prefix("# module: "));
    let module = module.ok_or("its first line does not say `# module: NAME`")?.trim();
    let scenario = scenario::parse(&text, None).map_err(|error| error.to_string())?;
    Ok(json!({
        "name": file.file_stem().map(|name| name.to_string_lossy()),
        "module": module,
        "settings": settings(&scenario, module),
        "statements": scenario.statements.iter().map(statement).collect::<Vec<_>>(),
    }))
}

fn statement(statement: &scenario::Statement) -> Value {
    let on = statement.kind.target().map(|id| id.0);
    let mut object = match &statement.kind {
        StatementKind::Set(_) => json!({ "kind": "set" }),
        StatementKind::Invoke(call) => invocation("invoke", call),
        StatementKind::FreezeFor { span, .. } => json!({ "kind": "freeze", "ms": millis(*span) }),
        StatementKind::Wait(span) => json!({ "kind": "wait", "ms": millis(*span) }),
        StatementKind::Do(action) => match action {
            Action::Invoke(call) => invocation("start", call),
            Action::Queue(call) => invocation("queue", call),
            Action::Freeze { .. } => json!({ "kind": "freeze", "ms": 0 }),
            Action::Thaw { .. } => json!({ "kind": "thaw" }),
            Action::Terminate { .. } => json!({ "kind": "terminate" }),
            Action::Network { fault, .. } => json!({ "kind": "network", "fault": fault }),
            Action::Postgres(action) => json!({ "kind": "postgres", "action": action }),
            Action::Reclaim { .. } => json!({ "kind": "reclaim" }),
            Action::Deploy => json!({ "kind": "deploy" }),
            Action::Say(_) => json!({ "kind": "say" }),
        },
    };
    object["text"] = statement.to_string().into();
    object["on"] = on.into();
    object
}

fn invocation(kind: &str, call: &Call) -> Value {
    let event: Value = serde_json::from_str(call.event.text()).unwrap_or(Value::Null);
    json!({ "kind": kind, "handler": *call.handler, "event": event })
}

/// What the recorder can set of the real software. The post's handlers are functions of their own, others share their
/// environments, as with the command line of the simulation.
fn settings(scenario: &Scenario, module: &str) -> Value {
    let mut base = Settings::default();
    if module != "handlers" {
        base.lambda.deploy = Deployment::Shared;
    }
    let settings = scenario.settings(base);
    let mut pool = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            pool.insert(key.to_owned(), value);
        }
    };
    let from = &settings.pool;
    put("min", from.min.map(Value::from));
    put("max", from.max.map(Value::from));
    put("idleTimeoutMillis", from.idle_timeout.map(millis));
    put("reapIntervalMillis", from.reap_interval.map(millis));
    put("acquireTimeoutMillis", from.acquire_timeout.map(millis));
    put("createTimeoutMillis", from.create_timeout.map(millis));
    put("createRetryIntervalMillis", from.create_retry_interval.map(millis));
    put("destroyTimeoutMillis", from.destroy_timeout.map(millis));
    put("propagateCreateError", from.propagate_create_error.map(Value::from));
    let mut options = Map::new();
    if !pool.is_empty() {
        options.insert("pool".to_owned(), pool.into());
    }
    if let Some(timeout) = settings.acquire_connection_timeout {
        options.insert("acquireConnectionTimeout".to_owned(), millis(timeout));
    }
    let connection = &settings.connection;
    let usual_port = connection.port == Settings::default().connection.port;
    json!({
        "options": options,
        "connection": {
            "host": *connection.host,
            "port": if usual_port { Value::Null } else { connection.port.into() },
            "user": *connection.user,
            "password": *connection.password,
            "database": *connection.database,
        },
        "postgres": {
            "maxConnections": settings.postgres.max_connections,
            "reserved": settings.postgres.superuser_reserved_connections,
            "idleSessionTimeout": millis(settings.postgres.idle_session_timeout),
            "idleInTransactionSessionTimeout": millis(settings.postgres.idle_in_transaction_session_timeout),
        },
        "lambda": {
            "freeze": if settings.lambda.freeze == Freezing::Auto { "auto" } else { "manual" },
            "deploy": if settings.lambda.deploy == Deployment::Separate { "separate" } else { "shared" },
            "timeout": millis(settings.lambda.timeout),
        },
    })
}

fn millis(span: Duration) -> Value {
    Value::from(span.as_micros() / 1_000)
}
