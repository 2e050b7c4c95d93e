//! How `console` shows values: Node 20's rules for text, numbers, arrays, plain objects and errors, down to where lines
//! break and how long lists are put into columns.
//!
//! Of an error only the first line of its stack is shown. Lines break around it as they would around the whole stack,
//! which is there as a stand-in until the end.

use std::fmt::Write as _;
use std::rc::Rc;

use super::builtins::{TABLE, What};
use super::convert;
use super::heap::{Heap, Object, ObjectKind};
use super::json;
use super::number;
use super::promise::PromiseState;
use super::text;
use super::value::{ObjectId, Value};
use crate::limits;

/// The width that a line is kept below.
const BREAK_LENGTH: usize = 80;
/// Elements of an array that are shown.
const ARRAY_ELEMENTS: usize = 100;
/// Units of a string inside something that are shown.
const STRING_UNITS: usize = 10_000;
/// An array of more elements than this may be put into columns.
const MOST_UNGROUPED: usize = 6;
/// Up to so many levels of nesting are put on one line.
const COMPACT: usize = 3;
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

/// An object that is being shown, before its parts are joined.
struct Parts {
    /// What stands before the opening bracket.
    base: String,
    open: String,
    close: char,
    output: Vec<String>,
    /// Where it is an array: how many of its elements, from the first, are numbers. That decides how columns are aligned.
    numbers: Option<usize>,
    /// Whether the last part only tells how many more there are.
    cut: bool,
}

impl Inspector<'_> {
    fn value(&mut self, value: &Value, level: usize) -> String {
        match value {
            Value::Undefined => "undefined".into(),
            Value::Null => "null".into(),
            Value::Boolean(boolean) => boolean.to_string(),
            Value::Number(number) if *number == 0.0 && number.is_sign_negative() => "-0".into(),
            Value::Number(number) => number::to_string(*number),
            Value::String(text) => self.string(text),
            Value::Object(id) => self.object(*id, level),
        }
    }

    fn string(&mut self, text: &str) -> String {
        let units = text::length(text);
        let (text, more) = if units > STRING_UNITS {
            (text::slice(text, 0, STRING_UNITS), units - STRING_UNITS)
        } else {
            (Rc::from(text), 0)
        };
        let mut shown = if units > 16 && units + self.indentation + 4 > BREAK_LENGTH && text.contains('\n') {
            let lines: Vec<String> = text.split_inclusive('\n').map(quoted).collect();
            text::join(&lines, &[" +\n", &" ".repeat(self.indentation + 2)].concat())
        } else {
            quoted(&text)
        };
        if more > 0 {
            let _ = write!(shown, "... {more} more character{}", if more > 1 { "s" } else { "" });
        }
        shown
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
        let shown = self.join(parts, inside);
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
        shown.extend(core::iter::repeat_n(STACK, STACK_WIDTH));
        shown
    }

    /// Puts the parts of an object on one line where they fit, or under each other.
    fn join(&self, parts: Parts, level: usize) -> String {
        let Parts { base, open, close, mut output, numbers, cut } = parts;
        let entries = output.len();
        if let (Some(numbers), true) = (numbers, entries > MOST_UNGROUPED) {
            // As many elements are looked at as there are parts, those that only tell how many more there are among them.
            output = self.columns(output, numbers >= entries, cut);
        }
        let before = if base.is_empty() { open.clone() } else { [&base, " ", &open].concat() };
        if self.deepest - level < COMPACT && entries == output.len() {
            let start = output.len() + self.indentation + text::length(&open) + text::length(&base) + 10;
            let total = output.iter().map(|part| text::length(part)).sum::<usize>() + output.len() + start;
            let several_lines = base.contains('\n') || output.iter().any(|part| part.contains('\n'));
            if start + 2 * output.len() <= BREAK_LENGTH && total <= BREAK_LENGTH && !several_lines {
                return format!("{before} {} {close}", text::join(&output, ", "));
            }
        }
        let indentation = ["\n", &" ".repeat(self.indentation)].concat();
        let separator = [",", &indentation, "  "].concat();
        format!("{before}{indentation}  {}{indentation}{close}", text::join(&output, &separator))
    }

    /// Puts the elements of a long array into columns, where they are short enough for that.
    fn columns(&self, output: Vec<String>, all_numbers: bool, cut: bool) -> Vec<String> {
        const SEPARATOR: usize = 2;
        let count = output.len() - usize::from(cut);
        let widths: Vec<usize> = output[..count].iter().map(|part| width(part)).collect();
        let longest = widths.iter().copied().max().unwrap_or(0);
        let total: usize = widths.iter().map(|width| width + SEPARATOR).sum();
        let actual = longest + SEPARATOR;
        let short_enough =
            actual * 3 + self.indentation < BREAK_LENGTH && (total as f64 / actual as f64 > 5.0 || longest <= 6);
        if !short_enough {
            return output;
        }
        // A table that looks square: a character is about two and a half times as high as it is wide.
        let bias = (actual as f64 - total as f64 / output.len() as f64).sqrt();
        let biased = (actual as f64 - 3.0 - bias).max(1.0);
        let biased = if biased.is_nan() { 1.0 } else { biased };
        let square = ((2.5 * biased * count as f64).sqrt() / biased).round() as usize;
        let columns = square.min((BREAK_LENGTH - self.indentation) / actual).min(COMPACT * 4).min(15);
        if columns <= 1 {
            return output;
        }
        let column_widths: Vec<usize> = (0..columns)
            .map(|column| widths.iter().skip(column).step_by(columns).copied().max().unwrap_or(0) + SEPARATOR)
            .collect();
        let mut lines = Vec::new();
        for first in (0..count).step_by(columns) {
            let end = (first + columns).min(count);
            let mut line = String::new();
            for place in first..end {
                let last = place + 1 == end;
                let cell = column_widths[place - first] - if last { SEPARATOR } else { 0 };
                let used = widths[place] + if last { 0 } else { SEPARATOR };
                let padding = cell.saturating_sub(used);
                if all_numbers {
                    line.extend(core::iter::repeat_n(' ', padding));
                }
                line.push_str(&output[place]);
                if !last {
                    line.push_str(", ");
                }
                if !all_numbers && !last {
                    line.extend(core::iter::repeat_n(' ', padding));
                }
            }
            lines.push(line);
        }
        lines.extend(output.into_iter().skip(count));
        lines
    }
}

/// Stands for a stack's lines while lines are broken; in quoted strings this character is escaped.
const STACK: char = '\u{1}';
const STACK_WIDTH: usize = 60;

fn remove_stacks(text: String) -> String {
    if !text.contains(STACK) {
        return text;
    }
    let mut kept = String::with_capacity(text.len());
    for line in text.split('\n') {
        let content = line.trim_start_matches(' ');
        let stack = content.chars().take(STACK_WIDTH).filter(|character| *character == STACK).count() == STACK_WIDTH;
        if stack {
            // A comma at its end goes with it, as it would with the last line of the stack.
            continue;
        }
        if !kept.is_empty() {
            kept.push('\n');
        }
        kept.push_str(line);
    }
    kept
}

/// The first line of an error's stack. A name of the program's own that ends in `Error` stands beside that of the
/// constructor.
pub fn error_header(heap: &Heap, object: &Object) -> String {
    let ObjectKind::Error(data) = &object.kind else { return String::new() };
    let text = convert::error_text(heap, object).unwrap_or_default();
    let kind = convert::error_kind_name(data.kind);
    match object.properties.get("name") {
        Some(Value::String(name))
            if name.ends_with("Error") && text::find(kind, name).is_none() && text.starts_with(&**name) =>
        {
            [kind, " [", name, "]", &text[name.len()..]].concat()
        }
        _ => text,
    }
}

fn function_base(kind: &ObjectKind) -> String {
    let asynchronous = matches!(kind, ObjectKind::Closure { code, .. } if code.asynchronous);
    let class = if asynchronous { "[AsyncFunction" } else { "[Function" };
    match convert::function_name(kind).unwrap_or_default() {
        "" => [class, " (anonymous)]"].concat(),
        name => [class, ": ", name, "]"].concat(),
    }
}

/// A string in the quotes that need the fewest escapes.
fn quoted(text: &str) -> String {
    let quote = if !text.contains('\'') {
        '\''
    } else if !text.contains('"') {
        '"'
    } else if !text.contains('`') && text::find(text, "${").is_none() {
        '`'
    } else {
        '\''
    };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{8}' => out.push_str("\\b"),
            '\u{C}' => out.push_str("\\f"),
            '\\' => out.push_str("\\\\"),
            '\'' if quote == '\'' => out.push_str("\\'"),
            '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' => {
                out.push_str("\\x");
                for shift in [4, 0] {
                    let digit = char::from_digit(character as u32 >> shift & 15, 16).unwrap_or('0');
                    out.push(digit.to_ascii_uppercase());
                }
            }
            _ => out.push(character),
        }
    }
    out.push(quote);
    out
}

/// How many columns of a terminal a text takes: two for a character of East Asia or a picture, none for one that joins
/// the character before.
fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let one = |character: char| match character as u32 {
        0x300..=0x36F | 0x200B..=0x200F | 0x20D0..=0x20FF | 0xFE00..=0xFE0F | 0xFE20..=0xFE2F => 0,
        0x1100..=0x115F
        | 0x2E80..=0x303E
        | 0x3041..=0x3247
        | 0x3250..=0x4DBF
        | 0x4E00..=0xA4C6
        | 0xA960..=0xA97C
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE10..=0xFE19
        | 0xFE30..=0xFE6B
        | 0xFF01..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1_F300..=0x1_F64F
        | 0x1_F900..=0x1_F9FF
        | 0x2_0000..=0x3_FFFD => 2,
        _ => 1,
    };
    text.chars().map(one).sum()
}
