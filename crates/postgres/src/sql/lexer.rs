//! SQL text to tokens, by PostgreSQL's rules.

use std::rc::Rc;

use crate::error::{Run, Stop, stop};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword or a name; its text is in lower case.
    Word,
    /// A name in double quotes; its text is without them.
    Quoted,
    /// A number, as written.
    Number,
    /// A string; its text is without the quotes.
    Text,
    /// `$1`; its text is the number.
    Parameter,
    /// An operator or a punctuation mark.
    Symbol,
    /// The end.
    End,
}

/// A token and where it stands.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) text: Rc<str>,
}

/// A syntax error at a piece of text.
pub(super) fn syntax_error(what: &str, text: &str, at: usize) -> Stop {
    let error = if text.is_empty() {
        stop("42601 % at end of input", &[what])
    } else {
        stop("42601 % at or near \"%\"", &[what, text])
    };
    error.at(at as u32)
}

/// The longest name, in bytes; PostgreSQL cuts what is longer.
const NAME_BYTES: usize = 63;

fn starts_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn in_word(byte: u8) -> bool {
    starts_word(byte) || byte.is_ascii_digit()
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | 9..=13)
}

/// Whether an operator may begin with this byte.
pub(super) fn is_operator(byte: u8) -> bool {
    b"+-*/<>=~!@#%^&|`?".contains(&byte)
}

struct Lexer<'a> {
    sql: &'a str,
    at: usize,
}

/// All tokens of a text, the end among them.
pub(super) fn tokens(sql: &str) -> Run<Vec<Token>> {
    let mut lexer = Lexer { sql, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blanks()?;
        let start = lexer.at;
        let mut text = String::new();
        let kind = lexer.token(&mut text)?;
        if matches!(kind, Kind::Word | Kind::Quoted) {
            while text.len() > NAME_BYTES {
                text.pop();
            }
        }
        tokens.push(Token { kind, start: start as u32, end: lexer.at as u32, text: Rc::from(text) });
        if kind == Kind::End {
            return Ok(tokens);
        }
    }
}

impl Lexer<'_> {
    /// The byte so far ahead; 0 past the end.
    fn byte(&self, ahead: usize) -> u8 {
        self.sql.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    fn ended(&self) -> bool {
        self.at >= self.sql.len()
    }

    fn pair(&self, pair: [u8; 2]) -> bool {
        self.byte(0) == pair[0] && self.byte(1) == pair[1]
    }

    fn skip_while(&mut self, matches: fn(u8) -> bool) {
        while !self.ended() && matches(self.byte(0)) {
            self.at += 1;
        }
    }

    /// The text from a place to here. Both stand at ASCII characters, or at the end.
    fn since(&self, start: usize) -> &str {
        self.sql.get(start..self.at).unwrap_or_default()
    }

    /// The error of something that does not end.
    fn endless(&self, what: &str, start: usize) -> Stop {
        syntax_error(what, self.sql.get(start..).unwrap_or_default(), start)
    }

    /// Blanks and comments, which nest.
    fn skip_blanks(&mut self) -> Run<()> {
        loop {
            self.skip_while(is_blank);
            if self.pair(*b"--") {
                self.skip_while(|byte| byte != b'\n' && byte != b'\r');
            } else if self.pair(*b"/*") {
                let start = self.at;
                let mut depth = 0_u32;
                loop {
                    if self.pair(*b"/*") {
                        depth += 1;
                        self.at += 1;
                    } else if self.pair(*b"*/") {
                        depth -= 1;
                        self.at += 1;
                    } else if self.ended() {
                        return Err(self.endless("unterminated /* comment", start));
                    }
                    self.at += 1;
                    if depth == 0 {
                        break;
                    }
                }
            } else {
                return Ok(());
            }
        }
    }

    fn token(&mut self, text: &mut String) -> Run<Kind> {
        let start = self.at;
        let (first, second) = (self.byte(0), self.byte(1));
        let mut kind = Kind::Symbol;
        match first {
            0 if self.ended() => return Ok(Kind::End),
            b'e' | b'E' if second == b'\'' => {
                self.at += 1;
                return self.string(text, start, true);
            }
            b'u' | b'U' if second == b'&' && matches!(self.byte(2), b'\'' | b'"') => {
                self.at += 2;
                return Err(syntax_error("syntax error", self.since(start), start).unknown());
            }
            b'\'' => return self.string(text, start, false),
            b'"' => {
                self.enclosed(text, b'"', false)
                    .ok_or_else(|| self.endless("unterminated quoted identifier", start))?;
                if text.is_empty() {
                    return Err(syntax_error("zero-length delimited identifier", "\"\"", start));
                }
                return Ok(Kind::Quoted);
            }
            b'$' if is_digit(second) => {
                self.at += 1;
                self.skip_while(is_digit);
                text.push_str(self.since(start + 1));
                return Ok(Kind::Parameter);
            }
            b'$' => return self.dollar_quoted(text, start),
            _ if starts_word(first) => {
                self.skip_while(|byte| in_word(byte) || byte == b'$');
                kind = Kind::Word;
            }
            _ if is_digit(first) || first == b'.' && is_digit(second) => {
                self.number(start)?;
                kind = Kind::Number;
            }
            _ if is_operator(first) => self.operator(start),
            _ => self.at += 1 + usize::from(self.pair(*b"::")),
        }
        text.push_str(self.since(start));
        text.make_ascii_lowercase();
        Ok(kind)
    }

    fn number(&mut self, start: usize) -> Run<()> {
        self.skip_while(is_digit);
        if self.byte(0) == b'.' {
            self.at += 1;
            self.skip_while(is_digit);
        }
        let sign = usize::from(matches!(self.byte(1), b'+' | b'-'));
        if matches!(self.byte(0), b'e' | b'E') && is_digit(self.byte(1 + sign)) {
            self.at += 1 + sign;
            self.skip_while(is_digit);
        }
        if starts_word(self.byte(0)) {
            self.at += 1;
            while !self.sql.is_char_boundary(self.at) {
                self.at += 1;
            }
            return Err(syntax_error("trailing junk after numeric literal", self.since(start), start));
        }
        Ok(())
    }

    /// As many operator characters as belong together: a sign at the end belongs only to operators that no number
    /// could follow, and a comment ends the operator.
    fn operator(&mut self, start: usize) {
        let mut special = false;
        while is_operator(self.byte(0)) && !self.pair(*b"--") && !self.pair(*b"/*") {
            special |= b"~!@#%^&|`?".contains(&self.byte(0));
            self.at += 1;
        }
        while !special && self.at > start + 1 && matches!(self.sql.as_bytes()[self.at - 1], b'+' | b'-') {
            self.at -= 1;
        }
    }

    /// What stands between two quotes, where a doubled one stands for one; nothing where it does not end.
    fn enclosed(&mut self, text: &mut String, quote: u8, escapes: bool) -> Option<()> {
        loop {
            self.at += 1;
            let start = self.at;
            while self.byte(0) != quote && !(escapes && self.byte(0) == b'\\') {
                if self.ended() {
                    return None;
                }
                self.at += 1;
            }
            text.push_str(self.since(start));
            if self.byte(0) == b'\\' {
                self.at += 1;
                let next = self.byte(0);
                text.push(match next {
                    b'n' => '\n',
                    b'r' => '\r',
                    b't' => '\t',
                    b'\\' | b'\'' | b'"' => next as char,
                    // The others are told of by whoever asked.
                    _ => return None,
                });
            } else if self.byte(1) == quote {
                text.push(quote as char);
                self.at += 1;
            } else {
                self.at += 1;
                return Some(());
            }
        }
    }

    fn dollar_quoted(&mut self, text: &mut String, start: usize) -> Run<Kind> {
        self.at += 1;
        self.skip_while(in_word);
        if self.byte(0) != b'$' {
            return Err(syntax_error("syntax error", "$", start));
        }
        self.at += 1;
        let inside = self.at;
        let length = inside - start;
        while self.sql.as_bytes().get(self.at..self.at + length) != self.sql.as_bytes().get(start..inside) {
            if self.ended() {
                return Err(self.endless("unterminated dollar-quoted string", start));
            }
            self.at += 1;
        }
        text.push_str(self.since(inside));
        self.at += length;
        Ok(Kind::Text)
    }

    /// A string from its quote; pieces separated by a line break are one string.
    fn string(&mut self, text: &mut String, start: usize, escapes: bool) -> Run<Kind> {
        loop {
            if self.enclosed(text, b'\'', escapes).is_none() {
                let unknown = !self.ended();
                return Err(self.endless("unterminated quoted string", start).unknown_if(unknown));
            }
            let end = self.at;
            self.skip_while(is_blank);
            if self.byte(0) != b'\'' || !self.since(end).contains('\n') {
                self.at = end;
                return Ok(Kind::Text);
            }
        }
    }
}
