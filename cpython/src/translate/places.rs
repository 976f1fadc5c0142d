//! Where translation is: points in the bytecode, registers of the stack at the current instruction, and the region's
//! blocks, of which one is being filled.
//!
//! Every place where control goes on is a block of the region or an exit of its own, one for each place and reason; an
//! exit's position and depth are those of the instruction that it goes on with, before that has done anything.

use fatjit_bytecode::Version;
use fatjit_ir::Reason;
use fatjit_jit::gbc::{GBlock, GOp, Label, Point, Reg};

use super::{Feedback, Kinds, Scope, TEMPS, Translator};

/// Where a call finds what it calls: in the two slots below its arguments.
#[derive(Clone, Copy)]
pub(super) struct CallSlots {
    pub(super) lower: Reg,
    pub(super) upper: Reg,
    /// Which of them holds the callable, if that is called without an object that it is bound to.
    pub(super) callee: Reg,
    /// Which of them is null then.
    pub(super) null: Reg,
}

impl Translator<'_> {
    pub(super) fn depth(&self, index: usize) -> Option<u32> {
        let stack = self.source.depths.before(index)?;
        Some(self.bottom() + stack)
    }

    pub(super) fn point(&self, index: usize) -> Option<Point> {
        let instr = self.source.code.instrs().get(index)?;
        let depth = self.depth(index)?;
        Some(self.point_at(instr.start, depth))
    }

    /// The current instruction's depth.
    pub(super) fn here(&self) -> u32 {
        self.depth(self.index).unwrap_or(self.bottom())
    }

    /// Behind the current instruction, with the stack grown by `by`.
    pub(super) fn behind(&self, by: i64) -> Point {
        let instr = &self.source.code.instrs()[self.index];
        self.point_at(instr.next, (i64::from(self.here()) + by) as u32)
    }

    /// The n-th stack item counted from the top, 1 being the topmost.
    pub(super) fn top(&self, n: u32) -> Reg {
        Reg(self.here().saturating_sub(n))
    }

    /// The stack slot above the top.
    pub(super) fn free(&self) -> Reg {
        Reg(self.here())
    }

    /// Where a call with so many arguments finds what it calls.
    pub(super) fn call_slots(&self, count: u32) -> CallSlots {
        self.call_slots_from(self.top(count + 2))
    }

    /// The same, by the lower slot.
    pub(super) fn call_slots_from(&self, lower: Reg) -> CallSlots {
        let upper = Reg(lower.0 + 1);
        let (null, callee) = match self.version {
            Version::V312 => (lower, upper),
            Version::V313 => (upper, lower),
        };
        CallSlots {
            lower,
            upper,
            callee,
            null,
        }
    }

    /// Where the frame stands while what the current instruction calls runs: the slots from `under` on are the call's. The
    /// operands of an operator stay meanwhile.
    pub(super) fn call_site(&self, under: Reg, operator: bool) -> Option<Point> {
        let instr = self.source.code.instrs().get(self.index)?;
        let in_use = if operator { self.here() } else { under.0 };
        Some(Point {
            depth: under.0,
            ..self.point_at(instr.start, in_use)
        })
    }

    pub(super) fn temp(&self, n: u32) -> Reg {
        debug_assert!(n < TEMPS);
        Reg(self.region.homes() + n)
    }

    pub(super) fn arg(&self) -> u32 {
        self.source.code.instrs()[self.index].arg
    }

    pub(super) fn feedback(&self) -> Feedback {
        self.feedback_at(self.index)
    }

    /// What was seen of an instruction. A guest holds what it iterates over once.
    pub(super) fn feedback_at(&self, index: usize) -> Feedback {
        let seen = self.source.profile.at(index);
        match self.is_guest() && seen.alone != Kinds::default() {
            true => Feedback {
                top: [seen.alone, seen.top[1], seen.top[2]],
                ..seen
            },
            false => seen,
        }
    }

    pub(super) fn new_block(&mut self, cold: bool) -> Label {
        self.region.blocks.push(GBlock {
            ops: Vec::new(),
            header: false,
            cold,
        });
        Label(self.region.blocks.len() as u32 - 1)
    }

    pub(super) fn push(&mut self, op: GOp) {
        self.follow(&op);
        self.region.blocks[self.at.index()].ops.push(op);
    }

    pub(super) fn finished(&self) -> bool {
        let ops = &self.region.blocks[self.at.index()].ops;
        ops.last().is_some_and(GOp::is_control)
    }

    pub(super) fn leave(&mut self, reason: Reason) {
        if reason == Reason::LeftToInterpreter {
            self.left.push(self.source.code.instrs()[self.index].start);
        }
        self.push(GOp::Leave(reason));
    }

    /// Where control goes that goes on with this instruction: a block of the region, or an exit.
    pub(super) fn target(&mut self, index: usize) -> Label {
        let Some(block) = self.source.cfg.block_of(index) else {
            return self.exit_at(index, Reason::Finished);
        };
        let start = self.source.cfg.blocks()[block].start;
        if (index == start || index == self.behind_end_for(start))
            && let Some(label) = self.label_of(block)
        {
            return label;
        }
        let inside = match self.scope {
            Scope::Loop(found) => self.source.cfg.loops()[found].contains(block),
            Scope::Function | Scope::Generator(_) | Scope::Guest(_) => true,
        };
        let reason = match inside {
            true => Reason::NotSeen,
            false => Reason::Finished,
        };
        self.exit_at(index, reason)
    }

    pub(super) fn exit_at(&mut self, index: usize, reason: Reason) -> Label {
        if let Some(label) = self.exits.get(&(self.context, index, reason)) {
            return *label;
        }
        let label = self.new_block(reason != Reason::Finished);
        let position = match self.source.code.instrs().get(index) {
            Some(instr) => instr.start,
            None => self.source.code.units(),
        };
        let depth = self.depth_on_arrival(index);
        let point = self.point_at(position, depth);
        let ops = &mut self.region.blocks[label.index()].ops;
        ops.push(GOp::At(point));
        ops.push(GOp::Leave(reason));
        self.exits.insert((self.context, index, reason), label);
        label
    }
}
