//! Virtual objects: iterators and ranges that exist as their fields.
//!
//! Which fields they have is said in `crate::shapes`. An iterator becomes virtual where the loop that advances it tests
//! it; somebody else who holds it could see it standing still, so that one never does.

use fatjit_ir::{ShapeId, Type};
use fatjit_jit::gbc::{GOp, Home, Place, Reg, Seen, Shape as Declared};

use super::fields::FieldName;
use super::{
    DICT_TYPE, ENUMERATE_TYPE, Kinds, LIST_ITER_TYPE, LIST_REVERSED_TYPE, RANGE_ITER_TYPE,
    RANGE_TYPE, REVERSED_TYPE, TUPLE_ITER_TYPE, Translator, ZIP_TYPE,
};
use crate::effects::{MAKES, READS};
use crate::shapes::{Over, Shape};

/// Fields, and the way to each.
type Paths = &'static [(&'static [FieldName], FieldName)];

/// Where a `zip` has the iterators that are its parts.
pub(super) const ZIP_PARTS: [FieldName; 3] = [
    FieldName::ZipFirst,
    FieldName::ZipSecond,
    FieldName::ZipThird,
];

/// How many things an iterator may be told to iterate over (`FATJIT_OVER_COUNT`).
const ANSWERS: i64 = 5;

/// The fields of an iterator that native code advances.
fn state_of(over: Over) -> &'static [FieldName] {
    match over {
        Over::List => &[FieldName::ListIterIndex],
        Over::Tuple => &[FieldName::TupleIterIndex],
        Over::Text => &[FieldName::TextIterIndex],
        Over::Range => &[FieldName::RangeIterNext, FieldName::RangeIterLeft],
    }
}

/// What an object of these kinds is while native code advances it.
pub fn iterator_shape(kinds: Kinds) -> Option<Shape> {
    let counted = |kind: Kinds| kinds.is(kind.and(Kinds::ENUMERATE));
    Some(match () {
        () if kinds.is(Kinds::RANGE_ITER) => Shape::RangeIterator,
        () if kinds.is(Kinds::LIST_ITER) => Shape::ListIterator,
        () if kinds.is(Kinds::TUPLE_ITER) => Shape::TupleIterator,
        () if kinds.is(Kinds::LIST_ITER.and(Kinds::REVERSED)) => Shape::ListReversed,
        () if kinds.is(Kinds::TUPLE_ITER.and(Kinds::REVERSED)) => Shape::TupleReversed,
        () if counted(Kinds::LIST_ITER) => Shape::Enumerate(Over::List),
        () if counted(Kinds::TUPLE_ITER) => Shape::Enumerate(Over::Tuple),
        () if counted(Kinds::RANGE_ITER) => Shape::Enumerate(Over::Range),
        () if counted(Kinds::TEXT_ITER) => Shape::Enumerate(Over::Text),
        () if kinds.has(Kinds::ZIP) => zip_shape(kinds)?,
        () => return None,
    })
}

/// The `zip` of which each part was seen to iterate over one thing.
fn zip_shape(kinds: Kinds) -> Option<Shape> {
    let mut known = Kinds::ZIP;
    let mut parts = (0..3).map(|number| {
        let seen = Over::OF_PARTS.into_iter().zip(0..);
        let mut seen = seen.filter(|(_, over)| kinds.has(Kinds::part(number, *over)));
        let (over, at) = seen.next()?;
        known.add(Kinds::part(number, at));
        Some(over)
    });
    let (a, b, c) = (parts.next()??, parts.next()??, parts.next()?);
    drop(parts);
    // Else different ones were seen.
    kinds.is(known).then_some(Shape::Zip(a, b, c))
}

impl Translator<'_> {
    /// The region's id of a kind of virtual object.
    pub(super) fn shape(&mut self, shape: Shape) -> ShapeId {
        let shapes = &self.region.shapes;
        let known = shapes.iter().position(|known| known.name == shape.name());
        let at = known.unwrap_or_else(|| {
            let declared = self.declared(shape);
            self.region.shapes.push(declared);
            self.region.shapes.len() - 1
        });
        ShapeId(at as u32)
    }

    fn declared(&mut self, shape: Shape) -> Declared {
        use FieldName as F;
        let own = Some(Type::Own);
        let (ty, fields, home) = match shape {
            Shape::RangeIterator => {
                let reads = ["range_iter_next", "range_iter_left", "range_iter_step"];
                let reads = reads.map(|n| self.helper(n, &[Type::Ref], Some(Type::I64), READS));
                let make = self.helper("range_iter_new", &[Type::I64; 3], own, MAKES);
                let read = reads.to_vec();
                (RANGE_ITER_TYPE, 3, Home::Made { read, make })
            }
            Shape::RangeKept => {
                let places: Paths = &[
                    (&[], F::RangeIterNext),
                    (&[], F::RangeIterLeft),
                    (&[], F::RangeIterStep),
                ];
                (RANGE_ITER_TYPE, 3, self.kept("is_range_iter", 1, places))
            }
            Shape::Range => {
                let make = self.helper("range_new", &[Type::I64; 4], own, MAKES);
                let read = Vec::new();
                (RANGE_TYPE, 4, Home::Made { read, make })
            }
            Shape::EmptyDict => {
                let make = self.helper("dict_new", &[], own, MAKES);
                let read = Vec::new();
                (DICT_TYPE, 0, Home::Made { read, make })
            }
            Shape::ListIterator | Shape::ListReversed => {
                let ty = match shape {
                    Shape::ListReversed => LIST_REVERSED_TYPE,
                    _ => LIST_ITER_TYPE,
                };
                let index: Paths = &[(&[], F::ListIterIndex)];
                (ty, 1, self.kept("sequence_iter_fits", 1, index))
            }
            Shape::TupleIterator => {
                let index: Paths = &[(&[], F::TupleIterIndex)];
                (
                    TUPLE_ITER_TYPE,
                    1,
                    self.kept("sequence_iter_fits", 1, index),
                )
            }
            Shape::TupleReversed => {
                let index: Paths = &[(&[], F::TupleIterIndex)];
                (REVERSED_TYPE, 1, self.kept("reverses_tuple", 1, index))
            }
            Shape::Enumerate(over) => {
                let mut places = vec![(vec![], F::EnumerateCount)];
                for field in state_of(over) {
                    places.push((vec![F::EnumerateIter], *field));
                }
                let home = self.kept_at("enumerates", over.number(), &places);
                (ENUMERATE_TYPE, places.len(), home)
            }
            Shape::Zip(..) => {
                let (mut places, mut answer, mut digit) = (Vec::new(), 0, 1);
                for (over, part) in shape.parts().into_iter().zip(ZIP_PARTS) {
                    for field in state_of(over) {
                        places.push((vec![F::ZipIters, part], *field));
                    }
                    answer += over.number() * digit;
                    digit *= ANSWERS;
                }
                let home = self.kept_at("zips", answer, &places);
                (ZIP_TYPE, places.len(), home)
            }
        };
        Declared {
            name: shape.name(),
            fields: vec![Type::I64; fields],
            ty,
            home,
        }
    }

    fn kept(&mut self, fits: &str, answer: i64, places: Paths) -> Home {
        let places: Vec<_> = places.iter().map(|(way, at)| (way.to_vec(), *at)).collect();
        self.kept_at(fits, answer, &places)
    }

    fn kept_at(&mut self, fits: &str, answer: i64, places: &[(Vec<FieldName>, FieldName)]) -> Home {
        let fits = self.helper(fits, &[Type::Ref], Some(Type::I64), READS);
        let places = places.iter().map(|(through, field)| Place {
            through: through.iter().map(|field| self.field_of(*field)).collect(),
            field: self.field_of(*field),
        });
        let places = places.collect();
        Home::Kept {
            fits,
            answer,
            places,
        }
    }

    /// Gives the shapes that the entry's slots were seen to have the region's ids. What the region does not advance
    /// stays what it is.
    pub(super) fn name_seen_shapes(&mut self) {
        let ops = self.region.blocks.iter().flat_map(|block| &block.ops);
        let advanced: Vec<(Reg, ShapeId)> = ops
            .filter_map(|op| match op {
                GOp::GuardVirtual { reg, shape } => Some((*reg, *shape)),
                _ => None,
            })
            .collect();
        let of_range = self.range_iterator();
        let shapes = &self.region.shapes;
        let id = |shape: Shape| shapes.iter().position(|known| known.name == shape.name());
        let entries = self.region.entries.iter_mut();
        for seen in entries.filter_map(|entry| entry.seen.as_mut()) {
            for (reg, seen) in seen.iter_mut().enumerate() {
                let Seen::Shape(all) = *seen else { continue };
                let declared = Shape::from_id(all)
                    .map(|shape| match shape {
                        Shape::RangeIterator => of_range,
                        other => other,
                    })
                    .and_then(id)
                    .map(|at| ShapeId(at as u32));
                let reg = Reg(reg as u32);
                let is_advanced = |shape: &ShapeId| advanced.contains(&(reg, *shape));
                *seen = declared.filter(is_advanced).map_or(Seen::Any, Seen::Shape);
            }
        }
    }

    /// What an iterator over a range is where it is advanced. That of a generator would have to be made anew for each `yield`.
    pub(super) fn range_iterator(&self) -> Shape {
        match self.is_generator() {
            true => Shape::RangeKept,
            false => Shape::RangeIterator,
        }
    }

    /// An iterator over a range was put into this stack slot.
    pub(super) fn made_range_iterator(&mut self, reg: Reg) {
        if self.is_generator() {
            self.push(GOp::Real { reg });
        }
    }

    pub(super) fn field(&mut self, dst: Reg, src: Reg, index: u32) {
        self.push(GOp::Field { dst, src, index });
    }

    pub(super) fn set_field(&mut self, object: Reg, index: u32, src: Reg) {
        self.push(GOp::SetField { object, index, src });
    }
}
