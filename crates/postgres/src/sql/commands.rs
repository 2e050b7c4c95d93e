//! The statements other than SELECT: changes of rows and tables, transactions, parameters. The [parser](super::parser) comes
//! here when it has read a statement's first word.

use std::rc::Rc;

use super::ast::{ColumnDefinition, CreateTable, Expr, Name, RowStatement, Statement, TypeName, Uniqueness};
use super::lexer::Kind;
use super::parser::Parser;
use crate::error::Run;
use crate::value::SqlType;

impl Parser<'_> {
    /// What follows the first word of such a statement.
    pub(super) fn command(&mut self, word: &str) -> Run<Statement> {
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

    /// What stands between commas.
    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Run<T>) -> Run<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.accept(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// The same, in parentheses.
    fn enclosed<T>(&mut self, item: impl FnMut(&mut Self) -> Run<T>) -> Run<Vec<T>> {
        self.expect("(")?;
        let items = self.list(item)?;
        self.expect(")")?;
        Ok(items)
    }

    fn names(&mut self) -> Run<Vec<Name>> {
        self.enclosed(|parser| Ok((parser.start(), parser.name()?)))
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
            insert.rows = self.list(|parser| parser.enclosed(Self::value_or_default))?;
        }
        Ok("INSERT")
    }

    fn update(&mut self, update: &mut RowStatement) -> Run<&'static str> {
        update.table = Some(self.aliased_table()?);
        self.expect("set")?;
        let assignments = self.list(|parser| {
            let name = (parser.start(), parser.name()?);
            parser.expect("=")?;
            Ok((name, parser.value_or_default()?))
        })?;
        let (names, values) = assignments.into_iter().unzip();
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
        let tables = self.list(Self::table_name)?;
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
