//! Tokens to statements.

use std::rc::Rc;

use super::ast::{
    Change, ChangeKind, ColumnDefinition, CreateTable, Expr, ExprKind, OrderKey, Select, Setting, Statement, TableName,
    Target, TypeName,
};
use super::expression::too_deep;
use super::lexer::{Token, TokenKind, syntax_error, tokens};
use crate::limits;
use crate::postgres::error::SqlError;
use crate::postgres::value::{SqlType, SqlValue};

/// Words that are no names unless they are quoted.
const RESERVED: &str = " all analyse analyze and any array as asc asymmetric both case cast check collate column \
    constraint create current_catalog current_date current_role current_time current_timestamp current_user default \
    deferrable desc distinct do else end except false fetch for foreign from grant group having in initially intersect \
    into lateral leading limit localtime localtimestamp not null offset on only or order placing primary references \
    returning select session_user some symmetric table then to trailing true union unique user using variadic when where \
    window with ";

/// Words that no column is called by without AS, beside those that cannot be names.
const NEED_AS: &str = " from where order limit offset for group having union except intersect fetch window into on \
    returning as isnull notnull over filter within without overlaps array create grant to with ";

/// Words at which PostgreSQL goes on where the mock stops.
const UNKNOWN: &str = " alter analyze array at call case checkpoint close cluster collate comment conflict copy cross \
    current_date current_time cursor declare distinct do except execute exists explain fetch filter for full grant group \
    having inner instead intersect interval into isolation join lateral left listen localtime localtimestamp lock merge \
    move natural notify on only over overlaps prepare references reindex release revoke right row savepoint select \
    similar symmetric tablesample table truncate union unlisten using vacuum values window with check generated \
    constraint array session like view index sequence type schema function trigger database role unlogged extension \
    foreign cascade restrict current ";

fn listed(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|listed| listed == word)
}

/// The parser: tokens, and how far it has come.
pub(super) struct Parser<'a> {
    sql: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    pub(super) parameters: u32,
}

/// The statements of a text, empty ones left out, and the highest number of a parameter in them.
pub fn parse(sql: &str) -> Result<(Vec<Statement>, u32), SqlError> {
    if sql.len() > limits::SQL_BYTES {
        return Err(SqlError::new("54000", limits::SQL_BYTES_MESSAGE).unknown());
    }
    let mut parser = Parser { sql, tokens: tokens(sql)?, at: 0, depth: 0, parameters: 0 };
    let mut statements = Vec::new();
    loop {
        while parser.accept(";") {}
        if parser.kind() == &TokenKind::End {
            return Ok((statements, parser.parameters));
        }
        statements.push(parser.statement()?);
        if parser.kind() != &TokenKind::End && parser.text() != ";" {
            return Err(parser.unexpected());
        }
    }
}

impl Parser<'_> {
    fn token(&self, ahead: usize) -> &Token {
        // The end is always there and never passed.
        &self.tokens[(self.at + ahead).min(self.tokens.len() - 1)]
    }

    fn text_at(&self, ahead: usize) -> &str {
        let token = self.token(ahead);
        &self.sql[token.start as usize..token.end as usize]
    }

    fn word_at(&self, ahead: usize) -> &str {
        match &self.token(ahead).kind {
            TokenKind::Word(word) => word,
            _ => "",
        }
    }

    pub(super) fn kind(&self) -> &TokenKind {
        &self.token(0).kind
    }

    pub(super) fn kind_after(&self) -> &TokenKind {
        &self.token(1).kind
    }

    pub(super) fn start(&self) -> u32 {
        self.token(0).start
    }

    pub(super) fn text(&self) -> &str {
        self.text_at(0)
    }

    pub(super) fn text_after(&self) -> &str {
        self.text_at(1)
    }

    /// The keyword or name here, in lower case; empty where there is none.
    pub(super) fn word(&self) -> &str {
        self.word_at(0)
    }

    pub(super) fn word_after(&self) -> &str {
        self.word_at(1)
    }

    pub(super) fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    pub(super) fn step_back(&mut self) {
        self.at -= 1;
    }

    pub(super) fn advance_word(&mut self) -> Rc<str> {
        let word = Rc::from(self.word());
        self.advance();
        word
    }

    /// Goes past a keyword or a symbol, where it is the next token.
    pub(super) fn accept(&mut self, expected: &str) -> bool {
        let found = match self.kind() {
            TokenKind::Word(word) => **word == *expected,
            TokenKind::Symbol => self.text() == expected,
            _ => false,
        };
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn expect(&mut self, expected: &str) -> Result<(), SqlError> {
        if self.accept(expected) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// The syntax error at the next token, told as the mock's where PostgreSQL might go on.
    pub(super) fn unexpected(&self) -> SqlError {
        let error = syntax_error("syntax error", self.text(), self.start() as usize);
        let known = match self.kind() {
            TokenKind::Word(word) => !listed(UNKNOWN, word),
            TokenKind::Symbol => matches!(self.text(), ")" | ";" | "*"),
            _ => true,
        };
        if known { error } else { error.unknown() }
    }

    /// Runs `parse` one level deeper.
    pub(super) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, SqlError>) -> Result<T, SqlError> {
        if self.depth >= limits::NESTING {
            return Err(too_deep());
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// A name: a word that is not reserved, or a quoted one.
    pub(super) fn name(&mut self) -> Result<Rc<str>, SqlError> {
        let name = match self.kind() {
            TokenKind::Word(word) if !listed(RESERVED, word) => word.clone(),
            TokenKind::Quoted(name) => name.clone(),
            _ => return Err(self.unexpected()),
        };
        self.advance();
        Ok(name)
    }

    fn names(&mut self) -> Result<Vec<(u32, Rc<str>)>, SqlError> {
        self.expect("(")?;
        let mut names = Vec::new();
        loop {
            names.push((self.start(), self.name()?));
            if !self.accept(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(names)
    }

    fn table_name(&mut self) -> Result<TableName, SqlError> {
        let at = self.start();
        let mut name = self.name()?;
        let mut schema = None;
        if self.accept(".") {
            schema = Some(name);
            name = self.name()?;
        }
        Ok(TableName { at, schema, name, alias: None })
    }

    fn statement(&mut self) -> Result<Statement, SqlError> {
        let first = self.start();
        let word = self.word().to_owned();
        if !matches!(
            &*word,
            "select"
                | "insert"
                | "update"
                | "delete"
                | "create"
                | "drop"
                | "begin"
                | "start"
                | "commit"
                | "end"
                | "rollback"
                | "abort"
                | "set"
                | "reset"
                | "show"
                | "discard"
                | "deallocate"
        ) {
            return Err(self.unexpected());
        }
        self.advance();
        Ok(match &*word {
            "select" => Statement::Select(Box::new(self.select()?)),
            "insert" | "update" | "delete" => Statement::Change(Box::new(self.change(&word)?)),
            "create" => Statement::CreateTable(Box::new(self.create_table()?)),
            "drop" => self.drop_table()?,
            "begin" => self.begin("BEGIN")?,
            "start" => {
                self.expect("transaction")?;
                self.begin("START")?
            }
            "set" => self.set()?,
            "reset" if self.accept("all") => Statement::ResetAll,
            "reset" => Statement::Setting("RESET", self.parameter()?, Setting::Set(None)),
            "show" if self.word() == "all" => return Err(self.unexpected().unknown()),
            "show" => Statement::Setting("SHOW", self.parameter()?, Setting::Show),
            "discard" => {
                let what = self.advance_word();
                match &*what {
                    "all" => Statement::Discard(true, true),
                    "temp" | "temporary" => Statement::Discard(false, true),
                    "plans" | "sequences" => Statement::Discard(false, false),
                    _ => {
                        self.step_back();
                        return Err(self.unexpected());
                    }
                }
            }
            "deallocate" => {
                self.accept("prepare");
                Statement::Deallocate(if self.accept("all") { None } else { Some(self.name()?) })
            }
            word => {
                debug_assert!(matches!(word, "commit" | "end" | "rollback" | "abort"), "at {first}");
                let _ = self.accept("work") || self.accept("transaction");
                if matches!(word, "commit" | "end") { Statement::Commit } else { Statement::Rollback }
            }
        })
    }

    /// What follows BEGIN: the modes that every transaction of the mock has.
    fn begin(&mut self, tag: &'static str) -> Result<Statement, SqlError> {
        let _ = tag == "BEGIN" && (self.accept("work") || self.accept("transaction"));
        while self.kind() != &TokenKind::End && self.text() != ";" {
            if self.accept("isolation") {
                self.expect("level")?;
                if !self.accept("read") {
                    return Err(self.unexpected().unknown());
                }
                if !self.accept("committed") {
                    self.expect("uncommitted")?;
                }
            } else {
                self.expect("read")?;
                if self.word() == "only" {
                    return Err(self.unexpected().unknown());
                }
                self.expect("write")?;
            }
            self.accept(",");
        }
        Ok(Statement::Begin(tag))
    }

    fn targets(&mut self) -> Result<Vec<Target>, SqlError> {
        let mut targets = Vec::new();
        loop {
            let at = self.start();
            let expr =
                if self.accept("*") { Expr { at, depth: 0, kind: ExprKind::Star(None) } } else { self.expression()? };
            let mut label = None;
            if self.accept("as") {
                label = Some(self.any_name()?);
            } else if matches!(self.kind(), TokenKind::Word(word) if !listed(NEED_AS, word))
                || matches!(self.kind(), TokenKind::Quoted(_))
            {
                label = Some(self.any_name()?);
            }
            targets.push(Target { expr, label });
            if !self.accept(",") {
                return Ok(targets);
            }
        }
    }

    /// A name that may be a reserved word.
    fn any_name(&mut self) -> Result<Rc<str>, SqlError> {
        if let TokenKind::Word(word) = self.kind().clone() {
            self.advance();
            return Ok(word);
        }
        self.name()
    }

    fn filter(&mut self) -> Result<Option<Expr>, SqlError> {
        if self.accept("where") { self.expression().map(Some) } else { Ok(None) }
    }

    fn alias(&mut self, table: &mut TableName) -> Result<(), SqlError> {
        let named = matches!(self.kind(), TokenKind::Quoted(_))
            || matches!(self.kind(), TokenKind::Word(word) if !listed(RESERVED, word) && !listed(UNKNOWN, word) && **word != *"set");
        if self.accept("as") || named {
            table.alias = Some(self.name()?);
        }
        Ok(())
    }

    fn select(&mut self) -> Result<Select, SqlError> {
        let ends = matches!(self.word(), "from" | "where" | "order" | "limit") || matches!(self.text(), "" | ";");
        self.accept("all");
        let mut select = Select {
            targets: if ends { Vec::new() } else { self.targets()? },
            from: None,
            filter: None,
            order: Vec::new(),
            limit: None,
            offset: None,
        };
        if self.accept("from") {
            let mut table = self.table_name()?;
            self.alias(&mut table)?;
            select.from = Some(table);
        }
        select.filter = self.filter()?;
        if self.accept("order") {
            self.expect("by")?;
            loop {
                let expr = self.expression()?;
                let descending = self.accept("desc") || self.accept("asc") && false;
                let mut nulls_first = descending;
                if self.accept("nulls") {
                    nulls_first = self.accept("first");
                    if !nulls_first {
                        self.expect("last")?;
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
                let all = Expr { at: 0, depth: 0, kind: ExprKind::Literal(SqlType::Unknown, SqlValue::Null) };
                select.limit = Some(if self.accept("all") { all } else { self.expression()? });
            } else if select.offset.is_none() && self.accept("offset") {
                select.offset = Some(self.expression()?);
                let _ = self.accept("rows") || self.accept("row");
            } else {
                return Ok(select);
            }
        }
    }

    fn change(&mut self, word: &str) -> Result<Change, SqlError> {
        match word {
            "insert" => self.expect("into")?,
            "delete" => self.expect("from")?,
            _ => {}
        }
        let mut table = self.table_name()?;
        let kind = match word {
            "insert" => {
                if self.accept("as") {
                    table.alias = Some(self.name()?);
                }
                let columns = if self.text() == "(" { Some(self.names()?) } else { None };
                let mut rows = Vec::new();
                if self.accept("default") {
                    self.expect("values")?;
                    rows.push(Vec::new());
                } else if self.accept("values") {
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
                        rows.push(row);
                        if !self.accept(",") {
                            break;
                        }
                    }
                } else {
                    return Err(self.unexpected());
                }
                ChangeKind::Insert(columns, rows)
            }
            "update" => {
                self.alias(&mut table)?;
                self.expect("set")?;
                let mut sets = Vec::new();
                loop {
                    let at = self.start();
                    let name = self.name()?;
                    self.expect("=")?;
                    sets.push((at, name, self.value_or_default()?));
                    if !self.accept(",") {
                        break;
                    }
                }
                // UPDATE … FROM is a join.
                if self.word() == "from" {
                    return Err(self.unexpected().unknown());
                }
                ChangeKind::Update(sets, self.filter()?)
            }
            _ => {
                self.alias(&mut table)?;
                ChangeKind::Delete(self.filter()?)
            }
        };
        let returning = if self.accept("returning") { self.targets()? } else { Vec::new() };
        Ok(Change { table, kind, returning })
    }

    fn value_or_default(&mut self) -> Result<Option<Expr>, SqlError> {
        if self.accept("default") { Ok(None) } else { self.expression().map(Some) }
    }

    fn create_table(&mut self) -> Result<CreateTable, SqlError> {
        let temporary = self.accept("temp") || self.accept("temporary");
        self.expect("table")?;
        let if_not_exists = self.word() == "if";
        if if_not_exists {
            for word in ["if", "not", "exists"] {
                self.expect(word)?;
            }
        }
        let table = self.table_name()?;
        let mut create = CreateTable { table, temporary, if_not_exists, columns: Vec::new(), unique: Vec::new() };
        if self.word() == "as" {
            return Err(self.unexpected().unknown());
        }
        self.expect("(")?;
        while !self.accept(")") {
            if self.word() == "primary" || self.word() == "unique" {
                let primary = self.uniqueness()?;
                let columns = self.names()?;
                for column in &mut create.columns {
                    column.not_null |= primary && columns.iter().any(|(_, name)| *name == column.name);
                }
                create.unique.push((primary, columns));
            } else {
                self.column(&mut create)?;
            }
            if self.text() != ")" {
                self.expect(",")?;
                if self.text() == ")" {
                    return Err(self.unexpected());
                }
            }
        }
        Ok(create)
    }

    /// PRIMARY KEY (true) or UNIQUE.
    fn uniqueness(&mut self) -> Result<bool, SqlError> {
        let primary = self.accept("primary");
        self.expect(if primary { "key" } else { "unique" })?;
        Ok(primary)
    }

    fn column(&mut self, create: &mut CreateTable) -> Result<(), SqlError> {
        let at = self.start();
        let name = self.name()?;
        let serial = match self.word() {
            "serial" | "serial4" => Some(SqlType::Int4),
            "bigserial" | "serial8" => Some(SqlType::Int8),
            "smallserial" | "serial2" => Some(SqlType::Int2),
            _ => None,
        };
        let kind = match serial {
            Some(kind) => {
                self.advance();
                TypeName { kind, size: None, scale: 0 }
            }
            None => self.type_name()?,
        };
        let mut column = ColumnDefinition {
            name: name.clone(),
            kind,
            not_null: serial.is_some(),
            default: None,
            serial: serial.is_some(),
        };
        loop {
            if self.accept("not") {
                self.expect("null")?;
                column.not_null = true;
            } else if self.accept("default") {
                column.default = Some(self.expression()?);
            } else if self.word() == "primary" || self.word() == "unique" {
                let primary = self.uniqueness()?;
                column.not_null |= primary;
                create.unique.push((primary, vec![(at, name.clone())]));
            } else if !self.accept("null") {
                break;
            }
        }
        create.columns.push(column);
        Ok(())
    }

    fn drop_table(&mut self) -> Result<Statement, SqlError> {
        self.expect("table")?;
        let if_exists = self.accept("if");
        if if_exists {
            self.expect("exists")?;
        }
        let mut tables = vec![self.table_name()?];
        while self.accept(",") {
            tables.push(self.table_name()?);
        }
        // Nothing depends on a table of the mock.
        let _ = self.accept("cascade") || self.accept("restrict");
        Ok(Statement::DropTable(tables, if_exists))
    }

    /// A parameter's name; `a.b` is one that the application invented.
    fn parameter(&mut self) -> Result<Rc<str>, SqlError> {
        if self.accept("time") {
            self.expect("zone")?;
            return Ok(Rc::from("timezone"));
        }
        let name = self.name()?;
        if self.accept(".") { Ok(Rc::from(format!("{name}.{}", self.name()?))) } else { Ok(name) }
    }

    fn set(&mut self) -> Result<Statement, SqlError> {
        let local = self.accept("local");
        if !local && self.word() == "session" && self.word_after() != "characteristics" {
            self.advance();
        }
        if matches!(self.word(), "transaction" | "constraints" | "role" | "session" | "authorization") {
            return Err(self.unexpected().unknown());
        }
        let name = self.parameter()?;
        if *name != *"timezone" || matches!(self.text(), "=" | "to" | "TO") {
            let _ = self.accept("=") || { self.accept("to") } || return Err(self.unexpected());
        }
        let mut value = None;
        if !self.accept("default") {
            let mut text = String::new();
            loop {
                let negative = self.accept("-");
                match self.kind().clone() {
                    TokenKind::Text(word) => text += &word,
                    TokenKind::Number => {
                        text += if negative { "-" } else { "" };
                        text += self.text();
                    }
                    TokenKind::Word(word) if matches!(&*word, "on" | "true" | "false") => text += &word,
                    _ if negative => return Err(self.unexpected()),
                    _ => {
                        text += &self.name()?;
                        self.step_back();
                    }
                }
                self.advance();
                if !self.accept(",") {
                    break;
                }
                text += ", ";
            }
            value = Some(Rc::from(text));
        }
        let setting = if local { Setting::Local(value) } else { Setting::Set(value) };
        Ok(Statement::Setting("SET", name, setting))
    }
}
