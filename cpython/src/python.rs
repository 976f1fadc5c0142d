//! A few calls into the interpreter, with owned references that drop themselves.
//!
//! Invariant: an [`Owned`] is one reference of ours to a live object, and is dropped with the GIL held.

use std::ffi::CStr;

use pyo3_ffi as py;
use pyo3_ffi::PyObject;

/// A reference of ours.
#[derive(Debug)]
pub struct Owned(*mut PyObject);

/// A Python exception is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raised;

impl Owned {
    /// Takes over a new reference; null means that an exception is set.
    ///
    /// # Errors
    /// It was null.
    ///
    /// # Safety
    /// `object` is null or a reference that nobody else gives up.
    pub unsafe fn new(object: *mut PyObject) -> Result<Owned, Raised> {
        if object.is_null() {
            Err(Raised)
        } else {
            Ok(Owned(object))
        }
    }

    /// One more reference to an object.
    ///
    /// # Safety
    /// `object` is alive.
    pub unsafe fn from_borrowed(object: *mut PyObject) -> Owned {
        // SAFETY: the caller's promise.
        unsafe { py::Py_INCREF(object) };
        Owned(object)
    }

    /// The object, borrowed.
    pub fn as_ptr(&self) -> *mut PyObject {
        self.0
    }

    /// The object; its reference is the caller's now.
    pub fn into_ptr(self) -> *mut PyObject {
        let object = self.0;
        std::mem::forget(self);
        object
    }

    /// An attribute.
    ///
    /// # Errors
    /// It has none, or reading it raised.
    pub fn attribute(&self, name: &CStr) -> Result<Owned, Raised> {
        // SAFETY: the object is alive.
        unsafe { Owned::new(py::PyObject_GetAttrString(self.0, name.as_ptr())) }
    }

    /// Calls it.
    ///
    /// # Errors
    /// It raised.
    pub fn call(&self, args: &[&Owned]) -> Result<Owned, Raised> {
        let args: Vec<*mut PyObject> = args.iter().map(|arg| arg.0).collect();
        // SAFETY: all objects are alive during the call.
        unsafe {
            Owned::new(py::PyObject_Vectorcall(
                self.0,
                args.as_ptr(),
                args.len(),
                std::ptr::null_mut(),
            ))
        }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: the reference is ours, and the GIL is held.
        unsafe { py::Py_DECREF(self.0) };
    }
}

/// An int object.
///
/// # Errors
/// No memory.
pub fn int(value: i64) -> Result<Owned, Raised> {
    // SAFETY: the GIL is held.
    unsafe { Owned::new(py::PyLong_FromLongLong(value)) }
}

/// A text object.
///
/// # Errors
/// No memory.
pub fn text(value: &str) -> Result<Owned, Raised> {
    // SAFETY: the GIL is held and the bytes are UTF-8 of this length.
    unsafe {
        Owned::new(py::PyUnicode_FromStringAndSize(
            value.as_ptr().cast(),
            value.len() as isize,
        ))
    }
}

/// An attribute of a module of `sys`, or a module.
///
/// # Errors
/// It cannot be imported.
pub fn import(name: &CStr) -> Result<Owned, Raised> {
    // SAFETY: the GIL is held.
    unsafe { Owned::new(py::PyImport_ImportModule(name.as_ptr())) }
}

/// Runs something that may set an exception, keeping the one that is set now.
pub fn aside<R>(action: impl FnOnce() -> R) -> R {
    // SAFETY: the GIL is held.
    let pending = unsafe { py::PyErr_GetRaisedException() };
    let result = action();
    // SAFETY: as above; the reference is given back.
    unsafe { py::PyErr_SetRaisedException(pending) };
    result
}

/// The exception that is set, as one line; it is cleared.
pub fn take_error_text() -> String {
    // SAFETY: the GIL is held.
    let Ok(error) = (unsafe { Owned::new(py::PyErr_GetRaisedException()) }) else {
        return "no exception is set".to_owned();
    };
    // SAFETY: the exception is alive.
    let words = unsafe { Owned::new(py::PyObject_Str(error.as_ptr())) };
    let words = words.ok().and_then(|words| {
        // SAFETY: the text is alive.
        unsafe { to_string(words.as_ptr()) }
    });
    // SAFETY: reading a text may have failed.
    unsafe { py::PyErr_Clear() };
    words.unwrap_or_else(|| "an exception that cannot be shown".to_owned())
}

/// The contents of a text object; an exception is set if it is none.
///
/// # Safety
/// `object` is alive, and the GIL is held.
pub unsafe fn to_string(object: *mut PyObject) -> Option<String> {
    let mut length = 0;
    // SAFETY: the caller's promise; the call checks that it is a text.
    let bytes = unsafe { py::PyUnicode_AsUTF8AndSize(object, &raw mut length) };
    if bytes.is_null() {
        return None;
    }
    // SAFETY: the interpreter returned that many bytes, which live as long as the text.
    let bytes = unsafe { std::slice::from_raw_parts(bytes.cast::<u8>(), length as usize) };
    String::from_utf8(bytes.to_vec()).ok()
}
