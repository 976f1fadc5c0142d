//! What ends a block of rounds: the loop's own counter, held against a nearer bound.

use super::body::Body;
use crate::dominators::Dominators;
use crate::inst::Op;
use crate::passes::edit::int_constant;
use crate::passes::ranges::finder::Finder;
use crate::types::{Block, Value};
use crate::unit::{Imm, Unit};

/// A counter: rounds go on as long as it stands in this relation to a bound.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counting {
    /// The parameter of the header.
    pub(super) param: Value,
    /// What is added in each round; not 0.
    pub(super) step: i64,
    /// `ilt`, `ile`, `igt` or `ige`.
    pub(super) relation: Op,
    /// The bound: a constant, or the same in all rounds.
    pub(super) bound: Value,
    /// Where the test is.
    pub(super) place: Place,
}

/// Where the test is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// At the end of this block, of the parameter itself.
    Head(Block),
    /// At every edge back to the header, of the counter's next value.
    Edges,
}

/// How far a step may be from 0.
const LONGEST_STEP: i64 = 1 << 30;

/// Finds the loop's counter, with a bound that is `known` before a block of rounds begins.
pub(super) fn counting(
    unit: &Unit,
    tree: &Dominators,
    body: &Body,
    ranges: &Finder,
    known: &dyn Fn(Value) -> bool,
) -> Option<Counting> {
    let stepping = |param| {
        let step = body.change(unit, ranges, param).constant()?;
        (step != 0 && step.abs() <= LONGEST_STEP).then_some((param, step))
    };
    let mut stepping = body.params(unit).filter_map(stepping);
    stepping.find_map(|(param, step)| {
        at_head(unit, tree, body, known, param, step)
            .or_else(|| at_edges(unit, body, known, param, step))
    })
}

fn at_head(
    unit: &Unit,
    tree: &Dominators,
    body: &Body,
    known: &dyn Fn(Value) -> bool,
    param: Value,
    step: i64,
) -> Option<Counting> {
    let latches: Vec<Block> = body.latches(unit).collect();
    body.blocks.iter().find_map(|&block| {
        let stays = |b: &Block| body.blocks.contains(b);
        let (relation, bound) = test(unit, known, block, param, stays)?;
        let always = latches.iter().all(|l| tree.dominates(block, *l));
        let counts = always && ends(relation, step);
        counts.then_some(Counting {
            param,
            step,
            relation,
            bound,
            place: Place::Head(block),
        })
    })
}

fn at_edges(
    unit: &Unit,
    body: &Body,
    known: &dyn Fn(Value) -> bool,
    param: Value,
    step: i64,
) -> Option<Counting> {
    let index = unit.block(body.header).params.iter();
    let index = index.clone().position(|p| *p == param)?;
    let mut found: Option<(Op, Value)> = None;
    for latch in body.latches(unit) {
        let mut edges = unit.terminator(latch)?.targets();
        let next = edges.find(|t| t.block == body.header)?.args[index];
        let (relation, bound) = test(unit, known, latch, next, |b| *b == body.header)?;
        // The same bound written twice is two constants.
        let same = |(op, v): (Op, Value)| {
            op == relation
                && (v == bound
                    || int_constant(unit, v).is_some_and(|n| int_constant(unit, bound) == Some(n)))
        };
        if !found.is_none_or(same) {
            return None;
        }
        found = Some(found.unwrap_or((relation, bound)));
    }
    let (relation, bound) = found.filter(|(relation, _)| ends(*relation, step))?;
    Some(Counting {
        param,
        step,
        relation,
        bound,
        place: Place::Edges,
    })
}

/// The relation of a value to something known that a branch demands to go to a block that stays;
/// none if both targets do, or none.
fn test(
    unit: &Unit,
    known: &dyn Fn(Value) -> bool,
    block: Block,
    value: Value,
    stays: impl Fn(&Block) -> bool,
) -> Option<(Op, Value)> {
    let end = unit.terminator(block)?;
    let Imm::Branch(yes, no) = &end.imm else {
        return None;
    };
    let holds = match (stays(&yes.block), stays(&no.block)) {
        (true, false) => true,
        (false, true) => false,
        _ => return None,
    };
    let data = unit.def_inst(end.args[0])?;
    let [a, b] = data.args[..] else { return None };
    let (op, other) = if a == value {
        (data.op, b)
    } else if b == value {
        (mirrored(data.op)?, a)
    } else {
        return None;
    };
    let constant = int_constant(unit, other).is_some();
    let relation = if holds { op } else { negated(op)? };
    let orders = matches!(relation, Op::ILt | Op::ILe | Op::IGt | Op::IGe);
    (orders && (constant || known(other))).then_some((relation, other))
}

/// Whether so many steps make the relation fail.
fn ends(relation: Op, step: i64) -> bool {
    matches!(relation, Op::ILt | Op::ILe) == (step > 0)
}

fn mirrored(op: Op) -> Option<Op> {
    Some(match op {
        Op::ILt => Op::IGt,
        Op::ILe => Op::IGe,
        Op::IGt => Op::ILt,
        Op::IGe => Op::ILe,
        _ => return None,
    })
}

fn negated(op: Op) -> Option<Op> {
    Some(match op {
        Op::ILt => Op::IGe,
        Op::ILe => Op::IGt,
        Op::IGt => Op::ILe,
        Op::IGe => Op::ILt,
        _ => return None,
    })
}
