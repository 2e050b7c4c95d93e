//! SQL text to tokens, by PostgreSQL's rules.

use std::rc::Rc;

use crate::postgres::error::SqlError;

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub enum TokenKind {
    /// A keyword or a name, in lower case.
    Word(Rc<str>),
    /// A name in double quotes.
    Quoted(Rc<str>),
    /// A number, as written.
    Number,
    /// A string, without its quotes.
    Text(Rc<str>),
    /// `$1`
    Parameter(u32),
    /// An operator or a punctuation mark, as written.
    Symbol,
    /// The end of the text.
    End,
}

/// A token and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its first byte.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
}

/// A syntax error at a piece of text.
pub(super) fn syntax_error(what: &str, text: &str, at: usize) -> SqlError {
    let message =
        if text.is_empty() { format!("{what} at end of input") } else { format!("{what} at or near \"{text}\"") };
    SqlError::new("42601", message).at(at as u32)
}

/// The longest name, in bytes; PostgreSQL cuts what is longer.
const NAME_BYTES: usize = 63;

fn name(text: &str) -> Rc<str> {
    let mut end = text.len().min(NAME_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    Rc::from(&text[..end])
}

fn starts_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_operator_byte(byte: u8) -> bool {
    b"+-*/<>=~!@#%^&|`?".contains(&byte)
}

struct Lexer<'a> {
    sql: &'a str,
    at: usize,
}

/// All tokens of a text, the end among them.
pub fn tokens(sql: &str) -> Result<Vec<Token>, SqlError> {
    let mut lexer = Lexer { sql, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blanks()?;
        let start = lexer.at;
        let kind = lexer.token()?;
        let ended = kind == TokenKind::End;
        tokens.push(Token { kind, start: start as u32, end: lexer.at as u32 });
        if ended {
            return Ok(tokens);
        }
    }
}

impl<'a> Lexer<'a> {
    fn byte(&self, offset: usize) -> u8 {
        self.sql.as_bytes().get(self.at + offset).copied().unwrap_or(0)
    }

    fn rest(&self) -> &'a str {
        &self.sql[self.at..]
    }

    fn skip_while(&mut self, matches: fn(u8) -> bool) {
        while self.at < self.sql.len() && matches(self.byte(0)) {
            self.at += 1;
        }
    }

    /// Blanks and comments, which nest.
    fn skip_blanks(&mut self) -> Result<(), SqlError> {
        loop {
            self.skip_while(|byte| matches!(byte, b' ' | 9..=13));
            if self.rest().starts_with("--") {
                self.skip_while(|byte| !matches!(byte, b'\n' | b'\r'));
            } else if self.rest().starts_with("/*") {
                let start = self.at;
                let mut depth = 0_u32;
                loop {
                    if self.rest().starts_with("/*") {
                        depth += 1;
                        self.at += 2;
                    } else if self.rest().starts_with("*/") {
                        depth -= 1;
                        self.at += 2;
                    } else if self.at < self.sql.len() {
                        self.at += self.rest().chars().next().map_or(1, char::len_utf8);
                    } else {
                        return Err(syntax_error("unterminated /* comment", &self.sql[start..], start));
                    }
                    if depth == 0 {
                        break;
                    }
                }
            } else {
                return Ok(());
            }
        }
    }

    fn token(&mut self) -> Result<TokenKind, SqlError> {
        let start = self.at;
        let first = self.byte(0);
        if start >= self.sql.len() {
            return Ok(TokenKind::End);
        }
        if matches!(first, b'e' | b'E') && self.byte(1) == b'\'' {
            self.at += 1;
            return self.string(start, true);
        }
        if starts_word(first) {
            self.skip_while(|byte| starts_word(byte) || byte.is_ascii_digit() || byte == b'$');
            return Ok(TokenKind::Word(name(&self.sql[start..self.at].to_ascii_lowercase())));
        }
        match first {
            b'\'' => self.string(start, false),
            b'"' => self.quoted(start),
            b'$' if self.byte(1).is_ascii_digit() => {
                self.at += 1;
                self.skip_while(|byte| byte.is_ascii_digit());
                let number = self.sql[start + 1..self.at].parse().unwrap_or(u32::MAX);
                Ok(TokenKind::Parameter(number))
            }
            b'$' => self.dollar_quoted(start),
            _ if first.is_ascii_digit() || first == b'.' && self.byte(1).is_ascii_digit() => self.number(start),
            _ if is_operator_byte(first) => {
                self.operator(start);
                Ok(TokenKind::Symbol)
            }
            _ => {
                self.at += if self.rest().starts_with("::") { 2 } else { 1 };
                Ok(TokenKind::Symbol)
            }
        }
    }

    fn number(&mut self, start: usize) -> Result<TokenKind, SqlError> {
        self.skip_while(|byte| byte.is_ascii_digit());
        if self.byte(0) == b'.' {
            self.at += 1;
            self.skip_while(|byte| byte.is_ascii_digit());
        }
        let sign = usize::from(matches!(self.byte(1), b'+' | b'-'));
        if matches!(self.byte(0), b'e' | b'E') && self.byte(1 + sign).is_ascii_digit() {
            self.at += 1 + sign;
            self.skip_while(|byte| byte.is_ascii_digit());
        }
        if starts_word(self.byte(0)) {
            let end = self.rest().chars().next().map_or(0, char::len_utf8) + self.at;
            return Err(syntax_error("trailing junk after numeric literal", &self.sql[start..end], start));
        }
        Ok(TokenKind::Number)
    }

    /// As many operator characters as belong together: a sign at the end belongs only to operators that no number
    /// could follow, and a comment ends the operator.
    fn operator(&mut self, start: usize) {
        while is_operator_byte(self.byte(0)) && !self.rest().starts_with("--") && !self.rest().starts_with("/*") {
            self.at += 1;
        }
        let text = &self.sql[start..self.at];
        if !text.contains(|c| "~!@#%^&|`?".contains(c)) {
            let kept = text.trim_end_matches(['+', '-']).len().max(1);
            self.at = start + kept;
        }
    }

    fn quoted(&mut self, start: usize) -> Result<TokenKind, SqlError> {
        let mut text = String::new();
        self.at += 1;
        loop {
            let Some(length) = self.rest().find('"') else {
                return Err(syntax_error("unterminated quoted identifier", &self.sql[start..], start));
            };
            text += &self.rest()[..length];
            self.at += length + 1;
            if self.byte(0) != b'"' {
                break;
            }
            text.push('"');
            self.at += 1;
        }
        if text.is_empty() {
            return Err(syntax_error("zero-length delimited identifier", &self.sql[start..self.at], start));
        }
        Ok(TokenKind::Quoted(name(&text)))
    }

    fn dollar_quoted(&mut self, start: usize) -> Result<TokenKind, SqlError> {
        let tag = self.rest()[1..].find('$').map(|length| &self.rest()[..length + 2]);
        let is_word = |byte: u8| starts_word(byte) || byte.is_ascii_digit();
        let Some(tag) = tag.filter(|tag| tag[1..tag.len() - 1].bytes().all(is_word)) else {
            return Err(syntax_error("syntax error", "$", start));
        };
        self.at += tag.len();
        let Some(length) = self.rest().find(tag) else {
            return Err(syntax_error("unterminated dollar-quoted string", &self.sql[start..], start));
        };
        let text = Rc::from(&self.rest()[..length]);
        self.at += length + tag.len();
        Ok(TokenKind::Text(text))
    }

    /// A string from its quote; pieces separated by a line break are one string.
    fn string(&mut self, start: usize, escapes: bool) -> Result<TokenKind, SqlError> {
        let mut text = String::new();
        loop {
            self.at += 1;
            loop {
                let Some(length) = self.rest().find(|c| c == '\'' || escapes && c == '\\') else {
                    self.at = self.sql.len();
                    return Err(syntax_error("unterminated quoted string", &self.sql[start..], start));
                };
                text += &self.rest()[..length];
                self.at += length;
                if self.byte(0) == b'\\' {
                    self.at += 1;
                    let escaped = self.rest().chars().next().unwrap_or('\\');
                    self.at = (self.at + escaped.len_utf8()).min(self.sql.len());
                    text.push(match escaped {
                        'b' => '\u{8}',
                        'f' => '\u{c}',
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        'x' | 'u' | 'U' | '0'..='7' => {
                            return Err(syntax_error("syntax error", &self.sql[start..self.at], start).unknown());
                        }
                        other => other,
                    });
                } else if self.byte(1) == b'\'' {
                    text.push('\'');
                    self.at += 2;
                } else {
                    self.at += 1;
                    break;
                }
            }
            let end = self.at;
            self.skip_while(|byte| matches!(byte, b' ' | 9..=13));
            if self.byte(0) != b'\'' || !self.sql[end..self.at].contains(['\n', '\r']) {
                self.at = end;
                return Ok(TokenKind::Text(Rc::from(text)));
            }
        }
    }
}

/// Whether an operator may begin with this character.
pub(super) fn is_operator(character: char) -> bool {
    u8::try_from(character).is_ok_and(is_operator_byte)
}
