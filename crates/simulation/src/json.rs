//! JSON texts: where a value ends, its text without blanks, and strings in both directions.
//!
//! No value is built here. The event of an invocation stays a text until the handler's process parses it with the
//! language's own `JSON.parse`. That reader reports errors in V8's words, which a handler can print; this one says at which
//! character of a scenario something else was expected.

use core::fmt::{self, Write as _};
use std::rc::Rc;

/// The text of a JSON value, without blanks between its tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json(Rc<str>);

impl Json {
    /// Reads a text that is one JSON value, with or without blanks around it.
    ///
    /// # Errors
    /// The first place at which the text is not JSON, or goes on after the value.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        let start = text.len() - text.trim_start_matches(is_blank).len();
        let scanned = scan(&text[start..]).map_err(|error| JsonError { offset: error.offset + start, ..error })?;
        let rest = &text[start + scanned.length..];
        let after = rest.trim_start_matches(is_blank);
        if after.is_empty() {
            return Ok(scanned.value);
        }
        Err(JsonError { offset: text.len() - after.len(), expected: "the end of the text" })
    }

    /// The value `{}`: the event of an invocation that names none.
    pub fn empty_object() -> Self {
        Self("{}".into())
    }

    /// The text of the value.
    pub fn text(&self) -> &Rc<str> {
        &self.0
    }
}

/// Why a text is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// The place, in bytes from the beginning of the text.
    pub offset: usize,
    /// A description of the text that JSON allows there.
    pub expected: &'static str,
}

impl fmt::Display for JsonError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "not JSON at byte {}: expected {}", self.offset, self.expected)
    }
}

impl core::error::Error for JsonError {}

/// A value at the beginning of a text.
pub(crate) struct Scanned {
    /// The length of the value's text in bytes, blanks included.
    pub(crate) length: usize,
    /// The value.
    pub(crate) value: Json,
}

/// A description of the beginning of a value.
pub(crate) const VALUE: &str = "a JSON value";

/// The token that may come next.
#[derive(Clone, Copy, PartialEq)]
enum Next {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
}

impl Next {
    fn expected(self) -> &'static str {
        match self {
            Self::Value => VALUE,
            Self::ValueOrEnd => "a JSON value or `]`",
            Self::Key => "a key between double quotes",
            Self::KeyOrEnd => "a key between double quotes or `}`",
            Self::Colon => "`:`",
            Self::CommaOrEnd => "`,` or the closing bracket",
        }
    }
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

/// Reads the value at the beginning of `text`.
pub(crate) fn scan(text: &str) -> Result<Scanned, JsonError> {
    let bytes = text.as_bytes();
    let mut compact = String::new();
    let mut open: Vec<u8> = Vec::new();
    let mut next = Next::Value;
    let mut at = 0;
    loop {
        if !open.is_empty() {
            while bytes.get(at).is_some_and(|byte| is_blank(char::from(*byte))) {
                at += 1;
            }
        }
        let byte = bytes.get(at).copied().unwrap_or(0);
        let unexpected = JsonError { offset: at, expected: next.expected() };
        let from = at;
        let mut value_ended = false;
        match (next, byte) {
            (Next::Value | Next::ValueOrEnd, b'{' | b'[') => {
                if open.len() == javascript::limits::NESTING {
                    return Err(JsonError { offset: at, expected: "JSON that nests less deep (200 levels)" });
                }
                open.push(byte);
                next = if byte == b'{' { Next::KeyOrEnd } else { Next::ValueOrEnd };
                at += 1;
            }
            (Next::KeyOrEnd, b'}') | (Next::ValueOrEnd, b']') => {
                open.pop();
                at += 1;
                value_ended = true;
            }
            (Next::CommaOrEnd, b'}' | b']') if open.last() == Some(&(byte - 2)) => {
                open.pop();
                at += 1;
                value_ended = true;
            }
            (Next::CommaOrEnd, b',') => {
                next = if open.last() == Some(&b'{') { Next::Key } else { Next::Value };
                at += 1;
            }
            (Next::Colon, b':') => {
                next = Next::Value;
                at += 1;
            }
            (Next::Key | Next::KeyOrEnd, b'"') => {
                at = string_end(text, at)?;
                next = Next::Colon;
            }
            (Next::Value | Next::ValueOrEnd, b'"') => {
                at = string_end(text, at)?;
                value_ended = true;
            }
            (Next::Value | Next::ValueOrEnd, b'-' | b'0'..=b'9') => {
                at = number_end(bytes, at)?;
                value_ended = true;
            }
            (Next::Value | Next::ValueOrEnd, b'a'..=b'z') => {
                let word = ["true", "false", "null"].into_iter().find(|word| text[at..].starts_with(word));
                let end = at + word.ok_or(unexpected)?.len();
                if bytes.get(end).is_some_and(u8::is_ascii_alphanumeric) {
                    return Err(unexpected);
                }
                at = end;
                value_ended = true;
            }
            _ => return Err(unexpected),
        }
        compact.push_str(&text[from..at]);
        if value_ended {
            if open.is_empty() {
                return Ok(Scanned { length: at, value: Json(compact.into()) });
            }
            next = Next::CommaOrEnd;
        }
    }
}

/// The end of the string that begins at `start` with its quote.
fn string_end(text: &str, start: usize) -> Result<usize, JsonError> {
    const CLOSED: &str = "`\"` at the end of the string";
    let bytes = text.as_bytes();
    let mut at = start + 1;
    loop {
        match bytes.get(at) {
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => match bytes.get(at + 1) {
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at += 2,
                Some(b'u') => {
                    let digits = bytes.get(at + 2..at + 6).filter(|hex| hex.iter().all(u8::is_ascii_hexdigit));
                    if digits.is_none() {
                        return Err(JsonError { offset: at, expected: "four hexadecimal digits after `\\u`" });
                    }
                    at += 6;
                }
                None => return Err(JsonError { offset: at + 1, expected: CLOSED }),
                Some(_) => {
                    let expected = "one of JSON's escapes: `\\\"` `\\\\` `\\/` `\\b` `\\f` `\\n` `\\r` `\\t` `\\u0000`";
                    return Err(JsonError { offset: at, expected });
                }
            },
            Some(b'\n' | b'\r') => {
                return Err(JsonError { offset: at, expected: "`\"` at the end of the string (`\\n` breaks a line)" });
            }
            Some(0..=0x1f) => return Err(JsonError { offset: at, expected: "an escape for a control character" }),
            Some(_) => at += 1,
            None => return Err(JsonError { offset: at, expected: CLOSED }),
        }
    }
}

fn number_end(bytes: &[u8], start: usize) -> Result<usize, JsonError> {
    let digits = |from: usize| {
        let count = bytes[from.min(bytes.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 { Err(JsonError { offset: from, expected: "a digit" }) } else { Ok(from + count) }
    };
    let whole = start + usize::from(bytes[start] == b'-');
    let mut at = digits(whole)?;
    if bytes[whole] == b'0' && at > whole + 1 {
        return Err(JsonError { offset: whole, expected: "a number without leading zeros" });
    }
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        at = digits(at + 1 + sign)?;
    }
    Ok(at)
}

/// Decodes a JSON string. `literal` has been scanned, and includes its quotes.
pub(crate) fn unquote(literal: &str) -> Result<String, JsonError> {
    let lone = |offset| JsonError { offset, expected: "both halves of a surrogate pair" };
    let hex = |at: usize| literal.get(at..at + 4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let mut text = String::new();
    let mut at = 1;
    while let Some(character) = literal[at..literal.len() - 1].chars().next() {
        if character != '\\' {
            text.push(character);
            at += character.len_utf8();
            continue;
        }
        match literal.as_bytes()[at + 1] {
            b'b' => text.push('\u{8}'),
            b'f' => text.push('\u{c}'),
            b'n' => text.push('\n'),
            b'r' => text.push('\r'),
            b't' => text.push('\t'),
            b'u' => {
                let mut code = hex(at + 2).ok_or(lone(at))?;
                if (0xd800..0xdc00).contains(&code) {
                    let low = literal[at + 6..].starts_with("\\u").then(|| hex(at + 8)).flatten();
                    let low = low.filter(|low| (0xdc00..0xe000).contains(low)).ok_or(lone(at))?;
                    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                    at += 6;
                }
                text.push(char::from_u32(code).ok_or(lone(at))?);
                at += 4;
            }
            other => text.push(char::from(other)),
        }
        at += 2;
    }
    Ok(text)
}

/// Appends `text` as a JSON string.
pub(crate) fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{0}'..='\u{1f}' | '\u{7f}' => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, offset: usize, expected: &str) {
        let error = Json::parse(text).expect_err(text);
        assert_eq!((error.offset, error.expected), (offset, expected), "{text}");
    }

    #[test]
    fn values_lose_their_blanks_and_nothing_else() {
        for (text, compact) in [
            ("{}", "{}"),
            (" [ 1 , -0.50e+3 ,\n\"a ; # b\" ] ", "[1,-0.50e+3,\"a ; # b\"]"),
            ("{ \"a\" : { \"b\" : [ ] } , \"a\" : null }", "{\"a\":{\"b\":[]},\"a\":null}"),
            ("\"\\u00e9\\n\"", "\"\\u00e9\\n\""),
            ("0", "0"),
            ("false", "false"),
        ] {
            assert_eq!(&**Json::parse(text).expect(text).text(), compact);
        }
    }

    #[test]
    fn a_text_that_is_not_json_is_refused_at_its_first_wrong_character() {
        refused("", 0, "a JSON value");
        refused("{a:1}", 1, "a key between double quotes or `}`");
        refused("{\"a\":1,}", 7, "a key between double quotes");
        refused("{\"a\" 1}", 5, "`:`");
        refused("[1 2]", 3, "`,` or the closing bracket");
        refused("[1}", 2, "`,` or the closing bracket");
        refused("[1,]", 3, "a JSON value");
        refused("01", 0, "a number without leading zeros");
        refused("1.", 2, "a digit");
        refused("1e", 2, "a digit");
        refused("-", 1, "a digit");
        refused("nul", 0, "a JSON value");
        refused("truer", 0, "a JSON value");
        refused("'a'", 0, "a JSON value");
        refused("\"a", 2, "`\"` at the end of the string");
        refused("\"\\u12g4\"", 1, "four hexadecimal digits after `\\u`");
        refused("\"\t\"", 1, "an escape for a control character");
        refused("{} {}", 3, "the end of the text");
        refused(&"[".repeat(201), 200, "JSON that nests less deep (200 levels)");
    }

    #[test]
    fn strings_are_decoded_as_they_were_written() {
        for text in ["", "plain", "a\"b\\c/d", "\u{1}\u{7f}\t\r\n", "é☃😀\u{2028}"] {
            let mut literal = String::new();
            write_string(text, &mut literal);
            assert_eq!(unquote(&literal).as_deref(), Ok(text));
        }
        assert_eq!(unquote(r#""\ud83d\ude00 \/ \b""#).as_deref(), Ok("😀 / \u{8}"));
        for lone in [r#""\ud83d""#, r#""\ud83d\u0041""#, r#""x\ude00""#] {
            assert!(unquote(lone).is_err(), "{lone}");
        }
    }
}
