//! Tokens to statements.

use std::rc::Rc;

use super::ast::{
    ColumnDefinition, CreateTable, Expr, ExprKind, Name, OrderKey, RowStatement, Statement, TableName, Target,
    TypeName, Uniqueness,
};
use super::expression::node;
use super::lexer::{Kind, Token, syntax_error, tokens};
use crate::limits;
use crate::postgres::error::{Run, Stop, stop};
use crate::postgres::value::SqlType;

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
pub(in crate::postgres) fn parse(sql: &str) -> Run<(Vec<Statement>, u32)> {
    if sql.len() > limits::SQL_BYTES {
        return Err(stop("54000 %", &[limits::SQL_BYTES_MESSAGE]).unknown());
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
    fn is(&self, expected: &str) -> bool {
        matches!(self.kind(), Kind::Word | Kind::Symbol) && *self.token(0).text == *expected
    }

    fn is_in(&self, list: &str) -> bool {
        self.kind() == Kind::Word && listed(list, &self.token(0).text)
    }

    /// Whether the statement ends here.
    fn ended(&self) -> bool {
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
    fn accept_any(&mut self, list: &str) -> bool {
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
    fn expect_all(&mut self, list: &str) -> Run<()> {
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
    fn beyond<T>(&self) -> Run<T> {
        Err(self.unexpected().unknown())
    }

    /// Whether a name stands here: a word that is not reserved, or a quoted one.
    fn is_name(&self) -> bool {
        self.kind() == Kind::Quoted || self.kind() == Kind::Word && !self.is_in(RESERVED)
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

    fn names(&mut self) -> Run<Vec<Name>> {
        self.expect("(")?;
        let mut names = Vec::new();
        loop {
            names.push((self.start(), self.name()?));
            if !self.accept(",") {
                self.expect(")")?;
                return Ok(names);
            }
        }
    }

    #[inline(never)]
    fn table_name(&mut self) -> Run<TableName> {
        let mut table = TableName { at: self.start(), name: self.name()?, ..TableName::default() };
        if self.accept(".") {
            table.schema = Some(core::mem::replace(&mut table.name, self.name()?));
        }
        Ok(table)
    }

    /// A table and what it is called in the statement.
    fn aliased_table(&mut self) -> Run<TableName> {
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
        if !limits::OWN_MODULES {
            self.step_back();
            return Err(self.unexpected());
        }
        Ok(match word {
            "insert" | "update" | "delete" => {
                let mut statement = Box::default();
                let command = match word {
                    "insert" => self.insert(&mut statement)?,
                    "update" => self.update(&mut statement)?,
                    _ => self.delete(&mut statement)?,
                };
                if self.accept("returning") {
                    statement.targets = self.targets()?;
                }
                Statement::Change(command, statement)
            }
            "create" => {
                let mut create = Box::default();
                self.create_table(&mut create)?;
                Statement::CreateTable(create)
            }
            "drop" => self.drop_table()?,
            "begin" => self.begin("BEGIN")?,
            "start" => {
                self.expect("transaction")?;
                self.begin("START")?
            }
            "commit" | "end" | "rollback" | "abort" => {
                self.accept_any("work transaction");
                Statement::End(matches!(word, "commit" | "end"))
            }
            "set" => self.set()?,
            "reset" if self.accept("all") => Statement::ResetAll,
            "reset" => Statement::Set("RESET", false, self.parameter()?, Vec::new()),
            "show" if self.is("all") => return self.beyond(),
            "show" => Statement::Show(self.parameter()?),
            "discard" => {
                let (all, temporary) = (self.is("all"), self.is_in("all temp temporary"));
                if !self.accept_any("all temp temporary plans sequences") {
                    return Err(self.unexpected());
                }
                Statement::Discard(all, temporary)
            }
            "deallocate" => {
                self.accept("prepare");
                Statement::Deallocate(if self.accept("all") { None } else { Some(self.name()?) })
            }
            _ => {
                self.step_back();
                return Err(self.unexpected());
            }
        })
    }

    /// What follows BEGIN: the modes that every transaction of the mock has.
    fn begin(&mut self, tag: &'static str) -> Run<Statement> {
        if tag == "BEGIN" {
            self.accept_any("work transaction");
        }
        while !self.ended() {
            let isolation = self.accept("isolation");
            if isolation {
                self.expect("level")?;
            }
            if isolation && !self.is("read") {
                return self.beyond();
            }
            self.expect("read")?;
            if !self.accept_any(if isolation { "committed uncommitted" } else { "write" }) {
                return self.beyond();
            }
            self.accept(",");
        }
        Ok(Statement::Begin(tag))
    }

    fn targets(&mut self) -> Run<Vec<Target>> {
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

    fn filter(&mut self) -> Run<Option<Expr>> {
        if self.accept("where") { self.expression().map(Some) } else { Ok(None) }
    }

    fn select(&mut self, select: &mut RowStatement) -> Run<()> {
        self.accept("all");
        if !self.ended() && !self.is_in("from where order limit") {
            select.targets = self.targets()?;
        }
        if !limits::OWN_MODULES {
            return Ok(());
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

    fn insert(&mut self, insert: &mut RowStatement) -> Run<&'static str> {
        self.expect("into")?;
        let mut table = self.table_name()?;
        if self.accept("as") {
            table.alias = Some(self.name()?);
        }
        insert.table = Some(table);
        if self.is("(") {
            insert.columns = Some(self.names()?);
        }
        if self.accept("default") {
            self.expect("values")?;
            insert.rows.push(Vec::new());
        } else {
            self.expect("values")?;
            loop {
                self.expect("(")?;
                let mut row = Vec::new();
                loop {
                    row.push(self.value_or_default()?);
                    if !self.accept(",") {
                        break;
                    }
                }
                self.expect(")")?;
                insert.rows.push(row);
                if !self.accept(",") {
                    break;
                }
            }
        }
        Ok("INSERT")
    }

    fn update(&mut self, update: &mut RowStatement) -> Run<&'static str> {
        update.table = Some(self.aliased_table()?);
        self.expect("set")?;
        let (mut names, mut values) = (Vec::new(), Vec::new());
        loop {
            names.push((self.start(), self.name()?));
            self.expect("=")?;
            values.push(self.value_or_default()?);
            if !self.accept(",") {
                break;
            }
        }
        update.columns = Some(names);
        update.rows.push(values);
        update.filter = self.filter()?;
        Ok("UPDATE")
    }

    fn delete(&mut self, delete: &mut RowStatement) -> Run<&'static str> {
        self.expect("from")?;
        delete.table = Some(self.aliased_table()?);
        delete.filter = self.filter()?;
        Ok("DELETE")
    }

    fn value_or_default(&mut self) -> Run<Option<Expr>> {
        if self.accept("default") { Ok(None) } else { self.expression().map(Some) }
    }

    fn create_table(&mut self, create: &mut CreateTable) -> Run<()> {
        create.temporary = self.accept_any("temp temporary");
        self.expect("table")?;
        create.if_not_exists = self.is("if");
        if create.if_not_exists {
            self.expect_all("if not exists")?;
        }
        create.table = self.table_name()?;
        if self.is("as") {
            return self.beyond();
        }
        self.expect("(")?;
        if self.accept(")") {
            return Ok(());
        }
        loop {
            if self.is_in("primary unique") {
                let mut unique = self.uniqueness()?;
                unique.columns = self.names()?;
                for column in &mut create.columns {
                    column.not_null |= unique.primary && unique.columns.iter().any(|(_, name)| *name == column.name);
                }
                create.unique.push(unique);
            } else {
                self.column(create)?;
            }
            if !self.accept(",") {
                return self.expect(")");
            }
        }
    }

    fn uniqueness(&mut self) -> Run<Uniqueness> {
        let (at, primary) = (self.start(), self.is("primary"));
        self.expect_all(if primary { "primary key" } else { "unique" })?;
        Ok(Uniqueness { at, primary, columns: Vec::new() })
    }

    fn column(&mut self, create: &mut CreateTable) -> Run<()> {
        let name = self.name()?;
        let serial = match self.peek(0) {
            "serial" | "serial4" => Some(SqlType::Int4),
            "bigserial" | "serial8" => Some(SqlType::Int8),
            "smallserial" | "serial2" => Some(SqlType::Int2),
            _ => None,
        };
        let kind = match serial {
            Some(kind) => {
                self.advance();
                TypeName::from(kind)
            }
            None => self.type_name()?,
        };
        let serial = serial.is_some();
        let mut column = ColumnDefinition { name, kind, not_null: serial, default: None, serial };
        loop {
            if self.accept("not") {
                self.expect("null")?;
                column.not_null = true;
            } else if self.accept("default") {
                column.default = Some(self.expression()?);
            } else if self.is_in("primary unique") {
                let mut unique = self.uniqueness()?;
                column.not_null |= unique.primary;
                unique.columns.push((unique.at, column.name.clone()));
                create.unique.push(unique);
            } else if !self.accept("null") {
                create.columns.push(column);
                return Ok(());
            }
        }
    }

    fn drop_table(&mut self) -> Run<Statement> {
        self.expect("table")?;
        let if_exists = self.is("if");
        if if_exists {
            self.expect_all("if exists")?;
        }
        let mut tables = Vec::new();
        loop {
            tables.push(self.table_name()?);
            if !self.accept(",") {
                break;
            }
        }
        // Nothing depends on a table of the mock.
        self.accept_any("cascade restrict");
        Ok(Statement::DropTable(tables, if_exists))
    }

    /// A parameter's name, in lower case; `a.b` is one that the application invented.
    fn parameter(&mut self) -> Run<Rc<str>> {
        if self.accept("time") {
            self.expect("zone")?;
            return Ok(Rc::from("timezone"));
        }
        let mut name = String::from(&*self.name()?);
        if self.accept(".") {
            name = name + "." + &self.name()?;
        }
        name.make_ascii_lowercase();
        Ok(Rc::from(name))
    }

    fn set(&mut self) -> Run<Statement> {
        let local = self.accept("local");
        if !local && self.peek(1) != "characteristics" {
            self.accept("session");
        }
        if self.is_in("transaction constraints role session authorization") {
            return self.beyond();
        }
        let zone = self.is("time");
        let name = self.parameter()?;
        if !self.accept("=") && !self.accept("to") && !zone {
            return Err(self.unexpected());
        }
        let mut values = Vec::new();
        if self.accept("default") {
            return Ok(Statement::Set("SET", local, name, values));
        }
        loop {
            let sign = if self.accept("-") { "-" } else { "" };
            let number = self.kind() == Kind::Number;
            let word = self.kind() == Kind::Text || self.is_name() || self.is_in("on true false");
            if !number && (!word || !sign.is_empty()) {
                return Err(self.unexpected());
            }
            values.push(Rc::from([sign, self.text()].concat()));
            self.advance();
            if !self.accept(",") {
                return Ok(Statement::Set("SET", local, name, values));
            }
        }
    }
}
