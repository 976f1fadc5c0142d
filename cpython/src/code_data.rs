//! Data of ours that lives as long as a code object.
//!
//! Invariant: one type of data is ever attached, under one index that is requested once in a process; the
//! interpreter gives it back to [`free`] when the code object dies, and to nobody else.

use std::ffi::{c_int, c_void};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3_ffi::PyObject;
use thiserror::Error;

unsafe extern "C" {
    fn PyUnstable_Eval_RequestCodeExtraIndex(free: unsafe extern "C" fn(*mut c_void)) -> isize;
    fn PyUnstable_Code_GetExtra(code: *mut PyObject, index: isize, data: *mut *mut c_void)
    -> c_int;
    fn PyUnstable_Code_SetExtra(code: *mut PyObject, index: isize, data: *mut c_void) -> c_int;
}

/// No index, or no memory, is left for data of code objects.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the interpreter has no room for data of code objects")]
pub struct NoRoom;

/// Where data of type `T` hangs on code objects.
#[derive(Debug)]
pub struct CodeData<T> {
    index: isize,
    of: PhantomData<fn() -> T>,
}

// Written out because deriving would ask the same of `T`.
impl<T> Clone for CodeData<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for CodeData<T> {}

impl<T: 'static> CodeData<T> {
    /// Asks the interpreter for a place. To be done once in a process: places are never given back. Needs
    /// the GIL.
    ///
    /// # Errors
    /// All places are taken.
    pub fn request() -> Result<CodeData<T>, NoRoom> {
        // SAFETY: the GIL is held; `free::<T>` fits what `attach` attaches.
        match unsafe { PyUnstable_Eval_RequestCodeExtraIndex(free::<T>) } {
            index if index >= 0 => Ok(CodeData {
                index,
                of: PhantomData,
            }),
            _ => Err(NoRoom),
        }
    }

    /// What is attached to a code object.
    ///
    /// # Safety
    /// The GIL is held; `code` is a code object that outlives the borrow.
    pub unsafe fn get<'a>(self, code: *mut PyObject) -> Option<&'a T> {
        let mut data = std::ptr::null_mut();
        // SAFETY: the caller's promise; the place is ours.
        let failed = unsafe { PyUnstable_Code_GetExtra(code, self.index, &raw mut data) } != 0;
        if failed {
            return None;
        }
        // SAFETY: only `attach` puts data here, boxed and of type `T`, and it stays until the code dies.
        unsafe { data.cast::<T>().as_ref() }
    }

    /// Attaches data to a code object that has none yet.
    ///
    /// # Errors
    /// There is no memory.
    ///
    /// # Safety
    /// As for [`CodeData::get`].
    pub unsafe fn attach<'a>(self, code: *mut PyObject, data: Box<T>) -> Result<&'a T, NoRoom> {
        let data = Box::into_raw(data);
        // SAFETY: the caller's promise; the interpreter gives the box back to `free::<T>`.
        if unsafe { PyUnstable_Code_SetExtra(code, self.index, data.cast()) } != 0 {
            // SAFETY: it was not taken, so it is still ours; the error that was set is told by ours.
            unsafe {
                pyo3_ffi::PyErr_Clear();
                drop(Box::from_raw(data));
            }
            return Err(NoRoom);
        }
        // SAFETY: it lives until the code object dies.
        Ok(unsafe { &*data })
    }
}

unsafe extern "C" fn free<T>(data: *mut c_void) {
    if data.is_null() {
        return;
    }
    // A panic must not cross into C; what was being dropped is lost then, which harms nobody.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: `attach` boxed it, and the interpreter gives it back once.
        drop(unsafe { Box::from_raw(data.cast::<T>()) });
    }));
}
