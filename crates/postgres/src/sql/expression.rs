//! Expressions, by PostgreSQL's precedences: a Pratt parser.

use std::rc::Rc;

use super::ast::{Expr, ExprKind, Node, TypeName};
use super::lexer::{Kind, is_operator};
use super::parser::{Parser, listed};
use crate::decimal::Decimal;
use crate::error::{Run, Stop, stop};
use crate::limits;
use crate::value::{SqlType, SqlValue};

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
const BARE_FUNCTIONS: &str =
    "current_timestamp current_user session_user user current_role current_catalog current_schema";

/// The names of the types, each type's in a row.
const TYPES: [(&str, SqlType); 11] = [
    ("int integer int4", SqlType::Int4),
    ("bigint int8", SqlType::Int8),
    ("smallint int2", SqlType::Int2),
    ("numeric decimal", SqlType::Numeric),
    ("float8 float double", SqlType::Float8),
    ("text", SqlType::Text),
    ("varchar character", SqlType::Varchar),
    ("bool boolean", SqlType::Bool),
    ("timestamptz", SqlType::Timestamptz),
    ("name", SqlType::Name),
    ("void", SqlType::Void),
];

pub(super) fn too_deep() -> Stop {
    stop("54001 stack depth limit exceeded", &[])
}

/// An expression, one deeper than its deepest part.
#[inline(never)]
pub(super) fn node(at: u32, kind: ExprKind, name: &str, parts: Vec<Expr>) -> Run<Expr> {
    let depth = parts.iter().fold(0, |depth, part| depth.max(part.depth + 1));
    if usize::from(depth) > limits::NESTING {
        return Err(too_deep());
    }
    Ok(Box::new(Node { at, depth, kind, name: Rc::from(name), parts }))
}

/// A whole number in the narrowest type that holds it.
fn whole(value: i128) -> ExprKind {
    match i64::try_from(value) {
        Ok(value) if i32::try_from(value).is_ok() => ExprKind::Literal(SqlType::Int4, SqlValue::Int(value)),
        Ok(value) => ExprKind::Literal(SqlType::Int8, SqlValue::Int(value)),
        Err(_) => numeric(Decimal { digits: value, scale: 0 }),
    }
}

fn numeric(value: Decimal) -> ExprKind {
    ExprKind::Literal(SqlType::Numeric, SqlValue::Numeric(Rc::new(value)))
}

/// The type that has that name.
fn type_named(name: &str) -> Option<SqlType> {
    TYPES.iter().find(|(names, _)| listed(names, name)).map(|(_, kind)| *kind)
}

impl Parser<'_> {
    /// An expression.
    pub(super) fn expression(&mut self) -> Run<Expr> {
        self.binding(0)
    }

    /// What binds stronger than `floor`.
    fn binding(&mut self, floor: u8) -> Run<Expr> {
        self.depth += 1;
        if self.depth > limits::NESTING {
            return Err(too_deep());
        }
        let mut left = self.prefix()?;
        // What does not associate may not follow itself: the strongest power that may still come.
        let mut ceiling = u8::MAX;
        loop {
            let word = self.peek(0);
            let power = match word {
                "or" => power::OR,
                "and" => power::AND,
                "is" | "isnull" | "notnull" => power::IS,
                "like" | "ilike" | "in" | "between" => power::LIKE,
                "not" if listed("like ilike in between", self.peek(1)) => power::LIKE,
                "::" => power::CAST,
                "=" | "<" | ">" | "<=" | ">=" | "<>" | "!=" => power::COMPARISON,
                "+" | "-" => power::SUM,
                "*" | "/" | "%" => power::PRODUCT,
                "^" => power::POWER,
                word if word.bytes().next().is_some_and(is_operator) => power::OPERATOR,
                _ => 0,
            };
            if power <= floor || power >= ceiling && (power::IS..=power::LIKE).contains(&power) {
                self.depth -= 1;
                return Ok(left);
            }
            ceiling = power;
            left = self.infix(left, power, word)?;
        }
    }

    fn infix(&mut self, left: Expr, power: u8, word: &str) -> Run<Expr> {
        let at = self.start();
        let mut parts = vec![left];
        match power {
            power::CAST => {
                self.advance();
                let name = self.type_name()?;
                return node(at, ExprKind::Cast(name), "", parts);
            }
            // `a AND b AND c` is one node, so that long conditions do not nest.
            power::OR | power::AND => {
                while self.accept(word) {
                    parts.push(self.binding(power)?);
                }
                return node(at, ExprKind::Logic(power == power::AND), "", parts);
            }
            power::IS | power::LIKE => {}
            _ => {
                self.advance();
                parts.push(self.binding(power)?);
                return node(at, ExprKind::Operator, if word == "!=" { "<>" } else { word }, parts);
            }
        }
        let mut negated = self.accept("not");
        let word = self.peek(0);
        self.advance();
        let test = match word {
            "is" => {
                negated = self.accept("not");
                let word = self.peek(0);
                self.advance();
                match word {
                    "null" => node(at, ExprKind::IsNull, "", parts)?,
                    "true" | "false" => node(at, ExprKind::Is(word == "true"), "", parts)?,
                    "unknown" => {
                        let boolean = node(at, ExprKind::Cast(SqlType::Bool.into()), "", parts)?;
                        node(at, ExprKind::IsNull, "", vec![boolean])?
                    }
                    "distinct" => {
                        self.expect("from")?;
                        parts.push(self.binding(power::IS)?);
                        node(at, ExprKind::Distinct, "", parts)?
                    }
                    _ => {
                        self.step_back();
                        return Err(self.unexpected());
                    }
                }
            }
            "isnull" | "notnull" => {
                negated = word == "notnull";
                node(at, ExprKind::IsNull, "", parts)?
            }
            "in" => {
                self.expect("(")?;
                self.arguments(&mut parts)?;
                node(at, ExprKind::In, "", parts)?
            }
            "between" => {
                let mut above = parts.clone();
                parts.push(self.binding(power::LIKE)?);
                self.expect("and")?;
                above.push(self.binding(power::LIKE)?);
                let low = node(at, ExprKind::Operator, ">=", parts)?;
                let high = node(at, ExprKind::Operator, "<=", above)?;
                node(at, ExprKind::Logic(true), "", vec![low, high])?
            }
            _ => {
                parts.push(self.binding(power::LIKE)?);
                node(at, ExprKind::Operator, if word == "like" { "~~" } else { "~~*" }, parts)?
            }
        };
        if negated { node(at, ExprKind::Not, "", vec![test]) } else { Ok(test) }
    }

    /// Expressions between commas, up to the parenthesis that closes them.
    fn arguments(&mut self, list: &mut Vec<Expr>) -> Run<()> {
        loop {
            list.push(self.expression()?);
            if !self.accept(",") {
                return self.expect(")");
            }
        }
    }

    fn prefix(&mut self) -> Run<Expr> {
        let at = self.start();
        let text = self.text();
        let kind = match self.kind() {
            Kind::Number => {
                let Some(value) = Decimal::parse(text) else {
                    return Err(stop("22003 value overflows numeric format", &[]).at(at).unknown());
                };
                if text.bytes().all(|byte| byte.is_ascii_digit()) { whole(value.digits) } else { numeric(value) }
            }
            Kind::Text => ExprKind::Literal(SqlType::Unknown, SqlValue::Text(text.clone())),
            Kind::Parameter => {
                let number = text.parse().unwrap_or(u32::MAX);
                self.parameters = self.parameters.max(number);
                ExprKind::Parameter(number)
            }
            Kind::Quoted => return self.name_expression(at),
            Kind::End => return Err(self.unexpected()),
            Kind::Word | Kind::Symbol => return self.word_expression(at, text),
        };
        self.advance();
        node(at, kind, "", Vec::new())
    }

    fn word_expression(&mut self, at: u32, word: &str) -> Run<Expr> {
        let kind = match word {
            "null" => ExprKind::Literal(SqlType::Unknown, SqlValue::Null),
            "true" | "false" => ExprKind::Literal(SqlType::Bool, SqlValue::Bool(word == "true")),
            "(" => {
                self.advance();
                let inner = self.expression()?;
                self.expect(")")?;
                return Ok(inner);
            }
            "-" | "+" => {
                self.advance();
                let operand = self.binding(power::SIGN)?;
                let negative = match &operand.kind {
                    ExprKind::Literal(_, SqlValue::Int(value)) => whole(-i128::from(*value)),
                    ExprKind::Literal(_, SqlValue::Numeric(value)) => {
                        let value = value.negative();
                        // The most negative bigint has a positive that is none.
                        let whole_number = value.scale == 0 && value.digits == i128::from(i64::MIN);
                        if whole_number { whole(value.digits) } else { numeric(value) }
                    }
                    _ => return node(at, ExprKind::Operator, word, vec![operand]),
                };
                return if word == "+" { Ok(operand) } else { node(at, negative, "", Vec::new()) };
            }
            "not" => {
                self.advance();
                let operand = self.binding(power::NOT - 1)?;
                return node(at, ExprKind::Not, "", vec![operand]);
            }
            "cast" => {
                self.advance();
                self.expect("(")?;
                let inner = self.expression()?;
                self.expect("as")?;
                let name = self.type_name()?;
                self.expect(")")?;
                return node(at, ExprKind::Cast(name), "", vec![inner]);
            }
            _ if self.kind() == Kind::Symbol => {
                // Some operators stand before their operand.
                let prefix = word.bytes().next().is_some_and(|byte| byte != b'*' && is_operator(byte));
                return Err(self.unexpected().unknown_if(prefix));
            }
            _ if listed(BARE_FUNCTIONS, word) => {
                self.advance();
                return node(at, ExprKind::Call, word, Vec::new());
            }
            _ if self.kind_after() == Kind::Text && type_named(word).is_some() => {
                let name = self.type_name()?;
                let text = self.prefix()?;
                return node(at, ExprKind::Cast(name), "", vec![text]);
            }
            _ => return self.name_expression(at),
        };
        self.advance();
        node(at, kind, "", Vec::new())
    }

    /// A column or a call.
    fn name_expression(&mut self, at: u32) -> Run<Expr> {
        let name = self.name()?;
        if self.accept("(") {
            let mut arguments = Vec::new();
            let star = self.accept("*");
            if star {
                self.expect(")")?;
            } else if self.peek(0) != ")" {
                self.arguments(&mut arguments)?;
            } else if &*name == "coalesce" {
                return Err(self.unexpected());
            } else {
                self.advance();
            }
            if star && !listed("count sum avg min max", &name) {
                return Err(stop("42883 function %() does not exist", &[&name]).at(at).unknown());
            }
            if !star && arguments.is_empty() && &*name == "count" {
                let message = "count(*) must be used to call a parameterless aggregate function";
                return Err(stop("42809 %", &[message]).at(at));
            }
            return node(at, ExprKind::Call, &name, arguments);
        }
        if !self.accept(".") {
            return node(at, ExprKind::Column(None), &name, Vec::new());
        }
        if self.accept("*") {
            return node(at, ExprKind::Star(Some(name)), "", Vec::new());
        }
        if &*name == "pg_catalog" && self.peek(1) == "(" {
            return self.name_expression(at);
        }
        let column = self.name()?;
        node(at, ExprKind::Column(Some(name)), &column, Vec::new())
    }

    /// A type.
    pub(super) fn type_name(&mut self) -> Run<TypeName> {
        let at = self.start();
        let mut word = self.name()?;
        let phrase = match &*word {
            "double" => "precision",
            "character" => "varying",
            "timestamp" if self.peek(0) == "with" => "with time zone",
            _ => "",
        };
        for word in phrase.split_ascii_whitespace() {
            self.expect(word)?;
        }
        if &*word == "timestamp" && !phrase.is_empty() {
            word = Rc::from("timestamptz");
        }
        let Some(kind) = type_named(&word) else {
            return Err(stop("42704 type \"%\" does not exist", &[&word]).at(at).unknown());
        };
        let mut name = TypeName::from(kind);
        if matches!(kind, SqlType::Varchar | SqlType::Numeric) && self.accept("(") {
            name.size = self.small_number()?.max(1);
            if kind == SqlType::Numeric && self.accept(",") {
                // Small enough for every sum and product to be told exactly or as an overflow.
                name.scale = self.small_number()?.min(30) as u8;
            }
            self.expect(")")?;
        }
        if self.peek(0) == "[" {
            return Err(self.unexpected());
        }
        Ok(name)
    }

    fn small_number(&mut self) -> Run<u32> {
        match self.text().parse() {
            Ok(number) if self.kind() == Kind::Number => {
                self.advance();
                Ok(number)
            }
            _ => Err(self.unexpected()),
        }
    }
}
