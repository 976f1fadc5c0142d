//! Built-in functions and those of `math` on numbers and containers.
//!
//! What the callee is, facts tell; lowering guards that it is that object. The functions of `math` are those of
//! the C library that `math` itself calls; `hypot`, which is not, is computed as `math` does. A result that is no finite number is left to the interpreter, which
//! knows which error that is; so is an argument out of range.

use fatjit_bytecode::Op;
use fatjit_ir::{Reason, Type, TypeId};
use fatjit_jit::gbc::{Cmp, FloatOp, GOp, IntOp, Reg};

use super::containers::sized;
use super::fields::FieldName;
use super::places::CallSlots;
use super::predicates::Predicate;
use super::{Feedback, Kinds, LIST_TYPE, RANGE_TYPE, TEXT_TYPE, TUPLE_TYPE, Translator, worth};
use crate::effects::{MAKES, MAKES_FROM, PURE, READS};

/// What is done with the arguments.
enum Builtin {
    Len,
    /// An `enumerate` of a list, tuple, range or text.
    Enumerate,
    /// A `zip` of two or three lists, tuples and ranges.
    Zip,
    /// What iterates backwards over a list or tuple.
    Reversed,
    /// Yes or no.
    Predicate(Predicate),
    /// `divmod` whose pair is unpacked at once.
    DivMod,
    /// `sum` of a list.
    Sum,
    /// The smaller (or greater) of two.
    Extreme(Cmp),
    AbsInt,
    /// The argument itself.
    Same,
    ToFloat,
    /// `pow` of two numbers.
    Power,
    /// A function of the C library on floats.
    Math(&'static str),
    /// The same, and the result is an int: `abs` of a float is none of these.
    Whole(&'static str),
    /// The code of a text's one character.
    Ord,
    /// The text of one character that has this code.
    Chr,
}

impl Builtin {
    fn of(name: &str, seen: [Kinds; 3], count: u32) -> Option<Builtin> {
        let [a, b, _] = seen;
        let int = |kinds: Kinds| kinds.only(Kinds::INT);
        let float = |kinds: Kinds| kinds.only(Kinds::FLOAT);
        let one = count == 1;
        let two = count == 2 && (int(a) && int(b) || float(a) && float(b));
        Some(match name {
            "builtins.len" if one => Builtin::Len,
            "builtins.divmod" if two => Builtin::DivMod,
            "builtins.sum" if one && a.only(Kinds::LIST) => Builtin::Sum,
            "zip" if (2..=3).contains(&count) => Builtin::Zip,
            "reversed" if one => Builtin::Reversed,
            "enumerate" if one => Builtin::Enumerate,
            "enumerate" if count == 2 && int(a) => Builtin::Enumerate,
            "builtins.abs" if one && int(a) => Builtin::AbsInt,
            "builtins.abs" if one && float(a) => Builtin::Math("math_fabs"),
            "builtins.min" if two => Builtin::Extreme(Cmp::Lt),
            "builtins.max" if two => Builtin::Extreme(Cmp::Gt),
            "builtins.pow" if two => Builtin::Power,
            "builtins.round" if one && float(a) => Builtin::Whole("math_rint"),
            "int" if one && int(a) => Builtin::Same,
            "int" if one && float(a) => Builtin::Whole("math_trunc"),
            "float" if one && float(a) => Builtin::Same,
            "float" if one && int(a) => Builtin::ToFloat,
            "math.floor" if one && float(a) => Builtin::Whole("math_floor"),
            "math.ceil" if one && float(a) => Builtin::Whole("math_ceil"),
            "math.trunc" if one && float(a) => Builtin::Whole("math_trunc"),
            "math.atan2" if two && float(a) => Builtin::Math("math_atan2"),
            "builtins.ord" if one && a.only(Kinds::TEXT) => Builtin::Ord,
            "builtins.chr" if one && int(a) => Builtin::Chr,
            "math.hypot" if two => Builtin::Math("math_hypot"),
            "math.copysign" if two && float(a) => Builtin::Math("math_copysign"),
            _ if one && (float(a) || int(a)) => Builtin::Math(unary(name, float(a))?),
            _ => return None,
        })
    }
}

/// The type of a list or tuple.
fn sequence(kinds: Kinds) -> Option<TypeId> {
    match () {
        () if kinds.only(Kinds::LIST) => Some(LIST_TYPE),
        () if kinds.only(Kinds::TUPLE) => Some(TUPLE_TYPE),
        () => None,
    }
}

/// The type of one of these or of a range.
fn sequence_or_range(kinds: Kinds) -> Option<TypeId> {
    match kinds.only(Kinds::RANGE) {
        true => Some(RANGE_TYPE),
        false => sequence(kinds),
    }
}

/// The type of one of these or of a text.
fn enumerated(kinds: Kinds) -> Option<TypeId> {
    match kinds.only(Kinds::TEXT) {
        true => Some(TEXT_TYPE),
        false => sequence_or_range(kinds),
    }
}

/// The routine for a function of one float; some take no ints, of which `math` takes any width.
fn unary(name: &str, float: bool) -> Option<&'static str> {
    Some(match name {
        "math.sqrt" => "math_sqrt",
        "math.sin" => "math_sin",
        "math.cos" => "math_cos",
        "math.tan" => "math_tan",
        "math.asin" => "math_asin",
        "math.acos" => "math_acos",
        "math.atan" => "math_atan",
        "math.sinh" => "math_sinh",
        "math.cosh" => "math_cosh",
        "math.tanh" => "math_tanh",
        "math.exp" => "math_exp",
        "math.fabs" => "math_fabs",
        "math.log" if float => "math_log",
        "math.log2" if float => "math_log2",
        "math.log10" if float => "math_log10",
        _ => return None,
    })
}

impl Translator<'_> {
    /// A call of a built-in function that is known.
    pub(super) fn call_builtin(&mut self) -> bool {
        let count = self.arg();
        let seen = self.feedback();
        if !(1..=3).contains(&count) || self.keyword_names().is_some() {
            return false;
        }
        let slots = self.call_slots(count);
        let (lower, upper) = (slots.lower, slots.upper);
        let known = self.known_in(slots.callee);
        let name = known.and_then(|known| self.source.facts.builtin(known));
        let (Some(known), Some(name)) = (known, name) else {
            return false;
        };
        let predicate = self.predicate(&name, seen, count).map(Builtin::Predicate);
        let Some(builtin) = predicate.or_else(|| Builtin::of(&name, seen.top, count)) else {
            return false;
        };
        let like_list = self.like_list(seen.top[0]);
        let sized = match &like_list {
            Some(_) => Some((LIST_TYPE, FieldName::ListSize)),
            None => sized(seen.top[0]),
        };
        if seen.boxed && !matches!(builtin, Builtin::Chr)
            || matches!(builtin, Builtin::Chr) && self.raises_elsewhere()
            || matches!(builtin, Builtin::Len) && sized.is_none()
            || matches!(builtin, Builtin::DivMod) && !self.unpacks_two(self.index + 1)
            || matches!(builtin, Builtin::Sum) && self.raises_elsewhere()
            || matches!(builtin, Builtin::Enumerate)
                && enumerated(seen.top[count as usize - 1]).is_none()
            || matches!(builtin, Builtin::Reversed) && sequence(seen.top[0]).is_none()
            || matches!(builtin, Builtin::Zip)
                && seen.top[..count as usize]
                    .iter()
                    .any(|kinds| sequence_or_range(*kinds).is_none())
        {
            return false;
        }
        self.worth.add(worth::BUILTIN);
        let object = self.object(self.named(known));
        self.push(GOp::GuardNull { reg: slots.null });
        self.push(GOp::GuardObject {
            reg: slots.callee,
            object,
        });
        let result = self.temp(0);
        match (builtin, sized) {
            (Builtin::Len, Some((ty, size))) => {
                let reg = self.top(1);
                match like_list {
                    Some(classes) => self.guard_classes(reg, &classes),
                    None => self.push(GOp::GuardType { reg, ty }),
                }
                self.read_field(result, reg, size);
            }
            (Builtin::Enumerate, _) => {
                self.enumerate(seen, &slots);
                return true;
            }
            (Builtin::Predicate(predicate), _) => self.answer(predicate, seen, result),
            (Builtin::DivMod, _) => {
                self.divmod(seen, &slots);
                return true;
            }
            (Builtin::Sum, _) => {
                self.sum(&slots);
                return true;
            }
            (Builtin::Zip, _) => {
                self.zip(seen, &slots);
                return true;
            }
            (Builtin::Reversed, _) => {
                self.reversed(seen, &slots);
                return true;
            }
            (Builtin::Ord, _) => self.code_of_text(self.top(1), seen.top[0], result),
            (Builtin::Chr, _) => {
                self.text_of_code(&slots);
                return true;
            }
            (Builtin::Extreme(cmp), _) => {
                self.extreme(cmp, seen.top, lower, upper);
                return true;
            }
            (Builtin::Same, _) => {
                let src = self.top(1);
                self.guard_kind(src, seen.top[0]);
                for reg in [lower, upper] {
                    self.push(GOp::Kill { reg });
                }
                self.push(GOp::Move { dst: lower, src });
                return true;
            }
            (builtin, _) => {
                for n in 1..=count {
                    self.guard_kind(self.top(n), seen.top[n as usize - 1]);
                }
                self.number_of(builtin, seen.top, result);
            }
        }
        self.push(GOp::GuardRelease {
            regs: (1..=count).map(|n| self.top(n)).collect(),
        });
        for reg in [lower, upper] {
            self.push(GOp::Kill { reg });
        }
        self.push(GOp::Copy {
            dst: lower,
            src: result,
        });
        let behind = self.behind(-i64::from(count) - 1);
        for n in 1..=count {
            let reg = self.top(n);
            self.push(GOp::Drop { reg, behind });
        }
        true
    }

    /// The result of a function on numbers, in a temporary.
    fn number_of(&mut self, builtin: Builtin, seen: [Kinds; 3], result: Reg) {
        let (a, b) = (self.top(1), self.top(2));
        let float = seen[0].only(Kinds::FLOAT);
        match builtin {
            Builtin::Len
            | Builtin::Enumerate
            | Builtin::Zip
            | Builtin::Reversed
            | Builtin::Predicate(_)
            | Builtin::DivMod
            | Builtin::Sum
            | Builtin::Same
            | Builtin::Ord
            | Builtin::Chr
            | Builtin::Extreme(_) => {}
            Builtin::AbsInt => self.absolute(a, result),
            Builtin::ToFloat => self.float_of(result, a, false),
            Builtin::Power if float => self.push(GOp::FloatBin {
                op: FloatOp::Pow,
                dst: result,
                a: b,
                b: a,
            }),
            Builtin::Power => self.push(GOp::IntBin {
                op: IntOp::Pow,
                dst: result,
                a: b,
                b: a,
            }),
            Builtin::Math(name) => self.math(name, seen, result),
            Builtin::Whole(name) => {
                self.math(name, seen, result);
                let fits = self.temp(2);
                let params = [Type::F64];
                let helper = self.helper("whole_fits", &params, Some(Type::I64), PURE);
                self.push(GOp::CallPure {
                    dst: fits,
                    helper,
                    args: vec![result],
                });
                let zero = self.temp(3);
                self.guard_nonzero(fits, zero, Reason::OutOfRange);
                let helper = self.helper("whole", &params, Some(Type::I64), PURE);
                let whole = self.temp(4);
                self.push(GOp::CallPure {
                    dst: whole,
                    helper,
                    args: vec![result],
                });
                self.push(GOp::Kill { reg: result });
                self.push(GOp::Move {
                    dst: result,
                    src: whole,
                });
            }
        }
    }

    /// Calls a function of the C library; leaves unless its result, and both of two arguments, are finite.
    fn math(&mut self, name: &str, seen: [Kinds; 3], result: Reg) {
        let two = matches!(name, "math_atan2" | "math_copysign" | "math_hypot");
        let count = if two { 2 } else { 1 };
        let mut args = Vec::new();
        for n in (1..=count).rev() {
            let src = self.top(n);
            if seen[n as usize - 1].only(Kinds::INT) {
                let dst = self.temp(3 + n);
                self.float_of(dst, src, false);
                args.push(dst);
            } else {
                args.push(src);
            }
        }
        if two {
            for arg in &args {
                self.guard_finite(*arg);
            }
        }
        let params = vec![Type::F64; args.len()];
        let helper = self.helper(name, &params, Some(Type::F64), PURE);
        self.push(GOp::CallPure {
            dst: result,
            helper,
            args,
        });
        self.guard_finite(result);
    }

    fn guard_finite(&mut self, reg: Reg) {
        let ok = self.temp(3);
        self.is_finite(reg, ok);
        self.push(GOp::GuardTrue {
            cond: ok,
            reason: Reason::OutOfRange,
        });
    }

    /// The magnitude of an int: `(x ^ m) - m`, where `m` is all sign bits.
    fn absolute(&mut self, src: Reg, dst: Reg) {
        let (bits, sign) = (self.temp(1), self.temp(2));
        self.constant_int(bits, 63);
        let op = |op, dst, a, b| GOp::IntBin { op, dst, a, b };
        self.push(op(IntOp::Shr, sign, src, bits));
        self.push(op(IntOp::Xor, dst, src, sign));
        self.push(op(IntOp::Sub, dst, dst, sign));
    }

    /// An `enumerate`, which is a real object until it is iterated over.
    fn enumerate(&mut self, seen: Feedback, slots: &CallSlots) {
        let count = self.arg();
        let (over, start) = (self.top(count), self.temp(0));
        if let Some(ty) = enumerated(seen.top[count as usize - 1]) {
            self.push(GOp::GuardType { reg: over, ty });
        }
        match count {
            2 => {
                let reg = self.top(1);
                self.push(GOp::GuardInt { reg });
                self.push(GOp::Copy {
                    dst: start,
                    src: reg,
                });
                self.push(GOp::Kill { reg });
            }
            _ => self.constant_int(start, 0),
        }
        for reg in [slots.lower, slots.upper] {
            self.push(GOp::Kill { reg });
        }
        let params = [Type::Own, Type::I64];
        let helper = self.helper("enumerate_new", &params, Some(Type::Own), MAKES);
        self.push(GOp::Call {
            dst: Some(over),
            helper,
            args: vec![over, start],
        });
        let dst = slots.lower;
        self.push(GOp::Move { dst, src: over });
    }

    /// Whether the instruction at this index unpacks what the one before it pushed into two.
    fn unpacks_two(&self, index: usize) -> bool {
        let unpack = self.source.code.instrs().get(index).map(|i| (i.op, i.arg));
        unpack == Some((Op::UnpackSequence, 2))
            && self.source.cfg.block_of(index) == self.source.cfg.block_of(index - 1)
    }

    /// Quotient and remainder of two numbers of a kind, unpacked at once: the quotient topmost.
    fn divmod(&mut self, seen: Feedback, slots: &CallSlots) {
        let (a, b) = (self.top(2), self.top(1));
        let (quotient, rest) = (self.temp(0), self.temp(1));
        for reg in [a, b] {
            self.guard_kind(reg, seen.top[0]);
        }
        if seen.top[0].only(Kinds::INT) {
            for (op, dst) in [(IntOp::FloorDiv, quotient), (IntOp::Mod, rest)] {
                self.push(GOp::IntBin { op, dst, a, b });
            }
        } else {
            for (op, dst) in [(FloatOp::FloorDiv, quotient), (FloatOp::Mod, rest)] {
                self.push(GOp::FloatBin { op, dst, a, b });
            }
        }
        for reg in [a, b, slots.lower, slots.upper] {
            self.push(GOp::Kill { reg });
        }
        for (dst, src) in [(slots.lower, rest), (slots.upper, quotient)] {
            self.push(GOp::Move { dst, src });
        }
        self.done_until = self.index + 2;
    }

    /// `sum` of a list of numbers, by `sum` itself, which runs no code then.
    fn sum(&mut self, slots: &CallSlots) {
        let (list, ok, zero) = (self.top(1), self.temp(0), self.temp(1));
        self.push(GOp::GuardType {
            reg: list,
            ty: LIST_TYPE,
        });
        let helper = self.helper("list_has_numbers", &[Type::Ref], Some(Type::I64), READS);
        self.push(GOp::Call {
            dst: Some(ok),
            helper,
            args: vec![list],
        });
        self.guard_nonzero(ok, zero, Reason::TypeChanged);
        self.push(GOp::Kill { reg: slots.null });
        let helper = self.helper("c_call_1", &[Type::Ref; 2], Some(Type::Own), MAKES_FROM);
        self.push(GOp::Call {
            dst: Some(slots.null),
            helper,
            args: vec![slots.callee, list],
        });
        self.push(GOp::Kill { reg: slots.callee });
        if slots.null != slots.lower {
            let (dst, src) = (slots.lower, slots.null);
            self.push(GOp::Move { dst, src });
        }
        let behind = self.behind(-2);
        self.push(GOp::Drop { reg: list, behind });
    }

    /// The same for a `zip`.
    fn zip(&mut self, seen: Feedback, slots: &CallSlots) {
        let count = self.arg();
        let over: Vec<Reg> = (1..=count).rev().map(|n| self.top(n)).collect();
        for (reg, kinds) in over.iter().rev().zip(seen.top) {
            if let Some(ty) = sequence_or_range(kinds) {
                self.push(GOp::GuardType { reg: *reg, ty });
            }
        }
        for reg in [slots.lower, slots.upper] {
            self.push(GOp::Kill { reg });
        }
        let name = format!("zip_of_{count}");
        let params = vec![Type::Own; over.len()];
        let helper = self.helper(&name, &params, Some(Type::Own), MAKES);
        let (dst, src) = (slots.lower, over[0]);
        self.push(GOp::Call {
            dst: Some(src),
            helper,
            args: over,
        });
        self.push(GOp::Move { dst, src });
    }

    /// The same for what iterates backwards.
    fn reversed(&mut self, seen: Feedback, slots: &CallSlots) {
        let src = self.top(1);
        if let Some(ty) = sequence(seen.top[0]) {
            self.push(GOp::GuardType { reg: src, ty });
        }
        for reg in [slots.lower, slots.upper] {
            self.push(GOp::Kill { reg });
        }
        let helper = self.helper("reversed_new", &[Type::Own], Some(Type::Own), MAKES);
        self.push(GOp::Call {
            dst: Some(src),
            helper,
            args: vec![src],
        });
        let dst = slots.lower;
        self.push(GOp::Move { dst, src });
    }

    /// One of two numbers of a kind, as an object that stays what it is: the second only if it compares so
    /// with the first.
    fn extreme(&mut self, cmp: Cmp, seen: [Kinds; 3], lower: Reg, upper: Reg) {
        let (second, first) = (self.top(1), self.top(2));
        self.guard_kind(first, seen[1]);
        self.guard_kind(second, seen[0]);
        let cond = self.temp(0);
        let (dst, a, b) = (cond, second, first);
        self.push(match seen[0].only(Kinds::INT) {
            true => GOp::IntCmp { cmp, dst, a, b },
            false => GOp::FloatCmp { cmp, dst, a, b },
        });
        let (take, keep) = (self.new_block(false), self.new_block(false));
        let on = self.new_block(false);
        for reg in [lower, upper] {
            self.push(GOp::Kill { reg });
        }
        self.push(GOp::Branch {
            cond,
            then: take,
            otherwise: keep,
        });
        for (block, chosen, other) in [(take, second, first), (keep, first, second)] {
            self.at = block;
            self.push(GOp::Kill { reg: other });
            self.push(GOp::Move {
                dst: lower,
                src: chosen,
            });
            self.push(GOp::Jump(on));
        }
        self.at = on;
    }
}
