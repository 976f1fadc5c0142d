//! Changing decoded code.
//!
//! Invariant: each edit either leaves the code laid out again (offsets, prefixes and jump arguments
//! at a fixed point, targets and protected ranges moved along) or fails and changes nothing. A
//! layout never takes a prefix away from an instruction that was not edited: prefixes only grow from
//! what was decoded, so the fixed point exists and unedited code is one.

use thiserror::Error;

use crate::code::{Code, Instr};
use crate::locations::Location;
use crate::op::{JumpDirection, Op};
use crate::version::Version;

/// Why an edit is impossible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EditError {
    /// There is no instruction of this index.
    #[error("there is no instruction {index}")]
    NoSuchInstruction {
        /// The index.
        index: usize,
    },
    /// The opcode is none that code objects of this version may hold.
    #[error("CPython {version} has no instruction {op}")]
    NoSuchOpcode {
        /// The opcode.
        op: Op,
        /// The code's version.
        version: Version,
    },
    /// A jump was given an argument, or another instruction a target.
    #[error("{op} does not take this kind of operand")]
    WrongOperand {
        /// The opcode.
        op: Op,
    },
    /// A jump would have to lead the other way.
    #[error("{op} at instruction {index} cannot jump in this direction")]
    WrongDirection {
        /// The jump's index after the edit.
        index: usize,
        /// The jump's opcode.
        op: Op,
    },
    /// The location table cannot express the location.
    #[error("the location of instruction {index} cannot be expressed")]
    BadLocation {
        /// The index.
        index: usize,
    },
    /// The code would have more units than an offset can count.
    #[error("the code would be too long")]
    TooLong,
}

/// What an instruction works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// The argument of anything but a jump.
    Arg(u32),
    /// The index of the instruction that a jump leads to.
    Target(usize),
}

/// Where jumps and handlers that led to the place of an insertion lead afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landing {
    /// To the inserted instruction.
    Inserted,
    /// To the instruction that was there before.
    Original,
}

impl Code {
    /// Gives an instruction another argument.
    ///
    /// # Errors
    /// There is no such instruction, or it is a jump.
    pub fn set_arg(&mut self, index: usize, arg: u32) -> Result<(), EditError> {
        let op = self.instr(index)?.op;
        self.set(index, op, Operand::Arg(arg))
    }

    /// Lets a jump lead to another instruction.
    ///
    /// # Errors
    /// There is no such instruction, it is no jump, or none in this direction.
    pub fn set_target(&mut self, index: usize, target: usize) -> Result<(), EditError> {
        let op = self.instr(index)?.op;
        self.set(index, op, Operand::Target(target))
    }

    /// Replaces an instruction, keeping its location.
    ///
    /// # Errors
    /// There is no such instruction, opcode or target, or the operand does not fit the opcode.
    pub fn set(&mut self, index: usize, op: Op, operand: Operand) -> Result<(), EditError> {
        let location = self.instr(index)?.location;
        let mut instrs = self.instrs.clone();
        instrs[index] = self.new_instr(op, operand, location)?;
        self.commit(instrs)
    }

    /// Gives an instruction another location.
    ///
    /// # Errors
    /// There is no such instruction, or the location is not valid.
    pub fn set_location(&mut self, index: usize, location: Location) -> Result<(), EditError> {
        self.instr(index)?;
        if !location.is_valid() {
            return Err(EditError::BadLocation { index });
        }
        self.instrs[index].location = location;
        Ok(())
    }

    /// Inserts an instruction before that of this index, with its location and its handler. A
    /// [`Operand::Target`] is an index before the insertion.
    ///
    /// # Errors
    /// There is no such instruction, opcode or target, or the operand does not fit the opcode.
    pub fn insert(
        &mut self,
        index: usize,
        op: Op,
        operand: Operand,
        landing: Landing,
    ) -> Result<(), EditError> {
        let location = self.instr(index)?.location;
        let inserted = self.new_instr(op, operand, location)?;
        let moved = |target: usize| match landing {
            Landing::Inserted => target + usize::from(target > index),
            Landing::Original => target + usize::from(target >= index),
        };
        let mut instrs = self.instrs.clone();
        instrs.insert(index, inserted);
        for instr in &mut instrs {
            instr.target = instr.target.map(moved);
        }
        self.commit(instrs)?;
        for range in &mut self.ranges {
            range.start += usize::from(range.start > index);
            range.end += usize::from(range.end > index);
            range.handler.target = moved(range.handler.target);
        }
        Ok(())
    }

    fn instr(&self, index: usize) -> Result<&Instr, EditError> {
        self.instrs
            .get(index)
            .ok_or(EditError::NoSuchInstruction { index })
    }

    /// An instruction that is not laid out yet.
    fn new_instr(&self, op: Op, operand: Operand, location: Location) -> Result<Instr, EditError> {
        let version = self.version;
        let base = version.base(op).filter(|_| op.is_in_code_objects());
        let caches = match base {
            Some(base) if op != Op::ExtendedArg => u32::from(base.caches),
            _ => return Err(EditError::NoSuchOpcode { op, version }),
        };
        let (arg, target) = match (op.jump(), operand) {
            (None, Operand::Arg(arg)) => (arg, None),
            (Some(_), Operand::Target(target)) => {
                self.instr(target)?;
                (0, Some(target))
            }
            _ => return Err(EditError::WrongOperand { op }),
        };
        Ok(Instr {
            op,
            arg,
            start: 0,
            offset: 0,
            next: 1 + caches,
            target,
            location,
        })
    }

    fn commit(&mut self, mut instrs: Vec<Instr>) -> Result<(), EditError> {
        lay_out(&mut instrs)?;
        self.instrs = instrs;
        Ok(())
    }
}

/// Prefixes that an argument needs.
fn needed_prefixes(arg: u32) -> u32 {
    3 - arg.leading_zeros().min(31) / 8
}

/// Gives every instruction its position and every jump its argument. On entry only the number of
/// prefixes and of caches of an instruction count, not where it lies.
fn lay_out(instrs: &mut [Instr]) -> Result<(), EditError> {
    for instr in instrs.iter_mut().filter(|instr| instr.target.is_none()) {
        grow(instr, needed_prefixes(instr.arg))?;
    }
    loop {
        let mut start = 0u32;
        for instr in instrs.iter_mut() {
            let (prefixes, length) = (instr.prefixes(), instr.next - instr.start);
            instr.start = start;
            instr.offset = start + prefixes;
            start = start.checked_add(length).ok_or(EditError::TooLong)?;
            instr.next = start;
        }
        let mut grown = false;
        for index in 0..instrs.len() {
            let (Some(target), Some(direction)) = (instrs[index].target, instrs[index].op.jump())
            else {
                continue;
            };
            let (from, to) = (instrs[index].next, instrs[target].start);
            let distance = match direction {
                JumpDirection::Forward => to.checked_sub(from),
                JumpDirection::Backward => from.checked_sub(to),
            };
            let op = instrs[index].op;
            let arg = distance.ok_or(EditError::WrongDirection { index, op })?;
            instrs[index].arg = arg;
            grown |= grow(&mut instrs[index], needed_prefixes(arg))?;
        }
        if !grown {
            return Ok(());
        }
    }
}

/// Makes room for at least as many prefixes; tells whether there was too little.
fn grow(instr: &mut Instr, prefixes: u32) -> Result<bool, EditError> {
    let missing = prefixes.saturating_sub(instr.prefixes());
    instr.offset = instr
        .offset
        .checked_add(missing)
        .ok_or(EditError::TooLong)?;
    instr.next = instr.next.checked_add(missing).ok_or(EditError::TooLong)?;
    Ok(missing > 0)
}
