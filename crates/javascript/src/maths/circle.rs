//! Sine and cosine.

use super::{high, polynomial};

/// The upper half of π/4: up to there nothing is to be reduced.
const QUARTER_PI: u32 = 0x3fe9_21fb;

/// `Math.sin`.
pub fn sin(x: f64) -> f64 {
    turned(x, 0)
}

/// `Math.cos`.
pub fn cos(x: f64) -> f64 {
    turned(x, 1)
}

/// The sine of `x` and so many quarters of a turn.
fn turned(x: f64, quarters: u32) -> f64 {
    if !x.is_finite() {
        return f64::NAN;
    }
    let (count, x, rest) = if high(x.abs()) <= QUARTER_PI { (0, x, 0.0) } else { reduced(x) };
    match (count + quarters) % 4 {
        0 => sine(x, rest),
        1 => cosine(x, rest),
        2 => -sine(x, rest),
        _ => -cosine(x, rest),
    }
}

/// The sine of `x + rest`, from -π/4 to π/4.
fn sine(x: f64, rest: f64) -> f64 {
    const FIRST: f64 = -1.66666666666666324348e-01;
    if high(x.abs()) < 0x3e40_0000 {
        return x;
    }
    let square = x * x;
    let cube = square * x;
    let r = polynomial(
        square,
        &[
            8.33333333332248946124e-03,
            -1.98412698298579493134e-04,
            2.75573137070700676789e-06,
            -2.50507602534068634195e-08,
            1.58969099521155010221e-10,
        ],
    );
    if rest == 0.0 {
        x + cube * (FIRST + square * r)
    } else {
        x - ((square * (0.5 * rest - cube * r) - rest) - cube * FIRST)
    }
}

/// The cosine of `x + rest`, from -π/4 to π/4.
fn cosine(x: f64, rest: f64) -> f64 {
    let magnitude = high(x.abs());
    if magnitude < 0x3e40_0000 {
        return 1.0;
    }
    let square = x * x;
    let r = square
        * polynomial(
            square,
            &[
                4.16666666666666019037e-02,
                -1.38888888888741095749e-03,
                2.48015872894767294178e-05,
                -2.75573143513906633035e-07,
                2.08757232129817482790e-09,
                -1.13596475577881948265e-11,
            ],
        );
    let r = square * r - x * rest;
    if magnitude < 0x3fd3_3333 {
        return 1.0 - (0.5 * square - r);
    }
    // A quarter of `x`, taken out of both sides so that less is lost.
    let quarter =
        if magnitude > 0x3fe9_0000 { 0.28125 } else { f64::from_bits(u64::from(magnitude - 0x0020_0000) << 32) };
    (1.0 - quarter) - ((0.5 * square - quarter) - r)
}

/// 2/π in binary, 64 places a word, after the point.
const TWO_OVER_PI: [u64; 20] = [
    0xa2f9836e4e441529,
    0xfc2757d1f534ddc0,
    0xdb6295993c439041,
    0xfe5163abdebbc561,
    0xb7246e3a424dd2e0,
    0x06492eea09d1921c,
    0xfe1deb1cb129a73e,
    0xe88235f52ebb4484,
    0xe99c7026b45f7e41,
    0x3991d639835339f4,
    0x9c845f8bbdf9283b,
    0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f,
    0x6d367ecf27cb09b7,
    0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b,
    0x3d0739f78a5292ea,
    0x6bfb5fb11f8d5d08,
    0x56033046fc7b6bab,
    0xf0cfbc209af4361d,
];

/// π/4 in binary, 128 places after the point.
const QUARTER_PI_BITS: u128 = 0xc90fdaa22168c234c4c6628b80dc1cd1;

/// 64 binary places of 2/π; the first after the point is number 0.
fn places_of_two_over_pi(from: i32) -> u64 {
    let word = |index: i32| usize::try_from(index).ok().and_then(|index| TWO_OVER_PI.get(index)).copied().unwrap_or(0);
    let (index, shift) = (from.div_euclid(64), from.rem_euclid(64));
    if shift == 0 { word(index) } else { word(index) << shift | word(index + 1) >> (64 - shift) }
}

/// How many quarters of a turn (of four) are in `x`, and the rest, from -π/4 to π/4, in two parts.
fn reduced(x: f64) -> (u32, f64, f64) {
    let bits = x.abs().to_bits();
    let mantissa = (bits & 0x000f_ffff_ffff_ffff) | 0x0010_0000_0000_0000;
    let exponent = (bits >> 52) as i32 - 1075;
    // mantissa · 2^exponent · 2/π: two places before the point and 190 after it. Whole turns are left out.
    let mut product = [0_u64; 4];
    let mut carry = 0;
    for part in (0..4).rev() {
        let places = places_of_two_over_pi(exponent - 2 + 64 * part as i32);
        let sum = u128::from(mantissa) * u128::from(places) + carry;
        product[part] = sum as u64;
        carry = sum >> 64;
    }
    let mut quarters = (product[0] >> 62) as u32;
    let mut fraction = [0, 1, 2].map(|part| product[part] << 2 | product[part + 1] >> 62);
    let past_half = fraction[0] >> 63 == 1;
    if past_half {
        // One quarter more, and what is too much.
        quarters += 1;
        fraction = fraction.map(|word| !word);
    }
    let zeros = fraction.iter().scan(true, |leading, word| {
        let count = if *leading { word.leading_zeros() } else { 0 };
        *leading &= *word == 0;
        Some(count)
    });
    let zeros = zeros.sum::<u32>();
    let (skip, shift) = ((zeros / 64) as usize, zeros % 64);
    let word = |index: usize| fraction.get(skip + index).copied().unwrap_or(0);
    let significant = |index: usize| {
        u128::from(if shift == 0 { word(index) } else { word(index) << shift | word(index + 1) >> (64 - shift) })
    };
    let rest = upper_product(significant(0) << 64 | significant(1), QUARTER_PI_BITS);
    let zeros = zeros + rest.leading_zeros();
    let rest = rest << rest.leading_zeros();
    // Twice a quarter of π, in units of 2^-zeros: 53 bits, and what they lack.
    let unit = super::two_to(1 - zeros as i32);
    let first = (rest >> 75) + (rest >> 74 & 1);
    let second = rest.wrapping_sub(first << 75) as i128;
    let sign = if past_half == (x > 0.0) { -1.0 } else { 1.0 };
    let first = first as f64 * super::two_to(-53) * unit;
    let second = second as f64 * super::two_to(-128) * unit;
    (if x > 0.0 { quarters % 4 } else { (8 - quarters) % 4 }, sign * first, sign * second)
}

/// The upper 128 bits of a product, up to one in the last place.
fn upper_product(left: u128, right: u128) -> u128 {
    const LOW: u128 = 0xffff_ffff_ffff_ffff;
    let (a, b, c, d) = (left >> 64, left & LOW, right >> 64, right & LOW);
    a * c + ((a * d) >> 64) + ((b * c) >> 64)
}
