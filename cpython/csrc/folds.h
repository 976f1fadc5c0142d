/* Built-in functions that consume a generator which native code does itself: what is left of such a call.
 *
 * Invariant: what is accumulated is what the function itself would have at this point, or can go on from. */
#ifndef FATJIT_FOLDS_H
#define FATJIT_FOLDS_H

#include "shim.h"

/* As in src/nested.rs. */
enum fatjit_fold {
    FATJIT_FOLD_ANY,
    FATJIT_FOLD_ALL,
    FATJIT_FOLD_SUM,
    FATJIT_FOLD_LIST,
    FATJIT_FOLD_TUPLE,
    FATJIT_FOLD_SORTED,
    FATJIT_FOLD_SET,
};

/* Does the rest of a call of `function`, given what was accumulated (given up; NULL at the beginning) and the next item
 * (given up), and asks the generator for what follows; or, if that is NULL, it is the end, or an exception is set. Its result,
 * or NULL with an exception. */
PyObject *fatjit_fold_rest(int fold, PyObject *function, PyObject *accumulated, PyObject *generator, PyObject *item);

/* What the call comes to at the end of all items, or where it is `found` before; what was accumulated is given up. */
PyObject *fatjit_fold_ends(int fold, PyObject *function, PyObject *accumulated, bool found);

/* A new list, and a new set. */
PyObject *fatjit_list_new(void);
PyObject *fatjit_set_new(void);

/* Adds an object to a set, all of which fatjit_is_plain_leaf says yes to: the item is given up. */
int fatjit_set_add_plain(PyObject *set, PyObject *item);

#endif
