//! Pairs that are never made: those of `enumerate` and `zip`, where they are unpacked at once; and `zip` of two lists.
//!
//! The interpreter keeps the last pair until it makes the next one, and with it the pair's members. So a pair is left out
//! only where nobody can tell how long those live.

use fatjit_bytecode::Op;
use fatjit_ir::Reason;
use fatjit_jit::gbc::{BoolOp, Cmp, GOp, Label, Reg};

use super::fields::FieldName;
use super::virtuals::iterator_shape;
use super::{Kinds, LIST_ITER_TYPE, Named, Translator, worth};
use crate::shapes::Shape;

impl Translator<'_> {
    /// The kinds of what a `FOR_ITER` gives as a pair, the first one's first, if the pair need not be made.
    pub(super) fn unmade_pair(&self, index: usize) -> Option<[Kinds; 2]> {
        let instrs = self.source.code.instrs();
        let (iter, unpack) = (instrs.get(index)?, instrs.get(index + 1)?);
        let profile = self.source.profile;
        let shape = iterator_shape(profile.at(index).top[0])?;
        let body = self.source.cfg.block_of(index + 1)?;
        let fits = iter.op == Op::ForIter
            && matches!(
                shape,
                Shape::EnumerateList | Shape::EnumerateTuple | Shape::ZipLists
            )
            && (unpack.op, unpack.arg) == (Op::UnpackSequence, 2)
            && self.labels.contains_key(&body)
            && !profile.at(index).boxed
            && !profile.at(index + 1).boxed;
        // As the instruction behind finds them: the first one is topmost.
        let [first, second, _] = profile.at(index + 2).top;
        (fits && is_untold(first) && is_untold(second)).then_some([first, second])
    }

    /// Guards a value to be one of which nobody can tell how long it lives.
    pub(super) fn guard_untold(&mut self, reg: Reg, kinds: Kinds) {
        if kinds.only(Kinds::NONE) {
            let object = self.object(Named::None);
            self.push(GOp::GuardObject { reg, object });
        } else if kinds.is_unboxed() {
            self.guard_kind(reg, kinds);
        } else {
            self.push(GOp::GuardNumber { reg });
        }
    }

    /// `FOR_ITER` on a `zip` of two lists; `false` if none was seen.
    pub(super) fn for_zip(&mut self, iterator: Reg, item: Reg, body: Label, done: Label) -> bool {
        if !self.feedback().top[0].is(Kinds::ZIP) {
            return false;
        }
        let (Some([first, second]), Some(here)) =
            (self.unmade_pair(self.index), self.point(self.index))
        else {
            return false;
        };
        self.worth.add(2.0 * worth::ELEMENT);
        let shape = self.shape(Shape::ZipLists);
        self.push(GOp::GuardVirtual {
            reg: iterator,
            shape,
        });
        self.read_zip(iterator);
        let (cond, length) = (self.temp(4), self.temp(5));
        for list in [self.temp(0), self.temp(2)] {
            self.guard_present(list, cond, Reason::LeftToInterpreter);
        }
        self.read_field(cond, self.temp(0), FieldName::ListSize);
        self.compare(Cmp::Lt, cond, self.temp(1), cond);
        self.read_field(length, self.temp(2), FieldName::ListSize);
        self.compare(Cmp::Lt, length, self.temp(3), length);
        self.push(GOp::BoolBin {
            op: BoolOp::And,
            dst: cond,
            a: cond,
            b: length,
        });
        let (more, over) = (self.new_block(false), self.new_block(false));
        self.push(GOp::Branch {
            cond,
            then: more,
            otherwise: over,
        });
        self.at = over;
        self.push(GOp::At(here));
        self.guard_iterated_shared(iterator);
        self.end_of_sequence(iterator, done);

        self.at = more;
        self.push(GOp::At(here));
        self.read_zip(iterator);
        let (index, one, above) = (self.temp(1), self.temp(0), Reg(item.0 + 1));
        self.item_of(LIST_ITER_TYPE, self.temp(0), index, above);
        self.field(index, iterator, 1);
        self.item_of(LIST_ITER_TYPE, self.temp(2), index, item);
        self.guard_untold(above, first);
        self.guard_untold(item, second);
        self.constant_int(one, 1);
        for field in 0..2 {
            self.field(index, iterator, field);
            self.push(GOp::IntAddPlain {
                dst: index,
                a: index,
                b: one,
            });
            self.set_field(iterator, field, index);
        }
        self.push(GOp::Jump(body));
        true
    }

    /// The lists that a `zip` steps through, and their next indices: in temporaries 0 and 1, and 2 and 3. Uses temporaries
    /// 5 and 6.
    fn read_zip(&mut self, zip: Reg) {
        let (both, inner) = (self.temp(5), self.temp(6));
        self.read_field(both, zip, FieldName::ZipIters);
        for (n, field) in [(0, FieldName::ZipFirst), (1, FieldName::ZipSecond)] {
            self.read_field(inner, both, field);
            self.read_field(self.temp(2 * n), inner, FieldName::ListIterList);
            self.field(self.temp(2 * n + 1), zip, n);
        }
    }
}

/// Whether nobody can tell how long values of these kinds live.
fn is_untold(kinds: Kinds) -> bool {
    let numbers = Kinds::INT
        .and(Kinds::WIDE)
        .and(Kinds::FLOAT)
        .and(Kinds::BOOL);
    kinds.only(numbers) || kinds.only(Kinds::NONE)
}
