//! Loads and stores of locals, constants and globals, and what only moves values on the stack.

use fatjit_bytecode::Op;
use fatjit_ir::Type;
use fatjit_jit::gbc::{Cmp, GOp, Reg, Seen};

use super::{Const, HARD_GLOBAL, Kinds, Named, Translator, worth};
use crate::effects::CHANGES;

/// Looks a global up if that runs no code: (slots, depth, name index, as `LOAD_GLOBAL` packs it) → 0 if it
/// pushed it, 1 if it could not tell without running code or the name is not there.
pub(super) const PLAIN_GLOBAL: &str = "load_global_plain";

impl Translator<'_> {
    pub(super) fn load_const(&mut self) {
        let index = self.arg();
        let dst = self.free();
        let constant = self.source.consts.get(index as usize);
        let constant = constant.copied().unwrap_or(Const::Other);
        self.constant(dst, constant, self.constant_named(index));
    }

    /// The constant that was pushed by the n-th instruction before this one.
    pub(super) fn constant_before(&self, n: usize) -> Option<Const> {
        let instr = self.source.code.instrs().get(self.index.checked_sub(n)?)?;
        let constant = self.source.consts.get(instr.arg as usize).copied();
        constant.filter(|_| instr.op == Op::LoadConst)
    }

    /// Puts an object that does not change into an empty register, as a number if it is one.
    pub(super) fn constant(&mut self, dst: Reg, value: Const, named: Named) {
        let op = match value {
            // Small ints are the same objects everywhere.
            Const::Int(value @ -5..=256) => GOp::Int {
                dst,
                value,
                object: None,
            },
            Const::Int(value) => {
                let object = Some(self.object(named));
                GOp::Int { dst, value, object }
            }
            Const::Float(bits) => {
                let object = Some(self.object(named));
                GOp::Float { dst, bits, object }
            }
            Const::Bool(value) => GOp::Bool { dst, value },
            Const::None => {
                let object = self.object(Named::None);
                GOp::Object { dst, object }
            }
            Const::Character(_) | Const::Other => {
                let object = self.object(named);
                GOp::Object { dst, object }
            }
        };
        self.push(op);
    }

    pub(super) fn load_fast(&mut self) {
        let (arg, dst) = (self.arg(), self.free());
        match self.source.code.instrs()[self.index].op {
            Op::LoadFastLoadFast => {
                let src = self.local(arg >> 4);
                self.push(GOp::Copy { dst, src });
                let (dst, src) = (Reg(dst.0 + 1), self.local(arg & 15));
                self.push(GOp::Copy { dst, src });
            }
            Op::LoadFast if self.is_iterated_argument(arg) => {
                let local = self.local(arg);
                self.push(GOp::TakeLocal { dst, local });
            }
            op => {
                let src = self.local(arg);
                if op == Op::LoadFastCheck {
                    self.push(GOp::GuardBound { reg: src });
                }
                self.push(GOp::Copy { dst, src });
            }
        }
    }

    pub(super) fn store_fast(&mut self) {
        let (arg, src) = (self.arg(), self.top(1));
        let [kinds, below, _] = self.feedback().top;
        self.guard_lent(src, kinds);
        match self.source.code.instrs()[self.index].op {
            Op::StoreFastStoreFast => {
                self.guard_lent(self.top(2), below);
                let after = self.behind(-2);
                let mut regs = vec![self.local(arg >> 4), self.local(arg & 15)];
                regs.dedup();
                self.push(GOp::GuardRelease { regs });
                self.store(self.local(arg >> 4), src);
                self.store(self.local(arg & 15), self.top(2));
                self.push(GOp::AfterOwed(after));
                self.forgo(arg >> 4);
                self.forgo(arg & 15);
            }
            Op::StoreFastLoadFast => {
                let after = self.behind(0);
                self.store(self.local(arg >> 4), src);
                let dst = src;
                let src = self.local(arg & 15);
                self.push(GOp::Copy { dst, src });
                self.push(GOp::AfterOwed(after));
                self.forgo(arg >> 4);
            }
            _ => {
                let behind = Some(self.behind(-1));
                let local = self.local(arg);
                self.gives_up(local);
                self.push(GOp::Store { local, src, behind });
                self.forgo(arg);
            }
        }
    }

    /// What is only lent is guarded to be the number that was seen, so that it need not be counted.
    fn guard_lent(&mut self, reg: Reg, kinds: Kinds) {
        let kind = match () {
            () if kinds.only(Kinds::INT) => Seen::Int,
            () if kinds.only(Kinds::FLOAT) => Seen::Float,
            () if kinds.only(Kinds::BOOL) => Seen::Bool,
            () => return,
        };
        self.push(GOp::GuardLent { reg, kind });
    }

    fn forgo(&mut self, local: u32) {
        if !self.wanted.at(self.index + 1, local) {
            let local = self.local(local);
            self.push(GOp::Forgo { local });
        }
    }

    /// A local gets another value. Without a frame arguments are the caller's: what one of them held would live until the
    /// function returns.
    fn gives_up(&mut self, local: Reg) {
        let Some(function) = self.region.function.as_ref().filter(|_| !self.is_guest()) else {
            return;
        };
        let hidden = self.region.captured.map_or(0, |cells| cells as usize + 1);
        let given = function.params.len().saturating_sub(hidden);
        let object = function.params[..given].get(local.0 as usize) == Some(&Type::Ref);
        self.needs_frame |= object && self.is_frameless();
    }

    fn store(&mut self, local: Reg, src: Reg) {
        self.gives_up(local);
        let behind = None;
        self.push(GOp::Store { local, src, behind });
    }

    pub(super) fn load_fast_and_clear(&mut self) {
        let (local, dst) = (self.local(self.arg()), self.free());
        self.push(GOp::TakeLocal { dst, local });
    }

    pub(super) fn delete_fast(&mut self) {
        let local = self.local(self.arg());
        let behind = self.behind(0);
        self.gives_up(local);
        self.push(GOp::GuardBound { reg: local });
        self.push(GOp::Unbind { local, behind });
    }

    /// A global is what it is now, if that may be assumed. Else it is looked up, without telling the frame where
    /// it is unless that could run code.
    pub(super) fn load_global(&mut self) {
        if self.load_cheaply(self.arg() >> 1, self.arg() & 1 != 0) {
            return;
        }
        if self.is_frameless() {
            return self.needs_frame();
        }
        let arg = i64::from(self.arg());
        let effect = (self.source.helper)("LOAD_GLOBAL", arg);
        let plain = !self.feedback().boxed && (self.source.plain_global)(arg);
        let Some(effect) = effect.filter(|_| plain) else {
            return self.generic();
        };
        self.worth.add(worth::GLOBAL);
        let params = [Type::Ptr, Type::I64, Type::I64];
        let helper = self.helper(PLAIN_GLOBAL, &params, Some(Type::I64), CHANGES);
        let (depth, status, zero) = (self.here(), self.temp(0), self.temp(1));
        self.push(GOp::Host {
            helper,
            depth,
            arg,
            pops: 0,
            pushes: effect.pushes,
            outcome: Some(status),
        });
        self.constant_int(zero, 0);
        self.compare(Cmp::Eq, status, status, zero);
        // A branch and not a guard: one made to fail on purpose would forget what was pushed.
        let (found, hard) = (self.new_block(false), self.exit_at(self.index, HARD_GLOBAL));
        self.push(GOp::Branch {
            cond: status,
            then: found,
            otherwise: hard,
        });
        self.at = found;
        for n in 0..effect.pushes {
            let reg = Reg(depth + n);
            self.push(GOp::Adopt { reg });
        }
    }

    pub(super) fn pop_top(&mut self) {
        let (reg, behind) = (self.top(1), self.behind(-1));
        self.push(GOp::Drop { reg, behind });
    }

    pub(super) fn copy(&mut self) {
        let (dst, src) = (self.free(), self.top(self.arg()));
        self.push(GOp::Copy { dst, src });
    }

    pub(super) fn swap(&mut self) {
        let (a, b) = (self.top(1), self.top(self.arg()));
        self.push(GOp::Swap { a, b });
    }
}
