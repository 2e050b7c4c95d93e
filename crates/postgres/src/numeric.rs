//! `numeric`: decimal numbers that keep their scale (PostgreSQL's documentation, "Arbitrary Precision Numbers").
//!
//! PostgreSQL's numbers have thousands of digits, these have 38. An operation returns `None` where its result does not
//! fit; the mock then says that it cannot do it.

use core::cmp::Ordering;
use core::fmt;

/// A decimal number: `digits / 10^scale`.
#[derive(Clone, Copy, Debug, Eq, Default)]
pub struct Numeric {
    /// Never `i128::MIN`, so that every number has a negative.
    digits: i128,
    scale: u8,
}

/// The most digits after the point.
const MAX_SCALE: u8 = 38;

fn power_of_ten(exponent: u8) -> Option<i128> {
    10_i128.checked_pow(exponent.into())
}

/// The quotient rounded to the nearest integer, halves away from zero. The divisor is not zero, and neither is
/// `i128::MIN`.
fn rounded_quotient(dividend: i128, divisor: i128) -> i128 {
    let (quotient, rest) = (dividend / divisor, dividend % divisor);
    let rounds_away = divisor.unsigned_abs() - rest.unsigned_abs() <= rest.unsigned_abs();
    let away = if (dividend < 0) == (divisor < 0) { 1 } else { -1 };
    if rounds_away { quotient + away } else { quotient }
}

impl Numeric {
    /// `digits / 10^scale`, if it fits.
    pub fn new(digits: i128, scale: u8) -> Option<Self> {
        (digits != i128::MIN && scale <= MAX_SCALE).then_some(Self { digits, scale })
    }

    /// Reads a number as SQL writes it: sign, digits, point, exponent.
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i16>().ok()?),
            None => (text, 0),
        };
        let unsigned = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let mut digits = 0_i128;
        for byte in whole.bytes().chain(fraction.bytes()) {
            let digit = byte.is_ascii_digit().then(|| byte - b'0')?;
            digits = digits.checked_mul(10)?.checked_add(digit.into())?;
        }
        if mantissa.starts_with('-') {
            digits = -digits;
        }
        let scale = i16::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        if scale < 0 {
            digits = digits.checked_mul(power_of_ten(u8::try_from(-scale).ok()?)?)?;
        }
        Self::new(digits, u8::try_from(scale.max(0)).ok()?)
    }

    /// The number without its point.
    pub fn digits(self) -> i128 {
        self.digits
    }

    /// The number of digits after the point.
    pub fn scale(self) -> u8 {
        self.scale
    }

    /// This number with `scale` digits after the point, rounded if it had more.
    pub fn with_scale(self, scale: u8) -> Option<Self> {
        let digits = if scale >= self.scale {
            self.digits.checked_mul(power_of_ten(scale - self.scale)?)?
        } else {
            rounded_quotient(self.digits, power_of_ten(self.scale - scale)?)
        };
        Self::new(digits, scale)
    }

    /// The nearest integer, halves away from zero.
    pub fn to_integer(self) -> Option<i64> {
        i64::try_from(self.with_scale(0)?.digits).ok()
    }

    /// The nearest `double precision`.
    pub fn to_float(self) -> f64 {
        // Through text, which rounds once; dividing one double by another would round three times.
        base::decimal::parse(&self.to_string()).unwrap_or(f64::NAN)
    }

    /// The digits of both numbers at the larger of the two scales, and that scale.
    fn aligned(self, other: Self) -> Option<(i128, i128, u8)> {
        let scale = self.scale.max(other.scale);
        Some((self.with_scale(scale)?.digits, other.with_scale(scale)?.digits, scale))
    }

    /// The sum.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let (left, right, scale) = self.aligned(other)?;
        Self::new(left.checked_add(right)?, scale)
    }

    /// The negative.
    #[must_use]
    pub fn negate(self) -> Self {
        Self { digits: -self.digits, scale: self.scale }
    }

    /// The product; its scale is the sum of both scales.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        Self::new(self.digits.checked_mul(other.digits)?, self.scale + other.scale)
    }

    /// The remainder, with the sign of the dividend; `None` also if `other` is zero.
    pub fn checked_rem(self, other: Self) -> Option<Self> {
        let (left, right, scale) = self.aligned(other)?;
        Self::new(left.checked_rem(right)?, scale)
    }

    /// The quotient; `None` also if `other` is zero. Its scale is the one that PostgreSQL chooses in `select_div_scale`
    /// (`numeric.c`): at least 16 significant digits, counted in groups of four.
    pub fn checked_div(self, other: Self) -> Option<Self> {
        if other.digits == 0 {
            return None;
        }
        let (left_weight, left_group) = self.first_group();
        let (right_weight, right_group) = other.first_group();
        let weight = left_weight - right_weight - i16::from(left_group <= right_group);
        let scale = (16 - 4 * weight).max(self.scale.into()).max(other.scale.into());
        let scale = u8::try_from(scale).ok().filter(|scale| *scale <= MAX_SCALE)?;
        // Not negative: the scale is at least that of the dividend.
        let shift = i16::from(scale) + i16::from(other.scale) - i16::from(self.scale);
        let dividend = self.digits.checked_mul(power_of_ten(u8::try_from(shift).ok()?)?)?;
        Self::new(rounded_quotient(dividend, other.digits), scale)
    }

    /// The weight and the value of the first group of four digits that is not zero. Groups are counted from the point:
    /// the one before it has the weight 0, the one after it -1.
    fn first_group(self) -> (i16, u16) {
        let mut rest = self.digits.unsigned_abs();
        if rest == 0 {
            return (0, 0);
        }
        // Zeros that fill the last group up to four digits.
        let mut padding = (4 - self.scale % 4) % 4;
        let mut weight = -i16::from((self.scale + padding) / 4);
        loop {
            let size = 10_u128.pow(4 - u32::from(padding));
            if rest < size {
                return (weight, (rest * 10_u128.pow(padding.into())) as u16);
            }
            rest /= size;
            padding = 0;
            weight += 1;
        }
    }
}

impl From<i64> for Numeric {
    fn from(value: i64) -> Self {
        Self { digits: value.into(), scale: 0 }
    }
}

/// 1.0 and 1.00 are equal.
impl PartialEq for Numeric {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl PartialOrd for Numeric {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Numeric {
    fn cmp(&self, other: &Self) -> Ordering {
        match self.aligned(*other) {
            Some((left, right, _)) => left.cmp(&right),
            // Numbers that cannot be aligned differ so much in size that doubles tell them apart.
            None => self.to_float().total_cmp(&other.to_float()),
        }
    }
}

impl fmt::Display for Numeric {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let scale = usize::from(self.scale);
        // At least one digit before the point.
        let digits = format!("{:0width$}", self.digits.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let point = if fraction.is_empty() { "" } else { "." };
        write!(out, "{sign}{whole}{point}{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeric(text: &str) -> Numeric {
        Numeric::parse(text).unwrap()
    }

    #[test]
    fn numbers_keep_their_scale() {
        let printed = |text| numeric(text).to_string();
        assert_eq!(
            ["1.50", "-0.05", ".5", "1e3", "1.5e-2", "007"].map(printed),
            ["1.50", "-0.05", "0.5", "1000", "0.015", "7"]
        );
        assert_eq!(Numeric::parse("1e99"), None);
        assert_eq!(Numeric::parse("."), None);
        assert_eq!(numeric("2.50").with_scale(0).map(|value| value.to_string()).as_deref(), Some("3"));
        assert_eq!(numeric("-2.5").to_integer(), Some(-3));
    }

    #[test]
    fn quotients_have_the_scale_that_postgresql_chooses() {
        let quotient = |(left, right)| numeric(left).checked_div(numeric(right)).unwrap().to_string();
        assert_eq!(
            [("5", "2.0"), ("1", "3.0"), ("10", "3.0"), ("1", "0.3"), ("100000", "3.0"), ("0.0001", "3"), ("-1", "3")]
                .map(quotient),
            [
                "2.5000000000000000",
                "0.33333333333333333333",
                "3.3333333333333333",
                "3.3333333333333333",
                "33333.333333333333",
                "0.000033333333333333333333",
                "-0.33333333333333333333"
            ]
        );
    }

    #[test]
    fn results_that_do_not_fit_are_none() {
        let largest = Numeric::new(i128::MAX, 0).unwrap();
        assert_eq!(largest.checked_add(Numeric::from(1)), None);
        // -2^127 would fit an i128, but its negative would not.
        assert_eq!(largest.negate().checked_add(Numeric::from(-1)), None);
        assert_eq!(largest.checked_mul(Numeric::from(10)), None);
        assert_eq!(largest.negate().checked_div(Numeric::from(-1)), Some(largest));
        assert_eq!(largest.checked_div(Numeric::from(0)), None);
        assert_eq!(largest.checked_rem(Numeric::from(0)), None);
    }

    #[test]
    fn numbers_compare_by_value_whatever_their_scales() {
        assert_eq!(numeric("1.0"), numeric("1.00"));
        assert!(numeric("-0.5") < numeric("0.25"));
        // These two cannot be aligned: the first would need 57 digits.
        assert!(numeric("1e37") > numeric("0.00000000000000000001"));
    }
}
