//! Serializing values as JSON.

use std::rc::Rc;

use crate::builtins::Thrown;
use crate::convert;
use crate::heap::{Heap, ObjectKind};
use crate::limits;
use crate::number;
use crate::value::{ObjectId, Value};

/// Calls `JSON.stringify(value)`; `None` if that returns `undefined`.
///
/// # Errors
/// The message of the error, if the value contains itself, nests too deeply, or has a text that is too long.
pub fn stringify(heap: &Heap, value: &Value) -> Result<Option<String>, String> {
    stringify_with(heap, value, None, None).map_err(|thrown| thrown.1)
}

/// Calls `JSON.stringify(value)`. With an `indent`, which may be empty, each value is on a line of its own. With `keys`, only
/// these properties of objects are written.
pub(crate) fn stringify_with(
    heap: &Heap,
    value: &Value,
    indent: Option<&str>,
    keys: Option<&[Rc<str>]>,
) -> Result<Option<String>, Thrown> {
    let mut writer = Writer { heap, indent, keys, out: String::new(), charged: 0, open: Vec::new() };
    Ok(if writer.value(value, Step::Root)? { Some(writer.out) } else { None })
}

/// The step from an object to a value in it.
#[derive(Clone, Copy)]
enum Step<'a> {
    /// The value is the one that is serialized.
    Root,
    /// The value is an element of an array.
    Index(usize),
    /// The value is a property.
    Property(&'a str),
}

struct Writer<'a> {
    heap: &'a Heap,
    indent: Option<&'a str>,
    keys: Option<&'a [Rc<str>]>,
    out: String,
    /// The bytes of `out` that were counted on the heap.
    charged: usize,
    /// The objects around the value that is being written, each with the step that leads to it.
    open: Vec<(ObjectId, Step<'a>)>,
}

impl<'a> Writer<'a> {
    /// Writes a value. Returns false, and writes nothing, for `undefined` and functions.
    fn value(&mut self, value: &Value, step: Step<'a>) -> Result<bool, Thrown> {
        match value {
            Value::Undefined => return Ok(false),
            Value::Boolean(boolean) => self.out.push_str(if *boolean { "true" } else { "false" }),
            Value::Number(number) if number.is_finite() => self.out.push_str(&number::to_string(*number)),
            Value::Null | Value::Number(_) => self.out.push_str("null"),
            Value::String(text) => quote(&mut self.out, text),
            Value::Object(_) if convert::is_function(self.heap, value) => return Ok(false),
            Value::Object(id) => self.object(*id, step)?,
        }
        self.heap.charge(self.out.len().saturating_sub(self.charged));
        self.charged = self.out.len();
        convert::check_length(self.out.len())?;
        Ok(true)
    }

    fn object(&mut self, id: ObjectId, step: Step<'a>) -> Result<(), Thrown> {
        if let Some(first) = self.open.iter().position(|(open, _)| *open == id) {
            return Err(Thrown::type_error(self.circle(first, step)));
        }
        if self.open.len() > limits::NESTING {
            return Err(Thrown::range_error(limits::CALL_DEPTH_MESSAGE));
        }
        self.open.push((id, step));
        let heap: &'a Heap = self.heap;
        let object = heap.get(id);
        if let ObjectKind::Array(elements) = &object.kind {
            self.out.push('[');
            for (index, element) in elements.iter().enumerate() {
                self.separate(index == 0);
                if !self.value(element, Step::Index(index))? {
                    self.out.push_str("null");
                }
            }
            self.close(elements.is_empty(), ']');
        } else {
            self.out.push('{');
            let mut empty = true;
            let mut write = |writer: &mut Self, key: &'a str, value: &Value| {
                let start = writer.out.len();
                writer.separate(empty);
                quote(&mut writer.out, key);
                writer.out.push_str(if writer.indent.is_none() { ":" } else { ": " });
                if writer.value(value, Step::Property(key))? {
                    empty = false;
                } else {
                    writer.out.truncate(start);
                }
                Ok(())
            };
            match self.keys {
                None => {
                    for (key, value) in object.properties.iter() {
                        write(self, key, value)?;
                    }
                }
                Some(keys) => {
                    for key in keys {
                        if let Some(value) = object.properties.get(key) {
                            write(self, key, value)?;
                        }
                    }
                }
            }
            self.close(empty, '}');
        }
        self.open.pop();
        Ok(())
    }

    fn separate(&mut self, first: bool) {
        if !first {
            self.out.push(',');
        }
        self.new_line(self.open.len());
    }

    fn close(&mut self, empty: bool, bracket: char) {
        if !empty {
            self.new_line(self.open.len() - 1);
        }
        self.out.push(bracket);
    }

    fn new_line(&mut self, depth: usize) {
        if let Some(indent) = self.indent {
            self.out.push('\n');
            for _ in 0..depth {
                self.out.push_str(indent);
            }
        }
    }

    /// Returns V8's message for a value that contains itself: the steps from it back to itself.
    fn circle(&self, first: usize, closing: Step<'_>) -> String {
        let mut message =
            String::from("Converting circular structure to JSON\n    --> starting at object with constructor ");
        let constructor = |message: &mut String, id: ObjectId| {
            let name = match &self.heap.get(id).kind {
                ObjectKind::Array(_) => "Array",
                ObjectKind::Error(data) => convert::error_kind_name(data.kind),
                ObjectKind::Promise(_) => "Promise",
                _ => "Object",
            };
            message.extend(["'", name, "'"]);
        };
        let describe = |message: &mut String, step: Step<'_>| match step {
            Step::Root => {}
            Step::Index(index) => message.extend(["index ", &index.to_string()]),
            Step::Property(key) => message.extend(["property '", key, "'"]),
        };
        constructor(&mut message, self.open[first].0);
        let steps = &self.open[first..];
        // V8 prints the first two steps and the last of a long way.
        let cut = if steps.len() > 4 { 3..steps.len() - 1 } else { 0..0 };
        for (place, (id, step)) in steps.iter().enumerate().skip(1) {
            if cut.contains(&place) {
                if place == cut.start {
                    message.push_str("\n    |     ...");
                }
                continue;
            }
            message.push_str("\n    |     ");
            describe(&mut message, *step);
            message.push_str(" -> object with constructor ");
            constructor(&mut message, *id);
        }
        message.push_str("\n    --- ");
        describe(&mut message, closing);
        message.push_str(" closes the circle");
        message
    }
}

/// Writes a JSON string, with its quotes.
pub fn quote(out: &mut String, text: &str) {
    out.push('"');
    // Copy the text between two escapes at once. Each escape replaces one byte.
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0..0x20 => "\\u00",
            _ => continue,
        };
        out.push_str(&text[from..at]);
        out.push_str(escaped);
        if escaped.len() > 2 {
            for shift in [4, 0] {
                out.extend(char::from_digit(u32::from(byte) >> shift & 15, 16));
            }
        }
        from = at + 1;
    }
    out.push_str(&text[from..]);
    out.push('"');
}
