//! Opcodes that the host's helpers do on the frame's own memory, and those left to the interpreter.

use fatjit_bytecode::Op;
use fatjit_ir::{Reason, Type};
use fatjit_jit::gbc::GOp;

use super::{Kinds, Translator, worth};
use crate::effects::{ANYTHING, MAY_CHANGE};
use crate::ops::call_arg;

/// Opcodes whose helpers neither run code nor look at the frame's locals: they build, append to what only
/// the stack holds.
const QUIET: &[Op] = &[
    Op::BuildList,
    Op::BuildSlice,
    Op::BuildString,
    Op::BuildTuple,
    Op::ListAppend,
    Op::LoadAssertionError,
    Op::MakeCell,
];

/// Opcodes always left to the interpreter although there is a helper: they end the frame's run, raise, or
/// belong to a handler, which the interpreter enters.
const LEFT: &[Op] = &[
    Op::RaiseVarargs,
    Op::Reraise,
    Op::PushExcInfo,
    Op::PopExcept,
    Op::CheckExcMatch,
    Op::CheckEgMatch,
    Op::WithExceptStart,
];

/// Stack items that a helper looks at without consuming them, counted from the top: the first and the last.
fn looked_at(op: Op, arg: u32) -> (u32, u32) {
    match op {
        Op::ForIter | Op::GetLen | Op::MatchMapping | Op::MatchSequence => (1, 1),
        Op::MatchKeys => (1, 2),
        Op::ListAppend | Op::ListExtend | Op::SetAdd | Op::SetUpdate | Op::DictUpdate => {
            (1 + arg, 1 + arg)
        }
        Op::MapAdd => (2 + arg, 2 + arg),
        // Its errors name the callable that the dict is for.
        Op::DictMerge => (1 + arg, 4 + arg),
        _ => (1, 0),
    }
}

impl Translator<'_> {
    /// Does the current instruction by its helper, if it has one.
    pub(super) fn generic(&mut self) {
        let op = self.source.code.instrs()[self.index].op;
        if self.is_frameless() {
            return self.needs_frame();
        }
        if LEFT.contains(&op) {
            return self.leave(Reason::LeftToInterpreter);
        }
        let arg = match op {
            Op::Call => call_arg(self.arg(), self.keyword_names()),
            _ => i64::from(self.arg()),
        };
        let before = self.here();
        let Some(pushed) = self.host_op(op.name(), arg) else {
            return;
        };
        if QUIET.contains(&op) {
            return;
        }
        self.push(GOp::After(self.behind(pushed as i64 - i64::from(before))));
    }

    /// Before 3.13 a `KW_NAMES` in front of a call tells its keywords: the index of the constant.
    pub(super) fn keyword_names(&self) -> Option<u32> {
        let before = self.source.code.instrs()[self.index.checked_sub(1)?];
        (before.op == Op::KwNames).then_some(before.arg)
    }

    /// What leaves from here on executes a call's `KW_NAMES` again: the interpreter keeps the names from there to the
    /// call.
    pub(super) fn with_keywords(&mut self) {
        let op = self.source.code.instrs()[self.index].op;
        if let (Op::Call, Some(_)) = (op, self.keyword_names())
            && let Some(before) = self.point(self.index - 1)
        {
            self.push(GOp::At(before));
        }
    }

    /// Whether the interpreter calls a method written in Python here without leaving its loop, most likely.
    fn reads_by_method(&self, op: Op) -> bool {
        let container = self.source.profile.at(self.index).top[1];
        op == Op::BinarySubscr && container.has(Kinds::INSTANCE)
    }

    /// Whether what is called, without names of arguments, is known to be written in C.
    fn calls_c(&self, op: Op) -> bool {
        let slots = match op {
            Op::Call if self.keyword_names().is_none() => self.call_slots(self.arg()),
            _ => return false,
        };
        let is_method = self.methods.contains(&slots.lower);
        let callee = if is_method { slots.lower } else { slots.callee };
        let known = self.known_in(callee);
        let facts = self.source.facts;
        known.is_some_and(|known| match is_method {
            true => !facts.is_function(known),
            false => facts.builtin(known).is_some(),
        })
    }

    /// Has the helper for an opcode do the current instruction; the depth afterwards. Leaves, and gives nothing, if there is no helper, or if what it raises would be caught
    /// in the wrong place.
    pub(super) fn host_op(&mut self, name: &str, arg: i64) -> Option<u32> {
        if self.is_frameless() {
            self.needs_frame();
            return None;
        }
        let effect = (self.source.helper)(name, arg).filter(|_| !self.raises_elsewhere());
        let Some(effect) = effect else {
            self.with_keywords();
            self.leave(Reason::LeftToInterpreter);
            return None;
        };
        let op = self.source.code.instrs()[self.index].op;
        let here = self.source.code.instrs()[self.index].start;
        let loss = match () {
            () if self.reads_by_method(op) => worth::PYTHON_CALL,
            () if self.calls_c(op) => worth::C_CALL,
            () => worth::helper(op),
        };
        self.worth.lose(here, loss);
        let quiet = Op::from_name(name).is_some_and(|op| QUIET.contains(&op));
        let effects = if quiet { MAY_CHANGE } else { ANYTHING };
        let (first, last) = looked_at(op, self.arg());
        for n in first..=last.min(self.here() - self.bottom()) {
            self.push(GOp::Real { reg: self.top(n) });
        }
        let params = [Type::Ptr, Type::I64, Type::I64];
        let helper = self.helper(&format!("op_{name}"), &params, None, effects);
        let depth = self.here();
        let (pops, pushes) = (effect.pops, effect.pushes);
        self.push(GOp::Host {
            helper,
            depth,
            arg,
            pops,
            pushes,
            outcome: None,
        });
        Some(depth - pops + pushes)
    }
}
