//! Arithmetic on two numbers, and the functions of `Math` whose results are approximations.
//!
//! ECMA-262 leaves the precision of these functions to the implementation. The crate `libm` computes them here, so every
//! machine gives the same result. The last digit of `**`, `pow`, `exp`, `cbrt`, `log10`, `sin` and `cos` differs from V8's
//! in about one result of fifty.

use crate::ast::Binary;

pub(crate) use libm::{cbrt, cos, exp, log as ln, log2, log10, sin};

/// The result of an arithmetic operator; `None` for the comparisons and `instanceof`.
#[inline]
pub(crate) fn arithmetic(operator: Binary, left: f64, right: f64) -> Option<f64> {
    Some(match operator {
        Binary::Add => left + right,
        Binary::Subtract => left - right,
        Binary::Multiply => left * right,
        Binary::Divide => left / right,
        Binary::Remainder => left % right,
        Binary::Power => power(left, right),
        _ => return None,
    })
}

/// `base ** exponent`.
///
/// Unlike C's `pow`, [`Number::exponentiate`](https://tc39.es/ecma262/#sec-numeric-types-number-exponentiate) gives NaN
/// for an exponent that is NaN, and for the base 1 or -1 with an infinite exponent.
#[expect(clippy::float_cmp, reason = "only the base 1 itself has another result than in C")]
pub(crate) fn power(base: f64, exponent: f64) -> f64 {
    if exponent.is_nan() || (base.abs() == 1.0 && exponent.is_infinite()) {
        return f64::NAN;
    }
    libm::pow(base, exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn double(bits: &str) -> f64 {
        if bits == "nan" { f64::NAN } else { f64::from_bits(u64::from_str_radix(bits, 16).unwrap()) }
    }

    /// Compares two numbers without the last binary digit.
    fn agree(left: f64, right: f64) -> bool {
        left.to_bits() == right.to_bits()
            || (left.is_nan() && right.is_nan())
            || (left.signum() == right.signum() && left.to_bits().abs_diff(right.to_bits()) == 1)
    }

    #[test]
    fn every_recorded_value_is_nodes_except_for_the_last_digit() {
        let (mut count, mut rounded) = (0, 0);
        for line in include_str!("maths/cases.txt").lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<&str> = line.split(' ').collect();
            let x = double(words[1]);
            let value = match words[0] {
                "cbrt" => cbrt(x),
                "cos" => cos(x),
                "exp" => exp(x),
                "log" => ln(x),
                "log10" => log10(x),
                "log2" => log2(x),
                "sin" => sin(x),
                "pow" => power(x, double(words[2])),
                other => panic!("{other} is no function of this test"),
            };
            let node = double(words[words.len() - 1]);
            assert!(agree(value, node), "{line}: {value:e} is not {node:e}");
            count += 1;
            rounded += u32::from(value.to_bits() != node.to_bits() && !node.is_nan());
        }
        assert!(count > 1_500, "only {count} cases were read");
        assert!(rounded < 50, "{rounded} of {count} values have another last digit");
    }

    #[test]
    fn exponents_that_c_computes_and_javascript_does_not_give_nan() {
        assert!(power(1.0, f64::NAN).is_nan());
        assert!(power(-1.0, f64::INFINITY).is_nan());
        assert!(power(1.0, f64::NEG_INFINITY).is_nan());
        assert_eq!(power(f64::NAN, 0.0).to_bits(), 1.0_f64.to_bits());
    }
}
