//! Calls of functions that have native code: from the interpreter into it, and what happens when it is left.
//!
//! Most native code of functions has no frames. When it is left, all frames are made that the interpreter would have:
//! of the activations further out first, at their calls, then the function's own, which the interpreter runs to
//! its end. Its result or exception is what the caller goes on with: its frame is real now, so it goes on in the
//! interpreter, and so do all further out, up to a loop or a function that has a frame.
//!
//! Invariants: no frame is filled before all are made, because filling allocates objects, and nothing may run
//! before the functions are held; nothing of ours is borrowed while a frame runs.

use std::rc::Rc;

use fatjit_guards::{Action, ExitView, Work};
use fatjit_ir::{ExitId, Reason, Type};
use fatjit_jit::activation::{Activation, Record};
use fatjit_jit::codegen::STATUS_RETURNED;
use pyo3_ffi as py;
use pyo3_ffi::PyObject;

use super::arguments::{Arguments, boxed, unboxed};
use super::call_frames::{Native, at_call, make_frames, show, version};
use super::function::{CompiledFunction, FunctionPhase, MAX_ARGUMENTS, Unit};
use super::leaving::{is_framed, leave_frame, raise_at_call, resume, run_frames};
use super::log::Event;
use super::watched::Watched;
use super::{TIER, Tier, natives, recorder};
use crate::assume::Watchers;
use crate::context::WORDS;
use crate::frame::Frame;
use crate::monitor;
use crate::shim;
use crate::switch;
use crate::translate;

/// The status of a function whose call raised. Any other that is not [`STATUS_RETURNED`] is the address of the
/// object that the call came to, a reference of the caller's.
pub(super) const STATUS_RAISED: u64 = 1;

/// What a call through [`enter`] must find, as `enum fatjit_call` numbers it.
const READY: i32 = 0;
/// Nanoseconds that leaving a function takes.
const EXIT_NS: u64 = 150;
/// How many times as often as what is hot an exit is taken before growing is given up there.
const STUCK: u32 = 8;
/// Who holds a version that no other code calls, while a call of it is judged: its function twice, the call, and who judges.
const HOLDERS: usize = 4;
const DEEP_STACK: i32 = 2;

/// What calls of a compiled function come to: the interpreter's calling convention.
///
/// # Safety
/// As the interpreter's: the GIL is held, and all that is passed is alive.
pub(super) unsafe extern "C" fn enter(
    function: *mut PyObject,
    args: *const *mut PyObject,
    count: usize,
    names: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: the GIL is held.
    unsafe { shim::fatjit_call_begins(args) };
    let mut arguments = Arguments {
        all: &[],
        names,
        first: args.cast_mut(),
    };
    let all = (count & !(1 << (usize::BITS - 1))) + arguments.named();
    if all > 0 {
        // SAFETY: the interpreter passes as many arguments.
        arguments.all = unsafe { std::slice::from_raw_parts(args, all) };
    }
    let call = || {
        let tier = TIER.get().filter(|_| switch::is_enabled())?;
        tier.call(function, arguments)
    };
    let called = monitor::guarded(call, Some(failed()));
    called.unwrap_or_else(|| {
        // What failed on the way is not the program's.
        // SAFETY: the GIL is held.
        unsafe { py::PyErr_Clear() };
        // SAFETY: as the caller's.
        unsafe { shim::fatjit_call_plainly(function, args, count, names) }
    })
}

/// Native code of a function was left through an exit.
pub(super) unsafe extern "C" fn leave_function(activation: *const u8, exit: u32) -> u64 {
    // SAFETY: native code passes its activation, and this returns before that ends.
    let record = unsafe { Record::at(activation) };
    monitor::guarded(
        || TIER.get().map(|tier| tier.leave(record, ExitId(exit))),
        None,
    )
    .unwrap_or_else(|| status_of(failed()))
}

/// A call from native code of a function was left, and the function's frame is real.
pub(super) unsafe extern "C" fn resume_function(activation: *const u8, status: u64) -> u64 {
    // SAFETY: as above.
    let record = unsafe { Record::at(activation) };
    monitor::guarded(|| Some(resume(record, status)), None).unwrap_or_else(|| status_of(failed()))
}

/// An error of ours became one of the program's.
fn failed() -> *mut PyObject {
    std::ptr::null_mut()
}

pub(super) fn status_of(object: *mut PyObject) -> u64 {
    match object.is_null() {
        true => STATUS_RAISED,
        false => object as u64,
    }
}

impl Tier {
    /// Calls a function natively; nothing if that cannot be.
    fn call(&self, function: *mut PyObject, args: Arguments<'_>) -> Option<*mut PyObject> {
        // SAFETY: the caller holds the function.
        let code = unsafe { shim::fatjit_function_code(function) };
        let watched = self.watched(code)?;
        Watchers::get().settle();
        let Some(version) = watched.function.compiled() else {
            // What had native code is recorded again, or is a function with free variables and will have none.
            if watched.function.is_refused() {
                restore(function, watched);
            }
            return None;
        };
        if !version.is_of(function) {
            return None;
        }
        if !version.assumed.stand() {
            self.function_fell(function, watched, &version);
            return None;
        }
        let (mut nesting, mut context) = (0, [0; WORDS]);
        // SAFETY: the GIL is held, and there are as many words as the shim writes.
        let ready = unsafe {
            let words = context.as_mut_ptr();
            shim::fatjit_call_ready(code, version.bytes, &raw mut nesting, words)
        };
        match ready {
            READY => {}
            DEEP_STACK => {
                match version.function.is_null() {
                    true => restore(function, watched),
                    false => self.suspend(&version),
                }
                return None;
            }
            _ => return None,
        }
        let params = &version.signature.params;
        let parameters = watched.parameters as usize;
        let bound;
        let plain = watched.keyword_only == 0 && !watched.has_stars();
        let exact = args.names.is_null() && args.all.len() == parameters && plain;
        let all = args;
        let args = match exact {
            true => args.all,
            false => {
                bound = args.bound(function, parameters)?;
                bound.get(..parameters)?
            }
        };
        let mut words = [0; MAX_ARGUMENTS];
        let words = words.get_mut(..params.len())?;
        let behind = watched.arguments_in_locals() as usize;
        if let Some((own, cells)) = words.get_mut(behind..)?.split_last_mut() {
            *own = function as u64;
            for (at, cell) in (0..).zip(cells) {
                // SAFETY: the function has as many cells as its code has free variables.
                *cell = unsafe {
                    py::PyTuple_GetItem(natives::fatjit_function_closure(function), at) as u64
                };
            }
        }
        if !unboxed(args, params, words) {
            self.mismatch(function, watched, args);
            return None;
        }
        if watched.has_stars() {
            let collected = all.collected(function)?;
            for (word, object) in words.get_mut(parameters..behind)?.iter_mut().zip(collected) {
                *word = object as u64;
            }
        }
        let own = words.iter().zip(params).take(parameters);
        for (word, _) in own.filter(|(_, ty)| **ty == Type::Own) {
            // SAFETY: it is an argument or a default.
            unsafe { py::Py_INCREF(*word as *mut PyObject) };
        }
        // SAFETY: whoever calls passes them. All that the function gets is its own now, or a number.
        unsafe {
            if version.record.framed && shim::fatjit_hands_over(function, all.first) != 0 {
                all.give_up();
            }
        }
        version.counters.borrow_mut().enter();
        watched
            .function
            .entries
            .set(watched.function.entries.get() + 1);
        let outside = Unit::Outside;
        let mut activation = Activation::new(std::ptr::null_mut(), context);
        activation.unit = (&raw const outside) as usize;
        activation.nesting = nesting;
        let counts = self.exit_every.get().is_some();
        if counts {
            activation.spurious_countdown = self.countdown.get();
        }
        let entered = version.noted.enters();
        // SAFETY: the words are of the types of the signature, of objects that the caller holds; `version` is
        // held here and holds what it calls.
        let (status, result) = unsafe { version.compiled.code.call(&raw mut activation, words) }?;
        entered.returned();
        if counts {
            self.countdown.set(match activation.spurious_countdown {
                ..=0 => self.draw(),
                left => left,
            });
        }
        if status == STATUS_RETURNED {
            self.totals.entered(Reason::Finished);
            return Some(boxed(version.signature.result, result));
        }
        Some(match status {
            STATUS_RAISED => std::ptr::null_mut(),
            object => object as *mut PyObject,
        })
    }

    /// Native code of a function was left: frames are made, and its own runs to its end.
    fn leave(&self, record: Record, exit: ExitId) -> u64 {
        let Some(own) = version(record) else {
            return status_of(failed());
        };
        if own.record.framed
            && let Some(view) = own.compiled.exits.get(exit)
            && view.is_of_one_frame()
        {
            let reason = self.reason(record, view.reason);
            let begins = |slots| self.left_function((own, record.caller()), (exit, slots), reason);
            return leave_frame((record, own), view, std::iter::empty(), begins);
        }
        let mut outer = Vec::new();
        let mut at = record;
        // Beyond a function that has a frame, all frames are as others may see them.
        while let Some(caller) = at.caller().filter(|_| !is_framed(at)) {
            outer.push(caller);
            at = caller;
        }
        let root = record.root().as_activation::<WORDS>();
        let Some(view) = own.compiled.exits.get(exit) else {
            unreachable!("native code leaves through the exits it was compiled with");
        };
        let native = Native::of(record, own);
        let calls: Vec<_> = outer
            .iter()
            .rev()
            .filter_map(|record| at_call(*record))
            .collect();
        let exits = calls.iter().copied().chain([(native, view)]);
        let Some(made) = make_frames(exits) else {
            if let Native::Framed(..) = native {
                return raise_at_call(record, own, view);
            }
            if let Some(root) = root {
                // SAFETY: the outermost activation is alive around this.
                unsafe { (*root).status = STATUS_RAISED };
            }
            return STATUS_RAISED;
        };
        let mut made = made.into_iter();
        let mut complete = true;
        for call in calls {
            complete &= show(call, &mut made);
        }
        let reason = self.reason(record, view.reason);
        let begins = |slots| self.left_function((own, record.caller()), (exit, slots), reason);
        match native {
            Native::Framed(..) => leave_frame((record, own), view, made, begins),
            _ => run_frames((native, view), made, complete, begins),
        }
    }

    /// Why native code is left: for the reason that its exit has, unless it was made to.
    fn reason(&self, record: Record, reason: Reason) -> Reason {
        let root = record.root().as_activation::<WORDS>();
        // SAFETY: the outermost activation is alive around this.
        let countdown = root.map(|root| unsafe { (*root).spurious_countdown });
        match countdown {
            Some(..=0) if self.exit_every.get().is_some() => Reason::Spurious,
            _ => reason,
        }
    }

    /// Counts an exit of a function, and decides what follows. Its frame, with these slots, is about to run, or that of
    /// a function whose body stands in it.
    fn left_function(
        &self,
        (version, caller): (&CompiledFunction, Option<Record>),
        (exit, slots): (ExitId, *mut *mut PyObject),
        reason: Reason,
    ) {
        version.noted.leaves(exit);
        self.totals.entered(reason);
        // SAFETY: the GIL is held.
        if reason == Reason::TooDeep && unsafe { shim::fatjit_stack_is_deep_here() } != 0 {
            self.suspend(version);
        }
        if matches!(reason, Reason::Spurious | Reason::Poll) {
            return;
        }
        let watched = version.watched();
        let state = &watched.function;
        let count = version.counters.borrow_mut().leave(exit);
        let current = state.compiled();
        let Some(current) = current else {
            return self.left_while_recorded((version, exit), slots);
        };
        if !std::ptr::eq(&raw const *current, version) {
            return self.left_outdated(caller, count);
        }
        if reason == Reason::Disturbed && version.record.framed && !version.assumed.stand() {
            // Native code may call it, which does not ask.
            return self.function_fell(version.function, watched, version);
        }
        let Some(view) = version.compiled.exits.get(exit) else {
            return;
        };
        let (entries, leaves) = {
            let counters = version.counters.borrow();
            (counters.entries(), counters.leaves())
        };
        // To leave a function, and have the interpreter end it, costs more than a call that ends natively gains. Of one
        // that is called natively, or calls itself, not all calls are known: code that does holds it, too.
        let called = Rc::strong_count(&current) > HOLDERS;
        // SAFETY: the version's code is alive while it runs.
        let recursive = || unsafe { shim::fatjit_names_itself(version.code) } != 0;
        let known = !called && leaves <= entries && !recursive();
        let loses = known && leaves * 2 > entries;
        let work = Work {
            entries: leaves,
            rounds: if loses { 0 } else { entries * 16 },
        };
        let pays = || self.pays_to_grow(watched, None, count);
        let may_grow = || self.may_grow(watched, None, (count, EXIT_NS));
        let action = state
            .policy
            .borrow_mut()
            .on_exit(&view, count, work, pays, may_grow);
        let own = || view.innermost().is_some_and(|state| state.of.is_none());
        if reason == Reason::Release
            && action != Action::Continue
            && !version.record.framed
            && own()
        {
            // However it is compiled next, now or in time.
            state.releases.set(true);
        }
        if matches!(action, Action::Grow | Action::Pause) {
            let fails = fails(reason) || reason == Reason::LastReference;
            let parts = (&version.called, &version.guests);
            self.learns(watched, parts, (&view, reason), fails);
        }
        match action {
            Action::Continue
                if version.record.framed
                    && count.is_multiple_of(self.limits.get().hot * STUCK)
                    && pays() =>
            {
                return self.stuck(version, &view);
            }
            Action::Continue => return,
            Action::Grow => {}
            Action::Pause => {
                state.policy.borrow_mut().on_fall();
                self.uninstall(version.function, watched);
                return self.put_off_function(watched, version.code);
            }
            Action::GiveUp(why) => {
                self.tell_refusal(watched, version.code, None, &Event::GivenUp(why));
                *state.phase.borrow_mut() = FunctionPhase::Refused(why);
                version.retire();
                self.uninstall(version.function, watched);
                self.callers_go_on(version.code);
                return self.update_events(watched, version.code);
            }
        }
        version.retire();
        self.uninstall(version.function, watched);
        watched
            .awaited
            .set(watched.awaited.get() || called || !version.entered);
        self.record_function(watched, version.code);
    }

    /// A function was left by native code that others go on calling while it is recorded. What it does from here on is
    /// recorded, too, and there may be no other starts.
    fn left_while_recorded(
        &self,
        (version, exit): (&CompiledFunction, ExitId),
        slots: *mut *mut PyObject,
    ) {
        let watched = version.watched();
        let recording = match &*watched.function.phase.borrow() {
            FunctionPhase::Recording(recording) if !version.record.framed => *recording,
            _ => return,
        };
        let view = version.compiled.exits.get(exit);
        if view.is_some_and(|view| view.is_of_one_frame()) {
            // SAFETY: the frame was made for the function, and has been filled.
            let frame = unsafe { Frame::suspended(slots, version.code) };
            self.count_start(frame, watched, recording);
        }
    }

    /// A function that native code calls, so that nobody knows how often, is left at one place again and again, and to
    /// record it once more did not help: from now on a helper does what stands there.
    fn stuck(&self, version: &CompiledFunction, view: &ExitView<'_>) {
        let watched = version.watched();
        let own = view.own().filter(|_| view.is_of_one_frame());
        let settled = watched.function.policy.borrow().settled().is_some();
        let at = own.map(|state| version.guests.own(state.position));
        if settled || !at.is_some_and(|at| watched.leave_to_helper(at)) {
            return;
        }
        watched.function.policy.borrow_mut().on_fall();
        version.retire();
        self.uninstall(version.function, watched);
        watched.awaited.set(true);
        self.record_function(watched, version.code);
    }

    /// A function whose body stands where it was called is often left there: it is recorded again, for those that call
    /// it to be compiled anew.
    pub(super) fn left_inlined(&self, callee: &CompiledFunction, position: u32, reason: Reason) {
        let watched = callee.watched();
        let state = &watched.function;
        let current = state.compiled();
        let settled = state.policy.borrow().settled().is_some();
        if settled || !current.is_some_and(|current| std::ptr::eq(&raw const *current, callee)) {
            return;
        }
        if fails(reason) {
            watched.leave_to_helper(position);
        }
        if reason == Reason::Release {
            state.releases.set(true);
        }
        state.policy.borrow_mut().on_fall();
        self.uninstall(callee.function, watched);
        watched.awaited.set(true);
        self.record_function(watched, callee.code);
    }

    /// The rest of the C stack is for the interpreter: calls of the function go there, until one comes when there is
    /// room again.
    fn suspend(&self, version: &CompiledFunction) {
        let watched = version.watched();
        self.uninstall(version.function, watched);
        self.update_events(watched, version.code);
    }

    /// Calls of the function are the interpreter's again.
    pub(super) fn uninstall(&self, function: *mut PyObject, watched: &Watched) {
        if function.is_null() {
            // Calls of functions with free variables find out by themselves.
            return;
        }
        if let Some(version) = watched.function.installed.take() {
            // SAFETY: the GIL is held, and the function is alive.
            unsafe { shim::fatjit_function_restore(function, version) };
        }
    }

    /// Something changed that a version was compiled to rely on. The function is being called.
    pub(super) fn function_fell(
        &self,
        function: *mut PyObject,
        watched: &Watched,
        version: &CompiledFunction,
    ) {
        let fallen = version.assumed.fallen().map(str::to_owned);
        let code = version.code;
        version.retire();
        let what = fallen.as_deref().unwrap_or("something");
        let name = || watched.region_name(code, None);
        self.log.tell(name, &Event::Fell(what));
        self.totals.fell();
        watched.function.fallen.borrow_mut().extend(fallen);
        watched.function.policy.borrow_mut().on_fall();
        self.uninstall(function, watched);
        self.record_function_in_time(watched, code);
    }

    /// A call had arguments of other kinds: in time the function is compiled for these, too.
    fn mismatch(&self, function: *mut PyObject, watched: &Watched, args: &[*mut PyObject]) {
        let state = &watched.function;
        state.mismatches.set(state.mismatches.get() + 1);
        // SAFETY: arguments are alive.
        state.see(args.iter().map(|arg| unsafe { recorder::kind(*arg) }));
        if state.mismatches.get().is_multiple_of(self.limits.get().hot)
            && state.policy.borrow().settled().is_none()
            && self.may_compile(watched, None)
        {
            state.mismatches.set(0);
            state.policy.borrow_mut().on_fall();
            self.uninstall(function, watched);
            // SAFETY: the function is being called.
            let code = unsafe { shim::fatjit_function_code(function) };
            self.record_function(watched, code);
        }
    }
}

/// Calls of a function with free variables, which is being called, are the interpreter's again.
fn restore(function: *mut PyObject, watched: &Watched) {
    let made = &watched.function.closures;
    made.set(made.get().saturating_sub(1));
    // SAFETY: the GIL is held, and the function is alive.
    unsafe { shim::fatjit_function_restore(function, 0) };
}

/// Whether the helper of the instruction had better do what was left for this reason.
fn fails(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Overflow | Reason::OutOfRange | translate::GUEST_ELSEWHERE
    )
}
