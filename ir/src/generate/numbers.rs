//! Operations on numbers. Operands of unchecked operations are masked so that the promises hold.

use super::builder::Builder;
use crate::inst::Op;
use crate::reason::Reason;
use crate::types::Value;
use crate::unit::Imm;

const INTS: &[i64] = &[
    0,
    1,
    -1,
    2,
    3,
    7,
    64,
    -5,
    255,
    1 << 31,
    1 << 53,
    (1 << 53) + 1,
    1 << 62,
    i64::MAX,
    i64::MAX - 1,
    i64::MIN,
];

const FLOATS: &[f64] = &[
    0.0,
    1.0,
    -1.0,
    0.5,
    2.0,
    3.7,
    -0.0,
    1e308,
    -2.25,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::MIN_POSITIVE,
];

/// Divisors that promises allow: no 0, and no -1, whose quotient may not fit.
const DIVISORS: &[i64] = &[2, 3, 1, 8, -3, 1 << 20, 7, -16, 1 << 62];

impl Builder<'_> {
    pub(super) fn iconst(&mut self, value: i64) -> Value {
        self.op(Op::IConst, &[], Imm::Int(value))
    }

    pub(super) fn any_int(&mut self) -> Value {
        let value = self.one_of(INTS);
        self.iconst(value)
    }

    /// An int that can be used here.
    pub(super) fn int(&mut self) -> Value {
        if self.scope.ints.is_empty() || self.pick(5) == 1 {
            return self.any_int();
        }
        recent(&self.scope.ints.clone(), self.pick(usize::from(u16::MAX)))
    }

    /// A float that can be used here.
    pub(super) fn float(&mut self) -> Value {
        if self.scope.floats.is_empty() || self.pick(5) == 1 {
            let value = self.one_of(FLOATS);
            return self.op(Op::FConst, &[], Imm::Float(value.to_bits()));
        }
        recent(&self.scope.floats.clone(), self.pick(usize::from(u16::MAX)))
    }

    /// A truth value that can be used here.
    pub(super) fn boolean(&mut self) -> Value {
        if self.scope.bools.is_empty() {
            self.bool_statement();
        }
        recent(&self.scope.bools.clone(), self.pick(usize::from(u16::MAX)))
    }

    /// A condition that mostly holds.
    pub(super) fn likely(&mut self) -> Value {
        let number = self.int();
        let bound = self.one_of(&[i64::MAX - 1, 1 << 40, 1 << 20, 100]);
        let bound = self.iconst(bound);
        let op = self.one_of(&[Op::ILt, Op::ILe, Op::INe]);
        self.op(op, &[number, bound], Imm::None)
    }

    fn masked(&mut self, mask: i64) -> Value {
        let number = self.int();
        let mask = self.iconst(mask);
        self.op(Op::IAnd, &[number, mask], Imm::None)
    }

    pub(super) fn int_statement(&mut self) {
        let value = match self.pick(12) {
            0 | 1 => {
                let op = self.one_of(&[Op::IAddOvf, Op::ISubOvf, Op::IMulOvf]);
                let args = [self.int(), self.int()];
                self.op_or_leave(op, &args, Reason::Overflow)
            }
            2 => {
                let op = self.one_of(&[Op::IAdd, Op::ISub, Op::IMul]);
                let args = [self.masked(0xffff), self.masked(0x7fff_ffff)];
                self.op(op, &args, Imm::None)
            }
            3 => {
                let op = self.one_of(&[Op::IAnd, Op::IOr, Op::IXor]);
                let args = [self.int(), self.int()];
                self.op(op, &args, Imm::None)
            }
            4 => {
                let op = self.one_of(&[Op::IFloorDiv, Op::IMod]);
                let number = self.int();
                let divisor = self.one_of(DIVISORS);
                let divisor = self.iconst(divisor);
                self.op(op, &[number, divisor], Imm::None)
            }
            5 => {
                let op = self.one_of(&[Op::IFloorDiv, Op::IMod]);
                let one = self.iconst(1);
                let (number, divisor) = (self.int(), self.masked(0xff));
                let divisor = self.op(Op::IOr, &[divisor, one], Imm::None);
                self.op(op, &[number, divisor], Imm::None)
            }
            6 => {
                let (number, count) = (self.int(), self.masked(0x7f));
                self.op(Op::IShr, &[number, count], Imm::None)
            }
            7 => {
                let (number, count) = (self.masked(0xffff), self.masked(0xf));
                self.op(Op::IShl, &[number, count], Imm::None)
            }
            8 => {
                let op = self.one_of(&[Op::IShlOvf, Op::IPowOvf]);
                let args = [self.masked(0xff), self.masked(0x3)];
                self.op_or_leave(op, &args, Reason::OutOfRange)
            }
            9 => {
                let (number, inverted) = (self.int(), self.pick(2) == 0);
                if inverted {
                    self.op(Op::INot, &[number], Imm::None)
                } else {
                    self.op_or_leave(Op::INegOvf, &[number], Reason::Overflow)
                }
            }
            10 => {
                let condition = self.boolean();
                let args = [condition, self.int(), self.int()];
                self.op(Op::SelectI, &args, Imm::None)
            }
            _ => {
                let condition = self.boolean();
                self.op(Op::BToI, &[condition], Imm::None)
            }
        };
        self.scope.ints.push(value);
    }

    pub(super) fn float_statement(&mut self) {
        let value = match self.pick(7) {
            0..=2 => {
                let op = self.one_of(&[Op::FAdd, Op::FSub, Op::FMul, Op::FDiv]);
                let args = [self.float(), self.float()];
                self.op(op, &args, Imm::None)
            }
            3 => {
                let number = self.int();
                self.op(Op::IToF, &[number], Imm::None)
            }
            4 => {
                let op = self.one_of(&[Op::FFloorDiv, Op::FMod, Op::FDiv]);
                let number = self.float();
                let divisor = self.one_of(&[2.0f64, 0.25, -3.5, 1e300, f64::INFINITY]);
                let divisor = self.op(Op::FConst, &[], Imm::Float(divisor.to_bits()));
                self.op(op, &[number, divisor], Imm::None)
            }
            5 => {
                let args = [self.float(), self.float()];
                self.op_or_leave(Op::FPow, &args, Reason::OutOfRange)
            }
            _ => {
                let (number, negated) = (self.float(), self.pick(2) == 0);
                if negated {
                    self.op(Op::FNeg, &[number], Imm::None)
                } else {
                    let args = [self.boolean(), number, self.float()];
                    self.op(Op::SelectF, &args, Imm::None)
                }
            }
        };
        self.scope.floats.push(value);
    }

    pub(super) fn bool_statement(&mut self) {
        const COMPARE_INTS: &[Op] = &[Op::ILt, Op::ILe, Op::IGt, Op::IGe, Op::IEq, Op::INe];
        const COMPARE_FLOATS: &[Op] = &[Op::FLt, Op::FLe, Op::FGt, Op::FGe, Op::FEq, Op::FNe];
        let some = !self.scope.bools.is_empty();
        let value = match self.pick(6) {
            1 if self.options.floats => {
                let op = self.one_of(COMPARE_FLOATS);
                let args = [self.float(), self.float()];
                self.op(op, &args, Imm::None)
            }
            2 if some => {
                let condition = self.boolean();
                self.op(Op::BNot, &[condition], Imm::None)
            }
            3 if some => {
                let op = self.one_of(&[Op::BAnd, Op::BOr, Op::BXor]);
                let args = [self.boolean(), self.boolean()];
                self.op(op, &args, Imm::None)
            }
            4 => {
                let number = self.int();
                self.op(Op::IExact, &[number], Imm::None)
            }
            _ => {
                let op = self.one_of(COMPARE_INTS);
                let args = [self.int(), self.int()];
                self.op(op, &args, Imm::None)
            }
        };
        self.scope.bools.push(value);
    }
}

/// One of the last few: old values would seldom be used otherwise than by chance.
fn recent(values: &[Value], choice: usize) -> Value {
    let window = values.len().min(6);
    values[values.len() - 1 - choice % window]
}
