//! Strip mining: innermost loops run in blocks of rounds, within which nobody polls and little is checked.
//!
//! ```text
//!   header: poll                                 header: poll
//!           body ─▶ header | out                         ints in their windows, a round to do?
//!                                                        no: body as it was ─▶ header | out
//!                                                        yes: end of this block
//!                                                strip:  body without poll ─▶ strip | out
//!                                                                 block done ─▶ header
//! ```
//!
//! Contract: the same rounds are run with the same results and the same exits, but the poll is asked at the
//! beginning of a block of at most [`ROUNDS`] rounds only. Whatever runs code of the host is in no strip, so
//! a block is short. A block begins only if ints lie in windows so wide that they matter to no ordinary
//! program and so narrow that, widened by what the rounds of a block can add, they fit the checks in the
//! body: this is promised of the copy's parameters, and `ranges` makes use of it. Otherwise the original
//! body does the round, as before. Cold blocks are not copied: control goes on in the original's.

mod begin;
mod body;
mod closing;
mod counting;
mod following;
mod invariants;
mod joining;
mod windows;
mod writes;

use self::begin::Start;
use self::body::Body;
use self::closing::{Strip, settle_lags};
use self::counting::{Counting, counting};
use self::following::{Following, following};
use self::invariants::{Invariants, invariants};
use self::windows::{Search, Windows};
use super::copy::{Copies, Side};
use super::edit::{append, append_int, drop_unreachable, int_constant, lay_behind};
use super::ranges::finder::Finder;
use crate::cfg::{Cfg, cold_blocks};
use crate::dominators::Dominators;
use crate::inst::Op;
use crate::loops::Loops;
use crate::types::{Block, Value};
use crate::unit::{Imm, Target, Unit};

/// Rounds in a block.
pub const ROUNDS: u32 = 1024;

/// A loop of more instructions is only stripped for what becomes cheaper, not for the poll.
const POLL_MATTERS: usize = 24;

/// Most loops of a unit that are stripped.
const MOST_LOOPS: usize = 8;

pub(super) fn run(unit: &mut Unit) {
    in_blocks_of(unit, ROUNDS);
}

/// The pass with blocks of so many rounds, at least one.
pub fn in_blocks_of(unit: &mut Unit, rounds: u32) {
    let rounds = i64::from(rounds.max(1));
    let cfg = Cfg::new(unit);
    let loops = Loops::new(&cfg, &Dominators::new(&cfg));
    let innermost = loops.all().iter().filter(|l| l.is_innermost);
    let headers: Vec<Block> = innermost.map(|l| l.header).collect();
    let mut stripped = 0;
    for header in headers {
        if stripped == MOST_LOOPS {
            break;
        }
        // Stripping one loop changes what is known of the others' values.
        if let Some(plan) = plan(unit, header, rounds) {
            strip(unit, plan, rounds);
            stripped += 1;
        }
    }
}

struct Plan {
    body: Body,
    counting: Counting,
    following: Option<Following>,
    windows: Windows,
    invariants: Invariants,
}

fn plan(unit: &Unit, header: Block, rounds: i64) -> Option<Plan> {
    body::poll_guard(unit, header)?;
    let cfg = Cfg::new(unit);
    let tree = Dominators::new(&cfg);
    let loops = Loops::new(&cfg, &tree);
    let around = loops.all().iter().find(|l| l.header == header)?;
    let body = Body::of(unit, &cold_blocks(unit), around)?;
    let mut ranges = Finder::over(unit, &cfg, &tree);
    let mut invariants = invariants(unit, (&cfg, &tree), &body);
    let known = |value| invariants.is_known(&body, value);
    let counting = counting(unit, &tree, &body, &ranges, &known)?;
    let search = Search {
        unit,
        cfg: &cfg,
        tree: &tree,
        body: &body,
        counting,
        rounds,
    };
    let mut windows = search.best(&mut ranges);
    if counting.step.abs() == 1 {
        invariants.count(unit, &tree, &body);
    }
    for index in &invariants.indices {
        windows.demand_from(-index.offset, index.param, true, rounds);
        if int_constant(unit, index.step).is_none() {
            windows.demand_from(0, index.step, false, rounds);
        }
    }
    let following = following(unit, &body, &ranges, &counting);
    windows.demand_counter(counting.param);
    if let Some(following) = following {
        windows.demand_counter(following.leader);
    }
    let gain = windows.gain + invariants.gain;
    let work = body.insts(unit).filter(|d| d.op != Op::IConst).count();
    (gain > 0 || work <= POLL_MATTERS).then_some(Plan {
        body,
        counting,
        following,
        windows,
        invariants,
    })
}

fn strip(unit: &mut Unit, plan: Plan, rounds: i64) {
    let Plan {
        body,
        mut counting,
        following,
        windows,
        invariants,
    } = plan;
    let header = body.header;
    let rest = split(unit, header, body.guard + 1);
    let mut new = vec![rest];

    let mut copies = Copies::default();
    let mut start = Start {
        unit,
        here: header,
        otherwise: rest,
        new: &mut new,
    };
    start.in_windows(&body, &windows);
    // Where the loop may have ended already, that is found out before anything is loaded, if it can be.
    let loaded = int_constant(start.unit, counting.bound).is_none();
    let (begins, nearer) = if loaded && invariants.computes(counting.bound) {
        start.compute(&invariants, &mut copies);
        counting.bound = copies.value(counting.bound);
        start.rounds(&counting, rounds)
    } else {
        let rounds = start.rounds(&counting, rounds);
        start.compute(&invariants, &mut copies);
        rounds
    };
    start.count(&invariants, (&counting, nearer), &copies);
    let behind = following.map(|found| start.follow(found, (&counting, nearer)));
    let demanded = start.here;
    let fast = copies.add_block(unit, header);
    copies.lay(rest, fast);
    for &block in &body.blocks[1..] {
        copies.add_block(unit, block);
    }
    let args = unit.block(header).params.clone();
    for param in body.stationary(unit) {
        copies.keep(param);
    }
    for (param, range) in &windows.held {
        unit.set_bounds(copies.value(*param), *range);
    }
    let constant = |(param, n): &(Value, i64)| (*param, append_int(unit, demanded, *n));
    let likely: Vec<(Value, Value)> = body.likely.iter().map(constant).collect();
    jump(unit, demanded, fast, args);
    let (counting, nearer) = match &behind {
        None => (counting, nearer),
        Some(behind) => {
            let leader = copies.value(behind.counting.param);
            let now = append(unit, fast, behind.op, &[behind.base, leader]);
            copies.put(counting.param, now);
            (behind.counting, behind.end)
        }
    };

    let mut strip = Strip {
        first_copied: unit.value_count(),
        unit,
        copies,
        counting,
        nearer,
        behind,
        header,
        fast,
        latch: None,
        lags: Vec::new(),
        lagging: None,
        begins,
        new: Vec::new(),
        gone: invariants.gone,
    };
    strip.copy(header, 0..body.guard - 1);
    strip.copy(rest, 0..usize::MAX);
    for &block in &body.blocks[1..] {
        strip.copy(block, 0..usize::MAX);
    }
    let edges = strip.edges(rest, &body.blocks[1..]);
    let unchecked = strip.copies.all(&windows.cheaper);
    strip.close(&edges, &unchecked);
    let Strip {
        copies,
        new: more,
        lags,
        lagging,
        ..
    } = strip;

    new.push(fast);
    new.extend(body.blocks[1..].iter().filter_map(|b| copies.block(*b)));
    new.extend(more);
    lay_behind(unit, header, &new);
    drop_unreachable(unit);
    let first_copy = new.iter().position(|b| *b == fast).unwrap_or(new.len());
    let (before, copied) = new.split_at(first_copy);
    copies.repair(unit, |block| {
        if copied.contains(&block) {
            Some(Side::Copy)
        } else if before.contains(&block) || (!body.leaves_out && body.blocks.contains(&block)) {
            Some(Side::Original)
        } else {
            None
        }
    });
    take_for(unit, copied, &likely);
    if let Some(lagging) = lagging {
        settle_lags(unit, header, &lags, lagging);
    }
}

/// In these blocks, whose exits are their own, takes other values for values that are known to be equal there.
fn take_for(unit: &mut Unit, blocks: &[Block], equal: &[(Value, Value)]) {
    let other = |value: &mut Value| {
        if let Some((_, by)) = equal.iter().find(|(v, _)| v == value) {
            *value = *by;
        }
    };
    for &block in blocks {
        for inst in unit.block(block).insts.clone() {
            unit.inst_mut(inst).uses_mut().for_each(other);
            if let Some(exit) = unit.inst(inst).exit {
                unit.exits[exit.index()].values_mut().for_each(other);
            }
        }
    }
}

/// Takes the instructions from a place on into a block of their own, which is not jumped to yet.
fn split(unit: &mut Unit, block: Block, at: usize) -> Block {
    let rest = unit.add_block();
    let insts = unit.block_mut(block).insts.split_off(at);
    unit.block_mut(rest).insts = insts;
    rest
}

fn jump(unit: &mut Unit, from: Block, block: Block, args: Vec<Value>) {
    unit.push(from, Op::Jump, &[], Imm::Jump(Target { block, args }), None);
}
