//! Built-in functions that consume a generator, done in a loop over it: `any`, `sum`, `list` and the like.
//!
//! What is accumulated lies in the slot that holds a null beside the function, until the call is over. Where native code is
//! left, the interpreter runs the generator to its next item, and a C routine does the rest of the call
//! (`csrc/folds.c`).

use fatjit_ir::{Reason, Type};
use fatjit_jit::gbc::{Cmp, GOp, IntOp, Reg};

use super::super::{Kinds, Translator, worth};
use super::{Context, GUEST_FOLDS};
use crate::effects::{ANYTHING, MAKES, READS};
use crate::nested::Fold;

impl Translator<'_> {
    /// The call of such a function on a guest.
    pub(in super::super) fn call_fold(&mut self) -> bool {
        let Some(number) = self.guest_here() else {
            return false;
        };
        let slots = self.call_slots(1);
        let facts = self.source.facts;
        let known = self
            .known_in(slots.callee)
            .filter(|_| !self.methods.contains(&slots.lower));
        let name = known.and_then(|known| facts.builtin(known));
        let fold = name.and_then(|name| Fold::of(&name));
        let (Some(known), Some(fold)) = (known, fold) else {
            return false;
        };
        let guest = &self.guests.all[number];
        let profile = guest.body.source.profile;
        let ints = |at: &usize| profile.at(*at).top[0].only(Kinds::INT);
        if fold == Fold::Sum && !guest.yields.iter().all(ints) {
            return false;
        }
        self.push(GOp::GuardNull { reg: slots.null });
        let object = self.object(self.named(known));
        self.push(GOp::GuardObject {
            reg: slots.callee,
            object,
        });
        self.guests.all[number].fold = Some(fold);
        let context = self.guests.contexts[self.context].clone();
        self.begin_guest(number, context);
        true
    }

    /// Nothing is accumulated yet. A guest was just begun at an instruction of its code.
    pub(super) fn begin_fold(&mut self, number: usize, fold: Fold) {
        let acc = self.accumulated(number);
        if matches!(fold, Fold::Any | Fold::All) {
            return;
        }
        // It holds the null beside the function.
        self.push(GOp::Forget { reg: acc });
        match fold {
            Fold::Any | Fold::All => {}
            Fold::Sum => self.constant_int(acc, 0),
            Fold::List | Fold::Tuple | Fold::Sorted | Fold::Set => {
                let name = match fold {
                    Fold::Set => "set_new",
                    _ => "list_new",
                };
                let helper = self.helper(name, &[], Some(Type::Own), MAKES);
                self.push(GOp::Call {
                    dst: Some(acc),
                    helper,
                    args: Vec::new(),
                });
            }
        }
    }

    /// What is accumulated of a guest.
    fn accumulated(&self, number: usize) -> Reg {
        self.call_slots_from(Reg(self.region.guests[number].holder.0 - 2))
            .null
    }

    /// A guest yields to such a function.
    pub(super) fn yield_to_fold(&mut self, number: usize, fold: Fold) {
        let (value, acc) = (self.top(1), self.accumulated(number));
        self.worth.add(worth::GUEST_ITEM);
        match fold {
            Fold::Any | Fold::All => {
                if !self.truth_of(value) {
                    return self.guest_is_unfit();
                }
                let cond = self.temp(0);
                self.push(GOp::Copy {
                    dst: cond,
                    src: value,
                });
                self.push(GOp::Kill { reg: value });
                let (found, on) = (self.new_block(false), self.new_block(false));
                let (then, otherwise) = match fold {
                    Fold::Any => (found, on),
                    _ => (on, found),
                };
                self.push(GOp::Branch {
                    cond,
                    then,
                    otherwise,
                });
                self.at = found;
                self.found(number, fold);
                self.at = on;
            }
            Fold::Sum => {
                self.push(GOp::GuardInt { reg: value });
                self.push(GOp::IntBin {
                    op: IntOp::Add,
                    dst: acc,
                    a: acc,
                    b: value,
                });
                self.push(GOp::Kill { reg: value });
            }
            Fold::List | Fold::Tuple | Fold::Sorted => {
                let helper = self.adds("list_append", &[Type::Ref, Type::Own]);
                self.push(GOp::Call {
                    dst: None,
                    helper,
                    args: vec![acc, value],
                });
            }
            Fold::Set => {
                if !self.feedback().top[0].is_unboxed() {
                    self.guard_plain_key(value);
                }
                let helper = self.adds("set_add_plain", &[Type::Ref, Type::Own]);
                self.push(GOp::Call {
                    dst: None,
                    helper,
                    args: vec![acc, value],
                });
            }
        }
        let context = self.guests.contexts[self.context].clone();
        let to = self.label_elsewhere(context, self.index + 1);
        self.push(GOp::Jump(to));
    }

    /// To hash an object, and to compare it with others of its kind, must run no code.
    fn guard_plain_key(&mut self, reg: Reg) {
        let (plain, zero) = (self.temp(0), self.temp(1));
        let helper = self.helper("is_leaf", &[Type::Ref], Some(Type::I64), READS);
        self.push(GOp::Call {
            dst: Some(plain),
            helper,
            args: vec![reg],
        });
        self.constant_int(zero, 0);
        self.compare(Cmp::Ne, plain, plain, zero);
        self.push(GOp::GuardTrue {
            cond: plain,
            reason: Reason::TypeChanged,
        });
    }

    /// The answer is known before the guest's end: the generator is given up where it is.
    fn found(&mut self, number: usize, fold: Fold) {
        self.suspend_guest(number, self.index);
        self.end_of_fold((number, fold), true, 0);
    }

    /// A guest returned to such a function, by the instruction at this unit.
    pub(super) fn return_to_fold(&mut self, number: usize, fold: Fold, unit: u32) {
        self.push(GOp::End {
            guest: number as u32,
        });
        // Here it may still fail: the generator's frame can be gone on with.
        self.push(GOp::Real {
            reg: self.accumulated(number),
        });
        self.push(GOp::Publish);
        self.end_of_fold((number, fold), false, unit);
    }

    fn end_of_fold(&mut self, (number, fold): (usize, Fold), found: bool, unit: u32) {
        let next = Context {
            running: None,
            ..self.guests.contexts[self.context].clone()
        };
        let site = self.guests.all[number].site;
        self.elsewhere(next, site, |translator| {
            translator.forget();
            translator.push_fold_end(fold, found, unit);
        });
    }

    fn push_fold_end(&mut self, fold: Fold, found: bool, unit: u32) {
        if let Some(point) = self.point(self.index) {
            self.push(GOp::At(point));
        }
        let params = [Type::Ptr, Type::I64, Type::I64];
        let helper = self.helper(GUEST_FOLDS, &params, None, ANYTHING);
        self.push(GOp::Host {
            helper,
            depth: self.here(),
            arg: i64::from(unit) << 4 | fold.number() << 1 | i64::from(found),
            pops: 3,
            pushes: 1,
            outcome: None,
        });
        self.push(GOp::After(self.behind(-2)));
        let to = self.label_from(self.index + 1);
        self.push(GOp::Jump(to));
    }
}
