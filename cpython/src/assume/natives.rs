//! The C side of facts: `csrc/facts.h`, and the interpreter's watchers.

use std::ffi::{c_char, c_int};

use pyo3_ffi::PyObject;

/// What a dict's watcher is told of; `PyDict_WatchEvent`.
pub(super) mod dict_event {
    use std::ffi::c_int;

    pub const ADDED: c_int = 0;
    pub const MODIFIED: c_int = 1;
    pub const DELETED: c_int = 2;
    pub const DEALLOCATED: c_int = 5;
}

/// What a function's watcher is told of; `PyFunction_WatchEvent`.
pub(super) mod function_event {
    use std::ffi::c_int;

    pub const DESTROY: c_int = 1;
    pub const MODIFY_CODE: c_int = 2;
    pub const MODIFY_DEFAULTS: c_int = 3;
    pub const MODIFY_KEYWORD_DEFAULTS: c_int = 4;
}

/// Where an attribute is; `struct fatjit_attribute`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct FoundAttribute {
    pub form: i64,
    pub place: i64,
    pub value: *mut PyObject,
    pub names: i64,
}

/// Forms of attributes; `enum fatjit_attribute_form`.
pub(super) mod attribute_form {
    pub const VALUE: i64 = 1;
    pub const SLOT: i64 = 2;
    pub const OF_CLASS: i64 = 3;
    pub const METHOD: i64 = 4;
    pub const IN_DICT: i64 = 5;
}

pub(super) type TypeCallback = unsafe extern "C" fn(*mut PyObject) -> c_int;
pub(super) type DictCallback =
    unsafe extern "C" fn(c_int, *mut PyObject, *mut PyObject, *mut PyObject) -> c_int;
pub(super) type FunctionCallback =
    unsafe extern "C" fn(c_int, *mut PyObject, *mut PyObject) -> c_int;

unsafe extern "C" {
    pub(super) fn PyDict_AddWatcher(callback: DictCallback) -> c_int;
    pub(super) fn PyDict_Watch(watcher: c_int, dict: *mut PyObject) -> c_int;
    pub(super) fn PyDict_Unwatch(watcher: c_int, dict: *mut PyObject) -> c_int;
    pub(super) fn PyFunction_AddWatcher(callback: FunctionCallback) -> c_int;

    pub(super) fn PyType_AddWatcher(callback: TypeCallback) -> c_int;
    pub(super) fn PyType_Watch(watcher: c_int, class: *mut PyObject) -> c_int;

    pub(super) fn fatjit_watchable_class(object: *mut PyObject) -> *mut PyObject;
    pub(super) fn fatjit_watchable(class: *mut PyObject) -> *mut PyObject;
    pub(super) fn fatjit_asked_of_class(class: *mut PyObject, name: *mut PyObject)
    -> *mut PyObject;
    pub(super) fn fatjit_instances_are(class: *mut PyObject, asked: *mut PyObject) -> c_int;
    pub(super) fn fatjit_class_method(class: *mut PyObject, name: *mut PyObject) -> *mut PyObject;
    pub(super) fn fatjit_super_method(
        of: *mut PyObject,
        behind: *mut PyObject,
        name: *mut PyObject,
    ) -> *mut PyObject;
    pub(super) fn fatjit_operator_leaves(
        class: *mut PyObject,
        left: *mut PyObject,
        op: i64,
    ) -> c_int;
    pub(super) fn fatjit_attribute_beside_dict(
        class: *mut PyObject,
        name: *mut PyObject,
        stores: c_int,
        own: c_int,
        found: *mut FoundAttribute,
    );
    pub(super) fn fatjit_method_of_type(ty: *const c_char, name: *mut PyObject) -> *mut PyObject;
    pub(super) fn fatjit_parameter_name(code: *mut PyObject, number: i64) -> *mut PyObject;
    pub(super) fn fatjit_keyword_defaults(function: *mut PyObject) -> *mut PyObject;
    pub(super) fn fatjit_class_dict(class: *mut PyObject, name: *mut PyObject) -> *mut PyObject;
    pub(super) fn fatjit_compares_by_identity(class: *mut PyObject) -> c_int;
    pub(super) fn fatjit_is_like_list(class: *mut PyObject) -> c_int;
    pub(super) fn fatjit_special(class: *mut PyObject, special: i32) -> *mut PyObject;
    pub(super) fn fatjit_getter(class: *mut PyObject, name: *mut PyObject) -> *mut PyObject;
    pub(super) fn fatjit_operator(class: *mut PyObject, op: i64) -> *mut PyObject;
    pub(super) fn fatjit_class_sinks(class: *mut PyObject) -> c_int;
    pub(super) fn fatjit_initializer(class: *mut PyObject) -> *mut PyObject;
    pub(super) fn fatjit_class_attribute(
        class: *mut PyObject,
        name: *mut PyObject,
        stores: c_int,
        found: *mut FoundAttribute,
    );
    pub(super) fn fatjit_globals(slots: *mut *mut PyObject) -> *mut PyObject;
    pub(super) fn fatjit_builtins(slots: *mut *mut PyObject) -> *mut PyObject;
    pub(super) fn fatjit_names(slots: *mut *mut PyObject) -> *mut PyObject;
    pub(super) fn fatjit_dict_is_plain(dict: *mut PyObject) -> c_int;
    pub(super) fn fatjit_binding(dict: *mut PyObject, name: *mut PyObject) -> *mut PyObject;
    pub(super) fn fatjit_is_interned(name: *mut PyObject) -> c_int;
    pub(super) fn fatjit_module_dict(object: *mut PyObject, name: *mut PyObject) -> *mut PyObject;
    pub(super) fn fatjit_builtin_name(
        object: *mut PyObject,
        module: *mut *const c_char,
    ) -> *const c_char;
    pub(super) fn fatjit_describe(object: *mut PyObject) -> *mut PyObject;
    pub(super) fn fatjit_is_leaf(object: *mut PyObject) -> c_int;
}
