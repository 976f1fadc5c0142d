/* Attributes. */
#include "ops.h"

/* The two results of a method load: 3.12 pushes [NULL, value] or [method, self], 3.13 [value, NULL] or
 * [method, self]. */
static int plain_with_null(PyObject **at, PyObject *value)
{
    if (value == NULL) {
        return -1;
    }
#if FATJIT_V313
    at[0] = value;
    at[1] = NULL;
#else
    at[0] = NULL;
    at[1] = value;
#endif
    return 0;
}

OP(LOAD_ATTR)
{
    PyObject *owner = PEEK_AT(1), *name = op_name(slots, arg >> 1);
    if (!(arg & 1)) {
        PyObject *value = PyObject_GetAttr(owner, name);
        Py_DECREF(owner);
        return op_result(&PEEK_AT(1), value);
    }
    PyObject *value = NULL;
    if (_PyObject_GetMethod(owner, name, &value)) {
        PEEK_AT(1) = value;
        slots[depth] = owner;
        return 0;
    }
    Py_DECREF(owner);
    return plain_with_null(&PEEK_AT(1), value);
}

OP(STORE_ATTR)
{
    PyObject *value = PEEK_AT(2), *owner = PEEK_AT(1);
    int failed = PyObject_SetAttr(owner, op_name(slots, arg), value);
    Py_DECREF(value);
    Py_DECREF(owner);
    return failed ? -1 : 0;
}

OP(DELETE_ATTR)
{
    PyObject *owner = PEEK_AT(1);
    int failed = PyObject_SetAttr(owner, op_name(slots, arg), NULL);
    Py_DECREF(owner);
    return failed ? -1 : 0;
}

OP(LOAD_SUPER_ATTR)
{
    PyObject *super_type = PEEK_AT(3), *class = PEEK_AT(2), *self = PEEK_AT(1), *value = NULL;
    PyObject *arguments[] = {class, self};
    /* Bit 1: `super()` was written with its two arguments. Without it the callable finds them itself. */
    PyObject *super = PyObject_Vectorcall(super_type, arguments, arg & 2, NULL);
    Py_DECREF(super_type);
    Py_DECREF(class);
    Py_DECREF(self);
    if (super != NULL) {
        value = PyObject_GetAttr(super, op_name(slots, arg >> 2));
        Py_DECREF(super);
    }
    return arg & 1 ? plain_with_null(&PEEK_AT(3), value) : op_result(&PEEK_AT(3), value);
}
