//! Operators, comparisons and truth tests.
//!
//! Where operands were seen to be numbers, they are guarded to be and computed unboxed; what Python does
//! there beyond the machine (wide ints, exceptions, complex results) is an exit before the instruction.

use fatjit_bytecode::Op;
use fatjit_bytecode::operands::{self, Arithmetic, Comparison, OperandKind};
use fatjit_ir::{Reason, Type};
use fatjit_jit::gbc::{BoolOp, Cmp, FloatOp, GOp, IntOp, Reg};

use super::containers::sized;
use super::facts::Known;
use super::{Kinds, Named, Translator, worth};
use crate::effects::MAKES;

/// How a binary operation is done unboxed.
enum Unboxed {
    Ints(IntOp),
    Floats(FloatOp),
    Bools(BoolOp),
    /// `/` of two ints.
    Quotient,
}

impl Translator<'_> {
    pub(super) fn binary_op(&mut self) {
        let instr = self.source.code.instrs()[self.index];
        let seen = self.feedback();
        let [b_kinds, a_kinds, _] = seen.top;
        let OperandKind::Arithmetic(op) = operands::operand(self.version, &instr) else {
            return self.generic();
        };
        let unboxed = match () {
            () if seen.boxed => None,
            () if a_kinds.only(Kinds::BOOL) && b_kinds.only(Kinds::BOOL) => {
                bool_op(op.operation).or_else(|| int_op(op.operation))
            }
            () if integral(a_kinds) && integral(b_kinds) => int_op(op.operation),
            // The result must be a float, whichever the operands are.
            () if !number(a_kinds) || !number(b_kinds) => None,
            () if a_kinds.only(Kinds::FLOAT) || b_kinds.only(Kinds::FLOAT) => {
                float_op(op.operation)
            }
            () if op.operation == Arithmetic::TrueDivide => Some(Unboxed::Quotient),
            () => None,
        };
        let Some(unboxed) = unboxed else {
            let done = self.numbers_as_objects(a_kinds, b_kinds)
                || self.join_lists(op)
                || self.join_texts(op)
                || self.call_operator();
            if !done {
                self.generic();
            }
            return;
        };
        let (a, b) = (self.top(2), self.top(1));
        self.worth.add(worth::NUMBER);
        self.guard_kind(a, a_kinds);
        self.guard_kind(b, b_kinds);
        match unboxed {
            Unboxed::Bools(op) => self.push(GOp::BoolBin { op, dst: a, a, b }),
            Unboxed::Ints(op) => {
                let x = self.as_int(a, a_kinds, 0);
                let y = self.as_int(b, b_kinds, 1);
                let dst = a;
                self.push(GOp::IntBin {
                    op,
                    dst,
                    a: x,
                    b: y,
                });
            }
            Unboxed::Floats(op) => {
                let x = self.as_float(a, a_kinds, 0, false);
                let y = self.as_float(b, b_kinds, 1, false);
                let dst = a;
                self.push(GOp::FloatBin {
                    op,
                    dst,
                    a: x,
                    b: y,
                });
            }
            Unboxed::Quotient => {
                // Both exactly representable, so the machine's quotient is the correctly rounded one.
                let x = self.as_float(a, a_kinds, 0, true);
                let y = self.as_float(b, b_kinds, 1, true);
                let (op, dst) = (FloatOp::Div, a);
                self.push(GOp::FloatBin {
                    op,
                    dst,
                    a: x,
                    b: y,
                });
            }
        }
        self.push(GOp::Kill { reg: b });
    }

    /// An operation on numbers of kinds that vary, or that do not fit a machine's word: they stay objects.
    fn numbers_as_objects(&mut self, a_kinds: Kinds, b_kinds: Kinds) -> bool {
        let numbers = Kinds::INT
            .and(Kinds::WIDE)
            .and(Kinds::FLOAT)
            .and(Kinds::BOOL);
        if !a_kinds.only(numbers) || !b_kinds.only(numbers) || self.raises_elsewhere() {
            return false;
        }
        if a_kinds.has(Kinds::FLOAT) || b_kinds.has(Kinds::FLOAT) {
            self.worth.add(worth::VARYING);
        }
        let (a, b, op) = (self.top(2), self.top(1), self.temp(0));
        for reg in [a, b] {
            self.push(GOp::GuardNumber { reg });
        }
        self.constant_int(op, i64::from(self.arg()));
        let params = [Type::Own, Type::Own, Type::I64];
        let helper = self.helper("number_op", &params, Some(Type::Own), MAKES);
        self.push(GOp::Call {
            dst: Some(a),
            helper,
            args: vec![a, b, op],
        });
        // Powers of negative numbers are complex, which nobody else refers to either.
        self.push(GOp::IsNumber { reg: a });
        true
    }

    pub(super) fn compare_op(&mut self) {
        let instr = self.source.code.instrs()[self.index];
        let seen = self.feedback();
        let [b_kinds, a_kinds, _] = seen.top;
        let OperandKind::Compare { comparison, .. } = operands::operand(self.version, &instr)
        else {
            return self.generic();
        };
        if self.compare_texts(comparison_op(comparison)) {
            return;
        }
        if self.compare_identity(comparison) || self.compare_by_method(comparison) {
            return;
        }
        let ints = integral(a_kinds) && integral(b_kinds);
        if seen.boxed || !(ints || number(a_kinds) && number(b_kinds)) {
            return self.generic();
        }
        let cmp = comparison_op(comparison);
        self.worth.add(worth::TEST);
        let (a, b) = (self.top(2), self.top(1));
        self.guard_kind(a, a_kinds);
        self.guard_kind(b, b_kinds);
        let dst = a;
        if ints {
            let x = self.as_int(a, a_kinds, 0);
            let y = self.as_int(b, b_kinds, 1);
            self.compare(cmp, dst, x, y);
        } else {
            // Python compares an int with a float exactly; a rounded int would not.
            let x = self.as_float(a, a_kinds, 0, true);
            let y = self.as_float(b, b_kinds, 1, true);
            self.push(GOp::FloatCmp {
                cmp,
                dst,
                a: x,
                b: y,
            });
        }
        self.push(GOp::Kill { reg: b });
    }

    pub(super) fn unary_negative(&mut self) {
        let seen = self.feedback();
        let (reg, kinds) = (self.top(1), seen.top[0]);
        if integral(kinds) && !seen.boxed {
            self.guard_kind(reg, kinds);
            let src = self.as_int(reg, kinds, 0);
            self.push(GOp::IntNeg { dst: reg, src });
        } else if kinds.only(Kinds::FLOAT) {
            self.guard_kind(reg, kinds);
            self.push(GOp::FloatNeg { dst: reg, src: reg });
        } else {
            self.generic();
        }
    }

    pub(super) fn unary_invert(&mut self) {
        let (reg, kinds) = (self.top(1), self.feedback().top[0]);
        // Of a truth value it warns.
        if !kinds.only(Kinds::INT) {
            return self.generic();
        }
        self.guard_kind(reg, kinds);
        self.push(GOp::IntNot { dst: reg, src: reg });
    }

    pub(super) fn unary_not(&mut self) {
        let reg = self.top(1);
        if self.truth_of(reg) || self.truth_of_object(reg) {
            self.push(GOp::BoolNot { dst: reg, src: reg });
        } else {
            self.generic();
        }
    }

    pub(super) fn truth(&mut self) {
        let reg = self.top(1);
        if !self.truth_of(reg) && !self.truth_of_object(reg) {
            self.generic();
        }
    }

    /// Replaces a number, or a container that was just loaded, by its truth value; `false` if neither was seen.
    pub(super) fn truth_of(&mut self, reg: Reg) -> bool {
        let kinds = self.feedback().top[0];
        if kinds.only(Kinds::BOOL) {
            self.push(GOp::GuardBool { reg });
        } else if kinds.only(Kinds::INT) {
            self.push(GOp::GuardInt { reg });
            self.push(GOp::IntTruth { dst: reg, src: reg });
        } else if kinds.only(Kinds::FLOAT) {
            self.push(GOp::GuardFloat { reg });
            self.push(GOp::FloatTruth { dst: reg, src: reg });
        } else if let (Some((ty, size)), true) = (sized(kinds), self.loaded_before(1)) {
            let dst = self.temp(0);
            self.push(GOp::GuardType { reg, ty });
            self.read_field(dst, reg, size);
            self.push(GOp::IntTruth { dst, src: dst });
            self.push(GOp::Kill { reg });
            self.push(GOp::Move { dst: reg, src: dst });
        } else if varies(kinds) {
            let src = self.as_float(reg, kinds, 0, false);
            self.push(GOp::FloatTruth { dst: reg, src });
        } else {
            return false;
        }
        self.worth.add(worth::TEST);
        true
    }

    pub(super) fn is_op(&mut self) {
        match self.pushed_borrowed() {
            true => self.same_object(self.arg() & 1 == 1),
            false => self.generic(),
        }
    }

    /// Whether the topmost item is only borrowed, so that it can be forgotten; else a helper has to release the operands in
    /// order.
    fn pushed_borrowed(&self) -> bool {
        let lent = self.lent_by.is_some() && self.lent_by == self.index.checked_sub(1);
        self.loaded_before(1) || self.known.contains_key(&self.top(1)) || lent
    }

    /// `==` or `!=` of objects whose classes leave that to `object`, or of one and `None`.
    fn compare_identity(&mut self, comparison: Comparison) -> bool {
        let inverts = match comparison {
            Comparison::Equal => false,
            Comparison::NotEqual => true,
            _ => return false,
        };
        let seen = self.feedback();
        let (of_right, (a, b)) = (
            self.index + self.source.code.instrs().len(),
            (self.top(2), self.top(1)),
        );
        if seen.boxed
            || !self.pushed_borrowed()
            || seen.top[..2].iter().all(|k| k.only(Kinds::NONE))
        {
            return false;
        }
        let mut guarded = Vec::new();
        for (reg, kinds, index) in [(a, seen.top[1], self.index), (b, seen.top[0], of_right)] {
            if kinds.only(Kinds::NONE) {
                guarded.push((reg, Vec::new()));
                continue;
            }
            let classes = (self.source.classes)(index).into_iter();
            let known = classes.map(|class| self.source.facts.compares_by_identity(class));
            let known: Option<Vec<Known>> = known.collect();
            match known.filter(|all| !all.is_empty() && kinds.only(Kinds::SOME_INSTANCE)) {
                Some(classes) => guarded.push((reg, classes)),
                None => return false,
            }
        }
        for (reg, classes) in guarded {
            if classes.is_empty() {
                let object = self.object(Named::None);
                self.push(GOp::GuardObject { reg, object });
            } else {
                self.guard_classes(reg, &classes);
            }
        }
        self.same_object(inverts);
        true
    }

    /// Whether the two topmost items, of which the first is borrowed, are the same object, or not.
    fn same_object(&mut self, inverts: bool) {
        let (a, b) = (self.top(2), self.top(1));
        self.worth.add(worth::TEST);
        if let (Some(known), false) = (self.known_in(b), self.loaded_before(1)) {
            let object = self.object(self.named(known));
            self.push(GOp::GuardObject { reg: b, object });
        }
        let dst = self.temp(0);
        if !self.loaded_before(2) {
            self.push(GOp::GuardRelease { regs: vec![a] });
        }
        self.push(GOp::Same { dst, a, b });
        if inverts {
            self.push(GOp::BoolNot { dst, src: dst });
        }
        let behind = self.behind(-1);
        self.push(GOp::Drop { reg: b, behind });
        self.push(GOp::Replace {
            reg: a,
            src: dst,
            behind,
        });
    }

    /// Whether the topmost `n` stack items were pushed by loads of locals or constants just before.
    pub(super) fn loaded_before(&self, n: usize) -> bool {
        let Some(block) = self.source.cfg.block_of(self.index) else {
            return false;
        };
        let start = self.source.cfg.blocks()[block].start;
        let mut items = 0;
        for index in (start..self.index).rev() {
            items += match self.source.code.instrs()[index].op {
                Op::LoadFast | Op::LoadConst | Op::LoadFastCheck => 1,
                Op::LoadFastLoadFast => 2,
                _ => return false,
            };
            if items >= n {
                return true;
            }
        }
        false
    }

    pub(super) fn constant_int(&mut self, dst: Reg, value: i64) {
        let object = None;
        self.push(GOp::Int { dst, value, object });
    }

    pub(super) fn compare(&mut self, cmp: Cmp, dst: Reg, a: Reg, b: Reg) {
        self.push(GOp::IntCmp { cmp, dst, a, b });
    }

    /// Guards what a routine answered to be a yes; `answer` and `zero` are used up.
    pub(super) fn guard_nonzero(&mut self, answer: Reg, zero: Reg, reason: Reason) {
        self.constant_int(zero, 0);
        self.compare(Cmp::Ne, answer, answer, zero);
        self.push(GOp::GuardTrue {
            cond: answer,
            reason,
        });
    }

    /// Guards a reference that was read not to be null; `cond` is used up.
    pub(super) fn guard_present(&mut self, src: Reg, cond: Reg, reason: Reason) {
        self.push(GOp::NullTest { dst: cond, src });
        self.push(GOp::BoolNot {
            dst: cond,
            src: cond,
        });
        self.push(GOp::GuardTrue { cond, reason });
    }

    /// Guards a number of one kind to be of it.
    pub(super) fn guard_kind(&mut self, reg: Reg, kinds: Kinds) {
        self.push(if kinds.only(Kinds::INT) {
            match self.feedback().long {
                true => GOp::GuardVaried { reg },
                false => GOp::GuardInt { reg },
            }
        } else if kinds.only(Kinds::BOOL) {
            GOp::GuardBool { reg }
        } else if kinds.only(Kinds::FLOAT) {
            GOp::GuardFloat { reg }
        } else {
            // What takes it as a float finds out.
            return;
        });
    }

    /// A register with the value as an int: the same, or temporary `n`.
    fn as_int(&mut self, reg: Reg, kinds: Kinds, n: u32) -> Reg {
        if !kinds.only(Kinds::BOOL) {
            return reg;
        }
        let dst = self.temp(n);
        self.push(GOp::BoolToInt { dst, src: reg });
        dst
    }

    /// A register with the value as a float: the same, or temporary `n`.
    fn as_float(&mut self, reg: Reg, kinds: Kinds, n: u32, exact: bool) -> Reg {
        if kinds.only(Kinds::FLOAT) {
            return reg;
        }
        let src = self.as_int(reg, kinds, n);
        let dst = self.temp(n);
        self.float_of(dst, src, exact);
        dst
    }

    pub(super) fn float_of(&mut self, dst: Reg, src: Reg, exact: bool) {
        self.push(GOp::FloatOf { dst, src, exact });
    }
}

/// One kind only, an int or a truth value.
fn integral(kinds: Kinds) -> bool {
    kinds.only(Kinds::INT) || kinds.only(Kinds::BOOL)
}

/// Sometimes an int, sometimes a float.
fn varies(kinds: Kinds) -> bool {
    kinds.is(Kinds::INT.and(Kinds::FLOAT))
}

/// A number that can be taken as a float: of one kind, or an int or a float.
fn number(kinds: Kinds) -> bool {
    integral(kinds) || kinds.only(Kinds::FLOAT) || varies(kinds)
}

fn bool_op(op: Arithmetic) -> Option<Unboxed> {
    Some(Unboxed::Bools(match op {
        Arithmetic::And => BoolOp::And,
        Arithmetic::Or => BoolOp::Or,
        Arithmetic::Xor => BoolOp::Xor,
        _ => return None,
    }))
}

fn int_op(op: Arithmetic) -> Option<Unboxed> {
    Some(Unboxed::Ints(match op {
        Arithmetic::Add => IntOp::Add,
        Arithmetic::Subtract => IntOp::Sub,
        Arithmetic::Multiply => IntOp::Mul,
        Arithmetic::FloorDivide => IntOp::FloorDiv,
        Arithmetic::Remainder => IntOp::Mod,
        Arithmetic::Power => IntOp::Pow,
        Arithmetic::And => IntOp::And,
        Arithmetic::Or => IntOp::Or,
        Arithmetic::Xor => IntOp::Xor,
        Arithmetic::LeftShift => IntOp::Shl,
        Arithmetic::RightShift => IntOp::Shr,
        Arithmetic::TrueDivide => return Some(Unboxed::Quotient),
        Arithmetic::MatrixMultiply => return None,
    }))
}

fn float_op(op: Arithmetic) -> Option<Unboxed> {
    Some(Unboxed::Floats(match op {
        Arithmetic::Add => FloatOp::Add,
        Arithmetic::Subtract => FloatOp::Sub,
        Arithmetic::Multiply => FloatOp::Mul,
        Arithmetic::TrueDivide => FloatOp::Div,
        Arithmetic::FloorDivide => FloatOp::FloorDiv,
        Arithmetic::Remainder => FloatOp::Mod,
        Arithmetic::Power => FloatOp::Pow,
        _ => return None,
    }))
}

fn comparison_op(comparison: Comparison) -> Cmp {
    match comparison {
        Comparison::Less => Cmp::Lt,
        Comparison::LessEqual => Cmp::Le,
        Comparison::Equal => Cmp::Eq,
        Comparison::NotEqual => Cmp::Ne,
        Comparison::Greater => Cmp::Gt,
        Comparison::GreaterEqual => Cmp::Ge,
    }
}
