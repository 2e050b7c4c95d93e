//! The text of values as `console.log` prints it: the rules of Node 20's `util.inspect` for strings, numbers, arrays, plain
//! objects and errors, down to where lines break and how long lists are put into columns. This file walks over the values;
//! [`layout`] puts their parts into lines.
//!
//! Only the first line of an error's stack is printed. Lines break around it as they would around the whole stack, which
//! a placeholder stands for until the end.

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

/// The number of elements that are printed of an array.
const ARRAY_ELEMENTS: usize = 100;
/// The depth of nesting to which `console.log` prints objects.
const DEPTH: usize = 2;

/// The text that `console.log` prints for these arguments.
pub fn format_arguments(heap: &Heap, arguments: &[Value]) -> String {
    let mut out = String::new();
    let mut rest = arguments;
    if let Some((Value::String(first), others)) = arguments.split_first() {
        if others.is_empty() {
            return first.as_ref().into();
        }
        let used = format_specifiers(heap, first, others, &mut out);
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
            _ => out.push_str(&inspect_to(heap, value, DEPTH, false)),
        }
    }
    out
}

/// The text that `util.inspect` gives for a value.
pub fn inspect(heap: &Heap, value: &Value) -> String {
    inspect_to(heap, value, DEPTH, false)
}

fn inspect_to(heap: &Heap, value: &Value, depth: usize, hidden: bool) -> String {
    let mut inspector = Inspector {
        heap,
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

/// Writes `first` with its specifiers (`%s` and others) replaced by `arguments`. Returns the number of arguments used.
fn format_specifiers(heap: &Heap, first: &str, arguments: &[Value], out: &mut String) -> usize {
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
                    Value::Object(_) if !convert::is_function(heap, value) => inspect_to(heap, value, 0, false),
                    _ => as_text(value).as_ref().into(),
                },
                1,
            )),
            (Some(b'd'), Some(Value::Object(id))) => {
                // An array is the only object that can convert to a number.
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
            (Some(b'o'), Some(value)) => Some((inspect_to(heap, value, 4, true), 1)),
            (Some(b'O'), Some(value)) => Some((inspect_to(heap, value, DEPTH, false), 1)),
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
    /// Of objects nested deeper than this only the name is printed.
    depth: usize,
    /// True for `%o`, which prints the lengths of arrays.
    hidden: bool,
    indentation: usize,
    /// The nesting level of the object that was begun last.
    deepest: usize,
    /// The objects around the one being printed.
    open: Vec<ObjectId>,
    /// Those of them that were met again inside, in the order of their reference numbers.
    circular: Vec<ObjectId>,
    /// Bytes written so far. A text that is far too long for a log line is not finished.
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
                // It has no stack, so Node prints it in brackets, with its properties.
                if level <= self.depth {
                    parts.base = format!("[{}]", error_header(self.heap, object));
                }
            }
            ObjectKind::Error(data) => {
                // The depth limit holds for errors that have something to print after their stack.
                let bare = no_properties && data.errors.is_none() && data.cause.is_none();
                if bare || level <= self.depth {
                    return self.error(object);
                }
                return format!("[{}]", convert::error_kind_name(data.kind));
            }
            ObjectKind::Promise(_) => parts.open = "Promise {".into(),
            ObjectKind::Host { class, .. } => parts.open = format!("{} {{", class.name),
            ObjectKind::Builtin(row) if matches!(TABLE[*row as usize].what, What::Namespace) => {
                return format!("Object [{}] {{}}", TABLE[*row as usize].name);
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
                ObjectKind::Error(data) => format!("[{}]", convert::error_kind_name(data.kind)),
                ObjectKind::Promise(_) => "[Promise]".into(),
                ObjectKind::Host { class, .. } => format!("[{}]", class.name),
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

    /// Prints the elements and properties of an object.
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
                    PromiseState::Rejected(reason) => format!("<rejected> {}", self.nested(&reason, level)),
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
            parts.output.push(format!("[errors]: {shown}"));
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
        let indentation = format!("\n{}", " ".repeat(self.indentation));
        let mut shown = header.replace('\n', &indentation);
        shown.push_str(&indentation);
        shown.extend(layout::stack());
        shown
    }
}

/// The first line of an error's stack. A `name` that the program has set and that ends in `Error` is printed beside the
/// name of the constructor.
pub fn error_header(heap: &Heap, object: &Object) -> String {
    let ObjectKind::Error(data) = &object.kind else { return String::new() };
    let text = convert::error_text(heap, object).unwrap_or_default();
    let kind = convert::error_kind_name(data.kind);
    match object.properties.get("name") {
        Some(Value::String(name))
            if name.ends_with("Error") && !kind.contains(&**name) && text.starts_with(&**name) =>
        {
            format!("{kind} [{name}]{}", &text[name.len()..])
        }
        _ => text,
    }
}

fn function_base(kind: &ObjectKind) -> String {
    let asynchronous = matches!(kind, ObjectKind::Closure { code, .. } if code.kind.is_async());
    let class = if asynchronous { "[AsyncFunction" } else { "[Function" };
    match convert::function_name(kind).unwrap_or_default() {
        "" => format!("{class} (anonymous)]"),
        name => format!("{class}: {name}]"),
    }
}
