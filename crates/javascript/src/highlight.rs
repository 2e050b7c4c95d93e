//! Syntax highlighting: the tokens of a source file, by class. Any text is accepted; what is not a token is skipped.

use super::ast::Span;
use super::lexer::{self, Token, TokenKind};
use base::sort::sort_by_key;

/// The class of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// `const`, `return`, `async`, …
    Keyword,
    /// A string, or the text of a template.
    String,
    /// A number, `true`, `false`, `null`, `undefined`.
    Literal,
    /// A comment.
    Comment,
    /// The name of a function, in its declaration or a call.
    Function,
    /// Any other name after a `.` or before a `:`.
    Property,
    /// Any other name.
    Name,
    /// An operator or bracket.
    Punctuation,
}

impl Class {
    /// Returns the name of the class in the style sheet.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keyword => "keyword",
            Self::String => "string",
            Self::Literal => "literal",
            Self::Comment => "comment",
            Self::Function => "function",
            Self::Property => "property",
            Self::Name => "name",
            Self::Punctuation => "punctuation",
        }
    }
}

const KEYWORDS: &[&str] = &[
    "async",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "default",
    "delete",
    "do",
    "else",
    "export",
    "extends",
    "finally",
    "for",
    "function",
    "if",
    "import",
    "in",
    "instanceof",
    "let",
    "new",
    "of",
    "return",
    "switch",
    "this",
    "throw",
    "try",
    "typeof",
    "var",
    "void",
    "while",
    "yield",
];

/// Returns the spans of all tokens and comments with their classes, in source order. They do not overlap. The text between
/// them is white space, or not JavaScript.
pub fn highlight(text: &str) -> Vec<(Span, Class)> {
    let tokens = lexer::tokenize(text);
    let of = |token: &Token| &text[token.span.start as usize..token.span.end as usize];
    let mut found: Vec<(Span, Class)> = tokens.comments.iter().map(|span| (*span, Class::Comment)).collect();
    for (place, token) in tokens.list.iter().enumerate() {
        let next = |ahead: usize| tokens.list.get(place + ahead).map_or("", of);
        let previous = place.checked_sub(1).and_then(|place| tokens.list.get(place)).map_or("", of);
        let class = match token.kind {
            TokenKind::End | TokenKind::Wrong(_) => continue,
            TokenKind::Number => Class::Literal,
            TokenKind::String
            | TokenKind::Template
            | TokenKind::TemplateHead
            | TokenKind::TemplateMiddle
            | TokenKind::TemplateTail => Class::String,
            TokenKind::Punctuator => Class::Punctuation,
            TokenKind::Name => {
                let member = matches!(previous, "." | "?.");
                let function = previous == "function"
                    || next(1) == "("
                    || (next(1) == "=" && (matches!(next(2), "async" | "function") || next(3) == "=>"))
                    || (next(1) == "=" && next(2) == "(" && is_arrow(&tokens.list, place + 2, text));
                match of(token) {
                    "true" | "false" | "null" | "undefined" if !member => Class::Literal,
                    word if !member && KEYWORDS.contains(&word) && next(1) != ":" => Class::Keyword,
                    _ if function => Class::Function,
                    _ if member || (next(1) == ":" && previous != "?") => Class::Property,
                    _ => Class::Name,
                }
            }
        };
        found.push((token.span, class));
    }
    sort_by_key(&mut found, |(span, _)| span.start);
    found
}

/// Returns true if the partner of the bracket at `place` is followed by `=>`.
fn is_arrow(tokens: &[Token], place: usize, text: &str) -> bool {
    let after = tokens.get(place).and_then(|token| tokens.get(token.partner? as usize + 1));
    after.is_some_and(|token| &text[token.span.start as usize..token.span.end as usize] == "=>")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_handler_has_every_class() {
        let text = "const f = async (a) => { // x\n  return knex.raw('1', b).then((c) => c.rows, true) }";
        let classes: Vec<String> = highlight(text)
            .into_iter()
            .filter(|(_, class)| *class != Class::Punctuation)
            .map(|(span, class)| format!("{} {}", &text[span.start as usize..span.end as usize], class.name()))
            .collect();
        assert_eq!(
            classes,
            [
                "const keyword",
                "f function",
                "async keyword",
                "a name",
                "// x comment",
                "return keyword",
                "knex name",
                "raw function",
                "'1' string",
                "b name",
                "then function",
                "c name",
                "c name",
                "rows property",
                "true literal"
            ]
        );
    }

    proptest! {
        #[test]
        fn the_spans_of_any_text_are_in_order(text in any::<String>()) {
            let mut end = 0;
            for (span, _) in highlight(&text) {
                prop_assert!(span.start >= end && span.end > span.start);
                prop_assert!(text.get(span.start as usize..span.end as usize).is_some());
                end = span.end;
            }
        }
    }
}
