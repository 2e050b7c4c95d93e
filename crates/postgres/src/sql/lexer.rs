//! Query text to tokens (PostgreSQL's documentation, "Lexical Structure").

use std::rc::Rc;

use crate::SqlState;
use crate::error::Stop;

/// The kinds of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A keyword or an identifier; its text is in lower case.
    Word,
    /// An identifier in double quotes; its text is without them.
    QuotedIdentifier,
    /// A number, as written.
    Number,
    /// A string constant; its text is its value.
    String,
    /// `$1`; its text is the number.
    Parameter,
    /// An operator or a special character.
    Symbol,
    /// The end of the query text.
    End,
}

/// A token and its place in the query text, in bytes.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) text: Rc<str>,
}

/// The syntax error at a piece of the query text; an empty one is the end of it.
pub(super) fn syntax_error(what: &str, near: &str, position: usize) -> Stop {
    let message =
        if near.is_empty() { format!("{what} at end of input") } else { format!("{what} at or near \"{near}\"") };
    Stop::error(SqlState::SYNTAX_ERROR, message).at(position as u32)
}

/// The longest identifier, in bytes (`NAMEDATALEN - 1`). PostgreSQL truncates longer ones.
const IDENTIFIER_BYTES: usize = 63;

fn starts_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}

fn continues_word(byte: u8) -> bool {
    starts_word(byte) || byte.is_ascii_digit() || byte == b'$'
}

fn continues_dollar_tag(byte: u8) -> bool {
    starts_word(byte) || byte.is_ascii_digit()
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

fn is_white_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// True for the characters that operators consist of.
pub(super) fn is_operator(byte: u8) -> bool {
    b"+-*/<>=~!@#%^&|`?".contains(&byte)
}

/// Truncates an identifier to [`IDENTIFIER_BYTES`], at the boundary of a character.
fn truncate_identifier(text: &mut String) {
    while text.len() > IDENTIFIER_BYTES {
        text.pop();
    }
}

/// All tokens of a query text, [`TokenKind::End`] last.
pub(super) fn tokens(sql: &str) -> Result<Vec<Token>, Stop> {
    let mut lexer = Lexer { sql, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_white_space()?;
        let start = lexer.at;
        let (kind, mut text) = lexer.token()?;
        if matches!(kind, TokenKind::Word | TokenKind::QuotedIdentifier) {
            truncate_identifier(&mut text);
        }
        tokens.push(Token { kind, start: start as u32, end: lexer.at as u32, text: Rc::from(text) });
        if kind == TokenKind::End {
            return Ok(tokens);
        }
    }
}

/// The result of reading up to a closing quote.
enum Quoted {
    /// The quote was found.
    Closed,
    /// The query text ends before it.
    Unterminated,
    /// A backslash escape that the mock does not implement comes first.
    UnknownEscape,
}

struct Lexer<'a> {
    sql: &'a str,
    /// The next byte. It is at the boundary of a character between two tokens.
    at: usize,
}

impl Lexer<'_> {
    /// The byte `ahead` bytes after the next one; 0 past the end.
    fn byte(&self, ahead: usize) -> u8 {
        self.sql.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    fn is_at_end(&self) -> bool {
        self.at >= self.sql.len()
    }

    fn starts_with(&self, text: &str) -> bool {
        self.sql.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(text.as_bytes()))
    }

    fn skip_while(&mut self, matches: fn(u8) -> bool) {
        while !self.is_at_end() && matches(self.byte(0)) {
            self.at += 1;
        }
    }

    /// The text from `start` to here. Both are boundaries of characters wherever this is called.
    fn text_since(&self, start: usize) -> &str {
        self.sql.get(start..self.at).unwrap_or_default()
    }

    /// The error of a quote or comment that does not end; PostgreSQL quotes the whole rest of the query.
    fn unterminated(&self, what: &str, start: usize) -> Stop {
        syntax_error(&format!("unterminated {what}"), self.sql.get(start..).unwrap_or_default(), start)
    }

    fn skip_white_space(&mut self) -> Result<(), Stop> {
        loop {
            self.skip_while(is_white_space);
            if self.starts_with("--") {
                self.skip_while(|byte| byte != b'\n' && byte != b'\r');
            } else if self.starts_with("/*") {
                self.skip_block_comment()?;
            } else {
                return Ok(());
            }
        }
    }

    /// Skips a block comment. Block comments nest.
    fn skip_block_comment(&mut self) -> Result<(), Stop> {
        let start = self.at;
        let mut depth = 0_u32;
        loop {
            if self.starts_with("/*") {
                depth += 1;
                self.at += 2;
            } else if self.starts_with("*/") {
                depth -= 1;
                self.at += 2;
            } else if self.is_at_end() {
                return Err(self.unterminated("/* comment", start));
            } else {
                self.at += 1;
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// The next token: its kind and its text.
    fn token(&mut self) -> Result<(TokenKind, String), Stop> {
        let start = self.at;
        let (first, second) = (self.byte(0), self.byte(1));
        let kind = match first {
            _ if self.is_at_end() => return Ok((TokenKind::End, String::new())),
            b'e' | b'E' if second == b'\'' => {
                self.at += 1;
                return self.string(start, true);
            }
            b'u' | b'U' if second == b'&' && matches!(self.byte(2), b'\'' | b'"') => {
                self.at += 2;
                return Err(syntax_error("syntax error", self.text_since(start), start).unknown_to_mock());
            }
            b'\'' => return self.string(start, false),
            b'"' => return self.quoted_identifier(start),
            b'$' if is_digit(second) => {
                self.at += 1;
                self.skip_while(is_digit);
                return Ok((TokenKind::Parameter, self.text_since(start + 1).to_owned()));
            }
            b'$' => return self.dollar_quoted_string(start),
            _ if starts_word(first) => {
                self.skip_while(continues_word);
                TokenKind::Word
            }
            _ if is_digit(first) || first == b'.' && is_digit(second) => {
                self.number(start)?;
                TokenKind::Number
            }
            _ if is_operator(first) => {
                self.operator(start);
                TokenKind::Symbol
            }
            _ => {
                self.at += if self.starts_with("::") { 2 } else { 1 };
                TokenKind::Symbol
            }
        };
        Ok((kind, self.text_since(start).to_ascii_lowercase()))
    }

    fn number(&mut self, start: usize) -> Result<(), Stop> {
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
            return Err(syntax_error("trailing junk after numeric literal", self.text_since(start), start));
        }
        Ok(())
    }

    /// Reads an operator. It ends before a comment, and before a `+` or `-` that may belong to a number: only an operator
    /// with one of the characters ``~ ! @ # % ^ & | ` ?`` may end with a sign.
    fn operator(&mut self, start: usize) {
        let mut may_end_with_sign = false;
        while is_operator(self.byte(0)) && !self.starts_with("--") && !self.starts_with("/*") {
            may_end_with_sign |= b"~!@#%^&|`?".contains(&self.byte(0));
            self.at += 1;
        }
        while !may_end_with_sign && self.at > start + 1 && matches!(self.sql.as_bytes()[self.at - 1], b'+' | b'-') {
            self.at -= 1;
        }
    }

    /// Appends the text between two quotes to `text`. A doubled quote stands for one.
    fn quoted(&mut self, text: &mut String, quote: u8, backslash_escapes: bool) -> Quoted {
        loop {
            self.at += 1;
            let start = self.at;
            while self.byte(0) != quote && !(backslash_escapes && self.byte(0) == b'\\') {
                if self.is_at_end() {
                    return Quoted::Unterminated;
                }
                self.at += 1;
            }
            text.push_str(self.text_since(start));
            if self.byte(0) == b'\\' {
                self.at += 1;
                text.push(match self.byte(0) {
                    b'n' => '\n',
                    b'r' => '\r',
                    b't' => '\t',
                    escaped @ (b'\\' | b'\'' | b'"') => escaped as char,
                    _ if self.is_at_end() => return Quoted::Unterminated,
                    _ => return Quoted::UnknownEscape,
                });
            } else if self.byte(1) == quote {
                text.push(quote as char);
                self.at += 1;
            } else {
                self.at += 1;
                return Quoted::Closed;
            }
        }
    }

    fn quoted_identifier(&mut self, start: usize) -> Result<(TokenKind, String), Stop> {
        let mut text = String::new();
        match self.quoted(&mut text, b'"', false) {
            Quoted::Closed if text.is_empty() => Err(syntax_error("zero-length delimited identifier", "\"\"", start)),
            Quoted::Closed => Ok((TokenKind::QuotedIdentifier, text)),
            Quoted::Unterminated | Quoted::UnknownEscape => Err(self.unterminated("quoted identifier", start)),
        }
    }

    /// Reads a string constant from its first quote. Constants that only white space with a line break separates are one.
    fn string(&mut self, start: usize, backslash_escapes: bool) -> Result<(TokenKind, String), Stop> {
        let mut text = String::new();
        loop {
            match self.quoted(&mut text, b'\'', backslash_escapes) {
                Quoted::Closed => {}
                Quoted::Unterminated => return Err(self.unterminated("quoted string", start)),
                Quoted::UnknownEscape => return Err(self.unterminated("quoted string", start).unknown_to_mock()),
            }
            let end = self.at;
            self.skip_while(is_white_space);
            if self.byte(0) != b'\'' || !self.text_since(end).contains('\n') {
                self.at = end;
                return Ok((TokenKind::String, text));
            }
        }
    }

    /// Reads a string constant such as `$$it's$$` or `$tag$it's$tag$`.
    fn dollar_quoted_string(&mut self, start: usize) -> Result<(TokenKind, String), Stop> {
        self.at += 1;
        self.skip_while(continues_dollar_tag);
        if self.byte(0) != b'$' {
            return Err(syntax_error("syntax error", "$", start));
        }
        self.at += 1;
        let delimiter = self.text_since(start);
        let rest = self.sql.get(self.at..).unwrap_or_default();
        let Some(length) = rest.find(delimiter) else {
            return Err(self.unterminated("dollar-quoted string", start));
        };
        self.at += length + delimiter.len();
        Ok((TokenKind::String, rest[..length].to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sql: &str) -> Vec<(TokenKind, String)> {
        tokens(sql).unwrap().into_iter().map(|token| (token.kind, token.text.to_string())).collect()
    }

    fn texts(sql: &str) -> Vec<String> {
        let mut texts: Vec<String> = read(sql).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts.pop().as_deref(), Some(""), "the last token is the end");
        texts
    }

    fn error(sql: &str) -> String {
        match tokens(sql) {
            Err(Stop::Error(error)) => error.message.into_owned(),
            other => panic!("{sql} gives {other:?}"),
        }
    }

    #[test]
    fn words_are_folded_and_quoted_identifiers_are_not() {
        let expected = [
            (TokenKind::Word, "select"),
            (TokenKind::QuotedIdentifier, "A\"b"),
            (TokenKind::Parameter, "12"),
            (TokenKind::End, ""),
        ];
        assert_eq!(read("SELECT \"A\"\"b\" $12"), expected.map(|(kind, text)| (kind, text.to_owned())));
        assert_eq!(texts(&"x".repeat(70))[0].len(), IDENTIFIER_BYTES);
        assert_eq!(texts(&"ä".repeat(40))[0].len(), 62, "half a character is not kept");
    }

    #[test]
    fn strings_have_their_escapes_and_pieces() {
        assert_eq!(texts("'it''s' 'a'\n'b' E'x\\n\\'' $$a$b$$ $t$a$$b$t$"), ["it's", "ab", "x\n'", "a$b", "a$$b"]);
        assert_eq!(error("'abc"), "unterminated quoted string at or near \"'abc\"");
        assert_eq!(error("\"\""), "zero-length delimited identifier at or near \"\"\"\"");
        assert_eq!(error("$t$abc"), "unterminated dollar-quoted string at or near \"$t$abc\"");
    }

    #[test]
    fn operators_leave_signs_to_numbers() {
        assert_eq!(
            texts("1=-2 a<=b c||d e::int"),
            ["1", "=", "-", "2", "a", "<=", "b", "c", "||", "d", "e", "::", "int"]
        );
        assert_eq!(texts("1 @- 2"), ["1", "@-", "2"]);
        assert_eq!(texts("1 +-- comment\n 2"), ["1", "+", "2"]);
    }

    #[test]
    fn block_comments_nest() {
        assert_eq!(texts("1 /* a /* b */ c */ 2"), ["1", "2"]);
        assert_eq!(error("1 /* a /* b */"), "unterminated /* comment at or near \"/* a /* b */\"");
    }

    #[test]
    fn letters_behind_a_number_are_refused() {
        assert_eq!(error("1ä"), "trailing junk after numeric literal at or near \"1ä\"");
        assert_eq!(texts("1.5e-3 .5 1."), ["1.5e-3", ".5", "1."]);
    }
}
