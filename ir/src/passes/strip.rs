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
mod counting;
mod invariants;
mod windows;

use std::collections::HashSet;

use self::begin::{begin, conditions, last};
use self::body::Body;
use self::counting::{Counting, Place, counting};
use self::invariants::{Invariants, invariants};
use self::windows::{Search, Windows};
use super::copy::{Copies, Side};
use super::edit::{drop_unreachable, int_constant};
use super::ranges::finder::Finder;
use crate::cfg::{Cfg, cold_blocks};
use crate::dominators::Dominators;
use crate::inst::Op;
use crate::loops::Loops;
use crate::types::{Block, Inst, Type, Value};
use crate::unit::{Imm, Target, Unit};

/// Rounds in a block.
pub const ROUNDS: u32 = 1024;

/// A loop of more instructions is only stripped for what becomes cheaper, not for the poll.
const POLL_MATTERS: usize = 24;

/// How many edges back to the header get a test of their own.
const OWN_TESTS: usize = 4;

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
    let counting = counting(unit, &tree, &body, &ranges)?;
    let search = Search {
        unit,
        cfg: &cfg,
        tree: &tree,
        body: &body,
        counting,
        rounds,
    };
    let mut windows = search.best(&mut ranges);
    let invariants = invariants(unit, &tree, &body, counting.step.abs() == 1);
    for index in &invariants.indices {
        windows.demand_natural(index.param, true, rounds);
        if int_constant(unit, index.step).is_none() {
            windows.demand_natural(index.step, false, rounds);
        }
    }
    let gain = windows.gain + invariants.gain;
    let work = body.insts(unit).filter(|d| d.op != Op::IConst).count();
    (gain > 0 || work <= POLL_MATTERS).then_some(Plan {
        body,
        counting,
        windows,
        invariants,
    })
}

fn strip(unit: &mut Unit, plan: Plan, rounds: i64) {
    let Plan {
        body,
        counting,
        windows,
        invariants,
    } = plan;
    let header = body.header;
    let rest = split(unit, header, body.guard + 1);
    let mut new = vec![rest];

    let mut here = header;
    let demanded = conditions(unit, &mut here, &body, &windows, &counting, rest, &mut new);
    let nearer = last(unit, demanded, &counting, rounds);

    let mut copies = Copies::default();
    let demanded = begin(
        unit,
        demanded,
        &invariants,
        (&counting, nearer),
        &mut copies,
        rest,
        &mut new,
    );
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
    jump(unit, demanded, fast, args);

    let mut strip = Strip {
        unit,
        copies,
        counting,
        nearer,
        header,
        fast,
        latch: None,
        new: Vec::new(),
        gone: invariants.gone,
    };
    strip.copy(header, 0..body.guard - 1);
    strip.copy(rest, 0..usize::MAX);
    for &block in &body.blocks[1..] {
        strip.copy(block, 0..usize::MAX);
    }
    let edges = strip.edges(rest, &body.blocks[1..]);
    strip.close(&edges);
    let Strip {
        copies, new: more, ..
    } = strip;

    new.push(fast);
    new.extend(body.blocks[1..].iter().filter_map(|b| copies.block(*b)));
    new.extend(more);
    place(unit, header, &new);
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
}

/// Takes the instructions from a place on into a block of their own, which is not jumped to yet.
fn split(unit: &mut Unit, block: Block, at: usize) -> Block {
    let rest = unit.add_block();
    let insts = unit.block_mut(block).insts.split_off(at);
    unit.block_mut(rest).insts = insts;
    rest
}

/// Puts blocks behind another one in the layout.
fn place(unit: &mut Unit, behind: Block, blocks: &[Block]) {
    unit.layout.retain(|b| !blocks.contains(b));
    if let Some(at) = unit.layout.iter().position(|b| *b == behind) {
        unit.layout.splice(at + 1..at + 1, blocks.iter().copied());
    }
}

/// The copy while it is made.
struct Strip<'a> {
    unit: &'a mut Unit,
    copies: Copies,
    counting: Counting,
    /// Where the counter ends the block of rounds.
    nearer: Value,
    header: Block,
    fast: Block,
    /// Where all edges back to the header are tested, if there are many.
    latch: Option<Block>,
    new: Vec<Block>,
    /// The instructions that are not copied.
    gone: HashSet<Inst>,
}

impl Strip<'_> {
    /// Copies instructions of a block to the end of its copy.
    fn copy(&mut self, block: Block, range: std::ops::Range<usize>) {
        let Some(to) = self.copies.block(block) else {
            return;
        };
        let insts = self.unit.block(block).insts.clone();
        let end = range.end.min(insts.len());
        for &inst in insts[range.start..end]
            .iter()
            .filter(|i| !self.gone.contains(i))
        {
            let copy = self.copies.inst(self.unit, inst);
            self.unit.block_mut(to).insts.push(copy);
        }
    }

    /// The terminators of the copy, with those of the original.
    fn edges(&self, rest: Block, others: &[Block]) -> Vec<(Block, Inst)> {
        let blocks = std::iter::once(&rest).chain(others);
        let ends = blocks.filter_map(|b| {
            let copy = self.copies.block(*b)?;
            Some((copy, *self.unit.block(copy).insts.last()?))
        });
        ends.collect()
    }

    /// Leads the edges of the copy to where they belong.
    fn close(&mut self, ends: &[(Block, Inst)]) {
        let back = |(_, end): &(Block, Inst)| {
            let targets = self.unit.inst(*end).targets();
            targets.filter(|t| t.block == self.header).count()
        };
        let tested = self.counting.place == Place::Edges;
        if !tested && ends.iter().map(back).sum::<usize>() > OWN_TESTS {
            self.shared_latch();
        }
        for &(block, end) in ends {
            if self.test_at_head(end) || self.test_at_edge(block, end) {
                continue;
            }
            let mut imm = self.unit.inst(end).imm.clone();
            let goes_back = matches!(imm, Imm::Jump(_));
            for target in imm.targets_mut() {
                if target.block != self.header {
                    if let Some(copy) = self.copies.block(target.block) {
                        target.block = copy;
                    }
                } else if let Some(latch) = self.latch {
                    target.block = latch;
                } else if !goes_back {
                    let latch = self.unit.add_block();
                    self.new.push(latch);
                    let args = std::mem::take(&mut target.args);
                    target.block = latch;
                    self.turn(latch, args);
                }
            }
            match imm {
                Imm::Jump(Target { block: to, args }) if to == self.header => {
                    self.unit.block_mut(block).insts.pop();
                    self.turn(block, args);
                }
                imm => self.unit.inst_mut(end).imm = imm,
            }
        }
    }

    /// One block through which all edges back go.
    fn shared_latch(&mut self) {
        let latch = self.unit.add_block();
        self.new.push(latch);
        let params = self.unit.block(self.header).params.clone();
        let types: Vec<Type> = params.iter().map(|p| self.unit.ty(*p)).collect();
        let params = types.into_iter().map(|ty| self.unit.add_param(latch, ty));
        let args = params.collect();
        self.turn(latch, args);
        self.latch = Some(latch);
    }

    /// The test at the loop's head is known to hold in all rounds of the block.
    fn test_at_head(&mut self, end: Inst) -> bool {
        let Place::Head(head) = self.counting.place else {
            return false;
        };
        // The header's instructions from behind the poll on are in a block of their own by now.
        let copy = self.copies.block(head);
        let here = copy.and_then(|b| self.unit.block(b).insts.last());
        if here != Some(&end) {
            return false;
        }
        let targets = self.unit.inst(end).targets();
        let stays = targets.filter_map(|t| Some((self.copies.block(t.block)?, t.args.clone())));
        let stays = stays.filter(|(block, _)| *block != self.fast).last();
        let Some((block, args)) = stays else {
            return false;
        };
        let imm = Imm::Jump(Target { block, args });
        self.unit.become_inst(end, Op::Jump, Vec::new(), imm, None);
        true
    }

    /// The test at the edge back to the header: with the nearer bound first, and then as it was.
    fn test_at_edge(&mut self, block: Block, end: Inst) -> bool {
        if self.counting.place != Place::Edges {
            return false;
        }
        let back = self
            .unit
            .inst(end)
            .targets()
            .find(|t| t.block == self.header);
        let Some(back) = back.cloned() else {
            return false;
        };
        let next = self.next(&back.args);
        let again = self.unit.add_block();
        self.new.push(again);
        self.unit.block_mut(block).insts.pop();
        self.unit.block_mut(again).insts.push(end);
        let goes_on = op(
            self.unit,
            block,
            self.counting.relation,
            &[next, self.nearer],
        );
        let fast = Target {
            block: self.fast,
            args: back.args,
        };
        let slow = Target {
            block: again,
            args: Vec::new(),
        };
        let imm = Imm::Branch(fast, slow);
        self.unit.push(block, Op::Br, &[goes_on], imm, None);
        true
    }

    /// The counter's value among the arguments of an edge back to the header.
    fn next(&self, args: &[Value]) -> Value {
        let params = &self.unit.block(self.header).params;
        let index = params.iter().position(|p| *p == self.counting.param);
        index.map_or(self.counting.param, |at| args[at])
    }

    /// Ends a block: to the next round of the block of rounds, or to the header.
    fn turn(&mut self, block: Block, args: Vec<Value>) {
        let next = self.next(&args);
        let goes_on = op(
            self.unit,
            block,
            self.counting.relation,
            &[next, self.nearer],
        );
        let fast = Target {
            block: self.fast,
            args: args.clone(),
        };
        let header = Target {
            block: self.header,
            args,
        };
        let imm = Imm::Branch(fast, header);
        self.unit.push(block, Op::Br, &[goes_on], imm, None);
    }
}

fn op(unit: &mut Unit, block: Block, op: Op, args: &[Value]) -> Value {
    let result = unit.push(block, op, args, Imm::None, None);
    result.expect("an operation used for its result has one")
}

fn constant(unit: &mut Unit, block: Block, n: i64) -> Value {
    let result = unit.push(block, Op::IConst, &[], Imm::Int(n), None);
    result.expect("a constant has a result")
}

fn jump(unit: &mut Unit, from: Block, block: Block, args: Vec<Value>) {
    unit.push(from, Op::Jump, &[], Imm::Jump(Target { block, args }), None);
}
