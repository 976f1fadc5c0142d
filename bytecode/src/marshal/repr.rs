//! Constants as text for people, close to Python's `repr`.

use std::fmt;

use super::{Const, Document, Slot};

/// Deepest nesting that is written out.
const MAX_DEPTH: u32 = 8;

impl Document {
    /// The value at a place as text, close to Python's `repr`.
    #[must_use]
    pub fn repr(&self, slot: Slot) -> impl fmt::Display + '_ {
        fmt::from_fn(move |f| self.write_repr(f, slot, 0))
    }

    fn write_repr(&self, f: &mut fmt::Formatter<'_>, slot: Slot, depth: u32) -> fmt::Result {
        if depth == MAX_DEPTH {
            return f.write_str("...");
        }
        match self.get(slot) {
            Const::None => f.write_str("None"),
            Const::Bool(false) => f.write_str("False"),
            Const::Bool(true) => f.write_str("True"),
            Const::StopIteration => f.write_str("StopIteration"),
            Const::Ellipsis => f.write_str("Ellipsis"),
            Const::Int(value) => write!(f, "{value}"),
            Const::Long { negative, digits } => write_long(f, *negative, digits),
            Const::Float(bits) => write!(f, "{:?}", f64::from_bits(*bits)),
            Const::Complex(real, imaginary) => {
                let (real, imaginary) = (f64::from_bits(*real), f64::from_bits(*imaginary));
                write!(f, "({real:?}{imaginary:+?}j)")
            }
            Const::Bytes(bytes) => write!(f, "b'{}'", bytes.escape_ascii()),
            Const::Str { bytes, .. } => {
                let text = String::from_utf8_lossy(bytes);
                write!(f, "'{}'", text.escape_debug())
            }
            Const::Tuple { items, .. } => self.write_items(f, "(", items, ")", depth),
            Const::List(items) => self.write_items(f, "[", items, "]", depth),
            Const::Set(items) => self.write_items(f, "{", items, "}", depth),
            Const::FrozenSet(items) => self.write_items(f, "frozenset({", items, "})", depth),
            Const::Dict(items) => {
                f.write_str("{")?;
                for (index, &(key, value)) in items.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    self.write_repr(f, key, depth + 1)?;
                    f.write_str(": ")?;
                    self.write_repr(f, value, depth + 1)?;
                }
                f.write_str("}")
            }
            Const::Code(code) => {
                f.write_str("<code ")?;
                self.write_repr(f, code.qualname, depth + 1)?;
                f.write_str(">")
            }
        }
    }

    fn write_items(
        &self,
        f: &mut fmt::Formatter<'_>,
        open: &str,
        items: &[Slot],
        close: &str,
        depth: u32,
    ) -> fmt::Result {
        f.write_str(open)?;
        for (index, &item) in items.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            self.write_repr(f, item, depth + 1)?;
        }
        if open == "(" && items.len() == 1 {
            f.write_str(",")?;
        }
        f.write_str(close)
    }
}

/// In hexadecimal, which needs no division of a big number.
fn write_long(f: &mut fmt::Formatter<'_>, negative: bool, digits: &[u16]) -> fmt::Result {
    let mut nibbles: Vec<u8> = Vec::new();
    let (mut pending, mut bits) = (0u32, 0);
    for &digit in digits {
        pending |= u32::from(digit) << bits;
        bits += 15;
        while bits >= 4 {
            nibbles.push((pending & 0xF) as u8);
            pending >>= 4;
            bits -= 4;
        }
    }
    nibbles.push(pending as u8);
    let significant = nibbles.iter().rposition(|&n| n != 0).map_or(1, |at| at + 1);
    f.write_str(if negative { "-0x" } else { "0x" })?;
    for nibble in nibbles[..significant].iter().rev() {
        write!(f, "{nibble:x}")?;
    }
    Ok(())
}
