//! `numeric`: decimal numbers that keep their scale.

use core::fmt;

/// A decimal number: `digits` over ten to the power of `scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Decimal {
    pub(super) digits: i128,
    pub(super) scale: u8,
}

impl fmt::Display for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:0>width$}", self.digits.unsigned_abs(), width = usize::from(self.scale) + 1);
        let (whole, fraction) = text.split_at(text.len() - usize::from(self.scale));
        out.write_str(if self.digits < 0 { "-" } else { "" })?;
        out.write_str(whole)?;
        if fraction.is_empty() { Ok(()) } else { write!(out, ".{fraction}") }
    }
}
