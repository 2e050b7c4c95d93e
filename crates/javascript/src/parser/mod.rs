//! The parser: from tokens to the [syntax tree](super::ast), by recursive descent with one table of operators.
//!
//! It accepts exactly the subset, and of that only what JavaScript itself accepts: its early errors are errors here too.
//! What is outside is named, with what to write instead (see [`super::subset`]). The depth of the tree is bounded, so
//! nothing that walks it can exhaust the stack.

#![allow(clippy::unnecessary_box_returns, reason = "a diagnostic is large and rare: the parser passes it on boxed")]

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
/// The first thing in the file that is no JavaScript or outside the subset.
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

/// What parsing a part gives. The error is boxed: it is large and rare.
type Parsed<T> = Result<T, Box<Diagnostic>>;

/// What surrounds the part being parsed, as far as it decides what is allowed.
#[derive(Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools, reason = "they are independent of each other")]
struct Context {
    /// Inside an `async` function.
    asynchronous: bool,
    /// Among a function's parameters.
    parameters: bool,
    /// Inside a loop of this function.
    in_loop: bool,
    /// Inside a `switch` of this function.
    in_switch: bool,
    /// Under `'use strict'`.
    strict: bool,
}

struct Parser<'a> {
    source: &'a SourceFile,
    layers: &'a Layers,
    tokens: Vec<Token>,
    at: usize,
    /// How many parts are open around this one.
    depth: usize,
    /// The height of the tallest subtree finished since the enclosing part began.
    height: usize,
    context: Context,
    scopes: Vec<Scope>,
    /// Every name so far, so that equal names share their text.
    names: SortedSet<Name>,
    /// Members of built-in objects that were used and are not there: the object, the member, where.
    statics: Vec<(Name, Name, Span)>,
    /// Names that hold modules, in the scopes that are open.
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
        // The last token is the end, and the parser never goes past it.
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

    /// The token after the bracket that closes the one at `place`.
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

    /// Where the last token ended.
    fn end_of_previous(&self) -> u32 {
        match self.at.checked_sub(1) {
            Some(previous) => self.tokens[previous].span.end,
            None => 0,
        }
    }

    fn span_from(&self, start: u32) -> Span {
        Span { start, end: self.end_of_previous() }
    }

    /// The end of a statement: a `;`, or one that the language adds by itself.
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

    /// Opens a part: bounds how deeply parts nest. What it returns goes to [`Self::leave`].
    fn enter(&mut self) -> Parsed<usize> {
        self.depth += 1;
        if self.depth > limits::NESTING {
            return Err(self.too_deep());
        }
        Ok(core::mem::take(&mut self.height))
    }

    fn leave(&mut self, outer_height: usize) {
        self.depth -= 1;
        self.height = outer_height.max(self.height + 1);
    }

    /// Puts one more node above what has been parsed of this part: bounds how long a chain may be.
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

    /// An error of the language itself.
    fn wrong(&self, span: Span, message: &str, advice: Option<&str>) -> Box<Diagnostic> {
        let found = if span.start == span.end { "the end of the file" } else { self.text_of(span) };
        Box::new(Diagnostic::new(self.source, span, found, message, advice))
    }

    /// What is outside the subset.
    fn refuse(&self, span: Span, refusal: &Refusal) -> Box<Diagnostic> {
        let message = subset::message(refusal.name);
        Box::new(Diagnostic::new(self.source, span, refusal.name, &message, Some(refusal.advice)))
    }

    /// The token here is not one that can stand here.
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
