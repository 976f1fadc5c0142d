/* What native code does with texts beyond single characters. None of these runs code, but for a failed allocation. */
#ifndef FATJIT_TEXTS_H
#define FATJIT_TEXTS_H

#include "shim.h"

/* The code of its one character; -1 if it has more or none. */
int64_t fatjit_text_code(PyObject *text);

/* The text of the one character that has this code, which is one. */
PyObject *fatjit_text_of_code(int64_t code);

/* text[low:high], both adjusted as slices are. */
PyObject *fatjit_text_slice(PyObject *text, int64_t low, int64_t high);

/* a + b, which are taken over. */
PyObject *fatjit_text_concat(PyObject *a, PyObject *b);

/* text + more, of which the first is taken over, and extended where it is if that was its only reference. */
PyObject *fatjit_text_append(PyObject *text, PyObject *more);

#endif
