//! Frames for compiled code that is left: made, filled with what native code held, and shown to the interpreter.
//!
//! An activation names its version, and where it stands by an exit; the exit tells what each of its frames holds: its
//! own, and those of the calls whose bodies stand in its code. A loop has its own frame already.
//!
//! Invariants: `make_frames` makes all frames or none, outermost first. Whoever leaves native code makes them all before
//! the first is filled, and has them filled and shown in the same order, so each is the next one further in.

use fatjit_guards::{ExitView, FrameView};
use fatjit_ir::Resume;
use fatjit_jit::activation::{Activation, Record};
use pyo3_ffi::PyObject;

use super::TIER;
use super::called::Called;
use super::function::{CompiledFunction, Unit};
use super::version::CompiledLoop;
use super::watched::Watched;
use crate::context::WORDS;
use crate::frame::Frame;
use crate::leave::{self, Surroundings};
use crate::names::Names;
use crate::nested::{GoesOn, Guests};
use crate::shapes::Shape;
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

impl CompiledFunction {
    /// What is known of its code. To be asked only while a frame or a function holds the code.
    pub(super) fn watched<'a>(&self) -> &'a Watched {
        // SAFETY: it is attached to the code object, which the caller says is alive.
        unsafe { &*self.watched }
    }
}

/// A loop that runs on its own frame.
#[derive(Clone, Copy)]
pub(super) struct RunningLoop<'a> {
    pub version: &'a CompiledLoop,
    pub watched: &'a Watched,
    pub frame: Frame,
    pub names: Option<&'a Names>,
    /// The activation, which holds the values of the exit that is taken.
    pub activation: *const Activation<WORDS>,
}

/// Compiled code whose frames are made.
#[derive(Clone, Copy)]
pub(super) enum Native<'a> {
    /// An activation of a function.
    Function(Record, &'a CompiledFunction),
    /// An activation of a function that has a frame.
    Framed(Record, &'a CompiledFunction),
    /// A loop.
    Loop(RunningLoop<'a>),
}

impl<'a> Native<'a> {
    fn called(self) -> &'a Called {
        match self {
            Native::Function(_, version) | Native::Framed(_, version) => &version.called,
            Native::Loop(running) => &running.version.parts.called,
        }
    }

    fn objects(self) -> (&'a [*mut PyObject], &'a [Shape]) {
        match self {
            Native::Function(_, version) | Native::Framed(_, version) => {
                (&version.objects, &version.shapes)
            }
            Native::Loop(running) => {
                let parts = &running.version.parts;
                (&parts.objects, &parts.shapes)
            }
        }
    }

    pub(super) fn guests(self) -> &'a Guests {
        match self {
            Native::Function(_, version) | Native::Framed(_, version) => &version.guests,
            Native::Loop(running) => &running.version.parts.guests,
        }
    }

    fn spilled(self, word: u32) -> u64 {
        // SAFETY: native code stored the values of the exit that is taken, and the run is not over.
        unsafe { self.spill_word(word).read() }
    }

    /// Where that word is.
    fn spill_word(self, word: u32) -> *mut u64 {
        match self {
            Native::Function(record, version) | Native::Framed(record, version) => {
                record.spill_word(version.record, word)
            }
            // SAFETY: the activation is that of the run.
            Native::Loop(running) => unsafe { (*running.activation).spill_word(word) },
        }
    }

    /// The function that runs in a frame that is made for it.
    pub(super) fn function(self, state: &FrameView<'_>) -> &'a CompiledFunction {
        let callee = state.of.and_then(|native| self.called().get(native));
        match (callee, self) {
            (Some(callee), _) => callee,
            (None, Native::Function(_, version) | Native::Framed(_, version)) => version,
            (None, Native::Loop(_)) => unreachable!("the frame of a loop's own code is real"),
        }
    }

    /// The frames of an exit that are made for it: all, or all but that which is real.
    pub(super) fn made<'v>(
        self,
        view: &ExitView<'v>,
    ) -> impl DoubleEndedIterator<Item = FrameView<'v>> + ExactSizeIterator + use<'v> {
        let frames: Vec<FrameView<'v>> = view.frames().collect();
        let real = usize::from(!matches!(self, Native::Function(..)));
        frames.into_iter().skip(real)
    }

    /// Fills a frame that was made; `own` tells that its slots have memory in the function's activation. False if there
    /// was no memory for some slots.
    pub(super) fn fill(self, slots: *mut *mut PyObject, state: FrameView<'_>, own: bool) -> bool {
        let watched = self.function(&state).watched();
        let held = match self {
            Native::Function(record, version) if own => record.slots(version.record),
            _ => std::ptr::null_mut(),
        };
        let held = held.cast::<*mut PyObject>();
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
        let (objects, shapes) = self.objects();
        let surroundings = Surroundings {
            objects,
            shapes,
            locals: watched.locals(),
            slots: u32::MAX,
            names: None,
            guests: &Guests::NONE,
            opcode_at: &opcode_at,
        };
        // SAFETY: the frame is the function's, and holds what its activation held.
        unsafe { leave::rebuild(slots, state, |word| self.spill_word(word), surroundings) }
    }

    /// Fills frames, all of which stand at calls, and shows them; if `own`, the first of them is the activation's own.
    /// False if there was no memory for some slots.
    pub(super) fn show_frames<'v>(
        self,
        states: impl Iterator<Item = FrameView<'v>>,
        made: &mut impl Iterator<Item = *mut *mut PyObject>,
    ) -> bool {
        let mut complete = true;
        for (at, state) in states.enumerate() {
            let Some(slots) = made.next() else {
                unreachable!("a frame was made for every call");
            };
            complete &= self.fill(slots, state, at == 0);
            let watched = self.function(&state).watched();
            let unit = watched.opcode_at(state.position);
            // SAFETY: the frame was made, and is the next one further in.
            unsafe {
                shim::fatjit_frame_show(slots, i64::from(state.depth), i64::from(unit));
                stand_at_call(watched, slots, state.position);
            }
        }
        complete
    }
}

impl Native<'_> {
    /// The activation of a function, by whether that has a frame.
    pub(super) fn of<'a>(record: Record, version: &'a CompiledFunction) -> Native<'a> {
        match version.record.framed {
            true => Native::Framed(record, version),
            false => Native::Function(record, version),
        }
    }
}

/// A frame executes an instruction that calls a function of Python: a call, or an operator, which does it from C.
///
/// # Safety
/// The frame whose slot 0 this is runs the code, and the position is one of its instructions'.
pub(super) unsafe fn stand_at_call(watched: &Watched, slots: *mut *mut PyObject, position: u32) {
    let unit = i64::from(watched.opcode_at(position));
    // SAFETY: the caller's promise.
    unsafe {
        match watched.outcome_at(position) {
            Some(_) => shim::fatjit_frame_set_position(slots, unit),
            None => shim::fatjit_frame_calls(slots, unit),
        }
    }
}

/// The same of a frame with guests: the innermost that runs stands at the call, if one does.
///
/// # Safety
/// As above, and all slots were rebuilt.
unsafe fn stand_at_call_with(
    guests: &Guests,
    watched: &Watched,
    slots: *mut *mut PyObject,
    position: u32,
) {
    let Some(standing) = guests.at(position) else {
        // SAFETY: the caller's promise.
        return unsafe { stand_at_call(watched, slots, position) };
    };
    // SAFETY: the caller's promise; a guest that is done is alive, and so is its code.
    unsafe {
        guests.show(slots, standing);
        match standing.running.last() {
            Some(guest) => {
                let code = guests.code(guest.guest);
                if let Some(watched) = TIER.get().and_then(|tier| tier.watched(code)) {
                    let slots = guests.slots_of(slots, guest.guest);
                    stand_at_call(watched, slots, guest.position[0]);
                }
            }
            None => stand_at_call(watched, slots, standing.position),
        }
    }
}

/// Puts the frame right that a function has. Its slot 0, and whether there was memory for all slots. Guests that run go on if
/// that is the exit's, to `resume` like this; how the frame goes on then. Else it, or the innermost of them, stands at a call.
pub(super) fn put_right(
    record: Record,
    version: &CompiledFunction,
    state: FrameView<'_>,
    resume: Option<Resume>,
) -> (*mut *mut PyObject, bool, Option<GoesOn>) {
    let watched = version.watched();
    let opcode_at = |unit| watched.opcode_at(unit);
    let surroundings = Surroundings {
        objects: &version.objects,
        shapes: &version.shapes,
        locals: watched.locals(),
        slots: u32::MAX,
        names: None,
        guests: &version.guests,
        opcode_at: &opcode_at,
    };
    let slots = record.frame(version.record).cast::<*mut PyObject>();
    let spilled = |word| record.spill_word(version.record, word);
    // SAFETY: the function runs on this frame, and stored the values of this exit.
    let complete = unsafe { leave::rebuild(slots, state, spilled, surroundings) };
    // SAFETY: as above.
    let goes_on = unsafe {
        match resume {
            Some(resume) => {
                let raised = !complete || resume != Resume::At;
                leave::settle_guests(slots, state, raised, surroundings)
            }
            None => {
                stand_at_call_with(&version.guests, watched, slots, state.position);
                None
            }
        }
    };
    (slots, complete, goes_on)
}

impl RunningLoop<'_> {
    /// Puts the loop's own frame right, which stands at a call. False if there was no memory for some slots.
    pub(super) fn show(self, state: FrameView<'_>) -> bool {
        let opcode_at = |unit| self.watched.opcode_at(unit);
        // SAFETY: the activation is that of the run.
        let spilled = |word| unsafe { (*self.activation).spill_word(word) };
        let surroundings = self
            .version
            .surroundings(self.watched, self.names, &opcode_at);
        let base = self.frame.base();
        // SAFETY: the loop runs on this frame, and stands at this call.
        let complete = unsafe { leave::rebuild(base, state, spilled, surroundings) };
        if let Some(names) = self.names {
            names.written();
        }
        let guests = &self.version.parts.guests;
        // SAFETY: the frame runs the loop.
        unsafe { stand_at_call_with(guests, self.watched, base, state.position) };
        complete
    }
}

/// What runs in an activation that stands at a call, and the exit that describes it; nothing if it is none of ours.
pub(super) fn at_call<'a>(record: Record) -> Option<(Native<'a>, ExitView<'a>)> {
    // SAFETY: activations name a `Unit` that lives as long as their code, or as the run that they are of.
    let (native, exits) = match unsafe { &*(record.unit() as *const Unit) } {
        Unit::Outside => return None,
        Unit::Function(_) => {
            let version = version(record)?;
            (Native::of(record, version), &version.compiled.exits)
        }
        Unit::Loop {
            version,
            watched,
            frame,
            names,
        } => {
            // SAFETY: whoever runs the loop holds its version and its code; names belong to the run.
            let (version, watched, names) =
                unsafe { (&**version, &**watched, names.map(|names| &*names)) };
            let running = RunningLoop {
                version,
                watched,
                frame: *frame,
                names,
                activation: record.as_activation::<WORDS>()?,
            };
            (Native::Loop(running), &version.compiled.exits)
        }
    };
    let Some(view) = exits.get(record.site()) else {
        unreachable!("a call under way is described by an exit");
    };
    Some((native, view))
}

/// Makes the frames that exits of native code need, outermost first. Nothing with an exception, and without any frame,
/// if there is no memory.
pub(super) fn make_frames<'a>(
    exits: impl Iterator<Item = (Native<'a>, ExitView<'a>)>,
) -> Option<Vec<*mut *mut PyObject>> {
    let mut made = Vec::new();
    for (native, view) in exits {
        for state in native.made(&view) {
            // SAFETY: the GIL is held; the function is alive, because what the version assumes stood when native code
            // was entered, and nothing ran since.
            let slots = unsafe {
                let function = match state.function {
                    Some(word) => native.spilled(word) as *mut PyObject,
                    None => native.function(&state).function,
                };
                shim::fatjit_frame_make(function)
            };
            if slots.is_null() {
                for slots in made.into_iter().rev() {
                    // SAFETY: the innermost frame goes first; it holds nothing yet.
                    unsafe { shim::fatjit_frame_discard(slots) };
                }
                return None;
            }
            made.push(slots);
        }
    }
    Some(made)
}

/// Fills frames that were made for an activation that stands at a call, and shows them. False if there was no memory for
/// some slots.
pub(super) fn show<'a>(
    (native, view): (Native<'a>, ExitView<'a>),
    made: &mut impl Iterator<Item = *mut *mut PyObject>,
) -> bool {
    let mut complete = true;
    match (native, view.frames().next()) {
        (Native::Loop(running), Some(state)) => complete = running.show(state),
        (Native::Framed(record, version), Some(state)) => {
            (_, complete, _) = put_right(record, version, state, None);
        }
        _ => {}
    }
    native.show_frames(native.made(&view), made) && complete
}
