//! Escape sequences in strings and templates.

use std::rc::Rc;

use super::super::ast::Span;
use super::super::lexer::ends_line;
use super::super::subset;
use super::{Parsed, Parser};

impl Parser<'_> {
    /// Returns the value of a string or template whose inside is `span`.
    pub(super) fn unescape(&self, span: Span, template: bool) -> Parsed<Rc<str>> {
        let raw = self.text_of(span);
        if !(raw.contains('\\') || template && raw.contains('\r')) {
            return Ok(raw.into());
        }
        let mut text = String::with_capacity(raw.len());
        let mut characters = raw.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let here = |characters: usize| {
                let start = span.start + at as u32;
                // A span ends at a character boundary, and the characters after the `\` need not be ASCII.
                let length: usize = raw[at..].chars().take(characters).map(char::len_utf8).sum();
                Span { start, end: start + length as u32 }
            };
            if character == '\r' && template {
                // The value of `\r\n` and `\r` in a template is `\n`.
                characters.next_if(|next| next.1 == '\n');
                text.push('\n');
                continue;
            }
            if character != '\\' {
                text.push(character);
                continue;
            }
            let Some((_, escaped)) = characters.next() else { break };
            match escaped {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'r' => text.push('\r'),
                'b' => text.push('\u{8}'),
                'f' => text.push('\u{C}'),
                'v' => text.push('\u{B}'),
                '0' if !characters.peek().is_some_and(|next| next.1.is_ascii_digit()) => text.push('\0'),
                '0'..='9' => return Err(self.refuse(here(2), &subset::OCTAL_ESCAPE)),
                '\r' => {
                    characters.next_if(|next| next.1 == '\n');
                }
                _ if ends_line(escaped) => {}
                'x' => {
                    let code = raw.get(at + 2..at + 4).and_then(hexadecimal);
                    let Some(code) = code.and_then(char::from_u32) else {
                        return Err(self.wrong(here(4), "`\\x` is followed by two hexadecimal digits", None));
                    };
                    characters.nth(1);
                    text.push(code);
                }
                'u' => {
                    let Some((code, length)) = unicode_escape(&raw[at..]) else {
                        let message = "`\\u` is followed by four hexadecimal digits, or by some in `{}` up to 10FFFF";
                        return Err(self.wrong(here(6), message, None));
                    };
                    let mut total = length;
                    let mut code = code;
                    if (0xD800..0xDC00).contains(&code)
                        && let Some((low @ 0xDC00..0xE000, low_length)) =
                            raw.get(at + length..).and_then(unicode_escape)
                    {
                        code = 0x1_0000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                        total += low_length;
                    }
                    let Some(character) = char::from_u32(code) else {
                        return Err(self.refuse(here(length), &subset::LONE_SURROGATE));
                    };
                    text.push(character);
                    // An escape is ASCII, so its length in bytes is that in characters. Two characters, `\u`, are read.
                    characters.nth(total - 3);
                }
                _ => text.push(escaped),
            }
        }
        Ok(text.into())
    }
}

fn hexadecimal(digits: &str) -> Option<u32> {
    // `from_str_radix` accepts a sign, too.
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}

/// Returns code and length, in bytes, of the `\uXXXX` or `\u{X…}` at the beginning of `text`.
fn unicode_escape(text: &str) -> Option<(u32, usize)> {
    let rest = text.strip_prefix("\\u")?;
    let (digits, length) = match rest.strip_prefix('{') {
        Some(inner) => {
            let end = inner.find('}')?;
            // Any number of leading zeros is allowed.
            let digits = inner[..end].trim_start_matches('0');
            (if digits.is_empty() && end > 0 { "0" } else { digits }, end + 4)
        }
        None => (rest.get(..4)?, 6),
    };
    hexadecimal(digits).filter(|code| *code <= 0x10_FFFF).map(|code| (code, length))
}
