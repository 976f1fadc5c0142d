//! Operators on instances of the program's classes: the function that the class has for one is called like any other.
//!
//! Invariant: both operands are guarded to be what the interpreter asks that one function about: the right one is of the
//! same class, or of one that has nothing for the operator, or a number. That the function does not know them either is found out when it
//! has returned. Meanwhile the operands stay where they are, as they do in the interpreter.

use fatjit_ir::Type;
use fatjit_jit::gbc::GOp;

use super::facts::{Class, Known};
use super::functions::{Callee, Guard};
use super::{Kinds, Translator, worth};
use crate::effects::MAY_CHANGE;

/// Where the number begins that tells what the right operand is.
const RIGHT: u32 = 8;

impl Translator<'_> {
    /// `a op b` by the function that the class of `a` has for it.
    pub(super) fn call_operator(&mut self) -> bool {
        let seen = self.feedback();
        let [b_kinds, a_kinds, _] = seen.top;
        let right = match () {
            () if b_kinds.only(Kinds::SOME_INSTANCE) => 0,
            () if b_kinds.only(Kinds::INT) => 1,
            () if b_kinds.only(Kinds::FLOAT) => 2,
            () => return false,
        };
        if seen.boxed || !a_kinds.only(Kinds::SOME_INSTANCE) || self.raises_elsewhere() {
            return false;
        }
        let [class] = (self.source.classes)(self.index)[..] else {
            return false;
        };
        let Some((callee, class)) = self.operator(class) else {
            return false;
        };
        let right_class = match right {
            0 => self.right_class(class),
            _ => Some(class),
        };
        let Some(right_class) = right_class else {
            return false;
        };
        if callee.framed && self.is_frameless() {
            self.needs_frame();
            return true;
        }
        let (a, b) = (self.top(2), self.top(1));
        self.worth.call();
        self.worth.add(worth::NUMBER);
        self.guard_classes(a, &[class]);
        match right {
            0 => self.guard_classes(b, &[right_class]),
            _ => self.guard_kind(b, b_kinds),
        }
        if !self.call_in_place(&callee, vec![a, b], a) {
            return false;
        }
        if callee.signature.result == Type::Own {
            let mut params = vec![Type::Own, Type::Ref];
            let mut args = vec![a];
            let mut types = vec![class];
            let mut name = "operator_result";
            if right_class != class {
                name = "operator_between";
                types.push(right_class);
                params.push(Type::Ref);
            }
            for (n, class) in (0..).zip(types) {
                let dst = self.temp(n);
                let object = self.object(self.named(class));
                self.push(GOp::Object { dst, object });
                args.push(dst);
            }
            let what = self.temp(args.len() as u32);
            self.constant_int(what, i64::from(self.arg() | right << RIGHT));
            args.push(what);
            params.push(Type::I64);
            let helper = self.helper(name, &params, Some(Type::Own), MAY_CHANGE);
            self.gives_back(helper);
            self.push(GOp::Call {
                dst: Some(a),
                helper,
                args,
            });
        }
        let behind = self.behind(-1);
        self.push(match callee.framed {
            true => GOp::After(behind),
            false => GOp::AfterOwed(behind),
        });
        true
    }

    /// The class of the right operand, if the interpreter asks the left one's alone.
    fn right_class(&self, left: Known) -> Option<Known> {
        let index = self.index + self.source.code.instrs().len();
        let [class] = (self.source.classes)(index)[..] else {
            return None;
        };
        let same = self.source.facts.operator(class, self.arg());
        match same.filter(|(class, _)| *class == left) {
            Some((class, _)) => Some(class),
            None => self.source.facts.leaves_operator(class, left, self.arg()),
        }
    }

    /// The function that a class has for the current operator, if it has native code, and the class.
    fn operator(&self, class: Class) -> Option<(Callee, Known)> {
        let (class, function) = self.source.facts.operator(class, self.arg())?;
        let callee = self.source.calls.callee(function)?;
        let takes_both = callee.takes_by_position(2);
        let by_object = matches!(callee.guard, Guard::Object(_));
        (takes_both && by_object).then_some((callee, class))
    }
}
