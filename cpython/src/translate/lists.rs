//! Lists beyond single elements: their methods, slices and comprehensions, by routines that run no code.
//!
//! A method is the one of exact lists: its descriptor is an object that never changes, a bound method is told
//! by its definition. What such a routine overwrites or releases is checked before; where releasing it might
//! run code, the interpreter does it.

use fatjit_bytecode::{Op, Version};
use fatjit_ir::{HelperId, Reason, Type};
use fatjit_jit::gbc::{Cmp, GOp, Reg};

use super::fields::FieldName;
use super::places::CallSlots;
use super::{FUNCTION_TYPE, Kinds, LIST_TYPE, Named, Translator, worth};
use crate::effects::{CHANGES, MAKES_FROM, MAY_CHANGE, READS};

/// A method of lists, in the order of `fatjit_list_method`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "they are what they are called")]
pub enum ListMethod {
    Append,
    Pop,
    Insert,
}

impl ListMethod {
    const ALL: [(ListMethod, Kinds, &'static str); 3] = [
        (ListMethod::Append, Kinds::LIST_APPEND, "append"),
        (ListMethod::Pop, Kinds::LIST_POP, "pop"),
        (ListMethod::Insert, Kinds::LIST_INSERT, "insert"),
    ];
}

/// Bounds that a slice does not have.
const FROM_START: i64 = 0;
const TO_END: i64 = i64::MAX;

impl Translator<'_> {
    /// A method of a list is loaded to be called: the list moves up, and the descriptor takes its place.
    pub(super) fn load_list_method(&mut self) -> bool {
        let (reg, arg) = (self.top(1), self.arg());
        let seen = self.feedback();
        let names = &self.source.code.source().names;
        let name = names.get(arg as usize >> 1).map(String::as_str);
        let method = ListMethod::ALL.iter().find(|m| Some(m.2) == name);
        let Some((method, ..)) = method else {
            return false;
        };
        if arg & 1 == 0 || !seen.top[0].only(Kinds::LIST) {
            return false;
        }
        self.worth.add(worth::BUILTIN);
        self.push(GOp::GuardType { reg, ty: LIST_TYPE });
        let object = self.object(Named::ListMethod(*method));
        let dst = self.free();
        self.push(GOp::Move { dst, src: reg });
        self.push(GOp::Object { dst: reg, object });
        true
    }

    /// A method of a list is called.
    pub(super) fn call_list_method(&mut self) -> bool {
        let seen = self.feedback();
        let count = self.arg();
        let bound = |kinds: Kinds| seen.callee.is(kinds.and(Kinds::BOUND));
        let found = ListMethod::ALL
            .iter()
            .find(|(_, kinds, _)| seen.callee.is(*kinds) || bound(*kinds));
        let Some((method, kinds, _)) = found else {
            return false;
        };
        let index = match method {
            ListMethod::Append => (count == 1).then_some(None),
            ListMethod::Pop if count == 0 => Some(None),
            ListMethod::Pop => {
                (count == 1 && seen.top[0].only(Kinds::INT)).then_some(Some(self.top(1)))
            }
            ListMethod::Insert => {
                (count == 2 && seen.top[1].only(Kinds::INT)).then_some(Some(self.top(2)))
            }
        };
        let Some(index) = index else { return false };
        if seen.boxed || self.keyword_names().is_some() || self.raises_elsewhere() {
            return false;
        }
        self.worth.add(worth::BUILTIN);
        let slots = self.call_slots(count);
        let (lower, upper) = (slots.lower, slots.upper);
        let list = match bound(*kinds) {
            false => {
                let object = self.object(Named::ListMethod(*method));
                self.push(GOp::GuardObject { reg: lower, object });
                self.push(GOp::GuardType {
                    reg: upper,
                    ty: LIST_TYPE,
                });
                upper
            }
            true => self.bound_list(*method, &slots),
        };
        if let Some(reg) = index {
            self.push(GOp::GuardInt { reg });
        }
        let (call, result) = self.method_routine(*method, list, index, count);
        self.push(call);
        if *method == ListMethod::Insert {
            self.push(GOp::Kill { reg: self.top(2) });
        }
        // The result goes to the bottom; what stood there is dropped from above it.
        match result {
            Some(reg) if reg == lower => {}
            Some(reg) => self.push(GOp::Swap { a: lower, b: reg }),
            None => self.none_below(lower),
        }
        let behind = self.behind(-i64::from(count) - 1);
        for n in 1..count + 2 {
            let reg = self.top(n);
            self.push(GOp::Drop { reg, behind });
        }
        true
    }

    /// Guards a bound method: the list it is bound to, in temporary 0.
    fn bound_list(&mut self, method: ListMethod, slots: &CallSlots) -> Reg {
        let (list, def, wanted) = (self.temp(0), self.temp(1), self.temp(2));
        self.push(GOp::GuardNull { reg: slots.null });
        self.push(GOp::GuardType {
            reg: slots.callee,
            ty: FUNCTION_TYPE,
        });
        self.read_field(def, slots.callee, FieldName::FunctionDef);
        self.constant_int(wanted, (self.source.list_method)(method));
        self.compare(Cmp::Eq, def, def, wanted);
        self.push(GOp::GuardTrue {
            cond: def,
            reason: Reason::TypeChanged,
        });
        // A function of this definition is bound to a list, or to an instance of a subclass.
        self.read_field(list, slots.callee, FieldName::FunctionSelf);
        self.push(GOp::GuardType {
            reg: list,
            ty: LIST_TYPE,
        });
        list
    }

    /// The call that does a method, and where its result is, if it has one.
    fn method_routine(
        &mut self,
        method: ListMethod,
        list: Reg,
        index: Option<Reg>,
        count: u32,
    ) -> (GOp, Option<Reg>) {
        let (helper, dst, args) = match method {
            ListMethod::Append => {
                let helper = self.routine("list_append", &[Type::Ref, Type::Own], None);
                (helper, None, vec![list, self.top(1)])
            }
            ListMethod::Insert => {
                let params = [Type::Ref, Type::I64, Type::Own];
                let helper = self.routine("list_insert", &params, None);
                let index = index.unwrap_or(self.top(2));
                (helper, None, vec![list, index, self.top(1)])
            }
            ListMethod::Pop => {
                let helper = self.routine("list_pop", &[Type::Ref, Type::I64], Some(Type::Own));
                let last = self.temp(3);
                if index.is_none() {
                    self.constant_int(last, -1);
                }
                // In the place of the index, or of the method, or of the null beside a bound one.
                let dst = match (count, list == self.top(1)) {
                    (0, true) => self.top(2),
                    (0, false) => match self.version {
                        Version::V312 => self.top(2),
                        Version::V313 => self.top(1),
                    },
                    _ => self.top(1),
                };
                (helper, Some(dst), vec![list, index.unwrap_or(last)])
            }
        };
        (GOp::Call { dst, helper, args }, dst)
    }

    /// Puts `None` into a slot, whose contents move to the empty one at the top.
    fn none_below(&mut self, lower: Reg) {
        let object = self.object(Named::None);
        let free = self.top(1);
        self.push(GOp::Object { dst: free, object });
        self.push(GOp::Swap { a: lower, b: free });
    }

    /// A routine that changes lists, and may fail.
    fn routine(&mut self, name: &str, params: &[Type], result: Option<Type>) -> HelperId {
        self.helper(name, params, result, MAY_CHANGE)
    }

    /// A list comprehension's element.
    pub(super) fn list_append(&mut self) {
        if self.raises_elsewhere() {
            return self.generic();
        }
        self.worth.add(worth::ELEMENT);
        let (list, item) = (self.top(1 + self.arg()), self.top(1));
        let helper = self.routine("list_append", &[Type::Ref, Type::Own], None);
        self.push(GOp::Call {
            dst: None,
            helper,
            args: vec![list, item],
        });
    }

    /// A bound of a slice in a register: an int, or one that is not there.
    fn bound(&mut self, reg: Reg, kinds: Kinds, missing: i64, dst: Reg) -> bool {
        if kinds.only(Kinds::NONE) {
            let object = self.object(Named::None);
            self.push(GOp::GuardObject { reg, object });
            self.constant_int(dst, missing);
        } else if kinds.only(Kinds::INT) {
            self.push(GOp::GuardInt { reg });
            self.push(GOp::Copy { dst, src: reg });
        } else {
            return false;
        }
        true
    }

    /// Whether both bounds of a slice were ints or missing.
    fn bounded(low: Kinds, high: Kinds) -> bool {
        let known = |kinds: Kinds| kinds.only(Kinds::NONE) || kinds.only(Kinds::INT);
        known(low) && known(high)
    }

    /// `list[low:high]`
    pub(super) fn slice(&mut self) {
        let seen = self.feedback();
        let [high_kinds, low_kinds, kinds] = seen.top;
        if seen.boxed
            || !kinds.only(Kinds::LIST)
            || !Self::bounded(low_kinds, high_kinds)
            || self.raises_elsewhere()
        {
            return self.generic();
        }
        self.worth.add(worth::BUILTIN);
        let (list, low, high) = (self.top(3), self.top(2), self.top(1));
        self.push(GOp::GuardType {
            reg: list,
            ty: LIST_TYPE,
        });
        let (from, to) = (self.temp(0), self.temp(1));
        self.bound(low, low_kinds, FROM_START, from);
        self.bound(high, high_kinds, TO_END, to);
        let params = [Type::Ref, Type::I64, Type::I64];
        let helper = self.helper("list_slice", &params, Some(Type::Own), MAKES_FROM);
        self.made_of_list(helper, vec![list, from, to], list);
    }

    /// Calls what makes a list of a list, which is the lowest of three operands.
    fn made_of_list(&mut self, helper: HelperId, args: Vec<Reg>, list: Reg) {
        let (second, top) = (self.top(2), self.top(1));
        self.push(GOp::Call {
            dst: Some(top),
            helper,
            args,
        });
        self.push(GOp::Kill { reg: second });
        self.push(GOp::Swap { a: list, b: top });
        let behind = self.behind(-2);
        self.push(GOp::Drop { reg: top, behind });
    }

    /// `list[low:high] = items` where that keeps the list's size.
    pub(super) fn store_slice(&mut self) {
        let seen = self.feedback();
        let [high_kinds, low_kinds, kinds] = seen.top;
        if seen.boxed || !kinds.only(Kinds::LIST) || !Self::bounded(low_kinds, high_kinds) {
            return self.generic();
        }
        self.worth.add(worth::BUILTIN);
        let (items, list) = (self.top(4), self.top(3));
        let (low, high) = (self.top(2), self.top(1));
        for reg in [list, items] {
            self.push(GOp::GuardType { reg, ty: LIST_TYPE });
        }
        let (from, to, ok, zero) = (self.temp(0), self.temp(1), self.temp(2), self.temp(3));
        self.bound(low, low_kinds, FROM_START, from);
        self.bound(high, high_kinds, TO_END, to);
        let params = [Type::Ref, Type::I64, Type::I64, Type::Ref];
        let args = vec![list, from, to, items];
        let helper = self.helper("list_can_overwrite", &params, Some(Type::I64), READS);
        self.push(GOp::Call {
            dst: Some(ok),
            helper,
            args: args.clone(),
        });
        self.constant_int(zero, 0);
        self.compare(Cmp::Ne, ok, ok, zero);
        self.push(GOp::GuardTrue {
            cond: ok,
            reason: Reason::OutOfRange,
        });
        let helper = self.helper("list_overwrite", &params, None, CHANGES);
        self.push(GOp::Call {
            dst: None,
            helper,
            args,
        });
        let behind = self.behind(-4);
        for n in 1..=4 {
            let reg = self.top(n);
            self.push(GOp::Drop { reg, behind });
        }
    }

    /// A slice that a list is subscribed with at once is not made.
    pub(super) fn build_slice(&mut self) {
        let seen = self.feedback();
        let next = self.source.profile.at(self.index + 1);
        let block = self.source.cfg.block_of(self.index);
        let op = self.source.code.instrs().get(self.index + 1).map(|i| i.op);
        let after = self.point(self.index + 1);
        let [step_kinds, to_kinds, from_kinds] = seen.top;
        let fits = self.arg() == 3
            && op == Some(Op::BinarySubscr)
            && self.source.cfg.block_of(self.index + 1) == block
            && next.top[1].only(Kinds::LIST)
            && step_kinds.only(Kinds::INT)
            && !seen.boxed
            && !next.boxed
            && !self.raises_elsewhere();
        let (Some(after), true, true) = (after, fits, Self::bounded(from_kinds, to_kinds)) else {
            return self.generic();
        };
        self.worth.add(worth::BUILTIN);
        let (list, low, high, by) = (self.top(4), self.top(3), self.top(2), self.top(1));
        let (from, to, step) = (self.temp(0), self.temp(1), self.temp(2));
        let (zero, ok) = (self.temp(3), self.temp(4));
        self.push(GOp::GuardType {
            reg: list,
            ty: LIST_TYPE,
        });
        self.push(GOp::GuardInt { reg: by });
        self.push(GOp::Copy { dst: step, src: by });
        // Where it begins and ends without bounds depends on the direction.
        self.constant_int(zero, 0);
        let backward = self.constant_before(1).is_some_and(|n| n < 0);
        let cmp = if backward { Cmp::Lt } else { Cmp::Gt };
        self.compare(cmp, ok, step, zero);
        self.push(GOp::GuardTrue {
            cond: ok,
            reason: Reason::OutOfRange,
        });
        let (start, end) = match backward {
            true => (i64::MAX, i64::MIN),
            false => (FROM_START, TO_END),
        };
        self.bound(low, from_kinds, start, from);
        self.bound(high, to_kinds, end, to);
        let params = [Type::Ref, Type::I64, Type::I64, Type::I64];
        let helper = self.helper("list_slice_step", &params, Some(Type::Own), MAKES_FROM);
        self.push(GOp::Call {
            dst: Some(by),
            helper,
            args: vec![list, from, to, step],
        });
        for reg in [high, low] {
            self.push(GOp::Kill { reg });
        }
        self.push(GOp::Swap { a: list, b: by });
        let behind = fatjit_jit::gbc::Point {
            position: self.source.code.instrs()[self.index + 1].next,
            depth: after.depth - 1,
        };
        self.push(GOp::Drop { reg: by, behind });
        self.done = true;
    }

    /// The int constant that was pushed by the n-th instruction before this one.
    fn constant_before(&self, n: usize) -> Option<i64> {
        let instr = self.source.code.instrs().get(self.index.checked_sub(n)?)?;
        match (instr.op, self.source.consts.get(instr.arg as usize)) {
            (Op::LoadConst, Some(super::Const::Int(value))) => Some(*value),
            _ => None,
        }
    }
}
