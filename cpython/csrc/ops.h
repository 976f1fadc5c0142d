/* Helpers that do what one bytecode does, on the frame's own value stack.
 *
 * Contract of every `fatjit_op_NAME(slots, depth, arg)`: `slots` is a frame's slot 0, `depth` the number of
 * slots in use, `arg` the bytecode's argument (see ops_table.c for the few that pack more into it). The
 * operands are the topmost slots; they are consumed, and the results stand where they began. Returns 0; or
 * -1 with an exception set, the operands consumed and nothing pushed. Errors, their texts and the order in
 * which operands are released are those of the interpreter's generic (unspecialised) form. */
#ifndef FATJIT_OPS_H
#define FATJIT_OPS_H

#include "shim.h"

#define OP(NAME) int fatjit_op_##NAME(PyObject **slots, int64_t depth, int64_t arg)

/* The n-th operand counted from the top, 1 being the topmost. */
#define PEEK_AT(n) slots[depth - (n)]

/* Stores a result, which is NULL exactly when an exception is set. */
static inline int op_result(PyObject **at, PyObject *value)
{
    *at = value;
    return value == NULL ? -1 : 0;
}

/* Stores a truth value. */
static inline int op_truth(PyObject **at, int truth)
{
    *at = truth ? Py_True : Py_False;
    return 0;
}

static inline PyObject *op_name(PyObject **slots, int64_t index)
{
    return PyTuple_GET_ITEM(frame_code(frame_of(slots))->co_names, index);
}

static inline PyObject *op_const(PyObject **slots, int64_t index)
{
    return PyTuple_GET_ITEM(frame_code(frame_of(slots))->co_consts, index);
}

/* ops_names.c */
void fatjit_name_error(PyObject *type, const char *format, PyObject *name);

typedef int (*fatjit_op_fn)(PyObject **slots, int64_t depth, int64_t arg);
typedef int64_t (*fatjit_effect_fn)(int64_t arg);

/* A row of the table: which helper does a bytecode, and its stack effect. */
struct fatjit_op {
    const char *name;
    fatjit_op_fn fn;
    /* Number of operands consumed; -1: this argument is not supported. */
    fatjit_effect_fn pops;
    /* Number of results. */
    fatjit_effect_fn pushes;
};

const struct fatjit_op *fatjit_ops(size_t *count);
PyObject *fatjit_run_op(const struct fatjit_op *op, int64_t arg, PyObject *function, PyObject *locals,
                        PyObject *stack);

#endif
