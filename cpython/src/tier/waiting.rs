//! Who waits for native code of a function: code that calls it, which was compiled while there was none, or with another
//! version of it.
//!
//! Invariant: code is named by its address, and forgotten when it goes (`Watched`'s end tells). Each time code is
//! translated it is noted anew whom it calls; how often it is translated again for that has a limit.

use std::cell::RefCell;
use std::collections::HashMap;

use fatjit_jit::activation::Record;
use pyo3_ffi::PyObject;

use super::Tier;
use super::call_frames::version;
use super::function::{CompiledFunction, FunctionPhase, Unit};
use super::watched::{Phase, Watched};
use crate::assume::ByAddress;
use crate::translate::{Kinds, NOT_WORTHWHILE, TOO_SMALL};

/// How often something of a code object is compiled again because of what it calls.
const MOST_AGAIN: u32 = 8;

/// A loop of a code object, by its header, or its function.
type Caller = (usize, Option<u32>);

/// The callers, by the code of what they call.
#[derive(Default)]
pub(super) struct Waiting {
    callers: RefCell<HashMap<usize, Vec<Caller>, ByAddress>>,
}

impl Waiting {
    /// A loop, or the function, calls functions with this code.
    pub(super) fn add(&self, caller: Caller, callees: impl Iterator<Item = *mut PyObject>) {
        let mut callers = self.callers.borrow_mut();
        for callee in callees {
            let waiting = callers.entry(callee as usize).or_default();
            if !waiting.contains(&caller) {
                waiting.push(caller);
            }
        }
    }

    /// A code object is gone.
    pub(super) fn forget(&self, code: usize) {
        let mut callers = self.callers.borrow_mut();
        callers.remove(&code);
        for waiting in callers.values_mut() {
            waiting.retain(|(caller, _)| *caller != code);
        }
        callers.retain(|_, waiting| !waiting.is_empty());
    }

    fn take(&self, callee: *mut PyObject) -> Vec<Caller> {
        let mut callers = self.callers.borrow_mut();
        callers.remove(&(callee as usize)).unwrap_or_default()
    }
}

impl Tier {
    /// A function has a version that others may call: those of its versions that are alike go to its code, and who else
    /// calls it is compiled again.
    pub(super) fn has_version(&self, watched: &Watched, newest: &CompiledFunction) {
        let mut others = false;
        for old in &*watched.function.versions.borrow() {
            let alike = old.record.framed && newest.record.framed;
            match alike && old.signature == newest.signature {
                true => old.entry.set(newest.compiled.code.address()),
                false => others = true,
            }
        }
        let first = watched.function.versions.borrow().is_empty();
        if first || others {
            self.callers_go_on(watched.address as *mut PyObject);
        }
    }

    /// Whoever waits for native code of this, or calls a version that is no more, is recorded again.
    pub(super) fn callers_go_on(&self, code: *mut PyObject) {
        for (caller, header) in self.waiting.take(code) {
            let caller = caller as *mut PyObject;
            // SAFETY: the GIL is held, and who is noted is alive.
            let Some(watched) = (unsafe { self.watched.get(caller) }) else {
                continue;
            };
            self.again(watched, header);
        }
    }

    /// A version of which there is a newer one was left so often, called by this activation: who still calls it is
    /// compiled again, to call the newer one.
    pub(super) fn left_outdated(&self, caller: Option<Record>, count: u32) {
        let hot = self.limits.get().hot.max(1);
        if !count.is_multiple_of(hot) || !(count / hot).is_power_of_two() {
            return;
        }
        let mut at = caller;
        while let Some(caller) = at {
            // SAFETY: activations name a `Unit` that lives as long as their code, or as the run that they are of.
            match unsafe { &*(caller.unit() as *const Unit) } {
                Unit::Loop {
                    version, watched, ..
                } => {
                    // SAFETY: whoever runs the loop holds its version, and the frame its code.
                    let (version, watched) = unsafe { (&**version, &**watched) };
                    self.loop_again(watched, version.owner.header);
                    return;
                }
                Unit::Function(_) if let Some(version) = version(caller) => {
                    let watched = version.watched();
                    let newest = watched.function.compiled();
                    if newest.is_some_and(|newest| std::ptr::eq(&raw const *newest, version)) {
                        self.function_again(watched, version.code);
                        return;
                    }
                }
                _ => return,
            }
            // The caller is outdated itself.
            at = caller.caller();
        }
    }

    /// A loop, or the function, is recorded again. What has native code keeps it until there is time for that.
    pub(super) fn again(&self, watched: &Watched, header: Option<u32>) {
        if watched.again.get() >= MOST_AGAIN || watched.excluded.get() {
            return;
        }
        let again = match header {
            Some(header) => self.loop_again(watched, header),
            None => self.function_again(watched, watched.address as *mut PyObject),
        };
        watched.again.set(watched.again.get() + u32::from(again));
    }

    /// Whether there is time to record a loop, or the function, again; if not, it is asked for once there is.
    fn has_time_for(&self, watched: &Watched, header: Option<u32>) -> bool {
        let now = self.may_compile(watched, header);
        if !now {
            watched.put_off.set(true);
            watched.wanting.borrow_mut().insert(header);
        }
        now
    }

    fn loop_again(&self, watched: &Watched, header: u32) -> bool {
        let l = match watched.loops.borrow().get(&header) {
            Some(l) => std::rc::Rc::clone(l),
            None => return false,
        };
        let (again, native) = match &*l.phase.borrow() {
            Phase::Compiled(..) => (true, true),
            Phase::Resting(..) | Phase::Refused(NOT_WORTHWHILE) => (true, false),
            _ => (false, false),
        };
        if again && (!native || self.has_time_for(watched, Some(header))) {
            drop(l.phase.replace(Phase::Counting(self.threshold.get())));
            watched.jumps.set(true);
            self.renew_events(watched, watched.address as *mut PyObject);
            return true;
        }
        false
    }

    /// A parameter of a function is given other kinds of values than its native code takes.
    pub(super) fn widen(&self, version: &CompiledFunction, parameter: usize, kinds: Kinds) {
        let watched = version.watched();
        if let Some(seen) = watched.function.params.borrow_mut().get_mut(parameter) {
            seen.add(kinds);
        }
        let newest = watched.function.compiled();
        let current = newest.is_some_and(|newest| std::ptr::eq(&raw const *newest, version));
        let may = watched.again.get() < MOST_AGAIN && !watched.excluded.get();
        if !current || !may || !self.has_time_for(watched, None) {
            return;
        }
        watched.again.set(watched.again.get() + 1);
        version.retire();
        self.uninstall(version.function, watched);
        watched.awaited.set(true);
        self.record_function(watched, version.code);
    }

    fn function_again(&self, watched: &Watched, code: *mut PyObject) -> bool {
        let phase = watched.function.phase.borrow().clone();
        match phase {
            // What has no frame calls nothing that waits, but maybe what has changed since.
            FunctionPhase::Compiled(version)
                if version.record.framed || version.called.is_outdated() =>
            {
                if !self.has_time_for(watched, None) {
                    return false;
                }
                version.retire();
                self.uninstall(version.function, watched);
                watched.awaited.set(!version.entered);
                self.record_function(watched, code);
            }
            FunctionPhase::Refused(NOT_WORTHWHILE | TOO_SMALL) => {
                let enough = self.threshold.get();
                *watched.function.phase.borrow_mut() = FunctionPhase::Counting(enough);
                watched.counts_starts.set(true);
                self.renew_events(watched, code);
            }
            _ => return false,
        }
        true
    }
}
