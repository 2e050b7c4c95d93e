//! Expressions: a Pratt parser with PostgreSQL's precedences (PostgreSQL's documentation, "Operator Precedence").

use std::rc::Rc;

use super::ast::{Comparison, Expr, ExprKind, Operator, nested_too_deeply};
use super::keywords::BARE_FUNCTIONS;
use super::lexer::{TokenKind, is_operator};
use super::parser::Parser;
use super::types::type_named;
use crate::SqlState;
use crate::error::Stop;
use crate::limits;
use crate::numeric::Numeric;
use crate::value::{SqlType, SqlValue};

/// Binding powers of operators, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Power {
    /// The weakest operator binds stronger.
    Lowest,
    Or,
    And,
    Not,
    Is,
    Comparison,
    /// LIKE, IN, BETWEEN
    Like,
    /// All operators without a power of their own.
    Other,
    Sum,
    Product,
    Exponent,
    Sign,
    Cast,
}

impl Power {
    /// The power of the operator that starts with this word or symbol, and the word after it.
    fn of(word: &str, next: &str) -> Option<Self> {
        Some(match word {
            "or" => Self::Or,
            "and" => Self::And,
            "is" | "isnull" | "notnull" => Self::Is,
            "like" | "ilike" | "in" | "between" => Self::Like,
            "not" if matches!(next, "like" | "ilike" | "in" | "between") => Self::Like,
            "::" => Self::Cast,
            "=" | "<" | ">" | "<=" | ">=" | "<>" | "!=" => Self::Comparison,
            "+" | "-" => Self::Sum,
            "*" | "/" | "%" => Self::Product,
            "^" => Self::Exponent,
            word if word.bytes().next().is_some_and(is_operator) => Self::Other,
            _ => return None,
        })
    }

    /// True for operators that cannot stand on both sides of an operand, as in `a < b < c`.
    fn is_nonassociative(self) -> bool {
        (Self::Is..=Self::Like).contains(&self)
    }
}

/// A literal integer, of the narrowest type that holds it: `integer`, `bigint` or `numeric`.
fn integer_literal(value: i128) -> Option<ExprKind> {
    Some(match i64::try_from(value) {
        Ok(value) if i32::try_from(value).is_ok() => ExprKind::Literal(SqlType::Int4, SqlValue::Int(value)),
        Ok(value) => ExprKind::Literal(SqlType::Int8, SqlValue::Int(value)),
        Err(_) => numeric_literal(Numeric::new(value, 0)?),
    })
}

fn numeric_literal(value: Numeric) -> ExprKind {
    ExprKind::Literal(SqlType::Numeric, SqlValue::Numeric(Rc::new(value)))
}

/// A number as the lexer has read it; `None` if it has too many digits.
fn number_literal(text: &str) -> Option<ExprKind> {
    let value = Numeric::parse(text)?;
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        integer_literal(value.digits())
    } else {
        Some(numeric_literal(value))
    }
}

/// The literal with the opposite sign. `-9223372036854775808` is a `bigint` although its digits alone are not.
fn negated_literal(literal: &ExprKind) -> Option<ExprKind> {
    match literal {
        ExprKind::Literal(_, SqlValue::Int(value)) => integer_literal(-i128::from(*value)),
        ExprKind::Literal(_, SqlValue::Numeric(value)) => {
            let value = value.negate();
            if value.scale() == 0 && value.digits() == i128::from(i64::MIN) {
                integer_literal(value.digits())
            } else {
                Some(numeric_literal(value))
            }
        }
        _ => None,
    }
}

impl Parser<'_> {
    /// An expression.
    pub(super) fn expression(&mut self) -> Result<Expr, Stop> {
        self.binding(Power::Lowest)
    }

    /// An expression of the operators that bind stronger than `floor`.
    fn binding(&mut self, floor: Power) -> Result<Expr, Stop> {
        self.depth += 1;
        if self.depth > limits::NESTING {
            return Err(nested_too_deeply());
        }
        let mut left = self.prefix()?;
        let mut previous: Option<Power> = None;
        while let Some(power) = Power::of(self.peek(0), self.peek(1)) {
            let repeats = power.is_nonassociative() && previous.is_some_and(|previous| power >= previous);
            if power <= floor || repeats {
                break;
            }
            previous = Some(power);
            left = self.infix(left, power)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    /// Goes on from a left operand with an operator of this power.
    fn infix(&mut self, left: Expr, power: Power) -> Result<Expr, Stop> {
        let position = self.position();
        match power {
            Power::Cast => {
                self.advance();
                let to = self.type_name()?;
                Expr::new(position, ExprKind::Cast { operand: Box::new(left), to })
            }
            Power::Or => {
                let operands = self.operands(left, "or", Power::Or)?;
                Expr::new(position, ExprKind::Or(operands))
            }
            Power::And => {
                let operands = self.operands(left, "and", Power::And)?;
                Expr::new(position, ExprKind::And(operands))
            }
            Power::Is | Power::Like => self.predicate(left),
            _ => {
                let operator = Operator::from_symbol(self.text());
                self.advance();
                let right = Box::new(self.binding(power)?);
                Expr::new(position, ExprKind::Binary { operator, left: Box::new(left), right })
            }
        }
    }

    /// The operands of AND or OR.
    fn operands(&mut self, first: Expr, word: &str, power: Power) -> Result<Vec<Expr>, Stop> {
        let mut operands = vec![first];
        while self.accept(word) {
            operands.push(self.binding(power)?);
        }
        Ok(operands)
    }

    /// IS, LIKE, IN, BETWEEN and their variants, after their left operand.
    fn predicate(&mut self, left: Expr) -> Result<Expr, Stop> {
        let position = self.position();
        let mut negated = self.accept("not");
        let word = self.text();
        self.advance();
        let predicate = match &**word {
            "is" => {
                negated = self.accept("not");
                self.is_predicate(position, left)?
            }
            "isnull" => Expr::new(position, ExprKind::IsNull(Box::new(left)))?,
            "notnull" => {
                negated = true;
                Expr::new(position, ExprKind::IsNull(Box::new(left)))?
            }
            "in" => {
                let list = self.parenthesized(Self::expression)?;
                Expr::new(position, ExprKind::In { operand: Box::new(left), list })?
            }
            "between" => {
                let low = self.binding(Power::Like)?;
                self.expect("and")?;
                let high = self.binding(Power::Like)?;
                // `a BETWEEN low AND high` stands for `a >= low AND a <= high`.
                let compare = |comparison, left: Expr, right: Expr| {
                    let operator = Operator::Comparison(comparison);
                    let kind = ExprKind::Binary { operator, left: Box::new(left), right: Box::new(right) };
                    Expr::new(position, kind)
                };
                let bounds = vec![
                    compare(Comparison::GreaterOrEqual, left.clone(), low)?,
                    compare(Comparison::LessOrEqual, left, high)?,
                ];
                Expr::new(position, ExprKind::And(bounds))?
            }
            like => {
                let operator = Operator::Like { ignores_case: like == "ilike" };
                let right = Box::new(self.binding(Power::Like)?);
                Expr::new(position, ExprKind::Binary { operator, left: Box::new(left), right })?
            }
        };
        if negated { Expr::new(position, ExprKind::Not(Box::new(predicate))) } else { Ok(predicate) }
    }

    /// The rest of a predicate after IS or IS NOT.
    fn is_predicate(&mut self, position: u32, operand: Expr) -> Result<Expr, Stop> {
        let operand = Box::new(operand);
        let kind = if self.accept("null") {
            ExprKind::IsNull(operand)
        } else if self.accept("true") {
            ExprKind::IsBoolean { operand, expected: true }
        } else if self.accept("false") {
            ExprKind::IsBoolean { operand, expected: false }
        } else if self.accept("unknown") {
            // Like IS NULL, but only for booleans.
            let to = SqlType::Bool.into();
            ExprKind::IsNull(Box::new(Expr::new(position, ExprKind::Cast { operand, to })?))
        } else if self.accept("distinct") {
            self.expect("from")?;
            ExprKind::IsDistinctFrom { left: operand, right: Box::new(self.binding(Power::Is)?) }
        } else {
            return Err(self.unexpected());
        };
        Expr::new(position, kind)
    }

    /// An operand, with the operators before it.
    fn prefix(&mut self) -> Result<Expr, Stop> {
        let position = self.position();
        let text = self.text();
        let kind = match self.kind() {
            TokenKind::Number => {
                let Some(literal) = number_literal(text) else {
                    let error = Stop::error(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format");
                    return Err(error.at(position).unknown_to_mock());
                };
                literal
            }
            TokenKind::String => ExprKind::Literal(SqlType::Unknown, SqlValue::Text(text.clone())),
            TokenKind::Parameter => {
                let number = text.parse().unwrap_or(u32::MAX);
                self.highest_parameter = self.highest_parameter.max(number);
                ExprKind::Parameter(number)
            }
            TokenKind::QuotedIdentifier => return self.name_expression(),
            TokenKind::End => return Err(self.unexpected()),
            TokenKind::Word => return self.word_expression(),
            TokenKind::Symbol => return self.symbol_expression(),
        };
        self.advance();
        Expr::new(position, kind)
    }

    /// An operand that starts with a parenthesis or a sign.
    fn symbol_expression(&mut self) -> Result<Expr, Stop> {
        let position = self.position();
        let symbol = self.text();
        match &**symbol {
            "(" => {
                self.advance();
                let inner = self.expression()?;
                self.expect(")")?;
                Ok(inner)
            }
            "-" | "+" => {
                self.advance();
                let operand = self.binding(Power::Sign)?;
                let ExprKind::Literal(_, SqlValue::Int(_) | SqlValue::Numeric(_)) = &operand.kind else {
                    let operator = Operator::from_symbol(symbol);
                    return Expr::new(position, ExprKind::Unary { operator, operand: Box::new(operand) });
                };
                match negated_literal(&operand.kind) {
                    Some(negative) if &**symbol == "-" => Expr::new(position, negative),
                    _ => Ok(operand),
                }
            }
            // PostgreSQL has more operators that stand before their operand.
            other => {
                let may_be_prefix = other != "*" && other.bytes().next().is_some_and(is_operator);
                Err(self.unexpected().unknown_to_mock_if(may_be_prefix))
            }
        }
    }

    /// An operand that starts with a keyword or a name.
    fn word_expression(&mut self) -> Result<Expr, Stop> {
        let position = self.position();
        let word = self.text();
        let kind = match &**word {
            "null" => {
                self.advance();
                ExprKind::Literal(SqlType::Unknown, SqlValue::Null)
            }
            "true" | "false" => {
                self.advance();
                ExprKind::Literal(SqlType::Bool, SqlValue::Bool(&**word == "true"))
            }
            "not" => {
                self.advance();
                // The operand may itself start with NOT.
                ExprKind::Not(Box::new(self.binding(Power::Not)?))
            }
            "cast" => {
                self.advance();
                self.expect("(")?;
                let operand = Box::new(self.expression()?);
                self.expect("as")?;
                let to = self.type_name()?;
                self.expect(")")?;
                ExprKind::Cast { operand, to }
            }
            word if BARE_FUNCTIONS.contains(&word) => {
                let function = self.text().clone();
                self.advance();
                ExprKind::Call { function, arguments: Vec::new() }
            }
            // A constant with its type before it: `int '1'`.
            word if self.kind_after_next() == TokenKind::String && type_named(word).is_some() => {
                let to = self.type_name()?;
                ExprKind::Cast { operand: Box::new(self.prefix()?), to }
            }
            _ => return self.name_expression(),
        };
        Expr::new(position, kind)
    }

    /// A column or a function call.
    fn name_expression(&mut self) -> Result<Expr, Stop> {
        let position = self.position();
        let name = self.name()?;
        if self.is("(") {
            return self.call(position, name);
        }
        if !self.accept(".") {
            return Ok(Expr::column(position, name));
        }
        if self.accept("*") {
            return Expr::new(position, ExprKind::Star { table: Some(name) });
        }
        let second = self.name()?;
        if &*name == "pg_catalog" && self.is("(") {
            return self.call(position, second);
        }
        Expr::new(position, ExprKind::Column { table: Some(name), name: second })
    }

    /// A function call from its opening parenthesis.
    fn call(&mut self, position: u32, function: Rc<str>) -> Result<Expr, Stop> {
        self.expect("(")?;
        let takes_star = matches!(&*function, "count" | "sum" | "avg" | "min" | "max");
        let mut arguments = Vec::new();
        if self.accept("*") {
            self.expect(")")?;
            if !takes_star {
                let message = format!("function {function}() does not exist");
                return Err(Stop::error(SqlState::UNDEFINED_FUNCTION, message).at(position).unknown_to_mock());
            }
        } else if !self.is(")") {
            arguments = self.list(Self::expression)?;
            self.expect(")")?;
        } else if &*function == "coalesce" {
            // The grammar itself requires an argument.
            return Err(self.unexpected());
        } else {
            self.advance();
            if &*function == "count" {
                let message = "count(*) must be used to call a parameterless aggregate function";
                return Err(Stop::error(SqlState::WRONG_OBJECT_TYPE, message).at(position));
            }
        }
        Expr::new(position, ExprKind::Call { function, arguments })
    }
}
