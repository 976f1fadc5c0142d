/* Making and reading the objects that native code keeps unboxed, and giving up references. */
#include "objects.h"

static_assert(sizeof(long) == sizeof(int64_t), "a range iterator holds C longs");

PyObject *fatjit_box_i64(int64_t value)
{
    return PyLong_FromLongLong(value);
}

PyObject *fatjit_box_f64(double value)
{
    return PyFloat_FromDouble(value);
}

int64_t fatjit_long_fits(PyObject *value)
{
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

void fatjit_dealloc(PyObject *object)
{
    _Py_Dealloc(object);
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
