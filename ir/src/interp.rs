//! The reference interpreter: what a unit means, over a toy heap.
//!
//! It is the oracle for passes and code generation, so it is direct rather than fast, and suspicious: a
//! broken promise, a use after free, a count that is wrong at the end are errors, never just results.

mod heap;
mod run;
mod world;

use std::fmt;

use thiserror::Error;

pub use heap::{Handle, Heap, Payload};
pub use run::{run, run_function};
pub use world::{Helper, Reply, World};

use crate::exit::Resume;
use crate::inst::Op;
use crate::reason::Reason;
use crate::types::{ExitId, Slot};

/// What a run showed to be wrong with a unit, or with the world it ran in.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Breach {
    /// An instruction ran outside what its builder promised.
    #[error("{} ran outside what was promised for it", .0.name())]
    BrokenPromise(Op),
    /// A parameter is outside the range that was promised.
    #[error("{0} is outside the range that was promised")]
    OutOfBounds(i64),
    /// A reference to an object that was freed.
    #[error("an object was used after it was freed")]
    UseAfterFree,
    /// An object was asked for, and there was null.
    #[error("null was used as an object")]
    Null,
    /// `unbox` of an object of another type.
    #[error("{} of an object of another type", .0.name())]
    WrongObject(Op),
    /// The release of an object ran code where that was excluded.
    #[error("releasing an object ran code where none may run")]
    ReleaseRanCode,
    /// A slot was written that was not empty.
    #[error("{0} was not empty")]
    SlotOccupied(Slot),
    /// A slot that is dead after the exit still holds an object.
    #[error("{0} holds an object after the exit, but is dead")]
    DeadSlot(Slot),
    /// An object has more or fewer references at the end than there are.
    #[error("{object} counts {count} references at the end, but there are {found}")]
    WrongCount {
        /// The object.
        object: String,
        /// What it counts.
        count: usize,
        /// How many there are.
        found: usize,
    },
    /// A helper that is not registered.
    #[error("no helper is called @{0}")]
    NoHelper(String),
    /// A helper gave back something its declaration does not allow.
    #[error("@{0} did not keep to its declaration")]
    Helper(String),
    /// An address outside what was mapped.
    #[error("no memory at {0:#x}")]
    NoMemory(i64),
    /// An entry, a word of the activation or an argument that does not exist.
    #[error("entry, context word or argument {0} does not exist")]
    NoSuch(usize),
    /// More instructions than allowed.
    #[error("out of fuel")]
    OutOfFuel,
    /// The unit is one that the verifier would refuse.
    #[error("the unit is not valid")]
    Invalid,
}

/// A value while running.
#[derive(Clone, Copy, Debug)]
pub enum Datum {
    /// An int.
    Int(i64),
    /// A float.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// A reference, owned or borrowed, or null.
    Ref(Option<Handle>),
    /// An address.
    Ptr(i64),
}

/// What one can see of an object, a slot, or a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Null.
    Null,
    /// An int.
    Int(i64),
    /// A float, by its bits.
    Float(u64),
    /// A truth value.
    Bool(bool),
    /// Another object: its type's name and its own.
    Object(String, String),
    /// An address.
    Address(i64),
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shown::Null => f.write_str("null"),
            Shown::Int(n) => write!(f, "int {n}"),
            Shown::Float(bits) => write!(f, "float {:?}", f64::from_bits(*bits)),
            Shown::Bool(b) => write!(f, "bool {b}"),
            Shown::Object(ty, name) => write!(f, "{ty} {name}"),
            Shown::Address(address) => write!(f, "address {address}"),
        }
    }
}

/// A frame as the host sees it after an exit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RebuiltFrame {
    /// Position.
    pub position: u32,
    /// The function's object, if the exit tells.
    pub function: Option<Shown>,
    /// The slots in use.
    pub slots: Vec<Shown>,
}

/// How native code was left, as the host sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Why.
    pub reason: Reason,
    /// How it goes on.
    pub resume: Resume,
    /// The frames, outermost first.
    pub frames: Vec<RebuiltFrame>,
}

impl Left {
    /// The same with every NaN alike: which one an operation gives is the machine's affair.
    pub fn with_one_nan(mut self) -> Left {
        for frame in &mut self.frames {
            for slot in &mut frame.slots {
                if let Shown::Float(bits) = slot
                    && f64::from_bits(*bits).is_nan()
                {
                    *bits = f64::NAN.to_bits();
                }
            }
        }
        self
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.reason)?;
        if self.resume == Resume::Raise {
            write!(f, " raise")?;
        }
        for (at, frame) in self.frames.iter().enumerate() {
            let slash = if at > 0 { " /" } else { "" };
            write!(f, "{slash} at {} ", frame.position)?;
            if let Some(function) = &frame.function {
                write!(f, "of {function} ")?;
            }
            write!(f, "[")?;
            for (at, slot) in frame.slots.iter().enumerate() {
                let comma = if at > 0 { ", " } else { "" };
                write!(f, "{comma}{slot}")?;
            }
            write!(f, "]")?;
        }
        Ok(())
    }
}

/// The end of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The exit taken.
    pub exit: ExitId,
    /// What the host sees.
    pub left: Left,
}

/// How a run of a function ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It returned this.
    Returned(Shown),
    /// It was left.
    Left(Outcome),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nans_can_be_made_alike_and_nothing_else_is() {
        let left = |bits: [u64; 3]| Left {
            reason: Reason::Finished,
            resume: Resume::At,
            frames: vec![RebuiltFrame {
                function: None,
                position: 0,
                slots: bits.map(Shown::Float).to_vec(),
            }],
        };
        let (positive, negative) = (0x7ff8_0000_0000_0000, 0xfff8_0000_0000_0001);
        let (zero, minus_zero) = (0, 1 << 63);
        let one = left([positive, zero, minus_zero]);
        let other = left([negative, zero, minus_zero]);
        assert_ne!(one, other);
        assert_eq!(one.clone().with_one_nan(), other.with_one_nan());
        assert_ne!(
            one.with_one_nan(),
            left([positive, minus_zero, zero]).with_one_nan()
        );
    }
}
