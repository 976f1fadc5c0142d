//! Calls of functions written in C that run no code on what they are given, which are listed in `c_functions`.
//!
//! Each argument is guarded to be of the class that the list asks for: by its type, or by a routine where several kinds
//! were seen. Those that may be unboxed numbers become objects when all is guarded.

use fatjit_bytecode::Op;
use fatjit_ir::{HelperId, Reason, Type, TypeId};
use fatjit_jit::gbc::{BOOL_TYPE, FLOAT_TYPE, GOp, INT_TYPE, Reg};

use super::c_functions::{Arg, Does, Function};
use super::facts::Known;
use super::places::CallSlots;
use super::{
    BYTES_TYPE, DICT_TYPE, FROZEN_SET_TYPE, Kinds, LIST_TYPE, NONE_TYPE, SET_TYPE, TEXT_TYPE,
    TUPLE_TYPE, Translator, worth,
};
use crate::effects::{MAKES_FROM, MAY_CHANGE, READS};
use crate::memory;

/// What is guarded of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    None,
    Type(TypeId),
    /// The answer of this routine is not 0.
    Told(&'static str),
}

/// An argument, what is guarded of it, and whether to release it runs no code.
struct Checked {
    reg: Reg,
    check: Check,
    leaf: bool,
}

const LEAF_TYPES: [(Kinds, TypeId); 6] = [
    (Kinds::INT, INT_TYPE),
    (Kinds::FLOAT, FLOAT_TYPE),
    (Kinds::BOOL, BOOL_TYPE),
    (Kinds::NONE, NONE_TYPE),
    (Kinds::TEXT, TEXT_TYPE),
    (Kinds::BYTES, BYTES_TYPE),
];
const SEQUENCE_TYPES: [(Kinds, TypeId); 3] = [
    (Kinds::LIST, LIST_TYPE),
    (Kinds::TUPLE, TUPLE_TYPE),
    (Kinds::TEXT, TEXT_TYPE),
];
const ITERABLE_TYPES: [(Kinds, TypeId); 5] = [
    SEQUENCE_TYPES[0],
    SEQUENCE_TYPES[1],
    SEQUENCE_TYPES[2],
    (Kinds::SET, SET_TYPE),
    (Kinds::FROZEN_SET, FROZEN_SET_TYPE),
];

/// Numbers, texts, bytes and `None`.
fn leaves() -> Kinds {
    let all = LEAF_TYPES.iter().map(|(kinds, _)| *kinds);
    all.fold(Kinds::default(), Kinds::and)
}

/// The same without bytes, of which a text is made with a warning.
fn printed() -> Kinds {
    numbers().and(Kinds::TEXT).and(Kinds::NONE)
}

fn numbers() -> Kinds {
    Kinds::INT.and(Kinds::FLOAT).and(Kinds::BOOL)
}

impl Checked {
    /// Whether it may be a number that native code has computed, and not be guarded to be something else.
    fn may_be_unboxed(&self) -> bool {
        let numbers = [INT_TYPE, FLOAT_TYPE, BOOL_TYPE];
        match self.check {
            Check::None | Check::Told(_) => true,
            Check::Type(ty) => numbers.contains(&ty),
        }
    }

    /// How an argument of which this was seen is made sure to be of its class.
    fn of(reg: Reg, arg: Arg, seen: Kinds) -> Option<Checked> {
        let one_of = |types: &[(Kinds, TypeId)]| {
            let found = types.iter().find(|(kinds, _)| seen.only(*kinds));
            found.map(|(_, ty)| Check::Type(*ty))
        };
        let leaf = seen.only(leaves());
        let check = match arg {
            Arg::Leaf => match one_of(&LEAF_TYPES) {
                Some(check) => check,
                None if leaf => Check::Told("is_leaf"),
                None => return None,
            },
            Arg::Sequence => one_of(&SEQUENCE_TYPES)?,
            Arg::Iterable => one_of(&ITERABLE_TYPES)?,
            Arg::TextOrTuple => one_of(&SEQUENCE_TYPES[1..])?,
            Arg::Any => Check::None,
            _ if !seen.only(Kinds::TEXT) => return None,
            Arg::TextOfInt => Check::Told("reads_as_int"),
            Arg::TextOfFloat => Check::Told("reads_as_float"),
            Arg::Key => Check::Type(TEXT_TYPE),
        };
        Some(Checked {
            reg,
            check,
            leaf: leaf && check != Check::None,
        })
    }
}

/// The type whose method has this name.
fn type_of_method(name: &str) -> Option<TypeId> {
    Some(match name.split_once('.')?.0 {
        "str" => TEXT_TYPE,
        "bytes" => BYTES_TYPE,
        "list" => LIST_TYPE,
        "dict" => DICT_TYPE,
        _ => return None,
    })
}

/// A call that is being translated.
struct Call {
    name: String,
    known: Known,
    slots: CallSlots,
    is_method: bool,
    /// The arguments, of a method behind its object.
    args: Vec<(Reg, Kinds)>,
}

impl Translator<'_> {
    /// A call of a function written in C that is known to run no code.
    pub(super) fn call_c_function(&mut self) -> bool {
        let seen = self.feedback();
        let given = self.arg();
        if given > 3 || seen.boxed || self.keyword_names().is_some() || self.raises_elsewhere() {
            return false;
        }
        let slots = self.call_slots(given);
        let is_method = self.methods.contains(&slots.lower);
        let callee = if is_method { slots.lower } else { slots.callee };
        let known = self.known_in(callee);
        let name = known.and_then(|known| self.source.facts.builtin(known));
        let (Some(known), Some(name)) = (known, name) else {
            return false;
        };
        let arg = |n: u32| (self.top(n), seen.top[n as usize - 1]);
        let args = (1..=given).rev().map(arg).collect();
        let call = Call {
            name,
            known,
            slots,
            is_method,
            args,
        };
        self.tell_instance(&call) || self.text_from(&call) || self.call_quietly(&call)
    }

    /// Guards that what is called is what it is known to be.
    fn guard_called(&mut self, call: &Call) {
        self.worth.add(worth::C_FUNCTION);
        let object = self.object(self.named(call.known));
        let callee = match call.is_method {
            true => call.slots.lower,
            false => {
                let reg = call.slots.null;
                self.push(GOp::GuardNull { reg });
                call.slots.callee
            }
        };
        self.push(GOp::GuardObject {
            reg: callee,
            object,
        });
    }

    fn call_quietly(&mut self, call: &Call) -> bool {
        let Some(function) = Function::of(&call.name) else {
            return false;
        };
        let Some(args) = self.checked(call, &function) else {
            return false;
        };
        self.guard_called(call);
        self.check(&args);
        if let (Some(first), true) = (args.first(), function.args.first() == Some(&Arg::Key)) {
            self.guard_told("dict_has_texts", first.reg);
        }
        if self.text_answer(call, &args) {
            return true;
        }
        self.as_objects(&args);
        let slots = call.slots;
        let callee = if call.is_method {
            slots.lower
        } else {
            slots.callee
        };
        let operands = std::iter::once(callee).chain(args.iter().map(|arg| arg.reg));
        let operands: Vec<Reg> = operands.collect();
        let helper = self.c_routine(args.len(), function.does);
        self.push(GOp::Call {
            dst: Some(slots.lower),
            helper,
            args: operands,
        });
        self.done(call, &args);
        true
    }

    /// The routine that calls a function with so many arguments.
    fn c_routine(&mut self, count: usize, does: Does) -> HelperId {
        let name = format!("c_call_{count}");
        let params = vec![Type::Ref; count + 1];
        let own = Some(Type::Own);
        match does {
            Does::Nothing => self.writer(&name, &params, own, MAKES_FROM, &[memory::COUNTS]),
            Does::Change => self.helper(&name, &params, own, MAY_CHANGE),
            Does::Take => self.releaser(&name, &params, own, MAY_CHANGE, &[]),
        }
    }

    /// How its arguments, a method's object first, are made sure to be what it may be given.
    fn checked(&self, call: &Call, function: &Function) -> Option<Vec<Checked>> {
        let mut args = Vec::new();
        let mut given = call.args.as_slice();
        if let Some(ty) = type_of_method(&call.name) {
            let reg = match call.is_method {
                true => call.slots.upper,
                // The method of the class, called with its object.
                false => {
                    let (first, rest) = given.split_first()?;
                    given = rest;
                    first.0
                }
            };
            args.push(Checked {
                reg,
                check: Check::Type(ty),
                leaf: [TEXT_TYPE, BYTES_TYPE].contains(&ty),
            });
        }
        if given.len() < function.least || given.len() > function.args.len() {
            return None;
        }
        for ((reg, seen), arg) in given.iter().zip(function.args) {
            args.push(Checked::of(*reg, *arg, *seen)?);
        }
        Some(args)
    }

    fn check(&mut self, args: &[Checked]) {
        for arg in args {
            let reg = arg.reg;
            match arg.check {
                Check::None => {}
                Check::Type(ty) => self.push(GOp::GuardType { reg, ty }),
                Check::Told(routine) => self.guard_told(routine, reg),
            }
        }
    }

    /// Guards what a routine says of an object.
    pub(super) fn guard_told(&mut self, routine: &str, reg: Reg) {
        let helper = self.helper(routine, &[Type::Ref], Some(Type::I64), READS);
        // Of the other routines the recording does not tell the answer.
        let reason = match routine {
            "is_leaf" | "is_printed" | "has_plain_truth" | "is_dict_view" => Reason::TypeChanged,
            _ => Reason::OutOfRange,
        };
        self.push(GOp::GuardTold {
            reg,
            helper,
            reason,
        });
    }

    /// Guards that to release what is not known to be a leaf runs no code, and has the operands that may be unboxed be
    /// objects.
    fn as_objects(&mut self, args: &[Checked]) {
        let release = args.iter().filter(|arg| !arg.leaf);
        let regs: Vec<Reg> = release.map(|arg| arg.reg).collect();
        if !regs.is_empty() {
            self.push(GOp::GuardRelease { regs });
        }
        for arg in args.iter().filter(|arg| arg.may_be_unboxed()) {
            self.push(GOp::RealNumber { reg: arg.reg });
        }
    }

    /// The result is in its place: releases what the call was given.
    fn done(&mut self, call: &Call, args: &[Checked]) {
        if !call.is_method {
            let reg = call.slots.upper;
            self.push(GOp::Kill { reg });
        }
        let behind = self.behind(-i64::from(self.arg()) - 1);
        for arg in args.iter().rev() {
            let reg = arg.reg;
            self.push(match arg.leaf {
                true => GOp::Discard { reg },
                false => GOp::Drop { reg, behind },
            });
        }
    }

    /// The result is a number in temporary 0: puts it into its place.
    fn done_with_number(&mut self, call: &Call, args: &[Checked]) {
        let (dst, src) = (call.slots.lower, self.temp(0));
        self.push(GOp::Kill { reg: dst });
        self.push(GOp::Copy { dst, src });
        self.done(call, args);
    }

    /// What texts are asked that have unboxed answers.
    fn text_answer(&mut self, call: &Call, args: &[Checked]) -> bool {
        let [text, part] = args else { return false };
        let routine = match &*call.name {
            "str.startswith" => "text_begins",
            "str.endswith" => "text_ends",
            "str.find" => "text_find",
            _ => return false,
        };
        if part.check != Check::Type(TEXT_TYPE) {
            return false;
        }
        let result = self.temp(0);
        let helper = self.helper(routine, &[Type::Ref; 2], Some(Type::I64), READS);
        self.push(GOp::Call {
            dst: Some(result),
            helper,
            args: vec![text.reg, part.reg],
        });
        if routine != "text_find" {
            let (dst, src) = (result, result);
            self.push(GOp::IntTruth { dst, src });
        }
        self.done_with_number(call, args);
        true
    }

    /// `isinstance`, of anything that is no number.
    fn tell_instance(&mut self, call: &Call) -> bool {
        let [(object, _), (classes, asked)] = *call.args.as_slice() else {
            return false;
        };
        if call.name != "builtins.isinstance" || asked.has(numbers()) {
            return false;
        }
        self.guard_called(call);
        self.guard_told("says_its_type", object);
        self.guard_told("tells_instances", classes);
        let args = [object, classes].map(|reg| Checked {
            reg,
            check: Check::None,
            leaf: false,
        });
        self.as_objects(&args);
        let result = self.temp(0);
        let helper = self.helper("is_instance", &[Type::Ref; 2], Some(Type::I64), READS);
        self.push(GOp::Call {
            dst: Some(result),
            helper,
            args: vec![object, classes],
        });
        let (dst, src) = (result, result);
        self.push(GOp::IntTruth { dst, src });
        self.done_with_number(call, &args);
        true
    }

    /// `str` and `repr` of numbers, texts and `None`.
    fn text_from(&mut self, call: &Call) -> bool {
        let [(reg, kinds)] = *call.args.as_slice() else {
            return false;
        };
        let routine = match &*call.name {
            "str" => "text_of",
            "builtins.repr" => "repr_of",
            _ => return false,
        };
        if !kinds.only(printed()) {
            return false;
        }
        self.guard_called(call);
        self.text_of(routine, reg, kinds, call.slots.lower);
        let args = [Checked {
            reg,
            check: Check::None,
            leaf: true,
        }];
        self.done(call, &args);
        true
    }

    /// Puts the text of a number, a text or `None`, which stays where it is, into a slot.
    fn text_of(&mut self, routine: &str, reg: Reg, kinds: Kinds, dst: Reg) {
        let (name, param) = self.guard_printed(routine, reg, kinds);
        if param == Type::Ref {
            self.push(GOp::RealNumber { reg });
        }
        self.make_text(name, param, reg, dst);
    }

    /// Guards what is written by a routine, or by one that is made for unboxed numbers; that routine and what it is given.
    fn guard_printed<'a>(&mut self, routine: &'a str, reg: Reg, kinds: Kinds) -> (&'a str, Type) {
        if kinds.only(Kinds::INT) {
            self.push(GOp::GuardInt { reg });
            ("text_of_int", Type::I64)
        } else if kinds.only(Kinds::FLOAT) {
            self.push(GOp::GuardFloat { reg });
            ("text_of_float", Type::F64)
        } else {
            self.guard_told("is_printed", reg);
            (routine, Type::Ref)
        }
    }

    fn make_text(&mut self, name: &str, param: Type, reg: Reg, dst: Reg) {
        let own = Some(Type::Own);
        let helper = self.writer(name, &[param], own, MAKES_FROM, &[memory::COUNTS]);
        self.push(GOp::Call {
            dst: Some(dst),
            helper,
            args: vec![reg],
        });
    }

    /// `FORMAT_SIMPLE`, `FORMAT_WITH_SPEC`, `FORMAT_VALUE` and `CONVERT_VALUE`: what an f-string has in braces.
    pub(super) fn format(&mut self) {
        let (reg, seen) = (self.top(1), self.feedback());
        let kinds = seen.top[0];
        let op = self.source.code.instrs()[self.index].op;
        if let (Op::FormatWithSpec, _) | (Op::FormatValue, 4) = (op, self.arg()) {
            return self.format_with_spec();
        }
        let written = match (op, self.arg()) {
            (Op::FormatSimple, _) | (Op::FormatValue, 0 | 1) | (Op::ConvertValue, 1) => true,
            (Op::FormatValue | Op::ConvertValue, 2) => false,
            _ => return self.generic(),
        };
        if seen.boxed || !kinds.only(printed()) || self.raises_elsewhere() {
            return self.generic();
        }
        self.worth.add(worth::C_FUNCTION);
        if written && kinds.only(Kinds::TEXT) {
            let ty = TEXT_TYPE;
            return self.push(GOp::GuardType { reg, ty });
        }
        let routine = if written {
            "text_in_place"
        } else {
            "repr_in_place"
        };
        let (name, param) = self.guard_printed(routine, reg, kinds);
        let param = if param == Type::Ref { Type::Own } else { param };
        self.make_text(name, param, reg, reg);
    }

    /// The same of a float or text with a text behind the colon. To write an int serves signals.
    fn format_with_spec(&mut self) {
        let (value, spec, seen) = (self.top(2), self.top(1), self.feedback());
        let ty = match seen.top[1] {
            kinds if kinds.only(Kinds::FLOAT) => FLOAT_TYPE,
            kinds if kinds.only(Kinds::TEXT) => TEXT_TYPE,
            _ => return self.generic(),
        };
        if seen.boxed || !seen.top[0].only(Kinds::TEXT) || self.raises_elsewhere() {
            return self.generic();
        }
        self.worth.add(worth::C_FUNCTION);
        for (reg, ty) in [(value, ty), (spec, TEXT_TYPE)] {
            self.push(GOp::GuardType { reg, ty });
        }
        let (params, own) = ([Type::Own, Type::Ref], Some(Type::Own));
        let parts = &[memory::COUNTS];
        let helper = self.writer("format_in_place", &params, own, MAKES_FROM, parts);
        self.push(GOp::Call {
            dst: Some(value),
            helper,
            args: vec![value, spec],
        });
        self.push(GOp::Discard { reg: spec });
    }

    /// Replaces an object by its truth value; `false` if it may be one that has its own idea of that.
    pub(super) fn truth_of_object(&mut self, reg: Reg) -> bool {
        let seen = self.feedback();
        let Some(behind) = self
            .point(self.index)
            .filter(|_| !seen.boxed && !seen.own_truth)
        else {
            return false;
        };
        self.worth.add(worth::TEST);
        self.guard_told("has_plain_truth", reg);
        self.push(GOp::RealNumber { reg });
        let truth = self.temp(0);
        let helper = self.helper("is_true", &[Type::Ref], Some(Type::I64), READS);
        self.push(GOp::Call {
            dst: Some(truth),
            helper,
            args: vec![reg],
        });
        let (dst, src) = (truth, truth);
        self.push(GOp::IntTruth { dst, src });
        // What goes on from here in the interpreter finds a truth value, whose truth is the same.
        self.push(GOp::Replace {
            reg,
            src: truth,
            behind,
        });
        true
    }
}
