//! Methods that are asked of `super()`, and class methods asked of a class that is known: both are functions that are known
//! before they are called.
//!
//! Invariant: that a class has what was found, and what it has it from, is a fact; which classes they are is guarded.

use fatjit_bytecode::Op;
use fatjit_ir::Type;
use fatjit_jit::gbc::{GOp, Reg};

use super::facts::Known;
use super::{Const, Kinds, Named, Translator, worth};
use crate::effects::MAKES;

impl Translator<'_> {
    /// `super().method`, to be called.
    pub(super) fn load_super_attr(&mut self) {
        if !self.load_super_method() {
            self.generic();
        }
    }

    fn load_super_method(&mut self) -> bool {
        let (asked, class_at, this) = (self.top(3), self.top(2), self.top(1));
        let seen = self.feedback();
        let arg = self.arg();
        let called = arg & 1 != 0;
        let usual = !seen.boxed
            && seen.top[0].only(Kinds::SOME_INSTANCE)
            && (called || !self.raises_elsewhere());
        let is_super = |known: &Known| self.source.facts.is_super(*known);
        let (Some(asked_is), Some(class)) = (
            self.known_in(asked).filter(is_super),
            self.known_in(class_at).or_else(|| self.class_of_method()),
        ) else {
            return false;
        };
        let classes = (self.source.classes)(self.index);
        let found = classes
            .iter()
            .map(|of| self.source.facts.super_method(*of, class, arg >> 2));
        let found: Option<Vec<(Known, Known)>> = found.collect();
        let Some(found) = found.filter(|found| usual && !found.is_empty()) else {
            return false;
        };
        let function = found[0].1;
        if found.iter().any(|(_, other)| *other != function) {
            return false;
        }
        self.worth.add(worth::ATTRIBUTE);
        for (reg, known) in [(asked, asked_is), (class_at, class)] {
            let object = self.object(self.named(known));
            self.push(GOp::GuardObject { reg, object });
        }
        let of: Vec<Known> = found.into_iter().map(|(of, _)| of).collect();
        self.guard_classes(this, &of);
        self.push(GOp::Kill { reg: class_at });
        self.push(GOp::Kill { reg: asked });
        if !called {
            self.bind(asked, this, function);
            return true;
        }
        self.push(GOp::Move {
            dst: class_at,
            src: this,
        });
        self.put_method(asked, function);
        true
    }

    /// The class that the code is of, if the last but one instruction loaded it from its cell.
    fn class_of_method(&self) -> Option<Known> {
        let before = self.source.code.instrs()[self.index.checked_sub(2)?];
        let loads = before.op == Op::LoadDeref;
        loads.then(|| (self.source.cell)(before.arg))?
    }

    /// `Class.method`, to be called, if it is a class method.
    pub(super) fn load_class_method(&mut self, reg: Reg, class: Known, name: u32) -> bool {
        let Some(function) = self.source.facts.class_method(class, name) else {
            return false;
        };
        let object = self.object(self.named(class));
        self.push(GOp::GuardObject { reg, object });
        self.push(GOp::Kill { reg });
        self.put_method(reg, function);
        let above = self.free();
        self.push(GOp::Object { dst: above, object });
        self.known.insert(above, class);
        true
    }

    /// Binds a function to an object, which is given up.
    pub(super) fn bind(&mut self, dst: Reg, object: Reg, function: Known) {
        let of = self.temp(0);
        self.constant(of, Const::Other, Named::Known(function));
        let params = [Type::Ref, Type::Own];
        let helper = self.helper("method_new", &params, Some(Type::Own), MAKES);
        self.push(GOp::Call {
            dst: Some(dst),
            helper,
            args: vec![of, object],
        });
    }

    /// A method takes the slot of its instance, which goes above it, to be called with it.
    pub(super) fn put_method_below(&mut self, owner: Reg, function: Known) {
        let above = self.free();
        self.push(GOp::Move {
            dst: above,
            src: owner,
        });
        self.put_method(owner, function);
    }

    /// Puts a function into an empty slot, to be called with what is above it as first argument.
    fn put_method(&mut self, reg: Reg, function: Known) {
        self.constant(reg, Const::Other, Named::Known(function));
        self.known.insert(reg, function);
        self.methods.insert(reg);
    }
}
