//! The lexer: splits JavaScript text into tokens. It never fails. Text that is not a token becomes [`TokenKind::Wrong`]: the
//! parser reports it, and the highlighter skips it.
//!
//! Regular expressions are outside the subset, so a `/` is always a division or a comment. Therefore the lexer finds all
//! tokens before the parser begins, and the partner of every bracket. The partner of a `(` tells the parser at once whether
//! the parameters of an arrow function begin there, so it never backtracks.

use super::ast::Span;

/// A token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    /// The kind of the token.
    pub kind: TokenKind,
    /// The source of the token.
    pub span: Span,
    /// True if a line terminator stands between the previous token and this one.
    pub newline_before: bool,
    /// The index of the bracket that closes or opens this one.
    pub partner: Option<u32>,
}

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// The end of the text.
    End,
    /// A name, which may be a keyword.
    Name,
    /// A number.
    Number,
    /// A string in single or double quotes.
    String,
    /// `` `…` `` without a substitution.
    Template,
    /// `` `…${ ``
    TemplateHead,
    /// `}…${`
    TemplateMiddle,
    /// `` }…` ``
    TemplateTail,
    /// An operator, bracket or other punctuator.
    Punctuator,
    /// Text that is not a token of the subset.
    Wrong(Wrong),
}

/// The errors of the lexer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// A string that does not end on its line.
    UnterminatedString,
    /// A template that does not end.
    UnterminatedTemplate,
    /// A comment that does not end.
    UnterminatedComment,
    /// A character with which no token begins.
    Character,
    /// `\u0061` in a name.
    EscapeInName,
    /// `#name`.
    PrivateName,
    /// `<!--` or `-->`.
    HtmlComment,
    /// `1n`.
    BigInt,
    /// `017`.
    LegacyOctal,
    /// A malformed number.
    Number,
}

/// The tokens and comments of a text.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    /// The tokens, in source order. The last one is [`TokenKind::End`].
    pub list: Vec<Token>,
    /// The comments, in source order.
    pub comments: Vec<Span>,
}

/// The punctuators. A longer one comes before those that are a prefix of it.
const PUNCTUATORS: &[&str] = &[
    ">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "=>", "==", "!=", "<=", ">=", "&&",
    "||", "??", "?.", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "**", "{", "}", "(", ")",
    "[", "]", ";", ",", "<", ">", "+", "-", "*", "/", "%", "&", "|", "^", "!", "~", "?", ":", "=", ".",
];

/// The letters beyond ASCII that are allowed in names: Latin, Greek, Cyrillic, Japanese, Chinese and Korean. JavaScript
/// allows more ([ID_Start](https://tc39.es/ecma262/#prod-UnicodeIDStart)), whose tables would be large.
const LETTERS: [(u32, u32); 17] = [
    (0xAA, 0xAA),
    (0xB5, 0xB5),
    (0xBA, 0xBA),
    (0xC0, 0xD6),
    (0xD8, 0xF6),
    (0xF8, 0x2AF),
    (0x386, 0x386),
    (0x388, 0x38A),
    (0x38C, 0x38C),
    (0x38E, 0x3A1),
    (0x3A3, 0x3F5),
    (0x3F7, 0x481),
    (0x48A, 0x52F),
    (0x3041, 0x3096),
    (0x30A1, 0x30FA),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3),
];

/// Returns true if a name may begin with the character.
pub(crate) fn begins_name(character: char) -> bool {
    character.is_ascii_alphabetic()
        || matches!(character, '$' | '_')
        || (!character.is_ascii() && LETTERS.iter().any(|(first, last)| (*first..=*last).contains(&(character as u32))))
}

/// Returns true if a name may continue with the character.
pub(crate) fn continues_name(character: char) -> bool {
    begins_name(character) || character.is_ascii_digit()
}

/// Returns true for a [line terminator](https://tc39.es/ecma262/#sec-line-terminators).
pub(crate) fn ends_line(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

/// Returns true for [white space](https://tc39.es/ecma262/#sec-white-space) and line terminators.
pub(crate) fn is_white_space(character: char) -> bool {
    matches!(
        character,
        ' ' | '\t' | '\u{B}' | '\u{C}' | '\u{A0}' | '\u{FEFF}' | '\u{1680}' | '\u{2000}'
            ..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}'
    ) || ends_line(character)
}

/// Splits `text` into tokens.
pub(crate) fn tokenize(text: &str) -> Tokens {
    let mut lexer = Lexer { text, at: 0, tokens: Tokens::default(), open: Vec::new() };
    lexer.run();
    lexer.tokens
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Tokens,
    /// The open brackets: the byte and the index of each token. The byte of a template's `${` is `$`.
    open: Vec<(u8, u32)>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take_while(&mut self, accepts: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|character| !accepts(character)).unwrap_or(rest.len());
    }

    fn run(&mut self) {
        if self.text.starts_with("#!") {
            self.line_comment();
        }
        loop {
            let (newline_before, wrong) = self.skip_blanks();
            let start = self.at;
            let kind = match (wrong, self.peek()) {
                (Some((from, wrong)), _) => {
                    self.push(TokenKind::Wrong(wrong), from, newline_before);
                    continue;
                }
                (None, None) => TokenKind::End,
                (None, Some(first)) => self.token(first, newline_before),
            };
            self.push(kind, start, newline_before);
            if kind == TokenKind::End {
                return;
            }
        }
    }

    /// Adds the token from `start` to the current offset, and finds the partner of a bracket.
    fn push(&mut self, kind: TokenKind, start: usize, newline_before: bool) {
        let place = self.tokens.list.len() as u32;
        let mut partner = None;
        if kind == TokenKind::Punctuator {
            let byte = self.text.as_bytes()[start];
            let opens = match byte {
                b')' => b'(',
                b']' => b'[',
                b'}' => b'{',
                _ => 0,
            };
            if matches!(byte, b'(' | b'[' | b'{') {
                self.open.push((byte, place));
            } else if let Some((_, opener)) = self.open.pop_if(|(open, _)| *open == opens) {
                self.tokens.list[opener as usize].partner = Some(place);
                partner = Some(opener);
            }
        }
        let span = Span { start: start as u32, end: self.at as u32 };
        self.tokens.list.push(Token { kind, span, newline_before, partner });
    }

    /// Skips white space and comments. Returns true if there was a line terminator among them, and the error if a comment
    /// does not end.
    fn skip_blanks(&mut self) -> (bool, Option<(usize, Wrong)>) {
        let mut newline = self.at == 0;
        while let Some(character) = self.peek() {
            let rest = self.rest();
            if is_white_space(character) {
                newline |= ends_line(character);
                self.at += character.len_utf8();
            } else if rest.starts_with("//") {
                self.line_comment();
            } else if rest.starts_with("/*") {
                let start = self.at;
                let Some(length) = rest.find("*/") else {
                    self.at = self.text.len();
                    return (newline, Some((start, Wrong::UnterminatedComment)));
                };
                newline |= rest[..length].contains(ends_line);
                self.at += length + 2;
                self.tokens.comments.push(Span { start: start as u32, end: self.at as u32 });
            } else {
                break;
            }
        }
        (newline, None)
    }

    fn line_comment(&mut self) {
        let start = self.at as u32;
        self.take_while(|character| !ends_line(character));
        self.tokens.comments.push(Span { start, end: self.at as u32 });
    }

    fn token(&mut self, first: char, newline_before: bool) -> TokenKind {
        let rest = self.rest();
        let second_is_digit = rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        match first {
            _ if begins_name(first) => self.name(),
            '\\' => self.name(),
            '0'..='9' => self.number(),
            '.' if second_is_digit => self.number(),
            '\'' | '"' => self.string(first),
            '`' => {
                self.at += 1;
                self.template(false)
            }
            '}' if self.open.pop_if(|(open, _)| *open == b'$').is_some() => {
                self.at += 1;
                self.template(true)
            }
            '#' => {
                self.at += 1;
                self.take_while(continues_name);
                TokenKind::Wrong(Wrong::PrivateName)
            }
            '<' if rest.starts_with("<!--") => {
                self.at += 4;
                TokenKind::Wrong(Wrong::HtmlComment)
            }
            '-' if newline_before && rest.starts_with("-->") => {
                self.at += 3;
                TokenKind::Wrong(Wrong::HtmlComment)
            }
            // `a?.5:b` is a conditional expression.
            '?' if rest.starts_with("?.") && rest.as_bytes().get(2).is_some_and(u8::is_ascii_digit) => {
                self.at += 1;
                TokenKind::Punctuator
            }
            _ => {
                // Most punctuators differ in their first byte, and a comparison of bytes is faster than one of texts.
                let byte = rest.as_bytes().first();
                let mark = PUNCTUATORS.iter().find(|mark| mark.as_bytes().first() == byte && rest.starts_with(**mark));
                self.at += mark.map_or(first.len_utf8(), |mark| mark.len());
                mark.map_or(TokenKind::Wrong(Wrong::Character), |_| TokenKind::Punctuator)
            }
        }
    }

    fn name(&mut self) -> TokenKind {
        self.take_while(continues_name);
        if self.peek() != Some('\\') {
            return TokenKind::Name;
        }
        self.take_while(|character| continues_name(character) || matches!(character, '\\' | '{' | '}'));
        TokenKind::Wrong(Wrong::EscapeInName)
    }

    fn number(&mut self) -> TokenKind {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let radix = match bytes.get(start + 1) {
            Some(b'x' | b'X') => 16,
            Some(b'o' | b'O') => 8,
            Some(b'b' | b'B') => 2,
            _ => 10,
        };
        let mut wrong = None;
        if bytes[start] == b'0' && radix != 10 {
            self.at += 2;
            let digits = self.at;
            self.take_while(|character| character.is_digit(radix) || character == '_');
            wrong = separators_wrong(&self.text[digits..self.at]);
        } else {
            let digit = |character: char| character.is_ascii_digit() || character == '_';
            self.take_while(digit);
            let whole = &self.text[start..self.at];
            if whole.len() > 1 && whole.starts_with('0') {
                wrong = Some(Wrong::LegacyOctal);
            } else if !whole.is_empty() {
                wrong = separators_wrong(whole);
            }
            if self.peek() == Some('.') {
                self.at += 1;
                let fraction = self.at;
                self.take_while(digit);
                if fraction < self.at {
                    wrong = wrong.or(separators_wrong(&self.text[fraction..self.at]));
                }
            }
            if matches!(self.peek(), Some('e' | 'E')) {
                self.at += 1;
                if matches!(self.peek(), Some('+' | '-')) {
                    self.at += 1;
                }
                let exponent = self.at;
                self.take_while(digit);
                wrong = wrong.or(separators_wrong(&self.text[exponent..self.at]));
            }
        }
        let end = self.at;
        self.take_while(|character| continues_name(character) || character == '\\');
        match &self.text[end..self.at] {
            "" => {}
            "n" => wrong = Some(Wrong::BigInt),
            _ => wrong = Some(Wrong::Number),
        }
        wrong.map_or(TokenKind::Number, TokenKind::Wrong)
    }

    fn string(&mut self, quote: char) -> TokenKind {
        self.at += 1;
        while let Some(character) = self.peek() {
            if matches!(character, '\n' | '\r') {
                break;
            }
            self.at += character.len_utf8();
            if character == quote {
                return TokenKind::String;
            }
            if character == '\\' {
                self.skip_escaped();
            }
        }
        TokenKind::Wrong(Wrong::UnterminatedString)
    }

    /// Skips the character after a backslash. `\r\n` counts as one.
    fn skip_escaped(&mut self) {
        if self.rest().starts_with("\r\n") {
            self.at += 2;
        } else if let Some(escaped) = self.peek() {
            self.at += escaped.len_utf8();
        }
    }

    fn template(&mut self, continues: bool) -> TokenKind {
        while let Some(character) = self.peek() {
            if self.rest().starts_with("${") {
                self.at += 2;
                self.open.push((b'$', 0));
                return if continues { TokenKind::TemplateMiddle } else { TokenKind::TemplateHead };
            }
            self.at += character.len_utf8();
            match character {
                '`' => return if continues { TokenKind::TemplateTail } else { TokenKind::Template },
                '\\' => self.skip_escaped(),
                _ => {}
            }
        }
        TokenKind::Wrong(Wrong::UnterminatedTemplate)
    }
}

/// Checks a sequence of digits: it has a digit, and every `_` stands between two digits.
fn separators_wrong(digits: &str) -> Option<Wrong> {
    let wrong = digits.is_empty() || digits.starts_with('_') || digits.ends_with('_') || digits.contains("__");
    wrong.then_some(Wrong::Number)
}
