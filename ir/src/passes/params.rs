//! Block parameters that are always the same value give way to that value.
//!
//! Contract: a parameter whose arguments are, over all edges, one value or the parameter itself is replaced
//! by that value, which dominates the block because it dominates every edge from outside. Arguments that
//! are equal constants count as one; the constant is then made anew at the head of the block.

use super::edit::{Substitution, constant, constant_inst};
use crate::cfg::Cfg;
use crate::evaluate::Scalar;
use crate::types::{Block, Value};
use crate::unit::Unit;

#[derive(Clone, Copy, Debug)]
enum Arguments {
    Unseen,
    One(Value),
    Constant(Scalar),
    Many,
}

pub(super) fn run(unit: &mut Unit) {
    let cfg = Cfg::new(unit);
    // Edges of unreachable blocks would only be in the way.
    unit.layout.retain(|b| cfg.is_reachable(*b));
    let mut values = Substitution::new(unit);
    let mut gone = vec![false; unit.value_count()];
    loop {
        let arguments = collect(unit, &cfg, &values);
        let mut changed = false;
        for &block in &cfg.rpo {
            for param in unit.block(block).params.clone() {
                if gone[param.index()] {
                    continue;
                }
                let by = match arguments[param.index()] {
                    Arguments::One(value) if values.resolve(value) != param => value,
                    Arguments::Constant(scalar) => make_constant(unit, block, scalar),
                    _ => continue,
                };
                values.replace(param, by);
                gone[param.index()] = true;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    values.apply(unit);
    unit.retain_params(|p| gone.get(p.index()).is_none_or(|g| !g));
}

fn collect(unit: &Unit, cfg: &Cfg, values: &Substitution) -> Vec<Arguments> {
    let mut arguments = vec![Arguments::Unseen; unit.value_count()];
    for &block in &cfg.rpo {
        let Some(terminator) = unit.terminator(block) else {
            continue;
        };
        for target in terminator.targets() {
            let params = &unit.block(target.block).params;
            for (&param, &arg) in params.iter().zip(&target.args) {
                let arg = values.resolve(arg);
                if arg == param {
                    continue;
                }
                let seen = &mut arguments[param.index()];
                *seen = join(unit, *seen, arg);
            }
        }
    }
    arguments
}

fn join(unit: &Unit, seen: Arguments, arg: Value) -> Arguments {
    match seen {
        Arguments::Unseen => Arguments::One(arg),
        Arguments::One(value) if value == arg => seen,
        Arguments::One(value) => match (constant(unit, value), constant(unit, arg)) {
            (Some(a), Some(b)) if a == b => Arguments::Constant(a),
            _ => Arguments::Many,
        },
        Arguments::Constant(scalar) if constant(unit, arg) == Some(scalar) => seen,
        Arguments::Constant(_) | Arguments::Many => Arguments::Many,
    }
}

fn make_constant(unit: &mut Unit, block: Block, scalar: Scalar) -> Value {
    let (op, imm) = constant_inst(scalar);
    let (inst, result) = unit.make_inst(op, Vec::new(), imm, None);
    unit.block_mut(block).insts.insert(0, inst);
    result.expect("a constant has a result")
}
