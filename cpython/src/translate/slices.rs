//! Slices of lists, and of texts, with ints as bounds.
//!
//! The slice object is never made; and a slice that is assigned to a slice of a list at once is not made either,
//! where what is between only computes: all of that is then one instruction, at which native code is left before
//! anything has happened. A slice is assigned to only if that keeps the list's size and what is overwritten can be
//! released without running code.

use fatjit_bytecode::Op;
use fatjit_bytecode::operands::{self, OperandKind};
use fatjit_ir::{Reason, Type};
use fatjit_jit::gbc::{Cmp, GOp, Reg};

use super::{Const, Kinds, LIST_TYPE, Named, TEXT_TYPE, Translator, worth};
use crate::effects::{CHANGES, MAKES_FROM, READS};
use crate::memory;

/// Bounds that a slice does not have.
const FROM_START: i64 = 0;
const TO_END: i64 = i64::MAX;

/// A part of a list: the list, and in registers the bounds and the step.
struct Part {
    list: Reg,
    from: Reg,
    to: Reg,
    step: Reg,
}

impl Translator<'_> {
    /// A bound of a slice in a register: an int, or one that is not there.
    fn bound(&mut self, reg: Reg, kinds: Kinds, missing: i64, dst: Reg) {
        if kinds.only(Kinds::NONE) {
            let object = self.object(Named::None);
            self.push(GOp::GuardObject { reg, object });
            self.constant_int(dst, missing);
        } else {
            self.push(GOp::GuardInt { reg });
            self.push(GOp::Copy { dst, src: reg });
        }
    }

    /// Whether both bounds of a slice were ints or missing.
    fn bounded(low: Kinds, high: Kinds) -> bool {
        let known = |kinds: Kinds| kinds.only(Kinds::NONE) || kinds.only(Kinds::INT);
        known(low) && known(high)
    }

    /// `list[low:high]`, and of texts
    pub(super) fn slice(&mut self) {
        let seen = self.feedback();
        let [high_kinds, low_kinds, kinds] = seen.top;
        let text = kinds.only(Kinds::TEXT);
        if seen.boxed
            || !kinds.only(Kinds::LIST) && !text
            || !Self::bounded(low_kinds, high_kinds)
            || self.raises_elsewhere()
        {
            return self.generic();
        }
        self.worth.add(worth::BUILTIN);
        let (list, low, high) = (self.top(3), self.top(2), self.top(1));
        self.push(GOp::GuardType {
            reg: list,
            ty: if text { TEXT_TYPE } else { LIST_TYPE },
        });
        let (from, to) = (self.temp(0), self.temp(1));
        self.bound(low, low_kinds, FROM_START, from);
        self.bound(high, high_kinds, TO_END, to);
        if text {
            return self.text_slice(list, from, to);
        }
        if let Some(store) = self.assigned_by(self.index, list) {
            let step = self.temp(2);
            self.constant_int(step, 1);
            for reg in [high, low] {
                self.push(GOp::Kill { reg });
            }
            let part = Part {
                list,
                from,
                to,
                step,
            };
            return self.move_slice(self.index + 1, store, &part);
        }
        let params = [Type::Ref, Type::I64, Type::I64];
        let parts = &[memory::COUNTS];
        let own = Some(Type::Own);
        let helper = self.writer("list_slice", &params, own, MAKES_FROM, parts);
        self.push(GOp::Call {
            dst: Some(high),
            helper,
            args: vec![list, from, to],
        });
        self.push(GOp::Kill { reg: low });
        self.push(GOp::Swap { a: list, b: high });
        let behind = self.behind(-2);
        self.push(GOp::Drop { reg: high, behind });
    }

    /// A slice that a list is subscribed with at once is not made.
    pub(super) fn build_slice(&mut self) {
        let seen = self.feedback();
        let subscript = self.index + 1;
        let next = self.source.profile.at(subscript);
        let block = self.source.cfg.block_of(self.index);
        let op = self.source.code.instrs().get(subscript).map(|i| i.op);
        let [step_kinds, to_kinds, from_kinds] = seen.top;
        let fits = self.arg() == 3
            && op == Some(Op::BinarySubscr)
            && self.source.cfg.block_of(subscript) == block
            && next.top[1].only(Kinds::LIST)
            && step_kinds.only(Kinds::INT)
            && !seen.boxed
            && !next.boxed
            && !self.raises_elsewhere();
        let (Some(after), true, true) = (
            self.point(subscript),
            fits,
            Self::bounded(from_kinds, to_kinds),
        ) else {
            return self.generic();
        };
        self.worth.add(worth::BUILTIN);
        let (list, low, high, by) = (self.top(4), self.top(3), self.top(2), self.top(1));
        let (from, to, step) = (self.temp(0), self.temp(1), self.temp(2));
        let (zero, ok) = (self.temp(3), self.temp(4));
        self.push(GOp::GuardType {
            reg: list,
            ty: LIST_TYPE,
        });
        self.push(GOp::GuardInt { reg: by });
        self.push(GOp::Copy { dst: step, src: by });
        // Where it begins and ends without bounds depends on the direction.
        self.constant_int(zero, 0);
        let backward = matches!(self.constant_before(1), Some(Const::Int(n)) if n < 0);
        let cmp = if backward { Cmp::Lt } else { Cmp::Gt };
        self.compare(cmp, ok, step, zero);
        self.push(GOp::GuardTrue {
            cond: ok,
            reason: Reason::OutOfRange,
        });
        let (start, end) = match backward {
            true => (i64::MAX, i64::MIN),
            false => (FROM_START, TO_END),
        };
        self.bound(low, from_kinds, start, from);
        self.bound(high, to_kinds, end, to);
        if let Some(store) = self.assigned_by(subscript, list) {
            for reg in [by, high, low] {
                self.push(GOp::Kill { reg });
            }
            let part = Part {
                list,
                from,
                to,
                step,
            };
            return self.move_slice(subscript + 1, store, &part);
        }
        let params = [Type::Ref, Type::I64, Type::I64, Type::I64];
        let parts = &[memory::COUNTS];
        let own = Some(Type::Own);
        let helper = self.writer("list_slice_step", &params, own, MAKES_FROM, parts);
        self.push(GOp::Call {
            dst: Some(by),
            helper,
            args: vec![list, from, to, step],
        });
        for reg in [high, low] {
            self.push(GOp::Kill { reg });
        }
        self.push(GOp::Swap { a: list, b: by });
        let position = self.source.code.instrs()[subscript].next;
        let behind = self.point_at(position, after.depth - 1);
        self.push(GOp::Drop { reg: by, behind });
        self.done_until = subscript + 1;
    }

    /// The `STORE_SLICE` that assigns the slice which the instruction at `made` leaves in the place of its list.
    ///
    /// What is between them, and what makes the operands, is done again if native code is left: so it must only
    /// compute.
    fn assigned_by(&self, made: usize, list: Reg) -> Option<usize> {
        let block = self.source.cfg.block_of(made)?;
        let info = &self.source.cfg.blocks()[block];
        let mut before = (info.start..self.index).rev();
        loop {
            let index = before.next()?;
            if !self.only_computes(index) {
                return None;
            }
            if self.depth(index)? <= list.0 {
                break;
            }
        }
        for index in made + 1..info.end {
            if self.depth(index)? <= list.0 {
                return None;
            }
            if self.source.code.instrs()[index].op == Op::StoreSlice {
                let seen = self.source.profile.at(index);
                let [high, low, kinds] = seen.top;
                let fits = kinds.only(Kinds::LIST) && Self::bounded(low, high) && !seen.boxed;
                return (fits && self.depth(index)? == list.0 + 4).then_some(index);
            }
            if !self.only_computes(index) {
                return None;
            }
        }
        None
    }

    /// Whether an instruction only loads from locals or adds up ints.
    fn only_computes(&self, index: usize) -> bool {
        let instr = &self.source.code.instrs()[index];
        let seen = self.source.profile.at(index);
        let int = |n: usize| seen.top[n].only(Kinds::INT);
        match instr.op {
            Op::LoadFast | Op::LoadFastLoadFast | Op::LoadConst => true,
            Op::UnaryNegative => int(0) && !seen.boxed,
            Op::BinaryOp => match operands::operand(self.version, instr) {
                OperandKind::Arithmetic(_) => int(0) && int(1) && !seen.boxed,
                _ => false,
            },
            _ => false,
        }
    }

    /// Does the instructions from `next` on, of which the one at `store` assigns a part of a list to a part of
    /// the same size.
    fn move_slice(&mut self, next: usize, store: usize, source: &Part) {
        for index in next..store {
            self.index = index;
            self.instruction();
        }
        self.index = store;
        self.worth.add(worth::BUILTIN);
        self.assign(source);
        self.done_until = store + 1;
    }

    /// `list[low:high] = items` where that keeps the list's size.
    pub(super) fn store_slice(&mut self) {
        let seen = self.feedback();
        let [high_kinds, low_kinds, kinds] = seen.top;
        // What is assigned may be a list that dies behind, which needs a frame to go on in.
        let dies = self.is_frameless();
        if dies || seen.boxed || !kinds.only(Kinds::LIST) || !Self::bounded(low_kinds, high_kinds) {
            return self.generic();
        }
        self.worth.add(worth::BUILTIN);
        let (from, to, step) = (self.temp(0), self.temp(1), self.temp(2));
        self.constant_int(from, FROM_START);
        self.constant_int(to, TO_END);
        self.constant_int(step, 1);
        let list = self.top(4);
        self.push(GOp::GuardType {
            reg: list,
            ty: LIST_TYPE,
        });
        self.assign(&Part {
            list,
            from,
            to,
            step,
        });
    }

    /// The current `STORE_SLICE`, of a part of a list that is the lowest of its operands and guarded to be one.
    fn assign(&mut self, source: &Part) {
        let [high_kinds, low_kinds, _] = self.feedback().top;
        let (list, low, high) = (self.top(3), self.top(2), self.top(1));
        let (from, to) = (self.temp(3), self.temp(4));
        let (ok, zero) = (self.temp(5), self.temp(6));
        self.push(GOp::GuardType {
            reg: list,
            ty: LIST_TYPE,
        });
        self.bound(low, low_kinds, FROM_START, from);
        self.bound(high, high_kinds, TO_END, to);
        let (object, int) = (Type::Ref, Type::I64);
        let params = [object, int, int, object, int, int, int];
        let Part {
            list: items,
            from: first,
            to: end,
            step,
        } = *source;
        let args = vec![list, from, to, items, first, end, step];
        let helper = self.helper("list_can_assign", &params, Some(int), READS);
        self.push(GOp::Call {
            dst: Some(ok),
            helper,
            args: args.clone(),
        });
        self.guard_nonzero(ok, zero, Reason::OutOfRange);
        let parts = &[memory::LIST_ITEMS, memory::COUNTS];
        let helper = self.releaser("list_assign", &params, None, CHANGES, parts);
        self.push(GOp::Call {
            dst: None,
            helper,
            args,
        });
        let behind = self.behind(-4);
        for n in 1..=4 {
            let reg = self.top(n);
            self.push(GOp::Drop { reg, behind });
        }
    }
}
