//! `Number`, `Math` and the functions that read numbers.

#![allow(clippy::float_cmp, reason = "the language compares numbers exactly")]
#![allow(clippy::unnecessary_wraps, reason = "all functions of the table have one type")]

use std::rc::Rc;

use super::super::value::Value;
use super::super::{convert, maths, number as numbers};
use super::{Natives, Thrown, argument};

/// The value that a native function returns, or the error that it throws.
type NativeResult = Result<Value, Thrown>;

/// Converts the argument at an index to a number.
pub(super) fn number_argument(natives: &Natives<'_>, arguments: &[Value], index: usize) -> Result<f64, Thrown> {
    convert::to_number(natives.heap, argument(arguments, index))
}

pub(super) fn number(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> NativeResult {
    let Some(value) = arguments.first() else { return Ok(Value::Number(0.0)) };
    convert::to_number(natives.heap, value).map(Value::Number)
}

pub(super) fn parse_int(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> NativeResult {
    let text = convert::to_text(natives.heap, argument(arguments, 0))?;
    let radix = match argument(arguments, 1) {
        Value::Undefined => 0.0,
        radix => convert::to_number(natives.heap, radix)?,
    };
    Ok(Value::Number(numbers::parse_int(&text, radix)))
}

pub(super) fn parse_float(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> NativeResult {
    let text = convert::to_text(natives.heap, argument(arguments, 0))?;
    Ok(Value::Number(numbers::parse_float(&text)))
}

pub(super) fn global_is_nan(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> NativeResult {
    Ok(Value::Boolean(number_argument(natives, arguments, 0)?.is_nan()))
}

pub(super) fn global_is_finite(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> NativeResult {
    Ok(Value::Boolean(number_argument(natives, arguments, 0)?.is_finite()))
}

/// Returns true if the first argument is a number with a property.
fn ask(arguments: &[Value], question: impl Fn(f64) -> bool) -> NativeResult {
    Ok(Value::Boolean(arguments.first().and_then(Value::as_number).is_some_and(question)))
}

pub(super) fn is_integer(_: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> NativeResult {
    ask(arguments, |number| number.is_finite() && number.trunc() == number)
}

pub(super) fn is_safe_integer(_: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> NativeResult {
    ask(arguments, |number| number.trunc() == number && number.abs() <= 9_007_199_254_740_991.0)
}

pub(super) fn is_finite(_: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> NativeResult {
    ask(arguments, f64::is_finite)
}

pub(super) fn is_nan(_: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> NativeResult {
    ask(arguments, f64::is_nan)
}

fn this_number(this: &Value, method: &str) -> Result<f64, Thrown> {
    this.as_number()
        .ok_or_else(|| Thrown::type_error(format!("Number.prototype.{method} requires that 'this' be a Number")))
}

/// Converts the first argument to a number of digits, from `least` to 100; `None` if it was not given.
fn digits(natives: &Natives<'_>, arguments: &[Value], least: f64, message: &str) -> Result<Option<usize>, Thrown> {
    if matches!(argument(arguments, 0), Value::Undefined) {
        return Ok(None);
    }
    let digits = numbers::to_integer(number_argument(natives, arguments, 0)?);
    if (least..=100.0).contains(&digits) { Ok(Some(digits as usize)) } else { Err(Thrown::range_error(message)) }
}

fn text(text: String) -> NativeResult {
    Ok(Value::String(Rc::from(text)))
}

pub(super) fn to_fixed(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let number = this_number(this, "toFixed")?;
    let places = digits(natives, arguments, 0.0, "toFixed() digits argument must be between 0 and 100")?;
    text(numbers::to_fixed(number, places.unwrap_or(0)))
}

pub(super) fn to_precision(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let number = this_number(this, "toPrecision")?;
    if !number.is_finite() {
        return text(numbers::to_string(number));
    }
    let precision = digits(natives, arguments, 1.0, "toPrecision() argument must be between 1 and 100")?;
    text(precision.map_or_else(|| numbers::to_string(number), |precision| numbers::to_precision(number, precision)))
}

pub(super) fn to_exponential(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let number = this_number(this, "toExponential")?;
    if !number.is_finite() {
        return text(numbers::to_string(number));
    }
    let places = digits(natives, arguments, 0.0, "toExponential() argument must be between 0 and 100")?;
    text(numbers::to_exponential(number, places))
}

pub(super) fn to_string(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let number = this_number(this, "toString")?;
    let radix = match argument(arguments, 0) {
        Value::Undefined => 10.0,
        radix => numbers::to_integer(convert::to_number(natives.heap, radix)?),
    };
    if !(2.0..=36.0).contains(&radix) {
        return Err(Thrown::range_error("toString() radix argument must be between 2 and 36"));
    }
    text(numbers::to_radix(number, radix as u32))
}

macro_rules! of_one_number {
    ($($name:ident $function:expr;)*) => {
        $(pub(super) fn $name(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> NativeResult {
            let function: fn(f64) -> f64 = $function;
            Ok(Value::Number(function(number_argument(natives, arguments, 0)?)))
        })*
    };
}

of_one_number! {
    abs f64::abs;
    cbrt maths::cbrt;
    ceil f64::ceil;
    cos maths::cos;
    exp maths::exp;
    floor f64::floor;
    log maths::ln;
    log10 maths::log10;
    log2 maths::log2;
    round nearest;
    sign |number| if number == 0.0 || number.is_nan() { number } else { number.signum() };
    sin maths::sin;
    sqrt f64::sqrt;
    trunc f64::trunc;
}

/// Rounds to the nearest integer, half towards positive infinity. A negative number that rounds to zero becomes -0.
fn nearest(number: f64) -> f64 {
    let floor = number.floor();
    let rounded = if number - floor >= 0.5 { floor + 1.0 } else { floor };
    if rounded == 0.0 { rounded.copysign(number) } else { rounded }
}

pub(super) fn pow(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> NativeResult {
    let (base, exponent) = (number_argument(natives, arguments, 0)?, number_argument(natives, arguments, 1)?);
    Ok(Value::Number(maths::power(base, exponent)))
}

fn all_numbers(natives: &Natives<'_>, arguments: &[Value]) -> Result<Vec<f64>, Thrown> {
    arguments.iter().map(|value| convert::to_number(natives.heap, value)).collect()
}

/// Returns the best of the arguments, or NaN if one of them is NaN.
fn best(natives: &Natives<'_>, arguments: &[Value], start: f64, better: fn(f64, f64) -> bool) -> NativeResult {
    let mut best = start;
    for number in all_numbers(natives, arguments)? {
        if number.is_nan() || best.is_nan() {
            best = f64::NAN;
        } else if better(number, best) {
            best = number;
        }
    }
    Ok(Value::Number(best))
}

pub(super) fn max(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> NativeResult {
    best(natives, arguments, f64::NEG_INFINITY, |number, best| {
        number > best || (number == best && best.is_sign_negative())
    })
}

pub(super) fn min(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> NativeResult {
    best(natives, arguments, f64::INFINITY, |number, best| {
        number < best || (number == best && number.is_sign_negative())
    })
}

pub(super) fn hypot(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> NativeResult {
    let numbers = all_numbers(natives, arguments)?;
    let largest = numbers.iter().fold(0.0_f64, |largest, number| largest.max(number.abs()));
    if largest.is_infinite() {
        return Ok(Value::Number(largest));
    }
    if numbers.iter().any(|number| number.is_nan()) {
        return Ok(Value::Number(f64::NAN));
    }
    if largest == 0.0 {
        return Ok(Value::Number(0.0));
    }
    // Scale the numbers so that no square overflows, and sum the squares with Kahan's compensation.
    let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
    for number in numbers {
        let scaled = number / largest;
        let part = scaled * scaled - lost;
        let next = sum + part;
        lost = (next - sum) - part;
        sum = next;
    }
    Ok(Value::Number(sum.sqrt() * largest))
}
