//! Virtual objects: iterators and ranges that exist as their fields.
//!
//! Which fields they have is said in `crate::shapes`. An iterator becomes virtual where the loop that advances it tests
//! it; somebody else who holds it could see it standing still, so that one never does.

use fatjit_ir::{ShapeId, Type};
use fatjit_jit::gbc::{GOp, Home, Place, Reg, Seen, Shape as Declared};

use super::fields::FieldName;
use super::{
    ENUMERATE_TYPE, Kinds, LIST_ITER_TYPE, RANGE_ITER_TYPE, RANGE_TYPE, TUPLE_ITER_TYPE,
    Translator, ZIP_TYPE,
};
use crate::effects::{MAKES, READS};
use crate::shapes::Shape;

/// What an object of these kinds is while native code advances it.
pub fn iterator_shape(kinds: Kinds) -> Option<Shape> {
    Some(match () {
        () if kinds.is(Kinds::RANGE_ITER) => Shape::RangeIterator,
        () if kinds.is(Kinds::LIST_ITER) => Shape::ListIterator,
        () if kinds.is(Kinds::TUPLE_ITER) => Shape::TupleIterator,
        () if kinds.is(Kinds::ZIP) => Shape::ZipLists,
        () if kinds.is(Kinds::LIST_ITER.and(Kinds::ENUMERATE)) => Shape::EnumerateList,
        () if kinds.is(Kinds::TUPLE_ITER.and(Kinds::ENUMERATE)) => Shape::EnumerateTuple,
        () => return None,
    })
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
            Shape::Range => {
                let make = self.helper("range_new", &[Type::I64; 4], own, MAKES);
                let read = Vec::new();
                (RANGE_TYPE, 4, Home::Made { read, make })
            }
            Shape::ListIterator | Shape::TupleIterator => {
                let (ty, index) = match shape {
                    Shape::ListIterator => (LIST_ITER_TYPE, F::ListIterIndex),
                    _ => (TUPLE_ITER_TYPE, F::TupleIterIndex),
                };
                (ty, 1, self.kept("sequence_iter_fits", &[(&[], index)]))
            }
            Shape::EnumerateList | Shape::EnumerateTuple => {
                let (fits, index) = match shape {
                    Shape::EnumerateList => ("enumerates_list", F::ListIterIndex),
                    _ => ("enumerates_tuple", F::TupleIterIndex),
                };
                let places: [(&[F], F); 2] =
                    [(&[], F::EnumerateCount), (&[F::EnumerateIter], index)];
                (ENUMERATE_TYPE, 2, self.kept(fits, &places))
            }
            Shape::ZipLists => {
                let places: [(&[F], F); 2] = [
                    (&[F::ZipIters, F::ZipFirst], F::ListIterIndex),
                    (&[F::ZipIters, F::ZipSecond], F::ListIterIndex),
                ];
                (ZIP_TYPE, 2, self.kept("zips_lists", &places))
            }
        };
        Declared {
            name: shape.name().to_owned(),
            fields: vec![Type::I64; fields],
            ty,
            home,
        }
    }

    fn kept(&mut self, fits: &str, places: &[(&[FieldName], FieldName)]) -> Home {
        let fits = self.helper(fits, &[Type::Ref], Some(Type::I64), READS);
        let places = places.iter().map(|(through, field)| Place {
            through: through.iter().map(|field| self.field_of(*field)).collect(),
            field: self.field_of(*field),
        });
        let places = places.collect();
        Home::Kept { fits, places }
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
        let shapes = &self.region.shapes;
        let id = |shape: Shape| shapes.iter().position(|known| known.name == shape.name());
        let entries = self.region.entries.iter_mut();
        for seen in entries.filter_map(|entry| entry.seen.as_mut()) {
            for (reg, seen) in seen.iter_mut().enumerate() {
                let Seen::Shape(all) = *seen else { continue };
                let declared = id(Shape::ALL[all.index()]).map(|at| ShapeId(at as u32));
                let reg = Reg(reg as u32);
                let is_advanced = |shape: &ShapeId| advanced.contains(&(reg, *shape));
                *seen = declared.filter(is_advanced).map_or(Seen::Any, Seen::Shape);
            }
        }
    }

    pub(super) fn field(&mut self, dst: Reg, src: Reg, index: u32) {
        self.push(GOp::Field { dst, src, index });
    }

    pub(super) fn set_field(&mut self, object: Reg, index: u32, src: Reg) {
        self.push(GOp::SetField { object, index, src });
    }
}
