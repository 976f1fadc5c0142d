//! Dominators of a control-flow graph.
//!
//! Invariant: block A dominates block B if every path from the entry to B, along edges of any kind,
//! passes A. Unreachable blocks are dominated by nothing and dominate nothing. The algorithm is that
//! of Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001).

use crate::cfg::Block;

/// The dominator tree.
#[derive(Clone, Debug)]
pub struct Dominators {
    /// Reachable blocks, each before its successors except along back edges.
    reverse_postorder: Vec<usize>,
    /// Place of each block in `reverse_postorder`.
    place: Vec<Option<usize>>,
    /// Immediate dominator of each block, as a place in the order; the entry's is itself.
    parent: Vec<usize>,
}

impl Dominators {
    pub(crate) fn new(blocks: &[Block]) -> Dominators {
        let reverse_postorder = reverse_postorder(blocks);
        let mut place = vec![None; blocks.len()];
        for (at, &block) in reverse_postorder.iter().enumerate() {
            place[block] = Some(at);
        }
        let parent = parents(blocks, &reverse_postorder, &place);
        Dominators {
            reverse_postorder,
            place,
            parent,
        }
    }

    /// The reachable blocks, each before its successors except along back edges.
    #[must_use]
    pub fn reverse_postorder(&self) -> &[usize] {
        &self.reverse_postorder
    }

    /// Whether control can come to the block at all.
    #[must_use]
    pub fn is_reachable(&self, block: usize) -> bool {
        self.place_of(block).is_some()
    }

    /// The closest other block that dominates this one; none for the entry and for unreachable
    /// blocks.
    #[must_use]
    pub fn immediate(&self, block: usize) -> Option<usize> {
        let place = self.place_of(block)?;
        (place > 0).then(|| self.reverse_postorder[self.parent[place]])
    }

    /// Whether every path from the entry to `below` passes `above`. A reachable block dominates
    /// itself.
    #[must_use]
    pub fn dominates(&self, above: usize, below: usize) -> bool {
        let (Some(above), Some(mut below)) = (self.place_of(above), self.place_of(below)) else {
            return false;
        };
        while below > above {
            below = self.parent[below];
        }
        below == above
    }

    fn place_of(&self, block: usize) -> Option<usize> {
        self.place.get(block).copied().flatten()
    }
}

fn reverse_postorder(blocks: &[Block]) -> Vec<usize> {
    let mut postorder = Vec::with_capacity(blocks.len());
    let mut seen = vec![false; blocks.len()];
    let mut stack = Vec::new();
    if let Some(first) = seen.first_mut() {
        *first = true;
        stack.push((0, 0));
    }
    while let Some((block, next)) = stack.pop() {
        match blocks[block].successors.get(next) {
            Some(edge) => {
                stack.push((block, next + 1));
                if !std::mem::replace(&mut seen[edge.to], true) {
                    stack.push((edge.to, 0));
                }
            }
            None => postorder.push(block),
        }
    }
    postorder.reverse();
    postorder
}

fn parents(blocks: &[Block], order: &[usize], place: &[Option<usize>]) -> Vec<usize> {
    const UNKNOWN: usize = usize::MAX;
    let mut parent = vec![UNKNOWN; order.len()];
    if let Some(entry) = parent.first_mut() {
        *entry = 0;
    }
    let mut changed = true;
    while changed {
        changed = false;
        for at in 1..order.len() {
            let known = blocks[order[at]]
                .predecessors
                .iter()
                .filter_map(|&block| place[block])
                .filter(|&place| parent[place] != UNKNOWN);
            let common = known.reduce(|mut a, mut b| {
                while a != b {
                    if a > b {
                        a = parent[a];
                    } else {
                        b = parent[b];
                    }
                }
                a
            });
            if let Some(common) = common
                && parent[at] != common
            {
                parent[at] = common;
                changed = true;
            }
        }
    }
    parent
}
