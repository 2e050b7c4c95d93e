//! Expressions with operators. [`primary`](super::primary) parses the operands.

use super::super::ast::{
    Binary, CompoundOperator, Expression, ExpressionKind, Logical, Pattern, PatternKind, Span, Unary,
};
use super::super::lexer::TokenKind;
use super::super::subset;
use super::functions::{Binds, name_function};
use super::{Parsed, Parser};

/// A binary operator.
struct Operator {
    text: &'static str,
    /// A higher precedence binds more strongly.
    precedence: u8,
    result: CompoundOperator,
}

const fn binary(text: &'static str, precedence: u8, operator: Binary) -> Operator {
    Operator { text, precedence, result: CompoundOperator::Binary(operator) }
}

const fn logical(text: &'static str, precedence: u8, operator: Logical) -> Operator {
    Operator { text, precedence, result: CompoundOperator::Logical(operator) }
}

/// The binary operators. Only `**` associates to the right.
const OPERATORS: [Operator; 18] = [
    logical("??", 1, Logical::Nullish),
    logical("||", 2, Logical::Or),
    logical("&&", 3, Logical::And),
    binary("===", 4, Binary::StrictEqual),
    binary("!==", 4, Binary::StrictNotEqual),
    binary("==", 4, Binary::Equal),
    binary("!=", 4, Binary::NotEqual),
    binary("<", 5, Binary::Less),
    binary("<=", 5, Binary::LessOrEqual),
    binary(">", 5, Binary::Greater),
    binary(">=", 5, Binary::GreaterOrEqual),
    binary("instanceof", 5, Binary::InstanceOf),
    binary("+", 6, Binary::Add),
    binary("-", 6, Binary::Subtract),
    binary("*", 7, Binary::Multiply),
    binary("/", 7, Binary::Divide),
    binary("%", 7, Binary::Remainder),
    binary("**", POWER, Binary::Power),
];
/// The precedence of `**`.
const POWER: u8 = 8;

/// Returns the operator with this text.
fn operator(text: &str) -> Option<&'static Operator> {
    OPERATORS.iter().find(|operator| operator.text == text)
}

/// An operand of a binary operator.
struct Operand {
    value: Expression,
    /// The span with the parentheses around the value.
    span: Span,
    parenthesised: bool,
}

impl Parser<'_> {
    /// Parses an expression at a place where JavaScript allows the comma operator, and refuses that.
    pub(super) fn expression(&mut self) -> Parsed<Expression> {
        let expression = self.assignment()?;
        if self.at_mark(",") { Err(self.refuse(self.token().span, &subset::COMMA)) } else { Ok(expression) }
    }

    /// Returns true if the tokens from `start` to the current one are an expression in parentheses.
    pub(super) fn is_parenthesised(&self, start: usize) -> bool {
        let token = self.tokens[start.min(self.tokens.len() - 1)];
        self.text_of(token.span) == "(" && token.partner.is_some_and(|partner| partner as usize + 1 == self.at)
    }

    /// Parses an [AssignmentExpression](https://tc39.es/ecma262/#prod-AssignmentExpression).
    pub(super) fn assignment(&mut self) -> Parsed<Expression> {
        let outer = self.enter()?;
        let expression = self.assignment_inside()?;
        self.leave(outer);
        Ok(expression)
    }

    fn assignment_inside(&mut self) -> Parsed<Expression> {
        if let Some(kind) = self.arrow_here() {
            return self.arrow(kind);
        }
        let (first, start) = (self.at, self.token().span.start);
        if (self.at_mark("[") || self.at_mark("{")) && self.partner_is_followed_by(self.at, "=") {
            let target = self.pattern(Binds::Assigns)?;
            return self.assigned(start, target, false);
        }
        let left = self.conditional()?;
        if self.token().kind != TokenKind::Punctuator {
            return Ok(left);
        }
        if self.at_mark("=") {
            let names = !self.is_parenthesised(first);
            let target = self.simple_target(left)?;
            return self.assigned(start, target, names);
        }
        let text = self.token_text();
        let Some(operator) = text.strip_suffix('=').and_then(operator) else { return Ok(left) };
        if matches!(operator.precedence, 4 | 5) {
            return Ok(left);
        }
        let names = !self.is_parenthesised(first) && matches!(operator.result, CompoundOperator::Logical(_));
        let target = self.updated_target(left)?;
        self.advance();
        let mut value = self.assignment()?;
        if let (true, ExpressionKind::Name(name)) = (names, &target.kind) {
            name_function(&mut value, name);
        }
        let kind =
            ExpressionKind::Compound { operator: operator.result, target: Box::new(target), value: Box::new(value) };
        Ok(Expression { span: self.span_from(start), kind })
    }

    fn assigned(&mut self, start: u32, target: Pattern, names: bool) -> Parsed<Expression> {
        self.expect_mark("=")?;
        let mut value = self.assignment()?;
        if let (true, PatternKind::Name(name)) = (names, &target.kind) {
            name_function(&mut value, name);
        }
        let kind = ExpressionKind::Assign { target, value: Box::new(value) };
        Ok(Expression { span: self.span_from(start), kind })
    }

    /// Checks the target of an operator that reads and then writes it: a name, member or index.
    fn updated_target(&self, target: Expression) -> Parsed<Expression> {
        let span = target.span;
        let target = self.simple_target(target)?;
        Ok(match target.kind {
            PatternKind::Member(member) => *member,
            PatternKind::Name(name) => Expression { span, kind: ExpressionKind::Name(name) },
            PatternKind::Array { .. } | PatternKind::Object { .. } => {
                return Err(self.wrong(span, "nothing can be assigned to this", None));
            }
        })
    }

    fn conditional(&mut self) -> Parsed<Expression> {
        let start = self.token().span.start;
        let test = self.operators()?;
        if !self.take_mark("?") {
            return Ok(test);
        }
        let then = self.assignment()?;
        self.expect_mark(":")?;
        let otherwise = self.assignment()?;
        let kind =
            ExpressionKind::Conditional { test: Box::new(test), then: Box::new(then), otherwise: Box::new(otherwise) };
        Ok(Expression { span: self.span_from(start), kind })
    }

    /// Parses operands with binary operators between them. Two stacks replace recursion, so a long chain of operators needs
    /// no deep call stack.
    #[expect(clippy::expect_used, reason = "each waiting operator has its left operand on the other stack")]
    fn operators(&mut self) -> Parsed<Expression> {
        let mut last = self.operand()?;
        if self.operator_here()?.is_none() {
            return Ok(last.value);
        }
        let mut operands: Vec<Operand> = Vec::new();
        let mut waiting: Vec<&'static Operator> = Vec::new();
        while let Some(operator) = self.operator_here()? {
            let is_unary = matches!(last.value.kind, ExpressionKind::Unary { .. } | ExpressionKind::Await(_));
            if operator.precedence == POWER && is_unary && !last.parenthesised {
                let message = "a unary operator cannot stand before the left side of `**`";
                return Err(self.wrong(last.span, message, Some("parentheses that say which is meant")));
            }
            while let Some(earlier) = waiting.pop_if(|earlier| {
                earlier.precedence > operator.precedence
                    || (earlier.precedence == operator.precedence && operator.precedence != POWER)
            }) {
                let left = operands.pop().expect("a waiting operator has a left operand");
                last = self.combine(earlier, left, last)?;
            }
            self.advance();
            self.link()?;
            operands.push(last);
            waiting.push(operator);
            last = self.operand()?;
        }
        while let (Some(earlier), Some(left)) = (waiting.pop(), operands.pop()) {
            last = self.combine(earlier, left, last)?;
        }
        Ok(last.value)
    }

    fn operand(&mut self) -> Parsed<Operand> {
        let (first, start) = (self.at, self.token().span.start);
        let value = self.unary()?;
        Ok(Operand { value, span: self.span_from(start), parenthesised: self.is_parenthesised(first) })
    }

    fn operator_here(&self) -> Parsed<Option<&'static Operator>> {
        let token = self.token();
        if !matches!(token.kind, TokenKind::Punctuator | TokenKind::Name) {
            return Ok(None);
        }
        let text = self.token_text();
        if token.kind == TokenKind::Punctuator
            && let Some(refusal) = subset::refused_operator(text)
        {
            return Err(self.refuse(token.span, refusal));
        }
        Ok(operator(text))
    }

    fn combine(&self, operator: &Operator, left: Operand, right: Operand) -> Parsed<Operand> {
        let span = Span { start: left.span.start, end: right.span.end };
        let kind = match operator.result {
            CompoundOperator::Logical(logical) => {
                for side in [&left, &right] {
                    if let ExpressionKind::Logical { operator: inner, .. } = side.value.kind
                        && !side.parenthesised
                        && (inner == Logical::Nullish) != (logical == Logical::Nullish)
                    {
                        let message = "`??` cannot stand beside `&&` or `||` without parentheses";
                        return Err(self.wrong(span, message, Some("parentheses that say which is meant")));
                    }
                }
                ExpressionKind::Logical { operator: logical, left: Box::new(left.value), right: Box::new(right.value) }
            }
            CompoundOperator::Binary(binary) => {
                if binary == Binary::InstanceOf
                    && !matches!(&right.value.kind, ExpressionKind::Name(name) if subset::is_error(name))
                {
                    return Err(self.refuse(right.span, &subset::INSTANCEOF));
                }
                ExpressionKind::Binary { operator: binary, left: Box::new(left.value), right: Box::new(right.value) }
            }
        };
        Ok(Operand { value: Expression { span, kind }, span, parenthesised: false })
    }

    fn unary(&mut self) -> Parsed<Expression> {
        let token = self.token();
        let text = self.token_text();
        let operator = match (token.kind, text) {
            (TokenKind::Punctuator, "!") => Unary::Not,
            (TokenKind::Punctuator, "-") => Unary::Minus,
            (TokenKind::Punctuator, "+") => Unary::Plus,
            (TokenKind::Name, "typeof") => Unary::TypeOf,
            (TokenKind::Punctuator, "++" | "--") => {
                let increment = text == "++";
                let outer = self.enter()?;
                self.advance();
                let target = self.unary()?;
                let target = Box::new(self.updated_target(target)?);
                self.leave(outer);
                let kind = ExpressionKind::Update { increment, prefix: true, target };
                return Ok(Expression { span: self.span_from(token.span.start), kind });
            }
            (TokenKind::Name, "await") => {
                if !self.context.may_await {
                    return Err(self.refuse(token.span, &subset::AWAIT_OUTSIDE));
                }
                let outer = self.enter()?;
                self.advance();
                let operand = Box::new(self.unary()?);
                self.leave(outer);
                return Ok(Expression { span: self.span_from(token.span.start), kind: ExpressionKind::Await(operand) });
            }
            _ => return self.updated(),
        };
        let outer = self.enter()?;
        self.advance();
        let operand = Box::new(self.unary()?);
        self.leave(outer);
        let kind = ExpressionKind::Unary { operator, operand };
        Ok(Expression { span: self.span_from(token.span.start), kind })
    }

    /// Parses `a++` or `a--`, or an expression that binds more strongly.
    fn updated(&mut self) -> Parsed<Expression> {
        let start = self.token().span.start;
        let target = self.postfix()?;
        let increment = self.at_mark("++");
        if self.token().newline_before || !(increment || self.at_mark("--")) {
            return Ok(target);
        }
        let target = Box::new(self.updated_target(target)?);
        self.advance();
        self.link()?;
        let kind = ExpressionKind::Update { increment, prefix: false, target };
        Ok(Expression { span: self.span_from(start), kind })
    }
}
