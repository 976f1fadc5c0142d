//! Small arms of branches are run both, so that the processor has no branch to guess.
//!
//! ```text
//!   br c, a, b                        a's and b's instructions
//!   a: …  jump on(x)          ─▶      br c, on(x), on(y)
//!   b: …  jump on(y)
//! ```
//!
//! Contract: what is run without need must neither leave nor break a promise. So instructions of an arm are ones that
//! cannot, or int arithmetic on one operand, which is made 0 when the arm is not meant: with that it is known to fit.
//! Where one arm adds to what the other hands on as it is, 0 is added instead.
//! An arm's check for overflow becomes branches to a block that leaves: an exit is reached only where it is meant, as
//! before. Only where control joins further on, never for edges back to a header; only for a few ints and
//! references, for which machines have a conditional move. The code generator makes moves of a branch to one block.

use super::edit::{append, append_int, drop_unreachable, int_constant, lay_behind, make_leave};
use crate::cfg::{Cfg, cold_blocks};
use crate::inst::Op;
use crate::range::Range;
use crate::types::{Block, Inst, Type, Value};
use crate::unit::{Imm, InstData, Target, Unit};

/// Most instructions of an arm that cost something.
const MOST_IN_ARM: usize = 2;

/// Most values that depend on the branch.
const MOST_VALUES: usize = 2;

pub(super) fn run(unit: &mut Unit) {
    let cfg = Cfg::new(unit);
    let cold = cold_blocks(unit);
    let mut flattened = false;
    for &block in cfg.rpo.iter().rev().filter(|b| !cold[b.index()]) {
        let Some(fork) = fork(unit, &cfg, &cold, block) else {
            continue;
        };
        if add_always(unit, block, &fork) {
            flattened = true;
        } else if let (Some(yes), Some(no)) = (harmless(unit, &fork.yes), harmless(unit, &fork.no))
        {
            unit.block_mut(block).insts.pop();
            let here = run_always(unit, block, fork.condition, true, &yes);
            let here = run_always(unit, here, fork.condition, false, &no);
            let imm = Imm::Branch(fork.yes.to, fork.no.to);
            unit.push(here, Op::Br, &[fork.condition], imm, None);
            flattened = true;
        }
    }
    if flattened {
        drop_unreachable(unit);
    }
}

/// A branch whose ways join again.
struct Fork {
    condition: Value,
    yes: Arm,
    no: Arm,
}

/// One of its ways.
struct Arm {
    insts: Vec<Inst>,
    to: Target,
}

/// An arm that may run when it is not meant.
struct Harmless<'a> {
    insts: &'a [Inst],
    /// What is made 0 when the arm is not meant.
    masked: Option<Value>,
    /// The instruction that leaves unless the masked operand lies in this range.
    checked: Option<(Inst, Range)>,
}

fn fork(unit: &Unit, cfg: &Cfg, cold: &[bool], block: Block) -> Option<Fork> {
    let end = unit.terminator(block)?;
    let Imm::Branch(yes, no) = &end.imm else {
        return None;
    };
    let has_arm = |target: &Target| cfg.preds(target.block) == [block];
    if !has_arm(yes) && !has_arm(no) {
        return None;
    }
    let arm = |way: &Target| match has_arm(way) && !cold[way.block.index()] {
        true => arm_of(unit, way.block),
        false => Some(Arm {
            insts: Vec::new(),
            to: way.clone(),
        }),
    };
    let (yes, no) = (arm(yes)?, arm(no)?);
    let differ = yes.to.args.iter().zip(&no.to.args).filter(|(a, b)| a != b);
    let movable = |v: &Value| matches!(unit.ty(*v), Type::I64 | Type::Ref);
    let few = differ.clone().count() <= MOST_VALUES && differ.clone().all(|(a, _)| movable(a));
    let forward = cfg.place(yes.to.block) > cfg.place(block);
    let joins = yes.to.block == no.to.block && forward && differ.count() > 0;
    (joins && few).then_some(Fork {
        condition: end.args[0],
        yes,
        no,
    })
}

/// A small block as an arm.
fn arm_of(unit: &Unit, block: Block) -> Option<Arm> {
    let (last, insts) = unit.block(block).insts.split_last()?;
    if !unit.block(block).params.is_empty() {
        return None;
    }
    let Imm::Jump(to) = &unit.inst(*last).imm else {
        return None;
    };
    let costs = |inst: &&Inst| unit.inst(**inst).op != Op::IConst;
    (insts.iter().filter(costs).count() <= MOST_IN_ARM).then(|| Arm {
        insts: insts.to_vec(),
        to: to.clone(),
    })
}

/// An arm, if all of it may run when it is not meant.
fn harmless<'a>(unit: &Unit, arm: &'a Arm) -> Option<Harmless<'a>> {
    let insts = &arm.insts;
    let mut arm = Harmless {
        insts,
        masked: None,
        checked: None,
    };
    // What the arithmetic gives if the masked operand is 0.
    let mut known: Vec<(Value, i128)> = Vec::new();
    for &inst in insts {
        let data = unit.inst(inst);
        if never_harms(unit, data) {
            continue;
        }
        let mut of = |value: Value| -> Option<i128> {
            if let Some(n) = int_constant(unit, value) {
                return Some(n.into());
            }
            if let Some((_, n)) = known.iter().find(|(v, _)| *v == value) {
                return Some(*n);
            }
            let inside = insts.iter().any(|i| unit.inst(*i).result == Some(value));
            let first = *arm.masked.get_or_insert(value) == value;
            (first && !inside).then_some(0)
        };
        let [x, y] = data.args[..] else { return None };
        let (a, b) = (of(x)?, of(y)?);
        if data.exit.is_some() {
            let range = fits(unit, data, arm.masked?)?;
            if arm.checked.replace((inst, range)).is_some() {
                return None;
            }
        }
        let n = match data.op {
            Op::IAdd | Op::IAddOvf => a + b,
            Op::ISub | Op::ISubOvf => a - b,
            Op::IMul | Op::IMulOvf => a * b,
            _ => return None,
        };
        i64::try_from(n).ok()?;
        known.push((data.result?, n));
    }
    Some(arm)
}

/// Whether an instruction can be run with any operands.
fn never_harms(unit: &Unit, data: &InstData) -> bool {
    match data.op {
        Op::IConst | Op::BConst | Op::IAnd | Op::IOr | Op::IXor | Op::INot => true,
        Op::IShr => int_constant(unit, data.args[1]).is_some_and(|n| n >= 0),
        Op::ILt | Op::ILe | Op::IGt | Op::IGe | Op::IEq | Op::INe => true,
        Op::BNot | Op::BAnd | Op::BOr | Op::BXor | Op::BToI | Op::SelectI => true,
        _ => false,
    }
}

/// An arm's one sum, of which the other way hands on an operand.
pub(super) struct Sum {
    /// The addition or subtraction, which may be checked.
    pub(super) inst: Inst,
    /// Which of the arguments behind the arm it is; all others are the same on the other way.
    pub(super) place: usize,
    /// What it adds or subtracts.
    by: Value,
}

/// The sum that is all that an arm of these instructions does. What the two ways hand over is given.
pub(super) fn sum_of(
    unit: &Unit,
    arm: &[Inst],
    behind: &[Value],
    otherwise: &[Value],
) -> Option<Sum> {
    let mut costly = arm.iter().filter(|i| unit.inst(**i).op != Op::IConst);
    let (&inst, None) = (costly.next()?, costly.next()) else {
        return None;
    };
    let data = unit.inst(inst);
    let [a, b] = data.args[..] else { return None };
    let mut differ = (0..behind.len()).filter(|at| behind[*at] != otherwise[*at]);
    let (place, None) = (differ.next()?, differ.next()) else {
        return None;
    };
    let (kept, adds) = (otherwise[place], matches!(data.op, Op::IAdd | Op::IAddOvf));
    let by = match adds || matches!(data.op, Op::ISub | Op::ISubOvf) {
        true if a == kept => b,
        true if adds && b == kept => a,
        _ => return None,
    };
    (data.result == Some(behind[place])).then_some(Sum { inst, place, by })
}

/// Has a block do the sum of one arm, if that is all that the arms do, with 0 where it is not meant. It goes on.
fn add_always(unit: &mut Unit, block: Block, fork: &Fork) -> bool {
    let (side, arm, other) = match (fork.yes.insts.is_empty(), fork.no.insts.is_empty()) {
        (false, true) => (true, &fork.yes, &fork.no),
        (true, false) => (false, &fork.no, &fork.yes),
        _ => return false,
    };
    let Some(sum) = sum_of(unit, &arm.insts, &arm.to.args, &other.to.args) else {
        return false;
    };
    let data = unit.inst(sum.inst);
    if data.exit.is_some() {
        return false;
    }
    unit.block_mut(block).insts.pop();
    let constants = arm.insts.iter().filter(|i| **i != sum.inst);
    unit.block_mut(block).insts.extend(constants);
    let by = if side && int_constant(unit, sum.by) == Some(1) {
        append(unit, block, Op::BToI, &[fork.condition])
    } else {
        let zero = append_int(unit, block, 0);
        let (yes, no) = if side { (sum.by, zero) } else { (zero, sum.by) };
        append(unit, block, Op::SelectI, &[fork.condition, yes, no])
    };
    let args = &mut unit.inst_mut(sum.inst).args;
    let at = args.iter().rposition(|a| *a == sum.by);
    if let Some(arg) = at.and_then(|at| args.get_mut(at)) {
        *arg = by;
    }
    unit.block_mut(block).insts.push(sum.inst);
    unit.push(block, Op::Jump, &[], Imm::Jump(arm.to.clone()), None);
    true
}

/// Where one operand of a checked operation must lie, if the other is a constant.
fn fits(unit: &Unit, data: &InstData, operand: Value) -> Option<Range> {
    let (min, max) = (i128::from(i64::MIN), i128::from(i64::MAX));
    let (first, constant) = match data.args[..] {
        [a, k] if a == operand => (true, int_constant(unit, k)?),
        [k, b] if b == operand => (false, int_constant(unit, k)?),
        _ => return None,
    };
    let k = i128::from(constant);
    let (low, high) = match (data.op, first) {
        (Op::IAddOvf, _) => (min - k, max - k),
        (Op::ISubOvf, true) => (min + k, max + k),
        (Op::ISubOvf, false) => (k - max, k - min),
        (Op::IMulOvf, _) if k > 0 => (min / k, max / k),
        (Op::IMulOvf, _) if k < 0 => (max / k, min / k),
        _ => return None,
    };
    Some(Range::cut(low, high))
}

/// Puts an arm's instructions to the end of the block that branched to it; the block in which it goes on.
fn run_always(
    unit: &mut Unit,
    block: Block,
    condition: Value,
    side: bool,
    arm: &Harmless,
) -> Block {
    let mut here = block;
    let masked = arm.masked.map(|value| {
        let zero = append_int(unit, here, 0);
        let (yes, no) = if side { (value, zero) } else { (zero, value) };
        (
            value,
            append(unit, here, Op::SelectI, &[condition, yes, no]),
        )
    });
    for &inst in arm.insts {
        let harmless = never_harms(unit, unit.inst(inst));
        if let Some((value, chosen)) = masked.filter(|_| !harmless) {
            let args = &mut unit.inst_mut(inst).args;
            for arg in args.iter_mut().filter(|a| **a == value) {
                *arg = chosen;
            }
            if let Some((checked, range)) = &arm.checked
                && *checked == inst
            {
                here = leave_outside(unit, here, inst, chosen, *range);
            }
        }
        unit.block_mut(here).insts.push(inst);
    }
    here
}

/// Ends a block with tests that an operand of a checked instruction lies in a range; elsewhere control leaves as the
/// instruction did, which need not check any more. The block in which it goes on.
fn leave_outside(unit: &mut Unit, block: Block, inst: Inst, value: Value, range: Range) -> Block {
    let InstData {
        op: was,
        args,
        exit,
        ..
    } = unit.inst(inst).clone();
    let plain = match was {
        Op::IAddOvf => Op::IAdd,
        Op::ISubOvf => Op::ISub,
        _ => Op::IMul,
    };
    unit.become_inst(inst, plain, args, Imm::None, None);
    let out = unit.add_block();
    unit.block_mut(out).cold = true;
    let leave = make_leave(unit, exit);
    unit.block_mut(out).insts.push(leave);
    let mut here = block;
    for (relation, end) in [(Op::IGe, range.low), (Op::ILe, range.high)] {
        if end == i64::MIN || end == i64::MAX {
            continue;
        }
        let end = append_int(unit, here, end);
        let inside = append(unit, here, relation, &[value, end]);
        let next = unit.add_block();
        lay_behind(unit, here, &[next]);
        let to = |block| Target {
            block,
            args: Vec::new(),
        };
        let imm = Imm::Branch(to(next), to(out));
        unit.push(here, Op::Br, &[inside], imm, None);
        here = next;
    }
    here
}
