/* Iteration, unpacking and formatting. */
#include "ops.h"

#include "folds.h"
#include "frames.h"
#include "functions.h"
#include "generators.h"

OP(GET_ITER)
{
    PyObject *iterable = PEEK_AT(1);
    PyObject *iterator = PyObject_GetIter(iterable);
    Py_DECREF(iterable);
    return op_result(&PEEK_AT(1), iterator);
}

/* Pushes the next item, or NULL when the iterator is exhausted. The iterator stays in either case. */
OP(FOR_ITER)
{
    PyObject *iterator = PEEK_AT(1);
#if !FATJIT_V313
    if (PyGen_CheckExact(iterator)) {
        frame_enters_python(frame_of(slots), INLINE_CACHE_ENTRIES_FOR_ITER);
    }
#endif
    PyObject *item = Py_TYPE(iterator)->tp_iternext(iterator);
    slots[depth] = item;
    if (item == NULL && PyErr_Occurred()) {
        if (!PyErr_ExceptionMatches(PyExc_StopIteration)) {
            return -1;
        }
        PyErr_Clear();
    }
    return 0;
}

/* A generator that native code does itself returns, by the instruction at this unit, with nothing on its stack. */
OP(GUEST_RETURNS)
{
    PyObject *generator = PEEK_AT(1);
    fatjit_frame_iterates(slots, fatjit_frame_position(slots));
    int failed = fatjit_guest_returns(generator, arg);
    Py_DECREF(generator);
    return failed;
}

/* A call that consumes a generator which native code does itself is over: the generator returns, or the answer is found
 * before. */
OP(GUEST_FOLDS)
{
    bool found = arg & 1;
    int fold = (int)(arg >> 1 & 7);
    PyObject *generator = PEEK_AT(1);
#if FATJIT_V313
    PyObject *function = PEEK_AT(3), *accumulated = PEEK_AT(2);
#else
    PyObject *function = PEEK_AT(2), *accumulated = PEEK_AT(3);
#endif
    PyObject *result = NULL;
    if (found || fatjit_guest_returns(generator, arg >> 4) == 0) {
        result = fatjit_fold_ends(fold, function, accumulated, found);
    } else {
        Py_XDECREF(accumulated);
    }
    Py_DECREF(generator);
    Py_DECREF(function);
    return op_result(&PEEK_AT(3), result);
}

OP(GET_LEN)
{
    Py_ssize_t length = PyObject_Length(PEEK_AT(1));
    return op_result(&slots[depth], length < 0 ? NULL : PyLong_FromSsize_t(length));
}

#if FATJIT_V313
static int unpack(PyObject *iterable, int before, int after, PyObject **end)
{
    return _PyEval_UnpackIterable(PyThreadState_Get(), iterable, before, after, end) ? 0 : -1;
}
#else
/* Unpacks into the slots below `end`, the first item topmost: `before` items and, if `after` is not
 * negative, a list of the middle and `after` items behind it. */
static int unpack(PyObject *iterable, int before, int after, PyObject **end)
{
    int done = 0;
    PyObject *iterator = PyObject_GetIter(iterable), *item;
    if (iterator == NULL) {
        if (PyErr_ExceptionMatches(PyExc_TypeError) && Py_TYPE(iterable)->tp_iter == NULL &&
            !PySequence_Check(iterable)) {
            PyErr_Format(PyExc_TypeError, "cannot unpack non-iterable %.200s object", Py_TYPE(iterable)->tp_name);
        }
        return -1;
    }
    for (; done < before; done++) {
        item = PyIter_Next(iterator);
        if (item == NULL) {
            if (!PyErr_Occurred() && after < 0) {
                PyErr_Format(PyExc_ValueError, "not enough values to unpack (expected %d, got %d)", before, done);
            } else if (!PyErr_Occurred()) {
                PyErr_Format(PyExc_ValueError, "not enough values to unpack (expected at least %d, got %d)",
                             before + after, done);
            }
            goto fail;
        }
        *--end = item;
    }
    if (after < 0) {
        item = PyIter_Next(iterator);
        if (item == NULL && !PyErr_Occurred()) {
            Py_DECREF(iterator);
            return 0;
        }
        if (item != NULL) {
            Py_DECREF(item);
            PyErr_Format(PyExc_ValueError, "too many values to unpack (expected %d)", before);
        }
        goto fail;
    }
    PyObject *rest = PySequence_List(iterator);
    if (rest == NULL) {
        goto fail;
    }
    *--end = rest;
    done++;
    Py_ssize_t left = PyList_GET_SIZE(rest);
    if (left < after) {
        PyErr_Format(PyExc_ValueError, "not enough values to unpack (expected at least %d, got %zd)",
                     before + after, before + left);
        goto fail;
    }
    for (Py_ssize_t i = after; i > 0; i--) {
        *--end = PyList_GET_ITEM(rest, left - i);
    }
    Py_SET_SIZE(rest, left - after);
    Py_DECREF(iterator);
    return 0;

fail:
    for (; done > 0; done--) {
        Py_DECREF(*end++);
    }
    Py_DECREF(iterator);
    return -1;
}
#endif

OP(UNPACK_SEQUENCE)
{
    PyObject *iterable = PEEK_AT(1);
    int failed = unpack(iterable, (int)arg, -1, &PEEK_AT(1) + arg);
    Py_DECREF(iterable);
    return failed;
}

OP(UNPACK_EX)
{
    PyObject *iterable = PEEK_AT(1);
    int before = (int)(arg & 0xFF), after = (int)(arg >> 8);
    int failed = unpack(iterable, before, after, &PEEK_AT(1) + before + 1 + after);
    Py_DECREF(iterable);
    return failed;
}

static PyObject *converted(PyObject *value, int64_t conversion)
{
    switch (conversion) {
    case 1:
        return PyObject_Str(value);
    case 2:
        return PyObject_Repr(value);
    default:
        return PyObject_ASCII(value);
    }
}

#if FATJIT_V313
OP(CONVERT_VALUE)
{
    PyObject *value = PEEK_AT(1);
    PyObject *result = converted(value, arg);
    Py_DECREF(value);
    return op_result(&PEEK_AT(1), result);
}

OP(FORMAT_SIMPLE)
{
    PyObject *value = PEEK_AT(1);
    if (PyUnicode_CheckExact(value)) {
        return 0;
    }
    PyObject *result = PyObject_Format(value, NULL);
    Py_DECREF(value);
    return op_result(&PEEK_AT(1), result);
}

OP(FORMAT_WITH_SPEC)
{
    PyObject *value = PEEK_AT(2), *specification = PEEK_AT(1);
    PyObject *result = PyObject_Format(value, specification);
    Py_DECREF(value);
    Py_DECREF(specification);
    return op_result(&PEEK_AT(2), result);
}
#else
OP(FORMAT_VALUE)
{
    PyObject *specification = (arg & 4) ? PEEK_AT(1) : NULL;
    PyObject **at = &PEEK_AT(specification == NULL ? 1 : 2), *value = *at, *result = NULL;
    if ((arg & 3) != 0) {
        PyObject *text = converted(value, arg & 3);
        Py_SETREF(value, text);
    }
    if (value != NULL) {
        result = PyObject_Format(value, specification);
        Py_DECREF(value);
    }
    Py_XDECREF(specification);
    return op_result(at, result);
}
#endif
