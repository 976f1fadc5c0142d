//! Variables of module-level code: native code keeps them in registers, and their home is the dict.
//!
//! Invariants: the words of the dict's entries are found anew at each entry, and used while the dict's version is
//! what it was then: native code compares it after all that may have run code, and whoever adds, removes or
//! replaces a value changes it. Native code writes those words without telling the dict's watchers: so nobody else
//! may watch it, no fact about a name that is being written may stand, and the version is changed before others
//! can look ([`Names::written`], and where native code says its position).

use std::cell::Cell;
use std::rc::Rc;

use pyo3_ffi::PyObject;

use crate::assume::{Storing, Watchers};
use crate::frame::Frame;

/// `struct fatjit_names`: two words, then one for each name.
const HEADER: usize = 2;

unsafe extern "C" {
    fn fatjit_variables(slots: *mut *mut PyObject, ours: i32) -> *mut PyObject;
    fn fatjit_variable(slots: *mut *mut PyObject, dict: *mut PyObject, index: u32)
    -> *mut PyObject;
    fn fatjit_names_find(
        slots: *mut *mut PyObject,
        dict: *mut PyObject,
        indices: *const u32,
        count: usize,
        out: *mut usize,
    ) -> i32;
    fn fatjit_hold_names(dict: *mut PyObject) -> *mut PyObject;
    /// Says that values were written, given the table ([`Names::table`]).
    #[link_name = "fatjit_names_written"]
    pub fn written(names: *mut usize);
}

/// Offset of a name's word in the table that native code reads.
pub const fn offset_of(name: u32) -> i64 {
    ((HEADER + name as usize) * size_of::<usize>()) as i64
}

/// Offset of the address of the dict's version.
pub const VERSION_AT: i64 = 0;
/// Offset of what the version must be.
pub const VERSION: i64 = size_of::<usize>() as i64;

/// The dict of a frame's variables, if they can be kept in registers.
pub fn variables(frame: Frame) -> Option<*mut PyObject> {
    let ours = Watchers::get().dict_id().unwrap_or(-1);
    // SAFETY: the GIL is held, and the frame is alive.
    let dict = unsafe { fatjit_variables(frame.base(), ours) };
    (!dict.is_null()).then_some(dict)
}

/// The value of a variable, borrowed, by its index among the code's names.
pub fn variable(frame: Frame, name: u32) -> Option<*mut PyObject> {
    let dict = variables(frame)?;
    // SAFETY: as above; the index is one of an instruction's.
    let value = unsafe { fatjit_variable(frame.base(), dict, name) };
    (!value.is_null()).then_some(value)
}

/// What a version keeps of its names.
#[derive(Debug, Default)]
pub struct Variables {
    /// Indices among the code's names.
    pub all: Vec<u32>,
    /// Addresses of those that it writes: texts that the code keeps alive.
    pub written: Rc<[usize]>,
}

impl Variables {
    /// Finds them for a frame that is about to run native code. `None` if one is missing, or its dict is not one
    /// that native code may write to.
    pub fn find(&self, frame: Frame) -> Option<Names> {
        let dict = variables(frame)?;
        let table = vec![Cell::new(0); HEADER + self.all.len()];
        // SAFETY: the GIL is held, the frame is alive, and the table has room for as many names.
        let found = unsafe {
            let (at, count) = (self.all.as_ptr(), self.all.len());
            fatjit_names_find(
                frame.base(),
                dict,
                at,
                count,
                table.as_ptr().cast_mut().cast(),
            )
        };
        (found != 0).then(|| Names {
            table: table.into(),
            _storing: Watchers::get().storing(dict as usize, &self.written),
            _held: Held::new(dict),
        })
    }
}

/// Where the values of names are, for one run of native code.
#[derive(Debug)]
pub struct Names {
    /// Boxed, because native code knows where it is; it and the shim write it.
    table: Box<[Cell<usize>]>,
    _storing: Storing,
    _held: Held,
}

/// While it lives, values of a dict are in registers: routines that look keys up do not look there. Those of one
/// thread end in the reverse of the order in which they began.
#[derive(Debug)]
struct Held {
    before: *mut PyObject,
}

impl Held {
    fn new(dict: *mut PyObject) -> Held {
        Held {
            // SAFETY: the dict is that of a running frame, and only compared.
            before: unsafe { fatjit_hold_names(dict) },
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { fatjit_hold_names(self.before) };
    }
}

impl Names {
    /// The address of the table that native code reads.
    pub fn table(&self) -> usize {
        self.table.as_ptr() as usize
    }

    /// The word of a name's value: good until code runs.
    pub fn place(&self, name: u32) -> *mut *mut PyObject {
        self.table[HEADER + name as usize].get() as *mut *mut PyObject
    }

    /// Values were written, and others may look now.
    pub fn written(&self) {
        // SAFETY: the GIL is held, the cells may be written, and the dict is alive: it is the globals of a running
        // frame.
        unsafe { written(self.table.as_ptr().cast_mut().cast()) };
    }

    /// Whether somebody else changed the dict.
    pub fn changed(&self) -> bool {
        let [at, expected] = [&self.table[0], &self.table[1]].map(Cell::get);
        // SAFETY: the dict is alive, as above.
        unsafe { *(at as *const u64) != expected as u64 }
    }
}
