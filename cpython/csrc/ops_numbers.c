/* Operators, comparisons and truth. */
#include "blocks.h"
#include "numbers.h"
#include "ops.h"

static PyObject *power(PyObject *left, PyObject *right)
{
    return PyNumber_Power(left, right, Py_None);
}

static PyObject *inplace_power(PyObject *left, PyObject *right)
{
    return PyNumber_InPlacePower(left, right, Py_None);
}

static binaryfunc const binary_operators[] = {
    [NB_ADD] = PyNumber_Add,
    [NB_AND] = PyNumber_And,
    [NB_FLOOR_DIVIDE] = PyNumber_FloorDivide,
    [NB_LSHIFT] = PyNumber_Lshift,
    [NB_MATRIX_MULTIPLY] = PyNumber_MatrixMultiply,
    [NB_MULTIPLY] = PyNumber_Multiply,
    [NB_REMAINDER] = PyNumber_Remainder,
    [NB_OR] = PyNumber_Or,
    [NB_POWER] = power,
    [NB_RSHIFT] = PyNumber_Rshift,
    [NB_SUBTRACT] = PyNumber_Subtract,
    [NB_TRUE_DIVIDE] = PyNumber_TrueDivide,
    [NB_XOR] = PyNumber_Xor,
    [NB_INPLACE_ADD] = PyNumber_InPlaceAdd,
    [NB_INPLACE_AND] = PyNumber_InPlaceAnd,
    [NB_INPLACE_FLOOR_DIVIDE] = PyNumber_InPlaceFloorDivide,
    [NB_INPLACE_LSHIFT] = PyNumber_InPlaceLshift,
    [NB_INPLACE_MATRIX_MULTIPLY] = PyNumber_InPlaceMatrixMultiply,
    [NB_INPLACE_MULTIPLY] = PyNumber_InPlaceMultiply,
    [NB_INPLACE_REMAINDER] = PyNumber_InPlaceRemainder,
    [NB_INPLACE_OR] = PyNumber_InPlaceOr,
    [NB_INPLACE_POWER] = inplace_power,
    [NB_INPLACE_RSHIFT] = PyNumber_InPlaceRshift,
    [NB_INPLACE_SUBTRACT] = PyNumber_InPlaceSubtract,
    [NB_INPLACE_TRUE_DIVIDE] = PyNumber_InPlaceTrueDivide,
    [NB_INPLACE_XOR] = PyNumber_InPlaceXor,
};

OP(BINARY_OP)
{
    PyObject *left = PEEK_AT(2), *right = PEEK_AT(1);
    PyObject *result = binary_operators[arg](left, right);
    Py_DECREF(left);
    Py_DECREF(right);
    return op_result(&PEEK_AT(2), result);
}

static int is_machine_number(PyObject *object)
{
    return PyFloat_CheckExact(object) ||
           (PyLong_CheckExact(object) && PyUnstable_Long_IsCompact((PyLongObject *)object));
}

static double as_float(PyObject *object)
{
    return PyFloat_CheckExact(object) ? PyFloat_AS_DOUBLE(object)
                                      : (double)PyUnstable_Long_CompactValue((PyLongObject *)object);
}

/* The sum, difference or product of two numbers of which one is a float; 0 if it is another operation. */
static int float_result(PyObject *left, PyObject *right, int64_t op, double *result)
{
    double x = as_float(left), y = as_float(right);
    switch (op) {
    case NB_ADD:
    case NB_INPLACE_ADD:
        *result = x + y;
        return 1;
    case NB_SUBTRACT:
    case NB_INPLACE_SUBTRACT:
        *result = x - y;
        return 1;
    case NB_MULTIPLY:
    case NB_INPLACE_MULTIPLY:
        *result = x * y;
        return 1;
    default:
        return 0;
    }
}

PyObject *fatjit_number_op(PyObject *left, PyObject *right, int64_t op)
{
    double number;
    int is_float = is_machine_number(left) && is_machine_number(right) &&
                   (PyFloat_CheckExact(left) || PyFloat_CheckExact(right)) && float_result(left, right, op, &number);
    PyObject *result = is_float ? make_float(number) : binary_operators[op](left, right);
    drop_object(left);
    drop_object(right);
    return result;
}

/* `local += text` where `arg` is the local that is stored to next. The interpreter appends in place when the
 * local and the operand are the only owners, which makes building a text linear; so the local's reference is
 * given up first. No code can run before the result is stored back. Otherwise plain `+=`. */
OP(BINARY_OP_INPLACE_ADD_UNICODE)
{
    PyObject *left = PEEK_AT(2), *right = PEEK_AT(1);
    if (!PyUnicode_CheckExact(left) || !PyUnicode_CheckExact(right) || slots[arg] != left) {
        return fatjit_op_BINARY_OP(slots, depth, NB_INPLACE_ADD);
    }
    slots[arg] = NULL;
    Py_DECREF(left);
    PyUnicode_Append(&left, right);
    Py_DECREF(right);
    return op_result(&PEEK_AT(2), left);
}

static int unary(PyObject **at, unaryfunc operator)
{
    PyObject *value = *at;
    PyObject *result = operator(value);
    Py_DECREF(value);
    return op_result(at, result);
}

OP(UNARY_NEGATIVE)
{
    return unary(&PEEK_AT(1), PyNumber_Negative);
}

OP(UNARY_INVERT)
{
    return unary(&PEEK_AT(1), PyNumber_Invert);
}

static int truth_of(PyObject **at, int negate)
{
    PyObject *value = *at;
    int truth = PyObject_IsTrue(value);
    Py_DECREF(value);
    if (truth < 0) {
        *at = NULL;
        return -1;
    }
    return op_truth(at, truth ^ negate);
}

OP(UNARY_NOT)
{
    return truth_of(&PEEK_AT(1), 1);
}

OP(TO_BOOL)
{
    return truth_of(&PEEK_AT(1), 0);
}

OP(COMPARE_OP)
{
    PyObject *left = PEEK_AT(2), *right = PEEK_AT(1);
    PyObject *result = PyObject_RichCompare(left, right, comparison_of(arg));
    Py_DECREF(left);
    Py_DECREF(right);
    return op_result(&PEEK_AT(2), compared(result, arg));
}

OP(IS_OP)
{
    PyObject *left = PEEK_AT(2), *right = PEEK_AT(1);
    int same = left == right;
    Py_DECREF(left);
    Py_DECREF(right);
    return op_truth(&PEEK_AT(2), same ^ (int)arg);
}

OP(CONTAINS_OP)
{
    PyObject *left = PEEK_AT(2), *right = PEEK_AT(1);
    int contains = PySequence_Contains(right, left);
    Py_DECREF(left);
    Py_DECREF(right);
    if (contains < 0) {
        PEEK_AT(2) = NULL;
        return -1;
    }
    return op_truth(&PEEK_AT(2), contains ^ (int)arg);
}
