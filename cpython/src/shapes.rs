//! The kinds of virtual objects: what they are called in units, and which fields they have.
//!
//! Invariant: the fields are the same wherever they are named: in translated code, which declares and writes them, and
//! at exits, which make objects of them.

use fatjit_ir::ShapeId;

/// A kind of virtual object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A range iterator. Fields: next value, items left, step.
    RangeIterator,
    /// A range. Fields: start, stop, step, length.
    Range,
    /// An iterator over a list, which stays where it is. Field: the next index.
    ListIterator,
    /// The same over a tuple.
    TupleIterator,
    /// An `enumerate` of a list, which stays where it is. Fields: the next count, the next index.
    EnumerateList,
    /// The same of a tuple.
    EnumerateTuple,
    /// A `zip` of two lists, which stays where it is. Fields: the next index of each.
    ZipLists,
}

impl Shape {
    /// Every kind.
    pub const ALL: [Shape; 7] = [
        Shape::RangeIterator,
        Shape::Range,
        Shape::ListIterator,
        Shape::TupleIterator,
        Shape::EnumerateList,
        Shape::EnumerateTuple,
        Shape::ZipLists,
    ];

    /// The name in units.
    pub fn name(self) -> &'static str {
        match self {
            Shape::RangeIterator => "range_iterator",
            Shape::Range => "range",
            Shape::ListIterator => "list_iterator",
            Shape::TupleIterator => "tuple_iterator",
            Shape::EnumerateList => "enumerate_list",
            Shape::EnumerateTuple => "enumerate_tuple",
            Shape::ZipLists => "zip_lists",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Shape> {
        Shape::ALL.into_iter().find(|shape| shape.name() == name)
    }

    /// Its number among all, by which it is named before a region is there that declares it.
    pub fn id(self) -> ShapeId {
        ShapeId(self as u32)
    }
}
