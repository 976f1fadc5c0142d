/* Which helper does which bytecode, with its stack effect; and running one for a test.
 *
 * Invariant: a row's counts are those of the helper, so that on an error the stack is `pops` lower. Operands
 * that a bytecode only looks at are neither popped nor pushed. A bytecode without a row (or whose `pops` is
 * -1) is left to the interpreter, or is done by the translator itself. */
#include "ops.h"

static int64_t none(int64_t arg)
{
    return 0;
}

static int64_t one(int64_t arg)
{
    return 1;
}

static int64_t two(int64_t arg)
{
    return 2;
}

static int64_t three(int64_t arg)
{
    return 3;
}

static int64_t four(int64_t arg)
{
    return 4;
}

static int64_t as_many(int64_t arg)
{
    return arg;
}

static int64_t one_more(int64_t arg)
{
    return arg + 1;
}

static int64_t pairs(int64_t arg)
{
    return arg * 2;
}

static int64_t one_or_two(int64_t arg)
{
    return 1 + (arg & 1);
}

static int64_t slice_parts(int64_t arg)
{
    return arg == 3 ? 3 : 2;
}

static int64_t call_pops(int64_t arg)
{
    return (arg & 0xFFFFFFFF) + 2;
}

static int64_t call_ex_pops(int64_t arg)
{
    return 3 + (arg & 1);
}

static int64_t unpack_pushes(int64_t arg)
{
    return (arg & 0xFF) + 1 + (arg >> 8);
}

#if FATJIT_V313
static int64_t call_kw_pops(int64_t arg)
{
    return arg + 3;
}
#define INTRINSIC_POPS one
#else
#include "internal/pycore_intrinsics.h"

static int64_t intrinsic_pops(int64_t arg)
{
    return arg == INTRINSIC_UNARY_POSITIVE || arg == INTRINSIC_LIST_TO_TUPLE ? 1 : -1;
}
#define INTRINSIC_POPS intrinsic_pops

static int64_t format_pops(int64_t arg)
{
    return arg & 4 ? 2 : 1;
}

static int64_t function_pops(int64_t arg)
{
    return 1 + (arg & 1) + (arg >> 1 & 1) + (arg >> 2 & 1) + (arg >> 3 & 1);
}
#endif

#define OPS(ROW)                                                                                                       \
    ROW(BEFORE_WITH, one, two)                                                                                         \
    ROW(BINARY_OP, two, one)                                                                                           \
    ROW(BINARY_OP_INPLACE_ADD_UNICODE, two, one)                                                                       \
    ROW(BINARY_SLICE, three, one)                                                                                      \
    ROW(BINARY_SUBSCR, two, one)                                                                                       \
    ROW(BUILD_CONST_KEY_MAP, one_more, one)                                                                            \
    ROW(BUILD_LIST, as_many, one)                                                                                      \
    ROW(BUILD_MAP, pairs, one)                                                                                         \
    ROW(BUILD_SET, as_many, one)                                                                                       \
    ROW(BUILD_SLICE, slice_parts, one)                                                                                 \
    ROW(BUILD_STRING, as_many, one)                                                                                    \
    ROW(BUILD_TUPLE, as_many, one)                                                                                     \
    ROW(CALL, call_pops, one)                                                                                          \
    ROW(CALL_FUNCTION_EX, call_ex_pops, one)                                                                           \
    ROW(CALL_INTRINSIC_1, INTRINSIC_POPS, one)                                                                         \
    ROW(CHECK_EXC_MATCH, one, one)                                                                                     \
    ROW(COMPARE_OP, two, one)                                                                                          \
    ROW(CONTAINS_OP, two, one)                                                                                         \
    ROW(DELETE_ATTR, one, none)                                                                                        \
    ROW(DELETE_DEREF, none, none)                                                                                      \
    ROW(DELETE_GLOBAL, none, none)                                                                                     \
    ROW(DELETE_NAME, none, none)                                                                                       \
    ROW(DELETE_SUBSCR, two, none)                                                                                      \
    ROW(DICT_MERGE, one, none)                                                                                         \
    ROW(DICT_UPDATE, one, none)                                                                                        \
    ROW(FOR_ITER, none, one)                                                                                           \
    ROW(GET_ITER, one, one)                                                                                            \
    ROW(GUEST_FOLDS, three, one)                                                                                       \
    ROW(GUEST_RETURNS, one, none)                                                                                      \
    ROW(GET_LEN, none, one)                                                                                            \
    ROW(IMPORT_NAME, two, one)                                                                                         \
    ROW(IS_OP, two, one)                                                                                               \
    ROW(LIST_APPEND, one, none)                                                                                        \
    ROW(LIST_EXTEND, one, none)                                                                                        \
    ROW(LOAD_ASSERTION_ERROR, none, one)                                                                               \
    ROW(LOAD_ATTR, one, one_or_two)                                                                                    \
    ROW(LOAD_BUILD_CLASS, none, one)                                                                                   \
    ROW(LOAD_DEREF, none, one)                                                                                         \
    ROW(LOAD_FROM_DICT_OR_DEREF, one, one)                                                                             \
    ROW(LOAD_FROM_DICT_OR_GLOBALS, one, one)                                                                           \
    ROW(LOAD_GLOBAL, none, one_or_two)                                                                                 \
    ROW(LOAD_LOCALS, none, one)                                                                                        \
    ROW(LOAD_NAME, none, one)                                                                                          \
    ROW(LOAD_SUPER_ATTR, three, one_or_two)                                                                            \
    ROW(MAKE_CELL, none, none)                                                                                         \
    ROW(MAP_ADD, two, none)                                                                                            \
    ROW(MATCH_CLASS, three, one)                                                                                       \
    ROW(MATCH_KEYS, none, one)                                                                                         \
    ROW(MATCH_MAPPING, none, one)                                                                                      \
    ROW(MATCH_SEQUENCE, none, one)                                                                                     \
    ROW(POP_EXCEPT, one, none)                                                                                         \
    ROW(PUSH_EXC_INFO, one, two)                                                                                       \
    ROW(SET_ADD, one, none)                                                                                            \
    ROW(SET_UPDATE, one, none)                                                                                         \
    ROW(STORE_ATTR, two, none)                                                                                         \
    ROW(STORE_DEREF, one, none)                                                                                        \
    ROW(STORE_GLOBAL, one, none)                                                                                       \
    ROW(STORE_NAME, one, none)                                                                                         \
    ROW(STORE_SLICE, four, none)                                                                                       \
    ROW(STORE_SUBSCR, three, none)                                                                                     \
    ROW(TO_BOOL, one, one)                                                                                             \
    ROW(UNARY_INVERT, one, one)                                                                                        \
    ROW(UNARY_NEGATIVE, one, one)                                                                                      \
    ROW(UNARY_NOT, one, one)                                                                                           \
    ROW(UNPACK_EX, one, unpack_pushes)                                                                                 \
    ROW(UNPACK_SEQUENCE, one, as_many)                                                                                 \
    ROW(WITH_EXCEPT_START, none, one)

#if FATJIT_V313
#define VERSION_OPS(ROW)                                                                                               \
    ROW(CALL_INTRINSIC_2, two, one)                                                                                    \
    ROW(CALL_KW, call_kw_pops, one)                                                                                    \
    ROW(CONVERT_VALUE, one, one)                                                                                       \
    ROW(FORMAT_SIMPLE, one, one)                                                                                       \
    ROW(FORMAT_WITH_SPEC, two, one)                                                                                    \
    ROW(MAKE_FUNCTION, one, one)                                                                                       \
    ROW(SET_FUNCTION_ATTRIBUTE, two, one)
#else
#define VERSION_OPS(ROW)                                                                                               \
    ROW(FORMAT_VALUE, format_pops, one)                                                                                \
    ROW(MAKE_FUNCTION, function_pops, one)
#endif

#define DECLARE(NAME, POPS, PUSHES) int fatjit_op_##NAME(PyObject **slots, int64_t depth, int64_t arg);
OPS(DECLARE)
VERSION_OPS(DECLARE)

#define DESCRIBE(NAME, POPS, PUSHES) {#NAME, fatjit_op_##NAME, POPS, PUSHES},
static const struct fatjit_op table[] = {OPS(DESCRIBE) VERSION_OPS(DESCRIBE)};

const struct fatjit_op *fatjit_ops(size_t *count)
{
    *count = Py_ARRAY_LENGTH(table);
    return table;
}

/* Runs one helper on a frame made for it: its code and globals are those of `function`, its slots hold
 * `locals` (an Ellipsis stands for NULL), then `stack`. Returns the tuple of what the stack holds then, NULL
 * standing as Ellipsis, or NULL with the helper's exception. `op` must support `arg`, and the stack must hold
 * its operands. */
PyObject *fatjit_run_op(const struct fatjit_op *op, int64_t arg, PyObject *function, PyObject *locals,
                        PyObject *stack)
{
    PyFunctionObject *func = (PyFunctionObject *)function;
    Py_ssize_t local_count = PyTuple_GET_SIZE(locals), depth = local_count + PyTuple_GET_SIZE(stack);
    int64_t after = depth - op->pops(arg) + op->pushes(arg);
    size_t room = (size_t)Py_MAX(depth, after) + 1;
    Frame *frame = PyMem_Calloc(1, offsetof(Frame, localsplus) + room * sizeof(PyObject *));
    if (frame == NULL) {
        return PyErr_NoMemory();
    }
#if FATJIT_V313
    frame->f_executable = func->func_code;
#else
    frame->f_code = (PyCodeObject *)func->func_code;
#endif
    frame->f_funcobj = function;
    frame->f_globals = func->func_globals;
    frame->f_builtins = func->func_builtins;
    frame->f_locals = func->func_globals;
    PyObject **slots = frame->localsplus;
    for (Py_ssize_t i = 0; i < depth; i++) {
        PyObject *value =
            i < local_count ? PyTuple_GET_ITEM(locals, i) : PyTuple_GET_ITEM(stack, i - local_count);
        slots[i] = value == Py_Ellipsis ? NULL : Py_NewRef(value);
    }
    int failed = op->fn(slots, depth, arg);
    int64_t top = failed ? depth - op->pops(arg) : after;
    PyObject *result = failed ? NULL : PyTuple_New(top - local_count);
    for (int64_t i = 0; i < top; i++) {
        if (result != NULL && i >= local_count) {
            PyTuple_SET_ITEM(result, i - local_count, slots[i] == NULL ? Py_NewRef(Py_Ellipsis) : slots[i]);
        } else {
            Py_XDECREF(slots[i]);
        }
    }
    PyMem_Free(frame);
    return result;
}
