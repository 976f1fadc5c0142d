//! What is the same in all rounds of a block, and so is computed and tested once, where the block begins:
//! if a test fails there, the original body finds out where exactly. No exit is ever taken early.
//!
//! A computation, or a load of memory that the body does not write, is moved to the beginning if it runs in
//! every round on operands from outside or that are moved themselves. A load may rely on guards above it;
//! those on invariant conditions are moved before it, in their order. That it may rely on one whose condition changes from round to round is
//! excluded by the order of passes: this one runs before any that finds guards superfluous.
//!
//! What only some rounds run is moved, too: then the test may fail for a thing that no round would have looked at, and
//! the original does what the copy could have done. A load may also rely on the branch to it, but only on one
//! that asks about what the load uses: so nothing is moved from behind a branch whose condition is the same in all rounds.
//!
//! An index that starts at 0 or above and only grows is below a bound in every round if it is in the last.

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

use super::body::Body;
use super::writes::{Same, Writes};
use crate::cfg::Cfg;
use crate::dominators::Dominators;
use crate::inst::Op;
use crate::passes::edit::int_constant;
use crate::types::{Block, Inst, MemoryId, Value};
use crate::unit::{Imm, InstData, MemoryKind, Unit};

/// Offsets of indices are no larger than this.
const OFFSETS: i64 = 1 << 30;

/// One thing to do at the beginning.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Compute this.
    Compute(Inst),
    /// Compute this sum or difference with a small constant, unless the other operand is so large that it might
    /// overflow.
    Shift(Inst),
    /// Go on only if the condition has this truth.
    Test(Value, bool),
}

/// An index that is compared with an invariant bound in each round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Index {
    /// The parameter of the header.
    pub(super) param: Value,
    /// The index is the parameter and this.
    pub(super) offset: i64,
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
    /// Then these starts of arrays must differ: of one the elements are read, the other is written.
    pub(super) apart: Vec<(Value, Value)>,
    /// Then the last values of these are tested.
    pub(super) indices: Vec<Index>,
    /// Then what all rounds add to these.
    pub(super) tallies: Vec<Tally>,
    /// Results of what is computed.
    moved: HashSet<Value>,
    /// The instructions that the copy does not have for that.
    pub(super) gone: HashSet<Inst>,
    /// How many guards and loads those are.
    pub(super) gain: usize,
}

/// Finds what can be computed and tested at the beginning.
pub(super) fn invariants(unit: &Unit, (cfg, tree): (&Cfg, &Dominators), body: &Body) -> Invariants {
    let writes = Writes::of(unit, body);
    let mut mixed = HashSet::default();
    loop {
        let mut search = Search {
            unit,
            body,
            writes: &writes,
            mixed: &mixed,
            read: Vec::new(),
            found: Invariants::default(),
        };
        search.scan(cfg, tree);
        let Some(part) = search.set_apart() else {
            return search.found;
        };
        mixed.insert(part);
    }
}

impl Invariants {
    /// Whether a value is defined outside of the body, or computed at the beginning.
    pub(super) fn is_known(&self, body: &Body, value: Value) -> bool {
        self.moved.contains(&value) || body.is_invariant(value)
    }

    /// Whether a value is computed at the beginning.
    pub(super) fn computes(&self, value: Value) -> bool {
        self.moved.contains(&value)
    }

    /// Adds what needs the number of rounds in a block: tests of indices, and tallies.
    pub(super) fn count(&mut self, unit: &Unit, tree: &Dominators, body: &Body) {
        let latches: Vec<Block> = body.latches(unit).collect();
        let uses = uses(unit, body);
        for &block in &body.blocks {
            let always = latches.iter().all(|latch| tree.dominates(block, *latch));
            for &inst in &unit.block(block).insts {
                let data = unit.inst(inst);
                if let Some(index) = index(unit, body, data, |v| self.is_known(body, *v)) {
                    self.indices.push(index);
                } else if always
                    && data.args.iter().all(|v| self.is_known(body, *v))
                    && let Some((tally, rest)) = tally(unit, body, &uses, data)
                {
                    self.tallies.push(tally);
                    self.gone.extend(rest);
                } else {
                    continue;
                }
                self.gone.insert(inst);
                self.gain += 1;
            }
        }
    }
}

/// A search, which supposes that arrays are different unless it is known of their part of memory that this
/// could not be tested.
struct Search<'a> {
    unit: &'a Unit,
    body: &'a Body,
    writes: &'a Writes,
    /// Parts of memory in which there are stores to arrays that are found from round to round.
    mixed: &'a HashSet<MemoryId>,
    /// The arrays of which elements are loaded by what is moved, while others are written.
    read: Vec<(Value, MemoryId)>,
    found: Invariants,
}

impl Search<'_> {
    fn known(&self, value: Value) -> bool {
        self.found.is_known(self.body, value)
    }

    fn scan(&mut self, cfg: &Cfg, tree: &Dominators) {
        let (unit, body) = (self.unit, self.body);
        let latches: Vec<Block> = body.latches(unit).collect();
        // Blocks behind branches that go the same way in all rounds.
        let mut fixed = HashSet::default();
        for &block in &body.blocks {
            let always = latches.iter().all(|latch| tree.dominates(block, *latch));
            let above = tree.idom(cfg, block).filter(|_| !always);
            if above.is_some_and(|b| fixed.contains(&b) || self.branches_alike(b)) {
                fixed.insert(block);
                continue;
            }
            for (at, &inst) in unit.block(block).insts.iter().enumerate() {
                let data = unit.inst(inst);
                let first = block == body.header && at <= body.guard;
                if !first && data.args.iter().all(|v| self.known(*v)) {
                    self.look_at(inst, data);
                }
            }
        }
    }

    /// Whether a block ends in a branch that goes the same way in all rounds.
    fn branches_alike(&self, block: Block) -> bool {
        let end = self.unit.terminator(block).filter(|end| end.op == Op::Br);
        end.is_some_and(|end| self.known(end.args[0]))
    }

    /// Moves an instruction on operands from outside if that may be.
    fn look_at(&mut self, inst: Inst, data: &InstData) {
        let unit = self.unit;
        if matches!(data.op, Op::Guard | Op::GuardNot) {
            let holds = data.op == Op::Guard;
            self.found.steps.push(Step::Test(data.args[0], holds));
            self.found.gone.insert(inst);
            self.found.gain += 1;
            return;
        }
        let Some(result) = data.result else { return };
        if matches!(data.op, Op::IAddOvf | Op::ISubOvf) && with_offset(unit, result).1 != 0 {
            self.found.moved.insert(result);
            self.found.steps.push(Step::Shift(inst));
            self.found.gone.insert(inst);
            self.found.gain += 1;
            return;
        }
        match self.writes.leave_alone(unit, data) {
            Same::No => return,
            Same::Yes => {}
            Same::IfNotWritten(start, part) => {
                let written = self.writes.arrays(part).any(|array| array == start);
                if written || self.mixed.contains(&part) {
                    return;
                }
                self.read.push((start, part));
            }
        }
        self.found.moved.insert(result);
        self.found.steps.push(Step::Compute(inst));
        self.found.gone.insert(inst);
        self.found.gain += usize::from(!unit.is_pure(data));
    }

    /// Demands that arrays are different of which that was supposed. If this cannot be tested: the part of memory
    /// that they are in.
    fn set_apart(&mut self) -> Option<MemoryId> {
        for &(start, part) in &self.read {
            for written in self.writes.arrays(part) {
                if !self.known(written) {
                    return Some(part);
                }
                if !self.found.apart.contains(&(start, written)) {
                    self.found.apart.push((start, written));
                }
            }
        }
        self.found.apart.sort_unstable();
        None
    }
}

/// How often the body's instructions and exits use each value.
fn uses(unit: &Unit, body: &Body) -> HashMap<Value, usize> {
    let mut uses = HashMap::default();
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
) -> Option<(Tally, [Inst; 2])> {
    if load.op != Op::LoadI64 || unit.memory_kind(load) != Some(MemoryKind::Tally) {
        return None;
    }
    let loaded = load.result.filter(|v| once(uses, *v))?;
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
    let [index, bound] = test.args[..] else {
        return None;
    };
    let (param, offset) = with_offset(unit, index);
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
    let likely = body.likely.iter().find(|(param, _)| *param == step);
    if likely.is_some_and(|(_, n)| *n < 0) {
        return None;
    }
    let constant = int_constant(unit, step);
    let same = |other: Option<Value>| {
        other.is_some_and(|o| o == step || constant.is_some() && int_constant(unit, o) == constant)
    };
    steps.all(same).then_some(Index {
        param,
        offset,
        step,
        bound,
    })
}

/// A value as another one and a constant that is not large.
fn with_offset(unit: &Unit, value: Value) -> (Value, i64) {
    let split = || {
        let data = unit.def_inst(value)?;
        let [base, by] = data.args[..] else {
            return None;
        };
        let by = int_constant(unit, by).filter(|n| (-OFFSETS..OFFSETS).contains(n))?;
        match data.op {
            Op::IAdd | Op::IAddOvf => Some((base, by)),
            Op::ISub | Op::ISubOvf => Some((base, -by)),
            _ => None,
        }
    };
    split().unwrap_or((value, 0))
}
