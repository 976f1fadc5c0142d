/* Iterators over sequences and ranges, and what steps through these. */
#include "iterators.h"
#include "layout.h"
#include "sequences.h"
#include "tiering.h"

#include <stddef.h>

_Static_assert(offsetof(_PyListIterObject, it_index) == offsetof(struct fatjit_sequence_iter, index) &&
                   offsetof(_PyListIterObject, it_seq) == offsetof(struct fatjit_sequence_iter, over) &&
                   offsetof(_PyTupleIterObject, it_index) == offsetof(struct fatjit_sequence_iter, index) &&
                   offsetof(_PyTupleIterObject, it_seq) == offsetof(struct fatjit_sequence_iter, over),
               "iterators over lists and tuples are laid out alike");

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

PyObject *fatjit_reversed_new(PyObject *sequence)
{
    PyObject *iterator = PyObject_CallOneArg((PyObject *)&PyReversed_Type, sequence);
    Py_DECREF(sequence);
    return iterator;
}

static PyObject **iterated(PyObject *iterator)
{
    return &((struct fatjit_sequence_iter *)iterator)->over;
}

static PyObject *part(PyObject *zip, Py_ssize_t n)
{
    return PyTuple_GET_ITEM(((struct fatjit_zip *)zip)->iterators, n);
}

static int is_shared(PyObject *iterator, Py_ssize_t references)
{
    return Py_IS_TYPE(iterator, &PyRangeIter_Type) || Py_REFCNT(*iterated(iterator)) > references;
}

/* How many parts of a `zip` iterate over what this one does. */
static Py_ssize_t parts_over(PyObject *zip, PyObject *sequence)
{
    Py_ssize_t count = 0;
    for (Py_ssize_t n = 0; n < ((struct fatjit_zip *)zip)->size; n++) {
        PyObject *other = part(zip, n);
        count += !Py_IS_TYPE(other, &PyRangeIter_Type) && *iterated(other) == sequence;
    }
    return count;
}

int64_t fatjit_iterates_shared(PyObject *iterator)
{
    if (Py_IS_TYPE(iterator, &PyZip_Type)) {
        int shared = 1;
        for (Py_ssize_t n = 0; shared && n < ((struct fatjit_zip *)iterator)->size; n++) {
            PyObject *one = part(iterator, n);
            shared = Py_IS_TYPE(one, &PyRangeIter_Type) || is_shared(one, parts_over(iterator, *iterated(one)));
        }
        return shared;
    }
    return is_shared(Py_IS_TYPE(iterator, &PyEnum_Type) ? ((struct fatjit_enumerate *)iterator)->iterator : iterator, 1);
}

int64_t fatjit_ends_quietly(PyObject *object)
{
    if (Py_IS_TYPE(object, &PyRangeIter_Type)) {
        return 1;
    }
    int over_sequence = Py_IS_TYPE(object, &PyListIter_Type) || Py_IS_TYPE(object, &PyTupleIter_Type) ||
                        Py_IS_TYPE(object, &PyListRevIter_Type);
    return over_sequence && (*iterated(object) == NULL || is_shared(object, 1));
}

int64_t fatjit_ends_harmlessly(PyObject *object)
{
    return fatjit_ends_quietly(object) || fatjit_harmless(object);
}

void fatjit_sequence_iter_end(PyObject *iterator)
{
    if (Py_IS_TYPE(iterator, &PyEnum_Type) || Py_IS_TYPE(iterator, &PyZip_Type)) {
        Py_DECREF(iterator);
        return;
    }
#if FATJIT_V313
    int marked = Py_IS_TYPE(iterator, &PyListIter_Type);
#else
    int marked = 0;
#endif
    if (marked || Py_IS_TYPE(iterator, &PyListRevIter_Type) || Py_IS_TYPE(iterator, &PyReversed_Type)) {
        ((struct fatjit_sequence_iter *)iterator)->index = -1;
    }
    Py_CLEAR(*iterated(iterator));
    if (spare == NULL && Py_IS_TYPE(iterator, &PyListIter_Type) && Py_REFCNT(iterator) == 1) {
        PyObject_GC_UnTrack(iterator);
        spare = (_PyListIterObject *)iterator;
        return;
    }
    Py_DECREF(iterator);
}

int64_t fatjit_sequence_iter_fits(PyObject *iterator)
{
    return *iterated(iterator) != NULL;
}

int64_t fatjit_is_range_iter(PyObject *iterator)
{
    return Py_IS_TYPE(iterator, &PyRangeIter_Type);
}

int64_t fatjit_reverses_tuple(PyObject *iterator)
{
    return Py_IS_TYPE(iterator, &PyReversed_Type) && *iterated(iterator) != NULL && PyTuple_CheckExact(*iterated(iterator));
}

PyObject *fatjit_reversed_type(void)
{
    return (PyObject *)&PyReversed_Type;
}

PyObject *fatjit_list_reversed_type(void)
{
    return (PyObject *)&PyListRevIter_Type;
}

/* What a part of something is that native code advances iterates over. */
static enum fatjit_over over(PyObject *iterator)
{
    if (Py_REFCNT(iterator) != 1) {
        return FATJIT_OVER_NOTHING;
    }
    if (Py_IS_TYPE(iterator, &PyRangeIter_Type)) {
        return FATJIT_OVER_RANGE;
    }
    enum fatjit_over known = Py_IS_TYPE(iterator, &PyListIter_Type)                         ? FATJIT_OVER_LIST
                             : Py_IS_TYPE(iterator, &PyTupleIter_Type)                      ? FATJIT_OVER_TUPLE
                             : (PyObject *)Py_TYPE(iterator) == fatjit_text_iter_type() ? FATJIT_OVER_TEXT
                                                                                            : FATJIT_OVER_NOTHING;
    return known != FATJIT_OVER_NOTHING && fatjit_sequence_iter_fits(iterator) ? known : FATJIT_OVER_NOTHING;
}

/* Sets an iterator over a sequence or range; what of the state is left. */
static const int64_t *set(PyObject *iterator, const int64_t *state)
{
    if (Py_IS_TYPE(iterator, &PyRangeIter_Type)) {
        _PyRangeIterObject *range = (_PyRangeIterObject *)iterator;
        range->start = state[0];
        range->len = state[1];
        return state + 2;
    }
    ((struct fatjit_sequence_iter *)iterator)->index = state[0];
    return state + 1;
}

void fatjit_iterator_set(PyObject *iterator, const int64_t *state)
{
    if (Py_IS_TYPE(iterator, &PyEnum_Type)) {
        struct fatjit_enumerate *enumerate = (struct fatjit_enumerate *)iterator;
        enumerate->count = state[0];
        set(enumerate->iterator, state + 1);
    } else if (Py_IS_TYPE(iterator, &PyZip_Type)) {
        for (Py_ssize_t n = 0; n < ((struct fatjit_zip *)iterator)->size; n++) {
            state = set(part(iterator, n), state);
        }
    } else {
        set(iterator, state);
    }
}

int64_t fatjit_items_left(PyObject *iterator)
{
    if (iterator == NULL) {
        return 0;
    }
    if (Py_IS_TYPE(iterator, &PyZip_Type) && ((struct fatjit_zip *)iterator)->size > 0) {
        iterator = part(iterator, 0);
    }
    if (Py_IS_TYPE(iterator, &PyEnum_Type)) {
        iterator = ((struct fatjit_enumerate *)iterator)->iterator;
    }
    if (Py_IS_TYPE(iterator, &PyRangeIter_Type)) {
        return fatjit_range_iter_left(iterator);
    }
    if (!Py_IS_TYPE(iterator, &PyListIter_Type) && !Py_IS_TYPE(iterator, &PyTupleIter_Type)) {
        return 0;
    }
    const struct fatjit_sequence_iter *state = (const struct fatjit_sequence_iter *)iterator;
    return state->over == NULL ? 0 : Py_SIZE(state->over) - state->index;
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
static int is_plain_tuple(PyObject *tuple)
{
    int plain = PyTuple_CheckExact(tuple);
    for (Py_ssize_t i = 0; plain && i < PyTuple_GET_SIZE(tuple); i++) {
        plain = is_plain(PyTuple_GET_ITEM(tuple, i));
    }
    return plain;
}

int64_t fatjit_enumerates(PyObject *object)
{
    const struct fatjit_enumerate *state = (const struct fatjit_enumerate *)object;
    int fits = Py_IS_TYPE(object, &PyEnum_Type) && state->wide_count == NULL && state->count <= PY_SSIZE_T_MAX / 2 &&
               is_plain_tuple(state->pair);
    return fits ? over(state->iterator) : FATJIT_OVER_NOTHING;
}

static PyObject *zip_of(PyObject *const *parts, size_t count)
{
    PyObject *made = PyObject_Vectorcall((PyObject *)&PyZip_Type, parts, count, NULL);
    for (size_t n = 0; n < count; n++) {
        Py_DECREF(parts[n]);
    }
    return made;
}

PyObject *fatjit_zip_of_2(PyObject *first, PyObject *second)
{
    return zip_of((PyObject *[]){first, second}, 2);
}

PyObject *fatjit_zip_of_3(PyObject *first, PyObject *second, PyObject *third)
{
    return zip_of((PyObject *[]){first, second, third}, 3);
}

int64_t fatjit_zips(PyObject *zip)
{
    const struct fatjit_zip *state = (const struct fatjit_zip *)zip;
    if (state->size < 2 || state->size > 3 || state->strict || !is_plain_tuple(state->pair)) {
        return 0;
    }
    int64_t parts = 0;
    for (Py_ssize_t n = state->size - 1; n >= 0; n--) {
        enum fatjit_over known = over(part(zip, n));
        if (known == FATJIT_OVER_NOTHING || known == FATJIT_OVER_TEXT) {
            return 0;
        }
        parts = parts * FATJIT_OVER_COUNT + known;
    }
    return parts;
}
