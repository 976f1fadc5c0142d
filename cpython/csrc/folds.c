/* After builtin_any(), builtin_all(), builtin_sum_impl() and builtin_sorted() in Python/bltinmodule.c, and the constructors of
 * lists, tuples and sets. */
#include "folds.h"

PyObject *fatjit_list_new(void)
{
    return PyList_New(0);
}

PyObject *fatjit_set_new(void)
{
    return PySet_New(NULL);
}

int fatjit_set_add_plain(PyObject *set, PyObject *item)
{
    int failed = PySet_Add(set, item);
    Py_DECREF(item);
    return failed;
}

/* What is accumulated, or what a fold begins with: nothing can be told of `any` and `all`. */
static PyObject *begun(int fold, PyObject *accumulated)
{
    if (accumulated != NULL) {
        return accumulated;
    }
    switch ((enum fatjit_fold)fold) {
    case FATJIT_FOLD_SUM:
        return PyLong_FromLong(0);
    case FATJIT_FOLD_SET:
        return PySet_New(NULL);
    case FATJIT_FOLD_LIST:
    case FATJIT_FOLD_TUPLE:
    case FATJIT_FOLD_SORTED:
        return PyList_New(0);
    default:
        return Py_NewRef(Py_None);
    }
}

PyObject *fatjit_fold_ends(int fold, PyObject *function, PyObject *accumulated, bool found)
{
    accumulated = begun(fold, accumulated);
    if (accumulated == NULL) {
        return NULL;
    }
    PyObject *result = NULL;
    switch ((enum fatjit_fold)fold) {
    case FATJIT_FOLD_ANY:
    case FATJIT_FOLD_ALL:
        result = PyBool_FromLong(found == (fold == FATJIT_FOLD_ANY));
        break;
    case FATJIT_FOLD_SUM:
    case FATJIT_FOLD_SET:
    case FATJIT_FOLD_LIST:
        return accumulated;
    case FATJIT_FOLD_TUPLE:
        result = PyList_AsTuple(accumulated);
        break;
    case FATJIT_FOLD_SORTED:
        result = PyObject_CallOneArg(function, accumulated);
        break;
    }
    Py_DECREF(accumulated);
    return result;
}

/* The item is put to what is accumulated, which is given up. What there is then, or NULL; `found` tells that it is the result. */
static PyObject *with_item(int fold, PyObject *accumulated, PyObject *item, bool *found)
{
    accumulated = begun(fold, accumulated);
    if (accumulated == NULL) {
        return NULL;
    }
    int failed = 0;
    switch ((enum fatjit_fold)fold) {
    case FATJIT_FOLD_ANY:
    case FATJIT_FOLD_ALL: {
        int truth = PyObject_IsTrue(item);
        failed = truth < 0;
        *found = truth == (fold == FATJIT_FOLD_ANY);
        break;
    }
    case FATJIT_FOLD_SUM:
        Py_SETREF(accumulated, PyNumber_Add(accumulated, item));
        break;
    case FATJIT_FOLD_SET:
        failed = PySet_Add(accumulated, item) != 0;
        break;
    case FATJIT_FOLD_LIST:
    case FATJIT_FOLD_TUPLE:
    case FATJIT_FOLD_SORTED:
        failed = PyList_Append(accumulated, item) != 0;
        break;
    }
    if (failed) {
        Py_CLEAR(accumulated);
    }
    return accumulated;
}

/* All that the generator still yields is put to what is accumulated, by this method of it. */
static int with_rest(PyObject *accumulated, const char *method, PyObject *generator)
{
    PyObject *none = PyObject_CallMethod(accumulated, method, "O", generator);
    Py_XDECREF(none);
    return none == NULL ? -1 : 0;
}

PyObject *fatjit_fold_rest(int fold, PyObject *function, PyObject *accumulated, PyObject *generator, PyObject *item)
{
    if (item == NULL) {
        if (PyErr_Occurred()) {
            if (!PyErr_ExceptionMatches(PyExc_StopIteration)) {
                Py_XDECREF(accumulated);
                return NULL;
            }
            PyErr_Clear();
        }
        return fatjit_fold_ends(fold, function, accumulated, false);
    }
    bool found = false;
    accumulated = with_item(fold, accumulated, item, &found);
    Py_DECREF(item);
    if (accumulated == NULL) {
        return NULL;
    }
    PyObject *result = NULL;
    switch ((enum fatjit_fold)fold) {
    case FATJIT_FOLD_ANY:
    case FATJIT_FOLD_ALL:
        if (found) {
            return fatjit_fold_ends(fold, function, accumulated, true);
        }
        result = PyObject_CallOneArg(function, generator);
        break;
    case FATJIT_FOLD_SUM:
        result = PyObject_CallFunctionObjArgs(function, generator, accumulated, NULL);
        break;
    case FATJIT_FOLD_SET:
    case FATJIT_FOLD_LIST:
    case FATJIT_FOLD_TUPLE:
    case FATJIT_FOLD_SORTED:
        if (with_rest(accumulated, fold == FATJIT_FOLD_SET ? "update" : "extend", generator) == 0) {
            return fatjit_fold_ends(fold, function, accumulated, false);
        }
        break;
    }
    Py_DECREF(accumulated);
    return result;
}
