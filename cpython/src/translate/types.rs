//! The types that regions ask for.
//!
//! Invariant: ids are places in [`TYPES`]; `tier::addresses` has the types themselves in the same order.

use fatjit_ir::TypeId;

/// The types that regions ask for, in the order of their ids.
pub const TYPES: &[&str] = &[
    "int",
    "float",
    "bool",
    "range_iterator",
    "range",
    "NoneType",
    "list",
    "tuple",
    "bytes",
    "bytearray",
    "list_iterator",
    "tuple_iterator",
    "builtin_function_or_method",
    "str",
    "str_ascii_iterator",
    "enumerate",
    "zip",
    "array.array",
    "function",
    "dict",
    "set",
    "frozenset",
    "list_reverseiterator",
    "reversed",
    "method",
    "dict_keyiterator",
    "dict_valueiterator",
    "dict_itemiterator",
    "set_iterator",
];
pub(super) const RANGE_ITER_TYPE: TypeId = TypeId(3);
pub(super) const RANGE_TYPE: TypeId = TypeId(4);
pub(super) const NONE_TYPE: TypeId = TypeId(5);
pub(super) const LIST_TYPE: TypeId = TypeId(6);
pub(super) const TUPLE_TYPE: TypeId = TypeId(7);
pub(super) const BYTES_TYPE: TypeId = TypeId(8);
pub(super) const BYTEARRAY_TYPE: TypeId = TypeId(9);
pub(super) const LIST_ITER_TYPE: TypeId = TypeId(10);
pub(super) const TUPLE_ITER_TYPE: TypeId = TypeId(11);
pub(super) const FUNCTION_TYPE: TypeId = TypeId(12);
pub(super) const TEXT_TYPE: TypeId = TypeId(13);
pub(super) const TEXT_ITER_TYPE: TypeId = TypeId(14);
pub(super) const ENUMERATE_TYPE: TypeId = TypeId(15);
pub(super) const ZIP_TYPE: TypeId = TypeId(16);
pub(super) const ARRAY_TYPE: TypeId = TypeId(17);
pub(super) const PYTHON_FUNCTION_TYPE: TypeId = TypeId(18);
pub(super) const DICT_TYPE: TypeId = TypeId(19);
pub(super) const SET_TYPE: TypeId = TypeId(20);
pub(super) const FROZEN_SET_TYPE: TypeId = TypeId(21);
pub(super) const LIST_REVERSED_TYPE: TypeId = TypeId(22);
pub(super) const REVERSED_TYPE: TypeId = TypeId(23);
pub(super) const METHOD_TYPE: TypeId = TypeId(24);
pub(super) const DICT_KEYS_ITER_TYPE: TypeId = TypeId(25);
pub(super) const DICT_VALUES_ITER_TYPE: TypeId = TypeId(26);
pub(super) const DICT_ITEMS_ITER_TYPE: TypeId = TypeId(27);
pub(super) const SET_ITER_TYPE: TypeId = TypeId(28);
