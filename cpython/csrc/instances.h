/* Attributes that instances keep in dicts of their own. */
#ifndef FATJIT_INSTANCES_H
#define FATJIT_INSTANCES_H

#include "shim.h"

/* The index among the entries of its dict of what an instance has of an interned name; FATJIT_NOT_IN_DICT if it keeps its
 * attributes there but has none of that name, FATJIT_NO_DICT if it does not, or if that cannot be told. */
#define FATJIT_NOT_IN_DICT (-1)
#define FATJIT_NO_DICT (-2)
int64_t fatjit_dict_index(PyObject *object, PyObject *name);

/* How many words behind an instance its dict keeps what it has of an interned name, most likely in the entry with this
 * index; 0 if it has nothing of it there, or if that cannot be told. */
int64_t fatjit_own_place(PyObject *object, PyObject *name, int64_t index);

/* The same of what is about to be overwritten; 0 also if somebody wants to be told of that. */
int64_t fatjit_own_place_to_store(PyObject *object, PyObject *name, int64_t index);

/* Whether an instance keeps its attributes in a dict, or has none, and has none of this interned name: 0 or 1. */
int64_t fatjit_lacks_own(PyObject *object, PyObject *name);

#endif
