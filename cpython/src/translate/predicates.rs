//! Built-in functions that answer yes or no, of values whose kind was seen.

use fatjit_ir::TypeId;
use fatjit_jit::gbc::{BOOL_TYPE, BoolOp, Cmp, FLOAT_TYPE, FloatOp, GOp, INT_TYPE, Reg};

use super::facts::{Class, Known};
use super::fields::FieldName;
use super::{
    BYTEARRAY_TYPE, BYTES_TYPE, Feedback, Kinds, LIST_TYPE, Named, TEXT_TYPE, TUPLE_TYPE,
    Translator,
};

/// What is asked.
pub(super) enum Predicate {
    /// `bool` of a number.
    Truth,
    /// `isinstance`, and the answer.
    Instance(bool),
    /// The same of instances of the program's classes.
    Member(Members),
    Nan,
    Finite,
    Infinite,
}

/// Which instances of the program's classes are ones of a class.
pub(super) struct Members {
    /// The class.
    asked: Known,
    /// Its own class, for which alone the answers hold.
    metaclass: Known,
    /// The classes that were seen.
    answers: Vec<(Known, bool)>,
}

/// Classes whose instances are told by their type alone: kinds of these, name and type.
fn classes() -> [(Kinds, &'static str, TypeId); 8] {
    let texts = Kinds::CHARACTER.and(Kinds::ASCII).and(Kinds::LATIN);
    [
        (Kinds::INT, "int", INT_TYPE),
        (Kinds::FLOAT, "float", FLOAT_TYPE),
        (Kinds::BOOL, "bool", BOOL_TYPE),
        (Kinds::LIST, "list", LIST_TYPE),
        (Kinds::TUPLE, "tuple", TUPLE_TYPE),
        (Kinds::BYTES, "bytes", BYTES_TYPE),
        (Kinds::BYTEARRAY, "bytearray", BYTEARRAY_TYPE),
        (texts, "str", TEXT_TYPE),
    ]
}

/// The name and type of which objects of these kinds are direct instances.
fn class(kinds: Kinds) -> Option<(&'static str, TypeId)> {
    let class = classes().into_iter().find(|(known, ..)| kinds.only(*known));
    class.map(|(_, name, ty)| (name, ty))
}

impl Translator<'_> {
    /// What a built-in function with this name asks of so many arguments.
    pub(super) fn predicate(&self, name: &str, seen: Feedback, count: u32) -> Option<Predicate> {
        let [top, below, _] = seen.top;
        let float = top.only(Kinds::FLOAT);
        Some(match (name, count) {
            ("bool", 1) if top.is_unboxed() => Predicate::Truth,
            ("math.isnan", 1) if float => Predicate::Nan,
            ("math.isfinite", 1) if float => Predicate::Finite,
            ("math.isinf", 1) if float => Predicate::Infinite,
            ("builtins.isinstance", 2) if below.only(Kinds::SOME_INSTANCE) => {
                Predicate::Member(self.members(self.known_in(self.top(1))?)?)
            }
            ("builtins.isinstance", 2) => {
                let asked = self.source.facts.builtin(self.known_in(self.top(1))?)?;
                let (name, _) = class(below)?;
                classes().iter().find(|(_, known, _)| *known == asked)?;
                Predicate::Instance(asked == name || (name, asked.as_str()) == ("bool", "int"))
            }
            _ => return None,
        })
    }

    /// The answer, in a register; the arguments are guarded to be what they were seen to be.
    pub(super) fn answer(&mut self, predicate: Predicate, seen: Feedback, dst: Reg) {
        let arg = self.top(1);
        let (a, b) = (arg, arg);
        match &predicate {
            Predicate::Instance(value) => {
                if let Some(known) = self.known_in(arg) {
                    let object = self.object(self.named(known));
                    self.push(GOp::GuardObject { reg: arg, object });
                }
                let reg = self.top(2);
                match class(seen.top[1]) {
                    Some((_, ty)) if ![INT_TYPE, FLOAT_TYPE, BOOL_TYPE].contains(&ty) => {
                        self.push(GOp::GuardType { reg, ty });
                    }
                    _ => self.guard_kind(reg, seen.top[1]),
                }
                let value = *value;
                return self.push(GOp::Bool { dst, value });
            }
            Predicate::Member(members) => return self.is_member(members, dst),
            _ => self.guard_kind(arg, seen.top[0]),
        }
        match predicate {
            Predicate::Truth if seen.top[0].only(Kinds::INT) => {
                self.push(GOp::IntTruth { dst, src: arg });
            }
            Predicate::Truth if seen.top[0].only(Kinds::FLOAT) => {
                self.push(GOp::FloatTruth { dst, src: arg });
            }
            Predicate::Truth => self.push(GOp::Copy { dst, src: arg }),
            Predicate::Nan => {
                let cmp = Cmp::Ne;
                self.push(GOp::FloatCmp { cmp, dst, a, b });
            }
            Predicate::Finite => self.is_finite(arg, dst),
            Predicate::Infinite => {
                let (finite, cmp) = (self.temp(4), Cmp::Eq);
                self.is_finite(arg, finite);
                self.push(GOp::BoolNot {
                    dst: finite,
                    src: finite,
                });
                self.push(GOp::FloatCmp { cmp, dst, a, b });
                self.push(GOp::BoolBin {
                    op: BoolOp::And,
                    dst,
                    a: dst,
                    b: finite,
                });
            }
            Predicate::Instance(_) | Predicate::Member(_) => {}
        }
    }

    /// Which of the classes that were seen have instances of a class.
    fn members(&self, asked: Known) -> Option<Members> {
        let classes = (self.source.classes)(self.index);
        let mut own = None;
        let answer = |class: &Class| {
            let (class, answer, metaclass) = self.source.facts.instances_are(*class, asked)?;
            own = Some(metaclass);
            Some((class, answer))
        };
        let answers = classes.iter().map(answer).collect::<Option<_>>()?;
        Some(Members {
            asked,
            metaclass: own?,
            answers,
        })
    }

    /// Whether an instance, guarded to be of one of the classes that were seen, is one of the class above it.
    fn is_member(&mut self, members: &Members, dst: Reg) {
        let (object, asked) = (self.top(2), self.top(1));
        let named = self.object(self.named(members.asked));
        self.push(GOp::GuardObject {
            reg: asked,
            object: named,
        });
        let field = self.field_of(FieldName::ObjectClass);
        let named = self.object(Named::Known(members.metaclass));
        self.push(GOp::GuardField {
            reg: asked,
            field,
            object: named,
        });
        let answers = &members.answers;
        let classes: Vec<Known> = answers.iter().map(|(class, _)| *class).collect();
        self.guard_classes(object, &classes);
        let of = answers.iter().filter(|(_, answer)| *answer);
        let of: Vec<Known> = of.map(|(class, _)| *class).collect();
        match of.len() {
            0 => self.push(GOp::Bool { dst, value: false }),
            all if all == classes.len() => self.push(GOp::Bool { dst, value: true }),
            _ => self.is_of(object, &of, dst),
        }
    }

    /// Whether a float is finite: the difference from itself is 0. Uses temporaries 1 and 2.
    pub(super) fn is_finite(&mut self, reg: Reg, dst: Reg) {
        let (difference, zero) = (self.temp(1), self.temp(2));
        self.push(GOp::FloatBin {
            op: FloatOp::Sub,
            dst: difference,
            a: reg,
            b: reg,
        });
        self.push(GOp::Float {
            dst: zero,
            bits: 0,
            object: None,
        });
        self.push(GOp::FloatCmp {
            cmp: Cmp::Eq,
            dst,
            a: difference,
            b: zero,
        });
    }
}
