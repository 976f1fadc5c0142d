/* What native code does with lists, tuples and texts beyond single elements. None of these runs code, but for a failed allocation
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

/* New lists and tuples of so many items, and texts of so many exact ones, which are taken over. */
#define FATJIT_MAKERS(MAKER)                                                                                           \
    MAKER(1, (PyObject * a), a)                                                                                        \
    MAKER(2, (PyObject * a, PyObject * b), a, b)                                                                       \
    MAKER(3, (PyObject * a, PyObject * b, PyObject * c), a, b, c)                                                      \
    MAKER(4, (PyObject * a, PyObject * b, PyObject * c, PyObject * d), a, b, c, d)                                     \
    MAKER(5, (PyObject * a, PyObject * b, PyObject * c, PyObject * d, PyObject * e), a, b, c, d, e)                    \
    MAKER(6, (PyObject * a, PyObject * b, PyObject * c, PyObject * d, PyObject * e, PyObject * f), a, b, c, d, e, f)
#define FATJIT_DECLARE_MAKERS(COUNT, PARAMETERS, ...)                                                                  \
    PyObject *fatjit_list_of_##COUNT PARAMETERS;                                                                       \
    PyObject *fatjit_tuple_of_##COUNT PARAMETERS;                                                                      \
    PyObject *fatjit_text_of_##COUNT PARAMETERS;
FATJIT_MAKERS(FATJIT_DECLARE_MAKERS)
PyObject *fatjit_list_of_0(void);

/* The item at an index of a tuple that is taken over, whose other items somebody else keeps alive. */
PyObject *fatjit_tuple_last(PyObject *tuple, int64_t index);

/* list * times, and a + b, of lists that are taken over: what they hold is in the result, so their release runs no
 * code, if `times` is above 0. */
PyObject *fatjit_list_repeat(PyObject *list, int64_t times);
PyObject *fatjit_list_concat(PyObject *a, PyObject *b);

/* Appends the items of a list or tuple. */
int fatjit_list_extend(PyObject *list, PyObject *items);

/* Whether releasing an object runs no code, whoever else holds what is in it: 0 or 1. */
int64_t fatjit_harmless(PyObject *object);

/* Whether a list or tuple has an item that equals this int or exact text: 0 or 1; -1 where to compare with an item
 * might run code. */
int64_t fatjit_sequence_has_int(PyObject *sequence, int64_t wanted);
int64_t fatjit_sequence_has_text(PyObject *sequence, PyObject *wanted);

/* Of exact texts: whether they differ, and a number as their order is to 0. */
int64_t fatjit_texts_differ(PyObject *a, PyObject *b);
int64_t fatjit_texts_order(PyObject *a, PyObject *b);

/* Whether a list holds exact ints, floats and bools only. */
int64_t fatjit_list_has_numbers(PyObject *list);

#endif
