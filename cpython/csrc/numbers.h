/* Arithmetic that is the interpreter's own, to the last bit. */
#ifndef FATJIT_NUMBERS_H
#define FATJIT_NUMBERS_H

#include "shim.h"

/* math.hypot of two finite floats. */
double fatjit_hypot(double x, double y);

/* What `BINARY_OP` with this argument makes of two exact ints, floats or truth values, which are used up; NULL with an
 * exception. Runs no code. */
PyObject *fatjit_number_op(PyObject *left, PyObject *right, int64_t op);

#endif
