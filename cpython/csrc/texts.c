/* What native code does with texts beyond single characters. */
#include "texts.h"

int64_t fatjit_text_code(PyObject *text)
{
    return PyUnicode_GET_LENGTH(text) == 1 ? (int64_t)PyUnicode_READ_CHAR(text, 0) : -1;
}

PyObject *fatjit_text_of_code(int64_t code)
{
    return PyUnicode_FromOrdinal((int)code);
}

static Py_ssize_t bound_in(int64_t bound, Py_ssize_t size)
{
    bound += bound < 0 ? size : 0;
    return bound < 0 ? 0 : Py_MIN(bound, size);
}

PyObject *fatjit_text_slice(PyObject *text, int64_t low, int64_t high)
{
    Py_ssize_t size = PyUnicode_GET_LENGTH(text);
    return PyUnicode_Substring(text, bound_in(low, size), bound_in(high, size));
}

PyObject *fatjit_text_concat(PyObject *a, PyObject *b)
{
    PyObject *result = PyUnicode_Concat(a, b);
    Py_DECREF(a);
    Py_DECREF(b);
    return result;
}

PyObject *fatjit_text_append(PyObject *text, PyObject *more)
{
    PyUnicode_Append(&text, more);
    return text;
}
