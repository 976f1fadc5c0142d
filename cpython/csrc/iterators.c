/* Iterators over sequences. */
#include "iterators.h"
#include "layout.h"
#include "sequences.h"

/* The iterator over a sequence in one of another sort. */
static PyObject *innermost(PyObject *iterator)
{
    return Py_IS_TYPE(iterator, &PyEnum_Type) ? ((struct fatjit_enumerate *)iterator)->iterator : iterator;
}

/* An exhausted iterator over a list that nobody holds, unknown to the collector: native code makes one for each round of
 * an outer loop, and gives it up before the next. NULL if there is none. */
static _PyListIterObject *spare;

PyObject *fatjit_sequence_iter(PyObject *sequence)
{
    if (spare != NULL && PyList_CheckExact(sequence)) {
        _PyListIterObject *reused = spare;
        spare = NULL;
        reused->it_index = 0;
        reused->it_seq = (PyListObject *)sequence;
        PyObject_GC_Track(reused);
        return (PyObject *)reused;
    }
    PyObject *iterator = PyObject_GetIter(sequence);
    Py_DECREF(sequence);
    return iterator;
}

/* Where an iterator keeps what it iterates over. */
static PyObject **iterated(PyObject *iterator)
{
    if ((PyObject *)Py_TYPE(iterator) == fatjit_text_iter_type()) {
        return fatjit_text_iterated(iterator);
    }
    return Py_IS_TYPE(iterator, &PyListIter_Type) ? (PyObject **)&((_PyListIterObject *)iterator)->it_seq
                                                  : (PyObject **)&((_PyTupleIterObject *)iterator)->it_seq;
}

static PyObject *zipped(PyObject *zip, int n)
{
    return PyTuple_GET_ITEM(((struct fatjit_zip *)zip)->iterators, n);
}

int64_t fatjit_iterates_shared(PyObject *iterator)
{
    if (Py_IS_TYPE(iterator, &PyZip_Type)) {
        PyObject *first = *iterated(zipped(iterator, 0)), *second = *iterated(zipped(iterator, 1));
        return Py_REFCNT(first) > 1 + (first == second) && Py_REFCNT(second) > 1;
    }
    iterator = innermost(iterator);
    return Py_REFCNT(*iterated(iterator)) > 1;
}

void fatjit_sequence_iter_end(PyObject *iterator)
{
    if (Py_IS_TYPE(iterator, &PyEnum_Type) || Py_IS_TYPE(iterator, &PyZip_Type)) {
        Py_DECREF(iterator);
        return;
    }
#if FATJIT_V313
    if (Py_IS_TYPE(iterator, &PyListIter_Type)) {
        ((_PyListIterObject *)iterator)->it_index = -1;
    }
#endif
    Py_CLEAR(*iterated(iterator));
    if (spare == NULL && Py_IS_TYPE(iterator, &PyListIter_Type) && Py_REFCNT(iterator) == 1) {
        PyObject_GC_UnTrack(iterator);
        spare = (_PyListIterObject *)iterator;
        return;
    }
    Py_DECREF(iterator);
}

/* Where it keeps its next index. */
static Py_ssize_t *index_of(PyObject *iterator)
{
    return Py_IS_TYPE(iterator, &PyListIter_Type) ? &((_PyListIterObject *)iterator)->it_index
                                                  : &((_PyTupleIterObject *)iterator)->it_index;
}

int64_t fatjit_sequence_iter_fits(PyObject *iterator)
{
    return *iterated(iterator) != NULL;
}

void fatjit_sequence_iter_set(PyObject *iterator, int64_t index)
{
    *index_of(iterator) = index;
}

PyObject *fatjit_enumerate_new(PyObject *sequence, int64_t start)
{
    PyObject *made = PyObject_CallFunction((PyObject *)&PyEnum_Type, "OL", sequence, (long long)start);
    Py_DECREF(sequence);
    return made;
}

/* Whether nobody can tell how long it lives. */
static int is_plain(PyObject *object)
{
    return object == Py_None || PyLong_CheckExact(object) || PyFloat_CheckExact(object) || PyBool_Check(object) ||
           PyUnicode_CheckExact(object);
}

/* Whether nobody can tell how long its members live. */
static int is_plain_pair(PyObject *pair)
{
    int plain = PyTuple_CheckExact(pair);
    for (Py_ssize_t i = 0; plain && i < PyTuple_GET_SIZE(pair); i++) {
        plain = is_plain(PyTuple_GET_ITEM(pair, i));
    }
    return plain;
}

PyObject *fatjit_enumerated(PyObject *object)
{
    const struct fatjit_enumerate *state = (const struct fatjit_enumerate *)object;
    if (!Py_IS_TYPE(object, &PyEnum_Type) || state->wide_count != NULL || state->count > PY_SSIZE_T_MAX / 2 ||
        Py_REFCNT(state->iterator) != 1 || !is_plain_pair(state->pair)) {
        return NULL;
    }
    return state->iterator;
}

static int64_t enumerates(PyObject *enumerate, PyTypeObject *type)
{
    PyObject *iterator = fatjit_enumerated(enumerate);
    return iterator != NULL && Py_IS_TYPE(iterator, type) && fatjit_sequence_iter_fits(iterator);
}

int64_t fatjit_enumerates_list(PyObject *enumerate)
{
    return enumerates(enumerate, &PyListIter_Type);
}

int64_t fatjit_enumerates_tuple(PyObject *enumerate)
{
    return enumerates(enumerate, &PyTupleIter_Type);
}

void fatjit_enumerate_set(PyObject *enumerate, int64_t count, int64_t index)
{
    struct fatjit_enumerate *state = (struct fatjit_enumerate *)enumerate;
    state->count = count;
    *index_of(state->iterator) = index;
}

PyObject *fatjit_zip_new(PyObject *first, PyObject *second)
{
    PyObject *made = PyObject_CallFunctionObjArgs((PyObject *)&PyZip_Type, first, second, NULL);
    Py_DECREF(first);
    Py_DECREF(second);
    return made;
}

int64_t fatjit_zips_lists(PyObject *zip)
{
    const struct fatjit_zip *state = (const struct fatjit_zip *)zip;
    int fits = state->size == 2 && !state->strict && is_plain_pair(state->pair) && zipped(zip, 0) != zipped(zip, 1);
    for (int n = 0; fits && n < 2; n++) {
        PyObject *iterator = zipped(zip, n);
        fits = Py_IS_TYPE(iterator, &PyListIter_Type) && Py_REFCNT(iterator) == 1 &&
               fatjit_sequence_iter_fits(iterator);
    }
    return fits;
}

void fatjit_zip_set(PyObject *zip, int64_t first, int64_t second)
{
    *index_of(zipped(zip, 0)) = first;
    *index_of(zipped(zip, 1)) = second;
}
