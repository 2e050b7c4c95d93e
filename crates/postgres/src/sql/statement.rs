//! The statements other than SELECT: changes of rows and tables, transactions, run-time parameters.

use std::rc::Rc;

use super::ast::{
    ColumnDefinition, ColumnName, CreateTable, Delete, DiscardTarget, Insert, NewValue, Statement, Target, TypeName,
    UniqueConstraint, Update,
};
use super::lexer::TokenKind;
use super::parser::Parser;
use super::types::serial_named;
use crate::error::Stop;

impl Parser<'_> {
    /// A statement.
    pub(super) fn statement(&mut self) -> Result<Statement, Stop> {
        if self.kind() != TokenKind::Word {
            return Err(self.unexpected());
        }
        let word = self.text();
        self.advance();
        Ok(match &**word {
            "select" => Statement::Select(Box::new(self.select()?)),
            "insert" => Statement::Insert(Box::new(self.insert()?)),
            "update" => Statement::Update(Box::new(self.update()?)),
            "delete" => Statement::Delete(Box::new(self.delete()?)),
            "create" => Statement::CreateTable(Box::new(self.create_table()?)),
            "drop" => self.drop_table()?,
            "begin" => {
                self.accept_any(&["work", "transaction"]);
                self.transaction_modes()?;
                Statement::Begin
            }
            "start" => {
                self.expect("transaction")?;
                self.transaction_modes()?;
                Statement::StartTransaction
            }
            "commit" | "end" => {
                self.accept_any(&["work", "transaction"]);
                Statement::Commit
            }
            "rollback" | "abort" => {
                self.accept_any(&["work", "transaction"]);
                Statement::Rollback
            }
            "set" => self.set()?,
            "reset" if self.accept("all") => Statement::ResetAll,
            "reset" => Statement::Reset(self.parameter_name()?),
            "show" if self.is("all") => return Err(self.unsupported()),
            "show" => Statement::Show(self.parameter_name()?),
            "discard" => Statement::Discard(self.discard_target()?),
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

    /// The modes after BEGIN, of which the mock has one: READ COMMITTED, READ WRITE.
    fn transaction_modes(&mut self) -> Result<(), Stop> {
        while !self.is_at_statement_end() {
            if self.accept("isolation") {
                self.expect("level")?;
                if !self.accept("read") || !self.accept_any(&["committed", "uncommitted"]) {
                    return Err(self.unsupported());
                }
            } else {
                self.expect("read")?;
                if !self.accept("write") {
                    return Err(self.unsupported());
                }
            }
            self.accept(",");
        }
        Ok(())
    }

    fn column_name(&mut self) -> Result<ColumnName, Stop> {
        Ok(ColumnName { position: self.position(), name: self.name()? })
    }

    fn new_value(&mut self) -> Result<NewValue, Stop> {
        if self.accept("default") { Ok(None) } else { self.expression().map(Some) }
    }

    fn returning(&mut self) -> Result<Vec<Target>, Stop> {
        if self.accept("returning") { self.targets() } else { Ok(Vec::new()) }
    }

    fn insert(&mut self) -> Result<Insert, Stop> {
        self.expect("into")?;
        let mut table = self.table_name()?;
        if self.accept("as") {
            table.alias = Some(self.name()?);
        }
        let columns = if self.is("(") { Some(self.parenthesized(Self::column_name)?) } else { None };
        let rows = if self.accept("default") {
            self.expect("values")?;
            vec![Vec::new()]
        } else {
            self.expect("values")?;
            self.list(|parser| parser.parenthesized(Self::new_value))?
        };
        Ok(Insert { table, columns, rows, returning: self.returning()? })
    }

    fn update(&mut self) -> Result<Update, Stop> {
        let table = self.aliased_table()?;
        self.expect("set")?;
        let assignments = self.list(|parser| {
            let column = parser.column_name()?;
            parser.expect("=")?;
            Ok((column, parser.new_value()?))
        })?;
        let (columns, values) = assignments.into_iter().unzip();
        Ok(Update { table, columns, values, filter: self.filter()?, returning: self.returning()? })
    }

    fn delete(&mut self) -> Result<Delete, Stop> {
        self.expect("from")?;
        Ok(Delete { table: self.aliased_table()?, filter: self.filter()?, returning: self.returning()? })
    }

    fn create_table(&mut self) -> Result<CreateTable, Stop> {
        let temporary = self.accept_any(&["temp", "temporary"]);
        self.expect("table")?;
        let if_not_exists = self.is("if");
        if if_not_exists {
            self.expect_all(&["if", "not", "exists"])?;
        }
        let table = self.table_name()?;
        if self.is("as") {
            return Err(self.unsupported());
        }
        let mut create = CreateTable { table, temporary, if_not_exists, columns: Vec::new(), constraints: Vec::new() };
        self.expect("(")?;
        if self.accept(")") {
            return Ok(create);
        }
        loop {
            if self.is_any(&["primary", "unique"]) {
                let (position, primary) = self.unique_constraint()?;
                let columns = self.parenthesized(Self::column_name)?;
                for column in &mut create.columns {
                    column.not_null |= primary && columns.iter().any(|key| key.name == column.name);
                }
                create.constraints.push(UniqueConstraint { position, primary, columns });
            } else {
                self.column_definition(&mut create)?;
            }
            if !self.accept(",") {
                self.expect(")")?;
                return Ok(create);
            }
        }
    }

    /// `PRIMARY KEY` or `UNIQUE`: its position, and true for a primary key.
    fn unique_constraint(&mut self) -> Result<(u32, bool), Stop> {
        let (position, primary) = (self.position(), self.is("primary"));
        self.expect_all(if primary { &["primary", "key"] } else { &["unique"] })?;
        Ok((position, primary))
    }

    fn column_definition(&mut self, create: &mut CreateTable) -> Result<(), Stop> {
        let name = self.name()?;
        let serial = serial_named(self.peek(0));
        let type_name = match serial {
            Some(data_type) => {
                self.advance();
                TypeName::from(data_type)
            }
            None => self.type_name()?,
        };
        let serial = serial.is_some();
        let mut column = ColumnDefinition { name, type_name, not_null: serial, default: None, serial };
        loop {
            if self.accept("not") {
                self.expect("null")?;
                column.not_null = true;
            } else if self.accept("default") {
                column.default = Some(self.expression()?);
            } else if self.is_any(&["primary", "unique"]) {
                let (position, primary) = self.unique_constraint()?;
                column.not_null |= primary;
                let columns = vec![ColumnName { position, name: column.name.clone() }];
                create.constraints.push(UniqueConstraint { position, primary, columns });
            } else if !self.accept("null") {
                create.columns.push(column);
                return Ok(());
            }
        }
    }

    fn drop_table(&mut self) -> Result<Statement, Stop> {
        self.expect("table")?;
        let if_exists = self.is("if");
        if if_exists {
            self.expect_all(&["if", "exists"])?;
        }
        let tables = self.list(Self::table_name)?;
        // Both mean the same here: nothing depends on a table of the mock.
        self.accept_any(&["cascade", "restrict"]);
        Ok(Statement::DropTable { tables, if_exists })
    }

    fn discard_target(&mut self) -> Result<DiscardTarget, Stop> {
        if self.accept("all") {
            Ok(DiscardTarget::All)
        } else if self.accept_any(&["temp", "temporary"]) {
            Ok(DiscardTarget::Temporary)
        } else if self.accept_any(&["plans", "sequences"]) {
            Ok(DiscardTarget::Nothing)
        } else {
            Err(self.unexpected())
        }
    }

    /// The name of a run-time parameter in lower case. A customized option has two parts: `my.option`.
    fn parameter_name(&mut self) -> Result<Rc<str>, Stop> {
        if self.accept("time") {
            self.expect("zone")?;
            return Ok(Rc::from("timezone"));
        }
        let first = self.name()?;
        let name = if self.accept(".") { format!("{first}.{}", self.name()?) } else { first.to_string() };
        Ok(Rc::from(name.to_ascii_lowercase()))
    }

    fn set(&mut self) -> Result<Statement, Stop> {
        let local = self.accept("local");
        if !local && self.peek(1) != "characteristics" {
            self.accept("session");
        }
        if self.is_any(&["transaction", "constraints", "role", "session", "authorization"]) {
            return Err(self.unsupported());
        }
        // `SET TIME ZONE 'UTC'` has no `=`.
        let is_time_zone = self.is("time");
        let name = self.parameter_name()?;
        if !self.accept("=") && !self.accept("to") && !is_time_zone {
            return Err(self.unexpected());
        }
        let values = if self.accept("default") { Vec::new() } else { self.list(Self::parameter_value)? };
        Ok(Statement::Set { name, values, local })
    }

    fn parameter_value(&mut self) -> Result<Rc<str>, Stop> {
        let negative = self.accept("-");
        let is_word = || self.kind() == TokenKind::String || self.is_name() || self.is_any(&["on", "true", "false"]);
        if self.kind() != TokenKind::Number && (negative || !is_word()) {
            return Err(self.unexpected());
        }
        let value = if negative { Rc::from(format!("-{}", self.text())) } else { self.text().clone() };
        self.advance();
        Ok(value)
    }
}
