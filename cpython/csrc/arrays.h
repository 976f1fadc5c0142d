/* array.array: where its items are, and of which kind.
 *
 * Invariant: no header tells how such an array is laid out, so an object is taken for one only after it was compared
 * with what its own buffer says. */
#ifndef FATJIT_ARRAYS_H
#define FATJIT_ARRAYS_H

#include "shim.h"

struct fatjit_array_description {
    char code;
    int item_size;
};

struct fatjit_array {
    PyObject_VAR_HEAD
    char *items;
    Py_ssize_t allocated;
    const struct fatjit_array_description *description;
};

/* The number of an exact array's type code in "bBhHiIlqfd"; -1: another code, or no array. */
int fatjit_array_format(PyObject *object);

/* The type, or NULL as long as no array was seen; and what arrays of the code with this number are described by. */
PyObject *fatjit_array_type(void);
const void *fatjit_array_description(int format);

#endif
