//! Statements and expressions, as the parser gives them and the mock evaluates them.

use std::rc::Rc;

use crate::postgres::value::{SqlType, SqlValue};

/// A type with what stands in parentheses after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeName {
    /// The type.
    pub kind: SqlType,
    /// The length of a `varchar`, the precision of a `numeric`.
    pub size: Option<u32>,
    /// The scale of a `numeric`.
    pub scale: u8,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Where PostgreSQL would point at it: at an operator, else at its beginning.
    pub at: u32,
    /// How deep it nests.
    pub depth: u16,
    /// What it is.
    pub kind: ExprKind,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A literal; a string's type is still unknown.
    Literal(SqlType, SqlValue),
    /// `$1`
    Parameter(u32),
    /// A column, with the table that qualifies it.
    Column(Option<Rc<str>>, Rc<str>),
    /// An operator with its one or two operands.
    Operator(Rc<str>, Vec<Expr>),
    /// `NOT`
    Not(Box<Expr>),
    /// Operands joined by `AND` (true) or `OR` (false).
    Logic(bool, Vec<Expr>),
    /// `IS NULL`
    IsNull(Box<Expr>),
    /// `IS TRUE`, `IS FALSE`
    Is(Box<Expr>, bool),
    /// `IS DISTINCT FROM`
    Distinct(Vec<Expr>),
    /// The first is one of the others.
    In(Vec<Expr>),
    /// `::` and `CAST`
    Cast(Box<Expr>, TypeName),
    /// A function; `count(*)` has no arguments.
    Call(Rc<str>, Vec<Expr>),
    /// `*` or `table.*`, in a list of results alone.
    Star(Option<Rc<str>>),
}

impl Expr {
    /// The expressions that it is made of.
    pub fn parts(&self) -> &[Self] {
        self.kind.parts()
    }

    /// Where it begins: what PostgreSQL points at where it speaks of the whole.
    pub fn start(&self) -> u32 {
        match &self.kind {
            ExprKind::Call(..) => self.at,
            _ => self.parts().first().map_or(self.at, |first| first.start().min(self.at)),
        }
    }
}

impl ExprKind {
    /// The expressions that it is made of.
    pub fn parts(&self) -> &[Expr] {
        match self {
            Self::Literal(..) | Self::Parameter(_) | Self::Column(..) | Self::Star(_) => &[],
            Self::Not(part) | Self::IsNull(part) | Self::Is(part, _) | Self::Cast(part, _) => {
                core::slice::from_ref(part)
            }
            Self::Operator(_, parts)
            | Self::Logic(_, parts)
            | Self::Distinct(parts)
            | Self::In(parts)
            | Self::Call(_, parts) => parts,
        }
    }
}

/// One thing that a statement gives back: an expression and what the column is called.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The expression.
    pub expr: Expr,
    /// The name after AS.
    pub label: Option<Rc<str>>,
}

/// A table that a statement names.
#[derive(Clone, Debug, PartialEq)]
pub struct TableName {
    /// Where.
    pub at: u32,
    /// The schema, where it is named.
    pub schema: Option<Rc<str>>,
    /// The name.
    pub name: Rc<str>,
    /// What columns may be qualified with instead of it.
    pub alias: Option<Rc<str>>,
}

/// One key of an ORDER BY.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderKey {
    /// The expression, an output column's name, or its number.
    pub expr: Expr,
    /// `DESC`
    pub descending: bool,
    /// `NULLS FIRST`
    pub nulls_first: bool,
}

/// A query.
#[derive(Clone, Debug, PartialEq)]
pub struct Select {
    /// What it gives.
    pub targets: Vec<Target>,
    /// From which table.
    pub from: Option<TableName>,
    /// WHERE
    pub filter: Option<Expr>,
    /// ORDER BY
    pub order: Vec<OrderKey>,
    /// LIMIT
    pub limit: Option<Expr>,
    /// OFFSET
    pub offset: Option<Expr>,
}

/// A change of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Of which table.
    pub table: TableName,
    /// Which change.
    pub kind: ChangeKind,
    /// RETURNING
    pub returning: Vec<Target>,
}

/// The kinds of change.
#[derive(Clone, Debug, PartialEq)]
pub enum ChangeKind {
    /// The columns named, and the rows; `None` stands for DEFAULT.
    Insert(Option<Vec<(u32, Rc<str>)>>, Vec<Vec<Option<Expr>>>),
    /// The columns set, and WHERE.
    Update(Vec<(u32, Rc<str>, Option<Expr>)>, Option<Expr>),
    /// WHERE
    Delete(Option<Expr>),
}

/// A column of a CREATE TABLE.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnDefinition {
    /// Its name.
    pub name: Rc<str>,
    /// Its type.
    pub kind: TypeName,
    /// `NOT NULL`, PRIMARY KEY and serial included.
    pub not_null: bool,
    /// `DEFAULT`
    pub default: Option<Expr>,
    /// A serial counts by itself.
    pub serial: bool,
}

/// A table definition.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTable {
    /// Its name.
    pub table: TableName,
    /// `TEMP`
    pub temporary: bool,
    /// `IF NOT EXISTS`
    pub if_not_exists: bool,
    /// The columns.
    pub columns: Vec<ColumnDefinition>,
    /// PRIMARY KEY (true) and UNIQUE constraints, by their columns' names.
    pub unique: Vec<(bool, Vec<(u32, Rc<str>)>)>,
}

/// What SET, RESET and SHOW do with a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// SET; `None` is DEFAULT and RESET.
    Set(Option<Rc<str>>),
    /// `SET LOCAL`
    Local(Option<Rc<str>>),
    /// SHOW
    Show,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // the names are SQL's
pub enum Statement {
    Select(Box<Select>),
    Change(Box<Change>),
    CreateTable(Box<CreateTable>),
    /// The tables, and IF EXISTS.
    DropTable(Vec<TableName>, bool),
    /// BEGIN; the tag is START for START TRANSACTION.
    Begin(&'static str),
    Commit,
    Rollback,
    /// The parameter as it was written, and what to do with it.
    Setting(&'static str, Rc<str>, Setting),
    ResetAll,
    /// DISCARD; whether ALL, else whether TEMP.
    Discard(bool, bool),
    /// DEALLOCATE; `None` is ALL.
    Deallocate(Option<Rc<str>>),
}
