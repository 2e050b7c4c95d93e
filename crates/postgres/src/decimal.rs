//! `numeric`: decimal numbers that keep their scale. PostgreSQL's have thousands of digits, these have 38; what does not
//! fit gives `None`, and the mock says that it cannot.

use core::cmp::Ordering;
use core::fmt;

/// A decimal number: `digits` over ten to the power of `scale`.
#[derive(Clone, Copy, Debug, Eq, Default)]
pub struct Decimal {
    pub(super) digits: i128,
    pub(super) scale: u8,
}

/// The most digits after the point.
const MAX_SCALE: u8 = 38;

fn power_of_ten(exponent: u8) -> Option<i128> {
    10_i128.checked_pow(exponent.into())
}

/// A quotient rounded to the nearest, halves away from zero.
fn rounded(dividend: i128, divisor: i128) -> i128 {
    let (quotient, rest) = (dividend / divisor, dividend % divisor);
    let half = divisor.unsigned_abs() - rest.unsigned_abs() <= rest.unsigned_abs();
    if half { quotient + if (dividend < 0) == (divisor < 0) { 1 } else { -1 } } else { quotient }
}

impl Decimal {
    /// A whole number.
    pub fn whole(value: i64) -> Self {
        Self { digits: value.into(), scale: 0 }
    }

    /// A number as SQL writes it: sign, digits, point, exponent.
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i16>().ok()?),
            None => (text, 0),
        };
        let unsigned = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        if whole.len() + fraction.len() == 0 {
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
        let scale = u8::try_from(scale.max(0)).ok().filter(|scale| *scale <= MAX_SCALE)?;
        Some(Self { digits, scale })
    }

    /// The same number with that many digits after the point, rounded where it had more.
    pub fn with_scale(self, scale: u8) -> Option<Self> {
        let digits = if scale >= self.scale {
            self.digits.checked_mul(power_of_ten(scale - self.scale)?)?
        } else {
            rounded(self.digits, power_of_ten(self.scale - scale)?)
        };
        Some(Self { digits, scale })
    }

    /// The nearest whole number.
    pub fn to_whole(self) -> Option<i64> {
        i64::try_from(self.with_scale(0)?.digits).ok()
    }

    /// The nearest float.
    pub fn to_float(self) -> f64 {
        // Through text, which rounds once; a division of two floats would round three times.
        base::decimal::parse(&self.to_string()).unwrap_or(f64::NAN)
    }

    fn aligned(self, other: Self) -> Option<(i128, i128, u8)> {
        let scale = self.scale.max(other.scale);
        Some((self.with_scale(scale)?.digits, other.with_scale(scale)?.digits, scale))
    }

    /// The sum.
    pub fn plus(self, other: Self) -> Option<Self> {
        let (left, right, scale) = self.aligned(other)?;
        Some(Self { digits: left.checked_add(right)?, scale })
    }

    /// The negative.
    #[must_use]
    pub fn negative(self) -> Self {
        Self { digits: -self.digits, scale: self.scale }
    }

    /// The product.
    pub fn multiply(self, other: Self) -> Option<Self> {
        let scale = (self.scale + other.scale <= MAX_SCALE).then_some(self.scale + other.scale)?;
        Some(Self { digits: self.digits.checked_mul(other.digits)?, scale })
    }

    /// The remainder of a division by something that is not zero.
    pub fn remainder(self, other: Self) -> Option<Self> {
        let (left, right, scale) = self.aligned(other)?;
        Some(Self { digits: left.checked_rem(right)?, scale })
    }

    /// The quotient by something that is not zero, with the scale that PostgreSQL chooses: at least 16 significant
    /// digits, counted in its groups of four.
    pub fn divide(self, other: Self) -> Option<Self> {
        let (left_weight, left_first) = self.first_group();
        let (right_weight, right_first) = other.first_group();
        let weight = left_weight - right_weight - i16::from(left_first <= right_first);
        let scale = (16 - 4 * weight).max(self.scale.into()).max(other.scale.into());
        let scale = u8::try_from(scale).ok().filter(|scale| *scale <= MAX_SCALE)?;
        let shift = i16::from(scale) + i16::from(other.scale) - i16::from(self.scale);
        // Not negative: the scale is at least that of the dividend.
        let dividend = self.digits.checked_mul(power_of_ten(u8::try_from(shift).ok()?)?)?;
        Some(Self { digits: rounded(dividend, other.digits), scale })
    }

    /// The first group of four digits that is not zero, and its place before (or, negative, after) the point.
    fn first_group(self) -> (i16, u16) {
        let mut rest = self.digits.unsigned_abs();
        // Groups are counted from the point: filled up to a multiple of four digits after it.
        let filling = (4 - self.scale % 4) % 4;
        let mut weight = -i16::from((self.scale + filling) / 4);
        if rest == 0 {
            return (0, 0);
        }
        let mut carried = filling;
        loop {
            // The last group takes in the filling; the others are whole.
            let size = 10_u128.pow(4 - u32::from(carried));
            if rest < size {
                return (weight, (rest * 10_u128.pow(carried.into())) as u16);
            }
            rest /= size;
            carried = 0;
            weight += 1;
        }
    }
}

/// 1.0 and 1.00 are the same number.
impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        // Where aligning them overflows, the one with the larger whole part is clear from that alone.
        match self.aligned(*other) {
            Some((left, right, _)) => left.cmp(&right),
            None => self.to_float().total_cmp(&other.to_float()),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // From the last digit to the first: the standard library's way for 128 bits is many times the size.
        let mut text = [b'0'; 48];
        let (mut at, mut rest, mut places) = (text.len(), self.digits.unsigned_abs(), 0);
        while rest > 0 || places <= self.scale {
            if places == self.scale && places > 0 {
                at -= 1;
                text[at] = b'.';
            }
            at -= 1;
            text[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            places += 1;
        }
        if self.digits < 0 {
            at -= 1;
            text[at] = b'-';
        }
        out.write_str(core::str::from_utf8(&text[at..]).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn numbers_keep_their_scale() {
        let shown = |text| decimal(text).to_string();
        assert_eq!(
            ["1.50", "-0.05", ".5", "1e3", "1.5e-2", "007"].map(shown),
            ["1.50", "-0.05", "0.5", "1000", "0.015", "7"]
        );
        assert_eq!(Decimal::parse("1e99"), None);
        assert_eq!(Decimal::parse("."), None);
        assert_eq!(decimal("2.50").with_scale(0).map(|value| value.to_string()).as_deref(), Some("3"));
        assert_eq!(decimal("-2.5").to_whole(), Some(-3));
    }

    #[test]
    fn quotients_have_postgresqls_scale() {
        let quotient = |(left, right)| decimal(left).divide(decimal(right)).unwrap().to_string();
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
}
