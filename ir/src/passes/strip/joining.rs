//! Edges of the copy that go back from both ways of a small branch, of which one adds something to a value that the
//! other hands on as it is: they are led through one block, so that `flatten` may add 0 instead and leave no branch to
//! guess. A sum that is still checked would keep its branch; then each edge better has a test of its own.

use super::closing::Strip;
use crate::inst::Op;
use crate::passes::flatten::sum_of;
use crate::types::{Block, Inst, Type, Value};
use crate::unit::{Imm, Target};

/// A branch of the copy that goes back to the header, or does so behind a sum.
struct Detour {
    branch: Inst,
    /// The block with the sum, and its jump back.
    arm: Block,
    jump: Inst,
    /// The place among the header's parameters of what is summed up.
    place: usize,
}

impl Strip<'_> {
    /// Joins such edges; the terminators of the copy from then on. Results in `unchecked` need no check for overflow.
    pub(super) fn join_sums(
        &mut self,
        ends: &[(Block, Inst)],
        unchecked: &[Value],
    ) -> Vec<(Block, Inst)> {
        let mut joined = ends.to_vec();
        for &(_, branch) in ends {
            let Some(detour) = self.detour(ends, branch, unchecked) else {
                continue;
            };
            let join = self.unit.add_block();
            self.new.push(join);
            let sum = self.unit.add_param(join, Type::I64);
            let (place, header) = (detour.place, self.header);
            let mut all = Vec::new();
            for inst in [detour.branch, detour.jump] {
                let targets = self.unit.inst_mut(inst).targets_mut();
                for target in targets.filter(|t| t.block == header) {
                    let given = vec![target.args[place]];
                    all = std::mem::replace(&mut target.args, given);
                    target.block = join;
                }
            }
            all[place] = sum;
            let on = Imm::Jump(Target {
                block: header,
                args: all,
            });
            let (jump, _) = self.unit.make_inst(Op::Jump, Vec::new(), on, None);
            self.unit.block_mut(join).insts.push(jump);
            joined.retain(|(block, _)| *block != detour.arm);
            joined.push((join, jump));
        }
        joined
    }

    fn detour(&self, ends: &[(Block, Inst)], branch: Inst, unchecked: &[Value]) -> Option<Detour> {
        let Imm::Branch(yes, no) = &self.unit.inst(branch).imm else {
            return None;
        };
        let (to_arm, back) = match (yes.block == self.header, no.block == self.header) {
            (true, false) => (no, yes),
            (false, true) => (yes, no),
            _ => return None,
        };
        // Edges between the copy's blocks lead to the originals so far.
        let targets = ends
            .iter()
            .flat_map(|(_, end)| self.unit.inst(*end).targets());
        let arm = self.copies.block(to_arm.block)?;
        let jump = ends.iter().find(|(block, _)| *block == arm)?.1;
        if targets.filter(|t| t.block == to_arm.block).count() != 1 || !to_arm.args.is_empty() {
            return None;
        }
        let Imm::Jump(behind) = &self.unit.inst(jump).imm else {
            return None;
        };
        let (_, insts) = self.unit.block(arm).insts.split_last()?;
        let sum = sum_of(self.unit, insts, &behind.args, &back.args)
            .filter(|_| behind.block == self.header)?;
        let data = self.unit.inst(sum.inst);
        let plain = data.exit.is_none() || data.result.is_some_and(|r| unchecked.contains(&r));
        plain.then_some(Detour {
            branch,
            arm,
            jump,
            place: sum.place,
        })
    }
}
