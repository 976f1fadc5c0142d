//! Whole functions, and calls of functions that have native code.
//!
//! The region of a function is all of it that was seen to run. If nothing in that needs a frame, it has none while it
//! runs; else it has one, and what calls it may run any code.

use std::collections::HashSet;

use fatjit_bytecode::{Op, Version};
use fatjit_ir::{FrameOf, Native, NativeId, ObjectId, Reason, Signature, Type};
use fatjit_jit::gbc::{Entry, GOp, Instance, OwnFrame, Packed, Point, Reg};

use super::binding::{Given, PACKING, Stars};
use super::fields::FieldName;

use super::{
    Const, Kinds, Known, METHOD_TYPE, Named, Scope, Source, Translated, Translator, Untranslated,
    worth,
};
use super::{MAX_INSTRS, NOT_WORTHWHILE, TEMPS};
use crate::context::Word;
use crate::effects::{MAKES, MAY_CHANGE};
use crate::helpers;

/// A function that has native code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callee {
    /// Its name, for people.
    pub name: String,
    /// What it takes, by position, and what it gives.
    pub signature: Signature,
    /// Its number among those the region calls; none if it is the region's own function.
    pub number: Option<u32>,
    /// The names of its parameters.
    pub parameters: Vec<String>,
    /// How many of them, the first, are given by position only.
    pub positional_only: usize,
    /// How many of them, the last, are given by name only.
    pub keyword_only: usize,
    /// What it collects besides, of which its native code is given an object each, behind them.
    pub stars: Stars,
    /// The default of each of them.
    pub defaults: Vec<Option<Known>>,
    /// Whether it is known to write to no object.
    pub only_reads: bool,
    /// Whether it has a frame while it runs, and may run any code.
    pub framed: bool,
    /// Whether all that it was seen to return is the constant `None`. What it was not seen to do leaves it.
    pub returns_none: bool,
    /// How what is called is told to be it.
    pub guard: Guard,
}

/// How what is called is told to be a certain function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// It is this object.
    Object(Known),
    /// It is a function with this code. Behind its arguments such a function is given its cells, and its object.
    Code(Closure),
    /// It is the function that calls, which has free variables.
    Itself,
}

/// A function with free variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closure {
    /// Its code object.
    pub code: Known,
    /// Its globals and builtins, if its native code assumes something of them.
    pub namespace: Option<[Known; 2]>,
    /// Number of its free variables.
    pub cells: u32,
}

impl Guard {
    /// How many arguments it is given that no call passes.
    pub(super) fn hidden(self, free_variables: u32) -> usize {
        match self {
            Guard::Object(_) => 0,
            Guard::Code(closure) => closure.cells as usize + 1,
            Guard::Itself => free_variables as usize + 1,
        }
    }
}

/// The kind of values that a parameter of this type takes, if it is not an object.
fn taken(ty: Type) -> Option<Kinds> {
    match ty {
        Type::I64 => Some(Kinds::INT),
        Type::F64 => Some(Kinds::FLOAT),
        Type::Bool => Some(Kinds::BOOL),
        _ => None,
    }
}

/// Which functions have native code.
pub trait Calls {
    /// The function that this object is, if it can be called natively, which is then relied on.
    fn callee(&self, known: Known) -> Option<Callee>;

    /// The same of what the instruction with this index was seen to call, if that was always one function.
    fn seen(&self, index: usize) -> Option<Callee>;

    /// A parameter of a function that has native code is given more kinds of values than that takes: in time it takes them.
    fn widen(&self, callee: &Callee, parameter: usize, kinds: Kinds);

    /// The function that is translated, if it has free variables.
    fn itself(&self) -> Option<Known>;
}

/// Translates the function that the code is of, which takes and gives this. With `frame_of` it has a frame while it runs:
/// that of this function, or of the one that is its last argument.
///
/// # Errors
/// The reason why it is not compiled.
pub fn translate_function(
    source: &Source<'_>,
    signature: &Signature,
    frame_of: Option<Option<Known>>,
) -> Result<Translated, Untranslated> {
    let mut unfit = HashSet::new();
    let mut translator = loop {
        let mut translator = function_translator(source, signature, frame_of)?;
        translator.unfit.clone_from(&unfit);
        translator.run_function();
        if translator.found_unfit.is_empty() {
            break translator;
        }
        unfit.extend(translator.found_unfit);
    };
    if translator.needs_frame {
        return Err(translator.refused(Reason::NeedsFrame));
    }
    if !translator.returns() {
        return Err(translator.refused(Reason::AlwaysLeaves));
    }
    let framed = frame_of.is_some();
    if framed && !source.force && !translator.worth.pays_for_callers() {
        return Err(Untranslated {
            reason: NOT_WORTHWHILE,
            at: translator.worth.slow(),
        });
    }
    let pays = match framed {
        true => translator.worth.pays_for_frame(),
        false => translator.worth.pays_for_entry(),
    };
    Ok(Translated {
        slow: translator.worth.slow(),
        guests: translator.finish_guests(),
        region: translator.region,
        objects: translator.objects,
        headers: Vec::new(),
        iterators: Vec::new(),
        resumed: Vec::new(),
        gain: translator.worth.of_a_round(),
        entered: source.force || pays,
        names: Vec::new(),
        stored: Vec::new(),
    })
}

fn function_translator<'a>(
    source: &'a Source<'a>,
    signature: &Signature,
    frame_of: Option<Option<Known>>,
) -> Result<Translator<'a>, Untranslated> {
    let mut translator = Translator::new(source, Scope::Function);
    if translator.size() > MAX_INSTRS {
        return Err(Reason::RegionTooLarge.into());
    }
    translator.region.function = Some(signature.clone());
    translator.region.identity = Some(translator.object(Named::Itself));
    let free_variables = translator.free_variables();
    translator.region.captured = (free_variables > 0).then_some(free_variables);
    if let Some(function) = frame_of {
        let of = match function {
            Some(function) => FrameOf::Object(translator.object(Named::Known(function))),
            None => FrameOf::LastArgument,
        };
        let end = translator.region.helper(helpers::frame_end());
        translator.region.frame = Some(OwnFrame {
            of,
            end,
            word: Word::Thread as u32,
        });
    }
    Ok(translator)
}

impl Translator<'_> {
    pub(super) fn is_function(&self) -> bool {
        self.scope == Scope::Function
    }

    /// Whether it is a function that has no frame while it runs.
    /// The same of a guest, in which nothing may run other code either.
    pub(super) fn is_frameless(&self) -> bool {
        self.region.is_frameless() || self.is_guest()
    }

    fn run_function(&mut self) {
        let all = 0..self.source.cfg.blocks().len();
        // What comes first is not told of.
        let first = self.source.cfg.block_of(0);
        let ran = |b: &usize| self.reachable(*b) && (Some(*b) == first || self.ran(*b));
        let blocks: Vec<usize> = all.filter(ran).collect();
        self.blocks(&blocks);
        let label = first.and_then(|block| self.label_of(block));
        if !self.guests.are_none() {
            self.translate_pending();
        }
        if let (Some(block), Some(point)) = (label, self.point(0)) {
            self.region.entries.push(Entry {
                block,
                point,
                seen: None,
            });
        }
    }

    pub(super) fn reachable(&self, block: usize) -> bool {
        let start = self.source.cfg.blocks()[block].start;
        self.source.depths.before(start).is_some()
    }

    /// Whether it returns somewhere.
    fn returns(&self) -> bool {
        let ends = self.region.blocks.iter().filter_map(|b| b.ops.last());
        self.region.entries.len() == 1
            && ends.into_iter().any(|op| matches!(op, GOp::Return { .. }))
    }

    /// What is seen to run here needs a frame, which the function does not have.
    pub(super) fn needs_frame(&mut self) {
        if self.is_guest() {
            return self.guest_is_unfit();
        }
        self.needs_frame = true;
        self.leave(Reason::LeftToInterpreter);
    }

    pub(super) fn return_value(&mut self) {
        if self.is_guest() {
            return self.return_from_guest();
        }
        if !self.is_function() {
            return self.leave(Reason::Finished);
        }
        let instr = self.source.code.instrs()[self.index];
        let reg = match instr.op {
            Op::ReturnConst => {
                let constant = self.source.consts.get(instr.arg as usize).copied();
                let dst = self.temp(0);
                let constant = constant.unwrap_or(Const::Other);
                self.constant(dst, constant, self.constant_named(instr.arg));
                dst
            }
            _ => self.top(1),
        };
        self.push(GOp::Return { reg });
    }

    /// A call of a function that has native code.
    pub(super) fn call_compiled(&mut self) -> bool {
        let count = self.arg();
        if self.feedback().boxed || self.raises_elsewhere() {
            return false;
        }
        let Some(keywords) = self.call_keywords() else {
            return false;
        };
        let above = u32::from(keywords.on_stack);
        let slots = self.call_slots(count + above);
        // A method is below the instance that it is given.
        let is_method = self.methods.contains(&slots.lower);
        let callee_at = match is_method {
            true => slots.lower,
            false => slots.callee,
        };
        let known = self.known_in(callee_at);
        // A method that is an object of its own stays until it has run, as do its arguments.
        let bound_to = !is_method && known.is_none() && self.feedback().callee.only(Kinds::BOUND);
        let Some(mut site) = self.call_site(slots.lower, bound_to) else {
            return false;
        };
        let initializer = known
            .filter(|_| !is_method)
            .and_then(|class| self.source.facts.initializer(class));
        let made = known.filter(|_| initializer.is_some());
        let makes = made.is_some();
        if makes {
            // The new instance takes the place of the class, or of the null below it.
            let Some(above) = self.call_site(slots.upper, false) else {
                return false;
            };
            site = above;
        }
        let by_class = match known {
            None if !bound_to => self.called_instance(),
            _ => None,
        };
        let callee = match (&by_class, initializer.or(known)) {
            (Some((callee, _)), _) => Some(callee.clone()),
            (None, Some(known)) => self.source.calls.callee(known),
            (None, None) => self.source.calls.seen(self.index),
        };
        let Some(callee) = callee else {
            return false;
        };
        let of_instance = by_class.is_some();
        let plain = matches!(callee.guard, Guard::Object(_)) && callee.stars == Stars::default();
        if bound_to && (!plain || keywords.on_stack) {
            return false;
        }
        if makes && (!callee.returns_none || callee.guard == Guard::Itself) {
            return false;
        }
        if callee.framed && self.is_frameless() {
            self.needs_frame();
            return true;
        }
        let bound = callee.bind(
            count + u32::from(is_method || makes || of_instance || bound_to),
            &keywords.names,
        );
        let Some(bound) = bound.filter(|bound| bound.can_be_packed(&keywords)) else {
            return false;
        };
        let given = &bound.given;
        let defaults: Vec<(Known, Type)> = given
            .iter()
            .zip(&callee.signature.params)
            .filter_map(|(given, ty)| match given {
                Given::Default(known) => Some((*known, *ty)),
                Given::Argument(_) => None,
            })
            .collect();
        let hidden = callee.guard.hidden(self.free_variables());
        let room = match callee.guard {
            // The initializer is in a temporary, too.
            Guard::Code(closure) => {
                Self::closure_fits(&closure, defaults.len() + usize::from(makes))
            }
            _ => defaults.len() + usize::from(bound_to) + PACKING as usize <= TEMPS as usize,
        };
        let params = given.len() + callee.stars.count() + hidden;
        let typed = params == callee.signature.params.len()
            && (callee.framed || callee.stars == Stars::default());
        if !room || !typed || !defaults.iter().all(|d| self.fits(*d)) {
            return false;
        }
        let this = self.temp((defaults.len() as u32).min(TEMPS - 1));
        let at = |number: u32| match (is_method, makes) {
            _ if bound_to && number == 0 => this,
            _ if bound_to => Reg(slots.upper.0 + number),
            _ if of_instance && number == 0 => slots.callee,
            _ if of_instance => Reg(slots.upper.0 + number),
            (true, _) => Reg(slots.upper.0 + number),
            (_, true) => Reg(slots.lower.0 + number + u32::from(number > 0)),
            _ => Reg(slots.upper.0 + 1 + number),
        };
        if self.gives_more(&callee, given, &at) {
            return false;
        }
        self.with_keywords();
        let native = self.native(&callee);
        self.worth.call();
        if callee.signature.result != Type::Own {
            self.worth.add(worth::NUMBER);
        }
        let mut behind = Vec::new();
        match callee.guard {
            Guard::Object(_) if let Some((_, classes)) = &by_class => {
                self.guard_classes(callee_at, classes);
            }
            Guard::Object(known) if bound_to => self.guard_bound_to(callee_at, known, this),
            Guard::Object(known) => {
                // That it is its initializer is a fact about a class.
                let object = self.object(self.named(made.unwrap_or(known)));
                self.push(GOp::GuardObject {
                    reg: callee_at,
                    object,
                });
            }
            Guard::Code(closure) => {
                if let Some(known) = known {
                    let object = self.object(self.named(known));
                    self.push(GOp::GuardObject {
                        reg: callee_at,
                        object,
                    });
                }
                let first = defaults.len() as u32;
                let mut function = callee_at;
                if let (Some(initializer), true) = (initializer, makes) {
                    function = self.temp(first + closure.cells);
                    self.constant(function, Const::Other, self.named(initializer));
                }
                behind = self.guard_closure(function, &closure, first);
                behind.push(function);
            }
            Guard::Itself => {
                // A name may mean one function, and another one with the same code run.
                let (own, cond) = (self.temp(TEMPS - 1), self.temp(TEMPS - 2));
                self.push(GOp::Itself { dst: own });
                self.push(GOp::Same {
                    dst: cond,
                    a: callee_at,
                    b: own,
                });
                self.push(GOp::GuardTrue {
                    cond,
                    reason: Reason::TypeChanged,
                });
                behind.extend((self.locals - self.free_variables()..self.locals).map(Reg));
                behind.push(callee_at);
            }
        }
        match is_method {
            true => {
                let cond = self.temp(TEMPS - 1);
                self.guard_present(slots.upper, cond, Reason::TypeChanged);
            }
            false => self.push(GOp::GuardNull { reg: slots.null }),
        }
        if let (true, Some(constant)) = (keywords.on_stack, keywords.constant) {
            let object = self.object(self.constant_named(constant));
            let reg = self.top(1);
            self.push(GOp::GuardObject { reg, object });
        }
        for (n, default) in (0..).zip(&defaults) {
            self.default_value(self.temp(n), *default);
        }
        let mut temps = 0..;
        let args = given.iter().map(|given| match given {
            Given::Argument(number) => at(*number),
            Given::Default(_) => self.temp(temps.next().unwrap_or(0)),
        });
        let mut args: Vec<Reg> = args.collect();
        let packed = self.packed((callee.stars, &bound, &keywords), &at, &mut args);
        args.extend(behind);
        let instance = made.map(|class| self.new_instance(class));
        if callee.framed {
            self.call_framed((native, args, packed), site, instance, bound_to);
            return true;
        }
        self.push(GOp::CallNative {
            native,
            args,
            site,
            instance,
            operator: bound_to,
        });
        if makes {
            self.push(GOp::Discard { reg: slots.upper });
        }
        let behind = self.behind(i64::from(slots.lower.0) + 1 - i64::from(self.here()));
        self.push(GOp::AfterOwed(behind));
        true
    }

    /// Guards that an object is a method that binds this function; what it is bound to, in a temporary.
    fn guard_bound_to(&mut self, method: Reg, function: Known, this: Reg) {
        let bound = self.temp(TEMPS - 1);
        self.push(GOp::GuardType {
            reg: method,
            ty: METHOD_TYPE,
        });
        self.read_field(bound, method, FieldName::MethodFunction);
        let object = self.object(self.named(function));
        self.push(GOp::GuardObject { reg: bound, object });
        self.read_field(this, method, FieldName::MethodSelf);
    }

    /// Whether an instruction's operands, in the order in which a function takes them, are more than its native code does.
    pub(super) fn gives_operands(&self, callee: &Callee, args: &[Reg]) -> bool {
        let given: Vec<Given> = (0..args.len() as u32).map(Given::Argument).collect();
        self.gives_more(callee, &given, &|number| args[number as usize])
    }

    /// Whether the call was seen to be given arguments of kinds that the native code does not take; it is told so.
    fn gives_more(&self, callee: &Callee, given: &[Given], at: &dyn Fn(u32) -> Reg) -> bool {
        let seen = self.feedback().top;
        let mut more = false;
        for (parameter, given) in given.iter().enumerate() {
            let Given::Argument(number) = given else {
                continue;
            };
            let above = self.here().checked_sub(at(*number).0 + 1);
            let kinds = above.and_then(|above| seen.get(above as usize));
            let ty = callee.signature.params[parameter];
            let Some(kinds) = kinds.copied().filter(|_| callee.number.is_some()) else {
                continue;
            };
            if kinds != Kinds::default() && taken(ty).is_some_and(|kind| !kinds.only(kind)) {
                self.source.calls.widen(callee, parameter, kinds);
                more = true;
            }
        }
        more
    }

    /// The same of a function that has a frame.
    pub(super) fn call_framed(
        &mut self,
        (native, args, packed): (NativeId, Vec<Reg>, Vec<Packed>),
        site: Point,
        instance: Option<Instance>,
        operator: bool,
    ) {
        let under = site.depth;
        let instr = self.source.code.instrs()[self.index];
        // Before 3.13 the frame is at the last cache of a call while a function of Python runs.
        let shown = match self.version {
            Version::V312 => instr.next - 1,
            _ => site.position,
        };
        self.push(GOp::CallFramed {
            native,
            args,
            under,
            shown,
            instance,
            operator,
            packed,
        });
        let result = Reg(under);
        let mut depth = under + 1;
        if instance.is_some() {
            // What initialises an instance must have returned nothing, however it came to its end.
            let params = [Type::Own];
            let helper = self.helper("initialized", &params, None, MAY_CHANGE);
            self.push(GOp::Call {
                dst: None,
                helper,
                args: vec![result],
            });
            depth = under;
        }
        let behind = self.behind(i64::from(depth) - i64::from(self.here()));
        self.push(GOp::After(behind));
    }

    /// How a new instance of a class comes into the lower slot of a call.
    fn new_instance(&mut self, class: Known) -> Instance {
        let sinks = self.source.facts.sinks(class);
        let class = self.object(self.named(class));
        let make = self.helper("instance_new", &[Type::Ref], Some(Type::Own), MAKES);
        self.worth.add(worth::INSTANCE);
        if sinks {
            self.sinking();
        }
        Instance { make, class, sinks }
    }

    pub(super) fn native(&mut self, callee: &Callee) -> NativeId {
        let entry: Option<ObjectId> = callee.number.map(|n| self.object(Named::Entry(n)));
        let natives = &mut self.region.natives;
        let known = natives.iter().position(|native| native.entry == entry);
        let at = known.unwrap_or_else(|| {
            natives.push(Native {
                name: callee.name.clone(),
                signature: callee.signature.clone(),
                entry,
                only_reads: callee.only_reads,
            });
            natives.len() - 1
        });
        NativeId(at as u32)
    }
}
