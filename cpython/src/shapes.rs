//! The kinds of virtual objects: what they are called in units, and which fields they have.
//!
//! Invariant: the fields are the same wherever they are named: in translated code, which declares and writes them, and
//! at exits, which make objects of them. An iterator over a list, tuple or text has its next index; one over a range its
//! next value and how many items are left.

use fatjit_ir::ShapeId;

/// What is iterated over, in the order of `enum fatjit_over`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// A list.
    List,
    /// A tuple.
    Tuple,
    /// A range.
    Range,
    /// An ASCII text.
    Text,
}

impl Over {
    const ALL: [Over; 4] = [Over::List, Over::Tuple, Over::Range, Over::Text];
    /// What the parts of a `zip` may iterate over.
    pub const OF_PARTS: [Over; 3] = [Over::List, Over::Tuple, Over::Range];

    /// Its number on the C side.
    pub fn number(self) -> i64 {
        self as i64 + 1
    }

    /// How many fields an iterator has.
    pub fn fields(self) -> u32 {
        if self == Over::Range { 2 } else { 1 }
    }
}

/// Most fields of a shape.
pub const MOST_FIELDS: usize = 6;

/// A kind of virtual object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A range iterator. Fields: next value, items left, step.
    RangeIterator,
    /// The same, which stays where it is.
    RangeKept,
    /// A range. Fields: start, stop, step, length.
    Range,
    /// An iterator over a list, which stays where it is. Field: the next index.
    ListIterator,
    /// The same over a tuple.
    TupleIterator,
    /// The same backwards over a list.
    ListReversed,
    /// The same backwards over a tuple.
    TupleReversed,
    /// An `enumerate`, which stays where it is. Fields: the next count, then the iterator's.
    Enumerate(Over),
    /// A `zip` of two or three, which stays where it is. Fields: those of the iterators.
    Zip(Over, Over, Option<Over>),
    /// A new dict with nothing in it.
    EmptyDict,
}

impl Shape {
    /// Every kind.
    fn all() -> impl Iterator<Item = Shape> {
        let simple = [
            Shape::RangeIterator,
            Shape::RangeKept,
            Shape::Range,
            Shape::ListIterator,
            Shape::TupleIterator,
            Shape::ListReversed,
            Shape::TupleReversed,
        ];
        let enumerates = Over::ALL.map(Shape::Enumerate);
        let pairs = Over::OF_PARTS
            .into_iter()
            .flat_map(|a| Over::OF_PARTS.map(|b| (a, b)));
        let third = || std::iter::once(None).chain(Over::OF_PARTS.map(Some));
        let zips = pairs.flat_map(move |(a, b)| third().map(move |c| Shape::Zip(a, b, c)));
        let further = std::iter::once(Shape::EmptyDict);
        simple
            .into_iter()
            .chain(enumerates)
            .chain(zips)
            .chain(further)
    }

    /// The name in units.
    pub fn name(self) -> String {
        match self {
            Shape::RangeIterator => "range_iterator".to_owned(),
            Shape::RangeKept => "range_kept".to_owned(),
            Shape::Range => "range".to_owned(),
            Shape::ListIterator => "list_iterator".to_owned(),
            Shape::TupleIterator => "tuple_iterator".to_owned(),
            Shape::ListReversed => "list_reversed".to_owned(),
            Shape::TupleReversed => "tuple_reversed".to_owned(),
            Shape::Enumerate(over) => format!("enumerate {over:?}"),
            Shape::EmptyDict => "dict".to_owned(),
            Shape::Zip(a, b, None) => format!("zip {a:?} {b:?}"),
            Shape::Zip(a, b, Some(c)) => format!("zip {a:?} {b:?} {c:?}"),
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Shape> {
        Shape::all().find(|shape| shape.name() == name)
    }

    /// Its number among all, by which it is named before a region is there that declares it.
    pub fn id(self) -> ShapeId {
        let at = Shape::all().position(|shape| shape == self);
        ShapeId(at.map_or(0, |at| at as u32))
    }

    /// The kind of this number.
    pub fn from_id(id: ShapeId) -> Option<Shape> {
        Shape::all().nth(id.index())
    }

    /// What the parts of a `zip` iterate over.
    pub fn parts(self) -> Vec<Over> {
        match self {
            Shape::Zip(a, b, c) => [Some(a), Some(b), c].into_iter().flatten().collect(),
            _ => Vec::new(),
        }
    }
}
