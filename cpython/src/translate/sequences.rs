//! Iteration over lists, tuples and texts, and unpacking of lists and tuples.
//!
//! An iterator over a list or tuple that nobody else holds is virtual, as is an `enumerate` of one. Others stay
//! real objects, whose index native code reads and writes: they are always where they should be, whoever else holds
//! them. The length of a list is read in each round. What comes out of it is lent by the list, or a text of one
//! character, which lives for ever.

use fatjit_ir::{Reason, Type, TypeId};
use fatjit_jit::gbc::{Cmp, GOp, Label, Reg};

use super::fields::FieldName;
use super::virtuals::iterator_shape;
use super::{
    Kinds, LIST_ITER_TYPE, LIST_TYPE, TEXT_ITER_TYPE, TEXT_TYPE, TUPLE_ITER_TYPE, TUPLE_TYPE,
    Translator, worth,
};
use crate::effects::{MAKES, PURE, READS};
use crate::memory;
use crate::shapes::Shape;

/// The fields of an `enumerate` that is advanced.
const COUNT: u32 = 0;
const COUNTED_INDEX: u32 = 1;

/// An iterator over a sequence.
struct Walk {
    /// Its type, or that of the one that is counted.
    ty: TypeId,
    index: FieldName,
    over: FieldName,
    size: FieldName,
    state: State,
}

/// Where an iterator's state is.
#[derive(Clone, Copy)]
enum State {
    /// In its memory, because somebody else holds it.
    InMemory,
    /// In registers.
    Virtual(Shape),
    /// In registers, too, with the state of the `enumerate` that counts it.
    Counted(Shape),
}

impl Walk {
    fn of(kinds: Kinds) -> Option<Walk> {
        use FieldName as F;
        let is = |kind: Kinds| kinds.only(kind.and(Kinds::SHARED).and(Kinds::ENUMERATE));
        let (ty, index, over, size) = match () {
            () if is(Kinds::LIST_ITER) => (
                LIST_ITER_TYPE,
                F::ListIterIndex,
                F::ListIterList,
                F::ListSize,
            ),
            () if is(Kinds::TUPLE_ITER) => (
                TUPLE_ITER_TYPE,
                F::TupleIterIndex,
                F::TupleIterTuple,
                F::TupleSize,
            ),
            () if kinds.only(Kinds::TEXT_ITER) => (
                TEXT_ITER_TYPE,
                F::TextIterIndex,
                F::TextIterText,
                F::TextSize,
            ),
            () => return None,
        };
        let state = match iterator_shape(kinds) {
            Some(shape @ (Shape::EnumerateList | Shape::EnumerateTuple)) => State::Counted(shape),
            Some(shape) => State::Virtual(shape),
            None if kinds.has(Kinds::ENUMERATE) => return None,
            None => State::InMemory,
        };
        Some(Walk {
            ty,
            index,
            over,
            size,
            state,
        })
    }
}

impl Translator<'_> {
    /// An iterator over a list, tuple or text, without telling the frame where it is.
    pub(super) fn get_iter(&mut self) {
        let reg = self.top(1);
        let kinds = self.feedback().top[0];
        let ty = match () {
            () if kinds.only(Kinds::LIST) => LIST_TYPE,
            () if kinds.only(Kinds::TUPLE) => TUPLE_TYPE,
            () if kinds.only(Kinds::ASCII) => TEXT_TYPE,
            () => return self.get_iter_of_iterator(),
        };
        self.worth.add(worth::ELEMENT);
        match self.form(kinds) {
            Some(form) => self.guard_form(reg, form),
            None => self.push(GOp::GuardType { reg, ty }),
        }
        let zero = self.temp(0);
        self.constant_int(zero, 0);
        let helper = self.helper("sequence_iter", &[Type::Own], Some(Type::Own), MAKES);
        self.push(GOp::Call {
            dst: Some(reg),
            helper,
            args: vec![reg],
        });
        let shape = match ty {
            LIST_TYPE => Shape::ListIterator,
            TUPLE_TYPE => Shape::TupleIterator,
            _ => return,
        };
        let (shape, fields) = (self.shape(shape), vec![zero]);
        self.push(GOp::Ahead { reg, shape, fields });
    }

    /// What steps through other iterators is an iterator itself.
    fn get_iter_of_iterator(&mut self) {
        let (reg, seen) = (self.top(1), self.feedback());
        match iterator_shape(seen.top[0]) {
            Some(shape @ (Shape::EnumerateList | Shape::EnumerateTuple | Shape::ZipLists))
                if !seen.boxed =>
            {
                let shape = self.shape(shape);
                self.push(GOp::GuardVirtual { reg, shape });
            }
            _ => self.generic(),
        }
    }

    /// `FOR_ITER` on an iterator over a list, tuple or text, or on one that is counted; `false` if none was seen.
    pub(super) fn for_sequence(
        &mut self,
        iterator: Reg,
        item: Reg,
        body: Label,
        done: Label,
    ) -> bool {
        let seen = self.feedback();
        let Some(walk) = Walk::of(seen.top[0]).filter(|_| !seen.boxed) else {
            return false;
        };
        let value = match walk.state {
            State::Counted(_) => match self.unmade_pair(self.index) {
                None => return false,
                pair => pair.map(|[_, value]| value),
            },
            _ => None,
        };
        self.worth.add(worth::ELEMENT);
        let cond = self.temp(3);
        match walk.state {
            State::InMemory => self.push(GOp::GuardType {
                reg: iterator,
                ty: walk.ty,
            }),
            State::Virtual(shape) | State::Counted(shape) => {
                let shape = self.shape(shape);
                self.push(GOp::GuardVirtual {
                    reg: iterator,
                    shape,
                });
            }
        }
        let (sequence, index, length) = (self.temp(0), self.temp(1), self.temp(2));
        self.read_iterator(&walk, iterator);
        // Else it was exhausted before.
        self.guard_present(sequence, cond, Reason::LeftToInterpreter);
        self.read_field(length, sequence, walk.size);
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
        if walk.ty != TEXT_ITER_TYPE {
            self.guard_iterated_shared(iterator);
        }
        self.end_of_sequence(iterator, done);
        self.at = more;
        if let Some(here) = self.point(self.index) {
            self.push(GOp::At(here));
        }
        self.read_iterator(&walk, iterator);
        match self.form(Kinds::ASCII) {
            Some(form) if walk.ty == TEXT_ITER_TYPE => self.character(item, sequence, index, form),
            _ => self.item_of(walk.ty, sequence, index, item),
        }
        if let Some(kinds) = value {
            self.guard_untold(item, kinds);
            self.field(Reg(item.0 + 1), iterator, COUNT);
        }
        self.advance(&walk, iterator);
        self.push(GOp::Jump(body));
        true
    }

    /// What an iterator iterates over and the index that is next, in temporaries 0 and 1. Uses temporary 5.
    fn read_iterator(&mut self, walk: &Walk, iterator: Reg) {
        let (sequence, index, inner) = (self.temp(0), self.temp(1), self.temp(5));
        match walk.state {
            State::InMemory => {
                self.read_field(sequence, iterator, walk.over);
                self.read_field(index, iterator, walk.index);
            }
            State::Virtual(_) => {
                self.read_field(sequence, iterator, walk.over);
                self.field(index, iterator, 0);
            }
            State::Counted(_) => {
                self.read_field(inner, iterator, FieldName::EnumerateIter);
                self.read_field(sequence, inner, walk.over);
                self.field(index, iterator, COUNTED_INDEX);
            }
        }
    }

    /// Steps over the item at the index in temporary 1. Uses temporaries 0 and 4.
    fn advance(&mut self, walk: &Walk, iterator: Reg) {
        let (index, next, one) = (self.temp(1), self.temp(4), self.temp(0));
        self.constant_int(one, 1);
        let step = |dst, a| GOp::IntAddPlain { dst, a, b: one };
        self.push(step(next, index));
        match walk.state {
            State::InMemory => {
                let field = self.field_of(walk.index);
                self.push(GOp::Write {
                    to: iterator,
                    index: None,
                    field,
                    src: next,
                });
            }
            State::Virtual(_) => self.set_field(iterator, 0, next),
            State::Counted(_) => {
                // A count that nears the width of a word is not kept in one.
                self.field(index, iterator, COUNT);
                self.push(step(index, index));
                self.set_field(iterator, COUNT, index);
                self.set_field(iterator, COUNTED_INDEX, next);
            }
        }
    }

    /// The item of a list or tuple, told by the type of its iterator. Uses temporary 3.
    pub(super) fn item_of(&mut self, iterator: TypeId, sequence: Reg, index: Reg, dst: Reg) {
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
    pub(super) fn guard_iterated_shared(&mut self, iterator: Reg) {
        let (shared, zero) = (self.temp(0), self.temp(1));
        let helper = self.helper("iterates_shared", &[Type::Ref], Some(Type::I64), READS);
        self.push(GOp::Call {
            dst: Some(shared),
            helper,
            args: vec![iterator],
        });
        self.guard_nonzero(shared, zero, Reason::LastReference);
    }

    /// An exhausted iterator gives up what it iterated over, and is dropped. Neither frees anything whose release
    /// runs code.
    pub(super) fn end_of_sequence(&mut self, iterator: Reg, done: Label) {
        let parts = &[memory::ITERATORS, memory::ITERATED, memory::COUNTS];
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
        if self.index > 0 && self.unmade_pair(self.index - 1).is_some() {
            // It was never made.
            return;
        }
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
