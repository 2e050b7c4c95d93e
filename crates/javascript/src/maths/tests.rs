//! The functions, held to what Node gives to the last digit.

use super::{cbrt, cos, exp, ln, log2, log10, power, sin};

fn double(bits: &str) -> f64 {
    if bits == "nan" { f64::NAN } else { f64::from_bits(u64::from_str_radix(bits, 16).unwrap()) }
}

#[test]
fn every_value_is_nodes() {
    let mut count = 0;
    for line in include_str!("cases.txt").lines().filter(|line| !line.starts_with('#')) {
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
            other => panic!("{other}"),
        };
        let wanted = double(words[words.len() - 1]);
        assert!(
            value.to_bits() == wanted.to_bits() || (value.is_nan() && wanted.is_nan()),
            "{line}: {value:e} {wanted:e}"
        );
        count += 1;
    }
    assert!(count > 1_500, "{count}");
}

#[test]
fn great_angles_have_a_sine_too() {
    // Of the double itself, not of the number that it is printed as. fdlibm's own last digit is not always the nearest.
    for (x, sine) in [(1e22, -0.8522008497671888), (1e300, -0.8178819121159085), (f64::MAX, 0.004961954789184062)] {
        assert!((sin(x) - sine).abs() < 1e-15, "{x:e}: {}", sin(x));
        assert!((sin(x).powi(2) + cos(x).powi(2) - 1.0).abs() < 1e-15);
    }
}
