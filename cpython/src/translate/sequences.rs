//! Iteration over lists, tuples and texts, and unpacking of lists and tuples.
//!
//! An iterator over one of these stays a real object, whose index native code reads and writes: it is
//! always where it should be, whoever else holds it. The length of a list is read in each round. What comes
//! out of it is lent by the list, or a text of one character, which lives for ever.

use fatjit_ir::{Reason, Type, TypeId};
use fatjit_jit::gbc::{Cmp, GOp, Label, Reg};

use super::fields::FieldName;
use super::{
    Kinds, LIST_ITER_TYPE, LIST_TYPE, TEXT_ITER_TYPE, TEXT_TYPE, TUPLE_ITER_TYPE, TUPLE_TYPE,
    Translator, worth,
};
use crate::effects::{MAKES, PURE, READS};
use crate::memory;

impl Translator<'_> {
    /// An iterator over a list, tuple or text, without telling the frame where it is.
    pub(super) fn get_iter(&mut self) {
        let reg = self.top(1);
        let kinds = self.feedback().top[0];
        let ty = match () {
            () if kinds.only(Kinds::LIST) => LIST_TYPE,
            () if kinds.only(Kinds::TUPLE) => TUPLE_TYPE,
            () if kinds.only(Kinds::ASCII) => TEXT_TYPE,
            () => return self.generic(),
        };
        self.worth.add(worth::ELEMENT);
        match self.form(kinds) {
            Some(form) => self.guard_form(reg, form),
            None => self.push(GOp::GuardType { reg, ty }),
        }
        let helper = self.helper("sequence_iter", &[Type::Own], Some(Type::Own), MAKES);
        self.push(GOp::Call {
            dst: Some(reg),
            helper,
            args: vec![reg],
        });
    }

    /// `FOR_ITER` on an iterator over a list, tuple or text; `false` if none was seen.
    pub(super) fn for_sequence(
        &mut self,
        iterator: Reg,
        item: Reg,
        body: Label,
        done: Label,
    ) -> bool {
        use FieldName as F;
        let seen = self.feedback();
        let (ty, at, of, size) = match () {
            () if seen.top[0].only(Kinds::LIST_ITER) => (
                LIST_ITER_TYPE,
                F::ListIterIndex,
                F::ListIterList,
                F::ListSize,
            ),
            () if seen.top[0].only(Kinds::TUPLE_ITER) => (
                TUPLE_ITER_TYPE,
                F::TupleIterIndex,
                F::TupleIterTuple,
                F::TupleSize,
            ),
            () if seen.top[0].only(Kinds::TEXT_ITER) => (
                TEXT_ITER_TYPE,
                F::TextIterIndex,
                F::TextIterText,
                F::TextSize,
            ),
            () => return false,
        };
        if seen.boxed {
            return false;
        }
        self.worth.add(worth::ELEMENT);
        let (sequence, index, length) = (self.temp(0), self.temp(1), self.temp(2));
        let cond = self.temp(3);
        self.push(GOp::GuardType { reg: iterator, ty });
        self.read_field(sequence, iterator, of);
        self.push(GOp::NullTest {
            dst: cond,
            src: sequence,
        });
        self.push(GOp::BoolNot {
            dst: cond,
            src: cond,
        });
        // It was exhausted before.
        self.push(GOp::GuardTrue {
            cond,
            reason: Reason::LeftToInterpreter,
        });
        self.read_field(index, iterator, at);
        self.read_field(length, sequence, size);
        self.compare(Cmp::Lt, cond, index, length);
        let (more, over) = (self.new_block(false), self.new_block(false));
        self.push(GOp::Branch {
            cond,
            then: more,
            otherwise: over,
        });
        self.at = over;
        if let Some(here) = self.point(self.index) {
            self.push(GOp::At(here));
        }
        if ty != TEXT_ITER_TYPE {
            self.guard_iterated_shared(iterator);
        }
        self.end_of_sequence(iterator, done);
        self.at = more;
        self.read_field(sequence, iterator, of);
        self.read_field(index, iterator, at);
        match self.form(Kinds::ASCII) {
            Some(form) if ty == TEXT_ITER_TYPE => self.character(item, sequence, index, form),
            _ => self.item_of(ty, sequence, index, item),
        }
        let one = self.temp(4);
        self.constant_int(one, 1);
        self.push(GOp::IntAddPlain {
            dst: one,
            a: index,
            b: one,
        });
        let field = self.field_of(at);
        self.push(GOp::Write {
            to: iterator,
            index: None,
            field,
            src: one,
        });
        self.push(GOp::Jump(body));
        true
    }

    /// The item of a list or tuple, told by the type of its iterator. Uses temporary 3.
    fn item_of(&mut self, iterator: TypeId, sequence: Reg, index: Reg, dst: Reg) {
        let (from, item) = match iterator {
            LIST_ITER_TYPE => {
                let array = self.temp(3);
                self.read_field(array, sequence, FieldName::ListArray);
                (array, FieldName::ListItem)
            }
            _ => (sequence, FieldName::TupleItem),
        };
        let field = self.field_of(item);
        self.push(GOp::Read {
            dst,
            from,
            index: Some(index),
            field,
        });
    }

    /// Leaves to the interpreter if nobody but an iterator refers to what it iterates over.
    fn guard_iterated_shared(&mut self, iterator: Reg) {
        let (shared, zero) = (self.temp(0), self.temp(1));
        let helper = self.helper("iterates_shared", &[Type::Ref], Some(Type::I64), READS);
        self.push(GOp::Call {
            dst: Some(shared),
            helper,
            args: vec![iterator],
        });
        self.constant_int(zero, 0);
        self.compare(Cmp::Ne, shared, shared, zero);
        self.push(GOp::GuardTrue {
            cond: shared,
            reason: Reason::LastReference,
        });
    }

    /// An exhausted iterator gives up what it iterated over, and is dropped. Neither frees anything whose release
    /// runs code.
    fn end_of_sequence(&mut self, iterator: Reg, done: Label) {
        let parts = &[memory::ITERATORS, memory::COUNTS];
        let helper = self.releaser("sequence_iter_end", &[Type::Own], None, PURE, parts);
        self.push(GOp::Call {
            dst: None,
            helper,
            args: vec![iterator],
        });
        self.push(GOp::Jump(done));
    }

    /// Pushes the items of a list or tuple of the right length, the first one topmost.
    pub(super) fn unpack_sequence(&mut self) {
        use FieldName as F;
        let seen = self.feedback();
        let count = self.arg();
        let (ty, size, item) = match () {
            () if seen.top[0].only(Kinds::LIST) => (LIST_TYPE, F::ListSize, F::ListItem),
            () if seen.top[0].only(Kinds::TUPLE) => (TUPLE_TYPE, F::TupleSize, F::TupleItem),
            () => return self.generic(),
        };
        if seen.boxed || count == 0 {
            return self.generic();
        }
        self.worth.add(worth::ELEMENT * f64::from(count));
        let sequence = self.top(1);
        let (length, wanted, cond) = (self.temp(1), self.temp(2), self.temp(3));
        self.push(GOp::GuardType { reg: sequence, ty });
        self.read_field(length, sequence, size);
        self.constant_int(wanted, i64::from(count));
        self.compare(Cmp::Eq, cond, length, wanted);
        self.push(GOp::GuardTrue {
            cond,
            reason: Reason::OutOfRange,
        });
        let from = match ty {
            LIST_TYPE => {
                let array = self.temp(1);
                self.read_field(array, sequence, F::ListArray);
                array
            }
            _ => sequence,
        };
        let field = self.field_of(item);
        let last = self.temp(0);
        for n in 0..count {
            // The last item's place is the sequence's own.
            let dst = match count - 1 - n {
                0 => last,
                above => Reg(sequence.0 + above),
            };
            let index = self.temp(4);
            self.constant_int(index, i64::from(n));
            self.push(GOp::Read {
                dst,
                from,
                index: Some(index),
                field,
            });
        }
        // Lowering guards that this is not the last reference, because the items are lent.
        let behind = self.behind(i64::from(count) - 1);
        self.push(GOp::Drop {
            reg: sequence,
            behind,
        });
        self.push(GOp::Move {
            dst: sequence,
            src: last,
        });
    }
}
