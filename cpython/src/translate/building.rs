//! Lists and tuples that are made: of items, of others, and by repetition.
//!
//! All by routines that run no code; what such a routine takes over it may release, because the result holds what
//! that held.

use fatjit_bytecode::Op;
use fatjit_bytecode::operands::{Arithmetic, ArithmeticOp};
use fatjit_ir::{HelperId, Reason, Type};
use fatjit_jit::gbc::{Cmp, GOp, Reg};

use super::lists::LISTS;
use super::{Kinds, LIST_TYPE, TEXT_TYPE, TUPLE_TYPE, Translator, worth};
use crate::effects::{MAKES, MAKES_FROM, MAY_CHANGE};
use crate::memory;

/// Most items for which there is a routine.
pub(super) const MOST_ITEMS: u32 = 6;

impl Translator<'_> {
    /// `BUILD_LIST`, `BUILD_TUPLE`, `BUILD_STRING`
    pub(super) fn build(&mut self) {
        let count = self.arg();
        let kind = match self.source.code.instrs()[self.index].op {
            Op::BuildList => "list",
            Op::BuildString => "text",
            _ => "tuple",
        };
        if count > MOST_ITEMS || kind != "list" && count == 0 || self.raises_elsewhere() {
            return self.generic();
        }
        self.worth.add(worth::MADE);
        let items: Vec<_> = (1..=count).rev().map(|n| self.top(n)).collect();
        if kind == "text" {
            for reg in &items {
                self.push(GOp::GuardType {
                    reg: *reg,
                    ty: TEXT_TYPE,
                });
            }
        }
        let params = vec![Type::Own; items.len()];
        let name = format!("{kind}_of_{count}");
        let own = Some(Type::Own);
        let helper = match kind {
            "text" => self.writer(&name, &params, own, MAKES_FROM, &[memory::COUNTS]),
            _ => self.helper(&name, &params, own, MAKES),
        };
        self.push(GOp::Call {
            dst: Some(items.first().copied().unwrap_or(self.free())),
            helper,
            args: items,
        });
    }

    /// The items of a list or tuple go to the end of a list that is being made.
    pub(super) fn list_extend(&mut self) {
        let kinds = self.feedback().top[0];
        let ty = match () {
            () if kinds.only(Kinds::LIST) => LIST_TYPE,
            () if kinds.only(Kinds::TUPLE) => TUPLE_TYPE,
            () => return self.generic(),
        };
        if self.raises_elsewhere() {
            return self.generic();
        }
        self.worth.add(worth::MADE);
        let (list, items) = (self.top(1 + self.arg()), self.top(1));
        self.push(GOp::GuardType { reg: items, ty });
        let helper = self.extender();
        self.push(GOp::Call {
            dst: None,
            helper,
            args: vec![list, items],
        });
        // The list holds what the items were, so their release runs no code.
        self.push(GOp::Discard { reg: items });
    }

    /// `list * times`, `list + list` and `list += list`; `false` if it is none of these.
    pub(super) fn join_lists(&mut self, op: ArithmeticOp) -> bool {
        let seen = self.feedback();
        let [b_kinds, a_kinds, _] = seen.top;
        if seen.boxed || !a_kinds.only(Kinds::LIST) || self.raises_elsewhere() {
            return false;
        }
        let list = b_kinds.only(Kinds::LIST);
        match (op.operation, op.in_place) {
            (Arithmetic::Multiply, false) if b_kinds.only(Kinds::INT) => self.repeat_list(),
            (Arithmetic::Add, false) if list => {
                let params = [Type::Own, Type::Own];
                let parts = &[memory::COUNTS];
                let own = Some(Type::Own);
                let helper = self.writer("list_concat", &params, own, MAKES_FROM, parts);
                self.two_lists(Some(self.top(2)), helper);
            }
            (Arithmetic::Add, true) if list => {
                let helper = self.extender();
                self.two_lists(None, helper);
                self.push(GOp::Discard { reg: self.top(1) });
            }
            _ => return false,
        }
        self.worth.add(worth::MADE);
        true
    }

    /// A routine that appends the items of a list or tuple to a list.
    fn extender(&mut self) -> HelperId {
        let params = [Type::Ref, Type::Ref];
        self.writer("list_extend", &params, None, MAY_CHANGE, LISTS)
    }

    /// Calls a routine for two operands that are lists.
    fn two_lists(&mut self, dst: Option<Reg>, helper: HelperId) {
        let args = vec![self.top(2), self.top(1)];
        for reg in &args {
            self.push(GOp::GuardType {
                reg: *reg,
                ty: LIST_TYPE,
            });
        }
        self.push(GOp::Call { dst, helper, args });
    }

    /// `list * times`, where at least one is left of each item.
    fn repeat_list(&mut self) {
        let (list, times) = (self.top(2), self.top(1));
        self.push(GOp::GuardType {
            reg: list,
            ty: LIST_TYPE,
        });
        self.push(GOp::GuardInt { reg: times });
        let (zero, ok) = (self.temp(0), self.temp(1));
        self.constant_int(zero, 0);
        self.compare(Cmp::Gt, ok, times, zero);
        self.push(GOp::GuardTrue {
            cond: ok,
            reason: Reason::OutOfRange,
        });
        let params = [Type::Own, Type::I64];
        let parts = &[memory::COUNTS];
        let own = Some(Type::Own);
        let helper = self.writer("list_repeat", &params, own, MAKES_FROM, parts);
        self.push(GOp::Call {
            dst: Some(list),
            helper,
            args: vec![list, times],
        });
        self.push(GOp::Kill { reg: times });
    }
}
