//! Jumps.

use fatjit_bytecode::Op;
use fatjit_ir::Reason;
use fatjit_jit::gbc::{GOp, Label, Reg};

use super::{Named, Translator};

impl Translator<'_> {
    pub(super) fn jump(&mut self) {
        match self.source.code.instrs()[self.index].target {
            Some(index) => {
                self.goes_into_loop(index);
                let to = self.target(index);
                self.push(GOp::Jump(to));
            }
            None => self.leave(Reason::LeftToInterpreter),
        }
    }

    pub(super) fn pop_jump_if(&mut self) {
        let instr = self.source.code.instrs()[self.index];
        let reg = self.top(1);
        let Some(jump) = instr.target else {
            return self.leave(Reason::LeftToInterpreter);
        };
        if !self.truth_of(reg) && !self.truth_of_object(reg) {
            // Only 3.12 branches on anything but a truth value.
            self.host_op("TO_BOOL", 0);
            if self.finished() {
                return;
            }
            // The interpreter branches in the same instruction. Resumed there it finds the truth value on the
            // stack, which comes out the same.
            let Some(point) = self.point(self.index) else {
                return self.leave(Reason::NotSeen);
            };
            self.push(GOp::After(point));
            self.push(GOp::At(point));
            self.push(GOp::GuardBool { reg });
        }
        let cond = self.temp(0);
        self.push(GOp::Copy {
            dst: cond,
            src: reg,
        });
        self.push(GOp::Kill { reg });
        let taken = self.target(jump);
        let next = self.target(self.index + 1);
        let (then, otherwise) = match instr.op {
            Op::PopJumpIfTrue => (taken, next),
            _ => (next, taken),
        };
        self.push(GOp::Branch {
            cond,
            then,
            otherwise,
        });
    }

    pub(super) fn pop_jump_if_none(&mut self) {
        let instr = self.source.code.instrs()[self.index];
        let src = self.top(1);
        let Some(jump) = instr.target else {
            return self.leave(Reason::LeftToInterpreter);
        };
        let object = self.object(Named::None);
        let dst = self.temp(0);
        self.push(GOp::SameObject { dst, src, object });
        let (taken, next) = (self.target(jump), self.target(self.index + 1));
        let taken = self.dropping(src, jump, taken);
        let next = self.dropping(src, self.index + 1, next);
        let (then, otherwise) = match instr.op {
            Op::PopJumpIfNone => (taken, next),
            _ => (next, taken),
        };
        self.push(GOp::Branch {
            cond: dst,
            then,
            otherwise,
        });
    }

    /// A block that releases a register on the way to another instruction.
    pub(super) fn dropping(&mut self, reg: Reg, index: usize, to: Label) -> Label {
        let Some(instr) = self.source.code.instrs().get(index) else {
            return to;
        };
        let behind = self.point_at(instr.start, self.depth_on_arrival(index));
        let here = self.point(self.index);
        let label = self.new_block(false);
        let ops = &mut self.region.blocks[label.index()].ops;
        // Nothing has happened yet: the test is done again should the release have to be the interpreter's.
        ops.extend(here.map(GOp::At));
        ops.push(GOp::Drop { reg, behind });
        ops.push(GOp::Jump(to));
        label
    }
}
