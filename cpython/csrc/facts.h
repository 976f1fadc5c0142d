/* What the program's names mean, for assumptions: reading it without running code. References are borrowed
 * unless said otherwise. */
#ifndef FATJIT_FACTS_H
#define FATJIT_FACTS_H

#include "shim.h"

/* The dicts in which a frame looks names up, and the tuple of its code's names. */
PyObject *fatjit_globals(PyObject **slots);
PyObject *fatjit_builtins(PyObject **slots);
PyObject *fatjit_names(PyObject **slots);

/* Whether what a key of this dict means can be read and watched: only texts were ever keys of it, and no object
 * keeps its attributes in it, which may be written without telling. */
int fatjit_dict_is_plain(PyObject *dict);

/* The value of an interned name in a plain dict, or NULL. */
PyObject *fatjit_binding(PyObject *dict, PyObject *name);

/* Whether a name is interned, so that there is no other object for the same text among the keys. */
int fatjit_is_interned(PyObject *name);

/* The dict that an attribute of this name is looked up in if the object is a module, else NULL. */
PyObject *fatjit_module_dict(PyObject *object, PyObject *name);

/* A stable name of a builtin function ("builtins.len", "math.sqrt"), of a builtin type's method ("str.strip") or of a
 * builtin type ("range"), or NULL for anything else. Programs cannot forge it. The parts are `module`, NULL for types, and
 * the result. */
const char *fatjit_builtin_name(PyObject *object, const char **module);

/* Whether to hold a reference to this object for as long as code exists keeps nothing else alive, and its release
 * runs no code. */
int fatjit_is_leaf(PyObject *object);

/* The method that the builtin type with this name has of an interned name, written in C; NULL if it has none. The type holds
 * it for good. */
PyObject *fatjit_method_of_type(const char *type, PyObject *name);

/* Whether an object is such a method of a type that nobody can change. */
int fatjit_is_fixed_method(PyObject *object);

/* Something short about an object, for people: a new reference. */
PyObject *fatjit_describe(PyObject *object);

#endif
