//! Kinds of virtual objects: those whose fields native code has in registers.
//!
//! The host says what the fields are and how a real object and they become each other; lowering decides when.

use fatjit_ir::{HelperId, Type, TypeId};

use super::FieldId;

/// A kind of virtual object.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Its name, under which the host rebuilds it at exits.
    pub name: String,
    /// Types of its fields: `I64` or `F64`.
    pub fields: Vec<Type>,
    /// The host type of the real object.
    pub ty: TypeId,
    /// Where the real object is meanwhile.
    pub home: Home,
}

/// What becomes of the real object while it is virtual.
#[derive(Clone, Debug, PartialEq)]
pub enum Home {
    /// It is given up, and made anew when it is wanted.
    Made {
        /// Helpers that read each field of a real object: (ref) → field. Without any, only native code makes
        /// such objects.
        read: Vec<HelperId>,
        /// Helper that makes a real object: (fields…) → own, raises.
        make: HelperId,
    },
    /// It stays in its stack slot, and its fields there are out of date. They are brought up to date before code
    /// runs; an exit's virtual object has the host do it.
    Kept {
        /// Helper that tells of which kind a real object is that may become virtual: (ref) → int.
        fits: HelperId,
        /// What it says of objects of this shape.
        answer: i64,
        /// Where each field is.
        places: Vec<Place>,
    },
}

/// Where a field of a virtual object is when that is real: in it, or in an object that it leads to.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// References that lead there, the first one in the object itself.
    pub through: Vec<FieldId>,
    /// The field of the object at their end.
    pub field: FieldId,
}
