//! How `console` shows values: Node 20's rules for text, numbers, arrays, plain objects and errors, down to where lines
//! break and how long lists are put into columns. This file walks over the values; `layout` puts what it found into lines.
//!
//! Of an error only the first line of its stack is shown. Lines break around it as they would around the whole stack,
//! which is there as a stand-in until the end.

mod layout;

use super::builtins::{TABLE, What};
use super::convert;
use super::heap::{Heap, Object, ObjectKind};
use super::json;
use super::number;
use super::promise::PromiseState;
use super::value::{ObjectId, Value};
use crate::limits;
use layout::{Parts, quoted, remove_stacks};

/// Elements of an array that are shown.
const ARRAY_ELEMENTS: usize = 100;
/// How deep `console.log` looks.
const DEPTH: usize = 2;

/// One line (or several) of `console`, from its arguments. `host_name` names the host's classes.
pub fn format_arguments(heap: &Heap, host_name: &dyn Fn(u16) -> &'static str, arguments: &[Value]) -> String {
    let mut out = String::new();
    let mut rest = arguments;
    if let Some((Value::String(first), others)) = arguments.split_first() {
        if others.is_empty() {
            return first.as_ref().into();
        }
        let used = format_specifiers(heap, host_name, first, others, &mut out);
        rest = &others[used..];
        if !rest.is_empty() {
            out.push(' ');
        }
    }
    for (index, value) in rest.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        match value {
            Value::String(text) => out.push_str(text),
            _ => out.push_str(&inspect_to(heap, host_name, value, DEPTH, false)),
        }
    }
    out
}

/// A value as `util.inspect` shows it.
pub fn inspect(heap: &Heap, host_name: &dyn Fn(u16) -> &'static str, value: &Value) -> String {
    inspect_to(heap, host_name, value, DEPTH, false)
}

fn inspect_to(
    heap: &Heap,
    host_name: &dyn Fn(u16) -> &'static str,
    value: &Value,
    depth: usize,
    hidden: bool,
) -> String {
    let mut inspector = Inspector {
        heap,
        host_name,
        depth,
        hidden,
        indentation: 0,
        deepest: 0,
        open: Vec::new(),
        circular: Vec::new(),
        written: 0,
    };
    let text = inspector.value(value, 0);
    remove_stacks(text)
}

/// Puts `arguments` where `first` has `%s` and its kin; tells how many of them were used.
fn format_specifiers(
    heap: &Heap,
    host_name: &dyn Fn(u16) -> &'static str,
    first: &str,
    arguments: &[Value],
    out: &mut String,
) -> usize {
    let mut used = 0;
    let mut rest = first;
    while let Some(percent) = rest.find('%') {
        out.push_str(&rest[..percent]);
        let specifier = rest.as_bytes().get(percent + 1).copied();
        let argument = arguments.get(used);
        let number = |number: f64| {
            if number == 0.0 && number.is_sign_negative() { "-0".into() } else { number::to_string(number) }
        };
        let as_text = |value: &Value| convert::to_text(heap, value).unwrap_or_else(|_| "".into());
        let shown = match (specifier, argument) {
            (Some(b'%'), _) => Some((String::from("%"), 0)),
            (Some(b's'), Some(value)) => Some((
                match value {
                    Value::Number(value) => number(*value),
                    Value::Object(_) if !convert::is_function(heap, value) => {
                        inspect_to(heap, host_name, value, 0, false)
                    }
                    _ => as_text(value).as_ref().into(),
                },
                1,
            )),
            (Some(b'd'), Some(Value::Object(id))) => {
                // Of an object only an array can be a number.
                let is_array = matches!(heap.get(*id).kind, ObjectKind::Array(_));
                Some((number(if is_array { number::from_string(&as_text(&Value::Object(*id))) } else { f64::NAN }), 1))
            }
            (Some(b'd'), Some(value)) => Some((number(convert::to_number(heap, value).unwrap_or(f64::NAN)), 1)),
            (Some(b'i'), Some(value)) => Some((number(number::parse_int(&as_text(value), 0.0)), 1)),
            (Some(b'f'), Some(value)) => Some((number(number::parse_float(&as_text(value))), 1)),
            (Some(b'j'), Some(value)) => Some((
                match json::stringify(heap, value) {
                    Ok(text) => text.unwrap_or_else(|| "undefined".into()),
                    Err(_) => "[Circular]".into(),
                },
                1,
            )),
            (Some(b'o'), Some(value)) => Some((inspect_to(heap, host_name, value, 4, true), 1)),
            (Some(b'O'), Some(value)) => Some((inspect_to(heap, host_name, value, DEPTH, false), 1)),
            (Some(b'c'), Some(_)) => Some((String::new(), 1)),
            _ => None,
        };
        let taken = shown.is_some();
        let (text, count) = shown.unwrap_or_else(|| ("%".into(), 0));
        out.push_str(&text);
        used += count;
        rest = &rest[percent + if taken { 2 } else { 1 }..];
    }
    out.push_str(rest);
    used
}

struct Inspector<'a> {
    heap: &'a Heap,
    host_name: &'a dyn Fn(u16) -> &'static str,
    /// Objects nested deeper than this are only named.
    depth: usize,
    /// Whether the lengths of arrays are shown (`%o`).
    hidden: bool,
    indentation: usize,
    /// The level of the object that was begun last.
    deepest: usize,
    /// The objects around the one being shown.
    open: Vec<ObjectId>,
    /// Those of them that are met again inside, in the order of their numbers.
    circular: Vec<ObjectId>,
    /// Bytes so far: a text that is far too long for a log line is not finished.
    written: usize,
}

impl Inspector<'_> {
    fn value(&mut self, value: &Value, level: usize) -> String {
        match value {
            Value::Undefined => "undefined".into(),
            Value::Null => "null".into(),
            Value::Boolean(boolean) => boolean.to_string(),
            Value::Number(number) if *number == 0.0 && number.is_sign_negative() => "-0".into(),
            Value::Number(number) => number::to_string(*number),
            Value::String(text) => layout::string(text, self.indentation),
            Value::Object(id) => self.object(*id, level),
        }
    }

    fn object(&mut self, id: ObjectId, level: usize) -> String {
        if self.open.contains(&id) {
            let number = self.circular.iter().position(|circular| *circular == id).unwrap_or_else(|| {
                self.circular.push(id);
                self.circular.len() - 1
            });
            return format!("[Circular *{}]", number + 1);
        }
        let object = self.heap.get(id);
        let no_properties = object.properties.is_empty();
        let mut parts =
            Parts { base: String::new(), open: "{".into(), close: '}', output: Vec::new(), numbers: None, cut: false };
        match &object.kind {
            ObjectKind::Array(elements) => {
                if elements.is_empty() && no_properties && !self.hidden {
                    return "[]".into();
                }
                parts.open = "[".into();
                parts.close = ']';
            }
            ObjectKind::Plain if no_properties => return "{}".into(),
            ObjectKind::Plain => {}
            ObjectKind::Error(data) if data.errors.is_some() && data.position.is_none() => {
                // It has no stack, and so stands in brackets with what is in it.
                if level <= self.depth {
                    parts.base = ["[", &error_header(self.heap, object), "]"].concat();
                }
            }
            ObjectKind::Error(data) => {
                // What is shown after a stack counts, too.
                let bare = no_properties && data.errors.is_none() && data.cause.is_none();
                if bare || level <= self.depth {
                    return self.error(object);
                }
                return ["[", convert::error_kind_name(data.kind), "]"].concat();
            }
            ObjectKind::Promise(_) => parts.open = "Promise {".into(),
            ObjectKind::Host { class, .. } => parts.open = [(self.host_name)(*class), " {"].concat(),
            ObjectKind::Builtin(row) if matches!(TABLE[*row as usize].what, What::Namespace) => {
                return ["Object [", TABLE[*row as usize].name, "] {}"].concat();
            }
            kind => {
                parts.base = function_base(kind);
                if no_properties {
                    return parts.base;
                }
            }
        }
        if no_properties && matches!(object.kind, ObjectKind::Host { .. }) {
            parts.open.push('}');
            return parts.open;
        }
        if level > self.depth || self.written > limits::LOG_LINE_CHARACTERS {
            return match &object.kind {
                ObjectKind::Array(_) => "[Array]".into(),
                ObjectKind::Error(data) => ["[", convert::error_kind_name(data.kind), "]"].concat(),
                ObjectKind::Promise(_) => "[Promise]".into(),
                ObjectKind::Host { class, .. } => ["[", (self.host_name)(*class), "]"].concat(),
                kind if convert::function_name(kind).is_some() => "[Function]".into(),
                _ => "[Object]".into(),
            };
        }
        let inside = level + 1;
        self.open.push(id);
        self.deepest = inside;
        self.fill(object, inside, &mut parts);
        if let Some(number) = self.circular.iter().position(|circular| *circular == id) {
            if !parts.base.is_empty() {
                parts.base.insert(0, ' ');
            }
            parts.base.insert_str(0, &format!("<ref *{}>", number + 1));
        }
        self.open.pop();
        let shown = parts.join(self.indentation, self.deepest - inside);
        self.written += shown.len();
        shown
    }

    /// Shows what is inside an object.
    fn fill(&mut self, object: &Object, level: usize, parts: &mut Parts) {
        match &object.kind {
            ObjectKind::Array(elements) => {
                parts.numbers = Some(elements.iter().take_while(|element| element.as_number().is_some()).count());
                for element in elements.iter().take(ARRAY_ELEMENTS) {
                    let shown = self.nested(element, level);
                    parts.output.push(shown);
                }
                let more = elements.len().saturating_sub(ARRAY_ELEMENTS);
                if more > 0 {
                    parts.cut = true;
                    parts.output.push(format!("... {more} more item{}", if more > 1 { "s" } else { "" }));
                }
                if self.hidden {
                    parts.output.push(format!("[length]: {}", elements.len()));
                }
            }
            ObjectKind::Promise(promise) => {
                let shown = match promise.state() {
                    PromiseState::Pending => "<pending>".into(),
                    PromiseState::Fulfilled(value) => self.nested(&value, level),
                    PromiseState::Rejected(reason) => ["<rejected> ", &self.nested(&reason, level)].concat(),
                };
                parts.output.push(shown);
            }
            _ => {}
        }
        for (key, value) in object.properties.iter() {
            if self.written > 4 * limits::LOG_LINE_CHARACTERS {
                break;
            }
            let shown = self.nested(value, level);
            let plain = key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            let mut part = match (&**key, plain) {
                ("__proto__", _) => "['__proto__']".into(),
                (_, true) => String::from(&**key),
                (_, false) => quoted(key),
            };
            part.push_str(": ");
            part.push_str(&shown);
            self.written += part.len();
            parts.output.push(part);
        }
        if let ObjectKind::Error(data) = &object.kind
            && let Some(errors) = &data.errors
        {
            let shown = self.nested(errors, level);
            parts.output.push(["[errors]: ", &shown].concat());
        }
    }

    fn nested(&mut self, value: &Value, level: usize) -> String {
        self.indentation += 2;
        let shown = self.value(value, level);
        self.indentation -= 2;
        shown
    }

    fn error(&self, object: &Object) -> String {
        let header = error_header(self.heap, object);
        let indentation = ["\n", &" ".repeat(self.indentation)].concat();
        let mut shown = header.replace('\n', &indentation);
        shown.push_str(&indentation);
        shown.extend(layout::stack());
        shown
    }
}

/// The first line of an error's stack. A name of the program's own that ends in `Error` stands beside that of the
/// constructor.
pub fn error_header(heap: &Heap, object: &Object) -> String {
    let ObjectKind::Error(data) = &object.kind else { return String::new() };
    let text = convert::error_text(heap, object).unwrap_or_default();
    let kind = convert::error_kind_name(data.kind);
    match object.properties.get("name") {
        Some(Value::String(name))
            if name.ends_with("Error") && !kind.contains(&**name) && text.starts_with(&**name) =>
        {
            [kind, " [", name, "]", &text[name.len()..]].concat()
        }
        _ => text,
    }
}

fn function_base(kind: &ObjectKind) -> String {
    let asynchronous = matches!(kind, ObjectKind::Closure { code, .. } if code.kind.is_async());
    let class = if asynchronous { "[AsyncFunction" } else { "[Function" };
    match convert::function_name(kind).unwrap_or_default() {
        "" => [class, " (anonymous)]"].concat(),
        name => [class, ": ", name, "]"].concat(),
    }
}
