//! Dead code: what nothing needs is removed, parameters included.
//!
//! Contract: needed are instructions with an effect or an exit and terminators, what they use, what their
//! exits use, and, for each needed parameter, its arguments. A checked instruction whose result is unused
//! stays, although the interpreter would only do the same again: that its result fits may be why a
//! comparison was decided or a check elsewhere removed. An object that is boxed only to be given up again
//! is not needed. Owned parameters are always needed, since their arguments are moved.

use crate::cfg::Cfg;
use crate::inst::{Effects, Op};
use crate::types::{Inst, Type, Value};
use crate::unit::{InstData, Unit, ValueDef};

pub(super) fn run(unit: &mut Unit) {
    let cfg = Cfg::new(unit);
    unit.layout.retain(|b| cfg.is_reachable(*b));
    drop_unneeded_objects(unit);
    let mut marks = Marks {
        needed: vec![false; unit.value_count()],
        exits: vec![false; unit.exits.len()],
        work: Vec::new(),
    };
    let mut incoming: Vec<Vec<Value>> = vec![Vec::new(); unit.value_count()];
    for &block in &unit.layout {
        for &inst in &unit.block(block).insts {
            let data = unit.inst(inst);
            for target in data.targets() {
                let params = &unit.block(target.block).params;
                for (param, &arg) in params.iter().zip(&target.args) {
                    incoming[param.index()].push(arg);
                }
            }
            if !removable(unit, data) {
                marks.inst(unit, data);
            }
        }
        for &param in &unit.block(block).params {
            if unit.ty(param) == Type::Own {
                marks.value(param);
            }
        }
    }
    while let Some(value) = marks.work.pop() {
        match unit.def(value) {
            ValueDef::Param(..) => {
                for &arg in &incoming[value.index()] {
                    marks.value(arg);
                }
            }
            ValueDef::Result(inst) => marks.inst(unit, unit.inst(inst)),
        }
    }
    let needed = marks.needed;
    for at in 0..unit.layout.len() {
        let block = unit.layout[at];
        let mut insts = std::mem::take(&mut unit.block_mut(block).insts);
        insts.retain(|inst| {
            let data = unit.inst(*inst);
            !removable(unit, data) || data.result.is_some_and(|r| needed[r.index()])
        });
        unit.block_mut(block).insts = insts;
    }
    unit.retain_params(|p| needed[p.index()]);
}

struct Marks {
    needed: Vec<bool>,
    exits: Vec<bool>,
    work: Vec<Value>,
}

impl Marks {
    fn value(&mut self, value: Value) {
        if !std::mem::replace(&mut self.needed[value.index()], true) {
            self.work.push(value);
        }
    }

    /// Arguments of targets are needed only as their parameters are.
    fn inst(&mut self, unit: &Unit, data: &InstData) {
        for &arg in &data.args {
            self.value(arg);
        }
        if let Some(exit) = data.exit
            && !std::mem::replace(&mut self.exits[exit.index()], true)
        {
            for value in unit.exits[exit.index()].values() {
                self.value(value);
            }
        }
    }
}

/// Whether the instruction may go when its result is unused. `poll` and `disturbed` ask the world outside,
/// which may count how often.
fn removable(unit: &Unit, data: &InstData) -> bool {
    if data.result.is_none()
        || data.exit.is_some()
        || unit.result_type(data.op, &data.imm) == Some(Type::Own)
    {
        return false;
    }
    match data.op {
        Op::Poll | Op::Disturbed => false,
        Op::Call => unit
            .helper_of(data)
            .is_some_and(|h| h.effects.is_pure() && !h.params.contains(&Type::Own)),
        _ => match data.op.info().effects {
            Effects::Pure => !unit.operand_types(data).contains(&Type::Own),
            Effects::ReadsFrame | Effects::ReadsMemory => true,
            _ => false,
        },
    }
}

/// Removes objects whose only uses are to give them up, with these uses.
fn drop_unneeded_objects(unit: &mut Unit) {
    let makes = |op| matches!(op, Op::BoxI | Op::BoxF | Op::BoxB | Op::NullOwn);
    let gives_up = |op| matches!(op, Op::DecRef | Op::DecRefPlain);
    let mut kept_by_use = vec![false; unit.value_count()];
    let mut exits = vec![false; unit.exits.len()];
    for &block in &unit.layout {
        for &inst in &unit.block(block).insts {
            let data = unit.inst(inst);
            if !gives_up(data.op) {
                for value in data.uses() {
                    kept_by_use[value.index()] = true;
                }
            }
            if let Some(exit) = data.exit
                && !std::mem::replace(&mut exits[exit.index()], true)
            {
                for value in unit.exits[exit.index()].values() {
                    kept_by_use[value.index()] = true;
                }
            }
        }
    }
    let goes = |unit: &Unit, inst: &Inst| {
        let data = unit.inst(*inst);
        let object = if gives_up(data.op) {
            data.args[0]
        } else {
            match data.result {
                Some(result) if makes(data.op) => result,
                _ => return false,
            }
        };
        let made = unit.def_inst(object).is_some_and(|d| makes(d.op));
        made && !kept_by_use[object.index()]
    };
    for at in 0..unit.layout.len() {
        let block = unit.layout[at];
        let mut insts = std::mem::take(&mut unit.block_mut(block).insts);
        insts.retain(|inst| !goes(unit, inst));
        unit.block_mut(block).insts = insts;
    }
}
