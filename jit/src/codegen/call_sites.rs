//! Which calls go through a bridge: those from which an inner loop that calls nothing would suffer.
//!
//! The allocator splits the life of a value at a call that overwrites its register, and gives up after a
//! few splits: every later use goes to the stack, in the innermost loop, too. It counts splits over all the
//! blocks that a value is handed through, whatever their temperature.

use fatjit_ir::cfg::Cfg;
use fatjit_ir::loops::Loops;
use fatjit_ir::{Block, Op, Unit};

/// By block: whether its calls go through bridges. None does unless an innermost loop calls nothing in its
/// hot blocks; then all do but those in hot blocks of other innermost loops, where a direct call is cheaper
/// than what the registers are worth.
pub(super) fn bridged_blocks(unit: &Unit, cfg: &Cfg, loops: &Loops, cold: &[bool]) -> Vec<bool> {
    let mut calls = vec![false; loops.all().len()];
    for &block in &cfg.rpo {
        if let Some(number) = loops.innermost(block)
            && !cold[block.index()]
            && has_calls(unit, block)
        {
            calls[number] = true;
        }
    }
    let mut bridged = vec![false; unit.block_count()];
    let is_leaf = |number: usize| loops.all()[number].is_innermost;
    if (0..calls.len()).all(|number| calls[number] || !is_leaf(number)) {
        return bridged;
    }
    for &block in &cfg.rpo {
        let in_calling_leaf = loops
            .innermost(block)
            .is_some_and(|number| is_leaf(number) && calls[number]);
        bridged[block.index()] = cold[block.index()] || !in_calling_leaf;
    }
    bridged
}

/// Whether a block calls a helper or a routine of ours.
fn has_calls(unit: &Unit, block: Block) -> bool {
    unit.block(block).insts.iter().any(|inst| {
        matches!(
            unit.inst(*inst).op,
            Op::Call
                | Op::CallNative
                | Op::CallFramed
                | Op::IPowOvf
                | Op::FFloorDiv
                | Op::FMod
                | Op::FPow
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use fatjit_ir::Dominators;
    use fatjit_ir::cfg::cold_blocks;

    /// Entry b0, outer loop b1 b2 b5, inner loop b3 b4 with a cold block b6, end b7. `hot` stands in b4.
    fn nest(hot: &str) -> Unit {
        let text = format!(
            "unit \"nest\" slots 0\nhelper @f() writes\nentry b0\nb0:\n    call @f()\n    \
             v0 = bconst true\n    jump b1\nb1:\n    br v0, b2, b7\nb2:\n    call @f()\n    jump b3\n\
             b3:\n    br v0, b4, b5\nb4:\n{hot}    br v0, b3, b6\nb5:\n    call @f()\n    jump b1\n\
             cold b6:\n    call @f()\n    jump b3\nb7:\n    call @f()\n    leave -> x0\n\
             x0: finished at 0 depth 0 []\n"
        );
        fatjit_ir::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    fn bridged(unit: &Unit) -> Vec<bool> {
        let cfg = Cfg::new(unit);
        bridged_blocks(
            unit,
            &cfg,
            &Loops::new(&cfg, &Dominators::new(&cfg)),
            &cold_blocks(unit),
        )
    }

    #[test]
    fn an_inner_loop_without_calls_has_bridges_around_it() {
        assert!(bridged(&nest("")).into_iter().all(|bridged| bridged));
    }

    #[test]
    fn an_inner_loop_that_calls_has_none() {
        let calls = [
            "    call @f()\n",
            "    v1 = fconst 2.0\n    v2 = fmod v1, v1\n",
            "    v1 = fconst 2.0\n    v2 = ffloordiv v1, v1\n",
            "    v1 = fconst 2.0\n    v2 = fpow v1, v1 -> x0\n",
            "    v1 = iconst 2\n    v2 = ipow.ovf v1, v1 -> x0\n",
        ];
        for call in calls {
            let unit = nest(call);
            assert!(bridged(&unit).into_iter().all(|b| !b), "{unit}");
        }
    }

    #[test]
    fn without_a_loop_there_is_none() {
        let unit = fatjit_ir::parse(
            "unit \"line\" slots 0\nhelper @f() writes\nentry b0\nb0:\n    call @f()\n    leave -> x0\n\
             x0: finished at 0 depth 0 []\n",
        );
        assert_eq!(bridged(&unit.unwrap()), [false]);
    }

    #[test]
    fn of_two_inner_loops_the_one_that_calls_calls_directly() {
        let unit = fatjit_ir::parse(
            "unit \"two\" slots 0\nhelper @f() writes\nentry b0\nb0:\n    v0 = bconst true\n    jump b1\n\
             b1:\n    br v0, b1, b2\nb2:\n    call @f()\n    br v0, b2, b3\nb3:\n    call @f()\n    \
             leave -> x0\nx0: finished at 0 depth 0 []\n",
        );
        assert_eq!(bridged(&unit.unwrap()), [true, true, false, true]);
    }
}
