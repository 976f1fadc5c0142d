/* What recording and compiling loops asks of the interpreter. */
#include "objects.h"
#include "tiering.h"
#include "iterators.h"
#include "arrays.h"
#include "layout.h"
#include "facts.h"

void fatjit_code_shape(PyObject *code, struct fatjit_code_shape *shape)
{
    PyCodeObject *co = (PyCodeObject *)code;
    shape->locals = co->co_nlocalsplus;
    shape->stack_size = co->co_stacksize;
    shape->flags = co->co_flags;
    shape->first_line = co->co_firstlineno;
}

PyObject *fatjit_code_part(PyObject *code, int part)
{
    PyCodeObject *co = (PyCodeObject *)code;
    switch ((enum fatjit_code_part)part) {
    case FATJIT_CODE:
        return PyCode_GetCode(co);
    case FATJIT_EXCEPTION_TABLE:
        return Py_NewRef(co->co_exceptiontable);
    case FATJIT_LINE_TABLE:
        return Py_NewRef(co->co_linetable);
    case FATJIT_LOCAL_NAMES:
        return Py_NewRef(co->co_localsplusnames);
    case FATJIT_LOCAL_KINDS:
        return Py_NewRef(co->co_localspluskinds);
    case FATJIT_QUALNAME:
        return Py_NewRef(co->co_qualname);
    case FATJIT_NAMES:
        return Py_NewRef(co->co_names);
    }
    PyErr_SetString(PyExc_SystemError, "fatjit: no such part of a code object");
    return NULL;
}

int64_t fatjit_plain_parameters(PyObject *object)
{
    const PyCodeObject *code = (const PyCodeObject *)object;
    const int other = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR | CO_ITERABLE_COROUTINE;
    int plain = (code->co_flags & CO_OPTIMIZED) && !(code->co_flags & other);
    return plain ? code->co_argcount + code->co_kwonlyargcount : -1;
}

int64_t fatjit_keyword_only(PyObject *code)
{
    return ((PyCodeObject *)code)->co_kwonlyargcount;
}

PyObject *fatjit_parameter_name(PyObject *code, int64_t number)
{
    return PyTuple_GET_ITEM(((PyCodeObject *)code)->co_localsplusnames, number);
}

PyObject *fatjit_keyword_default(PyObject *function, int64_t number)
{
    const PyFunctionObject *made = (PyFunctionObject *)function;
    PyObject *defaults = made->func_kwdefaults;
    if (defaults == NULL || !fatjit_dict_is_plain(defaults)) {
        return NULL;
    }
    return PyDict_GetItemWithError(defaults, fatjit_parameter_name(made->func_code, number));
}

int64_t fatjit_kind_alone(PyObject *object)
{
    Py_ssize_t count = Py_REFCNT(object);
    Py_SET_REFCNT(object, 1);
    int64_t kind = fatjit_kind(object);
    Py_SET_REFCNT(object, count);
    return kind;
}

int64_t fatjit_arguments(PyObject *object)
{
    const PyCodeObject *code = (PyCodeObject *)object;
    return code->co_argcount + code->co_kwonlyargcount + ((code->co_flags & CO_VARARGS) != 0) +
           ((code->co_flags & CO_VARKEYWORDS) != 0);
}

int64_t fatjit_positional_only(PyObject *code)
{
    return ((PyCodeObject *)code)->co_posonlyargcount;
}

int64_t fatjit_parameter(PyObject *object, PyObject *name)
{
    const PyCodeObject *code = (const PyCodeObject *)object;
    for (int i = code->co_posonlyargcount; i < code->co_argcount + code->co_kwonlyargcount; i++) {
        if (PyTuple_GET_ITEM(code->co_localsplusnames, i) == name) {
            return i;
        }
    }
    return -1;
}

PyObject *fatjit_cell_content(PyObject *cell)
{
    return PyCell_Check(cell) ? PyCell_GET(cell) : NULL;
}

int64_t fatjit_free_variables(PyObject *code)
{
    return ((PyCodeObject *)code)->co_nfreevars;
}

PyObject *fatjit_function_closure(PyObject *function)
{
    return ((PyFunctionObject *)function)->func_closure;
}

void fatjit_function_namespace(PyObject *object, PyObject **found)
{
    const PyFunctionObject *function = (const PyFunctionObject *)object;
    found[0] = function->func_globals;
    found[1] = function->func_builtins;
}

int64_t fatjit_code_line(PyObject *code, int64_t unit)
{
    int line = PyCode_Addr2Line((PyCodeObject *)code, (int)(unit * (int64_t)sizeof(_Py_CODEUNIT)));
    return line < 0 ? 0 : line;
}

enum kind { KIND_INT = 1, KIND_WIDE = 2, KIND_FLOAT = 4, KIND_BOOL = 8, KIND_RANGE_ITER = 16, KIND_RANGE_TYPE = 32,
            KIND_OTHER = 64, KIND_NONE = 128, KIND_LIST = 256, KIND_TUPLE = 512, KIND_BYTES = 1024,
            KIND_BYTEARRAY = 2048, KIND_LIST_ITER = 4096, KIND_TUPLE_ITER = 8192, KIND_LIST_APPEND = 1 << 14,
            KIND_LIST_POP = 1 << 15, KIND_LIST_INSERT = 1 << 16, KIND_BOUND = 1 << 17, KIND_CHARACTER = 1 << 18,
            KIND_ASCII = 1 << 19, KIND_LATIN = 1 << 20, KIND_WIDE_TEXT = 1 << 21, KIND_TEXT_ITER = 1 << 22, KIND_SHARED = 1 << 24, KIND_ENUMERATE = 1 << 25,
            KIND_ZIP = 1 << 26, KIND_ARRAY = 1 << 27, KIND_DICT = 1 << 28, KIND_SET = 1 << 29 };

/* Those beyond the width of an int. */
static const int64_t KIND_FROZEN_SET = (int64_t)1 << 31, KIND_DICT_GET = (int64_t)1 << 32,
                     KIND_REVERSED = (int64_t)1 << 33, KIND_RANGE = (int64_t)1 << 43,
                     KIND_INSTANCE = (int64_t)1 << 44, KIND_GENERATOR = (int64_t)1 << 46,
                     KIND_DICT_KEYS_ITER = (int64_t)1 << 47, KIND_DICT_VALUES_ITER = (int64_t)1 << 48,
                     KIND_DICT_ITEMS_ITER = (int64_t)1 << 49, KIND_SET_ITER = (int64_t)1 << 50,
                     KIND_DICT_VIEW = (int64_t)1 << 51;

/* What the n-th part of a `zip` iterates over. */
static int64_t kind_of_part(int n, enum fatjit_over over)
{
    return (int64_t)1 << (34 + 3 * n + (int)over - FATJIT_OVER_LIST);
}

/* Of exact types that are told from nothing but the type. */
static const struct {
    PyTypeObject *type;
    int64_t kind;
} kinds_of_types[] = {
    {&PyList_Type, KIND_LIST},           {&PyTuple_Type, KIND_TUPLE},
    {&PyBytes_Type, KIND_BYTES},         {&PyByteArray_Type, KIND_BYTEARRAY},
    {&PyDict_Type, KIND_DICT},           {&PySet_Type, KIND_SET},
    {&PyFrozenSet_Type, KIND_FROZEN_SET},  {&PyRange_Type, KIND_RANGE},
    {&PyGen_Type, KIND_GENERATOR},       {&PyDictIterKey_Type, KIND_DICT_KEYS_ITER},
    {&PyDictIterValue_Type, KIND_DICT_VALUES_ITER},
    {&PyDictIterItem_Type, KIND_DICT_ITEMS_ITER},
    {&PySetIter_Type, KIND_SET_ITER},    {&PyDictKeys_Type, KIND_DICT_VIEW},
    {&PyDictValues_Type, KIND_DICT_VIEW}, {&PyDictItems_Type, KIND_DICT_VIEW},
};

static const struct {
    PyTypeObject *type;
    const char *name;
    int64_t kind;
} kinds_of_methods[] = {
    {&PyList_Type, "append", KIND_LIST_APPEND},
    {&PyList_Type, "pop", KIND_LIST_POP},
    {&PyList_Type, "insert", KIND_LIST_INSERT},
    {&PyDict_Type, "get", KIND_DICT_GET},
};

/* Nothing here makes objects: it is asked of every instruction that is recorded, where a failed allocation would be
 * nobody's. */
void *fatjit_method_def(int method)
{
    static PyMethodDef *found[sizeof(kinds_of_methods) / sizeof(kinds_of_methods[0])];
    PyMethodDef *def = found[method];
    if (def == NULL) {
        def = kinds_of_methods[method].type->tp_methods;
        while (strcmp(def->ml_name, kinds_of_methods[method].name) != 0) {
            def++;
        }
        found[method] = def;
    }
    return def;
}

PyObject *fatjit_method(int method)
{
    PyObject *dict = PyType_GetDict(kinds_of_methods[method].type), *name, *value, *found = NULL;
    Py_ssize_t at = 0;
    while (found == NULL && PyDict_Next(dict, &at, &name, &value)) {
        if (Py_IS_TYPE(value, &PyMethodDescr_Type) &&
            ((PyMethodDescrObject *)value)->d_method == fatjit_method_def(method)) {
            found = value;
        }
    }
    Py_DECREF(dict);
    return found;
}

/* The method that a descriptor is, or one that is bound to a direct instance. */
static int64_t kind_of_method(PyObject *object)
{
    PyMethodDef *def = NULL;
    PyObject *self = NULL;
    if (Py_IS_TYPE(object, &PyMethodDescr_Type)) {
        def = ((PyMethodDescrObject *)object)->d_method;
    }
    else if (PyCFunction_CheckExact(object)) {
        self = ((PyCFunctionObject *)object)->m_self;
        def = self != NULL ? ((PyCFunctionObject *)object)->m_ml : NULL;
    }
    for (int i = 0; def != NULL && i < (int)Py_ARRAY_LENGTH(kinds_of_methods); i++) {
        if (def == fatjit_method_def(i) && (self == NULL || Py_IS_TYPE(self, kinds_of_methods[i].type))) {
            return kinds_of_methods[i].kind | (self == NULL ? 0 : KIND_BOUND);
        }
    }
    return 0;
}

static int kind_of_text(PyObject *text)
{
    if (PyUnicode_IS_ASCII(text)) {
        return PyUnicode_GET_LENGTH(text) == 1 ? KIND_CHARACTER : KIND_ASCII;
    }
    return PyUnicode_KIND(text) == PyUnicode_1BYTE_KIND ? KIND_LATIN : KIND_WIDE_TEXT;
}

/* Iterators over sequences, and what steps through these. One that somebody else holds could be seen standing still
 * while native code advances it. */
static int64_t kind_of_iterator(PyObject *object)
{
    int64_t shared = Py_REFCNT(object) == 1 ? 0 : KIND_SHARED;
    if (Py_IS_TYPE(object, &PyZip_Type)) {
        int64_t parts = shared ? 0 : fatjit_zips(object), kind = parts == 0 ? KIND_OTHER : KIND_ZIP;
        for (int n = 0; parts != 0; n++, parts /= FATJIT_OVER_COUNT) {
            kind |= kind_of_part(n, (enum fatjit_over)(parts % FATJIT_OVER_COUNT));
        }
        return kind;
    }
    if (Py_IS_TYPE(object, &PyEnum_Type)) {
        static const int64_t kinds[] = {KIND_OTHER, KIND_LIST_ITER, KIND_TUPLE_ITER, KIND_RANGE_ITER, KIND_TEXT_ITER};
        int64_t over = shared ? 0 : fatjit_enumerates(object);
        return over == 0 ? KIND_OTHER : kinds[over] | KIND_ENUMERATE;
    }
    return Py_IS_TYPE(object, &PyListIter_Type)      ? KIND_LIST_ITER | shared
           : Py_IS_TYPE(object, &PyTupleIter_Type)   ? KIND_TUPLE_ITER | shared
           : shared != 0                             ? 0
           : Py_IS_TYPE(object, &PyListRevIter_Type) ? KIND_LIST_ITER | KIND_REVERSED
           : fatjit_reverses_tuple(object)           ? KIND_TUPLE_ITER | KIND_REVERSED
                                                     : 0;
}

int64_t fatjit_kind(PyObject *object)
{
    if (object == NULL) {
        return 0;
    }
    if (PyLong_CheckExact(object)) {
        return fatjit_long_fits(object) ? KIND_INT : KIND_WIDE;
    }
    if (PyFloat_CheckExact(object)) {
        return KIND_FLOAT;
    }
    if (PyBool_Check(object)) {
        return KIND_BOOL;
    }
    /* One that somebody else holds could be seen standing still while native code advances it. */
    if (Py_IS_TYPE(object, &PyRangeIter_Type) && Py_REFCNT(object) == 1) {
        return KIND_RANGE_ITER;
    }
    if (object == Py_None) {
        return KIND_NONE;
    }
    if (PyUnicode_CheckExact(object)) {
        return kind_of_text(object);
    }
    if ((PyObject *)Py_TYPE(object) == fatjit_text_iter_type()) {
        return KIND_TEXT_ITER;
    }
    int64_t kind = kind_of_method(object);
    kind = kind != 0 ? kind : kind_of_iterator(object);
    if (kind != 0) {
        return kind;
    }
    for (size_t i = 0; i < Py_ARRAY_LENGTH(kinds_of_types); i++) {
        if (Py_IS_TYPE(object, kinds_of_types[i].type)) {
            return kinds_of_types[i].kind;
        }
    }
    if (fatjit_array_format(object) >= 0) {
        return KIND_ARRAY;
    }
    if (object == (PyObject *)&PyRange_Type) {
        return KIND_RANGE_TYPE;
    }
    return PyType_HasFeature(Py_TYPE(object), Py_TPFLAGS_HEAPTYPE) ? KIND_OTHER | KIND_INSTANCE : KIND_OTHER;
}

int fatjit_is_negative(PyObject *object)
{
    return object != NULL && PyLong_CheckExact(object) && _PyLong_IsNegative((PyLongObject *)object);
}

int fatjit_is_long(PyObject *object)
{
    return object != NULL && PyLong_CheckExact(object) && _PyLong_DigitCount((PyLongObject *)object) > 1;
}

int64_t fatjit_element_kind(PyObject *container, PyObject *key)
{
    int format = container == NULL ? -1 : fatjit_array_format(container);
    if (format >= 0) {
        return (int64_t)1 << format;
    }
    int list = container != NULL && PyList_CheckExact(container);
    if ((!list && (container == NULL || !PyTuple_CheckExact(container))) || key == NULL || !PyLong_CheckExact(key)) {
        return 0;
    }
    int overflow;
    long long index = PyLong_AsLongLongAndOverflow(key, &overflow);
    Py_ssize_t size = Py_SIZE(container);
    index += index < 0 ? size : 0;
    if (overflow || index < 0 || index >= size) {
        return 0;
    }
    return fatjit_kind(list ? PyList_GET_ITEM(container, index) : PyTuple_GET_ITEM(container, index));
}

PyObject *fatjit_constant_members(PyObject *constant)
{
    int text = PyUnicode_CheckExact(constant) && PyUnicode_IS_ASCII(constant);
    if (text || PyTuple_CheckExact(constant) || PyFrozenSet_CheckExact(constant)) {
        return PySequence_Tuple(constant);
    }
    PyErr_SetString(PyExc_TypeError, "no constant with members");
    return NULL;
}

/* After range_iter() and get_len_of_range() in Objects/rangeobject.c. */
int64_t fatjit_range_len(int64_t start, int64_t stop, int64_t step)
{
    uint64_t len;
    if (step > 0) {
        len = start < stop ? 1 + ((uint64_t)stop - 1 - (uint64_t)start) / (uint64_t)step : 0;
        if (len != 0 && stop > INT64_MAX - (step - 1)) {
            return -1;
        }
    }
    else if (step < 0) {
        len = start > stop ? 1 + ((uint64_t)start - 1 - (uint64_t)stop) / (0 - (uint64_t)step) : 0;
        if (len != 0 && stop < INT64_MIN + (-1 - step)) {
            return -1;
        }
    }
    else {
        return -1;
    }
    return len > INT64_MAX ? -1 : (int64_t)len;
}

PyObject *fatjit_range_new(int64_t start, int64_t stop, int64_t step, int64_t len)
{
    (void)len;
    return PyObject_CallFunction((PyObject *)&PyRange_Type, "LLL", (long long)start, (long long)stop,
                                 (long long)step);
}

int64_t fatjit_range_iter_next(PyObject *iterator)
{
    return ((_PyRangeIterObject *)iterator)->start;
}

int64_t fatjit_range_iter_left(PyObject *iterator)
{
    return ((_PyRangeIterObject *)iterator)->len;
}

int64_t fatjit_range_iter_step(PyObject *iterator)
{
    return ((_PyRangeIterObject *)iterator)->step;
}

/* The value of a name in a dict that only texts were ever keys of, so that comparing runs no code. Borrowed, or
 * NULL: not there, or not such a dict. */
static PyObject *plain_lookup(PyObject *dict, PyObject *name, int *plain)
{
    if (!PyDict_CheckExact(dict) || !DK_IS_UNICODE(((PyDictObject *)dict)->ma_keys)) {
        *plain = 0;
        return NULL;
    }
    return PyDict_GetItemWithError(dict, name);
}

/* The global or builtin that LOAD_GLOBAL names; borrowed, or NULL. */
static PyObject *plain_global(PyObject **slots, int64_t arg)
{
    Frame *frame = frame_of(slots);
    PyObject *name = PyTuple_GET_ITEM(frame_code(frame)->co_names, arg >> 1);
    int plain = 1;
    PyObject *value = plain_lookup(frame->f_globals, name, &plain);
    return value != NULL || !plain ? value : plain_lookup(frame->f_builtins, name, &plain);
}

int fatjit_global_is_plain(PyObject **slots, int64_t arg)
{
    return plain_global(slots, arg) != NULL;
}

int64_t fatjit_load_global_plain(PyObject **slots, int64_t depth, int64_t arg)
{
    PyObject **at = &slots[depth];
    PyObject *value = plain_global(slots, arg);
    if (value == NULL) {
        return 1;
    }
    if (arg & 1) {
#if FATJIT_V313
        at[1] = NULL;
#else
        *at++ = NULL;
#endif
    }
    *at = Py_NewRef(value);
    return 0;
}

PyObject *fatjit_small_ints(int64_t first, int64_t last, int64_t size)
{
    char *start = NULL;
    for (int64_t value = first; value <= last; value++) {
        PyObject *number = PyLong_FromLongLong(value);
        start = value == first ? (char *)number : start;
        int fits = number != NULL && _Py_IsImmortal(number) && (char *)number == start + (value - first) * size;
        Py_XDECREF(number);
        if (!fits) {
            PyErr_Clear();
            return NULL;
        }
    }
    return (PyObject *)start;
}

PyObject *fatjit_range_type(void)
{
    return (PyObject *)&PyRange_Type;
}
