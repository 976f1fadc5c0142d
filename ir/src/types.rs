//! Types of values, and the small ids by which a unit names its parts.
//!
//! Ids are indices into tables of the unit that issued them and mean nothing elsewhere; the unit upholds
//! that an id it hands out stays valid for its life.

use std::fmt;

/// The type of an SSA value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// A signed 64-bit integer.
    I64,
    /// An IEEE 754 double.
    F64,
    /// A truth value, 0 or 1.
    Bool,
    /// A borrowed reference to a host object, or null. Somebody else keeps the object alive.
    Ref,
    /// An owned reference to a host object, or null: a linear value, consumed exactly once on every path.
    /// It may stand wherever a `Ref` may, which borrows it.
    Own,
    /// A raw memory address.
    Ptr,
}

impl Type {
    /// All types, in the order of their declaration.
    pub const ALL: [Type; 6] = [
        Type::I64,
        Type::F64,
        Type::Bool,
        Type::Ref,
        Type::Own,
        Type::Ptr,
    ];

    /// The name in the text form.
    pub fn name(self) -> &'static str {
        match self {
            Type::I64 => "i64",
            Type::F64 => "f64",
            Type::Bool => "bool",
            Type::Ref => "ref",
            Type::Own => "own",
            Type::Ptr => "ptr",
        }
    }

    /// The type with this name in the text form.
    pub fn from_name(name: &str) -> Option<Type> {
        Type::ALL.into_iter().find(|t| t.name() == name)
    }

    /// Whether a value of type `self` may stand where `wanted` is asked for: the same type, or an owned
    /// reference that is borrowed.
    pub fn fits(self, wanted: Type) -> bool {
        self == wanted || (self == Type::Own && wanted == Type::Ref)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in the table that this id indexes.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    )*};
}

ids! {
    /// An SSA value of a unit.
    Value "v";
    /// A basic block of a unit.
    Block "b";
    /// An instruction of a unit.
    Inst "i";
    /// An exit of a unit.
    ExitId "x";
    /// A helper declared by a unit.
    HelperId "@";
    /// A compiled function that a unit calls.
    NativeId "n";
    /// A host object that the unit keeps alive.
    ObjectId "#";
    /// A kind of virtual object that exits know how to rebuild; the host gives it meaning.
    ShapeId "$";
    /// A host type, opaque to everyone but the host.
    TypeId "t";
    /// A slot of the host's frame: locals first, then the value stack.
    Slot "s";
    /// A part of the host's memory, see [`crate::unit::Memory`].
    MemoryId "m";
}
