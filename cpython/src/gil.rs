//! State shared by all threads that hold the interpreter's lock.
//!
//! Invariant: a [`GilCell`] is touched only by threads that hold the GIL of the main interpreter; `enable`
//! refuses everywhere else, and every callback is called with it held. The GIL may pass to another thread
//! whenever Python code runs, so no reference into a cell outlives a call that may run some: contents are
//! copied or swapped, never lent.

use std::cell::Cell;

/// A cell guarded by the GIL.
#[derive(Debug)]
pub struct GilCell<T: Copy>(Cell<T>);

// SAFETY: only threads that hold the GIL reach the contents, one at a time (the module's invariant), and the
// contents are copied in and out, so that nobody sees them half changed.
unsafe impl<T: Copy> Sync for GilCell<T> {}

impl<T: Copy> GilCell<T> {
    /// A cell with this content.
    pub const fn new(value: T) -> Self {
        GilCell(Cell::new(value))
    }

    /// The content.
    pub fn get(&self) -> T {
        self.0.get()
    }

    /// Replaces the content.
    pub fn set(&self, value: T) {
        self.0.set(value);
    }

    /// Replaces the content and gives back the old one.
    pub fn replace(&self, value: T) -> T {
        self.0.replace(value)
    }
}
