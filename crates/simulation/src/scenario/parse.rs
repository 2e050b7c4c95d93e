//! Reads a scenario. A statement that cannot be read is an error that names the place and the text that was expected.

use std::rc::Rc;

use crate::event::EnvironmentId;
use crate::json::Json;
use crate::limits;
use crate::world::{Action, Call, NetworkFault, ServerAction};

use super::error::{ParseError, did_you_mean};
use super::lexer::{Bare, DURATION, Scanner, Word, duration, ends_word, is_identifier};
use super::settings::{self, Assignment};
use super::syntax::{STATEMENTS, Scenario, Span, Statement, StatementKind};

/// Short names for the post's two handlers.
const ALIASES: [(&str, &str); 2] = [("check", "checkDatabaseConnection"), ("proper", "checkDatabaseConnectionProper")];
const BOTH: &str = "both";
const END: &str = "the end of the statement";
const NUMBER: &str = "an environment's number, from 1";

/// Reads a whole scenario.
///
/// `exports` are the names of the package's handlers. A handler that is not among them is an error. With `None` the names
/// are not known, and every handler is accepted.
///
/// # Errors
/// The first place at which the text is not a scenario.
pub fn parse(text: &str, exports: Option<&[Rc<str>]>) -> Result<Scenario, ParseError> {
    let mut parser = Parser { scanner: Scanner::new(text), exports, statements: Vec::new() };
    if text.len() > limits::SCENARIO_BYTES {
        let found = format!("{} bytes", text.len());
        let expected = format!("a scenario of {} bytes at most", limits::SCENARIO_BYTES);
        return Err(ParseError::new(text, parser.scanner.here(), found, &expected));
    }
    loop {
        parser.scanner.skip_separators();
        if parser.scanner.peek().is_none() {
            return Ok(Scenario { statements: parser.statements });
        }
        if parser.statements.len() >= limits::SCENARIO_STATEMENTS {
            let expected = format!("{} statements at most", limits::SCENARIO_STATEMENTS);
            return Err(parser.scanner.unexpected(&expected));
        }
        parser.statement()?;
    }
}

struct Parser<'t> {
    scanner: Scanner<'t>,
    exports: Option<&'t [Rc<str>]>,
    statements: Vec<Statement>,
}

impl<'t> Parser<'t> {
    fn statement(&mut self) -> Result<(), ParseError> {
        let start = self.scanner.here();
        let verb = self.scanner.word();
        let kind = match verb.text {
            "set" => self.set(verb.span)?,
            "invoke" => return self.call(start, StatementKind::Invoke),
            "start" => return self.call(start, StatementKind::start),
            "queue" => return self.call(start, |call| StatementKind::Do(Action::Queue(call))),
            "freeze" => self.freeze()?,
            "thaw" => StatementKind::Do(Action::Thaw { on: self.target(END)? }),
            "wait" => StatementKind::Wait(self.duration()?),
            "terminate" => StatementKind::Do(Action::Terminate { on: self.target(END)? }),
            "network" => {
                let expected = format!("{}, or {NUMBER}", list(NetworkFault::ALL.iter().map(|fault| fault.name())));
                let on = self.target(&expected)?;
                StatementKind::Do(Action::Network { on, fault: self.one_of(NetworkFault::ALL, |fault| fault.name())? })
            }
            "postgres" => StatementKind::Do(Action::Postgres(self.one_of(ServerAction::ALL, |action| action.name())?)),
            "reclaim" => StatementKind::Do(Action::Reclaim { on: self.target(END)? }),
            "deploy" => StatementKind::Do(Action::Deploy),
            "say" => {
                let (caption, _) = self.value("the caption: one word, or a JSON string")?;
                StatementKind::Do(Action::Say(caption.into()))
            }
            other => {
                let names = || STATEMENTS.iter().map(|statement| statement.name);
                let error = self.scanner.error(verb.span, &format!("a statement: {}", list(names())));
                return Err(error.suggesting(did_you_mean(other, names())));
            }
        };
        let span = self.scanner.since(start);
        self.end(END)?;
        self.statements.push(Statement { kind, span });
        Ok(())
    }

    /// Skips blanks, and checks that the statement ends there.
    fn end(&mut self, expected: &str) -> Result<(), ParseError> {
        self.scanner.skip_blanks();
        if self.scanner.at_end() { Ok(()) } else { Err(self.scanner.unexpected(expected)) }
    }

    /// Reads the next word of the statement.
    fn word(&mut self, expected: &str) -> Result<Word<'t>, ParseError> {
        self.scanner.skip_blanks();
        if self.scanner.at_end() { Err(self.scanner.unexpected(expected)) } else { Ok(self.scanner.word()) }
    }

    /// Reads the next word or JSON string of the statement.
    fn value(&mut self, expected: &str) -> Result<(String, Span), ParseError> {
        self.scanner.skip_blanks();
        if self.scanner.at_end() {
            return Err(self.scanner.unexpected(expected));
        }
        self.value_here()
    }

    /// Reads the word or JSON string at this very place. A `#` here does not begin a comment.
    fn value_here(&mut self) -> Result<(String, Span), ParseError> {
        if self.scanner.peek() == Some('"') {
            return self.scanner.string();
        }
        let word = self.scanner.word();
        Ok((word.text.to_string(), word.span))
    }

    fn set(&mut self, verb: Span) -> Result<StatementKind, ParseError> {
        if self.statements.iter().any(|statement| !matches!(statement.kind, StatementKind::Set(_))) {
            return Err(self.scanner.error(verb, "`set` before all other statements"));
        }
        let mut assignments: Vec<Assignment> = Vec::new();
        loop {
            self.scanner.skip_blanks();
            if self.scanner.at_end() {
                if assignments.is_empty() {
                    return Err(self.scanner.unexpected("KEY=VALUE"));
                }
                return Ok(StatementKind::Set(assignments));
            }
            let assignment = self.assignment(&assignments)?;
            assignments.push(assignment);
        }
    }

    /// Reads one `KEY=VALUE`. `before` are the assignments before it in the same statement.
    fn assignment(&mut self, before: &[Assignment]) -> Result<Assignment, ParseError> {
        let start = self.scanner.here();
        let rest = self.scanner.rest();
        let key = &rest[..rest.find(|c| c == '=' || ends_word(c)).unwrap_or(rest.len())];
        if key.is_empty() {
            return Err(self.scanner.unexpected("the key of a setting"));
        }
        self.scanner.advance(key.len());
        let key_span = self.scanner.since(start);
        if !settings::is_key(key) {
            let near = settings::did_you_mean_key(key);
            let expected = match &near {
                Some(_) => "the key of a setting",
                None => "the key of a setting, such as `knex`, `pool.max`, `lambda.freeze` or `latency.query`",
            };
            return Err(self.scanner.error(key_span, expected).suggesting(near));
        }
        if self.scanner.peek() != Some('=') {
            return Err(self.scanner.unexpected("`=` right after the key"));
        }
        let mut earlier =
            self.statements.iter().filter_map(|statement| statement.kind.assignments()).flatten().chain(before);
        if earlier.any(|assignment| assignment.key() == key) {
            return Err(self.scanner.error(key_span, "each setting once"));
        }
        self.scanner.bump();
        if self.scanner.peek().is_none_or(ends_word) {
            return Err(self
                .scanner
                .unexpected(&format!("a value right after `=`: {}", settings::expected_values(key))));
        }
        let is_string = self.scanner.peek() == Some('"');
        let (value, span) = self.value_here()?;
        if is_string && self.scanner.peek().is_some_and(|c| c != '#' && !ends_word(c)) {
            return Err(self.scanner.unexpected("a blank or the end of the statement"));
        }
        Assignment::read(key, &value).map_err(|error| self.scanner.error(span, &format!("{error} for {key}")))
    }

    /// Reads `NAME [on N] [JSON]`. That is one statement, or two for `both`.
    fn call(&mut self, start: Span, kind: fn(Call) -> StatementKind) -> Result<(), ParseError> {
        let handlers = self.handlers()?;
        let mut on = None;
        self.scanner.skip_blanks();
        let mut ahead = self.scanner.clone();
        if ahead.word().text == "on" {
            self.scanner = ahead;
            let word = self.word(NUMBER)?;
            on = Some(self.number(word)?);
            self.scanner.skip_blanks();
        }
        let mut event = Json::empty_object();
        let mut expected = if on.is_some() {
            "the event as JSON, or the end of the statement"
        } else {
            "`on N`, the event as JSON, or the end of the statement"
        };
        if !self.scanner.at_end() {
            event = self.scanner.json(expected)?;
            expected = if on.is_some() { END } else { "the end of the statement (`on N` stands before the event)" };
        }
        let span = self.scanner.since(start);
        self.end(expected)?;
        for handler in handlers {
            self.statements.push(Statement { kind: kind(Call { handler, on, event: event.clone() }), span });
        }
        Ok(())
    }

    /// Reads the name of a handler. `both` names two.
    fn handlers(&mut self) -> Result<Vec<Rc<str>>, ParseError> {
        const NAME: &str = "a handler's name";
        self.scanner.skip_blanks();
        let is_string = self.scanner.peek() == Some('"');
        let (name, span) = self.value(NAME)?;
        if !is_string && !is_identifier(&name) {
            let expected = "a handler's name (one that is not an identifier is written as a JSON string), then a blank";
            return Err(self.scanner.error(span, expected));
        }
        let exported = |name: &str| self.exports.is_none_or(|exports| exports.iter().any(|export| **export == *name));
        if self.exports.is_some() && exported(&name) {
            return Ok(vec![name.into()]);
        }
        let meant: Vec<&str> =
            ALIASES.into_iter().filter(|(alias, _)| *alias == name || name == BOTH).map(|(_, full)| full).collect();
        if meant.is_empty() && self.exports.is_none() {
            return Ok(vec![name.into()]);
        }
        if !meant.is_empty() && meant.iter().all(|full| exported(full)) {
            return Ok(meant.into_iter().map(Rc::from).collect());
        }
        let exports = self.exports.unwrap_or_default();
        let mut names: Vec<&str> = exports.iter().map(|export| &**export).collect();
        let expected = if names.is_empty() {
            "a handler of the module (it exports none)".to_string()
        } else {
            format!("a handler of the module: {}", list(names.iter().copied()))
        };
        names.extend(ALIASES.into_iter().filter(|(_, full)| exported(full)).map(|(alias, _)| alias));
        let error = self.scanner.error(span, &expected);
        Err(error.suggesting(did_you_mean(&name, names)))
    }

    fn freeze(&mut self) -> Result<StatementKind, ParseError> {
        const NEXT: &str = "an environment's number, `for` and a duration, or the end of the statement";
        let mut on = None;
        let mut after = "`for` and a duration, or the end of the statement";
        self.scanner.skip_blanks();
        let mut ahead = self.scanner.clone();
        if self.scanner.peek().is_some_and(|c| c.is_ascii_digit()) {
            let word = ahead.word();
            if duration(word.text, Bare::Refused).is_ok() {
                let error = self.scanner.error(word.span, NEXT);
                return Err(error.suggesting(Some(format!("did you mean `for {}`?", word.text))));
            }
            on = Some(self.number(word)?);
            self.scanner = ahead.clone();
            self.scanner.skip_blanks();
            ahead = self.scanner.clone();
        } else {
            after = NEXT;
        }
        if self.scanner.at_end() {
            return Ok(StatementKind::Do(Action::Freeze { on }));
        }
        let word = ahead.word();
        if word.text != "for" {
            return Err(self.scanner.error(word.span, after));
        }
        self.scanner = ahead;
        Ok(StatementKind::FreezeFor { on, span: self.duration()? })
    }

    fn duration(&mut self) -> Result<base::time::Duration, ParseError> {
        let word = self.word(DURATION)?;
        duration(word.text, Bare::Refused).map_err(|error| self.scanner.error(word.span, &error.to_string()))
    }

    /// Reads the number of an environment, if the statement has one here.
    fn target(&mut self, otherwise: &str) -> Result<Option<EnvironmentId>, ParseError> {
        self.scanner.skip_blanks();
        let Some(next) = self.scanner.peek() else { return Ok(None) };
        if next.is_ascii_digit() {
            let word = self.scanner.word();
            return self.number(word).map(Some);
        }
        if otherwise == END && !self.scanner.at_end() {
            return Err(self.scanner.unexpected(&format!("{NUMBER}, or {END}")));
        }
        Ok(None)
    }

    fn number(&self, word: Word<'_>) -> Result<EnvironmentId, ParseError> {
        let digits = word.text.bytes().all(|byte| byte.is_ascii_digit());
        let number = word.text.parse::<u32>().ok().filter(|number| digits && *number > 0);
        number.map(EnvironmentId).ok_or_else(|| self.scanner.error(word.span, NUMBER))
    }

    /// Reads a word that is the name of one of `values`.
    fn one_of<T: Copy>(&mut self, values: &[T], name: fn(T) -> &'static str) -> Result<T, ParseError> {
        let names = || values.iter().map(|value| name(*value));
        let word = self.word(&list(names()))?;
        let found = values.iter().find(|value| name(**value) == word.text);
        found
            .copied()
            .ok_or_else(|| self.scanner.error(word.span, &list(names())).suggesting(did_you_mean(word.text, names())))
    }
}

/// "a, b or c".
fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}
