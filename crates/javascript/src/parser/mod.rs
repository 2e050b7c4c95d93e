//! The parser: makes the [syntax tree](super::ast) by recursive descent, with a table of binary operators.
//!
//! The parser accepts the subset and refuses all else, with the code to write instead (see [`super::subset`]). It also
//! reports the [early errors](https://tc39.es/ecma262/#early-error) of JavaScript. The height of the tree is bounded, so no
//! recursion over it can exhaust the stack, its drop included.

#![allow(clippy::unnecessary_box_returns, reason = "boxed so that `Parsed<T>` stays small: it is returned everywhere")]

mod expressions;
mod functions;
mod literals;
mod modules;
mod primary;
mod scope;
mod statements;
#[cfg(test)]
mod tests;

use base::sorted_map::SortedSet;
use std::rc::Rc;

use super::ast::{Name, Program, Span};
use super::diagnostic::Diagnostic;
use super::layers::Layers;
use super::lexer::{self, Token, TokenKind, Wrong};
use super::source::SourceFile;
use super::subset::{self, Refusal};
use crate::limits;
use scope::Scope;

/// Parses a file. `layers` says what its globals and modules have and lack.
///
/// # Errors
/// The first place in the file that is not JavaScript, or is JavaScript outside the subset.
pub(crate) fn parse(source: &SourceFile, layers: &Layers) -> Result<Program, Diagnostic> {
    if source.text.len() > limits::SOURCE_BYTES {
        let message = format!("the file is longer than {} bytes", limits::SOURCE_BYTES);
        return Err(Diagnostic::new(source, Span::default(), "a file this long", &message, None));
    }
    let tokens = lexer::tokenize(&source.text).list;
    let mut parser = Parser {
        source,
        layers,
        tokens,
        at: 0,
        depth: 0,
        height: 0,
        context: Context::default(),
        scopes: Vec::new(),
        names: SortedSet::new(),
        statics: Vec::new(),
        holders: Vec::new(),
    };
    parser.program().map_err(|diagnostic| *diagnostic)
}

/// The result of parsing a part. The diagnostic is boxed because it is large and rare.
type Parsed<T> = Result<T, Box<Diagnostic>>;

/// The surroundings of the part that is being parsed, as far as they decide what is allowed in it.
#[derive(Clone, Copy, Default)]
struct Context {
    /// True in the body of an `async` function.
    may_await: bool,
    /// The jumps that are allowed.
    jumps: Jumps,
    /// True in strict mode code.
    strict: bool,
}

/// The jumps that the loops and `switch` statements around a part allow.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Jumps {
    /// Neither `break` nor `continue`.
    #[default]
    None,
    /// `break`, in a `switch` outside of any loop.
    Break,
    /// `break` and `continue`, in a loop.
    BreakAndContinue,
}

struct Parser<'a> {
    source: &'a SourceFile,
    layers: &'a Layers,
    tokens: Vec<Token>,
    at: usize,
    /// The number of parts around the current one.
    depth: usize,
    /// The height of the tallest subtree that was finished since the enclosing part began.
    height: usize,
    context: Context,
    scopes: Vec<Scope>,
    /// All names so far, so that equal names share their text.
    names: SortedSet<Name>,
    /// Uses of members that a built-in object has in JavaScript and not in the subset: object, member, place.
    statics: Vec<(Name, Name, Span)>,
    /// The variables of the open scopes that hold a module.
    holders: Vec<modules::Holder>,
}

impl Parser<'_> {
    fn program(&mut self) -> Parsed<Program> {
        self.push_scope(true);
        for name in ["exports", "require", "module"] {
            let name = self.intern(name);
            self.declare(&name, Span::default())?;
        }
        let mut body = Vec::new();
        let mut directives = true;
        while self.token().kind != TokenKind::End {
            let statement = self.statement(true)?;
            directives = directives && self.directive(&statement);
            body.push(statement);
        }
        let top = self.pop_scope()?;
        self.refuse_globals(&top)?;
        Ok(Program { body })
    }

    fn token(&self) -> Token {
        // The parser never goes beyond the last token, `End`.
        self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn next_token(&self) -> Token {
        self.tokens[(self.at + 1).min(self.tokens.len() - 1)]
    }

    fn text_of(&self, span: Span) -> &str {
        &self.source.text[span.start as usize..span.end as usize]
    }

    fn token_text(&self) -> &str {
        self.text_of(self.token().span)
    }

    fn advance(&mut self) -> Token {
        let token = self.token();
        self.at += 1;
        token
    }

    fn is(token: Token, kind: TokenKind, text: &str, source: &str) -> bool {
        token.kind == kind && &source.as_bytes()[token.span.start as usize..token.span.end as usize] == text.as_bytes()
    }

    fn at_mark(&self, mark: &str) -> bool {
        Self::is(self.token(), TokenKind::Punctuator, mark, &self.source.text)
    }

    fn at_word(&self, word: &str) -> bool {
        Self::is(self.token(), TokenKind::Name, word, &self.source.text)
    }

    fn next_is_mark(&self, mark: &str) -> bool {
        Self::is(self.next_token(), TokenKind::Punctuator, mark, &self.source.text)
    }

    fn next_is_word(&self, word: &str) -> bool {
        Self::is(self.next_token(), TokenKind::Name, word, &self.source.text)
    }

    /// Returns the token after the partner of the bracket at `place`.
    fn after_partner(&self, place: usize) -> Option<Token> {
        self.tokens.get(self.tokens.get(place)?.partner? as usize + 1).copied()
    }

    fn partner_is_followed_by(&self, place: usize, mark: &str) -> bool {
        self.after_partner(place).is_some_and(|token| Self::is(token, TokenKind::Punctuator, mark, &self.source.text))
    }

    fn take_mark(&mut self, mark: &str) -> bool {
        let there = self.at_mark(mark);
        self.at += usize::from(there);
        there
    }

    fn take_word(&mut self, word: &str) -> bool {
        let there = self.at_word(word);
        self.at += usize::from(there);
        there
    }

    fn expect_mark(&mut self, mark: &str) -> Parsed<Token> {
        if self.at_mark(mark) { Ok(self.advance()) } else { Err(self.unexpected(&format!("`{mark}`"))) }
    }

    /// Returns the offset at which the previous token ended.
    fn end_of_previous(&self) -> u32 {
        match self.at.checked_sub(1) {
            Some(previous) => self.tokens[previous].span.end,
            None => 0,
        }
    }

    fn span_from(&self, start: u32) -> Span {
        Span { start, end: self.end_of_previous() }
    }

    /// Parses the end of a statement: a `;`, or a place of
    /// [automatic semicolon insertion](https://tc39.es/ecma262/#sec-automatic-semicolon-insertion).
    fn end_statement(&mut self) -> Parsed<()> {
        if self.take_mark(";")
            || self.at_mark("}")
            || self.token().kind == TokenKind::End
            || (self.token().newline_before && !matches!(self.token().kind, TokenKind::Wrong(_)))
        {
            return Ok(());
        }
        Err(self.unexpected("`;` or a new line"))
    }

    /// Begins a part, and checks how deeply parts nest. Pass the result to [`Self::leave`].
    fn enter(&mut self) -> Parsed<usize> {
        self.depth += 1;
        if self.depth > limits::NESTING {
            return Err(self.too_deep());
        }
        Ok(core::mem::take(&mut self.height))
    }

    /// Ends a part that began with [`Self::enter`].
    fn leave(&mut self, outer_height: usize) {
        self.depth -= 1;
        self.height = outer_height.max(self.height + 1);
    }

    /// Adds a node above those parsed so far in this part, and checks the height of the tree. A chain like `a.b.c` makes a
    /// tree without nested parts.
    fn link(&mut self) -> Parsed<()> {
        self.height += 1;
        if self.height > limits::NESTING { Err(self.too_deep()) } else { Ok(()) }
    }

    fn too_deep(&self) -> Box<Diagnostic> {
        let message = format!("this nests, or goes on, more than {} levels deep", limits::NESTING);
        self.wrong(self.token().span, &message, Some("a part of it as a variable or function of its own"))
    }

    fn intern(&mut self, text: &str) -> Name {
        if let Some(name) = self.names.get(text) {
            return name.clone();
        }
        let name: Name = text.into();
        self.names.insert(name.clone());
        name
    }

    /// Makes the diagnostic of an error in JavaScript.
    fn wrong(&self, span: Span, message: &str, advice: Option<&str>) -> Box<Diagnostic> {
        let found = if span.start == span.end { "the end of the file" } else { self.text_of(span) };
        Box::new(Diagnostic::new(self.source, span, found, message, advice))
    }

    /// Makes the diagnostic of a construct outside the subset.
    fn refuse(&self, span: Span, refusal: &Refusal) -> Box<Diagnostic> {
        let message = subset::message(refusal.name);
        Box::new(Diagnostic::new(self.source, span, refusal.name, &message, Some(refusal.advice)))
    }

    /// Makes the diagnostic of the current token where `expected` should be.
    fn unexpected(&self, expected: &str) -> Box<Diagnostic> {
        let span = self.token().span;
        let text = self.token_text();
        match self.token().kind {
            TokenKind::Wrong(wrong) => return self.wrong_token(span, wrong),
            TokenKind::End => {
                return self.wrong(span, &format!("expected {expected}, found the end of the file"), None);
            }
            _ => {}
        }
        if let Some(refusal) = subset::refused_operator(text) {
            return self.refuse(span, refusal);
        }
        if expected == "an expression" && subset::is_reserved(text) && self.token().kind == TokenKind::Name {
            return self.wrong(span, &format!("expected an expression, found the keyword `{text}`"), None);
        }
        let shown: Rc<str> = if text.chars().count() > 30 || text.contains('`') {
            text.chars().filter(|character| *character != '`').take(30).chain("…".chars()).collect::<String>().into()
        } else {
            text.into()
        };
        self.wrong(span, &format!("expected {expected}, found `{shown}`"), None)
    }

    fn wrong_token(&self, span: Span, wrong: Wrong) -> Box<Diagnostic> {
        match wrong {
            Wrong::UnterminatedString => self.wrong(
                span,
                "this string does not end on its line",
                Some("the closing quote, or `\\n` for a line break"),
            ),
            Wrong::UnterminatedTemplate => self.wrong(span, "this template string does not end", None),
            Wrong::UnterminatedComment => self.wrong(span, "this comment does not end", Some("`*/` after it")),
            Wrong::Character => {
                let text = self.text_of(span);
                self.wrong(span, &format!("the character `{text}` means nothing here"), None)
            }
            Wrong::EscapeInName => self.refuse(span, &subset::ESCAPED_NAME),
            Wrong::PrivateName => self.refuse(span, &subset::PRIVATE_NAME),
            Wrong::HtmlComment => self.refuse(span, &subset::HTML_COMMENT),
            Wrong::BigInt => self.refuse(span, &subset::BIGINT),
            Wrong::LegacyOctal => self.refuse(span, &subset::LEGACY_OCTAL),
            Wrong::Number => self.wrong(span, "this is not a number", None),
        }
    }
}
