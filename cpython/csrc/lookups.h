/* Keys in dicts and sets, looked up without running code. */
#ifndef FATJIT_LOOKUPS_H
#define FATJIT_LOOKUPS_H

#include "shim.h"

/* From now on this thread's native code has values of this dict in registers, or of none: what was said before. */
PyObject *fatjit_hold_names(PyObject *dict);

/* The dict whose values this thread's native code has in registers, if any: what it holds may be out of date. */
extern _Thread_local PyObject *fatjit_names_held QUICK_TLS;

/* What an exact dict maps a key to, borrowed: an int, or an exact text or tuple. NULL if the key is not there; the dict
 * itself if to compare the key, or what it is compared with, might run code, and if values of it are in registers. */
PyObject *fatjit_dict_find_int(PyObject *dict, int64_t key);
PyObject *fatjit_dict_find(PyObject *dict, PyObject *key);

/* How many words behind an exact dict its value of a key is, which is about to be overwritten; 0 where the key is not there, or
 * where that cannot be told or others want to be told of it. */
int64_t fatjit_place_in_dict_int(PyObject *dict, int64_t key);
int64_t fatjit_place_in_dict(PyObject *dict, PyObject *key);

/* Whether to have an exact dict map such a key to something runs no code, and nobody wants to be told of it: 0 or 1. */
int64_t fatjit_takes_key_int(PyObject *dict, int64_t key);
int64_t fatjit_takes_key(PyObject *dict, PyObject *key);

/* Does it, taking the value over: right behind the question. */
int fatjit_put_key_int(PyObject *dict, int64_t key, PyObject *value);
int fatjit_put_key(PyObject *dict, PyObject *key, PyObject *value);

/* Whether all keys of an exact dict are texts, and nobody wants to be told of its changes: 0 or 1. */
int64_t fatjit_dict_has_texts(PyObject *dict);

/* A value of a dict with a table of its own is about to be overwritten: 0 if others want to be told of that. */
int fatjit_dict_changes(PyDictObject *dict);

/* The kind of what an exact dict maps a key to, as fatjit_kind() tells it, or that nothing is there; 0 where that cannot be
 * told. */
int64_t fatjit_mapped_kind(PyObject *dict, PyObject *key);

/* Whether a key is in an exact set or frozenset: 0 or 1; -1 where to compare might run code. */
int64_t fatjit_set_has_int(PyObject *set, int64_t key);
int64_t fatjit_set_has(PyObject *set, PyObject *key);

/* Releases a key about which these could tell: that runs no code. */
void fatjit_release_key(PyObject *key);

#endif
