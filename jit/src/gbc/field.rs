//! Where objects keep what guarded bytecode reads and writes.
//!
//! The host fills in names, offsets and parts of memory; lowering only puts them into loads and stores.

use fatjit_ir::{MemoryKind, Op};

/// A field of a region's table, see [`super::Region::fields`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FieldId(pub u32);

impl FieldId {
    /// The position in the table.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What is in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An int of 8 bits without sign.
    U8,
    /// An int of 8 bits.
    I8,
    /// An int of 16 bits without sign.
    U16,
    /// An int of 16 bits.
    I16,
    /// An int of 32 bits without sign.
    U32,
    /// An int of 32 bits.
    I32,
    /// An int of 64 bits.
    I64,
    /// A float of 32 bits.
    F32,
    /// A float of 64 bits.
    F64,
    /// An address, of an array for instance.
    Address,
    /// A reference that the object owns; null only if what reads it asks.
    Ref,
}

impl Kind {
    /// The size in bytes.
    pub fn size(self) -> i64 {
        match self {
            Kind::U8 | Kind::I8 => 1,
            Kind::U16 | Kind::I16 => 2,
            Kind::U32 | Kind::I32 | Kind::F32 => 4,
            Kind::I64 | Kind::F64 | Kind::Address | Kind::Ref => 8,
        }
    }

    pub(crate) fn load(self) -> Op {
        match self {
            Kind::U8 => Op::LoadU8,
            Kind::I8 => Op::LoadI8,
            Kind::U16 => Op::LoadU16,
            Kind::I16 => Op::LoadI16,
            Kind::U32 => Op::LoadU32,
            Kind::I32 => Op::LoadI32,
            Kind::I64 => Op::LoadI64,
            Kind::F32 => Op::LoadF32,
            Kind::F64 => Op::LoadF64,
            Kind::Address | Kind::Ref => Op::LoadPtr,
        }
    }

    pub(crate) fn store(self) -> Op {
        match self {
            Kind::U8 | Kind::I8 => Op::StoreU8,
            Kind::U16 | Kind::I16 => Op::StoreU16,
            Kind::U32 | Kind::I32 => Op::StoreU32,
            Kind::I64 => Op::StoreI64,
            Kind::F32 => Op::StoreF32,
            Kind::F64 => Op::StoreF64,
            Kind::Address | Kind::Ref => Op::StorePtr,
        }
    }
}

/// A field of objects of some type, or the elements of an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// A name for people; fields of one name and offset are equal.
    pub name: &'static str,
    /// Bytes from the object's or the array's start.
    pub offset: i64,
    /// What is there.
    pub kind: Kind,
    /// The part of memory it is in.
    pub memory: &'static str,
    /// Who changes that part.
    pub changed_by: MemoryKind,
    /// Whether no compiled function writes it: what it lends is lent while one runs, too, if the object it is in lives
    /// as long.
    pub lasting: bool,
    /// What a new instance has there, if it is a field of instances.
    pub of_new: Option<OfNew>,
}

/// What a field of a new instance holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfNew {
    /// Its class.
    Class,
    /// An int.
    Constant(i64),
    /// The address from which attributes' places are counted.
    Address,
    /// Nothing yet: an attribute's place, by the host's number.
    Attribute(u32),
}

/// How an overwritten reference is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Release {
    /// Not at all: it was guarded to be of a type whose objects live for ever.
    Immortal,
    /// Without running code, and without ending other objects: it was guarded to be of a type that has no
    /// finalisers and refers to nothing.
    Plain,
    /// It was guarded to be a float: as `Plain`, and a float that nobody else refers to takes the new value.
    Float,
    /// It may be anything.
    Any,
}
