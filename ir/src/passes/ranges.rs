//! Ranges of ints: checks that cannot fail go, comparisons whose result is certain become constants, and
//! divisions of what is not negative become the machine's own.
//!
//! Contract: a range holds wherever the value is defined, or, if learned from a guard or branch, in the
//! blocks below it. Ranges come from constants, from what instructions can give, from comparisons that
//! were passed, from what the unit promises of parameters, from all that parameters are given, and, for a loop's
//! counter, from the values it starts with if it only grows or only falls. All of it relies on checked operations that did not leave:
//! that is why no pass removes one because its result is unused.

pub(super) mod finder;

use self::finder::{Finder, Found};
use super::edit::become_constant;
use crate::cfg::Cfg;
use crate::dominators::Dominators;
use crate::evaluate::Scalar;
use crate::unit::{Imm, Unit};

pub(super) fn run(unit: &mut Unit) {
    let cfg = Cfg::new(unit);
    let tree = Dominators::new(&cfg);
    let mut finder = Finder::second(unit, &cfg, &tree);
    for &block in tree.preorder() {
        finder.enter(unit, &cfg, &tree, block);
        for at in 0..unit.block(block).insts.len() {
            let inst = unit.block(block).insts[at];
            match finder.visit(unit, inst) {
                Found::Nothing => {}
                Found::Decided(truth) => become_constant(unit, inst, Scalar::Bool(truth)),
                Found::Cheaper(op) => {
                    let args = unit.inst(inst).args.clone();
                    unit.become_inst(inst, op, args, Imm::None, None);
                }
            }
        }
    }
}
