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

/* An iterator over a list or a tuple, whose reference it takes over. */
PyObject *fatjit_sequence_iter(PyObject *sequence);

/* Whether what such an iterator, not exhausted, iterates over has other references, so that giving it up runs no
 * code. */
int64_t fatjit_iterates_shared(PyObject *iterator);

/* Ends such an iteration: the iterator, whose reference is taken over, is exhausted from now on. */
void fatjit_sequence_iter_end(PyObject *iterator);

/* Whether an iterator over a list or tuple is not exhausted. */
int64_t fatjit_sequence_iter_fits(PyObject *iterator);

/* Sets its next index. */
void fatjit_sequence_iter_set(PyObject *iterator, int64_t index);

/* An `enumerate` of a list or tuple, whose reference it takes over. */
PyObject *fatjit_enumerate_new(PyObject *sequence, int64_t start);

/* The iterator that an `enumerate` counts, if native code may advance both: nobody else
 * holds it, the count fits a word, and nobody can tell how long the last pair's members live. Else NULL. */
PyObject *fatjit_enumerated(PyObject *enumerate);

/* Whether native code may advance it, and it counts an iterator over a list, or a tuple, that is not exhausted. */
int64_t fatjit_enumerates_list(PyObject *enumerate);
int64_t fatjit_enumerates_tuple(PyObject *enumerate);

/* Sets its next count, and the next index of what it counts. */
void fatjit_enumerate_set(PyObject *enumerate, int64_t count, int64_t index);

/* A `zip` of two lists, whose references it takes over. */
PyObject *fatjit_zip_new(PyObject *first, PyObject *second);

/* Whether native code may advance a `zip` that nobody else holds: it is one of two lists, it is not exhausted, and
 * nobody can tell how long the last pair's members live. */
int64_t fatjit_zips_lists(PyObject *zip);

/* Sets the next index of each. */
void fatjit_zip_set(PyObject *zip, int64_t first, int64_t second);

#endif
