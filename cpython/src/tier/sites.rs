//! What each call was seen to call while something of its code is recorded.
//!
//! Invariant: functions are only told apart, never looked at: they may be gone. Their code is held from when it is seen
//! until what was recorded is compiled.

use std::collections::HashMap;

use pyo3_ffi::PyObject;

use crate::python::Owned;

/// Most calls that are kept.
const MOST: usize = 64;

/// The functions that calls were seen to call, by the index of the instruction.
#[derive(Default)]
pub(super) struct Sites {
    seen: HashMap<usize, Site>,
}

/// What a call was seen to call.
struct Site {
    code: Owned,
    /// Whether it always called functions with this code.
    one_code: bool,
    /// The address of the one function that it always called.
    function: Option<usize>,
}

impl Sites {
    /// A call of a Python function with this code.
    ///
    /// # Safety
    /// The GIL is held, and the function is alive.
    pub(super) unsafe fn note(
        &mut self,
        index: usize,
        function: *mut PyObject,
        code: *mut PyObject,
    ) {
        let full = self.seen.len() >= MOST;
        match self.seen.get_mut(&index) {
            Some(site) => {
                site.one_code &= site.code.as_ptr() == code;
                site.function = site.function.filter(|known| *known == function as usize);
            }
            None if full => {}
            None => {
                let site = Site {
                    // SAFETY: the function, which the caller says is alive, holds its code.
                    code: unsafe { Owned::from_borrowed(code) },
                    one_code: true,
                    function: Some(function as usize),
                };
                self.seen.insert(index, site);
            }
        }
    }

    /// The one code that what a call called always had, and the address of the function if that was one, too.
    pub(super) fn at(&self, index: usize) -> Option<(*mut PyObject, Option<usize>)> {
        let site = self.seen.get(&index).filter(|site| site.one_code)?;
        Some((site.code.as_ptr(), site.function))
    }
}
