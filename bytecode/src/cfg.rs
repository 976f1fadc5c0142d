//! The control-flow graph.
//!
//! Invariant: every instruction is in exactly one block, blocks are in order of their instructions,
//! and control enters a block at its first instruction only. All instructions of a block have the
//! same exception handler, and the block has an edge to it whether or not they can raise. A
//! generator's suspensions are not edges: to the graph, `YIELD_VALUE` goes on to what follows.

use crate::code::{Code, Handler};
use crate::dominators::Dominators;
use crate::loops::{self, NaturalLoop};

/// How control passes along an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EdgeKind {
    /// On to the next instruction.
    Fallthrough,
    /// A jump that is taken.
    Jump,
    /// An exception that is raised somewhere in the block.
    Exception,
}

/// An edge from one block to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Edge {
    /// Index of the block it leads to.
    pub to: usize,
    /// How control passes.
    pub kind: EdgeKind,
}

/// A basic block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Index of the first instruction.
    pub start: usize,
    /// Index behind the last instruction.
    pub end: usize,
    /// Where control goes: fallthrough, then jump, then exception, as far as there are such edges.
    pub successors: Vec<Edge>,
    /// Indices of the blocks that control comes from, ascending, each once.
    pub predecessors: Vec<usize>,
    /// The handler of exceptions raised here.
    pub handler: Option<Handler>,
}

/// The control-flow graph of a code object.
#[derive(Clone, Debug)]
pub struct Cfg {
    blocks: Vec<Block>,
    block_of: Vec<usize>,
    dominators: Dominators,
    loops: Vec<NaturalLoop>,
    innermost: Vec<Option<usize>>,
}

impl Cfg {
    /// Builds the graph.
    #[must_use]
    pub fn new(code: &Code) -> Cfg {
        let (mut blocks, block_of) = split(code);
        connect(code, &mut blocks, &block_of);
        let dominators = Dominators::new(&blocks);
        let loops = loops::find(&blocks, &dominators);
        let innermost = loops::innermost(&loops, blocks.len());
        Cfg {
            blocks,
            block_of,
            dominators,
            loops,
            innermost,
        }
    }

    /// The blocks in order of their instructions. Control enters at the first; there is none if
    /// there is no code.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Index of the block that holds the instruction of this index.
    #[must_use]
    pub fn block_of(&self, instr: usize) -> Option<usize> {
        self.block_of.get(instr).copied()
    }

    /// Which blocks dominate which.
    #[must_use]
    pub fn dominators(&self) -> &Dominators {
        &self.dominators
    }

    /// The natural loops, outer before inner.
    #[must_use]
    pub fn loops(&self) -> &[NaturalLoop] {
        &self.loops
    }

    /// Index of the innermost loop around a block.
    #[must_use]
    pub fn innermost_loop(&self, block: usize) -> Option<usize> {
        self.innermost.get(block).copied().flatten()
    }

    /// Index of the loop whose header this block is.
    #[must_use]
    pub fn loop_of_header(&self, block: usize) -> Option<usize> {
        let innermost = self.innermost_loop(block)?;
        (self.loops[innermost].header == block).then_some(innermost)
    }
}

/// Blocks without edges, and the block of each instruction.
fn split(code: &Code) -> (Vec<Block>, Vec<usize>) {
    let instrs = code.instrs();
    let mut leads = vec![false; instrs.len() + 1];
    leads[0] = true;
    for (index, instr) in instrs.iter().enumerate() {
        if let Some(target) = instr.target {
            leads[target] = true;
        }
        if instr.target.is_some() || instr.op.is_terminator() {
            leads[index + 1] = true;
        }
    }
    for range in code.ranges() {
        leads[range.start] = true;
        leads[range.end] = true;
        leads[range.handler.target] = true;
    }
    let mut blocks: Vec<Block> = Vec::new();
    let mut block_of = Vec::with_capacity(instrs.len());
    for (index, leads) in leads[..instrs.len()].iter().enumerate() {
        if *leads {
            blocks.push(Block {
                start: index,
                end: index,
                successors: Vec::new(),
                predecessors: Vec::new(),
                handler: code.handler_of(index),
            });
        }
        let current = blocks.len() - 1;
        blocks[current].end = index + 1;
        block_of.push(current);
    }
    (blocks, block_of)
}

fn connect(code: &Code, blocks: &mut [Block], block_of: &[usize]) {
    for from in 0..blocks.len() {
        let last = code.instrs()[blocks[from].end - 1];
        let mut successors = Vec::new();
        if !last.op.is_terminator() && from + 1 < blocks.len() {
            successors.push(Edge {
                to: from + 1,
                kind: EdgeKind::Fallthrough,
            });
        }
        if let Some(target) = last.target {
            successors.push(Edge {
                to: block_of[target],
                kind: EdgeKind::Jump,
            });
        }
        if let Some(handler) = blocks[from].handler {
            successors.push(Edge {
                to: block_of[handler.target],
                kind: EdgeKind::Exception,
            });
        }
        for edge in &successors {
            let predecessors = &mut blocks[edge.to].predecessors;
            if predecessors.last() != Some(&from) {
                predecessors.push(from);
            }
        }
        blocks[from].successors = successors;
    }
}
