#include "arguments.h"

#include "tiering.h"

int64_t fatjit_stars(PyObject *code)
{
    int flags = ((PyCodeObject *)code)->co_flags;
    return (flags & CO_VARARGS ? FATJIT_STAR_TUPLE : 0) | (flags & CO_VARKEYWORDS ? FATJIT_STAR_DICT : 0);
}

/* Whether an argument with this name belongs to what `**kwargs` collects. Names of parameters are interned: one that is, too,
 * and is none of them, equals none of them. */
static int is_for_star(PyObject *code, PyObject *name)
{
    return PyUnicode_CheckExact(name) && PyUnicode_CHECK_INTERNED(name) && fatjit_parameter(code, name) < 0;
}

int fatjit_bind(PyObject *function, PyObject *const *arguments, int64_t positional, PyObject *names, PyObject **bound)
{
    PyObject *code = ((PyFunctionObject *)function)->func_code;
    PyObject *defaults = ((PyFunctionObject *)function)->func_defaults;
    int64_t by_position = ((PyCodeObject *)code)->co_argcount, all = by_position + fatjit_keyword_only(code);
    int64_t stars = fatjit_stars(code), taken = Py_MIN(positional, by_position);
    if (taken < positional && !(stars & FATJIT_STAR_TUPLE)) {
        return 0;
    }
    for (int64_t at = 0; at < all; at++) {
        bound[at] = at < taken ? arguments[at] : NULL;
    }
    int64_t named = names == NULL ? 0 : PyTuple_GET_SIZE(names);
    for (int64_t i = 0; i < named; i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        int64_t at = fatjit_parameter(code, name);
        if (at >= 0 ? bound[at] != NULL : !(stars & FATJIT_STAR_DICT && is_for_star(code, name))) {
            return 0;
        }
        if (at >= 0) {
            bound[at] = arguments[positional + i];
        }
    }
    int64_t first = by_position - (defaults == NULL ? 0 : PyTuple_GET_SIZE(defaults));
    for (int64_t at = 0; at < all; at++) {
        if (bound[at] == NULL && at >= by_position) {
            bound[at] = fatjit_keyword_default(function, at);
        } else if (bound[at] == NULL && first >= 0 && at >= first) {
            bound[at] = PyTuple_GET_ITEM(defaults, at - first);
        }
        if (bound[at] == NULL) {
            return 0;
        }
    }
    return 1;
}

static PyObject *rest(PyObject *const *items, int64_t count)
{
    PyObject *tuple = PyTuple_New(count);
    for (int64_t i = 0; tuple != NULL && i < count; i++) {
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(items[i]));
    }
    return tuple;
}

static PyObject *others(PyObject *code, PyObject *names, PyObject *const *values)
{
    PyObject *dict = PyDict_New();
    Py_ssize_t count = names == NULL ? 0 : PyTuple_GET_SIZE(names);
    for (Py_ssize_t i = 0; dict != NULL && i < count; i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        if (fatjit_parameter(code, name) < 0 && PyDict_SetItem(dict, name, values[i]) < 0) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}

int fatjit_collect(PyObject *function, PyObject *const *arguments, int64_t positional, PyObject *names,
                   PyObject **collected)
{
    PyObject *code = ((PyFunctionObject *)function)->func_code, *tuple = NULL;
    int64_t stars = fatjit_stars(code), taken = Py_MIN(positional, ((PyCodeObject *)code)->co_argcount);
    if (stars & FATJIT_STAR_TUPLE) {
        tuple = rest(arguments + taken, positional - taken);
        if (tuple == NULL) {
            return -1;
        }
        *collected++ = tuple;
    }
    if (stars & FATJIT_STAR_DICT) {
        *collected = others(code, names, arguments + positional);
        if (*collected == NULL) {
            Py_XDECREF(tuple);
            return -1;
        }
    }
    return 0;
}

int64_t fatjit_size(PyObject *object)
{
    if (object != NULL && PyTuple_CheckExact(object)) {
        return PyTuple_GET_SIZE(object);
    }
    return object != NULL && PyDict_CheckExact(object) ? PyDict_GET_SIZE(object) : -1;
}

PyObject *fatjit_method_type(void)
{
    return (PyObject *)&PyMethod_Type;
}

PyObject *fatjit_method_function(PyObject *object)
{
    return object != NULL && Py_IS_TYPE(object, &PyMethod_Type) ? PyMethod_GET_FUNCTION(object) : NULL;
}

PyObject *fatjit_method_new(PyObject *function, PyObject *object)
{
    PyObject *method = PyMethod_New(function, object);
    Py_DECREF(object);
    return method;
}

PyObject *fatjit_tuple_copy(PyObject *tuple)
{
    return rest(((PyTupleObject *)tuple)->ob_item, PyTuple_GET_SIZE(tuple));
}

PyObject *fatjit_tuple_anew(PyObject *tuple)
{
    if (Py_REFCNT(tuple) == 1) {
        return tuple;
    }
    PyObject *made = fatjit_tuple_copy(tuple);
    Py_DECREF(tuple);
    return made;
}

PyObject *fatjit_dict_new(void)
{
    return PyDict_New();
}

static PyObject *dict_of(PyObject *const *values, int count, PyObject *names, int64_t which)
{
    PyObject *dict = PyDict_New();
    for (int i = 0, name = 0; i < count; name++) {
        if (!(which >> name & 1)) {
            continue;
        }
        if (dict != NULL && PyDict_SetItem(dict, PyTuple_GET_ITEM(names, name), values[i]) < 0) {
            Py_CLEAR(dict);
        }
        Py_DECREF(values[i++]);
    }
    return dict;
}

#define NAMED(COUNT, PARAMETERS, ...)                                                                                  \
    PyObject *fatjit_dict_of_##COUNT PARAMETERS                                                                        \
    {                                                                                                                  \
        return dict_of((PyObject *[]){__VA_ARGS__}, COUNT, names, which);                                              \
    }
FATJIT_NAMED(NAMED)
