//! One opcode table per version, and the lookups into it.
//!
//! Invariant: a version's module lists every byte that its interpreter may execute, sorted by byte,
//! each base opcode once; the maps from byte and from [`Op`] are computed from that list at compile
//! time, so there is nothing to keep in step. `tests/tables.rs` compares every fact with the
//! running interpreter's `opcode`, `dis` and `_opcode`.

mod v312;
mod v313;

use crate::op::Op;
use crate::version::Version;

/// How many stack items an instruction pops or pushes, as a function of its argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Always as many.
    N(u32),
    /// The argument plus a constant.
    Arg(u32),
    /// Twice the argument.
    Twice,
    /// A constant plus the lowest bit of the argument.
    LowBit(u32),
    /// `BUILD_SLICE`: three for argument 3, else two.
    SliceParts,
    /// `UNPACK_EX`: the list, and the items before (low byte) and after it (the other bytes).
    UnpackEx,
    /// `MAKE_FUNCTION` of 3.12: the code and one item for each of the four flags.
    FunctionParts,
    /// `FORMAT_VALUE`: the value, and a format specification if flag 4 is set.
    FormatParts,
}

impl Count {
    /// The count for an instruction with this argument.
    #[must_use]
    pub fn of(self, arg: u32) -> i64 {
        let arg = i64::from(arg);
        match self {
            Count::N(n) => i64::from(n),
            Count::Arg(n) => arg + i64::from(n),
            Count::Twice => arg * 2,
            Count::LowBit(n) => i64::from(n) + (arg & 1),
            Count::SliceParts => 2 + i64::from(arg == 3),
            Count::UnpackEx => 1 + (arg & 0xFF) + (arg >> 8),
            Count::FunctionParts => 1 + i64::from((arg & 0xF).count_ones()),
            Count::FormatParts => 1 + i64::from(arg & 4 != 0),
        }
    }
}

/// A base opcode in one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base {
    /// Its version-independent name.
    pub op: Op,
    /// Its byte.
    pub byte: u8,
    /// Number of inline cache code units behind it.
    pub caches: u8,
    /// Stack items it pops.
    pub pops: Count,
    /// Stack items it then pushes, whether it jumps or not.
    pub pushes: Count,
}

/// What a byte means as an opcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A base opcode.
    Base(Base),
    /// A form that the specialising interpreter puts in the place of the base opcode.
    Specialized {
        /// What it specialises.
        base: Op,
    },
    /// A form that `sys.monitoring` puts in the place of the base opcode.
    Instrumented {
        /// What it replaces; `None` where the byte alone does not tell (`INSTRUMENTED_LINE`,
        /// `INSTRUMENTED_INSTRUCTION`).
        base: Option<Op>,
    },
}

/// One line of a version's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The byte in the code.
    pub byte: u8,
    /// CPython's name of this form.
    pub name: &'static str,
    /// What it is.
    pub form: Form,
}

impl Entry {
    /// The base opcode behind this form; `None` where the byte alone does not tell.
    #[must_use]
    pub fn base_op(&self) -> Option<Op> {
        match self.form {
            Form::Base(base) => Some(base.op),
            Form::Specialized { base } => Some(base),
            Form::Instrumented { base } => base,
        }
    }
}

const fn base(byte: u8, op: Op, caches: u8, pops: Count, pushes: Count) -> Entry {
    let form = Form::Base(Base {
        op,
        byte,
        caches,
        pops,
        pushes,
    });
    Entry {
        byte,
        name: op.name(),
        form,
    }
}

const fn specialized(byte: u8, name: &'static str, base: Op) -> Entry {
    let form = Form::Specialized { base };
    Entry { byte, name, form }
}

const fn instrumented(byte: u8, name: &'static str, base: Option<Op>) -> Entry {
    let form = Form::Instrumented { base };
    Entry { byte, name, form }
}

/// Marks a byte or an [`Op`] without an entry in the index arrays.
const ABSENT: u16 = u16::MAX;

/// A version's entries with their indices.
struct Table {
    entries: &'static [Entry],
    by_byte: [u16; 256],
    by_op: [u16; Op::ALL.len()],
    /// Bytes from this one on take an argument, as far as they are base opcodes.
    first_with_argument: u8,
}

impl Table {
    const fn new(entries: &'static [Entry], first_with_argument: u8) -> Table {
        let mut by_byte = [ABSENT; 256];
        let mut by_op = [ABSENT; Op::ALL.len()];
        let mut index = 0;
        while index < entries.len() {
            let entry = &entries[index];
            by_byte[entry.byte as usize] = index as u16;
            if let Form::Base(base) = entry.form {
                by_op[base.op as usize] = index as u16;
            }
            index += 1;
        }
        Table {
            entries,
            by_byte,
            by_op,
            first_with_argument,
        }
    }
}

static V312: Table = Table::new(v312::ENTRIES, v312::FIRST_WITH_ARGUMENT);
static V313: Table = Table::new(v313::ENTRIES, v313::FIRST_WITH_ARGUMENT);

impl Version {
    fn table(self) -> &'static Table {
        match self {
            Version::V312 => &V312,
            Version::V313 => &V313,
        }
    }

    /// Every opcode byte of this version, in order of byte.
    #[must_use]
    pub fn entries(self) -> &'static [Entry] {
        self.table().entries
    }

    /// What this byte means as an opcode; `None` if the interpreter has no such opcode. Serves for
    /// reading the adaptive bytes of live code too.
    #[must_use]
    pub fn entry(self, byte: u8) -> Option<&'static Entry> {
        let table = self.table();
        table
            .entries
            .get(usize::from(table.by_byte[usize::from(byte)]))
    }

    /// The opcode of a byte that is a base opcode.
    #[must_use]
    pub fn base_of_byte(self, byte: u8) -> Option<Op> {
        match self.entry(byte)?.form {
            Form::Base(base) => Some(base.op),
            Form::Specialized { .. } | Form::Instrumented { .. } => None,
        }
    }

    /// The facts on a base opcode; `None` if this version does not have it.
    #[must_use]
    pub fn base(self, op: Op) -> Option<&'static Base> {
        let table = self.table();
        match &table
            .entries
            .get(usize::from(table.by_op[op as usize]))?
            .form
        {
            Form::Base(base) => Some(base),
            Form::Specialized { .. } | Form::Instrumented { .. } => None,
        }
    }

    /// Whether the argument of this opcode has a meaning (`dis.hasarg`).
    #[must_use]
    pub fn takes_argument(self, op: Op) -> bool {
        self.base(op)
            .is_some_and(|base| base.byte >= self.table().first_with_argument)
    }

    /// By how much the stack grows (`dis.stack_effect`); the same whether the instruction jumps or
    /// not in all known versions. `None` if this version does not have the opcode.
    #[must_use]
    pub fn stack_effect(self, op: Op, arg: u32) -> Option<i64> {
        let base = self.base(op)?;
        Some(base.pushes.of(arg) - base.pops.of(arg))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_closed() {
        for version in Version::ALL {
            let entries = version.entries();
            assert!(entries.is_sorted_by(|a, b| a.byte < b.byte), "{version}");
            for entry in entries {
                assert_eq!(version.entry(entry.byte), Some(entry));
                if let Some(op) = entry.base_op() {
                    assert!(version.base(op).is_some(), "{version}: {}", entry.name);
                }
            }
            let bases = Op::ALL.iter().filter(|op| version.base(**op).is_some());
            let listed = entries
                .iter()
                .filter(|entry| matches!(entry.form, Form::Base(_)));
            assert_eq!(bases.count(), listed.count(), "{version}");
        }
    }

    /// The interpreter tells only the difference of pushes and pops. That an opcode which kept its
    /// name keeps both is no law, but each exception is to be a decision.
    #[test]
    fn stack_use_differs_between_versions_only_where_known() {
        let differing: Vec<Op> = Op::ALL
            .iter()
            .copied()
            .filter(|&op| {
                let use_in = |version: Version| version.base(op).map(|b| (b.pops, b.pushes));
                let (old, new) = (use_in(Version::V312), use_in(Version::V313));
                old.is_some() && new.is_some() && old != new
            })
            .collect();
        let known = [Op::EndFor, Op::MakeFunction, Op::ReturnGenerator];
        assert_eq!(differing, known);
    }

    #[test]
    fn every_op_exists_somewhere() {
        for &op in Op::ALL {
            assert!(
                Version::ALL
                    .iter()
                    .any(|version| version.base(op).is_some()),
                "{op}"
            );
        }
    }
}
