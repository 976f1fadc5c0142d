//! Floor division and modulo of ints.
//!
//! Powers of two are shifts and masks, which round towards minus infinity as they are. By another
//! positive constant, the dividend's complement is divided when it is negative, since
//! floor(x / c) = !floor(!x / c): `((x ^ m) udiv c) ^ m` with `m = x >> 63` needs no fix-up. Everything
//! else is one machine division, which rounds towards zero, multiplied back and fixed up. Machines trap on a
//! divisor of 0, which the instructions promise is not there, and on min / -1, which is kept from them.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, types};
use fatjit_ir::InstData;

use super::CodegenError;
use super::control::Translator;

impl Translator<'_> {
    /// `ifloordiv`.
    pub(super) fn int_floor_div(&mut self, inst: &InstData) -> Result<ir::Value, CodegenError> {
        let [(_, x), (b, y)] = self.operands(inst)?;
        Ok(match self.known(b) {
            Some(divisor @ 1..) if divisor.count_ones() == 1 => {
                let count = i64::from(divisor.trailing_zeros());
                let count = self.b.ins().iconst(types::I64, count);
                self.b.ins().sshr(x, count)
            }
            Some(1..) => self.floor_div_by_positive(x, y),
            Some(-1) => self.b.ins().ineg(x),
            _ => {
                let quotient = self.b.ins().sdiv(x, y);
                let (_, inexact) = self.remainder(x, y, quotient);
                let inexact = self.b.ins().uextend(types::I64, inexact);
                self.b.ins().isub(quotient, inexact)
            }
        })
    }

    /// `imod`.
    pub(super) fn int_mod(&mut self, inst: &InstData) -> Result<ir::Value, CodegenError> {
        let [(_, x), (b, y)] = self.operands(inst)?;
        Ok(match self.known(b) {
            Some(divisor @ 1..) if divisor.count_ones() == 1 => {
                self.b.ins().band_imm_s(x, divisor - 1)
            }
            Some(1..) => {
                let quotient = self.floor_div_by_positive(x, y);
                let product = self.b.ins().imul(quotient, y);
                self.b.ins().isub(x, product)
            }
            Some(-1) => self.b.ins().iconst(types::I64, 0),
            Some(_) => self.fixed_remainder(x, y),
            None => {
                // Modulo 1 is 0 as modulo -1 is, and does not trap.
                let minus_one = self.b.ins().icmp_imm_s(IntCC::Equal, y, -1);
                let one = self.b.ins().iconst(types::I64, 1);
                let divisor = self.b.ins().select(minus_one, one, y);
                self.fixed_remainder(x, divisor)
            }
        })
    }

    /// `imod.nat`. Multiplying back shares the division with an `idiv.nat` of the same operands.
    pub(super) fn natural_remainder(&mut self, inst: &InstData) -> Result<ir::Value, CodegenError> {
        let [(_, x), (_, y)] = self.operands(inst)?;
        let quotient = self.b.ins().udiv(x, y);
        let product = self.b.ins().imul(quotient, y);
        Ok(self.b.ins().isub(x, product))
    }

    fn floor_div_by_positive(&mut self, x: ir::Value, y: ir::Value) -> ir::Value {
        let sign = self.b.ins().sshr_imm_s(x, 63);
        let magnitude = self.b.ins().bxor(x, sign);
        let quotient = self.b.ins().udiv(magnitude, y);
        self.b.ins().bxor(quotient, sign)
    }

    fn fixed_remainder(&mut self, x: ir::Value, y: ir::Value) -> ir::Value {
        let quotient = self.b.ins().sdiv(x, y);
        let (remainder, inexact) = self.remainder(x, y, quotient);
        let fixed = self.b.ins().iadd(remainder, y);
        self.b.ins().select(inexact, fixed, remainder)
    }

    /// The remainder of a division that rounded towards zero, and whether rounding towards minus infinity
    /// gives another quotient: the remainder is not 0 and its sign is not the divisor's.
    fn remainder(
        &mut self,
        x: ir::Value,
        y: ir::Value,
        quotient: ir::Value,
    ) -> (ir::Value, ir::Value) {
        let product = self.b.ins().imul(quotient, y);
        let remainder = self.b.ins().isub(x, product);
        let signs = self.b.ins().bxor(remainder, y);
        let differ = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, signs, 0);
        let some = self.b.ins().icmp_imm_s(IntCC::NotEqual, remainder, 0);
        (remainder, self.b.ins().band(differ, some))
    }
}
