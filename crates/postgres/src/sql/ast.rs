//! Statements and expressions, as the parser gives them and the mock evaluates them. Few shapes, each used for much:
//! what differs stands in a field, not in a type of its own, which keeps the page's program small.

use std::rc::Rc;

use crate::value::{SqlType, SqlValue};

/// A type with what stands in parentheses after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TypeName {
    pub(crate) kind: SqlType,
    /// The length of a `varchar`, the precision of a `numeric`; 0 where there is none.
    pub(crate) size: u32,
    /// The scale of a `numeric`.
    pub(crate) scale: u8,
}

impl From<SqlType> for TypeName {
    fn from(kind: SqlType) -> Self {
        Self { kind, size: 0, scale: 0 }
    }
}

/// A name and where it stands.
pub(crate) type Name = (u32, Rc<str>);

/// An expression, which is handed on by its address.
pub(crate) type Expr = Box<Node>;

/// What an expression consists of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// Where PostgreSQL would point at it: at an operator, else at its beginning.
    pub(crate) at: u32,
    /// How deep it nests.
    pub(crate) depth: u16,
    pub(crate) kind: ExprKind,
    /// The name of a column, a function or an operator; the name after AS, in a list of results, stands beside it.
    pub(crate) name: Rc<str>,
    /// The expressions that it is made of.
    pub(crate) parts: Vec<Expr>,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ExprKind {
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
    pub(crate) fn start(&self) -> u32 {
        match self.parts.first() {
            Some(first) if self.kind != ExprKind::Call => first.start().min(self.at),
            _ => self.at,
        }
    }
}

/// One thing that a statement gives back: an expression, and what the column is called after AS.
pub(crate) type Target = (Expr, Option<Rc<str>>);

/// A table that a statement names.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TableName {
    pub(crate) at: u32,
    /// The schema, where it is named.
    pub(crate) schema: Option<Rc<str>>,
    pub(crate) name: Rc<str>,
    /// What columns may be qualified with instead of it.
    pub(crate) alias: Option<Rc<str>>,
}

/// One key of an ORDER BY: an expression, an output column's name, or its number.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OrderKey {
    pub(crate) expr: Expr,
    pub(crate) descending: bool,
    pub(crate) nulls_first: bool,
}

/// SELECT, INSERT, UPDATE or DELETE.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RowStatement {
    pub(crate) table: Option<TableName>,
    /// What it gives: the list of a SELECT, or RETURNING.
    pub(crate) targets: Vec<Target>,
    /// WHERE
    pub(crate) filter: Option<Expr>,
    pub(crate) order: Vec<OrderKey>,
    pub(crate) limit: Option<Expr>,
    pub(crate) offset: Option<Expr>,
    /// The columns that an INSERT names or an UPDATE sets.
    pub(crate) columns: Option<Vec<Name>>,
    /// The rows of an INSERT, or the one of an UPDATE; `None` stands for DEFAULT.
    pub(crate) rows: Vec<Vec<Option<Expr>>>,
}

/// A column of a CREATE TABLE.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ColumnDefinition {
    pub(crate) name: Rc<str>,
    pub(crate) kind: TypeName,
    /// `NOT NULL`, PRIMARY KEY and serial included.
    pub(crate) not_null: bool,
    pub(crate) default: Option<Expr>,
    /// A serial counts by itself.
    pub(crate) serial: bool,
}

/// PRIMARY KEY or UNIQUE.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Uniqueness {
    pub(crate) at: u32,
    pub(crate) primary: bool,
    pub(crate) columns: Vec<Name>,
}

/// A table definition.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CreateTable {
    pub(crate) table: TableName,
    pub(crate) temporary: bool,
    pub(crate) if_not_exists: bool,
    pub(crate) columns: Vec<ColumnDefinition>,
    pub(crate) unique: Vec<Uniqueness>,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Statement {
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
