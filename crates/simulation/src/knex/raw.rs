//! `knex.raw` and `knex.select` compiled: the text of a statement and the values of its parameters.
//!
//! Sources: Knex's `raw.js`, `formatter/rawFormatter.js`, `formatter/wrappingFormatter.js` and `formatQuery` of
//! `execution/internal/query-executioner.js`, in both versions, which agree but for the words of one error. A failed query's
//! message begins with the statement as it is sent, with `$1`: when Knex fills in values, no `?` is left for them.

use std::rc::Rc;

use super::exports::{Query, query_of};
use super::parameters::{Parameters, STEPS_A_VALUE, Walk, check_length};
use super::profile::Profile;
use super::{LibraryError, refusal};
use javascript::ObjectKind;
use javascript::{Value, Vm};

/// A compiled statement.
#[derive(Clone, Debug)]
pub struct CompiledStatement {
    /// The text, with `$1` and so on.
    pub sql: Rc<str>,
    /// The text that an error's message begins with.
    pub shown: Rc<str>,
    /// The values of the parameters; where one cannot be written as text, the error that pg calls back with.
    pub parameters: Result<Parameters, LibraryError>,
}

/// A statement while it is compiled: the values collected so far.
struct Compiler<'a> {
    walk: Walk<'a>,
    profile: &'a Profile,
    values: Vec<Value>,
}

/// Compiles a query to what is sent (`toSQL().toNative()`).
///
/// # Errors
/// The error that Knex throws. The query fails with it once it has its connection.
pub(super) fn statement(vm: &mut Vm, profile: &Profile, query: &Query) -> Result<CompiledStatement, LibraryError> {
    compiled(vm, profile, query, |compiler, sql| {
        let sql = position_bindings(&sql);
        if sql.is_empty() && !profile.is_0_17() {
            return Err(LibraryError::new("The query is empty"));
        }
        let values = core::mem::take(&mut compiler.values);
        let parameters = compiler.walk.prepare_all(&values);
        let shown = compiler.format_query(&sql, &values)?.into();
        Ok(CompiledStatement { sql: sql.into(), shown, parameters })
    })
}

/// A query as text, with its values in it (`toString()`).
///
/// # Errors
/// The error that Knex throws.
pub(super) fn text(vm: &mut Vm, profile: &Profile, query: &Query) -> Result<String, LibraryError> {
    compiled(vm, profile, query, |compiler, sql| {
        let values = core::mem::take(&mut compiler.values);
        compiler.format_query(&sql, &values)
    })
}

/// Compiles a query, goes on with `finish`, and counts both as work of the invocation.
fn compiled<T>(
    vm: &mut Vm,
    profile: &Profile,
    query: &Query,
    finish: impl FnOnce(&mut Compiler<'_>, String) -> Result<T, LibraryError>,
) -> Result<T, LibraryError> {
    let mut compiler = Compiler { walk: Walk::new(vm), profile, values: Vec::new() };
    let mut sql = String::new();
    let result = compiler.query(&mut sql, query).and_then(|()| finish(&mut compiler, sql));
    let visited = compiler.walk.visited;
    vm.add_work(visited * STEPS_A_VALUE);
    result
}

impl Compiler<'_> {
    fn query(&mut self, out: &mut String, query: &Query) -> Result<(), LibraryError> {
        let vm = self.walk.vm;
        if query.builder {
            out.push_str("select ");
            match vm.heap().array(&query.sql) {
                Some(columns) if !columns.is_empty() => self.columnize(out, &columns.clone())?,
                _ => out.push('*'),
            }
            return Ok(());
        }
        let sql = match &query.sql {
            Value::String(sql) => sql.clone(),
            none if none.is_nullish() => {
                let message = format!("Cannot read properties of {} (reading 'replace')", vm.display(none));
                return Err(LibraryError::type_error(&message));
            }
            _ => return Err(LibraryError::type_error("sql.replace is not a function")),
        };
        let given = &query.bindings;
        let (start, first) = (out.len(), self.values.len());
        match (vm.heap().array(given), given) {
            (_, Value::Undefined) => {
                out.push_str(&sql);
                return Ok(());
            }
            (Some(list), _) => self.replace_list(out, &sql, &list.clone())?,
            (None, Value::Object(id)) if matches!(vm.heap().get(*id).kind, ObjectKind::Plain) => {
                self.replace_keys(out, &sql, given)?;
            }
            // A value alone is a list of one.
            (None, _) => self.replace_list(out, &sql, core::slice::from_ref(given))?,
        }
        for place in first..self.values.len() {
            let value = self.values[place].clone();
            if self.walk.contains_undefined(&value)? {
                return Err(self.undefined_bindings(&out[start..], given)?);
            }
        }
        Ok(())
    }

    /// The error for bindings of which one is undefined, or contains it.
    fn undefined_bindings(&mut self, sql: &str, given: &Value) -> Result<LibraryError, LibraryError> {
        let mut keys = String::new();
        if !self.profile.is_0_17() {
            let vm = self.walk.vm;
            let pairs: Vec<(String, Value)> = match vm.heap().array(given) {
                Some(list) => list.iter().enumerate().map(|(at, value)| (at.to_string(), value.clone())).collect(),
                None => vm.keys(given).into_iter().map(|key| (key.to_owned(), vm.get(given, key))).collect(),
            };
            let mut undefined = Vec::new();
            for (key, value) in pairs {
                if self.walk.contains_undefined(&value)? {
                    undefined.push(key);
                }
            }
            keys = format!("for keys [{}] ", undefined.join(","));
        }
        Ok(LibraryError::new(&format!("Undefined binding(s) detected {keys}when compiling RAW query: {sql}")))
    }

    /// Knex's `replaceRawArrBindings`: `?` and `??` stand for the values of a list, in their order.
    fn replace_list(&mut self, out: &mut String, sql: &str, list: &[Value]) -> Result<(), LibraryError> {
        let (mut rest, mut seen) = (sql, 0);
        while let Some(at) = rest.find('?') {
            let escaped = rest[..at].ends_with('\\');
            let double = rest[at + 1..].starts_with('?');
            out.push_str(&rest[..at]);
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
            if double && !escaped {
                self.columnize_value(out, &value)?;
            } else {
                self.parameter(out, &value)?;
            }
        }
        if seen != list.len() {
            return Err(LibraryError::new(&format!("Expected {} bindings, saw {seen}", list.len())));
        }
        out.push_str(rest);
        check_length(out)
    }

    /// Knex's `replaceKeyBindings`: `:name` and `:name:` stand for the values of an object.
    fn replace_keys(&mut self, out: &mut String, sql: &str, object: &Value) -> Result<(), LibraryError> {
        let vm = self.walk.vm;
        let mut rest = sql;
        while let Some(at) = rest.find(':') {
            let escaped = rest[..at].ends_with('\\');
            let after = &rest[at + 1..];
            let length = after.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
            let (name, next) = after.split_at(length);
            let identifier = next.starts_with(':') && (!next.starts_with("::") || next.starts_with(":::"));
            let end = at + 1 + if name.is_empty() { 0 } else { length + usize::from(identifier) };
            let whole = &rest[at..end];
            out.push_str(&rest[..at]);
            rest = &rest[end..];
            if name.is_empty() {
                out.push(':');
                continue;
            }
            let value = vm.get(object, name);
            if escaped {
                out.pop();
                out.push_str(whole);
            } else if matches!(value, Value::Undefined) {
                if vm.keys(object).contains(&name) {
                    self.values.push(value);
                }
                out.push_str(whole);
            } else if identifier {
                self.columnize_value(out, &value)?;
            } else {
                self.parameter(out, &value)?;
            }
        }
        out.push_str(rest);
        check_length(out)
    }

    /// Knex's `parameter`: the text of another query, or `?` and a value.
    fn parameter(&mut self, out: &mut String, value: &Value) -> Result<(), LibraryError> {
        if self.walk.vm.is_callable(value) {
            return Err(LibraryError::new(&refusal("a function as a binding", "write the statement as text")));
        }
        let Some(query) = query_of(self.walk.vm, value) else {
            self.values.push(value.clone());
            out.push('?');
            return Ok(());
        };
        let start = out.len();
        self.nested_query(out, &query)?;
        if out.len() == start {
            // An empty text is falsy, so Knex writes the placeholder.
            out.push('?');
        } else if query.builder {
            out.insert(start, '(');
            out.push(')');
        }
        Ok(())
    }

    fn nested_query(&mut self, out: &mut String, query: &Query) -> Result<(), LibraryError> {
        self.nested(|compiler| compiler.query(out, query))
    }

    /// Does `work` one level deeper.
    ///
    /// # Errors
    /// As [`Walk::enter`], and that of `work`.
    fn nested(&mut self, work: impl FnOnce(&mut Self) -> Result<(), LibraryError>) -> Result<(), LibraryError> {
        self.walk.enter()?;
        let result = work(self);
        self.walk.leave();
        result
    }

    /// Knex's `columnize` of a binding: a list of names, or one.
    fn columnize_value(&mut self, out: &mut String, value: &Value) -> Result<(), LibraryError> {
        match self.walk.vm.heap().array(value).cloned() {
            Some(list) => self.columnize(out, &list),
            None => self.wrap(out, value),
        }
    }

    fn columnize(&mut self, out: &mut String, list: &[Value]) -> Result<(), LibraryError> {
        for (index, value) in list.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            self.wrap(out, value)?;
        }
        check_length(out)
    }

    /// Knex's `wrap`: a name in quotation marks, a query's text, a number, or `{ alias: name }`.
    fn wrap(&mut self, out: &mut String, value: &Value) -> Result<(), LibraryError> {
        if let Some(query) = query_of(self.walk.vm, value) {
            return self.nested_query(out, &query);
        }
        let vm = self.walk.vm;
        if vm.is_callable(value) {
            return Err(LibraryError::new(&refusal("a function as a name", "write the name as text")));
        }
        match value {
            Value::Number(_) => out.push_str(&vm.display(value)),
            Value::Null => {}
            Value::Object(_) => {
                let names: Vec<(String, Value)> = match vm.heap().array(value) {
                    Some(list) => list.iter().enumerate().map(|(at, name)| (at.to_string(), name.clone())).collect(),
                    None => vm.keys(value).into_iter().map(|key| (key.to_owned(), vm.get(value, key))).collect(),
                };
                self.nested(|compiler| {
                    for (index, (alias, name)) in names.iter().enumerate() {
                        if index > 0 {
                            out.push_str(", ");
                        }
                        compiler.wrap(out, name)?;
                        out.push_str(" as ");
                        out.push_str(&wrap_identifier(alias.trim()));
                        check_length(out)?;
                    }
                    Ok(())
                })?;
            }
            value => out.push_str(&wrap_string(&vm.display(value))),
        }
        Ok(())
    }

    /// Knex's `formatQuery`: a literal in the place of each `?`.
    fn format_query(&mut self, sql: &str, values: &[Value]) -> Result<String, LibraryError> {
        let (mut out, mut rest, mut values) = (String::with_capacity(sql.len()), sql, values.iter());
        while let Some(at) = rest.find('?') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if out.ends_with('\\') {
                out.pop();
                out.push('?');
            } else if let Some(value) = values.next() {
                out.push_str(&self.walk.escape_binding(value)?);
                check_length(&out)?;
            } else {
                out.push('?');
            }
        }
        Ok(out + rest)
    }
}

/// Knex's `wrapString`: `a.b as c` with each name in quotation marks.
fn wrap_string(name: &str) -> String {
    if let Some(at) = name.to_ascii_lowercase().find(" as ") {
        return format!("{} as {}", wrap_string(&name[..at]), wrap_identifier(name[at + 4..].trim()));
    }
    let parts: Vec<String> = name.split('.').map(|part| wrap_identifier(part.trim())).collect();
    parts.join(".")
}

/// A name in quotation marks. `*` stays as it is, and so does an index at the end (`a[1]`).
fn wrap_identifier(name: &str) -> String {
    if name == "*" {
        return name.to_owned();
    }
    let index = name.find('[').filter(|at| {
        let inner = name[at + 1..].strip_suffix(']');
        inner.is_some_and(|inner| !inner.is_empty() && inner.bytes().all(|byte| byte.is_ascii_digit()))
    });
    let (name, index) = name.split_at(index.unwrap_or(name.len()));
    format!("\"{}\"{index}", name.replace('"', "\"\""))
}

/// Knex's `positionBindings`: `$1` in the place of the first `?`; `\?` is a question mark.
fn position_bindings(sql: &str) -> String {
    let (mut out, mut rest, mut count) = (String::with_capacity(sql.len()), sql, 0_u32);
    while let Some(at) = rest.find('?') {
        let before = rest[..at].trim_end_matches('\\');
        out.push_str(before);
        if (at - before.len()) % 2 == 1 {
            out.push('?');
        } else {
            count += 1;
            out.push('$');
            out.push_str(&count.to_string());
        }
        rest = &rest[at + 1..];
    }
    out + rest
}
