//! Dominators of the reachable blocks, by the algorithm of Cooper, Harvey and Kennedy ("A Simple, Fast
//! Dominance Algorithm"). All entries hang below one imagined root, so that a block reached from two
//! entries may have no dominator but itself.

use crate::cfg::Cfg;
use crate::types::Block;

/// The dominator tree.
#[derive(Clone, Debug)]
pub struct Dominators {
    /// Immediate dominators by place in reverse postorder, shifted by one: 0 is the root.
    idom: Vec<u32>,
    /// Interval numbering of the tree, by block: a dominates b when b's interval lies within a's.
    interval: Vec<(u32, u32)>,
    /// The tree from the root down: each block after its dominator, subtrees together.
    preorder: Vec<Block>,
}

impl Dominators {
    /// The tree of a graph.
    pub fn new(cfg: &Cfg) -> Dominators {
        let count = cfg.rpo.len();
        const UNSET: u32 = u32::MAX;
        // Node 0 is the root, node i + 1 is `cfg.rpo[i]`.
        let mut idom = vec![UNSET; count + 1];
        idom[0] = 0;
        let mut changed = true;
        while changed {
            changed = false;
            for (at, &block) in cfg.rpo.iter().enumerate() {
                let mut new = UNSET;
                // An entry has no predecessors and hangs below the root.
                if cfg.preds(block).is_empty() {
                    new = 0;
                }
                for pred in cfg.preds(block).iter().filter_map(|p| cfg.place(*p)) {
                    let node = pred as u32 + 1;
                    if idom[node as usize] == UNSET {
                        continue;
                    }
                    new = if new == UNSET {
                        node
                    } else {
                        meet(&idom, new, node)
                    };
                }
                if idom[at + 1] != new {
                    idom[at + 1] = new;
                    changed = true;
                }
            }
        }
        Self::number(cfg, idom)
    }

    fn number(cfg: &Cfg, idom: Vec<u32>) -> Dominators {
        let count = cfg.rpo.len();
        // The first child of each node, and the next child of the same node: of nodes before, the later ones first.
        let (mut first, mut next) = (vec![0usize; count + 1], vec![0usize; count + 1]);
        for node in 1..=count {
            let of = idom[node] as usize;
            next[node] = std::mem::replace(&mut first[of], node);
        }
        let blocks = cfg.rpo.iter().map(|b| b.index() + 1).max().unwrap_or(0);
        let mut interval = vec![(1, 0); blocks];
        let mut preorder = Vec::with_capacity(count);
        let mut stack = vec![(0usize, false)];
        while let Some((node, done)) = stack.pop() {
            if done {
                interval[cfg.rpo[node - 1].index()].1 = preorder.len() as u32;
                continue;
            }
            if node > 0 {
                let block = cfg.rpo[node - 1];
                interval[block.index()] = (preorder.len() as u32, 0);
                preorder.push(block);
                stack.push((node, true));
            }
            let children = std::iter::successors(Some(first[node]), |child| Some(next[*child]));
            stack.extend(
                children
                    .take_while(|child| *child != 0)
                    .map(|child| (child, false)),
            );
        }
        Dominators {
            idom,
            interval,
            preorder,
        }
    }

    /// Whether every path from an entry to `b` passes through `a`; a block dominates itself. False when
    /// either cannot be reached.
    pub fn dominates(&self, a: Block, b: Block) -> bool {
        let range = |block: Block| self.interval.get(block.index()).copied().unwrap_or((1, 0));
        let ((start, end), (at, at_end)) = (range(a), range(b));
        start < end && at < at_end && start <= at && at < end
    }

    /// The closest block that dominates this one, if there is one.
    pub fn idom(&self, cfg: &Cfg, block: Block) -> Option<Block> {
        let node = self.idom[cfg.place(block)? + 1];
        (node > 0).then(|| cfg.rpo[node as usize - 1])
    }

    /// Blocks so that each comes after its dominator, and a subtree is one run of them.
    pub fn preorder(&self) -> &[Block] {
        &self.preorder
    }
}

fn meet(idom: &[u32], mut a: u32, mut b: u32) -> u32 {
    while a != b {
        while a > b {
            a = idom[a as usize];
        }
        while b > a {
            b = idom[b as usize];
        }
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::parse;

    /// Two entries into an irreducible pair, a diamond behind it, and a block nothing reaches.
    const GRAPH: &str = "unit \"g\" slots 0
entry b0, b1
b0:
    jump b2
b1:
    jump b3
b2:
    v0 = poll
    br v0, b3, b4
b3:
    jump b2
b4:
    v1 = poll
    br v1, b5, b6
b5:
    jump b7
b6:
    jump b7
b7:
    jump b4
b8:
    jump b7
";

    /// Dominance by its definition: b is out of reach once a is taken away.
    fn dominates_by_definition(unit: &crate::unit::Unit, a: Block, b: Block) -> bool {
        let mut seen = vec![false; unit.block_count()];
        let mut work = unit.entries.clone();
        while let Some(block) = work.pop() {
            if block != a && !std::mem::replace(&mut seen[block.index()], true) {
                work.extend(unit.successors(block));
            }
        }
        !seen[b.index()]
    }

    #[test]
    fn agrees_with_the_definition() {
        let unit = parse(GRAPH).unwrap();
        let cfg = Cfg::new(&unit);
        let tree = Dominators::new(&cfg);
        for &a in &unit.layout {
            for &b in &unit.layout {
                let wanted = cfg.is_reachable(a)
                    && cfg.is_reachable(b)
                    && dominates_by_definition(&unit, a, b);
                assert_eq!(tree.dominates(a, b), wanted, "{a} {b}");
            }
        }
        assert_eq!(tree.idom(&cfg, Block(2)), None);
        assert_eq!(tree.idom(&cfg, Block(4)), Some(Block(2)));
        assert_eq!(tree.idom(&cfg, Block(7)), Some(Block(4)));
        assert_eq!(tree.preorder().len(), 8);
        for (at, &block) in tree.preorder().iter().enumerate() {
            if let Some(above) = tree.idom(&cfg, block) {
                assert!(tree.preorder()[..at].contains(&above));
            }
        }
    }
}
