/* Iteration over dicts and sets. */
#ifndef FATJIT_TABLES_H
#define FATJIT_TABLES_H

#include "shim.h"

/* An iterator over a dict, forwards: over its keys, values or items. As Objects/dictobject.c has it. */
struct fatjit_dict_iter {
    PyObject_HEAD
    PyDictObject *dict;
    /* Its size at the beginning. */
    Py_ssize_t used;
    Py_ssize_t position;
    /* Of one over items: the tuple that was given last. */
    PyObject *result;
    Py_ssize_t left;
};

/* An iterator over a set. As Objects/setobject.c has it. */
struct fatjit_set_iter {
    PyObject_HEAD
    PySetObject *set;
    Py_ssize_t used;
    Py_ssize_t position;
    Py_ssize_t left;
};

/* A new iterator over a dict, a set or a view of a dict, which is taken over. */
PyObject *fatjit_table_iter(PyObject *table);

/* Whether an object is a view of a dict. */
int64_t fatjit_is_dict_view(PyObject *object);

/* What the next step of such an iterator is: 1 if it has an item, 0 at its end; -1 where it raises, or may run code. */
int64_t fatjit_table_iter_state(PyObject *iterator);

/* The item, where it has one. */
PyObject *fatjit_table_iter_step(PyObject *iterator);

/* The last step, and the end of an iterator that is taken over. */
void fatjit_table_iter_end(PyObject *iterator);

/* NULL if such iterators are as above, else a name for what is not. */
const char *fatjit_check_tables(void);

#endif
