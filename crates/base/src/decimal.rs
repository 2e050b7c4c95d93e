//! Doubles as decimal digits and back, exactly.
//!
//! The standard library does the same faster, with 20 KB of tables and of code that every reader of the page would fetch.
//! This works the digits out by long multiplication, one limb after the other: what is printed and read in a run is short.

use core::cmp::Ordering;

/// The limbs of the long multiplication are below this: nine decimal digits.
const LIMB: u64 = 1_000_000_000;

/// Powers of ten up to this one are doubles exactly.
const EXACT_POWER: i32 = 22;

/// Decimal digits and the place of the point: `0.D₁D₂… × 10^point`, without zeros at either end; no digits for zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Digits {
    /// The digits, as ASCII.
    pub digits: Vec<u8>,
    /// How many of them stand before the point; below 0 for zeros after it.
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

    /// All digits of a finite number, of its magnitude.
    #[must_use]
    pub fn of(number: f64) -> Self {
        let (mantissa, exponent) = parts(number);
        exact(mantissa, exponent)
    }

    /// The number written out without an exponent: `0.001`, `1200`.
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

    /// The number as a mantissa with one digit before the point, and its power of ten: `1.25` and 3 for 1250.
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

    /// The fewest digits that are read as this number again, and of those the nearest; the number is finite.
    #[must_use]
    pub fn shortest(number: f64) -> Self {
        let (mantissa, exponent) = parts(number);
        let own = exact(mantissa, exponent);
        // Half-way to the numbers beside it. The one below is nearer where the mantissa is the smallest.
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
        // Fifteen digits survive being a double, so that with fifteen none is missed that fewer would do for. That holds
        // for doubles of full precision.
        let least = if mantissa >> 52 == 0 { 1 } else { 15 };
        for count in least..=17 {
            let (down, up) = own.around(count);
            let nearest_first = match own.half(count) {
                Ordering::Less => [down, up],
                Ordering::Greater => [up, down],
                Ordering::Equal if down.even_at(count) => [down, up],
                Ordering::Equal => [up, down],
            };
            if let Some(found) = nearest_first.into_iter().find(|digits| reads_back(digits)) {
                return found;
            }
        }
        // Seventeen always do.
        own
    }

    /// Which of two is greater.
    fn compare(&self, other: &Self) -> Ordering {
        // Nothing has no place that could be compared.
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (false, false) => self.point.cmp(&other.point).then_with(|| self.digits.cmp(&other.digits)),
            (self_zero, other_zero) => other_zero.cmp(&self_zero),
        }
    }

    /// The first `count` digits, and those with one more at the last place.
    fn around(&self, count: usize) -> (Self, Self) {
        let mut digits = self.digits.clone();
        digits.resize(count, b'0');
        let down = Self::new(digits.clone(), self.point);
        // A place in front for what is carried.
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

    /// What follows the first `count` digits, beside half of the last one's place.
    fn half(&self, count: usize) -> Ordering {
        self.digits.get(count..).unwrap_or_default().cmp(b"5")
    }

    fn even_at(&self, count: usize) -> bool {
        // Digits that are missing are zeros.
        self.digits.get(count - 1).is_none_or(|digit| digit % 2 == 0)
    }

    /// With at most `count` digits; half is rounded up.
    #[must_use]
    pub fn rounded_to(&self, count: usize) -> Self {
        let (down, up) = self.around(count);
        if self.half(count) == Ordering::Less { down } else { up }
    }

    /// With at most `places` of them after the point; half is rounded up.
    #[must_use]
    pub fn rounded_at(&self, places: i32) -> Self {
        let count = self.point + places;
        if count < 0 {
            return Self { digits: Vec::new(), point: self.point };
        }
        self.rounded_to(count as usize)
    }

    /// The double nearest to this, of two the even one; infinite beyond the greatest.
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
            // Both are exact, so that what is made of them is rounded once.
            let power = 10_f64.powi(exponent.abs());
            return if exponent < 0 { number as f64 / power } else { number as f64 * power };
        }
        // Near to it, in two steps, because 10^-340 is no double.
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

/// A finite number as `mantissa × 2^exponent`.
fn parts(number: f64) -> (u64, i32) {
    let bits = number.to_bits();
    let (mantissa, exponent) = (bits & ((1 << 52) - 1), (bits >> 52 & 0x7FF) as i32);
    if exponent == 0 { (mantissa, -1074) } else { (mantissa | 1 << 52, exponent - 1075) }
}

/// The digits of `mantissa × 2^exponent`.
fn exact(mantissa: u64, exponent: i32) -> Digits {
    // The lowest limb first.
    let mut limbs = vec![mantissa % LIMB, mantissa / LIMB % LIMB, mantissa / LIMB / LIMB];
    // A half is five tenths: with a negative exponent it is fives that are multiplied, and the point that moves.
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

/// The number that decimal text is: digits with a point among them or not, an exponent or not, a sign or not. `None`
/// where it is anything else.
#[must_use]
pub fn parse(text: &str) -> Option<f64> {
    let (negative, rest) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
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
        let (negative, exponent) = match &rest[at + 1..] {
            [b'-', exponent @ ..] => (true, exponent),
            [b'+', exponent @ ..] => (false, exponent),
            exponent => (false, exponent),
        };
        if exponent.is_empty() || !exponent.iter().all(u8::is_ascii_digit) {
            return None;
        }
        // What is more than this is nothing or infinite, whatever the digits are.
        let size = exponent.iter().fold(0_i32, |size, digit| (size * 10 + i32::from(digit - b'0')).min(1 << 20));
        place = if negative { -size } else { size };
    }
    let point = point.unwrap_or(digits.len() as i32) + place;
    let magnitude = Digits::new(digits, point).to_double();
    Some(if negative { -magnitude } else { magnitude })
}

/// The number, or the bound that it is beyond.
#[allow(clippy::manual_clamp, reason = "`clamp` panics with the bounds, and so brings all of what formats a double")]
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

/// What `number % by` is. No step rounds; that of the standard library is several times the code.
#[must_use]
pub fn remainder(number: f64, by: f64) -> f64 {
    let (mut rest, by) = (number.abs(), by.abs());
    if !rest.is_finite() || by == 0.0 || by.is_nan() {
        return f64::NAN;
    }
    if rest < by {
        return number;
    }
    let mut step = by;
    while step * 2.0 <= rest {
        step *= 2.0;
    }
    while step >= by {
        if rest >= step {
            rest -= step;
        }
        step /= 2.0;
    }
    rest.copysign(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(digits: &Digits) -> String {
        format!("0.{}e{}", String::from_utf8_lossy(&digits.digits), digits.point)
    }

    fn agrees(number: f64) {
        let shortest = Digits::shortest(number);
        assert_eq!(shown(&shortest).parse::<f64>().unwrap(), number.abs(), "{number:e}");
        let own = format!("{:e}", number.abs());
        let count = own.split_once('e').unwrap().0.bytes().filter(u8::is_ascii_digit).count();
        assert!(shortest.digits.len() <= count, "{number:e} as {shortest:?}");
        assert_eq!(parse(&format!("{number:e}")), Some(number));
        assert_eq!(parse(&format!("{number:.20e}")), format!("{number:.20e}").parse().ok());
        assert_eq!(Digits::of(number).to_double(), number.abs());
    }

    #[test]
    fn the_ends_of_the_scale() {
        for number in [0.0, 5e-324, 2.225_073_858_507_201e-308, f64::MIN_POSITIVE, f64::MAX, 1e23, 9.5e-3, 2e-44, 1e22]
        {
            if number > 0.0 {
                agrees(number);
                agrees(number.next_up().min(f64::MAX));
                agrees(-number.next_down());
            }
        }
        for power in -1074..1024 {
            agrees(2_f64.powi(power));
        }
        assert_eq!(Digits::of(0.0).digits, b"");
        assert_eq!(Digits::shortest(2_f64.powi(-44)).digits, b"5684341886080802");
        // Half-way between two of seventeen digits: the even one, as Node has it. A random program found this.
        assert_eq!(Digits::shortest(5.769_050_406_290_958e14 * 3.0).digits, b"17307151218872872");
    }

    fn divides(number: f64, by: f64) {
        let (own, expected) = (remainder(number, by), number % by);
        assert!(
            own.to_bits() == expected.to_bits() || own.is_nan() && expected.is_nan(),
            "{number:e} % {by:e} is {own:e}"
        );
    }

    #[test]
    fn remainders_at_the_ends_of_the_scale() {
        let ends = [0.0, 5e-324, 1e-323, f64::MIN_POSITIVE, 0.1, 1.0, 3.0, 1e300, f64::MAX, f64::INFINITY, f64::NAN];
        for number in ends {
            for by in ends {
                for (number, by) in [(number, by), (-number, by), (number, -by)] {
                    divides(number, by);
                }
            }
        }
    }

    #[test]
    fn words() {
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
        fn what_the_standard_library_says(bits in any::<u64>(), places in 0_usize..30) {
            let number = f64::from_bits(bits);
            prop_assume!(number.is_finite() && number != 0.0);
            agrees(number);
            divides(number, f64::from_bits(bits.rotate_left(17)));
            divides(number, f64::from_bits(bits ^ 0x0080_0010_0000_1234));
            let small = (bits >> 20) as f64 / 1000.0;
            agrees(small.max(0.001));
            // It rounds half to even; that differs only where the rest is exactly half.
            let exact = Digits::of(small);
            if exact.half((exact.point + places as i32).max(0) as usize) != Ordering::Equal {
                prop_assert_eq!(exact.rounded_at(places as i32).to_double(), format!("{small:.places$}").parse::<f64>().unwrap());
            }
        }

        #[test]
        fn any_text(word in "[-+]?[0-9]{0,25}(\\.[0-9]{0,25})?(e[-+]?[0-9]{0,3})?") {
            prop_assert_eq!(parse(&word).map(f64::to_bits), word.parse::<f64>().ok().map(f64::to_bits), "{}", word);
        }
    }
}
