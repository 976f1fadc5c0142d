//! A counter that follows another parameter in step, as the number of items that an iterator has left follows the next
//! item, is not counted in the copy: what ends a block of rounds is found by the other one, and where the counter is
//! wanted, at exits and behind the block, it is computed from it.

use super::body::Body;
use super::counting::{Counting, Place};
use crate::passes::ranges::finder::Finder;
use crate::types::{Block, Value};
use crate::unit::Unit;

/// What a counter follows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Following {
    /// The place of the counter among the header's parameters.
    pub(super) place: usize,
    /// The parameter that it follows.
    pub(super) leader: Value,
    /// What is added to that one in each round: 1 or -1.
    pub(super) step: i64,
    /// Whether the two go in opposite directions, so that their sum is always the same; else their difference is.
    pub(super) opposed: bool,
}

/// Finds what the counter follows, if nothing but the test that ends the loop looks at the counter in each round.
pub(super) fn following(
    unit: &Unit,
    body: &Body,
    ranges: &Finder,
    counting: &Counting,
) -> Option<Following> {
    if counting.step.abs() != 1 || !only_counts(unit, body, counting) {
        return None;
    }
    let place = unit.block(body.header).params.iter();
    let place = place.clone().position(|p| *p == counting.param)?;
    let mut others = body.params(unit).filter(|p| *p != counting.param);
    others.find_map(|leader| {
        let step = body.change(unit, ranges, leader).constant()?;
        (step.abs() == 1).then_some(Following {
            place,
            leader,
            step,
            opposed: step != counting.step,
        })
    })
}

/// Whether the counter is used for nothing but its own next value, the test, and what goes back to the header.
fn only_counts(unit: &Unit, body: &Body, counting: &Counting) -> bool {
    let is_counter = |v: &Value| *v == counting.param || body.given(counting.param).contains(v);
    let at: Vec<Block> = match counting.place {
        Place::Head(block) => vec![block],
        Place::Edges => body.latches(unit).collect(),
    };
    let tests = at.iter().filter_map(|block| unit.terminator(*block));
    let tests: Vec<Value> = tests.flat_map(|end| end.args.clone()).collect();
    body.insts(unit).all(|data| {
        let inside = data.targets().filter(|t| t.block != body.header);
        let hands_on = inside.flat_map(|t| &t.args).any(is_counter);
        let counts = data
            .result
            .is_some_and(|r| is_counter(&r) || tests.contains(&r));
        !hands_on && (counts || !data.args.iter().any(is_counter))
    })
}
