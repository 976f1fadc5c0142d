/* Making and reading the objects that native code keeps unboxed, and giving up references. */
#include "objects.h"

#include "blocks.h"

static_assert(sizeof(long) == sizeof(int64_t), "a range iterator holds C longs");

PyObject *fatjit_box_i64(int64_t value)
{
    /* Small ones exist. */
    PyObject *made = value >= -_PY_NSMALLNEGINTS && value < _PY_NSMALLPOSINTS ? NULL : make_short_int(value);
    return made == NULL ? PyLong_FromLongLong(value) : made;
}

PyObject *fatjit_box_f64(double value)
{
    return make_float(value);
}

int64_t fatjit_long_fits(PyObject *value)
{
    if (PyUnstable_Long_IsCompact((PyLongObject *)value)) {
        return 1;
    }
    int overflow;
    long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    return overflow == 0 && number != INT64_MIN;
}

int64_t fatjit_long_value(PyObject *value)
{
    if (PyUnstable_Long_IsCompact((PyLongObject *)value)) {
        return PyUnstable_Long_CompactValue((PyLongObject *)value);
    }
    int overflow;
    return PyLong_AsLongLongAndOverflow(value, &overflow);
}

int fatjit_number(PyObject *object, enum fatjit_number_type type, uint64_t *number)
{
    if (object == NULL) {
        return 0;
    }
    switch (type) {
    case FATJIT_NUMBER_INT:
        if (!PyLong_CheckExact(object) || !fatjit_long_fits(object)) {
            return 0;
        }
        *number = (uint64_t)fatjit_long_value(object);
        return 1;
    case FATJIT_NUMBER_FLOAT:
        if (!PyFloat_CheckExact(object)) {
            return 0;
        }
        memcpy(number, &((PyFloatObject *)object)->ob_fval, sizeof(*number));
        return 1;
    default:
        *number = object == Py_True;
        return PyBool_Check(object);
    }
}

void fatjit_dealloc(PyObject *object)
{
    free_object(object);
}

void fatjit_range_iter_set(PyObject *object, int64_t next, int64_t left, int64_t step)
{
    _PyRangeIterObject *iterator = (_PyRangeIterObject *)object;
    iterator->start = (long)next;
    iterator->len = (long)left;
    iterator->step = (long)step;
}

PyObject *fatjit_range_iter_new(int64_t next, int64_t left, int64_t step)
{
    PyObject *iterator = (PyObject *)PyObject_New(_PyRangeIterObject, &PyRangeIter_Type);
    if (iterator != NULL) {
        fatjit_range_iter_set(iterator, next, left, step);
    }
    return iterator;
}
