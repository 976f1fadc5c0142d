//! Dicts and sets: whether a key is in them, and what it is mapped to.
//!
//! Keys are ints, texts and, of what is only asked for, tuples of such: to compare them with each other runs no code; but
//! what they are compared with may be anything. So a routine looks them up that gives up where comparing might run code.
//! What is in a dict is lent by it. A key that is not there is left to the interpreter, which raises.

use fatjit_ir::{Reason, Type, TypeId};
use fatjit_jit::gbc::{Cmp, GOp, Reg};

use super::containers::Stored;
use super::fields::FieldName;
use super::{
    DICT_TYPE, FROZEN_SET_TYPE, Kinds, Method, Named, SET_TYPE, TEXT_TYPE, TUPLE_TYPE, Translator,
    worth,
};
use crate::effects::{MAY_CHANGE, PURE, READS};
use crate::memory;

/// How a key is handed to the routines.
#[derive(Clone, Copy)]
enum Key {
    Int,
    /// As an object of this type.
    Object(TypeId),
}

impl Key {
    fn of(kinds: Kinds) -> Option<Key> {
        Some(match () {
            () if kinds.only(Kinds::INT) => Key::Int,
            () if kinds.only(Kinds::TEXT) => Key::Object(TEXT_TYPE),
            () => return None,
        })
    }
}

impl Translator<'_> {
    fn guard_key(&mut self, reg: Reg, key: Key) {
        self.push(match key {
            Key::Int => GOp::GuardInt { reg },
            Key::Object(ty) => GOp::GuardType { reg, ty },
        });
    }

    /// Looks a guarded key up by one of two routines, for ints and objects.
    fn look_up(&mut self, names: [&str; 2], table: Reg, reg: Reg, key: Key, dst: Reg) {
        let (name, param) = match key {
            Key::Int => (names[0], Type::I64),
            Key::Object(_) => (names[1], Type::Ref),
        };
        let result = match name.starts_with("dict") {
            true => Type::Ptr,
            false => Type::I64,
        };
        let helper = self.helper(name, &[Type::Ref, param], Some(result), READS);
        self.push(GOp::Call {
            dst: Some(dst),
            helper,
            args: vec![table, reg],
        });
    }

    /// What a key is mapped to, or null, in a register; leaves where only the interpreter can tell. Uses temporary 1.
    fn find(&mut self, dict: Reg, reg: Reg, key: Key, dst: Reg) {
        let told = self.temp(1);
        self.look_up(["dict_find_int", "dict_find"], dict, reg, key, dst);
        // The routine answers with the dict itself if it cannot tell.
        self.push(GOp::Same {
            dst: told,
            a: dst,
            b: dict,
        });
        self.push(GOp::BoolNot {
            dst: told,
            src: told,
        });
        self.push(GOp::GuardTrue {
            cond: told,
            reason: Reason::OutOfRange,
        });
    }

    /// `key in table`; `false` if neither a dict nor a set was seen.
    pub(super) fn in_table(&mut self) -> bool {
        let seen = self.feedback();
        let [kinds, key, _] = seen.top;
        let ty = match () {
            () if kinds.only(Kinds::DICT) => DICT_TYPE,
            () if kinds.only(Kinds::SET) => SET_TYPE,
            () if kinds.only(Kinds::FROZEN_SET) => FROZEN_SET_TYPE,
            () => return false,
        };
        let key = match key.only(Kinds::TUPLE) {
            true => Some(Key::Object(TUPLE_TYPE)),
            false => Key::of(key),
        };
        let Some(key) = key.filter(|_| !seen.boxed) else {
            return false;
        };
        self.worth.add(worth::LOOKUP);
        let (table, reg) = (self.top(1), self.top(2));
        let (found, answer) = (self.temp(0), self.temp(2));
        self.push(GOp::GuardType { reg: table, ty });
        self.guard_key(reg, key);
        self.push(GOp::GuardRelease { regs: vec![table] });
        if ty == DICT_TYPE {
            self.find(table, reg, key, found);
            self.push(GOp::NullTest {
                dst: answer,
                src: found,
            });
            self.push(GOp::Kill { reg: found });
            self.push(GOp::BoolNot {
                dst: answer,
                src: answer,
            });
        } else {
            let (zero, told) = (self.temp(1), self.temp(3));
            self.look_up(["set_has_int", "set_has"], table, reg, key, found);
            self.constant_int(zero, 0);
            self.compare(Cmp::Ge, told, found, zero);
            self.push(GOp::GuardTrue {
                cond: told,
                reason: Reason::OutOfRange,
            });
            self.compare(Cmp::Gt, answer, found, zero);
        }
        if self.arg() & 1 == 1 {
            self.push(GOp::BoolNot {
                dst: answer,
                src: answer,
            });
        }
        match key {
            // What was lent by a tuple ends with it.
            Key::Object(TUPLE_TYPE) => {
                let parts = &[memory::COUNTS];
                let helper = self.releaser("release_key", &[Type::Own], None, PURE, parts);
                self.push(GOp::Call {
                    dst: None,
                    helper,
                    args: vec![reg],
                });
            }
            _ => self.push(GOp::Discard { reg }),
        }
        let behind = self.behind(-1);
        self.push(GOp::Move {
            dst: reg,
            src: answer,
        });
        self.push(GOp::Drop { reg: table, behind });
        true
    }

    /// `dict[key]`; `false` if no dict was seen.
    pub(super) fn dict_item(&mut self) -> bool {
        let seen = self.feedback();
        let [key, kinds, _] = seen.top;
        let Some(key) = Key::of(key).filter(|_| kinds.only(Kinds::DICT) && !seen.boxed) else {
            return false;
        };
        self.worth.add(worth::LOOKUP);
        let (dict, reg, found) = (self.top(2), self.top(1), self.temp(0));
        self.push(GOp::GuardType {
            reg: dict,
            ty: DICT_TYPE,
        });
        self.guard_key(reg, key);
        self.find(dict, reg, key, found);
        self.guard_present(found, self.temp(1), Reason::OutOfRange);
        self.push(GOp::Discard { reg });
        self.push(GOp::Move {
            dst: reg,
            src: found,
        });
        self.push(GOp::Swap { a: dict, b: reg });
        let behind = self.behind(-1);
        self.push(GOp::Drop { reg, behind });
        true
    }

    /// `dict[key] = value`; `false` if no dict was seen, or a key that only the interpreter compares.
    pub(super) fn store_dict_item(&mut self) -> bool {
        let seen = self.feedback();
        let [key, kinds, value_kinds] = seen.top;
        let Some(key) = Key::of(key).filter(|_| kinds.only(Kinds::DICT) && !seen.boxed) else {
            return false;
        };
        if seen.element.is(Kinds::default()) {
            return false;
        }
        if seen.element.has(Kinds::MISSING) {
            return self.put_dict_item(key);
        }
        self.worth.add(worth::LOOKUP);
        let (value, dict, reg) = (self.top(3), self.top(2), self.top(1));
        let (asked, address, place) = (self.temp(1), self.temp(5), self.temp(6));
        self.push(GOp::GuardType {
            reg: dict,
            ty: DICT_TYPE,
        });
        self.guard_key(reg, key);
        let names = ["place_in_dict_int", "place_in_dict"];
        self.look_up(names, dict, reg, key, asked);
        self.push(GOp::Copy {
            dst: place,
            src: asked,
        });
        self.guard_nonzero(asked, self.temp(2), Reason::OutOfRange);
        self.push(GOp::AddressOf {
            dst: address,
            src: dict,
        });
        self.push(GOp::Unlend { reg: dict });
        self.push(GOp::GuardRelease { regs: vec![dict] });
        let field = self.field_of(FieldName::DictValue);
        self.store_reference(&Stored {
            to: address,
            index: Some(place),
            field,
            value,
            kinds: value_kinds,
            old: seen.element,
            may_be_missing: false,
        });
        let behind = self.behind(-3);
        self.push(GOp::Discard { reg });
        self.push(GOp::Drop { reg: dict, behind });
        self.push(GOp::AfterOwed(behind));
        true
    }

    /// The same where it was not always there.
    fn put_dict_item(&mut self, key: Key) -> bool {
        if self.raises_elsewhere() {
            return false;
        }
        let (value, dict, reg) = (self.top(3), self.top(2), self.top(1));
        self.guard_takes(dict, reg, key);
        self.push(GOp::GuardRelease { regs: vec![dict] });
        self.put(dict, (reg, key), value);
        let behind = self.behind(-3);
        self.push(GOp::Discard { reg });
        self.push(GOp::Drop { reg: dict, behind });
        true
    }

    /// `MAP_ADD`: a dict comprehension's item.
    pub(super) fn map_add(&mut self) {
        let seen = self.feedback();
        let key = Key::of(seen.top[1]).filter(|_| !seen.boxed && !self.raises_elsewhere());
        let Some(key) = key else {
            return self.generic();
        };
        let (dict, reg, value) = (self.top(2 + self.arg()), self.top(2), self.top(1));
        self.guard_takes(dict, reg, key);
        self.put(dict, (reg, key), value);
        self.push(GOp::Discard { reg });
    }

    /// Guards that to have a dict map a key to something runs no code, whether or not it has the key. Uses temporaries 1 and 2.
    fn guard_takes(&mut self, dict: Reg, reg: Reg, key: Key) {
        self.worth.add(worth::LOOKUP);
        self.push(GOp::GuardType {
            reg: dict,
            ty: DICT_TYPE,
        });
        self.guard_key(reg, key);
        let takes = self.temp(1);
        self.look_up(["takes_key_int", "takes_key"], dict, reg, key, takes);
        self.guard_nonzero(takes, self.temp(2), Reason::OutOfRange);
    }

    /// Has a dict map a key to a value, which it takes over.
    fn put(&mut self, dict: Reg, (reg, key): (Reg, Key), value: Reg) {
        let (name, param) = match key {
            Key::Int => ("put_key_int", Type::I64),
            Key::Object(_) => ("put_key", Type::Ref),
        };
        let params = [Type::Ref, param, Type::Own];
        let helper = self.releaser(name, &params, None, MAY_CHANGE, &[]);
        self.push(GOp::Call {
            dst: None,
            helper,
            args: vec![dict, reg, value],
        });
    }

    /// The method `get` of a dict is loaded to be called.
    pub(super) fn load_dict_get(&mut self) -> bool {
        let (reg, arg) = (self.top(1), self.arg());
        let names = &self.source.code.source().names;
        let named = names
            .get(arg as usize >> 1)
            .is_some_and(|name| name == "get");
        if !named || arg & 1 == 0 || !self.feedback().top[0].only(Kinds::DICT) {
            return false;
        }
        self.method_to_call(reg, DICT_TYPE, Method::DictGet);
        true
    }

    /// `dict.get(key)`, also with a default that is a number, a text or `None`.
    pub(super) fn call_dict_get(&mut self) -> bool {
        let seen = self.feedback();
        let count = self.arg();
        if !seen.callee.is(Kinds::DICT_GET)
            || !(1..=2).contains(&count)
            || !seen.top[count as usize].only(Kinds::DICT)
            || seen.boxed
            || self.keyword_names().is_some()
        {
            return false;
        }
        let Some(key) = Key::of(seen.top[count as usize - 1]) else {
            return false;
        };
        let default = seen.top[0];
        let plain = default.is_unboxed() || default.only(Kinds::NONE) || default.only(Kinds::TEXT);
        if count == 2 && !plain {
            return false;
        }
        self.worth.add(worth::LOOKUP);
        let slots = self.call_slots(count);
        let (method, dict, reg) = (slots.lower, slots.upper, self.top(count));
        let object = self.object(Named::Method(Method::DictGet));
        self.push(GOp::GuardObject {
            reg: method,
            object,
        });
        self.push(GOp::GuardType {
            reg: dict,
            ty: DICT_TYPE,
        });
        self.guard_key(reg, key);
        let none = self.object(Named::None);
        let other = self.top(1);
        if count == 2 {
            match () {
                () if default.only(Kinds::NONE) => self.push(GOp::GuardObject {
                    reg: other,
                    object: none,
                }),
                () if default.only(Kinds::TEXT) => self.push(GOp::GuardType {
                    reg: other,
                    ty: TEXT_TYPE,
                }),
                () => self.guard_kind(other, default),
            }
        }
        let (found, cond) = (self.temp(0), self.temp(1));
        self.find(dict, reg, key, found);
        self.push(GOp::NullTest {
            dst: cond,
            src: found,
        });
        // Temporaries end with the block.
        self.push(GOp::Kill { reg: method });
        self.push(GOp::Move {
            dst: method,
            src: found,
        });
        let (absent, present) = (self.new_block(false), self.new_block(false));
        let on = self.new_block(false);
        self.push(GOp::Branch {
            cond,
            then: absent,
            otherwise: present,
        });
        self.at = present;
        if count == 2 {
            self.push(GOp::Discard { reg: other });
        }
        self.push(GOp::Jump(on));

        self.at = absent;
        self.push(GOp::Kill { reg: method });
        self.push(match count {
            2 => GOp::Move {
                dst: method,
                src: other,
            },
            _ => GOp::Object {
                dst: method,
                object: none,
            },
        });
        self.push(GOp::Jump(on));

        self.at = on;
        self.push(GOp::Discard { reg });
        let behind = self.behind(-i64::from(count) - 1);
        self.push(GOp::Drop { reg: dict, behind });
        true
    }
}
