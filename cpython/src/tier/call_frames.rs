//! Frames for activations of compiled functions: made, filled with what native code held, and shown to the interpreter.
//!
//! An activation names its version, and where it stands by an exit; the exit tells what each of its frames holds: its
//! own, and those of the calls that stand in the function's own code. A loop that calls has its frame already.
//!
//! Invariants: `make_frames` makes all frames or none, outermost first. Whoever leaves a function makes them all before
//! the first is filled, and has them filled and shown in the same order, so each is the next one further in.

use fatjit_guards::FrameView;
use fatjit_jit::activation::Record;
use pyo3_ffi::PyObject;

use super::function::{CompiledFunction, Unit};
use super::watched::Watched;
use crate::context::WORDS;
use crate::leave::{self, Surroundings};
use crate::shim;

/// The function's version that an activation is of.
pub(super) fn version<'a>(record: Record) -> Option<&'a CompiledFunction> {
    // SAFETY: activations name a `Unit` that lives as long as their code, or as the run that they are of.
    match unsafe { &*(record.unit() as *const Unit) } {
        // SAFETY: set before the code could be entered; whoever entered holds the version.
        Unit::Function(version) => unsafe { version.get().as_ref() },
        _ => None,
    }
}

fn surroundings<'a>(
    version: &'a CompiledFunction,
    opcode_at: &'a dyn Fn(u32) -> u32,
) -> Surroundings<'a> {
    Surroundings {
        objects: &version.objects,
        shapes: &version.shapes,
        locals: version.watched().locals(),
        slots: u32::MAX,
        names: None,
        opcode_at,
    }
}

impl CompiledFunction {
    /// What is known of its code. To be asked only while a frame or a function holds the code.
    pub(super) fn watched<'a>(&self) -> &'a Watched {
        // SAFETY: it is attached to the code object, which the caller says is alive.
        unsafe { &*self.watched }
    }
}

/// Fills a frame that was made for an activation of a function; `inlined` tells that it is one of those of calls
/// that stand in the function's own code, which have no memory for slots. False if there was no memory for some
/// slots.
pub(super) fn fill(
    slots: *mut *mut PyObject,
    record: Record,
    version: &CompiledFunction,
    state: FrameView<'_>,
    inlined: bool,
) -> bool {
    let watched = version.watched();
    let held = match inlined {
        true => std::ptr::null_mut(),
        false => record.slots(version.record).cast::<*mut PyObject>(),
    };
    let first = if held.is_null() { watched.locals() } else { 0 };
    for slot in first as usize..state.depth as usize {
        // SAFETY: the frame has room for the slots that its code uses, and the activation as many; both are ours.
        unsafe {
            let object = match held.is_null() {
                true => std::ptr::null_mut(),
                false => *held.add(slot),
            };
            *slots.add(slot) = object;
        }
    }
    let opcode_at = |unit| watched.opcode_at(unit);
    let spilled = |word| record.spilled(version.record, word);
    // SAFETY: the frame is the function's, and holds what its activation held.
    unsafe { leave::rebuild(slots, state, spilled, surroundings(version, &opcode_at)) }
}

/// Makes the frames of each activation of a function around this one, and its own last, which are so many. Nothing
/// with an exception, and without any frame, if there is no memory.
pub(super) fn make_frames(
    outer: &[Record],
    own: &CompiledFunction,
    count: usize,
) -> Option<Vec<*mut *mut PyObject>> {
    let outer = outer.iter().rev().filter_map(|record| {
        let version = version(*record)?;
        Some((
            version,
            version.compiled.exits.get(record.site())?.frames().count(),
        ))
    });
    let all = outer.chain([(own, count)]);
    let mut made = Vec::new();
    for function in all.flat_map(|(version, count)| std::iter::repeat_n(version, count)) {
        // SAFETY: the GIL is held; the function is alive, because what the version assumes stood when native code
        // was entered, and nothing ran since.
        let slots = unsafe { shim::fatjit_frame_make(function.function) };
        if slots.is_null() {
            for slots in made.into_iter().rev() {
                // SAFETY: the innermost frame goes first; it holds nothing yet.
                unsafe { shim::fatjit_frame_discard(slots) };
            }
            return None;
        }
        made.push(slots);
    }
    Some(made)
}

/// Fills frames of an activation, all of which stand at calls, and shows them. False if there was no memory for some
/// slots.
pub(super) fn show_frames<'a>(
    record: Record,
    version: &CompiledFunction,
    states: impl Iterator<Item = FrameView<'a>>,
    made: &mut impl Iterator<Item = *mut *mut PyObject>,
) -> bool {
    let mut complete = true;
    for (at, state) in states.enumerate() {
        let Some(slots) = made.next() else {
            unreachable!("a frame was made for every call");
        };
        complete &= fill(slots, record, version, state, at > 0);
        let unit = version.watched().opcode_at(state.position);
        // SAFETY: the frame was made, and is the next one further in.
        unsafe { shim::fatjit_frame_show(slots, i64::from(state.depth), i64::from(unit)) };
    }
    complete
}

/// Fills the frames of an activation around the one that is left, and shows it. False if there was no memory for
/// some slots.
pub(super) fn show(record: Record, made: &mut impl Iterator<Item = *mut *mut PyObject>) -> bool {
    // SAFETY: activations name a `Unit` that lives as long as their code, or as the run that they are of.
    match unsafe { &*(record.unit() as *const Unit) } {
        Unit::Outside => true,
        Unit::Function(_) => {
            let version = version(record);
            let view = version.and_then(|version| version.compiled.exits.get(record.site()));
            let (Some(version), Some(view)) = (version, view) else {
                unreachable!("a call under way is described by an exit");
            };
            show_frames(record, version, view.frames(), made)
        }
        Unit::Loop {
            version,
            watched,
            frame,
            names,
        } => {
            // SAFETY: whoever runs the loop holds its version and its code.
            let (version, watched) = unsafe { (&**version, &**watched) };
            let (view, root) = (
                version.compiled.exits.get(record.site()),
                record.as_activation::<WORDS>(),
            );
            let (Some(state), Some(root)) = (view.and_then(|view| view.innermost()), root) else {
                unreachable!("a call under way is described by an exit");
            };
            let opcode_at = |unit| watched.opcode_at(unit);
            // SAFETY: the call stored the values of its exit.
            let spilled = |word| unsafe { (*root).spilled(word) };
            // SAFETY: they belong to the run, which is around this.
            let names = names.map(|names| unsafe { &*names });
            let surroundings = version.surroundings(watched, names, &opcode_at);
            // SAFETY: the loop runs on this frame, and stands at this call.
            let complete = unsafe { leave::rebuild(frame.base(), state, spilled, surroundings) };
            if let Some(names) = names {
                names.written();
            }
            let unit = watched.opcode_at(state.position);
            // SAFETY: the frame runs the loop.
            unsafe { shim::fatjit_frame_calls(frame.base(), i64::from(unit)) };
            complete
        }
    }
}
