//! What the instructions on plain numbers compute: one definition for the reference interpreter and for
//! constant folding. Code generation is tested against it.

use crate::arith;
use crate::inst::Op;

/// An unboxed value.
#[derive(Clone, Copy, Debug)]
pub enum Scalar {
    /// An int.
    Int(i64),
    /// A float.
    Float(f64),
    /// A truth value.
    Bool(bool),
}

impl PartialEq for Scalar {
    /// Floats are equal when their bits are.
    fn eq(&self, other: &Scalar) -> bool {
        match (self, other) {
            (Scalar::Int(a), Scalar::Int(b)) => a == b,
            (Scalar::Float(a), Scalar::Float(b)) => a.to_bits() == b.to_bits(),
            (Scalar::Bool(a), Scalar::Bool(b)) => a == b,
            _ => false,
        }
    }
}

/// What came out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Evaluated {
    /// A result.
    Value(Scalar),
    /// The instruction leaves.
    Leaves,
    /// The builder's promise does not hold.
    Broken,
}

/// Computes an instruction without immediate from its operands. `None` if it is not one on plain numbers,
/// or the operands do not fit it.
pub fn evaluate(op: Op, args: &[Scalar]) -> Option<Evaluated> {
    use Scalar::{Bool, Float, Int};
    Some(match *args {
        [Int(a)] => int_unary(op, a)?,
        [Int(a), Int(b)] => int_binary(op, a, b)?,
        [Float(a)] if op == Op::FNeg => Evaluated::Value(Float(-a)),
        [Float(a), Float(b)] => float_binary(op, a, b)?,
        [Bool(a)] => Evaluated::Value(match op {
            Op::BNot => Bool(!a),
            Op::BToI => Int(i64::from(a)),
            _ => return None,
        }),
        [Bool(a), Bool(b)] => Evaluated::Value(Bool(match op {
            Op::BAnd => a & b,
            Op::BOr => a | b,
            Op::BXor => a ^ b,
            _ => return None,
        })),
        [Bool(c), a @ Int(_), b @ Int(_)] if op == Op::SelectI => {
            Evaluated::Value(if c { a } else { b })
        }
        [Bool(c), a @ Float(_), b @ Float(_)] if op == Op::SelectF => {
            Evaluated::Value(if c { a } else { b })
        }
        _ => return None,
    })
}

fn promised(value: Option<i64>) -> Evaluated {
    value.map_or(Evaluated::Broken, |v| Evaluated::Value(Scalar::Int(v)))
}

fn checked(value: Option<i64>) -> Evaluated {
    value.map_or(Evaluated::Leaves, |v| Evaluated::Value(Scalar::Int(v)))
}

fn int_unary(op: Op, a: i64) -> Option<Evaluated> {
    Some(match op {
        Op::INeg => promised(a.checked_neg()),
        Op::INegOvf => checked(a.checked_neg()),
        Op::INot => Evaluated::Value(Scalar::Int(!a)),
        Op::IToF => Evaluated::Value(Scalar::Float(a as f64)),
        Op::IExact => Evaluated::Value(Scalar::Bool(arith::int_is_exact(a))),
        _ => return None,
    })
}

fn int_binary(op: Op, a: i64, b: i64) -> Option<Evaluated> {
    let truth = |t| Evaluated::Value(Scalar::Bool(t));
    let int = |n| Evaluated::Value(Scalar::Int(n));
    Some(match op {
        Op::IAdd => promised(a.checked_add(b)),
        Op::ISub => promised(a.checked_sub(b)),
        Op::IMul => promised(a.checked_mul(b)),
        Op::IAddOvf => checked(a.checked_add(b)),
        Op::ISubOvf => checked(a.checked_sub(b)),
        Op::IMulOvf => checked(a.checked_mul(b)),
        Op::IFloorDiv => promised(arith::int_floor_div(a, b)),
        Op::IMod => promised(arith::int_mod(a, b)),
        Op::IDivNat => promised((a >= 0 && b > 0).then(|| a / b)),
        Op::IModNat => promised((a >= 0 && b > 0).then(|| a % b)),
        Op::IPowOvf => checked(arith::int_pow(a, b)),
        Op::IAnd => int(a & b),
        Op::IOr => int(a | b),
        Op::IXor => int(a ^ b),
        // The promise asks for a count below 64 even when 0 is shifted.
        Op::IShl => promised(arith::int_shl(a, b).filter(|_| b < 64)),
        Op::IShlOvf => checked(arith::int_shl(a, b)),
        Op::IShr => promised(arith::int_shr(a, b)),
        Op::IEq => truth(a == b),
        Op::INe => truth(a != b),
        Op::ILt => truth(a < b),
        Op::ILe => truth(a <= b),
        Op::IGt => truth(a > b),
        Op::IGe => truth(a >= b),
        _ => return None,
    })
}

fn float_binary(op: Op, a: f64, b: f64) -> Option<Evaluated> {
    let truth = |t| Evaluated::Value(Scalar::Bool(t));
    let float = |n| Evaluated::Value(Scalar::Float(n));
    Some(match op {
        Op::FAdd => float(a + b),
        Op::FSub => float(a - b),
        Op::FMul => float(a * b),
        Op::FDiv => float(a / b),
        Op::FFloorDiv | Op::FMod if b == 0.0 => Evaluated::Broken,
        Op::FFloorDiv => float(arith::float_floor_div(a, b)),
        Op::FMod => float(arith::float_mod(a, b)),
        Op::FPow => match arith::float_pow(a, b) {
            Some(power) => float(power),
            None => Evaluated::Leaves,
        },
        Op::FEq => truth(a == b),
        Op::FNe => truth(a != b),
        Op::FLt => truth(a < b),
        Op::FLe => truth(a <= b),
        Op::FGt => truth(a > b),
        Op::FGe => truth(a >= b),
        _ => return None,
    })
}
