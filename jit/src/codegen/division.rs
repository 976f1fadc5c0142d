//! Floor division and modulo of ints.
//!
//! Powers of two are shifts and masks, which round towards minus infinity as they are. By another
//! positive constant, the dividend's complement is divided when it is negative, since
//! floor(x / c) = !floor(!x / c): `((x ^ m) udiv c) ^ m` with `m = x >> 63` needs no fix-up. A divisor that is
//! not known is nearly always positive, and the same all the time: a branch finds that out, which costs less
//! than fixing up. By negative ones it is one machine division, which rounds towards zero, multiplied back and
//! fixed up. Machines trap on a divisor of 0, which the instructions promise is not there, and on min / -1, which
//! is kept from them.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, types};
use fatjit_ir::{InstData, Op};

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
            Some(_) => self.fixed_quotient(x, y),
            None => self.by_sign(
                y,
                |t| t.floor_div_by_positive(x, y),
                |t| t.fixed_quotient(x, y),
            ),
        })
    }

    /// `imod`.
    pub(super) fn int_mod(&mut self, inst: &InstData) -> Result<ir::Value, CodegenError> {
        let [(_, x), (b, y)] = self.operands(inst)?;
        Ok(match self.known(b) {
            Some(divisor @ 1..) if divisor.count_ones() == 1 => {
                self.b.ins().band_imm_s(x, divisor - 1)
            }
            Some(1..) => self.mod_by_positive(x, y),
            Some(-1) => self.b.ins().iconst(types::I64, 0),
            Some(_) => self.fixed_remainder(x, y),
            None => self.by_sign(
                y,
                |t| t.mod_by_positive(x, y),
                |t| {
                    // Modulo 1 is 0 as modulo -1 is, and does not trap.
                    let minus_one = t.b.ins().icmp_imm_s(IntCC::Equal, y, -1);
                    let one = t.b.ins().iconst(types::I64, 1);
                    let divisor = t.b.ins().select(minus_one, one, y);
                    t.fixed_remainder(x, divisor)
                },
            ),
        })
    }

    /// One of two ways to an int, as the divisor `y`, which is not 0, is positive or, seldom, negative.
    fn by_sign(
        &mut self,
        y: ir::Value,
        positive: impl FnOnce(&mut Self) -> ir::Value,
        negative: impl FnOnce(&mut Self) -> ir::Value,
    ) -> ir::Value {
        let [below, above, end] = [(); 3].map(|()| self.block_as_warm());
        let result = self.b.append_block_param(end, types::I64);
        self.b.set_cold_block(below);
        let is_negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, y, 0);
        self.b.ins().brif(is_negative, below, &[], above, &[]);
        self.b.switch_to_block(above);
        let found = positive(self);
        self.b.ins().jump(end, &[found.into()]);
        self.b.switch_to_block(below);
        let found = negative(self);
        self.b.ins().jump(end, &[found.into()]);
        self.b.switch_to_block(end);
        result
    }

    /// Whether a remainder by a constant is 0, or not 0, without a division: multiplication by the
    /// inverse of the divisor's odd part modulo 2^64 takes the multiples to the smallest ints, and no other
    /// int there (Granlund and Montgomery, "Division by Invariant Integers using Multiplication", section 9).
    pub(super) fn divisibility(
        &mut self,
        test: &InstData,
        negate: bool,
    ) -> Result<Option<ir::Value>, CodegenError> {
        let [remainder, zero] = test.args[..] else {
            return Ok(None);
        };
        let Some(division) = self.unit.def_inst(remainder) else {
            return Ok(None);
        };
        let &[x, divisor] = &division.args[..] else {
            return Ok(None);
        };
        let divisor = self.known(divisor).filter(|d| *d > 2);
        let (Some(divisor), Some(0)) = (divisor, self.known(zero)) else {
            return Ok(None);
        };
        let twos = divisor.trailing_zeros();
        let odd = divisor >> twos;
        let natural = match division.op {
            Op::IModNat => true,
            Op::IMod if twos == 0 => false,
            _ => return Ok(None),
        };
        let equal = match test.op {
            Op::IEq => !negate,
            Op::INe => negate,
            _ => return Ok(None),
        };
        let x = self.value(x)?;
        let factor = self.b.ins().iconst(types::I64, inverse(odd));
        let product = self.b.ins().imul(x, factor);
        let (place, last) = if natural {
            let last = (u64::MAX / divisor as u64) as i64;
            let place = match twos {
                0 => product,
                _ => self.b.ins().rotr_imm_s(product, i64::from(twos)),
            };
            (place, last)
        } else {
            // Quotients of either sign, moved so that the smallest is 0.
            let most = i64::MAX / odd;
            (self.b.ins().iadd_imm_s(product, most), 2 * most)
        };
        let condition = if equal {
            IntCC::UnsignedLessThanOrEqual
        } else {
            IntCC::UnsignedGreaterThan
        };
        Ok(Some(self.b.ins().icmp_imm_s(condition, place, last)))
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

    fn mod_by_positive(&mut self, x: ir::Value, y: ir::Value) -> ir::Value {
        let quotient = self.floor_div_by_positive(x, y);
        let product = self.b.ins().imul(quotient, y);
        self.b.ins().isub(x, product)
    }

    fn fixed_quotient(&mut self, x: ir::Value, y: ir::Value) -> ir::Value {
        let quotient = self.b.ins().sdiv(x, y);
        let (_, inexact) = self.remainder(x, y, quotient);
        let inexact = self.b.ins().uextend(types::I64, inexact);
        self.b.ins().isub(quotient, inexact)
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

/// The inverse of an odd number modulo 2^64, by Newton's iteration: each step doubles the right digits.
fn inverse(odd: i64) -> i64 {
    let mut inverse = odd;
    for _ in 0..5 {
        inverse = inverse.wrapping_mul(2i64.wrapping_sub(odd.wrapping_mul(inverse)));
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::inverse;

    #[test]
    fn inverses() {
        for odd in [1, 3, 5, 7, 9, 255, 1_000_003, i64::MAX, -1, -3] {
            assert_eq!(inverse(odd).wrapping_mul(odd), 1, "{odd}");
        }
    }
}
