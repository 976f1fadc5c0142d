//! What is the same in all rounds of a block, and so is computed and tested once, where the block begins:
//! if a test fails there, the original body finds out where exactly. No exit is ever taken early.
//!
//! A computation, or a load of memory that the body does not write, is moved to the beginning if it runs in
//! every round on operands from outside or that are moved themselves. A load may rely on guards above it;
//! those on invariant conditions are moved before it, in their order. That it may rely on one whose condition changes from round to round is
//! excluded by the order of passes: this one runs before any that finds guards superfluous.
//!
//! An index that starts at 0 or above and only grows is below a bound in every round if it is in the last.

use std::collections::{HashMap, HashSet};

use super::body::Body;
use crate::dominators::Dominators;
use crate::inst::{Effects, Op};
use crate::passes::edit::int_constant;
use crate::types::{Block, Inst, MemoryId, Slot, Type, Value};
use crate::unit::{Imm, InstData, MemoryKind, Unit};

/// One thing to do at the beginning.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Compute this.
    Compute(Inst),
    /// Go on only if the condition has this truth.
    Test(Value, bool),
}

/// An index that is compared with an invariant bound in each round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Index {
    /// The parameter of the header.
    pub(super) param: Value,
    /// What is added to it in each round.
    pub(super) step: Value,
    /// What it must be less than.
    pub(super) bound: Value,
}

/// A sum in memory to which every round adds a constant.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    /// The address.
    pub(super) address: Value,
    /// Offset and part of memory.
    pub(super) place: Imm,
    /// What is added.
    pub(super) add: i64,
}

/// What is done at the beginning of a block of rounds.
#[derive(Clone, Debug, Default)]
pub(super) struct Invariants {
    /// In this order.
    pub(super) steps: Vec<Step>,
    /// Then the last values of these are tested.
    pub(super) indices: Vec<Index>,
    /// Then what all rounds add to these.
    pub(super) tallies: Vec<Tally>,
    /// The instructions that the copy does not have for that.
    pub(super) gone: HashSet<Inst>,
    /// How many guards and loads those are.
    pub(super) gain: usize,
}

/// Finds them. Indices only if the rounds of a block are `counted` before it begins.
pub(super) fn invariants(unit: &Unit, tree: &Dominators, body: &Body, counted: bool) -> Invariants {
    let writes = Writes::of(unit, body);
    let uses = uses(unit, body);
    let latches: Vec<Block> = body.latches(unit).collect();
    let mut found = Invariants::default();
    let mut moved: HashSet<Value> = HashSet::new();
    for &block in &body.blocks {
        if !latches.iter().all(|latch| tree.dominates(block, *latch)) {
            continue;
        }
        for (at, &inst) in unit.block(block).insts.iter().enumerate() {
            let data = unit.inst(inst);
            let known = |v: &Value| moved.contains(v) || body.is_invariant(*v);
            if (block == body.header && at <= body.guard) || !data.args.iter().all(known) {
                continue;
            }
            match (data.op, data.result) {
                (Op::LoadI64, Some(loaded)) if counted && once(&uses, loaded) => {
                    if let Some((tally, rest)) = tally(unit, body, &uses, data, loaded) {
                        found.tallies.push(tally);
                        found.gone.extend(rest);
                        found.gone.insert(inst);
                        found.gain += 1;
                        continue;
                    }
                    if !writes.leave_alone(unit, data) {
                        continue;
                    }
                    moved.insert(loaded);
                    found.steps.push(Step::Compute(inst));
                    found.gain += 1;
                }
                (Op::Guard | Op::GuardNot, _) => {
                    let holds = data.op == Op::Guard;
                    found.steps.push(Step::Test(data.args[0], holds));
                    found.gain += 1;
                }
                (_, Some(result)) if writes.leave_alone(unit, data) => {
                    moved.insert(result);
                    found.steps.push(Step::Compute(inst));
                    found.gain += usize::from(!unit.is_pure(data));
                }
                _ => continue,
            }
            found.gone.insert(inst);
        }
    }
    let all = body.blocks.iter().flat_map(|b| &unit.block(*b).insts);
    for &inst in all.filter(|_| counted) {
        let known = |v: &Value| moved.contains(v) || body.is_invariant(*v);
        if let Some(index) = index(unit, body, unit.inst(inst), known) {
            found.indices.push(index);
            found.gone.insert(inst);
            found.gain += 1;
        }
    }
    found
}

/// How often the body's instructions and exits use each value.
fn uses(unit: &Unit, body: &Body) -> HashMap<Value, usize> {
    let mut uses = HashMap::new();
    for data in body.insts(unit) {
        let exit = data.exit.into_iter();
        let listed = exit.flat_map(|exit| unit.exits[exit.index()].values());
        for value in data.uses().chain(listed) {
            *uses.entry(value).or_default() += 1;
        }
    }
    uses
}

fn once(uses: &HashMap<Value, usize>, value: Value) -> bool {
    uses.get(&value) == Some(&1)
}

/// A load whose sum with a constant is stored where it was loaded from, in a part of memory where that may
/// be done earlier; with the addition and the store.
fn tally(
    unit: &Unit,
    body: &Body,
    uses: &HashMap<Value, usize>,
    load: &InstData,
    loaded: Value,
) -> Option<(Tally, [Inst; 2])> {
    if unit.memory_kind(load) != Some(MemoryKind::Tally) {
        return None;
    }
    let all = || body.blocks.iter().flat_map(|b| &unit.block(*b).insts);
    let user = |value: Value| all().copied().find(|i| unit.inst(*i).args.contains(&value));
    let added = user(loaded)?;
    let sum = unit.inst(added);
    let result = sum
        .result
        .filter(|r| sum.op == Op::IAdd && once(uses, *r))?;
    let add = int_constant(unit, sum.args[1])?;
    let stored = user(result)?;
    let store = unit.inst(stored);
    let back = store.op == Op::StoreI64 && store.args[0] == load.args[0] && store.imm == load.imm;
    let tally = Tally {
        address: load.args[0],
        place: load.imm.clone(),
        add,
    };
    (back && store.args[1] == result).then_some((tally, [added, stored]))
}

/// A guard that an index is below a bound.
fn index(
    unit: &Unit,
    body: &Body,
    guard: &InstData,
    known: impl Fn(&Value) -> bool,
) -> Option<Index> {
    if guard.op != Op::Guard {
        return None;
    }
    let test = unit.def_inst(guard.args[0]).filter(|d| d.op == Op::ILt)?;
    let [param, bound] = test.args[..] else {
        return None;
    };
    if !known(&bound) || !body.params(unit).any(|p| p == param) {
        return None;
    }
    let mut steps = body.given(param).iter().map(|next| {
        let data = unit.def_inst(*next)?;
        let adds = matches!(data.op, Op::IAdd | Op::IAddOvf) && data.args[0] == param;
        let step = *data.args.get(1).filter(|_| adds)?;
        let same = int_constant(unit, step).is_some_and(|n| (0..1 << 30).contains(&n))
            || int_constant(unit, step).is_none() && body.is_invariant(step);
        same.then_some(step)
    });
    let step = steps.next()??;
    let constant = int_constant(unit, step);
    let same = |other: Option<Value>| {
        other.is_some_and(|o| o == step || constant.is_some() && int_constant(unit, o) == constant)
    };
    steps.all(same).then_some(Index { param, step, bound })
}

/// What the body writes.
#[derive(Debug, Default)]
struct Writes {
    slots: HashSet<Slot>,
    parts: HashSet<MemoryId>,
    /// Something that is not known better.
    anything: bool,
    /// The frame, or counts of references.
    unnamed: bool,
    /// References that objects hold may be let go of.
    ends_loans: bool,
}

impl Writes {
    fn of(unit: &Unit, body: &Body) -> Writes {
        let mut writes = Writes::default();
        for data in body.insts(unit) {
            match (data.op, &data.imm) {
                (Op::SlotTake | Op::SlotPut | Op::SlotSwap, Imm::Slot(slot)) => {
                    writes.slots.insert(*slot);
                    writes.unnamed = true;
                }
                (Op::Call, _) => {
                    let Some(helper) = unit.helper_of(data) else {
                        continue;
                    };
                    writes.ends_loans |= helper.ends_loans();
                    if helper.effects.writes {
                        writes.anything |= helper.writes_only.is_empty();
                        writes.parts.extend(&helper.writes_only);
                    }
                }
                (_, Imm::Offset(_, part)) if data.result.is_none() => match part {
                    Some(part) => {
                        writes.parts.insert(*part);
                    }
                    None => writes.anything = true,
                },
                _ => match data.op.info().effects {
                    Effects::WritesMemory | Effects::RunsCode => writes.anything = true,
                    Effects::WritesFrame | Effects::Counts => writes.unnamed = true,
                    _ => {}
                },
            }
        }
        writes
    }

    /// Whether a computation gives the same in every round if its operands are the same.
    fn leave_alone(&self, unit: &Unit, data: &InstData) -> bool {
        let owned = unit.result_type(data.op, &data.imm) == Some(Type::Own)
            || unit.operand_types(data).contains(&Type::Own);
        if owned || data.exit.is_some() {
            return false;
        }
        match (data.op, &data.imm) {
            // What an object lends may be gone after a write.
            (Op::Lend, _) => !self.anything && !self.ends_loans,
            (Op::SlotLoad, Imm::Slot(slot)) => !self.anything && !self.slots.contains(slot),
            (_, Imm::Offset(_, part)) => match (unit.memory_kind(data), part) {
                (Some(MemoryKind::Constant), _) => true,
                (Some(MemoryKind::Volatile), _) => false,
                (_, Some(part)) => !self.anything && !self.parts.contains(part),
                (_, None) => !self.anything && !self.unnamed && self.parts.is_empty(),
            },
            _ => unit.is_pure(data),
        }
    }
}
