//! Tuples that are never made: those of `enumerate` and `zip`, where they are unpacked at once; and `zip` of two or three lists,
//! tuples and ranges.
//!
//! The interpreter keeps the last tuple until it makes the next one, and with it the tuple's members. So it is left out
//! only where nobody can tell how long those live.

use fatjit_bytecode::Op;
use fatjit_jit::gbc::{BoolOp, GOp, Label, Reg};

use super::fields::FieldName;
use super::sequences::Part;
use super::virtuals::{ZIP_PARTS, iterator_shape};
use super::{Kinds, Named, TEXT_TYPE, Translator, worth};
use crate::shapes::Shape;

impl Translator<'_> {
    /// The kinds of what a `FOR_ITER` gives as a tuple, the first one's first, if the tuple need not be made.
    pub(super) fn unmade(&self, index: usize) -> Option<Vec<Kinds>> {
        let instrs = self.source.code.instrs();
        let (iter, unpack) = (instrs.get(index)?, instrs.get(index + 1)?);
        let profile = self.source.profile;
        let count = match iterator_shape(self.feedback_at(index).top[0])? {
            Shape::Enumerate(_) => 2,
            shape => shape.parts().len(),
        };
        let body = self.source.cfg.block_of(index + 1)?;
        let fits = iter.op == Op::ForIter
            && (unpack.op, unpack.arg as usize) == (Op::UnpackSequence, count)
            && self.inside.contains(&body)
            && !profile.at(index).boxed
            && !profile.at(index + 1).boxed;
        // As the instruction behind finds them: the first one is topmost.
        let members = &profile.at(index + 2).top[..count.min(3)];
        (fits && members.iter().all(|member| is_untold(*member))).then(|| members.to_vec())
    }

    /// Guards a value to be one of which nobody can tell how long it lives.
    pub(super) fn guard_untold(&mut self, reg: Reg, kinds: Kinds) {
        if kinds.only(Kinds::NONE) {
            let object = self.object(Named::None);
            self.push(GOp::GuardObject { reg, object });
        } else if kinds.only(Kinds::TEXT) {
            self.push(GOp::GuardType { reg, ty: TEXT_TYPE });
        } else if kinds.is_unboxed() {
            self.guard_kind(reg, kinds);
        } else {
            self.push(GOp::GuardNumber { reg });
        }
    }

    /// `FOR_ITER` on a `zip` of two or three; `false` if none was seen.
    pub(super) fn for_zip(&mut self, iterator: Reg, item: Reg, body: Label, done: Label) -> bool {
        let shape = iterator_shape(self.feedback().top[0]);
        let Some(shape @ Shape::Zip(..)) = shape else {
            return false;
        };
        let (Some(members), Some(here)) = (self.unmade(self.index), self.point(self.index)) else {
            return false;
        };
        let parts = self.parts(shape);
        self.worth.add(parts.len() as f64 * worth::ELEMENT);
        let shape = self.shape(shape);
        self.push(GOp::GuardVirtual {
            reg: iterator,
            shape,
        });
        self.read_zip(iterator, &parts);
        let (cond, also) = (self.temp(6), self.temp(3));
        for (n, part) in parts.iter().enumerate() {
            let dst = if n == 0 { cond } else { also };
            self.has_item(part, iterator, dst);
            if n > 0 {
                self.push(GOp::BoolBin {
                    op: BoolOp::And,
                    dst: cond,
                    a: cond,
                    b: also,
                });
            }
        }
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
        self.read_zip(iterator, &parts);
        let places = 0..parts.len() as u32;
        let places: Vec<Reg> = places.rev().map(|above| Reg(item.0 + above)).collect();
        for (part, place) in parts.iter().zip(&places) {
            self.item(part, *place);
        }
        for (place, kinds) in places.iter().zip(members) {
            self.guard_untold(*place, kinds);
        }
        for part in &parts {
            self.advance(part, iterator);
        }
        self.push(GOp::Jump(body));
        true
    }

    /// The iterators of a `zip`, each with two temporaries of its own.
    fn parts(&self, shape: Shape) -> Vec<Part> {
        let mut field = 0;
        let parts = shape
            .parts()
            .into_iter()
            .zip([0, 7, 9])
            .map(|(over, first)| {
                let part = Part {
                    over,
                    backwards: false,
                    sequence: self.temp(first),
                    index: self.temp(first + 1),
                    field,
                };
                field += over.fields();
                part
            });
        parts.collect()
    }

    /// Reads the iterators of a `zip`. Uses temporaries 5 and 6.
    fn read_zip(&mut self, zip: Reg, parts: &[Part]) {
        let (all, inner) = (self.temp(5), self.temp(6));
        self.read_field(all, zip, FieldName::ZipIters);
        for (part, field) in parts.iter().zip(ZIP_PARTS) {
            self.read_field(inner, all, field);
            self.read_part(part, zip, inner);
        }
    }
}

/// Whether nobody can tell how long values of these kinds live.
fn is_untold(kinds: Kinds) -> bool {
    let numbers = Kinds::INT
        .and(Kinds::WIDE)
        .and(Kinds::FLOAT)
        .and(Kinds::BOOL);
    kinds.only(numbers) || kinds.only(Kinds::NONE) || kinds.only(Kinds::TEXT)
}
