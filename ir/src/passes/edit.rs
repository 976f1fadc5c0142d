//! What passes that edit a unit in place share: replacing values, and dropping what became unreachable.

use crate::cfg::Cfg;
use crate::evaluate::Scalar;
use crate::inst::Op;
use crate::types::{Block, ExitId, Inst, Value};
use crate::unit::{Imm, InstData, Unit};

/// Values that stand for others. A replacement must be defined wherever the value it replaces is.
#[derive(Debug)]
pub(super) struct Substitution {
    to: Vec<Value>,
    used: bool,
}

impl Substitution {
    pub(super) fn new(unit: &Unit) -> Substitution {
        Substitution {
            to: (0..unit.value_count() as u32).map(Value).collect(),
            used: false,
        }
    }

    /// From now on `by` stands for `value`.
    pub(super) fn replace(&mut self, value: Value, by: Value) {
        let by = self.resolve(by);
        debug_assert_ne!(value, by);
        self.to[value.index()] = by;
        self.used = true;
    }

    /// What stands for a value in the end. Values made after the substitution stand for themselves.
    pub(super) fn resolve(&self, mut value: Value) -> Value {
        while let Some(&next) = self.to.get(value.index()) {
            if next == value {
                break;
            }
            value = next;
        }
        value
    }

    /// Resolves what one instruction uses, but not its exit.
    pub(super) fn resolve_uses(&self, data: &mut InstData) {
        if self.used {
            for value in data.uses_mut() {
                *value = self.resolve(*value);
            }
        }
    }

    /// Resolves every use in the unit, exits included.
    pub(super) fn apply(&self, unit: &mut Unit) {
        if !self.used {
            return;
        }
        for at in 0..unit.layout.len() {
            let block = unit.layout[at];
            for place in 0..unit.block(block).insts.len() {
                let inst = unit.block(block).insts[place];
                self.resolve_uses(unit.inst_mut(inst));
            }
        }
        for exit in &mut unit.exits {
            for value in exit.values_mut() {
                *value = self.resolve(*value);
            }
        }
    }
}

/// Takes blocks that no entry reaches out of the layout.
pub(super) fn drop_unreachable(unit: &mut Unit) {
    let cfg = Cfg::new(unit);
    unit.layout.retain(|b| cfg.is_reachable(*b));
}

/// Moves blocks to right behind another one in the layout, in this order.
pub(super) fn lay_behind(unit: &mut Unit, behind: Block, blocks: &[Block]) {
    unit.layout.retain(|b| !blocks.contains(b));
    let at = unit.layout.iter().position(|b| *b == behind);
    let at = at.map_or(unit.layout.len(), |at| at + 1);
    unit.layout.splice(at..at, blocks.iter().copied());
}

/// The constant that a value is.
pub(super) fn constant(unit: &Unit, value: Value) -> Option<Scalar> {
    let data = unit.def_inst(value)?;
    match (data.op, &data.imm) {
        (Op::IConst, Imm::Int(n)) => Some(Scalar::Int(*n)),
        (Op::FConst, Imm::Float(bits)) => Some(Scalar::Float(f64::from_bits(*bits))),
        (Op::BConst, Imm::Bool(b)) => Some(Scalar::Bool(*b)),
        _ => None,
    }
}

/// The int constant that a value is.
pub(super) fn int_constant(unit: &Unit, value: Value) -> Option<i64> {
    match constant(unit, value) {
        Some(Scalar::Int(n)) => Some(n),
        _ => None,
    }
}

/// The instruction that makes a constant.
pub(super) fn constant_inst(scalar: Scalar) -> (Op, Imm) {
    match scalar {
        Scalar::Int(n) => (Op::IConst, Imm::Int(n)),
        Scalar::Float(x) => (Op::FConst, Imm::Float(x.to_bits())),
        Scalar::Bool(b) => (Op::BConst, Imm::Bool(b)),
    }
}

/// Makes an instruction compute a constant.
pub(super) fn become_constant(unit: &mut Unit, inst: Inst, scalar: Scalar) {
    let (op, imm) = constant_inst(scalar);
    unit.become_inst(inst, op, Vec::new(), imm, None);
}

/// A `leave` that takes an exit.
pub(super) fn make_leave(unit: &mut Unit, exit: Option<ExitId>) -> Inst {
    unit.make_inst(Op::Leave, Vec::new(), Imm::None, exit).0
}

/// Makes a `br` a `jump` to its first or second target.
pub(super) fn decide_branch(unit: &mut Unit, inst: Inst, taken: bool) {
    let Imm::Branch(yes, no) = unit.inst(inst).imm.clone() else {
        return;
    };
    let target = if taken { yes } else { no };
    unit.become_inst(inst, Op::Jump, Vec::new(), Imm::Jump(target), None);
}

/// The result of a new operation at the end of a block.
pub(super) fn append(unit: &mut Unit, block: Block, op: Op, args: &[Value]) -> Value {
    let result = unit.push(block, op, args, Imm::None, None);
    result.expect("an operation used for its result has one")
}

/// A new int constant at the end of a block.
pub(super) fn append_int(unit: &mut Unit, block: Block, n: i64) -> Value {
    let result = unit.push(block, Op::IConst, &[], Imm::Int(n), None);
    result.expect("a constant has a result")
}
