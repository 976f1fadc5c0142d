//! The bytes of the exception table (`co_exceptiontable`).
//!
//! Invariant: decoding what [`encode`] wrote gives the same entries in the same order; positions are
//! in code units and not yet checked against the code, which is [`Code`](crate::Code)'s work. The
//! format is described in CPython's `Objects/exception_handling_notes.txt`
//! (`InternalDocs/exception_handling.md` in later versions).

use thiserror::Error;

/// One entry; positions in code units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawRange {
    /// First unit of the protected range.
    pub start: u32,
    /// Length of the protected range.
    pub length: u32,
    /// The handler's first unit.
    pub target: u32,
    /// Stack depth that the interpreter unwinds to.
    pub depth: u32,
    /// Whether it then pushes the position of the raising instruction, before the exception.
    pub lasti: bool,
}

/// Why an exception table cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ExceptionTableError {
    /// The table ends within an entry.
    #[error("the exception table ends within an entry")]
    Truncated,
    /// A number does not fit into 32 bits.
    #[error("a number in the exception table is out of range")]
    OutOfRange,
}

const START: u8 = 0x80;
const MORE: u8 = 0x40;

fn read_varint(bytes: &mut std::slice::Iter<'_, u8>) -> Result<u32, ExceptionTableError> {
    let mut value = 0u32;
    loop {
        let byte = *bytes.next().ok_or(ExceptionTableError::Truncated)?;
        if value >> 26 != 0 {
            return Err(ExceptionTableError::OutOfRange);
        }
        value = (value << 6) | u32::from(byte & 0x3F);
        if byte & MORE == 0 {
            return Ok(value);
        }
    }
}

/// Decodes an exception table.
///
/// # Errors
/// The table is not well-formed.
pub fn decode(table: &[u8]) -> Result<Vec<RawRange>, ExceptionTableError> {
    let mut bytes = table.iter();
    let mut ranges = Vec::new();
    while !bytes.as_slice().is_empty() {
        let start = read_varint(&mut bytes)?;
        let length = read_varint(&mut bytes)?;
        let target = read_varint(&mut bytes)?;
        let depth_and_lasti = read_varint(&mut bytes)?;
        ranges.push(RawRange {
            start,
            length,
            target,
            depth: depth_and_lasti >> 1,
            lasti: depth_and_lasti & 1 != 0,
        });
    }
    Ok(ranges)
}

fn write_varint(out: &mut Vec<u8>, value: u32, start_bit: u8) {
    let first = out.len();
    for shift in [30, 24, 18, 12, 6] {
        if value >> shift != 0 {
            out.push(MORE | ((value >> shift) & 0x3F) as u8);
        }
    }
    out.push((value & 0x3F) as u8);
    out[first] |= start_bit;
}

/// Encodes an exception table. Depths must be below 2³¹.
#[must_use]
pub fn encode(ranges: &[RawRange]) -> Vec<u8> {
    let mut out = Vec::new();
    for range in ranges {
        write_varint(&mut out, range.start, START);
        write_varint(&mut out, range.length, 0);
        write_varint(&mut out, range.target, 0);
        write_varint(&mut out, (range.depth << 1) | u32::from(range.lasti), 0);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_format_description() {
        let range = RawRange {
            start: 20,
            length: 8,
            target: 100,
            depth: 3,
            lasti: false,
        };
        let bytes = [148, 8, 65, 36, 6];
        assert_eq!(encode(&[range]), bytes);
        assert_eq!(decode(&bytes), Ok(vec![range]));
        assert_eq!(decode(&bytes[..3]), Err(ExceptionTableError::Truncated));
    }
}
