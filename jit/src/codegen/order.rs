//! What has to be known of a unit's blocks before they are translated: that code can be generated for
//! them, and which target of a branch must come first.
//!
//! Cranelift (up to 0.136) forgets which loop it is in once it has visited a block outside; it visits the
//! second target of a branch first. So the target that lies in fewer of the loops that the branch lies in has
//! to be the first one, or nothing behind the branch is hoisted out of the loop.

use std::collections::BTreeSet;

use fatjit_ir::cfg::Cfg;
use fatjit_ir::dominators::Dominators;
use fatjit_ir::{Block, Imm, InstData, Op, Unit};

use super::{CodegenError, Options};
use crate::activation::SPILL_WORDS;

/// Whether code can be generated for every reachable instruction and for the exits.
pub(super) fn check(unit: &Unit, cfg: &Cfg, options: Options) -> Result<(), CodegenError> {
    for &block in &cfg.rpo {
        if unit.terminator(block).is_none() {
            return Err(CodegenError::Malformed("a block has no terminator"));
        }
        for &inst in &unit.block(block).insts {
            check_inst(unit, unit.inst(inst), options)?;
        }
    }
    if unit.entries.is_empty() {
        return Err(CodegenError::Malformed("no entry"));
    }
    Ok(())
}

fn check_inst(unit: &Unit, inst: &InstData, options: Options) -> Result<(), CodegenError> {
    if let (Op::Context, Imm::Word(word)) = (inst.op, &inst.imm)
        && *word >= options.context_words
    {
        return Err(CodegenError::MissingContext {
            word: *word,
            words: options.context_words,
        });
    }
    if let Some(exit) = inst.exit {
        let values = unit.exits[exit.index()].values().count();
        if values > SPILL_WORDS as usize {
            return Err(CodegenError::SpillAreaTooSmall {
                exit,
                values,
                words: SPILL_WORDS,
            });
        }
    }
    Ok(())
}

/// The natural loops of a unit.
#[derive(Debug)]
pub(super) struct Loops {
    /// By block: the numbers of the loops it lies in, ascending.
    of: Vec<Vec<u32>>,
}

impl Loops {
    /// The loops of a unit.
    pub fn new(unit: &Unit, cfg: &Cfg) -> Loops {
        let dominators = Dominators::new(cfg);
        let mut of: Vec<Vec<u32>> = vec![Vec::new(); unit.block_count()];
        let mut work = Vec::new();
        for (number, &header) in cfg.rpo.iter().enumerate() {
            let number = number as u32;
            let latches = cfg.preds(header).iter().copied();
            work.extend(latches.filter(|latch| dominators.dominates(header, *latch)));
            if work.is_empty() {
                continue;
            }
            of[header.index()].push(number);
            while let Some(block) = work.pop() {
                if of[block.index()].last() != Some(&number) {
                    of[block.index()].push(number);
                    work.extend_from_slice(cfg.preds(block));
                }
            }
        }
        Loops { of }
    }

    /// The innermost loop around a block.
    pub fn innermost(&self, block: Block) -> Option<u32> {
        self.of[block.index()].last().copied()
    }

    /// The loops that no other lies in.
    pub fn leaves(&self) -> BTreeSet<u32> {
        let mut leaves: BTreeSet<u32> = self.of.iter().flatten().copied().collect();
        for around in &self.of {
            if let [outer @ .., _] = around.as_slice() {
                for number in outer {
                    leaves.remove(number);
                }
            }
        }
        leaves
    }

    /// Whether going from `from` to `a` leaves more loops than going to `b`.
    pub fn leaves_more(&self, from: Block, a: Block, b: Block) -> bool {
        let kept = |to: Block| {
            let there = &self.of[to.index()];
            let here = &self.of[from.index()];
            here.iter()
                .filter(|l| there.binary_search(l).is_ok())
                .count()
        };
        kept(a) < kept(b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fatjit_ir::{Target, Type, Unit};

    fn to(block: Block) -> Target {
        Target {
            block,
            args: Vec::new(),
        }
    }

    /// entry → outer → inner → inner | latch; latch → outer | done; done → side (cold) | end.
    fn nested() -> (Unit, [Block; 7]) {
        let mut unit = Unit::new("nested", 0);
        let blocks: [Block; 7] = std::array::from_fn(|_| unit.add_block());
        let [entry, outer, inner, latch, done, side, end] = blocks;
        unit.entries.push(entry);
        let truth = unit
            .push(entry, Op::BConst, &[], Imm::Bool(true), None)
            .unwrap();
        assert_eq!(unit.ty(truth), Type::Bool);
        let branch = |unit: &mut Unit, from, a, b| {
            unit.push(from, Op::Br, &[truth], Imm::Branch(to(a), to(b)), None);
        };
        unit.push(entry, Op::Jump, &[], Imm::Jump(to(outer)), None);
        unit.push(outer, Op::Jump, &[], Imm::Jump(to(inner)), None);
        branch(&mut unit, inner, inner, latch);
        branch(&mut unit, latch, outer, done);
        branch(&mut unit, done, side, end);
        unit.push(side, Op::Jump, &[], Imm::Jump(to(end)), None);
        unit.push(end, Op::Jump, &[], Imm::Jump(to(end)), None);
        unit.block_mut(side).cold = true;
        (unit, blocks)
    }

    #[test]
    fn a_block_lies_in_the_loops_around_it() {
        let (unit, [entry, outer, inner, latch, done, _, _]) = nested();
        let loops = Loops::new(&unit, &Cfg::new(&unit));
        let depth = |block: Block| loops.of[block.index()].len();
        assert_eq!(
            [entry, outer, inner, latch, done].map(depth),
            [0, 1, 2, 1, 0]
        );
    }

    #[test]
    fn the_edge_out_of_a_loop_leaves_more() {
        let (unit, [_, outer, inner, latch, done, _, _]) = nested();
        let loops = Loops::new(&unit, &Cfg::new(&unit));
        assert!(loops.leaves_more(inner, latch, inner));
        assert!(!loops.leaves_more(inner, inner, latch));
        assert!(loops.leaves_more(latch, done, outer));
        assert!(!loops.leaves_more(latch, outer, done));
    }
}
