/* Subscripts, slices, and building and filling containers. */
#include "ops.h"
#if FATJIT_V313
#include "internal/pycore_setobject.h"
#endif

OP(BINARY_SUBSCR)
{
    PyObject *container = PEEK_AT(2), *key = PEEK_AT(1);
    PyObject *result = PyObject_GetItem(container, key);
    Py_DECREF(container);
    Py_DECREF(key);
    return op_result(&PEEK_AT(2), result);
}

OP(STORE_SUBSCR)
{
    PyObject *value = PEEK_AT(3), *container = PEEK_AT(2), *key = PEEK_AT(1);
    int failed = PyObject_SetItem(container, key, value);
    Py_DECREF(value);
    Py_DECREF(container);
    Py_DECREF(key);
    return failed ? -1 : 0;
}

OP(DELETE_SUBSCR)
{
    PyObject *container = PEEK_AT(2), *key = PEEK_AT(1);
    int failed = PyObject_DelItem(container, key);
    Py_DECREF(container);
    Py_DECREF(key);
    return failed ? -1 : 0;
}

/* A slice that takes over both bounds, also when it cannot be made. */
static PyObject *slice_of(PyObject *start, PyObject *stop)
{
    PyObject *slice = PySlice_New(start, stop, NULL);
    Py_DECREF(start);
    Py_DECREF(stop);
    return slice;
}

OP(BINARY_SLICE)
{
    PyObject *container = PEEK_AT(3), *result = NULL;
    PyObject *slice = slice_of(PEEK_AT(2), PEEK_AT(1));
    if (slice != NULL) {
        result = PyObject_GetItem(container, slice);
        Py_DECREF(slice);
    }
    Py_DECREF(container);
    return op_result(&PEEK_AT(3), result);
}

OP(STORE_SLICE)
{
    PyObject *value = PEEK_AT(4), *container = PEEK_AT(3);
    int failed = 1;
    PyObject *slice = slice_of(PEEK_AT(2), PEEK_AT(1));
    if (slice != NULL) {
        failed = PyObject_SetItem(container, slice, value);
        Py_DECREF(slice);
    }
    Py_DECREF(value);
    Py_DECREF(container);
    return failed ? -1 : 0;
}

OP(BUILD_SLICE)
{
    int64_t parts = arg == 3 ? 3 : 2;
    PyObject *start = PEEK_AT(parts), *stop = PEEK_AT(parts - 1);
    PyObject *step = parts == 3 ? PEEK_AT(1) : NULL;
    PyObject *slice = PySlice_New(start, stop, step);
    Py_DECREF(start);
    Py_DECREF(stop);
    Py_XDECREF(step);
    return op_result(&PEEK_AT(parts), slice);
}

static void release(PyObject **first, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        Py_DECREF(first[i]);
    }
}

OP(BUILD_TUPLE)
{
    PyObject **values = &PEEK_AT(arg);
    PyObject *tuple = PyTuple_New(arg);
    if (tuple == NULL) {
        release(values, arg);
        return -1;
    }
    for (int64_t i = 0; i < arg; i++) {
        PyTuple_SET_ITEM(tuple, i, values[i]);
    }
    return op_result(values, tuple);
}

OP(BUILD_LIST)
{
    PyObject **values = &PEEK_AT(arg);
    PyObject *list = PyList_New(arg);
    if (list == NULL) {
        release(values, arg);
        return -1;
    }
    for (int64_t i = 0; i < arg; i++) {
        PyList_SET_ITEM(list, i, values[i]);
    }
    return op_result(values, list);
}

OP(BUILD_SET)
{
    PyObject **values = &PEEK_AT(arg);
    PyObject *set = PySet_New(NULL);
    int failed = set == NULL;
    for (int64_t i = 0; i < arg; i++) {
        if (!failed) {
            failed = PySet_Add(set, values[i]);
        }
        Py_DECREF(values[i]);
    }
    if (failed) {
        Py_XDECREF(set);
        return -1;
    }
    return op_result(values, set);
}

/* A dict of `count` pairs whose keys and values stand `step` apart. */
static PyObject *dict_of(PyObject **keys, PyObject **values, int64_t count, int step)
{
    PyObject *dict = _PyDict_NewPresized(count);
    for (int64_t i = 0; dict != NULL && i < count; i++) {
        if (PyDict_SetItem(dict, keys[i * step], values[i * step]) < 0) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}

OP(BUILD_MAP)
{
    PyObject **pairs = &PEEK_AT(arg * 2);
    PyObject *dict = dict_of(pairs, pairs + 1, arg, 2);
    release(pairs, arg * 2);
    return op_result(pairs, dict);
}

OP(BUILD_CONST_KEY_MAP)
{
    PyObject **values = &PEEK_AT(arg + 1), *keys = PEEK_AT(1), *dict = NULL;
    if (!PyTuple_CheckExact(keys) || PyTuple_GET_SIZE(keys) != (Py_ssize_t)arg) {
        PyErr_SetString(PyExc_SystemError, "bad BUILD_CONST_KEY_MAP keys argument");
    } else {
        dict = dict_of(&PyTuple_GET_ITEM(keys, 0), values, arg, 1);
    }
    release(values, arg + 1);
    return op_result(values, dict);
}

OP(BUILD_STRING)
{
    PyObject **pieces = &PEEK_AT(arg);
    PyObject *empty = PyUnicode_New(0, 0);
    PyObject *text = _PyUnicode_JoinArray(empty, pieces, arg);
    Py_DECREF(empty);
    release(pieces, arg);
    return op_result(pieces, text);
}

/* In the following, `arg` says how deep the container lies below the operand. */

OP(LIST_APPEND)
{
    PyObject *value = PEEK_AT(1);
    int failed = PyList_Append(PEEK_AT(arg + 1), value);
    Py_DECREF(value);
    return failed ? -1 : 0;
}

OP(SET_ADD)
{
    PyObject *value = PEEK_AT(1);
    int failed = PySet_Add(PEEK_AT(arg + 1), value);
    Py_DECREF(value);
    return failed ? -1 : 0;
}

OP(MAP_ADD)
{
    PyObject *key = PEEK_AT(2), *value = PEEK_AT(1);
    int failed = PyDict_SetItem(PEEK_AT(arg + 2), key, value);
    Py_DECREF(key);
    Py_DECREF(value);
    return failed ? -1 : 0;
}

OP(LIST_EXTEND)
{
    PyObject *iterable = PEEK_AT(1);
    PyObject *none = _PyList_Extend((PyListObject *)PEEK_AT(arg + 1), iterable);
    if (none == NULL) {
        if (PyErr_ExceptionMatches(PyExc_TypeError) && Py_TYPE(iterable)->tp_iter == NULL &&
            !PySequence_Check(iterable)) {
            PyErr_Clear();
            PyErr_Format(PyExc_TypeError, "Value after * must be an iterable, not %.200s",
                         Py_TYPE(iterable)->tp_name);
        }
        Py_DECREF(iterable);
        return -1;
    }
    Py_DECREF(none);
    Py_DECREF(iterable);
    return 0;
}

OP(SET_UPDATE)
{
    PyObject *iterable = PEEK_AT(1);
    int failed = _PySet_Update(PEEK_AT(arg + 1), iterable) < 0;
    Py_DECREF(iterable);
    return failed ? -1 : 0;
}

OP(DICT_UPDATE)
{
    PyObject *update = PEEK_AT(1);
    int failed = PyDict_Update(PEEK_AT(arg + 1), update) < 0;
    if (failed && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Format(PyExc_TypeError, "'%.200s' object is not a mapping", Py_TYPE(update)->tp_name);
    }
    Py_DECREF(update);
    return failed ? -1 : 0;
}

#if !FATJIT_V313
/* The errors of `f(**mapping)`, whose texts name the function. */
static void keywords_error(PyObject *function, PyObject *mapping)
{
    if (PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        PyObject *name = _PyObject_FunctionStr(function);
        if (name != NULL) {
            PyErr_Format(PyExc_TypeError, "%U argument after ** must be a mapping, not %.200s", name,
                         Py_TYPE(mapping)->tp_name);
            Py_DECREF(name);
        }
        return;
    }
    if (!PyErr_ExceptionMatches(PyExc_KeyError)) {
        return;
    }
    PyObject *error = PyErr_GetRaisedException();
    PyObject *arguments = ((PyBaseExceptionObject *)error)->args;
    if (arguments == NULL || !PyTuple_Check(arguments) || PyTuple_GET_SIZE(arguments) != 1) {
        PyErr_SetRaisedException(error);
        return;
    }
    PyObject *name = _PyObject_FunctionStr(function);
    if (name != NULL) {
        PyErr_Format(PyExc_TypeError, "%U got multiple values for keyword argument '%S'", name,
                     PyTuple_GET_ITEM(arguments, 0));
        Py_DECREF(name);
    }
    Py_DECREF(error);
}
#endif

OP(DICT_MERGE)
{
    PyObject *update = PEEK_AT(1);
    int failed = _PyDict_MergeEx(PEEK_AT(arg + 1), update, 2) < 0;
    if (failed) {
        PyObject *function = PEEK_AT(arg + 3 + FATJIT_V313);
#if FATJIT_V313
        _PyEval_FormatKwargsError(PyThreadState_Get(), function, update);
#else
        keywords_error(function, update);
#endif
    }
    Py_DECREF(update);
    return failed ? -1 : 0;
}
