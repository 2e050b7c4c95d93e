//! Splits JavaScript text into tokens. It never fails: what is no token of the language becomes a [`TokenKind::Wrong`],
//! which the parser reports when it gets there, and the highlighter passes over.
//!
//! Regular expressions are outside the subset, so a `/` is always a division (or a comment), and all tokens can be
//! found before parsing begins, with every bracket's partner. That is what lets the parser see at once whether a `(`
//! opens an arrow function's parameters, without going back.

use super::ast::Span;

/// A token.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where.
    pub span: Span,
    /// Whether a line ends between the token before and this one.
    pub newline_before: bool,
    /// For a bracket: the place in the list of the one that closes or opens it.
    pub partner: Option<u32>,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// The end of the text.
    End,
    /// A name or a keyword.
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
    /// An operator, bracket or other mark.
    Punctuator,
    /// What is no token of the subset.
    Wrong(Wrong),
}

/// What is wrong with a stretch of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// A string that does not end on its line.
    UnterminatedString,
    /// A template that does not end.
    UnterminatedTemplate,
    /// A comment that does not end.
    UnterminatedComment,
    /// A character that begins nothing.
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
    /// Digits in a wrong place.
    Number,
}

/// The tokens of a text, an [`TokenKind::End`] last, and its comments.
#[derive(Debug, Default)]
pub struct Tokens {
    /// The tokens.
    pub list: Vec<Token>,
    /// The comments, in order.
    pub comments: Vec<Span>,
}

/// The operators and other marks, longer ones before those they begin with.
const PUNCTUATORS: &[&str] = &[
    ">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "=>", "==", "!=", "<=", ">=", "&&",
    "||", "??", "?.", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "**", "{", "}", "(", ")",
    "[", "]", ";", ",", "<", ">", "+", "-", "*", "/", "%", "&", "|", "^", "!", "~", "?", ":", "=", ".",
];

/// Ranges of letters beyond ASCII that a name may hold: those of Latin, Greek, Cyrillic, Japanese, Chinese and Korean,
/// a small part of what the language allows.
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

/// Whether a name may begin with `character`.
pub fn begins_name(character: char) -> bool {
    character.is_ascii_alphabetic()
        || matches!(character, '$' | '_')
        || (!character.is_ascii() && LETTERS.iter().any(|(first, last)| (*first..=*last).contains(&(character as u32))))
}

/// Whether a name may go on with `character`.
pub fn continues_name(character: char) -> bool {
    begins_name(character) || character.is_ascii_digit()
}

/// Whether `character` ends a line.
pub fn ends_line(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

/// Whether `character` is white space of the language, ends of lines included.
pub fn is_white_space(character: char) -> bool {
    matches!(
        character,
        ' ' | '\t' | '\u{B}' | '\u{C}' | '\u{A0}' | '\u{FEFF}' | '\u{1680}' | '\u{2000}'
            ..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}'
    ) || ends_line(character)
}

/// Splits `text` into tokens.
pub fn tokenize(text: &str) -> Tokens {
    let mut lexer = Lexer { text, at: 0, tokens: Tokens::default(), open: Vec::new() };
    lexer.run();
    lexer.tokens
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Tokens,
    /// The brackets that are open: their first byte (`$` for that of a template's substitution) and token.
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

    /// Adds a token that ends here, and finds its partner where it is a bracket.
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

    /// Passes over white space and comments; says whether a line ended in them, and what is wrong with the last one.
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
            // `a?.5:b` is a conditional.
            '?' if rest.starts_with("?.") && rest.as_bytes().get(2).is_some_and(u8::is_ascii_digit) => {
                self.at += 1;
                TokenKind::Punctuator
            }
            _ => {
                // One look at the first byte leaves out most of them.
                let begins = |mark: &&&str| mark.as_bytes()[0] == rest.as_bytes()[0] && rest.starts_with(**mark);
                let mark = PUNCTUATORS.iter().find(begins);
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

    /// Passes over the character after a backslash (a line's end of two characters counts as one).
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

/// Digits there must be, and a `_` must have one on both sides.
fn separators_wrong(digits: &str) -> Option<Wrong> {
    let wrong = digits.is_empty() || digits.starts_with('_') || digits.ends_with('_') || digits.contains("__");
    wrong.then_some(Wrong::Number)
}
