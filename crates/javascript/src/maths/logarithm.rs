//! Logarithms.

use super::{LN2_HIGH, LN2_LOW, TWO_54, head, high, polynomial, with_high};

/// What the logarithm of a number is where it takes no calculation.
fn special(x: f64) -> Option<f64> {
    if x == 0.0 {
        return Some(f64::NEG_INFINITY);
    }
    if x.is_nan() || x < 0.0 {
        return Some(f64::NAN);
    }
    if x.is_infinite() { Some(x) } else { None }
}

/// A positive number as the upper half of its bits, with the power of two by which it was made normal, and itself.
fn normal(x: f64) -> (u32, i32, f64) {
    let (x, n) = if x < f64::MIN_POSITIVE { (x * TWO_54, -54) } else { (x, 0) };
    (high(x), n, x)
}

/// A positive number as 2^k · (1 + f), from √½ to √2; with the first 20 bits of its fraction.
fn parts(x: f64) -> (f64, f64, i32) {
    let (bits, n, x) = normal(x);
    let fraction = bits & 0x000f_ffff;
    let up = (fraction + 0x0009_5f64) & 0x0010_0000;
    let k = n + (bits >> 20) as i32 - 1023 + (up >> 20) as i32;
    (f64::from(k), with_high(x, fraction | (up ^ 0x3ff0_0000)) - 1.0, fraction as i32)
}

/// `f / (2 + f)`, and the series of ln(1 + f) in its square without the first term.
fn series(f: f64) -> (f64, f64) {
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w * polynomial(w, &[3.999999999940941908e-01, 2.222219843214978396e-01, 1.531383769920937332e-01]);
    let odd = z * polynomial(
        w,
        &[6.666666666666735130e-01, 2.857142874366239149e-01, 1.818357216161805012e-01, 1.479819860511658591e-01],
    );
    (s, odd + even)
}

/// `Math.log`.
pub fn ln(x: f64) -> f64 {
    if let Some(known) = special(x) {
        return known;
    }
    let (k, f, fraction) = parts(x);
    if (0x000f_ffff & (2 + fraction)) < 3 {
        // All but a power of two.
        if f == 0.0 {
            return if k == 0.0 { 0.0 } else { k * LN2_HIGH + k * LN2_LOW };
        }
        let r = f * f * (0.5 - 0.33333333333333333 * f);
        return if k == 0.0 { f - r } else { k * LN2_HIGH - ((r - k * LN2_LOW) - f) };
    }
    let (s, r) = series(f);
    // Between these two the half of the square is taken out of the series, which keeps a digit more.
    if (fraction - 0x0006_147a) | (0x0006_b851 - fraction) > 0 {
        let half = 0.5 * f * f;
        let rest = s * (half + r);
        return if k == 0.0 { f - (half - rest) } else { k * LN2_HIGH - ((half - (rest + k * LN2_LOW)) - f) };
    }
    let rest = s * (f - r);
    if k == 0.0 { f - rest } else { k * LN2_HIGH - ((rest - k * LN2_LOW) - f) }
}

/// `Math.log2`.
pub fn log2(x: f64) -> f64 {
    const HIGH: f64 = 1.44269504072144627571e+00;
    const LOW: f64 = 1.67517131648865118353e-10;
    if let Some(known) = special(x) {
        return known;
    }
    if x == 1.0 {
        return 0.0;
    }
    let (k, f, _) = parts(x);
    let half = 0.5 * f * f;
    let (s, r) = series(f);
    let above = head(f - half);
    let below = (f - above) - half + s * (half + r);
    let main = above * HIGH;
    let rest = (below + above) * LOW + below * HIGH;
    let sum = k + main;
    (rest + ((k - sum) + main)) + sum
}

/// `Math.log10`.
pub fn log10(x: f64) -> f64 {
    if let Some(known) = special(x) {
        return known;
    }
    let (bits, n, x) = normal(x);
    let k = n + (bits >> 20) as i32 - 1023;
    let below_one = u32::from(k < 0);
    let y = f64::from(k) + f64::from(below_one);
    let rest = with_high(x, (bits & 0x000f_ffff) | ((0x3ff - below_one) << 20));
    let low = y * 3.69423907715893078616e-13 + core::f64::consts::LOG10_E * ln(rest);
    low + y * 3.01029995663611771306e-01
}
