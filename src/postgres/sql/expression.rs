//! Expressions, by PostgreSQL's precedences: a Pratt parser.

use std::rc::Rc;

use super::ast::{Expr, ExprKind, TypeName};
use super::lexer::TokenKind;
use super::parser::Parser;
use crate::limits;
use crate::postgres::decimal::Decimal;
use crate::postgres::error::SqlError;
use crate::postgres::value::{SqlType, SqlValue};

/// Binding powers, weakest first. Comparisons, `IS` and `LIKE` and their kin do not associate.
mod power {
    pub const OR: u8 = 1;
    pub const AND: u8 = 2;
    pub const NOT: u8 = 3;
    pub const IS: u8 = 4;
    pub const COMPARISON: u8 = 5;
    pub const LIKE: u8 = 6;
    pub const OPERATOR: u8 = 7;
    pub const SUM: u8 = 8;
    pub const PRODUCT: u8 = 9;
    pub const POWER: u8 = 10;
    pub const SIGN: u8 = 11;
    pub const CAST: u8 = 12;
}

/// Words that are functions without parentheses.
const BARE_FUNCTIONS: [&str; 7] =
    ["current_timestamp", "current_user", "session_user", "user", "current_role", "current_catalog", "current_schema"];

/// The types by each of their names.
const TYPES: [(&str, SqlType); 18] = [
    ("int", SqlType::Int4),
    ("integer", SqlType::Int4),
    ("int4", SqlType::Int4),
    ("bigint", SqlType::Int8),
    ("int8", SqlType::Int8),
    ("smallint", SqlType::Int2),
    ("int2", SqlType::Int2),
    ("numeric", SqlType::Numeric),
    ("decimal", SqlType::Numeric),
    ("float8", SqlType::Float8),
    ("float", SqlType::Float8),
    ("text", SqlType::Text),
    ("varchar", SqlType::Varchar),
    ("bool", SqlType::Bool),
    ("boolean", SqlType::Bool),
    ("timestamptz", SqlType::Timestamptz),
    ("name", SqlType::Name),
    ("void", SqlType::Void),
];

impl Parser<'_> {
    /// An expression.
    pub(super) fn expression(&mut self) -> Result<Expr, SqlError> {
        self.binding(0)
    }

    /// Expressions between commas.
    pub(super) fn expressions(&mut self) -> Result<Vec<Expr>, SqlError> {
        let mut list = vec![self.expression()?];
        while self.accept(",") {
            list.push(self.expression()?);
        }
        Ok(list)
    }

    /// An expression node, one deeper than its deepest part.
    fn node(&self, at: u32, kind: ExprKind) -> Result<Expr, SqlError> {
        let depth = kind.parts().iter().map(|part| part.depth + 1).max().unwrap_or(0);
        if usize::from(depth) > limits::NESTING { Err(too_deep()) } else { Ok(Expr { at, depth, kind }) }
    }

    fn binding(&mut self, floor: u8) -> Result<Expr, SqlError> {
        self.nested(|parser| parser.binding_here(floor))
    }

    fn binding_here(&mut self, floor: u8) -> Result<Expr, SqlError> {
        let mut left = self.prefix()?;
        // What does not associate may not follow itself: the strongest power that may still come.
        let mut ceiling = u8::MAX;
        loop {
            let at = self.start();
            let text = self.text();
            let symbol = self.kind() == &TokenKind::Symbol;
            let power = match text {
                "::" if symbol => power::CAST,
                "=" | "<" | ">" | "<=" | ">=" | "<>" | "!=" if symbol => power::COMPARISON,
                "+" | "-" if symbol => power::SUM,
                "*" | "/" | "%" if symbol => power::PRODUCT,
                "^" if symbol => power::POWER,
                _ if symbol && text.starts_with(super::lexer::is_operator) => power::OPERATOR,
                _ => match self.word() {
                    "or" => power::OR,
                    "and" => power::AND,
                    "is" | "isnull" | "notnull" => power::IS,
                    "like" | "ilike" | "in" | "between" => power::LIKE,
                    "not" if matches!(self.word_after(), "like" | "ilike" | "in" | "between") => power::LIKE,
                    _ => return Ok(left),
                },
            };
            if power <= floor || power >= ceiling && (power::IS..=power::LIKE).contains(&power) {
                return Ok(left);
            }
            ceiling = power;
            left = match power {
                power::CAST => {
                    self.advance();
                    let name = self.type_name()?;
                    self.node(left.at, ExprKind::Cast(Box::new(left), name))?
                }
                power::OR | power::AND => self.logic(left, power == power::AND)?,
                power::IS => self.is(left)?,
                power::LIKE => self.like(left)?,
                _ => {
                    let name = Rc::from(if text == "!=" { "<>" } else { text });
                    self.advance();
                    let right = self.binding(power)?;
                    self.node(at, ExprKind::Operator(name, vec![left, right]))?
                }
            };
        }
    }

    /// `a AND b AND c` is one node, so that long conditions do not nest.
    fn logic(&mut self, left: Expr, and: bool) -> Result<Expr, SqlError> {
        let (word, power) = if and { ("and", power::AND) } else { ("or", power::OR) };
        let at = left.at;
        let mut parts = vec![left];
        while self.accept(word) {
            parts.push(self.binding(power)?);
        }
        self.node(at, ExprKind::Logic(and, parts))
    }

    fn is(&mut self, left: Expr) -> Result<Expr, SqlError> {
        let at = self.start();
        let word = self.advance_word();
        let negated = *word == *"notnull" || *word == *"is" && self.accept("not");
        let subject = Box::new(left);
        let kind = if *word != *"is" || self.accept("null") {
            ExprKind::IsNull(subject)
        } else if self.accept("unknown") {
            let boolean = TypeName { kind: SqlType::Bool, size: None, scale: 0 };
            ExprKind::IsNull(Box::new(self.node(at, ExprKind::Cast(subject, boolean))?))
        } else if self.accept("true") {
            ExprKind::Is(subject, true)
        } else if self.accept("false") {
            ExprKind::Is(subject, false)
        } else {
            self.expect("distinct")?;
            self.expect("from")?;
            ExprKind::Distinct(vec![*subject, self.binding(power::IS)?])
        };
        let test = self.node(at, kind)?;
        self.negated(negated, test)
    }

    fn like(&mut self, left: Expr) -> Result<Expr, SqlError> {
        let at = self.start();
        let negated = self.accept("not");
        let word = self.advance_word();
        let test = match &*word {
            "in" => {
                self.expect("(")?;
                let mut parts = vec![left];
                parts.append(&mut self.expressions()?);
                self.expect(")")?;
                self.node(at, ExprKind::In(parts))?
            }
            "between" => {
                let low = self.binding(power::LIKE)?;
                self.expect("and")?;
                let high = self.binding(power::LIKE)?;
                let low = self.node(at, ExprKind::Operator(Rc::from(">="), vec![left.clone(), low]))?;
                let high = self.node(at, ExprKind::Operator(Rc::from("<="), vec![left, high]))?;
                self.node(at, ExprKind::Logic(true, vec![low, high]))?
            }
            _ => {
                let name = Rc::from(if &*word == "like" { "~~" } else { "~~*" });
                let right = self.binding(power::LIKE)?;
                self.node(at, ExprKind::Operator(name, vec![left, right]))?
            }
        };
        self.negated(negated, test)
    }

    fn negated(&self, negated: bool, test: Expr) -> Result<Expr, SqlError> {
        if negated { self.node(test.at, ExprKind::Not(Box::new(test))) } else { Ok(test) }
    }

    fn prefix(&mut self) -> Result<Expr, SqlError> {
        let at = self.start();
        match self.kind().clone() {
            TokenKind::Number => {
                let literal = number(self.text());
                self.advance();
                self.node(
                    at,
                    literal.ok_or_else(|| SqlError::new("22003", "value overflows numeric format").at(at).unknown())?,
                )
            }
            TokenKind::Text(text) => {
                self.advance();
                self.node(at, ExprKind::Literal(SqlType::Unknown, SqlValue::Text(text)))
            }
            TokenKind::Parameter(number) => {
                self.parameters = self.parameters.max(number);
                self.advance();
                self.node(at, ExprKind::Parameter(number))
            }
            TokenKind::Symbol => match self.text() {
                "(" => {
                    self.advance();
                    let inner = self.expression()?;
                    self.expect(")")?;
                    Ok(inner)
                }
                sign @ ("-" | "+") => {
                    let name = Rc::from(sign);
                    self.advance();
                    let operand = self.binding(power::SIGN)?;
                    match operand.kind {
                        ExprKind::Literal(_, SqlValue::Int(value)) if &*name == "-" => {
                            self.node(at, whole(-i128::from(value)))
                        }
                        ExprKind::Literal(kind, SqlValue::Numeric(value)) if &*name == "-" => {
                            let value = Decimal { digits: -value.digits, scale: value.scale };
                            if value.scale == 0 && value.digits == i128::from(i64::MIN) {
                                return self.node(at, whole(value.digits));
                            }
                            self.node(at, ExprKind::Literal(kind, SqlValue::Numeric(value)))
                        }
                        _ => self.node(at, ExprKind::Operator(name, vec![operand])),
                    }
                }
                _ => Err(self.unexpected()),
            },
            TokenKind::Word(word) => self.word_expression(at, &word),
            TokenKind::Quoted(_) => self.name_expression(at),
            TokenKind::End => Err(self.unexpected()),
        }
    }

    fn word_expression(&mut self, at: u32, word: &str) -> Result<Expr, SqlError> {
        let boolean = TypeName { kind: SqlType::Bool, size: None, scale: 0 };
        match word {
            "null" => {
                self.advance();
                self.node(at, ExprKind::Literal(SqlType::Unknown, SqlValue::Null))
            }
            // PostgreSQL, too, reads these as casts: the column is called `bool`.
            "true" | "false" => {
                self.advance();
                let text = self.node(at, ExprKind::Literal(SqlType::Unknown, SqlValue::Text(Rc::from(word))))?;
                self.node(at, ExprKind::Cast(Box::new(text), boolean))
            }
            "not" => {
                self.advance();
                let operand = self.binding(power::NOT - 1)?;
                self.node(at, ExprKind::Not(Box::new(operand)))
            }
            "cast" => {
                self.advance();
                self.expect("(")?;
                let inner = self.expression()?;
                self.expect("as")?;
                let name = self.type_name()?;
                self.expect(")")?;
                self.node(inner.at, ExprKind::Cast(Box::new(inner), name))
            }
            _ if BARE_FUNCTIONS.contains(&word) => {
                self.advance();
                self.node(at, ExprKind::Call(Rc::from(word), Vec::new()))
            }
            _ if matches!(self.kind_after(), TokenKind::Text(_)) && TYPES.iter().any(|(name, _)| *name == word) => {
                let name = self.type_name()?;
                let text = self.prefix()?;
                self.node(text.at, ExprKind::Cast(Box::new(text), name))
            }
            _ => self.name_expression(at),
        }
    }

    /// A column or a call.
    fn name_expression(&mut self, at: u32) -> Result<Expr, SqlError> {
        let calls = matches!(self.kind_after(), TokenKind::Symbol) && self.text_after() == "(";
        // Some words are reserved except before a parenthesis, others are not functions even there.
        let name = self.name()?;
        if calls {
            self.advance();
            let mut arguments = Vec::new();
            if self.accept("*") {
                self.expect(")")?;
                if &*name != "count" {
                    return Err(SqlError::new(
                        "42809",
                        format!("{name}(*) specified, but {name} is not an aggregate function"),
                    )
                    .at(at)
                    .unknown());
                }
                return self.node(at, ExprKind::Call(name, arguments));
            }
            if !self.accept(")") {
                arguments = self.expressions()?;
                self.expect(")")?;
            } else if &*name == "count" {
                let message = "count(*) must be used to call a parameterless aggregate function";
                return Err(SqlError::new("42809", message).at(at));
            }
            return self.node(at, ExprKind::Call(name, arguments));
        }
        if !self.accept(".") {
            return self.node(at, ExprKind::Column(None, name));
        }
        if self.accept("*") {
            return self.node(at, ExprKind::Star(Some(name)));
        }
        let column = self.name()?;
        if self.text() == "(" && *name == *"pg_catalog" {
            self.step_back();
            return self.name_expression(at);
        }
        self.node(at, ExprKind::Column(Some(name), column))
    }

    /// A type.
    pub(super) fn type_name(&mut self) -> Result<TypeName, SqlError> {
        let at = self.start();
        let word = self.name()?;
        let phrase: &[&str] = match &*word {
            "double" => &["precision"],
            "character" => &["varying"],
            "timestamp" if self.word() == "with" => &["with", "time", "zone"],
            _ => &[],
        };
        for word in phrase {
            self.expect(word)?;
        }
        let name = match &*word {
            "double" => "float8",
            "character" => "varchar",
            "timestamp" if !phrase.is_empty() => "timestamptz",
            other => other,
        };
        let Some((_, kind)) = TYPES.iter().find(|(known, _)| *known == name) else {
            return Err(SqlError::new("42704", format!("type \"{word}\" does not exist")).at(at).unknown());
        };
        let mut name = TypeName { kind: *kind, size: None, scale: 0 };
        if matches!(kind, SqlType::Varchar | SqlType::Numeric) && self.accept("(") {
            name.size = Some(self.small_number()?);
            if *kind == SqlType::Numeric && self.accept(",") {
                // Small enough for every sum and product to be told exactly or as an overflow.
                name.scale = self.small_number()?.min(30) as u8;
            }
            self.expect(")")?;
        }
        if self.text() == "[" {
            return Err(self.unexpected());
        }
        Ok(name)
    }

    /// A number between 1 and what a size may be; a scale may be 0.
    fn small_number(&mut self) -> Result<u32, SqlError> {
        let number = self.text().parse().ok().filter(|_| self.kind() == &TokenKind::Number);
        let number = number.ok_or_else(|| self.unexpected())?;
        self.advance();
        Ok(number)
    }
}

pub(super) fn too_deep() -> SqlError {
    SqlError::new("54001", "stack depth limit exceeded")
}

/// A whole number in the narrowest type that holds it.
fn whole(value: i128) -> ExprKind {
    match i64::try_from(value) {
        Ok(value) if i32::try_from(value).is_ok() => ExprKind::Literal(SqlType::Int4, SqlValue::Int(value)),
        Ok(value) => ExprKind::Literal(SqlType::Int8, SqlValue::Int(value)),
        Err(_) => ExprKind::Literal(SqlType::Numeric, SqlValue::Numeric(Decimal { digits: value, scale: 0 })),
    }
}

/// A number as it is written, where the mock can hold it.
fn number(text: &str) -> Option<ExprKind> {
    let value = Decimal::parse(text)?;
    Some(if text.bytes().all(|byte| byte.is_ascii_digit()) {
        whole(value.digits)
    } else {
        ExprKind::Literal(SqlType::Numeric, SqlValue::Numeric(value))
    })
}
