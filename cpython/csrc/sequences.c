/* What native code does with lists beyond single elements. */
#include "sequences.h"

int fatjit_list_append(PyObject *list, PyObject *item)
{
    int failed = PyList_Append(list, item);
    Py_DECREF(item);
    return failed;
}

int fatjit_list_insert(PyObject *list, int64_t index, PyObject *item)
{
    int failed = PyList_Insert(list, index, item);
    Py_DECREF(item);
    return failed;
}

/* After list_pop_impl() in Objects/listobject.c. */
PyObject *fatjit_list_pop(PyObject *list, int64_t index)
{
    Py_ssize_t size = PyList_GET_SIZE(list);
    if (size == 0) {
        PyErr_SetString(PyExc_IndexError, "pop from empty list");
        return NULL;
    }
    index += index < 0 ? size : 0;
    if (index < 0 || index >= size) {
        PyErr_SetString(PyExc_IndexError, "pop index out of range");
        return NULL;
    }
    PyObject *item = Py_NewRef(PyList_GET_ITEM(list, index));
    if (PyList_SetSlice(list, index, index + 1, NULL) < 0) {
        Py_DECREF(item);
        return NULL;
    }
    return item;
}

PyObject *fatjit_list_slice(PyObject *list, int64_t low, int64_t high)
{
    Py_ssize_t from = low, to = high;
    PySlice_AdjustIndices(PyList_GET_SIZE(list), &from, &to, 1);
    return PyList_GetSlice(list, from, to);
}

PyObject *fatjit_list_slice_step(PyObject *list, int64_t from, int64_t to, int64_t step)
{
    Py_ssize_t start = from, stop = to, count = PySlice_AdjustIndices(PyList_GET_SIZE(list), &start, &stop, step);
    PyObject *result = PyList_New(count);
    for (Py_ssize_t i = 0; result != NULL && i < count; i++) {
        PyList_SET_ITEM(result, i, Py_NewRef(PyList_GET_ITEM(list, start + i * step)));
    }
    return result;
}

/* Whether giving up so many references to an object runs no code. */
static int released_plainly(PyObject *object, Py_ssize_t references)
{
    return Py_REFCNT(object) > references || PyLong_CheckExact(object) || PyFloat_CheckExact(object) ||
           PyUnicode_CheckExact(object);
}

int64_t fatjit_list_can_overwrite(PyObject *list, int64_t low, int64_t high, PyObject *items)
{
    Py_ssize_t from = low, to = high;
    PySlice_AdjustIndices(PyList_GET_SIZE(list), &from, &to, 1);
    to = to < from ? from : to;
    int plain = to - from == PyList_GET_SIZE(items) && list != items;
    for (Py_ssize_t i = from; plain && i < to; i++) {
        plain = released_plainly(PyList_GET_ITEM(list, i), to - from);
    }
    return plain;
}

void fatjit_list_overwrite(PyObject *list, int64_t low, int64_t high, PyObject *items)
{
    Py_ssize_t from = low, to = high;
    PySlice_AdjustIndices(PyList_GET_SIZE(list), &from, &to, 1);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items); i++) {
        PyObject **at = &((PyListObject *)list)->ob_item[from + i], *old = *at;
        *at = Py_NewRef(PyList_GET_ITEM(items, i));
        Py_DECREF(old);
    }
}
