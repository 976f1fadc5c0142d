//! Iteration over dicts, their views, and sets.
//!
//! The iterator is a real object, and its steps are the interpreter's own. What the next one is, is asked before: where it
//! would raise, or let go of something whose release may run code, the interpreter goes on.

use fatjit_ir::{Reason, Type, TypeId};
use fatjit_jit::gbc::{Cmp, GOp, Label, Reg};

use super::{
    DICT_ITEMS_ITER_TYPE, DICT_KEYS_ITER_TYPE, DICT_TYPE, DICT_VALUES_ITER_TYPE, FROZEN_SET_TYPE,
    Kinds, SET_ITER_TYPE, SET_TYPE, Translator, worth,
};
use crate::effects::{MAKES, MAKES_FROM, PURE, READS};
use crate::memory;

/// The type of an iterator over a dict or set.
fn iterator_type(kinds: Kinds) -> Option<TypeId> {
    let types = [
        (Kinds::DICT_KEYS_ITER, DICT_KEYS_ITER_TYPE),
        (Kinds::DICT_VALUES_ITER, DICT_VALUES_ITER_TYPE),
        (Kinds::DICT_ITEMS_ITER, DICT_ITEMS_ITER_TYPE),
        (Kinds::SET_ITER, SET_ITER_TYPE),
    ];
    let found = types.iter().find(|(kind, _)| kinds.only(*kind));
    found.map(|(_, ty)| *ty)
}

impl Translator<'_> {
    /// `GET_ITER` on a dict, a view of one or a set; `false` if none was seen.
    pub(super) fn get_table_iter(&mut self) -> bool {
        let (reg, seen) = (self.top(1), self.feedback());
        let kinds = seen.top[0];
        let ty = match () {
            () if kinds.only(Kinds::DICT) => Some(DICT_TYPE),
            () if kinds.only(Kinds::SET) => Some(SET_TYPE),
            () if kinds.only(Kinds::FROZEN_SET) => Some(FROZEN_SET_TYPE),
            () if kinds.only(Kinds::DICT_VIEW) => None,
            () => return false,
        };
        if seen.boxed || self.raises_elsewhere() {
            return false;
        }
        match ty {
            Some(ty) => self.push(GOp::GuardType { reg, ty }),
            None => self.guard_told("is_dict_view", reg),
        }
        self.worth.add(worth::MADE);
        let helper = self.helper("table_iter", &[Type::Own], Some(Type::Own), MAKES);
        self.push(GOp::Call {
            dst: Some(reg),
            helper,
            args: vec![reg],
        });
        true
    }

    /// `FOR_ITER` on an iterator over a dict or set; `false` if none was seen.
    pub(super) fn for_table(
        &mut self,
        iterator: Reg,
        item: Reg,
        (body, done): (Label, Label),
    ) -> bool {
        let seen = self.feedback();
        let Some(ty) = iterator_type(seen.top[0]) else {
            return false;
        };
        let Some(here) = self.point(self.index) else {
            return false;
        };
        if seen.boxed || self.raises_elsewhere() {
            return false;
        }
        self.worth.add(worth::TABLE_ITEM);
        self.push(GOp::GuardType { reg: iterator, ty });
        let (state, zero, cond) = (self.temp(0), self.temp(1), self.temp(2));
        let helper = self.helper("table_iter_state", &[Type::Ref], Some(Type::I64), READS);
        self.push(GOp::Call {
            dst: Some(state),
            helper,
            args: vec![iterator],
        });
        self.constant_int(zero, 0);
        self.compare(Cmp::Ge, cond, state, zero);
        self.push(GOp::GuardTrue {
            cond,
            reason: Reason::OutOfRange,
        });
        self.compare(Cmp::Gt, cond, state, zero);
        let (more, over) = (self.new_block(false), self.new_block(false));
        self.push(GOp::Branch {
            cond,
            then: more,
            otherwise: over,
        });

        self.at = over;
        self.push(GOp::At(here));
        let helper = self.releaser(
            "table_iter_end",
            &[Type::Own],
            None,
            PURE,
            &[memory::COUNTS],
        );
        self.push(GOp::Call {
            dst: None,
            helper,
            args: vec![iterator],
        });
        self.push(GOp::Jump(done));

        self.at = more;
        self.push(GOp::At(here));
        let (own, parts) = (Some(Type::Own), &[memory::COUNTS]);
        let helper = self.releaser("table_iter_step", &[Type::Ref], own, MAKES_FROM, parts);
        self.push(GOp::Call {
            dst: Some(item),
            helper,
            args: vec![iterator],
        });
        self.push(GOp::Jump(body));
        true
    }
}
