/* Variables of module-level code: the words of a dict's entries as the homes of native code's registers. */
#ifndef FATJIT_NAMES_H
#define FATJIT_NAMES_H

#include "shim.h"

/* Where the values of some names are; native code reads it, see src/names.rs. */
struct fatjit_names {
    /* The dict's version: it changes with every change that is made to the dict by anybody else. */
    uint64_t *version_at;
    uint64_t version;
    /* For each name the word of its value in the dict's entry. */
    PyObject **values[];
};

/* The dict whose names are the frame's variables, borrowed: its globals, if they are its locals too and native code
 * may write to it: only texts were ever keys, nobody watches it but the watcher `ours` (or -1), the collector knows
 * it. Else NULL. */
PyObject *fatjit_variables(PyObject **slots, int ours);

/* Finds the values of names of the frame's code in a dict that fatjit_variables gave. Returns 0 if one is missing. */
int fatjit_names_find(PyObject **slots, PyObject *dict, const uint32_t *indices, size_t count, struct fatjit_names *out);

/* The value of one of the code's names in such a dict, borrowed, or NULL. */
PyObject *fatjit_variable(PyObject **slots, PyObject *dict, uint32_t index);

/* Tells everybody who goes by the dict's version that values in it were written. */
void fatjit_names_written(struct fatjit_names *names);

#endif
