/* Functions written in C, called directly.
 *
 * Invariant: what is called by fatjit_c_call_N neither runs Python code nor serves signals on the arguments that
 * translation allows it (translate/c_functions.rs has the list). */
#include "c_calls.h"

#include "objects.h"

int fatjit_call_c(PyObject *callable, PyObject **arguments, int64_t count, int deep, PyObject **result)
{
    const PyMethodDef *definition;
    PyObject *self;
    if (Py_IS_TYPE(callable, &PyMethodDescr_Type)) {
        if (count == 0 || !Py_IS_TYPE(arguments[0], ((PyDescrObject *)callable)->d_type)) {
            return 0;
        }
        definition = ((PyMethodDescrObject *)callable)->d_method;
        self = *arguments++;
        count--;
    } else if (PyCFunction_CheckExact(callable)) {
        definition = ((PyCFunctionObject *)callable)->m_ml;
        self = PyCFunction_GET_SELF(callable);
    } else {
        return 0;
    }
    switch (definition->ml_flags) {
    case METH_FASTCALL:
        *result = ((_PyCFunctionFast)(void (*)(void))definition->ml_meth)(self, arguments, count);
        return 1;
    case METH_FASTCALL | METH_KEYWORDS:
        *result = ((_PyCFunctionFastWithKeywords)(void (*)(void))definition->ml_meth)(self, arguments, count, NULL);
        return 1;
    case METH_NOARGS:
    case METH_O:
        if (count != (definition->ml_flags == METH_O)) {
            return 0;
        }
        PyObject *argument = count == 0 ? NULL : arguments[0];
        if (!deep) {
            *result = definition->ml_meth(self, argument);
            return 1;
        }
        PyThreadState *thread = PyThreadState_Get();
        *result = NULL;
        if (!_Py_EnterRecursiveCallTstate(thread, " while calling a Python object")) {
            *result = definition->ml_meth(self, argument);
            _Py_LeaveRecursiveCallTstate(thread);
        }
        return 1;
    default:
        return 0;
    }
}

static PyObject *call(PyObject *callable, PyObject **arguments, int64_t count)
{
    PyObject *result;
    if (fatjit_call_c(callable, arguments, count, 0, &result)) {
        return result;
    }
    if (callable == (PyObject *)&PyType_Type && count == 1) {
        return Py_NewRef(Py_TYPE(arguments[0]));
    }
    if (callable == (PyObject *)&PyTuple_Type && count == 1) {
        return PySequence_Tuple(arguments[0]);
    }
    return PyObject_Vectorcall(callable, arguments, (size_t)count, NULL);
}

PyObject *fatjit_c_call_0(PyObject *callable)
{
    return call(callable, NULL, 0);
}

PyObject *fatjit_c_call_1(PyObject *callable, PyObject *a)
{
    PyObject *arguments[] = {a};
    return call(callable, arguments, 1);
}

PyObject *fatjit_c_call_2(PyObject *callable, PyObject *a, PyObject *b)
{
    PyObject *arguments[] = {a, b};
    return call(callable, arguments, 2);
}

PyObject *fatjit_c_call_3(PyObject *callable, PyObject *a, PyObject *b, PyObject *c)
{
    PyObject *arguments[] = {a, b, c};
    return call(callable, arguments, 3);
}

PyObject *fatjit_c_call_4(PyObject *callable, PyObject *a, PyObject *b, PyObject *c, PyObject *d)
{
    PyObject *arguments[] = {a, b, c, d};
    return call(callable, arguments, 4);
}

static int is_leaf(PyObject *object)
{
    return PyUnicode_CheckExact(object) || PyFloat_CheckExact(object) || PyBool_Check(object) || object == Py_None ||
           PyBytes_CheckExact(object);
}

int64_t fatjit_is_plain_leaf(PyObject *object)
{
    return PyLong_CheckExact(object) || is_leaf(object);
}

int64_t fatjit_is_printed(PyObject *object)
{
    return PyLong_CheckExact(object) ? fatjit_long_fits(object) : is_leaf(object) && !PyBytes_CheckExact(object);
}

int64_t fatjit_has_plain_truth(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    if (fatjit_is_plain_leaf(object) || type == &PyList_Type || type == &PyTuple_Type || type == &PyDict_Type ||
        type == &PySet_Type || type == &PyFrozenSet_Type) {
        return 1;
    }
    return (type->tp_as_number == NULL || type->tp_as_number->nb_bool == NULL) &&
           (type->tp_as_mapping == NULL || type->tp_as_mapping->mp_length == NULL) &&
           (type->tp_as_sequence == NULL || type->tp_as_sequence->sq_length == NULL);
}

int fatjit_truth_is_plain(PyObject *object)
{
    return object == NULL || fatjit_has_plain_truth(object);
}

int64_t fatjit_is_true(PyObject *object)
{
    return PyObject_IsTrue(object);
}

/* Longer numbers are read by a module in Python, from 3.12 on. */
#define LONGEST_NUMBER 512

static const char *digits_from(const char *at)
{
    while (*at >= '0' && *at <= '9') {
        at++;
    }
    return at;
}

/* The text's characters if it is a short one of ASCII, behind a sign; else an empty text. */
static const char *short_number(PyObject *text)
{
    if (!PyUnicode_CheckExact(text) || !PyUnicode_IS_COMPACT_ASCII(text) ||
        PyUnicode_GET_LENGTH(text) > LONGEST_NUMBER) {
        return "";
    }
    const char *at = (const char *)PyUnicode_1BYTE_DATA(text);
    return *at == '-' || *at == '+' ? at + 1 : at;
}

/* Behind its last character stands a 0, which may also be one of the text. */
static int ends_at(PyObject *text, const char *at)
{
    return at == (const char *)PyUnicode_1BYTE_DATA(text) + PyUnicode_GET_LENGTH(text);
}

int64_t fatjit_reads_as_int(PyObject *text)
{
    const char *begin = short_number(text), *end = digits_from(begin);
    return end > begin && ends_at(text, end);
}

int64_t fatjit_reads_as_float(PyObject *text)
{
    const char *begin = short_number(text), *end = digits_from(begin);
    if (end == begin) {
        return 0;
    }
    if (*end == '.') {
        end = digits_from(end + 1);
    }
    if (*end == 'e' || *end == 'E') {
        const char *exponent = end[1] == '-' || end[1] == '+' ? end + 2 : end + 1;
        end = digits_from(exponent);
        if (end == exponent) {
            return 0;
        }
    }
    return ends_at(text, end);
}

int64_t fatjit_tells_instances(PyObject *classes)
{
    if (!PyTuple_CheckExact(classes)) {
        return Py_IS_TYPE(classes, &PyType_Type);
    }
    int plain = 1;
    for (Py_ssize_t i = 0; plain && i < PyTuple_GET_SIZE(classes); i++) {
        plain = Py_IS_TYPE(PyTuple_GET_ITEM(classes, i), &PyType_Type);
    }
    return plain;
}

int64_t fatjit_is_instance(PyObject *object, PyObject *classes)
{
    if (!PyTuple_CheckExact(classes)) {
        return PyType_IsSubtype(Py_TYPE(object), (PyTypeObject *)classes);
    }
    int is = 0;
    for (Py_ssize_t i = 0; !is && i < PyTuple_GET_SIZE(classes); i++) {
        is = PyType_IsSubtype(Py_TYPE(object), (PyTypeObject *)PyTuple_GET_ITEM(classes, i));
    }
    return is;
}

PyObject *fatjit_text_of_int(int64_t value)
{
    /* 19 digits and a sign. */
    char digits[24], *at = digits + sizeof digits;
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left != 0);
    if (value < 0) {
        *--at = '-';
    }
    return PyUnicode_FromStringAndSize(at, digits + sizeof digits - at);
}

PyObject *fatjit_text_of_float(double value)
{
    char *digits = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    if (digits == NULL) {
        return PyErr_NoMemory();
    }
    PyObject *text = PyUnicode_FromString(digits);
    PyMem_Free(digits);
    return text;
}

PyObject *fatjit_repr_of(PyObject *value)
{
    if (PyLong_CheckExact(value)) {
        return fatjit_text_of_int(fatjit_long_value(value));
    }
    /* Not by PyObject_Repr, which serves signals. */
    return Py_TYPE(value)->tp_repr(value);
}

PyObject *fatjit_text_of(PyObject *value)
{
    return PyUnicode_CheckExact(value) ? Py_NewRef(value) : fatjit_repr_of(value);
}

PyObject *fatjit_text_in_place(PyObject *value)
{
    PyObject *text = fatjit_text_of(value);
    Py_DECREF(value);
    return text;
}

PyObject *fatjit_repr_in_place(PyObject *value)
{
    PyObject *text = fatjit_repr_of(value);
    Py_DECREF(value);
    return text;
}

PyObject *fatjit_format_in_place(PyObject *value, PyObject *specification)
{
    /* A float is written as it is by PyObject_Str, which serves signals. */
    int plain = PyUnicode_GET_LENGTH(specification) == 0;
    PyObject *text = plain ? fatjit_text_of(value) : PyObject_Format(value, specification);
    Py_DECREF(value);
    return text;
}

int64_t fatjit_text_begins(PyObject *text, PyObject *part)
{
    return PyUnicode_Tailmatch(text, part, 0, PY_SSIZE_T_MAX, -1) == 1;
}

int64_t fatjit_text_ends(PyObject *text, PyObject *part)
{
    return PyUnicode_Tailmatch(text, part, 0, PY_SSIZE_T_MAX, 1) == 1;
}

int64_t fatjit_text_find(PyObject *text, PyObject *part)
{
    return PyUnicode_Find(text, part, 0, PY_SSIZE_T_MAX, 1);
}
