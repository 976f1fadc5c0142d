//! How the arguments of a call find the parameters of the function that is called.
//!
//! Invariant: what is bound here is what the interpreter binds; a call that would fail, or of which that cannot be told, is not
//! bound at all.

use std::ops::Range;

use fatjit_bytecode::Op;
use fatjit_ir::Type;
use fatjit_jit::gbc::{Packed, Reg};

use super::building::MOST_ITEMS;
use super::functions::Callee;
use super::{Const, Known, TEMPS, Translator};
use crate::effects::MAKES;

/// Most names for which there is a routine.
const MOST_NAMED: usize = 4;
/// Temporaries, the last, that [`Translator::packed`] needs.
pub(super) const PACKING: u32 = 3;

/// Where a parameter's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// The argument with this number.
    Argument(u32),
    /// Its default.
    Default(Known),
}

/// What a function collects of the arguments that no parameter takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stars {
    /// The empty tuple, if what is given by position is collected, by `*args`.
    pub tuple: Option<Known>,
    /// Whether what is given by name is, by `**kwargs`.
    pub dict: bool,
}

impl Stars {
    /// How many arguments native code is given for them.
    pub(super) fn count(self) -> usize {
        usize::from(self.tuple.is_some()) + usize::from(self.dict)
    }
}

/// Where the arguments of a call go.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bound {
    /// What each parameter is given.
    pub given: Vec<Given>,
    /// The arguments that `*args` collects: the last of those without names.
    rest: Range<u32>,
    /// Which of the names `**kwargs` collects.
    named: Vec<u32>,
}

impl Bound {
    /// Whether there are routines that collect as much.
    pub(super) fn can_be_packed(&self, keywords: &Keywords) -> bool {
        let nameable = self.named.is_empty() || keywords.constant.is_some();
        let known = keywords.names.len() < i64::BITS as usize;
        self.rest.len() <= MOST_ITEMS as usize
            && self.named.len() <= MOST_NAMED
            && nameable
            && known
    }
}

impl Callee {
    /// Whether it takes just so many arguments, by position, and nothing that no call passes.
    pub(super) fn takes_by_position(&self, count: usize) -> bool {
        let all = self.parameters.len() == count && self.signature.params.len() == count;
        all && self.keyword_only == 0
    }

    /// What each parameter is given by a call with so many arguments, the last of which have these names, and what is
    /// collected; nothing if the call fails.
    pub(super) fn bind(&self, count: u32, keywords: &[String]) -> Option<Bound> {
        let positional = (count as usize).checked_sub(keywords.len())?;
        let params = self.parameters.len();
        let by_position = params.checked_sub(self.keyword_only)?.min(positional);
        if positional > by_position && self.stars.tuple.is_none() {
            return None;
        }
        let mut given: Vec<Option<Given>> = vec![None; params];
        for (number, place) in (0..).zip(&mut given[..by_position]) {
            *place = Some(Given::Argument(number));
        }
        let mut named = Vec::new();
        for (index, keyword) in (0..).zip(keywords) {
            let at = self.parameters.iter().position(|name| name == keyword);
            match at.filter(|at| *at >= self.positional_only) {
                Some(at) => {
                    let argument = Given::Argument(positional as u32 + index);
                    if given[at].replace(argument).is_some() {
                        return None;
                    }
                }
                None if self.stars.dict => named.push(index),
                None => return None,
            }
        }
        let all = given.into_iter().zip(&self.defaults);
        let given = all.map(|(given, default)| given.or_else(|| Some(Given::Default((*default)?))));
        Some(Bound {
            given: given.collect::<Option<_>>()?,
            rest: by_position as u32..positional as u32,
            named,
        })
    }
}

/// The names of a call's last arguments.
pub(super) struct Keywords {
    pub names: Vec<String>,
    /// The constant that holds them.
    pub constant: Option<u32>,
    /// Whether that is on the stack, above the arguments.
    pub on_stack: bool,
}

impl Translator<'_> {
    /// What `*args` and `**kwargs` are given by a call, behind its other `arguments`. The registers of the numbered ones are
    /// told by `at`.
    pub(super) fn packed(
        &mut self,
        (stars, bound, keywords): (Stars, &Bound, &Keywords),
        at: &dyn Fn(u32) -> Reg,
        arguments: &mut Vec<Reg>,
    ) -> Vec<Packed> {
        let mut packed = Vec::new();
        if let Some(empty) = stars.tuple {
            let of: Vec<Reg> = bound.rest.clone().map(at).collect();
            let argument = arguments.len();
            match of.first() {
                Some(first) => {
                    arguments.push(*first);
                    let params = vec![Type::Own; of.len()];
                    let name = format!("tuple_of_{}", of.len());
                    let helper = self.helper(&name, &params, Some(Type::Own), MAKES);
                    packed.push(Packed {
                        argument,
                        helper,
                        of,
                    });
                }
                None => {
                    let none = self.temp(TEMPS - 3);
                    self.constant(none, Const::Other, self.named(empty));
                    arguments.push(none);
                }
            }
        }
        if stars.dict {
            let argument = arguments.len();
            let (names, which) = (self.temp(TEMPS - 1), self.temp(TEMPS - 2));
            let values = bound.named.iter().map(|index| at(bound.rest.end + index));
            let mut of: Vec<Reg> = values.collect();
            arguments.push(of.first().copied().unwrap_or(names));
            packed.push(match (of.len(), keywords.constant) {
                (count @ 1.., Some(constant)) => {
                    self.constant(names, Const::Other, self.constant_named(constant));
                    let bits = bound.named.iter().fold(0, |bits, index| bits | 1 << index);
                    self.constant_int(which, bits);
                    of.extend([names, which]);
                    let mut params = vec![Type::Own; count];
                    params.extend([Type::Ref, Type::I64]);
                    let name = format!("dict_of_{count}");
                    let helper = self.helper(&name, &params, Some(Type::Own), MAKES);
                    Packed {
                        argument,
                        helper,
                        of,
                    }
                }
                _ => self.no_names(argument),
            });
        }
        packed
    }

    /// What `**kwargs` is given where nothing is given by name.
    pub(super) fn no_names(&mut self, argument: usize) -> Packed {
        Packed {
            argument,
            helper: self.helper("dict_new", &[], Some(Type::Own), MAKES),
            of: Vec::new(),
        }
    }

    /// A default, for a parameter of this type.
    pub(super) fn default_value(&mut self, dst: Reg, (known, ty): (Known, Type)) {
        let value = match ty {
            Type::Own => Const::Other,
            _ => self.source.facts.value(known),
        };
        self.constant(dst, value, self.named(known));
    }

    /// Whether a default can be handed over as a parameter of this type.
    pub(super) fn fits(&self, (known, ty): (Known, Type)) -> bool {
        matches!(
            (self.source.facts.value(known), ty),
            (Const::Int(_), Type::I64)
                | (Const::Float(_), Type::F64)
                | (Const::Bool(_), Type::Bool)
                | (Const::None | Const::Other, Type::Ref)
                | (_, Type::Own)
        )
    }

    /// The names of the last arguments of the call; nothing if they cannot be told.
    pub(super) fn call_keywords(&self) -> Option<Keywords> {
        let on_stack = self.source.code.instrs()[self.index].op == Op::CallKw;
        let constant = match on_stack {
            true => {
                let before = self.source.code.instrs()[self.index.checked_sub(1)?];
                Some((before.op == Op::LoadConst).then_some(before.arg)?)
            }
            false => self.keyword_names(),
        };
        let names = match constant {
            Some(constant) => (self.source.texts)(constant)?,
            None => Vec::new(),
        };
        Some(Keywords {
            names,
            constant,
            on_stack,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::functions::Guard;
    use super::*;
    use fatjit_ir::Signature;

    /// `def f(a, /, b, c=…, d=…)`, or `def f(a, /, b, *, c=…, d=…)`.
    fn callee(keyword_only: usize) -> Callee {
        Callee {
            name: "f".into(),
            signature: Signature {
                params: vec![Type::I64; 4],
                result: Type::I64,
            },
            number: Some(0),
            parameters: ["a", "b", "c", "d"].map(String::from).to_vec(),
            positional_only: 1,
            keyword_only,
            stars: Stars::default(),
            defaults: vec![None, None, Some(Known(7)), Some(Known(8))],
            only_reads: false,
            framed: false,
            returns_none: false,
            guard: Guard::Object(Known(0)),
        }
    }

    fn bound_of(callee: &Callee, count: u32, keywords: &[&str]) -> Option<Bound> {
        let keywords: Vec<String> = keywords.iter().map(|name| (*name).to_owned()).collect();
        callee.bind(count, &keywords)
    }

    fn bound(count: u32, keywords: &[&str]) -> Option<Vec<Given>> {
        bound_by_name(0, count, keywords)
    }

    fn bound_by_name(keyword_only: usize, count: u32, keywords: &[&str]) -> Option<Vec<Given>> {
        let bound = bound_of(&callee(keyword_only), count, keywords)?;
        assert_eq!((bound.rest.len(), bound.named.len()), (0, 0));
        Some(bound.given)
    }

    #[test]
    fn some_parameters_are_given_by_name_only() {
        use Given::{Argument, Default};
        let [c, d] = [Default(Known(7)), Default(Known(8))];
        let [first, second, third] = [0, 1, 2].map(Argument);
        assert_eq!(bound_by_name(2, 2, &[]), Some(vec![first, second, c, d]));
        let given = bound_by_name(2, 3, &["d"]);
        assert_eq!(given, Some(vec![first, second, c, third]));
        assert_eq!(bound_by_name(2, 3, &[]), None, "c by position");
        assert_eq!(bound_by_name(1, 4, &[]), None, "d by position");
    }

    #[test]
    fn arguments_find_their_parameters() {
        use Given::{Argument, Default};
        let [c, d] = [Default(Known(7)), Default(Known(8))];
        let [first, second, third] = [0, 1, 2].map(Argument);
        assert_eq!(bound(2, &[]), Some(vec![first, second, c, d]));
        assert_eq!(bound(3, &[]), Some(vec![first, second, third, d]));
        assert_eq!(bound(2, &["b"]), Some(vec![first, second, c, d]));
        assert_eq!(bound(3, &["d", "b"]), Some(vec![first, third, c, second]));
    }

    #[test]
    fn calls_that_fail_are_not_bound() {
        assert_eq!(bound(1, &[]), None, "b is missing");
        assert_eq!(bound(5, &[]), None, "too many");
        assert_eq!(bound(2, &["c"]), None, "b is missing");
        assert_eq!(bound(3, &["b"]), None, "b twice");
        assert_eq!(bound(3, &["x"]), None, "no x");
        assert_eq!(bound(2, &["a", "b"]), None, "a by position only");
        assert_eq!(bound(1, &["b", "c"]), None, "more names than arguments");
    }

    #[test]
    fn what_no_parameter_takes_is_collected() {
        use Given::{Argument, Default};
        let mut both = callee(2);
        both.stars = Stars {
            tuple: Some(Known(9)),
            dict: true,
        };
        let [c, d] = [Default(Known(7)), Default(Known(8))];
        let [first, second] = [0, 1].map(Argument);
        let none = bound_of(&both, 2, &[]).expect("it is bound");
        assert_eq!(none.given, [first, second, c, d]);
        assert_eq!((none.rest, none.named), (2..2, vec![]));
        let some = bound_of(&both, 7, &["x", "d", "a"]).expect("it is bound");
        assert_eq!(some.given, [first, second, c, Argument(5)]);
        assert_eq!(
            (some.rest, some.named),
            (2..4, vec![0, 2]),
            "`a` by name is another"
        );
        let few = bound_of(&both, 2, &["b"]).expect("it is bound");
        assert_eq!((few.given, few.rest.len()), (vec![first, second, c, d], 0));
    }

    #[test]
    fn what_collects_can_fail_as_well() {
        let mut tuple = callee(0);
        tuple.stars.tuple = Some(Known(9));
        assert_eq!(bound_of(&tuple, 1, &[]), None, "b is missing");
        assert_eq!(bound_of(&tuple, 3, &["x"]), None, "no x");
        assert!(bound_of(&tuple, 9, &[]).is_some());
        let mut dict = callee(0);
        dict.stars.dict = true;
        assert_eq!(bound_of(&dict, 5, &[]), None, "too many");
        assert_eq!(bound_of(&dict, 3, &["b"]), None, "b twice");
        assert_eq!(bound_of(&dict, 2, &["a"]), None, "b is missing");
        assert!(bound_of(&dict, 4, &["x", "y"]).is_some());
    }
}
