//! Calls with `*` and `**`: `f(*args, **kwargs)`.
//!
//! What `*` spreads is a tuple of as many items as were seen, or the function takes it as it is; what `**` spreads is empty.
//! For each number of items there is a way of its own; all that can be guarded is guarded at the beginning of each.
//! Every such call merges its names into a new dict first: the empty one is a virtual object, until somebody wants it.

use fatjit_bytecode::{Op, Version};
use fatjit_ir::{Reason, Type, TypeId};
use fatjit_jit::gbc::{Cmp, GOp, Packed, Point, Reg};

use super::binding::{Given, PACKING, Stars};
use super::fields::FieldName;
use super::functions::{Callee, Guard};
use super::{DICT_TYPE, Kinds, Known, METHOD_TYPE, TEMPS, TUPLE_TYPE, Translator, worth};
use crate::effects::MAKES;
use crate::shapes::Shape;

/// Most numbers of items that are told apart at one place.
const MOST_COUNTS: usize = 3;

/// Where the operands of a call with `*` are.
struct Operands {
    /// The call, below its operands.
    site: Point,
    callee: Reg,
    /// The object that it is, as far as that is known.
    known: Option<Known>,
    null: Reg,
    items: Reg,
    /// What is called is a bound method, and stays while that runs, as do the items.
    bound: bool,
    /// The empty dict, if there is one.
    names: Option<Reg>,
}

impl Translator<'_> {
    /// `BUILD_MAP`: the dict into which a call merges its names.
    pub(super) fn build_map(&mut self) {
        if self.arg() != 0 || !self.merges_nothing(self.index + 2) {
            return self.generic();
        }
        let shape = self.shape(Shape::EmptyDict);
        let (dst, fields) = (self.free(), Vec::new());
        self.push(GOp::Virtual { dst, shape, fields });
    }

    /// Whether an instruction merges what has always been empty into a call's new dict.
    fn merges_nothing(&self, index: usize) -> bool {
        let instrs = self.source.code.instrs();
        let op = |at: usize| instrs.get(at).map(|instr| (instr.op, instr.arg));
        let Some(made) = index.checked_sub(2) else {
            return false;
        };
        let seen = self.source.profile.at(index);
        op(made) == Some((Op::BuildMap, 0))
            && op(index) == Some((Op::DictMerge, 1))
            && op(index + 1) == Some((Op::CallFunctionEx, 1))
            && instrs[index - 1].target.is_none()
            && seen.items == 1
            && seen.top[0].only(Kinds::DICT)
            && !seen.boxed
    }

    /// `DICT_MERGE`
    pub(super) fn dict_merge(&mut self) {
        if !self.merges_nothing(self.index) {
            return self.generic();
        }
        let (names, merged) = (self.top(1), self.top(2));
        let shape = self.shape(Shape::EmptyDict);
        self.push(GOp::GuardVirtual { reg: merged, shape });
        self.guard_size(names, DICT_TYPE, FieldName::DictUsed, 0);
        // Nothing is in it whose release could run code.
        self.push(GOp::Discard { reg: names });
    }

    /// Whether an object, which is guarded to be of a type, has so many items.
    fn has_size(&mut self, reg: Reg, ty: TypeId, size: FieldName, count: i64) -> Reg {
        let (found, wanted) = (self.temp(TEMPS - 1), self.temp(TEMPS - 2));
        self.push(GOp::GuardType { reg, ty });
        self.read_field(found, reg, size);
        self.constant_int(wanted, count);
        self.compare(Cmp::Eq, found, found, wanted);
        found
    }

    fn guard_size(&mut self, reg: Reg, ty: TypeId, size: FieldName, count: i64) {
        let cond = self.has_size(reg, ty, size, count);
        let reason = Reason::TypeChanged;
        self.push(GOp::GuardTrue { cond, reason });
    }

    /// `CALL_FUNCTION_EX`
    pub(super) fn call_spread(&mut self) {
        if !self.spreads() {
            self.generic();
        }
    }

    fn spreads(&mut self) -> bool {
        let with_names = self.arg() & 1 == 1;
        let seen = self.feedback();
        if seen.boxed
            || self.raises_elsewhere()
            || with_names && !self.merges_nothing(self.index - 1)
            || !seen.top[usize::from(with_names)].only(Kinds::TUPLE)
        {
            return false;
        }
        let lower = self.top(3 + u32::from(with_names));
        let (callee, null) = match self.version {
            Version::V312 => (Reg(lower.0 + 1), lower),
            _ => (lower, Reg(lower.0 + 1)),
        };
        let bound = seen.callee.only(Kinds::BOUND);
        let Some(site) = self.call_site(lower, bound) else {
            return false;
        };
        let operands = Operands {
            site,
            callee,
            known: self.known_in(callee).filter(|_| !bound),
            null,
            items: Reg(lower.0 + 2),
            bound,
            names: with_names.then(|| self.top(1)),
        };
        let callee = match operands.known {
            Some(known) => self.source.calls.callee(known),
            None => self.source.calls.seen(self.index),
        };
        let fits = |callee: &Callee| match callee.guard {
            Guard::Object(_) => true,
            Guard::Code(_) => !operands.bound,
            Guard::Itself => false,
        };
        let Some(callee) = callee.filter(fits) else {
            return false;
        };
        if callee.framed && self.is_frameless() {
            self.needs_frame();
            return true;
        }
        match callee.stars == Stars::default() {
            true => self.spread_over_parameters(&callee, &operands),
            false => self.hand_on(&callee, &operands),
        }
    }

    /// Each item is a parameter's.
    fn spread_over_parameters(&mut self, callee: &Callee, operands: &Operands) -> bool {
        let items = self.feedback().items;
        let counts: Vec<u32> = (0..u32::BITS).filter(|n| items & (1 << n) != 0).collect();
        let bound: Option<Vec<Vec<Given>>> = counts
            .iter()
            .map(|count| self.given(callee, *count + u32::from(operands.bound)))
            .collect();
        let (Some(bound), Some(point)) = (bound, self.point(self.index)) else {
            return false;
        };
        if !(1..=MOST_COUNTS).contains(&counts.len()) {
            return false;
        }
        let meet = self.new_block(false);
        let known = self.known.clone();
        for (at, (count, given)) in counts.iter().zip(&bound).enumerate() {
            let (items, count) = (operands.items, i64::from(*count));
            let last = at + 1 == counts.len();
            self.known.clone_from(&known);
            self.push(GOp::At(point));
            let cond = self.has_size(items, TUPLE_TYPE, FieldName::TupleSize, count);
            let otherwise = match last {
                false => Some(self.part(cond)),
                true => {
                    let reason = Reason::TypeChanged;
                    self.push(GOp::GuardTrue { cond, reason });
                    None
                }
            };
            self.push(GOp::At(point));
            self.call_with_items(callee, operands, given);
            self.push(GOp::Jump(meet));
            if let Some(otherwise) = otherwise {
                self.at = otherwise;
            }
        }
        self.at = meet;
        true
    }

    /// What each parameter is given of so many items; nothing if the call fails, or is more than can be done here.
    fn given(&self, callee: &Callee, count: u32) -> Option<Vec<Given>> {
        let given = callee.bind(count, &[])?.given;
        let cells = match callee.guard {
            Guard::Code(closure) => closure.cells,
            _ => 0,
        };
        let types = &callee.signature.params;
        let fits = given.iter().zip(types).all(|(given, ty)| match given {
            Given::Default(known) => self.fits((*known, *ty)),
            Given::Argument(_) => true,
        });
        let params = given.len() + callee.guard.hidden(0);
        // The items, and the closure's cells, are in temporaries together.
        let room = given.len() + cells as usize + PACKING as usize <= TEMPS as usize;
        (fits && room && params == types.len()).then_some(given)
    }

    fn call_with_items(&mut self, callee: &Callee, operands: &Operands, given: &[Given]) {
        let behind = self.guard_spread(callee, operands, given.len() as u32);
        let (index, field) = (self.temp(TEMPS - 1), self.field_of(FieldName::TupleItem));
        let mut args = Vec::new();
        for ((at, given), ty) in (0..).zip(given).zip(&callee.signature.params) {
            let dst = self.temp(at);
            match given {
                Given::Argument(0) if operands.bound => {
                    self.read_field(dst, operands.callee, FieldName::MethodSelf);
                }
                Given::Argument(number) => {
                    let number = number - u32::from(operands.bound);
                    self.constant_int(index, i64::from(number));
                    self.push(GOp::Read {
                        dst,
                        from: operands.items,
                        index: Some(index),
                        field,
                    });
                }
                Given::Default(known) => self.default_value(dst, (*known, *ty)),
            }
            args.push(dst);
        }
        args.extend(behind);
        self.call_with(callee, operands, args, Vec::new());
    }

    /// What is spread is what the function collects, in a tuple of its own.
    fn hand_on(&mut self, callee: &Callee, operands: &Operands) -> bool {
        let nothing = self.feedback().items == 1;
        let bound = usize::from(operands.bound);
        if callee.parameters.len() != bound
            || callee.keyword_only > 0
            || callee.stars.tuple.is_none() && !nothing
        {
            return false;
        }
        let params = bound + callee.stars.count() + callee.guard.hidden(0);
        if !callee.framed || params != callee.signature.params.len() {
            return false;
        }
        let behind = self.guard_spread(callee, operands, 1);
        let mut args = Vec::new();
        let mut packed = Vec::new();
        if operands.bound {
            let this = self.temp(0);
            self.read_field(this, operands.callee, FieldName::MethodSelf);
            args.push(this);
        }
        match callee.stars.tuple {
            Some(_) => {
                let reg = operands.items;
                self.push(GOp::GuardType {
                    reg,
                    ty: TUPLE_TYPE,
                });
                // What a method is called with stays beside what that collects, which goes where a null was.
                let (name, param, to) = match operands.bound {
                    true => ("tuple_copy", Type::Ref, operands.null),
                    false => ("tuple_anew", Type::Own, reg),
                };
                packed.push(Packed {
                    argument: args.len(),
                    helper: self.helper(name, &[param], Some(Type::Own), MAKES),
                    of: vec![reg],
                });
                args.push(to);
            }
            None => self.guard_size(operands.items, TUPLE_TYPE, FieldName::TupleSize, 0),
        }
        if callee.stars.dict {
            packed.push(self.no_names(args.len()));
            args.push(self.temp(TEMPS - 1));
        }
        args.extend(behind);
        self.call_with(callee, operands, args, packed);
        true
    }

    /// Guards what is called. Gives what it is given behind its arguments; temporaries from `first` on are used.
    fn guard_spread(&mut self, callee: &Callee, operands: &Operands, first: u32) -> Vec<Reg> {
        let known = match callee.guard {
            Guard::Object(known) => Some(known),
            _ => operands.known,
        };
        if let Some(known) = known {
            let object = self.object(self.named(known));
            let mut reg = operands.callee;
            if operands.bound {
                self.push(GOp::GuardType {
                    reg,
                    ty: METHOD_TYPE,
                });
                reg = self.temp(TEMPS - 1);
                self.read_field(reg, operands.callee, FieldName::MethodFunction);
            }
            self.push(GOp::GuardObject { reg, object });
        }
        self.push(GOp::GuardNull { reg: operands.null });
        if let Some(reg) = operands.names {
            let shape = self.shape(Shape::EmptyDict);
            self.push(GOp::GuardVirtual { reg, shape });
        }
        match callee.guard {
            Guard::Code(closure) => {
                let mut behind = self.guard_closure(operands.callee, &closure, first);
                behind.push(operands.callee);
                behind
            }
            _ => Vec::new(),
        }
    }

    fn call_with(
        &mut self,
        callee: &Callee,
        operands: &Operands,
        args: Vec<Reg>,
        packed: Vec<Packed>,
    ) {
        let site = operands.site;
        let native = self.native(callee);
        self.worth.call();
        if callee.signature.result != Type::Own {
            self.worth.add(worth::NUMBER);
        }
        if callee.framed {
            return self.call_framed((native, args, packed), site, None, operands.bound);
        }
        self.push(GOp::CallNative {
            native,
            args,
            site,
            instance: None,
            operator: operands.bound,
        });
        let behind = self.behind(i64::from(site.depth) + 1 - i64::from(self.here()));
        self.push(GOp::AfterOwed(behind));
    }
}
