//! Parsing JSON.

use std::rc::Rc;

use crate::heap::Heap;
use crate::limits;
use crate::number;
use crate::text;
use crate::value::Value;

/// The `SyntaxError` of a text that is not JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// V8's message.
    pub message: String,
}

/// Calls `JSON.parse(text)`.
///
/// # Errors
/// The error of a text that is not JSON, or that nests too deeply.
pub fn parse(heap: &mut Heap, text: &str) -> Result<Value, JsonError> {
    let mut reader = Reader { heap, text, at: 0, depth: 0 };
    reader.skip_space();
    let value = reader.value()?;
    reader.skip_space();
    if reader.at < text.len() {
        return Err(reader.at_position("Unexpected non-whitespace character after JSON at position "));
    }
    Ok(value)
}

struct Reader<'a> {
    heap: &'a mut Heap,
    text: &'a str,
    at: usize,
    depth: usize,
}

type Read<T> = Result<T, JsonError>;

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn at_position(&self, message: &str) -> JsonError {
        let place = text::length(self.text.get(..self.at).unwrap_or(self.text));
        JsonError { message: format!("{message}{place}") }
    }

    /// Makes the error of a token that cannot stand here.
    fn unexpected(&self) -> JsonError {
        let Some(first) = self.text.get(self.at..).and_then(|rest| rest.chars().next()) else {
            return JsonError { message: "Unexpected end of JSON input".into() };
        };
        match first {
            '0'..='9' | '-' => return self.at_position("Unexpected number in JSON at position "),
            '"' => return self.at_position("Unexpected string in JSON at position "),
            _ => {}
        }
        if matches!(self.text, "undefined" | "NaN" | "Infinity" | "[object Object]") {
            return JsonError { message: format!("\"{}\" is not valid JSON", self.text) };
        }
        // V8 prints ten characters on both sides of the token in a long text.
        let (place, length) = (text::length(&self.text[..self.at]), text::length(self.text));
        let (from, to) = if length <= 20 { (0, length) } else { (place.saturating_sub(10), (place + 10).min(length)) };
        let before = if length > 20 && place >= 10 { "..." } else { "" };
        let after = if length > 20 && place < length - 10 { "..." } else { "" };
        let token = text::slice(self.text, place, place + 1);
        let shown = text::slice(self.text, from, to);
        JsonError { message: format!("Unexpected token '{token}', {before}\"{shown}\"{after} is not valid JSON") }
    }

    fn value(&mut self) -> Read<Value> {
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => {
                let text = self.string()?;
                Ok(self.heap.string(text))
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Boolean(true)),
            Some(b'f') => self.word("false", Value::Boolean(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.unexpected()),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Read<Value>) -> Read<Value> {
        self.depth += 1;
        if self.depth > limits::NESTING {
            return Err(self.at_position("JSON nested too deeply at position "));
        }
        self.at += 1;
        self.skip_space();
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn word(&mut self, word: &str, value: Value) -> Read<Value> {
        for byte in word.bytes() {
            if self.peek() != Some(byte) {
                return Err(self.unexpected());
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn array(&mut self) -> Read<Value> {
        let mut elements = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(self.heap.new_array(elements));
        }
        loop {
            self.skip_space();
            elements.push(self.value()?);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.at_position("Expected ',' or ']' after array element in JSON at position ")),
            }
            if elements.len() >= limits::ARRAY_ELEMENTS {
                return Err(JsonError { message: limits::ARRAY_MESSAGE.into() });
            }
        }
        self.at += 1;
        Ok(self.heap.new_array(elements))
    }

    fn object(&mut self) -> Read<Value> {
        let object = self.heap.new_object();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(object);
        }
        let mut first = true;
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.at_position(if first {
                    "Expected property name or '}' in JSON at position "
                } else {
                    "Expected double-quoted property name in JSON at position "
                }));
            }
            let key = Rc::from(self.string()?);
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(if first {
                    self.at_position("Expected ':' after property name in JSON at position ")
                } else {
                    self.unexpected()
                });
            }
            first = false;
            self.at += 1;
            self.skip_space();
            let value = self.value()?;
            if let Some(id) = object.as_object() {
                self.heap.set_property(id, &key, value);
            }
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.at_position("Expected ',' or '}' after property value in JSON at position ")),
            }
        }
        self.at += 1;
        Ok(object)
    }

    fn string(&mut self) -> Read<String> {
        self.at += 1;
        let mut units = String::new();
        let mut high: Option<u16> = None;
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(|character: char| matches!(character, '"' | '\\') || character < ' ');
            let plain = plain.unwrap_or(rest.len());
            if plain > 0 && high.take().is_some() {
                units.push(char::REPLACEMENT_CHARACTER);
            }
            units.push_str(&rest[..plain]);
            self.at += plain;
            match self.peek() {
                None => return Err(self.at_position("Unterminated string in JSON at position ")),
                Some(b'"') => {
                    self.at += 1;
                    if high.is_some() {
                        units.push(char::REPLACEMENT_CHARACTER);
                    }
                    return Ok(units);
                }
                Some(b'\\') => self.escape(&mut units, &mut high)?,
                Some(_) => return Err(self.at_position("Bad control character in string literal in JSON at position ")),
            }
        }
    }

    /// Reads an escape. `high` is the first half of a surrogate pair, which waits for the second.
    fn escape(&mut self, units: &mut String, high: &mut Option<u16>) -> Read<()> {
        self.at += 1;
        let unit = match self.peek() {
            None => return Err(self.unexpected()),
            Some(b'u') => {
                self.at += 1;
                self.hexadecimal()?
            }
            Some(byte) => {
                let stands_for = match byte {
                    b'"' | b'\\' | b'/' => byte,
                    b'b' => 8,
                    b'f' => 12,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    _ => return Err(self.at_position("Bad escaped character in JSON at position ")),
                };
                self.at += 1;
                u16::from(stands_for)
            }
        };
        let waiting = high.take();
        if let (Some(first), 0xDC00..0xE000) = (waiting, unit) {
            units.extend(char::decode_utf16([first, unit]).flatten());
            return Ok(());
        }
        if waiting.is_some() {
            units.push(char::REPLACEMENT_CHARACTER);
        }
        match unit {
            0xD800..0xDC00 => *high = Some(unit),
            _ => units.push(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER)),
        }
        Ok(())
    }

    fn hexadecimal(&mut self) -> Read<u16> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.at_position("Bad Unicode escape in JSON at position "));
            };
            unit = unit << 4 | digit as u16;
            self.at += 1;
        }
        Ok(unit)
    }

    fn digits(&mut self) -> bool {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at > start
    }

    fn number(&mut self) -> Read<Value> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let zero = self.peek() == Some(b'0');
        if zero {
            self.at += 1;
            if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                return Err(self.at_position("Unexpected number in JSON at position "));
            }
        } else if !self.digits() {
            return Err(self.at_position("No number after minus sign in JSON at position "));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if !self.digits() {
                return Err(self.at_position("Unterminated fractional number in JSON at position "));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !self.digits() {
                return Err(self.at_position("Exponent part is missing a number in JSON at position "));
            }
        }
        Ok(Value::Number(number::from_string(&self.text[start..self.at])))
    }
}
