//! What each call was seen to call while something of its code is recorded.
//!
//! Invariant: functions are only told apart, never looked at: they may be gone. Their code is held from when it is seen
//! until what was recorded is compiled.

use std::collections::HashMap;

use pyo3_ffi::PyObject;

use crate::assume::Watchers;
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

/// Most classes of instances that are told apart at one place.
const MOST_CLASSES: usize = 4;

/// The classes of instances, by the index of the instruction.
///
/// Invariant: classes are only told apart; whether one is still there, the watchers know.
#[derive(Default)]
pub(super) struct Classes {
    /// None where there were more, or something whose class is not watched.
    seen: HashMap<usize, Option<Vec<usize>>>,
}

impl Classes {
    /// An instance of a class was seen, or something else.
    pub(super) fn note(&mut self, index: usize, class: Option<usize>) {
        let place = self
            .seen
            .entry(index)
            .or_insert_with(|| Some(Vec::with_capacity(1)));
        let Some(classes) = place else {
            return;
        };
        let Some(class) = class else {
            *place = None;
            return;
        };
        if classes.contains(&class) {
            return;
        }
        // Those that changed or are gone make room.
        classes.retain(|known| Watchers::get().knows_class(*known));
        match classes.len() < MOST_CLASSES {
            true => classes.push(class),
            false => *place = None,
        }
    }

    /// The classes of which instances were seen, as far as they are still what they were.
    pub(super) fn at(&self, index: usize) -> Vec<usize> {
        let classes = self.seen.get(&index).and_then(Option::as_ref);
        let known = classes.into_iter().flatten().copied();
        known
            .filter(|class| Watchers::get().knows_class(*class))
            .collect()
    }
}
