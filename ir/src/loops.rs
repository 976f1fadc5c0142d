//! The natural loops of a unit: a header and the blocks from which it is reached again without leaving
//! what it dominates.
//!
//! A snapshot, as [`Cfg`] is. A cycle that can be entered at two blocks has no header that dominates it, and
//! is none of these loops; loops inside it are.

use crate::cfg::Cfg;
use crate::dominators::Dominators;
use crate::types::Block;

/// One loop.
#[derive(Clone, Debug)]
pub struct Loop {
    /// The block through which it is entered.
    pub header: Block,
    /// Its blocks, the header first, in reverse postorder, with those of the loops inside.
    pub blocks: Vec<Block>,
    /// The blocks with an edge back to the header, one for each edge.
    pub latches: Vec<Block>,
    /// The loop right around it, by its place in [`Loops::all`].
    pub parent: Option<usize>,
    /// Whether no other loop lies in it.
    pub is_innermost: bool,
}

/// The loops of a unit, outer ones before those inside.
#[derive(Clone, Debug)]
pub struct Loops {
    all: Vec<Loop>,
    /// The innermost loop around each block, by its place.
    innermost: Vec<Option<usize>>,
}

impl Loops {
    /// Finds them.
    pub fn new(cfg: &Cfg, tree: &Dominators) -> Loops {
        let blocks = cfg.rpo.iter().map(|b| b.index() + 1).max().unwrap_or(0);
        let mut loops = Loops {
            all: Vec::new(),
            innermost: vec![None; blocks],
        };
        let mut within = vec![usize::MAX; blocks];
        let mut work = Vec::new();
        // Headers of outer loops come first, so a block's innermost loop is the last that claims it.
        for &header in &cfg.rpo {
            let preds = cfg.preds(header).iter().copied();
            let latches: Vec<Block> = preds.filter(|p| tree.dominates(header, *p)).collect();
            if latches.is_empty() {
                continue;
            }
            let number = loops.all.len();
            within[header.index()] = number;
            let mut members = vec![header];
            work.extend_from_slice(&latches);
            while let Some(block) = work.pop() {
                if std::mem::replace(&mut within[block.index()], number) != number {
                    members.push(block);
                    work.extend_from_slice(cfg.preds(block));
                }
            }
            members.sort_by_key(|b| cfg.place(*b));
            let parent = loops.innermost[header.index()];
            if let Some(parent) = parent {
                loops.all[parent].is_innermost = false;
            }
            for block in &members {
                loops.innermost[block.index()] = Some(number);
            }
            loops.all.push(Loop {
                header,
                blocks: members,
                latches,
                parent,
                is_innermost: true,
            });
        }
        loops
    }

    /// Every loop.
    pub fn all(&self) -> &[Loop] {
        &self.all
    }

    /// The innermost loop around a block, by its place in [`Loops::all`].
    pub fn innermost(&self, block: Block) -> Option<usize> {
        self.innermost.get(block.index()).copied().flatten()
    }

    /// How many loops lie around a block.
    pub fn depth(&self, block: Block) -> usize {
        self.around(block).count()
    }

    /// Whether going from `from` to `a` leaves more loops than going to `b`.
    pub fn leaves_more(&self, from: Block, a: Block, b: Block) -> bool {
        let kept = |to: Block| self.around(from).filter(|l| self.holds(*l, to)).count();
        kept(a) < kept(b)
    }

    /// The loops around a block, from the innermost out.
    fn around(&self, block: Block) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(self.innermost(block), |at| self.all[*at].parent)
    }

    /// Whether the loop at this place holds the block.
    pub fn holds(&self, at: usize, block: Block) -> bool {
        self.around(block).any(|number| number == at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::parse;

    /// Header, number of blocks and latches, parent, innermost.
    type Shown = (u32, usize, usize, Option<usize>, bool);

    fn loops(text: &str) -> (Vec<Shown>, Loops) {
        let unit = parse(text).unwrap();
        let cfg = Cfg::new(&unit);
        let loops = Loops::new(&cfg, &Dominators::new(&cfg));
        let shown = loops.all.iter();
        let shown = shown
            .map(|l| {
                let (blocks, latches) = (l.blocks.len(), l.latches.len());
                (l.header.0, blocks, latches, l.parent, l.is_innermost)
            })
            .collect();
        (shown, loops)
    }

    #[test]
    fn a_nest() {
        let (shown, loops) = loops(
            "unit \"n\" slots 0\nentry b0\nb0:\n v0 = poll\n jump b1\nb1:\n jump b2\n\
             b2:\n br v0, b2, b3\nb3:\n br v0, b2, b4\nb4:\n br v0, b1, b5\n\
             b5:\n leave -> x0\nx0: finished at 0 depth 0 []\n",
        );
        assert_eq!(shown, [(1, 4, 1, None, false), (2, 2, 2, Some(0), true)]);
        assert_eq!(loops.innermost(Block(3)), Some(1));
        assert_eq!(loops.innermost(Block(4)), Some(0));
        assert_eq!(loops.innermost(Block(5)), None);
        assert!(loops.holds(0, Block(2)) && loops.holds(1, Block(2)));
        assert!(!loops.holds(1, Block(4)));
        assert_eq!(
            [0, 1, 2, 3, 4, 5].map(|b| loops.depth(Block(b))),
            [0, 1, 2, 2, 1, 0]
        );
        let [outer, inner, latch, last, out] = [1, 2, 3, 4, 5].map(Block);
        assert!(loops.leaves_more(latch, last, inner) && loops.leaves_more(last, out, outer));
        assert!(!loops.leaves_more(latch, inner, last) && !loops.leaves_more(last, outer, out));
    }

    #[test]
    fn a_cycle_with_two_ways_in_is_none() {
        let (shown, _) = loops(
            "unit \"n\" slots 0\nentry b0, b4\nb0:\n v0 = poll\n jump b1\nb1:\n jump b2\n\
             b2:\n v1 = poll\n br v1, b2, b3\nb3:\n jump b1\nb4:\n jump b2\n",
        );
        assert_eq!(shown, [(2, 1, 1, None, true)]);
    }
}
