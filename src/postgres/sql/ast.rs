//! Statements and expressions, as the parser gives them and the mock evaluates them. Few shapes, each used for much:
//! what differs stands in a field, not in a type of its own, which keeps the page's program small.

use std::rc::Rc;

use crate::postgres::value::{SqlType, SqlValue};

/// A type with what stands in parentheses after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::postgres) struct TypeName {
    pub(in crate::postgres) kind: SqlType,
    /// The length of a `varchar`, the precision of a `numeric`; 0 where there is none.
    pub(in crate::postgres) size: u32,
    /// The scale of a `numeric`.
    pub(in crate::postgres) scale: u8,
}

impl From<SqlType> for TypeName {
    fn from(kind: SqlType) -> Self {
        Self { kind, size: 0, scale: 0 }
    }
}

/// A name and where it stands.
pub(in crate::postgres) type Name = (u32, Rc<str>);

/// An expression, which is handed on by its address.
pub(in crate::postgres) type Expr = Box<Node>;

/// What an expression consists of.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::postgres) struct Node {
    /// Where PostgreSQL would point at it: at an operator, else at its beginning.
    pub(in crate::postgres) at: u32,
    /// How deep it nests.
    pub(in crate::postgres) depth: u16,
    pub(in crate::postgres) kind: ExprKind,
    /// The name of a column, a function or an operator; the name after AS, in a list of results, stands beside it.
    pub(in crate::postgres) name: Rc<str>,
    /// The expressions that it is made of.
    pub(in crate::postgres) parts: Vec<Expr>,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::postgres) enum ExprKind {
    /// A literal; a string's type is still unknown.
    Literal(SqlType, SqlValue),
    /// `$1`
    Parameter(u32),
    /// A column, with the table that qualifies it.
    Column(Option<Rc<str>>),
    /// `*` or `table.*`, in a list of results alone.
    Star(Option<Rc<str>>),
    /// An operator with its one or two operands.
    Operator,
    /// `NOT`
    Not,
    /// Operands joined by `AND` (true) or `OR` (false).
    Logic(bool),
    /// `IS NULL`
    IsNull,
    /// `IS TRUE`, `IS FALSE`
    Is(bool),
    /// `IS DISTINCT FROM`
    Distinct,
    /// The first is one of the others.
    In,
    /// `::` and `CAST`
    Cast(TypeName),
    /// A function; `count(*)` has no arguments.
    Call,
}

impl Node {
    /// Where it begins: what PostgreSQL points at where it speaks of the whole.
    pub(in crate::postgres) fn start(&self) -> u32 {
        match self.parts.first() {
            Some(first) if self.kind != ExprKind::Call => first.start().min(self.at),
            _ => self.at,
        }
    }
}

/// One thing that a statement gives back: an expression, and what the column is called after AS.
pub(in crate::postgres) type Target = (Expr, Option<Rc<str>>);

/// A table that a statement names.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::postgres) struct TableName {
    pub(in crate::postgres) at: u32,
    /// The schema, where it is named.
    pub(in crate::postgres) schema: Option<Rc<str>>,
    pub(in crate::postgres) name: Rc<str>,
    /// What columns may be qualified with instead of it.
    pub(in crate::postgres) alias: Option<Rc<str>>,
}

/// One key of an ORDER BY: an expression, an output column's name, or its number.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::postgres) struct OrderKey {
    pub(in crate::postgres) expr: Expr,
    pub(in crate::postgres) descending: bool,
    pub(in crate::postgres) nulls_first: bool,
}

/// SELECT, INSERT, UPDATE or DELETE.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::postgres) struct RowStatement {
    pub(in crate::postgres) table: Option<TableName>,
    /// What it gives: the list of a SELECT, or RETURNING.
    pub(in crate::postgres) targets: Vec<Target>,
    /// WHERE
    pub(in crate::postgres) filter: Option<Expr>,
    pub(in crate::postgres) order: Vec<OrderKey>,
    pub(in crate::postgres) limit: Option<Expr>,
    pub(in crate::postgres) offset: Option<Expr>,
    /// The columns that an INSERT names or an UPDATE sets.
    pub(in crate::postgres) columns: Option<Vec<Name>>,
    /// The rows of an INSERT, or the one of an UPDATE; `None` stands for DEFAULT.
    pub(in crate::postgres) rows: Vec<Vec<Option<Expr>>>,
}

/// A column of a CREATE TABLE.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::postgres) struct ColumnDefinition {
    pub(in crate::postgres) name: Rc<str>,
    pub(in crate::postgres) kind: TypeName,
    /// `NOT NULL`, PRIMARY KEY and serial included.
    pub(in crate::postgres) not_null: bool,
    pub(in crate::postgres) default: Option<Expr>,
    /// A serial counts by itself.
    pub(in crate::postgres) serial: bool,
}

/// PRIMARY KEY or UNIQUE.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::postgres) struct Uniqueness {
    pub(in crate::postgres) at: u32,
    pub(in crate::postgres) primary: bool,
    pub(in crate::postgres) columns: Vec<Name>,
}

/// A table definition.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::postgres) struct CreateTable {
    pub(in crate::postgres) table: TableName,
    pub(in crate::postgres) temporary: bool,
    pub(in crate::postgres) if_not_exists: bool,
    pub(in crate::postgres) columns: Vec<ColumnDefinition>,
    pub(in crate::postgres) unique: Vec<Uniqueness>,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::postgres) enum Statement {
    Select(Box<RowStatement>),
    /// INSERT, UPDATE or DELETE.
    Change(&'static str, Box<RowStatement>),
    CreateTable(Box<CreateTable>),
    /// The tables, and IF EXISTS.
    DropTable(Vec<TableName>, bool),
    /// BEGIN; the tag is START for START TRANSACTION.
    Begin(&'static str),
    /// COMMIT (true) or ROLLBACK.
    End(bool),
    /// SET, SET LOCAL (true), and RESET with its own tag: the parameter, and its values; none is the default.
    Set(&'static str, bool, Rc<str>, Vec<Rc<str>>),
    Show(Rc<str>),
    ResetAll,
    /// DISCARD; whether ALL, else whether TEMP.
    Discard(bool, bool),
    /// DEALLOCATE; `None` is ALL.
    Deallocate(Option<Rc<str>>),
}
