//! Two items of a list that change places: `a[i], a[j] = a[j], a[i]`, with names of locals.
//!
//! Both are read before either is stored, and each is stored where the other was: so no count changes, nothing is released,
//! and neither need be a number. All of it is one instruction, guarded before anything is done; what does not fit is left
//! to the interpreter at the first of its loads.

use fatjit_bytecode::{Instr, Op};
use fatjit_jit::gbc::{GOp, Reg};

use super::fields::FieldName;
use super::{Kinds, LIST_TYPE, Translator, worth};

/// The statement: a list and two indices, all locals, and where it ends.
struct Exchange {
    list: u32,
    /// Each with whether it was seen below 0.
    indices: [(u32, bool); 2],
    /// The instruction behind it.
    end: usize,
}

/// Reads instructions one after the other.
struct Reader<'a> {
    instrs: &'a [Instr],
    at: usize,
    /// The second local of an instruction that loads two.
    pending: Option<u32>,
}

impl Reader<'_> {
    fn local(&mut self) -> Option<u32> {
        if let Some(local) = self.pending.take() {
            return Some(local);
        }
        let instr = self.instrs.get(self.at)?;
        self.at += 1;
        match instr.op {
            Op::LoadFast => Some(instr.arg),
            Op::LoadFastLoadFast => {
                self.pending = Some(instr.arg & 15);
                Some(instr.arg >> 4)
            }
            _ => None,
        }
    }

    /// The index of the next instruction, if it is this one.
    fn op(&mut self, op: Op) -> Option<usize> {
        let at = self.at;
        let is = self.pending.is_none() && self.instrs.get(at)?.op == op;
        self.at += 1;
        is.then_some(at)
    }
}

impl Translator<'_> {
    /// Does the statement that begins with the current instruction, if it is such a one.
    pub(super) fn exchange(&mut self) -> bool {
        let Some(found) = self.find_exchange() else {
            return false;
        };
        let list = self.free();
        let [a, b] = [1, 2].map(|n| Reg(list.0 + n));
        let (size, start) = (self.temp(0), self.temp(1));
        let places = [self.temp(2), self.temp(3)];
        self.push(GOp::Copy {
            dst: list,
            src: self.local(found.list),
        });
        self.push(GOp::GuardType {
            reg: list,
            ty: LIST_TYPE,
        });
        self.read_field(size, list, FieldName::ListSize);
        for ((reg, place), (local, wrap)) in [a, b].into_iter().zip(places).zip(found.indices) {
            self.push(GOp::Copy {
                dst: reg,
                src: self.local(local),
            });
            self.push(GOp::GuardInt { reg });
            self.push(GOp::CheckIndex {
                dst: place,
                index: reg,
                len: size,
                wrap,
            });
            self.push(GOp::Kill { reg });
        }
        self.read_field(start, list, FieldName::ListArray);
        let field = self.field_of(FieldName::ListItem);
        self.push(GOp::Exchange {
            from: start,
            a: places[0],
            b: places[1],
            field,
        });
        self.push(GOp::Kill { reg: list });
        self.worth.add(4.0 * worth::ELEMENT);
        self.done_until = found.end;
        true
    }

    fn find_exchange(&self) -> Option<Exchange> {
        let first = self.index;
        if self.source.profile.at(first).boxed {
            return None;
        }
        let mut reader = Reader {
            instrs: self.source.code.instrs(),
            at: first,
            pending: None,
        };
        let list = reader.local()?;
        let x = reader.local()?;
        let read_x = reader.op(Op::BinarySubscr)?;
        let again = [reader.local()?];
        let y = reader.local()?;
        let read_y = reader.op(Op::BinarySubscr)?;
        let swap = reader.op(Op::Swap)?;
        let stored = [reader.local()?, reader.local()?];
        let store_y = reader.op(Op::StoreSubscr)?;
        let stored_last = [reader.local()?, reader.local()?];
        let store_x = reader.op(Op::StoreSubscr)?;
        let same = again == [list] && stored == [list, y] && stored_last == [list, x];
        let two = reader.instrs[swap].arg == 2;
        let cfg = self.source.cfg;
        if !same || !two || cfg.block_of(first) != cfg.block_of(store_x) {
            return None;
        }
        let seen = |index: usize| self.source.profile.at(index);
        let fits = [read_x, read_y, store_x, store_y].into_iter().all(|index| {
            let seen = seen(index);
            seen.top[0].only(Kinds::INT) && seen.top[1].only(Kinds::LIST) && !seen.boxed
        });
        let negative = |read: usize, store: usize| seen(read).negative || seen(store).negative;
        fits.then_some(Exchange {
            list,
            indices: [
                (x, negative(read_x, store_x)),
                (y, negative(read_y, store_y)),
            ],
            end: store_x + 1,
        })
    }
}
