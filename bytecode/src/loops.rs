//! Natural loops.
//!
//! Invariant: a loop is known by its header, the target of at least one backward jump that the
//! header dominates; its blocks are those from which such a jump is reached without passing the
//! header. A backward jump whose target does not dominate it closes no loop: CPython moves
//! exception handlers to the end of the code and lets them jump back behind the `try` statement.

use crate::cfg::{Block, EdgeKind};
use crate::dominators::Dominators;

/// A natural loop; blocks and loops are named by index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NaturalLoop {
    /// The block that control enters through.
    pub header: usize,
    /// The blocks that jump back to the header, ascending.
    pub latches: Vec<usize>,
    /// All blocks of the loop, header and those of inner loops included, ascending.
    pub blocks: Vec<usize>,
    /// The innermost loop around this one.
    pub parent: Option<usize>,
    /// Number of loops around it, itself included.
    pub depth: usize,
}

impl NaturalLoop {
    /// Whether the block is part of the loop.
    #[must_use]
    pub fn contains(&self, block: usize) -> bool {
        self.blocks.binary_search(&block).is_ok()
    }
}

/// The loops, outer before inner.
pub(crate) fn find(blocks: &[Block], dominators: &Dominators) -> Vec<NaturalLoop> {
    let mut loops = Vec::new();
    for header in 0..blocks.len() {
        let latches: Vec<usize> = blocks[header]
            .predecessors
            .iter()
            .copied()
            .filter(|&latch| {
                dominators.dominates(header, latch)
                    && blocks[latch]
                        .successors
                        .iter()
                        .any(|edge| edge.to == header && edge.kind == EdgeKind::Jump)
            })
            .collect();
        if !latches.is_empty() {
            loops.push(NaturalLoop {
                header,
                blocks: body(blocks, dominators, header, &latches),
                latches,
                parent: None,
                depth: 1,
            });
        }
    }
    // Two natural loops with different headers are disjoint or nested, so that the smallest
    // loop around a header is the last larger one that contains it.
    loops.sort_by_key(|l| (std::cmp::Reverse(l.blocks.len()), l.header));
    for inner in 0..loops.len() {
        let header = loops[inner].header;
        let parent = (0..inner)
            .rev()
            .find(|&outer| loops[outer].contains(header));
        loops[inner].parent = parent;
        loops[inner].depth = parent.map_or(1, |outer| loops[outer].depth + 1);
    }
    loops
}

fn body(blocks: &[Block], dominators: &Dominators, header: usize, latches: &[usize]) -> Vec<usize> {
    let mut inside = vec![false; blocks.len()];
    inside[header] = true;
    let mut pending = latches.to_vec();
    while let Some(block) = pending.pop() {
        if dominators.is_reachable(block) && !std::mem::replace(&mut inside[block], true) {
            pending.extend(&blocks[block].predecessors);
        }
    }
    (0..blocks.len()).filter(|&block| inside[block]).collect()
}

/// The innermost loop of each block.
pub(crate) fn innermost(loops: &[NaturalLoop], blocks: usize) -> Vec<Option<usize>> {
    let mut innermost = vec![None; blocks];
    for (index, natural) in loops.iter().enumerate() {
        for &block in &natural.blocks {
            innermost[block] = Some(index);
        }
    }
    innermost
}
