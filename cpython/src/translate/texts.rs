//! Texts: their characters, comparisons, iteration, parts and sums.
//!
//! Only exact `str`, and of these the forms with one byte a character, which the recording tells apart: what was
//! seen is guarded. A character is the interpreter's own text of it, which lives for ever. Texts do not change, so
//! nothing here has an effect.

use fatjit_bytecode::Op;
use fatjit_bytecode::operands::{Arithmetic, ArithmeticOp};
use fatjit_ir::{Reason, Type};
use fatjit_jit::gbc::{BoolOp, Cmp, GOp, IntOp, Reg};

use super::fields::FieldName;
use super::places::CallSlots;
use super::{Const, Kinds, Named, TEXT_TYPE, Translator, worth};
use crate::effects::{MAKES, MAKES_FROM, READS};
use crate::memory;

/// Characters up to which the interpreter has one text each.
const LATIN_CODES: i64 = 256;
/// All that there are.
const CODES: i64 = 0x11_0000;

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
        let code = self.temp(4);
        let field = self.field_of(form.item);
        self.push(GOp::Read {
            dst: code,
            from: text,
            index: Some(index),
            field,
        });
        self.character_of(dst, code);
    }

    /// The text of a character of one byte. Uses temporary 5.
    fn character_of(&mut self, dst: Reg, code: Reg) {
        let table = self.temp(5);
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

    /// `ord`: guards a text of one character, and gives its code. Uses temporaries 4 and 5.
    pub(super) fn code_of_text(&mut self, text: Reg, kinds: Kinds, dst: Reg) {
        if kinds.only(Kinds::CHARACTER) {
            return self.code_of(text, dst);
        }
        self.push(GOp::GuardType {
            reg: text,
            ty: TEXT_TYPE,
        });
        let helper = self.helper("text_code", &[Type::Ref], Some(Type::I64), READS);
        self.push(GOp::Call {
            dst: Some(dst),
            helper,
            args: vec![text],
        });
        self.guard_not_below_zero(dst);
    }

    fn guard_not_below_zero(&mut self, reg: Reg) {
        let (zero, ok) = (self.temp(4), self.temp(5));
        self.constant_int(zero, 0);
        self.compare(Cmp::Ge, ok, reg, zero);
        self.push(GOp::GuardTrue {
            cond: ok,
            reason: Reason::OutOfRange,
        });
    }

    /// `chr`. A text that there is not is only made where others than the first were asked for.
    pub(super) fn text_of_code(&mut self, slots: &CallSlots) {
        let code = self.top(1);
        let rare = self.feedback().boxed;
        self.push(GOp::GuardInt { reg: code });
        self.guard_not_below_zero(code);
        let (end, ok) = (self.temp(4), self.temp(5));
        self.constant_int(end, if rare { CODES } else { LATIN_CODES });
        self.compare(Cmp::Lt, ok, code, end);
        self.push(GOp::GuardTrue {
            cond: ok,
            reason: Reason::OutOfRange,
        });
        for reg in [slots.lower, slots.upper] {
            self.push(GOp::Kill { reg });
        }
        let (dst, made) = (slots.lower, self.temp(0));
        if rare {
            let helper = self.helper("text_of_code", &[Type::I64], Some(Type::Own), MAKES);
            self.push(GOp::Call {
                dst: Some(dst),
                helper,
                args: vec![code],
            });
            return self.push(GOp::Kill { reg: code });
        }
        self.character_of(made, code);
        self.push(GOp::Kill { reg: code });
        self.push(GOp::Move { dst, src: made });
    }

    /// `text[low:high]`, of which the bounds are in these registers.
    pub(super) fn text_slice(&mut self, text: Reg, from: Reg, to: Reg) {
        let (low, high) = (self.top(2), self.top(1));
        let params = [Type::Ref, Type::I64, Type::I64];
        let own = Some(Type::Own);
        let helper = self.writer("text_slice", &params, own, MAKES_FROM, &[memory::COUNTS]);
        self.push(GOp::Call {
            dst: Some(high),
            helper,
            args: vec![text, from, to],
        });
        self.push(GOp::Kill { reg: low });
        self.push(GOp::Swap { a: text, b: high });
        self.push(GOp::Discard { reg: high });
    }

    /// `text + text`; `false` if it is none.
    ///
    /// Where the sum is stored to the local that the first text is from, the local's reference is given up before, as by
    /// the interpreter: if it is the only one the text is extended in place, which makes building a text linear.
    pub(super) fn join_texts(&mut self, op: ArithmeticOp) -> bool {
        let seen = self.feedback();
        let [b_kinds, a_kinds, _] = seen.top;
        let fits = op.operation == Arithmetic::Add
            && a_kinds.only(Kinds::TEXT)
            && b_kinds.only(Kinds::TEXT)
            && !seen.boxed
            && !self.raises_elsewhere();
        if !fits {
            return false;
        }
        self.worth.add(worth::MADE);
        let (a, b) = (self.top(2), self.top(1));
        for reg in [a, b] {
            self.push(GOp::GuardType { reg, ty: TEXT_TYPE });
        }
        let own = Some(Type::Own);
        let parts = &[memory::COUNTS];
        let (name, second) = match self.appended_local(a) {
            Some(local) => {
                self.push(GOp::Discard { reg: a });
                self.push(GOp::TakeLocal { dst: a, local });
                ("text_append", Type::Ref)
            }
            None => ("text_concat", Type::Own),
        };
        let helper = self.writer(name, &[Type::Own, second], own, MAKES_FROM, parts);
        self.push(GOp::Call {
            dst: Some(a),
            helper,
            args: vec![a, b],
        });
        if second == Type::Ref {
            self.push(GOp::Discard { reg: b });
        }
        true
    }

    /// The local that the next instruction stores to, if this operand was loaded from it and it was not stored to since.
    fn appended_local(&self, operand: Reg) -> Option<Reg> {
        let instrs = self.source.code.instrs();
        let block = self.source.cfg.block_of(self.index)?;
        let info = &self.source.cfg.blocks()[block];
        let next = instrs[..info.end].get(self.index + 1)?;
        let local = match next.op {
            Op::StoreFast => next.arg,
            // The one that is on top.
            Op::StoreFastStoreFast | Op::StoreFastLoadFast => next.arg >> 4,
            _ => return None,
        };
        for index in (info.start..self.index).rev() {
            let (op, arg) = (instrs[index].op, instrs[index].arg);
            let above = operand.0.checked_sub(self.depth(index)?);
            // Where it is on top behind an instruction that did not load it, that has put something else there.
            let on_top = self.depth(index + 1)? <= operand.0 + 1;
            match (op, above) {
                (Op::LoadFast | Op::LoadFastCheck, Some(0)) => {
                    return (arg == local).then_some(self.local(local));
                }
                (Op::LoadFastLoadFast, Some(n @ 0..=1)) => {
                    let loaded = if n == 0 { arg >> 4 } else { arg & 15 };
                    return (loaded == local).then_some(self.local(local));
                }
                (Op::Swap, _) | (_, Some(_)) => return None,
                _ if on_top => return None,
                (Op::StoreFast | Op::DeleteFast, _) if arg == local => return None,
                (Op::StoreFastStoreFast | Op::StoreFastLoadFast | Op::LoadFastAndClear, _) => {
                    return None;
                }
                _ => {}
            }
        }
        None
    }
}
