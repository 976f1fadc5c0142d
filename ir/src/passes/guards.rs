//! Guards and branches whose condition is known from a guard or branch above.
//!
//! Contract: what a guard let pass, and which edge of a branch was taken, holds in all blocks that this
//! point dominates, because a condition is a value and never changes. Comparisons of ints are known by
//! their operands: `a < b` tells about `a >= b`, `b > a` and `a == b`. A guard that is known to pass goes, one
//! that is known to fail becomes `leave`, and what follows in its block is dropped.

use super::edit::{decide_branch, drop_unreachable, make_leave};
use super::scope::{Path, Scoped, only_pred};
use crate::cfg::Cfg;
use crate::dominators::Dominators;
use crate::inst::Op;
use crate::types::{Block, Value};
use crate::unit::{Imm, Unit};

/// A condition up to negation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Condition {
    Value(Value),
    /// Int less.
    Less(Value, Value),
    /// Ints equal; the lower value first.
    Equal(Value, Value),
}

type Facts = Scoped<Condition, bool>;

pub(super) fn run(unit: &mut Unit) {
    let cfg = Cfg::new(unit);
    let tree = Dominators::new(&cfg);
    let mut facts = Facts::with_capacity(unit.block_count());
    let mut path = Path::default();
    let mut edges_gone = false;
    for &block in tree.preorder() {
        path.enter(&tree, block, &mut facts);
        if let Some((condition, taken)) = edge_fact(unit, &cfg, block) {
            learn(unit, &mut facts, condition, taken);
        }
        let insts = std::mem::take(&mut unit.block_mut(block).insts);
        let mut kept = Vec::with_capacity(insts.len());
        for inst in insts {
            let data = unit.inst(inst);
            match data.op {
                Op::Guard | Op::GuardNot => {
                    let wanted = data.op == Op::Guard;
                    match look_up(unit, &facts, data.args[0]) {
                        Some(known) if known == wanted => continue,
                        Some(_) => {
                            let exit = data.exit;
                            kept.push(make_leave(unit, exit));
                            edges_gone = true;
                            break;
                        }
                        None => learn(unit, &mut facts, data.args[0], wanted),
                    }
                }
                Op::Br => {
                    if let Some(known) = look_up(unit, &facts, data.args[0]) {
                        decide_branch(unit, inst, known);
                        edges_gone = true;
                    }
                }
                _ => {}
            }
            kept.push(inst);
        }
        unit.block_mut(block).insts = kept;
    }
    if edges_gone {
        drop_unreachable(unit);
    }
}

/// What the only edge into a block says.
pub(super) fn edge_fact(unit: &Unit, cfg: &Cfg, block: Block) -> Option<(Value, bool)> {
    let terminator = unit.terminator(only_pred(cfg, block)?)?;
    match &terminator.imm {
        Imm::Branch(yes, no) if yes.block != no.block => {
            Some((terminator.args[0], yes.block == block))
        }
        _ => None,
    }
}

/// The condition that a value is, and whether it is that or its negation.
fn condition(unit: &Unit, mut value: Value) -> (Condition, bool) {
    let mut same = true;
    while let Some(data) = unit.def_inst(value).filter(|d| d.op == Op::BNot) {
        value = data.args[0];
        same = !same;
    }
    let Some(data) = unit.def_inst(value) else {
        return (Condition::Value(value), same);
    };
    let (a, b) = match data.args[..] {
        [a, b] => (a, b),
        _ => return (Condition::Value(value), same),
    };
    match data.op {
        Op::ILt => (Condition::Less(a, b), same),
        Op::IGt => (Condition::Less(b, a), same),
        Op::IGe => (Condition::Less(a, b), !same),
        Op::ILe => (Condition::Less(b, a), !same),
        Op::IEq => (Condition::Equal(a.min(b), a.max(b)), same),
        Op::INe => (Condition::Equal(a.min(b), a.max(b)), !same),
        _ => (Condition::Value(value), same),
    }
}

fn look_up(unit: &Unit, facts: &Facts, value: Value) -> Option<bool> {
    let (condition, same) = condition(unit, value);
    if let Some(known) = facts.get(&condition) {
        return Some(*known == same);
    }
    let Condition::Value(value) = condition else {
        return None;
    };
    let data = unit.def_inst(value)?;
    let decisive = match data.op {
        Op::BAnd => false,
        Op::BOr => true,
        _ => return None,
    };
    let parts = data.args.iter().map(|part| look_up(unit, facts, *part));
    let mut all_known = true;
    for part in parts {
        match part {
            Some(known) if known == decisive => return Some(decisive == same),
            Some(_) => {}
            None => all_known = false,
        }
    }
    all_known.then_some(decisive != same)
}

fn learn(unit: &Unit, facts: &mut Facts, value: Value, holds: bool) {
    let (condition, same) = condition(unit, value);
    let holds = holds == same;
    facts.set(condition, holds);
    match condition {
        Condition::Less(a, b) if holds => {
            facts.set(Condition::Less(b, a), false);
            facts.set(Condition::Equal(a.min(b), a.max(b)), false);
        }
        Condition::Equal(a, b) if holds => {
            facts.set(Condition::Less(a, b), false);
            facts.set(Condition::Less(b, a), false);
        }
        Condition::Value(value) => {
            let Some(data) = unit.def_inst(value) else {
                return;
            };
            // A conjunction that holds, or a disjunction that does not, tells about both its parts.
            if (data.op == Op::BAnd && holds) || (data.op == Op::BOr && !holds) {
                for part in data.args.clone() {
                    learn(unit, facts, part, holds);
                }
            }
        }
        _ => {}
    }
}
