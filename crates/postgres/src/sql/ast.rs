//! The syntax tree: statements and expressions, as the parser makes them and the executor evaluates them.

use core::cmp::Ordering;
use core::fmt;
use std::rc::Rc;

use crate::SqlState;
use crate::error::Stop;
use crate::limits;
use crate::value::{SqlType, SqlValue};

/// A type with its modifiers, such as `varchar(3)` or `numeric(6, 2)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TypeName {
    pub(crate) data_type: SqlType,
    pub(crate) modifier: Option<TypeModifier>,
}

/// The modifier of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TypeModifier {
    /// The longest text of a `varchar`, in characters.
    Length(u32),
    /// The number of digits of a `numeric`, and how many of them stand after the point.
    Precision { precision: u32, scale: u8 },
}

impl From<SqlType> for TypeName {
    fn from(data_type: SqlType) -> Self {
        Self { data_type, modifier: None }
    }
}

/// A column that a statement names, and the position of the name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ColumnName {
    pub(crate) position: u32,
    pub(crate) name: Rc<str>,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expr {
    /// The place that PostgreSQL's errors point at: the operator if there is one, else the beginning.
    pub(crate) position: u32,
    /// The number of levels below this one.
    depth: u16,
    pub(crate) kind: ExprKind,
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ExprKind {
    /// A literal. A string's type is unknown until its context decides.
    Literal(SqlType, SqlValue),
    /// `$1`
    Parameter(u32),
    Column {
        /// The table that qualifies the name.
        table: Option<Rc<str>>,
        name: Rc<str>,
    },
    /// `*` or `table.*`, only in a list of output columns.
    Star {
        table: Option<Rc<str>>,
    },
    /// An operator before its operand.
    Unary {
        operator: Operator,
        operand: Box<Expr>,
    },
    Binary {
        operator: Operator,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Not(Box<Expr>),
    /// `a AND b AND c`: one node, so that long conditions do not nest.
    And(Vec<Expr>),
    /// `a OR b OR c`: one node, so that long conditions do not nest.
    Or(Vec<Expr>),
    IsNull(Box<Expr>),
    /// `IS TRUE` or `IS FALSE`
    IsBoolean {
        operand: Box<Expr>,
        expected: bool,
    },
    IsDistinctFrom {
        left: Box<Expr>,
        right: Box<Expr>,
    },
    In {
        operand: Box<Expr>,
        list: Vec<Expr>,
    },
    /// `::` or `CAST`
    Cast {
        operand: Box<Expr>,
        to: TypeName,
    },
    /// A function call. `count(*)` has no arguments.
    Call {
        function: Rc<str>,
        arguments: Vec<Expr>,
    },
}

/// An operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Arithmetic(Arithmetic),
    Comparison(Comparison),
    /// `||`
    Concatenate,
    /// `LIKE`, or `ILIKE` if case is ignored.
    Like {
        ignores_case: bool,
    },
    /// An operator that the mock does not implement.
    Unknown(Rc<str>),
}

/// An arithmetic operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
}

impl Operator {
    pub(crate) fn from_symbol(symbol: &str) -> Self {
        match symbol {
            "+" => Self::Arithmetic(Arithmetic::Add),
            "-" => Self::Arithmetic(Arithmetic::Subtract),
            "*" => Self::Arithmetic(Arithmetic::Multiply),
            "/" => Self::Arithmetic(Arithmetic::Divide),
            "%" => Self::Arithmetic(Arithmetic::Remainder),
            "=" => Self::Comparison(Comparison::Equal),
            "<>" | "!=" => Self::Comparison(Comparison::NotEqual),
            "<" => Self::Comparison(Comparison::Less),
            ">" => Self::Comparison(Comparison::Greater),
            "<=" => Self::Comparison(Comparison::LessOrEqual),
            ">=" => Self::Comparison(Comparison::GreaterOrEqual),
            "||" => Self::Concatenate,
            "~~" => Self::Like { ignores_case: false },
            "~~*" => Self::Like { ignores_case: true },
            other => Self::Unknown(Rc::from(other)),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Arithmetic(Arithmetic::Add) => "+",
            Self::Arithmetic(Arithmetic::Subtract) => "-",
            Self::Arithmetic(Arithmetic::Multiply) => "*",
            Self::Arithmetic(Arithmetic::Divide) => "/",
            Self::Arithmetic(Arithmetic::Remainder) => "%",
            Self::Comparison(Comparison::Equal) => "=",
            Self::Comparison(Comparison::NotEqual) => "<>",
            Self::Comparison(Comparison::Less) => "<",
            Self::Comparison(Comparison::Greater) => ">",
            Self::Comparison(Comparison::LessOrEqual) => "<=",
            Self::Comparison(Comparison::GreaterOrEqual) => ">=",
            Self::Concatenate => "||",
            Self::Like { ignores_case: false } => "~~",
            Self::Like { ignores_case: true } => "~~*",
            Self::Unknown(symbol) => symbol,
        })
    }
}

impl Comparison {
    /// True if two values in this order satisfy the comparison.
    pub(crate) fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::Greater => ordering.is_gt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

impl Expr {
    /// An expression. Fails where it nests deeper than [`limits::NESTING`]: the executor recurses over it.
    pub(crate) fn new(position: u32, kind: ExprKind) -> Result<Self, Stop> {
        let depth = kind.children().map(|child| child.depth + 1).max().unwrap_or(0);
        if usize::from(depth) > limits::NESTING {
            return Err(nested_too_deeply());
        }
        Ok(Self { position, depth, kind })
    }

    /// A column without the table that qualifies it.
    pub(crate) fn column(position: u32, name: Rc<str>) -> Self {
        Self { position, depth: 0, kind: ExprKind::Column { table: None, name } }
    }

    /// The beginning of the whole expression.
    pub(crate) fn start(&self) -> u32 {
        match self.kind.children().next() {
            Some(first) if !matches!(self.kind, ExprKind::Call { .. }) => first.start().min(self.position),
            _ => self.position,
        }
    }
}

impl ExprKind {
    /// The expressions directly below this one, in the order of the text.
    pub(crate) fn children(&self) -> impl Iterator<Item = &Expr> {
        let (first, second, rest): (Option<&Expr>, Option<&Expr>, &[Expr]) = match self {
            Self::Literal(..) | Self::Parameter(_) | Self::Column { .. } | Self::Star { .. } => (None, None, &[]),
            Self::Unary { operand, .. }
            | Self::Not(operand)
            | Self::IsNull(operand)
            | Self::IsBoolean { operand, .. }
            | Self::Cast { operand, .. } => (Some(operand), None, &[]),
            Self::Binary { left, right, .. } | Self::IsDistinctFrom { left, right } => (Some(left), Some(right), &[]),
            Self::In { operand, list } => (Some(operand), None, list),
            Self::And(list) | Self::Or(list) | Self::Call { arguments: list, .. } => (None, None, list),
        };
        first.into_iter().chain(second).chain(rest)
    }
}

/// The error of an expression that nests too deeply.
pub(crate) fn nested_too_deeply() -> Stop {
    Stop::error(SqlState::STATEMENT_TOO_COMPLEX, limits::NESTING_MESSAGE)
}

/// An output column of a SELECT or of RETURNING.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Target {
    pub(crate) expr: Expr,
    /// The name after AS.
    pub(crate) label: Option<Rc<str>>,
}

/// A table that a statement names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TableName {
    pub(crate) position: u32,
    pub(crate) schema: Option<Rc<str>>,
    pub(crate) name: Rc<str>,
    /// The name that qualifies its columns instead of its own.
    pub(crate) alias: Option<Rc<str>>,
}

/// One key of ORDER BY: an expression, the name of an output column, or its number.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OrderKey {
    pub(crate) expr: Expr,
    pub(crate) descending: bool,
    pub(crate) nulls_first: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Select {
    pub(crate) targets: Vec<Target>,
    pub(crate) from: Option<TableName>,
    pub(crate) filter: Option<Expr>,
    pub(crate) order: Vec<OrderKey>,
    pub(crate) limit: Option<Expr>,
    pub(crate) offset: Option<Expr>,
}

/// The new value of a column; `None` stands for DEFAULT.
pub(crate) type NewValue = Option<Expr>;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Insert {
    pub(crate) table: TableName,
    /// The columns in parentheses; `None` stands for all of them.
    pub(crate) columns: Option<Vec<ColumnName>>,
    /// The rows of VALUES. DEFAULT VALUES is one empty row.
    pub(crate) rows: Vec<Vec<NewValue>>,
    pub(crate) returning: Vec<Target>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Update {
    pub(crate) table: TableName,
    /// The columns after SET.
    pub(crate) columns: Vec<ColumnName>,
    /// A new value for each of `columns`.
    pub(crate) values: Vec<NewValue>,
    pub(crate) filter: Option<Expr>,
    pub(crate) returning: Vec<Target>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Delete {
    pub(crate) table: TableName,
    pub(crate) filter: Option<Expr>,
    pub(crate) returning: Vec<Target>,
}

/// A column of CREATE TABLE.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ColumnDefinition {
    pub(crate) name: Rc<str>,
    pub(crate) type_name: TypeName,
    /// True for NOT NULL, PRIMARY KEY and serial columns.
    pub(crate) not_null: bool,
    pub(crate) default: Option<Expr>,
    /// True if the default is the next number of a sequence of its own.
    pub(crate) serial: bool,
}

/// A PRIMARY KEY or UNIQUE constraint.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct UniqueConstraint {
    pub(crate) position: u32,
    pub(crate) primary: bool,
    pub(crate) columns: Vec<ColumnName>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CreateTable {
    pub(crate) table: TableName,
    pub(crate) temporary: bool,
    pub(crate) if_not_exists: bool,
    pub(crate) columns: Vec<ColumnDefinition>,
    pub(crate) constraints: Vec<UniqueConstraint>,
}

/// The argument of DISCARD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DiscardTarget {
    All,
    /// `TEMP` or `TEMPORARY`
    Temporary,
    /// `PLANS` or `SEQUENCES`, of which the mock has none.
    Nothing,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Statement {
    Select(Box<Select>),
    Insert(Box<Insert>),
    Update(Box<Update>),
    Delete(Box<Delete>),
    CreateTable(Box<CreateTable>),
    DropTable {
        tables: Vec<TableName>,
        if_exists: bool,
    },
    /// BEGIN
    Begin,
    /// START TRANSACTION, which differs from BEGIN in its command tag.
    StartTransaction,
    Commit,
    Rollback,
    /// SET or SET LOCAL
    Set {
        name: Rc<str>,
        /// The values after `=`; none stands for DEFAULT.
        values: Vec<Rc<str>>,
        local: bool,
    },
    Reset(Rc<str>),
    ResetAll,
    Show(Rc<str>),
    Discard(DiscardTarget),
    /// DEALLOCATE of one prepared statement, or of all (`None`).
    Deallocate(Option<Rc<str>>),
}
