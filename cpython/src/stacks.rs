//! Programs that move C stacks: greenlets copy parts of the stack away and back, and with them the records of native
//! code that runs.
//!
//! Invariant: from when such a module is about to be among the imported ones, no native code is entered; what runs is
//! left at its next round. The dict of modules is watched from when fatjit is switched on.

use std::ffi::{c_int, c_void};

use pyo3_ffi::PyObject;

use crate::assume::Watchers;
use crate::monitor;
use crate::switch;

unsafe extern "C" {
    fn fatjit_modules() -> *mut PyObject;
    fn fatjit_stacks_move() -> c_int;
    fn fatjit_moves_stacks(name: *mut PyObject) -> c_int;
    fn fatjit_soon(call: unsafe extern "C" fn(*mut c_void) -> c_int);
}

/// Whether such a module is imported.
pub fn move_here() -> bool {
    // SAFETY: the GIL is held.
    unsafe { fatjit_stacks_move() != 0 }
}

/// Watches what is imported. If the interpreter has no watcher left, nobody tells.
pub fn watch() {
    // SAFETY: the GIL is held; the dict lives as long as the interpreter.
    unsafe { Watchers::get().watch_modules(fatjit_modules()) };
}

/// A module of this name is about to be imported. Runs no code.
pub(crate) fn imported(name: *mut PyObject) {
    // SAFETY: the GIL is held, and the name is alive.
    if unsafe { fatjit_moves_stacks(name) } != 0 && switch::suspend() {
        // SAFETY: as above.
        unsafe { fatjit_soon(stop) };
    }
}

unsafe extern "C" fn stop(_: *mut c_void) -> c_int {
    monitor::guarded(switch::stacks_move, ());
    0
}
