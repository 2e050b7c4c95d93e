//! Expressions. Most functions have a comment like those of [`Op`]: the values that the emitted code takes from the stack, an
//! arrow, and the values that it leaves there.

use super::Compiler;
use super::pattern::Origin;
use super::text::{describe, iterable};
use crate::ast::{
    Binary, CompoundOperator, Element, Expression, ExpressionKind, Logical, PatternKind, Property, PropertyKey, Unary,
};
use crate::bytecode::Op;
use crate::value::Value;

/// The arguments of a call on the stack: a number of values, or one array.
enum Arguments {
    Count(u32),
    Spread,
}

impl Compiler<'_> {
    /// → the value of the expression
    #[expect(clippy::too_many_lines, reason = "one arm for each kind of expression")]
    pub(super) fn expression(&mut self, expression: &Expression) {
        let span = expression.span;
        match &expression.kind {
            ExpressionKind::Null => self.push_constant(Value::Null),
            ExpressionKind::Boolean(boolean) => self.push_constant(Value::Boolean(*boolean)),
            ExpressionKind::Number(number) => self.push_constant(Value::Number(*number)),
            ExpressionKind::String(text) => self.push_constant(Value::String(text.clone())),
            ExpressionKind::Template { texts, expressions } => {
                let mut count = 0;
                let mut rest = expressions.iter();
                for text in texts {
                    if !text.is_empty() {
                        self.push_constant(Value::String(text.clone()));
                        count += 1;
                    }
                    if let Some(expression) = rest.next() {
                        self.expression(expression);
                        count += 1;
                    }
                }
                self.emit(Op::Template(count));
            }
            ExpressionKind::Name(name) => self.load(name, span),
            ExpressionKind::Array(elements) => self.array(elements, Op::AppendAll),
            ExpressionKind::Object(properties) => self.object(properties),
            ExpressionKind::Function(function) => {
                let number = self.function(function, true);
                self.emit(Op::Closure(number));
            }
            ExpressionKind::Member { object, optional, .. } => {
                self.expression(object);
                self.link(*optional, Op::JumpIfNullish(0));
                self.get_reference(expression);
            }
            ExpressionKind::Index { object, key, optional } => {
                self.expression(object);
                self.link(*optional, Op::JumpIfNullish(0));
                self.expression(key);
                self.get_reference(expression);
            }
            ExpressionKind::Call { callee, arguments, optional } => {
                self.callee(callee);
                self.link(*optional, Op::JumpIfNullishCallee(0));
                let op = match self.arguments(arguments) {
                    Arguments::Count(count) => Op::Call(count),
                    Arguments::Spread => Op::CallSpread,
                };
                self.emit_at(op, last_part(callee));
                self.describe_operand(|| describe(callee));
            }
            ExpressionKind::Chain(inner) => {
                self.unit.chains.push(Vec::new());
                self.expression(inner);
                self.end_chain(1);
            }
            ExpressionKind::New { callee, arguments } => {
                self.expression(callee);
                self.emit(Op::Undefined);
                let op = match self.arguments(arguments) {
                    Arguments::Count(count) => Op::New(count),
                    Arguments::Spread => Op::NewSpread,
                };
                self.emit_at(op, span.start);
                self.describe_operand(|| describe(callee));
            }
            ExpressionKind::Await(value) => {
                self.expression(value);
                self.emit_at(Op::Await, span.start);
            }
            ExpressionKind::Unary { operator, operand } => self.unary(*operator, operand),
            ExpressionKind::Update { increment, prefix, target } => self.update(*increment, *prefix, target),
            ExpressionKind::Binary { operator, left, right } => {
                self.expression(left);
                self.expression(right);
                self.binary(*operator, span.start);
            }
            ExpressionKind::Logical { operator, left, right } => {
                self.expression(left);
                let jump = self.emit(jump_of(*operator));
                self.expression(right);
                self.land(jump);
            }
            ExpressionKind::Conditional { test, then, otherwise } => {
                self.expression(test);
                let to_else = self.emit(Op::JumpIfFalse(0));
                self.expression(then);
                let to_end = self.emit(Op::Jump(0));
                self.land(to_else);
                self.expression(otherwise);
                self.land(to_end);
            }
            ExpressionKind::Assign { target, value } => match &target.kind {
                PatternKind::Name(name) => {
                    self.expression(value);
                    self.store(name, target.span, true);
                }
                PatternKind::Member(member) => {
                    self.reference(member);
                    self.expression(value);
                    self.set_reference(member);
                }
                PatternKind::Array { .. } | PatternKind::Object { .. } => {
                    self.expression(value);
                    self.emit(Op::Duplicate);
                    self.assign(target, Origin::Expression(value));
                }
            },
            ExpressionKind::Compound { operator, target, value } => match operator {
                CompoundOperator::Binary(operator) => self.compound(*operator, target, value),
                CompoundOperator::Logical(operator) => self.compound_logical(*operator, target, value),
            },
        }
    }

    /// Evaluates an expression for its side effects.
    pub(super) fn effect(&mut self, expression: &Expression) {
        match &expression.kind {
            ExpressionKind::Assign { target, value } if matches!(target.kind, PatternKind::Name(_)) => {
                self.expression(value);
                self.assign(target, Origin::Expression(value));
            }
            ExpressionKind::Update { increment, target, .. } => {
                if let ExpressionKind::Name(name) = &target.kind {
                    self.load(name, target.span);
                    self.emit(if *increment { Op::Increment } else { Op::Decrement });
                    self.store(name, target.span, false);
                } else {
                    self.update(*increment, true, target);
                    self.emit(Op::Pop);
                }
            }
            ExpressionKind::Compound { operator: CompoundOperator::Binary(operator), target, value }
                if matches!(target.kind, ExpressionKind::Name(_)) =>
            {
                let ExpressionKind::Name(name) = &target.kind else { return };
                self.load(name, target.span);
                self.expression(value);
                self.binary(*operator, expression.span.start);
                self.store(name, target.span, false);
            }
            _ => {
                self.expression(expression);
                self.emit(Op::Pop);
            }
        }
    }

    /// → callee receiver
    fn callee(&mut self, callee: &Expression) {
        match &callee.kind {
            ExpressionKind::Member { object, name, name_span, optional } => {
                self.expression(object);
                self.link(*optional, Op::JumpIfNullish(0));
                let key = self.key(name);
                self.emit_at(Op::Method(key), name_span.start);
            }
            ExpressionKind::Index { object, key, optional } => {
                self.expression(object);
                self.link(*optional, Op::JumpIfNullish(0));
                self.expression(key);
                self.emit_at(Op::MethodIndex, key.span.start);
            }
            ExpressionKind::Chain(inner) => {
                self.unit.chains.push(Vec::new());
                self.callee(inner);
                self.end_chain(2);
            }
            _ => {
                self.expression(callee);
                self.emit(Op::Undefined);
            }
        }
    }

    /// Jumps from a `?.` to the end of the chain if the value before it is undefined or null.
    fn link(&mut self, optional: bool, jump: Op) {
        if optional {
            let jump = self.emit(jump);
            if let Some(chain) = self.unit.chains.last_mut() {
                chain.push(jump);
            }
        }
    }

    /// Ends a chain that leaves this number of values. They are undefined if a `?.` has jumped here.
    fn end_chain(&mut self, values: u32) {
        let jumps = self.unit.chains.pop().unwrap_or_default();
        if jumps.is_empty() {
            return;
        }
        let to_end = self.emit(Op::Jump(0));
        self.land_all(jumps);
        for _ in 0..values {
            self.emit(Op::Undefined);
        }
        self.land(to_end);
    }

    fn arguments(&mut self, arguments: &[Element]) -> Arguments {
        if arguments.iter().any(|argument| argument.spread) {
            self.array(arguments, Op::AppendArguments);
            return Arguments::Spread;
        }
        for argument in arguments {
            self.expression(&argument.value);
        }
        Arguments::Count(arguments.len() as u32)
    }

    fn array(&mut self, elements: &[Element], append_all: Op) {
        let fixed = elements.iter().take_while(|element| !element.spread).count();
        for element in &elements[..fixed] {
            self.expression(&element.value);
        }
        self.emit(Op::Array(fixed as u32));
        for (place, element) in elements.iter().enumerate().skip(fixed) {
            self.expression(&element.value);
            if element.spread {
                // V8 names a spread argument only if it is the last one and no other is spread.
                let last = place + 1 == elements.len() && place == fixed;
                let in_array = matches!(append_all, Op::AppendAll);
                self.emit_at(if last { append_all } else { Op::AppendAll }, element.value.span.start);
                if in_array {
                    self.describe_operand(|| iterable(&element.value));
                } else if last {
                    self.describe_operand(|| describe(&element.value));
                }
            } else {
                self.emit(Op::Append);
            }
        }
    }

    fn object(&mut self, properties: &[Property]) {
        self.emit(Op::Object);
        for property in properties {
            match property {
                Property::Value { key: PropertyKey::Name(name), value } => {
                    self.expression(value);
                    let key = self.key(name);
                    self.emit(Op::Define(key));
                }
                Property::Value { key: PropertyKey::Computed(key), value } => {
                    self.expression(key);
                    self.emit(Op::ToKey);
                    self.expression(value);
                    if matches!(&value.kind, ExpressionKind::Function(function) if function.name.is_empty()) {
                        self.emit(Op::NameClosure);
                    }
                    self.emit(Op::DefineIndex);
                }
                Property::Spread(value) => {
                    self.expression(value);
                    self.emit(Op::DefineAll);
                }
            }
        }
    }

    fn unary(&mut self, operator: Unary, operand: &Expression) {
        match (operator, &operand.kind) {
            (Unary::TypeOf, ExpressionKind::Name(name)) => self.type_of_name(name, operand.span),
            (Unary::Minus, ExpressionKind::Number(number)) => self.push_constant(Value::Number(-number)),
            _ => {
                self.expression(operand);
                self.emit(match operator {
                    Unary::Not => Op::Not,
                    Unary::Minus => Op::Negate,
                    Unary::Plus => Op::ToNumber,
                    Unary::TypeOf => Op::TypeOf,
                });
            }
        }
    }

    fn binary(&mut self, operator: Binary, offset: u32) {
        if operator == Binary::InstanceOf {
            self.emit_at(Op::Binary(operator), offset);
        } else {
            self.emit(Op::Binary(operator));
        }
    }

    fn update(&mut self, increment: bool, prefix: bool, target: &Expression) {
        let op = if increment { Op::Increment } else { Op::Decrement };
        if let ExpressionKind::Name(name) = &target.kind {
            self.load(name, target.span);
            if prefix {
                self.emit(op);
                self.store(name, target.span, true);
            } else {
                self.emit(Op::ToNumber);
                self.emit(Op::Duplicate);
                self.emit(op);
                self.store(name, target.span, false);
            }
            return;
        }
        let used = self.unit.used;
        self.reference(target);
        self.duplicate_reference(target);
        self.get_reference(target);
        if prefix {
            self.emit(op);
            self.set_reference(target);
        } else {
            let old = self.temporary();
            self.emit(Op::ToNumber);
            self.emit(Op::KeepLocal(old));
            self.emit(op);
            self.set_reference(target);
            self.emit(Op::Pop);
            self.emit(Op::LoadLocal(old));
        }
        self.unit.used = used;
    }

    fn duplicate_reference(&mut self, target: &Expression) {
        let op = if matches!(target.kind, ExpressionKind::Index { .. }) { Op::DuplicatePair } else { Op::Duplicate };
        self.emit(op);
    }

    fn compound(&mut self, operator: Binary, target: &Expression, value: &Expression) {
        if let ExpressionKind::Name(name) = &target.kind {
            self.load(name, target.span);
            self.expression(value);
            self.binary(operator, target.span.start);
            self.store(name, target.span, true);
            return;
        }
        self.reference(target);
        self.duplicate_reference(target);
        self.get_reference(target);
        self.expression(value);
        self.binary(operator, target.span.start);
        self.set_reference(target);
    }

    fn compound_logical(&mut self, operator: Logical, target: &Expression, value: &Expression) {
        if let ExpressionKind::Name(name) = &target.kind {
            self.load(name, target.span);
            let jump = self.emit(jump_of(operator));
            self.expression(value);
            self.store(name, target.span, true);
            self.land(jump);
            return;
        }
        // The jump over the assignment must leave only the value on the stack, so object and key are in slots.
        let used = self.unit.used;
        let (object, key) = (self.temporary(), self.temporary());
        let with_key = matches!(target.kind, ExpressionKind::Index { .. });
        self.reference(target);
        if with_key {
            self.emit(Op::StoreLocal(key));
        }
        self.emit(Op::KeepLocal(object));
        if with_key {
            self.emit(Op::LoadLocal(key));
        }
        self.get_reference(target);
        let jump = self.emit(jump_of(operator));
        self.emit(Op::LoadLocal(object));
        if with_key {
            self.emit(Op::LoadLocal(key));
        }
        self.expression(value);
        self.set_reference(target);
        self.land(jump);
        self.unit.used = used;
    }
}

fn jump_of(operator: Logical) -> Op {
    match operator {
        Logical::And => Op::JumpIfFalseOrPop(0),
        Logical::Or => Op::JumpIfTrueOrPop(0),
        Logical::Nullish => Op::JumpIfPresentOrPop(0),
    }
}

/// Returns the offset of a call: that of the last part of its callee, so that each line of a chain over several lines is
/// highlighted when its call runs.
fn last_part(callee: &Expression) -> u32 {
    match &callee.kind {
        ExpressionKind::Member { name_span, .. } => name_span.start,
        ExpressionKind::Index { key, .. } => key.span.start,
        ExpressionKind::Chain(inner) => last_part(inner),
        _ => callee.span.start,
    }
}
