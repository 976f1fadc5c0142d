//! Ranges of ints: checks that cannot fail go, comparisons whose result is certain become constants.
//!
//! Contract: a range holds wherever the value is defined, or, if learned from a guard or branch, in the
//! blocks below it. Ranges come from constants, from what instructions can give, from comparisons that
//! were passed, and, for a loop's counter, from the values it starts with if it only grows or only falls.
//! All of it relies on checked operations that did not leave: that is why no pass removes one because its
//! result is unused.

use super::edit::become_constant;
use super::guards::edge_fact;
use super::scope::{Path, Scoped};
use crate::cfg::Cfg;
use crate::dominators::Dominators;
use crate::evaluate::Scalar;
use crate::inst::Op;
use crate::types::{Inst, Type, Value};
use crate::unit::{Imm, InstData, Unit, ValueDef};

/// The ints from `low` to `high`, both included; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    low: i64,
    high: i64,
}

const ALL: Range = Range {
    low: i64::MIN,
    high: i64::MAX,
};

/// Conversion to float is exact up to here.
const EXACT: i64 = 1 << 53;

impl Range {
    fn of(low: i64, high: i64) -> Range {
        Range { low, high }
    }

    /// What both say; the first if they contradict each other, as they may where control never comes.
    fn and(self, other: Range) -> Range {
        let both = Range::of(self.low.max(other.low), self.high.min(other.high));
        if both.low <= both.high { both } else { self }
    }

    fn wide(self) -> (i128, i128) {
        (self.low.into(), self.high.into())
    }

    fn within(self, other: Range) -> bool {
        other.low <= self.low && self.high <= other.high
    }
}

pub(super) fn run(unit: &mut Unit) {
    let cfg = Cfg::new(unit);
    let tree = Dominators::new(&cfg);
    let mut finder = Finder {
        known: vec![ALL; unit.value_count()],
        scoped: Scoped::new(),
        incoming: incoming(unit, &cfg),
    };
    let mut path = Path::default();
    for &block in tree.preorder() {
        path.enter(&tree, block, &mut finder.scoped);
        for &param in &unit.block(block).params {
            if unit.ty(param) == Type::I64 {
                finder.known[param.index()] = finder.counter(unit, param);
            }
        }
        if let Some((condition, holds)) = edge_fact(unit, &cfg, block) {
            finder.learn(unit, condition, holds);
        }
        for at in 0..unit.block(block).insts.len() {
            let inst = unit.block(block).insts[at];
            finder.visit(unit, inst);
        }
    }
}

/// The arguments of each parameter, over all edges.
fn incoming(unit: &Unit, cfg: &Cfg) -> Vec<Vec<Value>> {
    let mut incoming = vec![Vec::new(); unit.value_count()];
    for &block in &cfg.rpo {
        let Some(terminator) = unit.terminator(block) else {
            continue;
        };
        for target in terminator.targets() {
            let params = &unit.block(target.block).params;
            for (param, &arg) in params.iter().zip(&target.args) {
                incoming[param.index()].push(arg);
            }
        }
    }
    incoming
}

struct Finder {
    /// What holds wherever a value is defined.
    known: Vec<Range>,
    /// What was learned on the way to the current block.
    scoped: Scoped<Value, Range>,
    incoming: Vec<Vec<Value>>,
}

impl Finder {
    fn range(&self, unit: &Unit, value: Value) -> Range {
        // Constants may stand in blocks that this walk has not come to.
        let known = literal(unit, value).unwrap_or(self.known[value.index()]);
        match self.scoped.get(&value) {
            Some(learned) => known.and(*learned),
            None => known,
        }
    }

    fn visit(&mut self, unit: &mut Unit, inst: Inst) {
        let data = unit.inst(inst);
        match data.op {
            Op::Guard => return self.learn(unit, data.args[0], true),
            Op::GuardNot => return self.learn(unit, data.args[0], false),
            _ => {}
        }
        if let Some(decided) = self.decide(unit, data) {
            return become_constant(unit, inst, Scalar::Bool(decided));
        }
        let Some(result) = data.result else { return };
        let Some(range) = self.computed(unit, data) else {
            return;
        };
        let unchecked = match data.op {
            Op::IAddOvf => Op::IAdd,
            Op::ISubOvf => Op::ISub,
            Op::IMulOvf => Op::IMul,
            Op::INegOvf => Op::INeg,
            Op::IShlOvf => Op::IShl,
            other => other,
        };
        let fits =
            |(low, high): (i128, i128)| i128::from(i64::MIN) <= low && high <= i128::from(i64::MAX);
        if unchecked != data.op && fits(range) {
            let args = data.args.clone();
            unit.become_inst(inst, unchecked, args, Imm::None, None);
        }
        // A result that exists did not overflow.
        let low = range.0.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
        let high = range.1.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
        self.known[result.index()] = Range::of(low, high);
    }

    /// The bounds of an int result before it is checked for overflow.
    fn computed(&self, unit: &Unit, data: &InstData) -> Option<(i128, i128)> {
        let of = |at: usize| self.range(unit, data.args[at]);
        Some(match data.op {
            Op::IConst => match data.imm {
                Imm::Int(n) => (n.into(), n.into()),
                _ => return None,
            },
            Op::IAdd | Op::IAddOvf => {
                let ((a, b), (c, d)) = (of(0).wide(), of(1).wide());
                (a + c, b + d)
            }
            Op::ISub | Op::ISubOvf => {
                let ((a, b), (c, d)) = (of(0).wide(), of(1).wide());
                (a - d, b - c)
            }
            Op::IMul | Op::IMulOvf => {
                let ((a, b), (c, d)) = (of(0).wide(), of(1).wide());
                hull([a * c, a * d, b * c, b * d])
            }
            Op::INeg | Op::INegOvf => {
                let (a, b) = of(0).wide();
                (-b, -a)
            }
            Op::INot => {
                let (a, b) = of(0).wide();
                (-b - 1, -a - 1)
            }
            Op::IAnd => {
                // A mask that is not negative bounds the result whatever the other operand is.
                let mask = |r: Range| (r.low >= 0).then_some(r.high);
                match (mask(of(0)), mask(of(1))) {
                    (Some(a), Some(b)) => (0, a.min(b).into()),
                    (Some(a), None) | (None, Some(a)) => (0, a.into()),
                    (None, None) => return None,
                }
            }
            Op::IMod => {
                let divisor = of(1);
                if divisor.low > 0 {
                    (0, i128::from(divisor.high) - 1)
                } else {
                    return None;
                }
            }
            Op::IFloorDiv if of(1).low > 0 => {
                let (a, b) = of(0).wide();
                (a.min(0), b.max(0))
            }
            Op::IShr => {
                let (a, b) = of(0).wide();
                match literal(unit, data.args[1]) {
                    Some(n) => (a >> n.low.clamp(0, 63), b >> n.low.clamp(0, 63)),
                    None => (a.min(0), b.max(0)),
                }
            }
            Op::IShl | Op::IShlOvf => {
                let count = literal(unit, data.args[1])?.low;
                let (a, b) = of(0).wide();
                if !(0..64).contains(&count) {
                    return None;
                }
                (a << count, b << count)
            }
            Op::SelectI => {
                let ((a, b), (c, d)) = (of(1).wide(), of(2).wide());
                (a.min(c), b.max(d))
            }
            Op::BToI => (0, 1),
            Op::LoadU8 => (0, 0xff),
            Op::LoadI8 => (i8::MIN.into(), i8::MAX.into()),
            Op::LoadU16 => (0, 0xffff),
            Op::LoadI16 => (i16::MIN.into(), i16::MAX.into()),
            Op::LoadI32 => (i32::MIN.into(), i32::MAX.into()),
            Op::LoadU32 => (0, 0xffff_ffff),
            _ => return None,
        })
    }

    /// The result of a comparison, if it is certain.
    fn decide(&self, unit: &Unit, data: &InstData) -> Option<bool> {
        if data.op == Op::IExact {
            let exact = Range::of(-EXACT, EXACT);
            return self.range(unit, data.args[0]).within(exact).then_some(true);
        }
        let [a, b] = data.args[..] else { return None };
        if !matches!(
            data.op,
            Op::ILt | Op::ILe | Op::IGt | Op::IGe | Op::IEq | Op::INe
        ) {
            return None;
        }
        let (a, b) = (self.range(unit, a), self.range(unit, b));
        let (less, greater) = (a.high < b.low, a.low > b.high);
        let (no_more, no_less) = (a.high <= b.low, a.low >= b.high);
        match data.op {
            Op::ILt => less.then_some(true).or(no_less.then_some(false)),
            Op::ILe => no_more.then_some(true).or(greater.then_some(false)),
            Op::IGt => greater.then_some(true).or(no_more.then_some(false)),
            Op::IGe => no_less.then_some(true).or(less.then_some(false)),
            Op::IEq => (less || greater).then_some(false),
            _ => (less || greater).then_some(true),
        }
    }

    fn learn(&mut self, unit: &Unit, condition: Value, holds: bool) {
        let Some(data) = unit.def_inst(condition) else {
            return;
        };
        match (data.op, holds) {
            (Op::BNot, _) => return self.learn(unit, data.args[0], !holds),
            (Op::BAnd, true) | (Op::BOr, false) => {
                for &part in &data.args {
                    self.learn(unit, part, holds);
                }
                return;
            }
            (Op::IExact, true) => return self.narrow(unit, data.args[0], Range::of(-EXACT, EXACT)),
            _ => {}
        }
        let [a, b] = data.args[..] else { return };
        match (data.op, holds) {
            (Op::ILt, true) | (Op::IGe, false) => self.order(unit, a, b, 1),
            (Op::ILe, true) | (Op::IGt, false) => self.order(unit, a, b, 0),
            (Op::IGt, true) | (Op::ILe, false) => self.order(unit, b, a, 1),
            (Op::IGe, true) | (Op::ILt, false) => self.order(unit, b, a, 0),
            (Op::IEq, true) | (Op::INe, false) => {
                let both = self.range(unit, a).and(self.range(unit, b));
                self.narrow(unit, a, both);
                self.narrow(unit, b, both);
            }
            (Op::INe, true) | (Op::IEq, false) => {
                self.exclude(unit, a, b);
                self.exclude(unit, b, a);
            }
            _ => {}
        }
    }

    /// `low + gap <= high` holds.
    fn order(&mut self, unit: &Unit, low: Value, high: Value, gap: i64) {
        let (a, b) = (self.range(unit, low), self.range(unit, high));
        let (Some(most), Some(least)) = (b.high.checked_sub(gap), a.low.checked_add(gap)) else {
            return;
        };
        self.narrow(unit, low, Range::of(i64::MIN, most));
        self.narrow(unit, high, Range::of(least, i64::MAX));
    }

    /// `value` is not `other`, which says something if that is a constant at the end of the range.
    fn exclude(&mut self, unit: &Unit, value: Value, other: Value) {
        let (range, other) = (self.range(unit, value), self.range(unit, other));
        if other.low != other.high || range.low == range.high {
            return;
        }
        if range.low == other.low {
            self.narrow(unit, value, Range::of(range.low + 1, i64::MAX));
        } else if range.high == other.low {
            self.narrow(unit, value, Range::of(i64::MIN, range.high - 1));
        }
    }

    fn narrow(&mut self, unit: &Unit, value: Value, to: Range) {
        let before = self.range(unit, value);
        let after = before.and(to);
        if after != before {
            self.scoped.set(value, after);
        }
    }

    /// The range of a parameter that over its loop only grows, or only falls: nothing wraps, since every
    /// step is an addition that left or was promised to fit.
    fn counter(&self, unit: &Unit, param: Value) -> Range {
        let mut range = ALL;
        for grows in [true, false] {
            let mut bound = None;
            let mut starts = Vec::new();
            let args = &self.incoming[param.index()];
            let steps = args
                .iter()
                .all(|&arg| self.steps(unit, arg, param, grows, 4, &mut starts));
            if !steps || starts.is_empty() {
                continue;
            }
            for start in starts {
                let found = self.range_anywhere(unit, start);
                let end = if grows { found.low } else { found.high };
                bound = Some(match bound {
                    Some(b) if grows => end.min(b),
                    Some(b) => end.max(b),
                    None => end,
                });
            }
            match bound {
                Some(low) if grows => range.low = low,
                Some(high) => range.high = high,
                None => {}
            }
        }
        range
    }

    /// Whether a value is the parameter after zero or more steps of one direction; otherwise notes it as
    /// a start. False if that took too long to find out.
    fn steps(
        &self,
        unit: &Unit,
        value: Value,
        param: Value,
        grows: bool,
        depth: u32,
        starts: &mut Vec<Value>,
    ) -> bool {
        if value == param {
            return true;
        }
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        match unit.def(value) {
            ValueDef::Param(..) => {
                let args = &self.incoming[value.index()];
                // The join of a loop's body; anything else is found to be no step and ends the search.
                !args.is_empty()
                    && args.len() <= 4
                    && args.iter().all(|&arg| {
                        arg == value || self.steps(unit, arg, param, grows, depth, starts)
                    })
            }
            ValueDef::Result(inst) => {
                let data = unit.inst(inst);
                let up = match (data.op, data.args.get(1).and_then(|b| literal(unit, *b))) {
                    (Op::IAdd | Op::IAddOvf, Some(n)) => n.low >= 0,
                    (Op::ISub | Op::ISubOvf, Some(n)) => n.low <= 0,
                    _ => {
                        starts.push(value);
                        return true;
                    }
                };
                let standing = literal(unit, data.args[1]).is_some_and(|n| n.low == 0);
                (up == grows || standing)
                    && self.steps(unit, data.args[0], param, grows, depth, starts)
            }
        }
    }

    /// What holds of a value wherever it is defined, also if the walk has not come to it.
    fn range_anywhere(&self, unit: &Unit, value: Value) -> Range {
        literal(unit, value).unwrap_or(self.known[value.index()])
    }
}

/// The range of a constant.
fn literal(unit: &Unit, value: Value) -> Option<Range> {
    match unit.def_inst(value) {
        Some(InstData {
            op: Op::IConst,
            imm: Imm::Int(n),
            ..
        }) => Some(Range::of(*n, *n)),
        _ => None,
    }
}

fn hull(ends: [i128; 4]) -> (i128, i128) {
    let [a, b, c, d] = ends;
    (a.min(b).min(c).min(d), a.max(b).max(c).max(d))
}
