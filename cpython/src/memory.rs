//! The parts of CPython's memory that native code tells apart.
//!
//! Invariant: what two of them cover has no byte in common, and every load and store that native code makes
//! names the part it is in. Of a type that has exact instances only some fields are named here; an access of
//! another field needs a part of its own.

use fatjit_ir::rewrite::Cursor;
use fatjit_ir::{MemoryId, MemoryKind};

/// A part of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name in dumps.
    pub name: &'static str,
    /// Who changes it.
    pub kind: MemoryKind,
}

impl Part {
    const fn new(name: &'static str, kind: MemoryKind) -> Part {
        Part { name, kind }
    }

    /// Its id in the unit that is being rewritten.
    pub fn of(self, at: &mut Cursor) -> MemoryId {
        at.memory(self.name, self.kind)
    }
}

/// Reference counts.
pub const COUNTS: Part = Part::new("counts", MemoryKind::Plain);
/// Types of objects. Native code asks only for types that an object has for life or never.
pub const TYPES: Part = Part::new("types", MemoryKind::Constant);
/// Tags and digits of ints.
pub const INTS: Part = Part::new("ints", MemoryKind::Constant);
/// Values of floats: one that a container alone refers to is overwritten in place.
pub const FLOATS: Part = Part::new("floats", MemoryKind::Plain);
/// Numbers of items of lists.
pub const LIST_SIZES: Part = Part::new("list sizes", MemoryKind::Plain);
/// Addresses of lists' items.
pub const LIST_ARRAYS: Part = Part::new("list arrays", MemoryKind::Plain);
/// Items of lists.
pub const LIST_ITEMS: Part = Part::new("list items", MemoryKind::Arrays);
/// Numbers of items of dicts and sets.
pub const TABLE_SIZES: Part = Part::new("table sizes", MemoryKind::Plain);
/// Numbers of items of tuples, and the items; of bytes objects too.
pub const TUPLES: Part = Part::new("tuples", MemoryKind::Constant);
/// Texts: their sizes, forms and characters. (Of the state only bits are asked for that never change.)
pub const TEXTS: Part = Part::new("texts", MemoryKind::Constant);
/// The table of texts of one character.
pub const CHARACTERS: Part = Part::new("characters", MemoryKind::Constant);
/// Sizes of arrays, where their items are, and what describes them.
pub const ARRAYS: Part = Part::new("arrays", MemoryKind::Plain);
/// Items of arrays.
pub const ARRAY_ITEMS: Part = Part::new("array items", MemoryKind::Plain);
/// Sizes of bytearrays and where their bytes are.
pub const BYTEARRAYS: Part = Part::new("bytearrays", MemoryKind::Plain);
/// The bytes of bytearrays.
pub const BYTES: Part = Part::new("bytes", MemoryKind::Plain);
/// Where iterators over sequences are: what changes with each round.
pub const ITERATORS: Part = Part::new("iterators", MemoryKind::Plain);
/// What they iterate over: it changes when they end.
pub const ITERATED: Part = Part::new("iterated", MemoryKind::Plain);
/// What built-in functions and methods are and are bound to.
pub const FUNCTIONS: Part = Part::new("functions", MemoryKind::Constant);
/// What of a Python function never changes.
pub const PYTHON_FUNCTIONS: Part = Part::new("python functions", MemoryKind::Constant);
/// The code of Python functions.
pub const FUNCTION_CODES: Part = Part::new("function codes", MemoryKind::Plain);
/// What is in cells. No compiled function writes it.
pub const CELLS: Part = Part::new("cells", MemoryKind::Plain);
/// Classes of instances: a program may change the class of an object.
pub const CLASSES: Part = Part::new("classes", MemoryKind::Plain);
/// Whether instances have their values where they began, and whether they have dicts: code that runs changes it.
pub const VALUES_STATE: Part = Part::new("values states", MemoryKind::Plain);
/// In which order instances got their values.
pub const VALUES_ORDER: Part = Part::new("values order", MemoryKind::Plain);
/// Values in dicts that instances have.
pub const DICT_VALUES: Part = Part::new("dict values", MemoryKind::Plain);
/// How many names instances share.
pub const SHARED_NAMES: Part = Part::new("shared names", MemoryKind::Plain);

/// Values of instances with this index among the names that the instances of a class share. Those with another index
/// have no byte in common, whatever their classes are; some indices share a part.
#[must_use]
pub const fn instance_values(index: u32) -> Part {
    const NAMES: [&str; 12] = [
        "values 0",
        "values 1",
        "values 2",
        "values 3",
        "values 4",
        "values 5",
        "values 6",
        "values 7",
        "values 8",
        "values 9",
        "values 10",
        "values 11",
    ];
    Part::new(NAMES[index as usize % NAMES.len()], MemoryKind::Plain)
}

/// What `__slots__` describes, in the words of objects with this number; likewise.
#[must_use]
pub const fn instance_slots(word: u32) -> Part {
    const NAMES: [&str; 8] = [
        "slot 0", "slot 1", "slot 2", "slot 3", "slot 4", "slot 5", "slot 6", "slot 7",
    ];
    Part::new(NAMES[word as usize % NAMES.len()], MemoryKind::Plain)
}

/// The running frame's slots.
pub const SLOTS: Part = Part::new("slots", MemoryKind::Plain);
/// Slots of frames of generators that native code does itself.
pub const GUEST_SLOTS: Part = Part::new("guest slots", MemoryKind::Plain);
/// Values of entries of the dict of module-level variables.
pub const NAMES: Part = Part::new("names", MemoryKind::Plain);
/// Where these are: found at the entry.
pub const NAME_TABLE: Part = Part::new("name table", MemoryKind::Constant);
/// The version of that dict, and what it must be.
pub const NAME_VERSIONS: Part = Part::new("name versions", MemoryKind::Plain);
/// The running frame's position.
pub const POSITION: Part = Part::new("position", MemoryKind::Plain);
/// The running frame's frame object.
pub const FRAME_OBJECT: Part = Part::new("frame object", MemoryKind::Plain);
/// The eval breaker.
pub const BREAKER: Part = Part::new("breaker", MemoryKind::Volatile);
/// Versions by which tools and tracers make themselves known.
pub const VERSIONS: Part = Part::new("versions", MemoryKind::Plain);
