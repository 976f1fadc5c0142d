//! Leaving native code: the frame is rebuilt as the exit says, and goes on in the interpreter.
//!
//! Invariant: everything that can fail (boxing) is done before the frame changes. Where there is no memory, objects
//! that were set aside are used (`csrc/reserve.c`), so that the program finds all its values; if there are none left,
//! it is a MemoryError at the exit's instruction, and nothing leaks. What a local's slot held before is stale and
//! released: null or an object whose release runs no code. What a slot of the value stack held is dead and
//! is overwritten, but for an object that stayed there while native code kept its fields.

use fatjit_guards::{ExitView, FrameView, Source, SunkView};
use fatjit_ir::{Reason, Resume, Slot};
use pyo3_ffi as py;
use pyo3_ffi::PyObject;
use smallvec::SmallVec;

use crate::frame::Running;
use crate::names::Names;
use crate::nested::{GoesOn, Guests};
use crate::shapes::{MOST_FIELDS, Shape};
use crate::shim;
use crate::unwind::{self, Unwound};

/// Slots that are rebuilt without allocating memory for them.
const FEW_SLOTS: usize = 8;

/// What an exit refers to besides the values native code left.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The unit's objects, by `ObjectId`: kept alive by whoever keeps the code.
    pub objects: &'a [*mut PyObject],
    /// The unit's shapes, by `ShapeId`.
    pub shapes: &'a [Shape],
    /// Number of the frame's locals.
    pub locals: u32,
    /// Number of the frame's slots; those behind are names.
    pub slots: u32,
    /// Where the names are, if there are any.
    pub names: Option<&'a Names>,
    /// The guests, whose slots are behind the names.
    pub guests: &'a Guests,
    /// The code unit of an instruction's opcode, from that of its first prefix: that is where it raises.
    pub opcode_at: &'a dyn Fn(u32) -> u32,
}

/// How the frame goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// In the interpreter, where its position says.
    Resumed,
    /// With the exception that is set; the callback must return an error.
    Raised,
}

/// Rebuilds the frame for an exit and says how it goes on. `spilled` tells where the word is in which native code left
/// an exit's value.
pub fn leave(
    running: &mut Running,
    exit: ExitView<'_>,
    spilled: impl Fn(u32) -> *mut u64,
    surroundings: Surroundings<'_>,
) -> Left {
    debug_assert!(exit.is_of_one_frame(), "other frames are made");
    let Some(state) = exit.innermost() else {
        // SAFETY: the GIL is held and the text is terminated.
        unsafe {
            py::PyErr_SetString(
                py::PyExc_SystemError,
                c"fatjit: an exit without a frame".as_ptr(),
            )
        };
        return Left::Raised;
    };
    // A box that native code had no memory for is made again by the interpreter.
    if exit.resume == Resume::At && exit.reason == Reason::NoMemory {
        // SAFETY: the GIL is held.
        unsafe { py::PyErr_Clear() };
    }
    // SAFETY: native code ran on this frame and left through this exit.
    let complete = unsafe { rebuild(running.frame().base(), state, spilled, surroundings) };
    if let Some(names) = surroundings.names {
        names.written();
    }
    running.set_depth(state.depth);
    let raised = !complete || exit.resume != Resume::At;
    // SAFETY: as above.
    let settled = unsafe { settle_guests(running.frame().base(), state, raised, surroundings) };
    let position = surroundings.guests.own(state.position);
    let (goes_on, told) = match settled {
        Some(goes_on) => (goes_on, false),
        // A call has told the frame where it is; a box that failed has not.
        None if raised => {
            let opcode = (surroundings.opcode_at)(position);
            let told = exit.reason == Reason::Raised;
            (GoesOn::Raised(state.depth, opcode), told)
        }
        None => (GoesOn::At(state.depth, position), false),
    };
    match goes_on {
        GoesOn::At(depth, position) => {
            running.set_depth(depth);
            running.frame().set_position(position);
            Left::Resumed
        }
        GoesOn::Raised(depth, opcode) => {
            if !told {
                running.frame().set_position(opcode);
            }
            match unwind::raise(running, depth, opcode) {
                Unwound::Handled => Left::Resumed,
                Unwound::NotHandled => Left::Raised,
            }
        }
    }
}

/// Lets go of the guests that are active at an exit. How the frame goes on if one of them ran; else it stands where the exit
/// says.
///
/// # Safety
/// Native code ran on the frame whose slot 0 is given and was left through this exit, and all slots were rebuilt.
pub unsafe fn settle_guests(
    base: *mut *mut PyObject,
    state: FrameView<'_>,
    raised: bool,
    surroundings: Surroundings<'_>,
) -> Option<GoesOn> {
    let guests = surroundings.guests;
    let standing = guests.at(state.position)?;
    // SAFETY: the caller's promise.
    unsafe { guests.show(base, standing) };
    let innermost = standing.running.last()?;
    let [unit, opcode] = innermost.position;
    let goes_on = match raised {
        false => GoesOn::At(innermost.depth, unit),
        true => GoesOn::Raised(innermost.depth, opcode),
    };
    // SAFETY: as above.
    Some(unsafe { guests.finish(base, standing, goes_on) })
}

/// Writes all slots of the exit to a frame whose slot 0 is at `base`. False if there was no memory for some: they
/// are empty then.
///
/// # Safety
/// The frame has the slots that the exit names, which hold what the exit's unit left there, and the words are what
/// the exit left.
pub unsafe fn rebuild(
    base: *mut *mut PyObject,
    state: FrameView<'_>,
    spilled: impl Fn(u32) -> *mut u64,
    surroundings: Surroundings<'_>,
) -> bool {
    // SAFETY: the GIL is held.
    unsafe { shim::fatjit_reserve_fill() };
    let mut complete = true;
    let mut rebuilt = SmallVec::<[(Slot, Option<*mut PyObject>); FEW_SLOTS]>::new();
    for (slot, source) in state.slots() {
        let has_place = slot.0 < surroundings.slots || surroundings.guests.of(slot.0).is_some();
        // SAFETY: exits name slots of the frame and of active guests; others are names.
        let here = has_place.then(|| unsafe { surroundings.guests.place(base, slot.0) });
        let object = rebuild_value(source, here, &spilled, surroundings);
        complete &= object.is_some();
        rebuilt.push((slot, object));
    }
    for &(slot, object) in &rebuilt {
        let of_guest = surroundings.guests.of(slot.0).is_some();
        let name = slot.0.checked_sub(surroundings.slots).filter(|_| !of_guest);
        let is_local = match of_guest {
            true => surroundings.guests.is_local(slot.0),
            false => slot.0 < surroundings.locals || name.is_some(),
        };
        let place = match name.zip(surroundings.names) {
            Some((name, names)) => names.place(name),
            // SAFETY: exits name slots of the frame, which is alive, and of active guests.
            None => unsafe { surroundings.guests.place(base, slot.0) },
        };
        let object = match object {
            Some(object) => object,
            // A name is never unbound: it keeps its old value.
            None if name.is_some() => continue,
            None if is_local => std::ptr::null_mut(),
            // A slot of the value stack is released without asking whether it holds anything.
            // SAFETY: the GIL is held.
            None => unsafe { shim::fatjit_exit_lost() },
        };
        // SAFETY: as above, or a word of a dict's entry that is good until code runs; a local's old content is
        // null or owned by the slot.
        let stale = unsafe { place.replace(object) };
        if is_local {
            // SAFETY: the slot gave the reference up.
            unsafe { py::Py_XDECREF(stale) };
        }
    }
    complete
}

/// The object of a slot, a reference of its own, or null; nothing if there was no memory. One that stayed in its slot,
/// `here`, is brought up to date and moves out of it.
fn rebuild_value(
    source: Source<'_>,
    here: Option<*mut *mut PyObject>,
    spilled: impl Fn(u32) -> *mut u64,
    surroundings: Surroundings<'_>,
) -> Option<*mut PyObject> {
    // SAFETY: native code stored the words of the exit's values.
    let word = |n| unsafe { spilled(n).read() };
    let reference = |n| word(n) as *mut PyObject;
    match source {
        // SAFETY: the GIL is held.
        Source::Int(n) => made(unsafe { shim::fatjit_exit_int(word(n) as i64) }),
        // SAFETY: the GIL is held.
        Source::Float(n) => made(unsafe { shim::fatjit_exit_float(f64::from_bits(word(n))) }),
        // SAFETY: False is immortal.
        Source::Bool(n) if word(n) == 0 => Some(unsafe { py::Py_False() }),
        // SAFETY: True is immortal.
        Source::Bool(_) => Some(unsafe { py::Py_True() }),
        Source::Own(n) => Some(reference(n)),
        // SAFETY: the exit says that the word is a reference that somebody keeps alive, or null.
        Source::Borrowed(n) => Some(unsafe { new_reference(reference(n)) }),
        // SAFETY: whoever keeps the code keeps its objects alive.
        Source::Object(id) => Some(unsafe { new_reference(surroundings.objects[id.index()]) }),
        Source::Null => Some(std::ptr::null_mut()),
        Source::Virtual(shape, fields) => {
            let mut state = [0; MOST_FIELDS];
            for (field, (n, _)) in state.iter_mut().zip(fields) {
                *field = word(n) as i64;
            }
            let [a, b, c, d, ..] = state;
            // SAFETY: an exit that lists an object of a kind that stays in its slot says that it is there.
            let kept = || here.map_or(std::ptr::null_mut(), |here| unsafe { *here });
            // SAFETY: the GIL is held; what is set is an object of the kind, which has no more fields.
            made(unsafe {
                match surroundings.shapes[shape.index()] {
                    Shape::RangeIterator => shim::fatjit_exit_range_iterator(a, b, c),
                    Shape::Range => shim::fatjit_range_new(a, b, c, d),
                    Shape::EmptyDict => py::PyDict_New(),
                    _ => {
                        shim::fatjit_iterator_set(kept(), state.as_ptr());
                        kept()
                    }
                }
            })
        }
        Source::Sunk(sunk) => {
            let object = made_instance(&sunk, &spilled, surroundings)?;
            // SAFETY: the word is the instance's, for the slots to come.
            unsafe { spilled(sunk.word).write(object as u64) };
            Some(object)
        }
        Source::Same { word: n, .. } => {
            let object = made(reference(n))?;
            // SAFETY: an earlier slot has it, and no code has run since.
            Some(unsafe { new_reference(object) })
        }
    }
}

/// An instance that native code did not make.
fn made_instance(
    sunk: &SunkView<'_>,
    spilled: &dyn Fn(u32) -> *mut u64,
    surroundings: Surroundings<'_>,
) -> Option<*mut PyObject> {
    let class = surroundings.objects[sunk.class.index()];
    // SAFETY: the GIL is held; the class is one of the unit's objects.
    let mut instance = made(unsafe { shim::fatjit_instance_new(class) })?;
    for (place, attribute) in sunk.attributes() {
        let value = rebuild_value(attribute, None, spilled, surroundings);
        let value = value.unwrap_or(std::ptr::null_mut());
        // SAFETY: as above; what is put takes over the references that it is given, and gives one. Without a value it gives
        // up the instance.
        instance =
            made(unsafe { shim::fatjit_instance_put_own(instance, i64::from(place), value) })?;
    }
    Some(instance)
}

fn made(object: *mut PyObject) -> Option<*mut PyObject> {
    (!object.is_null()).then_some(object)
}

/// # Safety
/// `object` is null or alive.
unsafe fn new_reference(object: *mut PyObject) -> *mut PyObject {
    // SAFETY: the caller's promise.
    unsafe { py::Py_XINCREF(object) };
    object
}
