//! Arguments of calls from the interpreter, and what comes of them: bound to parameters, unboxed, and the result boxed.
//!
//! Invariant: nothing here runs code of the program. Whatever would have to, such as names that are not the code's own
//! texts, is left to the interpreter's own call.

use fatjit_ir::Type;
use pyo3_ffi as py;
use pyo3_ffi::PyObject;

use super::function::MAX_ARGUMENTS;
use super::{natives, recorder};
use crate::shim;

/// The arguments of a call as the interpreter passes them: those whose names are in the tuple, which may be null, behind
/// the others.
#[derive(Clone, Copy)]
pub(super) struct Arguments<'a> {
    pub all: &'a [*mut PyObject],
    pub names: *mut PyObject,
    /// Where they are, for those that are taken over from there.
    pub first: *mut *mut PyObject,
}

impl Arguments<'_> {
    /// How many have names.
    pub fn named(self) -> usize {
        match self.names.is_null() {
            true => 0,
            // SAFETY: the interpreter passes a tuple.
            false => unsafe { py::PyTuple_Size(self.names) as usize },
        }
    }

    /// The arguments by parameter, which are so many, the last of which are given by name only, and defaults where there is
    /// none; nothing if the call fails, or if the interpreter had to compare names to tell.
    pub fn bound(
        self,
        function: *mut PyObject,
        (parameters, keyword_only): (usize, usize),
    ) -> Option<[*mut PyObject; MAX_ARGUMENTS]> {
        let mut bound = [std::ptr::null_mut(); MAX_ARGUMENTS];
        let places = bound.get_mut(..parameters)?;
        let by_position = parameters - keyword_only;
        let (positional, named) = self.all.split_at(self.all.len() - self.named());
        places[..by_position]
            .get_mut(..positional.len())?
            .copy_from_slice(positional);
        // SAFETY: the function is being called, and names are a tuple as long.
        unsafe {
            for (at, arg) in (0..).zip(named) {
                let name = py::PyTuple_GetItem(self.names, at);
                let code = shim::fatjit_function_code(function);
                let at = usize::try_from(natives::fatjit_parameter(code, name)).ok()?;
                let place = places.get_mut(at).filter(|place| place.is_null())?;
                *place = *arg;
            }
            let (by_position, by_name) = places.split_at_mut(by_position);
            if by_position.iter().any(|place| place.is_null()) {
                // Defaults are a tuple or null.
                let defaults = shim::fatjit_function_defaults(function);
                if defaults.is_null() {
                    return None;
                }
                let first = by_position
                    .len()
                    .checked_sub(py::PyTuple_Size(defaults) as usize)?;
                for (at, place) in by_position.iter_mut().enumerate() {
                    if place.is_null() {
                        *place = py::PyTuple_GetItem(defaults, at.checked_sub(first)? as isize);
                    }
                }
            }
            for (at, place) in (by_position.len() as i64..).zip(by_name) {
                if place.is_null() {
                    *place = natives::fatjit_keyword_default(function, at);
                    if place.is_null() {
                        return None;
                    }
                }
            }
        }
        Some(bound)
    }
}

/// Unboxes arguments; false if they are others than the function takes.
pub(super) fn unboxed(args: &[*mut PyObject], params: &[Type], words: &mut [u64]) -> bool {
    let arguments = args.iter().zip(params).zip(words);
    arguments.into_iter().all(|((&arg, &ty), word)| {
        let bits = match ty {
            Type::Ref | Type::Own => Some(arg as u64),
            // SAFETY: the argument is alive.
            _ => unsafe { recorder::number(arg, ty) },
        };
        // A NaN can be told from others by its object.
        let bits = bits.filter(|bits| ty != Type::F64 || !f64::from_bits(*bits).is_nan());
        if let Some(bits) = bits {
            *word = bits;
        }
        bits.is_some()
    })
}

/// The object of a result. It does not fail where something is set aside: the function's frame, whose handlers might
/// want to see the MemoryError, is no more.
pub(super) fn boxed(ty: Type, bits: u64) -> *mut PyObject {
    // SAFETY: the GIL is held; an object is a reference that native code gave up.
    unsafe {
        let object = match ty {
            Type::F64 => shim::fatjit_box_f64(f64::from_bits(bits)),
            Type::Bool if bits == 0 => py::Py_False(),
            Type::Bool => py::Py_True(),
            Type::Own => bits as *mut PyObject,
            _ => shim::fatjit_box_i64(bits as i64),
        };
        if !object.is_null() {
            return object;
        }
        py::PyErr_Clear();
        shim::fatjit_reserve_fill();
        match ty {
            Type::F64 => shim::fatjit_exit_float(f64::from_bits(bits)),
            _ => shim::fatjit_exit_int(bits as i64),
        }
    }
}
