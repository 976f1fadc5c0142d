//! Int arithmetic that may leave, and shifts.
//!
//! Overflow is tested in the cheapest way that the operands allow: with a constant operand by comparing
//! the result with the other operand, or the operand with the range from which the result fits. These are
//! pure, so Cranelift merges and hoists them; its `*_overflow` instructions, the last resort, it does not.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, types};
use fatjit_ir::{Imm, InstData, Op, Value};

use super::CodegenError;
use super::control::Translator;
use super::ops::operand;

/// An operand, and its translation.
type Operand = (Value, ir::Value);

impl Translator<'_> {
    /// The value of an int that is known now.
    pub(super) fn known(&self, value: Value) -> Option<i64> {
        match self.unit.def_inst(value) {
            Some(InstData {
                op: Op::IConst,
                imm: Imm::Int(known),
                ..
            }) => Some(*known),
            _ => None,
        }
    }

    /// The operands of a binary instruction.
    pub(super) fn operands(&self, inst: &InstData) -> Result<[Operand; 2], CodegenError> {
        let operand = |at| -> Result<Operand, CodegenError> {
            let value = operand(inst, at)?;
            Ok((value, self.value(value)?))
        };
        Ok([operand(0)?, operand(1)?])
    }

    /// `iadd.ovf`.
    pub(super) fn add_or_leave(&mut self, inst: &InstData) -> Result<ir::Value, CodegenError> {
        let [(a, x), (b, y)] = self.operands(inst)?;
        let (other, constant) = match (self.known(a), self.known(b)) {
            (_, Some(constant)) => (x, constant),
            (Some(constant), None) => (y, constant),
            (None, None) => {
                let (sum, overflowed) = self.b.ins().sadd_overflow(x, y);
                self.leave_if(inst, overflowed)?;
                return Ok(sum);
            }
        };
        let sum = self.b.ins().iadd(x, y);
        // Adding something positive must not make it smaller, nor something negative larger.
        let wrong = match constant.signum() {
            0 | 1 => IntCC::SignedLessThan,
            _ => IntCC::SignedGreaterThan,
        };
        let overflowed = self.b.ins().icmp(wrong, sum, other);
        self.leave_if(inst, overflowed)?;
        Ok(sum)
    }

    /// `isub.ovf`.
    pub(super) fn sub_or_leave(&mut self, inst: &InstData) -> Result<ir::Value, CodegenError> {
        let [(_, x), (b, y)] = self.operands(inst)?;
        let Some(constant) = self.known(b) else {
            let (difference, overflowed) = self.b.ins().ssub_overflow(x, y);
            self.leave_if(inst, overflowed)?;
            return Ok(difference);
        };
        let difference = self.b.ins().isub(x, y);
        let wrong = match constant.signum() {
            0 | 1 => IntCC::SignedGreaterThan,
            _ => IntCC::SignedLessThan,
        };
        let overflowed = self.b.ins().icmp(wrong, difference, x);
        self.leave_if(inst, overflowed)?;
        Ok(difference)
    }

    /// `imul`.
    pub(super) fn mul(&mut self, inst: &InstData) -> Result<ir::Value, CodegenError> {
        let [(a, x), (b, y)] = self.operands(inst)?;
        Ok(match (self.known(a), self.known(b)) {
            (_, Some(constant)) => self.times(x, constant),
            (Some(constant), None) => self.times(y, constant),
            (None, None) => self.b.ins().imul(x, y),
        })
    }

    /// A product modulo 2^64: by addition of a shifted operand where that is one instruction of a machine.
    fn times(&mut self, x: ir::Value, constant: i64) -> ir::Value {
        let shift = match constant {
            3 => 1,
            5 => 2,
            9 => 3,
            _ => return self.b.ins().imul_imm_s(x, constant),
        };
        let shifted = self.b.ins().ishl_imm_s(x, shift);
        self.b.ins().iadd(x, shifted)
    }

    /// `imul.ovf`.
    pub(super) fn mul_or_leave(&mut self, inst: &InstData) -> Result<ir::Value, CodegenError> {
        let [(a, x), (b, y)] = self.operands(inst)?;
        let (other, constant) = match (self.known(a), self.known(b)) {
            (_, Some(constant)) => (x, constant),
            (Some(constant), None) => (y, constant),
            (None, None) => {
                let (product, overflowed) = self.b.ins().smul_overflow(x, y);
                self.leave_if(inst, overflowed)?;
                return Ok(product);
            }
        };
        if let Some((low, high)) = factors_that_fit(constant) {
            // One unsigned comparison for both ends of the range.
            let above = self.b.ins().iadd_imm_s(other, low.wrapping_neg());
            let width = high.wrapping_sub(low);
            let outside = self
                .b
                .ins()
                .icmp_imm_s(IntCC::UnsignedGreaterThan, above, width);
            self.leave_if(inst, outside)?;
        }
        Ok(self.times(other, constant))
    }

    /// `ineg.ovf`.
    pub(super) fn neg_or_leave(&mut self, inst: &InstData) -> Result<ir::Value, CodegenError> {
        let x = self.value(operand(inst, 0)?)?;
        let smallest = self.b.ins().icmp_imm_s(IntCC::Equal, x, i64::MIN);
        self.leave_if(inst, smallest)?;
        Ok(self.b.ins().ineg(x))
    }

    /// `ishl.ovf`. Machines take the count modulo 64.
    pub(super) fn shift_left_or_leave(
        &mut self,
        inst: &InstData,
    ) -> Result<ir::Value, CodegenError> {
        let [(_, x), (b, count)] = self.operands(inst)?;
        let result = self.b.ins().ishl(x, count);
        let back = self.b.ins().sshr(result, count);
        let lost = self.b.ins().icmp(IntCC::NotEqual, back, x);
        let failed = match self.known(b) {
            Some(0..64) => lost,
            _ => {
                let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, count, 0);
                let large = self
                    .b
                    .ins()
                    .icmp_imm_s(IntCC::UnsignedGreaterThan, count, 63);
                let some = self.b.ins().icmp_imm_s(IntCC::NotEqual, x, 0);
                let shifted_out = self.b.ins().band(large, some);
                let failed = self.b.ins().bor(lost, negative);
                self.b.ins().bor(failed, shifted_out)
            }
        };
        self.leave_if(inst, failed)?;
        Ok(result)
    }

    /// `ishr`: from 64 on the sign remains.
    pub(super) fn shift_right(&mut self, inst: &InstData) -> Result<ir::Value, CodegenError> {
        let [(_, x), (b, count)] = self.operands(inst)?;
        let count = match self.known(b) {
            Some(known @ 0..64) => self.b.ins().iconst(types::I64, known),
            _ => {
                let most = self.b.ins().iconst(types::I64, 63);
                let large = self.b.ins().icmp(IntCC::UnsignedGreaterThan, count, most);
                self.b.ins().select(large, most, count)
            }
        };
        Ok(self.b.ins().sshr(x, count))
    }
}

/// The range of ints whose product with `constant` fits 64 bits; none if every int's does.
fn factors_that_fit(constant: i64) -> Option<(i64, i64)> {
    match constant {
        0 | 1 => None,
        -1 => Some((-i64::MAX, i64::MAX)),
        // Division rounds towards zero, which is towards the inside of the range.
        2.. => Some((i64::MIN / constant, i64::MAX / constant)),
        _ => Some((i64::MAX / constant, i64::MIN / constant)),
    }
}

#[cfg(test)]
mod tests {
    use super::factors_that_fit;

    #[test]
    fn the_range_of_factors_is_exact() {
        let constants = [
            -1,
            2,
            3,
            7,
            10,
            -2,
            -3,
            -10,
            i64::MAX,
            i64::MIN,
            i64::MIN + 1,
        ];
        for constant in constants {
            let (low, high) = factors_that_fit(constant).unwrap();
            assert!(constant.checked_mul(low).is_some(), "{constant} * {low}");
            assert!(constant.checked_mul(high).is_some(), "{constant} * {high}");
            if let Some(below) = low.checked_sub(1) {
                assert!(
                    constant.checked_mul(below).is_none(),
                    "{constant} * {below}"
                );
            }
            if let Some(above) = high.checked_add(1) {
                assert!(
                    constant.checked_mul(above).is_none(),
                    "{constant} * {above}"
                );
            }
        }
    }

    #[test]
    fn nothing_overflows_times_zero_or_one() {
        assert_eq!(factors_that_fit(0), None);
        assert_eq!(factors_that_fit(1), None);
    }
}
