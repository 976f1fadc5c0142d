//! What a body writes, and what therefore stays the same in all its rounds.
//!
//! Stores to arrays leave the elements of other arrays alone. Which arrays are different is not known until the
//! block of rounds begins: [`Writes::leave_alone`] says what would have to be, and the beginning tests it.

use rustc_hash::FxHashSet as HashSet;

use super::body::Body;
use crate::inst::{Effects, Op};
use crate::types::{MemoryId, Slot, Type, Value};
use crate::unit::{Imm, InstData, MemoryKind, Unit};

/// Whether a computation gives the same in every round if its operands are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Same {
    /// It may not.
    No,
    /// It does.
    Yes,
    /// It does if the array that starts here is not written.
    IfNotWritten(Value, MemoryId),
}

/// What the body writes.
#[derive(Debug, Default)]
pub(super) struct Writes {
    slots: HashSet<Slot>,
    parts: HashSet<MemoryId>,
    /// Stores to elements, by the start of the array.
    arrays: HashSet<(Value, MemoryId)>,
    /// Something that is not known better.
    anything: bool,
    /// The frame, or counts of references.
    unnamed: bool,
    /// References that objects hold may be let go of.
    ends_loans: bool,
}

impl Writes {
    pub(super) fn of(unit: &Unit, body: &Body) -> Writes {
        let mut writes = Writes::default();
        for data in body.insts(unit) {
            match (data.op, &data.imm) {
                (Op::SlotTake | Op::SlotPut | Op::SlotSwap, Imm::Slot(slot)) => {
                    writes.slots.insert(*slot);
                    writes.unnamed = true;
                }
                (Op::Call, _) => {
                    let Some(helper) = unit.helper_of(data) else {
                        continue;
                    };
                    writes.ends_loans |= helper.ends_loans();
                    if helper.effects.writes {
                        writes.anything |= helper.writes_only.is_empty();
                        writes.parts.extend(&helper.writes_only);
                    }
                }
                (_, Imm::Offset(_, part)) if data.result.is_none() => match part {
                    Some(part) if unit.memory_kind(data) == Some(MemoryKind::Arrays) => {
                        let start = array_start(unit, data.args[0]);
                        writes.arrays.insert((start, *part));
                    }
                    Some(part) => {
                        writes.parts.insert(*part);
                    }
                    None => writes.anything = true,
                },
                _ => match data.op.info().effects {
                    Effects::WritesMemory | Effects::RunsCode => writes.anything = true,
                    Effects::WritesFrame | Effects::Counts => writes.unnamed = true,
                    _ => {}
                },
            }
        }
        writes
    }

    /// The starts of the arrays of a part that are written.
    pub(super) fn arrays(&self, of: MemoryId) -> impl Iterator<Item = Value> + '_ {
        let arrays = self.arrays.iter();
        arrays
            .filter(move |(_, part)| *part == of)
            .map(|(start, _)| *start)
    }

    /// Whether a computation gives the same in every round.
    pub(super) fn leave_alone(&self, unit: &Unit, data: &InstData) -> Same {
        let owned = unit.result_type(data.op, &data.imm) == Some(Type::Own)
            || unit.operand_types(data).contains(&Type::Own);
        if owned || data.exit.is_some() {
            return Same::No;
        }
        let same = match (data.op, &data.imm) {
            // What an object lends may be gone after a write.
            (Op::Lend, _) => !self.anything && !self.ends_loans,
            (Op::SlotLoad, Imm::Slot(slot)) => !self.anything && !self.slots.contains(slot),
            (_, Imm::Offset(_, part)) => match (unit.memory_kind(data), part) {
                (Some(MemoryKind::Constant), _) => true,
                (Some(MemoryKind::Volatile), _) => false,
                (_, Some(part)) if self.anything || self.parts.contains(part) => false,
                (_, Some(part)) => match self.arrays(*part).next() {
                    Some(_) => {
                        return Same::IfNotWritten(array_start(unit, data.args[0]), *part);
                    }
                    None => true,
                },
                (_, None) => {
                    let named = self.parts.is_empty() && self.arrays.is_empty();
                    !self.anything && !self.unnamed && named
                }
            },
            _ => unit.is_pure(data),
        };
        if same { Same::Yes } else { Same::No }
    }
}

/// Where the array begins that an element's address lies in.
fn array_start(unit: &Unit, mut address: Value) -> Value {
    while let Some(data) = unit.def_inst(address).filter(|d| d.op == Op::PIndex) {
        address = data.args[0];
    }
    address
}
