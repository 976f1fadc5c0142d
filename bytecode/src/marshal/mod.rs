//! Marshalled objects (format version 4), as found in `.pyc` files.
//!
//! Invariant: a [`Document`] that was read is written back to the same bytes. Objects live in one
//! list and name each other by index; what the format can express in several ways (back references,
//! kinds of string, lengths) is kept with the object. References are resolved while reading, so that
//! nothing breaks when an object is replaced: whoever comes first is written in full.

mod code_object;
mod read;
mod repr;
mod write;

pub use code_object::CodeObject;
pub use read::MarshalError;

/// Index of an object in its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ObjectId(usize);

/// A place that holds an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The object is written here.
    Own(ObjectId),
    /// The object is the one written at an earlier place.
    Ref(ObjectId),
}

impl Slot {
    /// The object.
    #[must_use]
    pub fn id(self) -> ObjectId {
        match self {
            Slot::Own(id) | Slot::Ref(id) => id,
        }
    }
}

/// An object and whether later places may refer to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Whether the object is entered into the list of references.
    pub referable: bool,
    /// Its value.
    pub value: Const,
}

/// How a string is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StrForm {
    /// UTF-8 with lone surrogates.
    Unicode,
    /// The same, interned.
    Interned,
    /// ASCII.
    Ascii,
    /// ASCII, interned.
    AsciiInterned,
    /// ASCII of less than 256 characters.
    ShortAscii,
    /// ASCII of less than 256 characters, interned.
    ShortAsciiInterned,
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Const {
    /// `None`
    None,
    /// `False` or `True`
    Bool(bool),
    /// `StopIteration`
    StopIteration,
    /// `...`
    Ellipsis,
    /// An int of 32 bits.
    Int(i32),
    /// A greater int: sign and 15-bit digits, least first.
    Long {
        /// Whether it is below zero.
        negative: bool,
        /// Its magnitude.
        digits: Vec<u16>,
    },
    /// A float, by its bits.
    Float(u64),
    /// A complex number, by the bits of its real and imaginary part.
    Complex(u64, u64),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A string.
    Str {
        /// How it is written.
        form: StrForm,
        /// ASCII, or UTF-8 with lone surrogates.
        bytes: Vec<u8>,
    },
    /// A tuple.
    Tuple {
        /// Whether its length is written in one byte.
        small: bool,
        /// Its items.
        items: Vec<Slot>,
    },
    /// A list.
    List(Vec<Slot>),
    /// A dict: keys and values.
    Dict(Vec<(Slot, Slot)>),
    /// A set.
    Set(Vec<Slot>),
    /// A frozenset.
    FrozenSet(Vec<Slot>),
    /// A code object.
    Code(Box<CodeObject>),
}

/// A marshalled object with everything it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    objects: Vec<Object>,
    root: Slot,
}

impl Document {
    /// The outermost object.
    #[must_use]
    pub fn root(&self) -> Slot {
        self.root
    }

    /// The value at a place of this document.
    ///
    /// # Panics
    /// The place is one of another document.
    #[must_use]
    pub fn get(&self, slot: Slot) -> &Const {
        &self.objects[slot.id().0].value
    }

    /// Every code object with its index, outer before inner.
    pub fn code_objects(&self) -> impl Iterator<Item = (ObjectId, &CodeObject)> {
        self.objects
            .iter()
            .enumerate()
            .filter_map(|(index, object)| match &object.value {
                Const::Code(code) => Some((ObjectId(index), &**code)),
                _ => None,
            })
    }

    fn add(&mut self, value: Const) -> Slot {
        self.objects.push(Object {
            referable: false,
            value,
        });
        Slot::Own(ObjectId(self.objects.len() - 1))
    }
}
