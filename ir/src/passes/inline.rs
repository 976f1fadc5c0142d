//! A function's calls of itself are replaced by its body, once or twice over.
//!
//! Contract: only in a small function without loops that touches no slot: what is inlined has no memory for its
//! slots, so its exits must list all that they hold. An exit of the inlined body rebuilds the frames of the call's
//! exit, outermost first, and its own frame behind them; a call in it is nested so much deeper. The order of
//! blocks is kept: a copy stands behind the block that called.

use std::collections::HashMap;

use super::edit::{Substitution, lay_behind};
use crate::cfg::Cfg;
use crate::inst::Op;
use crate::types::{Block, ExitId, Value};
use crate::unit::{Imm, InstData, Target, Unit};

/// Most instructions of a function that is inlined.
const MOST_INLINED: usize = 48;
/// Most instructions of the function afterwards.
const MOST_AFTERWARDS: usize = 320;
/// How often over.
const LEVELS: usize = 2;

pub(super) fn run(unit: &mut Unit) {
    if unit.signature.is_none() || !is_simple(unit) {
        return;
    }
    let body = unit.clone();
    for _ in 0..LEVELS {
        let sites = sites(unit);
        if unit.size() + sites.len() * body.size() > MOST_AFTERWARDS {
            return;
        }
        for block in sites {
            inline(unit, block, &body);
        }
    }
}

/// Whether its body may stand where it is called.
fn is_simple(unit: &Unit) -> bool {
    let cfg = Cfg::new(unit);
    let forward = unit.layout.iter().all(|block| {
        let place = cfg.place(*block);
        unit.successors(*block)
            .iter()
            .all(|next| place.is_none() || cfg.place(*next) > place)
    });
    let insts = unit.layout.iter().flat_map(|b| &unit.block(*b).insts);
    let slots = |op| {
        matches!(
            op,
            Op::SlotLoad | Op::SlotTake | Op::SlotPut | Op::SlotSwap | Op::FrameBase | Op::Position
        )
    };
    forward
        && unit.size() <= MOST_INLINED
        && insts.into_iter().all(|inst| !slots(unit.inst(*inst).op))
}

/// The blocks in which it calls itself, but cold ones; a block with two such calls is there once.
fn sites(unit: &Unit) -> Vec<Block> {
    let blocks = unit.layout.iter().copied();
    blocks
        .filter(|b| !unit.block(*b).cold && call_in(unit, *b).is_some())
        .collect()
}

/// Where a block first calls the unit's own function.
fn call_in(unit: &Unit, block: Block) -> Option<usize> {
    let insts = &unit.block(block).insts;
    insts
        .iter()
        .position(|inst| calls_itself(unit, unit.inst(*inst)))
}

fn calls_itself(unit: &Unit, data: &InstData) -> bool {
    match (data.op, &data.imm) {
        (Op::CallNative, Imm::Native(id)) => unit.natives[id.index()].entry.is_none(),
        _ => false,
    }
}

/// Replaces all calls in a block.
fn inline(unit: &mut Unit, block: Block, body: &Unit) {
    let mut at = block;
    while let Some(place) = call_in(unit, at) {
        let insts = &mut unit.block_mut(at).insts;
        let rest = insts.split_off(place + 1);
        let Some(call) = insts.pop() else { return };
        let call = unit.inst(call).clone();
        let (Some(exit), Some(result)) = (call.exit, call.result) else {
            return;
        };
        let first_new = unit.block_count();
        let on = unit.add_block();
        let param = unit.add_param(on, unit.ty(result));
        unit.block_mut(on).insts = rest;
        let mut values = Substitution::new(unit);
        let entry = copy(unit, body, &call, exit, on);
        values.replace(result, param);
        values.apply(unit);
        let to = Target {
            block: entry,
            args: Vec::new(),
        };
        unit.push(at, Op::Jump, &[], Imm::Jump(to), None);
        // The copy stands between the call and what follows it.
        let mut made: Vec<Block> = unit.layout[layout_place(unit, first_new)..].to_vec();
        made.rotate_left(1);
        lay_behind(unit, at, &made);
        at = on;
    }
}

/// Where the blocks begin in the layout that were made from this number on.
fn layout_place(unit: &Unit, first: usize) -> usize {
    let made = unit.layout.iter().rev();
    unit.layout.len() - made.take_while(|b| b.index() >= first).count()
}

/// Copies the body for a call; what it returns goes to `on`. Gives the block it begins with.
fn copy(unit: &mut Unit, body: &Unit, call: &InstData, site: ExitId, on: Block) -> Block {
    let cfg = Cfg::new(body);
    let around = unit.exits[site.index()].frames.clone();
    let mut values: HashMap<Value, Value> = HashMap::new();
    let mut blocks: HashMap<Block, Block> = HashMap::new();
    let mut exits: HashMap<ExitId, ExitId> = HashMap::new();
    for &block in body.layout.iter().filter(|b| cfg.is_reachable(**b)) {
        let new = unit.add_block();
        unit.block_mut(new).cold = body.block(block).cold;
        blocks.insert(block, new);
        for &param in &body.block(block).params {
            let param_copy = unit.add_param(new, body.ty(param));
            values.insert(param, param_copy);
        }
    }
    // In an order in which definitions come first.
    for &block in &cfg.rpo {
        for &inst in &body.block(block).insts {
            let mut data = body.inst(inst).clone();
            for value in data.uses_mut() {
                *value = values[value];
            }
            for target in data.targets_mut() {
                target.block = blocks[&target.block];
            }
            if let (Some(_), Imm::Word(number)) = (data.op.argument_type(), &data.imm) {
                if let Some(result) = data.result {
                    values.insert(result, call.args[*number as usize]);
                }
                continue;
            }
            if data.op.is_return() {
                let to = Target {
                    block: on,
                    args: std::mem::take(&mut data.args),
                };
                data = InstData {
                    op: Op::Jump,
                    args: Vec::new(),
                    imm: Imm::Jump(to),
                    exit: None,
                    result: None,
                };
            }
            if let (Op::MayNest, Imm::Int(levels)) = (data.op, &mut data.imm) {
                *levels += around.len() as i64;
            }
            let exit = data.exit.map(|id| {
                *exits.entry(id).or_insert_with(|| {
                    let mut exit = body.exits[id.index()].clone();
                    for value in exit.values_mut() {
                        *value = values[value];
                    }
                    exit.frames.splice(0..0, around.iter().cloned());
                    unit.add_exit(exit)
                })
            });
            let made = unit.push(blocks[&block], data.op, &data.args, data.imm, exit);
            if let (Some(result), Some(made)) = (data.result, made) {
                values.insert(result, made);
            }
        }
    }
    blocks[&body.entries[0]]
}
