//! Operators.

use core::cmp::Ordering;
use std::rc::Rc;

use super::Vm;
use crate::ast::Binary;
use crate::builtins::{TABLE, Thrown, VmBuiltin, What};
use crate::convert;
use crate::heap::{ErrorKind, Heap, ObjectKind};
use crate::limits;
use crate::maths;
use crate::value::Value;

impl Vm {
    /// Applies a binary operator to the two topmost values.
    pub(super) fn combine_pair(&mut self, operator: Binary) -> Result<(), Value> {
        if let [.., Value::Number(left), Value::Number(right)] = self.stack[..]
            && let Some(value) = of_numbers(operator, left, right)
        {
            self.stack.pop();
            self.replace_top(value);
            return Ok(());
        }
        let (left, right) = self.pop_pair();
        let value = self.binary(operator, &left, &right)?;
        self.stack.push(value);
        Ok(())
    }

    pub(super) fn negate_truth(&mut self) {
        let value = !self.top().is_truthy();
        self.replace_top(Value::Boolean(value));
    }

    /// Converts the topmost value to a number and changes it.
    pub(super) fn change_number(&mut self, change: fn(f64) -> f64) -> Result<(), Value> {
        let value = self.pop();
        let number = self.number(&value)?;
        self.stack.push(Value::Number(change(number)));
        Ok(())
    }

    pub(super) fn type_of_top(&mut self) {
        let kind = convert::type_of(&self.heap, self.top());
        self.replace_top(Value::string(kind));
    }

    /// Joins the `count` topmost values to a string.
    pub(super) fn join_texts(&mut self, count: u32) -> Result<(), Value> {
        let values = self.stack.split_off(self.stack.len() - count as usize);
        let mut texts = Vec::with_capacity(values.len());
        for value in &values {
            texts.push(self.text(value)?);
        }
        let value = self.concatenate(&texts)?;
        self.stack.push(value);
        Ok(())
    }

    /// `left operator right`.
    fn binary(&mut self, operator: Binary, left: &Value, right: &Value) -> Result<Value, Value> {
        Ok(match operator {
            Binary::Add => return self.add(left, right),
            Binary::StrictEqual => Value::Boolean(left.strictly_equals(right)),
            Binary::StrictNotEqual => Value::Boolean(!left.strictly_equals(right)),
            Binary::Equal | Binary::NotEqual => {
                let equal = self.converted(|heap| convert::loosely_equals(heap, left, right))?;
                Value::Boolean(equal == (operator == Binary::Equal))
            }
            Binary::Less | Binary::LessOrEqual | Binary::Greater | Binary::GreaterOrEqual => {
                let order = self.converted(|heap| convert::compare(heap, left, right))?;
                Value::Boolean(match operator {
                    Binary::Less => order == Some(Ordering::Less),
                    Binary::LessOrEqual => order.is_some_and(Ordering::is_le),
                    Binary::Greater => order == Some(Ordering::Greater),
                    _ => order.is_some_and(Ordering::is_ge),
                })
            }
            Binary::InstanceOf => Value::Boolean(self.instance_of(left, right)?),
            _ => {
                let (left, right) = (self.number(left)?, self.number(right)?);
                of_numbers(operator, left, right).unwrap_or_default()
            }
        })
    }

    /// Converts values, and counts the text that this makes as work. The text of an array may be far larger than the array.
    fn converted<T>(&mut self, convert: impl FnOnce(&Heap) -> Result<T, Thrown>) -> Result<T, Value> {
        let before = self.heap.bytes();
        let result = convert(&self.heap);
        self.work += ((self.heap.bytes() - before) / limits::BYTES_MADE_A_STEP) as u64;
        result.map_err(|thrown| self.thrown(thrown))
    }

    /// `Number(value)`.
    pub(super) fn number(&mut self, value: &Value) -> Result<f64, Value> {
        match value {
            Value::Number(number) => Ok(*number),
            _ => self.converted(|heap| convert::to_number(heap, value)),
        }
    }

    /// `String(value)`.
    pub(super) fn text(&mut self, value: &Value) -> Result<Rc<str>, Value> {
        match value {
            Value::String(text) => Ok(text.clone()),
            _ => self.converted(|heap| convert::to_text(heap, value)),
        }
    }

    fn add(&mut self, left: &Value, right: &Value) -> Result<Value, Value> {
        let left = self.converted(|heap| convert::to_primitive(heap, left))?;
        let right = self.converted(|heap| convert::to_primitive(heap, right))?;
        if matches!(left, Value::String(_)) || matches!(right, Value::String(_)) {
            let (left, right) = (self.text(&left)?, self.text(&right)?);
            return self.concatenate(&[left, right]);
        }
        Ok(Value::Number(self.number(&left)? + self.number(&right)?))
    }

    /// Joins strings.
    pub(super) fn concatenate(&mut self, texts: &[Rc<str>]) -> Result<Value, Value> {
        let length = texts.iter().map(|text| text.len()).sum();
        convert::check_length(length).map_err(|thrown| self.thrown(thrown))?;
        if let [text] = texts {
            return Ok(Value::String(text.clone()));
        }
        self.work += (length / limits::BYTES_READ_A_STEP) as u64;
        let mut all = String::with_capacity(length);
        for text in texts {
            all.push_str(text);
        }
        Ok(self.heap.string(all))
    }

    fn instance_of(&mut self, left: &Value, right: &Value) -> Result<bool, Value> {
        let Some(constructor) = right.as_object() else {
            return Err(self.type_error("Right-hand side of 'instanceof' is not an object"));
        };
        let what = match &self.heap.get(constructor).kind {
            ObjectKind::Builtin(row) => &TABLE[*row as usize],
            ObjectKind::Closure { code, .. } if code.is_constructor() => return Ok(false),
            ObjectKind::Closure { .. } => {
                let message = "Function has non-object prototype 'undefined' in instanceof check";
                return Err(self.type_error(message));
            }
            _ if self.is_callable(right) => return Ok(false),
            _ => return Err(self.type_error("Right-hand side of 'instanceof' is not callable")),
        };
        let Some(object) = left.as_object() else { return Ok(false) };
        Ok(match (&self.heap.get(object).kind, what.what) {
            (ObjectKind::Error(data), What::Vm(VmBuiltin::Error(kind))) => {
                kind == ErrorKind::Error || kind == data.kind
            }
            (ObjectKind::Promise(_), What::Vm(VmBuiltin::Promise)) => true,
            (ObjectKind::Array(_), What::Constructor) => matches!(what.name, "Array" | "Object"),
            (_, What::Constructor) => what.name == "Object",
            _ => false,
        })
    }
}

/// Applies an operator to two numbers; `None` for `instanceof`, which takes no numbers.
#[expect(clippy::float_cmp, reason = "the language compares numbers exactly")]
fn of_numbers(operator: Binary, left: f64, right: f64) -> Option<Value> {
    if let Some(number) = maths::arithmetic(operator, left, right) {
        return Some(Value::Number(number));
    }
    Some(match operator {
        Binary::StrictEqual | Binary::Equal => Value::Boolean(left == right),
        Binary::StrictNotEqual | Binary::NotEqual => Value::Boolean(left != right),
        Binary::Less => Value::Boolean(left < right),
        Binary::LessOrEqual => Value::Boolean(left <= right),
        Binary::Greater => Value::Boolean(left > right),
        Binary::GreaterOrEqual => Value::Boolean(left >= right),
        _ => return None,
    })
}
