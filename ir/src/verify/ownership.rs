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

use rustc_hash::FxHashMap as HashMap;
use smallvec::SmallVec;

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

/// A set of the references that have roots, by their numbers among these.
#[derive(Clone, Debug, PartialEq, Eq)]
struct References(Vec<u64>);

impl References {
    fn new(count: usize) -> References {
        References(vec![0; count.div_ceil(64)])
    }

    fn has(&self, number: usize) -> bool {
        self.0[number / 64] & (1 << (number % 64)) != 0
    }

    fn add(&mut self, number: usize) {
        self.0[number / 64] |= 1 << (number % 64);
    }

    fn remove(&mut self, number: usize) {
        self.0[number / 64] &= !(1 << (number % 64));
    }

    /// Adds all of another set. Whether there was any that was not here.
    fn join(&mut self, other: &References) -> bool {
        let mut new = false;
        for (known, added) in self.0.iter_mut().zip(&other.0) {
            new |= added & !*known != 0;
            *known |= added;
        }
        new
    }
}

/// What holds at a point: the owned values alive, of which there are few, and the borrowed references that are no longer
/// valid.
#[derive(Clone, Debug)]
struct State {
    alive: SmallVec<[Value; 8]>,
    stale: References,
}

/// An owned value is alive no more. Whether it was.
fn end(alive: &mut SmallVec<[Value; 8]>, value: Value) -> bool {
    let at = alive.iter().position(|other| *other == value);
    at.map(|at| alive.swap_remove(at)).is_some()
}

/// The references with roots, by what ends them.
struct Rooted {
    /// The number of each value among them.
    number: Vec<Option<u32>>,
    count: usize,
    in_slots: References,
    in_slot: HashMap<Slot, References>,
    in_memory: References,
    held: References,
    kept: References,
    owned: HashMap<Value, References>,
}

impl Rooted {
    fn new(roots: &[Vec<Root>]) -> Rooted {
        let count = roots.iter().filter(|roots| !roots.is_empty()).count();
        let none = || References::new(count);
        let mut rooted = Rooted {
            number: vec![None; roots.len()],
            count,
            in_slots: none(),
            in_slot: HashMap::default(),
            in_memory: none(),
            held: none(),
            kept: none(),
            owned: HashMap::default(),
        };
        let all = roots.iter().enumerate();
        for (number, (value, roots)) in all.filter(|(_, roots)| !roots.is_empty()).enumerate() {
            rooted.number[value] = Some(number as u32);
            for root in roots {
                match root {
                    Root::Slot(slot) => {
                        rooted.in_slots.add(number);
                        let same = rooted.in_slot.entry(*slot);
                        same.or_insert_with(none).add(number);
                    }
                    Root::Memory => rooted.in_memory.add(number),
                    Root::Holder => rooted.held.add(number),
                    Root::Keeper => rooted.kept.add(number),
                    Root::Own(value) => {
                        let same = rooted.owned.entry(*value);
                        same.or_insert_with(none).add(number);
                    }
                }
            }
        }
        rooted
    }

    fn number(&self, value: Value) -> Option<usize> {
        self.number[value.index()].map(|number| number as usize)
    }
}

pub(super) fn check(unit: &Unit, cfg: &Cfg, report: &mut Report<'_>) {
    let rooted = Rooted::new(&roots(unit, cfg));
    let empty = State {
        alive: SmallVec::new(),
        stale: References::new(rooted.count),
    };
    let mut checker = Checker {
        unit,
        rooted,
        starts: vec![None; unit.block_count()],
        changed: vec![false; unit.block_count()],
    };
    for entry in &unit.entries {
        checker.starts[entry.index()] = Some(empty.clone());
        checker.changed[entry.index()] = true;
    }
    // Staleness only grows and the owned values of a block are settled by its first edge: this ends.
    while cfg.rpo.iter().any(|block| checker.changed[block.index()]) {
        for &block in &cfg.rpo {
            if std::mem::take(&mut checker.changed[block.index()]) {
                checker.walk(block, None);
            }
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
    rooted: Rooted,
    starts: Vec<Option<State>>,
    /// Whether a block's start has changed since the block was walked, by block.
    changed: Vec<bool>,
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
        let ended = [
            (writes_slots, &self.rooted.in_slots),
            (writes_memory, &self.rooted.in_memory),
            (releases, &self.rooted.held),
            (self.unit.runs_code(data), &self.rooted.kept),
        ];
        for (_, references) in ended.iter().filter(|(ends, _)| *ends) {
            state.stale.join(references);
        }
        if let Some(references) = written.and_then(|slot| self.rooted.in_slot.get(&slot)) {
            state.stale.join(references);
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
            self.changed[target.block.index()] = true;
            return;
        };
        self.changed[target.block.index()] |= start.stale.join(&state.stale);
        if let Some(report) = report {
            for (some, others) in [(&start.alive, &state.alive), (&state.alive, &start.alive)] {
                for &value in some.iter().filter(|value| !others.contains(value)) {
                    report.fault_of(value, Fault::AliveOnSomePaths);
                }
            }
        }
    }

    fn define(&self, value: Value, state: &mut State) {
        match self.unit.ty(value) {
            Type::Own if !state.alive.contains(&value) => state.alive.push(value),
            Type::Ref => {
                if let Some(number) = self.rooted.number(value) {
                    state.stale.remove(number);
                }
            }
            _ => {}
        }
    }

    fn consume(&self, value: Value, state: &mut State, report: Option<&mut Report<'_>>) {
        if !end(&mut state.alive, value) {
            if let Some(report) = report {
                report.fault_of(value, Fault::Consumed);
            }
            return;
        }
        if let Some(references) = self.rooted.owned.get(&value) {
            state.stale.join(references);
        }
    }

    /// A use that leaves ownership where it is.
    fn look_at(&self, value: Value, state: &State, report: Option<&mut Report<'_>>) {
        let Some(report) = report else { return };
        match self.unit.ty(value) {
            Type::Own if !state.alive.contains(&value) => report.fault_of(value, Fault::Consumed),
            Type::Ref => {
                let number = self.rooted.number(value);
                if number.is_some_and(|number| state.stale.has(number)) {
                    report.fault_of(value, Fault::OutlivesOwner);
                }
            }
            _ => {}
        }
    }

    /// Leaving consumes every owned value that is alive, each once.
    fn leave(&self, exit: &Exit, state: &State, report: &mut Report<'_>) {
        let mut left = state.alive.clone();
        let slots = || exit.frames.iter().flat_map(|f| &f.slots);
        for (_, slot) in slots() {
            let SlotValue::Own(value) = *slot else {
                continue;
            };
            if !end(&mut left, value) {
                report.fault_of(
                    value,
                    match state.alive.contains(&value) {
                        true => Fault::TwiceInExit,
                        false => Fault::Consumed,
                    },
                );
            }
        }
        for value in left {
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
