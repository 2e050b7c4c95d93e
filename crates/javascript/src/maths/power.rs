//! Powers.

use super::{EXPONENTIAL, head, high, polynomial, scaled, with_high};

/// `base ** exponent`.
pub fn power(base: f64, exponent: f64) -> f64 {
    if exponent == 0.0 {
        return 1.0;
    }
    if base.is_nan() || exponent.is_nan() {
        return f64::NAN;
    }
    let magnitude = base.abs();
    if exponent.is_infinite() {
        return match magnitude {
            1.0 => f64::NAN,
            _ if (magnitude > 1.0) == (exponent > 0.0) => f64::INFINITY,
            _ => 0.0,
        };
    }
    // Exactly, where that takes one operation.
    match exponent {
        1.0 => return base,
        -1.0 => return 1.0 / base,
        2.0 => return base * base,
        0.5 if base.is_sign_positive() => return base.sqrt(),
        _ => {}
    }
    let whole = exponent.trunc() == exponent;
    let result = if magnitude == 0.0 || magnitude.is_infinite() || magnitude == 1.0 {
        if exponent < 0.0 { 1.0 / magnitude } else { magnitude }
    } else {
        positive(magnitude, exponent)
    };
    if base.is_sign_positive() || (!whole && (magnitude == 0.0 || magnitude.is_infinite())) {
        result
    } else if !whole {
        f64::NAN
    } else if exponent % 2.0 == 0.0 {
        result
    } else {
        -result
    }
}

/// A positive number, not 1, to a power that is not 0.
fn positive(x: f64, y: f64) -> f64 {
    let grows = |above_one: bool| if above_one == (y > 0.0) { f64::INFINITY } else { 0.0 };
    let (bits, magnitude) = (high(x), high(y.abs()));
    let (log_high, log_low) = if magnitude > 0x41e0_0000 {
        if magnitude > 0x43f0_0000 {
            return grows(bits >= 0x3ff0_0000);
        }
        if !(0x3fef_ffff..=0x3ff0_0000).contains(&bits) {
            return grows(bits > 0x3ff0_0000);
        }
        logarithm_near_one(x)
    } else {
        logarithm(x)
    };
    let y_high = head(y);
    let below = (y - y_high) * log_high + y * log_low;
    let above = y_high * log_high;
    let sum = below + above;
    // What is lost of 1024 where it is the last sum below it.
    const SLACK: f64 = 8.0085662595372944372e-17;
    if sum > 1024.0 || (sum == 1024.0 && below + SLACK > sum - above) {
        return f64::INFINITY;
    }
    if sum < -1075.0 || (sum == -1075.0 && below <= sum - above) {
        return 0.0;
    }
    two_to_sum(above, below)
}

/// log₂ of a number that is 1 up to 2^-20, in two parts of which the first has only an upper half.
fn logarithm_near_one(x: f64) -> (f64, f64) {
    let t = x - 1.0;
    let w = (t * t) * (0.5 - t * (0.3333333333333333333333 - t * 0.25));
    let u = 1.44269502162933349609e+00 * t;
    let v = t * 1.92596299112661746887e-08 - w * core::f64::consts::LOG2_E;
    let first = head(u + v);
    (first, v - (first - u))
}

/// log₂ of a positive number, in the same two parts.
fn logarithm(x: f64) -> (f64, f64) {
    const TWO_53: f64 = 9007199254740992.0;
    let (x, mut n) = if x < f64::MIN_POSITIVE { (x * TWO_53, -53) } else { (x, 0) };
    n += (high(x) >> 20) as i32 - 1023;
    let fraction = high(x) & 0x000f_ffff;
    let mut bits = fraction | 0x3ff0_0000;
    // It is brought near 1 or near 1.5, whose logarithm is known in two parts.
    let near_one = fraction <= 0x0003_988e || fraction >= 0x000b_b67a;
    if fraction >= 0x000b_b67a {
        n += 1;
        bits -= 0x0010_0000;
    }
    let x = with_high(x, bits);
    let (point, point_high, point_low) =
        if near_one { (1.0, 0.0, 0.0) } else { (1.5, 5.84962487220764160156e-01, 1.35003920212974897128e-08) };
    // s = (x - point) / (x + point), in two parts
    let u = x - point;
    let v = 1.0 / (x + point);
    let s = u * v;
    let s_high = head(s);
    let sum_high = with_high(0.0, ((bits >> 1) | 0x2000_0000) + 0x0008_0000 + (u32::from(!near_one) << 18));
    let sum_low = x - (sum_high - point);
    let s_low = v * ((u - s_high * sum_high) - s_high * sum_low);
    // ln x = 2 s + 2/3 s³ + …, of which 3 + s² + r is s³'s part
    let square = s * s;
    let r = square * square * polynomial(square, &SERIES) + s_low * (s_high + s);
    let square = s_high * s_high;
    let t_high = head(3.0 + square + r);
    let t_low = r - ((t_high - 3.0) - square);
    let u = s_high * t_high;
    let v = s_low * t_high + t_low * s;
    let p_high = head(u + v);
    let p_low = v - (p_high - u);
    // 2 / (3 ln 2), in two parts
    let z_high = 9.61796700954437255859e-01 * p_high;
    let z_low = -7.02846165095275826516e-09 * p_high + p_low * 9.61796693925975554329e-01 + point_low;
    let t = f64::from(n);
    let first = head(((z_high + z_low) + point_high) + t);
    (first, z_low - (((first - t) - point_high) - z_high))
}

const SERIES: [f64; 6] = [
    5.99999999999994648725e-01,
    4.28571428578550184252e-01,
    3.33333329818377432918e-01,
    2.72728123808534006489e-01,
    2.30660745775561754067e-01,
    2.06975017800338417784e-01,
];

/// 2 to the power of a sum.
fn two_to_sum(above: f64, below: f64) -> f64 {
    let sum = below + above;
    let whole = if sum.abs() > 0.5 { (sum.abs() + 0.5).trunc().copysign(sum) } else { 0.0 };
    let above = above - whole;
    let t = head(below + above);
    let u = t * 6.93147182464599609375e-01;
    let v = (below - (t - above)) * core::f64::consts::LN_2 + t * -1.90465429995776804525e-09;
    let z = u + v;
    let w = v - (z - u);
    let square = z * z;
    let c = z - square * polynomial(square, &EXPONENTIAL);
    // fdlibm divides by `c - 2` alone. V8 does this, and so 10 ** -5 is what it is there.
    let r = (z * c) / ((c - 2.0) - (w + z * w));
    scaled(1.0 - (r - z), whole as i32)
}
