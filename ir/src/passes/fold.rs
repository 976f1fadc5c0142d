//! Constant folding: instructions on constants, identities, branches and guards on constants.
//!
//! Contract: every value that a unit computes keeps its bits, except that a float result which would be
//! NaN is left to be computed (its payload is the machine's affair). A guard or checked instruction that
//! is known to leave becomes `leave` with the same exit, and what follows in its block is dropped.

mod identities;

use super::edit::{
    Substitution, become_constant, constant, decide_branch, drop_unreachable, make_leave,
};
use crate::cfg::Cfg;
use crate::evaluate::{Evaluated, Scalar, evaluate};
use crate::inst::Op;
use crate::types::{Inst, Value};
use crate::unit::{Imm, Unit};

/// What an instruction may be replaced by.
#[derive(Clone, Debug, PartialEq)]
enum Simpler {
    /// A constant.
    Constant(Scalar),
    /// A value that is there already.
    Same(Value),
    /// Another operation on these operands, with the same immediate and exit.
    Op(Op, Vec<Value>),
    /// It always leaves.
    Leaves,
    /// Nothing: it never leaves and computes nothing.
    Gone,
}

pub(super) fn run(unit: &mut Unit) {
    let cfg = Cfg::new(unit);
    let mut values = Substitution::new(unit);
    let mut edges_gone = false;
    for &block in &cfg.rpo {
        let insts = std::mem::take(&mut unit.block_mut(block).insts);
        let mut kept = Vec::with_capacity(insts.len());
        for inst in insts {
            values.resolve_uses(unit.inst_mut(inst));
            match fold_inst(unit, inst, &mut values) {
                Fate::Kept => kept.push(inst),
                Fate::Dropped => {}
                Fate::Leaves => {
                    let exit = unit.inst(inst).exit;
                    kept.push(make_leave(unit, exit));
                    edges_gone = true;
                    break;
                }
                Fate::Decided => {
                    kept.push(inst);
                    edges_gone = true;
                }
            }
        }
        unit.block_mut(block).insts = kept;
    }
    values.apply(unit);
    if edges_gone {
        drop_unreachable(unit);
    }
}

enum Fate {
    Kept,
    Dropped,
    Leaves,
    /// A branch that is now a jump.
    Decided,
}

fn fold_inst(unit: &mut Unit, inst: Inst, values: &mut Substitution) -> Fate {
    loop {
        if unit.inst(inst).op == Op::Br {
            return fold_branch(unit, inst);
        }
        let Some(simpler) = simplify(unit, inst) else {
            return Fate::Kept;
        };
        match simpler {
            Simpler::Constant(scalar) => {
                become_constant(unit, inst, scalar);
                return Fate::Kept;
            }
            Simpler::Same(value) => {
                if let Some(result) = unit.inst(inst).result {
                    values.replace(result, value);
                }
                return Fate::Dropped;
            }
            Simpler::Op(op, args) => {
                let data = unit.inst(inst);
                let exit = if op.info().exit { data.exit } else { None };
                let imm = data.imm.clone();
                unit.become_inst(inst, op, args, imm, exit);
            }
            Simpler::Leaves => return Fate::Leaves,
            Simpler::Gone => return Fate::Dropped,
        }
    }
}

fn fold_branch(unit: &mut Unit, inst: Inst) -> Fate {
    while let Some(inner) = negated(unit, unit.inst(inst).args[0]) {
        let data = unit.inst_mut(inst);
        data.args[0] = inner;
        if let Imm::Branch(yes, no) = &mut data.imm {
            std::mem::swap(yes, no);
        }
    }
    let data = unit.inst(inst);
    let equal = matches!(&data.imm, Imm::Branch(yes, no) if yes == no);
    let known = match constant(unit, data.args[0]) {
        Some(Scalar::Bool(b)) => Some(b),
        _ => equal.then_some(true),
    };
    match known {
        Some(taken) => {
            decide_branch(unit, inst, taken);
            Fate::Decided
        }
        None => Fate::Kept,
    }
}

/// The condition of which this one is the negation.
fn negated(unit: &Unit, condition: Value) -> Option<Value> {
    let data = unit.def_inst(condition)?;
    (data.op == Op::BNot).then(|| data.args[0])
}

fn simplify(unit: &Unit, inst: Inst) -> Option<Simpler> {
    let data = unit.inst(inst);
    let args = &data.args;
    let scalars: Option<Vec<Scalar>> = args.iter().map(|a| constant(unit, *a)).collect();
    if let Some(scalars) = scalars
        && let Some(evaluated) = evaluate(data.op, &scalars)
    {
        match evaluated {
            Evaluated::Value(Scalar::Float(x)) if x.is_nan() => return None,
            Evaluated::Value(scalar) => return Some(Simpler::Constant(scalar)),
            Evaluated::Leaves => return Some(Simpler::Leaves),
            // It stands where it never runs; that is for others to find out.
            Evaluated::Broken => return None,
        }
    }
    match data.op {
        Op::Guard | Op::GuardNot => {
            if let Some(Scalar::Bool(b)) = constant(unit, args[0]) {
                let stays = b == (data.op == Op::Guard);
                return Some(if stays {
                    Simpler::Gone
                } else {
                    Simpler::Leaves
                });
            }
            let inner = negated(unit, args[0])?;
            let other = if data.op == Op::Guard {
                Op::GuardNot
            } else {
                Op::Guard
            };
            Some(Simpler::Op(other, vec![inner]))
        }
        Op::UnboxI | Op::UnboxV | Op::UnboxF | Op::UnboxB => unboxed(unit, data.op, args[0]),
        Op::IsNull => is_null(unit, args[0]).map(|b| Simpler::Constant(Scalar::Bool(b))),
        Op::Is => same_object(unit, args[0], args[1]),
        _ => identities::simplify(unit, data),
    }
}

/// The instruction that made the object a value refers to, seen through increments.
fn maker(unit: &Unit, mut value: Value) -> Option<&crate::unit::InstData> {
    loop {
        let data = unit.def_inst(value)?;
        if data.op != Op::IncRef {
            return Some(data);
        }
        value = data.args[0];
    }
}

fn unboxed(unit: &Unit, op: Op, object: Value) -> Option<Simpler> {
    let made = maker(unit, object)?;
    let fits = matches!(
        (op, made.op),
        (Op::UnboxI | Op::UnboxV, Op::BoxI) | (Op::UnboxF, Op::BoxF) | (Op::UnboxB, Op::BoxB)
    );
    fits.then(|| Simpler::Same(made.args[0]))
}

fn is_null(unit: &Unit, object: Value) -> Option<bool> {
    match maker(unit, object)?.op {
        Op::Null | Op::NullOwn => Some(true),
        Op::Object | Op::BoxI | Op::BoxF | Op::BoxB => Some(false),
        _ => None,
    }
}

fn same_object(unit: &Unit, a: Value, b: Value) -> Option<Simpler> {
    let yes = |b| Some(Simpler::Constant(Scalar::Bool(b)));
    if a == b {
        return yes(true);
    }
    let (made_a, made_b) = (unit.def_inst(a)?, unit.def_inst(b)?);
    match (made_a.op, made_b.op) {
        (Op::Null, _) => Some(Simpler::Op(Op::IsNull, vec![b])),
        (_, Op::Null) => Some(Simpler::Op(Op::IsNull, vec![a])),
        // Two names of a unit may be one object to the host: only equal ones are decided.
        (Op::Object, Op::Object) if made_a.imm == made_b.imm => yes(true),
        _ => None,
    }
}
