//! Ownership: each `own` value is consumed once on every path, and no borrowed reference outlives what it
//! was borrowed from.
//!
//! Owned values are linear, so the set of those alive at a block's start must be the same over all edges
//! into it. Borrowed references are followed to their roots: a slot of the frame (valid until the slot is
//! written or code runs), memory of the host (a helper's borrowed result: until a helper writes or code
//! runs), an object that holds it (`lend`: until code runs or a helper may let go of it), an owned
//! value (until it is consumed). An exit borrows the fields of virtual objects. Objects of the unit and what
//! these hold for life, null, and references made from addresses have no root: the last are the affair of the
//! host that expanded something into them. A reference is valid at a block's start if it is over all edges.
//!
//! Within one instruction: stolen operands are consumed first, then borrowed ones are looked at, then what
//! the instruction writes or runs takes effect, then comes its exit, then its result.

use super::{Fault, Report};
use crate::cfg::Cfg;
use crate::exit::{Exit, SlotValue};
use crate::inst::Op;
use crate::types::{Slot, Type, Value};
use crate::unit::{Helper, Imm, InstData, MemoryKind, Target, Unit};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Root {
    Slot(Slot),
    Memory,
    /// An object that holds it: stores do not end this, whoever overwrites a reference may still look at it
    /// until it is released.
    Holder,
    /// The same, and that object never lets go of it while it lives.
    Keeper,
    Own(Value),
}

/// A set of values, by number.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Values(Vec<u64>);

impl Values {
    fn new(count: usize) -> Values {
        Values(vec![0; count.div_ceil(64)])
    }

    fn has(&self, value: Value) -> bool {
        self.0[value.index() / 64] & (1 << (value.index() % 64)) != 0
    }

    fn add(&mut self, value: Value) {
        self.0[value.index() / 64] |= 1 << (value.index() % 64);
    }

    fn remove(&mut self, value: Value) {
        self.0[value.index() / 64] &= !(1 << (value.index() % 64));
    }

    fn iter(&self) -> impl Iterator<Item = Value> + '_ {
        self.0.iter().enumerate().flat_map(|(at, &word)| {
            (0..64)
                .filter(move |bit| word & (1 << bit) != 0)
                .map(move |bit| Value((at * 64 + bit) as u32))
        })
    }
}

/// What holds at a point: the owned values alive, and the borrowed references that are no longer valid.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    alive: Values,
    stale: Values,
}

pub(super) fn check(unit: &Unit, cfg: &Cfg, report: &mut Report<'_>) {
    let mut checker = Checker {
        unit,
        roots: roots(unit, cfg),
        rooted: Vec::new(),
        starts: vec![None; unit.block_count()],
        changed: true,
    };
    for (at, roots) in checker.roots.iter().enumerate() {
        if !roots.is_empty() {
            checker.rooted.push(Value(at as u32));
        }
    }
    let empty = State {
        alive: Values::new(unit.value_count()),
        stale: Values::new(unit.value_count()),
    };
    for entry in &unit.entries {
        checker.starts[entry.index()] = Some(empty.clone());
    }
    // Staleness only grows and the owned values of a block are settled by its first edge: this ends.
    while std::mem::take(&mut checker.changed) {
        for &block in &cfg.rpo {
            checker.walk(block, None);
        }
    }
    for &block in unit.layout.iter().filter(|b| cfg.is_reachable(**b)) {
        report.at_block(block);
        checker.walk(block, Some(report));
    }
}

/// What every reference was borrowed from.
fn roots(unit: &Unit, cfg: &Cfg) -> Vec<Vec<Root>> {
    let mut roots: Vec<Vec<Root>> = vec![Vec::new(); unit.value_count()];
    for &block in &cfg.rpo {
        for &inst in &unit.block(block).insts {
            let data = unit.inst(inst);
            let Some(result) = data.result else { continue };
            match (data.op, &data.imm) {
                (Op::SlotLoad, Imm::Slot(slot)) => roots[result.index()].push(Root::Slot(*slot)),
                (Op::Lend, _) if is_of_unit(unit, result) => {}
                (Op::Lend, _) => {
                    let loaded = unit.def_inst(data.args[0]);
                    let kind = loaded.and_then(|data| unit.memory_kind(data));
                    roots[result.index()].push(match kind {
                        Some(MemoryKind::Constant) => Root::Keeper,
                        _ => Root::Holder,
                    });
                }
                (Op::Call, _) if unit.ty(result) == Type::Ref => {
                    roots[result.index()].push(Root::Memory);
                }
                _ => {}
            }
        }
    }
    let mut changed = true;
    while std::mem::take(&mut changed) {
        for &block in &cfg.rpo {
            let Some(terminator) = unit.terminator(block) else {
                continue;
            };
            for target in terminator.targets() {
                let params = &unit.block(target.block).params;
                for (&param, &arg) in params.iter().zip(&target.args) {
                    if unit.ty(param) != Type::Ref || param == arg {
                        continue;
                    }
                    let given = match unit.ty(arg) {
                        Type::Own => vec![Root::Own(arg)],
                        _ => roots[arg.index()].clone(),
                    };
                    let own = &mut roots[param.index()];
                    for root in given {
                        if !own.contains(&root) {
                            own.push(root);
                            changed = true;
                        }
                    }
                }
            }
        }
    }
    roots
}

/// Whether a reference is to an object of the unit, or to what such a one holds in memory that does not change.
fn is_of_unit(unit: &Unit, value: Value) -> bool {
    let Some(data) = unit.def_inst(value) else {
        return false;
    };
    match data.op {
        Op::Object => true,
        Op::Lend | Op::RefToPtr | Op::PIndex => is_of_unit(unit, data.args[0]),
        Op::LoadPtr => {
            unit.memory_kind(data) == Some(MemoryKind::Constant) && is_of_unit(unit, data.args[0])
        }
        _ => false,
    }
}

struct Checker<'a> {
    unit: &'a Unit,
    roots: Vec<Vec<Root>>,
    /// The references that have roots.
    rooted: Vec<Value>,
    starts: Vec<Option<State>>,
    changed: bool,
}

impl Checker<'_> {
    /// Walks a block from what holds at its start; passes what holds at its end on, or, with a report,
    /// reports what is wrong.
    fn walk(&mut self, block: crate::types::Block, mut report: Option<&mut Report<'_>>) {
        let Some(mut state) = self.starts[block.index()].clone() else {
            return;
        };
        for (at, &inst) in self.unit.block(block).insts.iter().enumerate() {
            let data = self.unit.inst(inst);
            if let Some(report) = report.as_deref_mut() {
                report.at_inst(at, data.op);
            }
            self.step(data, &mut state, report.as_deref_mut());
            for target in data.targets() {
                self.edge(target, state.clone(), report.as_deref_mut());
            }
        }
    }

    fn step(&self, data: &InstData, state: &mut State, mut report: Option<&mut Report<'_>>) {
        let wanted = self.unit.operand_types(data);
        for (&arg, &ty) in data.args.iter().zip(wanted) {
            if ty == Type::Own {
                self.consume(arg, state, report.as_deref_mut());
            }
        }
        for (&arg, &ty) in data.args.iter().zip(wanted) {
            if ty != Type::Own {
                self.look_at(arg, state, report.as_deref_mut());
            }
        }
        let written = match (data.op, &data.imm) {
            (Op::SlotPut | Op::SlotTake | Op::SlotSwap, Imm::Slot(slot)) => Some(*slot),
            _ => None,
        };
        let writes_slots = self.unit.writes_slots(data);
        let helper = self.unit.helper_of(data);
        let releases = self.unit.runs_code(data) || helper.is_some_and(Helper::ends_loans);
        let writes_memory = writes_slots || helper.is_some_and(|h| h.effects.writes);
        if writes_memory || releases || written.is_some() {
            self.spoil(state, |root| match root {
                Root::Slot(slot) => writes_slots || written == Some(slot),
                Root::Memory => writes_memory,
                Root::Holder => releases,
                Root::Keeper => self.unit.runs_code(data),
                Root::Own(_) => false,
            });
        }
        if let (Some(id), Some(report)) = (data.exit, report) {
            self.leave(&self.unit.exits[id.index()], state, report);
        }
        if let Some(result) = data.result {
            self.define(result, state);
        }
    }

    fn edge(&mut self, target: &Target, mut state: State, mut report: Option<&mut Report<'_>>) {
        let params = &self.unit.block(target.block).params;
        let pairs = || params.iter().copied().zip(target.args.iter().copied());
        for (param, arg) in pairs() {
            if self.unit.ty(param) == Type::Own {
                self.consume(arg, &mut state, report.as_deref_mut());
            }
        }
        for (param, arg) in pairs() {
            if self.unit.ty(param) != Type::Own {
                self.look_at(arg, &state, report.as_deref_mut());
            }
        }
        for (param, _) in pairs() {
            self.define(param, &mut state);
        }
        let Some(start) = &mut self.starts[target.block.index()] else {
            self.starts[target.block.index()] = Some(state);
            self.changed = true;
            return;
        };
        for (known, new) in start.stale.0.iter_mut().zip(&state.stale.0) {
            self.changed |= new & !*known != 0;
            *known |= new;
        }
        if let Some(report) = report {
            let words = start.alive.0.iter().zip(&state.alive.0);
            let differing = Values(words.map(|(a, b)| a ^ b).collect());
            for value in differing.iter() {
                report.fault_of(value, Fault::AliveOnSomePaths);
            }
        }
    }

    fn define(&self, value: Value, state: &mut State) {
        match self.unit.ty(value) {
            Type::Own => state.alive.add(value),
            Type::Ref => state.stale.remove(value),
            _ => {}
        }
    }

    fn consume(&self, value: Value, state: &mut State, report: Option<&mut Report<'_>>) {
        if !state.alive.has(value) {
            if let Some(report) = report {
                report.fault_of(value, Fault::Consumed);
            }
            return;
        }
        state.alive.remove(value);
        self.spoil(state, |root| root == Root::Own(value));
    }

    /// A use that leaves ownership where it is.
    fn look_at(&self, value: Value, state: &State, report: Option<&mut Report<'_>>) {
        let Some(report) = report else { return };
        match self.unit.ty(value) {
            Type::Own if !state.alive.has(value) => report.fault_of(value, Fault::Consumed),
            Type::Ref if state.stale.has(value) => report.fault_of(value, Fault::OutlivesOwner),
            _ => {}
        }
    }

    fn spoil(&self, state: &mut State, lost: impl Fn(Root) -> bool) {
        for &value in &self.rooted {
            if self.roots[value.index()].iter().any(|root| lost(*root)) {
                state.stale.add(value);
            }
        }
    }

    /// Leaving consumes every owned value that is alive, each once.
    fn leave(&self, exit: &Exit, state: &State, report: &mut Report<'_>) {
        let mut left = state.clone();
        let slots = || exit.frames.iter().flat_map(|f| &f.slots);
        for (_, slot) in slots() {
            let SlotValue::Own(value) = *slot else {
                continue;
            };
            if left.alive.has(value) {
                left.alive.remove(value);
            } else if state.alive.has(value) {
                report.fault_of(value, Fault::TwiceInExit);
            } else {
                report.fault_of(value, Fault::Consumed);
            }
        }
        for value in left.alive.iter() {
            report.fault_of(value, Fault::NotInExit);
        }
        for function in exit.frames.iter().filter_map(|f| f.function) {
            self.look_at(function, state, Some(report));
        }
        for (_, slot) in slots() {
            if !matches!(slot, SlotValue::Own(_)) {
                for &value in slot.values() {
                    self.look_at(value, state, Some(report));
                }
            }
        }
    }
}
