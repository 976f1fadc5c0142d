//! Methods of lists and comprehensions, by routines that run no code.
//!
//! A method is the one of exact lists: its descriptor is an object that never changes, a bound method is told
//! by its definition. What such a routine overwrites or releases is checked before; where releasing it might
//! run code, the interpreter does it.

use fatjit_bytecode::Version;
use fatjit_ir::{HelperId, Reason, Type, TypeId};
use fatjit_jit::gbc::{Cmp, GOp, Reg};

use super::fields::FieldName;
use super::places::CallSlots;
use super::{
    BYTEARRAY_TYPE, BYTES_TYPE, DICT_TYPE, FROZEN_SET_TYPE, FUNCTION_TYPE, Kinds, LIST_TYPE, Named,
    SET_TYPE, TEXT_TYPE, TUPLE_TYPE, Translator, worth,
};
use crate::effects::MAY_CHANGE;
use crate::memory::{self, Part};

/// A method, in the order of `fatjit_method`: of lists but for the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "they are what they are called")]
pub enum Method {
    Append,
    Pop,
    Insert,
    DictGet,
}

/// What routines that change the size of lists write.
pub(super) const LISTS: &[Part] = &[
    memory::LIST_SIZES,
    memory::LIST_ARRAYS,
    memory::LIST_ITEMS,
    memory::COUNTS,
];

impl Method {
    const OF_LISTS: [(Method, Kinds, &'static str); 3] = [
        (Method::Append, Kinds::LIST_APPEND, "append"),
        (Method::Pop, Kinds::LIST_POP, "pop"),
        (Method::Insert, Kinds::LIST_INSERT, "insert"),
    ];
}

impl Translator<'_> {
    /// A method of a list is loaded to be called: the list moves up, and the descriptor takes its place.
    pub(super) fn load_list_method(&mut self) -> bool {
        let (reg, arg) = (self.top(1), self.arg());
        let seen = self.feedback();
        let names = &self.source.code.source().names;
        let name = names.get(arg as usize >> 1).map(String::as_str);
        let method = Method::OF_LISTS.iter().find(|m| Some(m.2) == name);
        let Some((method, ..)) = method else {
            return false;
        };
        if arg & 1 == 0 || !seen.top[0].only(Kinds::LIST) {
            return false;
        }
        self.method_to_call(reg, LIST_TYPE, *method);
        true
    }

    /// A method of a builtin type is loaded to be called: what it is cannot change.
    pub(super) fn load_method_of_type(&mut self) -> bool {
        let (owner, arg) = (self.top(1), self.arg());
        let seen = self.feedback();
        let types = [
            (Kinds::LIST, LIST_TYPE, c"list"),
            (Kinds::TUPLE, TUPLE_TYPE, c"tuple"),
            (Kinds::DICT, DICT_TYPE, c"dict"),
            (Kinds::SET, SET_TYPE, c"set"),
            (Kinds::FROZEN_SET, FROZEN_SET_TYPE, c"frozenset"),
            (Kinds::TEXT, TEXT_TYPE, c"str"),
            (Kinds::BYTES, BYTES_TYPE, c"bytes"),
            (Kinds::BYTEARRAY, BYTEARRAY_TYPE, c"bytearray"),
        ];
        let mut types = types.into_iter();
        let found = types.find(|(kinds, ..)| seen.top[0].only(*kinds));
        let Some((_, ty, name)) = found.filter(|_| arg & 1 != 0 && !seen.boxed) else {
            return false;
        };
        let Some(method) = self.source.facts.method_of_type(name, arg >> 1) else {
            return false;
        };
        self.worth.add(worth::ATTRIBUTE);
        self.push(GOp::GuardType { reg: owner, ty });
        self.put_method_below(owner, method);
        true
    }

    /// A method is loaded to be called: the object in `reg`, of this type, moves up, and the descriptor takes its place.
    pub(super) fn method_to_call(&mut self, reg: Reg, ty: TypeId, method: Method) {
        self.worth.add(worth::BUILTIN);
        self.push(GOp::GuardType { reg, ty });
        let object = self.object(Named::Method(method));
        let dst = self.free();
        self.push(GOp::Move { dst, src: reg });
        self.push(GOp::Object { dst: reg, object });
    }

    /// A method of a list is called.
    pub(super) fn call_list_method(&mut self) -> bool {
        let seen = self.feedback();
        let count = self.arg();
        let bound = |kinds: Kinds| seen.callee.is(kinds.and(Kinds::BOUND));
        let found = Method::OF_LISTS
            .iter()
            .find(|(_, kinds, _)| seen.callee.is(*kinds) || bound(*kinds));
        let Some((method, kinds, _)) = found else {
            return false;
        };
        // Classes made of `list` have the same methods.
        let of_list = seen
            .top
            .get(count as usize)
            .is_some_and(|kinds| kinds.only(Kinds::LIST));
        if !bound(*kinds) && !of_list {
            return false;
        }
        let index = match method {
            Method::Append => (count == 1).then_some(None),
            Method::Pop if count == 0 => Some(None),
            Method::Pop => {
                (count == 1 && seen.top[0].only(Kinds::INT)).then_some(Some(self.top(1)))
            }
            Method::Insert => {
                (count == 2 && seen.top[1].only(Kinds::INT)).then_some(Some(self.top(2)))
            }
            Method::DictGet => None,
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
                let object = self.object(Named::Method(*method));
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
        // The list, or the method that is bound to it, goes behind the call.
        let held = if list == upper { upper } else { slots.callee };
        self.push(GOp::GuardRelease { regs: vec![held] });
        let (call, result) = self.method_routine(*method, list, index, count);
        self.push(call);
        if *method == Method::Insert {
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
    fn bound_list(&mut self, method: Method, slots: &CallSlots) -> Reg {
        let (list, def, wanted) = (self.temp(0), self.temp(1), self.temp(2));
        self.push(GOp::GuardNull { reg: slots.null });
        self.push(GOp::GuardType {
            reg: slots.callee,
            ty: FUNCTION_TYPE,
        });
        self.read_field(def, slots.callee, FieldName::FunctionDef);
        self.constant_int(wanted, (self.source.method)(method));
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

    /// The call that does a method of lists, and where its result is, if it has one.
    fn method_routine(
        &mut self,
        method: Method,
        list: Reg,
        index: Option<Reg>,
        count: u32,
    ) -> (GOp, Option<Reg>) {
        let (helper, dst, args) = match method {
            Method::Append | Method::DictGet => {
                let helper = self.adds("list_append", &[Type::Ref, Type::Own]);
                (helper, None, vec![list, self.top(1)])
            }
            Method::Insert => {
                let params = [Type::Ref, Type::I64, Type::Own];
                let helper = self.adds("list_insert", &params);
                let index = index.unwrap_or(self.top(2));
                (helper, None, vec![list, index, self.top(1)])
            }
            Method::Pop => {
                // What it takes out may be lent.
                let params = [Type::Ref, Type::I64];
                let own = Some(Type::Own);
                let helper = self.releaser("list_pop", &params, own, MAY_CHANGE, LISTS);
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

    /// A routine that puts items into lists, and may fail.
    pub(super) fn adds(&mut self, name: &str, params: &[Type]) -> HelperId {
        self.writer(name, params, None, MAY_CHANGE, LISTS)
    }

    /// A list comprehension's element.
    pub(super) fn list_append(&mut self) {
        if self.raises_elsewhere() {
            return self.generic();
        }
        self.worth.add(worth::ELEMENT);
        let (list, item) = (self.top(1 + self.arg()), self.top(1));
        let helper = self.adds("list_append", &[Type::Ref, Type::Own]);
        self.push(GOp::Call {
            dst: None,
            helper,
            args: vec![list, item],
        });
    }
}
