//! Which ints have to lie in which windows before a block of rounds begins, so that during the block their
//! ranges are known.
//!
//! A parameter that starts in a window and changes by at most a step in each round stays in the window
//! widened by as many steps as a block has rounds. Steps are found first for what changes by little, then,
//! with that known, for what adds that up. Each conclusion rests on earlier ones only.

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

use super::body::Body;
use super::counting::Counting;
use crate::cfg::Cfg;
use crate::dominators::Dominators;
use crate::inst::Op;
use crate::passes::ranges::finder::{Finder, Found};
use crate::range::Range;
use crate::types::{Inst, Type, Value};
use crate::unit::{InstData, Unit, ValueDef};

/// How large ints may be when a block begins: windows of so many binary digits.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    /// Of what changes by a small step.
    counter: u32,
    /// Of such steps.
    step: u32,
    /// Of what comes from outside.
    outside: u32,
    /// Whether counters and their steps must not be negative.
    natural: bool,
}

/// Digits of counters in the widest choice.
pub(super) const COUNTER: u32 = 50;

/// Of what adds up; its steps have at most [`SUMMAND`] digits.
const SUM: u32 = 62;
const SUMMAND: u32 = 51;

/// Wide windows first: of choices that do equally well the first is taken.
const CHOICES: [Sizes; 6] = [
    Sizes {
        counter: COUNTER,
        step: 39,
        outside: 40,
        natural: false,
    },
    Sizes {
        counter: COUNTER,
        step: 39,
        outside: 40,
        natural: true,
    },
    Sizes {
        counter: 30,
        step: 18,
        outside: 31,
        natural: false,
    },
    Sizes {
        counter: 30,
        step: 18,
        outside: 31,
        natural: true,
    },
    Sizes {
        counter: 24,
        step: 13,
        outside: 25,
        natural: false,
    },
    Sizes {
        counter: 24,
        step: 13,
        outside: 25,
        natural: true,
    },
];

/// What is demanded when a block begins, and what then holds during it.
#[derive(Clone, Debug, Default)]
pub(super) struct Windows {
    /// Parameters of the header, and values from outside, with what is demanded of them.
    pub(super) demanded: Vec<(Value, Range)>,
    /// Parameters of the header, with what holds of them in every round.
    pub(super) held: Vec<(Value, Range)>,
    /// Results of what is cheaper then: sums need no check.
    pub(super) cheaper: Vec<Value>,
    /// How many instructions become cheaper by that.
    pub(super) gain: usize,
}

impl Windows {
    /// Demands that a parameter is small enough for a counter, if nothing is demanded of it yet.
    pub(super) fn demand_counter(&mut self, param: Value) {
        if !self.demanded.iter().any(|(v, _)| *v == param) {
            self.demanded.push((param, window(COUNTER, false)));
        }
    }

    /// Demands that a value is neither negative nor less than `least`, and small enough for a counter or a step, if
    /// it is not to be smaller already. A parameter then stays so, if it grows by steps that are small too.
    pub(super) fn demand_from(&mut self, least: i64, value: Value, is_param: bool, rounds: i64) {
        let sizes = CHOICES[0];
        let digits = if is_param { sizes.counter } else { sizes.step };
        let wanted = window(digits, true).and(Range::of(least.max(0), i64::MAX));
        match self.demanded.iter_mut().find(|(v, _)| *v == value) {
            Some((_, range)) => *range = range.and(wanted),
            None => self.demanded.push((value, wanted)),
        }
        let most = wanted.high + (rounds - 1) * window(sizes.step, true).high;
        let held = Range::of(wanted.low, most);
        match self.held.iter_mut().find(|(v, _)| *v == value) {
            Some((_, range)) => *range = range.and(held),
            None if is_param => self.held.push((value, held)),
            None => {}
        }
    }
}

/// The ints of so many digits.
pub(super) fn window(digits: u32, natural: bool) -> Range {
    let end = 1i64 << digits;
    Range::of(if natural { 0 } else { -end }, end - 1)
}

/// What the search needs to know.
pub(super) struct Search<'a> {
    pub(super) unit: &'a Unit,
    pub(super) cfg: &'a Cfg,
    pub(super) tree: &'a Dominators,
    pub(super) body: &'a Body,
    pub(super) counting: Counting,
    /// Rounds in a block.
    pub(super) rounds: i64,
}

/// What a choice of sizes leads to.
struct Trial {
    /// What is demanded.
    windows: HashMap<Value, Range>,
    /// What holds during the block.
    held: HashMap<Value, Range>,
    cheaper: HashSet<Inst>,
    gain: usize,
}

impl Search<'_> {
    /// The best windows, which may be none. What is likely is known of the ranges from then on.
    pub(super) fn best(&self, ranges: &mut Finder) -> Windows {
        let before = self.cheaper(ranges, &self.likely().collect());
        let base: HashMap<Value, Range> = self
            .ints()
            .map(|v| (v, ranges.range(self.unit, v)))
            .collect();
        let divides = |d: &InstData| matches!(d.op, Op::IFloorDiv | Op::IMod);
        let divides = self.body.insts(self.unit).any(divides);
        let multiplies = |d: &InstData| matches!(d.op, Op::IMulOvf | Op::IShlOvf);
        let multiplies = self.body.insts(self.unit).any(multiplies);
        let mut best: Option<Trial> = None;
        for sizes in CHOICES {
            if (sizes.natural && !divides) || (sizes.counter < COUNTER && !multiplies) {
                continue;
            }
            let trial = self.attempt(ranges, &base, sizes, &before);
            if best.as_ref().is_none_or(|b| trial.gain > b.gain) {
                best = Some(trial);
            }
        }
        let mut windows = match best.filter(|trial| trial.gain > 0) {
            Some(trial) => self.needed(ranges, &base, &before, trial),
            None => Windows {
                cheaper: self.results(&before),
                ..Windows::default()
            },
        };
        for (value, range) in self.likely() {
            windows.demanded.retain(|(v, _)| *v != value);
            windows.demanded.push((value, range));
        }
        windows
    }

    /// What holds in the copy of parameters that are likely constants.
    fn likely(&self) -> impl Iterator<Item = (Value, Range)> + '_ {
        let likely = self.body.likely.iter();
        likely.map(|(param, n)| (*param, Range::of(*n, *n)))
    }

    fn results(&self, insts: &HashSet<Inst>) -> Vec<Value> {
        let results = insts.iter().filter_map(|inst| self.unit.inst(*inst).result);
        results.collect()
    }

    /// Ints that ranges may be asked of.
    fn ints(&self) -> impl Iterator<Item = Value> + '_ {
        let used = self
            .body
            .insts(self.unit)
            .flat_map(|d| d.args.iter().copied());
        let results = self.body.insts(self.unit).filter_map(|d| d.result);
        let params = self
            .body
            .blocks
            .iter()
            .flat_map(|b| &self.unit.block(*b).params);
        let all = used.chain(results).chain(params.copied());
        all.filter(|v| self.unit.ty(*v) == Type::I64)
    }

    /// The instructions that become cheaper if this holds.
    fn cheaper(&self, ranges: &mut Finder, held: &HashMap<Value, Range>) -> HashSet<Inst> {
        let mut cheaper = HashSet::default();
        let blocks = &self.body.blocks;
        ranges.suppose(
            self.unit,
            self.cfg,
            self.tree,
            blocks,
            held.clone(),
            |inst, found| {
                if matches!(found, Found::Cheaper(_)) {
                    cheaper.insert(inst);
                }
            },
        );
        cheaper
    }

    fn attempt(
        &self,
        ranges: &mut Finder,
        base: &HashMap<Value, Range>,
        sizes: Sizes,
        before: &HashSet<Inst>,
    ) -> Trial {
        let mut windows = HashMap::default();
        let mut held = HashMap::default();
        let dividing = self.dividing();
        for value in self.ints().filter(|v| self.body.is_invariant(*v)) {
            let digits = match self.is_step(value) {
                true => sizes.step,
                false => sizes.outside,
            };
            let wanted = match sizes.natural {
                true if self.divisors().any(|v| v == value) => {
                    Range::of(1, window(digits, true).high)
                }
                natural => window(digits, natural && dividing.contains(&value)),
            };
            if !base[&value].within(wanted) {
                windows.insert(value, wanted);
                held.insert(value, wanted);
            }
        }
        held.extend(self.likely());
        self.cheaper(ranges, &held);
        let (small, large) = ((sizes.step, sizes.counter), (SUMMAND, SUM));
        for (step, digits) in [small, large, small] {
            let mut more = held.clone();
            for param in self.body.params(self.unit) {
                if held.contains_key(&param) {
                    continue;
                }
                let natural = sizes.natural && dividing.contains(&param);
                let start = window(digits, natural);
                if let Some(hull) = self.hull(ranges, base, param, step, start) {
                    windows.insert(param, start);
                    more.insert(param, hull);
                }
            }
            held = more;
            self.cheaper(ranges, &held);
        }
        let cheaper = self.cheaper(ranges, &held);
        let gain = cheaper.difference(before).count();
        Trial {
            windows,
            held,
            cheaper,
            gain,
        }
    }

    /// Where a parameter that starts in a window stays for a block of rounds, if its steps are no longer
    /// than so many digits allow.
    fn hull(
        &self,
        ranges: &Finder,
        base: &HashMap<Value, Range>,
        param: Value,
        step: u32,
        start: Range,
    ) -> Option<Range> {
        let change = self.body.change(self.unit, ranges, param);
        let (low, high) = change.delta.unwrap_or((0, 0));
        let longest = 1i128 << step;
        if low < -longest || high > longest {
            return None;
        }
        let from = change.reset.map_or(start, |reset| start.or(reset));
        let rounds = i128::from(self.rounds) - 1;
        let (least, most) = from.wide();
        let (least, most) = (least + rounds * low.min(0), most + rounds * high.max(0));
        if least < i64::MIN.into() || most > i64::MAX.into() {
            return None;
        }
        let hull = Range::cut(least, most);
        if self.counting.param != param {
            return Some(hull);
        }
        let bound = base.get(&self.counting.bound).copied();
        Some(hull.and(counted(self.counting.relation, bound.unwrap_or(Range::ALL))))
    }

    /// Whether a value from outside is what a parameter of the header changes by.
    fn is_step(&self, value: Value) -> bool {
        let adds = |d: &InstData| {
            matches!(d.op, Op::IAdd | Op::ISub | Op::IAddOvf | Op::ISubOvf)
                && d.args.contains(&value)
        };
        self.body.insts(self.unit).any(adds)
    }

    fn divisors(&self) -> impl Iterator<Item = Value> + '_ {
        let divisions = self.body.insts(self.unit);
        let divisions = divisions.filter(|d| matches!(d.op, Op::IFloorDiv | Op::IMod));
        divisions.map(|d| d.args[1])
    }

    /// What dividends and divisors are computed from.
    fn dividing(&self) -> HashSet<Value> {
        let divisions = self.body.insts(self.unit);
        let divisions = divisions.filter(|d| matches!(d.op, Op::IFloorDiv | Op::IMod));
        let mut work: Vec<Value> = divisions.flat_map(|d| d.args.iter().copied()).collect();
        let mut found = HashSet::default();
        while let Some(value) = work.pop() {
            if self.unit.ty(value) != Type::I64 || !found.insert(value) {
                continue;
            }
            if self.body.is_invariant(value) {
                continue;
            }
            match self.unit.def(value) {
                ValueDef::Param(..) => work.extend_from_slice(self.body.given(value)),
                ValueDef::Result(inst) => work.extend_from_slice(&self.unit.inst(inst).args),
            }
        }
        found
    }

    /// Leaves out the windows on which nothing rests that became cheaper.
    fn needed(
        &self,
        ranges: &mut Finder,
        base: &HashMap<Value, Range>,
        before: &HashSet<Inst>,
        trial: Trial,
    ) -> Windows {
        self.cheaper(ranges, &trial.held);
        let mut needed = HashSet::default();
        let mut work: Vec<Value> = Vec::new();
        for inst in trial.cheaper.difference(before) {
            work.extend_from_slice(&self.unit.inst(*inst).args);
        }
        while let Some(value) = work.pop() {
            let Some(&was) = base.get(&value) else {
                continue;
            };
            if ranges.range(self.unit, value) == was || !needed.insert(value) {
                continue;
            }
            if trial.windows.contains_key(&value) {
                if !self.body.is_invariant(value) {
                    work.extend(self.body.steps(self.unit, ranges, value));
                }
                continue;
            }
            match self.unit.def(value) {
                ValueDef::Param(..) => work.extend_from_slice(self.body.given(value)),
                ValueDef::Result(inst) => work.extend_from_slice(&self.unit.inst(inst).args),
            }
        }
        let mut demanded: Vec<(Value, Range)> = trial.windows.into_iter().collect();
        demanded.retain(|(value, _)| needed.contains(value));
        demanded.sort_by_key(|(value, _)| *value);
        let mut held: Vec<(Value, Range)> = trial.held.into_iter().collect();
        held.retain(|(value, _)| needed.contains(value) && !self.body.is_invariant(*value));
        held.sort_by_key(|(value, _)| *value);
        Windows {
            demanded,
            held,
            cheaper: self.results(&trial.cheaper),
            gain: trial.gain,
        }
    }
}

/// What the test says of the counter in every round of a block.
fn counted(relation: Op, bound: Range) -> Range {
    match relation {
        Op::ILt => Range::of(i64::MIN, bound.high.saturating_sub(1)),
        Op::ILe => Range::of(i64::MIN, bound.high),
        Op::IGt => Range::of(bound.low.saturating_add(1), i64::MAX),
        _ => Range::of(bound.low, i64::MAX),
    }
}
