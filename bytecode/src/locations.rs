//! The location table (`co_linetable`): which source positions the code units come from.
//!
//! Invariant: decoding what [`encode`] wrote gives the same location for every code unit. The
//! encoder chooses entries as CPython's assembler does; other encoders' tables are kept by
//! [`Code`](crate::Code) as they came. The format is described in CPython's
//! `Objects/locations.md` (`InternalDocs/code_objects.md` in later versions).

use thiserror::Error;

/// A source position. Lines count from 1, columns from 0 in UTF-8 bytes of the line.
///
/// Without `line` there is no other field either; with `line` there is `end_line`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Location {
    /// First line.
    pub line: Option<i32>,
    /// Last line.
    pub end_line: Option<i32>,
    /// First column.
    pub col: Option<u32>,
    /// Column behind the last one, on the last line.
    pub end_col: Option<u32>,
}

impl Location {
    /// The location of instructions that come from no source.
    pub const NONE: Location = Location {
        line: None,
        end_line: None,
        col: None,
        end_col: None,
    };

    /// A whole line.
    #[must_use]
    pub fn line(line: i32) -> Location {
        Location {
            line: Some(line),
            end_line: Some(line),
            ..Location::NONE
        }
    }

    /// Whether a location table can express it.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let lines_in_order = match (self.line, self.end_line) {
            (None, None) => self.col.is_none() && self.end_col.is_none(),
            (Some(line), Some(end_line)) => line <= end_line,
            _ => false,
        };
        // Tables hold the column plus one.
        lines_in_order && self.col != Some(u32::MAX) && self.end_col != Some(u32::MAX)
    }
}

/// One location for a number of consecutive code units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocationRun {
    /// Length in code units.
    pub units: u32,
    /// Their location.
    pub location: Location,
}

/// Why a location table cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LocationTableError {
    /// The table ends within an entry.
    #[error("the location table ends within an entry")]
    Truncated,
    /// An entry does not begin with the start bit.
    #[error("no entry starts at byte {at} of the location table")]
    NoEntry {
        /// Index into the table.
        at: usize,
    },
    /// A line or column does not fit into 32 bits.
    #[error("a number in the location table is out of range")]
    OutOfRange,
}

const START: u8 = 0x80;
const SHORT_FORMS: u8 = 10;
const ONE_LINE: u8 = 10;
const ONE_LINE_FORMS: u8 = 3;
const NO_COLUMNS: u8 = 13;
const LONG: u8 = 14;
const NONE: u8 = 15;
/// Longest run of one entry, in code units.
const MAX_UNITS: u32 = 8;

struct Reader<'a> {
    table: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> Result<u8, LocationTableError> {
        let byte = self.table.get(self.at).copied();
        self.at += 1;
        byte.ok_or(LocationTableError::Truncated)
    }

    fn varint(&mut self) -> Result<u32, LocationTableError> {
        let mut value = 0u64;
        for shift in (0..36).step_by(6) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x3F) << shift;
            if byte & 0x40 == 0 {
                return u32::try_from(value).map_err(|_| LocationTableError::OutOfRange);
            }
        }
        Err(LocationTableError::OutOfRange)
    }

    fn signed_varint(&mut self) -> Result<i32, LocationTableError> {
        let value = self.varint()?;
        let magnitude = (value >> 1) as i32;
        Ok(if value & 1 == 0 {
            magnitude
        } else {
            -magnitude
        })
    }
}

/// Decodes a location table, one run per entry.
///
/// # Errors
/// The table is not well-formed.
pub fn decode(table: &[u8], first_line: i32) -> Result<Vec<LocationRun>, LocationTableError> {
    let mut reader = Reader { table, at: 0 };
    let mut line = first_line;
    let mut runs = Vec::with_capacity(table.len() / 3);
    while reader.at < table.len() {
        let at = reader.at;
        let head = reader.byte()?;
        if head & START == 0 {
            return Err(LocationTableError::NoEntry { at });
        }
        let form = (head >> 3) & 0xF;
        let line_delta = match form {
            NO_COLUMNS | LONG => reader.signed_varint()?,
            ONE_LINE..NO_COLUMNS => i32::from(form - ONE_LINE),
            _ => 0,
        };
        line = line
            .checked_add(line_delta)
            .ok_or(LocationTableError::OutOfRange)?;
        let mut location = Location::line(line);
        match form {
            NONE => location = Location::NONE,
            NO_COLUMNS => {}
            LONG => {
                let lines = i32::try_from(reader.varint()?).ok();
                location.end_line = lines.and_then(|lines| line.checked_add(lines));
                if location.end_line.is_none() {
                    return Err(LocationTableError::OutOfRange);
                }
                location.col = reader.varint()?.checked_sub(1);
                location.end_col = reader.varint()?.checked_sub(1);
            }
            ONE_LINE..NO_COLUMNS => {
                location.col = Some(u32::from(reader.byte()?));
                location.end_col = Some(u32::from(reader.byte()?));
            }
            _ => {
                let low = reader.byte()?;
                let col = (u32::from(form) << 3) | u32::from(low >> 4);
                location.col = Some(col);
                location.end_col = Some(col + u32::from(low & 0xF));
            }
        }
        runs.push(LocationRun {
            units: u32::from(head & 7) + 1,
            location,
        });
    }
    Ok(runs)
}

fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x40 {
        out.push(0x40 | (value & 0x3F) as u8);
        value >>= 6;
    }
    out.push(value as u8);
}

fn write_signed_varint(out: &mut Vec<u8>, value: i64) {
    let sign = u64::from(value < 0);
    write_varint(out, (value.unsigned_abs() << 1) | sign);
}

/// Writes one entry of at most [`MAX_UNITS`] units; `line` is the line that the last entry left.
fn write_entry(out: &mut Vec<u8>, units: u32, location: Location, line: &mut i32) {
    let head = |form: u8| START | (form << 3) | (units - 1) as u8;
    let (Some(first), Some(last)) = (location.line, location.end_line) else {
        out.push(head(NONE));
        return;
    };
    let delta = i64::from(first) - i64::from(*line);
    *line = first;
    match (location.col, location.end_col) {
        (None, None) if first == last => {
            out.push(head(NO_COLUMNS));
            write_signed_varint(out, delta);
        }
        (Some(col), Some(end_col))
            if first == last
                && delta == 0
                && col < u32::from(SHORT_FORMS) * 8
                && end_col >= col
                && end_col - col < 16 =>
        {
            out.push(head((col >> 3) as u8));
            out.push((((col & 7) << 4) | (end_col - col)) as u8);
        }
        (Some(col), Some(end_col))
            if first == last
                && (0..i64::from(ONE_LINE_FORMS)).contains(&delta)
                && col < 128
                && end_col < 128 =>
        {
            out.push(head(ONE_LINE + delta as u8));
            out.extend([col as u8, end_col as u8]);
        }
        (col, end_col) => {
            out.push(head(LONG));
            write_signed_varint(out, delta);
            write_varint(out, i64::from(last).abs_diff(i64::from(first)));
            write_varint(out, col.map_or(0, |col| u64::from(col) + 1));
            write_varint(out, end_col.map_or(0, |col| u64::from(col) + 1));
        }
    }
}

/// Encodes valid locations; neighbouring runs of the same location become one.
#[must_use]
pub fn encode(runs: impl IntoIterator<Item = LocationRun>, first_line: i32) -> Vec<u8> {
    let mut out = Vec::new();
    let mut line = first_line;
    let mut pending: Option<LocationRun> = None;
    let mut flush = |run: LocationRun| {
        let mut units = run.units;
        while units > 0 {
            let length = units.min(MAX_UNITS);
            write_entry(&mut out, length, run.location, &mut line);
            units -= length;
        }
    };
    for run in runs {
        match &mut pending {
            Some(last) if last.location == run.location => last.units += run.units,
            _ => {
                if let Some(last) = pending.replace(run) {
                    flush(last);
                }
            }
        }
    }
    if let Some(last) = pending {
        flush(last);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_as_the_format_says() {
        let at = |line, end_line, col, end_col| Location {
            line: Some(line),
            end_line: Some(end_line),
            col: Some(col),
            end_col: Some(end_col),
        };
        let encoded = |location, units| encode([LocationRun { units, location }], 10);
        assert_eq!(encoded(at(10, 10, 4, 9), 1), [0x80, 0x45]);
        assert_eq!(encoded(at(12, 12, 4, 90), 2), [0x80 | (12 << 3) | 1, 4, 90]);
        assert_eq!(encoded(Location::line(7), 8), [0x80 | (13 << 3) | 7, 7]);
        assert_eq!(encoded(Location::NONE, 3), [0x80 | (15 << 3) | 2]);
        assert_eq!(
            encoded(at(10, 11, 1, 200), 1),
            [0x80 | (14 << 3), 0, 1, 2, 0x40 | 9, 3]
        );
        assert_eq!(encoded(Location::NONE, 10), [0xFF, 0xF9]);
    }

    #[test]
    fn malformed_tables_are_refused() {
        assert_eq!(
            decode(&[0x45], 1),
            Err(LocationTableError::NoEntry { at: 0 })
        );
        assert_eq!(decode(&[0x80], 1), Err(LocationTableError::Truncated));
        let endless = [0xE8, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F];
        assert_eq!(decode(&endless, 1), Err(LocationTableError::OutOfRange));
        let beyond = [0xE8, 0x7E, 0x7F, 0x7F, 0x7F, 0x7F, 0x03];
        assert_eq!(decode(&beyond, 9), Err(LocationTableError::OutOfRange));
    }
}
