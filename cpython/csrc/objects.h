/* Helpers that native code calls; a NULL result means that an exception is set. */
#ifndef FATJIT_OBJECTS_H
#define FATJIT_OBJECTS_H

#include "shim.h"

/* New references. */
PyObject *fatjit_box_i64(int64_t value);
PyObject *fatjit_box_f64(double value);

/* Whether native code reads an exact int: its value fits 64 bits and is not the smallest that does. And the value of
   one that fits. */
int64_t fatjit_long_fits(PyObject *value);
int64_t fatjit_long_value(PyObject *value);

enum fatjit_number_type { FATJIT_NUMBER_INT, FATJIT_NUMBER_FLOAT, FATJIT_NUMBER_BOOL };

/* Whether an object, or NULL, is a number exactly of this type, and native code reads it; if so, as native code is handed it:
 * an int as it is, a float by its bits, a truth value as 0 or 1. */
int fatjit_number(PyObject *object, enum fatjit_number_type type, uint64_t *number);

/* Frees an object whose count has just become 0. */
void fatjit_dealloc(PyObject *object);

/* A new iterator over machine ints, as iter(range(...)) makes it if all bounds fit. */
PyObject *fatjit_range_iter_new(int64_t next, int64_t left, int64_t step);

/* The same of one that nobody else knows. */
void fatjit_range_iter_set(PyObject *iterator, int64_t next, int64_t left, int64_t step);

#endif
