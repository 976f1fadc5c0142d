//! The beginning of a block of rounds: what is tested and computed before its first one.

use super::body::Body;
use super::counting::Counting;
use super::following::Following;
use super::invariants::{Invariants, Step};
use super::windows::Windows;
use crate::inst::Op;
use crate::passes::copy::Copies;
use crate::passes::edit::{append, append_int, int_constant};
use crate::range::Range;
use crate::types::{Block, Value};
use crate::unit::{Imm, Target, Unit};

/// The beginning while it is made: blocks that end in tests.
pub(super) struct Start<'a> {
    pub(super) unit: &'a mut Unit,
    /// Where all tests so far hold.
    pub(super) here: Block,
    /// Where control goes if one does not hold.
    pub(super) otherwise: Block,
    /// The blocks that are made.
    pub(super) new: &'a mut Vec<Block>,
}

impl Start<'_> {
    /// Tests that ints lie in their windows.
    pub(super) fn in_windows(&mut self, body: &Body, windows: &Windows) {
        let (unit, here) = (&mut *self.unit, self.here);
        let demanded = windows.demanded.iter().copied();
        let (of_others, of_params): (Vec<(Value, Range)>, Vec<_>) =
            demanded.partition(|(value, _)| body.is_invariant(*value));
        let mut tests = Vec::new();
        tests.extend(within(unit, here, &of_params));
        for (value, range) in of_params.iter().filter(|(_, range)| range.low > 0) {
            let low = append_int(unit, here, range.low);
            tests.push(append(unit, here, Op::IGe, &[*value, low]));
        }
        for (value, range) in of_others {
            let low = append_int(unit, here, range.low);
            if range.low == range.high {
                tests.push(append(unit, here, Op::IEq, &[value, low]));
                continue;
            }
            let high = append_int(unit, here, range.high);
            tests.push(append(unit, here, Op::IGe, &[value, low]));
            tests.push(append(unit, here, Op::ILe, &[value, high]));
        }
        for test in tests {
            self.test(test, true);
        }
    }

    /// Tests that there is a round to do, and computes where the block of rounds ends; the condition, and the
    /// counter's bound.
    pub(super) fn rounds(&mut self, counting: &Counting, rounds: i64) -> (Value, Value) {
        let bound = bound(self.unit, self.here, counting);
        let args = [counting.param, bound];
        let round = append(self.unit, self.here, counting.relation, &args);
        self.test(round, true);
        (round, last(self.unit, self.here, counting, rounds))
    }

    /// Ends the block with a test, and goes on where it has this truth.
    fn test(&mut self, condition: Value, holds: bool) {
        let next = self.unit.add_block();
        self.new.push(next);
        let to = |yes| Target {
            block: if yes == holds { next } else { self.otherwise },
            args: Vec::new(),
        };
        let imm = Imm::Branch(to(true), to(false));
        self.unit.push(self.here, Op::Br, &[condition], imm, None);
        self.here = next;
    }

    /// Computes and tests what is the same in all rounds.
    pub(super) fn compute(&mut self, invariants: &Invariants, copies: &mut Copies) {
        for step in &invariants.steps {
            match *step {
                Step::Compute(inst) => {
                    let copy = copies.inst(self.unit, inst);
                    self.unit.block_mut(self.here).insts.push(copy);
                }
                Step::Shift(inst) => {
                    let data = self.unit.inst(inst);
                    let (base, plain) = (
                        data.args[0],
                        match data.op {
                            Op::IAddOvf => Op::IAdd,
                            _ => Op::ISub,
                        },
                    );
                    let base = copies.value(base);
                    for (relation, end) in [(Op::IGe, -(1 << 62)), (Op::ILe, 1 << 62)] {
                        let end = append_int(self.unit, self.here, end);
                        let within = append(self.unit, self.here, relation, &[base, end]);
                        self.test(within, true);
                    }
                    let copy = copies.inst_unchecked(self.unit, inst, plain);
                    self.unit.block_mut(self.here).insts.push(copy);
                }
                Step::Test(condition, holds) => self.test(copies.value(condition), holds),
            }
        }
        for (read, written) in &invariants.apart {
            let arrays = [copies.value(*read), copies.value(*written)];
            let same = append(self.unit, self.here, Op::PEq, &arrays);
            self.test(same, false);
        }
    }

    /// Computes what the copy needs to count by what the counter follows.
    pub(super) fn follow(
        &mut self,
        following: Following,
        (counting, nearer): (&Counting, Value),
    ) -> Behind {
        let Following {
            place,
            leader,
            step,
            opposed,
        } = following;
        let rounds = rounds_ahead(self.unit, self.here, counting, nearer);
        let (unit, here) = (&mut *self.unit, self.here);
        let (relation, forth) = match step > 0 {
            true => (Op::ILt, Op::IAdd),
            false => (Op::IGt, Op::ISub),
        };
        let end = append(unit, here, forth, &[leader, rounds]);
        let (sum, op) = match opposed {
            true => (Op::IAdd, Op::ISub),
            false => (Op::ISub, Op::IAdd),
        };
        Behind {
            place,
            op,
            base: append(unit, here, sum, &[counting.param, leader]),
            counting: Counting {
                param: leader,
                step,
                relation,
                ..*counting
            },
            end,
        }
    }

    /// Tests the last values of indices, and adds up what all rounds add to sums.
    pub(super) fn count(
        &mut self,
        invariants: &Invariants,
        (counting, nearer): (&Counting, Value),
        copies: &Copies,
    ) {
        if invariants.indices.is_empty() && invariants.tallies.is_empty() {
            return;
        }
        let rounds = rounds_ahead(self.unit, self.here, counting, nearer);
        for index in &invariants.indices {
            let (unit, here) = (&mut *self.unit, self.here);
            let minus_one = append_int(unit, here, -1);
            let further = append(unit, here, Op::IAdd, &[rounds, minus_one]);
            let step = match int_constant(unit, index.step) {
                Some(n) => append_int(unit, here, n),
                None => index.step,
            };
            let distance = append(unit, here, Op::IMul, &[further, step]);
            let mut last = append(unit, here, Op::IAdd, &[index.param, distance]);
            if index.offset != 0 {
                let offset = append_int(unit, here, index.offset);
                last = append(unit, here, Op::IAdd, &[last, offset]);
            }
            let bound = copies.value(index.bound);
            let below = append(unit, here, Op::ILt, &[last, bound]);
            self.test(below, true);
        }
        for tally in &invariants.tallies {
            let (unit, here) = (&mut *self.unit, self.here);
            let address = copies.value(tally.address);
            let place = || tally.place.clone();
            let sum = unit.push(here, Op::LoadI64, &[address], place(), None);
            let add = append_int(unit, here, tally.add);
            let all = append(unit, here, Op::IMul, &[rounds, add]);
            let sum = sum.map(|sum| append(unit, here, Op::IAdd, &[sum, all]));
            if let Some(sum) = sum {
                unit.push(here, Op::StoreI64, &[address, sum], place(), None);
            }
        }
    }
}

/// What stands for a counter in the copy that follows another parameter.
pub(super) struct Behind {
    /// Its place among the header's parameters.
    pub(super) place: usize,
    /// It is the base and the leader, added or subtracted.
    pub(super) op: Op,
    pub(super) base: Value,
    /// The leader as the copy's counter.
    pub(super) counting: Counting,
    /// Where the leader ends the block of rounds.
    pub(super) end: Value,
}

/// How many rounds a block has that ends where the counter, which changes by 1, reaches a value.
fn rounds_ahead(unit: &mut Unit, here: Block, counting: &Counting, nearer: Value) -> Value {
    let (from, to) = match counting.step {
        1 => (counting.param, nearer),
        _ => (nearer, counting.param),
    };
    let rounds = append(unit, here, Op::ISub, &[to, from]);
    match counting.relation {
        Op::ILt | Op::IGt => rounds,
        _ => {
            let one = append_int(unit, here, 1);
            append(unit, here, Op::IAdd, &[rounds, one])
        }
    }
}

/// Whether parameters are in their windows, all in one condition: shifted by a window's digits an int in
/// it is 0 or, if it may be negative, -1.
fn within(unit: &mut Unit, here: Block, windows: &[(Value, Range)]) -> Option<Value> {
    let mut signed: Option<Value> = None;
    let mut natural: Option<Value> = None;
    for (value, range) in windows {
        let digits = i64::from(64 - range.high.leading_zeros());
        let digits = append_int(unit, here, digits);
        let shifted = append(unit, here, Op::IShr, &[*value, digits]);
        let (all, term) = if range.low < 0 {
            let one = append_int(unit, here, 1);
            (&mut signed, append(unit, here, Op::IAdd, &[shifted, one]))
        } else {
            (&mut natural, shifted)
        };
        *all = Some(match *all {
            Some(before) => append(unit, here, Op::IOr, &[before, term]),
            None => term,
        });
    }
    if let Some(ones) = signed {
        let mask = append_int(unit, here, -2);
        let rest = append(unit, here, Op::IAnd, &[ones, mask]);
        natural = Some(match natural {
            Some(before) => append(unit, here, Op::IOr, &[before, rest]),
            None => rest,
        });
    }
    let zero = append_int(unit, here, 0);
    natural.map(|all| append(unit, here, Op::IEq, &[all, zero]))
}

/// The nearer of the loop's bound and the one that is reached after a block's rounds.
fn last(unit: &mut Unit, here: Block, counting: &Counting, rounds: i64) -> Value {
    let strict = matches!(counting.relation, Op::ILt | Op::IGt);
    let rounds = if strict { rounds } else { rounds - 1 };
    let ahead = append_int(unit, here, counting.step * rounds);
    let reached = append(unit, here, Op::IAdd, &[counting.param, ahead]);
    let bound = bound(unit, here, counting);
    let nearer = append(unit, here, counting.relation, &[reached, bound]);
    append(unit, here, Op::SelectI, &[nearer, reached, bound])
}

/// The bound, made anew if it is a constant, which may stand in the loop.
fn bound(unit: &mut Unit, here: Block, counting: &Counting) -> Value {
    match int_constant(unit, counting.bound) {
        Some(n) => append_int(unit, here, n),
        None => counting.bound,
    }
}
