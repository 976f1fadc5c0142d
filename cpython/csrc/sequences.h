/* What native code does with lists and texts beyond single elements. None of these runs code, but for a failed allocation
 * or an index out of range, which set an exception. */
#ifndef FATJIT_SEQUENCES_H
#define FATJIT_SEQUENCES_H

#include "shim.h"

/* Appends, taking the item over. */
int fatjit_list_append(PyObject *list, PyObject *item);

/* Inserts before an index as list.insert does, taking the item over. */
int fatjit_list_insert(PyObject *list, int64_t index, PyObject *item);

/* Takes out the item at an index as list.pop does. */
PyObject *fatjit_list_pop(PyObject *list, int64_t index);

/* list[low:high], both adjusted as slices are. */
PyObject *fatjit_list_slice(PyObject *list, int64_t low, int64_t high);

/* list[from:to:step]; a bound is INT64_MIN or INT64_MAX where the slice has none on that side. */
PyObject *fatjit_list_slice_step(PyObject *list, int64_t from, int64_t to, int64_t step);

/* Whether list[low:high] = source[from:to:step] keeps the list's size and overwrites only what can be released
 * without running code: 0 or 1. The same list can be both, where no temporary is needed. */
int64_t fatjit_list_can_assign(PyObject *list, int64_t low, int64_t high, PyObject *source, int64_t from, int64_t to,
                               int64_t step);

/* Does it. */
void fatjit_list_assign(PyObject *list, int64_t low, int64_t high, PyObject *source, int64_t from, int64_t to,
                        int64_t step);

/* Of exact texts: whether they differ, and a number as their order is to 0. */
int64_t fatjit_texts_differ(PyObject *a, PyObject *b);
int64_t fatjit_texts_order(PyObject *a, PyObject *b);

#endif
