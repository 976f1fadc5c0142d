//! The compiled functions that a unit knows, by `NativeId`: those that its region calls, and behind them those that
//! are known to the code of each of these whose body may stand where it is called.
//!
//! Invariant: the order is that of `fatjit_ir::passes::adopt_names`, and so is that of [`Called::objects`]. What is
//! known here is held.

use std::cell::RefCell;
use std::rc::Rc;

use fatjit_guards::PositionFacts;
use fatjit_ir::{Native, NativeId, Signature, Slot};
use fatjit_jit::region::Body;
use pyo3_ffi as py;
use pyo3_ffi::PyObject;

use super::Tier;
use super::function::CompiledFunction;
use super::watched::Watched;
use crate::assume::Finder;
use crate::nested::Guests;
use crate::shim;
use crate::translate::{Callee, Calls, Closure, Guard, Kinds, Known, Named, Stars, Translated};

/// The compiled functions that a unit knows; none stands for its own.
#[derive(Default)]
pub(super) struct Called {
    all: Vec<Option<Rc<CompiledFunction>>>,
    /// How many of them the region itself calls.
    own: usize,
}

impl Called {
    /// Of a region that calls these.
    pub(super) fn new(mut all: Vec<Option<Rc<CompiledFunction>>>) -> Called {
        let own = all.len();
        for at in 0..own {
            let Some(callee) = all[at]
                .clone()
                .filter(|callee| callee.compiled.body.is_some())
            else {
                continue;
            };
            for inner in &callee.called.all {
                all.push(Some(Rc::clone(inner.as_ref().unwrap_or(&callee))));
            }
        }
        Called { all, own }
    }

    /// Whether there is a newer version of one of them.
    pub(super) fn is_outdated(&self) -> bool {
        self.others().any(|callee| {
            let newest = callee.watched().function.compiled();
            newest.is_some_and(|newest| !Rc::ptr_eq(&newest, callee))
        })
    }

    /// The function with this number; none if it is not known, or is the unit's own.
    pub(super) fn get(&self, native: NativeId) -> Option<&Rc<CompiledFunction>> {
        self.all.get(native.index())?.as_ref()
    }

    /// All but the unit's own.
    pub(super) fn others(&self) -> impl Iterator<Item = &Rc<CompiledFunction>> {
        self.all.iter().flatten()
    }

    /// What may stand where the region calls its functions.
    pub(super) fn bodies(&self) -> Vec<Option<&Body>> {
        let own = self.all[..self.own].iter();
        own.map(|callee| callee.as_ref()?.compiled.body.as_ref())
            .collect()
    }

    /// The objects that these bodies name.
    pub(super) fn objects(&self) -> impl Iterator<Item = *mut PyObject> {
        let own = self.all[..self.own].iter().flatten();
        let inlined = own.filter(|callee| callee.compiled.body.is_some());
        inlined.flat_map(|callee| callee.objects.iter().copied())
    }
}

/// The function that is being compiled.
pub(super) struct Own<'a> {
    pub function: *mut PyObject,
    pub watched: &'a Watched,
    /// What it takes and gives.
    pub signature: &'a Signature,
    pub framed: bool,
}

/// The functions that a region calls natively.
pub(super) struct Natives<'a> {
    pub tier: &'a Tier,
    /// The code that the region is of.
    watched: &'a Watched,
    finder: &'a Finder,
    /// The dict that native code writes to without telling, and the names it may write there.
    stores: Option<(usize, Vec<usize>)>,
    own: Option<Own<'a>>,
    callees: RefCell<Vec<Rc<CompiledFunction>>>,
    /// The code of all functions that it calls, also of those of which there is no native code.
    asked: RefCell<Vec<*mut PyObject>>,
}

impl<'a> Natives<'a> {
    pub(super) fn new(
        tier: &'a Tier,
        (watched, finder): (&'a Watched, &'a Finder),
        stores: Option<(usize, Vec<usize>)>,
        own: Option<Own<'a>>,
    ) -> Natives<'a> {
        Natives {
            stores,
            tier,
            watched,
            finder,
            own,
            callees: RefCell::default(),
            asked: RefCell::default(),
        }
    }

    /// The code of the functions that the region calls as far as they may have other native code in time.
    pub(super) fn asked(&self) -> Vec<*mut PyObject> {
        self.asked.take()
    }

    /// The functions that a region knows, in its own order; none for its own.
    pub(super) fn of(&self, translated: &Translated) -> Vec<Option<Rc<CompiledFunction>>> {
        let callees = self.callees.borrow();
        let callee = |native: &Native| match translated.objects.get(native.entry?.index())? {
            Named::Entry(number) => callees.get(*number as usize).cloned(),
            _ => None,
        };
        translated.region.natives.iter().map(callee).collect()
    }

    /// The defaults of a function that is relied on, by parameter.
    fn defaults(&self, known: Known, watched: &Watched) -> Vec<Option<Known>> {
        let function = self.finder.object(known);
        let by_position = watched.parameters - watched.keyword_only;
        // SAFETY: the function is alive, and keeps its defaults, which are a tuple or null.
        let defaults = unsafe { shim::fatjit_function_defaults(function) };
        let count = match defaults.is_null() {
            true => 0,
            // SAFETY: as above.
            false => unsafe { py::PyTuple_Size(defaults) as u32 },
        };
        let of = |number: u32| match number.checked_sub(by_position) {
            Some(_) => self.finder.keyword_default(known, number),
            None => {
                let at = (number + count).checked_sub(by_position)?;
                // SAFETY: as above; it has so many.
                Some(
                    self.finder
                        .given(unsafe { py::PyTuple_GetItem(defaults, at as isize) }),
                )
            }
        };
        (0..watched.parameters).map(of).collect()
    }

    /// What translation has to know of a function that is relied on.
    fn described(
        &self,
        watched: &Watched,
        signature: &Signature,
        number: Option<u32>,
        guard: Guard,
    ) -> Callee {
        let locals = watched.code.source().locals.iter();
        let parameters = locals.take(watched.parameters as usize);
        let defaults = match guard {
            Guard::Object(known) => self.defaults(known, watched),
            // Each function with this code has its own.
            Guard::Code(_) | Guard::Itself => vec![None; watched.parameters as usize],
        };
        Callee {
            name: watched.name.clone(),
            signature: signature.clone(),
            number,
            parameters: parameters.map(|local| local.name.clone()).collect(),
            positional_only: watched.positional_only as usize,
            keyword_only: watched.keyword_only as usize,
            stars: Stars {
                // SAFETY: the GIL is held; there is one empty tuple, which is there for ever.
                tuple: (watched.star_tuple)
                    .then(|| self.finder.given(unsafe { py::PyTuple_New(0) })),
                dict: watched.star_dict,
            },
            defaults,
            only_reads: false,
            framed: false,
            returns_none: watched.returns_none(),
            guard,
        }
    }

    /// The word that holds the address of a function's code, which its version keeps.
    pub(super) fn entry(&self, number: u32) -> *mut PyObject {
        let callees = self.callees.borrow();
        let callee = callees.get(number as usize);
        callee.map_or(std::ptr::null_mut(), |callee| callee.entry.as_ptr().cast())
    }
}

impl Natives<'_> {
    /// The version that native code may call for functions with this code.
    fn version(&self, code: *mut PyObject) -> Option<Rc<CompiledFunction>> {
        let watched = self.tier.watched(code).filter(|watched| watched.plain)?;
        self.asked.borrow_mut().push(code);
        let version = watched.function.compiled()?;
        // What it takes for constant would change under it.
        let stores = self.stores.as_ref();
        let changes = stores.is_some_and(|(dict, names)| version.assumed.bind(*dict, names));
        (version.assumed.stand() && !changes).then_some(version)
    }

    /// What a call of this code was seen to call.
    fn seen_by(&self, watched: &Watched, index: usize) -> Option<Callee> {
        let (code, function) = watched.sites.borrow().at(index)?;
        let version = self.version(code)?;
        // A function that its version names is alive: that is one of the version's facts.
        let same = Some(version.function as usize) == function;
        (version.function.is_null() || same).then(|| self.calls(version))?
    }

    /// From now on the region calls this version.
    fn calls(&self, version: Rc<CompiledFunction>) -> Option<Callee> {
        let guard = match version.function.is_null() {
            true => {
                let given = |dict| self.finder.given(dict);
                let name = version.watched().name.as_str();
                Guard::Code(Closure {
                    code: self.finder.rely_on_code(version.code, name)?,
                    namespace: version.assumed.namespace().map(|dicts| dicts.map(given)),
                    cells: version.watched().free_variables,
                })
            }
            false => {
                let known = self.finder.given(version.function);
                if !self.finder.rely_on_function(known) {
                    return None;
                }
                Guard::Object(known)
            }
        };
        if !version.record.framed {
            // One that has a frame asks for itself when it begins.
            self.finder.rely_on(&version.assumed);
        }
        let mut callees = self.callees.borrow_mut();
        let at = callees.iter().position(|other| Rc::ptr_eq(other, &version));
        let number = at.unwrap_or(callees.len()) as u32;
        let (watched, signature) = (version.watched(), &version.signature);
        let callee = Callee {
            only_reads: version.compiled.only_reads,
            framed: version.record.framed,
            ..self.described(watched, signature, Some(number), guard)
        };
        if at.is_none() {
            callees.push(version);
        }
        Some(callee)
    }
}

/// What the code of a guest calls.
pub(super) struct OfGuest<'a> {
    pub natives: &'a Natives<'a>,
    pub watched: &'a Watched,
}

impl Calls for OfGuest<'_> {
    fn callee(&self, known: Known) -> Option<Callee> {
        self.natives.callee(known)
    }

    fn seen(&self, index: usize) -> Option<Callee> {
        self.natives.seen_by(self.watched, index)
    }

    fn widen(&self, callee: &Callee, parameter: usize, kinds: Kinds) {
        self.natives.widen(callee, parameter, kinds);
    }

    fn itself(&self) -> Option<Known> {
        None
    }
}

impl Calls for Natives<'_> {
    fn callee(&self, known: Known) -> Option<Callee> {
        let function = self.finder.object(known);
        if let Some(own) = &self.own
            && own.function == function
        {
            let guard = match own.watched.free_variables {
                0 => Guard::Object(known),
                _ => Guard::Itself,
            };
            let callee = self.described(own.watched, own.signature, None, guard);
            return Some(Callee {
                framed: own.framed,
                ..callee
            });
        }
        // SAFETY: the object is alive.
        let code = unsafe { shim::fatjit_called_code(function) };
        if code.is_null() {
            return None;
        }
        let version = self.version(code)?;
        version.is_of(function).then(|| self.calls(version))?
    }

    fn seen(&self, index: usize) -> Option<Callee> {
        self.seen_by(self.watched, index)
    }

    fn widen(&self, callee: &Callee, parameter: usize, kinds: Kinds) {
        let callees = self.callees.borrow();
        let version = callee.number.and_then(|n| callees.get(n as usize)).cloned();
        drop(callees);
        if let Some(version) = version {
            self.tier.widen(&version, parameter, kinds);
        }
    }

    fn itself(&self) -> Option<Known> {
        let own = self.own.as_ref()?;
        (own.watched.free_variables > 0).then(|| self.finder.given(own.function))
    }
}

/// What the exit checker asks of a region's code, and of the functions that may have become part of it.
pub(super) struct CodeFacts<'a> {
    pub watched: &'a Watched,
    pub called: &'a Called,
    pub guests: &'a Guests,
}

impl PositionFacts for CodeFacts<'_> {
    fn is_instruction_start(&self, position: u32) -> bool {
        self.watched.is_instruction_start(self.guests.own(position))
    }

    fn depth_at(&self, position: u32) -> Option<u32> {
        self.watched.depth_at(self.guests.own(position))
    }

    fn depth_when_handled(&self, position: u32) -> u32 {
        self.watched.depth_when_handled(self.guests.own(position))
    }

    fn may_be_null(&self, position: u32, slot: Slot) -> bool {
        self.watched.may_be_null(self.guests.own(position), slot)
    }

    fn is_of_guest(&self, slot: Slot) -> bool {
        self.guests.of(slot.0).is_some()
    }

    fn of(&self, native: NativeId) -> Option<&dyn PositionFacts> {
        Some(self.called.get(native)?.watched())
    }
}
