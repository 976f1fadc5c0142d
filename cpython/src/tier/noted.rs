//! What a region is called outside: in the note of a crash, by profilers, by debuggers.
//!
//! Invariant: a region goes by the same symbol wherever it is asked for, which follows from its code and place alone.

use std::ffi::CStr;

use fatjit_jit::region::Compiled;
use pyo3_ffi as py;
use pyo3_ffi::PyObject;

use super::report;
use crate::assume;
use crate::crash::Noted;
use crate::frame::Frame;
use crate::nested::Guests;
use crate::python::{self, Owned};
use crate::symbols;

/// What is said of a region if the process crashes, and what profilers and debuggers are told of it. It is the loop at this
/// position, or the whole function.
pub(super) fn noted(
    frame: Frame,
    (name, at): (&str, Option<u32>),
    (compiled, guests): (&Compiled, &Guests),
) -> Noted {
    let code = frame.code().cast();
    let name = format!("{name} of {}", text_of(frame, c"co_filename"));
    let symbol = symbols::announce(&compiled.code, || symbol(frame, at));
    Noted::new(
        &name,
        compiled,
        symbol,
        |unit| report::line(code, guests.own(unit)),
        report::words,
    )
}

/// What the code of the loop at a position, or of the whole function, is called by profilers and debuggers.
pub(super) fn symbol(frame: Frame, at: Option<u32>) -> symbols::Name {
    let line = report::line(frame.code().cast(), at.unwrap_or(0));
    let function = text_of(frame, c"co_qualname");
    symbols::Name::new(
        &module(frame),
        &function,
        text_of(frame, c"co_filename"),
        line,
    )
}

/// An attribute of a frame's code that is a text; nothing if it is no UTF-8.
fn text_of(frame: Frame, name: &CStr) -> String {
    // SAFETY: the GIL is held, and the frame keeps its code alive.
    let value = unsafe {
        Owned::new(py::PyObject_GetAttrString(
            frame.code().cast(),
            name.as_ptr(),
        ))
    };
    let text = value
        .ok()
        // SAFETY: as above, and the value is alive.
        .and_then(|value| unsafe { python::to_string(value.as_ptr()) });
    text.unwrap_or_else(|| {
        // SAFETY: the GIL is held.
        unsafe { py::PyErr_Clear() };
        String::new()
    })
}

/// The name of the module that a frame's code belongs to.
fn module(frame: Frame) -> String {
    let [globals, _] = assume::namespace(frame);
    let name = python::text("__name__").ok().and_then(|key| {
        // SAFETY: the GIL is held, the frame keeps its globals alive, the key is alive, and what they lend is looked at
        // before code runs.
        unsafe {
            let name = py::PyDict_GetItemWithError(globals as *mut PyObject, key.as_ptr());
            match name.is_null() || py::PyUnicode_Check(name) == 0 {
                true => None,
                false => python::to_string(name),
            }
        }
    });
    name.unwrap_or_else(|| {
        // SAFETY: the GIL is held; a name that is no UTF-8 raised, or memory was short.
        unsafe { py::PyErr_Clear() };
        "?".to_owned()
    })
}
