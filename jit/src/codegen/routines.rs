//! Routines that generated code calls for arithmetic that is too long to inline.
//!
//! They are the very functions that the reference interpreter uses, behind a C calling convention, so that
//! both agree by construction; and the platform's `pow`, which those end in. A routine that may refuse returns whether it succeeded and its result in
//! two registers, a float by its bits: conventions differ in where a pair of int and float goes.

use fatjit_ir::arith;

/// A result, or none.
#[repr(C)]
pub(super) struct Checked {
    succeeded: u64,
    bits: u64,
}

impl From<Option<u64>> for Checked {
    fn from(result: Option<u64>) -> Checked {
        Checked {
            succeeded: u64::from(result.is_some()),
            bits: result.unwrap_or(0),
        }
    }
}

extern "C" fn int_pow(base: i64, exponent: i64) -> Checked {
    arith::int_pow(base, exponent).map(|r| r as u64).into()
}

extern "C" fn float_pow(base: f64, exponent: f64) -> Checked {
    arith::float_pow(base, exponent).map(f64::to_bits).into()
}

extern "C" fn platform_pow(base: f64, exponent: f64) -> f64 {
    base.powf(exponent)
}

extern "C" fn float_mod(dividend: f64, divisor: f64) -> f64 {
    arith::float_mod(dividend, divisor)
}

extern "C" fn float_floor_div(dividend: f64, divisor: f64) -> f64 {
    arith::float_floor_div(dividend, divisor)
}

/// A routine of our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Routine {
    /// `ipow.ovf`: ints to success and int.
    IntPow,
    /// `fpow`: floats to success and the bits of a float.
    FloatPow,
    /// `pow` of C: floats to float.
    PlatformPow,
    /// `fmod`: floats to float.
    FloatMod,
    /// `ffloordiv`: floats to float.
    FloatFloorDiv,
}

impl Routine {
    /// Its name in texts.
    pub fn name(self) -> &'static str {
        match self {
            Routine::IntPow => "int_pow",
            Routine::FloatPow => "float_pow",
            Routine::PlatformPow => "platform_pow",
            Routine::FloatMod => "float_mod",
            Routine::FloatFloorDiv => "float_floor_div",
        }
    }

    /// Its address in this process.
    pub fn address(self) -> usize {
        match self {
            Routine::IntPow => int_pow as *const () as usize,
            Routine::FloatPow => float_pow as *const () as usize,
            Routine::PlatformPow => platform_pow as *const () as usize,
            Routine::FloatMod => float_mod as *const () as usize,
            Routine::FloatFloorDiv => float_floor_div as *const () as usize,
        }
    }
}
