/* Calls of functions written in C, from native code that needs no frame for them: they run no code on such arguments. NULL
 * means that an exception is set. */
#ifndef FATJIT_C_CALLS_H
#define FATJIT_C_CALLS_H

#include "shim.h"

/* Calls what is written in C and takes arguments as most of it does: CALL_BUILTIN_O, CALL_METHOD_DESCRIPTOR_FAST and others
 * like them in Python/bytecodes.c; `deep` where that may come back here: it counts as a level of recursion. Whether it is
 * such. */
int fatjit_call_c(PyObject *callable, PyObject **arguments, int64_t count, int deep, PyObject **result);

/* Calls a function, method or type of which translation knows that it runs no code. */
PyObject *fatjit_c_call_0(PyObject *callable);
PyObject *fatjit_c_call_1(PyObject *callable, PyObject *a);
PyObject *fatjit_c_call_2(PyObject *callable, PyObject *a, PyObject *b);
PyObject *fatjit_c_call_3(PyObject *callable, PyObject *a, PyObject *b, PyObject *c);
PyObject *fatjit_c_call_4(PyObject *callable, PyObject *a, PyObject *b, PyObject *c, PyObject *d);

/* Whether an object is exactly an int, a float, a truth value, None, a text or bytes: 0 or 1. Comparing, hashing and
 * releasing these runs no code. */
int64_t fatjit_is_plain_leaf(PyObject *object);

/* The same, but no bytes, and no int that does not fit 64 bits: to write one serves signals. */
int64_t fatjit_is_printed(PyObject *object);

/* Whether to ask an object for its truth value runs no code, also asked of NULL; and that value: 0 or 1. */
int64_t fatjit_has_plain_truth(PyObject *object);
int fatjit_truth_is_plain(PyObject *object);
int64_t fatjit_is_true(PyObject *object);

/* Whether an object is a text of which int() or float() makes a number, without running code: some that they take are told
 * to be none. */
int64_t fatjit_reads_as_int(PyObject *text);
int64_t fatjit_reads_as_float(PyObject *text);

/* Whether a class, or all in a tuple, have no say in what their instances are: 0 or 1. */
int64_t fatjit_tells_instances(PyObject *classes);

/* Whether an object that says its type is an instance of a class, or of one in a tuple, which leave that to it: 0 or 1. */
int64_t fatjit_is_instance(PyObject *object, PyObject *classes);

/* str(value) and repr(value), of what fatjit_is_printed says yes to; the second two of what is taken over. */
PyObject *fatjit_text_of(PyObject *value);
PyObject *fatjit_repr_of(PyObject *value);
PyObject *fatjit_text_in_place(PyObject *value);
PyObject *fatjit_repr_in_place(PyObject *value);
PyObject *fatjit_text_of_int(int64_t value);
PyObject *fatjit_text_of_float(double value);

/* format(value, specification) of a float or text, exact ones, that is taken over. */
PyObject *fatjit_format_in_place(PyObject *value, PyObject *specification);

/* Whether a text begins or ends with another one: 0 or 1. */
int64_t fatjit_text_begins(PyObject *text, PyObject *part);
int64_t fatjit_text_ends(PyObject *text, PyObject *part);

/* Where a text is in another one, or -1. */
int64_t fatjit_text_find(PyObject *text, PyObject *part);

#endif
