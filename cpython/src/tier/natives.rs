//! The C side of recording and compiling: `csrc/tiering.h`.

use std::ffi::c_int;

use fatjit_jit::codegen::{LEAVE_FUNCTION, RESUME_FUNCTION};
use pyo3_ffi::PyObject;

/// Numbers of a code object.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CodeShape {
    pub locals: i64,
    pub stack_size: i64,
    pub flags: i64,
    pub first_line: i64,
}

/// Parts of a code object, in the order of `enum fatjit_code_part`.
#[derive(Clone, Copy, Debug)]
#[repr(i32)]
pub(super) enum CodePart {
    Code,
    ExceptionTable,
    LineTable,
    LocalNames,
    LocalKinds,
    Qualname,
}

unsafe extern "C" {
    pub(super) fn fatjit_code_shape(code: *mut PyObject, shape: *mut CodeShape);
    pub(super) fn fatjit_code_part(code: *mut PyObject, part: c_int) -> *mut PyObject;
    pub(super) fn fatjit_plain_parameters(code: *mut PyObject) -> i64;
    pub(super) fn fatjit_code_line(code: *mut PyObject, unit: i64) -> i64;
    pub(super) fn fatjit_kind(object: *mut PyObject) -> c_int;
    pub(super) fn fatjit_is_negative(object: *mut PyObject) -> c_int;
    pub(super) fn fatjit_element_kind(container: *mut PyObject, key: *mut PyObject) -> c_int;
    pub(super) fn fatjit_range_type() -> *mut PyObject;
    pub(super) fn fatjit_global_is_plain(slots: *mut *mut PyObject, arg: i64) -> c_int;
    fn fatjit_sequence_iter(sequence: *mut PyObject) -> *mut PyObject;
    fn fatjit_iterates_shared(iterator: *mut PyObject) -> i64;
    fn fatjit_sequence_iter_end(iterator: *mut PyObject);
    fn fatjit_range_len(start: i64, stop: i64, step: i64) -> i64;
    fn fatjit_range_iter_next(iterator: *mut PyObject) -> i64;
    fn fatjit_range_iter_left(iterator: *mut PyObject) -> i64;
    fn fatjit_range_iter_step(iterator: *mut PyObject) -> i64;
    fn fatjit_load_global_plain(slots: *mut *mut PyObject, depth: i64, arg: i64) -> i64;
}

/// The address of a routine that translated code calls, by the name it declares.
pub(super) fn address(name: &str) -> Option<usize> {
    Some(match name {
        "range_new" => crate::shim::fatjit_range_new as *const () as usize,
        "sequence_iter" => fatjit_sequence_iter as *const () as usize,
        "iterates_shared" => fatjit_iterates_shared as *const () as usize,
        "sequence_iter_end" => fatjit_sequence_iter_end as *const () as usize,
        "range_len" => fatjit_range_len as *const () as usize,
        "range_iter_next" => fatjit_range_iter_next as *const () as usize,
        "range_iter_left" => fatjit_range_iter_left as *const () as usize,
        "range_iter_step" => fatjit_range_iter_step as *const () as usize,
        "load_global_plain" => fatjit_load_global_plain as *const () as usize,
        LEAVE_FUNCTION => super::calls::leave_function as *const () as usize,
        RESUME_FUNCTION => super::calls::resume_function as *const () as usize,
        _ => return crate::helpers::address(name),
    })
}
