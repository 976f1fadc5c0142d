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
    /// The predecessors of all blocks, one block after the other.
    preds: Vec<Block>,
    /// Where those of a block begin, by block; those of the next one begin where they end.
    begins: Vec<u32>,
}

const UNREACHED: u32 = u32::MAX;

impl Cfg {
    /// The graph of a unit.
    pub fn new(unit: &Unit) -> Cfg {
        let count = unit.block_count();
        let mut place = vec![UNREACHED; count];
        let mut rpo = Vec::with_capacity(count);
        let mut edges: Vec<(Block, Block)> = Vec::with_capacity(count + count / 2);
        let mut stack: Vec<(Block, SmallVec<[Block; 2]>)> = Vec::new();
        for &entry in unit.entries.iter().rev() {
            let mut entered = Some(entry);
            loop {
                if let Some(block) = entered.take()
                    && place[block.index()] == UNREACHED
                {
                    // Its place is not known yet.
                    place[block.index()] = 0;
                    let successors = unit.successors(block);
                    edges.extend(successors.iter().map(|next| (block, *next)));
                    stack.push((block, successors));
                }
                let Some((block, left)) = stack.last_mut() else {
                    break;
                };
                match left.pop() {
                    Some(next) => entered = Some(next),
                    None => {
                        rpo.push(*block);
                        stack.pop();
                    }
                }
            }
        }
        rpo.reverse();
        for (at, block) in rpo.iter().enumerate() {
            place[block.index()] = at as u32;
        }
        let (preds, begins) = predecessors(count, &edges, &place);
        Cfg {
            rpo,
            place,
            preds,
            begins,
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
        let [from, to] = [block.index(), block.index() + 1].map(|at| self.begins[at] as usize);
        &self.preds[from..to]
    }
}

/// Where edges come from, by where they lead and then in reverse postorder, and where those of each block begin.
fn predecessors(count: usize, edges: &[(Block, Block)], place: &[u32]) -> (Vec<Block>, Vec<u32>) {
    let mut begins = vec![0; count + 1];
    for (_, to) in edges {
        begins[to.index() + 1] += 1;
    }
    for at in 0..count {
        begins[at + 1] += begins[at];
    }
    let mut next = begins.clone();
    let mut preds = vec![Block(0); edges.len()];
    for (from, to) in edges {
        let at = &mut next[to.index()];
        preds[*at as usize] = *from;
        *at += 1;
    }
    for at in 0..count {
        let of_block = &mut preds[begins[at] as usize..begins[at + 1] as usize];
        if of_block.len() > 1 {
            of_block.sort_by_key(|from| place[from.index()]);
        }
    }
    (preds, begins)
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
