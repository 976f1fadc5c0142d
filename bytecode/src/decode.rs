//! From a code object's bytes to instructions.
//!
//! Invariant: what is accepted can be encoded back to the same bytes; anything else is refused with
//! its reason. In particular the code must be de-optimised, with empty inline caches: adaptive bytes
//! do not tell what `INSTRUMENTED_LINE` or `ENTER_EXECUTOR` stand for.

use thiserror::Error;

use crate::code::{Code, Handler, Instr, ProtectedRange, RawCode, index_of_start};
use crate::exceptions::{self, ExceptionTableError};
use crate::locations::{self, Location, LocationRun, LocationTableError};
use crate::op::{JumpDirection, Op};
use crate::tables::Form;
use crate::version::Version;

/// Why a code object cannot be decoded. Offsets are in code units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// The code is not a whole number of code units.
    #[error("the code is {length} bytes long, which is not a whole number of code units")]
    OddLength {
        /// Length in bytes.
        length: usize,
    },
    /// The code has more units than an offset can count.
    #[error("the code is too long")]
    TooLong,
    /// The version has no such opcode.
    #[error("unit {offset} holds {byte}, which is no opcode of CPython {version}")]
    NoSuchOpcode {
        /// The unit.
        offset: u32,
        /// Its opcode byte.
        byte: u8,
        /// The version that was asked for.
        version: Version,
    },
    /// A form that only live code has.
    #[error("unit {offset} holds {name}: the code is not de-optimised")]
    NotDeoptimised {
        /// The unit.
        offset: u32,
        /// CPython's name of the opcode.
        name: &'static str,
    },
    /// An inline cache is not zero.
    #[error("the inline cache at unit {offset} is in use: the code is not de-optimised")]
    CacheInUse {
        /// The cache's unit.
        offset: u32,
    },
    /// The code ends within an instruction.
    #[error("the code ends within the instruction at unit {offset}")]
    Truncated {
        /// The instruction's first unit.
        offset: u32,
    },
    /// More `EXTENDED_ARG` prefixes than an argument has bytes.
    #[error("the instruction at unit {offset} has more than three EXTENDED_ARG prefixes")]
    TooManyPrefixes {
        /// The instruction's first unit.
        offset: u32,
    },
    /// A jump leaves the code or ends within an instruction.
    #[error("the jump at unit {offset} does not lead to an instruction")]
    BadJump {
        /// The jump's unit.
        offset: u32,
    },
    /// An entry of the exception table does not name instructions.
    #[error("entry {entry} of the exception table does not lie on instructions")]
    BadRange {
        /// Index of the entry.
        entry: usize,
    },
    /// The exception table cannot be read.
    #[error(transparent)]
    ExceptionTable(#[from] ExceptionTableError),
    /// The location table cannot be read.
    #[error(transparent)]
    LocationTable(#[from] LocationTableError),
}

impl Code {
    /// Decodes a code object.
    ///
    /// # Errors
    /// The bytes are not de-optimised, well-formed bytecode of this version.
    pub fn decode(version: Version, raw: &RawCode) -> Result<Code, DecodeError> {
        let mut instrs = split(version, &raw.code)?;
        resolve_jumps(&mut instrs)?;
        let runs = locations::decode(&raw.line_table, raw.first_line)?;
        let locations: Vec<Location> = locations_of(&runs, &instrs).collect();
        for (instr, location) in instrs.iter_mut().zip(locations) {
            instr.location = location;
        }
        let ranges = resolve_ranges(&instrs, &raw.exception_table)?;
        Ok(Code {
            version,
            source: raw.clone(),
            instrs,
            ranges,
        })
    }
}

/// Splits the code into instructions; jump targets and locations are still missing.
fn split(version: Version, code: &[u8]) -> Result<Vec<Instr>, DecodeError> {
    let (units, rest) = code.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(DecodeError::OddLength { length: code.len() });
    }
    let length = u32::try_from(units.len()).map_err(|_| DecodeError::TooLong)?;
    let mut instrs = Vec::with_capacity(units.len() / 2);
    let (mut start, mut offset, mut prefix) = (0u32, 0u32, 0u32);
    while offset < length {
        let [byte, low] = units[offset as usize];
        let arg = (prefix << 8) | u32::from(low);
        let op = base_op(version, byte, offset)?;
        if op == Op::ExtendedArg {
            if offset - start == 3 {
                return Err(DecodeError::TooManyPrefixes { offset: start });
            }
            prefix = arg;
            offset += 1;
            continue;
        }
        let caches = version.base(op).map_or(0, |base| u32::from(base.caches));
        let next = offset + 1 + caches;
        if next > length {
            return Err(DecodeError::Truncated { offset: start });
        }
        if let Some(used) = (offset + 1..next).find(|&unit| units[unit as usize] != [0, 0]) {
            return Err(DecodeError::CacheInUse { offset: used });
        }
        instrs.push(Instr {
            op,
            arg,
            start,
            offset,
            next,
            target: None,
            location: Location::NONE,
        });
        (start, offset, prefix) = (next, next, 0);
    }
    if start < offset {
        return Err(DecodeError::Truncated { offset: start });
    }
    Ok(instrs)
}

fn base_op(version: Version, byte: u8, offset: u32) -> Result<Op, DecodeError> {
    let entry = version.entry(byte).ok_or(DecodeError::NoSuchOpcode {
        offset,
        byte,
        version,
    })?;
    match entry.form {
        Form::Base(base) if base.op.is_in_code_objects() => Ok(base.op),
        _ => Err(DecodeError::NotDeoptimised {
            offset,
            name: entry.name,
        }),
    }
}

fn resolve_jumps(instrs: &mut [Instr]) -> Result<(), DecodeError> {
    for index in 0..instrs.len() {
        let instr = instrs[index];
        let unit = match instr.op.jump() {
            None => continue,
            Some(JumpDirection::Forward) => instr.next.checked_add(instr.arg),
            Some(JumpDirection::Backward) => instr.next.checked_sub(instr.arg),
        };
        let target = unit.and_then(|unit| index_of_start(instrs, unit));
        instrs[index].target = Some(target.ok_or(DecodeError::BadJump {
            offset: instr.offset,
        })?);
    }
    Ok(())
}

/// The location of each instruction: that of the opcode's own unit, as CPython takes it. Units that
/// the table does not reach have none.
pub(crate) fn locations_of(
    runs: &[LocationRun],
    instrs: &[Instr],
) -> impl Iterator<Item = Location> {
    let mut runs = runs.iter();
    let mut current = runs.next();
    let mut end = current.map_or(0, |run| u64::from(run.units));
    instrs.iter().map(move |instr| {
        while current.is_some() && end <= u64::from(instr.offset) {
            current = runs.next();
            end += current.map_or(0, |run| u64::from(run.units));
        }
        current.map_or(Location::NONE, |run| run.location)
    })
}

fn resolve_ranges(instrs: &[Instr], table: &[u8]) -> Result<Vec<ProtectedRange>, DecodeError> {
    let end_unit = instrs.last().map_or(0, |last| last.next);
    let bound = |unit: u32| {
        if unit == end_unit {
            Some(instrs.len())
        } else {
            index_of_start(instrs, unit)
        }
    };
    exceptions::decode(table)?
        .into_iter()
        .enumerate()
        .map(|(entry, raw)| {
            let resolve = || {
                Some(ProtectedRange {
                    start: bound(raw.start)?,
                    end: bound(raw.start.checked_add(raw.length)?)?,
                    handler: Handler {
                        target: index_of_start(instrs, raw.target)?,
                        depth: raw.depth,
                        lasti: raw.lasti,
                    },
                })
            };
            resolve().ok_or(DecodeError::BadRange { entry })
        })
        .collect()
}
