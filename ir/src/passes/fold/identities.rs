//! Algebraic identities of numbers and truth values that hold in Python's arithmetic bit by bit.
//!
//! Of floats there are few: `x * 1.0`, `x - 0.0` and the like would keep a signalling NaN that the machine
//! would quiet, `x + 0.0` and `x * 0.0` are wrong for -0.0, and operands of floats are not exchanged,
//! because the first NaN wins.

use super::Simpler;
use crate::evaluate::Scalar;
use crate::inst::Op;
use crate::passes::edit::{constant, int_constant};
use crate::types::Value;
use crate::unit::{InstData, Unit};

pub(super) fn simplify(unit: &Unit, data: &InstData) -> Option<Simpler> {
    match data.args[..] {
        [a] => unary(unit, data.op, a),
        [a, b] => binary(unit, data.op, a, b),
        [c, a, b] if matches!(data.op, Op::SelectI | Op::SelectF) => select(unit, data.op, c, a, b),
        _ => None,
    }
}

fn unary(unit: &Unit, op: Op, a: Value) -> Option<Simpler> {
    let inner = unit.def_inst(a)?;
    match (op, inner.op) {
        // An inner negation that did not leave can be undone without leaving.
        (Op::INot, Op::INot)
        | (Op::FNeg, Op::FNeg)
        | (Op::BNot, Op::BNot)
        | (Op::RefToPtr, Op::PtrToRef)
        | (Op::INeg | Op::INegOvf, Op::INeg | Op::INegOvf) => Some(Simpler::Same(inner.args[0])),
        (Op::BNot, compare) => Some(Simpler::Op(opposite(compare)?, inner.args.to_vec())),
        _ => None,
    }
}

/// The comparison that is true exactly when this one is false. There is none for the order of floats.
fn opposite(compare: Op) -> Option<Op> {
    Some(match compare {
        Op::IEq => Op::INe,
        Op::INe => Op::IEq,
        Op::ILt => Op::IGe,
        Op::IGe => Op::ILt,
        Op::ILe => Op::IGt,
        Op::IGt => Op::ILe,
        Op::FEq => Op::FNe,
        Op::FNe => Op::FEq,
        _ => return None,
    })
}

/// The operation with its operands exchanged.
fn mirrored(op: Op) -> Option<Op> {
    Some(match op {
        Op::IAdd
        | Op::IAddOvf
        | Op::IMul
        | Op::IMulOvf
        | Op::IAnd
        | Op::IOr
        | Op::IXor
        | Op::IEq
        | Op::INe
        | Op::BAnd
        | Op::BOr
        | Op::BXor => op,
        Op::ILt => Op::IGt,
        Op::IGt => Op::ILt,
        Op::ILe => Op::IGe,
        Op::IGe => Op::ILe,
        _ => return None,
    })
}

fn binary(unit: &Unit, op: Op, a: Value, b: Value) -> Option<Simpler> {
    let (left, right) = (constant(unit, a), constant(unit, b));
    if left.is_some()
        && right.is_none()
        && let Some(mirrored) = mirrored(op)
    {
        return Some(Simpler::Op(mirrored, vec![b, a]));
    }
    if a == b
        && let Some(simpler) = equal_operands(op, a)
    {
        return Some(simpler);
    }
    match (left, right) {
        (_, Some(Scalar::Int(n))) => int_and_constant(op, a, b, n),
        (Some(Scalar::Int(0)), None) if matches!(op, Op::IShl | Op::IShr) => Some(Simpler::Same(a)),
        (_, Some(Scalar::Bool(t))) => bool_and_constant(op, a, t),
        _ => None,
    }
}

fn equal_operands(op: Op, a: Value) -> Option<Simpler> {
    let int = |n| Some(Simpler::Constant(Scalar::Int(n)));
    let truth = |t| Some(Simpler::Constant(Scalar::Bool(t)));
    match op {
        Op::ISub | Op::ISubOvf | Op::IXor | Op::IMod => int(0),
        Op::IFloorDiv => int(1),
        Op::IAnd | Op::IOr | Op::BAnd | Op::BOr => Some(Simpler::Same(a)),
        Op::IEq | Op::ILe | Op::IGe | Op::PEq => truth(true),
        Op::INe | Op::ILt | Op::IGt | Op::BXor => truth(false),
        // Not for `feq` and its kin: a NaN is not equal to itself. The strict ones are false even then.
        Op::FLt | Op::FGt => truth(false),
        _ => None,
    }
}

fn int_and_constant(op: Op, a: Value, b: Value, n: i64) -> Option<Simpler> {
    let int = |n| Some(Simpler::Constant(Scalar::Int(n)));
    let truth = |t| Some(Simpler::Constant(Scalar::Bool(t)));
    match (op, n) {
        (Op::IAdd | Op::IAddOvf | Op::ISub | Op::ISubOvf | Op::IOr | Op::IXor, 0)
        | (Op::IShl | Op::IShlOvf | Op::IShr, 0)
        | (Op::IMul | Op::IMulOvf | Op::IFloorDiv | Op::IPowOvf, 1)
        | (Op::IAnd, -1) => Some(Simpler::Same(a)),
        // These are the constants themselves.
        (Op::IMul | Op::IMulOvf | Op::IAnd, 0) | (Op::IOr, -1) => Some(Simpler::Same(b)),
        (Op::IMod, 1 | -1) => int(0),
        (Op::IPowOvf, 0) => int(1),
        // The promise of a division is that the quotient fits.
        (Op::IMul | Op::IFloorDiv, -1) => Some(Simpler::Op(Op::INeg, vec![a])),
        (Op::IMulOvf, -1) => Some(Simpler::Op(Op::INegOvf, vec![a])),
        (Op::IXor, -1) => Some(Simpler::Op(Op::INot, vec![a])),
        (Op::ILt, i64::MIN) | (Op::IGt, i64::MAX) => truth(false),
        (Op::IGe, i64::MIN) | (Op::ILe, i64::MAX) => truth(true),
        _ => None,
    }
}

fn bool_and_constant(op: Op, a: Value, t: bool) -> Option<Simpler> {
    let truth = |t| Some(Simpler::Constant(Scalar::Bool(t)));
    match (op, t) {
        (Op::BAnd, true) | (Op::BOr | Op::BXor, false) => Some(Simpler::Same(a)),
        (Op::BAnd, false) => truth(false),
        (Op::BOr, true) => truth(true),
        (Op::BXor, true) => Some(Simpler::Op(Op::BNot, vec![a])),
        _ => None,
    }
}

fn select(unit: &Unit, op: Op, c: Value, a: Value, b: Value) -> Option<Simpler> {
    if a == b {
        return Some(Simpler::Same(a));
    }
    match constant(unit, c) {
        Some(Scalar::Bool(true)) => return Some(Simpler::Same(a)),
        Some(Scalar::Bool(false)) => return Some(Simpler::Same(b)),
        _ => {}
    }
    if let Some(condition) = super::negated(unit, c) {
        return Some(Simpler::Op(op, vec![condition, b, a]));
    }
    let ends = (int_constant(unit, a), int_constant(unit, b));
    (ends == (Some(1), Some(0))).then(|| Simpler::Op(Op::BToI, vec![c]))
}
