/* Objects for frames that native code leaves, set aside for when there is no memory.
 *
 * Invariant: what a reserve holds is exclusively ours and untracked by the collector; whoever takes one fills it. To the
 * program the values are objects that exist already, so leaving must not fail: where malloc does, a reserved object stands
 * in, and the exception that was set before stays set. The reserve is filled again at the next occasion. */
#include "reserve.h"

#include "objects.h"

/* As many as an exit can hand over values, and more iterators than loops can be nested in each other. */
#define NUMBERS 256
#define ITERATORS 32
/* An int64_t in digits. */
#define DIGITS 3

static_assert(DIGITS * PyLong_SHIFT >= 64, "a machine int fits");

struct reserve {
    PyObject *(*make)(void);
    int room;
    int count;
    PyObject **objects;
};

static PyObject *make_int(void)
{
    return (PyObject *)_PyLong_New(DIGITS);
}

static PyObject *make_float(void)
{
    return PyFloat_FromDouble(0.0);
}

static PyObject *make_range_iterator(void)
{
    return fatjit_range_iter_new(0, 0, 1);
}

static PyObject *int_objects[NUMBERS], *float_objects[NUMBERS], *iterator_objects[ITERATORS];
static struct reserve ints = {make_int, NUMBERS, 0, int_objects};
static struct reserve floats = {make_float, NUMBERS, 0, float_objects};
static struct reserve iterators = {make_range_iterator, ITERATORS, 0, iterator_objects};

static void fill(struct reserve *reserve)
{
    if (reserve->count == reserve->room) {
        return;
    }
    PyObject *raised = PyErr_GetRaisedException();
    while (reserve->count < reserve->room) {
        PyObject *object = reserve->make();
        if (object == NULL) {
            break;
        }
        reserve->objects[reserve->count++] = object;
    }
    PyErr_SetRaisedException(raised);
}

void fatjit_reserve_fill(void)
{
    fill(&ints);
    fill(&floats);
    fill(&iterators);
}

static PyObject *take(struct reserve *reserve)
{
    return reserve->count == 0 ? NULL : reserve->objects[--reserve->count];
}

/* The exception as it was, unless there is no object. */
static PyObject *made(PyObject *object, PyObject *raised)
{
    if (object == NULL) {
        Py_XDECREF(raised);
    } else {
        PyErr_SetRaisedException(raised);
    }
    return object;
}

static void set_int(PyLongObject *object, int64_t value)
{
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    int digits = 0;
    while (left != 0) {
        object->long_value.ob_digit[digits++] = (digit)(left & PyLong_MASK);
        left >>= PyLong_SHIFT;
    }
    _PyLong_SetSignAndDigitCount(object, value < 0 ? -1 : value > 0, digits);
}

PyObject *fatjit_exit_int(int64_t value)
{
    PyObject *raised = PyErr_GetRaisedException();
    PyObject *object = PyLong_FromLongLong(value);
    if (object == NULL && (object = take(&ints)) != NULL) {
        set_int((PyLongObject *)object, value);
    }
    return made(object, raised);
}

PyObject *fatjit_exit_float(double value)
{
    PyObject *raised = PyErr_GetRaisedException();
    PyObject *object = PyFloat_FromDouble(value);
    if (object == NULL && (object = take(&floats)) != NULL) {
        ((PyFloatObject *)object)->ob_fval = value;
    }
    return made(object, raised);
}

PyObject *fatjit_exit_range_iterator(int64_t next, int64_t left, int64_t step)
{
    PyObject *raised = PyErr_GetRaisedException();
    PyObject *object = fatjit_range_iter_new(next, left, step);
    if (object == NULL && (object = take(&iterators)) != NULL) {
        fatjit_range_iter_set(object, next, left, step);
    }
    return made(object, raised);
}

static PyObject *lost_next(PyObject *self)
{
    return PyErr_NoMemory();
}

static PyTypeObject lost_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "fatjit.lost",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = lost_next,
};

static PyObject *lost;

PyObject *fatjit_exit_lost(void)
{
    return Py_NewRef(lost);
}

int fatjit_reserve_start(void)
{
    if (lost == NULL && PyType_Ready(&lost_type) == 0) {
        lost = PyObject_New(PyObject, &lost_type);
    }
    fatjit_reserve_fill();
    return lost == NULL ? -1 : 0;
}
