//! Elements of lists, tuples, bytes, bytearrays and arrays.
//!
//! Only exact types: a subclass may define what it likes. An index out of range is left to the interpreter,
//! which raises. An element that is read is lent by its container; a bool, `None`, int or float that is
//! overwritten is guarded to be one, so that its release runs no code.

use fatjit_ir::{Reason, TypeId};
use fatjit_jit::gbc::{BOOL_TYPE, FLOAT_TYPE, FieldId, GOp, INT_TYPE, Reg, Release};

use super::fields::FieldName;
use super::{
    ARRAY_TYPE, BYTEARRAY_TYPE, BYTES_TYPE, DICT_TYPE, Kinds, LIST_TYPE, NONE_TYPE, SET_TYPE,
    TEXT_TYPE, TUPLE_TYPE, Translator, worth,
};

/// A type whose elements are in an array.
pub(super) struct Array {
    pub(super) ty: TypeId,
    pub(super) size: FieldName,
    /// Where the array's address is, if it is not in the object itself.
    pub(super) start: Option<FieldName>,
    pub(super) item: FieldName,
}

impl Array {
    pub(super) fn of(kinds: Kinds) -> Option<Array> {
        use FieldName as F;
        let (ty, size, start, item) = match () {
            () if kinds.only(Kinds::LIST) => {
                (LIST_TYPE, F::ListSize, Some(F::ListArray), F::ListItem)
            }
            () if kinds.only(Kinds::TUPLE) => (TUPLE_TYPE, F::TupleSize, None, F::TupleItem),
            () if kinds.only(Kinds::BYTES) => (BYTES_TYPE, F::TupleSize, None, F::BytesItem),
            () if kinds.only(Kinds::BYTEARRAY) => {
                let start = Some(F::BytearrayStart);
                (BYTEARRAY_TYPE, F::BytearraySize, start, F::BytearrayItem)
            }
            () => return None,
        };
        Some(Array {
            ty,
            size,
            start,
            item,
        })
    }
}

/// A reference that is stored over another one.
pub(super) struct Stored {
    /// From where the field is counted.
    pub(super) to: Reg,
    /// Which element of an array it is.
    pub(super) index: Option<Reg>,
    pub(super) field: FieldId,
    pub(super) value: Reg,
    /// What was seen to be stored.
    pub(super) kinds: Kinds,
    /// What was seen there before.
    pub(super) old: Kinds,
    /// Whether nothing may be there, which is left to the interpreter.
    pub(super) may_be_missing: bool,
}

/// The type of what has a size, and where that is.
pub(super) fn sized(kinds: Kinds) -> Option<(TypeId, FieldName)> {
    match Array::of(kinds) {
        Some(array) => Some((array.ty, array.size)),
        None if kinds.only(Kinds::TEXT) => Some((TEXT_TYPE, FieldName::TextSize)),
        None if kinds.only(Kinds::DICT) => Some((DICT_TYPE, FieldName::DictUsed)),
        None if kinds.only(Kinds::SET) => Some((SET_TYPE, FieldName::SetUsed)),
        None if kinds.only(Kinds::ARRAY) => Some((ARRAY_TYPE, FieldName::ArraySize)),
        None => None,
    }
}

impl Translator<'_> {
    /// `container[key]`
    pub(super) fn subscript(&mut self) {
        let seen = self.feedback();
        let [key_kinds, kinds, _] = seen.top;
        let (container, key) = (self.top(2), self.top(1));
        if self.dict_item() || self.item_by_method() {
            return;
        }
        if seen.boxed || !key_kinds.only(Kinds::INT) {
            return self.generic();
        }
        let item = self.temp(0);
        if let Some(array) = self.array_of(container, kinds, seen.element) {
            let (from, index) = self.element(&array, container, key);
            let field = self.field_of(array.item);
            let index = Some(index);
            self.push(GOp::Read {
                dst: item,
                from,
                index,
                field,
            });
        } else if let Some(form) = self.form(kinds) {
            self.text_item(container, key, form);
        } else {
            return self.generic();
        }
        self.worth.add(worth::ELEMENT);
        // The result goes below, so that what is on the way out stands above it.
        self.push(GOp::Kill { reg: key });
        self.push(GOp::Move {
            dst: key,
            src: item,
        });
        self.push(GOp::Swap {
            a: container,
            b: key,
        });
        let behind = self.behind(-1);
        self.push(match kinds.only(Kinds::TEXT) {
            true => GOp::Discard { reg: key },
            false => GOp::Drop { reg: key, behind },
        });
    }

    /// `container[key] = value`
    pub(super) fn store_subscript(&mut self) {
        let seen = self.feedback();
        let [key_kinds, kinds, value_kinds] = seen.top;
        let (value, container, key) = (self.top(3), self.top(2), self.top(1));
        if self.store_item_by_method() || self.store_dict_item() {
            return;
        }
        if seen.boxed || !key_kinds.only(Kinds::INT) {
            return self.generic();
        }
        match self.array_of(container, kinds, seen.element) {
            Some(array) if array.ty == LIST_TYPE => {
                let (to, index) = self.element(&array, container, key);
                self.push(GOp::Unlend { reg: container });
                self.push(GOp::GuardRelease {
                    regs: vec![container],
                });
                let field = self.field_of(array.item);
                self.store_reference(&Stored {
                    to,
                    index: Some(index),
                    field,
                    value,
                    kinds: value_kinds,
                    old: seen.element,
                    may_be_missing: false,
                });
            }
            Some(array) if self.guard_fits(array.item, value, value_kinds) => {
                let (to, index) = self.element(&array, container, key);
                let field = self.field_of(array.item);
                let index = Some(index);
                self.push(GOp::Write {
                    to,
                    index,
                    field,
                    src: value,
                });
                self.push(GOp::Kill { reg: value });
            }
            _ => return self.generic(),
        }
        self.worth.add(worth::ELEMENT);
        let behind = self.behind(-3);
        self.push(GOp::Kill { reg: key });
        self.push(GOp::Drop {
            reg: container,
            behind,
        });
        self.push(GOp::AfterOwed(behind));
    }

    /// What was seen to be subscribed, if its elements are in an array.
    fn array_of(&mut self, container: Reg, kinds: Kinds, element: Kinds) -> Option<Array> {
        Array::of(kinds).or_else(|| self.array(container, kinds, element))
    }

    /// Guards the types of a container and its index, and the index to be inside: where its elements begin,
    /// and the index counted from there. Uses temporaries 1 to 3.
    fn element(&mut self, array: &Array, container: Reg, key: Reg) -> (Reg, Reg) {
        let (size, index, start) = (self.temp(1), self.temp(2), self.temp(3));
        self.push(GOp::GuardType {
            reg: container,
            ty: array.ty,
        });
        self.push(GOp::GuardInt { reg: key });
        self.read_field(size, container, array.size);
        self.push(GOp::CheckIndex {
            dst: index,
            index: key,
            len: size,
            wrap: self.feedback().negative,
        });
        match array.start {
            Some(field) => {
                self.read_field(start, container, field);
                (start, index)
            }
            None => (container, index),
        }
    }

    pub(super) fn read_field(&mut self, dst: Reg, from: Reg, field: FieldName) {
        let field = self.field_of(field);
        self.push(GOp::Read {
            dst,
            from,
            index: None,
            field,
        });
    }

    /// Stores a reference over another one. Uses temporary 0, and 1 if that may be missing.
    pub(super) fn store_reference(&mut self, stored: &Stored) {
        let Stored {
            to, index, field, ..
        } = *stored;
        let (src, old) = (stored.value, self.temp(0));
        self.push(GOp::Read {
            dst: old,
            from: to,
            index,
            field,
        });
        if stored.may_be_missing {
            let cond = self.temp(1);
            self.guard_present(old, cond, Reason::OutOfRange);
        }
        let seen = stored.old;
        let known = match () {
            () if seen.only(Kinds::INT) => Some((INT_TYPE, Release::Plain)),
            () if seen.only(Kinds::FLOAT) => Some((FLOAT_TYPE, Release::Float)),
            () if seen.only(Kinds::BOOL) => Some((BOOL_TYPE, Release::Immortal)),
            () if seen.only(Kinds::NONE) => Some((NONE_TYPE, Release::Immortal)),
            () => None,
        };
        if let Some((ty, _)) = known {
            self.push(GOp::GuardType { reg: old, ty });
        }
        if stored.kinds.only(Kinds::FLOAT) && known.is_some_and(|(_, r)| r == Release::Float) {
            self.push(GOp::GuardFloat { reg: src });
        }
        self.push(GOp::WriteRef {
            to,
            index,
            field,
            src,
            old,
            release: known.map_or(Release::Any, |(_, release)| release),
        });
    }
}
