//! The shape of the graph: blocks that only jump on are skipped, a block with one edge into it joins the
//! block it comes from, unreachable ones go.
//!
//! Contract: entries stay, with neither parameters nor predecessors. The order of the other blocks and
//! their cold marks stay. A block that joins another takes the place of its jump; its parameters are then
//! the jump's arguments.

use super::edit::{Substitution, drop_unreachable};
use crate::cfg::Cfg;
use crate::inst::Op;
use crate::types::Block;
use crate::unit::{Imm, Target, Unit};

pub(super) fn run(unit: &mut Unit) {
    drop_unreachable(unit);
    skip_empty(unit);
    drop_unreachable(unit);
    merge(unit);
    drop_unreachable(unit);
}

/// Where a block without parameters that holds nothing but a jump goes.
fn passes_on(unit: &Unit, block: Block) -> Option<Target> {
    let data = unit.block(block);
    match data.insts[..] {
        [only] if data.params.is_empty() => match &unit.inst(only).imm {
            Imm::Jump(target) if target.block != block => Some(target.clone()),
            _ => None,
        },
        _ => None,
    }
}

fn skip_empty(unit: &mut Unit) {
    for at in 0..unit.layout.len() {
        let block = unit.layout[at];
        let Some(&last) = unit.block(block).insts.last() else {
            continue;
        };
        let mut imm = unit.inst(last).imm.clone();
        let mut changed = false;
        let targets: Vec<&mut Target> = match &mut imm {
            Imm::Jump(t) => vec![t],
            Imm::Branch(a, b) => vec![a, b],
            _ => continue,
        };
        for target in targets {
            // A ring of empty blocks never ends; the number of blocks bounds every other way.
            for _ in 0..unit.layout.len() {
                let Some(next) = passes_on(unit, target.block) else {
                    break;
                };
                *target = next;
                changed = true;
            }
        }
        if changed {
            unit.inst_mut(last).imm = imm;
        }
    }
}

fn merge(unit: &mut Unit) {
    let cfg = Cfg::new(unit);
    let mut values = Substitution::new(unit);
    let mut merged = vec![false; unit.block_count()];
    for &block in &cfg.rpo {
        if merged[block.index()] {
            continue;
        }
        while let Some(target) = sole_successor(unit, &cfg, block) {
            let next = target.block;
            let params = std::mem::take(&mut unit.block_mut(next).params);
            for (param, arg) in params.into_iter().zip(target.args) {
                values.replace(param, arg);
            }
            let insts = std::mem::take(&mut unit.block_mut(next).insts);
            let into = &mut unit.block_mut(block).insts;
            into.pop();
            into.extend(insts);
            merged[next.index()] = true;
        }
    }
    unit.layout.retain(|b| !merged[b.index()]);
    values.apply(unit);
}

/// The jump at a block's end, if its target has no other edge into it.
fn sole_successor(unit: &Unit, cfg: &Cfg, block: Block) -> Option<Target> {
    let terminator = unit.terminator(block).filter(|t| t.op == Op::Jump)?;
    let target = terminator.targets().next()?;
    let alone = cfg.preds(target.block).len() == 1 && target.block != block;
    alone.then(|| target.clone())
}
