//! Powers of floats.
//!
//! A power of an ordinary base, positive and finite, by an ordinary exponent, finite and not 0, is what the platform's
//! `pow` says, as in CPython's `float_pow`; if it is infinite it has overflowed. That is decided here, so that nothing
//! stands around the call. All other powers are for the routine that knows the special cases.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData, types};
use fatjit_ir::{Imm, InstData, Op, Value};

use super::CodegenError;
use super::control::Translator;
use super::ops::operand;
use super::routines::Routine;

/// The bits of infinity: those of all finite positive floats are less.
const INFINITY: i64 = f64::INFINITY.to_bits() as i64;

impl Translator<'_> {
    /// `fpow`.
    pub(super) fn float_pow(&mut self, inst: &InstData) -> Result<ir::Value, CodegenError> {
        let (base, exponent) = (operand(inst, 0)?, operand(inst, 1)?);
        let known = self.known_float(exponent);
        if known.is_some_and(|exponent| !is_ordinary(exponent)) {
            return self.special_pow(inst);
        }
        let base = self.value(base)?;
        let strange = self.is_strange(base, false);
        let strange = match known {
            Some(_) => strange,
            None => {
                let exponent = self.value(exponent)?;
                let exponent = self.is_strange(exponent, true);
                self.b.ins().bor(strange, exponent)
            }
        };
        let [special, ordinary, end] = [(); 3].map(|()| self.block_as_warm());
        let power = self.b.append_block_param(end, types::F64);
        self.b.set_cold_block(special);
        self.b.ins().brif(strange, special, &[], ordinary, &[]);

        self.b.switch_to_block(ordinary);
        let found = self.float_routine(inst, Routine::PlatformPow)?;
        let infinity = self.b.ins().f64const(f64::INFINITY);
        let overflown = self.b.ins().fcmp(FloatCC::Equal, found, infinity);
        self.leave_if(inst, overflown)?;
        self.b.ins().jump(end, &[found.into()]);

        self.b.switch_to_block(special);
        let found = self.special_pow(inst)?;
        self.b.ins().jump(end, &[found.into()]);
        self.b.switch_to_block(end);
        Ok(power)
    }

    /// A power by the routine for all operands.
    fn special_pow(&mut self, inst: &InstData) -> Result<ir::Value, CodegenError> {
        let bits = self.checked_routine(inst, Routine::FloatPow, types::F64)?;
        Ok(self.b.ins().bitcast(types::F64, MemFlagsData::new(), bits))
    }

    /// Whether a float is not finite, 0, or negative and that matters.
    fn is_strange(&mut self, x: ir::Value, may_be_negative: bool) -> ir::Value {
        let bits = self.b.ins().bitcast(types::I64, MemFlagsData::new(), x);
        let bits = match may_be_negative {
            true => self.b.ins().band_imm_s(bits, i64::MAX),
            false => bits,
        };
        let moved = self.b.ins().iadd_imm_s(bits, -1);
        let most = INFINITY - 1;
        self.b
            .ins()
            .icmp_imm_s(IntCC::UnsignedGreaterThanOrEqual, moved, most)
    }

    /// The float that a value is known to be.
    fn known_float(&self, value: Value) -> Option<f64> {
        match self.unit.def_inst(value)? {
            InstData {
                op: Op::FConst,
                imm: Imm::Float(bits),
                ..
            } => Some(f64::from_bits(*bits)),
            _ => None,
        }
    }
}

fn is_ordinary(exponent: f64) -> bool {
    exponent.is_finite() && exponent != 0.0
}
