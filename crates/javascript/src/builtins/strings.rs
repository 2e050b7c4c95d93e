//! `String` and the methods of strings.

use std::rc::Rc;

use super::super::lexer::is_white_space;
use super::super::number::to_integer;
use super::super::value::Value;
use super::super::{convert, text};
use super::numbers::number_argument;
use super::{Natives, Thrown, argument};
use crate::limits;
use base::decimal;

/// The value that a native function returns, or the error that it throws.
type NativeResult = Result<Value, Thrown>;

pub(super) fn string(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> NativeResult {
    match arguments.first() {
        None => Ok(Value::string("")),
        Some(value) => to_string(natives, value, &[]),
    }
}

pub(super) fn to_string(natives: &mut Natives<'_>, this: &Value, _: &[Value]) -> NativeResult {
    convert::to_text(natives.heap, this).map(Value::String)
}

fn text_argument(natives: &Natives<'_>, arguments: &[Value], index: usize) -> Result<Rc<str>, Thrown> {
    convert::to_text(natives.heap, argument(arguments, index))
}

fn this_text(natives: &Natives<'_>, this: &Value) -> Result<Rc<str>, Thrown> {
    convert::to_text(natives.heap, this)
}

/// Converts an argument to an integer from 0 to `length`; `otherwise` if it was not given.
fn clamped(
    natives: &Natives<'_>,
    arguments: &[Value],
    index: usize,
    length: usize,
    otherwise: usize,
) -> Result<usize, Thrown> {
    if matches!(argument(arguments, index), Value::Undefined) {
        return Ok(otherwise);
    }
    let number = to_integer(number_argument(natives, arguments, index)?);
    Ok(decimal::between(number, 0.0, length as f64) as usize)
}

/// Converts an argument to an index from 0 to `length`; `otherwise` if it was not given. A negative one counts from the end.
pub(super) fn relative(
    natives: &Natives<'_>,
    arguments: &[Value],
    index: usize,
    length: usize,
    otherwise: usize,
) -> Result<usize, Thrown> {
    if matches!(argument(arguments, index), Value::Undefined) {
        return Ok(otherwise);
    }
    let number = to_integer(number_argument(natives, arguments, index)?);
    let number = if number < 0.0 { number + length as f64 } else { number };
    Ok(decimal::between(number, 0.0, length as f64) as usize)
}

/// Converts the first argument to the index of a unit; `None` if no string is that long.
fn place(natives: &Natives<'_>, arguments: &[Value]) -> Result<Option<usize>, Thrown> {
    let number = to_integer(number_argument(natives, arguments, 0)?);
    Ok((0.0..=f64::from(u32::MAX)).contains(&number).then_some(number as usize))
}

/// Returns a unit of a text.
fn unit_at(natives: &mut Natives<'_>, text: &Rc<str>, place: usize) -> Option<u16> {
    match natives.heap.unit_index(text) {
        Some(index) => index.unit_at(place),
        None => text::unit_at(text, place),
    }
}

fn new_text(natives: &mut Natives<'_>, text: String) -> NativeResult {
    convert::check_length(text.len())?;
    Ok(natives.heap.string(text))
}

pub(super) fn at(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let this = this_text(natives, this)?;
    let number = to_integer(number_argument(natives, arguments, 0)?);
    let length = match natives.heap.unit_index(&this) {
        Some(index) => index.length(),
        None => text::length(&this),
    };
    let place = if number < 0.0 { number + length as f64 } else { number };
    if !(0.0..length as f64).contains(&place) {
        return Ok(Value::Undefined);
    }
    Ok(unit_at(natives, &this, place as usize).map_or(Value::Undefined, |unit| Value::String(text::from_unit(unit))))
}

pub(super) fn char_at(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let this = this_text(natives, this)?;
    let unit = place(natives, arguments)?.and_then(|place| unit_at(natives, &this, place));
    Ok(Value::String(unit.map_or_else(|| "".into(), text::from_unit)))
}

pub(super) fn char_code_at(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let this = this_text(natives, this)?;
    let unit = place(natives, arguments)?.and_then(|place| unit_at(natives, &this, place));
    Ok(Value::Number(unit.map_or(f64::NAN, f64::from)))
}

pub(super) fn code_point_at(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let this = this_text(natives, this)?;
    let code = place(natives, arguments)?.and_then(|place| text::code_point_at(&this, place));
    Ok(code.map_or(Value::Undefined, |code| Value::Number(f64::from(code))))
}

pub(super) fn from_char_code(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> NativeResult {
    let mut units = Vec::with_capacity(arguments.len());
    for index in 0..arguments.len() {
        units.push(super::super::number::to_int32(number_argument(natives, arguments, index)?) as u16);
    }
    Ok(Value::String(text::from_units(units)))
}

pub(super) fn from_code_point(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> NativeResult {
    let mut made = String::new();
    for index in 0..arguments.len() {
        let number = number_argument(natives, arguments, index)?;
        if !(0.0..=1_114_111.0).contains(&number) || number.fract() != 0.0 {
            let shown = super::super::number::to_string(number);
            return Err(Thrown::range_error(format!("Invalid code point {shown}")));
        }
        made.push(char::from_u32(number as u32).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    new_text(natives, made)
}

pub(super) fn concat(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let mut joined = String::from(&*this_text(natives, this)?);
    for index in 0..arguments.len() {
        joined.push_str(&text_argument(natives, arguments, index)?);
        convert::check_length(joined.len())?;
    }
    new_text(natives, joined)
}

pub(super) fn includes(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    Ok(Value::Boolean(first_place(natives, this, arguments)?.is_some()))
}

pub(super) fn index_of(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    Ok(Value::Number(first_place(natives, this, arguments)?.map_or(-1.0, |place| place as f64)))
}

fn first_place(natives: &Natives<'_>, this: &Value, arguments: &[Value]) -> Result<Option<usize>, Thrown> {
    let this = this_text(natives, this)?;
    let part = text_argument(natives, arguments, 0)?;
    let from = clamped(natives, arguments, 1, text::length(&this), 0)?;
    Ok(text::index_of(&this, &part, from))
}

pub(super) fn last_index_of(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let this = this_text(natives, this)?;
    let part = text_argument(natives, arguments, 0)?;
    let length = text::length(&this);
    // NaN stands for the end.
    let from = match number_argument(natives, arguments, 1)? {
        number if number.is_nan() => length,
        number => decimal::between(number, 0.0, length as f64) as usize,
    };
    Ok(Value::Number(text::last_index_of(&this, &part, from).map_or(-1.0, |place| place as f64)))
}

pub(super) fn starts_with(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let this = this_text(natives, this)?;
    let part = text_argument(natives, arguments, 0)?;
    let length = text::length(&this);
    let from = clamped(natives, arguments, 1, length, 0)?;
    Ok(Value::Boolean(text::slice(&this, from, length).starts_with(&*part)))
}

pub(super) fn ends_with(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let this = this_text(natives, this)?;
    let part = text_argument(natives, arguments, 0)?;
    let length = text::length(&this);
    let to = clamped(natives, arguments, 1, length, length)?;
    Ok(Value::Boolean(text::slice(&this, 0, to).ends_with(&*part)))
}

pub(super) fn locale_compare(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let (left, right) = (this_text(natives, this)?, text_argument(natives, arguments, 0)?);
    Ok(Value::Number(f64::from(text::locale_compare(&left, &right) as i8)))
}

pub(super) fn pad_start(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let this = this_text(natives, this)?;
    let padding = padding(natives, &this, arguments)?;
    new_text(natives, padding + &this)
}

pub(super) fn pad_end(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let this = this_text(natives, this)?;
    let padding = padding(natives, &this, arguments)?;
    new_text(natives, format!("{this}{padding}"))
}

/// Returns the padding that makes `this` as long as the first argument says.
fn padding(natives: &Natives<'_>, this: &str, arguments: &[Value]) -> Result<String, Thrown> {
    let wanted = to_integer(number_argument(natives, arguments, 0)?);
    let filler = match argument(arguments, 1) {
        Value::Undefined => Rc::from(" "),
        filler => convert::to_text(natives.heap, filler)?,
    };
    let missing = wanted - text::length(this) as f64;
    if missing <= 0.0 || filler.is_empty() {
        return Ok(String::new());
    }
    if wanted > limits::STRING_CHARACTERS as f64 {
        return Err(Thrown::range_error(limits::STRING_MESSAGE));
    }
    let (missing, unit) = (missing as usize, text::length(&filler));
    let mut padding = filler.repeat(missing / unit);
    padding.push_str(&text::slice(&filler, 0, missing % unit));
    Ok(padding)
}

pub(super) fn repeat(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let this = this_text(natives, this)?;
    let count = to_integer(number_argument(natives, arguments, 0)?);
    if !(0.0..f64::INFINITY).contains(&count) {
        let shown = convert::shown_in_message(natives.heap, argument(arguments, 0))?;
        return Err(Thrown::range_error(format!("Invalid count value: {shown}")));
    }
    if this.is_empty() {
        return Ok(Value::string(""));
    }
    if count * this.len() as f64 > limits::STRING_CHARACTERS as f64 {
        return Err(Thrown::range_error(limits::STRING_MESSAGE));
    }
    new_text(natives, this.repeat(count as usize))
}

/// `replace` and `replaceAll` without a callback, for the prelude. The arguments are the text, the part to replace, its
/// replacement, and true for `replaceAll`.
pub(super) fn replace(natives: &mut Natives<'_>, _: &Value, arguments: &[Value]) -> NativeResult {
    let this = text_argument(natives, arguments, 0)?;
    let part = text_argument(natives, arguments, 1)?;
    let pattern = text_argument(natives, arguments, 2)?;
    let everywhere = argument(arguments, 3).is_truthy();
    let mut made = String::new();
    let (mut done, mut from) = (0, 0);
    while let Some(found) = this.get(from..).and_then(|rest| rest.find(&*part)) {
        let place = from + found;
        made.push_str(&this[done..place]);
        push_replacement(&mut made, &pattern, &this, place, part.len());
        done = place + part.len();
        convert::check_length(made.len())?;
        if !everywhere {
            break;
        }
        // The empty string occurs before each character and at the end.
        let next = this[place..].chars().next().map_or(1, char::len_utf8);
        from = if part.is_empty() { place + next } else { done };
    }
    made.push_str(&this[done..]);
    new_text(natives, made)
}

/// Writes the replacement of the `length` bytes at `place`, with the patterns `$$`, `$&`, `` $` `` and `$'`
/// ([GetSubstitution](https://tc39.es/ecma262/#sec-getsubstitution)).
fn push_replacement(made: &mut String, pattern: &str, this: &str, place: usize, length: usize) {
    let mut rest = pattern;
    while let Some(dollar) = rest.find('$') {
        made.push_str(&rest[..dollar]);
        let stands_for = match rest.as_bytes().get(dollar + 1) {
            Some(b'$') => "$",
            Some(b'&') => &this[place..place + length],
            Some(b'`') => &this[..place],
            Some(b'\'') => &this[place + length..],
            _ => {
                made.push('$');
                rest = &rest[dollar + 1..];
                continue;
            }
        };
        made.push_str(stands_for);
        rest = &rest[dollar + 2..];
    }
    made.push_str(rest);
}

pub(super) fn slice(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let this = this_text(natives, this)?;
    let length = text::length(&this);
    let (from, to) = (relative(natives, arguments, 0, length, 0)?, relative(natives, arguments, 1, length, length)?);
    Ok(natives.heap.string(text::slice(&this, from, to)))
}

pub(super) fn substring(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let this = this_text(natives, this)?;
    let length = text::length(&this);
    let (from, to) = (clamped(natives, arguments, 0, length, 0)?, clamped(natives, arguments, 1, length, length)?);
    Ok(natives.heap.string(text::slice(&this, from.min(to), from.max(to))))
}

pub(super) fn substr(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let this = this_text(natives, this)?;
    let length = text::length(&this);
    let from = relative(natives, arguments, 0, length, 0)?;
    let count = clamped(natives, arguments, 1, length, length)?;
    Ok(natives.heap.string(text::slice(&this, from, (from + count).min(length))))
}

pub(super) fn split(natives: &mut Natives<'_>, this: &Value, arguments: &[Value]) -> NativeResult {
    let this = this_text(natives, this)?;
    let limit = match argument(arguments, 1) {
        Value::Undefined => u32::MAX,
        limit => super::super::number::to_int32(convert::to_number(natives.heap, limit)?) as u32,
    } as usize;
    let separator = match argument(arguments, 0) {
        Value::Undefined => None,
        separator => Some(convert::to_text(natives.heap, separator)?),
    };
    let parts: Vec<Value> = match separator.as_deref() {
        _ if limit == 0 => Vec::new(),
        None => vec![Value::String(this)],
        Some("") => text::split_units(&this).into_iter().take(limit).map(Value::String).collect(),
        Some(separator) => this.split(separator).take(limit).map(Value::string).collect(),
    };
    if parts.len() > limits::ARRAY_ELEMENTS {
        return Err(Thrown::range_error(limits::ARRAY_MESSAGE));
    }
    Ok(natives.heap.new_array(parts))
}

pub(super) fn to_lower_case(natives: &mut Natives<'_>, this: &Value, _: &[Value]) -> NativeResult {
    let lower = base::case::to_lower_case(&this_text(natives, this)?);
    new_text(natives, lower)
}

pub(super) fn to_upper_case(natives: &mut Natives<'_>, this: &Value, _: &[Value]) -> NativeResult {
    let upper = base::case::to_upper_case(&this_text(natives, this)?);
    new_text(natives, upper)
}

pub(super) fn trim(natives: &mut Natives<'_>, this: &Value, _: &[Value]) -> NativeResult {
    Ok(Value::string(this_text(natives, this)?.trim_matches(is_white_space)))
}

pub(super) fn trim_start(natives: &mut Natives<'_>, this: &Value, _: &[Value]) -> NativeResult {
    Ok(Value::string(this_text(natives, this)?.trim_start_matches(is_white_space)))
}

pub(super) fn trim_end(natives: &mut Natives<'_>, this: &Value, _: &[Value]) -> NativeResult {
    Ok(Value::string(this_text(natives, this)?.trim_end_matches(is_white_space)))
}
