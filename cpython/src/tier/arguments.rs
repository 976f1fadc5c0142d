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

    fn positional(self) -> i64 {
        (self.all.len() - self.named()) as i64
    }

    /// The arguments by parameter, and defaults where there is none, borrowed; nothing if the call fails, or if the interpreter
    /// had to compare names to tell. What the function, which is being called, collects is left out.
    pub fn bound(
        self,
        function: *mut PyObject,
        parameters: usize,
    ) -> Option<[*mut PyObject; MAX_ARGUMENTS]> {
        let mut bound = [std::ptr::null_mut(); MAX_ARGUMENTS];
        let places = bound.get_mut(..parameters)?.as_mut_ptr();
        let (args, positional) = (self.all.as_ptr(), self.positional());
        // SAFETY: the function is being called with these, and has so many parameters.
        let fits = unsafe { natives::fatjit_bind(function, args, positional, self.names, places) };
        (fits != 0).then_some(bound)
    }

    /// What the function collects of arguments that are bound, in the order of its locals: references of the caller's; nothing
    /// if there is no memory.
    pub fn collected(self, function: *mut PyObject) -> Option<[*mut PyObject; 2]> {
        let mut collected = [std::ptr::null_mut(); 2];
        let (args, positional) = (self.all.as_ptr(), self.positional());
        let places = collected.as_mut_ptr();
        // SAFETY: the function is being called with these; it collects two objects at most.
        let made =
            unsafe { natives::fatjit_collect(function, args, positional, self.names, places) };
        (made == 0).then_some(collected)
    }

    /// Whoever passed them, and gives them up to the function, has None in their places from now on.
    ///
    /// # Safety
    /// They are on the stack of the frame that runs, and others hold what native code borrows of them.
    pub unsafe fn give_up(self) {
        // SAFETY: the caller's promise.
        unsafe { natives::fatjit_gives_up(self.first, self.all.len() as i64) };
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
