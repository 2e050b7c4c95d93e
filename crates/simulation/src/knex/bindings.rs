//! A statement and its bindings become what is sent, and what an error's message begins with.
//!
//! Source: Knex's `raw.js`, `formatter` and `query-executioner` of both versions, which agree but for the words of one
//! error; pg's `utils.js` for the values. The message of an error shows the statement as it is sent, with `$1`: by the
//! time Knex fills in values, there is no `?` left for them.

use std::rc::Rc;

use super::profile::Profile;
use super::surface::{Query, query_of};
use super::{Failure, refusal};
use javascript::ObjectKind;
use javascript::{Value, Vm};

/// What is sent.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The statement, with `$1` and so on.
    pub sql: Rc<str>,
    /// What an error's message begins with.
    pub shown: Rc<str>,
    /// The values of its parameters.
    pub parameters: Rc<[Option<Rc<str>>]>,
}

/// A query while it is put together: a statement with `?`, and its values so far.
struct Compiler<'a> {
    vm: &'a Vm,
    profile: &'a Profile,
    values: Vec<Value>,
}

/// What a query comes to, or what it fails with once it has its connection.
pub fn statement(vm: &Vm, profile: &Profile, query: &Query) -> Result<Statement, Failure> {
    let mut compiler = Compiler { vm, profile, values: Vec::new() };
    let sql = compiler.query(query)?;
    let positioned = positioned(&sql);
    if positioned.is_empty() && !profile.bluebird {
        return Err(Failure::plain("The query is empty"));
    }
    let parameters = compiler.values.iter().map(|value| prepared(vm, value)).collect();
    let shown = filled(vm, &positioned, &compiler.values).into();
    Ok(Statement { sql: positioned.into(), shown, parameters })
}

/// A query as text, with its values: `toString()`.
pub fn text(vm: &Vm, profile: &Profile, query: &Query) -> Result<String, Failure> {
    let mut compiler = Compiler { vm, profile, values: Vec::new() };
    let sql = compiler.query(query)?;
    Ok(filled(vm, &sql, &compiler.values))
}

impl Compiler<'_> {
    fn query(&mut self, query: &Query) -> Result<String, Failure> {
        if query.builder {
            let columns = self.vm.heap().array(&query.sql).cloned().unwrap_or_default();
            let columns = if columns.is_empty() { "*".to_owned() } else { self.columns(&columns)? };
            return Ok(["select ", &columns].concat());
        }
        let sql = match &query.sql {
            Value::String(sql) => sql.clone(),
            none if none.is_nullish() => {
                let message = ["Cannot read properties of ", &self.vm.display(none), " (reading 'replace')"].concat();
                return Err(Failure::named("TypeError", &message));
            }
            _ => return Err(Failure::named("TypeError", "sql.replace is not a function")),
        };
        let given = &query.bindings;
        let from = self.values.len();
        let sql = match (self.vm.heap().array(given).cloned(), given) {
            (_, Value::Undefined) => return Ok(sql.to_string()),
            (Some(list), _) => self.in_order(&sql, &list)?,
            (None, Value::Object(id)) if matches!(self.vm.heap().get(*id).kind, ObjectKind::Plain) => {
                self.by_name(&sql, given)?
            }
            // A value alone is a list of one.
            (None, _) => self.in_order(&sql, core::slice::from_ref(given))?,
        };
        if self.values[from..].iter().any(|value| contains_undefined(self.vm, value)) {
            return Err(self.undefined(&sql, given));
        }
        Ok(sql)
    }

    fn undefined(&self, sql: &str, given: &Value) -> Failure {
        let mut message = String::from("Undefined binding(s) detected ");
        if !self.profile.bluebird {
            let pairs: Vec<(String, Value)> = match self.vm.heap().array(given) {
                Some(list) => list.iter().enumerate().map(|(at, value)| (at.to_string(), value.clone())).collect(),
                None => self.vm.keys(given).into_iter().map(|key| (key.to_owned(), self.vm.get(given, key))).collect(),
            };
            let undefined = pairs.into_iter().filter(|(_, value)| contains_undefined(self.vm, value));
            let keys: Vec<String> = undefined.map(|(key, _)| key).collect();
            message = message + "for keys [" + &keys.join(",") + "] ";
        }
        Failure::plain(&(message + "when compiling RAW query: " + sql))
    }

    /// `?` and `??` in the order of a list.
    fn in_order(&mut self, sql: &str, list: &[Value]) -> Result<String, Failure> {
        let mut out = String::with_capacity(sql.len());
        let (mut rest, mut seen) = (sql, 0);
        while let Some(at) = rest.find('?') {
            let escaped = rest[..at].ends_with('\\');
            let double = rest[at + 1..].starts_with('?');
            out += &rest[..at];
            rest = &rest[at + 1 + usize::from(double)..];
            if escaped && !double {
                out.push('?');
                continue;
            }
            let value = list.get(seen).cloned().unwrap_or_default();
            seen += 1;
            if escaped {
                out.pop();
            }
            out += &if double && !escaped { self.identifiers(&value)? } else { self.parameter(&value)? };
        }
        if seen != list.len() {
            let (expected, saw) = (list.len().to_string(), seen.to_string());
            return Err(Failure::plain(&["Expected ", &expected, " bindings, saw ", &saw].concat()));
        }
        Ok(out + rest)
    }

    /// `:name` and `:name:` of an object.
    fn by_name(&mut self, sql: &str, object: &Value) -> Result<String, Failure> {
        let mut out = String::with_capacity(sql.len());
        let mut rest = sql;
        while let Some(at) = rest.find(':') {
            let escaped = rest[..at].ends_with('\\');
            let after = &rest[at + 1..];
            let length = after.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
            let (name, next) = after.split_at(length);
            let identifier = next.starts_with(':') && (!next.starts_with("::") || next.starts_with(":::"));
            let end = at + 1 + if name.is_empty() { 0 } else { length + usize::from(identifier) };
            let whole = &rest[at..end];
            out += &rest[..at];
            rest = &rest[end..];
            if name.is_empty() {
                out.push(':');
                continue;
            }
            let value = self.vm.get(object, name);
            if escaped {
                out.pop();
                out += whole;
            } else if matches!(value, Value::Undefined) {
                if self.vm.keys(object).contains(&name) {
                    self.values.push(value);
                }
                out += whole;
            } else {
                out += &if identifier { self.identifiers(&value)? } else { self.parameter(&value)? };
            }
        }
        Ok(out + rest)
    }

    /// A value in its place: another query's text, or a parameter.
    fn parameter(&mut self, value: &Value) -> Result<String, Failure> {
        if self.vm.is_callable(value) {
            return Err(Failure::plain(&refusal("a function as a binding", "write the statement as text")));
        }
        if let Some(query) = query_of(self.vm, value) {
            let sql = self.query(&query)?;
            // What is empty is taken for nothing.
            return Ok(if sql.is_empty() {
                "?".to_owned()
            } else if query.builder {
                ["(", &sql, ")"].concat()
            } else {
                sql
            });
        }
        self.values.push(value.clone());
        Ok("?".to_owned())
    }

    fn identifiers(&mut self, value: &Value) -> Result<String, Failure> {
        match self.vm.heap().array(value).cloned() {
            Some(list) => self.columns(&list),
            None => self.identifier(value),
        }
    }

    fn columns(&mut self, list: &[Value]) -> Result<String, Failure> {
        let parts: Result<Vec<String>, Failure> = list.iter().map(|value| self.identifier(value)).collect();
        Ok(parts?.join(", "))
    }

    /// One name, quoted; a query's text, a number, or `{ alias: name }`.
    fn identifier(&mut self, value: &Value) -> Result<String, Failure> {
        if let Some(query) = query_of(self.vm, value) {
            return self.query(&query);
        }
        if self.vm.is_callable(value) {
            return Err(Failure::plain(&refusal("a function as a name", "write the name as text")));
        }
        let vm = self.vm;
        match value {
            Value::Number(_) => Ok(vm.display(value)),
            Value::Null => Ok(String::new()),
            Value::Object(_) => {
                let pairs = vm.keys(value).into_iter();
                let aliased = pairs
                    .map(|key| Ok([&*self.identifier(&vm.get(value, key))?, " as ", &quoted(key.trim())].concat()));
                Ok(aliased.collect::<Result<Vec<String>, Failure>>()?.join(", "))
            }
            value => Ok(wrapped(&vm.display(value))),
        }
    }
}

/// `a.b as c`, each name in quotation marks.
fn wrapped(name: &str) -> String {
    if let Some(at) = name.to_ascii_lowercase().find(" as ") {
        return [&*wrapped(&name[..at]), " as ", &quoted(name[at + 4..].trim())].concat();
    }
    let parts: Vec<String> = name.split('.').map(|part| quoted(part.trim())).collect();
    parts.join(".")
}

/// A name in quotation marks, `*` and what follows an array's name but as they are.
fn quoted(name: &str) -> String {
    if name == "*" {
        return name.to_owned();
    }
    let index = name.find('[').filter(|at| {
        let inner = name[at + 1..].strip_suffix(']');
        inner.is_some_and(|inner| !inner.is_empty() && inner.bytes().all(|byte| byte.is_ascii_digit()))
    });
    let (name, index) = name.split_at(index.unwrap_or(name.len()));
    ["\"", &name.replace('"', "\"\""), "\"", index].concat()
}

/// `$1` in the place of the first `?`; `\?` is a question mark.
fn positioned(sql: &str) -> String {
    let (mut out, mut rest, mut count) = (String::with_capacity(sql.len()), sql, 0);
    while let Some(at) = rest.find('?') {
        let before = rest[..at].trim_end_matches('\\');
        out += before;
        if (at - before.len()) % 2 == 1 {
            out.push('?');
        } else {
            count += 1;
            out += &["$", &count.to_string()].concat();
        }
        rest = &rest[at + 1..];
    }
    out + rest
}

/// Values in the place of each `?`.
fn filled(vm: &Vm, sql: &str, values: &[Value]) -> String {
    let (mut out, mut rest, mut values) = (String::with_capacity(sql.len()), sql, values.iter());
    while let Some(at) = rest.find('?') {
        out += &rest[..at];
        rest = &rest[at + 1..];
        if out.ends_with('\\') {
            out.pop();
            out.push('?');
        } else {
            out += &values.next().map_or_else(|| "?".to_owned(), |value| escaped(vm, value));
        }
    }
    out + rest
}

/// A value as Knex writes it into a text.
fn escaped(vm: &Vm, value: &Value) -> String {
    match value {
        Value::Undefined | Value::Null => "NULL".to_owned(),
        Value::Boolean(_) | Value::Number(_) => vm.display(value),
        Value::String(text) => literal(text),
        Value::Object(_) => match vm.heap().array(value) {
            Some(list) => {
                let element = |value: &Value| match value {
                    Value::Undefined | Value::Null => "NULL".to_owned(),
                    Value::Number(_) => vm.display(value),
                    Value::String(_) => vm.json_stringify(value).unwrap_or_default(),
                    value => vm.json_stringify(&Value::string(escaped(vm, value))).unwrap_or_default(),
                };
                let elements: Vec<String> = list.iter().map(element).collect();
                literal(&["{", &elements.join(","), "}"].concat())
            }
            None => vm.json_stringify(value).unwrap_or_default(),
        },
    }
}

fn literal(text: &str) -> String {
    let mark = if text.contains('\\') { "E'" } else { "'" };
    [mark, &text.replace('\'', "''").replace('\\', "\\\\"), "'"].concat()
}

fn contains_undefined(vm: &Vm, value: &Value) -> bool {
    if let Some(list) = vm.heap().array(value) {
        return list.iter().any(|element| contains_undefined(vm, element));
    }
    match value {
        Value::Object(id) if matches!(vm.heap().get(*id).kind, ObjectKind::Plain) => {
            vm.keys(value).into_iter().any(|key| contains_undefined(vm, &vm.get(value, key)))
        }
        value => matches!(value, Value::Undefined),
    }
}

/// A value as pg sends it: everything as text.
pub fn prepared(vm: &Vm, value: &Value) -> Option<Rc<str>> {
    if value.is_nullish() {
        return None;
    }
    if let Some(list) = vm.heap().array(value) {
        let element = |value: &Value| match prepared(vm, value) {
            None => "NULL".to_owned(),
            Some(text) if vm.heap().array(value).is_some() => text.to_string(),
            Some(text) => ["\"", &text.replace('\\', "\\\\").replace('"', "\\\""), "\""].concat(),
        };
        let elements: Vec<String> = list.iter().map(element).collect();
        return Some(["{", &elements.join(","), "}"].concat().into());
    }
    let json = if value.as_object().is_some() && !vm.is_callable(value) { vm.json_stringify(value) } else { None };
    Some(json.unwrap_or_else(|| vm.display(value)).into())
}
