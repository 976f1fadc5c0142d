//! From instructions back to a code object's bytes.
//!
//! Invariant: the bytes mean what the [`Code`] says, and where nothing was edited they are the
//! bytes it was decoded from. A table can be written in several ways, so the original bytes of the
//! exception and the location table are kept for as long as they still say the same.

use crate::code::{Code, ProtectedRange};
use crate::decode::locations_of;
use crate::exceptions::{self, RawRange};
use crate::locations::{self, LocationRun};
use crate::op::Op;

/// The three byte strings of a code object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// `co_code`.
    pub code: Vec<u8>,
    /// `co_exceptiontable`.
    pub exception_table: Vec<u8>,
    /// `co_linetable`.
    pub line_table: Vec<u8>,
}

impl Code {
    /// Encodes the instructions and both tables.
    #[must_use]
    pub fn encode(&self) -> Encoded {
        Encoded {
            code: self.encode_instrs(),
            exception_table: self.encode_ranges(),
            line_table: self.encode_locations(),
        }
    }

    fn encode_instrs(&self) -> Vec<u8> {
        let byte_of = |op: Op| self.version.base(op).map_or(0, |base| base.byte);
        let mut code = Vec::with_capacity(self.units() as usize * 2);
        for instr in &self.instrs {
            let [low, bytes @ ..] = instr.arg.to_le_bytes();
            for prefix in (0..instr.prefixes() as usize).rev() {
                code.extend([byte_of(Op::ExtendedArg), bytes[prefix]]);
            }
            code.extend([byte_of(instr.op), low]);
            code.resize(instr.next as usize * 2, 0);
        }
        code
    }

    fn raw_range(&self, range: &ProtectedRange) -> RawRange {
        let unit = |index: usize| {
            self.instrs
                .get(index)
                .map_or_else(|| self.units(), |instr| instr.start)
        };
        let start = unit(range.start);
        RawRange {
            start,
            length: unit(range.end) - start,
            target: unit(range.handler.target),
            depth: range.handler.depth,
            lasti: range.handler.lasti,
        }
    }

    fn encode_ranges(&self) -> Vec<u8> {
        let ranges: Vec<RawRange> = self.ranges.iter().map(|r| self.raw_range(r)).collect();
        let original = &self.source.exception_table;
        if exceptions::decode(original).is_ok_and(|decoded| decoded == ranges) {
            return original.clone();
        }
        exceptions::encode(&ranges)
    }

    fn encode_locations(&self) -> Vec<u8> {
        let original = &self.source.line_table;
        let first_line = self.source.first_line;
        let same_units = self.source.code.len() == self.units() as usize * 2;
        if same_units
            && locations::decode(original, first_line).is_ok_and(|runs| {
                locations_of(&runs, &self.instrs).eq(self.instrs.iter().map(|instr| instr.location))
            })
        {
            return original.clone();
        }
        let runs = self.instrs.iter().map(|instr| LocationRun {
            units: instr.next - instr.start,
            location: instr.location,
        });
        locations::encode(runs, first_line)
    }
}
