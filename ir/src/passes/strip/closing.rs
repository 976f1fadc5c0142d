//! The copy's edges: to the next round as long as the block of rounds lasts, else to where the original goes on.

use rustc_hash::FxHashSet as HashSet;

use super::begin::Behind;
use super::counting::{Counting, Place};
use crate::inst::Op;
use crate::passes::copy::Copies;
use crate::passes::edit::{Substitution, append, append_int, int_constant};
use crate::types::{Block, Inst, Type, Value};
use crate::unit::{Imm, Target, Unit};

/// How many edges back to the header get a test of their own.
const OWN_TESTS: usize = 4;

/// A parameter of the header that leaves the rounds of the copy one step behind another one: in its place the copy
/// hands over the step, and the header subtracts. So the two need not be kept side by side in the rounds. (A
/// subtraction on the edge would not do: code generators know `(a + b) - b` to be `a`.)
#[derive(Clone, Copy, Debug)]
pub(super) struct Lag {
    /// The parameter's place.
    place: usize,
    param: Value,
    /// The one that it is behind.
    leader: Value,
}

/// The copy while it is made.
pub(super) struct Strip<'a> {
    pub(super) unit: &'a mut Unit,
    pub(super) copies: Copies,
    pub(super) counting: Counting,
    /// Where the counter ends the block of rounds.
    pub(super) nearer: Value,
    /// What stands for the loop's own counter, if that is another one.
    pub(super) behind: Option<Behind>,
    pub(super) header: Block,
    pub(super) fast: Block,
    /// Where all edges back to the header are tested, if there are many.
    pub(super) latch: Option<Block>,
    /// Blocks made for the copy's edges.
    pub(super) new: Vec<Block>,
    /// The instructions that are not copied.
    pub(super) gone: HashSet<Inst>,
    pub(super) lags: Vec<Lag>,
    /// The header's parameter that tells whether they lag.
    pub(super) lagging: Option<Value>,
    /// A condition that is true in the copy. (A constant would be made anew in every round.)
    pub(super) begins: Value,
    /// Values from this number on are the copy's own.
    pub(super) first_copied: usize,
}

impl Strip<'_> {
    /// Copies instructions of a block to the end of its copy.
    pub(super) fn copy(&mut self, block: Block, range: std::ops::Range<usize>) {
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
    pub(super) fn edges(&self, rest: Block, others: &[Block]) -> Vec<(Block, Inst)> {
        let blocks = std::iter::once(&rest).chain(others);
        let ends = blocks.filter_map(|b| {
            let copy = self.copies.block(*b)?;
            Some((copy, *self.unit.block(copy).insts.last()?))
        });
        ends.collect()
    }

    /// Leads the edges of the copy to where they belong. Results in `unchecked` need no check for overflow in it.
    pub(super) fn close(&mut self, ends: &[(Block, Inst)], unchecked: &[Value]) {
        let tested = self.counting.place == Place::Edges;
        let ends = match tested {
            true => ends.to_vec(),
            false => self.join_sums(ends, unchecked),
        };
        let back = |(_, end): &(Block, Inst)| {
            let targets = self.unit.inst(*end).targets();
            targets.filter(|t| t.block == self.header).count()
        };
        if !tested && ends.iter().map(back).sum::<usize>() > OWN_TESTS {
            self.shared_latch();
        } else if !tested {
            self.let_lag(&ends);
        }
        for (block, end) in ends {
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
        let again = self.unit.add_block();
        self.new.push(again);
        self.unit.block_mut(block).insts.pop();
        let slow = Target {
            block: again,
            args: Vec::new(),
        };
        self.go_on_or(block, back.args.clone(), slow);
        self.unit.block_mut(again).insts.push(end);
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
        let mut to_header = args.clone();
        for lag in &self.lags {
            if let Some((_, step)) = self.follower(&args, lag.place) {
                to_header[lag.place] = step;
            }
        }
        if !self.lags.is_empty() {
            to_header.push(self.begins);
        }
        let mut header = Target {
            block: self.header,
            args: to_header,
        };
        // In a block of its own the counter is not computed in each round.
        if let Some(behind) = &self.behind {
            let out = self.unit.add_block();
            self.new.push(out);
            let operands = [behind.base, self.next(&args)];
            header.args[behind.place] = append(self.unit, out, behind.op, &operands);
            self.unit.push(out, Op::Jump, &[], Imm::Jump(header), None);
            header = Target {
                block: out,
                args: Vec::new(),
            };
        }
        self.go_on_or(block, args, header);
    }

    /// Ends a block: to the next round with these arguments if it belongs to the block of rounds, else to
    /// `otherwise`.
    fn go_on_or(&mut self, block: Block, args: Vec<Value>, otherwise: Target) {
        let next = self.next(&args);
        let test = self.counting.relation;
        let goes_on = append(self.unit, block, test, &[next, self.nearer]);
        let fast = Target {
            block: self.fast,
            args,
        };
        let imm = Imm::Branch(fast, otherwise);
        self.unit.push(block, Op::Br, &[goes_on], imm, None);
    }

    /// Finds the values that leave the rounds one step behind others, and has the header take the step back.
    fn let_lag(&mut self, ends: &[(Block, Inst)]) {
        let targets = ends
            .iter()
            .flat_map(|(_, end)| self.unit.inst(*end).targets());
        let edges = targets.filter(|t| t.block == self.header);
        let edges: Vec<Vec<Value>> = edges.map(|t| t.args.clone()).collect();
        let params = self.unit.block(self.header).params.clone();
        for (place, &param) in params.iter().enumerate() {
            let ahead = edges.iter().map(|args| Some(self.follower(args, place)?.0));
            let mut ahead = ahead.collect::<Option<Vec<usize>>>().into_iter().flatten();
            let Some(first) = ahead.next() else { continue };
            if ahead.all(|place| place == first) {
                let leader = params[first];
                self.lags.push(Lag {
                    place,
                    param,
                    leader,
                });
            }
        }
        if self.lags.is_empty() {
            return;
        }
        self.lagging = Some(self.unit.add_param(self.header, Type::Bool));
        let copied: Vec<Block> = ends.iter().map(|(block, _)| *block).collect();
        for block in self.unit.layout.clone() {
            let Some(&last) = self.unit.block(block).insts.last() else {
                continue;
            };
            if copied.contains(&block) || !self.unit.successors(block).contains(&self.header) {
                continue;
            }
            self.unit.block_mut(block).insts.pop();
            let imm = Imm::Bool(false);
            let in_place = self.unit.push(block, Op::BConst, &[], imm, None);
            self.unit.block_mut(block).insts.push(last);
            let targets = self.unit.inst_mut(last).targets_mut();
            for target in targets.filter(|t| t.block == self.header) {
                target.args.extend(in_place);
            }
        }
    }

    /// If the argument at a place is a parameter of the copy's header: the place of its next value among the
    /// arguments, and what was added to it, the same in all rounds.
    fn follower(&self, args: &[Value], place: usize) -> Option<(usize, Value)> {
        let params = &self.unit.block(self.fast).params;
        let param = args[place];
        let leader = params.iter().position(|p| *p == param)?;
        let data = self.unit.def_inst(args[leader])?;
        let [base, step] = data.args[..] else {
            return None;
        };
        let adds = matches!(data.op, Op::IAdd | Op::IAddOvf) && base == param;
        let same = step.index() < self.first_copied || int_constant(self.unit, step).is_some();
        (adds && same).then_some((leader, step))
    }
}

/// Has the header compute the parameters that lag if they do. Every use of them is in its place by then.
pub(super) fn settle_lags(unit: &mut Unit, header: Block, lags: &[Lag], lagging: Value) {
    let rest = std::mem::take(&mut unit.block_mut(header).insts);
    let mut now = Vec::new();
    for lag in lags {
        let zero = append_int(unit, header, 0);
        let by = append(unit, header, Op::SelectI, &[lagging, lag.param, zero]);
        let behind = append(unit, header, Op::ISub, &[lag.leader, by]);
        let args = [lagging, behind, lag.param];
        now.push(append(unit, header, Op::SelectI, &args));
    }
    let first = std::mem::replace(&mut unit.block_mut(header).insts, rest);
    let mut values = Substitution::new(unit);
    for (lag, now) in lags.iter().zip(now) {
        values.replace(lag.param, now);
    }
    values.apply(unit);
    unit.block_mut(header).insts.splice(0..0, first);
}
