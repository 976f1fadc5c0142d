//! Owned values that only pass through a slot, and references that are taken to be given up at once.
//!
//! Contract: an object that is put into a slot and taken out again is handed on, if nothing between the two, in one
//! block, can look at the slot: no load of it, no exit, no call. A reference that was counted on a borrowed one is not the
//! last. A count that is raised and lowered again, in one block with nothing between that releases anything, runs code or looks
//! at counts, is left as it was: the object is kept by whoever it was borrowed from.

use rustc_hash::FxHashMap as HashMap;

use super::edit::Substitution;
use crate::inst::{Effects, Op};
use crate::types::{Block, Inst, Slot, Type, Value};
use crate::unit::{Imm, InstData, Unit};

pub(super) fn run(unit: &mut Unit) {
    let blocks = unit.layout.clone();
    for block in &blocks {
        decide_last_refs(unit, *block);
    }
    let uses = uses(unit);
    let mut values = Substitution::new(unit);
    for block in &blocks {
        let gone = passed_through(unit, *block, &uses, &mut values);
        unit.block_mut(*block)
            .insts
            .retain(|inst| !gone.contains(inst));
    }
    values.apply(unit);
    let uses = self::uses(unit);
    for block in &blocks {
        let gone = pairs(unit, *block, &uses);
        unit.block_mut(*block)
            .insts
            .retain(|inst| !gone.contains(inst));
    }
}

/// How often instructions and exits use each value.
fn uses(unit: &Unit) -> Vec<u32> {
    let mut uses = vec![0; unit.value_count()];
    for &block in &unit.layout {
        for &inst in &unit.block(block).insts {
            let data = unit.inst(inst);
            let exit = data.exit.into_iter();
            let listed = exit.flat_map(|exit| unit.exits[exit.index()].values());
            for value in data.uses().chain(listed) {
                uses[value.index()] += 1;
            }
        }
    }
    uses
}

/// What was put into a slot, as a reference that was counted on another one, is not the last one to its object.
fn decide_last_refs(unit: &mut Unit, block: Block) {
    let mut put: HashMap<Slot, Value> = HashMap::default();
    let mut loaded: HashMap<Value, Value> = HashMap::default();
    for inst in unit.block(block).insts.clone() {
        let data = unit.inst(inst);
        match (data.op, &data.imm, data.result) {
            (Op::SlotPut, Imm::Slot(slot), _) => {
                put.insert(*slot, data.args[0]);
            }
            (Op::SlotTake | Op::SlotSwap, Imm::Slot(slot), _) => {
                put.remove(slot);
            }
            (Op::SlotLoad, Imm::Slot(slot), Some(result)) => {
                if let Some(own) = put.get(slot) {
                    loaded.insert(result, *own);
                }
            }
            (Op::IsLastRef, ..) => {
                let own = loaded.get(&data.args[0]).copied();
                let counted = own.and_then(|own| unit.def_inst(own));
                if counted.is_some_and(|def| def.op == Op::IncRef && is_kept(unit, def.args[0])) {
                    unit.become_inst(inst, Op::BConst, Vec::new(), Imm::Bool(false), None);
                }
            }
            _ if may_release(unit, data) => {
                put.clear();
                loaded.clear();
            }
            _ => {}
        }
    }
}

/// Whether the unit keeps an object for as long as it runs.
fn is_kept(unit: &Unit, object: Value) -> bool {
    unit.def_inst(object)
        .is_some_and(|def| def.op == Op::Object)
}

/// The instructions that go because what they put into a slot is taken out again before anybody looks.
fn passed_through(unit: &Unit, block: Block, uses: &[u32], values: &mut Substitution) -> Vec<Inst> {
    let mut put: HashMap<Slot, (Inst, Value)> = HashMap::default();
    let mut gone = Vec::new();
    for &inst in &unit.block(block).insts {
        let data = unit.inst(inst);
        match (data.op, &data.imm, data.result) {
            (Op::SlotPut, Imm::Slot(slot), _) => {
                put.insert(*slot, (inst, data.args[0]));
            }
            (Op::SlotTake, Imm::Slot(slot), Some(result)) => {
                if let Some((before, own)) = put.remove(slot) {
                    gone.extend([before, inst]);
                    values.replace(result, own);
                }
            }
            // What nobody uses does not look.
            (Op::SlotLoad, _, Some(result)) if uses[result.index()] == 0 => gone.push(inst),
            (Op::SlotLoad | Op::SlotSwap, Imm::Slot(slot), _) => {
                put.remove(slot);
            }
            _ if looks(unit, data) => put.clear(),
            _ => {}
        }
    }
    gone
}

/// The instructions that raise a count and lower it again.
fn pairs(unit: &Unit, block: Block, uses: &[u32]) -> Vec<Inst> {
    let mut raised: HashMap<Value, Inst> = HashMap::default();
    let mut gone = Vec::new();
    for &inst in &unit.block(block).insts {
        let data = unit.inst(inst);
        let lowers = matches!(data.op, Op::DecRef | Op::DecRefPlain);
        if lowers && let Some(before) = raised.remove(&data.args[0]) {
            gone.extend([before, inst]);
            continue;
        }
        if let (Op::IncRef, Some(result)) = (data.op, data.result)
            && uses[result.index()] == 1
            // What is borrowed from an owned value ends with it.
            && unit.ty(data.args[0]) == Type::Ref
        {
            raised.insert(result, inst);
        } else if may_release(unit, data) || data.op == Op::IsLastRef {
            raised.clear();
        }
    }
    gone
}

/// Whether an instruction may give up a reference, or have somebody else do so.
fn may_release(unit: &Unit, data: &InstData) -> bool {
    let frame = matches!(data.op, Op::SlotTake | Op::SlotPut | Op::SlotSwap);
    let writes = matches!(
        data.op.info().effects,
        Effects::WritesMemory | Effects::RunsCode
    );
    frame
        || writes
        || unit.runs_code(data)
        || matches!(
            data.op,
            Op::DecRef | Op::DecRefPlain | Op::Call | Op::CallNative | Op::Position
        )
}

/// Whether an instruction may look at slots, or leave native code, where they are looked at.
fn looks(unit: &Unit, data: &InstData) -> bool {
    data.exit.is_some()
        || unit.writes_slots(data)
        || unit.runs_code(data)
        || matches!(data.op, Op::Call | Op::CallNative | Op::FrameBase)
        || data.op.is_terminator()
}
