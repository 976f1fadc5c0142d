/* What recording and compiling loops asks of the interpreter. */
#ifndef FATJIT_TIERING_H
#define FATJIT_TIERING_H

#include "shim.h"

/* Numbers of a code object. */
struct fatjit_code_shape {
    int64_t locals;
    int64_t stack_size;
    int64_t flags;
    int64_t first_line;
};
void fatjit_code_shape(PyObject *code, struct fatjit_code_shape *shape);

/* Parts of a code object: new references. */
enum fatjit_code_part {
    FATJIT_CODE,
    FATJIT_EXCEPTION_TABLE,
    FATJIT_LINE_TABLE,
    FATJIT_LOCAL_NAMES,
    FATJIT_LOCAL_KINDS,
    FATJIT_QUALNAME,
    FATJIT_NAMES
};
PyObject *fatjit_code_part(PyObject *code, int part);

/* The number of parameters of a function's code that takes an argument each; -1 for code that is not simply run when it is
 * called. */
int64_t fatjit_plain_parameters(PyObject *code);

/* How many of them, the last, are given by name only. */
int64_t fatjit_keyword_only(PyObject *code);

/* The name of a parameter, borrowed. */
PyObject *fatjit_parameter_name(PyObject *code, int64_t number);

/* The default of a parameter of a Python function that is given by name only, borrowed; NULL if there is none, or if to find it
 * might run code. */
PyObject *fatjit_keyword_default(PyObject *function, int64_t number);

/* What is in a cell, borrowed; NULL if nothing is, or if the object is none. */
PyObject *fatjit_cell_content(PyObject *cell);

/* How many free variables code has. */
int64_t fatjit_free_variables(PyObject *code);

/* The tuple of the cells of a Python function, borrowed; NULL if its code has no free variables. */
PyObject *fatjit_function_closure(PyObject *function);

/* The globals and builtins of a Python function, borrowed. */
void fatjit_function_namespace(PyObject *function, PyObject **found);

/* How many parameters are given by position only. */
/* How many locals are bound from the beginning of a call with this code. */
int64_t fatjit_arguments(PyObject *code);
int64_t fatjit_positional_only(PyObject *code);

/* The number of the parameter with this name, which is one object with the code's own; -1 if there is none that can be
 * given by name. */
int64_t fatjit_parameter(PyObject *code, PyObject *name);

/* The line of the instruction at a code unit, or 0. */
int64_t fatjit_code_line(PyObject *code, int64_t unit);

/* The kind of a value as a bit of `Kinds` in src/translate/feedback.rs; 0 for null. */
int64_t fatjit_kind(PyObject *object);
/* The same if nobody else held it. */
int64_t fatjit_kind_alone(PyObject *object);

/* The descriptor of a method, borrowed from the type, whose dict nobody can change, and its definition. 0: list.append,
 * 1: list.pop, 2: list.insert, 3: dict.get. */
PyObject *fatjit_method(int method);
void *fatjit_method_def(int method);

/* Whether it is an int below 0. */
int fatjit_is_negative(PyObject *object);

/* Whether it is an int of more than one digit. */
int fatjit_is_long(PyObject *object);

/* The kind of the element of a list or tuple; 0 if it is neither, or there is no such
 * element. Of an array, the bit of its type code's number. */
int64_t fatjit_element_kind(PyObject *container, PyObject *key);

/* The members of a constant tuple, set or ASCII text, as a new tuple; NULL with an exception if it is none. */
PyObject *fatjit_constant_members(PyObject *constant);

/* Ranges of machine ints, for native code. The length is -1 where a range of such ints would not be iterated
 * by machine ints, or is an error. */
int64_t fatjit_range_len(int64_t start, int64_t stop, int64_t step);
PyObject *fatjit_range_new(int64_t start, int64_t stop, int64_t step, int64_t len);
int64_t fatjit_range_iter_next(PyObject *iterator);
int64_t fatjit_range_iter_left(PyObject *iterator);
int64_t fatjit_range_iter_step(PyObject *iterator);

/* LOAD_GLOBAL where that runs no code: 0 if it pushed what the instruction pushes, 1 if it did nothing. */
int64_t fatjit_load_global_plain(PyObject **slots, int64_t depth, int64_t arg);

/* Whether that would find the global now. */
int fatjit_global_is_plain(PyObject **slots, int64_t arg);

/* The first of the interpreter's small ints, if they lie one behind the other, each `size` bytes long; else NULL. */
PyObject *fatjit_small_ints(int64_t first, int64_t last, int64_t size);

/* The type `range`. */
PyObject *fatjit_range_type(void);

#endif
