//! The fields of CPython's objects that translated code reads and writes.

use fatjit_jit::gbc::{Field, FieldId, Kind, OfNew};

use super::Translator;
use crate::memory::{self, Part};

/// Marks the number of an attribute's place that is a word which `__slots__` describes; others are indices of values.
pub const IN_SLOT: u32 = 1 << 16;

/// A field, or the elements of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldName {
    FloatValue,
    ListSize,
    /// The address of a list's items.
    ListArray,
    ListItem,
    DictUsed,
    SetUsed,
    TupleSize,
    TupleItem,
    BytesItem,
    BytearraySize,
    BytearrayStart,
    BytearrayItem,
    ListIterIndex,
    ListIterList,
    TupleIterIndex,
    TupleIterTuple,
    EnumerateCount,
    EnumerateIter,
    /// The tuple of what a `zip` steps through, and what is in it.
    ZipIters,
    ZipFirst,
    ZipSecond,
    ZipThird,
    RangeIterNext,
    RangeIterLeft,
    RangeIterStep,
    ArraySize,
    ArrayStart,
    ArrayDescription,
    ArrayI8,
    ArrayU8,
    ArrayI16,
    ArrayU16,
    ArrayI32,
    ArrayU32,
    ArrayI64,
    ArrayF32,
    ArrayF64,
    TextSize,
    TextState,
    AsciiItem,
    LatinItem,
    TextIterIndex,
    TextIterText,
    /// A text of one character, in the table of these.
    Character,
    FunctionDef,
    FunctionSelf,
    MethodFunction,
    MethodSelf,
    PythonCode,
    PythonGlobals,
    PythonBuiltins,
    PythonClosure,
    CellContent,
    /// The class of an instance.
    ObjectClass,
    /// Whether an instance's values are valid: a byte, or a word that is odd then and leads to them.
    ValuesState,
    /// The same word as an address.
    ValuesStart,
    /// An instance's value with this index, from the instance or from where the word leads.
    InstanceValue(u32),
    /// The word for an instance's dict.
    ManagedDict,
    /// What `__slots__` describes, in the word with this number.
    InstanceSlot(u32),
    /// A value in an instance's dict, by how many words behind the instance it is.
    DictValue,
    /// How many names the instances of a class share.
    SharedNames,
}

impl Translator<'_> {
    /// The region's id of a field.
    pub(super) fn field_of(&mut self, name: FieldName) -> FieldId {
        let at = self.source.layout;
        let (text, offset, kind, part): (_, _, _, Part) = match name {
            FieldName::FloatValue => ("float value", at.float_value, Kind::F64, memory::FLOATS),
            FieldName::ListSize => ("list size", at.var_size, Kind::I64, memory::LIST_SIZES),
            FieldName::ListArray => (
                "list array",
                at.list_items,
                Kind::Address,
                memory::LIST_ARRAYS,
            ),
            FieldName::ListItem => ("list item", 0, Kind::Ref, memory::LIST_ITEMS),
            FieldName::DictUsed => ("dict used", at.dict_used, Kind::I64, memory::TABLE_SIZES),
            FieldName::SetUsed => ("set used", at.set_used, Kind::I64, memory::TABLE_SIZES),
            FieldName::TupleSize => ("tuple size", at.var_size, Kind::I64, memory::TUPLES),
            FieldName::TupleItem => ("tuple item", at.tuple_items, Kind::Ref, memory::TUPLES),
            FieldName::BytesItem => ("bytes item", at.bytes_items, Kind::U8, memory::TUPLES),
            FieldName::BytearraySize => {
                ("bytearray size", at.var_size, Kind::I64, memory::BYTEARRAYS)
            }
            FieldName::BytearrayStart => (
                "bytearray start",
                at.bytearray_start,
                Kind::Address,
                memory::BYTEARRAYS,
            ),
            FieldName::BytearrayItem => ("bytearray item", 0, Kind::U8, memory::BYTES),
            FieldName::ListIterIndex => (
                "list iterator index",
                at.list_iter_index,
                Kind::I64,
                memory::ITERATORS,
            ),
            FieldName::ListIterList => (
                "list iterator list",
                at.list_iter_list,
                Kind::Ref,
                memory::ITERATED,
            ),
            FieldName::TupleIterIndex => (
                "tuple iterator index",
                at.tuple_iter_index,
                Kind::I64,
                memory::ITERATORS,
            ),
            FieldName::TupleIterTuple => (
                "tuple iterator tuple",
                at.tuple_iter_tuple,
                Kind::Ref,
                memory::ITERATED,
            ),
            FieldName::EnumerateCount => (
                "enumerate count",
                at.enumerate_count,
                Kind::I64,
                memory::ITERATORS,
            ),
            FieldName::EnumerateIter => (
                "enumerate iterator",
                at.enumerate_iter,
                Kind::Ref,
                memory::ITERATED,
            ),
            FieldName::ArraySize => ("array size", at.var_size, Kind::I64, memory::ARRAYS),
            FieldName::ArrayStart => ("array start", at.array_items, Kind::Address, memory::ARRAYS),
            FieldName::ArrayDescription => (
                "array description",
                at.array_description,
                Kind::I64,
                memory::ARRAYS,
            ),
            FieldName::ArrayI8 => ("array item I8", 0, Kind::I8, memory::ARRAY_ITEMS),
            FieldName::ArrayU8 => ("array item U8", 0, Kind::U8, memory::ARRAY_ITEMS),
            FieldName::ArrayI16 => ("array item I16", 0, Kind::I16, memory::ARRAY_ITEMS),
            FieldName::ArrayU16 => ("array item U16", 0, Kind::U16, memory::ARRAY_ITEMS),
            FieldName::ArrayI32 => ("array item I32", 0, Kind::I32, memory::ARRAY_ITEMS),
            FieldName::ArrayU32 => ("array item U32", 0, Kind::U32, memory::ARRAY_ITEMS),
            FieldName::ArrayI64 => ("array item I64", 0, Kind::I64, memory::ARRAY_ITEMS),
            FieldName::ArrayF32 => ("array item F32", 0, Kind::F32, memory::ARRAY_ITEMS),
            FieldName::ArrayF64 => ("array item F64", 0, Kind::F64, memory::ARRAY_ITEMS),
            FieldName::TextSize => ("text size", at.text_size, Kind::I64, memory::TEXTS),
            FieldName::TextState => ("text state", at.text_state, Kind::U32, memory::TEXTS),
            FieldName::AsciiItem => (
                "ASCII character",
                at.text_ascii_items,
                Kind::U8,
                memory::TEXTS,
            ),
            FieldName::LatinItem => (
                "Latin character",
                at.text_latin_items,
                Kind::U8,
                memory::TEXTS,
            ),
            FieldName::TextIterIndex => (
                "text iterator index",
                at.text_iter_index,
                Kind::I64,
                memory::ITERATORS,
            ),
            FieldName::TextIterText => (
                "text iterator text",
                at.text_iter_text,
                Kind::Ref,
                memory::ITERATED,
            ),
            FieldName::Character => ("character", 0, Kind::Ref, memory::CHARACTERS),
            FieldName::ZipIters => ("zip iterators", at.zip_iters, Kind::Ref, memory::ITERATED),
            FieldName::ZipFirst => ("first of two", at.tuple_items, Kind::Ref, memory::TUPLES),
            FieldName::ZipSecond => {
                let offset = at.tuple_items + Kind::Ref.size();
                ("second of two", offset, Kind::Ref, memory::TUPLES)
            }
            FieldName::ZipThird => {
                let offset = at.tuple_items + 2 * Kind::Ref.size();
                ("third of three", offset, Kind::Ref, memory::TUPLES)
            }
            FieldName::RangeIterNext => (
                "range iterator next",
                at.range_iter_start,
                Kind::I64,
                memory::ITERATORS,
            ),
            FieldName::RangeIterLeft => (
                "range iterator left",
                at.range_iter_len,
                Kind::I64,
                memory::ITERATORS,
            ),
            FieldName::RangeIterStep => (
                "range iterator step",
                at.range_iter_step,
                Kind::I64,
                memory::ITERATORS,
            ),
            FieldName::FunctionDef => (
                "function def",
                at.function_def,
                Kind::I64,
                memory::FUNCTIONS,
            ),
            FieldName::FunctionSelf => (
                "function self",
                at.function_self,
                Kind::Ref,
                memory::FUNCTIONS,
            ),
            FieldName::MethodFunction => (
                "method function",
                at.method_function,
                Kind::Ref,
                memory::FUNCTIONS,
            ),
            FieldName::MethodSelf => ("method self", at.method_self, Kind::Ref, memory::FUNCTIONS),
            FieldName::PythonCode => (
                "function code",
                at.function_code,
                Kind::Ref,
                memory::FUNCTION_CODES,
            ),
            FieldName::PythonGlobals => (
                "function globals",
                at.function_globals,
                Kind::Ref,
                memory::PYTHON_FUNCTIONS,
            ),
            FieldName::PythonBuiltins => (
                "function builtins",
                at.function_builtins,
                Kind::Ref,
                memory::PYTHON_FUNCTIONS,
            ),
            FieldName::PythonClosure => (
                "function closure",
                at.function_closure,
                Kind::Ref,
                memory::PYTHON_FUNCTIONS,
            ),
            FieldName::CellContent => ("cell content", at.cell_content, Kind::Ref, memory::CELLS),
            FieldName::ObjectClass => ("class", at.object_type, Kind::Ref, memory::CLASSES),
            FieldName::ValuesState => {
                let kind = match at.values_inside {
                    0 => Kind::I64,
                    _ => Kind::U8,
                };
                ("values state", at.values_state, kind, memory::VALUES_STATE)
            }
            FieldName::ValuesStart => (
                "values start",
                at.values_state,
                Kind::Address,
                memory::VALUES_STATE,
            ),
            FieldName::InstanceValue(index) => (
                "instance value",
                at.values_first + i64::from(index) * Kind::Ref.size(),
                Kind::Ref,
                memory::instance_values(index),
            ),
            FieldName::ManagedDict => (
                "managed dict",
                at.managed_dict,
                Kind::I64,
                memory::VALUES_STATE,
            ),
            FieldName::InstanceSlot(word) => (
                "instance slot",
                i64::from(word) * Kind::Ref.size(),
                Kind::Ref,
                memory::instance_slots(word),
            ),
            FieldName::DictValue => ("dict value", 0, Kind::Ref, memory::DICT_VALUES),
            FieldName::SharedNames => (
                "shared names",
                at.shared_names,
                Kind::I64,
                memory::SHARED_NAMES,
            ),
        };
        self.region.field(Field {
            name: text,
            offset,
            kind,
            memory: part.name,
            changed_by: part.kind,
            lasting: part == memory::CELLS,
            of_new: match name {
                FieldName::ObjectClass => Some(OfNew::Class),
                // Valid, or an odd word.
                FieldName::ValuesState => Some(OfNew::Constant(1)),
                FieldName::ManagedDict => Some(OfNew::Constant(0)),
                FieldName::ValuesStart => Some(OfNew::Address),
                FieldName::InstanceValue(index) => Some(OfNew::Attribute(index)),
                FieldName::InstanceSlot(word) => Some(OfNew::Attribute(word | IN_SLOT)),
                _ => None,
            },
        })
    }
}
