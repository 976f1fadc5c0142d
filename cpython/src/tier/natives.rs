//! The C side of recording and compiling: `csrc/tiering.h`.

use std::ffi::c_int;
use std::sync::OnceLock;

use fatjit_jit::codegen::{BEGIN_FRAME, LEAVE_FUNCTION, RELEASE, RESUME_FUNCTION};
use pyo3_ffi::PyObject;

use crate::expand::{GREATEST, SMALL_INT_SIZE, SMALLEST};

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
    Names,
}

/// What `fatjit_dict_index` tells of an instance whose dict has nothing of the name: `FATJIT_NOT_IN_DICT`.
pub(super) const NOT_IN_DICT: i64 = -1;

/// Bits of what `fatjit_stars` tells: `enum fatjit_star`.
pub(super) const STAR_TUPLE: i64 = 1;
pub(super) const STAR_DICT: i64 = 2;

unsafe extern "C" {
    pub(super) fn fatjit_method_type() -> *mut PyObject;
    pub(super) fn fatjit_method_function(object: *mut PyObject) -> *mut PyObject;
    pub(super) fn fatjit_size(object: *mut PyObject) -> i64;
    pub(super) fn fatjit_stars(code: *mut PyObject) -> i64;
    pub(super) fn fatjit_bind(
        function: *mut PyObject,
        arguments: *const *mut PyObject,
        positional: i64,
        names: *mut PyObject,
        bound: *mut *mut PyObject,
    ) -> c_int;
    pub(super) fn fatjit_collect(
        function: *mut PyObject,
        arguments: *const *mut PyObject,
        positional: i64,
        names: *mut PyObject,
        collected: *mut *mut PyObject,
    ) -> c_int;
    pub(super) fn fatjit_gives_up(arguments: *mut *mut PyObject, count: i64);
    pub(super) fn fatjit_code_shape(code: *mut PyObject, shape: *mut CodeShape);
    pub(super) fn fatjit_code_part(code: *mut PyObject, part: c_int) -> *mut PyObject;
    pub(super) fn fatjit_plain_parameters(code: *mut PyObject) -> i64;
    pub(super) fn fatjit_kind_alone(object: *mut PyObject) -> i64;
    pub(super) fn fatjit_iterates_twice(slots: *mut *mut PyObject, depth: i64) -> *mut PyObject;
    pub(super) fn fatjit_arguments(code: *mut PyObject) -> i64;
    pub(super) fn fatjit_positional_only(code: *mut PyObject) -> i64;
    pub(super) fn fatjit_mapped_kind(dict: *mut PyObject, key: *mut PyObject) -> i64;
    pub(super) fn fatjit_keyword_only(code: *mut PyObject) -> i64;
    pub(super) fn fatjit_cell_content(cell: *mut PyObject) -> *mut PyObject;
    pub(super) fn fatjit_free_variables(code: *mut PyObject) -> i64;
    pub(super) fn fatjit_function_closure(function: *mut PyObject) -> *mut PyObject;
    pub(super) fn fatjit_function_namespace(function: *mut PyObject, found: *mut *mut PyObject);
    pub(super) fn fatjit_code_line(code: *mut PyObject, unit: i64) -> i64;
    pub(super) fn fatjit_number(object: *mut PyObject, ty: c_int, number: *mut u64) -> c_int;
    pub(super) fn fatjit_kind(object: *mut PyObject) -> i64;
    pub(super) fn fatjit_is_negative(object: *mut PyObject) -> c_int;
    pub(super) fn fatjit_is_long(object: *mut PyObject) -> c_int;
    pub(super) fn fatjit_truth_is_plain(object: *mut PyObject) -> c_int;
    pub(super) fn fatjit_dict_index(object: *mut PyObject, name: *mut PyObject) -> i64;
    pub(super) fn fatjit_attribute_kind(object: *mut PyObject, name: *mut PyObject) -> i64;
    pub(super) fn fatjit_class_in_cell(object: *mut PyObject) -> *mut PyObject;
    pub(super) fn fatjit_special_code(object: *mut PyObject, special: i32) -> *mut PyObject;
    pub(super) fn fatjit_getter_code(object: *mut PyObject, name: *mut PyObject) -> *mut PyObject;
    pub(super) fn fatjit_operator_code(
        left: *mut PyObject,
        right: *mut PyObject,
        op: i64,
    ) -> *mut PyObject;
    pub(super) fn fatjit_operator_known(
        result: *mut PyObject,
        left: *mut PyObject,
        what: i64,
    ) -> *mut PyObject;
    pub(super) fn fatjit_operator_between(
        result: *mut PyObject,
        left: *mut PyObject,
        right: *mut PyObject,
        what: i64,
    ) -> *mut PyObject;
    pub(super) fn fatjit_operator_result(
        result: *mut PyObject,
        left: *mut PyObject,
        right: *mut PyObject,
        op: i64,
    ) -> *mut PyObject;
    pub(super) fn fatjit_comparison_result(
        result: *mut PyObject,
        left: *mut PyObject,
        right: *mut PyObject,
        arg: i64,
    ) -> *mut PyObject;
    pub(super) fn fatjit_code_behind(object: *mut PyObject) -> *mut PyObject;
    pub(super) fn fatjit_class_names(class: *mut PyObject) -> *mut PyObject;
    pub(super) fn fatjit_element_kind(container: *mut PyObject, key: *mut PyObject) -> i64;
    pub(super) fn fatjit_constant_members(constant: *mut PyObject) -> *mut PyObject;
    pub(super) fn fatjit_range_type() -> *mut PyObject;
    pub(super) fn fatjit_characters() -> *mut *mut PyObject;
    pub(super) fn fatjit_array_type() -> *mut PyObject;
    pub(super) fn fatjit_reversed_type() -> *mut PyObject;
    pub(super) fn fatjit_list_reversed_type() -> *mut PyObject;
    pub(super) fn fatjit_array_description(format: c_int) -> *const std::ffi::c_void;
    pub(super) fn fatjit_text_iter_type() -> *mut PyObject;
    pub(super) fn fatjit_global_is_plain(slots: *mut *mut PyObject, arg: i64) -> c_int;
    fn fatjit_small_ints(first: i64, last: i64, size: i64) -> *mut PyObject;
    pub(super) fn fatjit_method(method: c_int) -> *mut PyObject;
    pub(super) fn fatjit_method_def(method: c_int) -> *mut std::ffi::c_void;
}

// The functions of the C library that `math` calls, too.
unsafe extern "C" {
    fn sqrt(x: f64) -> f64;
    fn sin(x: f64) -> f64;
    fn cos(x: f64) -> f64;
    fn tan(x: f64) -> f64;
    fn asin(x: f64) -> f64;
    fn acos(x: f64) -> f64;
    fn atan(x: f64) -> f64;
    fn sinh(x: f64) -> f64;
    fn cosh(x: f64) -> f64;
    fn tanh(x: f64) -> f64;
    fn exp(x: f64) -> f64;
    fn log(x: f64) -> f64;
    fn log2(x: f64) -> f64;
    fn log10(x: f64) -> f64;
    fn fabs(x: f64) -> f64;
    fn floor(x: f64) -> f64;
    fn ceil(x: f64) -> f64;
    fn trunc(x: f64) -> f64;
    fn rint(x: f64) -> f64;
    fn atan2(y: f64, x: f64) -> f64;
    fn copysign(x: f64, y: f64) -> f64;
}

/// The first of the interpreter's small ints, if they lie as expansions expect. Needs the GIL.
pub(super) fn small_ints() -> Option<usize> {
    static FIRST: OnceLock<usize> = OnceLock::new();
    let first = *FIRST.get_or_init(|| {
        // SAFETY: the GIL is held.
        let first = unsafe { fatjit_small_ints(SMALLEST, GREATEST, SMALL_INT_SIZE) };
        first as usize
    });
    (first != 0).then_some(first)
}

/// Whether a float that is whole fits 64 bits.
extern "C" fn whole_fits(x: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    i64::from((-LIMIT..LIMIT).contains(&x))
}

/// Its value.
extern "C" fn whole(x: f64) -> i64 {
    x as i64
}

fn math(name: &str) -> Option<usize> {
    Some(match name {
        "math_sqrt" => sqrt as *const () as usize,
        "math_sin" => sin as *const () as usize,
        "math_cos" => cos as *const () as usize,
        "math_tan" => tan as *const () as usize,
        "math_asin" => asin as *const () as usize,
        "math_acos" => acos as *const () as usize,
        "math_atan" => atan as *const () as usize,
        "math_sinh" => sinh as *const () as usize,
        "math_cosh" => cosh as *const () as usize,
        "math_tanh" => tanh as *const () as usize,
        "math_exp" => exp as *const () as usize,
        "math_log" => log as *const () as usize,
        "math_log2" => log2 as *const () as usize,
        "math_log10" => log10 as *const () as usize,
        "math_fabs" => fabs as *const () as usize,
        "math_floor" => floor as *const () as usize,
        "math_ceil" => ceil as *const () as usize,
        "math_trunc" => trunc as *const () as usize,
        "math_rint" => rint as *const () as usize,
        "math_atan2" => atan2 as *const () as usize,
        "math_copysign" => copysign as *const () as usize,
        "whole_fits" => whole_fits as *const () as usize,
        "whole" => whole as *const () as usize,
        _ => return None,
    })
}

/// The address of a routine that translated code calls, by the name it declares.
pub(super) fn address(name: &str) -> Option<usize> {
    Some(match name {
        "instance_new" => crate::shim::fatjit_instance_new as *const () as usize,
        "instance_put_own" => crate::shim::fatjit_instance_put_own as *const () as usize,
        "range_new" => crate::shim::fatjit_range_new as *const () as usize,
        "guest_suspends" => crate::shim::fatjit_guest_suspends as *const () as usize,
        LEAVE_FUNCTION => super::calls::leave_function as *const () as usize,
        "operator_between" => fatjit_operator_between as *const () as usize,
        "operator_result" => fatjit_operator_known as *const () as usize,
        "initialized" => crate::shim::fatjit_initialized as *const () as usize,
        BEGIN_FRAME => crate::shim::fatjit_frame_begin as *const () as usize,
        RELEASE => pyo3_ffi::Py_DecRef as *const () as usize,
        RESUME_FUNCTION => super::calls::resume_function as *const () as usize,
        _ => {
            let known = super::routines::address(name).or_else(|| math(name));
            return known.or_else(|| crate::helpers::address(name));
        }
    })
}
