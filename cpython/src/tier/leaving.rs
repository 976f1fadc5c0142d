//! What happens to frames when native code was left: those that were made run to their ends, and real ones are put right
//! and go on.
//!
//! A function that has a frame is left like a loop: its own frame is put right. But it runs to its end at once, and what
//! it comes to is what native code further out gets as the call's result: nobody there is left for that.
//!
//! Invariant: a frame that stands at a call gets the call's result only when all that the call kept in the frame was
//! released (`behind_call`), as the interpreter would have.

use fatjit_guards::{ExitView, FrameView};
use fatjit_ir::{Reason, Resume};
use fatjit_jit::activation::Record;
use fatjit_jit::codegen::STATUS_RETURNED;
use pyo3_ffi as py;
use pyo3_ffi::PyObject;

use super::TIER;
use super::call_frames::{Native, RunningLoop, make_frames, put_right, version};
use super::calls::{STATUS_RAISED, status_of};
use super::function::CompiledFunction;
use super::natives;
use super::watched::Watched;
use crate::context::WORDS;
use crate::frame::{Frame, Running};
use crate::leave::Left;
use crate::nested::{GoesOn, Guests};
use crate::shim;
use crate::special::Outcome;
use crate::unwind::{self, Unwound};

/// The last of the frames that were made for native code that is left through this exit run, and all of its own do to
/// their ends; `begins` is told of it, by its slots, when they have been filled. What the outermost of them came to.
pub(super) fn run_frames(
    (native, view): (Native<'_>, ExitView<'_>),
    mut made: impl Iterator<Item = *mut *mut PyObject>,
    mut complete: bool,
    begins: impl FnOnce(*mut *mut PyObject),
) -> u64 {
    let mut states = native.made(&view);
    let Some(state) = states.next_back() else {
        unreachable!("exits have a frame");
    };
    let calls = states.len();
    complete &= native.show_frames(states, &mut made);
    let Some(slots) = made.next() else {
        unreachable!("a frame was made for every function");
    };
    complete &= native.fill(slots, state, calls == 0);
    begins(slots);
    let opcode = native.function(&state).watched().opcode_at(state.position);
    let (depth, opcode) = (i64::from(state.depth), i64::from(opcode));
    let object = if complete && view.resume == Resume::At {
        // SAFETY: the GIL is held; the frame was made and filled.
        unsafe {
            if view.reason == Reason::NoMemory {
                // The interpreter tries again.
                py::PyErr_Clear();
            }
            shim::fatjit_frame_run(slots, depth, i64::from(state.position))
        }
    } else {
        // SAFETY: as above; an exception is set.
        unsafe {
            shim::fatjit_frame_show(slots, depth, opcode);
            shim::fatjit_frame_throw(slots, depth, opcode)
        }
    };
    resume_frames(native, native.made(&view).take(calls), status_of(object))
}

/// Whether an activation is of a function that has a frame.
pub(super) fn is_framed(record: Record) -> bool {
    version(record).is_some_and(|version| version.record.framed)
}

/// A function that has a frame was left, in its own code or in the body of one that it calls, for which frames were made:
/// the frame runs to its end.
pub(super) fn leave_frame(
    (record, own): (Record, &CompiledFunction),
    view: ExitView<'_>,
    made: impl Iterator<Item = *mut *mut PyObject>,
    begins: impl FnOnce(*mut *mut PyObject),
) -> u64 {
    let Some(state) = view.frames().next() else {
        unreachable!("exits have a frame");
    };
    if view.resume == Resume::At && view.reason == Reason::NoMemory {
        // The interpreter tries again.
        // SAFETY: the GIL is held.
        unsafe { py::PyErr_Clear() };
    }
    let resume = view.is_of_one_frame().then_some(view.resume);
    let (slots, complete, goes_on) = put_right(record, own, state, resume);
    let position = own.guests.own(state.position);
    let native = Native::Framed(record, own);
    if !view.is_of_one_frame() {
        let status = run_frames((native, view), made, complete, begins);
        return resume_frames(native, std::iter::once(state), status);
    }
    begins(slots);
    let told = goes_on.is_none() && view.reason == Reason::Raised;
    let goes_on = goes_on.unwrap_or_else(|| match complete && view.resume == Resume::At {
        true => GoesOn::At(state.depth, position),
        false => GoesOn::Raised(state.depth, own.watched().opcode_at(position)),
    });
    // SAFETY: the GIL is held; the frame is the one that runs, and was put right.
    status_of(unsafe {
        match goes_on {
            GoesOn::At(depth, unit) => {
                shim::fatjit_frame_hide(slots);
                shim::fatjit_frame_run(slots, i64::from(depth), i64::from(unit))
            }
            GoesOn::Raised(depth, opcode) => {
                let (depth, opcode) = (i64::from(depth), i64::from(opcode));
                if !told {
                    shim::fatjit_frame_set_position(slots, opcode);
                }
                shim::fatjit_frame_throw(slots, depth, opcode)
            }
        }
    })
}

/// A function that has a frame goes on with the exception that is set, which comes out of the call that an exit is in.
pub(super) fn raise_at_call(record: Record, own: &CompiledFunction, view: ExitView<'_>) -> u64 {
    let Some(state) = view.frames().next() else {
        unreachable!("exits have a frame");
    };
    put_right(record, own, state, None);
    let native = Native::Framed(record, own);
    resume_frames(native, std::iter::once(state), STATUS_RAISED)
}

/// A loop's native code was left in the body of a function that it calls, or behind a call there, which came to this.
/// The frames further in run to their ends, and the loop goes on behind its own call.
pub(super) fn leave_loop(
    running: &mut Running,
    within: RunningLoop<'_>,
    view: ExitView<'_>,
    called: u64,
) -> Left {
    let native = Native::Loop(within);
    let Some(state) = view.frames().next() else {
        unreachable!("exits have a frame");
    };
    let status = if view.resume == Resume::Called {
        resume_frames(native, native.made(&view), called)
    } else {
        let made = make_frames([(native, view)].into_iter());
        let complete = within.show(state);
        match made {
            Some(made) => run_frames((native, view), made.into_iter(), complete, |_| {}),
            None => STATUS_RAISED,
        }
    };
    resume_loop(running, within, state, status)
}

/// A function goes on behind its call in its real frame, to its end.
pub(super) fn resume(record: Record, status: u64) -> u64 {
    let root = record.root().as_activation::<WORDS>();
    // SAFETY: the outermost activation is alive around this.
    let unreal = root.is_some_and(|root| unsafe { (*root).status } == STATUS_RAISED);
    let Some(version) = version(record).filter(|version| !unreal || version.record.framed) else {
        // There was no memory for frames: the exception passes through.
        return STATUS_RAISED;
    };
    let Some(view) = version.compiled.exits.get(record.site()) else {
        unreachable!("a call under way is described by an exit");
    };
    let native = Native::of(record, version);
    let all: Vec<FrameView<'_>> = view.frames().collect();
    match (unreal, root) {
        (true, Some(root)) => {
            // SAFETY: as above.
            unsafe { (*root).status = STATUS_RETURNED };
            raise_at_call(record, version, view)
        }
        _ => resume_frames(native, all.into_iter(), status),
    }
}

/// Frames that stand at calls, outermost first, go on behind them to their ends, the innermost first.
fn resume_frames<'a>(
    native: Native<'_>,
    states: impl DoubleEndedIterator<Item = FrameView<'a>>,
    mut status: u64,
) -> u64 {
    for state in states.rev() {
        let watched = native.function(&state).watched();
        // SAFETY: the innermost frame is the one that was made for this call: all further in have ended; or the guests in
        // a frame that is real.
        status = status_of(unsafe {
            let base = match native {
                Native::Framed(record, version) if state.of.is_none() => {
                    record.frame(version.record).cast::<*mut PyObject>()
                }
                _ => shim::fatjit_current_slots(),
            };
            match goes_on_behind(native.guests(), watched, base, (state, status)) {
                GoesOn::Raised(depth, opcode) => {
                    shim::fatjit_frame_throw(base, i64::from(depth), i64::from(opcode))
                }
                GoesOn::At(depth, unit) => {
                    shim::fatjit_frame_hide(base);
                    shim::fatjit_frame_run(base, i64::from(depth), i64::from(unit))
                }
            }
        });
    }
    status
}

/// How a frame goes on behind a call that came to this. If the call is one of its guests, that goes on first.
///
/// # Safety
/// The frame whose slot 0 is given stands at a call, as the exit says, or its innermost guest does; that is the running one.
unsafe fn goes_on_behind(
    guests: &Guests,
    watched: &Watched,
    base: *mut *mut PyObject,
    (state, status): (FrameView<'_>, u64),
) -> GoesOn {
    let standing = guests.at(state.position);
    let running = standing.and_then(|standing| Some((standing, standing.running.last()?)));
    let Some((standing, guest)) = running else {
        // SAFETY: the caller's promise.
        return unsafe { behind(watched, base, state.at(guests.own(state.position)), status) };
    };
    let at = state.at(guest.position[0]).with_depth(guest.depth);
    let code = guests.code(guest.guest);
    let Some(watched) = TIER.get().and_then(|tier| tier.watched(code)) else {
        unreachable!("a guest's code is known as long as it is done");
    };
    // SAFETY: the caller's promise.
    unsafe {
        let slots = guests.slots_of(base, guest.guest);
        let innermost = behind(watched, slots, at, status);
        guests.finish(base, standing, innermost)
    }
}

/// The same of the frame that the call is one of.
///
/// # Safety
/// As for [`behind_call`].
unsafe fn behind(
    watched: &Watched,
    slots: *mut *mut PyObject,
    state: FrameView<'_>,
    status: u64,
) -> GoesOn {
    // SAFETY: the caller's promise.
    let (outcome, depth) = unsafe { behind_call(watched, slots, state, status) };
    match outcome {
        STATUS_RAISED => GoesOn::Raised(depth, watched.opcode_at(state.position)),
        _ => GoesOn::At(depth, watched.behind(state.position)),
    }
}

/// A call came to this, and the frame that stands there gets its result. What the call was handed and the frame kept is
/// released, if nothing was raised. The status, and how many slots are in use then.
///
/// # Safety
/// The frame whose slot 0 is given stands at a call, as the exit says, and runs.
unsafe fn behind_call(
    watched: &Watched,
    slots: *mut *mut PyObject,
    state: FrameView<'_>,
    status: u64,
) -> (u64, u32) {
    let behind = watched.depth_behind(state.position);
    let behind = behind.unwrap_or_else(|| unreachable!("an instruction stands behind a call"));
    let outcome = watched.outcome_at(state.position);
    // Where the result goes, or the first of what the call was handed.
    let lowest = behind - u32::from(outcome != Some(Outcome::Nothing));
    // The call was of a class: the new instance is there, and what initialises it returns nothing. Or a bound method is
    // there, which stays while its function runs; before 3.13 it is above a null.
    // SAFETY: the frame has as many slots as its exit says, and what they hold is alive.
    let made = outcome.is_none()
        && state.depth >= behind
        && unsafe {
            let there = *slots.add(lowest as usize);
            !there.is_null() && natives::fatjit_method_function(there).is_null()
        };
    let status = match outcome {
        Some(Outcome::OfOperator(op)) if status != STATUS_RAISED && state.depth > behind => {
            // SAFETY: as above: the operands are the two topmost.
            let result = unsafe {
                let [left, right] = [lowest, behind].map(|slot| *slots.add(slot as usize));
                let [left, right] = [left, right].map(|operand| py::Py_TYPE(operand).cast());
                natives::fatjit_operator_result(status as *mut PyObject, left, right, op.into())
            };
            status_of(result)
        }
        Some(Outcome::OfComparison(arg)) if status != STATUS_RAISED && state.depth > behind => {
            // SAFETY: as above; what was compared is there still.
            let result = unsafe {
                let [left, right] = [lowest, behind].map(|slot| *slots.add(slot as usize));
                natives::fatjit_comparison_result(status as *mut PyObject, left, right, arg.into())
            };
            status_of(result)
        }
        None if made => initialized(status),
        _ => status,
    };
    if status == STATUS_RAISED {
        return (status, state.depth);
    }
    let kept = if made { behind } else { lowest };
    for slot in kept..state.depth {
        // SAFETY: as above; they hold what they own, or nothing.
        unsafe { py::Py_XDECREF(slots.add(slot as usize).replace(std::ptr::null_mut())) };
    }
    match outcome {
        // SAFETY: the call came to an object.
        Some(Outcome::Nothing) => unsafe { py::Py_DECREF(status as *mut PyObject) },
        _ if made => {}
        // SAFETY: there is room for what a call pushes.
        _ => unsafe { *slots.add(lowest as usize) = status as *mut PyObject },
    }
    (status, behind)
}

/// What initialised an object came to this, and what it returned is given up.
fn initialized(status: u64) -> u64 {
    match status {
        STATUS_RAISED => status,
        // SAFETY: the GIL is held; it returned a new reference.
        returned => match unsafe { shim::fatjit_initialized(returned as *mut PyObject) } {
            0 => returned,
            _ => STATUS_RAISED,
        },
    }
}

/// A loop goes on behind its call: its frame is real, and was put right when the function was left.
fn resume_loop(
    running: &mut Running,
    within: RunningLoop<'_>,
    state: FrameView<'_>,
    status: u64,
) -> Left {
    let frame: Frame = running.frame();
    let guests = &within.version.parts.guests;
    // SAFETY: the loop's frame stands at its call.
    let goes_on = unsafe { goes_on_behind(guests, within.watched, frame.base(), (state, status)) };
    match goes_on {
        GoesOn::Raised(depth, opcode) => match unwind::raise(running, depth, opcode) {
            Unwound::Handled => Left::Resumed,
            Unwound::NotHandled => Left::Raised,
        },
        GoesOn::At(depth, unit) => {
            running.set_depth(depth);
            frame.set_position(unit);
            Left::Resumed
        }
    }
}
