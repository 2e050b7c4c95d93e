//! Saves 19 KB brotli of the page: doubles as decimal digits and back, exactly.
//!
//! The standard library does the same faster, with tables. This module multiplies long integers instead, limb by limb. A
//! program prints and reads few numbers that are not integers, so the time does not matter.

use core::cmp::Ordering;

/// The base of the long integers: each limb holds nine decimal digits.
const LIMB: u64 = 1_000_000_000;

/// The largest power of ten up to which every power is exactly a double.
const EXACT_POWER: i32 = 22;

/// A decimal number `0.D₁D₂… × 10^point`, without zeros at either end of its digits. Zero has no digits.
#[derive(Clone, Debug, PartialEq)]
pub struct Digits {
    /// The digits, as ASCII.
    pub digits: Vec<u8>,
    /// The number of digits before the decimal point. A negative number counts the zeros between the point and the
    /// first digit.
    pub point: i32,
}

impl Digits {
    fn new(mut digits: Vec<u8>, point: i32) -> Self {
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        digits.drain(..zeros);
        let last = digits.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
        digits.truncate(last);
        Self { digits, point: point - zeros as i32 }
    }

    /// Returns all digits of the magnitude of a finite number.
    #[must_use]
    pub fn of(number: f64) -> Self {
        let (mantissa, exponent) = parts(number);
        exact(mantissa, exponent)
    }

    /// Writes the number without an exponent: `0.001`, `1200`.
    #[must_use]
    pub fn plain(&self) -> String {
        let digits = self.text();
        let count = digits.len() as i32;
        if digits.is_empty() {
            "0".to_owned()
        } else if self.point <= 0 {
            format!("0.{}{digits}", "0".repeat(self.point.unsigned_abs() as usize))
        } else if self.point >= count {
            format!("{digits}{}", "0".repeat((self.point - count) as usize))
        } else {
            let (whole, fraction) = digits.split_at(self.point as usize);
            format!("{whole}.{fraction}")
        }
    }

    /// Writes the number as a mantissa with one digit before the point and a power of ten: `1.25` and 3 for 1250.
    #[must_use]
    pub fn scientific(&self) -> (String, i32) {
        let digits = self.text();
        match digits.split_at_checked(1) {
            None => ("0".to_owned(), 0),
            Some((first, "")) => (first.to_owned(), self.point - 1),
            Some((first, rest)) => (format!("{first}.{rest}"), self.point - 1),
        }
    }

    fn text(&self) -> String {
        self.digits.iter().copied().map(char::from).collect()
    }

    /// Returns the fewest digits that read back as the magnitude of a finite number. Of several such digits, the nearest
    /// to the number.
    #[must_use]
    pub fn shortest(number: f64) -> Self {
        let (mantissa, exponent) = parts(number);
        let number = exact(mantissa, exponent);
        // The midpoints to the two neighbours. Below a power of two the neighbours are half as far apart.
        let above = exact(mantissa * 2 + 1, exponent - 1);
        let below = if mantissa == 1 << 52 && exponent > -1074 {
            exact(mantissa * 4 - 1, exponent - 2)
        } else {
            exact((mantissa * 2).saturating_sub(1), exponent - 1)
        };
        let even = mantissa % 2 == 0;
        let reads_back = |digits: &Self| match (below.compare(digits), digits.compare(&above)) {
            (Ordering::Less, Ordering::Less) => true,
            (Ordering::Equal, _) | (_, Ordering::Equal) => even,
            _ => false,
        };
        // Any decimal of up to 15 digits round-trips through a double of full precision, so start at 15. Digits that fewer
        // would have sufficed for end in zeros, which `Digits` drops.
        let least = if mantissa >> 52 == 0 { 1 } else { 15 };
        for count in least..=17 {
            let (down, up) = number.truncated_and_next(count);
            let down_is_nearer = match number.compare_rest_to_half(count) {
                Ordering::Less => true,
                Ordering::Equal => down.is_even_at(count),
                Ordering::Greater => false,
            };
            let nearest_first = if down_is_nearer { [down, up] } else { [up, down] };
            if let Some(found) = nearest_first.into_iter().find(|digits| reads_back(digits)) {
                return found;
            }
        }
        debug_assert!(false, "17 digits always read back as the same double");
        number
    }

    /// Compares two magnitudes.
    fn compare(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (false, false) => self.point.cmp(&other.point).then_with(|| self.digits.cmp(&other.digits)),
            (self_zero, other_zero) => other_zero.cmp(&self_zero),
        }
    }

    /// Returns the number cut after `count` digits, and the next larger number with `count` digits.
    fn truncated_and_next(&self, count: usize) -> (Self, Self) {
        let mut digits = self.digits.clone();
        digits.resize(count, b'0');
        let down = Self::new(digits.clone(), self.point);
        // The digit in front takes a carry.
        digits.insert(0, b'0');
        for digit in digits.iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                break;
            }
            *digit = b'0';
        }
        (down, Self::new(digits, self.point + 1))
    }

    /// Compares the digits after the first `count` with half a unit of the last kept digit.
    fn compare_rest_to_half(&self, count: usize) -> Ordering {
        self.digits.get(count..).unwrap_or_default().cmp(b"5")
    }

    /// Returns true if the digit number `count` is even. Missing digits are zeros.
    fn is_even_at(&self, count: usize) -> bool {
        self.digits.get(count - 1).is_none_or(|digit| digit % 2 == 0)
    }

    /// Rounds to at most `count` digits, half away from zero.
    #[must_use]
    pub fn rounded_to(&self, count: usize) -> Self {
        let (down, up) = self.truncated_and_next(count);
        if self.compare_rest_to_half(count) == Ordering::Less { down } else { up }
    }

    /// Rounds to at most `places` digits after the point, half away from zero.
    #[must_use]
    pub fn rounded_at(&self, places: i32) -> Self {
        let count = self.point + places;
        if count < 0 {
            return Self { digits: Vec::new(), point: self.point };
        }
        self.rounded_to(count as usize)
    }

    /// Returns the nearest double. Half-way between two, the one with the even mantissa; infinity above the greatest.
    #[must_use]
    pub fn to_double(&self) -> f64 {
        if self.digits.is_empty() || self.point < -330 {
            return 0.0;
        }
        if self.point > 310 {
            return f64::INFINITY;
        }
        let kept = self.digits.len().min(19);
        let number = self.digits[..kept].iter().fold(0_u64, |number, digit| number * 10 + u64::from(digit - b'0'));
        let exponent = self.point - kept as i32;
        if exponent == 0 && kept == self.digits.len() {
            return number as f64;
        }
        if self.digits.len() <= 15 && exponent.abs() <= EXACT_POWER {
            // Number and power are exact doubles, so the result is rounded only once.
            let power = 10_f64.powi(exponent.abs());
            return if exponent < 0 { number as f64 / power } else { number as f64 * power };
        }
        // Start near the result, in two steps because 10^-340 is below the smallest double. Then move to the neighbour as
        // long as the digits lie beyond the midpoint to it.
        let half = exponent / 2;
        let near = number as f64 * 10_f64.powi(half) * 10_f64.powi(exponent - half);
        let mut near = near.min(f64::MAX);
        loop {
            let (mantissa, exponent) = parts(near);
            let even = mantissa % 2 == 0;
            match self.compare(&exact(mantissa * 2 + 1, exponent - 1)) {
                Ordering::Less => {}
                Ordering::Equal if even => return near,
                _ => {
                    near = near.next_up();
                    if near.is_infinite() {
                        return near;
                    }
                    continue;
                }
            }
            if near == 0.0 {
                return near;
            }
            let (lower, exponent) = parts(near.next_down());
            match self.compare(&exact(lower * 2 + 1, exponent - 1)) {
                Ordering::Greater => return near,
                Ordering::Equal if even => return near,
                _ => near = near.next_down(),
            }
        }
    }
}

/// Splits a finite number into `mantissa × 2^exponent`.
fn parts(number: f64) -> (u64, i32) {
    let bits = number.to_bits();
    let (mantissa, exponent) = (bits & ((1 << 52) - 1), (bits >> 52 & 0x7FF) as i32);
    if exponent == 0 { (mantissa, -1074) } else { (mantissa | 1 << 52, exponent - 1075) }
}

/// Returns all digits of `mantissa × 2^exponent`.
fn exact(mantissa: u64, exponent: i32) -> Digits {
    // The lowest limb first.
    let mut limbs = vec![mantissa % LIMB, mantissa / LIMB % LIMB, mantissa / LIMB / LIMB];
    // 2^-n is 5^n / 10^n: for a negative exponent, multiply by fives and move the point.
    let (base, step) = if exponent < 0 { (5_u64, 12) } else { (2, 29) };
    let mut left = exponent.unsigned_abs();
    while left > 0 {
        let by = left.min(step);
        left -= by;
        let factor = base.pow(by);
        let mut carry = 0;
        for limb in &mut limbs {
            let product = *limb * factor + carry;
            *limb = product % LIMB;
            carry = product / LIMB;
        }
        if carry > 0 {
            limbs.push(carry);
        }
    }
    let mut digits = Vec::with_capacity(limbs.len() * 9);
    for limb in limbs.iter().rev() {
        let mut place = LIMB / 10;
        while place > 0 {
            digits.push(b'0' + (limb / place % 10) as u8);
            place /= 10;
        }
    }
    let point = digits.len() as i32 + exponent.min(0);
    Digits::new(digits, point)
}

/// Parses a decimal number: an optional sign, digits with an optional point, an optional exponent. Returns `None` for
/// any other text.
#[must_use]
pub fn parse(text: &str) -> Option<f64> {
    let (negative, rest) = split_sign(text.as_bytes());
    let mut digits = Vec::new();
    let (mut point, mut place, mut at) = (None, 0_i32, 0);
    while let Some(byte) = rest.get(at) {
        match byte {
            b'0'..=b'9' => digits.push(*byte),
            b'.' if point.is_none() => point = Some(digits.len() as i32),
            b'e' | b'E' => break,
            _ => return None,
        }
        at += 1;
    }
    if digits.is_empty() {
        return None;
    }
    if at < rest.len() {
        let (negative, exponent) = split_sign(&rest[at + 1..]);
        if exponent.is_empty() || !exponent.iter().all(u8::is_ascii_digit) {
            return None;
        }
        // Any exponent beyond this gives zero or infinity, whatever the digits are.
        let size = exponent.iter().fold(0_i32, |size, digit| (size * 10 + i32::from(digit - b'0')).min(1 << 20));
        place = if negative { -size } else { size };
    }
    let point = point.unwrap_or(digits.len() as i32) + place;
    let magnitude = Digits::new(digits, point).to_double();
    Some(if negative { -magnitude } else { magnitude })
}

/// Splits off an optional sign. Returns true if it is negative.
fn split_sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] | rest => (false, rest),
    }
}

/// Limits a number to a range, like [`f64::clamp`]. NaN stays NaN.
///
/// `clamp` panics with a message that formats doubles, and so costs the bytes that this module saves.
#[must_use]
pub fn between(number: f64, least: f64, most: f64) -> f64 {
    if number < least {
        least
    } else if number > most {
        most
    } else {
        number
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "digits and doubles agree exactly")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scientific(digits: &Digits) -> String {
        format!("0.{}e{}", String::from_utf8_lossy(&digits.digits), digits.point)
    }

    /// Checks digits and parsing against the standard library.
    fn check(number: f64) {
        let shortest = Digits::shortest(number);
        assert_eq!(scientific(&shortest).parse::<f64>().unwrap(), number.abs(), "{number:e}");
        let printed = format!("{:e}", number.abs());
        let count = printed.split_once('e').unwrap().0.bytes().filter(u8::is_ascii_digit).count();
        assert!(shortest.digits.len() <= count, "{number:e} as {shortest:?}");
        assert_eq!(parse(&format!("{number:e}")), Some(number));
        assert_eq!(parse(&format!("{number:.20e}")), format!("{number:.20e}").parse().ok());
        assert_eq!(Digits::of(number).to_double(), number.abs());
    }

    #[test]
    fn smallest_and_greatest_numbers_agree_with_the_standard_library() {
        for number in [0.0, 5e-324, 2.225_073_858_507_201e-308, f64::MIN_POSITIVE, f64::MAX, 1e23, 9.5e-3, 2e-44, 1e22]
        {
            if number > 0.0 {
                check(number);
                check(number.next_up().min(f64::MAX));
                check(-number.next_down());
            }
        }
        for power in -1074..1024 {
            check(2_f64.powi(power));
        }
        assert_eq!(Digits::of(0.0).digits, b"");
        assert_eq!(Digits::shortest(2_f64.powi(-44)).digits, b"5684341886080802");
        // Half-way between two decimals of 17 digits: the even one, as in Node. A random program found this.
        assert_eq!(Digits::shortest(5.769_050_406_290_958e14 * 3.0).digits, b"17307151218872872");
    }

    #[test]
    fn texts_at_the_edges_of_the_syntax_parse_as_in_the_standard_library() {
        for word in [
            "",
            ".",
            "-",
            "e5",
            "1e",
            "1e+",
            "1.2.3",
            "0x1",
            "inf",
            "nan",
            "1_0",
            " 1",
            "1.",
            ".5",
            "-0",
            "+7e-2",
            "00012.50",
            "1e400",
            "-1e400",
            "1e-400",
            "1e99999999999",
            "0e99999999999",
            "2.4703282292062327208e-324",
            "2.4703282292062328e-324",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "9007199254740993",
            "9007199254740993.0000000000000000000001",
            "123456789012345678901234567890",
        ] {
            let expected = if matches!(word, "inf" | "nan") { None } else { word.parse::<f64>().ok() };
            assert_eq!(parse(word).map(f64::to_bits), expected.map(f64::to_bits), "{word}");
        }
    }

    proptest! {
        #[test]
        fn random_numbers_agree_with_the_standard_library(bits in any::<u64>(), places in 0_usize..30) {
            let number = f64::from_bits(bits);
            prop_assume!(number.is_finite() && number != 0.0);
            check(number);
            let small = (bits >> 20) as f64 / 1000.0;
            check(small.max(0.001));
            // The standard library rounds half to even, so skip the numbers that are exactly half-way.
            let exact = Digits::of(small);
            if exact.compare_rest_to_half((exact.point + places as i32).max(0) as usize) != Ordering::Equal {
                prop_assert_eq!(exact.rounded_at(places as i32).to_double(), format!("{small:.places$}").parse::<f64>().unwrap());
            }
        }

        #[test]
        fn random_decimals_parse_as_in_the_standard_library(word in "[-+]?[0-9]{0,25}(\\.[0-9]{0,25})?(e[-+]?[0-9]{0,3})?") {
            prop_assert_eq!(parse(&word).map(f64::to_bits), word.parse::<f64>().ok().map(f64::to_bits), "{}", word);
        }
    }
}
