/* Programs that move C stacks. */
#include "stacks.h"

PyObject *fatjit_modules(void)
{
    return PyImport_GetModuleDict();
}

/* What else switches stacks, such as gevent, does so by this module. */
#define MOVER "greenlet"

int fatjit_stacks_move(void)
{
    /* Made once: without memory for it nothing is said of that. */
    static PyObject *name;
    PyObject *raised = PyErr_GetRaisedException();
    if (name == NULL) {
        name = PyUnicode_InternFromString(MOVER);
    }
    int moves = name != NULL && PyDict_GetItemWithError(fatjit_modules(), name) != NULL;
    PyErr_SetRaisedException(raised);
    return moves;
}

int fatjit_moves_stacks(PyObject *name)
{
    return PyUnicode_CheckExact(name) && PyUnicode_CompareWithASCIIString(name, MOVER) == 0;
}

void fatjit_soon(int (*call)(void *))
{
    /* Without room in the queue it is not called. */
    (void)_PyEval_AddPendingCall(PyInterpreterState_Get(), call, NULL, 0);
}
