//! What a unit's code names by address: its objects, what it names like objects, and what its expansions compare with.
//!
//! Invariant: the order is that in which translation declared them.

use std::cell::Cell;

use pyo3_ffi as py;
use pyo3_ffi::PyObject;

use super::called::Natives;
use super::function::Unit;
use super::guests::Generator;
use super::natives;
use crate::assume::Finder;
use crate::expand::{Addresses, Framed};
use crate::frame::Frame;
use crate::translate::{Named, Translated};
use crate::{python, shim};

/// What units name like objects although they are none.
#[derive(Clone, Copy)]
pub(super) struct Numbers<'a> {
    /// The counter of rounds, of a loop.
    pub rounds: Option<&'a Cell<u64>>,
    /// What activations name a function by.
    pub unit: Option<&'a Unit>,
    /// Whether the version of a function with a frame is not to be run any more.
    pub retired: Option<&'a Cell<u64>>,
}

/// The address of something that units name like an object.
fn address<T>(of: Option<&T>) -> *mut PyObject {
    of.map_or(std::ptr::null_mut(), |it| {
        (&raw const *it).cast_mut().cast()
    })
}

/// What the unit's objects are.
pub(super) fn objects(
    frame: Frame,
    translated: &Translated,
    finder: &Finder,
    natives: &Natives<'_>,
    numbers: Numbers<'_>,
    generators: &[Generator<'_>],
) -> Vec<*mut PyObject> {
    let code_of = |generator: &u32| generators[*generator as usize].code;
    let object = |named: &Named| {
        // SAFETY: the GIL is held, the frame keeps its code alive, and the index is one of its constants.
        unsafe {
            match named {
                Named::None => py::Py_None(),
                Named::Rounds => address(numbers.rounds),
                Named::Itself => address(numbers.unit),
                Named::Entry(n) => natives.entry(*n),
                Named::RangeType => natives::fatjit_range_type(),
                Named::Characters => natives::fatjit_characters().cast(),
                Named::SharedNames(class) => natives::fatjit_class_names(finder.object(*class)),
                Named::Method(method) => natives::fatjit_method(*method as i32),
                Named::Name(index) => {
                    py::PyTuple_GetItem(crate::assume::names(frame), *index as isize)
                }
                Named::Known(known) => finder.object(*known),
                Named::Const(index) => {
                    let constants = shim::fatjit_code_constants(frame.code().cast());
                    py::PyTuple_GetItem(constants, *index as isize)
                }
                Named::GeneratorName(of, index) => {
                    py::PyTuple_GetItem(shim::fatjit_code_names(code_of(of)), *index as isize)
                }
                Named::GeneratorCode(of) => code_of(of),
            }
        }
    };
    translated.objects.iter().map(object).collect()
}

/// The texts in a constant of code that is alive, if that is a tuple of such.
pub(super) fn texts(code: *mut PyObject, constant: u32) -> Option<Vec<String>> {
    // SAFETY: the GIL is held, and the caller says that the code is alive.
    unsafe {
        let constants = shim::fatjit_code_constants(code);
        if i64::from(constant) >= py::PyTuple_Size(constants) as i64 {
            return None;
        }
        let tuple = py::PyTuple_GetItem(constants, constant as isize);
        if py::PyTuple_CheckExact(tuple) == 0 {
            return None;
        }
        let items = 0..py::PyTuple_Size(tuple);
        let texts: Option<Vec<String>> = items
            .map(|at| python::to_string(py::PyTuple_GetItem(tuple, at)))
            .collect();
        if texts.is_none() {
            py::PyErr_Clear();
        }
        texts
    }
}

/// In the order of the types that translation declares.
pub(super) fn compared(
    frame: Frame,
    retired: Option<&Cell<u64>>,
    assumptions: Option<usize>,
) -> Addresses {
    // SAFETY: addresses of statics and singletons, and of what belongs to the frame's code; nothing is read.
    unsafe {
        let tools = shim::fatjit_code_tools(frame.code().cast()) as usize;
        Addresses {
            framed: retired.map(|retired| Framed {
                tools,
                retired: retired.as_ptr() as usize,
            }),
            code: frame.code() as usize,
            true_object: py::Py_True() as usize,
            false_object: py::Py_False() as usize,
            small_ints: natives::small_ints(),
            types: vec![
                &raw const py::PyLong_Type as usize,
                &raw const py::PyFloat_Type as usize,
                &raw const py::PyBool_Type as usize,
                &raw const py::PyRangeIter_Type as usize,
                &raw const py::PyRange_Type as usize,
                py::Py_TYPE(py::Py_None()) as usize,
                &raw const py::PyList_Type as usize,
                &raw const py::PyTuple_Type as usize,
                &raw const py::PyBytes_Type as usize,
                &raw const py::PyByteArray_Type as usize,
                &raw const py::PyListIter_Type as usize,
                &raw const py::PyTupleIter_Type as usize,
                &raw const py::PyCFunction_Type as usize,
                &raw const py::PyUnicode_Type as usize,
                natives::fatjit_text_iter_type() as usize,
                &raw const py::PyEnum_Type as usize,
                &raw const py::PyZip_Type as usize,
                natives::fatjit_array_type() as usize,
                &raw const py::PyFunction_Type as usize,
                &raw const py::PyDict_Type as usize,
                &raw const py::PySet_Type as usize,
                &raw const py::PyFrozenSet_Type as usize,
                natives::fatjit_list_reversed_type() as usize,
                natives::fatjit_reversed_type() as usize,
                natives::fatjit_method_type() as usize,
                &raw const py::PyDictIterKey_Type as usize,
                &raw const py::PyDictIterValue_Type as usize,
                &raw const py::PyDictIterItem_Type as usize,
                &raw const py::PySetIter_Type as usize,
            ],
            assumptions,
        }
    }
}
