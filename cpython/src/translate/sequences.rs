//! Iteration over lists, tuples and texts, and unpacking of lists and tuples.
//!
//! An iterator over a list or tuple that nobody else holds is virtual, forwards and backwards, as is an `enumerate` of
//! one, of a text or of a range. Others stay
//! real objects, whose index native code reads and writes: they are always where they should be, whoever else holds
//! them. The length of a list is read in each round. What comes out of it is lent by the list, or a text of one
//! character, which lives for ever.

use fatjit_ir::{Reason, Type, TypeId};
use fatjit_jit::gbc::{BoolOp, Cmp, GOp, Label, Reg};

use super::fields::FieldName;
use super::virtuals::iterator_shape;
use super::{
    Kinds, Known, LIST_ITER_TYPE, LIST_TYPE, TEXT_ITER_TYPE, TEXT_TYPE, TUPLE_ITER_TYPE,
    TUPLE_TYPE, Translator, worth,
};
use crate::effects::{MAKES, PURE, READS};
use crate::memory;
use crate::shapes::{Over, Shape};

/// The fields of an `enumerate` that is advanced: the count, then the iterator's.
const COUNT: u32 = 0;
const COUNTED: u32 = 1;

/// An iterator that a loop advances.
struct Walk {
    over: Over,
    backwards: bool,
    state: State,
}

/// Where an iterator's state is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// In its memory, because somebody else holds it.
    InMemory,
    /// In registers.
    Virtual(Shape),
    /// In registers, too, with the state of the `enumerate` that counts it.
    Counted(Shape),
}

/// One of the iterators that are advanced in a round.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub over: Over,
    pub backwards: bool,
    /// What it iterates over; of one over a range its step.
    pub sequence: Reg,
    /// The index that is next, or the item.
    pub index: Reg,
    /// Its first field in the virtual object that it is of.
    pub field: u32,
}

impl Walk {
    fn of(kinds: Kinds) -> Option<Walk> {
        let is = |kind: Kinds| kinds.only(kind.and(Kinds::SHARED));
        let shape = iterator_shape(kinds);
        let (over, state) = match shape {
            Some(Shape::Enumerate(over)) => (over, shape.map(State::Counted)),
            Some(Shape::ListIterator | Shape::ListReversed) => {
                (Over::List, shape.map(State::Virtual))
            }
            Some(Shape::TupleIterator | Shape::TupleReversed) => {
                (Over::Tuple, shape.map(State::Virtual))
            }
            Some(_) => return None,
            None if is(Kinds::LIST_ITER) => (Over::List, None),
            None if is(Kinds::TUPLE_ITER) => (Over::Tuple, None),
            None if kinds.only(Kinds::TEXT_ITER) => (Over::Text, None),
            None => return None,
        };
        Some(Walk {
            over,
            backwards: matches!(shape, Some(Shape::ListReversed | Shape::TupleReversed)),
            state: state.unwrap_or(State::InMemory),
        })
    }
}

/// Where an iterator over a sequence has its next index, and the sequence; and where that has its size.
fn fields(over: Over) -> (FieldName, FieldName, FieldName) {
    use FieldName as F;
    match over {
        Over::Tuple => (F::TupleIterIndex, F::TupleIterTuple, F::TupleSize),
        Over::Text => (F::TextIterIndex, F::TextIterText, F::TextSize),
        Over::List | Over::Range => (F::ListIterIndex, F::ListIterList, F::ListSize),
    }
}

impl Translator<'_> {
    /// An iterator over a list, tuple or text, without telling the frame where it is.
    pub(super) fn get_iter(&mut self) {
        let reg = self.top(1);
        let kinds = self.feedback().top[0];
        let like_list = self.like_list(kinds);
        let ty = match () {
            () if kinds.only(Kinds::LIST) || like_list.is_some() => LIST_TYPE,
            () if kinds.only(Kinds::TUPLE) => TUPLE_TYPE,
            () if kinds.only(Kinds::ASCII) => TEXT_TYPE,
            () if self.get_table_iter() => return,
            () => return self.get_iter_of_iterator(),
        };
        self.worth.add(worth::ELEMENT);
        match (self.form(kinds), like_list) {
            (_, Some(classes)) => self.guard_classes(reg, &classes),
            (Some(form), None) => self.guard_form(reg, form),
            (None, None) => self.push(GOp::GuardType { reg, ty }),
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

    /// The classes that were seen at the current instruction, if all are made of `list`, with its length and iterators.
    pub(super) fn like_list(&self, kinds: Kinds) -> Option<Vec<Known>> {
        if self.feedback().boxed || !kinds.only(Kinds::SOME_INSTANCE) {
            return None;
        }
        let classes = (self.source.classes)(self.index).into_iter();
        let classes: Vec<Known> = classes
            .map(|class| self.source.facts.is_like_list(class))
            .collect::<Option<_>>()?;
        (!classes.is_empty()).then_some(classes)
    }

    /// What steps through other iterators is an iterator itself.
    fn get_iter_of_iterator(&mut self) {
        let (reg, seen) = (self.top(1), self.feedback());
        match iterator_shape(seen.top[0]) {
            Some(
                shape @ (Shape::Enumerate(_)
                | Shape::Zip(..)
                | Shape::ListReversed
                | Shape::TupleReversed),
            ) if !seen.boxed => {
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
            State::Counted(_) => match self.unmade(self.index) {
                None => return false,
                Some(members) => members.get(1).copied(),
            },
            _ => None,
        };
        self.worth.add(worth::ELEMENT);
        match walk.state {
            State::InMemory => {
                let ty = match walk.over {
                    Over::Tuple => TUPLE_ITER_TYPE,
                    Over::Text => TEXT_ITER_TYPE,
                    Over::List | Over::Range => LIST_ITER_TYPE,
                };
                self.push(GOp::GuardType { reg: iterator, ty });
            }
            State::Virtual(shape) | State::Counted(shape) => {
                let shape = self.shape(shape);
                self.push(GOp::GuardVirtual {
                    reg: iterator,
                    shape,
                });
            }
        }
        let part = Part {
            over: walk.over,
            backwards: walk.backwards,
            sequence: self.temp(0),
            index: self.temp(1),
            field: if matches!(walk.state, State::Counted(_)) {
                COUNTED
            } else {
                0
            },
        };
        let cond = self.temp(3);
        self.read_walk(&walk, &part, iterator);
        self.has_item(&part, iterator, cond);
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
        if !matches!(walk.over, Over::Text | Over::Range) {
            self.guard_iterated_shared(iterator);
        }
        self.end_of_sequence(iterator, done);
        self.at = more;
        if let Some(here) = self.point(self.index) {
            self.push(GOp::At(here));
        }
        self.read_walk(&walk, &part, iterator);
        self.item(&part, item);
        if let Some(kinds) = value {
            self.guard_untold(item, kinds);
            self.field(Reg(item.0 + 1), iterator, COUNT);
        }
        if walk.state == State::InMemory {
            let (next, one) = (self.temp(4), self.temp(5));
            self.constant_int(one, 1);
            self.push(GOp::IntAddPlain {
                dst: next,
                a: part.index,
                b: one,
            });
            let field = self.field_of(fields(walk.over).0);
            self.push(GOp::Write {
                to: iterator,
                index: None,
                field,
                src: next,
            });
        } else {
            self.advance(&part, iterator);
        }
        if let State::Counted(_) = walk.state {
            // A count that nears the width of a word is not kept in one.
            let (count, one) = (self.temp(4), self.temp(5));
            self.constant_int(one, 1);
            self.field(count, iterator, COUNT);
            self.push(GOp::IntAddPlain {
                dst: count,
                a: count,
                b: one,
            });
            self.set_field(iterator, COUNT, count);
        }
        self.push(GOp::Jump(body));
        true
    }

    /// Reads an iterator, or the one that an `enumerate` counts. Uses temporary 5.
    fn read_walk(&mut self, walk: &Walk, part: &Part, iterator: Reg) {
        match walk.state {
            State::InMemory => {
                let (index, over, _) = fields(walk.over);
                self.read_field(part.sequence, iterator, over);
                self.read_field(part.index, iterator, index);
            }
            State::Virtual(_) => self.read_part(part, iterator, iterator),
            State::Counted(_) => {
                let inner = self.temp(5);
                self.read_field(inner, iterator, FieldName::EnumerateIter);
                self.read_part(part, iterator, inner);
            }
        }
    }

    /// Reads an iterator whose state is among that of a virtual object.
    pub(super) fn read_part(&mut self, part: &Part, object: Reg, iterator: Reg) {
        let fixed = match part.over {
            Over::Range => FieldName::RangeIterStep,
            over => fields(over).1,
        };
        self.read_field(part.sequence, iterator, fixed);
        self.field(part.index, object, part.field);
    }

    /// Whether an iterator that was read has an item left. Leaves if it was exhausted before. Uses temporary 2.
    pub(super) fn has_item(&mut self, part: &Part, object: Reg, cond: Reg) {
        let other = self.temp(2);
        if part.over == Over::Range {
            self.field(cond, object, part.field + 1);
            self.constant_int(other, 0);
            return self.compare(Cmp::Gt, cond, cond, other);
        }
        self.guard_present(part.sequence, cond, Reason::LeftToInterpreter);
        self.read_field(other, part.sequence, fields(part.over).2);
        self.compare(Cmp::Lt, cond, part.index, other);
        if part.backwards {
            self.constant_int(other, 0);
            self.compare(Cmp::Ge, other, part.index, other);
            let (op, dst, a, b) = (BoolOp::And, cond, cond, other);
            self.push(GOp::BoolBin { op, dst, a, b });
        }
    }

    /// The next item of an iterator that was read and has one. Uses temporaries 3 to 5.
    pub(super) fn item(&mut self, part: &Part, dst: Reg) {
        let (sequence, index) = (part.sequence, part.index);
        match (part.over, self.form(Kinds::ASCII)) {
            (Over::Range, _) => self.push(GOp::Copy { dst, src: index }),
            (Over::Text, Some(form)) => self.character(dst, sequence, index, form),
            (Over::Tuple, _) => self.item_of(TUPLE_TYPE, sequence, index, dst),
            _ => self.item_of(LIST_TYPE, sequence, index, dst),
        }
    }

    /// Steps over that item. Uses temporaries 4 and 5.
    pub(super) fn advance(&mut self, part: &Part, object: Reg) {
        let (next, step) = (self.temp(4), self.temp(5));
        self.constant_int(step, if part.backwards { -1 } else { 1 });
        let add = |dst, a, b| GOp::IntAddPlain { dst, a, b };
        if part.over == Over::Range {
            self.push(add(next, part.index, part.sequence));
            self.set_field(object, part.field, next);
            self.constant_int(step, -1);
            self.field(next, object, part.field + 1);
            self.push(add(next, next, step));
            return self.set_field(object, part.field + 1, next);
        }
        self.push(add(next, part.index, step));
        self.set_field(object, part.field, next);
    }

    /// The item of a list or tuple. Uses temporary 3.
    fn item_of(&mut self, ty: TypeId, sequence: Reg, index: Reg, dst: Reg) {
        let (from, item) = match ty {
            LIST_TYPE => {
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

    /// The tuple of so many items in this slot, above which lie all but the last, gives way to that one. Its release runs
    /// no code, because all of them stay.
    fn take_last(&mut self, tuple: Reg, count: u32) {
        for above in 1..count {
            let reg = Reg(tuple.0 + above);
            self.push(GOp::Real { reg });
        }
        let index = self.temp(0);
        self.constant_int(index, i64::from(count) - 1);
        let (params, parts) = ([Type::Own, Type::I64], &[memory::COUNTS]);
        let helper = self.releaser("tuple_last", &params, Some(Type::Own), READS, parts);
        self.push(GOp::Call {
            dst: Some(tuple),
            helper,
            args: vec![tuple, index],
        });
    }

    /// Pushes the items of a list or tuple of the right length, the first one topmost.
    pub(super) fn unpack_sequence(&mut self) {
        use FieldName as F;
        let seen = self.feedback();
        let count = self.arg();
        if self.index > 0 && self.unmade(self.index - 1).is_some() {
            // It was never made.
            return;
        }
        let (ty, size, item) = match () {
            () if seen.top[0].only(Kinds::LIST) => (LIST_TYPE, F::ListSize, F::ListItem),
            () if seen.top[0].only(Kinds::TUPLE) => (TUPLE_TYPE, F::TupleSize, F::TupleItem),
            () => return self.generic(),
        };
        // Nobody else knows a tuple that was made for this.
        let ends = ty == TUPLE_TYPE && (seen.boxed || !self.loaded_before(1));
        if seen.boxed && !ends || count == 0 {
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
        for n in 0..count - u32::from(ends) {
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
        if ends {
            return self.take_last(sequence, count);
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
