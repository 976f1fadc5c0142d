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

mod body;
mod counting;
mod windows;

use self::body::Body;
use self::counting::{Counting, Place, counting};
use self::windows::{Search, Windows};
use super::copy::{Copies, Side};
use super::edit::{drop_unreachable, int_constant};
use super::ranges::finder::Finder;
use crate::cfg::{Cfg, cold_blocks};
use crate::dominators::Dominators;
use crate::inst::Op;
use crate::loops::Loops;
use crate::range::Range;
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
    counting: Option<Counting>,
    windows: Windows,
}

fn plan(unit: &Unit, header: Block, rounds: i64) -> Option<Plan> {
    body::poll_guard(unit, header)?;
    let cfg = Cfg::new(unit);
    let tree = Dominators::new(&cfg);
    let loops = Loops::new(&cfg, &tree);
    let around = loops.all().iter().find(|l| l.header == header)?;
    let body = Body::of(unit, &cfg, &cold_blocks(unit), around)?;
    let mut ranges = Finder::over(unit, &cfg, &tree);
    let counting = counting(unit, &tree, &body, &ranges);
    let search = Search {
        unit,
        cfg: &cfg,
        tree: &tree,
        body: &body,
        counting,
        rounds,
    };
    let windows = search.best(&mut ranges);
    let work = body.insts(unit).filter(|d| d.op != Op::IConst).count();
    let pays = match counting.is_some_and(|c| c.test.is_some()) {
        true => windows.gain > 0 || work <= POLL_MATTERS,
        // A counter has to be tested instead of the poll.
        false => windows.gain > 1,
    };
    pays.then_some(Plan {
        body,
        counting,
        windows,
    })
}

/// Where a block of rounds ends.
enum End {
    /// Where the counter stands no more in this relation to this value.
    Counter(Counting, Value),
    /// After so many rounds, counted down by a parameter of the copy.
    Rounds(i64),
}

fn strip(unit: &mut Unit, plan: Plan, rounds: i64) {
    let Plan {
        body,
        counting,
        windows,
    } = plan;
    let header = body.header;
    let rest = split(unit, header, body.guard + 1);
    let mut new = vec![rest];

    let mut here = header;
    let demanded = conditions(unit, &mut here, &windows, counting.as_ref(), rest, &mut new);
    debug_assert!(unit.terminator(demanded).is_none());
    let end = match counting {
        Some(counting) => {
            let bound = last(unit, demanded, &counting, rounds);
            End::Counter(counting, bound)
        }
        None => End::Rounds(rounds),
    };

    let mut copies = Copies::default();
    let fast = copies.add_block(unit, header);
    copies.lay(rest, fast);
    for &block in &body.blocks[1..] {
        copies.add_block(unit, block);
    }
    let mut args = unit.block(header).params.clone();
    for (param, range) in &windows.held {
        unit.set_bounds(copies.value(*param), *range);
    }
    let left = match end {
        End::Rounds(rounds) => {
            args.push(constant(unit, demanded, rounds));
            let left = unit.add_param(fast, Type::I64);
            unit.set_bounds(left, Range::of(1, rounds));
            Some(left)
        }
        End::Counter(..) => None,
    };
    jump(unit, demanded, fast, args);

    let mut strip = Strip {
        unit,
        copies,
        end,
        left,
        header,
        fast,
        latch: None,
        new: Vec::new(),
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

/// Tests, from the end of a block on, what a block of rounds demands; where it does not hold control goes
/// to `otherwise`. The block in which it holds.
fn conditions(
    unit: &mut Unit,
    here: &mut Block,
    windows: &Windows,
    counting: Option<&Counting>,
    otherwise: Block,
    new: &mut Vec<Block>,
) -> Block {
    let params = unit.block(*here).params.clone();
    let of_params: Vec<(Value, Range)> = windows
        .demanded
        .iter()
        .copied()
        .filter(|(value, _)| params.contains(value))
        .collect();
    let mut of_params = of_params;
    if let Some(counting) = counting
        && !of_params.iter().any(|(value, _)| *value == counting.param)
    {
        of_params.push((counting.param, windows::window(windows::COUNTER, false)));
    }
    let mut tests = Vec::new();
    tests.extend(within(unit, *here, &of_params));
    let of_others = windows.demanded.iter();
    for (value, range) in of_others.filter(|(value, _)| !params.contains(value)) {
        let (low, high) = (
            constant(unit, *here, range.low),
            constant(unit, *here, range.high),
        );
        tests.push(op(unit, *here, Op::IGe, &[*value, low]));
        tests.push(op(unit, *here, Op::ILe, &[*value, high]));
    }
    if let Some(counting) = counting
        && let Some(bound) = bound(unit, *here, counting)
    {
        tests.push(op(unit, *here, counting.relation, &[counting.param, bound]));
    }
    for test in tests {
        let next = unit.add_block();
        new.push(next);
        let target = |block| Target {
            block,
            args: Vec::new(),
        };
        let imm = Imm::Branch(target(next), target(otherwise));
        unit.push(*here, Op::Br, &[test], imm, None);
        *here = next;
    }
    if new.len() == 1 {
        // Nothing is demanded: the original body is reached from cold blocks, if at all.
        let next = unit.add_block();
        new.push(next);
        jump(unit, *here, next, Vec::new());
        *here = next;
    }
    *here
}

/// Whether parameters are in their windows, all in one condition: shifted by a window's digits an int in
/// it is 0 or, if it may be negative, -1.
fn within(unit: &mut Unit, here: Block, windows: &[(Value, Range)]) -> Option<Value> {
    let mut signed: Option<Value> = None;
    let mut natural: Option<Value> = None;
    for (value, range) in windows {
        let digits = i64::from(64 - range.high.leading_zeros());
        let digits = constant(unit, here, digits);
        let shifted = op(unit, here, Op::IShr, &[*value, digits]);
        let (all, term) = if range.low < 0 {
            let one = constant(unit, here, 1);
            (&mut signed, op(unit, here, Op::IAdd, &[shifted, one]))
        } else {
            (&mut natural, shifted)
        };
        *all = Some(match *all {
            Some(before) => op(unit, here, Op::IOr, &[before, term]),
            None => term,
        });
    }
    if let Some(ones) = signed {
        let mask = constant(unit, here, -2);
        let rest = op(unit, here, Op::IAnd, &[ones, mask]);
        natural = Some(match natural {
            Some(before) => op(unit, here, Op::IOr, &[before, rest]),
            None => rest,
        });
    }
    let zero = constant(unit, here, 0);
    natural.map(|all| op(unit, here, Op::IEq, &[all, zero]))
}

/// The nearer of the loop's bound and the one that is reached after a block's rounds.
fn last(unit: &mut Unit, here: Block, counting: &Counting, rounds: i64) -> Value {
    let strict = matches!(counting.relation, Op::ILt | Op::IGt);
    let rounds = if strict { rounds } else { rounds - 1 };
    let ahead = constant(unit, here, counting.step * rounds);
    let reached = op(unit, here, Op::IAdd, &[counting.param, ahead]);
    let Some(bound) = bound(unit, here, counting) else {
        return reached;
    };
    let nearer = op(unit, here, counting.relation, &[reached, bound]);
    op(unit, here, Op::SelectI, &[nearer, reached, bound])
}

/// The bound, made anew if it is a constant, which may stand in the loop.
fn bound(unit: &mut Unit, here: Block, counting: &Counting) -> Option<Value> {
    let (bound, _) = counting.test?;
    Some(match int_constant(unit, bound) {
        Some(n) => constant(unit, here, n),
        None => bound,
    })
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
    end: End,
    /// The rounds left, if they are counted down.
    left: Option<Value>,
    header: Block,
    fast: Block,
    /// Where all edges back to the header are tested, if there are many.
    latch: Option<Block>,
    new: Vec<Block>,
}

impl Strip<'_> {
    /// Copies instructions of a block to the end of its copy.
    fn copy(&mut self, block: Block, range: std::ops::Range<usize>) {
        let Some(to) = self.copies.block(block) else {
            return;
        };
        let insts = self.unit.block(block).insts.clone();
        let end = range.end.min(insts.len());
        for &inst in &insts[range.start..end] {
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
        let tested = self.place() == Some(Place::Edges);
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

    /// Where the loop's own test of the counter is.
    fn place(&self) -> Option<Place> {
        match &self.end {
            End::Counter(counting, _) => counting.test.map(|(_, place)| place),
            End::Rounds(_) => None,
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
        let Some(Place::Head(head)) = self.place() else {
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
        let End::Counter(counting, nearer) = &self.end else {
            return false;
        };
        if self.place() != Some(Place::Edges) {
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
        let (relation, nearer) = (counting.relation, *nearer);
        let params = &self.unit.block(self.header).params;
        let index = params.iter().position(|p| *p == counting.param);
        let Some(next) = index.and_then(|at| back.args.get(at).copied()) else {
            return false;
        };
        let again = self.unit.add_block();
        self.new.push(again);
        self.unit.block_mut(block).insts.pop();
        self.unit.block_mut(again).insts.push(end);
        let goes_on = op(self.unit, block, relation, &[next, nearer]);
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

    /// Ends a block: to the next round of the block of rounds, or to the header.
    fn turn(&mut self, block: Block, args: Vec<Value>) {
        let mut again = args.clone();
        let goes_on = match (&self.end, self.left) {
            (End::Counter(counting, nearer), _) => {
                let params = &self.unit.block(self.header).params;
                let index = params.iter().position(|p| *p == counting.param);
                let next = index.map_or(counting.param, |at| args[at]);
                let (relation, nearer) = (counting.relation, *nearer);
                op(self.unit, block, relation, &[next, nearer])
            }
            (End::Rounds(_), left) => {
                let minus_one = constant(self.unit, block, -1);
                let left = left.unwrap_or(minus_one);
                let left = op(self.unit, block, Op::IAdd, &[left, minus_one]);
                again.push(left);
                let zero = constant(self.unit, block, 0);
                op(self.unit, block, Op::IGt, &[left, zero])
            }
        };
        let fast = Target {
            block: self.fast,
            args: again,
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
