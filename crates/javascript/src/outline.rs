//! The outline of a file: its outermost functions, for a listing that shows where each one begins and ends.

use super::ast::Span;
use super::lexer::{Token, tokenize};

/// Returns the outermost functions of a file, in order. Each has its name, which is empty for a function without one, and the
/// span of its body with the braces.
///
/// Only the tokens are looked at, so that a file that does not parse has an outline too.
pub fn functions(text: &str) -> Vec<(&str, Span)> {
    let tokens = tokenize(text).list;
    let word = |at: usize| {
        tokens.get(at).map_or("", |token: &Token| &text[token.span.start as usize..token.span.end as usize])
    };
    let partner = |at: usize| tokens.get(at).and_then(|token| token.partner).map(|at| at as usize);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let (name, open) = match word(at) {
            "=>" => {
                // The name stands before the parameters, the `async` and the `=` or `:` that the function is assigned by.
                let parameters = at.checked_sub(1).map_or(0, |last| partner(last).unwrap_or(last));
                let given = parameters.saturating_sub(1 + usize::from(word(parameters.saturating_sub(1)) == "async"));
                let named = matches!(word(given), "=" | ":");
                (if named { word(given.saturating_sub(1)) } else { "" }, at + 1)
            }
            "function" => {
                let own = word(at + 1);
                let (name, parameters) = if own == "(" { ("", at + 1) } else { (own, at + 2) };
                let before = at.saturating_sub(1 + usize::from(word(at.saturating_sub(1)) == "async"));
                let given = matches!(word(before), "=" | ":").then(|| word(before.saturating_sub(1)));
                (given.unwrap_or(name), partner(parameters).map_or(tokens.len(), |end| end + 1))
            }
            _ => ("", tokens.len()),
        };
        match partner(open).filter(|_| word(open) == "{") {
            Some(close) => {
                found.push((name, Span { start: tokens[open].span.start, end: tokens[close].span.end }));
                at = close;
            }
            None => at += 1,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_have_the_name_that_they_are_declared_or_assigned_by() {
        let text =
            "const a = async (x) => { return () => { x } }\nfunction b() {}\nexports.c = function () {}\nrun(() => {})";
        let names: Vec<&str> = functions(text).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "b", "c", ""]);
    }

    #[test]
    fn a_file_that_does_not_parse_has_an_outline() {
        let found = functions("const a = () => { 1 }\nclass {");
        assert_eq!(found, [("a", Span { start: 16, end: 21 })]);
    }
}
