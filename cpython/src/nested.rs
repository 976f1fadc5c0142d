//! Generators that native code does itself, in the frame that consumes them: its guests.
//!
//! While native code does one, the generator is running for everybody else. Exits tell where all guests stand
//! ([`Standing`], by the positions of `fatjit_jit::gbc::Nested`). Who is only waiting to be asked for its next item is
//! suspended there again; who is in the middle of one is run to it by the interpreter, and what asked for it goes on behind. A
//! guest may stand at a call, too, while a function that it calls is left: it goes on behind that first.
//!
//! Invariant: a guest's slots are in the generator that its holder's slot holds, alive and where it is, as long as the guest
//! is active.

use std::ffi::c_int;

use fatjit_jit::gbc::{Guest, NESTED};
use pyo3_ffi as py;
use pyo3_ffi::PyObject;

use crate::shim;

/// Where the frames stand at a point.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Standing {
    /// Where the frame is that native code runs on: at the `FOR_ITER` if a guest runs.
    pub position: u32,
    /// Guests that wait to be asked for their next item.
    pub suspended: Vec<Suspended>,
    /// Guests that run, outermost first: each but the last is at a `FOR_ITER` over the next one.
    pub running: Vec<Running>,
}

/// A guest that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Suspended {
    /// Its number.
    pub guest: u32,
    /// Where it goes on.
    pub position: u32,
    /// Slots in use.
    pub depth: u32,
}

/// A guest that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Running {
    /// Its number.
    pub guest: u32,
    /// Where it is, and where the opcode of that instruction is.
    pub position: [u32; 2],
    /// Slots in use.
    pub depth: u32,
    /// What asked for its next item.
    pub asked: Asked,
}

/// What is done with all items of a generator by a built-in function. The numbers are those of `enum fatjit_fold` in
/// `csrc/folds.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum Fold {
    /// `any`.
    Any,
    /// `all`.
    All,
    /// `sum`.
    Sum,
    /// `list`.
    List,
    /// `tuple`.
    Tuple,
    /// `sorted`.
    Sorted,
    /// `set`.
    Set,
}

impl Fold {
    /// That of a function, by its stable name.
    pub fn of(name: &str) -> Option<Fold> {
        Some(match name {
            "builtins.any" => Fold::Any,
            "builtins.all" => Fold::All,
            "builtins.sum" => Fold::Sum,
            "builtins.sorted" => Fold::Sorted,
            "list" => Fold::List,
            "tuple" => Fold::Tuple,
            "set" => Fold::Set,
            _ => return None,
        })
    }

    /// Its number for native code.
    pub fn number(self) -> i64 {
        self as i64
    }
}

/// The `FOR_ITER`, or call, that asked for the next item of a guest, in the code of the frame around.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Asked {
    /// Where its opcode is.
    pub opcode: u32,
    /// Slots in use in the frame around, with the iterator.
    pub depth: u32,
    /// Where that goes on with an item.
    pub behind: u32,
    /// Where it goes on at the end.
    pub end: u32,
    /// What is done with all items, if it is a call, and the slots of the function and of what is accumulated.
    pub fold: Option<(Fold, [u32; 2])>,
}

/// A version's guests, and where they stand at its exits.
#[derive(Clone, Debug, Default)]
pub struct Guests {
    /// The guests.
    pub all: Vec<Guest>,
    /// By guest, the number of its code among the generators that translation was told of.
    pub generators: Vec<u32>,
    /// Their code, by the same numbers.
    pub codes: Vec<*mut PyObject>,
    /// By position from [`NESTED`] on.
    pub standings: Vec<Standing>,
    /// Where the own code asks them for items.
    pub sites: Vec<u32>,
}

/// How a frame goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoesOn {
    /// With so many slots in use, at a position.
    At(u32, u32),
    /// With the exception that is set, raised where the opcode is, with so many slots in use.
    Raised(u32, u32),
}

impl Guests {
    /// None.
    pub const NONE: Guests = Guests {
        all: Vec::new(),
        generators: Vec::new(),
        codes: Vec::new(),
        standings: Vec::new(),
        sites: Vec::new(),
    };

    /// Where the frames stand, if the position tells of guests.
    pub fn at(&self, position: u32) -> Option<&Standing> {
        self.standings.get(position.checked_sub(NESTED)? as usize)
    }

    /// The position in the code of the frame that native code runs on.
    pub fn own(&self, position: u32) -> u32 {
        self.at(position)
            .map_or(position, |standing| standing.position)
    }

    /// The code of a guest.
    pub fn code(&self, guest: u32) -> *mut PyObject {
        self.codes[self.generators[guest as usize] as usize]
    }

    /// The code of the guests that run at a position.
    pub fn running(&self, position: u32) -> impl Iterator<Item = *mut PyObject> {
        let running = self
            .at(position)
            .into_iter()
            .flat_map(|standing| &standing.running);
        running.map(|guest| self.code(guest.guest))
    }

    /// The guest that a slot is of.
    pub fn of(&self, slot: u32) -> Option<&Guest> {
        self.all.iter().find(|guest| guest.all().contains(&slot))
    }

    /// Whether a slot is a local of a guest.
    pub fn is_local(&self, slot: u32) -> bool {
        self.of(slot)
            .is_some_and(|guest| guest.locals().contains(&slot))
    }

    /// The generator that a guest is in.
    ///
    /// # Safety
    /// `base` is slot 0 of the frame that native code runs on, and the guest is active.
    unsafe fn generator(&self, base: *mut *mut PyObject, guest: &Guest) -> *mut PyObject {
        // SAFETY: the caller's promise; a holder is a slot of that frame or of an active guest.
        unsafe { *self.place(base, guest.holder.0) }
    }

    /// The memory of a slot of the frame or of an active guest.
    ///
    /// # Safety
    /// As above; the slot is no name.
    pub unsafe fn place(&self, base: *mut *mut PyObject, slot: u32) -> *mut *mut PyObject {
        // SAFETY: as above.
        unsafe {
            match self.of(slot) {
                Some(guest) => {
                    let slots = shim::fatjit_generator_slots(self.generator(base, guest));
                    slots.add((slot - guest.first) as usize)
                }
                None => base.add(slot as usize),
            }
        }
    }

    /// Native code does its guests no more: those that wait are suspended, and the frames of those that run are shown, outermost
    /// first.
    ///
    /// # Safety
    /// Native code ran on the frame whose slot 0 is given, which is the running one, and was left here; the slots of all
    /// hold what they are to hold.
    pub unsafe fn show(&self, base: *mut *mut PyObject, standing: &Standing) {
        // SAFETY: the caller's promise.
        let of = |guest: u32| unsafe { self.generator(base, &self.all[guest as usize]) };
        for guest in &standing.suspended {
            let (depth, position) = (i64::from(guest.depth), i64::from(guest.position));
            // SAFETY: as above.
            unsafe { shim::fatjit_guest_suspends(of(guest.guest), depth, position) };
        }
        let Some(first) = standing.running.first() else {
            return;
        };
        let running = standing.running.iter();
        let generators: Vec<*mut PyObject> = running.map(|guest| of(guest.guest)).collect();
        // SAFETY: as above: each is the running frame's guest.
        unsafe {
            match first.asked.fold {
                Some(_) => shim::fatjit_frame_set_position(base, i64::from(first.asked.opcode)),
                None => shim::fatjit_frame_iterates(base, i64::from(first.asked.opcode)),
            }
            for (guest, generator) in standing.running.iter().zip(&generators) {
                let (depth, opcode) = (i64::from(guest.depth), i64::from(guest.position[1]));
                shim::fatjit_guest_shows(*generator, depth, opcode);
            }
        }
    }

    /// The guests that run, whose frames are shown, are run to their next items, the innermost first, which goes on like this.
    /// How the frame around them goes on.
    ///
    /// # Safety
    /// As above, and this is where they stand; the innermost is the running frame.
    pub unsafe fn finish(
        &self,
        base: *mut *mut PyObject,
        standing: &Standing,
        innermost: GoesOn,
    ) -> GoesOn {
        let mut goes_on = innermost;
        for (at, guest) in standing.running.iter().enumerate().rev() {
            // SAFETY: the frame is the innermost of those shown; what it held is alive until it ends.
            unsafe {
                let generator = self.generator(base, &self.all[guest.guest as usize]);
                let around = match at.checked_sub(1) {
                    Some(around) => self.slots_of(base, standing.running[around].guest),
                    None => base,
                };
                let item = run(generator, goes_on);
                goes_on = behind(around, guest.asked, item);
            }
        }
        goes_on
    }

    /// Slot 0 of a guest's frame.
    ///
    /// # Safety
    /// As for [`Guests::place`]; the guest is active.
    pub unsafe fn slots_of(&self, base: *mut *mut PyObject, guest: u32) -> *mut *mut PyObject {
        let guest = &self.all[guest as usize];
        // SAFETY: the caller's promise.
        unsafe { self.place(base, guest.first) }
    }
}

/// The next item of a generator whose frame is the running one, or null.
///
/// # Safety
/// As for `Guests::settle`.
unsafe fn run(generator: *mut PyObject, goes_on: GoesOn) -> *mut PyObject {
    let (depth, unit, raised) = match goes_on {
        GoesOn::At(depth, unit) => (depth, unit, false),
        GoesOn::Raised(depth, unit) => (depth, unit, true),
    };
    let (depth, unit, raised) = (i64::from(depth), i64::from(unit), c_int::from(raised));
    // SAFETY: the caller's promise.
    unsafe { shim::fatjit_generator_goes_on(generator, depth, unit, raised) }
}

/// What a `FOR_ITER` does with what it got: the item, or null.
///
/// # Safety
/// The slots are those of the frame that executes it, which is the running one.
unsafe fn behind(slots: *mut *mut PyObject, asked: Asked, item: *mut PyObject) -> GoesOn {
    if let Some((fold, [callee, accumulated])) = asked.fold {
        let generator = asked.depth as usize - 1;
        // SAFETY: the caller's promise; what it accumulates the call gives up to the routine, and what it was handed it
        // holds until it is over.
        unsafe {
            let taken = |slot: usize| slots.add(slot).replace(std::ptr::null_mut());
            let accumulated = taken(accumulated as usize);
            let (function, over) = (*slots.add(callee as usize), *slots.add(generator));
            let result = shim::fatjit_fold_rest(fold as c_int, function, accumulated, over, item);
            if result.is_null() {
                return GoesOn::Raised(asked.depth, asked.opcode);
            }
            py::Py_DECREF(taken(generator));
            py::Py_DECREF(taken(callee as usize));
            *slots.add(generator - 2) = result;
            return GoesOn::At(asked.depth - 2, asked.behind);
        }
    }
    // SAFETY: the caller's promise; the GIL is held, and there is room for an item.
    unsafe {
        if !item.is_null() {
            *slots.add(asked.depth as usize) = item;
            return GoesOn::At(asked.depth + 1, asked.behind);
        }
        if !py::PyErr_Occurred().is_null() {
            if py::PyErr_ExceptionMatches(py::PyExc_StopIteration) == 0 {
                return GoesOn::Raised(asked.depth, asked.opcode);
            }
            py::PyErr_Clear();
        }
        let iterator = slots
            .add(asked.depth as usize - 1)
            .replace(std::ptr::null_mut());
        py::Py_DECREF(iterator);
        GoesOn::At(asked.depth - 1, asked.end)
    }
}
