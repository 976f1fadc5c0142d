//! `for` loops and ranges.
//!
//! A range iterator that only the value stack holds lives in registers as (next value, items left, step),
//! a range on its way to its iterator as (start, stop, step, length); exits make the real objects.
//!
//! A loop's end: the interpreter's `FOR_ITER` skips the `END_FOR` (3.13: and the `POP_TOP` behind it) that
//! it jumps to, having dropped the iterator itself.

use fatjit_bytecode::{Op, Version};
use fatjit_ir::{Reason, Type};
use fatjit_jit::gbc::{Cmp, GOp, IntOp, Point, Reg};

use super::{Kinds, Named, Source, Translator, worth};
use crate::effects::PURE;
use crate::shapes::Shape;

const NEXT: u32 = 0;
const LEFT: u32 = 1;
const STEP: u32 = 2;

/// The instruction behind a loop's end markers, if this is one; else itself.
pub(super) fn behind_end_for(source: &Source<'_>, index: usize) -> usize {
    let instrs = source.code.instrs();
    let op = |i: usize| instrs.get(i).map(|instr| instr.op);
    if op(index) != Some(Op::EndFor) {
        return index;
    }
    match (source.code.version(), op(index + 1)) {
        (Version::V313, Some(Op::PopTop)) => index + 2,
        _ => index + 1,
    }
}

impl Translator<'_> {
    /// The instruction behind a loop's end markers, if this is one; else itself.
    pub(super) fn behind_end_for(&self, index: usize) -> usize {
        behind_end_for(self.source, index)
    }

    /// The depth with which control arrives at an instruction from within the region.
    pub(super) fn depth_on_arrival(&self, index: usize) -> u32 {
        self.depth(index).unwrap_or(self.bottom())
    }

    /// Where control goes on with the instruction behind a loop.
    pub(super) fn point_behind_loop(&self, behind: usize) -> Point {
        let position = self.source.code.instrs().get(behind).map(|i| i.start);
        let position = position.unwrap_or(self.source.code.units());
        self.point_at(position, self.depth_on_arrival(behind))
    }

    pub(super) fn for_iter(&mut self) {
        if self.for_guest() {
            return;
        }
        let instr = self.source.code.instrs()[self.index];
        let Some(end) = instr.target else {
            return self.leave(Reason::LeftToInterpreter);
        };
        let (iterator, item) = (self.top(1), self.free());
        let behind = self.behind_end_for(end);
        let done = self.target(behind);
        let body = self.target(self.index + 1);
        if self.feedback().top[0].only(Kinds::RANGE_ITER) {
            self.worth.add(worth::RANGE_ITEM);
            let shape = self.shape(self.range_iterator());
            let (left, zero) = (self.temp(0), self.temp(1));
            self.push(GOp::GuardVirtual {
                reg: iterator,
                shape,
            });
            self.field(left, iterator, LEFT);
            self.constant_int(zero, 0);
            self.compare(Cmp::Gt, left, left, zero);
            let (more, over) = (self.new_block(false), self.new_block(false));
            self.push(GOp::Branch {
                cond: left,
                then: more,
                otherwise: over,
            });
            self.at = over;
            self.push(match self.is_generator() {
                true => GOp::Discard { reg: iterator },
                false => GOp::Kill { reg: iterator },
            });
            self.push(GOp::Jump(done));
            self.at = more;
            self.next_of_range(iterator, item);
            self.push(GOp::Jump(body));
            return;
        }
        if self.for_sequence(iterator, item, body, done)
            || self.for_zip(iterator, item, body, done)
            || self.for_table(iterator, item, (body, done))
        {
            return;
        }
        self.host_op("FOR_ITER", 0);
        if self.finished() {
            return;
        }
        let none = self.temp(0);
        self.push(GOp::NullTest {
            dst: none,
            src: item,
        });
        let (more, over) = (self.new_block(false), self.new_block(false));
        self.push(GOp::Branch {
            cond: none,
            then: over,
            otherwise: more,
        });
        self.at = more;
        self.push(GOp::After(self.behind(1)));
        self.push(GOp::Jump(body));
        self.at = over;
        let point = self.point_behind_loop(behind);
        self.push(GOp::Forget { reg: item });
        self.push(GOp::Drop {
            reg: iterator,
            behind: point,
        });
        self.push(GOp::After(point));
        self.push(GOp::Jump(done));
    }

    /// Takes an int out of a range iterator that is not exhausted.
    ///
    /// The next value cannot overflow: such an iterator exists only where start + length * step fits
    /// (CPython's `range_iter` checks it, and so does `fatjit_range_len`).
    fn next_of_range(&mut self, iterator: Reg, item: Reg) {
        let (next, step, left) = (self.temp(0), self.temp(1), self.temp(2));
        self.field(item, iterator, NEXT);
        self.field(next, iterator, NEXT);
        self.field(step, iterator, STEP);
        self.push(GOp::IntAddPlain {
            dst: next,
            a: next,
            b: step,
        });
        self.set_field(iterator, NEXT, next);
        self.field(left, iterator, LEFT);
        self.constant_int(step, -1);
        self.push(GOp::IntAddPlain {
            dst: left,
            a: left,
            b: step,
        });
        self.set_field(iterator, LEFT, left);
    }

    /// A call: of `range` with an iterator wanted at once, without making either object; else by helper.
    pub(super) fn call(&mut self) {
        if !self.call_range()
            && !self.call_fold()
            && !self.call_list_method()
            && !self.call_dict_get()
            && !self.call_builtin()
            && !self.call_c_function()
            && !self.call_varied()
            && !self.call_compiled()
        {
            self.generic();
        }
    }

    /// A call whose last arguments have names, of which the interpreter has a tuple on the stack.
    pub(super) fn call_with_keywords(&mut self) {
        if !self.call_compiled() {
            self.generic();
        }
    }

    fn call_range(&mut self) -> bool {
        let instrs = self.source.code.instrs();
        let count = self.arg();
        let block = self.source.cfg.block_of(self.index);
        let next = instrs.get(self.index + 1).map(|i| i.op);
        let same_block = self.source.cfg.block_of(self.index + 1) == block;
        let seen = self.feedback();
        let reversed = next == Some(Op::Call) && self.reverses(self.index + 1, count + 2);
        if !(1..=3).contains(&count)
            || !(reversed || matches!(next, Some(Op::GetIter | Op::ContainsOp)))
            || !same_block
            || self.keyword_names().is_some()
            || seen.boxed
            || !seen.callee.only(Kinds::RANGE_TYPE)
        {
            return false;
        }
        let Some(after) = self.point(self.index + 1) else {
            return false;
        };
        let searched = next == Some(Op::ContainsOp);
        if searched && !self.searches_range(count) {
            return false;
        }
        let slots = self.call_slots(count);
        let lower = slots.lower;
        self.worth.add(worth::RANGE);
        let object = self.object(Named::RangeType);
        self.push(GOp::GuardNull { reg: slots.null });
        self.push(GOp::GuardObject {
            reg: slots.callee,
            object,
        });
        for n in 1..=count {
            self.push(GOp::GuardInt { reg: self.top(n) });
        }
        let (start, stop, step) = (self.temp(0), self.temp(1), self.temp(2));
        let given = |t: &mut Self, dst, n| {
            let src = t.top(n);
            t.push(GOp::Copy { dst, src });
        };
        match count {
            1 => {
                self.constant_int(start, 0);
                given(self, stop, 1);
            }
            _ => {
                given(self, start, count);
                given(self, stop, count - 1);
            }
        }
        if searched {
            self.in_range(count, start, stop);
            return true;
        }
        match count {
            3 => given(self, step, 1),
            _ => self.constant_int(step, 1),
        }
        let (length, zero, ok) = (self.temp(3), self.temp(4), self.temp(5));
        let helper = self.helper("range_len", &[Type::I64; 3], Some(Type::I64), PURE);
        self.push(GOp::CallPure {
            dst: length,
            helper,
            args: vec![start, stop, step],
        });
        self.constant_int(zero, 0);
        self.compare(Cmp::Ge, ok, length, zero);
        self.push(GOp::GuardTrue {
            cond: ok,
            reason: Reason::OutOfRange,
        });
        for n in 1..=count + 2 {
            self.push(GOp::Kill { reg: self.top(n) });
        }
        let shape = self.shape(Shape::Range);
        self.push(GOp::Virtual {
            dst: lower,
            shape,
            fields: vec![start, stop, step, length],
        });
        self.push(GOp::At(after));
        if reversed {
            self.reverse(lower);
            self.done_until = self.index + 3;
            return true;
        }
        // The GET_ITER behind it, of the range just made.
        self.field(start, lower, 0);
        self.field(step, lower, 2);
        self.field(length, lower, 3);
        self.push(GOp::Kill { reg: lower });
        let shape = self.shape(Shape::RangeIterator);
        self.push(GOp::Virtual {
            dst: lower,
            shape,
            fields: vec![start, length, step],
        });
        self.made_range_iterator(lower);
        self.done_until = self.index + 2;
        true
    }

    /// Whether the call at this index is `reversed` of what a call with so many slots leaves, and is iterated over at once.
    fn reverses(&self, index: usize, slots: u32) -> bool {
        let instrs = self.source.code.instrs();
        let ops = [instrs.get(index), instrs.get(index + 1)].map(|i| i.map(|i| (i.op, i.arg)));
        let same_block = self.source.cfg.block_of(index + 1) == self.source.cfg.block_of(index);
        let callee = match self.version {
            Version::V312 => self.top(slots + 1),
            Version::V313 => self.top(slots + 2),
        };
        let name = self
            .known_in(callee)
            .and_then(|known| self.source.facts.builtin(known));
        matches!(ops, [Some((Op::Call, 1)), Some((Op::GetIter, _))])
            && same_block
            && !self.source.profile.at(index).boxed
            && name.as_deref() == Some("reversed")
    }

    /// The `CALL` of `reversed` on the virtual range in this slot, and the `GET_ITER` behind it, which does nothing.
    ///
    /// What would follow the last item must fit, too, as `range_reverse` of CPython checks.
    fn reverse(&mut self, range: Reg) {
        let slots = [Reg(range.0 - 2), Reg(range.0 - 1)];
        let (null, callee) = match self.version {
            Version::V312 => (slots[0], slots[1]),
            Version::V313 => (slots[1], slots[0]),
        };
        let Some(known) = self.known_in(callee) else {
            return self.leave(Reason::LeftToInterpreter);
        };
        let object = self.object(self.named(known));
        self.push(GOp::GuardNull { reg: null });
        self.push(GOp::GuardObject {
            reg: callee,
            object,
        });
        let (start, step, length) = (self.temp(0), self.temp(1), self.temp(2));
        let (last, other) = (self.temp(3), self.temp(4));
        self.field(start, range, 0);
        self.field(step, range, 2);
        self.field(length, range, 3);
        let bin = |op, dst, a, b| GOp::IntBin { op, dst, a, b };
        self.push(bin(IntOp::Sub, other, start, step));
        self.constant_int(other, -1);
        self.push(GOp::IntAddPlain {
            dst: last,
            a: length,
            b: other,
        });
        self.push(bin(IntOp::Mul, last, last, step));
        self.push(bin(IntOp::Add, last, start, last));
        self.push(GOp::IntNeg {
            dst: step,
            src: step,
        });
        for reg in [range, null, callee] {
            self.push(GOp::Kill { reg });
        }
        let shape = self.shape(Shape::RangeIterator);
        self.push(GOp::Virtual {
            dst: slots[0],
            shape,
            fields: vec![last, length, step],
        });
        self.made_range_iterator(slots[0]);
    }
}
