//! The operators of two numbers, and the functions of `Math` that cannot be exact, as V8 computes them: to the last digit,
//! and alike on every machine.
//!
//! V8 follows fdlibm, so the methods and constants are those of fdlibm, whose notice is:
//!
//! > Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at `SunSoft`, a Sun Microsystems, Inc.
//! > business. Permission to use, copy, modify, and distribute this software is freely granted, provided that this
//! > notice is preserved.

#![allow(clippy::float_cmp, reason = "special cases are exact numbers")]
#![allow(clippy::many_single_char_names, reason = "they are the names of the formulas")]
#![allow(clippy::unreadable_literal, clippy::excessive_precision, reason = "the constants are as they are published")]

mod circle;
mod logarithm;
mod power;
#[cfg(test)]
mod tests;

pub use circle::{cos, sin};
pub use logarithm::{ln, log2, log10};
pub use power::power;

use super::ast::Binary;
use base::decimal;

/// An operator that makes a number of two; `None` for the others.
#[inline]
pub fn arithmetic(operator: Binary, left: f64, right: f64) -> Option<f64> {
    Some(match operator {
        Binary::Add => left + right,
        Binary::Subtract => left - right,
        Binary::Multiply => left * right,
        Binary::Divide => left / right,
        Binary::Remainder => decimal::remainder(left, right),
        Binary::Power => power(left, right),
        _ => return None,
    })
}

const LN2_HIGH: f64 = 6.93147180369123816490e-01;
const LN2_LOW: f64 = 1.90821492927058770002e-10;
/// 2^54, which makes a subnormal number a normal one.
const TWO_54: f64 = 18014398509481984.0;

/// The upper half of a double's bits: sign, exponent and the first 20 bits of its fraction.
fn high(x: f64) -> u32 {
    (x.to_bits() >> 32) as u32
}

fn with_high(x: f64, high: u32) -> f64 {
    f64::from_bits(u64::from(high) << 32 | (x.to_bits() & 0xffff_ffff))
}

/// A double without the lower half of its bits: products of two of these are exact.
fn head(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & !0xffff_ffff)
}

/// `coefficients[0] + x * (coefficients[1] + x * …)`.
fn polynomial(x: f64, coefficients: &[f64]) -> f64 {
    coefficients.iter().rev().copied().reduce(|sum, coefficient| coefficient + x * sum).unwrap_or(0.0)
}

/// 2^n, for a normal result.
fn two_to(n: i32) -> f64 {
    f64::from_bits(((n + 1023) as u64) << 52)
}

/// `x` · 2^n for an `x` near 1, rounded once.
fn scaled(x: f64, n: i32) -> f64 {
    if n < -1021 {
        x * two_to(n + 1000) * two_to(-1000)
    } else if n > 1023 {
        x * two_to(n - 1) * 2.0
    } else {
        x * two_to(n)
    }
}

/// `Math.exp`.
pub fn exp(x: f64) -> f64 {
    if x.is_nan() || x > 709.782712893383973096 {
        return x + f64::INFINITY;
    }
    if x < -745.133219101941108420 {
        return 0.0;
    }
    // fdlibm is one digit off here, V8 is not.
    if x == 1.0 {
        return core::f64::consts::E;
    }
    let magnitude = high(x.abs());
    if magnitude < 0x3e30_0000 {
        return 1.0 + x;
    }
    // x = k · ln 2 + (above - below)
    let (k, above, below) = if magnitude <= 0x3fd6_2e42 {
        (0, x, 0.0)
    } else {
        let k = if magnitude < 0x3ff0_a2b2 {
            1_f64.copysign(x)
        } else {
            (core::f64::consts::LOG2_E * x + 0.5_f64.copysign(x)).trunc()
        };
        (k as i32, x - k * LN2_HIGH, k * LN2_LOW)
    };
    let rest = above - below;
    let square = rest * rest;
    let c = rest - square * polynomial(square, &EXPONENTIAL);
    if k == 0 {
        return 1.0 - ((rest * c) / (c - 2.0) - rest);
    }
    scaled(1.0 - ((below - (rest * c) / (2.0 - c)) - above), k)
}

/// Of the even function that [`exp`] and [`power`](power::power) are made from.
const EXPONENTIAL: [f64; 5] = [
    1.66666666666666019037e-01,
    -2.77777777770155933842e-03,
    6.61375632143793436117e-05,
    -1.65339022054652515390e-06,
    4.13813679705723846039e-08,
];

/// `Math.cbrt`.
pub fn cbrt(x: f64) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let magnitude = x.abs();
    // A first guess from a third of the exponent, good to 5 bits.
    let third = if magnitude < f64::MIN_POSITIVE {
        high(magnitude * TWO_54) / 3 + 696219795
    } else {
        high(magnitude) / 3 + 715094163
    };
    let guess = with_high(0.0, third);
    // Then to 23 bits by a polynomial, rounded so that its square is exact, and to 53 by a step of Newton's.
    let r = (guess * guess) * (guess / magnitude);
    let factor = (1.87595182427177009643 + r * (-1.88497979543377169875 + r * 1.621429720105354466140))
        + ((r * r) * r) * (-0.758397934778766047437 + r * 0.145996192886612446982);
    let t = f64::from_bits(((guess * factor).to_bits() + 0x8000_0000) & 0xffff_ffff_c000_0000);
    let quotient = magnitude / (t * t);
    (t + t * ((quotient - t) / ((t + t) + quotient))).copysign(x)
}
