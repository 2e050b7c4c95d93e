//! Conversion of numbers to text and of text to numbers.

use super::lexer::is_white_space;
use base::decimal::{self, Digits};

/// Returns the value of a number literal that the lexer has accepted.
pub fn literal(text: &str) -> f64 {
    let digits: String = text.chars().filter(|character| *character != '_').collect();
    radix_literal(&digits).unwrap_or_else(|| decimal::parse(&digits).unwrap_or(f64::NAN))
}

/// Returns the value of a text that begins with `0x`, `0o` or `0b`: NaN if a digit is wrong; `None` for any other text.
fn radix_literal(text: &str) -> Option<f64> {
    let radix = match text.as_bytes().get(..2)? {
        b"0x" | b"0X" => 16,
        b"0o" | b"0O" => 8,
        b"0b" | b"0B" => 2,
        _ => return None,
    };
    let digits = &text[2..];
    let whole = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    Some(if whole { integer(digits, radix) } else { f64::NAN })
}

/// Returns the value of digits of a radix, rounded to the nearest double.
fn integer(digits: &str, radix: u32) -> f64 {
    if radix == 10 {
        return decimal::parse(digits).unwrap_or(f64::NAN);
    }
    if !radix.is_power_of_two() {
        // ECMA-262 allows an approximation after 20 significant digits.
        return digits
            .chars()
            .fold(0.0, |sum, digit| sum * f64::from(radix) + f64::from(digit.to_digit(radix).unwrap_or(0)));
    }
    let bits = radix.trailing_zeros();
    let (mut kept, mut dropped) = (0_u64, 0_i32);
    for digit in digits.chars().filter_map(|digit| digit.to_digit(radix)) {
        for place in (0..bits).rev() {
            let bit = u64::from(digit >> place & 1);
            if kept >> 62 == 0 {
                kept = kept << 1 | bit;
            } else {
                // The bit is below the precision of a double. It only matters for the rounding that some bit is set.
                kept |= bit;
                dropped += 1;
            }
        }
    }
    kept as f64 * 2_f64.powi(dropped)
}

/// Returns the value of a string ([StringToNumber](https://tc39.es/ecma262/#sec-stringtonumber)).
pub fn from_string(text: &str) -> f64 {
    let text = text.trim_matches(is_white_space);
    if text.is_empty() {
        return 0.0;
    }
    if let Some(number) = radix_literal(text) {
        return number;
    }
    if decimal_prefix(text) == text.len() { parse_decimal(text) } else { f64::NAN }
}

/// Returns the length, in bytes, of the decimal number or `Infinity` at the beginning of a text; 0 if there is none.
fn decimal_prefix(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    if text[at..].starts_with("Infinity") {
        return at + 8;
    }
    let whole = digits(at);
    at += whole;
    let mut any = whole > 0;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        any |= fraction > 0;
        if any {
            at += 1 + fraction;
        }
    }
    if !any {
        return 0;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = if at + 1 + sign <= bytes.len() { digits(at + 1 + sign) } else { 0 };
        if exponent > 0 {
            at += 1 + sign + exponent;
        }
    }
    at
}

fn parse_decimal(text: &str) -> f64 {
    match text.trim_start_matches(['+', '-']) {
        "Infinity" if text.starts_with('-') => f64::NEG_INFINITY,
        "Infinity" => f64::INFINITY,
        _ => decimal::parse(text).unwrap_or(f64::NAN),
    }
}

/// Calls `parseFloat(text)`.
pub fn parse_float(text: &str) -> f64 {
    let text = text.trim_start_matches(is_white_space);
    match decimal_prefix(text) {
        0 => f64::NAN,
        length => parse_decimal(&text[..length]),
    }
}

/// Calls `parseInt(text, radix)`.
pub fn parse_int(text: &str, radix: f64) -> f64 {
    let text = text.trim_start_matches(is_white_space);
    let (negative, mut text) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let mut radix = to_int32(radix);
    if (radix == 0 || radix == 16) && (text.starts_with("0x") || text.starts_with("0X")) {
        text = &text[2..];
        radix = 16;
    }
    if radix == 0 {
        radix = 10;
    }
    if !(2..=36).contains(&radix) {
        return f64::NAN;
    }
    let radix = radix as u32;
    let end = text.find(|digit: char| !digit.is_digit(radix)).unwrap_or(text.len());
    if end == 0 {
        return f64::NAN;
    }
    let number = integer(&text[..end], radix);
    if negative { -number } else { number }
}

/// Converts to a 32-bit integer ([ToInt32](https://tc39.es/ecma262/#sec-toint32)).
pub fn to_int32(number: f64) -> i32 {
    if !number.is_finite() {
        return 0;
    }
    let wrapped = number.trunc() % 4_294_967_296.0;
    (wrapped as i64) as i32
}

/// Drops the fraction; NaN becomes 0 ([ToIntegerOrInfinity](https://tc39.es/ecma262/#sec-tointegerorinfinity)).
pub fn to_integer(number: f64) -> f64 {
    if number.is_nan() { 0.0 } else { number.trunc() + 0.0 }
}

/// Returns ASCII digits as text.
fn text_of(digits: &[u8]) -> String {
    digits.iter().copied().map(char::from).collect()
}

/// Returns the fewest digits that read back as a finite number above 0, and its decimal point: 0.D₁D₂… × 10^point.
fn shortest(number: f64) -> (String, i32) {
    let found = Digits::shortest(number);
    (text_of(&found.digits), found.point)
}

/// Converts to text ([Number::toString](https://tc39.es/ecma262/#sec-numeric-types-number-tostring)).
#[expect(clippy::float_cmp, reason = "only an integer is equal to its integer part")]
pub fn to_string(number: f64) -> String {
    if number.is_nan() {
        return "NaN".into();
    }
    if number == 0.0 {
        return "0".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.into();
    }
    let magnitude = number.abs();
    if magnitude < 9_007_199_254_740_992.0 && magnitude.trunc() == magnitude {
        return (number as i64).to_string();
    }
    let (digits, point) = shortest(magnitude);
    let mut text = String::from(if number < 0.0 { "-" } else { "" });
    if (-5..=21).contains(&point) {
        place_point(&mut text, &digits, point);
    } else {
        push_exponential(&mut text, &digits, point - 1);
    }
    text
}

/// Digits with a point after the first `point` of them.
fn place_point(text: &mut String, digits: &str, point: i32) {
    let count = digits.len() as i32;
    if point <= 0 {
        text.push_str("0.");
        push_zeros(text, -point);
        text.push_str(digits);
    } else if point >= count {
        text.push_str(digits);
        push_zeros(text, point - count);
    } else {
        text.push_str(&digits[..point as usize]);
        text.push('.');
        text.push_str(&digits[point as usize..]);
    }
}

fn push_zeros(text: &mut String, count: i32) {
    for _ in 0..count {
        text.push('0');
    }
}

fn push_exponential(text: &mut String, digits: &str, exponent: i32) {
    text.push_str(&digits[..1]);
    if digits.len() > 1 {
        text.push('.');
        text.push_str(&digits[1..]);
    }
    text.push('e');
    text.push(if exponent < 0 { '-' } else { '+' });
    text.push_str(&exponent.unsigned_abs().to_string());
}

/// Calls `number.toFixed(places)`, with `places` from 0 to 100.
pub fn to_fixed(number: f64, places: usize) -> String {
    if !number.is_finite() || number.abs() >= 1e21 {
        return to_string(number);
    }
    let rounded = Digits::of(number).rounded_at(places as i32);
    let mut text = String::new();
    // A negative number that rounds to zero keeps its sign. Negative zero has none.
    if number < 0.0 {
        text.push('-');
    }
    let mut digits = text_of(&rounded.digits);
    // Zero has no digits, so its point has no meaning.
    let point = if digits.is_empty() { 0 } else { rounded.point };
    if point <= 0 {
        digits.insert_str(0, &"0".repeat((1 - point) as usize));
    }
    let whole = point.max(1) as usize;
    if digits.len() < whole + places {
        digits.push_str(&"0".repeat(whole + places - digits.len()));
    }
    text.push_str(&digits[..whole]);
    if places > 0 {
        text.push('.');
        text.push_str(&digits[whole..]);
    }
    text
}

/// Returns the first `precision` digits of a number above 0, rounded half up, and the power of ten of the first digit.
fn significant(number: f64, precision: usize) -> (String, i32) {
    let rounded = Digits::of(number).rounded_to(precision);
    let mut digits = text_of(&rounded.digits);
    digits.push_str(&"0".repeat(precision - digits.len()));
    (digits, rounded.point - 1)
}

/// Calls `number.toPrecision(precision)`, with `precision` from 1 to 100.
pub fn to_precision(number: f64, precision: usize) -> String {
    if !number.is_finite() {
        return to_string(number);
    }
    let mut text = String::from(if number < 0.0 { "-" } else { "" });
    let (digits, exponent) =
        if number == 0.0 { ("0".repeat(precision), 0) } else { significant(number.abs(), precision) };
    if exponent < -6 || exponent >= precision as i32 {
        push_exponential(&mut text, &digits, exponent);
    } else {
        place_point(&mut text, &digits, exponent + 1);
    }
    text
}

/// Calls `number.toExponential(places)`. Without `places` it prints as many digits as are needed.
pub fn to_exponential(number: f64, places: Option<usize>) -> String {
    if !number.is_finite() {
        return to_string(number);
    }
    let mut text = String::from(if number < 0.0 { "-" } else { "" });
    let (digits, exponent) = match places {
        _ if number == 0.0 => ("0".repeat(places.unwrap_or(0) + 1), 0),
        None => {
            let (digits, point) = shortest(number.abs());
            (digits, point - 1)
        }
        Some(places) => significant(number.abs(), places + 1),
    };
    push_exponential(&mut text, &digits, exponent);
    text
}

/// Calls `number.toString(radix)`, with `radix` from 2 to 36. The algorithm is V8's `DoubleToRadixCString`.
#[expect(clippy::float_cmp, reason = "the digits are those of V8 only if exactly one half rounds to even")]
pub fn to_radix(number: f64, radix: u32) -> String {
    if radix == 10 || !number.is_finite() {
        return to_string(number);
    }
    let base = f64::from(radix);
    let digit = |value: f64| char::from_digit(value as u32, radix).unwrap_or('0');
    let magnitude = number.abs();
    let (mut whole, mut fraction) = (magnitude.trunc(), magnitude.fract());
    let mut after = Vec::new();
    // Print as many digits as tell this number from its neighbours.
    let mut delta = (0.5 * (magnitude.next_up() - magnitude)).max(f64::from_bits(1));
    if fraction >= delta {
        loop {
            fraction *= base;
            delta *= base;
            let value = fraction.trunc();
            after.push(value);
            fraction -= value;
            if (fraction > 0.5 || (fraction == 0.5 && value as u64 & 1 == 1)) && fraction + delta > 1.0 {
                // Round up, and carry through the digits that overflow.
                loop {
                    match after.pop() {
                        None => {
                            whole += 1.0;
                            break;
                        }
                        Some(last) if last + 1.0 < base => {
                            after.push(last + 1.0);
                            break;
                        }
                        Some(_) => {}
                    }
                }
                break;
            }
            if fraction < delta {
                break;
            }
        }
    }
    let mut before = Vec::new();
    // Digits below the precision of a double are zeros.
    while whole / base >= 9_007_199_254_740_992.0 {
        whole /= base;
        before.push('0');
    }
    loop {
        let rest = whole % base;
        before.push(digit(rest));
        whole = (whole - rest) / base;
        if whole <= 0.0 {
            break;
        }
    }
    let mut text = String::from(if number < 0.0 { "-" } else { "" });
    text.extend(before.iter().rev());
    if !after.is_empty() {
        text.push('.');
        text.extend(after.into_iter().map(digit));
    }
    text
}
