//! Proves that every exit of a unit says something that its host can rebuild.
//!
//! Independent of lowering: it looks only at the unit and at what the host knows of its own code. The
//! frames of an exit are checked against the host's facts, as far as it has some of the function that runs in
//! them. That `own` values are consumed once is the verifier's business.

use fatjit_ir::{
    Exit, ExitId, FrameState, NativeId, Op, Resume, Slot, SlotValue, Type, Unit, Value,
};
use thiserror::Error;

/// What a host knows about the code that a unit was compiled from.
pub trait PositionFacts {
    /// Whether an instruction begins at the position.
    fn is_instruction_start(&self, position: u32) -> bool;

    /// Number of slots in use before the instruction at the position, locals included; none if nothing
    /// ever comes there.
    fn depth_at(&self, position: u32) -> Option<u32>;

    /// Number of slots, locals included, that whoever handles an exception raised by the instruction
    /// at the position finds in use: at least the locals.
    fn depth_when_handled(&self, position: u32) -> u32;

    /// Whether the slot may hold nothing before the instruction at the position: an unbound local, or a
    /// null that the host keeps on its value stack.
    fn may_be_null(&self, position: u32, slot: Slot) -> bool;

    /// Whether the slot, behind those of the unit's own frame, is one of a guest, which may hold nothing, and not a name.
    fn is_of_guest(&self, _slot: Slot) -> bool {
        false
    }

    /// The same of a function whose body stands where it was called, if that is known.
    fn of(&self, _native: NativeId) -> Option<&dyn PositionFacts> {
        None
    }
}

/// What is wrong with an exit.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Fault {
    /// No frame.
    #[error("it rebuilds no frame")]
    NoFrame,
    /// Its position is in the middle of an instruction, or nowhere.
    #[error("no instruction begins at {0}")]
    NoInstruction(u32),
    /// Nothing ever comes to its position.
    #[error("nothing comes to {0}")]
    Unreachable(u32),
    /// The depth is not the one the instruction expects.
    #[error("its depth is {found}, before the instruction it is {wanted}")]
    Depth {
        /// Of the exit.
        found: u32,
        /// Of the host.
        wanted: u32,
    },
    /// The depth of a raising exit is not between what a handler needs and what the instruction had.
    #[error("its depth is {found}, when an exception is raised it is between {least} and {most}")]
    RaisingDepth {
        /// Of the exit.
        found: u32,
        /// What whoever handles the exception needs.
        least: u32,
        /// What was in use before the instruction.
        most: u32,
    },
    /// More slots in use than the frame has.
    #[error("its depth is {depth}, the frame has {slots} slots")]
    TooDeep {
        /// Of the exit.
        depth: u32,
        /// Of the unit.
        slots: u32,
    },
    /// Slots are out of order, or listed twice.
    #[error("{0} is listed out of order or twice")]
    Order(Slot),
    /// A dead slot is listed.
    #[error("{0} is listed but not in use")]
    DeadSlot(Slot),
    /// A slot is listed as empty that never is.
    #[error("{0} is listed as null, but never is")]
    NeverNull(Slot),
    /// A value of another type than its slot asks for.
    #[error("{slot} is rebuilt from {value} of type {found}")]
    Type {
        /// The slot.
        slot: Slot,
        /// The value.
        value: Value,
        /// The value's type.
        found: Type,
    },
    /// What it says is the function is no object, or no value of the unit.
    #[error("its function is {0}, which is no object")]
    Function(Value),
    /// A value that the unit does not have.
    #[error("{slot} is rebuilt from {value}, which is none of the unit's")]
    NoValue {
        /// The slot.
        slot: Slot,
        /// The value.
        value: Value,
    },
    /// An object that the unit does not have.
    #[error("{0} holds an object that is none of the unit's")]
    NoObject(Slot),
    /// A shape that the unit does not have.
    #[error("{0} has a shape that is none of the unit's")]
    NoShape(Slot),
    /// A call that raises leaves through an exit that does not.
    #[error("a call leaves through it with an exception set, which it does not raise")]
    ExceptionLost,
}

/// A fault, and where it is.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("{exit}, frame {frame}: {fault}")]
pub struct ExitError {
    /// The exit.
    pub exit: ExitId,
    /// The frame's number, the outermost is 0.
    pub frame: usize,
    /// What is wrong.
    pub fault: Fault,
}

/// Checks every exit of a unit that an instruction may take.
///
/// # Errors
/// All faults found.
pub fn check(unit: &Unit, facts: &dyn PositionFacts) -> Result<(), Vec<ExitError>> {
    let mut errors = Vec::new();
    let mut used = vec![false; unit.exits.len()];
    for &block in &unit.layout {
        for &inst in &unit.block(block).insts {
            let data = unit.inst(inst);
            let Some(exit) = data.exit else {
                continue;
            };
            used[exit.index()] = true;
            // Only a call that raises has an exit, which it takes when it did.
            if data.op == Op::Call && unit.exits[exit.index()].resume != Resume::Raise {
                errors.push(ExitError {
                    exit,
                    frame: 0,
                    fault: Fault::ExceptionLost,
                });
            }
        }
    }
    for (at, exit) in unit.exits.iter().enumerate().filter(|(at, _)| used[*at]) {
        let mut report = |frame, fault| {
            errors.push(ExitError {
                exit: ExitId(at as u32),
                frame,
                fault,
            });
        };
        if exit.frames.is_empty() {
            report(0, Fault::NoFrame);
        }
        for (number, frame) in exit.frames.iter().enumerate() {
            let mut report = |fault| report(number, fault);
            if number == 0 && frame.depth > unit.slots {
                report(Fault::TooDeep {
                    depth: frame.depth,
                    slots: unit.slots,
                });
            }
            let innermost = number + 1 == exit.frames.len();
            let facts = match frame.of {
                Some(native) => facts.of(native),
                None => Some(facts),
            };
            if let Some(facts) = facts {
                check_position(unit, (exit, innermost), frame, facts, &mut report);
            }
            check_slots(unit, number, frame, &mut report);
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

fn check_position(
    unit: &Unit,
    (exit, innermost): (&Exit, bool),
    frame: &FrameState,
    facts: &dyn PositionFacts,
    report: &mut dyn FnMut(Fault),
) {
    let FrameState {
        position, depth, ..
    } = *frame;
    if !facts.is_instruction_start(position) {
        report(Fault::NoInstruction(position));
        return;
    }
    let Some(before) = facts.depth_at(position) else {
        report(Fault::Unreachable(position));
        return;
    };
    match exit.resume {
        Resume::At if innermost => {
            if depth != before {
                report(Fault::Depth {
                    found: depth,
                    wanted: before,
                });
            }
            for (slot, value) in &frame.slots {
                // A name is always bound.
                let elsewhere = frame.of.is_none() && slot.0 >= unit.slots;
                let name = elsewhere && !facts.is_of_guest(*slot);
                let may_be_null = !name && facts.may_be_null(position, *slot);
                if *value == SlotValue::Null && !may_be_null {
                    report(Fault::NeverNull(*slot));
                }
            }
        }
        // Of an instruction that is under way, some operands may be gone.
        _ => {
            let least = facts.depth_when_handled(position);
            if depth < least || depth > before {
                report(Fault::RaisingDepth {
                    found: depth,
                    least,
                    most: before,
                });
            }
        }
    }
}

fn check_slots(unit: &Unit, number: usize, frame: &FrameState, report: &mut dyn FnMut(Fault)) {
    if let Some(function) = frame.function
        && (function.index() >= unit.value_count() || !unit.ty(function).fits(Type::Ref))
    {
        report(Fault::Function(function));
    }
    let mut last = None;
    for (slot, value) in &frame.slots {
        if last.is_some_and(|last| *slot <= last) {
            report(Fault::Order(*slot));
        }
        last = Some(*slot);
        let in_use = match number {
            0 => unit.in_use(*slot, frame.depth),
            _ => slot.0 < frame.depth,
        };
        if !in_use {
            report(Fault::DeadSlot(*slot));
        }
        check_value(unit, *slot, value, report);
    }
}

fn check_value(unit: &Unit, slot: Slot, value: &SlotValue, report: &mut dyn FnMut(Fault)) {
    for &part in value.values() {
        if part.index() >= unit.value_count() {
            report(Fault::NoValue { slot, value: part });
            continue;
        }
        let found = unit.ty(part);
        let right = match value {
            SlotValue::Int(_) => found == Type::I64,
            SlotValue::Float(_) => found == Type::F64,
            SlotValue::Bool(_) => found == Type::Bool,
            SlotValue::Own(_) => found == Type::Own,
            SlotValue::Borrowed(_) => found.fits(Type::Ref),
            // An address means nothing to who rebuilds an object.
            SlotValue::Virtual(..) => found != Type::Ptr,
            SlotValue::Sunk(_) => matches!(found, Type::I64 | Type::F64 | Type::Bool),
            SlotValue::Object(_) | SlotValue::Null | SlotValue::Same(_) => true,
        };
        if !right {
            report(Fault::Type {
                slot,
                value: part,
                found,
            });
        }
    }
    match value {
        SlotValue::Object(object) if object.index() >= unit.objects.len() => {
            report(Fault::NoObject(slot));
        }
        SlotValue::Sunk(sunk) if sunk.class.index() >= unit.objects.len() => {
            report(Fault::NoObject(slot));
        }
        SlotValue::Virtual(shape, _) if shape.index() >= unit.shapes.len() => {
            report(Fault::NoShape(slot));
        }
        _ => {}
    }
}
