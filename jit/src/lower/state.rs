//! What lowering knows of each register: its value, and how the frame's memory stands to it.
//!
//! A register's value is at most one of: an unboxed number, a reference, a constant object, a virtual
//! object. Its memory (temporaries have none) is one of [`Mem`]. The pair decides what an exit must list:
//! nothing when the memory is `Synced`, else the value. Every change of either goes through `Lowering`'s
//! methods, which keep two promises: a `Stale` local's memory holds null or an object whose release runs
//! no code; an `Empty` stack slot's memory owns nothing.
//!
//! Between blocks only [`Rep`]s remain: the values themselves become block parameters.

use fatjit_ir::{ObjectId, ShapeId, Type, Value};

use super::sunk::{Sunk, SunkRep};
use crate::gbc::FieldId;

/// A register's value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Val {
    /// Nothing is known, or nothing is there.
    None,
    /// An unboxed int.
    Int(Value),
    /// An unboxed float.
    Float(Value),
    /// An unboxed truth value.
    Bool(Value),
    /// A reference, or null in a local: see the memory.
    Ref,
    /// A reference, the same, to an object whose release runs no code: a number whose kind varies.
    Plain,
    /// Null on the value stack, where the host marks something by it.
    Null,
    /// An object that the unit keeps alive.
    Object(ObjectId),
    /// A virtual object and its fields; where the memory is `Synced`, the real one is there, but for its fields.
    Virtual(ShapeId, Vec<Value>),
    /// An instance that was not made.
    Sunk(Box<Sunk>),
    /// The address of one, by its id, in a temporary; or what this field of it holds, from where its attributes are counted.
    SunkAddress(u32, Option<FieldId>),
    /// The address of an array, in a temporary.
    Address(Value),
}

impl Val {
    /// Whether no more is known than that it is a reference.
    pub(super) fn is_reference(&self) -> bool {
        matches!(self, Val::Ref | Val::Plain)
    }
}

/// How a register's memory in the frame stands to its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mem {
    /// It owns nothing (a stack slot, or a temporary).
    Empty,
    /// It owns an object that is, or equals, the value.
    Synced,
    /// A local's memory: older than the value; null or plain.
    Stale,
    /// It owns nothing, but the object is in this local, and here as a borrowed reference.
    InLocal(u32, Value),
    /// As `Empty` or, for a local, `Stale`; but the object is this argument of the function, which the caller
    /// keeps alive.
    Argument(u32),
    /// The same of what the caller keeps alive while a function's operations stand in place of a call: by a name that nothing
    /// else has.
    Held(u32),
    /// As `Empty` or, for a local, `Stale`; but the object is this one, which the unit keeps alive.
    OfUnit(ObjectId),
    /// As `Empty` or, for a local, `Stale`; but the object is this borrowed reference, kept alive by an
    /// object that holds it, until that is written or code runs.
    Lent(Value),
}

/// Stands for the value of [`Mem::Lent`] between blocks, where it is a parameter.
const PARAMETER: Value = Value(u32::MAX);

/// Whether the object behind a number matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ident {
    /// No: native code computed the number, or carried it over a loop header.
    Free,
    /// It is a constant of the code: its object is kept as long as that costs nothing. Where it meets a
    /// computed number it is forgotten, rather than an object made for that one.
    Constant,
    /// Yes: the program loaded it and may ask for it.
    Object,
}

/// A register.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Slot {
    pub val: Val,
    pub mem: Mem,
    pub ident: Ident,
}

impl Slot {
    pub(super) const NONE: Slot = Slot {
        val: Val::None,
        mem: Mem::Empty,
        ident: Ident::Free,
    };

    /// A reference that the memory owns.
    pub(super) const REFERENCE: Slot = Slot {
        val: Val::Ref,
        mem: Mem::Synced,
        ident: Ident::Free,
    };

    /// A value that native code computed.
    pub(super) fn computed(val: Val) -> Slot {
        Slot {
            val,
            mem: Mem::Empty,
            ident: Ident::Free,
        }
    }

    /// The unboxed number, if it is one.
    pub(super) fn number(&self) -> Option<Value> {
        match self.val {
            Val::Int(v) | Val::Float(v) | Val::Bool(v) => Some(v),
            _ => None,
        }
    }

    /// Whether releasing what the memory owns runs no code: a number, null, or an object that the unit
    /// keeps alive as well.
    pub(super) fn is_plain(&self) -> bool {
        self.number().is_some()
            || matches!(
                self.mem,
                Mem::Stale | Mem::OfUnit(_) | Mem::Argument(_) | Mem::Held(_) | Mem::Lent(_)
            )
            || matches!(
                self.val,
                Val::Object(_) | Val::Null | Val::Plain | Val::Sunk(_)
            )
    }
}

/// What is known of a register's value at a block's start.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Rep {
    None,
    Int,
    Float,
    Bool,
    Ref,
    /// A reference whose release runs no code, or null in a local.
    Plain,
    /// A local of a function that nothing was stored to; its memory is empty.
    Unbound,
    Object(ObjectId),
    Virtual(ShapeId),
    Sunk(Box<SunkRep>),
}

impl Rep {
    pub(super) fn is_number(&self) -> bool {
        matches!(self, Rep::Int | Rep::Float | Rep::Bool)
    }
}

/// What is known of a register at a block's start. `Mem::InLocal` does not occur; the reference of a
/// `Mem::Lent` is a parameter of the block.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RepSlot {
    pub rep: Rep,
    pub mem: Mem,
    pub ident: Ident,
}

impl RepSlot {
    pub(super) fn reference() -> RepSlot {
        RepSlot::synced(Rep::Ref)
    }

    pub(super) fn synced(rep: Rep) -> RepSlot {
        RepSlot {
            rep,
            mem: Mem::Synced,
            ident: Ident::Free,
        }
    }

    /// The same, carried over a loop's header: numbers lose their identity, and nothing stays lent.
    pub(super) fn over_header(&mut self, local: bool) {
        self.ident = Ident::Free;
        if self.is_lent() {
            self.mem = match (&self.rep, local) {
                (Rep::Ref | Rep::Plain, _) => Mem::Synced,
                (_, true) => Mem::Stale,
                (_, false) => Mem::Empty,
            };
        }
    }

    /// Whether only another object keeps it alive.
    pub(super) fn is_lent(&self) -> bool {
        matches!(self.mem, Mem::Lent(_))
    }

    /// Whether the object that it is, or would be made into, is released without running code; or it is nothing.
    fn is_plain(&self) -> bool {
        self.rep.is_number() || matches!(self.rep, Rep::Plain | Rep::Unbound)
    }

    /// The type of the unboxed number, if it is one.
    pub(super) fn number(&self) -> Option<Type> {
        match self.rep {
            Rep::Int => Some(Type::I64),
            Rep::Float => Some(Type::F64),
            Rep::Bool => Some(Type::Bool),
            _ => None,
        }
    }

    /// The weakest knowledge that both imply. `local` tells a local from a stack slot or temporary.
    pub(super) fn join(&self, other: &RepSlot, local: bool) -> RepSlot {
        if self == other {
            return self.clone();
        }
        if self.rep == Rep::None || other.rep == Rep::None {
            return RepSlot {
                rep: Rep::None,
                mem: Mem::Empty,
                ident: Ident::Free,
            };
        }
        let is_reference = matches!(self.rep, Rep::Ref | Rep::Plain);
        if self.rep != other.rep || is_reference && self.mem != other.mem {
            return RepSlot::synced(match self.is_plain() && other.is_plain() {
                true => Rep::Plain,
                false => Rep::Ref,
            });
        }
        let ident = self.ident.max(other.ident);
        let (mem, ident) = match (self.mem == other.mem, ident) {
            (true, _) => (self.mem, ident),
            // The object itself is wanted, and only memory keeps it.
            (false, Ident::Object) => (Mem::Synced, ident),
            (false, _) if local => (Mem::Stale, Ident::Free),
            (false, _) => (Mem::Empty, Ident::Free),
        };
        RepSlot {
            rep: self.rep.clone(),
            mem,
            ident,
        }
    }
}

impl From<&Slot> for RepSlot {
    fn from(slot: &Slot) -> RepSlot {
        let rep = match &slot.val {
            Val::None => Rep::None,
            Val::Int(_) => Rep::Int,
            Val::Float(_) => Rep::Float,
            Val::Bool(_) => Rep::Bool,
            Val::Null if slot.mem == Mem::Stale => Rep::Unbound,
            Val::Ref | Val::Null => Rep::Ref,
            Val::Plain => Rep::Plain,
            Val::Object(o) => Rep::Object(*o),
            Val::Virtual(shape, _) => Rep::Virtual(*shape),
            Val::Sunk(sunk) => Rep::Sunk(Box::new(SunkRep::from(&**sunk))),
            // Temporaries end with their block.
            Val::Address(_) | Val::SunkAddress(..) => Rep::None,
        };
        RepSlot {
            rep,
            mem: match slot.mem {
                Mem::Lent(_) => Mem::Lent(PARAMETER),
                mem => mem,
            },
            ident: slot.ident,
        }
    }
}
