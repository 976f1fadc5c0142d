//! Special methods of the program's classes, and getters of their properties: where one function of Python is all that an
//! instruction calls, it is called like any other.
//!
//! Invariant: that the classes have the function is a fact, and that the object is of one of them is guarded. The operands
//! stay where they are while the function runs, as they do in the interpreter.

use fatjit_bytecode::operands::Comparison;
use fatjit_ir::Type;
use fatjit_jit::gbc::{GOp, Reg};

use super::facts::{Class, Known};
use super::functions::{Callee, Guard};
use super::{Kinds, Translator, worth};
use crate::special::{Outcome, Special};

impl Translator<'_> {
    /// `object[key]` by the method of the object's class.
    pub(super) fn item_by_method(&mut self) -> bool {
        let (container, key) = (self.top(2), self.top(1));
        let Some((callee, classes)) = self.special(Special::GetItem, 1) else {
            return false;
        };
        self.call_on_operands(&callee, vec![container, key], &[container], &classes)
    }

    /// `a < b` and the like of instances of one class, by a method of theirs that gives a truth value: what it would take to
    /// go on from another result is there only where such a call is left.
    pub(super) fn compare_by_method(&mut self, comparison: Comparison) -> bool {
        let (a, b) = (self.top(2), self.top(1));
        let of_right = self.index + self.source.code.instrs().len();
        let [left] = (self.source.classes)(self.index)[..] else {
            return false;
        };
        let same = (self.source.classes)(of_right)[..] == [left];
        if !same || !self.feedback().top[0].only(Kinds::SOME_INSTANCE) {
            return false;
        }
        let Some((callee, classes)) = self.special(Special::of(comparison), 1) else {
            return false;
        };
        callee.signature.result == Type::Bool
            && self.call_on_operands(&callee, vec![a, b], &[a, b], &classes)
    }

    /// `object[key] = value` by the method of the object's class.
    pub(super) fn store_item_by_method(&mut self) -> bool {
        let (value, container, key) = (self.top(3), self.top(2), self.top(1));
        let Some((callee, classes)) = self.special(Special::SetItem, 1) else {
            return false;
        };
        // What it returns is given up, which must not run code where there is no frame.
        if !callee.framed && !callee.returns_none {
            return false;
        }
        self.call_on_operands(&callee, vec![container, key, value], &[container], &classes)
    }

    /// `object.name` by the getter of a property.
    pub(super) fn property(&mut self, name: u32) -> bool {
        let owner = self.top(1);
        let getter = |class| self.source.facts.getter(class, name);
        let Some((callee, classes)) = self.one_function(self.index, &getter) else {
            return false;
        };
        let seen = self.feedback();
        seen.top[0].only(Kinds::SOME_INSTANCE)
            && self.call_on_operands(&callee, vec![owner], &[owner], &classes)
    }

    /// The method by which the instances are called that the current call was seen to call, and their classes.
    pub(super) fn called_instance(&self) -> Option<(Callee, Vec<Known>)> {
        if !self.feedback().callee.only(Kinds::SOME_INSTANCE) {
            return None;
        }
        let of_callee = self.index + self.source.code.instrs().len();
        self.one_function(of_callee, &|class| {
            self.source.facts.special(class, Special::Call)
        })
    }

    /// The special method that the current instruction calls of the object below so many stack items, and its classes.
    fn special(&self, special: Special, below: usize) -> Option<(Callee, Vec<Known>)> {
        let seen = self.feedback();
        if !seen.top[below].only(Kinds::SOME_INSTANCE) {
            return None;
        }
        self.one_function(self.index, &|class| {
            self.source.facts.special(class, special)
        })
    }

    /// The one function that all classes have which were seen under this index, if it has native code, and these classes.
    pub(super) fn one_function(
        &self,
        index: usize,
        found: &dyn Fn(Class) -> Option<(Known, Known)>,
    ) -> Option<(Callee, Vec<Known>)> {
        let classes = (self.source.classes)(index);
        let found: Option<Vec<(Known, Known)>> = classes.into_iter().map(found).collect();
        let found = found?;
        let (_, function) = *found.first()?;
        if found.iter().any(|(_, other)| *other != function) {
            return None;
        }
        let callee = self.source.calls.callee(function)?;
        let classes = found.into_iter().map(|(class, _)| class).collect();
        matches!(callee.guard, Guard::Object(_)).then_some((callee, classes))
    }

    /// Calls a function with the instruction's operands, which are all that is on the stack from the lowest of them on; those
    /// in `of` are guarded to be of one of the classes.
    fn call_on_operands(
        &mut self,
        callee: &Callee,
        args: Vec<Reg>,
        of: &[Reg],
        classes: &[Known],
    ) -> bool {
        let count = args.len();
        if !callee.takes_by_position(args.len()) || self.feedback().boxed || self.raises_elsewhere()
        {
            return false;
        }
        if callee.framed && self.is_frameless() {
            self.needs_frame();
            return true;
        }
        if self.gives_operands(callee, &args) {
            return false;
        }
        self.worth.call();
        if callee.signature.result != Type::Own {
            self.worth.add(worth::NUMBER);
        }
        for operand in of {
            self.guard_classes(*operand, classes);
        }
        let under = self.top(count as u32);
        if !self.call_in_place(callee, args, under) {
            return false;
        }
        let stored = self.outcome() == Some(Outcome::Nothing);
        let behind = self.behind(i64::from(!stored) - count as i64);
        if stored {
            self.push(match callee.framed {
                true => GOp::Drop { reg: under, behind },
                false => GOp::Discard { reg: under },
            });
        }
        self.push(match callee.framed {
            true => GOp::After(behind),
            false => GOp::AfterOwed(behind),
        });
        true
    }

    /// What becomes of the result of what the current instruction calls.
    fn outcome(&self) -> Option<Outcome> {
        let instr = self.source.code.instrs()[self.index];
        Outcome::of(instr.op, instr.arg)
    }

    /// The call itself: the operands lie in the topmost slots from `under` on, which receives the result.
    pub(super) fn call_in_place(&mut self, callee: &Callee, args: Vec<Reg>, under: Reg) -> bool {
        let Some(site) = self.call_site(under, true) else {
            return false;
        };
        let native = self.native(callee);
        let (instance, operator) = (None, true);
        self.push(match callee.framed {
            true => GOp::CallFramed {
                native,
                args,
                under: under.0,
                shown: site.position,
                instance,
                operator,
                packed: Vec::new(),
            },
            false => GOp::CallNative {
                native,
                args,
                site,
                instance,
                operator,
            },
        });
        true
    }
}
