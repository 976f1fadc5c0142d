/* Context managers, and what runs inside exception handlers. */
#include "ops.h"

static PyObject *special(PyObject *manager, const char *name, const char *missing)
{
    PyObject *key = PyUnicode_InternFromString(name);
    if (key == NULL) {
        return NULL;
    }
    PyObject *method = _PyObject_LookupSpecial(manager, key);
    Py_DECREF(key);
    if (method == NULL && !PyErr_Occurred()) {
        PyErr_Format(PyExc_TypeError, "'%.200s' object does not support the context manager protocol%s",
                     Py_TYPE(manager)->tp_name, missing);
    }
    return method;
}

OP(BEFORE_WITH)
{
    PyObject *manager = PEEK_AT(1), *result;
    PyObject *enter = special(manager, "__enter__", "");
    PyObject *exit = enter == NULL ? NULL : special(manager, "__exit__", " (missed __exit__ method)");
    if (exit == NULL) {
        Py_XDECREF(enter);
        Py_DECREF(manager);
        return -1;
    }
    Py_DECREF(manager);
    result = PyObject_CallNoArgs(enter);
    Py_DECREF(enter);
    if (result == NULL) {
        Py_DECREF(exit);
        return -1;
    }
    PEEK_AT(1) = exit;
    slots[depth] = result;
    return 0;
}

OP(WITH_EXCEPT_START)
{
    PyObject *error = PEEK_AT(1), *exit = PEEK_AT(4);
    PyObject *traceback = PyException_GetTraceback(error);
    PyObject *arguments[4] = {NULL, PyExceptionInstance_Class(error), error,
                              traceback == NULL ? Py_None : traceback};
    /* The exception keeps its traceback alive. */
    Py_XDECREF(traceback);
    return op_result(&slots[depth],
                     PyObject_Vectorcall(exit, arguments + 1, 3 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL));
}

OP(PUSH_EXC_INFO)
{
    _PyErr_StackItem *handled = PyThreadState_Get()->exc_info;
    PyObject *error = PEEK_AT(1);
    PEEK_AT(1) = handled->exc_value == NULL ? Py_None : handled->exc_value;
    handled->exc_value = Py_NewRef(error);
    slots[depth] = error;
    return 0;
}

OP(POP_EXCEPT)
{
    Py_XSETREF(PyThreadState_Get()->exc_info->exc_value, PEEK_AT(1));
    return 0;
}

/* Whether an exception handler may name this: a class of exceptions, or a tuple of such. */
static int names_exceptions(PyObject *type)
{
    if (!PyTuple_Check(type)) {
        return PyExceptionClass_Check(type);
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(type); i++) {
        if (!PyExceptionClass_Check(PyTuple_GET_ITEM(type, i))) {
            return 0;
        }
    }
    return 1;
}

OP(CHECK_EXC_MATCH)
{
    PyObject *type = PEEK_AT(1);
    if (!names_exceptions(type)) {
        PyErr_SetString(PyExc_TypeError,
                        "catching classes that do not inherit from BaseException is not allowed");
        Py_DECREF(type);
        return -1;
    }
    int matches = PyErr_GivenExceptionMatches(PEEK_AT(2), type);
    Py_DECREF(type);
    return op_truth(&PEEK_AT(1), matches);
}

OP(LOAD_ASSERTION_ERROR)
{
    slots[depth] = Py_NewRef(PyExc_AssertionError);
    return 0;
}
