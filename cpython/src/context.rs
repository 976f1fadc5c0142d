//! The host's words of an activation: what native code asks of its thread and interpreter.
//!
//! Invariant: the numbers are those of `enum fatjit_word` in `csrc/frames.h`, and the words are filled anew
//! at each entry, for the thread and frame that run.

use pyo3_ffi::PyObject;

use crate::shim;

/// A word of the activation, to be read with `context`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Word {
    /// Address of what is not zero when something else wants to run.
    Breaker,
    /// Address of the version that changes when a tracer or tool is switched on or off.
    VersionAt,
    /// That version at the entry.
    Version,
    /// Address of which tools watch this code for which events.
    ToolsAt,
    /// That at the entry.
    Tools,
    /// Address of the table of where the values of names are ([`crate::names`]), or 0.
    Names,
    /// The thread state.
    Thread,
}

/// Number of words.
pub const WORDS: usize = 7;

/// The words for the frame whose slot 0 this is.
///
/// # Safety
/// The GIL is held, and `slots` is slot 0 of a frame that was found ready for native code.
pub unsafe fn words(slots: *mut *mut PyObject) -> [usize; WORDS] {
    let mut words = [0; WORDS];
    // SAFETY: the caller's promise; the shim writes exactly the words of the enumeration.
    unsafe { shim::fatjit_context(slots, words.as_mut_ptr()) };
    words
}
