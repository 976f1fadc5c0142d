//! Which local variables an instruction reads and writes, and which may still be read later.
//!
//! Invariant: a slot that is not live before an instruction is not read by any bytecode before it
//! is written, on any path, exceptions and what generators run after a suspension included. Slots
//! that hold cells are live everywhere: other functions read them. Nothing is said of readers
//! outside the code (`locals()`, `f_locals`, debuggers), for which every bound local is alive.

use crate::cfg::{Cfg, EdgeKind};
use crate::code::{Code, Instr};
use crate::op::Op;

/// Slots that one instruction reads or writes: at most two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slots([Option<u32>; 2]);

impl Slots {
    fn one(slot: u32) -> Slots {
        Slots([Some(slot), None])
    }

    fn two(first: u32, second: u32) -> Slots {
        Slots([Some(first), Some(second)])
    }

    /// Whether the slot is among them.
    #[must_use]
    pub fn contains(self, slot: u32) -> bool {
        self.into_iter().any(|other| other == slot)
    }
}

impl IntoIterator for Slots {
    type Item = u32;
    type IntoIter = std::iter::Flatten<std::array::IntoIter<Option<u32>, 2>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().flatten()
    }
}

impl Instr {
    /// Frame slots whose value from before the instruction it reads, in order. `DELETE_FAST` reads,
    /// as it raises for an unbound variable; what a store overwrites does not count as read.
    #[must_use]
    pub fn reads(&self) -> Slots {
        let (high, low) = (self.arg >> 4, self.arg & 0xF);
        match self.op {
            Op::LoadFast
            | Op::LoadFastCheck
            | Op::LoadFastAndClear
            | Op::DeleteFast
            | Op::LoadClosure
            | Op::MakeCell
            | Op::LoadDeref
            | Op::StoreDeref
            | Op::DeleteDeref
            | Op::LoadFromDictOrDeref => Slots::one(self.arg),
            Op::LoadFastLoadFast => Slots::two(high, low),
            Op::StoreFastLoadFast if high != low => Slots::one(low),
            _ => Slots::default(),
        }
    }

    /// Frame slots that it writes, in order; clearing is writing. `COPY_FREE_VARS` writes the last
    /// slots of the frame, which only hold cells, and is not counted.
    #[must_use]
    pub fn writes(&self) -> Slots {
        let (high, low) = (self.arg >> 4, self.arg & 0xF);
        match self.op {
            Op::StoreFast | Op::DeleteFast | Op::LoadFastAndClear | Op::MakeCell => {
                Slots::one(self.arg)
            }
            Op::StoreFastLoadFast => Slots::one(high),
            Op::StoreFastStoreFast => Slots::two(high, low),
            _ => Slots::default(),
        }
    }
}

/// The live slots before each instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Liveness {
    slots: usize,
    /// Words of 64 slots for each instruction.
    words: usize,
    before: Vec<u64>,
}

impl Liveness {
    /// Computes which slots are live. Slots beyond those of the code object are taken to be live.
    #[must_use]
    pub fn new(code: &Code, cfg: &Cfg) -> Liveness {
        let locals = &code.source().locals;
        let words = locals.len().div_ceil(64);
        let mut liveness = Liveness {
            slots: locals.len(),
            words,
            before: vec![0; words * code.instrs().len()],
        };
        let mut always = vec![0; words];
        for (slot, local) in locals.iter().enumerate() {
            if local.kind.is_cell() || local.kind.is_free() {
                always[slot / 64] |= 1 << (slot % 64);
            }
        }
        let mut pending: Vec<usize> = (0..cfg.blocks().len()).collect();
        let mut queued = vec![true; pending.len()];
        while let Some(block) = pending.pop() {
            queued[block] = false;
            if liveness.run(code, cfg, block, &always) {
                for &predecessor in &cfg.blocks()[block].predecessors {
                    if !std::mem::replace(&mut queued[predecessor], true) {
                        pending.push(predecessor);
                    }
                }
            }
        }
        liveness
    }

    /// Whether the slot may still be read by the instruction of this index or after it.
    #[must_use]
    pub fn is_live_before(&self, index: usize, slot: u32) -> bool {
        let slot = slot as usize;
        slot >= self.slots || self.row(index)[slot / 64] >> (slot % 64) & 1 != 0
    }

    /// The slots that may still be read by the instruction of this index or after it, ascending.
    pub fn live_before(&self, index: usize) -> impl Iterator<Item = u32> {
        (0..self.slots as u32).filter(move |&slot| self.is_live_before(index, slot))
    }

    fn row(&self, index: usize) -> &[u64] {
        &self.before[index * self.words..][..self.words]
    }

    /// Goes through a block backwards; tells whether what is live on entry to it changed.
    fn run(&mut self, code: &Code, cfg: &Cfg, block: usize, always: &[u64]) -> bool {
        let block = &cfg.blocks()[block];
        let mut live = always.to_vec();
        // An exception may be raised before any write of the block has been done.
        let mut in_handler = vec![0; self.words];
        for edge in &block.successors {
            let entry = self.row(cfg.blocks()[edge.to].start);
            unite(&mut live, entry);
            if edge.kind == EdgeKind::Exception {
                unite(&mut in_handler, entry);
            }
        }
        let mut changed = false;
        for index in (block.start..block.end).rev() {
            let instr = &code.instrs()[index];
            for slot in instr.writes().into_iter().map(|slot| slot as usize) {
                if slot < self.slots {
                    live[slot / 64] &= !(1 << (slot % 64));
                }
            }
            for slot in instr.reads().into_iter().map(|slot| slot as usize) {
                if slot < self.slots {
                    live[slot / 64] |= 1 << (slot % 64);
                }
            }
            unite(&mut live, always);
            unite(&mut live, &in_handler);
            let row = &mut self.before[index * self.words..][..self.words];
            changed = row != live;
            row.copy_from_slice(&live);
        }
        changed
    }
}

fn unite(into: &mut [u64], from: &[u64]) {
    for (into, from) in into.iter_mut().zip(from) {
        *into |= from;
    }
}
