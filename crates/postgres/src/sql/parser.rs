//! Tokens to statements: how the parser goes from one token to the next, and SELECT. What the other statements consist of
//! is in [`commands`](super::commands), what is computed in [`expression`](super::expression).

use std::rc::Rc;

use super::ast::{Expr, ExprKind, OrderKey, RowStatement, Statement, TableName, Target};
use super::expression::node;
use super::lexer::{Kind, Token, syntax_error, tokens};
use crate::error::{Run, Stop, stop};
use crate::limits;

/// Words that are no names unless they are quoted.
const RESERVED: &str = "all analyse analyze and any array as asc asymmetric both case cast check collate column \
    constraint create current_catalog current_date current_role current_time current_timestamp current_user default \
    deferrable desc distinct do else end except false fetch for foreign from grant group having in initially intersect \
    into lateral leading limit localtime localtimestamp not null offset on only or order placing primary references \
    returning select session_user some symmetric table then to trailing true union unique user using variadic when where \
    window with";

/// Words that no column is called by without AS.
const NEED_AS: &str = "from where order limit offset for group having union except intersect fetch window into on \
    returning as isnull notnull over filter within without overlaps array create grant to with collate at similar";

/// Words at which PostgreSQL goes on where the mock stops.
const UNKNOWN: &str = "alter analyze array at call case checkpoint close cluster collate comment conflict copy cross \
    current_date current_time cursor declare distinct do except execute exists explain fetch filter for full grant group \
    having inner instead intersect interval into isolation join lateral left listen localtime localtimestamp lock merge \
    move natural notify on only over overlaps prepare references reindex release revoke right row savepoint select \
    similar symmetric tablesample table truncate union unlisten using vacuum values window with check generated \
    constraint session like view index sequence type schema function trigger database role unlogged extension foreign \
    cascade restrict current from unique";

/// Whether a word is in a list of words.
pub(super) fn listed(list: &str, word: &str) -> bool {
    list.split(' ').any(|listed| listed == word)
}

/// The parser: tokens, and how far it has come.
pub(super) struct Parser<'a> {
    sql: &'a str,
    tokens: &'a [Token],
    at: usize,
    pub(super) depth: usize,
    /// The highest number of a parameter so far.
    pub(super) parameters: u32,
}

/// The statements of a text, empty ones left out, and the highest number of a parameter in them.
pub(crate) fn parse(sql: &str) -> Run<(Vec<Statement>, u32)> {
    if sql.len() > limits::BYTES {
        return Err(stop("54000 %", &[limits::BYTES_MESSAGE]).unknown());
    }
    let tokens = tokens(sql)?;
    let mut parser = Parser { sql, tokens: &tokens, at: 0, depth: 0, parameters: 0 };
    let mut statements = Vec::new();
    loop {
        while parser.accept(";") {}
        if parser.kind() == Kind::End {
            return Ok((statements, parser.parameters));
        }
        statements.push(parser.statement()?);
        if !parser.ended() {
            return Err(parser.unexpected());
        }
    }
}

impl<'a> Parser<'a> {
    fn token(&self, ahead: usize) -> &'a Token {
        // The end is always there and never passed.
        &self.tokens[(self.at + ahead).min(self.tokens.len() - 1)]
    }

    pub(super) fn kind(&self) -> Kind {
        self.token(0).kind
    }

    pub(super) fn kind_after(&self) -> Kind {
        self.token(1).kind
    }

    pub(super) fn start(&self) -> u32 {
        self.token(0).start
    }

    pub(super) fn text(&self) -> &'a Rc<str> {
        &self.token(0).text
    }

    /// The keyword, name or symbol so far ahead; empty where there is something else.
    #[inline(never)]
    pub(super) fn peek(&self, ahead: usize) -> &'a str {
        let token = self.token(ahead);
        if matches!(token.kind, Kind::Word | Kind::Symbol) { &token.text } else { "" }
    }

    #[inline(never)]
    pub(super) fn is(&self, expected: &str) -> bool {
        matches!(self.kind(), Kind::Word | Kind::Symbol) && *self.token(0).text == *expected
    }

    pub(super) fn is_in(&self, list: &str) -> bool {
        self.kind() == Kind::Word && listed(list, &self.token(0).text)
    }

    /// Whether the statement ends here.
    pub(super) fn ended(&self) -> bool {
        self.kind() == Kind::End || self.is(";")
    }

    pub(super) fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    pub(super) fn step_back(&mut self) {
        self.at -= 1;
    }

    /// Goes past a keyword or a symbol, where it is the next token.
    #[inline(never)]
    pub(super) fn accept(&mut self, expected: &str) -> bool {
        let found = self.is(expected);
        if found {
            self.advance();
        }
        found
    }

    /// Goes past one of some keywords.
    pub(super) fn accept_any(&mut self, list: &str) -> bool {
        let found = self.is_in(list);
        if found {
            self.advance();
        }
        found
    }

    #[inline(never)]
    pub(super) fn expect(&mut self, expected: &str) -> Run<()> {
        if self.accept(expected) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Several keywords in a row.
    pub(super) fn expect_all(&mut self, list: &str) -> Run<()> {
        for word in list.split(' ') {
            self.expect(word)?;
        }
        Ok(())
    }

    /// The syntax error at the next token, told as the mock's where PostgreSQL might go on.
    #[inline(never)]
    pub(super) fn unexpected(&self) -> Stop {
        let token = self.token(0);
        let written = self.sql.get(token.start as usize..token.end as usize).unwrap_or_default();
        let unknown = match token.kind {
            Kind::Word => listed(UNKNOWN, &token.text),
            Kind::Symbol => !listed(") ; *", &token.text),
            // A word before a string may be its type.
            Kind::Text => self.at > 0 && self.tokens[self.at - 1].kind == Kind::Word,
            _ => false,
        };
        syntax_error("syntax error", written, token.start as usize).unknown_if(unknown)
    }

    /// The syntax error at something that PostgreSQL knows.
    pub(super) fn beyond<T>(&self) -> Run<T> {
        Err(self.unexpected().unknown())
    }

    /// Whether a name stands here: a word that is not reserved, or a quoted one.
    pub(super) fn is_name(&self) -> bool {
        let reserved = || self.is_in(RESERVED);
        self.kind() == Kind::Quoted || self.kind() == Kind::Word && !reserved()
    }

    #[inline(never)]
    pub(super) fn name(&mut self) -> Run<Rc<str>> {
        if !self.is_name() {
            return Err(self.unexpected());
        }
        let name = self.text().clone();
        self.advance();
        Ok(name)
    }

    #[inline(never)]
    pub(super) fn table_name(&mut self) -> Run<TableName> {
        let mut table = TableName { at: self.start(), name: self.name()?, ..TableName::default() };
        if self.accept(".") {
            table.schema = Some(core::mem::replace(&mut table.name, self.name()?));
        }
        Ok(table)
    }

    /// A table and what it is called in the statement.
    pub(super) fn aliased_table(&mut self) -> Run<TableName> {
        let mut table = self.table_name()?;
        if self.accept("as") || self.is_name() && !self.is_in(UNKNOWN) && !self.is("set") {
            table.alias = Some(self.name()?);
        }
        Ok(table)
    }

    fn statement(&mut self) -> Run<Statement> {
        let word = self.peek(0);
        if self.kind() != Kind::Word {
            return Err(self.unexpected());
        }
        self.advance();
        if word == "select" {
            let mut statement = Box::default();
            self.select(&mut statement)?;
            return Ok(Statement::Select(statement));
        }
        self.command(word)
    }

    pub(super) fn targets(&mut self) -> Run<Vec<Target>> {
        let mut targets = Vec::new();
        loop {
            let at = self.start();
            let expr =
                if self.accept("*") { node(at, ExprKind::Star(None), "", Vec::new())? } else { self.expression()? };
            let named = self.kind() == Kind::Quoted || self.kind() == Kind::Word && !self.is_in(NEED_AS);
            let mut label = None;
            if self.accept("as") || named {
                // After AS any word is a name.
                if !matches!(self.kind(), Kind::Word | Kind::Quoted) {
                    return Err(self.unexpected());
                }
                label = Some(self.text().clone());
                self.advance();
            }
            targets.push((expr, label));
            if !self.accept(",") {
                return Ok(targets);
            }
        }
    }

    pub(super) fn filter(&mut self) -> Run<Option<Expr>> {
        if self.accept("where") { self.expression().map(Some) } else { Ok(None) }
    }

    fn select(&mut self, select: &mut RowStatement) -> Run<()> {
        self.accept("all");
        if !self.ended() && !self.is_in("from where order limit") {
            select.targets = self.targets()?;
        }
        if self.accept("from") {
            select.table = Some(self.aliased_table()?);
        }
        select.filter = self.filter()?;
        if self.accept("order") {
            self.expect("by")?;
            loop {
                let expr = self.expression()?;
                let descending = self.is("desc");
                self.accept_any("asc desc");
                let mut nulls_first = descending;
                if self.accept("nulls") {
                    nulls_first = self.is("first");
                    if !self.accept_any("first last") {
                        return Err(self.unexpected());
                    }
                }
                select.order.push(OrderKey { expr, descending, nulls_first });
                if !self.accept(",") {
                    break;
                }
            }
        }
        loop {
            if select.limit.is_none() && self.accept("limit") {
                if self.accept("all") {
                    continue;
                }
                select.limit = Some(self.expression()?);
            } else if select.offset.is_none() && self.accept("offset") {
                select.offset = Some(self.expression()?);
                self.accept_any("row rows");
            } else {
                return Ok(());
            }
        }
    }
}
