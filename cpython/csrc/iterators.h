/* Iterators over sequences, for native code, which keeps where they are in registers while nobody else holds them. */
#ifndef FATJIT_ITERATORS_H
#define FATJIT_ITERATORS_H

#include "shim.h"

/* The beginning of an `enumerate`, after enumobject in Objects/enumobject.c. */
struct fatjit_enumerate {
    PyObject_HEAD
    Py_ssize_t count;
    /* Over what is counted. */
    PyObject *iterator;
    /* The pair of the last round, which the next one takes if nobody else holds it. */
    PyObject *pair;
    /* The count, where that is too wide for a word. */
    PyObject *wide_count;
};

/* The beginning of a `zip`, after zipobject in Python/bltinmodule.c. */
struct fatjit_zip {
    PyObject_HEAD
    Py_ssize_t size;
    /* A tuple of as many iterators. */
    PyObject *iterators;
    /* As above. */
    PyObject *pair;
    int strict;
};

/* What iterators over sequences have in common: those over lists and tuples, the same backwards, and over ASCII texts. */
struct fatjit_sequence_iter {
    PyObject_HEAD
    Py_ssize_t index;
    /* NULL once it is exhausted. */
    PyObject *over;
};

/* What is iterated over by an iterator that native code may advance. */
enum fatjit_over {
    FATJIT_OVER_NOTHING,
    FATJIT_OVER_LIST,
    FATJIT_OVER_TUPLE,
    FATJIT_OVER_RANGE,
    FATJIT_OVER_TEXT,
    FATJIT_OVER_COUNT
};

/* An iterator over a list, a tuple or a text, whose reference it takes over; and one backwards over a list or tuple. */
PyObject *fatjit_sequence_iter(PyObject *sequence);
PyObject *fatjit_reversed_new(PyObject *sequence);

/* Of an object to which nobody else refers: whether its release, if nothing else is released, runs no code and ends nothing
 * that it lends; or runs no code. */
int64_t fatjit_ends_quietly(PyObject *object);
int64_t fatjit_ends_harmlessly(PyObject *object);

/* Whether what such an iterator, not exhausted, iterates over has other references, so that giving it up runs no
 * code. */
int64_t fatjit_iterates_shared(PyObject *iterator);

/* Items that an iterator over a range, list or tuple, an `enumerate` or a `zip` of such has left; 0 for anything else, and
 * for nothing at all. */
int64_t fatjit_items_left(PyObject *iterator);

/* Ends such an iteration: the iterator, whose reference is taken over, is exhausted from now on. */
void fatjit_sequence_iter_end(PyObject *iterator);

/* Whether an iterator over a list or tuple is not exhausted. */
int64_t fatjit_sequence_iter_fits(PyObject *iterator);

/* Whether it is one over a range. */
int64_t fatjit_is_range_iter(PyObject *iterator);

/* Whether it is one backwards over a tuple; and the types of such, and of those over lists. */
int64_t fatjit_reverses_tuple(PyObject *iterator);
PyObject *fatjit_reversed_type(void);
PyObject *fatjit_list_reversed_type(void);

/* Sets what native code has in registers of an iterator over a sequence, an `enumerate` or a `zip`: of each iterator
 * over a sequence its next index, of one over a range its next item and how many are left; of an `enumerate` its next
 * count before that. */
void fatjit_iterator_set(PyObject *iterator, const int64_t *state);

/* An `enumerate` of a sequence, whose reference it takes over. */
PyObject *fatjit_enumerate_new(PyObject *sequence, int64_t start);

/* What the iterator iterates over that an `enumerate` counts, if native code may advance both: nobody else
 * holds it, it is not exhausted, the count fits a word, and nobody can tell how long the last pair's members live. */
int64_t fatjit_enumerates(PyObject *enumerate);

/* A `zip` of two or three, whose references it takes over. */
PyObject *fatjit_zip_of_2(PyObject *first, PyObject *second);
PyObject *fatjit_zip_of_3(PyObject *first, PyObject *second, PyObject *third);

/* What the two or three parts of a `zip` iterate over, if native code may advance it while nobody else holds it: none is
 * exhausted, and nobody can tell how long the last tuple's members live. The first part's `fatjit_over` is the last digit to
 * base FATJIT_OVER_COUNT. Else 0. */
int64_t fatjit_zips(PyObject *zip);

#endif
