//! Strength reduction: the same result by a cheaper instruction.
//!
//! Contract: bits of results and whether an instruction leaves stay the same. Division and modulo by a
//! power of two round towards minus infinity just as arithmetic shift and mask do. A float is divided by a
//! power of two by multiplying with its reciprocal only if that is exact and a normal number, and doubled by
//! adding it to itself. A power
//! becomes multiplications only for ints: no product on the way leaves unless the power does.

use super::edit::{constant, int_constant};
use crate::evaluate::Scalar;
use crate::inst::Op;
use crate::types::{Inst, Value};
use crate::unit::{Imm, InstData, Unit};

pub(super) fn run(unit: &mut Unit) {
    for at in 0..unit.layout.len() {
        let block = unit.layout[at];
        let insts = std::mem::take(&mut unit.block_mut(block).insts);
        let mut out = Vec::with_capacity(insts.len());
        for inst in insts {
            reduce(unit, inst, &mut out);
            out.push(inst);
        }
        unit.block_mut(block).insts = out;
    }
}

/// Changes an instruction; what it then needs goes before it.
fn reduce(unit: &mut Unit, inst: Inst, before: &mut Vec<Inst>) {
    let InstData { op, args, exit, .. } = unit.inst(inst).clone();
    let [a, b] = args[..] else { return };
    match op {
        Op::IMod | Op::IFloorDiv => {
            let Some(n) = int_constant(unit, b).filter(|n| *n > 0 && n.count_ones() == 1) else {
                return;
            };
            let (cheaper, operand) = if op == Op::IMod {
                (Op::IAnd, n - 1)
            } else {
                (Op::IShr, i64::from(n.trailing_zeros()))
            };
            let operand = emit(
                unit,
                before,
                Op::IConst,
                Vec::new(),
                Imm::Int(operand),
                None,
            );
            let Some(operand) = operand else { return };
            unit.become_inst(inst, cheaper, vec![a, operand], Imm::None, None);
        }
        Op::IMul | Op::IMulOvf if int_constant(unit, b) == Some(2) => {
            let cheaper = if op == Op::IMul {
                Op::IAdd
            } else {
                Op::IAddOvf
            };
            unit.become_inst(inst, cheaper, vec![a, a], Imm::None, exit);
        }
        Op::IPowOvf => match int_constant(unit, b) {
            Some(2) => unit.become_inst(inst, Op::IMulOvf, vec![a, a], Imm::None, exit),
            Some(3) => {
                let square = emit(unit, before, Op::IMulOvf, vec![a, a], Imm::None, exit);
                let Some(square) = square else { return };
                unit.become_inst(inst, Op::IMulOvf, vec![square, a], Imm::None, exit);
            }
            _ => {}
        },
        // Doubling is exact either way, and addition has the shorter latency on many processors.
        Op::FMul if is_two(unit, b) => {
            unit.become_inst(inst, Op::FAdd, vec![a, a], Imm::None, None);
        }
        Op::FMul if is_two(unit, a) => {
            unit.become_inst(inst, Op::FAdd, vec![b, b], Imm::None, None);
        }
        Op::FDiv => {
            let Some(Scalar::Float(divisor)) = constant(unit, b) else {
                return;
            };
            let Some(reciprocal) = exact_reciprocal(divisor) else {
                return;
            };
            let imm = Imm::Float(reciprocal.to_bits());
            let factor = emit(unit, before, Op::FConst, Vec::new(), imm, None);
            let Some(factor) = factor else { return };
            unit.become_inst(inst, Op::FMul, vec![a, factor], Imm::None, None);
        }
        _ => {}
    }
}

fn is_two(unit: &Unit, value: Value) -> bool {
    matches!(constant(unit, value), Some(Scalar::Float(x)) if x.to_bits() == 2.0f64.to_bits())
}

fn emit(
    unit: &mut Unit,
    before: &mut Vec<Inst>,
    op: Op,
    args: Vec<Value>,
    imm: Imm,
    exit: Option<crate::types::ExitId>,
) -> Option<Value> {
    let (inst, result) = unit.make_inst(op, args, imm, exit);
    before.push(inst);
    result
}

/// The reciprocal of a power of two, if both are normal numbers.
fn exact_reciprocal(x: f64) -> Option<f64> {
    const MANTISSA: u64 = (1 << 52) - 1;
    let reciprocal = 1.0 / x;
    let exact = x.to_bits() & MANTISSA == 0 && x.is_normal() && reciprocal.is_normal();
    exact.then_some(reciprocal)
}
