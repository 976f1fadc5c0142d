/* How the arguments of a call find the locals of a Python function, and what `*args` and `**kwargs` collect.
 *
 * Invariant: nothing here runs code of the program. Where the interpreter would have to, to compare names or because the call
 * fails, nothing is bound, and the call is the interpreter's. */
#ifndef FATJIT_ARGUMENTS_H
#define FATJIT_ARGUMENTS_H

#include "shim.h"

/* Which of the two a function's code collects. */
enum fatjit_star { FATJIT_STAR_TUPLE = 1, FATJIT_STAR_DICT = 2 };
int64_t fatjit_stars(PyObject *code);

/* An argument or default for each parameter of a function, borrowed; without what it collects. The arguments that have
 * names (NULL or a tuple of them) follow `positional` others. 0 where the call is the interpreter's. */
int fatjit_bind(PyObject *function, PyObject *const *arguments, int64_t positional, PyObject *names, PyObject **bound);

/* What a function collects of arguments that were bound: the tuple first, then the dict, new references, as far as it has
 * them. -1 if there is no memory. */
int fatjit_collect(PyObject *function, PyObject *const *arguments, int64_t positional, PyObject *names,
                   PyObject **collected);

/* How many items a tuple or dict has that is spread over the arguments of a call; -1 of anything else. */
int64_t fatjit_size(PyObject *object);

/* The type of bound methods. */
PyObject *fatjit_method_type(void);

/* The function of a bound method, borrowed; NULL of anything else. */
PyObject *fatjit_method_function(PyObject *object);

/* A method bound to an object that is taken over. */
PyObject *fatjit_method_new(PyObject *function, PyObject *object);

/* A new tuple of the same items. */
PyObject *fatjit_tuple_copy(PyObject *tuple);

/* A tuple that nobody else has, of the items of one that is taken over. */
PyObject *fatjit_tuple_anew(PyObject *tuple);

/* A new dict. */
PyObject *fatjit_dict_new(void);

/* New dicts of so many values, which are taken over, by those of the names whose bits are set. */
#define FATJIT_NAMED(MAKER)                                                                                            \
    MAKER(1, (PyObject * a, PyObject * names, int64_t which), a)                                                       \
    MAKER(2, (PyObject * a, PyObject * b, PyObject * names, int64_t which), a, b)                                      \
    MAKER(3, (PyObject * a, PyObject * b, PyObject * c, PyObject * names, int64_t which), a, b, c)                     \
    MAKER(4, (PyObject * a, PyObject * b, PyObject * c, PyObject * d, PyObject * names, int64_t which), a, b, c, d)
#define FATJIT_DECLARE_NAMED(COUNT, PARAMETERS, ...) PyObject *fatjit_dict_of_##COUNT PARAMETERS;
FATJIT_NAMED(FATJIT_DECLARE_NAMED)

#endif
