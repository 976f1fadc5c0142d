/* Structural pattern matching. */
#include "ops.h"

OP(MATCH_MAPPING)
{
    return op_truth(&slots[depth], (Py_TYPE(PEEK_AT(1))->tp_flags & Py_TPFLAGS_MAPPING) != 0);
}

OP(MATCH_SEQUENCE)
{
    return op_truth(&slots[depth], (Py_TYPE(PEEK_AT(1))->tp_flags & Py_TPFLAGS_SEQUENCE) != 0);
}

#if FATJIT_V313
static PyObject *match_keys(PyObject *subject, PyObject *keys)
{
    return _PyEval_MatchKeys(PyThreadState_Get(), subject, keys);
}

static PyObject *match_class(PyObject *subject, PyObject *type, int64_t positional, PyObject *names)
{
    return _PyEval_MatchClass(PyThreadState_Get(), subject, type, (Py_ssize_t)positional, names);
}
#else
/* Notes that `key` was matched. -1 with an exception if that failed, 0 if it was matched before. */
static int first_time(PyObject *seen, PyObject *key)
{
    int contains = PySet_Contains(seen, key);
    if (contains != 0) {
        return contains < 0 ? -1 : 0;
    }
    return PySet_Add(seen, key) < 0 ? -1 : 1;
}

/* The value of one key through the subject's `get`; `absent` if there is none. */
static PyObject *matched_value(PyObject *get, int unbound, PyObject *subject, PyObject *key, PyObject *absent)
{
    PyObject *arguments[] = {subject, key, absent};
    return unbound ? PyObject_Vectorcall(get, arguments, 3, NULL) : PyObject_Vectorcall(get, arguments + 1, 2, NULL);
}

/* A tuple of the values of all keys, None if one is missing, NULL with an exception. */
static PyObject *match_keys(PyObject *subject, PyObject *keys)
{
    Py_ssize_t count = PyTuple_GET_SIZE(keys);
    if (count == 0) {
        return PyTuple_New(0);
    }
    PyObject *get = NULL, *name = PyUnicode_InternFromString("get");
    int unbound = name == NULL ? 0 : _PyObject_GetMethod(subject, name, &get);
    Py_XDECREF(name);
    if (get == NULL) {
        return NULL;
    }
    PyObject *seen = PySet_New(NULL);
    PyObject *absent = seen == NULL ? NULL : PyObject_CallNoArgs((PyObject *)&PyBaseObject_Type);
    PyObject *values = absent == NULL ? NULL : PyTuple_New(count);
    for (Py_ssize_t i = 0; values != NULL && i < count; i++) {
        PyObject *key = PyTuple_GET_ITEM(keys, i), *value = NULL;
        int first = first_time(seen, key);
        if (first == 0) {
            PyErr_Format(PyExc_ValueError, "mapping pattern checks duplicate key (%R)", key);
        } else if (first > 0) {
            value = matched_value(get, unbound, subject, key, absent);
        }
        if (value == NULL) {
            Py_CLEAR(values);
        } else if (value == absent) {
            Py_DECREF(value);
            Py_SETREF(values, Py_NewRef(Py_None));
            break;
        } else {
            PyTuple_SET_ITEM(values, i, value);
        }
    }
    Py_DECREF(get);
    Py_XDECREF(seen);
    Py_XDECREF(absent);
    return values;
}

/* Appends one attribute of the subject. 1: done, 0: it has none, -1: an exception is set. */
static int append_attribute(PyObject *attributes, PyObject *subject, PyObject *type, PyObject *name, PyObject *seen)
{
    int first = first_time(seen, name);
    if (first == 0) {
        PyErr_Format(PyExc_TypeError, "%s() got multiple sub-patterns for attribute %R",
                     ((PyTypeObject *)type)->tp_name, name);
    }
    if (first <= 0) {
        return -1;
    }
    PyObject *value;
    int found = _PyObject_LookupAttr(subject, name, &value);
    if (found <= 0) {
        return found;
    }
    int failed = PyList_Append(attributes, value);
    Py_DECREF(value);
    return failed ? -1 : 1;
}

/* Appends what the positional sub-patterns match. Results as of append_attribute. */
static int append_positional(PyObject *attributes, PyObject *subject, PyObject *type, int64_t count, PyObject *seen)
{
    const char *type_name = ((PyTypeObject *)type)->tp_name;
    PyObject *names = NULL, *key = PyUnicode_InternFromString("__match_args__");
    int done = key == NULL ? -1 : _PyObject_LookupAttr(type, key, &names);
    Py_XDECREF(key);
    if (done < 0) {
        return -1;
    }
    /* A builtin such as int matches itself, unless the class says otherwise. */
    int whole = names == NULL && PyType_HasFeature((PyTypeObject *)type, _Py_TPFLAGS_MATCH_SELF);
    if (names != NULL && !PyTuple_CheckExact(names)) {
        PyErr_Format(PyExc_TypeError, "%s.__match_args__ must be a tuple (got %s)", type_name,
                     Py_TYPE(names)->tp_name);
        Py_DECREF(names);
        return -1;
    }
    Py_ssize_t allowed = whole ? 1 : names == NULL ? 0 : PyTuple_GET_SIZE(names);
    if (allowed < count) {
        PyErr_Format(PyExc_TypeError, "%s() accepts %d positional sub-pattern%s (%d given)", type_name,
                     (int)allowed, allowed == 1 ? "" : "s", (int)count);
        Py_XDECREF(names);
        return -1;
    }
    done = 1;
    if (whole) {
        done = PyList_Append(attributes, subject) < 0 ? -1 : 1;
    }
    for (Py_ssize_t i = 0; !whole && done > 0 && i < count; i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        if (PyUnicode_CheckExact(name)) {
            done = append_attribute(attributes, subject, type, name, seen);
        } else {
            PyErr_Format(PyExc_TypeError, "__match_args__ elements must be strings (got %s)",
                         Py_TYPE(name)->tp_name);
            done = -1;
        }
    }
    Py_XDECREF(names);
    return done;
}

/* A tuple of the matched attributes, or NULL: with an exception, or without one if there is no match. */
static PyObject *match_class(PyObject *subject, PyObject *type, int64_t positional, PyObject *names)
{
    if (!PyType_Check(type)) {
        PyErr_SetString(PyExc_TypeError, "called match pattern must be a class");
        return NULL;
    }
    if (PyObject_IsInstance(subject, type) <= 0) {
        return NULL;
    }
    PyObject *result = NULL, *seen = PySet_New(NULL);
    PyObject *attributes = seen == NULL ? NULL : PyList_New(0);
    int done = attributes == NULL ? -1 : 1;
    if (done > 0 && positional > 0) {
        done = append_positional(attributes, subject, type, positional, seen);
    }
    for (Py_ssize_t i = 0; done > 0 && i < PyTuple_GET_SIZE(names); i++) {
        done = append_attribute(attributes, subject, type, PyTuple_GET_ITEM(names, i), seen);
    }
    if (done > 0) {
        result = PyList_AsTuple(attributes);
    }
    Py_XDECREF(attributes);
    Py_XDECREF(seen);
    return result;
}
#endif

OP(MATCH_KEYS)
{
    return op_result(&slots[depth], match_keys(PEEK_AT(2), PEEK_AT(1)));
}

OP(MATCH_CLASS)
{
    PyObject *subject = PEEK_AT(3), *type = PEEK_AT(2), *names = PEEK_AT(1);
    PyObject *attributes = match_class(subject, type, arg, names);
    Py_DECREF(subject);
    Py_DECREF(type);
    Py_DECREF(names);
    if (attributes == NULL && !PyErr_Occurred()) {
        attributes = Py_NewRef(Py_None);
    }
    return op_result(&PEEK_AT(3), attributes);
}
