//! The text of expressions in error messages, as V8's
//! [`CallPrinter`](https://github.com/v8/v8/blob/main/src/ast/prettyprinter.cc) writes it.

use std::rc::Rc;

use crate::ast::{Binary, Element, Expression, ExpressionKind, Logical, Property, Unary};
use crate::maths;
use crate::number;
use crate::value::Value;

/// The length, in bytes, after which a text ends.
const LONGEST: usize = 400;

/// Returns the text of an expression: `knex.client.pool`, `f(...)`, `(intermediate value)`.
pub(super) fn describe(expression: &Expression) -> Rc<str> {
    if let ExpressionKind::Name(name) = &expression.kind {
        return name.clone();
    }
    let mut text = String::new();
    print(expression, &mut text);
    text.into()
}

/// Returns the message for an expression whose value is not iterable.
pub(super) fn iterable(expression: &Expression) -> Rc<str> {
    match &expression.kind {
        ExpressionKind::Call { callee, .. } | ExpressionKind::New { callee, .. } => {
            format!("{} is not a function or its return value is not iterable", describe(callee)).into()
        }
        _ => format!("{} is not iterable", describe(expression)).into(),
    }
}

/// Returns the message for the value of an array pattern in a declaration. `None` if V8 prints the value instead, which it
/// does for expressions whose position is not that of their first token.
pub(super) fn iterable_in_declaration(expression: &Expression) -> Option<Rc<str>> {
    let named = match &expression.kind {
        ExpressionKind::Call { callee, .. } => matches!(callee.kind, ExpressionKind::Name(_)),
        ExpressionKind::Member { .. }
        | ExpressionKind::Index { .. }
        | ExpressionKind::Chain(_)
        | ExpressionKind::Binary { .. }
        | ExpressionKind::Logical { .. }
        | ExpressionKind::Assign { .. }
        | ExpressionKind::Compound { .. } => false,
        _ => true,
    };
    named.then(|| iterable(expression))
}

fn print(expression: &Expression, out: &mut String) {
    if out.len() > LONGEST {
        return;
    }
    if let Some(literal) = folded(expression) {
        out.push_str(&literal);
        return;
    }
    match &expression.kind {
        ExpressionKind::Null => out.push_str("null"),
        ExpressionKind::Boolean(boolean) => out.push_str(if *boolean { "true" } else { "false" }),
        ExpressionKind::Number(number) => out.push_str(&number::to_string(*number)),
        ExpressionKind::String(text) => {
            out.push('"');
            out.push_str(text);
            out.push('"');
        }
        ExpressionKind::Template { texts, expressions } => match (&texts[..], &expressions[..]) {
            ([text], []) => {
                out.push('"');
                out.push_str(text);
                out.push('"');
            }
            _ => expressions.iter().for_each(|expression| print(expression, out)),
        },
        ExpressionKind::Name(name) => out.push_str(name),
        ExpressionKind::Array(elements) => {
            out.push('[');
            for (place, Element { spread, value }) in elements.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                if *spread {
                    out.push_str("(...");
                }
                print(value, out);
                if *spread {
                    out.push(')');
                }
            }
            out.push(']');
        }
        ExpressionKind::Object(properties) => {
            out.push('{');
            for property in properties {
                match property {
                    Property::Value { .. } | Property::Spread(_) => out.push_str(INTERMEDIATE),
                }
            }
            out.push('}');
        }
        ExpressionKind::Member { object, name, optional, .. } => {
            print(object, out);
            out.push_str(if *optional { "?." } else { "." });
            out.push_str(name);
        }
        ExpressionKind::Index { object, key, optional } => {
            print(object, out);
            if let ExpressionKind::String(name) = &key.kind {
                out.push_str(if *optional { "?." } else { "." });
                out.push_str(name);
            } else {
                out.push_str(if *optional { "?.[" } else { "[" });
                print(key, out);
                out.push(']');
            }
        }
        ExpressionKind::Call { callee, .. } => {
            print(callee, out);
            out.push_str("(...)");
        }
        ExpressionKind::Unary { operator, operand } => {
            out.push('(');
            out.push_str(match operator {
                Unary::Not => "!",
                Unary::Minus => "-",
                Unary::Plus => "+",
                Unary::TypeOf => "typeof ",
            });
            print(operand, out);
            out.push(')');
        }
        ExpressionKind::Binary { operator, left, right } => pair(left, binary(*operator), right, out),
        ExpressionKind::Logical { operator, left, right } => {
            let operator = match operator {
                Logical::And => "&&",
                Logical::Or => "||",
                Logical::Nullish => "??",
            };
            pair(left, operator, right, out);
        }
        ExpressionKind::Conditional { .. } => (0..3).for_each(|_| out.push_str(INTERMEDIATE)),
        _ => out.push_str(INTERMEDIATE),
    }
}

/// Returns the value of an expression that V8's parser folds to a constant: arithmetic on numbers, and `!` of a literal.
fn folded(expression: &Expression) -> Option<String> {
    if let ExpressionKind::Unary { operator: Unary::Not, operand } = &expression.kind {
        return literal(operand).map(|value| (!value.is_truthy()).to_string());
    }
    number_of(expression).map(number::to_string)
}

fn literal(expression: &Expression) -> Option<Value> {
    Some(match &expression.kind {
        ExpressionKind::Null => Value::Null,
        ExpressionKind::Boolean(boolean) => Value::Boolean(*boolean),
        ExpressionKind::String(text) => Value::String(text.clone()),
        _ => Value::Number(number_of(expression)?),
    })
}

fn number_of(expression: &Expression) -> Option<f64> {
    match &expression.kind {
        ExpressionKind::Number(number) => Some(*number),
        ExpressionKind::Unary { operator: Unary::Minus, operand } => number_of(operand).map(|number| -number),
        ExpressionKind::Unary { operator: Unary::Plus, operand } => number_of(operand),
        ExpressionKind::Binary { operator, left, right } => {
            maths::arithmetic(*operator, number_of(left)?, number_of(right)?)
        }
        _ => None,
    }
}

const INTERMEDIATE: &str = "(intermediate value)";

fn pair(left: &Expression, operator: &str, right: &Expression, out: &mut String) {
    out.push('(');
    print(left, out);
    out.push(' ');
    out.push_str(operator);
    out.push(' ');
    print(right, out);
    out.push(')');
}

fn binary(operator: Binary) -> &'static str {
    match operator {
        Binary::Add => "+",
        Binary::Subtract => "-",
        Binary::Multiply => "*",
        Binary::Divide => "/",
        Binary::Remainder => "%",
        Binary::Power => "**",
        Binary::StrictEqual => "===",
        Binary::StrictNotEqual => "!==",
        Binary::Equal => "==",
        Binary::NotEqual => "!=",
        Binary::Less => "<",
        Binary::LessOrEqual => "<=",
        Binary::Greater => ">",
        Binary::GreaterOrEqual => ">=",
        Binary::InstanceOf => "instanceof",
    }
}
