//! Texts: their characters, comparisons and iteration.
//!
//! Only exact `str`, and of these the forms with one byte a character, which the recording tells apart: what was
//! seen is guarded. A character is the interpreter's own text of it, which lives for ever. Texts do not change, so
//! nothing here has an effect.

use fatjit_ir::{Reason, Type};
use fatjit_jit::gbc::{BoolOp, Cmp, GOp, IntOp, Reg};

use super::fields::FieldName;
use super::{Const, Kinds, Named, TEXT_TYPE, Translator, worth};
use crate::effects::READS;

/// A form that texts have.
#[derive(Clone, Copy)]
pub(super) struct Form {
    /// What the state says.
    state: i64,
    item: FieldName,
}

impl Translator<'_> {
    /// The form of texts that was seen, if it was one.
    pub(super) fn form(&self, kinds: Kinds) -> Option<Form> {
        let at = self.source.layout;
        let (state, item) = match () {
            () if kinds.only(Kinds::ASCII) => (at.text_ascii, FieldName::AsciiItem),
            () if kinds.only(Kinds::LATIN) => (at.text_latin, FieldName::LatinItem),
            () => return None,
        };
        Some(Form { state, item })
    }

    /// Whether a text has a form: a truth value in `dst`. Uses `other`.
    fn has_form(&mut self, text: Reg, form: Form, dst: Reg, other: Reg) {
        self.read_field(dst, text, FieldName::TextState);
        self.constant_int(other, self.source.layout.text_form);
        let (op, a, b) = (IntOp::And, dst, other);
        self.push(GOp::IntBin { op, dst, a, b });
        self.constant_int(other, form.state);
        self.compare(Cmp::Eq, dst, dst, other);
    }

    /// Guards a text of a form. Uses temporaries 4 and 5.
    pub(super) fn guard_form(&mut self, reg: Reg, form: Form) {
        let (cond, other) = (self.temp(4), self.temp(5));
        self.push(GOp::GuardType { reg, ty: TEXT_TYPE });
        self.has_form(reg, form, cond, other);
        self.push(GOp::GuardTrue {
            cond,
            reason: Reason::TypeChanged,
        });
    }

    /// The character of a guarded text at an index inside it, as a text. Uses temporaries 4 and 5.
    pub(super) fn character(&mut self, dst: Reg, text: Reg, index: Reg, form: Form) {
        let (code, table) = (self.temp(4), self.temp(5));
        let field = self.field_of(form.item);
        self.push(GOp::Read {
            dst: code,
            from: text,
            index: Some(index),
            field,
        });
        let object = self.object(Named::Characters);
        self.push(GOp::Object { dst: table, object });
        let field = self.field_of(FieldName::Character);
        self.push(GOp::Read {
            dst,
            from: table,
            index: Some(code),
            field,
        });
    }

    /// The character of a text at `key`, in temporary 0.
    pub(super) fn text_item(&mut self, text: Reg, key: Reg, form: Form) {
        let (size, index) = (self.temp(1), self.temp(2));
        self.guard_form(text, form);
        self.push(GOp::GuardInt { reg: key });
        self.read_field(size, text, FieldName::TextSize);
        self.push(GOp::CheckIndex {
            dst: index,
            index: key,
            len: size,
            wrap: self.feedback().negative,
        });
        let item = self.temp(0);
        self.character(item, text, index, form);
    }

    /// A comparison of two texts; `false` if no texts were seen.
    pub(super) fn compare_texts(&mut self, cmp: Cmp) -> bool {
        let seen = self.feedback();
        let [b_kinds, a_kinds, _] = seen.top;
        if seen.boxed || !a_kinds.only(Kinds::TEXT) || !b_kinds.only(Kinds::TEXT) {
            return false;
        }
        self.worth.add(worth::TEST);
        let (a, b) = (self.top(2), self.top(1));
        let result = self.temp(0);
        let equality = matches!(cmp, Cmp::Eq | Cmp::Ne);
        match self.constant_before(1) {
            Some(Const::Character(code)) if equality => {
                self.push(GOp::GuardType {
                    reg: a,
                    ty: TEXT_TYPE,
                });
                self.is_character(a, code, result);
                if cmp == Cmp::Ne {
                    self.push(GOp::BoolNot {
                        dst: result,
                        src: result,
                    });
                }
            }
            _ if a_kinds.only(Kinds::CHARACTER) && b_kinds.only(Kinds::CHARACTER) => {
                let (x, y) = (self.temp(0), self.temp(1));
                self.code_of(a, x);
                self.code_of(b, y);
                self.compare(cmp, result, x, y);
            }
            _ => {
                let name = if equality {
                    "texts_differ"
                } else {
                    "texts_order"
                };
                let params = [Type::Ref, Type::Ref];
                for reg in [a, b] {
                    self.push(GOp::GuardType { reg, ty: TEXT_TYPE });
                }
                let helper = self.helper(name, &params, Some(Type::I64), READS);
                let (order, zero) = (self.temp(0), self.temp(1));
                self.push(GOp::Call {
                    dst: Some(order),
                    helper,
                    args: vec![a, b],
                });
                self.constant_int(zero, 0);
                self.compare(cmp, result, order, zero);
            }
        }
        for reg in [b, a] {
            self.push(GOp::Discard { reg });
        }
        self.push(GOp::Move {
            dst: a,
            src: result,
        });
        true
    }

    /// Whether a guarded text is this one ASCII character, in `dst`. Uses temporaries 1 to 3.
    pub(super) fn is_character(&mut self, text: Reg, code: u8, dst: Reg) {
        let Some(form) = self.form(Kinds::ASCII) else {
            return;
        };
        let (part, other) = (self.temp(1), self.temp(2));
        self.has_form(text, form, dst, other);
        let op = BoolOp::And;
        for (field, wanted) in [
            (FieldName::TextSize, 1),
            // There is a byte in texts of any size and form.
            (FieldName::AsciiItem, i64::from(code)),
        ] {
            self.read_field(part, text, field);
            self.constant_int(other, wanted);
            self.compare(Cmp::Eq, part, part, other);
            let (a, b) = (dst, part);
            self.push(GOp::BoolBin { op, dst, a, b });
        }
    }

    /// Guards a text of one ASCII character, and gives its code. Uses temporaries 4 and 5.
    pub(super) fn code_of(&mut self, text: Reg, dst: Reg) {
        let Some(form) = self.form(Kinds::ASCII) else {
            return;
        };
        self.guard_form(text, form);
        let (size, one) = (self.temp(4), self.temp(5));
        self.read_field(size, text, FieldName::TextSize);
        self.constant_int(one, 1);
        self.compare(Cmp::Eq, size, size, one);
        self.push(GOp::GuardTrue {
            cond: size,
            reason: Reason::TypeChanged,
        });
        self.read_field(dst, text, FieldName::AsciiItem);
    }
}
