//! The walk that finds ranges, for `ranges` itself and for passes that ask what would be known.

use rustc_hash::FxHashMap as HashMap;

use crate::cfg::Cfg;
use crate::dominators::Dominators;
use crate::inst::Op;
use crate::passes::guards::edge_fact;
use crate::passes::scope::{Path, Scoped};
use crate::range::Range;
use crate::types::{Block, Inst, Type, Value};
use crate::unit::{Imm, InstData, Unit, ValueDef};

/// Conversion to float is exact up to here.
const EXACT: i64 = 1 << 53;

/// What ranges say of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::passes) enum Found {
    /// Nothing that helps.
    Nothing,
    /// The comparison always has this result.
    Decided(bool),
    /// This operation on the same operands does as well, and cannot leave.
    Cheaper(Op),
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

/// Ranges at the place to which a walk over the blocks in preorder of the dominator tree has come.
pub(in crate::passes) struct Finder {
    /// What holds wherever a value is defined.
    known: Vec<Range>,
    /// What was learned on the way to the current block.
    scoped: Scoped<Value, Range>,
    path: Path,
    incoming: Vec<Vec<Value>>,
    /// Of parameters: the hull of the arguments seen so far, and how many those are.
    arrived: Vec<(Range, usize)>,
    assumed: HashMap<Value, Range>,
    /// Of parameters: what holds of all arguments, as far as an earlier walk found.
    given: Vec<Range>,
}

impl Finder {
    /// At the beginning of a walk.
    pub(in crate::passes) fn new(unit: &Unit, cfg: &Cfg) -> Finder {
        Finder {
            known: vec![Range::ALL; unit.value_count()],
            scoped: Scoped::with_capacity(unit.block_count()),
            path: Path::default(),
            incoming: incoming(unit, cfg),
            arrived: vec![(Range::ALL, 0); unit.value_count()],
            assumed: HashMap::default(),
            given: Vec::new(),
        }
    }

    /// At the beginning of a second walk, which knows of parameters what all their arguments were in a first one:
    /// those over edges back to a header, too.
    ///
    /// That a check may go because of what was learned from that very check in the round before is sound: as long as
    /// all parameters were in their ranges, whatever went would have passed, so they are the next time.
    pub(in crate::passes) fn second(unit: &Unit, cfg: &Cfg, tree: &Dominators) -> Finder {
        let first = Finder::over(unit, cfg, tree);
        let given = first.arrived.iter().zip(&first.incoming);
        let given = given.map(|((hull, seen), incoming)| match *seen == incoming.len() {
            true => *hull,
            false => Range::ALL,
        });
        Finder {
            given: given.collect(),
            ..Finder::new(unit, cfg)
        }
    }

    /// At the end of a walk over the whole unit.
    pub(in crate::passes) fn over(unit: &Unit, cfg: &Cfg, tree: &Dominators) -> Finder {
        let mut finder = Finder::new(unit, cfg);
        for &block in tree.preorder() {
            finder.enter(unit, cfg, tree, block);
            for &inst in &unit.block(block).insts {
                finder.visit(unit, inst);
            }
        }
        finder.path.leave(&mut finder.scoped);
        finder
    }

    /// Walks the body of a loop again, header first, and no other blocks of it, under assumptions on the
    /// header's parameters and on values from outside; tells of each instruction what was found. Only what
    /// holds wherever a value is defined is known of other values from outside.
    pub(in crate::passes) fn suppose(
        &mut self,
        unit: &Unit,
        cfg: &Cfg,
        tree: &Dominators,
        body: &[Block],
        assumed: HashMap<Value, Range>,
        mut found: impl FnMut(Inst, Found),
    ) {
        self.assumed = assumed;
        for &block in body {
            for &param in &unit.block(block).params {
                self.arrived[param.index()] = (Range::ALL, 0);
            }
        }
        for (at, &block) in body.iter().enumerate() {
            let preds = cfg.preds(block).iter();
            let edges = match at {
                0 => usize::MAX,
                _ => preds.filter(|p| body.contains(p)).count(),
            };
            self.enter_by(unit, cfg, tree, block, edges);
            for &inst in &unit.block(block).insts {
                found(inst, self.visit(unit, inst));
            }
        }
        self.path.leave(&mut self.scoped);
    }

    /// Comes to a block.
    pub(in crate::passes) fn enter(
        &mut self,
        unit: &Unit,
        cfg: &Cfg,
        tree: &Dominators,
        block: Block,
    ) {
        self.enter_by(unit, cfg, tree, block, cfg.preds(block).len());
    }

    fn enter_by(&mut self, unit: &Unit, cfg: &Cfg, tree: &Dominators, block: Block, edges: usize) {
        self.path.enter(tree, block, &mut self.scoped);
        for &param in &unit.block(block).params {
            if unit.ty(param) == Type::I64 {
                self.known[param.index()] = self.param(unit, param, edges);
            }
        }
        if let Some((condition, holds)) = edge_fact(unit, cfg, block) {
            self.learn(unit, condition, holds);
        }
    }

    fn param(&self, unit: &Unit, param: Value, edges: usize) -> Range {
        let mut range = match self.arrived[param.index()] {
            (hull, seen) if seen == edges && seen > 0 => hull,
            _ => self.counter(unit, param),
        };
        let given = self.given.get(param.index());
        let assumed = self.assumed.get(&param);
        for more in [unit.bounds(param), given.copied(), assumed.copied()] {
            range = more.map_or(range, |more| range.and(more));
        }
        range
    }

    /// What is known of a value here.
    pub(in crate::passes) fn range(&self, unit: &Unit, value: Value) -> Range {
        // Constants may stand in blocks that this walk has not come to.
        let mut range = literal(unit, value).unwrap_or(self.known[value.index()]);
        for more in [self.scoped.get(&value), self.assumed.get(&value)] {
            range = more.map_or(range, |more| range.and(*more));
        }
        range
    }

    /// Comes to an instruction.
    pub(in crate::passes) fn visit(&mut self, unit: &Unit, inst: Inst) -> Found {
        let data = unit.inst(inst);
        match data.op {
            Op::Guard => self.learn(unit, data.args[0], true),
            Op::GuardNot => self.learn(unit, data.args[0], false),
            Op::Jump | Op::Br => self.pass_on(unit, data),
            _ => {}
        }
        if let Some(decided) = self.decide(unit, data) {
            return Found::Decided(decided);
        }
        let (Some(result), Some((low, high))) = (data.result, self.computed(unit, data)) else {
            return Found::Nothing;
        };
        // A result that exists did not overflow.
        let mut range = Range::cut(low, high);
        if data.op == Op::IMulOvf
            && let Some(factor) = literal(unit, data.args[1])
            && factor.low > 0
        {
            // And is a multiple, so that a little may be added to it.
            let n = factor.low;
            range = range.and(Range::of(i64::MIN / n * n, i64::MAX / n * n));
        }
        self.known[result.index()] = range;
        let cheaper = match data.op {
            Op::IFloorDiv | Op::IMod => self.unsigned(unit, data),
            op => unchecked(op)
                .filter(|_| i128::from(i64::MIN) <= low && high <= i128::from(i64::MAX)),
        };
        cheaper.map_or(Found::Nothing, Found::Cheaper)
    }

    fn unsigned(&self, unit: &Unit, data: &InstData) -> Option<Op> {
        let [a, b] = data.args[..] else { return None };
        let natural = self.range(unit, a).low >= 0 && self.range(unit, b).low > 0;
        natural.then_some(match data.op {
            Op::IMod => Op::IModNat,
            _ => Op::IDivNat,
        })
    }

    fn pass_on(&mut self, unit: &Unit, data: &InstData) {
        for target in data.targets() {
            let params = &unit.block(target.block).params;
            for (param, &arg) in params.iter().zip(&target.args) {
                if unit.ty(arg) == Type::I64 {
                    let given = self.range(unit, arg);
                    let (hull, seen) = &mut self.arrived[param.index()];
                    *hull = if *seen == 0 { given } else { hull.or(given) };
                    *seen += 1;
                }
            }
        }
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
            Op::IMod | Op::IModNat if of(1).low > 0 => {
                // What is less than the divisor already stays what it is.
                let (dividend, most) = (of(0), of(1).high - 1);
                let most = match dividend.low >= 0 {
                    true => most.min(dividend.high),
                    false => most,
                };
                (0, most.into())
            }
            Op::IFloorDiv | Op::IDivNat if of(1).low > 0 => {
                // Further from 0 the smaller the divisor, and in the dividend's direction.
                let ((a, b), (c, d)) = (of(0).wide(), of(1).wide());
                let low = a.div_euclid(if a < 0 { c } else { d });
                let high = b.div_euclid(if b < 0 { d } else { c });
                (low, high)
            }
            Op::IXor | Op::IOr => {
                // No result has more digits than the operands.
                let (a, b) = (of(0), of(1));
                let digits = digits(a).max(digits(b));
                let negative = a.low < 0 || b.low < 0;
                let end = 1i128 << digits;
                (if negative { -end } else { 0 }, end - 1)
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
        let mut range = Range::ALL;
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

/// The form of a checked operation that does not check.
fn unchecked(op: Op) -> Option<Op> {
    Some(match op {
        Op::IAddOvf => Op::IAdd,
        Op::ISubOvf => Op::ISub,
        Op::IMulOvf => Op::IMul,
        Op::INegOvf => Op::INeg,
        Op::IShlOvf => Op::IShl,
        _ => return None,
    })
}

/// How many binary digits, without the sign, every int of a range fits.
fn digits(range: Range) -> u32 {
    let of = |n: i64| 64 - (if n < 0 { !n } else { n }).leading_zeros();
    of(range.low).max(of(range.high))
}
