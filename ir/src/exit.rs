//! Exits: how the host's frame is rebuilt when native code is left.
//!
//! A snapshot lists only the slots whose frame memory is out of date; every other slot is right as it
//! stands. Every `own` value alive at a guard is listed once, because leaving consumes it. Lowering upholds
//! both, the verifier checks the second, the exit checker of `guards` the first as far as a host can tell.

use crate::reason::Reason;
use crate::types::{NativeId, ObjectId, ShapeId, Slot, Value};

/// What a slot of the frame holds after an exit.
#[derive(Clone, Debug, PartialEq)]
pub enum SlotValue {
    /// An unboxed int, to be boxed.
    Int(Value),
    /// An unboxed float, to be boxed.
    Float(Value),
    /// An unboxed truth value, to be boxed.
    Bool(Value),
    /// An owned reference that moves into the slot.
    Own(Value),
    /// A borrowed reference; the slot gets a reference of its own.
    Borrowed(Value),
    /// An object the unit keeps alive; the slot gets a reference of its own.
    Object(ObjectId),
    /// Nothing: an unbound local.
    Null,
    /// An object that native code never made, or whose state it kept in registers, rebuilt by the host
    /// from these fields.
    Virtual(ShapeId, Vec<Value>),
    /// An instance that native code never made.
    Sunk(Box<Sunk>),
    /// The instance that an earlier slot of the exit is to hold, by its number.
    Same(u32),
}

/// An instance that native code never made: its attributes are the code's values. All slots of an exit that hold it get one
/// object.
#[derive(Clone, Debug, PartialEq)]
pub struct Sunk {
    /// Its number among the exit's, by which later slots name it.
    pub number: u32,
    /// Its class.
    pub class: ObjectId,
    /// Where its attributes are, by the host's numbers, in the order in which they were set; with the object, if that is one
    /// that the unit keeps alive.
    pub places: Vec<(u32, Option<ObjectId>)>,
    /// Zero, in whose word the host keeps the object; then the attributes that are no objects of the unit: numbers.
    pub values: Vec<Value>,
}

impl SlotValue {
    /// The SSA values this slot is rebuilt from.
    pub fn values(&self) -> &[Value] {
        match self {
            SlotValue::Int(v)
            | SlotValue::Float(v)
            | SlotValue::Bool(v)
            | SlotValue::Own(v)
            | SlotValue::Borrowed(v) => std::slice::from_ref(v),
            SlotValue::Object(_) | SlotValue::Null | SlotValue::Same(_) => &[],
            SlotValue::Virtual(_, fields) => fields,
            SlotValue::Sunk(sunk) => &sunk.values,
        }
    }

    /// The same, for rewriting.
    pub fn values_mut(&mut self) -> &mut [Value] {
        match self {
            SlotValue::Int(v)
            | SlotValue::Float(v)
            | SlotValue::Bool(v)
            | SlotValue::Own(v)
            | SlotValue::Borrowed(v) => std::slice::from_mut(v),
            SlotValue::Object(_) | SlotValue::Null | SlotValue::Same(_) => &mut [],
            SlotValue::Virtual(_, fields) => fields,
            SlotValue::Sunk(sunk) => &mut sunk.values,
        }
    }
}

/// How the host goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resume {
    /// Execute the instruction at the position.
    At,
    /// An exception is set; it is raised by the instruction at the position.
    Raise,
    /// The call at the position is over: the frames are real already, and its result, or the exception that
    /// is set, is its instruction's.
    Called,
}

/// One host frame as it stands after an exit.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameState {
    /// The function that runs in the frame, if it is one whose body stands where it was called; none for the
    /// unit's own code.
    pub of: Option<NativeId>,
    /// The function's object, borrowed, if it is not the same whenever that code runs.
    pub function: Option<Value>,
    /// Position of the instruction, in the host's own unit.
    pub position: u32,
    /// Number of slots in use: locals plus the height of the value stack. Slots from here on are dead.
    pub depth: u32,
    /// The slots whose frame memory is out of date, in ascending order.
    pub slots: Vec<(Slot, SlotValue)>,
}

/// One exit of a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Exit {
    /// Why native code is left here.
    pub reason: Reason,
    /// How the host goes on.
    pub resume: Resume,
    /// The frames to rebuild, outermost first; the region's own frame is the first.
    pub frames: Vec<FrameState>,
}

impl Exit {
    /// All SSA values that leaving through this exit needs, in order, with repetitions: of each frame its function's,
    /// then its slots'.
    pub fn values(&self) -> impl Iterator<Item = Value> + '_ {
        self.frames.iter().flat_map(|frame| {
            let slots = frame.slots.iter();
            let slots = slots.flat_map(|(_, value)| value.values().iter().copied());
            frame.function.into_iter().chain(slots)
        })
    }

    /// The same, for rewriting.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> + '_ {
        self.frames.iter_mut().flat_map(|frame| {
            let slots = frame.slots.iter_mut();
            let slots = slots.flat_map(|(_, value)| value.values_mut().iter_mut());
            frame.function.iter_mut().chain(slots)
        })
    }
}
