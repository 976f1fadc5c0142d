//! Guests: frames of suspended computations that the region's own frame resumes, and that its code does itself.
//!
//! A guest's frame lives in an object that a stack slot of the frame around it holds, its *holder*; there its slots have
//! their memory. Its registers lie behind the names. It is *active* from [`super::GOp::Begin`] to [`super::GOp::End`] or
//! [`super::GOp::LetGo`]; meanwhile its registers are treated like those of the region's own frame, and exits list them,
//! whatever their depth. A point at which a guest is active is [`Nested`]: what the host finds there of its frames is the
//! host's business, but how many slots of the region's own frame are in use.

use super::{Point, Reg, Region};

/// The first of the positions that are numbers of [`Region::nested`] and not the host's own.
pub const NESTED: u32 = 1 << 24;

/// A frame in an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guest {
    /// The register of its slot 0.
    pub first: u32,
    /// Number of its locals: the first slots.
    pub locals: u32,
    /// Number of its slots.
    pub slots: u32,
    /// The stack slot that holds the object: of the region's own frame, or of another guest.
    pub holder: Reg,
}

/// A point at which guests are active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nested {
    /// Slots of the region's own frame in use.
    pub depth: u32,
    /// The guest that runs, if one does: nothing may run code then, and a point's depth counts registers up to the guest's
    /// topmost one.
    pub running: Option<u32>,
}

impl Guest {
    /// Registers of its locals.
    pub fn locals(&self) -> std::ops::Range<u32> {
        self.first..self.first + self.locals
    }

    /// Registers of its value stack.
    pub fn stack(&self) -> std::ops::Range<u32> {
        self.first + self.locals..self.first + self.slots
    }

    /// Registers of all its slots.
    pub fn all(&self) -> std::ops::Range<u32> {
        self.first..self.first + self.slots
    }
}

impl Region {
    /// What is nested at a point.
    pub fn nested_at(&self, position: u32) -> Option<&Nested> {
        self.nested.get(position.checked_sub(NESTED)? as usize)
    }

    /// The guest that runs at a point.
    pub fn running_at(&self, position: u32) -> Option<&Guest> {
        self.guests.get(self.nested_at(position)?.running? as usize)
    }

    /// Slots of the region's own frame that are in use at a point.
    pub fn own_depth(&self, point: Point) -> u32 {
        let nested = self.nested_at(point.position);
        match nested.filter(|nested| nested.running.is_some()) {
            Some(nested) => nested.depth,
            None => point.depth,
        }
    }

    /// Number of registers that have memory: those of slots, names and guests.
    pub fn homes(&self) -> u32 {
        let guests = self.guests.iter().map(|guest| guest.slots);
        self.slots + self.names + guests.sum::<u32>()
    }
}
