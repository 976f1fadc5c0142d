//! `in`, where it runs no code: ints and texts in constants, in ranges that are made for it, and in lists and tuples.
//!
//! What is searched for was seen to be an int or a text of one character and is guarded to be. A list or tuple is
//! searched by a routine that gives up at an item whose comparison might run code.

use fatjit_bytecode::Op;
use fatjit_ir::{Reason, Type};
use fatjit_jit::gbc::{BoolOp, Cmp, GOp, IntOp, Reg};

use super::containers::Array;
use super::{Const, Kinds, LIST_TYPE, TUPLE_TYPE, Translator, worth};
use crate::effects::READS;

/// Most members that are compared with one after the other.
const MOST_COMPARED: usize = 8;
const BITS: i64 = 64;

impl Translator<'_> {
    /// `CONTAINS_OP`
    pub(super) fn contains(&mut self) {
        let seen = self.feedback();
        let [container, item, _] = seen.top;
        if self.in_table() {
            return;
        }
        let done = !seen.boxed
            && self.loaded_before(1)
            && (self.in_constant(item, container) || self.in_sequence(item, container));
        if !done {
            return self.generic();
        }
        self.worth.add(worth::BUILTIN);
        let (found, reg) = (self.temp(6), self.top(2));
        if self.arg() & 1 == 1 {
            self.push(GOp::BoolNot {
                dst: found,
                src: found,
            });
        }
        self.push(GOp::Kill { reg: self.top(1) });
        self.push(GOp::Discard { reg });
        self.push(GOp::Move {
            dst: reg,
            src: found,
        });
    }

    /// In a constant tuple, set or text: the answer in temporary 6.
    fn in_constant(&mut self, kinds: Kinds, container: Kinds) -> bool {
        let before = self.source.code.instrs()[self.index - 1];
        let members = match before.op {
            Op::LoadConst => (self.source.members)(before.arg),
            _ => None,
        };
        let Some(members) = members else {
            return false;
        };
        let reg = self.top(2);
        let floats = members.iter().any(|m| matches!(m, Const::Float(_)));
        let (codes, code) = if kinds.only(Kinds::INT) && !container.only(Kinds::TEXT) && !floats {
            let ints = members.iter().filter_map(|member| match member {
                Const::Int(value) => Some(*value),
                Const::Bool(value) => Some(i64::from(*value)),
                _ => None,
            });
            let ints: Vec<i64> = ints.collect();
            if ints.len() > MOST_COMPARED {
                return false;
            }
            self.push(GOp::GuardInt { reg });
            (ints, reg)
        } else if kinds.only(Kinds::CHARACTER) {
            let codes = members.iter().filter_map(|member| match member {
                Const::Character(code) => Some(i64::from(*code)),
                _ => None,
            });
            let code = self.temp(0);
            self.code_of(reg, code);
            (codes.collect(), code)
        } else {
            return false;
        };
        let found = self.temp(6);
        self.push(GOp::Bool {
            dst: found,
            value: false,
        });
        if codes.len() > MOST_COMPARED {
            // All codes are ASCII.
            self.in_bits(code, &codes, 0);
            self.in_bits(code, &codes, BITS);
        } else {
            for member in codes {
                let same = self.temp(1);
                self.constant_int(same, member);
                self.compare(Cmp::Eq, same, code, same);
                self.or(found, same);
            }
        }
        true
    }

    fn or(&mut self, found: Reg, also: Reg) {
        let (op, dst, a, b) = (BoolOp::Or, found, found, also);
        self.push(GOp::BoolBin { op, dst, a, b });
    }

    /// Whether a code that is not negative is one of those from `first` on, of which there are as many as bits in a
    /// word; in temporary 6, if it is not there yet. Uses temporaries 1 to 3.
    fn in_bits(&mut self, code: Reg, codes: &[i64], first: i64) {
        let here = codes
            .iter()
            .filter(|code| **code - first >= 0 && **code - first < BITS);
        let bits = here.fold(0, |bits, code| bits | 1 << (code - first));
        let (word, place, one) = (self.temp(1), self.temp(2), self.temp(3));
        let op = |op, dst, a, b| GOp::IntBin { op, dst, a, b };
        self.constant_int(place, BITS - 1);
        self.push(op(IntOp::And, place, code, place));
        self.constant_int(word, bits);
        self.push(op(IntOp::Shr, word, word, place));
        self.constant_int(one, 1);
        self.push(op(IntOp::And, word, word, one));
        self.compare(Cmp::Eq, word, word, one);
        // In this half?
        self.constant_int(place, BITS);
        self.compare(
            if first == 0 { Cmp::Lt } else { Cmp::Ge },
            place,
            code,
            place,
        );
        let (dst, a, b) = (word, word, place);
        self.push(GOp::BoolBin {
            op: BoolOp::And,
            dst,
            a,
            b,
        });
        self.or(self.temp(6), word);
    }

    /// In a list or tuple: the answer in temporary 6.
    fn in_sequence(&mut self, item: Kinds, container: Kinds) -> bool {
        let Some(array) = Array::of(container) else {
            return false;
        };
        let int = item.only(Kinds::INT);
        if !matches!(array.ty, LIST_TYPE | TUPLE_TYPE) || !int && !item.only(Kinds::TEXT) {
            return false;
        }
        let (reg, sequence) = (self.top(2), self.top(1));
        self.push(GOp::GuardType {
            reg: sequence,
            ty: array.ty,
        });
        let (name, ty) = match int {
            true => {
                self.push(GOp::GuardInt { reg });
                ("sequence_has_int", Type::I64)
            }
            false => {
                self.push(GOp::GuardType {
                    reg,
                    ty: super::TEXT_TYPE,
                });
                ("sequence_has_text", Type::Ref)
            }
        };
        let helper = self.helper(name, &[Type::Ref, ty], Some(Type::I64), READS);
        let (found, zero, told) = (self.temp(6), self.temp(0), self.temp(1));
        self.push(GOp::Call {
            dst: Some(found),
            helper,
            args: vec![sequence, reg],
        });
        self.constant_int(zero, 0);
        self.compare(Cmp::Ge, told, found, zero);
        self.push(GOp::GuardTrue {
            cond: told,
            reason: Reason::OutOfRange,
        });
        self.compare(Cmp::Gt, found, found, zero);
        true
    }

    /// Whether the current call makes a range of step 1 in which an int is searched for at once.
    pub(super) fn searches_range(&self, count: u32) -> bool {
        let seen = self.source.profile.at(self.index + 1);
        let below = self.here() >= self.bottom() + count + 3;
        count <= 2 && below && seen.top[1].only(Kinds::INT) && !seen.boxed
    }

    /// `item in range(…)`, at the call with so many arguments, of which these registers hold the bounds.
    pub(super) fn in_range(&mut self, count: u32, start: Reg, stop: Reg) {
        let next = self.index + 1;
        let item = self.top(count + 3);
        self.push(GOp::GuardInt { reg: item });
        let (low, high) = (self.temp(3), self.temp(4));
        self.compare(Cmp::Ge, low, item, start);
        self.compare(Cmp::Lt, high, item, stop);
        self.push(GOp::BoolBin {
            op: BoolOp::And,
            dst: low,
            a: low,
            b: high,
        });
        if self.source.code.instrs()[next].arg & 1 == 1 {
            self.push(GOp::BoolNot { dst: low, src: low });
        }
        for n in 1..=count + 3 {
            self.push(GOp::Kill { reg: self.top(n) });
        }
        self.push(GOp::Move {
            dst: item,
            src: low,
        });
        self.done_until = next + 1;
    }
}
