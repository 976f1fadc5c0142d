//! Common subexpressions: dominator-scoped value numbering of pure instructions.
//!
//! Contract: an instruction is replaced by an equal one that dominates it. For one with an exit that is
//! right too: the earlier one did not leave, so this one would not. A checked operation and its plain form
//! compute the same where both do not leave, and count as equal. A reference may be looked at only while
//! it is valid, and what was seen then stays true of it, so `is_type` and `unbox` of one reference are
//! merged although memory is behind them. And an address that was loaded from or stored to is not null, nor is
//! the reference made from it.

use super::edit::{Substitution, become_constant};
use super::scope::{Path, Scoped};
use crate::cfg::Cfg;
use crate::dominators::Dominators;
use crate::evaluate::Scalar;
use crate::inst::Op;
use crate::types::Value;
use crate::unit::{Imm, InstData, Unit};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    op: Op,
    args: [Option<Value>; 3],
    imm: u64,
}

pub(super) fn run(unit: &mut Unit) {
    let cfg = Cfg::new(unit);
    let tree = Dominators::new(&cfg);
    let mut values = Substitution::new(unit);
    let mut known: Scoped<Key, Value> = Scoped::with_capacity(unit.size());
    let mut path = Path::default();
    for &block in tree.preorder() {
        path.enter(&tree, block, &mut known);
        let insts = std::mem::take(&mut unit.block_mut(block).insts);
        let mut kept = Vec::with_capacity(insts.len());
        for inst in insts {
            values.resolve_uses(unit.inst_mut(inst));
            let data = unit.inst(inst);
            if let Imm::Offset(..) = data.imm {
                let touched = touched(data.args[0]);
                known.set(touched, data.args[0]);
            } else if data.op == Op::IsNull
                && let Some(address) = address(unit, data.args[0])
                && known.get(&touched(address)).is_some()
            {
                become_constant(unit, inst, Scalar::Bool(false));
                kept.push(inst);
                continue;
            }
            if let (Some(key), Some(result)) = (key(unit, data), data.result) {
                if let Some(&earlier) = known.get(&key) {
                    values.replace(result, earlier);
                    continue;
                }
                known.set(key, result);
            }
            kept.push(inst);
        }
        unit.block_mut(block).insts = kept;
    }
    values.apply(unit);
}

/// The key under which it is known that an address is not null. No instruction has it.
fn touched(address: Value) -> Key {
    Key {
        op: Op::Leave,
        args: [Some(address), None, None],
        imm: 0,
    }
}

/// The address that a reference was made from.
fn address(unit: &Unit, reference: Value) -> Option<Value> {
    let made = unit.def_inst(reference)?;
    matches!(made.op, Op::PtrToRef | Op::PtrToOwn | Op::Lend).then(|| made.args[0])
}

fn key(unit: &Unit, data: &InstData) -> Option<Key> {
    if !unit.is_pure(data) || data.args.len() > 3 {
        return None;
    }
    let mut args = [None; 3];
    for (place, &arg) in args.iter_mut().zip(&data.args) {
        *place = Some(arg);
    }
    let op = plain(data.op);
    if commutes(op) && args[0] > args[1] {
        args.swap(0, 1);
    }
    let imm = match data.imm {
        Imm::None => 0,
        Imm::Int(n) => n as u64,
        // What is loaded does not depend on what the place is called.
        Imm::Offset(n, _) => n as u64,
        Imm::Float(bits) => bits,
        Imm::Bool(b) => u64::from(b),
        Imm::Object(id) => id.0.into(),
        Imm::Type(id) => id.0.into(),
        Imm::Helper(id) => id.0.into(),
        Imm::Word(n) | Imm::Position(n) => n.into(),
        Imm::Slot(slot) => slot.0.into(),
        Imm::Native(_) | Imm::Jump(_) | Imm::Branch(..) => return None,
    };
    Some(Key { op, args, imm })
}

/// The form of an operation that says least: without its check, without its promise.
fn plain(op: Op) -> Op {
    match op {
        Op::IAddOvf => Op::IAdd,
        Op::ISubOvf => Op::ISub,
        Op::IMulOvf => Op::IMul,
        Op::INegOvf => Op::INeg,
        Op::IShlOvf => Op::IShl,
        Op::IDivNat => Op::IFloorDiv,
        Op::IModNat => Op::IMod,
        other => other,
    }
}

/// Whether operands may be exchanged. Of floats they may not be where a NaN could come out.
fn commutes(op: Op) -> bool {
    matches!(
        op,
        Op::IAdd
            | Op::IMul
            | Op::IAnd
            | Op::IOr
            | Op::IXor
            | Op::IEq
            | Op::INe
            | Op::FEq
            | Op::FNe
            | Op::BAnd
            | Op::BOr
            | Op::BXor
            | Op::Is
            | Op::PEq
    )
}
