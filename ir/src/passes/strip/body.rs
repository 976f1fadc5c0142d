//! What can be stripped: the part of an innermost loop that is copied, and how its ints change in a round.

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

use crate::inst::Op;
use crate::loops::Loop;
use crate::passes::edit::int_constant;
use crate::passes::ranges::finder::Finder;
use crate::range::Range;
use crate::types::{Block, Type, Value};
use crate::unit::{InstData, Unit, ValueDef};

/// Most instructions of a loop that is copied.
const MOST_INSTRUCTIONS: usize = 240;

/// The part of a loop that runs in every block of rounds: all of it but its cold blocks.
pub(super) struct Body {
    /// The loop's header.
    pub(super) header: Block,
    /// Where in the header the guard of the poll stands; the poll is right before it.
    pub(super) guard: usize,
    /// The blocks, header first, each after its dominator.
    pub(super) blocks: Vec<Block>,
    /// Whether cold blocks of the loop are left out, to which control may go and come back.
    pub(super) leaves_out: bool,
    /// Values defined in the loop, cold blocks included, but for parameters of the header that the body
    /// hands on as they are.
    inside: HashSet<Value>,
    /// The arguments of parameters, over edges between the body's blocks.
    incoming: HashMap<Value, Vec<Value>>,
    /// Parameters of the header that no round changes, and that are this constant if the loop is not entered from outside
    /// of the unit.
    pub(super) likely: Vec<(Value, i64)>,
}

/// What a value is, seen from a parameter of the header: something in a range, or the parameter plus
/// something in a range, depending on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Change {
    /// The range of what does not depend on the parameter.
    pub(super) reset: Option<Range>,
    /// The ends of what is added to it.
    pub(super) delta: Option<(i128, i128)>,
}

impl Change {
    fn or(self, other: Change) -> Change {
        fn both<T>(a: Option<T>, b: Option<T>, join: impl Fn(T, T) -> T) -> Option<T> {
            match (a, b) {
                (Some(a), Some(b)) => Some(join(a, b)),
                (a, None) => a,
                (None, b) => b,
            }
        }
        Change {
            reset: both(self.reset, other.reset, Range::or),
            delta: both(self.delta, other.delta, |a, b| (a.0.min(b.0), a.1.max(b.1))),
        }
    }

    /// The same step in every round.
    pub(super) fn constant(self) -> Option<i64> {
        let (low, high) = self.delta?;
        (self.reset.is_none() && low == high).then(|| i64::try_from(low).ok())?
    }
}

impl Body {
    /// The body of a loop that may be stripped: one poll, at the head, and nothing that is better asked for
    /// more often.
    pub(super) fn of(unit: &Unit, cold: &[bool], around: &Loop) -> Option<Body> {
        let header = around.header;
        let (is_hot, is_cold) = (|b: &Block| !cold[b.index()], |b: &Block| cold[b.index()]);
        if !around.is_innermost || is_cold(&header) || !around.latches.iter().any(is_hot) {
            return None;
        }
        let guard = poll_guard(unit, header)?;
        let blocks: Vec<Block> = around.blocks.iter().copied().filter(is_hot).collect();
        let size: usize = blocks.iter().map(|b| unit.block(*b).insts.len()).sum();
        let polls = around.blocks.iter().flat_map(|b| &unit.block(*b).insts);
        let polls = polls.filter(|i| unit.inst(**i).op == Op::Poll).count();
        let hot = blocks.iter().flat_map(|b| &unit.block(*b).insts);
        let slow = |data: &InstData| {
            unit.runs_code(data) || data.op == Op::CallNative || data.op == Op::Position
        };
        if polls != 1 || size > MOST_INSTRUCTIONS || hot.clone().any(|i| slow(unit.inst(*i))) {
            return None;
        }
        let mut inside = HashSet::default();
        for &block in &around.blocks {
            inside.extend(unit.block(block).params.iter().copied());
            let results = unit.block(block).insts.iter();
            inside.extend(results.filter_map(|i| unit.inst(*i).result));
        }
        let mut incoming: HashMap<Value, Vec<Value>> = HashMap::default();
        for &block in &blocks {
            for target in unit
                .terminator(block)
                .into_iter()
                .flat_map(InstData::targets)
            {
                if !blocks.contains(&target.block) {
                    continue;
                }
                let params = &unit.block(target.block).params;
                for (&param, &arg) in params.iter().zip(&target.args) {
                    incoming.entry(param).or_default().push(arg);
                }
            }
        }
        let stays = |param: &Value| {
            incoming
                .get(param)
                .is_some_and(|given| given.iter().all(|arg| arg == param))
        };
        for param in unit
            .block(header)
            .params
            .iter()
            .filter(|p| unit.ty(**p) != Type::Own && stays(p))
        {
            inside.remove(param);
        }
        let likely = likely(unit, around);
        Some(Body {
            header,
            guard,
            likely,
            leaves_out: blocks.len() < around.blocks.len(),
            blocks,
            inside,
            incoming,
        })
    }

    /// The header's parameters that the body hands on as they are.
    pub(super) fn stationary(&self, unit: &Unit) -> Vec<Value> {
        let params = unit.block(self.header).params.iter().copied();
        params.filter(|p| self.is_invariant(*p)).collect()
    }

    /// Whether a value is defined outside of the body.
    pub(super) fn is_invariant(&self, value: Value) -> bool {
        !self.inside.contains(&value)
    }

    /// The int parameters of the header.
    pub(super) fn params<'a>(&'a self, unit: &'a Unit) -> impl Iterator<Item = Value> + 'a {
        let params = unit.block(self.header).params.iter().copied();
        params.filter(|p| unit.ty(*p) == Type::I64 && !self.is_invariant(*p))
    }

    /// The instructions.
    pub(super) fn insts<'a>(&'a self, unit: &'a Unit) -> impl Iterator<Item = &'a InstData> + 'a {
        let insts = self.blocks.iter().flat_map(|b| &unit.block(*b).insts);
        insts.map(|i| unit.inst(*i))
    }

    /// The blocks with an edge back to the header.
    pub(super) fn latches<'a>(&'a self, unit: &'a Unit) -> impl Iterator<Item = Block> + 'a {
        let blocks = self.blocks.iter().copied();
        blocks.filter(|b| unit.successors(*b).contains(&self.header))
    }

    /// The values that a parameter of the body's blocks may get.
    pub(super) fn given(&self, param: Value) -> &[Value] {
        self.incoming.get(&param).map_or(&[], Vec::as_slice)
    }

    /// How a parameter of the header changes in a round, as far as ranges tell.
    pub(super) fn change(&self, unit: &Unit, ranges: &Finder, param: Value) -> Change {
        let given = self.given(param).iter();
        let changes = given.map(|arg| self.seen_from(unit, ranges, param, *arg, 8).0);
        changes.reduce(Change::or).unwrap_or_default()
    }

    /// What is added to a parameter of the header on the way to its next value.
    pub(super) fn steps(&self, unit: &Unit, ranges: &Finder, param: Value) -> Vec<Value> {
        let given = self.given(param).iter();
        given
            .flat_map(|arg| self.seen_from(unit, ranges, param, *arg, 8).1)
            .collect()
    }

    /// A value as a change of a parameter, and the other values that this rests on.
    fn seen_from(
        &self,
        unit: &Unit,
        ranges: &Finder,
        param: Value,
        value: Value,
        depth: u32,
    ) -> (Change, Vec<Value>) {
        if value == param {
            let none = Change {
                reset: None,
                delta: Some((0, 0)),
            };
            return (none, Vec::new());
        }
        let reset = Change {
            reset: Some(ranges.range(unit, value)),
            delta: None,
        };
        let otherwise = (reset, vec![value]);
        if depth == 0 || self.is_invariant(value) {
            return otherwise;
        }
        let of = |v| self.seen_from(unit, ranges, param, v, depth - 1);
        match unit.def(value) {
            ValueDef::Param(block, _) if block != self.header => {
                let ways = self.given(value).iter().map(|arg| of(*arg));
                let join = |a: (Change, Vec<Value>), b: (Change, Vec<Value>)| {
                    (a.0.or(b.0), [a.1, b.1].concat())
                };
                ways.reduce(join)
                    .filter(|(change, _)| change.delta.is_some())
                    .unwrap_or(otherwise)
            }
            ValueDef::Param(..) => otherwise,
            ValueDef::Result(inst) => {
                let data = unit.inst(inst);
                let (a, b) = match data.args[..] {
                    [a, b] => (a, b),
                    _ => return otherwise,
                };
                let ordered = match data.op {
                    Op::IAdd | Op::IAddOvf => [Some((a, b)), Some((b, a))],
                    Op::ISub | Op::ISubOvf => [Some((a, b)), None],
                    _ => return otherwise,
                };
                for (base, step) in ordered.into_iter().flatten() {
                    let (change, mut steps) = of(base);
                    let Some((low, high)) = change.delta else {
                        continue;
                    };
                    let (less, more) = match data.op {
                        Op::ISub | Op::ISubOvf => {
                            let (l, h) = ranges.range(unit, step).wide();
                            (-h, -l)
                        }
                        _ => ranges.range(unit, step).wide(),
                    };
                    if int_constant(unit, step).is_none() {
                        steps.push(step);
                    }
                    let moved = |r: Range| {
                        let (l, h) = r.wide();
                        Range::cut(l + less, h + more)
                    };
                    let change = Change {
                        reset: change.reset.map(moved),
                        delta: Some((low + less, high + more)),
                    };
                    return (change, steps);
                }
                otherwise
            }
        }
    }
}

/// The int parameters of a loop's header that the loop hands on as they are, and that come to it as one constant or as
/// something unknown.
fn likely(unit: &Unit, around: &Loop) -> Vec<(Value, i64)> {
    let params = unit.block(around.header).params.iter().enumerate();
    let ints = params.filter(|(_, p)| unit.ty(**p) == Type::I64);
    let constant = |(place, param): (usize, &Value)| {
        let mut found = None;
        for &block in &unit.layout {
            let inside = around.blocks.contains(&block);
            let targets = unit
                .terminator(block)
                .into_iter()
                .flat_map(InstData::targets);
            for target in targets.filter(|t| t.block == around.header) {
                let arg = target.args[place];
                match int_constant(unit, arg) {
                    _ if inside && arg == *param => {}
                    _ if inside => return None,
                    None => {}
                    Some(n) if found.is_some_and(|found| found != n) => return None,
                    Some(n) => found = Some(n),
                }
            }
        }
        Some((*param, found?))
    };
    ints.filter_map(constant).collect()
}

/// Where the guard of the poll at a block's head stands. Before the poll there is nothing but computation.
pub(super) fn poll_guard(unit: &Unit, block: Block) -> Option<usize> {
    let insts = &unit.block(block).insts;
    let op = |at: usize| insts.get(at).map(|i| unit.inst(*i));
    let poll = insts
        .iter()
        .position(|i| !unit.is_pure(unit.inst(*i)) || unit.inst(*i).exit.is_some())?;
    let (poll_data, guard) = (op(poll)?, op(poll + 1)?);
    let guards = guard.op == Op::GuardNot && Some(guard.args[0]) == poll_data.result;
    let uses = |data: &InstData| data.uses().any(|v| Some(v) == poll_data.result);
    let once = !insts[poll + 2..].iter().any(|i| uses(unit.inst(*i)));
    (poll_data.op == Op::Poll && guards && once).then_some(poll + 1)
}
