//! The control-flow graph of a unit as it stands: predecessors and reverse postorder.
//!
//! A snapshot: whoever changes edges computes it anew. Blocks that no entry reaches have no place in the
//! order and do not count as predecessors.

use smallvec::SmallVec;

use crate::types::Block;
use crate::unit::Unit;

/// Predecessors and order of the blocks that the entries reach.
#[derive(Clone, Debug)]
pub struct Cfg {
    /// Reachable blocks, each after at least one of its predecessors, and after all that dominate it.
    pub rpo: Vec<Block>,
    place: Vec<u32>,
    preds: Vec<SmallVec<[Block; 2]>>,
}

const UNREACHED: u32 = u32::MAX;

impl Cfg {
    /// The graph of a unit.
    pub fn new(unit: &Unit) -> Cfg {
        let count = unit.block_count();
        let mut seen = vec![false; count];
        let mut postorder = Vec::with_capacity(count);
        let mut stack: Vec<(Block, SmallVec<[Block; 2]>)> = Vec::new();
        for &entry in unit.entries.iter().rev() {
            if std::mem::replace(&mut seen[entry.index()], true) {
                continue;
            }
            stack.push((entry, unit.successors(entry)));
            while let Some((block, left)) = stack.last_mut() {
                match left.pop() {
                    Some(next) => {
                        if !std::mem::replace(&mut seen[next.index()], true) {
                            stack.push((next, unit.successors(next)));
                        }
                    }
                    None => {
                        postorder.push(*block);
                        stack.pop();
                    }
                }
            }
        }
        postorder.reverse();
        let mut place = vec![UNREACHED; count];
        for (at, block) in postorder.iter().enumerate() {
            place[block.index()] = at as u32;
        }
        let mut preds = vec![SmallVec::new(); count];
        for &block in &postorder {
            for next in unit.successors(block) {
                preds[next.index()].push(block);
            }
        }
        Cfg {
            rpo: postorder,
            place,
            preds,
        }
    }

    /// Whether an entry reaches the block.
    pub fn is_reachable(&self, block: Block) -> bool {
        self.place[block.index()] != UNREACHED
    }

    /// The block's place in `rpo`.
    pub fn place(&self, block: Block) -> Option<usize> {
        let place = self.place[block.index()];
        (place != UNREACHED).then_some(place as usize)
    }

    /// The reachable predecessors, one for each edge: a branch with both targets equal is there twice.
    pub fn preds(&self, block: Block) -> &[Block] {
        &self.preds[block.index()]
    }
}

/// Which blocks are cold: those marked, and those reached through cold ones only. By block.
pub fn cold_blocks(unit: &Unit) -> Vec<bool> {
    let mut cold = vec![true; unit.block_count()];
    let mut work: Vec<Block> = unit.entries.clone();
    while let Some(block) = work.pop() {
        if !cold[block.index()] || unit.block(block).cold {
            continue;
        }
        cold[block.index()] = false;
        work.extend(unit.successors(block));
    }
    cold
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::parse;

    #[test]
    fn only_what_is_reached_through_cold_blocks_alone_is_cold() {
        let text = |cold: &str| {
            format!(
                "unit \"c\" slots 0\nentry b0\nb0:\n v0 = poll\n br v0, b1, b2\n\
                 {cold}b1:\n jump b3\ncold b2:\n jump b3\nb3:\n leave -> x0\n\
                 x0: finished at 0 depth 0 []\n"
            )
        };
        let cold = |text: String| cold_blocks(&parse(&text).unwrap());
        assert_eq!(cold(text("")), [false, false, true, false]);
        assert_eq!(cold(text("cold ")), [false, true, true, true]);
    }
}
