//! A scenario in its one canonical form: one statement a line, names in full, durations in their largest whole unit.

use core::fmt::Write as _;

use crate::event::EnvironmentId;

use super::json;
use super::lexer::is_identifier;
use super::syntax::{Call, FAULTS, SERVER_ACTIONS, Scenario, StatementKind};

/// The scenario's canonical text; [`parse`](super::parse()) reads the same scenario from it.
pub fn print(scenario: &Scenario) -> String {
    let mut text = String::new();
    for each in &scenario.statements {
        text.push_str(&statement(&each.kind));
        text.push('\n');
    }
    text
}

/// One statement's canonical text, without a line break.
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
        StatementKind::Invoke(call) => invocation(&mut out, "invoke", call),
        StatementKind::Start(call) => invocation(&mut out, "start", call),
        StatementKind::Queue(call) => invocation(&mut out, "queue", call),
        StatementKind::Freeze { on, span } => {
            targeted(&mut out, "freeze", *on);
            if let Some(span) = span {
                // Writing to a string does not fail, here and below.
                let _ = write!(out, " for {span}");
            }
        }
        StatementKind::Thaw(on) => targeted(&mut out, "thaw", *on),
        StatementKind::Wait(span) => {
            let _ = write!(out, "wait {span}");
        }
        StatementKind::Terminate(on) => targeted(&mut out, "terminate", *on),
        StatementKind::Network(on, fault) => {
            targeted(&mut out, "network", *on);
            word(&mut out, name_in(&FAULTS, *fault));
        }
        StatementKind::Postgres(action) => {
            out.push_str("postgres");
            word(&mut out, name_in(&SERVER_ACTIONS, *action));
        }
        StatementKind::Reclaim(on) => targeted(&mut out, "reclaim", *on),
        StatementKind::Deploy => out.push_str("deploy"),
        StatementKind::Say(caption) => {
            out.push_str("say ");
            text(caption, &mut out);
        }
    }
    out
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

/// Every value has its row in these tables.
fn name_in<T: PartialEq>(table: &[(&'static str, T)], value: T) -> &'static str {
    table.iter().find(|(_, each)| *each == value).map_or("", |(name, _)| name)
}

/// A value as a plain word where it can be one, else as a JSON string.
pub(super) fn text(text: &str, out: &mut String) {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b';' | b'#' | b'\\');
    if !text.is_empty() && text.bytes().all(plain) {
        out.push_str(text);
    } else {
        json::write_string(text, out);
    }
}
