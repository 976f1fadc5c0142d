//! Loads of frame slots that are known already.
//!
//! Contract: a `slot.load` is replaced by an earlier one of the same slot if, on the only way from there
//! to here, neither the slot was written, nor code could run or a helper write through an address. The way is followed through blocks with a
//! single edge into them, so that nothing needs to be known about loops.

use rustc_hash::FxHashMap as HashMap;

use super::edit::Substitution;
use super::scope::only_pred;
use crate::cfg::Cfg;
use crate::inst::Op;
use crate::types::{Slot, Value};
use crate::unit::{Imm, Unit};

pub(super) fn run(unit: &mut Unit) {
    let cfg = Cfg::new(unit);
    let mut values = Substitution::new(unit);
    let mut ends: Vec<Option<HashMap<Slot, Value>>> = vec![None; unit.block_count()];
    for &block in &cfg.rpo {
        // In reverse postorder the only predecessor was walked before.
        let before = only_pred(&cfg, block).and_then(|p| ends[p.index()].clone());
        let mut known = before.unwrap_or_default();
        let insts = std::mem::take(&mut unit.block_mut(block).insts);
        let mut kept = Vec::with_capacity(insts.len());
        for inst in insts {
            let data = unit.inst(inst);
            match (data.op, &data.imm, data.result) {
                (Op::SlotLoad, Imm::Slot(slot), Some(result)) => match known.get(slot) {
                    Some(&earlier) => {
                        values.replace(result, earlier);
                        continue;
                    }
                    None => {
                        known.insert(*slot, result);
                    }
                },
                (Op::SlotTake | Op::SlotPut | Op::SlotSwap, Imm::Slot(slot), _) => {
                    known.remove(slot);
                }
                _ if unit.writes_slots(data) => known.clear(),
                _ => {}
            }
            kept.push(inst);
        }
        unit.block_mut(block).insts = kept;
        ends[block.index()] = Some(known);
    }
    values.apply(unit);
}
