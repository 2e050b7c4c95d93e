//! The parser's position in the tokens, and what several statements share.

use std::rc::Rc;

use super::ast::{Expr, ExprKind, Statement, TableName, Target};
use super::keywords::{REQUIRES_AS, RESERVED, UNSUPPORTED};
use super::lexer::{Token, TokenKind, syntax_error, tokens};
use crate::SqlState;
use crate::error::Stop;
use crate::limits;

/// A recursive descent parser.
pub(super) struct Parser<'a> {
    sql: &'a str,
    /// The last one is [`TokenKind::End`].
    tokens: &'a [Token],
    /// The index of the next token.
    at: usize,
    /// The number of expressions that the parser is inside of.
    pub(super) depth: usize,
    /// The highest number of a parameter so far.
    pub(super) highest_parameter: u32,
}

/// A parsed query.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// The statements, without empty ones.
    pub(crate) statements: Vec<Statement>,
    /// The number of parameters that the query needs: the highest `$n`.
    pub(crate) parameter_count: u32,
}

/// Parses a query.
pub(crate) fn parse(sql: &str) -> Result<Parsed, Stop> {
    if sql.len() > limits::QUERY_BYTES {
        return Err(Stop::error(SqlState::PROGRAM_LIMIT_EXCEEDED, limits::QUERY_BYTES_MESSAGE).unknown_to_mock());
    }
    let tokens = tokens(sql)?;
    let mut parser = Parser { sql, tokens: &tokens, at: 0, depth: 0, highest_parameter: 0 };
    let mut statements = Vec::new();
    loop {
        while parser.accept(";") {}
        if parser.kind() == TokenKind::End {
            return Ok(Parsed { statements, parameter_count: parser.highest_parameter });
        }
        statements.push(parser.statement()?);
        if !parser.is_at_statement_end() {
            return Err(parser.unexpected());
        }
    }
}

impl<'a> Parser<'a> {
    /// The token `ahead` tokens after the next one; the end stands for all tokens past it.
    fn token(&self, ahead: usize) -> &'a Token {
        &self.tokens[(self.at + ahead).min(self.tokens.len() - 1)]
    }

    /// The kind of the next token.
    pub(super) fn kind(&self) -> TokenKind {
        self.token(0).kind
    }

    /// The kind of the token after the next one.
    pub(super) fn kind_after_next(&self) -> TokenKind {
        self.token(1).kind
    }

    /// The position of the next token.
    pub(super) fn position(&self) -> u32 {
        self.token(0).start
    }

    /// The text of the next token.
    pub(super) fn text(&self) -> &'a Rc<str> {
        &self.token(0).text
    }

    /// The text of the token `ahead` tokens after the next one if it is a word or a symbol, else nothing.
    pub(super) fn peek(&self, ahead: usize) -> &'a str {
        let token = self.token(ahead);
        if matches!(token.kind, TokenKind::Word | TokenKind::Symbol) { &token.text } else { "" }
    }

    /// True if the next token is this word or symbol.
    pub(super) fn is(&self, expected: &str) -> bool {
        self.peek(0) == expected
    }

    /// True if the next token is one of these words.
    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        self.kind() == TokenKind::Word && words.contains(&&**self.text())
    }

    /// True at a `;` and at the end of the query.
    pub(super) fn is_at_statement_end(&self) -> bool {
        self.kind() == TokenKind::End || self.is(";")
    }

    /// Moves past the next token.
    pub(super) fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    /// Moves back to the token before the next one.
    pub(super) fn step_back(&mut self) {
        self.at = self.at.saturating_sub(1);
    }

    /// Moves past the next token if it is this word or symbol; returns true if it was.
    pub(super) fn accept(&mut self, expected: &str) -> bool {
        let found = self.is(expected);
        if found {
            self.advance();
        }
        found
    }

    /// Moves past the next token if it is one of these words; returns true if it was.
    pub(super) fn accept_any(&mut self, words: &[&str]) -> bool {
        let found = self.is_any(words);
        if found {
            self.advance();
        }
        found
    }

    /// Moves past this word or symbol; fails if the next token is another.
    pub(super) fn expect(&mut self, expected: &str) -> Result<(), Stop> {
        if self.accept(expected) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Moves past these words; fails if the next tokens are others.
    pub(super) fn expect_all(&mut self, words: &[&str]) -> Result<(), Stop> {
        words.iter().try_for_each(|word| self.expect(word))
    }

    /// The syntax error at the next token. It is marked as the mock's own where PostgreSQL's grammar might go on.
    pub(super) fn unexpected(&self) -> Stop {
        let token = self.token(0);
        let written = self.sql.get(token.start as usize..token.end as usize).unwrap_or_default();
        let unsupported = match token.kind {
            TokenKind::Word => UNSUPPORTED.contains(&&*token.text),
            TokenKind::Symbol => !matches!(&*token.text, ")" | ";" | "*"),
            // The word before a string may be its type.
            TokenKind::String => self.at > 0 && self.tokens[self.at - 1].kind == TokenKind::Word,
            _ => false,
        };
        syntax_error("syntax error", written, token.start as usize).unknown_to_mock_if(unsupported)
    }

    /// The syntax error at a token that PostgreSQL's grammar accepts.
    pub(super) fn unsupported(&self) -> Stop {
        self.unexpected().unknown_to_mock()
    }

    /// True if the next token can be a name: a word that is not reserved, or a quoted identifier.
    pub(super) fn is_name(&self) -> bool {
        match self.kind() {
            TokenKind::QuotedIdentifier => true,
            TokenKind::Word => !RESERVED.contains(&&**self.text()),
            _ => false,
        }
    }

    /// Moves past a name and returns it.
    pub(super) fn name(&mut self) -> Result<Rc<str>, Stop> {
        if !self.is_name() {
            return Err(self.unexpected());
        }
        let name = self.text().clone();
        self.advance();
        Ok(name)
    }

    /// A table, with its schema if one is written.
    pub(super) fn table_name(&mut self) -> Result<TableName, Stop> {
        let position = self.position();
        let first = self.name()?;
        let (schema, name) = if self.accept(".") { (Some(first), self.name()?) } else { (None, first) };
        Ok(TableName { position, schema, name, alias: None })
    }

    /// A table and its alias, with or without AS.
    pub(super) fn aliased_table(&mut self) -> Result<TableName, Stop> {
        let mut table = self.table_name()?;
        if self.accept("as") || self.is_name() && !self.is_any(UNSUPPORTED) && !self.is("set") {
            table.alias = Some(self.name()?);
        }
        Ok(table)
    }

    /// One or more items between commas.
    pub(super) fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T, Stop>) -> Result<Vec<T>, Stop> {
        let mut items = vec![item(self)?];
        while self.accept(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// One or more items between commas, in parentheses.
    pub(super) fn parenthesized<T>(&mut self, item: impl FnMut(&mut Self) -> Result<T, Stop>) -> Result<Vec<T>, Stop> {
        self.expect("(")?;
        let items = self.list(item)?;
        self.expect(")")?;
        Ok(items)
    }

    /// The output columns of a SELECT or of RETURNING.
    pub(super) fn targets(&mut self) -> Result<Vec<Target>, Stop> {
        self.list(|parser| {
            let position = parser.position();
            let expr = if parser.accept("*") {
                Expr::new(position, ExprKind::Star { table: None })?
            } else {
                parser.expression()?
            };
            Ok(Target { expr, label: parser.label()? })
        })
    }

    /// The name of an output column, with or without AS. After AS every word is a name.
    fn label(&mut self) -> Result<Option<Rc<str>>, Stop> {
        let explicit = self.accept("as");
        let is_name = match self.kind() {
            TokenKind::QuotedIdentifier => true,
            TokenKind::Word => explicit || !REQUIRES_AS.contains(&&**self.text()),
            _ => false,
        };
        if !is_name {
            return if explicit { Err(self.unexpected()) } else { Ok(None) };
        }
        let label = self.text().clone();
        self.advance();
        Ok(Some(label))
    }

    /// WHERE and its condition, if there is one.
    pub(super) fn filter(&mut self) -> Result<Option<Expr>, Stop> {
        if self.accept("where") { self.expression().map(Some) } else { Ok(None) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SqlError;

    fn error(sql: &str) -> SqlError {
        match parse(sql) {
            Err(Stop::Error(error)) => *error,
            other => panic!("{sql} gives {other:?}"),
        }
    }

    #[test]
    fn a_query_has_statements_and_parameters() {
        let parsed = parse(";; select $2; commit ;").unwrap();
        assert_eq!((parsed.statements.len(), parsed.parameter_count), (2, 2));
        assert!(parse(" -- nothing\n").unwrap().statements.is_empty());
    }

    #[test]
    fn errors_tell_wrong_sql_from_sql_that_the_mock_does_not_know() {
        assert!(!error("selec 1").unknown_to_mock);
        assert!(!error("select 1 1").unknown_to_mock);
        assert!(error("select 1 union select 2").unknown_to_mock);
        assert!(error("select a from t join u on true").unknown_to_mock);
        assert_eq!(error("select )").position, Some(7));
    }

    #[test]
    fn output_columns_can_be_named_without_as_only_by_some_words() {
        assert!(parse("select 1 value, 2 as from, 3 \"from\"").is_ok());
        assert!(error("select 1 union").unknown_to_mock);
        assert!(parse("select 1 as 2").is_err());
    }

    #[test]
    fn deep_nesting_is_refused_without_overflowing_the_stack() {
        for sql in [
            format!("select {}1{}", "(".repeat(20_000), ")".repeat(20_000)),
            format!("select {}1", "not ".repeat(10_000)),
            format!("select 1{}", "+1".repeat(30_000)),
            format!("select {}1{}", "abs(".repeat(10_000), ")".repeat(10_000)),
            format!("select {}1", "pg_catalog.".repeat(5_000)),
        ] {
            assert!(parse(&sql).is_err(), "{}", &sql[..40]);
        }
    }

    #[test]
    fn long_lists_are_accepted() {
        assert!(parse(&format!("select true{}", " and true".repeat(7_000))).is_ok());
        assert!(parse(&format!("select 1 in (1{})", ",1".repeat(30_000))).is_ok());
        assert!(parse(&format!("insert into t values (1){}", ",(1)".repeat(10_000))).is_ok());
    }
}
