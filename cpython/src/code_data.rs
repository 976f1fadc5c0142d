//! Data of ours that lives as long as a code object.
//!
//! Invariant: whoever is told that a code object dies calls [`CodeData::forget`] (`monitor.rs` is, from before
//! anything is attached until the interpreter ends), so an address that is known is that of a code object that
//! lives. The interpreter's own place for such data is not used: once a code object has data of one user there,
//! the others' routines are called for it, too, which programs can notice.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use pyo3_ffi::PyObject;

/// Where data of type `T` hangs on code objects. Its contents are reached with the GIL held only.
#[derive(Debug)]
pub struct CodeData<T> {
    known: RefCell<HashMap<usize, Box<T>, BuildHasherDefault<OfAddress>>>,
    /// What was asked for last, by some bits of the code's address: that address, and what hangs there.
    last: [Cell<(usize, *const T)>; LAST],
}

/// Places for what was asked for last.
const LAST: usize = 64;

fn place(code: usize) -> usize {
    // Code objects are larger than so many bytes.
    (code >> 7) % LAST
}

impl<T> Default for CodeData<T> {
    fn default() -> Self {
        CodeData {
            known: RefCell::default(),
            last: [const { Cell::new((0, std::ptr::null())) }; LAST],
        }
    }
}

impl<T> CodeData<T> {
    /// What is attached to a code object.
    ///
    /// # Safety
    /// The code object outlives the borrow.
    pub unsafe fn get<'a>(&self, code: *mut PyObject) -> Option<&'a T> {
        let last = &self.last[place(code as usize)];
        let data = match last.get() {
            (address, data) if address == code as usize => data,
            _ => {
                let known = self.known.borrow();
                let data = &raw const **known.get(&(code as usize))?;
                last.set((code as usize, data));
                data
            }
        };
        // SAFETY: the box stays where it is until the code dies.
        Some(unsafe { &*data })
    }

    /// Attaches data to a code object that has none yet.
    ///
    /// # Safety
    /// As for [`CodeData::get`].
    pub unsafe fn attach<'a>(&self, code: *mut PyObject, data: T) -> &'a T {
        let data = Box::new(data);
        let attached: *const T = &raw const *data;
        let old = self.known.borrow_mut().insert(code as usize, data);
        debug_assert!(old.is_none(), "attached twice");
        // SAFETY: as above.
        unsafe { &*attached }
    }

    /// The code objects that have data.
    pub fn all(&self) -> Vec<*mut PyObject> {
        let known = self.known.borrow();
        known.keys().map(|code| *code as *mut PyObject).collect()
    }

    /// A code object dies, and its data with it, if it has any.
    pub fn forget(&self, code: *mut PyObject) {
        self.last[place(code as usize)].set((0, std::ptr::null()));
        let data = self.known.borrow_mut().remove(&(code as usize));
        // Other code may die with it.
        drop(data);
    }
}

/// Spreads addresses, whose lowest bits are alike, over a table: multiplication by 2^64 divided by the golden ratio
/// (Knuth, The Art of Computer Programming, volume 3, section 6.4).
#[derive(Clone, Copy, Debug, Default)]
pub struct OfAddress(u64);

impl Hasher for OfAddress {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_usize(usize::from(*byte));
        }
    }

    fn write_usize(&mut self, address: usize) {
        let mixed = (self.0 ^ address as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        // Tables look at the lowest bits and at the highest ones.
        self.0 = mixed ^ (mixed >> 32);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
