//! A region in guarded bytecode, and what it declares.
//!
//! Whoever declares a helper, a part of memory or a field through [`Region`] names it once: declared again, it has
//! the number it had.

use super::{Field, FieldId, GBlock, Guest, Label, Nested, Point, Shape, Sinking, Spliced};
use fatjit_ir::{
    FrameOf, Helper, HelperId, Memory, MemoryId, MemoryKind, Native, ObjectId, ShapeId, Signature,
    TypeId,
};

/// What a register holds when the region is entered, as far as it pays to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Seen {
    /// An int that fits 64 bits.
    Int,
    /// A float.
    Float,
    /// A truth value.
    Bool,
    /// An object from which the virtual object of this shape can be read.
    Shape(ShapeId),
    /// Anything, or nothing.
    Any,
}

/// A place where native code can be entered.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The block it leads to.
    pub block: Label,
    /// Where the interpreter is then; what does not fit leaves again to there.
    pub point: Point,
    /// What each register that is in use holds, for the entry the region was recorded at: the slots, and behind
    /// all slots of the frame the names.
    pub seen: Option<Vec<Seen>>,
}

/// The frame that a function has while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnFrame {
    /// Whose it is.
    pub of: FrameOf,
    /// Ends it: (slot 0, `word`). What it holds is released then.
    pub end: HelperId,
    /// A word of the host that tells whose stack it is on.
    pub word: u32,
}

/// A region in guarded bytecode.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Region {
    /// A name for people.
    pub name: String,
    /// Number of locals: the first slots.
    pub locals: u32,
    /// Number of slots of the frame.
    pub slots: u32,
    /// Number of names: variables that the host keeps elsewhere, in registers behind the frame's slots. They are
    /// treated like locals, and are always bound.
    pub names: u32,
    /// Frames of suspended computations that are done here; their registers follow, in this order.
    pub guests: Vec<Guest>,
    /// Points at which guests are active, by position from [`NESTED`] on.
    pub nested: Vec<Nested>,
    /// Calls whose functions' operations are part of the region; those further in follow the one they are in.
    pub calls: Vec<Spliced>,
    /// The register from which on those of the functions that are called there lie, once there are such.
    pub behind_own: Option<u32>,
    /// Points in these, by position from [`SPLICED`] on: the number of the call, and the position in what is called.
    pub within: Vec<(u32, u32)>,
    /// What becomes of instances that need not be made, if there are such.
    pub sinking: Option<Sinking>,
    /// Number of registers, temporaries included.
    pub regs: u32,
    /// The blocks.
    pub blocks: Vec<GBlock>,
    /// The entries; the first one is what the region was recorded for.
    pub entries: Vec<Entry>,
    /// Helpers, by `HelperId`.
    pub helpers: Vec<Helper>,
    /// Names of objects, by `ObjectId`.
    pub objects: Vec<String>,
    /// Those of them that the unit does not keep alive: they are only good until code runs that native code
    /// does not know, after which it is left should they be gone.
    pub lent: Vec<ObjectId>,
    /// Names of types, by `TypeId`; the first three are the host's int, float and truth types.
    pub types: Vec<String>,
    /// Shapes, by `ShapeId`.
    pub shapes: Vec<Shape>,
    /// Of a function's region: what it takes, in its first locals, and what it gives. Its only entry is its
    /// beginning; the other locals are unbound there.
    pub function: Option<Signature>,
    /// Of a function's region, if the function's object is not the same whenever it runs: the last argument is that
    /// object, which exits then tell, and the objects that so many arguments before it are lie in the last locals.
    pub captured: Option<u32>,
    /// Of a function's region: by what its activations name it to the host.
    pub identity: Option<ObjectId>,
    /// Of a function's region, if the function has a frame while it runs. Then it may do what others do in frames, and
    /// gives an object; the objects that it is given lie in its first locals.
    pub frame: Option<OwnFrame>,
    /// Compiled functions that are called, by `NativeId`.
    pub natives: Vec<Native>,
    /// Parts of memory that helpers' declarations name, by `MemoryId`.
    pub memories: Vec<Memory>,
    /// Fields and elements of objects, by `FieldId`.
    pub fields: Vec<Field>,
    /// The value of a float object, which native code overwrites where one container alone refers to it.
    pub float_value: Option<FieldId>,
    /// Tells of an object whether its release runs no code whoever else holds what is in it: (ref) → 0 or 1.
    pub harmless: Option<HelperId>,
    /// Tell of an object to which nobody else refers whether its release, if nothing else is released, runs no code: (ref) →
    /// 0 or 1. The second one also says no if that ends what the object lends.
    pub alone: Option<[HelperId; 2]>,
    /// Positions of instructions that often release the last reference to an object.
    pub releasing: Vec<u32>,
}

/// The host's type of ints, see [`Region::types`].
pub const INT_TYPE: TypeId = TypeId(0);
/// The host's type of floats.
pub const FLOAT_TYPE: TypeId = TypeId(1);
/// The host's type of truth values.
pub const BOOL_TYPE: TypeId = TypeId(2);

impl Region {
    /// Whether it is that of a function that has no frame while it runs.
    pub fn is_frameless(&self) -> bool {
        self.function.is_some() && self.frame.is_none()
    }

    /// The helper with this name, declared if it is not yet.
    pub fn helper(&mut self, helper: Helper) -> HelperId {
        let at = self.helpers.iter().position(|h| h.name == helper.name);
        let at = at.unwrap_or_else(|| {
            self.helpers.push(helper);
            self.helpers.len() - 1
        });
        HelperId(at as u32)
    }

    /// The part of memory with this name, declared if it is not yet, for declarations of helpers.
    pub fn memory(&mut self, name: &str, kind: MemoryKind) -> MemoryId {
        let at = self.memories.iter().position(|m| m.name == name);
        let at = at.unwrap_or_else(|| {
            let name = name.to_owned();
            self.memories.push(Memory { name, kind });
            self.memories.len() - 1
        });
        MemoryId(at as u32)
    }

    /// The field with this name, declared if it is not yet.
    pub fn field(&mut self, field: Field) -> FieldId {
        let at = self
            .fields
            .iter()
            .position(|f| (f.name, f.offset) == (field.name, field.offset));
        let at = at.unwrap_or_else(|| {
            self.fields.push(field);
            self.fields.len() - 1
        });
        FieldId(at as u32)
    }
}
