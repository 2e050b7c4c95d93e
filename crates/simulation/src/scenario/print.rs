//! A scenario in its one canonical form: one statement a line, names in full, durations in their largest whole unit.

use core::fmt::Write as _;

use crate::event::EnvironmentId;
use crate::json;
use crate::world::{Action, Call};

use super::lexer::is_identifier;
use super::syntax::{Scenario, StatementKind};

/// The canonical text of a scenario. [`parse`](super::parse()) reads the same scenario from it.
pub fn print(scenario: &Scenario) -> String {
    let mut text = String::new();
    for each in &scenario.statements {
        text.push_str(&statement(&each.kind));
        text.push('\n');
    }
    text
}

/// The canonical text of one statement, without a line break.
pub(super) fn statement(kind: &StatementKind) -> String {
    let mut out = String::new();
    match kind {
        StatementKind::Set(assignments) => {
            out.push_str("set");
            for assignment in assignments {
                word(&mut out, assignment.key());
                out.push('=');
                assignment.write_value(&mut out);
            }
        }
        StatementKind::Do(action) => print_action(action, &mut out),
        StatementKind::Invoke(call) => invocation(&mut out, "invoke", call),
        StatementKind::FreezeFor { on, span } => {
            targeted(&mut out, "freeze", *on);
            // Writing to a string does not fail, here and below.
            let _ = write!(out, " for {span}");
        }
        StatementKind::Wait(span) => {
            let _ = write!(out, "wait {span}");
        }
    }
    out
}

fn print_action(action: &Action, out: &mut String) {
    match action {
        Action::Invoke(call) => invocation(out, "start", call),
        Action::Queue(call) => invocation(out, "queue", call),
        Action::Freeze { on } => targeted(out, "freeze", *on),
        Action::Thaw { on } => targeted(out, "thaw", *on),
        Action::Terminate { on } => targeted(out, "terminate", *on),
        Action::Network { on, fault } => {
            targeted(out, "network", *on);
            word(out, fault.name());
        }
        Action::Postgres(action) => {
            out.push_str("postgres");
            word(out, action.name());
        }
        Action::Reclaim { on } => targeted(out, "reclaim", *on),
        Action::Deploy => out.push_str("deploy"),
        Action::Say(caption) => {
            out.push_str("say ");
            text(caption, out);
        }
    }
}

fn invocation(out: &mut String, verb: &str, call: &Call) {
    out.push_str(verb);
    if is_identifier(&call.handler) {
        word(out, &call.handler);
    } else {
        out.push(' ');
        json::write_string(&call.handler, out);
    }
    if let Some(on) = call.on {
        let _ = write!(out, " on {on}");
    }
    if &**call.event.text() != "{}" {
        word(out, call.event.text());
    }
}

fn targeted(out: &mut String, verb: &str, on: Option<EnvironmentId>) {
    out.push_str(verb);
    if let Some(on) = on {
        let _ = write!(out, " {on}");
    }
}

fn word(out: &mut String, word: &str) {
    out.push(' ');
    out.push_str(word);
}

/// Appends a value as a plain word if it can be one, else as a JSON string.
pub(super) fn text(text: &str, out: &mut String) {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b';' | b'#' | b'\\');
    if !text.is_empty() && text.bytes().all(is_plain) {
        out.push_str(text);
    } else {
        json::write_string(text, out);
    }
}
