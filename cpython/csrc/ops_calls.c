/* Calls, intrinsics, and making functions. */
#include "c_calls.h"
#include "functions.h"
#include "generators.h"
#include "ops.h"

#include "internal/pycore_intrinsics.h"

/* Calls what stands at `at` with `count` arguments behind its two slots, of which the last ones are keywords
 * named by `keywords`. Consumes all of them.
 *
 * 3.12: at[0] is NULL and at[1] the callable, or at[0] is a method and at[1] its self.
 * 3.13: at[0] is the callable and at[1] NULL or its self. */
static int call(PyObject **slots, PyObject **at, int64_t count, PyObject *keywords)
{
    PyObject **arguments = at + 2, *callable;
#if FATJIT_V313
    callable = at[0];
    int with_self = at[1] != NULL;
#else
    int with_self = at[0] != NULL;
    callable = with_self ? at[0] : at[1];
#endif
    if (with_self) {
        arguments--;
        count++;
    } else if (Py_TYPE(callable) == &PyMethod_Type) {
        PyObject *bound = callable;
        callable = Py_NewRef(PyMethod_GET_FUNCTION(bound));
        arguments--;
        count++;
        arguments[0] = Py_NewRef(PyMethod_GET_SELF(bound));
        Py_DECREF(bound);
    }
    /* The slot in front of the arguments belongs to the call, which may use it as scratch. */
    int64_t positional = count - (keywords == NULL ? 0 : PyTuple_GET_SIZE(keywords));
    arguments[-1] = callable;
    int python = Py_TYPE(callable) == &PyFunction_Type &&
                 ((PyFunctionObject *)callable)->vectorcall == fatjit_plain_vectorcall();
#if !FATJIT_V313
    if (python) {
        frame_enters_python(frame_of(slots), INLINE_CACHE_ENTRIES_CALL);
    }
#endif
    PyObject *result = NULL;
    if (python && keywords == NULL) {
        result = fatjit_generator_make(callable, arguments, positional);
    }
    if (python && result == NULL && !PyErr_Occurred()) {
        result = fatjit_call_handing_over(callable, arguments, positional, keywords);
    }
    if (result != NULL || PyErr_Occurred()) {
        /* It is made, or did run. */
    } else if (python || keywords != NULL || !fatjit_call_c(callable, arguments, positional, 1, &result)) {
        size_t counted = (size_t)positional | PY_VECTORCALL_ARGUMENTS_OFFSET;
        result = PyObject_Vectorcall(callable, arguments, counted, keywords);
    }
#if !FATJIT_V313
    if (python && result == NULL) {
        frame_failed_to_enter(frame_of(slots), INLINE_CACHE_ENTRIES_CALL);
    }
#endif
    Py_DECREF(callable);
    for (int64_t i = 0; i < count; i++) {
        Py_DECREF(arguments[i]);
    }
    return op_result(at, result);
}

/* 3.12: the bits from 32 on hold one more than the index of the constant that KW_NAMES named, or 0. */
OP(CALL)
{
    int64_t count = arg & 0xFFFFFFFF, names = arg >> 32;
    PyObject *keywords = names == 0 ? NULL : op_const(slots, names - 1);
    return call(slots, &PEEK_AT(count + 2), count, keywords);
}

#if FATJIT_V313
OP(CALL_KW)
{
    PyObject *keywords = PEEK_AT(1);
    /* The names go first when operands are released, but the call needs them until then. */
    int failed = call(slots, &PEEK_AT(arg + 3), arg, keywords);
    Py_DECREF(keywords);
    return failed;
}
#endif

#if FATJIT_V313
#define FUNCTION_EX_CALLABLE(at) (at)[0]
#else
#define FUNCTION_EX_CALLABLE(at) (at)[1]
#endif

/* The argument of `f(*arguments)` as a tuple, taking over what was given. */
static PyObject *arguments_tuple(PyObject *function, PyObject *arguments)
{
    if (PyTuple_CheckExact(arguments)) {
        return arguments;
    }
    PyObject *tuple = NULL;
    if (Py_TYPE(arguments)->tp_iter == NULL && !PySequence_Check(arguments)) {
        PyObject *name = _PyObject_FunctionStr(function);
        if (name != NULL) {
            PyErr_Format(PyExc_TypeError, "%U argument after * must be an iterable, not %.200s", name,
                         Py_TYPE(arguments)->tp_name);
            Py_DECREF(name);
        }
    } else {
        tuple = PySequence_Tuple(arguments);
    }
    Py_DECREF(arguments);
    return tuple;
}

OP(CALL_FUNCTION_EX)
{
    PyObject *keywords = arg & 1 ? PEEK_AT(1) : NULL;
    PyObject **at = &PEEK_AT(3 + (arg & 1));
    PyObject *function = FUNCTION_EX_CALLABLE(at), *result = NULL;
    PyObject *arguments = arguments_tuple(function, at[2]);
    if (arguments != NULL) {
        result = PyObject_Call(function, arguments, keywords);
    }
    Py_DECREF(function);
    Py_XDECREF(arguments);
    Py_XDECREF(keywords);
    return op_result(at, result);
}

#if FATJIT_V313
OP(CALL_INTRINSIC_1)
{
    PyObject *value = PEEK_AT(1);
    PyObject *result = _PyIntrinsics_UnaryFunctions[arg].func(PyThreadState_Get(), value);
    Py_DECREF(value);
    return op_result(&PEEK_AT(1), result);
}

OP(CALL_INTRINSIC_2)
{
    PyObject *first = PEEK_AT(2), *second = PEEK_AT(1);
    PyObject *result = _PyIntrinsics_BinaryFunctions[arg].func(PyThreadState_Get(), first, second);
    Py_DECREF(first);
    Py_DECREF(second);
    return op_result(&PEEK_AT(2), result);
}
#else
/* The tables of 3.12 are not exported; these two are all that loops commonly contain. */
OP(CALL_INTRINSIC_1)
{
    PyObject *value = PEEK_AT(1);
    PyObject *result = arg == INTRINSIC_UNARY_POSITIVE ? PyNumber_Positive(value) : PyList_AsTuple(value);
    Py_DECREF(value);
    return op_result(&PEEK_AT(1), result);
}
#endif

#if FATJIT_V313
OP(MAKE_FUNCTION)
{
    PyObject *code = PEEK_AT(1);
    PyObject *function = PyFunction_New(code, frame_of(slots)->f_globals);
    if (function != NULL) {
        _PyFunction_SetVersion((PyFunctionObject *)function, ((PyCodeObject *)code)->co_version);
    }
    Py_DECREF(code);
    return op_result(&PEEK_AT(1), function);
}

OP(SET_FUNCTION_ATTRIBUTE)
{
    PyObject *value = PEEK_AT(2);
    PyFunctionObject *function = (PyFunctionObject *)PEEK_AT(1);
    switch (arg) {
    case 0x08:
        function->func_closure = value;
        break;
    case 0x04:
        function->func_annotations = value;
        break;
    case 0x02:
        function->func_kwdefaults = value;
        break;
    default:
        function->func_defaults = value;
        break;
    }
    PEEK_AT(2) = (PyObject *)function;
    return 0;
}
#else
OP(MAKE_FUNCTION)
{
    PyObject *code = PEEK_AT(1);
    int64_t top = 2;
    PyObject *closure = arg & 0x08 ? PEEK_AT(top++) : NULL;
    PyObject *annotations = arg & 0x04 ? PEEK_AT(top++) : NULL;
    PyObject *kwdefaults = arg & 0x02 ? PEEK_AT(top++) : NULL;
    PyObject *defaults = arg & 0x01 ? PEEK_AT(top++) : NULL;
    PyFunctionObject *function = (PyFunctionObject *)PyFunction_New(code, frame_of(slots)->f_globals);
    if (function == NULL) {
        Py_XDECREF(defaults);
        Py_XDECREF(kwdefaults);
        Py_XDECREF(annotations);
        Py_XDECREF(closure);
    } else {
        function->func_closure = closure;
        function->func_annotations = annotations;
        function->func_kwdefaults = kwdefaults;
        function->func_defaults = defaults;
        function->func_version = ((PyCodeObject *)code)->co_version;
    }
    Py_DECREF(code);
    return op_result(&PEEK_AT(top - 1), (PyObject *)function);
}
#endif
