//! The C shim's functions, as `csrc/*.h` declare and describe them.
//!
//! Invariant: the declarations here and there agree; `layout.h` and `ops.h` name the types that are mirrored.
//! All of them need the GIL.

use std::ffi::{c_char, c_int, c_void};

use pyo3_ffi::PyObject;

use crate::layout::Layout;

/// A helper that does one bytecode on the frame's own stack.
pub type OpFn = unsafe extern "C" fn(*mut *mut PyObject, i64, i64) -> c_int;

/// The interpreter's calling convention.
pub type Vectorcall = unsafe extern "C" fn(
    *mut PyObject,
    *const *mut PyObject,
    usize,
    *mut PyObject,
) -> *mut PyObject;

/// `fatjit_resume` in `csrc/generators.h`.
pub type Resume = unsafe extern "C" fn(*mut c_void, *mut PyObject, *mut *mut PyObject) -> c_int;

/// `struct fatjit_op`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct OpRow {
    /// The bytecode's name.
    pub name: *const c_char,
    /// Its helper.
    pub call: OpFn,
    /// Operands consumed, by argument; -1 if the argument is not supported.
    pub pops: unsafe extern "C" fn(i64) -> i64,
    /// Results pushed, by argument.
    pub pushes: unsafe extern "C" fn(i64) -> i64,
}

/// What a program is; `enum fatjit_program` in `csrc/programs.h`.
#[derive(Clone, Copy, Debug)]
#[repr(i32)]
pub enum Program {
    /// A script.
    File,
    /// The standard input.
    Stdin,
    /// A call.
    Call,
}

unsafe extern "C" {
    pub fn fatjit_run_program(kind: c_int, what: *mut PyObject, arguments: *mut PyObject) -> c_int;
    pub fn fatjit_blocks_begin();
    pub fn fatjit_layout(out: *mut Layout);
    pub fn fatjit_check_layout(text: *mut c_char, room: usize) -> *const c_char;

    pub fn fatjit_running_slots(code: *mut PyObject) -> *mut *mut PyObject;
    pub fn fatjit_iterator_set(iterator: *mut PyObject, state: *const i64);
    pub fn fatjit_frame_depth(slots: *mut *mut PyObject) -> i64;
    pub fn fatjit_frame_set_position(slots: *mut *mut PyObject, unit: i64);
    pub fn fatjit_frame_ready(slots: *mut *mut PyObject) -> c_int;
    pub fn fatjit_frame_enter(slots: *mut *mut PyObject) -> c_int;
    pub fn fatjit_frame_leave(slots: *mut *mut PyObject, event: c_int, depth: i64);
    pub fn fatjit_context(slots: *mut *mut PyObject, words: *mut usize);
    pub fn fatjit_unwind(slots: *mut *mut PyObject, depth: i64, unit: i64) -> i64;
    pub fn fatjit_has_back_edge(code: *mut PyObject) -> c_int;
    pub fn fatjit_names_itself(code: *mut PyObject) -> c_int;
    pub fn fatjit_code_names(code: *mut PyObject) -> *mut PyObject;
    pub fn fatjit_code_constants(code: *mut PyObject) -> *mut PyObject;
    pub fn fatjit_visit_code(
        visit: unsafe extern "C" fn(*mut PyObject, *mut c_void),
        data: *mut c_void,
    );

    pub fn fatjit_call_begins(arguments: *const *mut PyObject);
    pub fn fatjit_call_plainly(
        function: *mut PyObject,
        arguments: *const *mut PyObject,
        count: usize,
        names: *mut PyObject,
    ) -> *mut PyObject;
    pub fn fatjit_call_ready(
        code: *mut PyObject,
        bytes: i64,
        levels: *mut i64,
        words: *mut usize,
    ) -> c_int;
    pub fn fatjit_nesting_here(bytes: i64) -> i64;
    pub fn fatjit_stack_is_deep_here() -> c_int;
    pub fn fatjit_plain_vectorcall() -> Option<Vectorcall>;
    pub fn fatjit_function_install(function: *mut PyObject, entry: Vectorcall) -> u32;
    pub fn fatjit_function_restore(function: *mut PyObject, version: u32);
    pub fn fatjit_functions_restore_all(entry: Vectorcall);
    pub fn fatjit_frame_function(slots: *mut *mut PyObject) -> *mut PyObject;
    pub fn fatjit_current_slots() -> *mut *mut PyObject;
    pub fn fatjit_frame_make(function: *mut PyObject) -> *mut *mut PyObject;
    pub fn fatjit_code_tools(code: *mut PyObject) -> *mut c_void;
    pub fn fatjit_hands_over(function: *mut PyObject, arguments: *const *mut PyObject) -> c_int;
    pub fn fatjit_frame_begin(words: *const usize, function: *mut PyObject) -> *mut *mut PyObject;
    pub fn fatjit_frame_end(slots: *mut *mut PyObject, thread: *mut c_void);
    pub fn fatjit_frame_show(slots: *mut *mut PyObject, depth: i64, unit: i64);
    pub fn fatjit_frame_discard(slots: *mut *mut PyObject);
    pub fn fatjit_function_code(object: *mut PyObject) -> *mut PyObject;
    pub fn fatjit_called_code(object: *mut PyObject) -> *mut PyObject;
    pub fn fatjit_function_defaults(function: *mut PyObject) -> *mut PyObject;
    pub fn fatjit_frame_calls(slots: *mut *mut PyObject, unit: i64);
    pub fn fatjit_frame_hide(slots: *mut *mut PyObject);
    pub fn fatjit_frame_run(slots: *mut *mut PyObject, depth: i64, unit: i64) -> *mut PyObject;
    pub fn fatjit_initialized(returned: *mut PyObject) -> c_int;
    pub fn fatjit_frame_throw(slots: *mut *mut PyObject, depth: i64, unit: i64) -> *mut PyObject;

    pub fn fatjit_frame_position(slots: *mut *mut PyObject) -> i64;
    pub fn fatjit_frame_set_depth(slots: *mut *mut PyObject, depth: i64);
    pub fn fatjit_generators_resume_by(resume: Option<Resume>);
    pub fn fatjit_generator_position(generator: *mut PyObject) -> i64;
    pub fn fatjit_generator_code(generator: *mut PyObject) -> *mut PyObject;
    pub fn fatjit_generator_slots(generator: *mut PyObject) -> *mut *mut PyObject;
    pub fn fatjit_generator_begins(
        thread: *mut c_void,
        generator: *mut PyObject,
        bytes: i64,
        levels: *mut i64,
        words: *mut usize,
    ) -> c_int;
    pub fn fatjit_generator_yields(
        thread: *mut c_void,
        generator: *mut PyObject,
        depth: i64,
        unit: i64,
    ) -> *mut PyObject;
    pub fn fatjit_fold_rest(
        fold: c_int,
        function: *mut PyObject,
        accumulated: *mut PyObject,
        generator: *mut PyObject,
        item: *mut PyObject,
    ) -> *mut PyObject;
    pub fn fatjit_guest_suspends(generator: *mut PyObject, depth: i64, unit: i64);
    pub fn fatjit_guest_shows(generator: *mut PyObject, depth: i64, unit: i64);
    pub fn fatjit_frame_iterates(slots: *mut *mut PyObject, unit: i64);
    pub fn fatjit_generator_goes_on(
        generator: *mut PyObject,
        depth: i64,
        unit: i64,
        raised: c_int,
    ) -> *mut PyObject;

    pub fn fatjit_others_watch(code: *mut PyObject) -> c_int;
    pub fn fatjit_foreign_eval_frame() -> c_int;
    pub fn fatjit_is_main_interpreter() -> c_int;

    pub fn fatjit_ops(count: *mut usize) -> *const OpRow;
    pub fn fatjit_run_op(
        op: *const OpRow,
        arg: i64,
        function: *mut PyObject,
        locals: *mut PyObject,
        stack: *mut PyObject,
    ) -> *mut PyObject;

    pub fn fatjit_reserve_start() -> c_int;
    pub fn fatjit_reserve_fill();
    pub fn fatjit_exit_int(value: i64) -> *mut PyObject;
    pub fn fatjit_instance_new(class: *mut PyObject) -> *mut PyObject;
    pub fn fatjit_instance_put_own(
        made: *mut PyObject,
        place: i64,
        value: *mut PyObject,
    ) -> *mut PyObject;
    pub fn fatjit_exit_float(value: f64) -> *mut PyObject;
    pub fn fatjit_exit_range_iterator(next: i64, left: i64, step: i64) -> *mut PyObject;
    pub fn fatjit_exit_lost() -> *mut PyObject;

    pub fn fatjit_box_i64(value: i64) -> *mut PyObject;
    pub fn fatjit_box_f64(value: f64) -> *mut PyObject;
    pub fn fatjit_dealloc(object: *mut PyObject);
    pub fn fatjit_items_left(iterator: *mut PyObject) -> i64;
    pub fn fatjit_range_iter_new(next: i64, left: i64, step: i64) -> *mut PyObject;
    pub fn fatjit_range_new(start: i64, stop: i64, step: i64, len: i64) -> *mut PyObject;
}
