//! The depth of the value stack before each instruction.
//!
//! Invariant: a depth is the same along every path, never negative, and never below that which the
//! instruction's handler unwinds to; code for which that does not hold is refused. Depths count from
//! the bottom of the frame's value stack, so a generator's body has depth 0 where nothing is pushed,
//! although `RETURN_GENERATOR` is followed by an item: what resumes the generator pushes it.

use thiserror::Error;

use crate::cfg::{Block, Cfg, EdgeKind};
use crate::code::Code;
use crate::op::Op;
use crate::version::Version;

/// Why the code has no well-defined stack depths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StackError {
    /// Two paths come to an instruction with different depths.
    #[error("instruction {index} is reached with {first} and with {second} items on the stack")]
    Inconsistent {
        /// Index of the instruction.
        index: usize,
        /// The depth along one path.
        first: u32,
        /// The depth along another.
        second: u32,
    },
    /// An instruction pops more than there is.
    #[error("instruction {index} pops more than the {depth} items on the stack")]
    Underflow {
        /// Index of the instruction.
        index: usize,
        /// The depth before it.
        depth: u32,
    },
    /// An instruction runs with fewer items than its handler unwinds to.
    #[error("instruction {index} has {depth} items on the stack, its handler expects {handler}")]
    BelowHandler {
        /// Index of the instruction.
        index: usize,
        /// The depth before it.
        depth: u32,
        /// The depth that the handler unwinds to.
        handler: u32,
    },
    /// The stack grows beyond 2³² items.
    #[error("instruction {index} pushes too much")]
    Overflow {
        /// Index of the instruction.
        index: usize,
    },
}

/// Stack depths of a code object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackDepths {
    before: Vec<Option<u32>>,
    max: u32,
}

impl StackDepths {
    /// Computes the depths.
    ///
    /// # Errors
    /// The code has no well-defined depths.
    pub fn new(code: &Code, cfg: &Cfg) -> Result<StackDepths, StackError> {
        let mut depths = StackDepths {
            before: vec![None; code.instrs().len()],
            max: 0,
        };
        let mut pending = Vec::new();
        if !cfg.blocks().is_empty() {
            depths.enter(&cfg.blocks()[0], 0, 0, &mut pending)?;
        }
        while let Some(index) = pending.pop() {
            let block = &cfg.blocks()[index];
            let after = depths.run(code, block)?;
            for edge in &block.successors {
                let depth = match (edge.kind, block.handler) {
                    (EdgeKind::Exception, Some(handler)) => handler.entry_depth(),
                    _ => after,
                };
                depths.enter(&cfg.blocks()[edge.to], edge.to, depth, &mut pending)?;
            }
        }
        Ok(depths)
    }

    /// Items on the stack before the instruction of this index; `None` if it is unreachable.
    #[must_use]
    pub fn before(&self, index: usize) -> Option<u32> {
        self.before.get(index).copied().flatten()
    }

    /// The greatest depth anywhere.
    #[must_use]
    pub fn max(&self) -> u32 {
        self.max
    }

    /// Notes the depth on entry to a block and queues the block if it is new.
    fn enter(
        &mut self,
        block: &Block,
        block_index: usize,
        depth: u32,
        pending: &mut Vec<usize>,
    ) -> Result<(), StackError> {
        let index = block.start;
        match self.before[index] {
            None => {
                self.before[index] = Some(depth);
                self.max = self.max.max(depth);
                pending.push(block_index);
                Ok(())
            }
            Some(first) if first == depth => Ok(()),
            Some(first) => Err(StackError::Inconsistent {
                index,
                first,
                second: depth,
            }),
        }
    }

    /// Goes through a block whose depth on entry is known; gives the depth behind it.
    fn run(&mut self, code: &Code, block: &Block) -> Result<u32, StackError> {
        let mut depth = self.before[block.start].unwrap_or(0);
        for index in block.start..block.end {
            self.before[index] = Some(depth);
            if let Some(handler) = block.handler
                && depth < handler.depth
            {
                return Err(StackError::BelowHandler {
                    index,
                    depth,
                    handler: handler.depth,
                });
            }
            let instr = &code.instrs()[index];
            let (pops, pushes) = pops_and_pushes(code.version(), instr.op, instr.arg);
            let left = i64::from(depth) - pops;
            if left < 0 {
                return Err(StackError::Underflow { index, depth });
            }
            depth = u32::try_from(left + pushes).map_err(|_| StackError::Overflow { index })?;
            self.max = self.max.max(depth);
        }
        Ok(depth)
    }
}

/// Items that the instruction takes from the stack and then puts on it, as seen by what runs next
/// in the same frame.
fn pops_and_pushes(version: Version, op: Op, arg: u32) -> (i64, i64) {
    if op == Op::ReturnGenerator {
        // What follows runs in the generator's own frame, when it is resumed with an item. The
        // table of 3.12 does not count that item, as its compiler starts generators at depth 1.
        return (0, 1);
    }
    version
        .base(op)
        .map_or((0, 0), |base| (base.pops.of(arg), base.pushes.of(arg)))
}
